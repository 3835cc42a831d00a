/* tls.h - certificates and rules of a TLS listener or dialler; the only file pair besides conn that
 * sees OpenSSL.
 *
 * TLS 1.3 only (RFC 8446).  No session tickets and no session cache: a full handshake costs 0.2 ms
 * here and leaves no key to rotate; buffers are released while a connection is idle, which halves
 * its memory; OpenSSL wipes the plaintext it has delivered.  AES-128-GCM before AES-256-GCM, which
 * takes a quarter longer; ChaCha20-Poly1305 for a client that puts it first.  ALPN (RFC 7301):
 * a server takes `h2` or `http/1.1`, a client offers `http/1.1`; a client that offers only others
 * is refused. A context belongs to one thread; open connections keep
 * what they need of it. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/cc.h"
#include <stdbool.h>
#include <stdint.h>

struct hash;
struct tls;
struct ssl_st;

struct tls_problem {
	char text[200];   /* which file, and what OpenSSL says: for the operator */
	const char *what; /* the same for the log, which names no paths: "certificate", "key",
			     "name", "time", "roots" */
	char why[120];
};

/* PEM files; the certificate file holds the chain, leaf first.  ERR_TLS with *ret_problem (may be
 * NULL) filled if a file cannot be read, does not parse or the key does not fit the certificate. */
MUST_USE int tls_server_new(const char *cert_file, const char *key_file, struct tls **ret_tls,
			    struct tls_problem *ret_problem);
/* Of a simulated device: TLS 1.0 and nothing newer, from the next connection on. */
void tls_server_be_old(struct tls *t);
/* Verifies against ca_file (PEM), or against the system's roots if that is NULL. */
MUST_USE int tls_client_new(const char *ca_file, struct tls **ret_tls,
			    struct tls_problem *ret_problem);
/* For servers that are not ours, in printers mostly: TLS 1.2 too. */
struct tls_target {
	const char *ca_file; /* verifies against it; NULL: the system's roots */
	const struct hash
		*only; /* in place of it: the one certificate, by the SHA-256 of its DER */
	bool any;      /* in place of both: whatever it shows, for who only looks */
	/* TLS 1.0 and 1.1 with the ciphers of their time, and servers that know no secure
	 * renegotiation (RFC 5746); renegotiation itself is always refused. */
	bool old;
};
/* Must outlive the handshakes of its connections. */
MUST_USE int tls_target_new(const struct tls_target *setup, struct tls **ret_tls,
			    struct tls_problem *ret_problem);
/* Reads the files again; on ERR_TLS the old certificate stays in use.  `hosts` (ends with NULL; may
 * be NULL): a server's new certificate must be for each, as tls_view() tells, that the old one is
 * for; "name" is the problem.  It must count today if the old one does; "time" is the problem. */
MUST_USE int tls_reload(struct tls *t, const char *const *hosts, struct tls_problem *ret_problem);
/* From when on a server's certificate is good, and when no more. */
int64_t tls_begins_ms(const struct tls *t);
int64_t tls_ends_ms(const struct tls *t);

/* What a client that trusts the system's roots would think of a server's certificate. */
struct tls_view {
	bool covers;   /* it is for `host`: a name, or an address without brackets */
	bool trusted;  /* its chain ends at a root, and all of it is good today */
	char why[120]; /* if it is not trusted */
};
void tls_view(const struct tls *t, const char *host, struct tls_view *ret_view);
void tls_free(struct tls **t); /* NULL is harmless */

/* For conn.c: a fresh SSL in its role; `name` is what a client verifies and sends as SNI (NULL for
 * a server). */
MUST_USE int tls_open(struct tls *t, const char *name, struct ssl_st **ret_ssl);
/* For conn.c: why a handshake failed: ERR_UNTRUSTED if it was the certificate, else ERR_TLS. */
int tls_failed(const struct ssl_st *ssl);
/* For conn.c: the SHA-256 of the peer's certificate; false if it showed none. */
bool tls_fingerprint(const struct ssl_st *ssl, struct hash *ret_sum);

#endif
