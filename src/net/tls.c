/* tls.c - SSL_CTX set-up; see tls.h for what is switched and why. */
#include "net/tls.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/os.h"

struct tls {
	SSL_CTX *ctx;
	char *cert_file, *key_file; /* server */
	char *ca_file;              /* client; NULL: the system's roots */
	bool server;
	bool target; /* client of a server that is not ours */
	bool old, any, pinned;
	struct hash only;
};

/* RFC 7301: each name with its length before it, the preferred first.  Connectors dial with
 * HTTP/1.1. */
static const unsigned char served[] = "\x02h2\x08http/1.1";
static const unsigned char dialled[] = "\x08http/1.1";

/* A client that speaks no ALPN at all gets HTTP/1.1; one that does and lacks it could only misread
 * us. */
static int choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned int in_len, void *arg)
{
	unsigned char *chosen;

	if (SSL_select_next_proto(&chosen, out_len, served, sizeof(served) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static int refuse(struct tls_problem *ret_problem, const char *what, const char *file,
		  const char *why)
{
	struct tls_problem p = { .what = what };

	snprintf(p.why, sizeof(p.why), "%s", why);
	snprintf(p.text, sizeof(p.text), "cannot use the %s %s: %s", what, file ? file : "", p.why);
	if (ret_problem)
		*ret_problem = p;
	return ERR_TLS;
}

static int problem(struct tls_problem *ret_problem, const char *what, const char *file)
{
	char why[sizeof(ret_problem->why)] = "no reason given";
	unsigned long code = ERR_peek_error(); /* the first is the cause */

	if (code)
		ERR_error_string_n(code, why, sizeof(why));
	ERR_clear_error();
	return refuse(ret_problem, what, file, why);
}

/* All three of TLS 1.3 (RFC 8446 section 9.1), the fastest first, whatever order a client has;
 * but a client that names ChaCha20 first has no AES in its processor. */
static void set_ciphers(SSL_CTX *ctx)
{
	static const char ciphers[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
				      "TLS_CHACHA20_POLY1305_SHA256";

	if (SSL_CTX_set_ciphersuites(ctx, ciphers) != 1)
		die("libssl lacks a cipher of TLS 1.3");
	SSL_CTX_set_options(ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
}

static SSL_CTX *new_ctx(bool server)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());

	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION))
		die("libssl does not offer TLS 1.3");
	set_ciphers(ctx);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Head and body of a TLS record by one system call instead of two. */
	SSL_CTX_set_read_ahead(ctx, 1);
	/* A peer that ends without close_notify is everyday behaviour; HTTP's own framing tells
	 * whether a message was complete. */
	SSL_CTX_set_options(ctx, SSL_OP_CLEANSE_PLAINTEXT | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	return ctx;
}

static void make_old(SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(ctx, TLS1_VERSION);
	SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=0");
}

static int load_server(struct tls *t, SSL_CTX **ret_ctx, struct tls_problem *ret_problem)
{
	SSL_CTX *ctx = new_ctx(true);
	int rc = 0;

	if (t->old)
		make_old(ctx);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, t->cert_file) != 1)
		rc = problem(ret_problem, "certificate", t->cert_file);
	else if (SSL_CTX_use_PrivateKey_file(ctx, t->key_file, SSL_FILETYPE_PEM) != 1)
		rc = problem(ret_problem, "key", t->key_file);
	else if (SSL_CTX_check_private_key(ctx) !=
		 1) /* of another kind: it has a slot of its own */
		rc = problem(ret_problem, "key", t->key_file);
	if (rc < 0) {
		SSL_CTX_free(ctx);
		return rc;
	}
	*ret_ctx = ctx;
	return 0;
}

static bool fingerprint(const X509 *leaf, struct hash *ret_sum)
{
	unsigned len = 0;

	return leaf && X509_digest(leaf, EVP_sha256(), ret_sum->b, &len) == 1 && len == HASH_LEN;
}

/* In place of the chain's verification: the very certificate, or any. */
static int verify_only(X509_STORE_CTX *look, void *arg)
{
	const struct tls *t = arg;
	struct hash sum;

	if (t->any ||
	    (fingerprint(X509_STORE_CTX_get0_cert(look), &sum) && hash_eq(&sum, &t->only)))
		return 1;
	X509_STORE_CTX_set_error(look, X509_V_ERR_CERT_UNTRUSTED);
	return 0;
}

static void allow_target(const struct tls *t, SSL_CTX *ctx)
{
	SSL_CTX_set_min_proto_version(ctx, t->old ? TLS1_VERSION : TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	/* Its own name in the certificate says who it is; nobody's list of protocols is needed. */
	SSL_CTX_set_alpn_protos(ctx, NULL, 0);
	if (t->old) {
		SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT);
		SSL_CTX_set_cipher_list(ctx, "DEFAULT@SECLEVEL=0");
	}
	if (t->any || t->pinned)
		SSL_CTX_set_cert_verify_callback(ctx, verify_only, (void *)(uintptr_t)t);
}

static int load_client(struct tls *t, SSL_CTX **ret_ctx, struct tls_problem *ret_problem)
{
	SSL_CTX *ctx = new_ctx(false);
	int ok;

	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_alpn_protos(ctx, dialled, sizeof(dialled) - 1);
	if (t->target)
		allow_target(t, ctx);
	ERR_clear_error();
	if (t->any || t->pinned)
		ok = 1; /* nobody else vouches for it */
	else if (t->ca_file)
		ok = SSL_CTX_load_verify_file(ctx, t->ca_file);
	else
		ok = SSL_CTX_set_default_verify_paths(ctx);
	if (ok != 1) {
		SSL_CTX_free(ctx);
		return problem(ret_problem, "roots", t->ca_file);
	}
	*ret_ctx = ctx;
	return 0;
}

static int finish_new(struct tls *t, struct tls **ret_tls, struct tls_problem *ret_problem)
{
	int rc = tls_reload(t, NULL, ret_problem);

	if (rc < 0) {
		tls_free(&t);
		return rc;
	}
	*ret_tls = t;
	return 0;
}

int tls_server_new(const char *cert_file, const char *key_file, struct tls **ret_tls,
		   struct tls_problem *ret_problem)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->server = true;
	t->cert_file = xstrdup(cert_file);
	t->key_file = xstrdup(key_file);
	return finish_new(t, ret_tls, ret_problem);
}

int tls_client_new(const char *ca_file, struct tls **ret_tls, struct tls_problem *ret_problem)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->ca_file = ca_file ? xstrdup(ca_file) : NULL;
	return finish_new(t, ret_tls, ret_problem);
}

int tls_target_new(const struct tls_target *setup, struct tls **ret_tls,
		   struct tls_problem *ret_problem)
{
	struct tls *t = xcalloc(1, sizeof(*t));

	t->target = true;
	t->old = setup->old;
	t->any = setup->any;
	t->pinned = setup->only != NULL;
	if (t->pinned)
		t->only = *setup->only;
	t->ca_file = setup->ca_file ? xstrdup(setup->ca_file) : NULL;
	return finish_new(t, ret_tls, ret_problem);
}

void tls_server_be_old(struct tls *t)
{
	t->old = true;
	make_old(t->ctx);
}

int tls_failed(const struct ssl_st *ssl)
{
	return SSL_get_verify_result(ssl) == X509_V_OK ? ERR_TLS : ERR_UNTRUSTED;
}

bool tls_fingerprint(const struct ssl_st *ssl, struct hash *ret_sum)
{
	return fingerprint(SSL_get0_peer_certificate(ssl), ret_sum);
}

static bool is_for(const SSL_CTX *ctx, const char *host)
{
	X509 *leaf = SSL_CTX_get0_certificate(ctx);

	return X509_check_host(leaf, host, 0, 0, NULL) == 1 ||
	       X509_check_ip_asc(leaf, host, 0) == 1;
}

static int64_t time_ms(const ASN1_TIME *at)
{
	static const int64_t day_s = 86400;
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	bool ok = ASN1_TIME_diff(&days, &seconds, epoch, at);

	ASN1_TIME_free(epoch);
	return ok ? (days * day_s + seconds) * 1000 : 0;
}

static int64_t begins_ms(const SSL_CTX *ctx)
{
	return time_ms(X509_get0_notBefore(SSL_CTX_get0_certificate(ctx)));
}

static int64_t ends_ms(const SSL_CTX *ctx)
{
	return time_ms(X509_get0_notAfter(SSL_CTX_get0_certificate(ctx)));
}

int64_t tls_begins_ms(const struct tls *t)
{
	return begins_ms(t->ctx);
}

int64_t tls_ends_ms(const struct tls *t)
{
	return ends_ms(t->ctx);
}

/* What is wrong with its time; NULL: nothing. */
static const char *wrong_time(const SSL_CTX *ctx)
{
	int64_t now_ms = clock_wall_ms();

	if (ends_ms(ctx) < now_ms)
		return "it has ended";
	return begins_ms(ctx) > now_ms ? "it does not count yet" : NULL;
}

int tls_reload(struct tls *t, const char *const *hosts, struct tls_problem *ret_problem)
{
	const char *wrong = NULL;
	SSL_CTX *ctx = NULL;
	int rc = t->server ? load_server(t, &ctx, ret_problem) : load_client(t, &ctx, ret_problem);

	if (rc < 0)
		return rc;
	for (; hosts && *hosts; hosts++) {
		if (!is_for(t->ctx, *hosts) || is_for(ctx, *hosts))
			continue;
		SSL_CTX_free(ctx);
		return refuse(ret_problem, "name", t->cert_file, "it is for another name");
	}
	if (t->server && t->ctx && !wrong_time(t->ctx))
		wrong = wrong_time(ctx);
	if (wrong) {
		SSL_CTX_free(ctx);
		return refuse(ret_problem, "time", t->cert_file, wrong);
	}
	SSL_CTX_free(t->ctx); /* open connections hold it as long as they live */
	t->ctx = ctx;
	return 0;
}

static void verify(X509 *leaf, STACK_OF(X509) * chain, struct tls_view *view)
{
	X509_STORE *roots = X509_STORE_new();
	X509_STORE_CTX *look = X509_STORE_CTX_new();

	if (!roots || !look)
		die("out of memory in libcrypto");
	if (X509_STORE_set_default_paths(roots) == 1 &&
	    X509_STORE_CTX_init(look, roots, leaf, chain) == 1 &&
	    X509_STORE_CTX_set_default(look, "ssl_server") == 1)
		view->trusted = X509_verify_cert(look) == 1;
	if (!view->trusted)
		snprintf(view->why, sizeof(view->why), "%s",
			 X509_verify_cert_error_string(X509_STORE_CTX_get_error(look)));
	X509_STORE_CTX_free(look);
	X509_STORE_free(roots);
	ERR_clear_error();
}

void tls_view(const struct tls *t, const char *host, struct tls_view *ret_view)
{
	X509 *leaf = SSL_CTX_get0_certificate(t->ctx);
	STACK_OF(X509) *chain = NULL;
	struct tls_view view = {};

	SSL_CTX_get0_chain_certs(t->ctx, &chain);
	view.covers = is_for(t->ctx, host);
	verify(leaf, chain, &view);
	*ret_view = view;
}

void tls_free(struct tls **t)
{
	if (!*t)
		return;
	SSL_CTX_free((*t)->ctx);
	free((*t)->cert_file);
	free((*t)->key_file);
	free((*t)->ca_file);
	free(*t);
	*t = NULL;
}

int tls_open(struct tls *t, const char *name, struct ssl_st **ret_ssl)
{
	SSL *ssl = SSL_new(t->ctx);

	if (!ssl)
		die("out of memory in libssl");
	if (t->server) {
		SSL_set_accept_state(ssl);
	} else {
		/* RFC 6066 forbids addresses as SNI, and libssl compares them apart from names. */
		X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
		bool address = X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;

		ERR_clear_error(); /* a name is no address: no error */
		SSL_set_connect_state(ssl);
		if (!address &&
		    (SSL_set1_host(ssl, name) != 1 || SSL_set_tlsext_host_name(ssl, name) != 1)) {
			SSL_free(ssl);
			return ERR_TLS;
		}
	}
	*ret_ssl = ssl;
	return 0;
}
