/* tunnels.c - GET /c/v1/tunnel, and the tunnels that there are.
 *
 *   signed call --> 101 --> to the site's lane --> HTTP/2, we are its client
 *                                                    '--> the newest counts, the one before is
 * drained
 *
 * A line is its own: the late close of an old one finds that the site has another, and leaves that
 * alone. */
#include "hub/relay/slice.h"

#include <stdlib.h>
#include <string.h>

#include "api/request.h"
#include "base/log.h"
#include "base/metric.h"
#include "hub/connector/connector.h"
#include "net/conn.h"
#include "net/h2.h"
#include "net/server.h"
#include "net/ws.h"
#include "wire/tunnel.h"

/* Of a site, with those that are drained: a connector that dials on and on must not fill us. */
#define LINES_MAX 4

struct line {
	struct link link;
	struct lane *lane; /* NULL: it has closed */
	struct relay_site *site;
	struct line_note *note; /* the relay's, of it */
	struct id site_id, connector;
	struct h2 *h2;
	struct h2_setup setup;
	bool framed;
	bool pushed_out; /* closes, because others came */
};

/* ---- sites ---- */

struct relay_site *relay_site(struct lane *l, struct id site)
{
	struct relay_site *s = map_get(&l->sites, site.b, sizeof(site.b));

	if (s)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->id = site;
	s->lane = l;
	list_init(&s->waiting);
	map_put(&l->sites, s->id.b, sizeof(s->id.b), s);
	return s;
}

void relay_site_release(struct relay_site *s)
{
	if (s->lines || s->visits)
		return;
	map_remove(&s->lane->sites, s->id.b, sizeof(s->id.b));
	free(s);
}

struct h2 *relay_h2(const struct relay_site *s, struct id connector)
{
	return s->line && id_eq(s->line->connector, connector) ? s->line->h2 : NULL;
}

/* ---- a line's life ---- */

static void on_closed(struct h2 *h2, int why, void *owner)
{
	struct line *l = owner;
	struct relay_site *s = l->site;

	if (l->lane) {
		list_remove(&l->link);
		metric_add(M_TUNNELS, -1);
		log_event(EV_TUNNEL_DOWN, "code=%s", err_code(why));
		s->lines--;
		if (s->line == l)
			s->line = NULL;
		relay_site_release(s);
		lane_line_gone(l->lane, l->note);
	}
	free(l);
}

/* The oldest of the site: each that comes beyond LINES_MAX has one of its own to close, though it
 * stays in the list until its reap. */
static void close_oldest(struct relay_site *s)
{
	LIST_EACH(link, &s->lane->lines) {
		struct line *l = LIST_ENTRY(link, struct line, link);

		if (l->site != s || l->pushed_out)
			continue;
		l->pushed_out = true;
		h2_close(l->h2);
		return;
	}
}

static void take_place(struct line *l)
{
	struct relay_site *s = relay_site(l->lane, l->site_id);
	struct line *before = s->line;

	l->site = s;
	list_append(&l->lane->lines, &l->link);
	if (++s->lines > LINES_MAX)
		close_oldest(s);
	s->line = l;
	if (before)
		h2_drain(before->h2);
	metric_add(M_TUNNELS, 1);
	log_event(EV_TUNNEL_UP, "framed=%d", l->framed);
	visits_go_on(s);
}

static void on_arrived(struct conn *c, void *owner)
{
	struct line *l = owner;

	conn_keep_buffers(c);
	if (l->framed)
		ws_wrap(c, ws_new(false));
	l->h2 = h2_client_new(c, &l->setup, l);
	if (l->lane->closed) {
		l->lane = NULL;
		h2_close(l->h2);
		return;
	}
	take_place(l);
	if (l->lane->draining)
		h2_drain(l->h2);
}

/* ---- the call, on the hub's loop ---- */

/* The key may have been revoked between the signature and the 101. */
static bool may_still(const struct relay *r, const struct line *l)
{
	const struct connector *c = connector_by_id(r->hub, l->connector);

	return c && connector_refusal(c) == 0 && !r->draining;
}

static void on_refused(void *owner)
{
	free(owner);
}

/* Of a connection that is only closed. */
static const struct conn_ops refused_ops = { .on_closed = on_refused };

static void on_taken(struct conn *c, struct str first, void *owner)
{
	struct line *l = owner;
	struct relay *r = l->lane->relay;

	/* Who waits for our preface has nothing to say before it. */
	if (first.len || !may_still(r, l)) {
		conn_hand_over(c, &refused_ops, l);
		conn_close(c);
		return;
	}
	l->setup = (struct h2_setup){
		.http = { .header_bytes = TUNNEL_HEAD_BYTES,
			  .header_fields = EXCHANGE_HEADERS_MAX,
			  .header_ms = 10000 },
		.limits = h2_tunnel_limits,
		.on_closed = on_closed,
	};
	l->setup.limits.buffered_bytes = SERVER_BUFFERED_BYTES;
	l->note = xcalloc(1, sizeof(*l->note));
	l->note->connector = l->connector;
	l->note->lane = l->lane;
	list_append(&r->lines, &l->note->link);
	conn_move(c, l->lane->loop, on_arrived, l);
}

static void on_gone(struct exchange *x, int why, void *owner)
{
	free(owner);
}

/* RFC 6455 section 4.2: the WebSocket that stands for us where nothing else passes. */
static bool frames_asked(struct request *req)
{
	char accept[WS_ACCEPT_SIZE];

	if (!ws_key_ok(request_header(req, "sec-websocket-key")) ||
	    !str_eq(request_header(req, "sec-websocket-version"), STR("13")) ||
	    !str_eq(request_header(req, "sec-websocket-protocol"), STR(TUNNEL_SUBPROTOCOL)))
		return false;
	ws_accept(request_header(req, "sec-websocket-key"), accept);
	reply_header(req, "sec-websocket-accept", accept);
	reply_header(req, "sec-websocket-protocol", TUNNEL_SUBPROTOCOL);
	return true;
}

static void tunnel_open(struct request *req)
{
	struct hub *hub = hub_of(req->owner);
	struct str protocol = request_upgrade(req);
	bool framed = str_eq_nocase(protocol, STR("websocket"));
	struct line *l;

	if (hub->relay->draining)
		return reply_error(req, ERR_BUSY, NULL);
	if (framed ? !frames_asked(req) : !str_eq(protocol, STR(TUNNEL_PROTOCOL)))
		return reply_error(req, ERR_INVALID, "upgrade");
	l = xcalloc(1, sizeof(*l));
	l->lane = relay_lane(hub->relay, session_slot(req->who.site));
	l->site_id = req->who.site;
	l->connector = req->who.id;
	l->framed = framed;
	if (!reply_conn(req, on_taken, on_gone, l))
		free(l);
}

const struct route relay_routes[] = {
	{ METHOD_GET, TUNNEL_PATH, RIGHT_SIGNED, 0, NULL, NULL, CHANGE_NONE, tunnel_open,
	  .status = 101, .flags = ROUTE_BARE_OUT, .summary = "The tunnel for sessions: Upgrade" },
	{ 0 },
};

/* ---- all of them ---- */

void tunnels_close_of(struct lane *l, struct id connector)
{
	LIST_EACH(link, &l->lines) {
		struct line *line = LIST_ENTRY(link, struct line, link);

		if (id_eq(line->connector, connector))
			h2_close(line->h2);
	}
}

void tunnels_drain(struct lane *l)
{
	LIST_EACH(link, &l->lines)
		h2_drain(LIST_ENTRY(link, struct line, link)->h2);
}

void tunnels_close(struct lane *l)
{
	LIST_EACH(link, &l->lines) {
		struct line *line = LIST_ENTRY(link, struct line, link);

		list_remove(&line->link);
		line->lane = NULL;
		h2_close(line->h2);
	}
}
