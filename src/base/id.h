/* id.h - UUIDv7 (RFC 9562 section 5.7) as the only kind of id.
 *
 * In the database 16 octets; in the API a prefix that names the kind and 26 lower-case Crockford
 * characters ("site_06f1..."); exactly one spelling decodes.  Pure but for id_new. */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/buf.h"

struct id {
	uint8_t b[16];
};

enum id_kind {
	ID_NONE,
	ID_PROV,
	ID_USER,
	ID_LOGIN,
	ID_CUST,
	ID_SITE,
	ID_CONN,
	ID_INV,
	ID_CHG,
	ID_SESS,
	ID_TGT,
	ID_APPR, /* of a connector only: who may say yes there */
	ID_KINDS
};

#define ID_TEXT_MAX 33 /* prefix of at most 5, '_', 26 characters, NUL */

struct id id_new(void); /* from base/clock and base/rand; ordered by time within a process */
bool id_is_zero(struct id id);
bool id_eq(struct id a, struct id b);
const char *id_prefix(enum id_kind kind);
void id_encode(enum id_kind kind, struct id id, char out[static ID_TEXT_MAX]);
MUST_USE int id_decode(enum id_kind kind, struct str text, struct id *ret_id); /* ERR_INVALID */

/* Crockford base 32 of the first `bits` bits of data, lower case, and a NUL; where bits is no
 * multiple of 5 zeros are added at the end (and only zeros are taken there by the decoder). */
void crockford_encode(const uint8_t *data, unsigned bits, char *out);
/* Reads both cases, O as 0, I and L as 1; `bits` bits from exactly (bits+4)/5 characters.
 * ERR_INVALID: out holds anything. */
MUST_USE int crockford_decode(struct str text, unsigned bits, uint8_t *out);

#endif
