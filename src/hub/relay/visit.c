/* visit.c - one request of a session's origin.
 *
 *   WAITING --a tunnel, with room--> ASKED --head--> ANSWERED --> over
 *      '------------ nothing moves for RELAY_ANSWER_MS -----> a page
 *
 * The exchange's SOURCE is the browser's codec, its TARGET a stream of the tunnel; we are the
 * filter between them, and see heads alone. */
#include "hub/relay/slice.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/h2.h"
#include "wire/tunnel.h"

/* How late it may be noticed that the request has gone on. */
#define LOOK_MS 250

struct visit {
	struct link link;    /* of lane.visits */
	struct link fellow;  /* of pass.visits */
	struct link waiting; /* of relay_site.waiting, or alone */
	struct lane *lane;   /* NULL: it has closed */
	struct relay_site *site;
	struct exchange *x;
	struct pass *pass; /* NULL: it is over */
	struct timer timer;
	uint64_t moved;    /* octets of the request that had gone when it was looked at */
	int64_t still_ms;  /* since when none has */
	int64_t look_ms;   /* when it is to be looked at next */
	uint64_t up, down; /* counted */
	int why;           /* what the connector says in the target's place; 0: nothing */
	bool paged;        /* a page of ours goes down, and is not counted */
};

static uint64_t gone_up(const struct visit *v)
{
	return exchange_put_bytes(v->x, SOURCE) - exchange_waiting(v->x, TARGET);
}

static void count(struct visit *v)
{
	uint64_t up = exchange_put_bytes(v->x, SOURCE);
	uint64_t down = v->paged ? v->down : exchange_put_bytes(v->x, TARGET);

	if (v->pass) {
		v->pass->counts.up += (int64_t)(up - v->up);
		v->pass->counts.down += (int64_t)(down - v->down);
	}
	v->up = up;
	v->down = down;
}

static int64_t left_ms(const struct visit *v)
{
	return v->still_ms + RELAY_ANSWER_MS - loop_now_ms(v->lane->loop);
}

static void look_again(struct visit *v)
{
	int64_t ms = left_ms(v);

	ms = ms < LOOK_MS ? ms : LOOK_MS;
	v->look_ms = loop_now_ms(v->lane->loop) + ms;
	timer_start(v->lane->loop, &v->timer, ms);
}

/* The time for an answer begins. */
static void start_timer(struct visit *v)
{
	v->moved = gone_up(v);
	v->still_ms = loop_now_ms(v->lane->loop);
	look_again(v);
}

/* ---- asking ---- */

/* Where its requests go; NULL: nowhere now. */
static struct h2 *tunnel_of(const struct visit *v)
{
	return v->pass ? relay_h2(v->site, v->pass->told.connector) : NULL;
}

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct visit *v = owner;

	list_remove(&v->waiting); /* and then on_over */
	timer_stop(exchange_loop(x), &v->timer);
}

/* A page in place of what the site would have said; x is a handler's. */
static void answer_page(struct visit *v, int rc)
{
	list_remove(&v->waiting);
	timer_stop(exchange_loop(v->x), &v->timer);
	exchange_on_gone(v->x, NULL, NULL);
	count(v);
	v->paged = true;
	page_error(v->x, rc);
}

/* False: it has to wait. */
static bool try_to_ask(struct visit *v)
{
	struct h2 *h2 = tunnel_of(v);
	int rc;

	v->site->full = false;
	if (!h2)
		return false;
	exchange_on_gone(v->x, NULL, NULL);
	rc = h2_ask(h2, v->x);
	v->site->full = rc == ERR_BUSY;
	if (rc == 0) {
		list_remove(&v->waiting);
		return true;
	}
	if (rc == ERR_UPSTREAM) { /* its connector knows of no switch */
		answer_page(v, ERR_TUNNEL_FAILED);
		return true;
	}
	exchange_on_gone(v->x, on_gone, v);
	return false;
}

void visits_go_on(struct relay_site *s)
{
	LIST_EACH(link, &s->waiting) {
		struct visit *v = LIST_ENTRY(link, struct visit, waiting);

		if (!try_to_ask(v) && tunnel_of(v))
			return; /* it has no room */
	}
}

/* ---- the answer ---- */

static int named_error(struct exchange *x)
{
	const struct http_header *h;
	char code[32];

	for (size_t i = 0; (h = exchange_answer_header(x, i)); i++) {
		if (!str_eq(h->name, STR(TUNNEL_ERROR_HEADER)) || h->value.len >= sizeof(code))
			continue;
		memcpy(code, h->value.p, h->value.len);
		code[h->value.len] = '\0';
		return err_from_code(code);
	}
	return 0;
}

static bool on_answer(struct exchange *x, void *owner)
{
	struct visit *v = owner;

	if (!v->lane)
		return true;
	if (exchange_status(x) == TUNNEL_WAITS_STATUS) {
		start_timer(v);
		return false;
	}
	if (exchange_status(x) >= 200 || exchange_switched(x)) {
		v->why = named_error(x);
		if (v->why == ERR_BUSY) /* as older connectors say it of themselves */
			v->why = ERR_CONNECTOR_BUSY;
		if (v->why)
			return false;
		timer_stop(exchange_loop(x), &v->timer);
	}
	head_to_browser(x);
	return true;
}

/* What a page says of what went wrong between us and the connector. */
static int told(const struct visit *v, int why)
{
	if (v->why)
		return v->why;
	if (!v->pass)
		return ERR_SESSION_OVER;
	switch (why) {
	case ERR_TIMEOUT:
		return tunnel_of(v) ? ERR_CONNECTOR_SILENT : ERR_CONNECTOR_AWAY;
	case ERR_BUSY:
	case ERR_TOO_LARGE:
	case ERR_HEADERS_TOO_LARGE:
		return why;
	case ERR_UPSTREAM: /* the stream alone: what the device said broke off behind the connector
			    */
		return tunnel_of(v) ? ERR_TARGET_ANSWER : ERR_TUNNEL_FAILED;
	default:
		return ERR_TUNNEL_FAILED;
	}
}

static void on_instead(struct exchange *x, int why, void *owner)
{
	struct visit *v = owner;

	if (v->lane)
		answer_page(v, told(v, why));
	else
		exchange_cut(x);
}

static void on_over(struct exchange *x, void *owner)
{
	struct visit *v = owner;
	struct relay_site *s = v->site;

	if (v->lane) {
		timer_stop(exchange_loop(x), &v->timer);
		count(v);
		list_remove(&v->fellow);
		list_remove(&v->waiting);
		list_remove(&v->link);
		s->visits--;
		visits_go_on(s); /* where it was, there is room now */
		relay_site_release(s);
	}
	free(v);
}

static const struct exchange_filter filter = { on_answer, on_instead, on_over };

/* The browser has more to send, and the site has got all that came: the deadline is its codec's. */
static bool browser_owes(const struct visit *v)
{
	return list_empty(&v->waiting) && !exchange_request(v->x)->upgrade.p &&
	       !exchange_ended(v->x, TARGET) && !exchange_waiting(v->x, TARGET);
}

/* While this process did not live nothing could move: that was nobody's doing, and what came
 * meanwhile is passed on first. */
static void forgive(struct visit *v)
{
	int64_t late_ms = loop_now_ms(v->lane->loop) - v->look_ms;

	if (late_ms > LOOK_MS)
		v->still_ms += late_ms;
}

static void wait_on(struct visit *v)
{
	look_again(v);
	if (!list_empty(&v->waiting) && tunnel_of(v))
		visits_go_on(v->site);
}

/* An upload that moves takes the time that it takes; for an answer that is waited for the connector
 * asks for more (TUNNEL_WAITS_STATUS).  A visit that is over may leave its stream behind until the
 * tunnel's socket has taken the end of it, of which nobody tells: who waits for room looks here. */
static void on_timer(struct timer *t)
{
	struct visit *v = CONTAINER_OF(t, struct visit, timer);

	forgive(v);
	if (gone_up(v) != v->moved || browser_owes(v))
		start_timer(v);
	else if (left_ms(v) > 0)
		wait_on(v);
	else if (!list_empty(&v->waiting))
		answer_page(v, v->site->full ? ERR_CONNECTOR_BUSY : told(v, ERR_TIMEOUT));
	else
		exchange_take_back(v->x, ERR_TIMEOUT);
}

/* What runs breaks off, what has not been answered gets the page. */
static void end_visit(struct visit *v)
{
	count(v);
	list_remove(&v->fellow);
	v->pass = NULL;
	if (!list_empty(&v->waiting))
		answer_page(v, ERR_SESSION_OVER);
	else if (!exchange_take_back(v->x, ERR_SESSION_OVER))
		exchange_break(v->x, ERR_CANCELLED);
}

void visits_end(struct pass *pass)
{
	LIST_EACH(link, &pass->visits)
		end_visit(LIST_ENTRY(link, struct visit, fellow));
}

/* ---- all of them ---- */

void visit_begin(struct lane *l, struct exchange *x, struct pass *pass)
{
	struct relay_site *site = relay_site(l, pass->told.site);
	struct visit *v;

	if (site->visits >= RELAY_SITE_EXCHANGES || l->draining) {
		relay_site_release(site);
		exchange_add_header(x, "retry-after", "5");
		page_error(x, ERR_BUSY);
		return;
	}
	v = xcalloc(1, sizeof(*v));
	v->lane = l;
	v->site = site;
	v->x = x;
	v->pass = pass;
	list_append(&l->visits, &v->link);
	list_append(&pass->visits, &v->fellow);
	list_append(&site->waiting, &v->waiting);
	site->visits++;
	pass->counts.requests++;
	timer_init(&v->timer, on_timer);
	exchange_filter_answer(x, &filter, v);
	exchange_set_request(x, head_to_site(x, pass->id));
	exchange_on_gone(x, on_gone, v);
	start_timer(v);
	visits_go_on(site);
}

void visits_count(struct lane *l)
{
	LIST_EACH(link, &l->visits)
		count(LIST_ENTRY(link, struct visit, link));
}

void visits_forget(struct lane *l)
{
	LIST_EACH(link, &l->visits) {
		struct visit *v = LIST_ENTRY(link, struct visit, link);

		timer_stop(l->loop, &v->timer);
		list_remove(&v->fellow);
		list_remove(&v->waiting);
		list_remove(&v->link);
		v->lane = NULL;
	}
}
