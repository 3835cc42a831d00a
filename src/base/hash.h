/* hash.h - SHA-256, HMAC-SHA-256 and the constant-time comparison.  Pure, thread-safe; dies if
 * libcrypto fails. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/buf.h"

#define HASH_LEN 32

struct hash {
	uint8_t b[HASH_LEN];
};

struct hash hash_of(const void *data, size_t len);
/* Of a followed by b. */
struct hash hash_of2(const void *a, size_t a_len, const void *b, size_t b_len);
/* Of what comes in parts: hash_end gives the sum and frees; *s becomes NULL. */
struct hash_parts;
struct hash_parts *hash_begin(void);
void hash_add(struct hash_parts *s, const void *data, size_t len);
struct hash hash_end(struct hash_parts **s);
struct hash hmac_of(const void *key, size_t key_len, const void *data, size_t len);
bool hash_eq(const struct hash *a, const struct hash *b); /* constant time */
bool secret_eq(const void *a, const void *b, size_t len); /* constant time */
void secret_wipe(void *p, size_t len);
void hash_hex(const struct hash *h, char out[static 2 * HASH_LEN + 1]);

#endif
