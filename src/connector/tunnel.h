/* tunnel.h - the way by which sessions come to this site: a connection that the connector dials and
 * the hub asks on (docs/adr/0021-tunnel.md, design.md 9).
 *
 *   dial (through the proxy's CONNECT) --> TLS --> signed GET /c/v1/tunnel --> 101 --> the hub is
 *   HTTP/2's client, we are its server
 *
 * It is there only while somebody wants it, and 60 s longer unless it is dropped.  Where something
 * on the way answers anything but 101, it is asked once more as a WebSocket, whose binary frames
 * then carry the same octets.  After a failure it is dialled again, by the back-off, for as long as
 * it is wanted.  When the hub takes leave of it (GOAWAY) another one is dialled at once, and what
 * has begun on the old one goes on there.
 *
 * One loop.  No callback runs from inside a tunnel_*() call but tunnel_free(), which breaks off
 * what is open. */
#ifndef CONNECTOR_TUNNEL_H
#define CONNECTOR_TUNNEL_H

#include "connector/hub.h"

struct exchange;
struct loop;
struct tunnel;

struct tunnel_config {
	struct loop *loop; /* borrowed, like all the following */
	struct fetcher *fetcher;
	struct hub *hub; /* whose way, key and clock are used */
	/* A request of the hub's: exchange.h, "for handlers".  Who asks is not known here. */
	void (*on_request)(struct exchange *x, void *owner);
	void (*on_state)(void *owner); /* tunnel_info() tells something new; may be NULL */
	void *owner;
};

struct tunnel *tunnel_new(const struct tunnel_config *cfg); /* copied */
void tunnel_free(struct tunnel **t);                        /* what is open is aborted */

/* Somebody has an open session: it is dialled at once if it is not there.  False: it closes 60 s
 * later. */
void tunnel_want(struct tunnel *t, bool wanted);

/* The hub, which could not be reached, has answered something else: who waits to dial does so now.
 */
void tunnel_hub_is_back(struct tunnel *t);

/* Nobody wants it, and it closes at once: what it carries is another's. */
void tunnel_drop(struct tunnel *t);

enum tunnel_state { TUNNEL_DOWN, TUNNEL_DIALLING, TUNNEL_UP };

struct tunnel_info {
	enum tunnel_state state;
	int64_t since_ms; /* of that, by the wall clock */
	/* Why the last try failed, or the last tunnel ended (err.h); 0: it did not.  ERR_NOT_HUB:
	 * something on the way lets neither of both forms pass. */
	int why;
	bool framed; /* as a WebSocket */
};
void tunnel_info(const struct tunnel *t, struct tunnel_info *ret_info);

#endif
