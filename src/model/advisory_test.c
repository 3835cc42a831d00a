/* advisory_test.c - the operator's list of vulnerable versions. */
#include "base/test.h"

#include "base/err.h"
#include "model/advisory.h"
#include "model/words.h"

#include <stdlib.h>
#include <string.h>

static struct arena mem;

static struct advisories parsed(const char *text)
{
	struct config_problem problem;
	struct advisories list;

	assert_int_equal(advisories_parse(str_of(text), &mem, &list, &problem), 0);
	return list;
}

static const char april[] =
	"# April 2023\n"
	"\n"
	"CVE-2023-27350  papercut 8.0..20.1.7 21.0..21.2.11 22.0..22.0.9\n"
	"\tCVE-2023-27351 papercut\t15.0..20.1.7 21.0..21.2.11 22.0..22.0.9 \r\n"
	"CVE-1 papercut-mf 22.0..22.0.5";

static bool open_to(const char *version, const char *id)
{
	struct advisories list = parsed(april);
	const char *ids = advisories_of(&list, PRODUCT_PAPERCUT_MF, version, &mem);

	return ids && strstr(ids, id);
}

TEST(a_version_is_open_from_the_first_of_a_range_until_the_fixed_one)
{
	static const struct {
		const char *version;
		bool open;
	} rows[] = {
		{ "7.9.9", false },   { "8.0", true },      { "8.0.0", true },  { "20.1.6", true },
		{ "20.1.7", false },  { "20.1.10", false }, { "21.0.0", true }, { "21.2.9", true },
		{ "21.2.10", true },  { "21.2.11", false }, { "22.0.8", true }, { "22.0.9", false },
		{ "22.0.10", false }, { "24.1.1", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (open_to(rows[i].version, "CVE-2023-27350") != rows[i].open)
			fail_msg("%s", rows[i].version);
	arena_done(&mem);
}

TEST(ids_are_told_in_the_order_of_the_file_and_only_of_the_product)
{
	struct advisories list = parsed(april);

	assert_string_equal(advisories_of(&list, PRODUCT_PAPERCUT_MF, "22.0.4", &mem),
			    "CVE-2023-27350, CVE-2023-27351, CVE-1");
	assert_string_equal(advisories_of(&list, PRODUCT_PAPERCUT_NG, "22.0.4", &mem),
			    "CVE-2023-27350, CVE-2023-27351");
	/* An edition that is not known is not said to be MF. */
	assert_string_equal(advisories_of(&list, PRODUCT_PAPERCUT, "22.0.4", &mem),
			    "CVE-2023-27350, CVE-2023-27351");
	assert_null(advisories_of(&list, PRODUCT_CUPS, "22.0.4", &mem));
	assert_null(advisories_of(&list, -1, "22.0.4", &mem));
	assert_null(advisories_of(&list, PRODUCT_PAPERCUT_MF, NULL, &mem));
	assert_null(advisories_of(&list, PRODUCT_PAPERCUT_MF, "", &mem));
	arena_done(&mem);
}

#define FOUR " 1..2 1..2 1..2 1..2"
static const char too_many[] = "CVE-2 papercut" FOUR FOUR FOUR FOUR " 1..2";

TEST(a_line_that_is_wrong_is_named_with_what_is_wrong_and_the_old_list_stays)
{
	static const char *const bad[] = {
		"CVE-2",
		"CVE-2 word 1..2",
		"CVE-2 papercut",
		"CVE-2 papercut 22.0.9",
		"CVE-2 papercut 22.0.9..22.0",
		"CVE-2 papercut 22.0..22.0",
		"CVE-2 papercut 22.0..x",
		"CVE-2 papercut 22.0...22.1",
		too_many,
		"CVE_2 papercut 1..2",
		"CVE-2-2345678901234567890123456789012345678901 papercut 1..2",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct advisories list = { .len = 77 };
		struct config_problem problem = {};
		const char *text = arena_printf(&mem, "# comment\nCVE-1 cups 1..2\n%s\n", bad[i]);

		if (advisories_parse(str_of(text), &mem, &list, &problem) != ERR_CONFIG)
			fail_msg("%s", bad[i]);
		assert_int_equal(problem.line, 3);
		assert_true(problem.text[0]);
		assert_int_equal(list.len, 77);
	}
	arena_done(&mem);
}

TEST(a_list_has_its_limit)
{
	struct buf text = buf_new(MIB);
	struct config_problem problem = {};
	struct advisories list;

	for (int i = 0; i < ADVISORIES_MAX; i++)
		buf_printf(&text, "CVE-%d cups 1..2\n", i);
	assert_int_equal(advisories_parse(buf_str(&text), &mem, &list, &problem), 0);
	assert_int_equal(list.len, ADVISORIES_MAX);
	/* Only so many are told of one version. */
	assert_string_equal(advisories_of(&list, PRODUCT_CUPS, "1.5", &mem),
			    "CVE-0, CVE-1, CVE-2, CVE-3, CVE-4, CVE-5, CVE-6, CVE-7");
	buf_puts(&text, "CVE-X cups 1..2\n");
	assert_int_equal(advisories_parse(buf_str(&text), &mem, &list, &problem), ERR_CONFIG);
	assert_int_equal(problem.line, ADVISORIES_MAX + 1);
	buf_done(&text);
	arena_done(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_version_is_open_from_the_first_of_a_range_until_the_fixed_one),
		RUN(ids_are_told_in_the_order_of_the_file_and_only_of_the_product),
		RUN(a_line_that_is_wrong_is_named_with_what_is_wrong_and_the_old_list_stays),
		RUN(a_list_has_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
