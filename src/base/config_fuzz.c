/* config_fuzz.c - any octets as a configuration: what was read prints, and what was printed reads
 * to what prints the same. */
#include "base/config.h"

#include <stdlib.h>
#include <string.h>

struct settings {
	const char *path, *text;
	int64_t number, duration_ms, size_bytes;
	bool yes;
	int choice;
};

#define AT(member) offsetof(struct settings, member)

/* clang-format off */
static const struct option options[] = {
	{ "a.path",     OPTION_PATH,     AT(path),        "x",   NULL, NULL, NULL, 0, "" },
	{ "b.text",     OPTION_TEXT,     AT(text),        NULL,  NULL, NULL, NULL, 0, "" },
	{ "c.number",   OPTION_INT,      AT(number),      "0",   NULL, NULL, NULL, 0, "" },
	{ "d.duration", OPTION_DURATION, AT(duration_ms), "25s", "0s", NULL, NULL, 0, "" },
	{ "e.size",     OPTION_SIZE,     AT(size_bytes),  NULL,  NULL, "9GB", NULL, 0, "" },
	{ "f.yes",      OPTION_BOOL,     AT(yes),         NULL,  NULL, NULL, NULL, 0, "" },
	{ "g.choice",   OPTION_CHOICE,   AT(choice),      NULL,  NULL, NULL, "one|two|", 0, "" },
	{}
};
/* clang-format on */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text = { (const char *)data, len };
	struct buf once = buf_new(MIB), twice = buf_new(MIB);
	struct config_problem problem = {};
	struct arena mem = {};
	struct settings s;

	if (config_parse(text, options, &mem, &s, &problem) == 0) {
		config_print(options, &s, &once);
		if (buf_status(&once) == 0) {
			if (config_parse(buf_str(&once), options, &mem, &s, &problem) < 0)
				abort();
			config_print(options, &s, &twice);
			if (!str_eq(buf_str(&once), buf_str(&twice)))
				abort();
		}
	} else if (problem.line < 0 || !utf8_valid(str_of(problem.text))) {
		abort();
	}
	arena_done(&mem);
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
