/* hint_test.c - the version is compared as numbers. */
#include "base/test.h"
#include "connector/settings/hint.h"

TEST(R23_the_boundary_is_20_1_compared_as_numbers)
{
	static const struct {
		const char *version;
		enum hint hint;
	} rows[] = {
		{ "20.0.4", HINT_BOOKMARK }, { "20.0", HINT_BOOKMARK }, { "20", HINT_BOOKMARK },
		{ "20.1", HINT_TAB },        { "20.1.0", HINT_TAB },    { "20.9", HINT_TAB },
		{ "20.10.1", HINT_TAB },     { "9.9", HINT_BOOKMARK },  { "9.20.1", HINT_BOOKMARK },
		{ "22.0.4", HINT_TAB },      { "100.0.0", HINT_TAB },   { "", HINT_BOOKMARK },
		{ NULL, HINT_BOOKMARK },     { "next", HINT_BOOKMARK }, { "21.x", HINT_BOOKMARK },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(hint_of(rows[i].version), rows[i].hint);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R23_the_boundary_is_20_1_compared_as_numbers),
	};

	return cmocka_run_group_tests_name("connector.settings.hint", tests, NULL, NULL);
}
