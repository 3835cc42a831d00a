/* hub.h - one signed call to the hub: docs/protocol.md section 2.
 *
 * Signs, compresses, sends by net/fetch over TLS 1.3 to the one hub configured, reads problem
 * details.  A call whose time the hub refuses learns the hub's time from the refusal and is made
 * once more, as is one whose nonce was seen (a proxy that repeats).  Nothing else is repeated here.
 *
 * One loop.  `done` runs exactly once unless the call is cancelled, never from inside hub_call().
 */
#ifndef CONNECTOR_HUB_H
#define CONNECTOR_HUB_H

#include "base/buf.h"
#include "base/sign.h"
#include "net/fetch.h"

struct hub;
struct hub_call;

struct hub_way {
	const char *url;                 /* https: options_hub_url_ok */
	const char *ca_file;             /* NULL: the system's roots */
	const struct fetch_proxy *proxy; /* NULL: none; borrowed */
};

/* The way is copied but for its proxy.  The key may be NULL for calls without a signature. */
struct hub *hub_new(struct fetcher *f, const struct hub_way *way, const struct sign_key *key);
void hub_free(struct hub **h); /* no call may be open */
/* The same hub for another key, which outlives it. */
struct hub *hub_with_key(const struct hub *h, const struct sign_key *key);
/* Calls that begin from now on are signed by `key`. */
void hub_set_key(struct hub *h, const struct sign_key *key);
const char *hub_authority(const struct hub *h); /* as signatures cover it; lives as long as h */

struct hub_request {
	const char *method; /* "GET", "POST" */
	const char *path;   /* "/c/v1/commands" */
	const char *query;  /* without '?'; NULL: none */
	const char *type;   /* of the body; NULL: no body */
	struct str body;
	bool unsigned_call; /* the invitation */
	int64_t timeout_ms; /* 0: 30 s */
};

struct hub_answer { /* valid during `done` */
	/* 0 for 2xx; the error that the problem's code names; ERR_NOT_HUB or ERR_PROXY_AUTH for an
	 * answer that is not the hub's (a captive portal); what fetch says if none came. */
	int rc;
	int status; /* 0: no answer */
	bool sent;  /* octets of ours may have reached the hub */
	struct str body;
	int64_t retry_after_ms; /* 0: none was told */
	const char *issuer;     /* who signed the certificate seen, as fetch tells it; never NULL */
	const char *detail;     /* why no answer came, in curl's words; never NULL; not for logs */
};
typedef void hub_done_fn(const struct hub_answer *answer, void *owner);

struct hub_call *hub_call(struct hub *h, const struct hub_request *request, hub_done_fn *done,
			  void *owner);
void hub_cancel(struct hub_call **c); /* harmless if NULL */

/* For what is more than a call (the tunnel): the way, borrowed from h; header fields that sign a
 * GET of `path`, each with its CRLF; and the error that an answer other than 2xx names, as in
 * hub_answer.rc, from which the hub's time is learnt if it tells it. */
struct hub_way hub_way_of(const struct hub *h);
void hub_sign_get(const struct hub *h, const char *path, struct buf *out);
int hub_refusal(struct hub *h, int status, struct str body);

/* The hub's clock minus ours, as far as it was learnt; 0 else. */
int64_t hub_clock_offset_ms(const struct hub *h);

#endif
