/* gateway.c - calls: one exchange each, from the tunnel to its answer.
 *
 *   gateway.c   calls             what stands below is used, and tells upwards by wish_ops and
 *   pulse.c     signs of life     on_unused alone
 *   pool.c      connections
 *   reach.c     addresses
 *
 *   WAITING --> DIALLING --> ASKED --> OVER        a kept connection that was dead: once more
 *      ^__________________________|
 *
 * While it waits and dials, the exchange is a handler's, that is ours; then it is the client
 * codec's, and the filter shows us the answer first. */
#include "connector/gateway/gateway.h"
#include "base/err.h"
#include "base/os.h"
#include "connector/gateway/header_rules.h"
#include "connector/gateway/look.h"
#include "connector/gateway/pool.h"
#include "connector/gateway/pulse.h"
#include "connector/gateway/reach.h"
#include "net/exchange.h"
#include "net/h1_client.h"
#include "net/loop.h"
#include "wire/tunnel.h"

#include <stdlib.h>
#include <string.h>

/* To the answer's first octet, with what goes before: shorter than the hub waits (design.md 9,
 * 15 s), so that it is said which leg is down. */
#define ANSWER_MS 14000
/* Of that, after which the target is asked for a sign of life, and since the last one again.  As
 * long as it gives them, a page waits as browsers do by themselves (300 s in Chromium and Firefox):
 * what a print server does at a click may take minutes. */
#define DOUBT_MS    9000
#define PATIENCE_MS (300 * 1000)
/* When such a sign has come, if it comes, and the hub is told. */
#define SIGN_MS 1000
/* The same for what a script asks, which waits for news (long polls), and nobody sees a page: what
 * reverse proxies are told to give PaperCut (facts of its console: 120 s). */
#define SCRIPT_MS (120 * 1000)
/* For a connection, as long as those before are answered: a browser on site waits, too. */
#define QUEUE_MS (60 * 1000)
/* Without a call, after which what many of them took is given back to the machine. */
#define REST_MS  5000
#define LEAST_MS 1000

struct gateway {
	struct loop *loop;
	struct reach reach;
	struct pools pools;
	struct link calls, looks, pulses;
	size_t calls_len, websockets;
	struct timer rest; /* there are no calls */
	bool closing;
};

enum call_state { CALL_WAITING, CALL_DIALLING, CALL_ASKED, CALL_OVER };

/* One exchange, as long as that lives. */
struct call {
	struct link link;
	struct gateway *g;
	struct exchange *x;
	struct gateway_visit *visit; /* NULL: the session was cut */
	struct pool *pool;
	struct wish wish;
	const struct http_request *asked; /* as the browser sent it */
	struct rules_between between;
	struct timer timer; /* until it is asked */
	struct timer sign;  /* TUNNEL_WAITS_MS, until it is answered */
	int64_t began_ms;
	int64_t turn_ms;  /* from when on its target has time to answer */
	int64_t doubt_ms; /* that it has until on_late() */
	int64_t still_ms; /* since when nothing of it has moved */
	int64_t felt_ms;  /* when its pulse was felt last; 0: not since */
	uint64_t gone;    /* what gone_up() said then */
	uint64_t counted_up, counted_down;
	int refusal; /* why the answer was not let through, or the call was cut */
	uint8_t state;
	bool websocket, by_script, kept, retried, answered;
};

static struct call *call_of(struct wish *w)
{
	return CONTAINER_OF(w, struct call, wish);
}

/* ---- the end of a call ---- */

static void answer_error(struct exchange *x, int rc)
{
	exchange_add_header(x, TUNNEL_ERROR_HEADER, err_code(rc));
	exchange_respond(x, err_status(rc), NULL, (struct str){});
}

static void let_go(struct call *k)
{
	timer_stop(k->g->loop, &k->timer);
	timer_stop(k->g->loop, &k->sign);
	pool_leave(&k->wish);
	k->state = CALL_OVER;
}

/* Answers it; only while no end but ours has it. */
static void call_fail(struct call *k, int rc)
{
	if (k->state == CALL_OVER)
		return;
	let_go(k);
	answer_error(k->x, rc);
}

static void on_gone(struct exchange *x, int why, void *owner)
{
	let_go(owner);
}

/* ---- its time ---- */

static int64_t later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Until it has waited in vain. */
static int64_t queue_ms(const struct call *k)
{
	int64_t now_ms = loop_now_ms(k->g->loop);
	int64_t heard_ms = later_of(k->began_ms, k->pool->heard_ms);
	int64_t until_ms = k->began_ms + QUEUE_MS;

	return (heard_ms + ANSWER_MS < until_ms ? heard_ms + ANSWER_MS : until_ms) - now_ms;
}

static int64_t left_ms(const struct call *k)
{
	int64_t may_ms = k->by_script ? SCRIPT_MS : ANSWER_MS;

	return later_of(LEAST_MS, k->turn_ms + may_ms - loop_now_ms(k->g->loop));
}

static void on_timer(struct timer *t)
{
	struct call *k = CONTAINER_OF(t, struct call, timer);
	int64_t more_ms = k->state == CALL_WAITING ? queue_ms(k) : 0;

	if (more_ms > 0)
		timer_start(k->g->loop, t, more_ms);
	else
		call_fail(k, k->state == CALL_WAITING ? ERR_TARGET_BUSY : ERR_TARGET_TIMEOUT);
}

/* Who waited behind others that were answered has not yet waited for its own answer; where nobody
 * is answered, all have. */
static void on_turn(struct wish *w)
{
	struct call *k = call_of(w);

	k->state = CALL_DIALLING;
	if (!k->retried && k->pool->heard_ms > k->began_ms)
		k->turn_ms = loop_now_ms(k->g->loop);
	timer_start(k->g->loop, &k->timer, left_ms(k));
}

/* Now or later. */
static void take_line(struct call *k)
{
	k->state = CALL_WAITING;
	pool_take(k->pool, &k->wish);
	if (k->state == CALL_WAITING)
		timer_start(k->g->loop, &k->timer, later_of(LEAST_MS, queue_ms(k)));
}

/* Its target has since its pulse was felt. */
static bool lives(const struct call *k)
{
	return k->felt_ms && k->pool->heard_ms >= k->felt_ms;
}

static void on_sign(struct timer *t)
{
	struct call *k = CONTAINER_OF(t, struct call, sign);

	timer_start(k->g->loop, t, TUNNEL_WAITS_MS);
	/* Where the request is still on its way the hub sees by itself whether it moves. */
	if (k->state != CALL_ASKED || exchange_ended(k->x, TARGET) || lives(k))
		exchange_inform(k->x, TUNNEL_WAITS_STATUS);
}

/* ---- what passed ---- */

static void count(struct call *k)
{
	uint64_t up = exchange_put_bytes(k->x, SOURCE), down = exchange_put_bytes(k->x, TARGET);
	struct gateway_visit *v = k->visit;

	if (!v || (up == k->counted_up && down == k->counted_down))
		return;
	v->bytes_up += up - k->counted_up;
	v->bytes_down += down - k->counted_down;
	v->moved_ms = loop_now_ms(k->g->loop);
	k->counted_up = up;
	k->counted_down = down;
}

static uint64_t moved(const struct wish *w)
{
	const struct call *k = CONTAINER_OF(w, struct call, wish);

	return exchange_put_bytes(k->x, SOURCE) + exchange_put_bytes(k->x, TARGET) + k->answered;
}

static bool is_answered(const struct wish *w)
{
	return CONTAINER_OF(w, struct call, wish)->answered;
}

/* ---- the filter ---- */

/* Event streams, and pictures that take each other's place (WHATWG HTML section 17.2). */
static bool is_endless(const struct http_header *headers, size_t len)
{
	const struct http_header *type = http_find(headers, len, STR("content-type"));
	struct str rest = type ? type->value : (struct str){}, name;

	if (!rest.len || !str_split(&rest, ';', &name))
		return false;
	name = str_trim(name);
	return str_eq_nocase(name, STR("text/event-stream")) ||
	       str_eq_nocase(name, STR("multipart/x-mixed-replace"));
}

static bool on_answer(struct exchange *x, void *owner)
{
	struct arena *mem = exchange_arena(x);
	int status = exchange_status(x);
	struct call *k = owner;
	bool interim = status < 200 && !exchange_switched(x);
	size_t len, out_len;
	const struct http_header *in = exchange_answer_headers(x, &len);
	struct http_header *out = ARENA_ARRAY(mem, struct http_header, len + RULES_ADDED_MAX);
	int rc = rules_answer(&k->between, k->asked, status, in, len, mem, out, &out_len);

	if (!interim) {
		k->refusal = rc;
		k->pool->heard_ms = loop_now_ms(k->g->loop);
		timer_stop(k->g->loop, &k->sign);
	}
	if (rc < 0)
		return false;
	k->answered |= !interim;
	if (status == 200 && is_endless(in, len))
		pool_set_apart(&k->wish);
	exchange_set_headers(x, out, out_len);
	return true;
}

/* What may be asked twice (RFC 9110 section 9.2.2). */
static bool is_repeatable(const struct http_request *r)
{
	return !r->body_bytes &&
	       (r->method == METHOD_GET || r->method == METHOD_HEAD || r->method == METHOD_OPTIONS);
}

/* Nothing of it has gone wrong if the device had closed the connection before we asked: then, and
 * for what may be asked twice, once more; never a POST. */
static bool may_retry(const struct call *k, int why)
{
	return why == ERR_UNREACHABLE && k->kept && !k->retried && !k->felt_ms &&
	       !k->asked->upgrade.p && is_repeatable(k->asked);
}

/* Steps of a login that is the connection's: each belongs to the one before it (RFC 4559 section 5;
 * NTLM is the same in this). */
static bool logs_connection_in(const struct http_request *r)
{
	const struct http_header *said =
		http_find(r->headers, r->headers_len, STR("authorization"));
	struct str rest = said ? said->value : (struct str){}, scheme;

	return rest.len && str_split(&rest, ' ', &scheme) &&
	       (str_eq_nocase(scheme, STR("ntlm")) || str_eq_nocase(scheme, STR("negotiate")));
}

static void instead(struct exchange *x, int why, void *owner)
{
	struct call *k = owner;

	pool_leave(&k->wish);
	if (k->refusal < 0) {
		call_fail(k, k->refusal);
	} else if (may_retry(k, why)) {
		k->retried = true;
		k->wish.fresh = true;
		take_line(k);
	} else {
		call_fail(k, reach_error(why));
	}
}

static void on_rest(struct timer *t)
{
	loop_trim(CONTAINER_OF(t, struct gateway, rest)->loop);
	os_trim_heap();
}

static void over(struct exchange *x, void *owner)
{
	struct call *k = owner;
	struct gateway *g = k->g;

	let_go(k);
	count(k);
	if (k->visit)
		k->visit->running--;
	list_remove(&k->link);
	g->calls_len--;
	g->websockets -= k->websocket;
	if (!g->calls_len && !g->closing)
		timer_start(g->loop, &g->rest, REST_MS);
	pool_release(k->pool); /* and with it maybe the gateway goes */
	free(k);
}

static const struct exchange_filter filter = { on_answer, instead, over };

/* ---- its connection ---- */

/* Which hosts are the target itself, as far as redirects are concerned. */
static void fill_between(struct call *k)
{
	const struct pool *p = k->pool;
	const struct endpoint *e = &p->console.endpoints[k->wish.line->endpoint];
	struct rules_between b = {
		.session = k->asked->authority,
		.place = e->place,
		.plain_port = p->console.plain_port,
		.any_port = e->unix_path != NULL,
		.console = p->console.kind,
	};

	if (k->wish.line->dialled[0])
		b.hosts[b.hosts_len++] =
			str_of(arena_strdup(exchange_arena(k->x), k->wish.line->dialled));
	if (e->here) {
		b.hosts[b.hosts_len++] = STR("localhost");
		b.hosts[b.hosts_len++] = STR("127.0.0.1");
		b.hosts[b.hosts_len++] = STR("::1");
	}
	for (size_t i = 0; i < p->config.aliases.len && b.hosts_len < RULES_HOSTS_MAX; i++)
		b.hosts[b.hosts_len++] =
			str_of(arena_strdup(exchange_arena(k->x), p->config.aliases.items[i]));
	k->between = b;
}

/* Octets of the request that have gone to the target: the codec then begins its time anew. */
static uint64_t gone_up(const struct call *k)
{
	return exchange_put_bytes(k->x, SOURCE) - exchange_waiting(k->x, TARGET);
}

static void on_line(struct wish *w)
{
	struct call *k = call_of(w);
	struct http_request *req = ARENA_NEW(exchange_arena(k->x), struct http_request);

	timer_stop(k->g->loop, &k->timer);
	fill_between(k);
	*req = *k->asked;
	rules_request(&k->between, k->asked, exchange_arena(k->x), req);
	exchange_set_request(k->x, req);
	k->state = CALL_ASKED;
	k->kept = k->wish.line->used;
	k->felt_ms = 0;
	k->still_ms = k->turn_ms;
	k->gone = gone_up(k);
	k->doubt_ms = left_ms(k);
	if (!k->by_script && !k->websocket)
		k->doubt_ms = later_of(LEAST_MS, k->doubt_ms - (ANSWER_MS - DOUBT_MS));
	h1_client_ask(k->wish.line->client, k->x, k->doubt_ms);
}

/* Nothing has moved for as long as was said.  A target that has answered others, or gives a sign of
 * life, is slow and does not hang; without either it is given up ANSWER_MS after the last one. */
static int64_t on_late(struct wish *w)
{
	struct call *k = call_of(w);
	int64_t now_ms = loop_now_ms(k->g->loop), sign_ms;

	if (!k->visit || k->refusal < 0 || k->websocket || k->by_script)
		return 0;
	if (k->gone != gone_up(k)) {
		k->gone = gone_up(k);
		k->still_ms = now_ms - k->doubt_ms;
		k->felt_ms = 0;
	}
	sign_ms = later_of(k->still_ms, k->pool->heard_ms);
	if (now_ms - k->still_ms >= PATIENCE_MS)
		return 0;
	if (sign_ms + DOUBT_MS > now_ms)
		return sign_ms + DOUBT_MS - now_ms;
	if (k->felt_ms && !lives(k))
		return 0;
	k->felt_ms = now_ms;
	pulse_feel(&k->g->pulses, k->pool, k->wish.session);
	timer_start(k->g->loop, &k->sign, SIGN_MS);
	return later_of(LEAST_MS, sign_ms + ANSWER_MS - now_ms);
}

static void on_failed(struct wish *w, int rc)
{
	call_fail(call_of(w), rc);
}

static const struct wish_ops wish_ops = {
	on_turn, on_line, on_failed, moved, is_answered, on_late
};

/* ---- requests ---- */

/* How busy we are; 0 or why not. */
static int admit(const struct gateway *g, const struct exchange *x)
{
	const struct http_request *req = exchange_request(x);
	const struct http_header *worker =
		http_find(req->headers, req->headers_len, STR("service-worker"));

	if (g->closing)
		return ERR_SESSION_OVER;
	if (g->calls_len >= GATEWAY_STREAMS ||
	    loop_counts(g->loop).buffered_bytes > GATEWAY_BUFFERED)
		return ERR_CONNECTOR_BUSY;
	if (req->upgrade.p && g->websockets >= GATEWAY_WEBSOCKETS)
		return ERR_CONNECTOR_BUSY;
	/* Other protocols would be opaque in another way than a WebSocket is. */
	if (req->upgrade.p && !str_eq_nocase(req->upgrade, STR("websocket")))
		return ERR_TARGET_FORBIDDEN;
	/* It would outlive the session in the browser; the hub has refused it already. */
	return worker ? ERR_TARGET_FORBIDDEN : 0;
}

static struct call *call_new(struct gateway *g, struct exchange *x, struct gateway_visit *v)
{
	struct call *k = xcalloc(1, sizeof(*k));

	k->g = g;
	k->x = x;
	k->visit = v;
	k->asked = exchange_request(x);
	k->began_ms = loop_now_ms(g->loop);
	k->turn_ms = k->began_ms;
	k->websocket = k->asked->upgrade.p != NULL;
	wish_init(&k->wish, v->session, &wish_ops);
	k->wish.alone = k->websocket;
	/* A kept connection may be dead already, and then nobody knows what became of a POST. */
	k->wish.fresh = !is_repeatable(k->asked) && !logs_connection_in(k->asked);
	k->by_script = !k->websocket && str_eq(exchange_header(x, "sec-fetch-dest"), STR("empty"));
	timer_init(&k->timer, on_timer);
	timer_init(&k->sign, on_sign);
	timer_start(g->loop, &k->sign, TUNNEL_WAITS_MS);
	list_append(&g->calls, &k->link);
	g->calls_len++;
	timer_stop(g->loop, &g->rest);
	g->websockets += k->websocket;
	v->requests++;
	v->running++;
	exchange_filter_answer(x, &filter, k);
	exchange_on_gone(x, on_gone, k);
	return k;
}

void gateway_request(struct gateway *g, struct exchange *x, struct gateway_visit *v)
{
	int rc = admit(g, x);
	struct call *k;

	if (rc < 0) {
		answer_error(x, rc);
		return;
	}
	k = call_new(g, x, v);
	k->pool = pool_hold(&g->pools, v->target);
	if (!request_is_allowed(k->pool->console.kind, k->asked)) {
		call_fail(k, ERR_TARGET_FORBIDDEN);
		return;
	}
	take_line(k);
}

/* ---- the gateway ---- */

void gateway_count(struct gateway *g, struct gateway_visit *v)
{
	LIST_EACH(l, &g->calls) {
		struct call *k = LIST_ENTRY(l, struct call, link);

		if (k->visit == v)
			count(k);
	}
}

static void cut(struct call *k, int why)
{
	count(k);
	if (k->visit)
		k->visit->running--;
	k->visit = NULL;
	if (k->answered || k->state == CALL_OVER) {
		exchange_break(k->x, ERR_CANCELLED);
	} else if (k->state == CALL_ASKED) {
		k->refusal = why;
		exchange_take_back(k->x, why); /* false: `instead` is on its way */
	} else {
		call_fail(k, why);
	}
}

void gateway_cut(struct gateway *g, struct id session, int why)
{
	/* Ends of exchanges are told at once, and calls die at the end of the turn at the soonest:
	 * the list stays as it is. */
	LIST_EACH(l, &g->calls) {
		struct call *k = LIST_ENTRY(l, struct call, link);

		if (k->visit && id_eq(k->wish.session, session))
			cut(k, why);
	}
	pulses_end(&g->pulses, &session);
	pools_close_session(&g->pools, session);
}

int gateway_look(struct gateway *g, const struct target *one, gateway_look_fn *done, void *owner,
		 struct gateway_look **ret_look)
{
	return look_start(&g->looks, &g->reach, one, done, owner, ret_look);
}

/* Calls hold their pools, and pools and looks the reach. */
static void on_unused(struct reach *r)
{
	free(CONTAINER_OF(r, struct gateway, reach));
}

struct gateway *gateway_new(struct loop *l, const struct gateway_setup *setup)
{
	struct gateway *g = xcalloc(1, sizeof(*g));

	g->loop = l;
	g->reach = (struct reach){
		.loop = l,
		.options = setup->options,
		.own_ports = { setup->own_ports[0], setup->own_ports[1] },
		.net = setup->net ? setup->net : &gateway_real_net,
		.net_owner = setup->net_owner,
		.on_unused = on_unused,
	};
	reach_init(&g->reach);
	pools_init(&g->pools, &g->reach);
	timer_init(&g->rest, on_rest);
	list_init(&g->calls);
	list_init(&g->looks);
	list_init(&g->pulses);
	return g;
}

void gateway_free(struct gateway **gp)
{
	struct gateway *g = *gp;

	*gp = NULL;
	if (!g)
		return;
	reach_done(&g->reach);
	timer_stop(g->loop, &g->rest);
	LIST_EACH(l, &g->calls)
		cut(LIST_ENTRY(l, struct call, link), ERR_SESSION_OVER);
	looks_end(&g->looks);
	pulses_end(&g->pulses, NULL);
	pools_close(&g->pools);
	g->closing = true;
	reach_release(&g->reach);
}
