/* seal.c - AES-256-GCM by libcrypto. */
#include "base/seal.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/os.h"
#include "base/rand.h"

#include <openssl/evp.h>
#include <string.h>
#include <pthread.h>

#define NONCE_LEN 12
#define TAG_LEN   16

static_assert(SEAL_OVERHEAD == NONCE_LEN + TAG_LEN, "the box holds nonce and tag");

static void require(int ok)
{
	if (ok != 1)
		die("AES-256-GCM failed");
}

/* Fetched once: by name it would be looked up at each box. */
static const EVP_CIPHER *cipher;

static void fetch(void)
{
	cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	require(cipher != NULL);
}

static EVP_CIPHER_CTX *start(const struct seal_key *k, const uint8_t *nonce, struct str aad,
			     int encrypt)
{
	static pthread_once_t fetched = PTHREAD_ONCE_INIT;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;

	(void)!pthread_once(&fetched, fetch);
	require(ctx != NULL);
	require(EVP_CipherInit_ex(ctx, cipher, NULL, k->b, nonce, encrypt));
	require(aad.len <= INT32_MAX);
	if (aad.len > 0)
		require(EVP_CipherUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.len));
	return ctx;
}

void seal(const struct seal_key *k, struct str aad, const void *data, size_t len, struct buf *out)
{
	uint8_t *box = len <= INT32_MAX ? buf_reserve(out, len + SEAL_OVERHEAD) : NULL;
	EVP_CIPHER_CTX *ctx;
	int n;

	if (!box) {
		out->failed = true;
		return;
	}
	rand_bytes(box, NONCE_LEN);
	ctx = start(k, box, aad, 1);
	if (len > 0)
		require(EVP_CipherUpdate(ctx, box + NONCE_LEN, &n, data, (int)len));
	require(EVP_CipherFinal_ex(ctx, box + NONCE_LEN + len, &n));
	require(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, box + NONCE_LEN + len));
	EVP_CIPHER_CTX_free(ctx);
}

int unseal(const struct seal_key *k, struct str aad, const void *box, size_t len, struct buf *out)
{
	const uint8_t *in = box;
	uint8_t tag[TAG_LEN], *plain;
	EVP_CIPHER_CTX *ctx;
	size_t plain_len;
	int n, ok;

	if (len < SEAL_OVERHEAD || len > INT32_MAX)
		return ERR_CORRUPT;
	plain_len = len - SEAL_OVERHEAD;
	plain = buf_reserve(out, plain_len);
	if (!plain)
		return ERR_TOO_LARGE;
	memcpy(tag, in + NONCE_LEN + plain_len, TAG_LEN);
	ctx = start(k, in, aad, 0);
	if (plain_len > 0)
		require(EVP_CipherUpdate(ctx, plain, &n, in + NONCE_LEN, (int)plain_len));
	require(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, tag));
	ok = EVP_CipherFinal_ex(ctx, plain + plain_len, &n);
	EVP_CIPHER_CTX_free(ctx);
	if (ok == 1)
		return 0;
	/* Nothing that was not proved genuine may stay. */
	secret_wipe(plain, plain_len);
	out->len -= plain_len;
	out->data[out->len] = 0;
	return ERR_CORRUPT;
}
