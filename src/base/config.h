/* config.h - `name = value` files, by one table of options a program.
 *
 * Lines are `dotted.name = value`; '#' begins a comment line; an unknown, repeated or unfitting
 * name, an empty value or one with control characters is an error with its line.  The table makes
 * the parser, `check-config` and the manual.  What config_print writes reads back the same, but for
 * secrets. */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include "base/arena.h"
#include "base/buf.h"

enum option_type {
	OPTION_TEXT,     /* const char * */
	OPTION_PATH,     /* const char *, made absolute against the file's folder */
	OPTION_INT,      /* int64_t */
	OPTION_DURATION, /* int64_t ms: "500ms", "25s", "2m", "8h", "14d" */
	OPTION_SIZE,     /* int64_t octets: "512B", "16KB", "64MB", "2GB" (1024s) */
	OPTION_BOOL,     /* bool: yes or no */
	OPTION_CHOICE,   /* int: index into the words of .choices, separated by '|' */
};

enum option_flags { OPTION_REQUIRED = 1, OPTION_SECRET = 2, OPTION_RELOAD = 4 };

struct option {
	const char *name; /* of a-z 0-9 . _ -; sorted by name */
	enum option_type type;
	size_t offset;
	const char *value;     /* default as it would be written; NULL: NULL, 0, false or -1 */
	const char *min, *max; /* as written; NULL: no limit */
	const char *choices;
	unsigned flags;
	const char *help; /* one sentence */
};

struct config_problem {
	int line; /* 0: the file as a whole */
	char text[160];
};

/* Reads `path` into *out by `options` (ends with name NULL).  ERR_CONFIG with *ret_problem, or
 * -errno; *out is then undefined.  Texts live in `mem`. */
MUST_USE int config_read(const char *path, const struct option *options, struct arena *mem,
			 void *out, struct config_problem *ret_problem);
/* The same from memory; relative paths stay as they are.  Fuzzed. */
MUST_USE int config_parse(struct str text, const struct option *options, struct arena *mem,
			  void *out, struct config_problem *ret_problem);
/* What a file's text says of a name, as it stands there; false if it has no such line. */
bool config_get(struct str text, const char *name, struct str *ret_value);
/* Sets a name's line, or takes it away (value.p NULL), and leaves every other line as it is.
 * ERR_INVALID for a value that is empty or could be more than a value; ERR_TOO_LARGE. */
MUST_USE int config_set(struct buf *text, const char *name, struct str value);
/* Appends the effective configuration in table order, secrets as "(set)", what is not set as a
 * comment. */
void config_print(const struct option *options, const void *config, struct buf *out);

#endif
