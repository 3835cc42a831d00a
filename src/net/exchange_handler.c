/* exchange_handler.c - the built-in target: what lets a handler answer without writing an end.
 *
 * What a handler is told runs from the exchange's task (loop.h), so never from inside one of its
 * own calls; only on_gone comes straight from the source, which a handler never calls. */
#include "net/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/exchange_int.h"
#include "net/message.h"

struct collect {
	void (*on_body)(struct exchange *x, int rc, struct str body, void *owner);
	void *owner;
	struct buf body;
	bool told;
};

struct stream {
	void (*on_room)(struct exchange *x, void *owner);
	void *owner;
	size_t max_bytes;
	bool was_high; /* on_room is owed */
	bool cut;      /* the client was too slow: on_gone is owed */
};

struct taking {
	exchange_taken_fn *taken;
	void *owner;
};

/* ---- the end ---- */

static void on_start(struct exchange *x, void *end)
{
	/* The server called its on_request in our place. */
}

static void on_kick(struct exchange *x, void *end)
{
	if (x->collect && !x->collect->told)
		loop_later(x->loop, &x->task);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct stream *s = x->stream;

	if (s && s->was_high && exchange_waiting(x, SOURCE) < EXCHANGE_LOW)
		loop_later(x->loop, &x->task);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	void (*on_gone)(struct exchange * x, int why, void *owner) = x->on_gone;

	x->on_gone = NULL;
	if (on_gone)
		on_gone(x, why, x->owner);
}

const struct end_ops exchange_handler_ops = {
	.start = on_start,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

/* ---- what the task tells ---- */

static void tell_body(struct exchange *x, int rc)
{
	struct collect *c = x->collect;

	c->told = true;
	if (rc < 0)
		buf_wipe(&c->body);
	c->on_body(x, rc, rc < 0 ? (struct str){ 0 } : buf_str(&c->body), c->owner);
}

static void collect_more(struct exchange *x)
{
	struct collect *c = x->collect;
	size_t waiting;

	while ((waiting = exchange_waiting(x, TARGET))) {
		size_t n = waiting < BUFQ_CHUNK ? waiting : BUFQ_CHUNK;
		uint8_t *to = buf_reserve(&c->body, n);

		if (!to) {
			tell_body(x, ERR_TOO_LARGE);
			return;
		}
		exchange_take(x, TARGET, to, n);
	}
	/* Who asks to switch has no body; the stream ends when it is known what becomes of that. */
	if (x->ends[SOURCE].put_ended || (x->request && x->request->upgrade.p))
		tell_body(x, 0);
}

static void on_task(struct task *t)
{
	struct exchange *x = CONTAINER_OF(t, struct exchange, task);
	struct stream *s = x->stream;

	if (x->ends[TARGET].left)
		return;
	if (x->collect && !x->collect->told) {
		if (x->request && x->request->body_bytes > (int64_t)x->collect->body.max)
			tell_body(x, ERR_TOO_LARGE);
		else
			collect_more(x);
		return;
	}
	if (s && s->cut) {
		exchange_abort(x, TARGET, ERR_TOO_LARGE);
		on_abort(x, ERR_TOO_LARGE, NULL);
		return;
	}
	if (s && s->was_high && exchange_waiting(x, SOURCE) < EXCHANGE_LOW) {
		s->was_high = false;
		s->on_room(x, s->owner);
	}
}

void exchange_handler_init(struct exchange *x)
{
	x->ends[TARGET].ops = &exchange_handler_ops;
	task_init(&x->task, on_task);
}

static void free_collect(struct exchange *x)
{
	if (!x->collect)
		return;
	buf_wipe(&x->collect->body);
	free(x->collect);
	x->collect = NULL;
}

void exchange_handler_done(struct exchange *x)
{
	free_collect(x);
	free(x->stream);
	x->stream = NULL;
	free(x->taking);
	x->taking = NULL;
}

/* ---- the handler's calls ---- */

void exchange_on_gone(struct exchange *x, void (*on_gone)(struct exchange *x, int why, void *owner),
		      void *owner)
{
	x->on_gone = on_gone;
	x->owner = owner;
}

void exchange_read_body(struct exchange *x, size_t max_bytes,
			void (*on_body)(struct exchange *x, int rc, struct str body, void *owner),
			void *owner)
{
	assert(!x->collect && !x->ends[TARGET].left);
	x->collect = xcalloc(1, sizeof(*x->collect));
	x->collect->body = buf_new(max_bytes);
	x->collect->on_body = on_body;
	x->collect->owner = owner;
	loop_later(x->loop, &x->task);
	if (!x->request || x->request->body_bytes <= (int64_t)max_bytes)
		exchange_want(x, TARGET);
}

void exchange_park(struct exchange *x)
{
	if (x->collect && x->collect->told)
		free_collect(x);
	x->request = NULL;
	x->answer_headers = x->trailers = (struct fields){ 0 };
	arena_wipe(&x->arena);
}

void exchange_owes_next(struct exchange *x, int64_t ms)
{
	x->next_within_ms = ms;
}

static void answer(struct exchange *x, int status, const char *type, int64_t body_bytes)
{
	assert(!x->ends[TARGET].left && x->ends[TARGET].ops == &exchange_handler_ops);
	if (type)
		exchange_add_header(x, "content-type", type);
	exchange_answer(x, status, body_bytes);
}

/* An answer may wait long for its reader; a request's head is larger than most of them. */
static void finish(struct exchange *x)
{
	x->on_gone = NULL;
	exchange_put_end(x, TARGET);
	if (!x->filter && !x->trailers.len)
		exchange_park(x);
	exchange_leave(x, TARGET);
}

void exchange_respond(struct exchange *x, int status, const char *type, struct str body)
{
	answer(x, status, type, (int64_t)body.len);
	exchange_put(x, TARGET, body.p, body.len);
	finish(x);
}

void exchange_respond_static(struct exchange *x, int status, const char *type, struct str body)
{
	answer(x, status, type, (int64_t)body.len);
	if (!x->ends[SOURCE].left)
		x->fixed = body;
	finish(x);
}

void exchange_respond_error(struct exchange *x, int rc)
{
	char body[HTTP_PROBLEM_SIZE];
	size_t len = http_problem(body, err_status(rc), rc);

	if (rc == ERR_COOKIES_TOO_LARGE) {
		exchange_add_header(x, "clear-site-data", HTTP_CLEAR_COOKIES);
		exchange_add_header(x, "content-security-policy", HTTP_CLEAR_POLICY);
	}
	exchange_respond(x, err_status(rc), http_problem_type(rc), (struct str){ body, len });
}

void exchange_stream(struct exchange *x, int status, const char *type, size_t max_bytes,
		     void (*on_room)(struct exchange *x, void *owner), void *owner)
{
	assert(!x->stream);
	x->stream = xcalloc(1, sizeof(*x->stream));
	x->stream->max_bytes = max_bytes;
	x->stream->on_room = on_room;
	x->stream->owner = owner;
	answer(x, status, type, -1);
}

void exchange_stream_put(struct exchange *x, struct str data)
{
	struct stream *s = x->stream;
	size_t waiting;

	if (s->cut || x->ends[TARGET].left)
		return;
	exchange_put(x, TARGET, data.p, data.len);
	waiting = exchange_waiting(x, SOURCE);
	if (s->on_room && waiting >= EXCHANGE_LOW)
		s->was_high = true;
	if (s->max_bytes && waiting > s->max_bytes) {
		s->cut = true;
		loop_later(x->loop, &x->task);
	}
}

size_t exchange_stream_waiting(const struct exchange *x)
{
	return exchange_waiting(x, SOURCE);
}

void exchange_stream_end(struct exchange *x)
{
	if (x->stream->cut) {
		exchange_cut(x);
		return;
	}
	finish(x);
}

void exchange_cut(struct exchange *x)
{
	x->on_gone = NULL;
	exchange_abort(x, TARGET, ERR_CANCELLED);
}

int exchange_take_conn(struct exchange *x, exchange_taken_fn *taken, void *owner)
{
	struct end *source = &x->ends[SOURCE];

	assert(!x->taking && !x->ends[TARGET].left);
	if (source->left || !source->ops->give_conn || !x->request || !x->request->upgrade.p)
		return ERR_INVALID;
	x->taking = xcalloc(1, sizeof(*x->taking));
	*x->taking = (struct taking){ taken, owner };
	exchange_switch(x);
	source->ops->give_conn(x, source->arg);
	return 0;
}

exchange_taken_fn *exchange_taken(const struct exchange *x, void **ret_owner)
{
	*ret_owner = x->taking->owner;
	return x->taking->taken;
}
