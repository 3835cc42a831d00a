/* reach.c - which addresses are dialled for a session; see reach.h. */
#include "connector/gateway/reach.h"
#include "base/err.h"
#include "net/address.h"

#include <stdlib.h>
#include <string.h>

#define HUB_FRESH_MS (5 * 60 * 1000)
/* For where the hub is: shorter than a page waits.  Behind a proxy it may never be known. */
#define HUB_WAIT_MS 3000

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

/* ---- lookups ---- */

struct search {
	struct link link; /* while it waits */
	struct reach *reach;
	struct target_place place;
	struct lookup *lookup;
	lookup_fn *fn;
	void *owner;
};

static void on_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct search *k = owner;
	lookup_fn *fn = k->fn;
	void *to = k->owner;

	free(k);
	fn(rc, list, len, to);
}

static struct lookup *start(struct reach *r, const struct target_place *place, lookup_fn *fn,
			    void *owner)
{
	return r->net->lookup(r->loop, place->host, place->port, fn, owner, r->net_owner);
}

static void begin(struct search *k)
{
	k->lookup = start(k->reach, &k->place, on_found, k);
}

/* A name that is faster than the hub's could lead to the hub, and nobody would see it. */
struct search *reach_look_up(struct reach *r, const struct target_place *place, lookup_fn *fn,
			     void *owner)
{
	struct search *k = xcalloc(1, sizeof(*k));

	*k = (struct search){ .reach = r, .place = *place, .fn = fn, .owner = owner };
	list_init(&k->link);
	if (r->hub_awaited && place->port == r->hub_port)
		list_append(&r->waiting, &k->link);
	else
		begin(k);
	return k;
}

void reach_cancel(struct reach *r, struct search **kp)
{
	struct search *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	list_remove(&k->link);
	r->net->cancel(&k->lookup, r->net_owner);
	free(k);
}

static void await_hub_no_more(struct reach *r)
{
	timer_stop(r->loop, &r->patience);
	r->hub_awaited = false;
	LIST_EACH(l, &r->waiting) {
		struct search *k = LIST_ENTRY(l, struct search, link);

		list_remove(&k->link);
		begin(k);
	}
}

static void on_patience_end(struct timer *t)
{
	await_hub_no_more(CONTAINER_OF(t, struct reach, patience));
}

static void on_hub_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct reach *r = owner;

	r->hub_lookup = NULL;
	if (rc == 0) {
		r->hub_len = 0;
		for (size_t i = 0; i < len; i++)
			r->hub_len += address_octets(&list[i].sa, r->hub_octets[r->hub_len]);
	} else if (r->hub_awaited) {
		/* The next one asks again: the network may just not have been there. */
		r->hub_looked_ms = 0;
	}
	await_hub_no_more(r);
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
	r->hub_lookup = start(r, &hub, on_hub_found, r);
	r->hub_awaited = !r->hub_len;
	if (r->hub_awaited)
		timer_start(r->loop, &r->patience, HUB_WAIT_MS);
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

void reach_init(struct reach *r)
{
	list_init(&r->waiting);
	timer_init(&r->patience, on_patience_end);
	reach_hold(r);
	reach_learn_hub(r);
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
	timer_stop(r->loop, &r->patience);
	r->net->cancel(&r->hub_lookup, r->net_owner);
}
