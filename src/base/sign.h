/* sign.h - Ed25519 (RFC 8032) keys, and their thumbprints (RFC 7638 of the RFC 8037 JWK). */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H

#include "base/hash.h"

#define SIGN_KEY_LEN   32
#define SIGNATURE_LEN  64
#define THUMBPRINT_LEN 43 /* base64url of SHA-256, unpadded */

struct sign_key; /* a private key; heap; one owner; wiped when freed */

struct sign_key *sign_key_new(void);
/* PEM, PKCS #8 (RFC 5958), written 0600 and atomically.  -errno. */
MUST_USE int sign_key_save(const struct sign_key *k, const char *path);
MUST_USE int sign_key_load(const char *path, struct sign_key **ret_key); /* -errno, ERR_CORRUPT */
void sign_key_free(struct sign_key **k);
void sign_key_public(const struct sign_key *k, uint8_t out[static SIGN_KEY_LEN]);

void sign_thumbprint(const uint8_t public_key[static SIGN_KEY_LEN],
		     char out[static THUMBPRINT_LEN + 1]);
void sign_make(const struct sign_key *k, const void *data, size_t len,
	       uint8_t out[static SIGNATURE_LEN]);
/* 0 or ERR_SIGNATURE (also for a public key that is no point). */
MUST_USE int sign_check(const uint8_t public_key[static SIGN_KEY_LEN], const void *data, size_t len,
			const uint8_t signature[static SIGNATURE_LEN]);

#endif
