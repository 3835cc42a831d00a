/* say.c - see say.h. */
#include "connector/say.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/verdict.h"
#include <string.h>

#define SAID_MAX (256 * KIB)
#define ARGS_MAX 8

/* A name with a line end in it could say a line of its own. */
static const char *one_line(struct arena *mem, const char *value)
{
	char *line = arena_strdup(mem, value);

	for (char *c = line; *c; c++)
		if (strchr("\r\n\t", *c))
			*c = ' ';
	return line;
}

void say(FILE *to, const char *language, const char *key, const struct text_arg *args)
{
	struct text_arg lines[ARGS_MAX + 1] = {};
	struct buf out = buf_new(SAID_MAX);
	struct arena mem = {};

	for (size_t i = 0; args && args[i].name; i++) {
		assert(i < ARGS_MAX);
		lines[i].name = args[i].name;
		lines[i].value = args[i].value ? one_line(&mem, args[i].value) : NULL;
	}
	text_put(&out, language, key, lines);
	terminal_line(to, buf_str(&out));
	buf_done(&out);
	arena_done(&mem);
}

const char *say_why(const char *language, int rc)
{
	const char *text;
	char key[80];

	snprintf(key, sizeof(key), "error.%s", err_code(rc));
	/* What the operating system said is told in its words, unless it has a code of its own. */
	text = rc > -1000 && strcmp(err_code(rc), err_code(ERR_INTERNAL)) == 0
		       ? NULL
		       : text_get(language, key);
	return text ? text : err_title(rc);
}

void say_failure(const char *language, const char *what, int rc)
{
	SAY(stderr, language, "cli.failed", { "what", what }, { "why", say_why(language, rc) });
}

const char *say_language(const char *wanted)
{
	static const char *const known[] = { "en", "fr", "de" };

	for (size_t i = 0; wanted && i < ARRAY_LEN(known); i++)
		if (strncmp(wanted, known[i], 2) == 0)
			return known[i];
	return "en";
}

const char *say_time(int64_t at_ms, const char *language)
{
	static char texts[4][CLOCK_TEXT_MAX];
	static unsigned next;
	char *text = texts[next++ % ARRAY_LEN(texts)];

	if (at_ms == JSON_ABSENT_INT)
		return text_get(language, "cli.status.never");
	clock_text(at_ms, text);
	return text;
}
