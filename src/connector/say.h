/* say.h - the connector's words to a person at a terminal, in their language.
 *
 * What the hub told (names, the agreement) is printed here and nowhere else, without the control
 * characters that could redraw a terminal: an agreement must be read as it is. */
#ifndef CONNECTOR_SAY_H
#define CONNECTOR_SAY_H

#include "base/text.h"
#include <stdio.h>

/* One text of texts/ and a line end; args ends with name NULL, may be NULL, at most 8; the value of
 * each is put on one line. */
void say(FILE *to, const char *language, const char *key, const struct text_arg *args);
#define SAY(to, language, key, ...)                                                                \
	say(to, language, key, (const struct text_arg[]){ __VA_ARGS__ __VA_OPT__(, ){} })
/* Why something failed: the text of its error's code, "error.<code>". */
const char *say_why(const char *language, int rc);
void say_failure(const char *language, const char *what, int rc);

/* "en", "fr" or "de". */
const char *say_language(const char *wanted);
/* A time as people read it, by the clock on this machine's wall; static storage, four at a time. */
const char *say_time(int64_t at_ms, const char *language);

#endif
