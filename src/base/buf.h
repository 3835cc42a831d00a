/* buf.h - octets: a growing buffer with a maximum, and a read cursor.
 *
 * Both are sticky: after the first failure every further call is a no-op and the failure is asked
 * for once, at the end.  The single reader of foreign binary data is struct cur: no other code in
 * this project does pointer arithmetic on what a peer sent. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/cc.h"
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

/* A view; owns nothing; p may be NULL only if len is 0. */
struct str {
	const char *p;
	size_t len;
};

#define STR(literal) ((struct str){ literal, sizeof(literal) - 1 })
struct str str_of(const char *s); /* NULL gives the empty view */
bool str_eq(struct str a, struct str b);
/* The same of a word that ends with NUL, which is not measured: for looking through tables. */
bool str_is(struct str s, const char *word);
bool str_eq_nocase(struct str a, struct str b); /* ASCII only */
/* How many octets it begins with that are no controls (below 0x20, and 0x7f). */
size_t str_plain_len(struct str s);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_has_nocase(struct str s, struct str part); /* ASCII only; the empty part is anywhere */
struct str str_trim(struct str s);                  /* without SP and HTAB at both ends */
/* Takes the part of *rest up to `sep` (or all), moves *rest behind it; false when *rest was used up
 * (its p is NULL then).  "a," has two parts, "" has one. */
bool str_split(struct str *rest, char sep, struct str *ret_part);
/* Decimal digits only, no sign, no overflow. */
MUST_USE bool str_to_u64(struct str s, uint64_t *ret_value);

struct buf {
	uint8_t *data; /* owned; NUL is kept behind len so that text can be printed */
	size_t len, cap, max;
	bool failed; /* more than max was asked for */
};

/* A buffer that never holds more than max octets.  Growing leaves no copy behind. */
struct buf buf_new(size_t max);
void buf_done(struct buf *b);  /* frees; the buffer is empty and usable again */
void buf_wipe(struct buf *b);  /* overwrites, then frees */
void buf_clear(struct buf *b); /* keeps the memory, forgets content and failure */

void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putstr(struct buf *b, struct str s);
void buf_putc(struct buf *b, char c);
void buf_put_i64(struct buf *b, int64_t value); /* decimal */
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);
void buf_put_le(struct buf *b, uint64_t value, unsigned octets); /* little-endian, 1..8 octets */
void buf_room(struct buf *b, size_t len); /* the next len octets find room at once */
/* Room for len octets to be written in place; NULL when that passes max (the buffer has failed
 * then). */
uint8_t *buf_reserve(struct buf *b, size_t len);
/* 0, or ERR_TOO_LARGE if anything did not fit. */
MUST_USE int buf_status(const struct buf *b);
struct str buf_str(const struct buf *b);

struct cur {
	const uint8_t *p;
	size_t left;
	bool failed; /* read past the end */
};

struct cur cur_of(const void *data, size_t len);
uint64_t cur_le(struct cur *c, unsigned octets);     /* 0 after a failure */
const uint8_t *cur_take(struct cur *c, size_t len);  /* NULL after a failure */
void cur_copy(struct cur *c, void *out, size_t len); /* zeros after a failure */

/* Encodings.  Encoders append; decoders take the one canonical spelling (hex in lower case; unused
 * bits zero), write at most `max` octets and return the count or ERR_INVALID, the output then
 * undefined. */
void buf_put_hex(struct buf *b, const void *data, size_t len);
void buf_put_base64(struct buf *b, const void *data, size_t len); /* RFC 4648 section 4, padded */
void buf_put_base64url(struct buf *b, const void *data, size_t len); /* section 5, unpadded */
MUST_USE int hex_decode(struct str in, uint8_t *out, size_t max);
MUST_USE int base64_decode(struct str in, uint8_t *out, size_t max);
MUST_USE int base64url_decode(struct str in, uint8_t *out, size_t max);

/* True if s is well-formed UTF-8 (RFC 3629) without NUL. */
bool utf8_valid(struct str s);
/* Takes the next code point of *rest, which is not empty; UTF8_BAD (and one octet) where none
 * begins. */
#define UTF8_BAD UINT32_MAX
uint32_t utf8_take(struct str *rest);
/* True for characters that are not seen or that turn the reading direction: they make a text read
 * as another one. */
bool utf8_hidden(uint32_t code);
/* The longest beginning of s of at most max octets that does not cut a code point in two. */
struct str utf8_cut(struct str s, size_t max);

/* Appends what a whole gzip member (RFC 1952) holds to out, up to out->max octets: ERR_TOO_LARGE
 * beyond, ERR_INVALID for anything that is not exactly one member; out is unchanged after a
 * failure. */
MUST_USE int gzip_inflate(const void *data, size_t len, struct buf *out);
MUST_USE int gzip_deflate(const void *data, size_t len, struct buf *out);
uint32_t crc32_of(const void *data, size_t len);

#endif
