/* reach.c - which addresses are dialled for a session; see reach.h. */
#include "connector/gateway/reach.h"
#include "base/err.h"
#include "net/address.h"
#include "net/loop.h"

#include <string.h>

#define HUB_FRESH_MS (5 * 60 * 1000)

static bool is_hub(const struct reach *r, const uint8_t octets[static 16], uint16_t port)
{
	for (size_t i = 0; port == r->hub_port && i < r->hub_len; i++) {
		if (memcmp(r->hub_octets[i], octets, 16) == 0)
			return true;
	}
	return false;
}

/* Behind a proxy the hub's addresses may well be unknown here. */
static bool is_hubs_name(const struct reach *r, const struct target_place *place)
{
	struct target_place hub;

	return r->options->hub_url && target_place_of(r->options->hub_url, &hub) == 0 &&
	       hub.port == place->port && strcmp(hub.host, place->host) == 0;
}

static bool is_own_port(const struct reach *r, uint16_t port)
{
	for (size_t i = 0; i < ARRAY_LEN(r->own_ports); i++) {
		if (r->own_ports[i] && r->own_ports[i] == port)
			return true;
	}
	return false;
}

int reach_allows(const struct reach *r, const struct endpoint *e, bool console,
		 const struct address *a)
{
	uint8_t octets[16];
	bool here;

	if (!address_octets(&a->sa, octets) || is_hub(r, octets, address_port(a)) ||
	    (!e->unix_path && is_hubs_name(r, &e->place)))
		return ERR_TARGET_FORBIDDEN;
	here = r->net->is_here(octets, r->net_owner);
	switch (address_kind_of(octets)) {
	case ADDRESS_NOBODYS:
	case ADDRESS_LINK_LOCAL:
		return ERR_TARGET_FORBIDDEN;
	case ADDRESS_LOOPBACK:
	case ADDRESS_ORDINARY:
		break;
	}
	if (here && (!console || is_own_port(r, address_port(a))))
		return ERR_TARGET_FORBIDDEN;
	return e->here && !here ? ERR_TARGET_FORBIDDEN : 0;
}

static void on_hub_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct reach *r = owner;

	r->hub_lookup = NULL;
	if (rc < 0)
		return;
	r->hub_len = 0;
	for (size_t i = 0; i < len; i++)
		r->hub_len += address_octets(&list[i].sa, r->hub_octets[r->hub_len]);
}

void reach_learn_hub(struct reach *r)
{
	int64_t now_ms = loop_now_ms(r->loop);
	struct target_place hub;

	if (r->hub_lookup || (r->hub_looked_ms && now_ms - r->hub_looked_ms < HUB_FRESH_MS))
		return;
	if (!r->options->hub_url || target_place_of(r->options->hub_url, &hub) < 0)
		return;
	r->hub_looked_ms = now_ms;
	r->hub_port = hub.port;
	r->hub_lookup = reach_look_up(r, &hub, on_hub_found, r);
}

struct lookup *reach_look_up(struct reach *r, const struct target_place *place, lookup_fn *fn,
			     void *owner)
{
	return r->net->lookup(r->loop, place->host, place->port, fn, owner, r->net_owner);
}

void reach_cancel(struct reach *r, struct lookup **k)
{
	r->net->cancel(k, r->net_owner);
}

int reach_dial(const struct reach *r, const struct address *a, int *ret_fd)
{
	return r->net->dial(a, ret_fd, r->net_owner);
}

int reach_error(int rc)
{
	switch (rc) {
	case ERR_TLS:
		return ERR_TARGET_TLS;
	case ERR_UNTRUSTED:
		return ERR_TARGET_UNTRUSTED;
	case ERR_TIMEOUT:
		return ERR_TARGET_TIMEOUT;
	case ERR_UPSTREAM:
		return ERR_TARGET_ANSWER;
	case ERR_TOO_LARGE:
	case ERR_HEADERS_TOO_LARGE:
	case ERR_SESSION_OVER:
	case ERR_TARGET_UNRESOLVED:
	case ERR_TARGET_WANTS_TLS:
	case ERR_TARGET_FORBIDDEN:
		return rc;
	default: /* -errno; ended before an answer */
		return ERR_TARGET_REFUSED;
	}
}

void reach_hold(struct reach *r)
{
	r->users++;
}

void reach_release(struct reach *r)
{
	assert(r->users > 0);
	if (--r->users == 0)
		r->on_unused(r);
}

void reach_done(struct reach *r)
{
	reach_cancel(r, &r->hub_lookup);
}
