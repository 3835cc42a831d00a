/* key_proof.h - that whoever names a new key has it: docs/protocol.md section 2, POST /c/v1/key.
 *
 * The call itself is signed by the old key, which is the right to change; the proof is made by the
 * new one over both keys and the hub's name, so that nobody can name a key of somebody else's, nor
 * use the proof elsewhere.  Pure. */
#ifndef WIRE_KEY_PROOF_H
#define WIRE_KEY_PROOF_H

#include "base/sign.h"
#include "base/buf.h"

/* authority: the hub's, as in the signature; old: thumbprint of the key that signs the call. */
void key_proof_make(struct str authority, const char old[static THUMBPRINT_LEN + 1],
		    const struct sign_key *key, uint8_t ret_proof[static SIGNATURE_LEN]);
/* 0 or ERR_SIGNATURE. */
MUST_USE int key_proof_check(struct str authority, const char old[static THUMBPRINT_LEN + 1],
			     const uint8_t public_key[static SIGN_KEY_LEN],
			     const uint8_t proof[static SIGNATURE_LEN]);

#endif
