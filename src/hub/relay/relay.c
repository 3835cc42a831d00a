/* relay.c - the slice: opening and closing, who may pass, what counts as over. */
#include "hub/relay/slice.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"

#define COUNT_MS 2000 /* how often is told what has passed */

void relay_exchange(struct hub *hub, struct exchange *x)
{
	const struct http_request *req = exchange_request(x);
	struct session *s = session_by_host(hub, req->authority);
	int rc;

	if (enter_is_path(req->path)) {
		enter_exchange(hub->relay, x);
		return;
	}
	rc = session_admits(s, head_cookie(x));
	if (rc == 0)
		rc = head_refusal(x);
	if (rc < 0)
		page_error(x, rc);
	else
		visit_begin(hub->relay, x, s);
}

static void on_counter(struct timer *t)
{
	struct relay *r = CONTAINER_OF(t, struct relay, counter);

	visits_count(r);
	timer_start(r->hub->loop, t, COUNT_MS);
}

static int open_relay(struct hub *hub)
{
	struct relay *r = xcalloc(1, sizeof(*r));

	r->hub = hub;
	list_init(&r->lines);
	list_init(&r->visits);
	timer_init(&r->counter, on_counter);
	timer_start(hub->loop, &r->counter, COUNT_MS);
	hub->relay = r;
	return 0;
}

/* A key that does not count any more ends its tunnel at once.  The connector slice, which knows,
 * has heard of the change before. */
static void on_change(struct hub *hub, const struct change_note *note)
{
	static const enum change_verb verbs[] = { CHANGE_CONNECTOR_REVOKED,
						  CHANGE_CONNECTOR_ENROLLED, CHANGE_SITE_ARCHIVED,
						  CHANGE_CUSTOMER_ARCHIVED };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (verbs[i] == note->verb)
			tunnels_look(hub->relay);
	}
}

static void drain_relay(struct hub *hub)
{
	hub->relay->draining = true;
	timer_stop(hub->loop, &hub->relay->counter);
	tunnels_drain(hub->relay);
}

static void free_site(void *value, void *arg)
{
	free(value);
}

static void close_relay(struct hub *hub)
{
	struct relay *r = hub->relay;

	if (!r)
		return;
	timer_stop(hub->loop, &r->counter);
	visits_forget(r);
	tunnels_close(r);
	map_each(&r->sites, free_site, NULL);
	map_done(&r->sites);
	free(r);
	hub->relay = NULL;
}

const struct slice relay_slice = {
	.name = "relay",
	.routes = relay_routes,
	.open = open_relay,
	.on_change = on_change,
	.drain = drain_relay,
	.close = close_relay,
};
