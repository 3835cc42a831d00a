/* exchange.c - the joint between two ends: queues, credit, and who has left. */
#include "net/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/exchange_int.h"

#define OTHER(side) ((side) == SOURCE ? TARGET : SOURCE)

struct exchange *exchange_new(struct loop *l, const struct exchange_from *from,
			      const struct end_ops *source, void *end)
{
	size_t peer_len = strlen(from->peer);
	struct exchange *x = xcalloc(1, sizeof(*x) + peer_len + 1);

	x->loop = l;
	x->answer_bytes = -1;
	x->secure = from->secure;
	memcpy(x->peer, from->peer, peer_len);
	x->ends[SOURCE].ops = source;
	x->ends[SOURCE].arg = end;
	exchange_handler_init(x);
	return x;
}

static void on_reap(struct task *t)
{
	struct exchange *x = CONTAINER_OF(t, struct exchange, task);

	exchange_handler_done(x);
	bufq_done(x->loop, &x->ends[SOURCE].in);
	bufq_done(x->loop, &x->ends[TARGET].in);
	arena_wipe(&x->arena);
	free(x);
}

static void leave(struct exchange *x, enum exchange_side side)
{
	struct end *e = &x->ends[side];

	e->left = true;
	bufq_done(x->loop, &e->in); /* nobody takes it any more */
	if (side == SOURCE)
		x->fixed = (struct str){ 0 };
	if (x->ends[OTHER(side)].left && !x->dying) {
		x->dying = true;
		loop_reap(x->loop, &x->task, on_reap);
	}
}

struct arena *exchange_arena(struct exchange *x)
{
	return &x->arena;
}

void exchange_set_request(struct exchange *x, const struct http_request *req)
{
	x->request = req;
}

void exchange_attach(struct exchange *x, const struct end_ops *target, void *end)
{
	struct end *e = &x->ends[TARGET];

	assert(!e->left && e->ops == &exchange_handler_ops && !x->status);
	e->ops = target;
	e->arg = end;
	target->start(x, end);
	if (!e->left && (e->in.len || x->ends[SOURCE].put_ended))
		target->kick(x, end);
}

void exchange_put(struct exchange *x, enum exchange_side from, const void *data, size_t len)
{
	struct end *to = &x->ends[OTHER(from)];

	assert(!x->ends[from].put_ended);
	if (to->left || !len)
		return;
	bufq_put(x->loop, &to->in, data, len);
	to->ops->kick(x, to->arg);
}

void exchange_put_end(struct exchange *x, enum exchange_side from)
{
	struct end *to = &x->ends[OTHER(from)];

	if (x->ends[from].put_ended)
		return;
	x->ends[from].put_ended = true;
	if (!to->left)
		to->ops->kick(x, to->arg);
}

size_t exchange_waiting(const struct exchange *x, enum exchange_side to)
{
	return x->ends[to].in.len + (to == SOURCE ? x->fixed.len : 0);
}

size_t exchange_take(struct exchange *x, enum exchange_side to, void *out, size_t room)
{
	struct end *other = &x->ends[OTHER(to)];
	size_t n = bufq_take(x->loop, &x->ends[to].in, out, room);

	if (n && !other->left)
		other->ops->consumed(x, n, other->arg);
	if (to == SOURCE && n < room && x->fixed.len) {
		size_t more = x->fixed.len < room - n ? x->fixed.len : room - n;

		memcpy((uint8_t *)out + n, x->fixed.p, more);
		x->fixed.p += more;
		x->fixed.len -= more;
		n += more;
	}
	return n;
}

bool exchange_ended(const struct exchange *x, enum exchange_side to)
{
	return x->ends[OTHER(to)].put_ended && !exchange_waiting(x, to);
}

void exchange_want(struct exchange *x, enum exchange_side to)
{
	struct end *other = &x->ends[OTHER(to)];

	if (!other->left)
		other->ops->consumed(x, 0, other->arg);
}

bool exchange_has_left(const struct exchange *x, enum exchange_side side)
{
	return x->ends[side].left;
}

void exchange_leave(struct exchange *x, enum exchange_side side)
{
	if (x->ends[side].left)
		return;
	/* An end that leaves in the middle of its message has given up. */
	if (!x->ends[side].put_ended) {
		exchange_abort(x, side, ERR_UPSTREAM);
		return;
	}
	leave(x, side);
}

void exchange_abort(struct exchange *x, enum exchange_side side, int why)
{
	struct end *other = &x->ends[OTHER(side)];
	bool tell = !other->left;

	if (x->ends[side].left)
		return;
	/* Both are out before anybody is told: the dying exchange lives until the end of the turn.
	 */
	if (tell)
		leave(x, OTHER(side));
	leave(x, side);
	if (tell)
		other->ops->abort(x, why, other->arg);
}

int64_t exchange_next_within_ms(const struct exchange *x)
{
	return x->next_within_ms;
}

int exchange_status(const struct exchange *x)
{
	return x->status;
}

int64_t exchange_answer_bytes(const struct exchange *x)
{
	return x->answer_bytes;
}

static const struct http_header *nth(const struct fields *f, size_t n)
{
	return n < f->len ? &f->list[n] : NULL;
}

const struct http_header *exchange_answer_header(const struct exchange *x, size_t n)
{
	return nth(&x->answer_headers, n);
}

const struct http_header *exchange_trailer(const struct exchange *x, size_t n)
{
	return nth(&x->trailers, n);
}

const struct http_header *http_find(const struct http_header *headers, size_t len, struct str name)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq(headers[i].name, name))
			return &headers[i];
	}
	return NULL;
}

bool exchange_answers_with(const struct exchange *x, const char *name)
{
	return http_find(x->answer_headers.list, x->answer_headers.len, str_of(name));
}

/* Octets that could end a field or upset a reader (RFC 9110 section 5.5). */
static struct str safe_value(struct exchange *x, struct str value)
{
	char *copy = arena_strndup(&x->arena, value.p, value.len);

	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)copy[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			copy[i] = '?';
	}
	return (struct str){ copy, value.len };
}

static void add_field(struct exchange *x, struct fields *f, struct str name, struct str value)
{
	assert(f->len < EXCHANGE_HEADERS_MAX);
	if (f->len == f->cap) {
		uint16_t cap = (uint16_t)(f->cap ? f->cap * 2 : 8);
		struct http_header *more = ARENA_ARRAY(&x->arena, struct http_header, cap);

		if (f->len)
			memcpy(more, f->list, f->len * sizeof(*more));
		f->list = more;
		f->cap = cap;
	}
	f->list[f->len++] =
		(struct http_header){ .name = safe_value(x, name), .value = safe_value(x, value) };
}

void exchange_add_header(struct exchange *x, const char *name, const char *value)
{
	assert(!x->status);
	add_field(x, &x->answer_headers, str_of(name), str_of(value));
}

void exchange_add_trailer(struct exchange *x, struct str name, struct str value)
{
	assert(!x->ends[TARGET].put_ended);
	add_field(x, &x->trailers, name, value);
}

void exchange_inform(struct exchange *x, int status)
{
	struct end *source = &x->ends[SOURCE];

	assert(!x->status && status > 101 && status <= 199);
	x->status = (uint16_t)status;
	if (!source->left)
		source->ops->headers(x, source->arg);
	x->status = 0;
	x->answer_headers.len = 0;
}

void exchange_answer(struct exchange *x, int status, int64_t body_bytes)
{
	struct end *source = &x->ends[SOURCE];

	assert(!x->status && status >= 200 && status <= 599);
	x->status = (uint16_t)status;
	x->answer_bytes = body_bytes;
	if (!source->left)
		source->ops->headers(x, source->arg);
}

const struct http_request *exchange_request(const struct exchange *x)
{
	return x->request;
}

struct str exchange_header(const struct exchange *x, const char *name)
{
	const struct http_request *r = x->request;
	const struct http_header *h =
		r ? http_find(r->headers, r->headers_len, str_of(name)) : NULL;

	return h ? h->value : (struct str){};
}

const char *exchange_peer(const struct exchange *x)
{
	return x->peer;
}

bool exchange_secure(const struct exchange *x)
{
	return x->secure;
}

struct loop *exchange_loop(const struct exchange *x)
{
	return x->loop;
}
