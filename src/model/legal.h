/* legal.h - the texts of texts/legal, compiled in.
 *
 * texts/legal/<name>/<version>.<language>.md, never edited once released.  Each version is there in
 * every language of legal_languages, which the build checks.  What a person accepts is the text as
 * shown, so that hash is over the text with the provider's name filled in (R11..R14).  Constant,
 * pure. */
#ifndef MODEL_LEGAL_H
#define MODEL_LEGAL_H

#include "base/hash.h"

#define LEGAL_CONNECTOR_AGREEMENT       "connector-agreement" /* a customer accepts it */
#define LEGAL_HUB_TERMS                 "hub-terms"           /* a provider's users accept them */
#define LEGAL_PRIVACY_POLICY            "privacy-policy"      /* prevails over all others (R80) */
#define LEGAL_CUSTOMER_LEAFLET          "customer-leaflet"
#define LEGAL_DATA_SECURITY_AND_PRIVACY "data-security-and-privacy"

#define LEGAL_TEXT_MAX (64 * KIB)

struct legal_row {
	const char *name;
	int version;
	const char *language;
	const char *text;   /* Markdown, UTF-8, with {provider} */
	const char *sha256; /* of `text`, hexadecimal */
};
extern const struct legal_row legal_rows[]; /* generated; sorted by name, version, language */
extern const size_t legal_rows_len;

/* "en", "fr", "de": ends with NULL. */
extern const char *const legal_languages[];

int legal_version(const char *name); /* the newest; 0 if there is no such text */
/* The raw text; a language that is missing falls back to English; NULL: no such version. */
const struct legal_row *legal_get(const char *name, int version, const char *language);

/* Appends the text with the provider's name in it and gives its SHA-256.  Line ends and line-like
 * characters in the name become spaces, so that a name cannot add lines to the agreement.
 * ERR_NOT_FOUND, ERR_TOO_LARGE (out->max). */
MUST_USE int legal_fill(const char *name, int version, const char *language, const char *provider,
			struct buf *out, struct hash *ret_hash);

#endif
