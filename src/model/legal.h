/* legal.h - the texts of texts/legal, compiled in.
 *
 * texts/legal/<name>/<version>.<language>.md, never edited once released.  What a person accepts is
 * the text as shown, so the hash is over the text with the provider's name filled in (R12..R14).
 * Constant, pure. */
#ifndef MODEL_LEGAL_H
#define MODEL_LEGAL_H

#include "base/hash.h"

#define LEGAL_CONNECTOR_AGREEMENT "connector-agreement"
#define LEGAL_TEXT_MAX            (64 * KIB)

struct legal_row {
	const char *name;
	int version;
	const char *language;
	const char *text; /* Markdown, UTF-8, with {provider} */
};
extern const struct legal_row legal_rows[]; /* generated; sorted by name, version, language */
extern const size_t legal_rows_len;

int legal_version(const char *name); /* the newest; 0 if there is no such text */
/* The raw text; a language that is missing falls back to English; NULL: no such version. */
const struct legal_row *legal_get(const char *name, int version, const char *language);

/* Appends the text with the provider's name in it and gives its SHA-256.  Line ends and line-like
 * characters in the name become spaces, so that a name cannot add lines to the agreement.
 * ERR_NOT_FOUND, ERR_TOO_LARGE (out->max). */
MUST_USE int legal_fill(const char *name, int version, const char *language, const char *provider,
			struct buf *out, struct hash *ret_hash);

#endif
