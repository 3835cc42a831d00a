/* net.h - how the gateway reaches the network: a seam for its tests. */
#ifndef CONNECTOR_GATEWAY_NET_H
#define CONNECTOR_GATEWAY_NET_H

#include "net/address_kind.h"
#include "net/lookup.h"

struct gateway_net {
	/* As lookup_start() and lookup_cancel(). */
	struct lookup *(*lookup)(struct loop *l, const char *host, uint16_t port, lookup_fn *fn,
				 void *owner, void *net_owner);
	void (*cancel)(struct lookup **k, void *net_owner);
	/* As dial_address(). */
	int (*dial)(const struct address *to, int *ret_fd, void *net_owner);
	/* As address_is_here(). */
	bool (*is_here)(const uint8_t octets[static 16], void *net_owner);
	/* As address_list_here(). */
	size_t (*list_here)(struct address_here *out, size_t max, void *net_owner);
};

extern const struct gateway_net gateway_real_net;

#endif
