/* hash.c - libcrypto's one-shot functions; they fail only if the platform is broken. */
#include "base/hash.h"
#include "base/os.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <pthread.h>

/* Fetched once: libcrypto's one-shot SHA256() looks the algorithm up by name at each call, which
 * takes as long as hashing a kilobyte. */
static const EVP_MD *sha256;

static void fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (!sha256)
		die("SHA-256 is missing");
}

static const EVP_MD *sha256_md(void)
{
	static pthread_once_t fetched = PTHREAD_ONCE_INIT;

	(void)!pthread_once(&fetched, fetch);
	return sha256;
}

struct hash hash_of(const void *data, size_t len)
{
	struct hash h;

	if (EVP_Digest(data, len, h.b, NULL, sha256_md(), NULL) != 1)
		die("SHA-256 failed");
	return h;
}

/* struct hash_parts is libcrypto's context under a name of ours. */
static EVP_MD_CTX *context(struct hash_parts *s)
{
	return (EVP_MD_CTX *)s;
}

struct hash_parts *hash_begin(void)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex(ctx, sha256_md(), NULL) != 1)
		die("SHA-256 failed");
	return (struct hash_parts *)ctx;
}

void hash_add(struct hash_parts *s, const void *data, size_t len)
{
	if (EVP_DigestUpdate(context(s), data, len) != 1)
		die("SHA-256 failed");
}

struct hash hash_end(struct hash_parts **s)
{
	struct hash h;

	if (EVP_DigestFinal_ex(context(*s), h.b, NULL) != 1)
		die("SHA-256 failed");
	EVP_MD_CTX_free(context(*s));
	*s = NULL;
	return h;
}

struct hash hash_of2(const void *a, size_t a_len, const void *b, size_t b_len)
{
	struct hash_parts *s = hash_begin();

	hash_add(s, a, a_len);
	hash_add(s, b, b_len);
	return hash_end(&s);
}

struct hash hmac_of(const void *key, size_t key_len, const void *data, size_t len)
{
	struct hash h;

	/* A NULL key would mean "the one used before" to libcrypto. */
	if (key_len > INT32_MAX ||
	    !HMAC(sha256_md(), key_len ? key : "", (int)key_len, data, len, h.b, NULL))
		die("HMAC-SHA-256 failed");
	return h;
}

bool hash_eq(const struct hash *a, const struct hash *b)
{
	return secret_eq(a->b, b->b, HASH_LEN);
}

bool secret_eq(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

void secret_wipe(void *p, size_t len)
{
	/* The C library's is as fast as memset: what passes through a session is wiped behind it.
	 */
	if (len > 0)
		explicit_bzero(p, len);
}

void hash_hex(const struct hash *h, char out[static 2 * HASH_LEN + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < HASH_LEN; i++) {
		out[2 * i] = digits[h->b[i] >> 4];
		out[2 * i + 1] = digits[h->b[i] & 15];
	}
	out[2 * HASH_LEN] = 0;
}
