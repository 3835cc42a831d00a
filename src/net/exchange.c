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

	exchange_filter_done(x);
	exchange_handler_done(x);
	bufq_done(x->loop, &x->ends[SOURCE].in);
	bufq_done(x->loop, &x->ends[TARGET].in);
	arena_wipe(&x->arena);
	free(x);
}

void exchange_end_left(struct exchange *x, enum exchange_side side)
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
	if (!e->left && !x->muted && (e->in.len || x->ends[SOURCE].put_ended))
		target->kick(x, end);
}

static bool is_muted(const struct exchange *x, enum exchange_side side)
{
	return side == TARGET && x->muted;
}

void exchange_put(struct exchange *x, enum exchange_side from, const void *data, size_t len)
{
	struct end *to = &x->ends[OTHER(from)];

	if (is_muted(x, from))
		return;
	assert(!x->ends[from].put_ended);
	if (to->left || !len)
		return;
	x->ends[from].put_bytes += len;
	bufq_put(x->loop, &to->in, data, len);
	to->ops->kick(x, to->arg);
}

void exchange_put_end(struct exchange *x, enum exchange_side from)
{
	struct end *to = &x->ends[OTHER(from)];

	if (x->ends[from].put_ended || is_muted(x, from))
		return;
	x->ends[from].put_ended = true;
	if (!to->left)
		to->ops->kick(x, to->arg);
}

size_t exchange_waiting(const struct exchange *x, enum exchange_side to)
{
	return x->ends[to].in.len + (to == SOURCE ? x->fixed.len : 0);
}

size_t exchange_memory(const struct exchange *x)
{
	return bufq_memory(&x->ends[SOURCE].in) + bufq_memory(&x->ends[TARGET].in);
}

size_t exchange_take(struct exchange *x, enum exchange_side to, void *out, size_t room)
{
	struct end *other = &x->ends[OTHER(to)];
	size_t n = is_muted(x, to) ? 0 : bufq_take(x->loop, &x->ends[to].in, out, room);

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

size_t exchange_ready(const struct exchange *x, enum exchange_side to)
{
	return is_muted(x, to) ? 0 : exchange_waiting(x, to);
}

bool exchange_ends_after(const struct exchange *x, enum exchange_side to, size_t n)
{
	return x->ends[OTHER(to)].put_ended && exchange_waiting(x, to) == n;
}

bool exchange_ended(const struct exchange *x, enum exchange_side to)
{
	return exchange_ends_after(x, to, 0);
}

size_t exchange_unsent(struct exchange *x, enum exchange_side to)
{
	const struct end *end = &x->ends[to];

	return end->left || !end->ops || !end->ops->unsent ? 0 : end->ops->unsent(x, end->arg);
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
	exchange_end_left(x, side);
}

void exchange_abort(struct exchange *x, enum exchange_side side, int why)
{
	struct end *other = &x->ends[OTHER(side)];
	bool tell = !other->left;

	if (x->ends[side].left || (side == TARGET && exchange_filter_left(x, why)))
		return;
	/* Both are out before anybody is told: the dying exchange lives until the end of the turn.
	 */
	if (tell)
		exchange_end_left(x, OTHER(side));
	exchange_end_left(x, side);
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

const struct http_header *exchange_answer_headers(const struct exchange *x, size_t *ret_len)
{
	*ret_len = x->answer_headers.len;
	return x->answer_headers.list;
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

/* An octet that could end a field or upset a reader (RFC 9110 section 5.5). */
static bool is_unsafe(char octet)
{
	unsigned char c = (unsigned char)octet;

	return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* A copy. */
static struct str safe(struct exchange *x, struct str text)
{
	char *copy = arena_strndup(&x->arena, text.p, text.len);

	for (size_t i = str_plain_len(text); i < text.len; i++)
		copy[i] = is_unsafe(copy[i]) ? '?' : copy[i];
	return (struct str){ copy, text.len };
}

/* Name and value live as long as x, and are safe. */
static void put_field(struct exchange *x, struct fields *f, struct str name, struct str value)
{
	assert(f->len < EXCHANGE_HEADERS_MAX + EXCHANGE_HEADERS_OWN);
	if (f->len == f->cap) {
		uint16_t cap = (uint16_t)(f->cap ? f->cap * 2 : 16);
		struct http_header *more = ARENA_ARRAY(&x->arena, struct http_header, cap);

		if (f->len)
			memcpy(more, f->list, f->len * sizeof(*more));
		f->list = more;
		f->cap = cap;
	}
	f->list[f->len++] = (struct http_header){ name, value };
}

static void add_field(struct exchange *x, struct fields *f, struct str name, struct str value)
{
	put_field(x, f, safe(x, name), safe(x, value));
}

void exchange_add_header(struct exchange *x, const char *name, const char *value)
{
	if (x->muted)
		return;
	assert(!x->status || x->filter);
	add_field(x, &x->answer_headers, str_of(name), str_of(value));
}

void exchange_take_headers(struct exchange *x, struct http_header *headers, uint16_t len,
			   struct arena *mem)
{
	if (x->muted)
		return;
	assert(!x->status && !x->answer_headers.len && len <= EXCHANGE_HEADERS_MAX);
	arena_join(&x->arena, mem);
	x->answer_headers = (struct fields){ headers, len, len };
}

void exchange_add_trailer(struct exchange *x, struct str name, struct str value)
{
	if (x->muted)
		return;
	assert(!x->ends[TARGET].put_ended);
	add_field(x, &x->trailers, name, value);
}

static void show_head(struct exchange *x, int status)
{
	struct end *source = &x->ends[SOURCE];

	if (x->muted)
		return;
	assert(!x->status);
	x->status = (uint16_t)status;
	if (exchange_filter_passes(x) && !source->left)
		source->ops->headers(x, source->arg);
}

void exchange_inform(struct exchange *x, int status)
{
	assert(status > 101 && status <= 199);
	show_head(x, status);
	x->status = 0;
	x->answer_headers.len = 0;
}

void exchange_answer(struct exchange *x, int status, int64_t body_bytes)
{
	assert(status >= 200 && status <= HTTP_STATUS_MAX);
	x->answer_bytes = body_bytes;
	show_head(x, status);
}

void exchange_switch(struct exchange *x)
{
	assert(x->muted || (x->request && x->request->upgrade.p));
	x->switched = !x->muted;
	show_head(x, 101);
}

bool exchange_switched(const struct exchange *x)
{
	return x->switched;
}

uint64_t exchange_put_bytes(const struct exchange *x, enum exchange_side from)
{
	return x->ends[from].put_bytes;
}

void exchange_set_headers(struct exchange *x, struct http_header *headers, size_t len)
{
	assert(len <= EXCHANGE_HEADERS_MAX + EXCHANGE_HEADERS_OWN);
	x->answer_headers = (struct fields){ headers, (uint16_t)len, (uint16_t)len };
}

void exchange_break(struct exchange *x, int why)
{
	bool tell[2] = { !x->ends[SOURCE].left, !x->ends[TARGET].left };

	for (enum exchange_side side = SOURCE; side <= TARGET; side++) {
		if (tell[side])
			exchange_end_left(x, side);
	}
	for (enum exchange_side side = SOURCE; side <= TARGET; side++) {
		if (tell[side])
			x->ends[side].ops->abort(x, why, x->ends[side].arg);
	}
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
