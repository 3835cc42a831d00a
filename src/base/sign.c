/* sign.c - Ed25519 keys and signing by libcrypto; sign_check.c verifies.  A struct sign_key is an
 * EVP_PKEY, which libcrypto wipes when freed. */
#include "base/sign.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "base/os.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX 4096

struct sign_key {
	EVP_PKEY *key;
};

static void require(int ok)
{
	if (ok != 1)
		die("Ed25519 failed");
}

static struct sign_key *wrap(EVP_PKEY *key)
{
	struct sign_key *k = xmalloc(sizeof(*k));

	k->key = key;
	return k;
}

struct sign_key *sign_key_new(void)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	require(key != NULL);
	return wrap(key);
}

int sign_key_save(const struct sign_key *k, const char *path)
{
	BIO *bio = BIO_new(BIO_s_secmem());
	char *pem;
	long len;
	int rc;

	require(bio != NULL);
	require(PEM_write_bio_PKCS8PrivateKey(bio, k->key, NULL, NULL, 0, NULL, NULL));
	len = BIO_get_mem_data(bio, &pem);
	rc = file_replace(path, pem, (size_t)len, FILE_PRIVATE);
	secret_wipe(pem, (size_t)len);
	BIO_free(bio);
	return rc;
}

/* libcrypto would ask the terminal for a password otherwise. */
static int no_password(char *buf, int size, int writing, void *arg)
{
	return -1;
}

static EVP_PKEY *parse(struct str pem)
{
	BIO *bio = BIO_new_mem_buf(pem.len ? pem.p : "", (int)pem.len);
	EVP_PKEY *key;

	require(bio != NULL);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (key && EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		key = NULL;
	}
	return key;
}

int sign_key_load(const char *path, struct sign_key **ret_key)
{
	struct buf pem = buf_new(PEM_MAX);
	EVP_PKEY *key = NULL;
	int rc = file_read(path, &pem);

	if (rc == 0)
		key = parse(buf_str(&pem));
	buf_wipe(&pem);
	if (rc < 0)
		return rc == ERR_TOO_LARGE ? ERR_CORRUPT : rc;
	if (!key)
		return ERR_CORRUPT;
	*ret_key = wrap(key);
	return 0;
}

void sign_key_free(struct sign_key **k)
{
	if (!*k)
		return;
	EVP_PKEY_free((*k)->key);
	free(TAKE(*k));
}

void sign_key_public(const struct sign_key *k, uint8_t out[static SIGN_KEY_LEN])
{
	size_t len = SIGN_KEY_LEN;

	require(EVP_PKEY_get_raw_public_key(k->key, out, &len));
	assert(len == SIGN_KEY_LEN);
}

void sign_thumbprint(const uint8_t public_key[static SIGN_KEY_LEN],
		     char out[static THUMBPRINT_LEN + 1])
{
	struct buf text = buf_new(256);
	struct hash h;

	/* RFC 7638, 3.2: the required members in this order, without spaces. */
	buf_puts(&text, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"");
	buf_put_base64url(&text, public_key, SIGN_KEY_LEN);
	buf_puts(&text, "\"}");
	h = hash_of(text.data, text.len);
	buf_clear(&text);
	buf_put_base64url(&text, h.b, sizeof(h.b));
	assert(text.len == THUMBPRINT_LEN);
	memcpy(out, text.data, THUMBPRINT_LEN + 1);
	buf_done(&text);
}

void sign_make(const struct sign_key *k, const void *data, size_t len,
	       uint8_t out[static SIGNATURE_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t out_len = SIGNATURE_LEN;

	require(ctx != NULL);
	require(EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->key));
	require(EVP_DigestSign(ctx, out, &out_len, data, len));
	assert(out_len == SIGNATURE_LEN);
	EVP_MD_CTX_free(ctx);
}
