/* admin.h - the operator's listener: /metrics and /readyz on a Unix socket or loopback, never
 * public. */
#ifndef HUB_ADMIN_H
#define HUB_ADMIN_H

#include "hub/hub.h"

struct exchange;
struct server;

struct admin {
	struct hub *hub;
	struct server *served; /* whose connections are counted */
};

/* server_ops.on_request of that listener; owner is a struct admin. */
void admin_request(struct exchange *x, void *owner);

#endif
