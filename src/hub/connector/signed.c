/* signed.c - who calls: the signature over a connector's call.
 *
 *   headers -> http_sig_parse -> key by keyid (401 unknown_key) -> signature, time (401) -> digest
 * of the body as sent (401) -> nonce (401 replayed) -> revoked or replaced (403) -> changed for
 * another (401 key_retired)
 *
 * A revoked or retired key is told so only after its signature held, so that nobody else learns of
 * it. */
#include "hub/connector/slice.h"

#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "wire/http_sig.h"

static struct http_sig_request signed_parts(struct request *req)
{
	return (struct http_sig_request){
		.method = req->method,
		.authority = str_of(hub_of(req->owner)->authority),
		.path = req->path,
		.query = req->query_text,
		.has_body = req->body.len > 0,
		.content_digest = request_header(req, "content-digest"),
		.content_type = request_header(req, "content-type"),
		.content_encoding = request_header(req, "content-encoding"),
	};
}

/* In the clock of now: where that jumped, what we remember of the time before jumped along. */
static int64_t started_s(const struct hub *hub)
{
	return (clock_wall_ms() - (clock_mono_ms() - hub->started_mono_ms)) / 1000;
}

static int check(struct request *req, const struct http_sig_request *parts,
		 const struct http_sig *sig, const uint8_t public_key[static SIGN_KEY_LEN])
{
	const struct hub *hub = hub_of(req->owner);
	/* Nonces from before the start are forgotten, so calls from before it are refused.  Rounded
	 * down, for `created` has whole seconds: what a call of that very second could repeat is
	 * numbered anyway. */
	int rc = http_sig_verify(parts, sig, public_key, clock_wall_ms() / 1000, started_s(hub));

	if (rc < 0 || !parts->has_body)
		return rc;
	return http_sig_digest_check(parts->content_digest, req->body.p, req->body.len);
}

static int parse(struct request *req, const struct http_sig_request *parts,
		 struct http_sig *ret_sig)
{
	return http_sig_parse(parts, request_header(req, "signature-input"),
			      request_header(req, "signature"), ret_sig);
}

int connector_check_signature(struct request *req, const uint8_t public_key[static SIGN_KEY_LEN],
			      struct http_sig *ret_sig)
{
	struct http_sig_request parts = signed_parts(req);
	char thumbprint[THUMBPRINT_LEN + 1];
	int rc = parse(req, &parts, ret_sig);

	if (rc < 0)
		return rc;
	sign_thumbprint(public_key, thumbprint);
	if (!str_eq(str_of(thumbprint), str_of(ret_sig->keyid)))
		return ERR_SIGNATURE;
	return check(req, &parts, ret_sig, public_key);
}

int connector_signature_base(struct request *req, const struct http_sig *sig, struct buf *out)
{
	struct http_sig_request parts = signed_parts(req);

	return http_sig_base(&parts, sig, out);
}

/* One that was erased hears what it heard before: its key does not count any more. */
static int refuse_unknown(struct request *req, const struct http_sig_request *parts,
			  const struct http_sig *sig)
{
	const uint8_t *key =
		map_get(&hub_of(req->owner)->connectors->erased, sig->keyid, strlen(sig->keyid));
	int rc = key ? check(req, parts, sig, key) : ERR_UNKNOWN_KEY;

	return rc < 0 ? rc : ERR_REVOKED;
}

static int identify(struct request *req, struct connector **ret_connector)
{
	struct http_sig_request parts = signed_parts(req);
	struct http_sig sig;
	struct connector_key *k;
	int rc = parse(req, &parts, &sig);

	if (rc < 0)
		return rc;
	k = key_by_thumbprint(hub_of(req->owner), sig.keyid);
	if (!k)
		return refuse_unknown(req, &parts, &sig);
	rc = check(req, &parts, &sig, k->public_key);
	if (rc < 0)
		return rc;
	rc = connector_take_nonce(k->connector, sig.nonce, sig.created_s, clock_wall_ms() / 1000);
	if (rc == 0)
		rc = connector_refusal(k->connector);
	if (rc == 0 && k->state == KEY_RETIRED)
		rc = ERR_KEY_RETIRED;
	if (rc < 0)
		return rc;
	key_used(k);
	*ret_connector = k->connector;
	return 0;
}

void connector_authenticate(struct request *req)
{
	struct connector *c = NULL;
	int rc = identify(req, &c);

	if (rc < 0) {
		metric_add(M_SIGNATURES_BAD, 1);
		log_event(EV_SIGNATURE_BAD, "code=%s", err_code(rc));
		return request_admit(req, rc);
	}
	req->who = (struct caller){
		.kind = CALLER_CONNECTOR,
		.provider = c->provider,
		.id = c->id,
		.customer = c->customer,
		.site = c->site,
	};
	status_seen(c->live);
	request_admit(req, 0);
}
