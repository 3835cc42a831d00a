/* http_sig.h - the signature of connectors' calls: RFC 9421 and RFC 9530, one profile of them.
 *
 * docs/protocol.md section 2.  There is exactly one list of components for calls with a body and
 * one for calls without, exactly one order of parameters, and one spelling of each: what is
 * received is compared with what we would have written, so no second reading of it exists.
 * Pure: the time and the nonce are arguments; nonces seen are remembered by the hub. */
#ifndef WIRE_HTTP_SIG_H
#define WIRE_HTTP_SIG_H

#include "base/hash.h"
#include "base/sign.h"

#define HTTP_SIG_WINDOW_S    120
#define HTTP_SIG_NONCE_LEN   16
#define HTTP_SIG_NONCE_TEXT  22
#define HTTP_SIG_INPUT_SIZE  320 /* Signature-Input with its NUL */
#define HTTP_SIG_VALUE_SIZE  96  /* Signature: "sig=:" 88 ":" and its NUL */
#define HTTP_SIG_DIGEST_SIZE 56  /* Content-Digest: "sha-256=:" 44 ":" and its NUL */
#define HTTP_SIG_BASE_MAX    (8 * KIB)

/* Views; nothing is owned.  A header that came more than once is given as HTTP combines it
 * (", " between the values) and is then refused. */
struct http_sig_request {
	struct str method;
	struct str authority; /* lower case, without the default port: the *configured* name */
	struct str path;      /* as in the request line, from '/' up to '?' */
	struct str query;     /* behind the '?'; empty if there is none */
	bool has_body;        /* false: the next three are not looked at */
	struct str content_digest, content_type, content_encoding;
};

struct http_sig {
	char keyid[THUMBPRINT_LEN + 1];
	int64_t created_s;
	uint8_t nonce[HTTP_SIG_NONCE_LEN];
	uint8_t signature[SIGNATURE_LEN];
};

/* Makes both header values.  ERR_INVALID for a request that cannot be signed (control characters,
 * no path, no Content-Digest). */
MUST_USE int http_sig_make(const struct http_sig_request *rq, const struct sign_key *k,
			   int64_t created_s, const uint8_t nonce[static HTTP_SIG_NONCE_LEN],
			   char ret_input[static HTTP_SIG_INPUT_SIZE],
			   char ret_signature[static HTTP_SIG_VALUE_SIZE]);

/* Reads both header values.  ERR_SIGNATURE for any other list, order, parameter or spelling than
 * ours, and with a body for a missing Content-Digest, Content-Type or Content-Encoding or one that
 * is neither "gzip" nor "identity".  What it gives is claimed, not proved: look up keyid, then
 * http_sig_verify. */
MUST_USE int http_sig_parse(const struct http_sig_request *rq, struct str input,
			    struct str signature, struct http_sig *ret_sig);

/* By the key that sig->keyid names: who calls has found it by that name, which is signed, too.
 * 0 or ERR_SIGNATURE; ERR_CLOCK if `created` is more than 120 s off `now_s`, or before
 * `not_before_s` (the hub's own start: nonces from before are forgotten).  The signature is
 * checked first, so that only the key's holder learns about clocks. */
MUST_USE int http_sig_verify(const struct http_sig_request *rq, const struct http_sig *sig,
			     const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_s,
			     int64_t not_before_s);

/* Appends the signature base: what is kept as evidence beside the signature. */
MUST_USE int http_sig_base(const struct http_sig_request *rq, const struct http_sig *sig,
			   struct buf *out);

/* Content-Digest of a body as it is sent (compressed).  _check is for before inflating. */
void http_sig_digest(const void *body, size_t len, char out[static HTTP_SIG_DIGEST_SIZE]);
/* ERR_SIGNATURE if `header` is not exactly what _digest makes of the body. */
MUST_USE int http_sig_digest_check(struct str header, const void *body, size_t len);
/* What a checked header says; ERR_SIGNATURE. */
MUST_USE int http_sig_digest_read(struct str header, struct hash *ret_digest);

#endif
