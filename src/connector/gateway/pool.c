/* pool.c - the connections to a target, and who waits for one.
 *
 * A device gets few connections, but each session one at least; a connection serves one session
 * alone, because some servers know who somebody is by the connection (NTLM, Negotiate). */
#include "connector/gateway/pool.h"
#include "base/err.h"
#include "connector/gateway/header_rules.h"
#include "connector/gateway/reach.h"
#include "net/conn.h"
#include "net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a target, and of one session at most: downloads that a browser does not take hold theirs, and
 * another session must find one; it gets one more, if need be. CUPS serves 100 clients unless told
 * otherwise (cupsd.conf(5), MaxClients), Jetty has 200 threads. */
struct room {
	size_t all, session;
};
static const struct room room_device = { 2, 2 }, room_server = { 64, 56 };
/* Besides, of each session, for event streams and for what lasts while others wait (long polls,
 * downloads, a panel's moving picture): with a device's two it is what a browser would make on
 * site. */
#define LINES_STREAMS     4
#define LINES_STREAMS_ALL 8 /* of all sessions of a target */
/* Shorter than anybody waits for a page, longer than a device takes for most of them. */
#define LASTING_MS 3000
#define IDLE_MS    10000
#define CONNECT_MS 8000
/* Without an octet of an answer's body, unless a session may be idle for longer: what else runs in
 * it keeps it open while a stream is quiet. */
#define BODY_MS (15 * 60 * 1000)
/* A request's body for a device that knows no chunks. */
#define COLLECT_BYTES (8 * MIB)
#define FIELDS_MAX    100 /* of an answer (design.md 9); what the rules add has room besides */

static bool is_console(const struct pool *p)
{
	return id_is_zero(p->target);
}

/* A print server's or service's, here or at another address; the others are in devices. */
static bool is_server(const struct pool *p)
{
	return is_console(p) || p->config.kind == TARGET_PRINT_SERVICE;
}

static void serve(struct pool *p);
static void free_if_unused(struct pool *p);

/* ---- lines ---- */

static void line_free(struct line *n)
{
	struct pool *p = n->pool;

	timer_stop(p->reach->loop, &n->idle);
	timer_stop(p->reach->loop, &n->watch);
	task_cancel(&n->task);
	list_remove(&n->link);
	free(n);
	serve(p);
	free_if_unused(p);
}

/* Nobody has it any more; it closes, in whatever state it is. */
static void retire(struct line *n)
{
	struct reach *reach = n->pool->reach;

	n->retiring = true;
	timer_stop(reach->loop, &n->idle);
	reach_cancel(reach, &n->lookup);
	if (n->client)
		h1_client_close(n->client);
	else if (n->conn)
		conn_close(n->conn);
	else
		loop_later(reach->loop, &n->task);
}

static void detach(struct line *n)
{
	if (n->wish)
		n->wish->line = NULL;
	n->wish = NULL;
}

/* Its wish fails in a task, when no callback of the connection runs. */
static void line_failed(struct line *n, int why)
{
	n->failed = why;
	loop_later(n->pool->reach->loop, &n->task);
}

static void line_dial(struct line *n);

static void on_line_task(struct task *t)
{
	struct line *n = CONTAINER_OF(t, struct line, task);
	struct wish *w = n->wish;

	if (n->retiring || n->endpoint + 1 >= n->pool->console.endpoints_len) {
		detach(n);
		if (w)
			w->ops->on_failed(w, n->failed);
		line_free(n);
		return;
	}
	n->endpoint++; /* the next way */
	n->failed = 0;
	line_dial(n);
}

static void on_idle_end(struct timer *t)
{
	retire(CONTAINER_OF(t, struct line, idle));
}

static void on_client_idle(struct h1_client *h, void *owner)
{
	struct line *n = owner;

	n->used = true;
	detach(n);
	if (n->apart || n->pool->stale) {
		retire(n);
		return;
	}
	timer_start(n->pool->reach->loop, &n->idle, IDLE_MS);
	list_remove(&n->link);
	list_prepend(&n->pool->lines, &n->link);
	serve(n->pool);
}

static int64_t on_client_late(struct h1_client *h, void *owner)
{
	const struct line *n = owner;

	return n->wish && n->wish->ops->on_late ? n->wish->ops->on_late(n->wish) : 0;
}

static void on_client_closed(struct h1_client *h, void *owner)
{
	struct line *n = owner;

	detach(n);
	line_free(n);
}

/* ---- what lasts ---- */

/* Nothing moves (a long poll, or nobody takes it), or its answer goes on for longer than a page's
 * does, and however long that is: a log, a recording, a picture that is sent anew and anew. */
static void on_lasting(struct timer *t)
{
	struct line *n = CONTAINER_OF(t, struct line, watch);
	uint64_t moved;

	if (!n->wish)
		return;
	moved = n->wish->ops->moved(n->wish);
	n->lasting = moved == n->moved || n->wish->ops->is_answered(n->wish);
	n->moved = moved;
	timer_start(n->pool->reach->loop, &n->watch, LASTING_MS);
	if (n->lasting)
		serve(n->pool);
}

static void watch(struct line *n)
{
	n->lasting = false;
	n->moved = n->wish->ops->moved(n->wish);
	timer_start(n->pool->reach->loop, &n->watch, LASTING_MS);
}

static bool is_idle(const struct line *n)
{
	return n->client && !n->wish && !n->retiring && h1_client_idle(n->client);
}

/* ---- dialling ---- */

static void on_open(struct conn *c, void *owner)
{
	struct line *n = owner;

	n->pool->at = n->endpoint;
	n->client = h1_client_new(c, &n->setup);
	if (n->wish) {
		watch(n);
		n->wish->ops->on_line(n->wish);
	} else {
		on_client_idle(n->client, n);
	}
}

static void on_end(struct conn *c, int why, void *owner)
{
	struct line *n = owner;

	n->failed = why < 0 ? why : ERR_UNREACHABLE;
	conn_close(c);
}

static void connect_next(struct line *n);

static void on_closed(void *owner)
{
	struct line *n = owner;

	n->conn = NULL;
	if (n->retiring)
		line_failed(n, ERR_TARGET_REFUSED);
	else
		connect_next(n);
}

static struct tls *tls_of(struct pool *p, size_t i)
{
	const struct target *t = &p->config;
	const struct endpoint *e = &p->console.endpoints[i];
	struct hash only = {};
	struct tls_target setup = { .any = e->here, .old = t->old_tls == JSON_TRUE };

	if (is_console(p))
		setup.ca_file = p->reach->options->papercut_ca_file;
	if (t->tls == TARGET_PINNED && t->certificate &&
	    hex_decode(str_of(t->certificate), only.b, sizeof(only.b)) == HASH_LEN)
		setup.only = &only;
	if (!p->tls[i] && tls_target_new(&setup, &p->tls[i], NULL) < 0)
		p->tls[i] = NULL;
	return p->tls[i];
}

static int open_conn(struct line *n, int fd)
{
	static const struct conn_ops ops = { .on_open = on_open,
					     .on_end = on_end,
					     .on_closed = on_closed };
	struct pool *p = n->pool;
	const struct endpoint *e = &p->console.endpoints[n->endpoint];
	struct conn_setup setup = {
		.tls = e->place.secure ? tls_of(p, n->endpoint) : NULL,
		.server_name = e->place.secure ? e->place.host : NULL,
		.ops = &ops,
		.owner = n,
		.handshake_ms = CONNECT_MS,
		.read_out = true,
	};

	return conn_open(p->reach->loop, fd, &setup, &n->conn);
}

/* The next address that there is; its failures come by on_closed. */
static void connect_next(struct line *n)
{
	struct reach *reach = n->pool->reach;
	const struct endpoint *e = &n->pool->console.endpoints[n->endpoint];

	while (n->address_at < n->addresses_len) {
		const struct address *a = &n->addresses[n->address_at++];
		int fd, rc;

		if (e->place.secure && !tls_of(n->pool, n->endpoint)) {
			n->failed = ERR_TLS;
			break;
		}
		rc = reach_dial(reach, a, &fd);
		if (rc == 0)
			rc = open_conn(n, fd);
		if (rc == 0) {
			n->dialled[0] = 0;
			if (!e->unix_path)
				address_text(&a->sa, n->dialled);
			return;
		}
		n->conn = NULL;
		n->failed = rc;
	}
	line_failed(n, reach_error(n->failed));
}

static void on_found(int rc, const struct address *list, size_t len, void *owner)
{
	struct line *n = owner;
	struct pool *p = n->pool;

	n->lookup = NULL;
	n->failed = rc < 0 ? ERR_TARGET_UNRESOLVED : ERR_TARGET_FORBIDDEN;
	for (size_t i = 0; i < len; i++) {
		if (reach_allows(p->reach, &p->console.endpoints[n->endpoint], is_console(p),
				 &list[i]) == 0)
			n->addresses[n->addresses_len++] = list[i];
	}
	connect_next(n);
}

static void line_dial(struct line *n)
{
	struct pool *p = n->pool;
	const struct endpoint *e = &p->console.endpoints[n->endpoint];
	char text[200];

	n->addresses_len = n->address_at = 0;
	n->failed = ERR_UNREACHABLE;
	if (!e->unix_path) {
		n->lookup = reach_look_up(p->reach, &e->place, on_found, n);
		return;
	}
	snprintf(text, sizeof(text), "unix:%s", e->unix_path);
	n->addresses_len = address_parse(text, &n->addresses[0]) == 0;
	connect_next(n);
}

static void line_new(struct pool *p, struct wish *w)
{
	struct line *n = xcalloc(1, sizeof(*n));
	int64_t idle_ms = p->reach->options->session_idle_ms;

	n->pool = p;
	n->session = w->session;
	n->wish = w;
	n->apart = w->alone;
	n->endpoint = p->at;
	n->setup = (struct h1_client_setup){
		.body_ms = idle_ms > BODY_MS ? idle_ms : BODY_MS,
		.header_fields = FIELDS_MAX,
		.collect_bytes = p->config.whole_bodies == JSON_TRUE ? COLLECT_BYTES : 0,
		.keeps_trailer = rules_keep_trailer,
		.on_late = on_client_late,
		.on_idle = on_client_idle,
		.on_closed = on_client_closed,
		.owner = n,
	};
	timer_init(&n->idle, on_idle_end);
	timer_init(&n->watch, on_lasting);
	task_init(&n->task, on_line_task);
	list_append(&p->lines, &n->link);
	w->line = n;
	w->ops->on_turn(w);
	reach_learn_hub(p->reach);
	line_dial(n);
}

/* ---- who gets which ---- */

static struct line *find_idle(struct pool *p, struct id session)
{
	LIST_EACH(l, &p->lines) {
		struct line *n = LIST_ENTRY(l, struct line, link);

		if (is_idle(n) && id_eq(n->session, session))
			return n;
	}
	return NULL;
}

/* The one that was used last may be in the midst of a login that is the connection's. */
static void retire_oldest(struct pool *p, const struct id *session)
{
	struct line *oldest = NULL;

	LIST_EACH(l, &p->lines) {
		struct line *n = LIST_ENTRY(l, struct line, link);

		if (is_idle(n) && (!session || id_eq(n->session, *session)))
			oldest = n;
	}
	if (oldest)
		retire(oldest);
}

/* How many more connections there may be, of all and of the session. */
static struct room room_left(const struct pool *p, struct id session)
{
	struct room left = is_server(p) ? room_server : room_device;
	bool has_one = false, some_idle = false;

	LIST_EACH(l, &p->lines) {
		const struct line *n = LIST_ENTRY(l, struct line, link);
		bool own = !n->apart && id_eq(n->session, session);

		left.all -= !n->apart && left.all;
		left.session -= own && left.session;
		has_one |= own;
		some_idle |= is_idle(n);
	}
	/* What nobody uses gives way first: make_room(). */
	if (!has_one && !some_idle && !left.all)
		left.all = 1;
	return left;
}

static size_t streams_left(const struct pool *p, struct id session)
{
	size_t left = LINES_STREAMS, all = LINES_STREAMS_ALL;

	LIST_EACH(l, &p->lines) {
		const struct line *n = LIST_ENTRY(l, struct line, link);

		if (!n->apart || (n->wish && n->wish->alone))
			continue;
		all -= all > 0;
		left -= left && id_eq(n->session, session);
	}
	return left < all ? left : all;
}

void pool_set_apart(struct wish *w)
{
	struct line *n = w->line;

	if (!n || n->apart || !streams_left(n->pool, n->session))
		return;
	n->apart = true;
	serve(n->pool);
}

/* False if there is nothing lasting that could make room. */
static bool set_lasting_apart(struct pool *p)
{
	LIST_EACH(l, &p->lines) {
		struct line *n = LIST_ENTRY(l, struct line, link);

		if (n->wish && n->lasting && !n->apart && !n->retiring &&
		    streams_left(p, n->session)) {
			n->apart = true;
			return true;
		}
	}
	return false;
}

static void use(struct line *n, struct wish *w)
{
	timer_stop(n->pool->reach->loop, &n->idle);
	list_remove(&n->link);
	list_append(&n->pool->lines, &n->link);
	n->wish = w;
	w->line = n;
	w->ops->on_turn(w);
	watch(n);
	w->ops->on_line(w);
}

static bool has_room(const struct pool *p, struct id session)
{
	struct room left = room_left(p, session);

	return left.all && left.session;
}

/* A new connection to a device takes the place of a kept one: one that serves one at a time would
 * not look at it while it keeps the other. */
static void give(struct pool *p, struct wish *w)
{
	struct line *idle = find_idle(p, w->session);

	if (idle && !w->fresh) {
		use(idle, w);
		return;
	}
	if (!is_server(p) || !has_room(p, w->session))
		retire_oldest(p, &w->session);
	line_new(p, w);
}

/* The first that need not wait: whose session has all that it may is passed by. */
static struct wish *next_wish(struct pool *p)
{
	LIST_EACH(l, &p->waiting) {
		struct wish *w = LIST_ENTRY(l, struct wish, waiting);

		if (find_idle(p, w->session) || has_room(p, w->session))
			return w;
	}
	return NULL;
}

/* A kept connection of another session gives way. */
static void make_room(struct pool *p, const struct wish *w)
{
	if (!room_left(p, w->session).all)
		retire_oldest(p, NULL);
}

static void serve(struct pool *p)
{
	struct wish *w;

	do {
		while ((w = next_wish(p))) {
			list_remove(&w->waiting);
			give(p, w);
		}
	} while (!list_empty(&p->waiting) && set_lasting_apart(p));
	if (!list_empty(&p->waiting))
		make_room(p, LIST_ENTRY(p->waiting.next, struct wish, waiting));
}

void wish_init(struct wish *w, struct id session, const struct wish_ops *ops)
{
	*w = (struct wish){ .ops = ops, .session = session };
	list_init(&w->waiting);
}

void pool_take(struct pool *p, struct wish *w)
{
	if (!p->console.endpoints_len)
		w->ops->on_failed(w, ERR_TARGET_UNRESOLVED);
	else if (w->alone)
		line_new(p, w);
	else {
		list_append(&p->waiting, &w->waiting);
		serve(p);
	}
}

void pool_leave(struct wish *w)
{
	struct line *n = w->line;

	list_remove(&w->waiting);
	w->line = NULL;
	if (!n)
		return;
	n->wish = NULL;
	if (n->retiring)
		return;
	if (n->client) {
		if (h1_client_idle(n->client))
			retire(n);
		return;
	}
	/* What is being dialled serves the next one, if there is one of that session. */
	LIST_EACH(l, &n->pool->waiting) {
		struct wish *next = LIST_ENTRY(l, struct wish, waiting);

		if (!n->apart && id_eq(next->session, n->session)) {
			list_remove(&next->waiting);
			n->wish = next;
			next->line = n;
			next->ops->on_turn(next);
			return;
		}
	}
	retire(n);
}

/* ---- pools ---- */

static void retire_idle(struct pool *p, const struct id *session)
{
	LIST_EACH(l, &p->lines) {
		struct line *n = LIST_ENTRY(l, struct line, link);

		if (is_idle(n) && (!session || id_eq(n->session, *session)))
			retire(n);
	}
}

static void configure(struct pool *p, const struct target *t)
{
	struct endpoint *e = &p->console.endpoints[0];

	if (!t) {
		console_find(p->reach->options, p->reach->net, p->reach->net_owner, &p->console);
		return;
	}
	p->target = t->id;
	p->config = *t;
	p->config.name = NULL;
	p->config.address = arena_strdup(&p->mem, t->address);
	p->config.certificate = arena_strdup(&p->mem, t->certificate);
	p->config.aliases.items =
		arena_dup(&p->mem, t->aliases.items, t->aliases.len * sizeof(*t->aliases.items));
	for (size_t i = 0; i < t->aliases.len; i++)
		p->config.aliases.items[i] = arena_strdup(&p->mem, t->aliases.items[i]);
	if (target_place_of(t->address, &e->place) == 0)
		p->console.endpoints_len = 1;
}

void pools_init(struct pools *all, struct reach *reach)
{
	list_init(&all->list);
	all->reach = reach;
}

static struct pool *pool_new(struct pools *all, const struct target *t)
{
	struct pool *p = xcalloc(1, sizeof(*p));

	p->reach = all->reach;
	reach_hold(p->reach);
	list_init(&p->lines);
	list_init(&p->waiting);
	list_append(&all->list, &p->link);
	configure(p, t);
	return p;
}

static struct pool *find_pool(struct pools *all, const struct target *t)
{
	LIST_EACH(l, &all->list) {
		struct pool *p = LIST_ENTRY(l, struct pool, link);

		if (p->stale || !id_eq(p->target, t ? t->id : (struct id){}))
			continue;
		if (!t || (p->config.kind == t->kind && target_is_same(&p->config, t)))
			return p;
		p->stale = true;
		retire_idle(p, NULL);
	}
	return NULL;
}

struct pool *pool_hold(struct pools *all, const struct target *t)
{
	struct pool *p = find_pool(all, t);

	if (!p)
		p = pool_new(all, t);
	p->users++;
	return p;
}

static void free_if_unused(struct pool *p)
{
	struct reach *reach = p->reach;

	if (p->users || !list_empty(&p->lines))
		return;
	for (size_t i = 0; i < ENDPOINTS_MAX; i++)
		tls_free(&p->tls[i]);
	list_remove(&p->link);
	arena_wipe(&p->mem);
	free(p);
	reach_release(reach);
}

void pool_release(struct pool *p)
{
	p->users--;
	free_if_unused(p);
}

void pools_close_session(struct pools *all, struct id session)
{
	LIST_EACH(l, &all->list)
		retire_idle(LIST_ENTRY(l, struct pool, link), &session);
}

void pools_close(struct pools *all)
{
	LIST_EACH(l, &all->list) {
		struct pool *p = LIST_ENTRY(l, struct pool, link);

		p->stale = true;
		LIST_EACH(m, &p->lines) {
			struct line *n = LIST_ENTRY(m, struct line, link);

			if (!n->retiring)
				retire(n);
		}
		free_if_unused(p);
	}
}
