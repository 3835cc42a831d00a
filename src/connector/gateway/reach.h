/* reach.h - which addresses the gateway may dial, and how: under the connections to targets and
 * the looks at them, which share it.  For the gateway only; one loop. */
#ifndef CONNECTOR_GATEWAY_REACH_H
#define CONNECTOR_GATEWAY_REACH_H

#include "connector/gateway/console.h"
#include "connector/gateway/net.h"
#include "connector/options.h"
#include "net/loop.h"

struct search;

/* The first part is filled by whoever embeds it; reach_init() does the rest. */
struct reach {
	struct loop *loop;
	const struct options *options; /* where the hub and the console are */
	uint16_t own_ports[2];         /* of this program's pages; 0: none */
	const struct gateway_net *net;
	void *net_owner;
	/* The last that used it has let go: maybe it is gone after this. */
	void (*on_unused)(struct reach *r);

	size_t users;
	struct link waiting; /* searches */
	struct timer patience;
	struct lookup *hub_lookup;
	bool hub_awaited;      /* nothing is known of it yet, and that may come soon */
	int64_t hub_looked_ms; /* when; 0 never */
	size_t hub_len;
	uint8_t hub_octets[LOOKUP_MAX][16];
	uint16_t hub_port;
};

/* With one user, and learns where the hub is. */
void reach_init(struct reach *r);
void reach_hold(struct reach *r);
void reach_release(struct reach *r);
/* Asks for no name any more. */
void reach_done(struct reach *r);

/* Starts to learn where the hub is, if that is not known, or was learnt long ago. */
void reach_learn_hub(struct reach *r);
/* As lookup_start() and lookup_cancel(), for a target's or the console's address.  One that could
 * be the hub's waits until it is known where that is, though not for long. */
struct search *reach_look_up(struct reach *r, const struct target_place *place, lookup_fn *fn,
			     void *owner);
void reach_cancel(struct reach *r, struct search **k);
/* Whether the address that a name led to may be dialled for a target (or the console): 0, or
 * ERR_TARGET_FORBIDDEN. */
MUST_USE int reach_allows(const struct reach *r, const struct endpoint *e, bool console,
			  const struct address *a);
/* As dial_address(). */
MUST_USE int reach_dial(const struct reach *r, const struct address *a, int *ret_fd);
/* Why a connection failed (err.h, -errno), as exchanges tell it. */
int reach_error(int rc);

#endif
