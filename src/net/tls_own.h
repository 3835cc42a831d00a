/* tls_own.h - a certificate that a listener makes for itself, where nobody gives it one: for pages
 * on a site's own network, whose visitors compare its fingerprint once.
 *
 * Pure but for tls_own_make(), which writes two files. */
#ifndef NET_TLS_OWN_H
#define NET_TLS_OWN_H

#include "base/hash.h"

#define TLS_OWN_DAYS 825 /* what browsers take at most of a certificate that was added by hand */

/* Makes a key (P-256) and a certificate for `host`, a name or an address without brackets, signed
 * by itself, and writes both as PEM, 0600, each atomically.  -errno; ERR_CRYPTO. */
MUST_USE int tls_own_make(const char *cert_file, const char *key_file, const char *host);

/* Whether the file's first certificate is for `host` and good for at least left_ms more, and the
 * SHA-256 of its DER.  Of any certificate, own or not; false if the file cannot be read. */
bool tls_own_fits(const char *cert_file, const char *host, int64_t left_ms,
		  struct hash *ret_fingerprint);

#endif
