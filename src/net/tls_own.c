/* tls_own.c - see tls_own.h. */
#include "net/tls_own.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/rand.h"
#include "net/address_kind.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#define DAY_S    (24L * 3600)
#define FILE_MAX (64 * KIB)

static bool is_address(const char *host)
{
	uint8_t octets[16];

	return address_literal(str_of(host), octets);
}

static bool add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(cert, e, -1) == 1;
	X509_EXTENSION_free(e);
	return ok;
}

static bool set_serial(X509 *cert)
{
	uint8_t octets[16];
	BIGNUM *n;
	bool ok;

	rand_bytes(octets, sizeof(octets));
	octets[0] = (octets[0] & 0x7f) | 1; /* positive and not zero: RFC 5280 section 4.1.2.2 */
	n = BN_bin2bn(octets, sizeof(octets), NULL);
	ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));
	BN_free(n);
	return ok;
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *host)
{
	char alt[320];

	snprintf(alt, sizeof(alt), "%s:%s", is_address(host) ? "IP" : "DNS", host);
	return X509_set_version(cert, 2) == 1 && set_serial(cert) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), TLS_OWN_DAYS * DAY_S) &&
	       X509_set_pubkey(cert, key) == 1 &&
	       X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "O", MBSTRING_UTF8,
					  (const unsigned char *)"Imprimatur connector", -1, -1,
					  0) == 1 &&
	       X509_set_issuer_name(cert, X509_get_subject_name(cert)) == 1 &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(cert, NID_ext_key_usage, "serverAuth") &&
	       add_extension(cert, NID_subject_alt_name, alt) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

static int store(const char *path, BIO *from)
{
	char *text;
	long len = BIO_get_mem_data(from, &text);

	return len > 0 ? file_replace(path, text, (size_t)len, FILE_PRIVATE) : ERR_CRYPTO;
}

static int write_both(const char *cert_file, const char *key_file, X509 *cert, EVP_PKEY *key)
{
	BIO *public = BIO_new(BIO_s_mem()), *private = BIO_new(BIO_s_secmem());
	int rc = ERR_CRYPTO;

	if (public && private && PEM_write_bio_X509(public, cert) == 1 &&
	    PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) == 1)
		rc = store(key_file, private);
	if (rc == 0)
		rc = store(cert_file, public);
	BIO_free(public);
	BIO_free(private);
	return rc;
}

int tls_own_make(const char *cert_file, const char *key_file, const char *host)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	int rc = ERR_CRYPTO;

	if (key && cert && fill(cert, key, host))
		rc = write_both(cert_file, key_file, cert, key);
	X509_free(cert);
	EVP_PKEY_free(key);
	return rc;
}

static bool is_good(X509 *cert, const char *host, int64_t left_ms)
{
	time_t now = (time_t)(clock_wall_ms() / 1000), then = now + (time_t)(left_ms / 1000);
	bool named = is_address(host) ? X509_check_ip_asc(cert, host, 0) == 1
				      : X509_check_host(cert, host, 0, 0, NULL) == 1;

	return named && X509_cmp_time(X509_get0_notBefore(cert), &now) < 0 &&
	       X509_cmp_time(X509_get0_notAfter(cert), &then) > 0;
}

bool tls_own_fits(const char *cert_file, const char *host, int64_t left_ms,
		  struct hash *ret_fingerprint)
{
	struct buf text = buf_new(FILE_MAX);
	X509 *cert = NULL;
	BIO *bio = NULL;
	unsigned len = HASH_LEN;
	bool ok = file_read(cert_file, &text) == 0;

	if (ok)
		bio = BIO_new_mem_buf(text.data, (int)text.len);
	if (bio)
		cert = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	ok = cert && X509_digest(cert, EVP_sha256(), ret_fingerprint->b, &len) == 1 &&
	     is_good(cert, host, left_ms);
	X509_free(cert);
	BIO_free(bio);
	buf_done(&text);
	return ok;
}
