/* say_test.c - a hub's words must not move the cursor. */
#include "base/test.h"
#include "base/err.h"
#include "base/verdict.h"
#include "connector/say.h"
#include <stdlib.h>
#include <string.h>

static void said(const char *text, const char *expected)
{
	char out[200] = {};
	FILE *f = fmemopen(out, sizeof(out), "w");

	terminal_line(f, str_of(text));
	fclose(f);
	assert_string_equal(out, expected);
}

TEST(control_characters_do_not_reach_the_terminal)
{
	said("plain\n\ttext", "plain\n\ttext\n");
	said("\033[2Jgone", "?[2Jgone\n");
	said("a\rb\177c", "a?b?c\n");
	said("x\xc2\x9b"
	     "2J",
	     "x?2J\n");
	said("Zoë – Ω", "Zoë – Ω\n");
	said("a\x9b"
	     "2J\xff",
	     "a?2J?\n");
}

TEST(a_text_that_turns_the_reading_direction_or_hides_is_shown_as_it_is)
{
	said("ACME \xe2\x80\xae"
	     "tnirP\xe2\x80\xac",
	     "ACME ?tnirP?\n");
	said("pay\xe2\x80\x8b"
	     "pal\xe2\x81\xa6",
	     "pay?pal?\n");
}

TEST(a_name_with_line_ends_says_no_line_of_its_own)
{
	char out[200] = {};
	FILE *f = fmemopen(out, sizeof(out), "w");

	SAY(f, "en", "cli.failed", { "what", "ACME\r\n  Region:\tXX" }, { "why", "a\nb" });
	fclose(f);
	assert_string_equal(out, "ACME    Region: XX: a b\n");
}

TEST(a_time_is_that_of_this_machines_wall_to_the_minute)
{
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	assert_string_equal(say_time(1795949961109, "en"), "2026-11-29 11:59 CET");
	assert_string_equal(say_time(1782864000000, "fr"), "2026-07-01 02:00 CEST");
	setenv("TZ", "<-0330>3:30", 1);
	assert_string_equal(say_time(-1, "en"), "1969-12-31 20:29 -0330");
	unsetenv("TZ");
	assert_string_equal(say_time(1795949961109, "en"), "2026-11-29 10:59 UTC");
}

TEST(every_error_has_words_in_every_language)
{
	assert_string_not_equal(say_why("de", ERR_CODE_EXPIRED), say_why("en", ERR_CODE_EXPIRED));
	assert_non_null(say_why("fr", -2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(control_characters_do_not_reach_the_terminal),
		RUN(a_text_that_turns_the_reading_direction_or_hides_is_shown_as_it_is),
		RUN(a_name_with_line_ends_says_no_line_of_its_own),
		RUN(a_time_is_that_of_this_machines_wall_to_the_minute),
		RUN(every_error_has_words_in_every_language),
	};

	return cmocka_run_group_tests_name("connector.say", tests, NULL, NULL);
}
