/* http_sig.c - see http_sig.h.
 *
 * Reading is writing: http_sig_parse takes out the four values that vary, writes the header anew
 * and compares.  So the grammar of structured fields (RFC 8941) with all its freedoms is not needed
 * and cannot be read in two ways. */
#include "wire/http_sig.h"

#include "base/err.h"

#include <string.h>

#define COMPONENTS         "(\"@method\" \"@authority\" \"@path\" \"@query\""
#define COMPONENTS_BODY    " \"content-digest\" \"content-type\" \"content-encoding\""
#define TAIL               ";alg=\"ed25519\";tag=\"imprimatur-c1\""
#define CREATED_DIGITS_MAX 11
#define DIGEST_HEAD        "sha-256=:"
#define DIGEST_TAIL        ":"

/* Visible ASCII, blanks within where allowed: nothing that could start a new line of the base. */
static bool is_plain(struct str s, bool blanks)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c <= 0x20 ? !(blanks && c == ' ') : c >= 0x7f)
			return false;
	}
	return true;
}

static bool body_ok(const struct http_sig_request *rq)
{
	if (!rq->has_body)
		return true;
	return rq->content_digest.len > 0 && is_plain(rq->content_digest, false) &&
	       rq->content_type.len > 0 && is_plain(rq->content_type, true) &&
	       (str_eq(rq->content_encoding, STR("gzip")) ||
		str_eq(rq->content_encoding, STR("identity")));
}

static bool request_ok(const struct http_sig_request *rq)
{
	return rq->method.len > 0 && is_plain(rq->method, false) && rq->authority.len > 0 &&
	       is_plain(rq->authority, false) && rq->path.len > 0 && rq->path.p[0] == '/' &&
	       is_plain(rq->path, false) && is_plain(rq->query, false) && body_ok(rq);
}

/* The value of "@signature-params", which is also the header behind "sig=". */
static void put_params(struct buf *out, bool has_body, const struct http_sig *sig)
{
	buf_puts(out, has_body ? COMPONENTS COMPONENTS_BODY ")" : COMPONENTS ")");
	buf_puts(out, ";created=");
	buf_put_i64(out, sig->created_s);
	buf_puts(out, ";nonce=\"");
	buf_put_base64url(out, sig->nonce, HTTP_SIG_NONCE_LEN);
	buf_puts(out, "\";keyid=\"");
	buf_puts(out, sig->keyid);
	buf_puts(out, "\"" TAIL);
}

static void put_line(struct buf *out, const char *name, const char *prefix, struct str value)
{
	buf_putc(out, '"');
	buf_puts(out, name);
	buf_puts(out, "\": ");
	buf_puts(out, prefix);
	buf_putstr(out, value);
	buf_putc(out, '\n');
}

int http_sig_base(const struct http_sig_request *rq, const struct http_sig *sig, struct buf *out)
{
	if (!request_ok(rq))
		return ERR_INVALID;
	put_line(out, "@method", "", rq->method);
	put_line(out, "@authority", "", rq->authority);
	put_line(out, "@path", "", rq->path);
	put_line(out, "@query", "?", rq->query);
	if (rq->has_body) {
		put_line(out, "content-digest", "", rq->content_digest);
		put_line(out, "content-type", "", rq->content_type);
		put_line(out, "content-encoding", "", rq->content_encoding);
	}
	buf_puts(out, "\"@signature-params\": ");
	put_params(out, rq->has_body, sig);
	return buf_status(out);
}

/* ---- making ---- */

static void copy_out(const struct buf *from, char *out, size_t size)
{
	assert(from->len < size);
	memcpy(out, from->data, from->len);
	out[from->len] = '\0';
}

int http_sig_make(const struct http_sig_request *rq, const struct sign_key *k, int64_t created_s,
		  const uint8_t nonce[static HTTP_SIG_NONCE_LEN],
		  char ret_input[static HTTP_SIG_INPUT_SIZE],
		  char ret_signature[static HTTP_SIG_VALUE_SIZE])
{
	struct http_sig sig = { .created_s = created_s };
	struct buf text = buf_new(HTTP_SIG_BASE_MAX);
	uint8_t public_key[SIGN_KEY_LEN];
	int rc;

	if (created_s < 0)
		return ERR_INVALID;
	memcpy(sig.nonce, nonce, HTTP_SIG_NONCE_LEN);
	sign_key_public(k, public_key);
	sign_thumbprint(public_key, sig.keyid);
	rc = http_sig_base(rq, &sig, &text);
	if (rc == 0) {
		sign_make(k, text.data, text.len, sig.signature);
		buf_clear(&text);
		buf_puts(&text, "sig=");
		put_params(&text, rq->has_body, &sig);
		copy_out(&text, ret_input, HTTP_SIG_INPUT_SIZE);
		buf_clear(&text);
		buf_puts(&text, "sig=:");
		buf_put_base64(&text, sig.signature, SIGNATURE_LEN);
		buf_putc(&text, ':');
		copy_out(&text, ret_signature, HTTP_SIG_VALUE_SIZE);
	}
	buf_done(&text);
	return rc;
}

/* ---- reading ---- */

/* Takes `prefix` off *rest. */
static bool take(struct str *rest, struct str prefix)
{
	if (!str_starts(*rest, prefix))
		return false;
	rest->p += prefix.len;
	rest->len -= prefix.len;
	return true;
}

static struct str take_len(struct str *rest, size_t len)
{
	struct str part = { rest->p, len < rest->len ? len : rest->len };

	rest->p += part.len;
	rest->len -= part.len;
	return part;
}

static struct str take_digits(struct str *rest)
{
	size_t n = 0;

	while (n < rest->len && rest->p[n] >= '0' && rest->p[n] <= '9')
		n++;
	return take_len(rest, n);
}

static bool read_params(struct str input, bool has_body, struct http_sig *sig)
{
	struct str digits, keyid, rest = input;
	uint8_t thumb[HASH_LEN];
	uint64_t created;

	if (!take(&rest, STR("sig=")) || !take(&rest, STR(COMPONENTS)) ||
	    (has_body && !take(&rest, STR(COMPONENTS_BODY))) || !take(&rest, STR(");created=")))
		return false;
	digits = take_digits(&rest);
	if (digits.len > CREATED_DIGITS_MAX || !str_to_u64(digits, &created) ||
	    !take(&rest, STR(";nonce=\"")) ||
	    base64url_decode(take_len(&rest, HTTP_SIG_NONCE_TEXT), sig->nonce,
			     HTTP_SIG_NONCE_LEN) != HTTP_SIG_NONCE_LEN ||
	    !take(&rest, STR("\";keyid=\"")))
		return false;
	keyid = take_len(&rest, THUMBPRINT_LEN);
	if (base64url_decode(keyid, thumb, sizeof(thumb)) != HASH_LEN)
		return false;
	memcpy(sig->keyid, keyid.p, THUMBPRINT_LEN);
	sig->keyid[THUMBPRINT_LEN] = '\0';
	sig->created_s = (int64_t)created;
	return true;
}

/* Written anew it must be what came: no leading zero, no other parameter, nothing behind. */
static bool is_canonical(struct str input, bool has_body, const struct http_sig *sig)
{
	struct buf again = buf_new(HTTP_SIG_INPUT_SIZE);
	bool same;

	buf_puts(&again, "sig=");
	put_params(&again, has_body, sig);
	same = buf_status(&again) == 0 && str_eq(buf_str(&again), input);
	buf_done(&again);
	return same;
}

static bool read_signature(struct str value, struct http_sig *sig)
{
	struct str rest = value;
	struct str text;

	if (!take(&rest, STR("sig=:")) || rest.len < 1 || rest.p[rest.len - 1] != ':')
		return false;
	text = (struct str){ rest.p, rest.len - 1 };
	return base64_decode(text, sig->signature, SIGNATURE_LEN) == SIGNATURE_LEN;
}

int http_sig_parse(const struct http_sig_request *rq, struct str input, struct str signature,
		   struct http_sig *ret_sig)
{
	struct http_sig sig = {};

	if (!request_ok(rq) || !read_params(input, rq->has_body, &sig) ||
	    !is_canonical(input, rq->has_body, &sig) || !read_signature(signature, &sig))
		return ERR_SIGNATURE;
	*ret_sig = sig;
	return 0;
}

/* ---- the body's digest ---- */

void http_sig_digest(const void *body, size_t len, char out[static HTTP_SIG_DIGEST_SIZE])
{
	struct hash h = hash_of(body, len);
	struct buf text = buf_new(HTTP_SIG_DIGEST_SIZE);

	buf_puts(&text, DIGEST_HEAD);
	buf_put_base64(&text, h.b, HASH_LEN);
	buf_puts(&text, DIGEST_TAIL);
	copy_out(&text, out, HTTP_SIG_DIGEST_SIZE);
	buf_done(&text);
}

int http_sig_digest_check(struct str header, const void *body, size_t len)
{
	char right[HTTP_SIG_DIGEST_SIZE];

	http_sig_digest(body, len, right);
	return str_eq(header, str_of(right)) ? 0 : ERR_SIGNATURE;
}

int http_sig_digest_read(struct str header, struct hash *ret_digest)
{
	struct str text = header;
	struct hash digest;

	if (!take(&text, STR(DIGEST_HEAD)) || text.len < 1)
		return ERR_SIGNATURE;
	text.len--; /* DIGEST_TAIL */
	if (base64_decode(text, digest.b, HASH_LEN) != HASH_LEN)
		return ERR_SIGNATURE;
	*ret_digest = digest;
	return 0;
}
