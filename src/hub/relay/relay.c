/* relay.c - the slice, on the hub's loop: lanes, and what the hub has to tell them. */
#include "hub/relay/slice.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/err.h"
#include "hub/connector/connector.h"
#include "net/server_branch.h"

struct lane *relay_lane(const struct relay *r, unsigned slot)
{
	return r->lanes[slot % r->lanes_len];
}

/* ---- requests ---- */

/* A page of a session that is nobody's any more: over for long, and forgotten. */
static bool is_forgotten(const struct exchange *x, const struct pass *pass)
{
	return !pass && exchange_request(x)->method == METHOD_GET &&
	       str_eq(exchange_header(x, "sec-fetch-dest"), STR("document"));
}

static void lane_exchange(struct exchange *x, void *owner)
{
	struct lane *l = owner;
	const struct http_request *req = exchange_request(x);
	struct pass *pass;
	int rc;

	if (enter_is_path(req->path)) {
		enter_exchange(l, x);
		return;
	}
	pass = lane_pass(l, req->authority);
	rc = lane_admits(pass, head_cookie(x));
	if (rc == 0)
		rc = head_refusal(x);
	if (is_forgotten(x, pass))
		page_clears(x);
	if (rc < 0)
		page_error(x, rc);
	else
		visit_begin(l, x, pass);
}

/* What is no session's name is told so at any lane. */
static struct lane *lane_for(const struct hub *hub, struct str authority)
{
	struct session_name name = {};

	(void)session_name_read(hub, authority, &name);
	return relay_lane(hub->relay, name.slot);
}

void relay_exchange(struct hub *hub, struct exchange *x)
{
	struct lane *l = lane_for(hub, exchange_request(x)->authority);

	if (l->loop == exchange_loop(x))
		lane_exchange(x, l);
	else
		page_error(x, ERR_MISDIRECTED);
}

static struct branch *branch_of(const char *server_name, void *owner)
{
	const struct hub *hub = owner;

	if (!server_name || !session_is_host(hub, str_of(server_name)))
		return NULL;
	return lane_for(hub, str_of(server_name))->branch;
}

void relay_serve(struct hub *hub, struct server *server)
{
	struct relay *r = hub->relay;

	for (size_t i = 0; i < r->lanes_len; i++)
		r->lanes[i]->branch =
			server_branch_new(server, r->lanes[i]->loop, lane_exchange, r->lanes[i]);
	server_branch_by(server, branch_of, hub);
}

/* ---- sessions and keys ---- */

static struct lane *lane_of(const struct relay *r, struct id site)
{
	return relay_lane(r, session_slot(site));
}

static void on_told(const struct session_pass *pass, void *owner)
{
	lane_tell_pass(lane_of(owner, pass->site), pass);
}

static void on_forgotten(const struct session_pass *pass, void *owner)
{
	lane_forget_pass(lane_of(owner, pass->site), pass);
}

void relay_line_gone(struct relay *r, struct line_note *note)
{
	if (r->closed)
		return;
	list_remove(&note->link);
	free(note);
}

/* A key that does not count any more ends its tunnel at once, whether or not another connector
 * dials.  The connector slice, which knows, has heard of the change before. */
static void on_change(struct hub *hub, const struct change_note *note)
{
	static const enum change_verb verbs[] = { CHANGE_CONNECTOR_REVOKED,
						  CHANGE_CONNECTOR_REPLACED, CHANGE_SITE_ARCHIVED,
						  CHANGE_CUSTOMER_ARCHIVED };
	bool concerns = false;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		concerns |= verbs[i] == note->verb;
	if (!concerns)
		return;
	LIST_EACH(link, &hub->relay->lines) {
		struct line_note *line = LIST_ENTRY(link, struct line_note, link);
		const struct connector *c = connector_by_id(hub, line->connector);

		if (!c || connector_refusal(c) < 0)
			lane_close_lines(line->lane, line->connector);
	}
}

/* ---- the slice ---- */

static int open_relay(struct hub *hub)
{
	size_t threads = (size_t)hub->config->relay_threads;
	struct relay *r = xcalloc(1, sizeof(*r));

	r->hub = hub;
	list_init(&r->lines);
	r->lanes_len = threads ? threads : 1;
	r->lanes = xcalloc(r->lanes_len, sizeof(r->lanes[0]));
	for (size_t i = 0; i < r->lanes_len; i++)
		r->lanes[i] = lane_new(r, threads > 0, (unsigned)i);
	hub->relay = r;
	sessions_listen(hub, &(struct session_listener){ on_told, on_forgotten, r });
	return 0;
}

static void drain_relay(struct hub *hub)
{
	struct relay *r = hub->relay;

	r->draining = true;
	for (size_t i = 0; i < r->lanes_len; i++)
		lane_drain(r->lanes[i]);
}

struct end {
	struct post post;
	struct relay *relay;
};

static void on_end(struct post *p)
{
	struct end *end = CONTAINER_OF(p, struct end, post);

	free(end->relay);
	free(end);
}

static void close_relay(struct hub *hub)
{
	struct relay *r = hub->relay;
	struct end *end;

	if (!r)
		return;
	sessions_listen(hub, &(struct session_listener){});
	r->closed = true;
	for (size_t i = 0; i < r->lanes_len; i++)
		lane_close(r->lanes[i]);
	free(r->lanes);
	LIST_EACH(link, &r->lines)
		free(LIST_ENTRY(link, struct line_note, link));
	hub->relay = NULL;
	/* Behind all that lanes have posted. */
	end = xmalloc(sizeof(*end));
	*end = (struct end){ { .fn = on_end }, r };
	loop_post(hub->loop, &end->post);
}

const struct slice relay_slice = {
	.name = "relay",
	.routes = relay_routes,
	.open = open_relay,
	.on_change = on_change,
	.drain = drain_relay,
	.close = close_relay,
};
