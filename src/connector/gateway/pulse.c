/* pulse.c - see pulse.h.
 *
 * That a connection opens says nothing: the kernel of a program that is stopped takes it, too. */
#include "connector/gateway/pulse.h"
#include "base/err.h"
#include "connector/gateway/header_rules.h"
#include "connector/gateway/pool.h"
#include "connector/gateway/reach.h"
#include "net/exchange.h"

#include <stdlib.h>

/* What the gateway has left then of the 15 s after which a page has to say what is wrong. */
#define PULSE_MS 5000

struct pulse {
	struct link link;
	struct pool *pool;
	struct wish wish;
	struct exchange *x; /* NULL: not asked yet, or over */
	struct task task;   /* it is over */
	struct timer timer;
};

static struct pulse *pulse_of(struct wish *w)
{
	return CONTAINER_OF(w, struct pulse, wish);
}

static void end(struct pulse *k)
{
	struct loop *l = k->pool->reach->loop;

	timer_stop(l, &k->timer);
	task_cancel(&k->task);
	list_remove(&k->link);
	if (k->x)
		exchange_abort(k->x, SOURCE, ERR_CANCELLED);
	pool_leave(&k->wish);
	pool_release(k->pool);
	free(k);
}

static void on_task(struct task *t)
{
	end(CONTAINER_OF(t, struct pulse, task));
}

static void on_timer(struct timer *t)
{
	end(CONTAINER_OF(t, struct pulse, timer));
}

/* Not from inside the other end's call. */
static void end_soon(struct pulse *k, bool lives)
{
	if (lives)
		k->pool->heard_ms = loop_now_ms(k->pool->reach->loop);
	loop_later(k->pool->reach->loop, &k->task);
}

/* ---- the request's source ---- */

static void on_headers(struct exchange *x, void *arg)
{
	end_soon(arg, true);
}

static void on_kick(struct exchange *x, void *arg)
{
}

static void on_consumed(struct exchange *x, size_t n, void *arg)
{
}

/* To hang up, or to say what is no answer, takes somebody who lives. */
static void on_abort(struct exchange *x, int why, void *arg)
{
	struct pulse *k = arg;

	k->x = NULL;
	end_soon(k, why == ERR_UPSTREAM || why == ERR_UNREACHABLE);
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

/* ---- the connection ---- */

static void on_turn(struct wish *w)
{
}

static void on_line(struct wish *w)
{
	static const struct exchange_from from = { .peer = "" };
	static const struct http_request bare = {
		.method = METHOD_HEAD,
		.method_text = { "HEAD", 4 },
		.path = { "/", 1 },
	};
	struct pulse *k = pulse_of(w);
	const struct endpoint *e = &k->pool->console.endpoints[w->line->endpoint];
	const struct rules_between between = { .place = e->place,
					       .console = k->pool->console.kind };
	struct http_request *req;

	if (e->place.secure) {
		end_soon(k, true);
		return;
	}
	k->x = exchange_new(k->pool->reach->loop, &from, &source_ops, k);
	req = ARENA_NEW(exchange_arena(k->x), struct http_request);
	*req = bare;
	rules_request(&between, &bare, exchange_arena(k->x), req);
	exchange_set_request(k->x, req);
	exchange_put_end(k->x, SOURCE);
	h1_client_ask(w->line->client, k->x, PULSE_MS);
}

static void on_failed(struct wish *w, int rc)
{
	end_soon(pulse_of(w), false);
}

static uint64_t moved(const struct wish *w)
{
	return 0;
}

static const struct wish_ops wish_ops = {
	.on_turn = on_turn,
	.on_line = on_line,
	.on_failed = on_failed,
	.moved = moved,
};

/* ---- all of them ---- */

void pulse_feel(struct link *pulses, struct pool *p, struct id session)
{
	struct pulse *k;

	/* The customer has said otherwise where it is: nothing new goes to the old place. */
	if (p->stale)
		return;
	LIST_EACH(l, pulses) {
		k = LIST_ENTRY(l, struct pulse, link);
		if (k->pool == p) {
			k->wish.session = session;
			return;
		}
	}
	k = xcalloc(1, sizeof(*k));
	k->pool = p;
	p->users++;
	wish_init(&k->wish, session, &wish_ops);
	k->wish.alone = true;
	task_init(&k->task, on_task);
	timer_init(&k->timer, on_timer);
	timer_start(p->reach->loop, &k->timer, PULSE_MS);
	list_append(pulses, &k->link);
	pool_take(p, &k->wish);
}

void pulses_end(struct link *pulses, const struct id *session)
{
	LIST_EACH(l, pulses) {
		struct pulse *k = LIST_ENTRY(l, struct pulse, link);

		if (!session || id_eq(k->wish.session, *session))
			end(k);
	}
}
