/* sign_check.c - verifying, by libsodium: libcrypto 3.0 takes two and a half times as long for it
 * (docs/adr/0014-libsodium.md).  A file of its own, so that only who verifies needs the library. */
#include "base/sign.h"
#include "base/err.h"
#include "base/os.h"

#include <pthread.h>
#include <sodium.h>

static_assert(SIGN_KEY_LEN == crypto_sign_PUBLICKEYBYTES, "RFC 8032 section 5.1.5");
static_assert(SIGNATURE_LEN == crypto_sign_BYTES, "RFC 8032 section 5.1.6");

static void begin(void)
{
	if (sodium_init() < 0)
		die("libsodium cannot be used");
}

int sign_check(const uint8_t public_key[static SIGN_KEY_LEN], const void *data, size_t len,
	       const uint8_t signature[static SIGNATURE_LEN])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, begin);
	/* Also refuses what RFC 8032 leaves open: keys of small order, spellings that are not
	 * canonical. */
	return crypto_sign_verify_detached(signature, data, len, public_key) == 0 ? 0
										  : ERR_SIGNATURE;
}
