/* text.h - the words of texts/<language>.json in C, made by tools/gen.
 *
 * Keys are flat; arguments are named: "{count} printers".  Plural forms are separate keys that the
 * caller chooses.  A key that is missing in a language falls back to English; the build fails if
 * one is missing in English.  Pure. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

struct text_arg {
	const char *name, *value;
};

/* The raw text; language "fr", "de", anything else is English; NULL if the key does not exist. */
const char *text_get(const char *language, const char *key);
/* Appends the text with its arguments; args ends with name NULL, may be NULL.  A key that does not
 * exist is appended itself, an argument that is not given stays "{name}": both are visible, neither
 * is fatal. */
void text_put(struct buf *out, const char *language, const char *key, const struct text_arg *args);

struct text_row {
	const char *key, *en, *fr, *de;
};
extern const struct text_row text_rows[]; /* generated, sorted by key */
extern const size_t text_rows_len;

#endif
