/* text_test.c - with rows of its own; the real ones are generated. */
#include "base/text.h"
#include "base/test.h"

const struct text_row text_rows[] = {
	{ "device.count", "{count} printers at {site}", "{count} imprimantes : {site}", NULL },
	{ "login.title", "Log in", "Connexion", "Anmelden" },
	{ "odd", "{a}{b}{ {a", NULL, NULL },
};
const size_t text_rows_len = sizeof(text_rows) / sizeof(text_rows[0]);

static const struct text_arg args[] = { { "count", "3" }, { "site", "{count}" }, { "a", "" }, {} };

static void puts_as(const char *language, const char *key, const struct text_arg *with,
		    const char *expected)
{
	struct buf b = buf_new(100);

	text_put(&b, language, key, with);
	assert_string_equal((char *)b.data, expected);
	buf_done(&b);
}

TEST(a_language_falls_back_to_english)
{
	assert_string_equal(text_get("de", "login.title"), "Anmelden");
	assert_string_equal(text_get("fr", "login.title"), "Connexion");
	assert_string_equal(text_get("it", "login.title"), "Log in");
	assert_string_equal(text_get(NULL, "login.title"), "Log in");
	assert_string_equal(text_get("de", "device.count"), "{count} printers at {site}");
	assert_null(text_get("en", "login"));
}

TEST(arguments_are_put_by_name_and_are_not_searched_again)
{
	puts_as("fr", "device.count", args, "3 imprimantes : {count}");
	puts_as("en", "device.count", NULL, "{count} printers at {site}");
	puts_as("en", "login.title", args, "Log in");
	puts_as("en", "odd", args, "{b}{ {a");
	puts_as("en", "no.such.key", args, "no.such.key");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_language_falls_back_to_english),
		RUN(arguments_are_put_by_name_and_are_not_searched_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
