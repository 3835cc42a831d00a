/* address_rules.c - which addresses are dialled for a session. */
#include "connector/gateway/gateway_int.h"
#include "base/err.h"
#include "net/address.h"

#include <stdio.h>
#include <string.h>

#define HUB_FRESH_MS (5 * 60 * 1000)

static bool is_hub(const struct gateway *g, const uint8_t octets[static 16], uint16_t port)
{
	for (size_t i = 0; port == g->hub_port && i < g->hub_len; i++) {
		if (memcmp(g->hub_octets[i], octets, 16) == 0)
			return true;
	}
	return false;
}

static bool is_own_port(const struct gateway *g, uint16_t port)
{
	for (size_t i = 0; i < ARRAY_LEN(g->setup.own_ports); i++) {
		if (g->setup.own_ports[i] && g->setup.own_ports[i] == port)
			return true;
	}
	return false;
}

int address_allowed(struct gateway *g, const struct endpoint *e, bool console,
		    const struct address *a)
{
	uint8_t octets[16];
	bool here;

	if (!address_octets(&a->sa, octets) || is_hub(g, octets, address_port(a)))
		return ERR_TARGET_FORBIDDEN;
	here = g->net->is_here(octets, g->setup.net_owner);
	switch (address_kind_of(octets)) {
	case ADDRESS_NOBODYS:
	case ADDRESS_LINK_LOCAL:
		return ERR_TARGET_FORBIDDEN;
	case ADDRESS_LOOPBACK:
	case ADDRESS_ORDINARY:
		break;
	}
	if (here && (!console || is_own_port(g, address_port(a))))
		return ERR_TARGET_FORBIDDEN;
	return e->here && !here ? ERR_TARGET_FORBIDDEN : 0;
}

static void on_hub_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct gateway *g = owner;

	g->hub_lookup = NULL;
	if (rc < 0) /* behind a proxy its name may well be unknown here */
		return;
	g->hub_len = 0;
	for (size_t i = 0; i < len; i++)
		g->hub_len += address_octets(&list[i].sa, g->hub_octets[g->hub_len]);
}

void hub_look_up(struct gateway *g)
{
	int64_t now_ms = loop_now_ms(g->loop);
	struct target_place hub;

	if (g->hub_lookup || (g->hub_looked_ms && now_ms - g->hub_looked_ms < HUB_FRESH_MS))
		return;
	if (!g->setup.options->hub_url || target_place_of(g->setup.options->hub_url, &hub) < 0)
		return;
	g->hub_looked_ms = now_ms;
	g->hub_port = hub.port;
	g->hub_lookup =
		g->net->lookup(g->loop, hub.host, hub.port, on_hub_found, g, g->setup.net_owner);
}
