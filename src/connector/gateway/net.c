/* net.c - the real network; see net.h. */
#include "connector/gateway/net.h"
#include "net/dial.h"

static struct lookup *look_up(struct loop *l, const char *host, uint16_t port, lookup_fn *fn,
			      void *owner, void *net_owner)
{
	return lookup_start(l, host, port, fn, owner);
}

static void cancel(struct lookup **k, void *net_owner)
{
	lookup_cancel(k);
}

static int dial(const struct address *to, int *ret_fd, void *net_owner)
{
	return dial_address(to, ret_fd);
}

static bool is_here(const uint8_t octets[static 16], void *net_owner)
{
	return address_is_here(octets);
}

static size_t list_here(struct address_here *out, size_t max, void *net_owner)
{
	return address_list_here(out, max);
}

const struct gateway_net gateway_real_net = { look_up, cancel, dial, is_here, list_here };
