/* code.h - the enrolment code: DE-XXXX-XXXX-XXXX-XXXX-YY.
 *
 * Region (2 to 8 letters), 80 random bits as 16 Crockford characters, 2 check characters.  The
 * check characters are a Reed-Solomon code over GF(32), of distance 3 up to 31 characters: every
 * substitution of one or two characters and every transposition is found, so that a typing error is
 * told apart from a code that nobody gave out without asking the hub.  Pure.
 * A code is a secret until it is used: never logged, never in a URL, wiped by who holds it. */
#ifndef WIRE_CODE_H
#define WIRE_CODE_H

#include "base/hash.h"

#define CODE_REGION_MIN 2
#define CODE_REGION_MAX 8
#define CODE_VALUE_LEN  10
#define CODE_TEXT_SIZE  32 /* 8 + 4 * 5 + 3 and the NUL */

struct code {
	char region[CODE_REGION_MAX + 1]; /* upper case */
	uint8_t value[CODE_VALUE_LEN];
};

/* True for 2 to 8 ASCII letters of either case. */
bool code_region_ok(struct str region);

/* ERR_INVALID if the region is none. */
MUST_USE int code_make(struct str region, const uint8_t random[static CODE_VALUE_LEN],
		       struct code *ret_code);

void code_encode(const struct code *c, char out[static CODE_TEXT_SIZE]);

/* Case, spaces and dashes do not matter; after the region O reads as 0, I and L as 1.
 * ERR_CODE_MISTYPED for all that is no code. */
MUST_USE int code_parse(struct str text, struct code *ret_code);

/* What the hub keeps and looks up: HMAC-SHA-256(key, region and value). */
struct hash code_lookup(const struct code *c, const void *key, size_t key_len);

#endif
