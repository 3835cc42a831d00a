/* options_test.c */
#include "base/test.h"
#include "base/err.h"
#include "base/file.h"
#include "connector/options.h"
#include "connector/test_dir.h"
#include <string.h>

static int parse(const char *text, struct options *o)
{
	struct config_problem problem;
	struct arena mem = {};
	int rc = options_parse(str_of(text), &mem, o, &problem);

	arena_done(&mem);
	return rc;
}

TEST(R53_only_an_https_address_with_a_host_is_a_hub)
{
	static const char *const good[] = { "https://hub.example.test", "https://localhost:8443",
					    "HTTPS://hub.example.test/", "https://[::1]:8443" };
	static const char *const bad[] = { "http://hub.example.test",
					   "https://",
					   "hub.example.test",
					   "https:///x",
					   "https://hub/path",
					   "https://user@hub",
					   "https://hub?x",
					   "https://hub#x",
					   "ftp://hub",
					   "https://hub\r\nx" };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(options_hub_url_ok(good[i]));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(options_hub_url_ok(bad[i]));
}

TEST(the_authority_is_what_the_signature_names)
{
	struct buf b = buf_new(400);

	options_authority("https://Hub.Example.test:443/", &b);
	assert_string_equal(b.data, "hub.example.test");
	buf_clear(&b);
	options_authority("https://localhost:8443", &b);
	assert_string_equal(b.data, "localhost:8443");
	buf_done(&b);
}

TEST(defaults_depend_on_the_source)
{
	struct options o;

	assert_int_equal(parse("hub.url = https://h\nsource.kind = papercut\n", &o), 0);
	assert_int_equal(o.source_interval_ms, 30000);
	assert_int_equal(o.ledger_keep_ms, (int64_t)90 * 24 * 3600 * 1000);
	assert_int_equal(parse("hub.url = https://h\nsource.kind = cups\n", &o), 0);
	assert_int_equal(o.source_interval_ms, 5000);
}

TEST(what_cannot_work_is_refused)
{
	struct options o;

	assert_int_equal(parse("source.kind = cups\n", &o), ERR_CONFIG);
	assert_int_equal(parse("hub.url = http://h\nsource.kind = cups\n", &o), ERR_CONFIG);
	assert_int_equal(parse("hub.url = https://h\nhub.colour = red\n", &o), ERR_CONFIG);
	assert_int_equal(parse("hub.url = https://h\nsource.cups.server = ftp://x\n", &o),
			 ERR_CONFIG);
}

TEST(the_table_is_sorted_and_its_key_is_a_secret)
{
	for (const struct option *o = connector_options; o[1].name; o++)
		assert_true(strcmp(o[0].name, o[1].name) < 0);
	for (const struct option *o = connector_options; o->name; o++)
		if (strcmp(o->name, "source.papercut.key") == 0)
			assert_true(o->flags & OPTION_SECRET);
}

static int store(const char *path, const char *name, const char *value)
{
	struct option_change change = { name, value ? str_of(value) : (struct str){} };
	struct config_problem problem;

	return options_store(path, &change, 1, &problem);
}

static void assert_file(const char *path, const char *text)
{
	struct buf b = buf_new(4096);

	assert_int_equal(file_read(path, &b), 0);
	assert_string_equal(b.data, text);
	buf_done(&b);
}

TEST(what_is_stored_replaces_its_line_and_leaves_every_other_as_it_is)
{
	static const char before[] = "# ours\nhub.url = https://h\n\nusage.floor = 30\n";
	const char *path = test_path(test_dir("options"), "connector.conf");

	assert_int_equal(file_replace(path, before, strlen(before), FILE_PRIVATE), 0);
	assert_int_equal(store(path, "usage.floor", "40"), 0);
	assert_file(path, "# ours\nhub.url = https://h\n\nusage.floor = 40\n");
	assert_int_equal(store(path, "licence.organisation", "Example = Works"), 0);
	assert_int_equal(store(path, "usage.floor", NULL), 0);
	assert_file(path,
		    "# ours\nhub.url = https://h\n\nlicence.organisation = Example = Works\n");
}

TEST(a_change_that_cannot_work_changes_nothing_and_of_several_all_hold_or_none)
{
	static const char before[] = "hub.url = https://h\n";
	const char *path = test_path(test_dir("options"), "connector.conf");
	struct option_change two[] = { { "usage.floor", STR("40") },
				       { "usage.period", STR("9h") } };
	struct config_problem problem;

	assert_int_equal(file_replace(path, before, strlen(before), FILE_PRIVATE), 0);
	assert_int_equal(store(path, "source.papercut.key", "x\nhub.url = https://evil"),
			 ERR_INVALID);
	assert_int_equal(store(path, "hub.url", NULL), ERR_CONFIG);
	assert_int_equal(options_store(path, two, ARRAY_LEN(two), &problem), ERR_CONFIG);
	assert_string_equal(problem.text, "usage.period must be at most 4h");
	assert_file(path, before);
	two[1].value = STR("2h");
	assert_int_equal(options_store(path, two, ARRAY_LEN(two), &problem), 0);
	assert_file(path, "hub.url = https://h\nusage.floor = 40\nusage.period = 2h\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R53_only_an_https_address_with_a_host_is_a_hub),
		RUN(the_authority_is_what_the_signature_names),
		RUN(defaults_depend_on_the_source),
		RUN(what_cannot_work_is_refused),
		RUN(the_table_is_sorted_and_its_key_is_a_secret),
		RUN(what_is_stored_replaces_its_line_and_leaves_every_other_as_it_is),
		RUN(a_change_that_cannot_work_changes_nothing_and_of_several_all_hold_or_none),
	};

	return cmocka_run_group_tests_name("connector.options", tests, NULL, NULL);
}
