/* remote.h - remote administration in the running connector: sessions, and what serves them.
 *
 *   hub --commands--> uplink --> sessions --> permission        (who may)
 *   hub --tunnel----------------^   |
 *                                   '--> what is served: console, targets
 *
 * One loop; made and freed with the rest of a run (run.c). */
#ifndef CONNECTOR_REMOTE_H
#define CONNECTOR_REMOTE_H

#include "connector/options.h"
#include "connector/session/session.h"

struct fetcher;
struct gateway;
struct remote;

struct remote_config {
	struct loop *loop; /* borrowed, like all the following */
	struct fetcher *fetcher;
	struct hub *hub;
	struct permission_view *permission;
	const struct options *options;
	const char *dir;
	void (*on_change)(
		void *owner); /* who visits, or how the tunnel is, is another than before */
	/* How many may say yes from a desk. */
	unsigned (*approvers)(void *owner);
	void *owner;
};

struct remote *remote_new(const struct remote_config *cfg); /* copied */
void remote_free(struct remote **r);
struct sessions *remote_sessions(struct remote *r);
struct gateway *remote_gateway(struct remote *r);
/* Another process has this one's identity, and from now on its commands and tunnel: visits end, as
 * `copied`, and no request for the other's reaches this one. */
void remote_superseded(struct remote *r);
/* Why the tunnel that an open visit goes through does not come about (err.h); 0: it does, or nobody
 * visits. */
int remote_tunnel_failure(const struct remote *r);
/* Whether the hub can be reached. */
void remote_online(struct remote *r, bool online);

#endif
