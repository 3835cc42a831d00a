/* fetch_tls.c - see fetch_tls.h.
 *
 * curl makes one SSL_CTX a handshake and shows it to us; the context's own data leads back to the
 * fetch until the handshake or the fetch is over, whichever comes first. */
#include "net/fetch_tls.h"

#include <assert.h>
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int slot;

static void take_slot(void)
{
	slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	assert(slot >= 0);
}

static struct fetch_tls *of(const SSL *ssl)
{
	return SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), slot);
}

static void forget(struct fetch_tls *t)
{
	if (!t->ctx)
		return;
	SSL_CTX_set_ex_data(t->ctx, slot, NULL);
	SSL_CTX_free(t->ctx);
	t->ctx = NULL;
}

/* RFC 4514, with control characters escaped. */
static void note_issuer(struct fetch_tls *t, X509 *cert)
{
	BIO *out = BIO_new(BIO_s_mem());
	int n;

	if (out && cert &&
	    X509_NAME_print_ex(out, X509_get_issuer_name(cert), 0,
			       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		n = BIO_read(out, t->issuer, sizeof(t->issuer) - 1);
		t->issuer[n > 0 ? n : 0] = 0;
	}
	BIO_free(out);
}

/* The one at which the check failed: what signed it is what we do not know. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct fetch_tls *t = ssl ? of(ssl) : NULL;

	if (t && !ok)
		note_issuer(t, X509_STORE_CTX_get_current_cert(store));
	return ok;
}

static void on_info(const SSL *ssl, int where, int ret)
{
	struct fetch_tls *t = where & SSL_CB_HANDSHAKE_DONE ? of(ssl) : NULL;
	STACK_OF(X509) * chain;

	if (!t)
		return;
	snprintf(t->version, sizeof(t->version), "%s", SSL_get_version(ssl));
	chain = SSL_get0_verified_chain(ssl);
	if (chain && sk_X509_num(chain) > 0)
		note_issuer(t, sk_X509_value(chain, sk_X509_num(chain) - 1));
	forget(t);
}

static CURLcode on_context(CURL *easy, void *ctx, void *arg)
{
	struct fetch_tls *t = arg;

	forget(t);
	t->begun = true;
	t->version[0] = t->issuer[0] = 0;
	/* curl lets go of it when the handshake fails. */
	SSL_CTX_up_ref(ctx);
	t->ctx = ctx;
	SSL_CTX_set_ex_data(ctx, slot, t);
	SSL_CTX_set_verify(ctx, SSL_CTX_get_verify_mode(ctx), on_verify);
	SSL_CTX_set_info_callback(ctx, on_info);
	return CURLE_OK;
}

void fetch_tls_watch(struct fetch_tls *t, void *easy)
{
	pthread_once(&once, take_slot);
	curl_easy_setopt((CURL *)easy, CURLOPT_SSL_CTX_FUNCTION, on_context);
	curl_easy_setopt((CURL *)easy, CURLOPT_SSL_CTX_DATA, t);
}

void fetch_tls_done(struct fetch_tls *t)
{
	forget(t);
}
