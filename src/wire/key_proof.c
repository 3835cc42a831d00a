/* key_proof.c - see key_proof.h. */
#include "wire/key_proof.h"

#include "base/buf.h"

/* No other text of ours begins so: a signature base begins with a quotation mark. */
static void put_text(struct str authority, const char *old,
		     const uint8_t public_key[static SIGN_KEY_LEN], struct buf *out)
{
	char new[THUMBPRINT_LEN + 1];

	sign_thumbprint(public_key, new);
	buf_puts(out, "imprimatur-c1 key\n");
	buf_putstr(out, authority);
	buf_printf(out, "\n%s\n%s\n", old, new);
}

void key_proof_make(struct str authority, const char old[static THUMBPRINT_LEN + 1],
		    const struct sign_key *key, uint8_t ret_proof[static SIGNATURE_LEN])
{
	struct buf text = buf_new(KIB);
	uint8_t public_key[SIGN_KEY_LEN];

	sign_key_public(key, public_key);
	put_text(authority, old, public_key, &text);
	sign_make(key, text.data, text.len, ret_proof);
	buf_done(&text);
}

int key_proof_check(struct str authority, const char old[static THUMBPRINT_LEN + 1],
		    const uint8_t public_key[static SIGN_KEY_LEN],
		    const uint8_t proof[static SIGNATURE_LEN])
{
	struct buf text = buf_new(KIB);
	int rc;

	put_text(authority, old, public_key, &text);
	rc = buf_status(&text);
	if (rc == 0)
		rc = sign_check(public_key, text.data, text.len, proof);
	buf_done(&text);
	return rc;
}
