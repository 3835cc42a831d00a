/* admin.h - the operator's listener: /metrics and /readyz, on a Unix socket or loopback only. */
#ifndef HUB_ADMIN_H
#define HUB_ADMIN_H

#include "hub/hub.h"

struct server;

/* `where` as server_listen takes it; `unix:` paths are relative to nothing.  ERR_CONFIG if it is neither
 * a Unix socket nor loopback.  *ret_port: the port, 0 for a Unix socket. */
MUST_USE int admin_open(struct hub *hub, const char *where, struct server **ret_server, int *ret_port);

#endif
