/* verdict.h - what a `doctor` command tells: one verdict a line, or all as one JSON document.
 *
 * `ok|warn|fail <check> <words>`.  Words may hold what a peer said or a file is called: they are
 * printed on one line and without the characters that could redraw a terminal. */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include "base/buf.h"
#include <stdio.h>

enum verdict { VERDICT_OK, VERDICT_WARN, VERDICT_FAIL };

struct verdicts {
	bool as_json;
	bool failed; /* one was VERDICT_FAIL */
	struct buf json;
};

void verdicts_begin(struct verdicts *v, bool as_json);
/* `code` names for programs what was found: "<check>.<code>" is stable. */
void verdict_tell(struct verdicts *v, enum verdict verdict, const char *check, const char *code,
		  struct str words);
/* Prints the document if one was asked for; the exit code: EXIT_FAILED if one verdict is `fail`. */
int verdicts_end(struct verdicts *v);
void verdicts_done(struct verdicts *v);

/* Any text and a line end; '?' for what is no UTF-8, and for control characters but line end and
 * tab, invisible ones and those that turn the reading direction. */
void terminal_line(FILE *to, struct str text);

#endif
