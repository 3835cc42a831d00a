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
		RUN(every_error_has_words_in_every_language),
	};

	return cmocka_run_group_tests_name("connector.say", tests, NULL, NULL);
}
