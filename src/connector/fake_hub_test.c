/* fake_hub_test.c - see fake_hub_test.h. */
#include "base/test.h"
#include "connector/fake_hub_test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/tls.h"
#include "net/ws.h"
#include "wire/key_proof.h"
#include "wire/tunnel.h"
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a certificate for localhost, its own authority --------------------------------------------
 */

static void add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	X509_add_ext(cert, e, -1);
	X509_EXTENSION_free(e);
}

static void make_certificate(const char *cert_path, const char *key_path)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	FILE *f;

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
				   (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(cert, X509_get_subject_name(cert));
	add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	add_extension(cert, NID_subject_alt_name, "DNS:localhost");
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	f = fopen(cert_path, "w");
	assert_true(f && PEM_write_X509(f, cert));
	fclose(f);
	f = fopen(key_path, "w");
	assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL));
	fclose(f);
	X509_free(cert);
	EVP_PKEY_free(key);
}

/* --- answers -----------------------------------------------------------------------------------
 */

static int64_t hub_now_ms(const struct test_hub *h)
{
	return clock_wall_ms() + h->clock_offset_ms;
}

static void refuse(struct test_hub *h, struct exchange *x, int rc)
{
	struct buf out = buf_new(4 * KIB);
	struct problem p;

	h->refused++;
	problem_of(rc, NULL, NULL, &p);
	if (rc == ERR_CLOCK)
		p.hub_time_ms = hub_now_ms(h);
	json_encode(&problem_schema, &p, 0, &out);
	if (h->retry_after)
		exchange_add_header(x, "retry-after", h->retry_after);
	exchange_respond(x, err_status(rc), MEDIA_PROBLEM, buf_str(&out));
	buf_done(&out);
}

static void answer(struct exchange *x, const struct json_schema *schema, const void *in)
{
	struct buf out = buf_new(128 * KIB);

	json_encode(schema, in, 0, &out);
	exchange_respond(x, 200, MEDIA_JSON, buf_str(&out));
	buf_done(&out);
}

static bool is_named(const char *keyid, const uint8_t key[static SIGN_KEY_LEN])
{
	char thumbprint[THUMBPRINT_LEN + 1];

	sign_thumbprint(key, thumbprint);
	return strcmp(thumbprint, keyid) == 0;
}

/* The first call by a key that was offered: from now on it is the one that counts. */
static void retire(struct test_hub *h)
{
	memcpy(h->retired_key, h->public_key, sizeof(h->retired_key));
	memcpy(h->public_key, h->next_key, sizeof(h->public_key));
	h->has_retired = true;
	h->has_next = false;
}

/* 0, or how the call's signature fails. */
static int check_signature(struct test_hub *h, struct exchange *x, struct str body)
{
	const struct http_request *rq = exchange_request(x);
	struct http_sig_request sr = {
		.method = rq->method_text,
		.authority = rq->authority,
		.path = rq->path,
		.query = rq->query,
		.has_body = rq->method == METHOD_POST,
		.content_digest = exchange_header(x, "content-digest"),
		.content_type = exchange_header(x, "content-type"),
		.content_encoding = exchange_header(x, "content-encoding"),
	};
	struct http_sig sig;
	const uint8_t *key;
	int rc;

	rc = http_sig_parse(&sr, exchange_header(x, "signature-input"),
			    exchange_header(x, "signature"), &sig);
	if (rc == 0 && sr.has_body)
		rc = http_sig_digest_check(sr.content_digest, body.p, body.len);
	if (rc < 0)
		return rc;
	if (h->has_retired && is_named(sig.keyid, h->retired_key))
		return ERR_KEY_RETIRED;
	key = h->has_next && is_named(sig.keyid, h->next_key) ? h->next_key : h->public_key;
	if (!h->has_key || !is_named(sig.keyid, key))
		return ERR_UNKNOWN_KEY;
	rc = http_sig_verify(&sr, &sig, key, hub_now_ms(h) / 1000, 0);
	if (rc == 0 && key == h->next_key)
		retire(h);
	return rc;
}

static void on_invitation(struct test_hub *h, struct exchange *x)
{
	struct hash hash = hash_of(TEST_HUB_TEXT, sizeof(TEST_HUB_TEXT) - 1);
	struct agreement_text agreement = { .version = 1, .language = "en", .text = TEST_HUB_TEXT };
	struct invitation_answer in = {
		.provider = "ACME Print",
		.customer = "Example Works",
		.site = "Head office",
		.region = "de",
		.agreement = &agreement,
		.schema_min = 1,
		.schema_max = 1,
		.replaces = JSON_FALSE,
	};
	char hex[2 * HASH_LEN + 1];

	h->invitations++;
	hash_hex(&hash, hex);
	agreement.sha256 = hex;
	answer(x, &invitation_answer_schema, &in);
}

static void on_enroll(struct test_hub *h, struct exchange *x, struct str body)
{
	struct enroll_answer out = {
		.site_id = id_new(),
		.connector_id = id_new(),
		.provider = "ACME Print",
		.region = "de",
		.poll_hold_s = 25,
		.schema_min = 1,
		.schema_max = 1,
	};
	uint8_t key[SIGN_KEY_LEN];
	struct json_problem problem;
	struct enroll_request in;
	struct arena mem = {};
	int rc;

	assert_int_equal(json_decode(&enroll_request_schema, body.p, body.len, &mem, &in, &problem),
			 0);
	assert_int_equal(base64url_decode(str_of(in.public_key), key, sizeof(key)), SIGN_KEY_LEN);
	if (h->used && memcmp(key, h->public_key, sizeof(key)) != 0) {
		arena_done(&mem);
		return refuse(h, x, ERR_CODE_USED);
	}
	memcpy(h->public_key, key, sizeof(key));
	h->has_key = true;
	rc = check_signature(h, x, body);
	assert_int_equal(rc, 0);
	h->enrolments++;
	arena_done(&mem);
	answer(x, &enroll_answer_schema, &out);
}

/* --- reports -----------------------------------------------------------------------------------
 */

static struct test_record *find(struct test_hub *h, const struct epoch *e, uint64_t seq)
{
	for (size_t i = 0; i < h->records_len; i++)
		if (h->records[i].seq == seq && epoch_eq(&h->records[i].epoch, e))
			return &h->records[i];
	return NULL;
}

static int take_record(struct test_hub *h, const struct record *r)
{
	struct test_record *t = find(h, &r->epoch, r->seq);
	struct hash digest = record_digest(r);
	size_t len = r->data.len < sizeof(t->data) - 1 ? r->data.len : sizeof(t->data) - 1;

	if (t)
		return hash_eq(&t->digest, &digest) ? 0 : ERR_FORK;
	assert_true(h->records_len < TEST_HUB_RECORDS);
	t = &h->records[h->records_len++];
	*t = (struct test_record){
		.epoch = r->epoch, .seq = r->seq, .digest = digest, .kind = r->kind
	};
	memcpy(t->data, r->data.p, len);
	return 0;
}

static void on_reports(struct test_hub *h, struct exchange *x, struct str body)
{
	struct buf inflated = buf_new(RECORD_CALL_MAX);
	struct reports_answer out = { .credit = 64, .ranges = { (void *[1]){}, 0 } };
	struct record_range range = {};
	char epoch[EPOCH_TEXT_SIZE];
	struct record r = {};
	struct cur in;
	int rc = 0;

	h->reports++;
	if (str_eq(exchange_header(x, "content-encoding"), STR("gzip"))) {
		assert_int_equal(gzip_inflate(body.p, body.len, &inflated), 0);
		body = buf_str(&inflated);
	}
	for (in = cur_of(body.p, body.len); in.left && rc == 0;) {
		assert_int_equal(record_decode(&in, &r), 0);
		rc = take_record(h, &r);
	}
	buf_done(&inflated);
	if (rc < 0)
		return refuse(h, x, rc);
	if (h->holds_nothing)
		h->records_len = 0;
	while (find(h, &r.epoch, (uint64_t)out.acked + 1))
		out.acked++;
	if ((int64_t)r.seq > out.acked && !h->holds_nothing) {
		range = (struct record_range){ (int64_t)r.seq, (int64_t)r.seq };
		out.ranges.items[0] = &range;
		out.ranges.len = 1;
	}
	epoch_encode(&r.epoch, epoch);
	out.epoch = epoch;
	answer(x, &reports_answer_schema, &out);
}

/* --- polls and mirror --------------------------------------------------------------------------
 */

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct test_hub *h = owner;

	if (h->poll == x)
		h->poll = NULL;
}

void test_hub_answer_poll(struct test_hub *h)
{
	struct exchange *x = h->poll;

	h->poll = NULL;
	if (x)
		exchange_respond(x, 200, MEDIA_JSON, str_of(h->commands ? h->commands : "{}"));
	h->commands = NULL;
}

static void on_poll(struct test_hub *h, struct exchange *x)
{
	h->polls++;
	if (h->cuts_polls)
		return exchange_cut(x);
	if (h->answers_at_once)
		return exchange_respond(x, 200, MEDIA_JSON, STR("{}"));
	if (h->poll)
		refuse(h, h->poll, ERR_SUPERSEDED);
	h->poll = x;
	exchange_on_gone(x, on_gone, h);
	if (h->commands)
		test_hub_answer_poll(h);
}

static void on_mirror(struct test_hub *h, struct exchange *x, struct str body)
{
	struct json_problem problem;
	struct arena mem = {};

	assert_int_equal(json_decode(&permissions_request_schema, body.p, body.len, &mem,
				     &h->switches, &problem),
			 0);
	h->mirrors++;
	arena_done(&mem);
	exchange_respond(x, 204, NULL, (struct str){});
}

/* --- the key -----------------------------------------------------------------------------------
 */

static void on_offer(struct test_hub *h, struct exchange *x, struct str body)
{
	uint8_t proof[SIGNATURE_LEN];
	char old[THUMBPRINT_LEN + 1];
	struct json_problem problem;
	struct key_request in;
	struct arena mem = {};

	assert_int_equal(json_decode(&key_request_schema, body.p, body.len, &mem, &in, &problem),
			 0);
	assert_int_equal(base64url_decode(str_of(in.public_key), h->next_key, SIGN_KEY_LEN),
			 SIGN_KEY_LEN);
	assert_int_equal(base64url_decode(str_of(in.proof), proof, sizeof(proof)), SIGNATURE_LEN);
	arena_done(&mem);
	sign_thumbprint(h->public_key, old);
	assert_int_equal(key_proof_check(exchange_request(x)->authority, old, h->next_key, proof),
			 0);
	h->offers++;
	h->has_next = true;
	if (h->cuts_offers)
		return exchange_cut(x);
	exchange_respond(x, 204, NULL, (struct str){});
}

/* --- the tunnel --------------------------------------------------------------------------------
 */

static void on_taken(struct conn *c, struct str first, void *owner)
{
	struct test_hub *h = owner;
	struct asker *a = &h->tunnels[h->tunnels_len++];

	assert_int_equal(first.len, 0);
	asker_begin(a, h->loop);
	a->conn = c;
	if (h->framed)
		ws_wrap(c, ws_new(false));
	a->h2 = h2_client_new(c, &a->setup, a);
}

static void on_tunnel(struct test_hub *h, struct exchange *x)
{
	struct str protocol = exchange_request(x)->upgrade;
	char accept[WS_ACCEPT_SIZE];

	assert_true(h->tunnels_len < TEST_HUB_TUNNELS);
	h->framed = str_eq(protocol, STR("websocket"));
	h->asked_framed += h->framed;
	h->asked_plain += !h->framed;
	if (h->framed) {
		assert_true(ws_key_ok(exchange_header(x, "sec-websocket-key")));
		assert_true(str_eq(exchange_header(x, "sec-websocket-version"), STR("13")));
		assert_true(str_eq(exchange_header(x, "sec-websocket-protocol"),
				   STR(TUNNEL_SUBPROTOCOL)));
		ws_accept(exchange_header(x, "sec-websocket-key"), accept);
		exchange_add_header(x, "sec-websocket-accept", accept);
		exchange_add_header(x, "sec-websocket-protocol", TUNNEL_SUBPROTOCOL);
	} else if (h->frames_only) {
		return exchange_respond(x, 200, "text/html", STR("<p>hello"));
	} else {
		assert_true(str_eq(protocol, STR(TUNNEL_PROTOCOL)));
	}
	assert_int_equal(exchange_take_conn(x, on_taken, h), 0);
}

/* --- the server --------------------------------------------------------------------------------
 */

static void on_signed(struct test_hub *h, struct exchange *x, struct str body)
{
	struct str path = exchange_request(x)->path;
	int rc = check_signature(h, x, body);

	if (h->portal && str_eq(path, STR(TUNNEL_PATH)))
		h->refused++;
	if (h->portal)
		return exchange_respond(x, 200, "text/html", str_of(h->portal));
	if (rc < 0) {
		h->bad_signatures += rc == ERR_SIGNATURE;
		return refuse(h, x, rc);
	}
	if (h->refuse)
		return refuse(h, x, h->refuse);
	if (str_eq(path, STR("/c/v1/commands")))
		return on_poll(h, x);
	if (str_eq(path, STR("/c/v1/permissions")))
		return h->refuse_mirrors ? refuse(h, x, h->refuse_mirrors) : on_mirror(h, x, body);
	if (str_eq(path, STR("/c/v1/key")))
		return h->refuse_offers ? refuse(h, x, h->refuse_offers) : on_offer(h, x, body);
	if (str_eq(path, STR(TUNNEL_PATH)))
		return on_tunnel(h, x);
	assert_true(str_eq(path, STR("/c/v1/reports")));
	if (h->refuse_reports)
		return refuse(h, x, h->refuse_reports);
	on_reports(h, x, body);
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	struct test_hub *h = owner;
	struct str path = exchange_request(x)->path;

	assert_int_equal(rc, 0);
	if (str_eq(path, STR("/c/v1/invitation")))
		on_invitation(h, x);
	else if (str_eq(path, STR("/c/v1/enroll")))
		on_enroll(h, x, body);
	else
		on_signed(h, x, body);
}

static void on_early_gone(struct exchange *x, int why, void *owner)
{
}

static void on_request(struct exchange *x, void *owner)
{
	exchange_on_gone(x, on_early_gone, owner);
	exchange_read_body(x, 8 * MIB, on_body, owner);
}

struct test_hub *test_hub_new(struct loop *l, const char *dir)
{
	static const struct server_ops ops = { .on_request = on_request };
	struct test_hub *h = xcalloc(1, sizeof(*h));
	char key_file[600];
	int port;

	snprintf(h->ca_file, sizeof(h->ca_file), "%s/tls.pem", dir);
	snprintf(key_file, sizeof(key_file), "%s/tls.key", dir);
	make_certificate(h->ca_file, key_file);
	h->loop = l;
	assert_int_equal(tls_server_new(h->ca_file, key_file, &h->tls, NULL), 0);
	h->server = server_new(l, &(struct server_limits){}, &ops, h);
	assert_int_equal(server_listen(h->server, "127.0.0.1:0", h->tls, &port), 0);
	snprintf(h->url, sizeof(h->url), "https://localhost:%d", port);
	return h;
}

void test_hub_free(struct test_hub **h)
{
	for (size_t i = 0; i < (*h)->tunnels_len; i++) {
		if ((*h)->tunnels[i].h2)
			asker_close(&(*h)->tunnels[i]);
	}
	if ((*h)->server)
		server_close((*h)->server);
	tls_free(&(*h)->tls);
	free(*h);
	*h = NULL;
}
