/* seal.h - AES-256-GCM boxes: 12 octets random nonce, ciphertext, 16 octets tag.
 *
 * The associated data bind a box to where it lies, so that a box moved to another row does not
 * open. A key must not seal more than 2^32 boxes (NIST SP 800-38D, 8.3): one key a customer stays
 * far below. */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include "base/buf.h"

#define SEAL_KEY_LEN  32
#define SEAL_OVERHEAD 28

struct seal_key {
	uint8_t b[SEAL_KEY_LEN];
};

/* Appends the box to out. */
void seal(const struct seal_key *k, struct str aad, const void *data, size_t len, struct buf *out);
/* Appends the plaintext to out; ERR_CORRUPT if anything was altered, out then unchanged. */
MUST_USE int unseal(const struct seal_key *k, struct str aad, const void *box, size_t len,
		    struct buf *out);

#endif
