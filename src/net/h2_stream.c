/* h2_stream.c - one stream: one end of one exchange; what is the same in both roles.
 *
 * Functions of the session that only note what shall be sent may be called from anywhere, its
 * callbacks included; what is noted goes out in fill (h2.c). */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/bufq.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2_int.h"

/* After an early answer: as long, and as much, as conn_finish() drops. */
#define LINGER_BYTES (4 * MIB)
/* Beyond it a stream is bulk.  A page's scripts and pictures stay below it, mostly. */
#define BULK_BYTES (64 * KIB)
/* Less than this, and than a quarter of its window, waits for an end that keeps up: it would take
 * more if more came. */
#define KEEPS_UP_BYTES (64 * KIB)
/* What a tunnel's stream may bring ahead while BUFQ_AMPLE waits, and after which time it may bring
 * more again: the peer counts SETTINGS, one a second, among them what acknowledges its own
 * (h2_flood.c), so that both ends may narrow and widen once in that time. */
#define WINDOW_NARROW (16 * KIB)
#define FIT_MS        4000
/* What is left of the room for frames may be too little to begin one. */
#define FRAME_ROOM_LEAST KIB

static enum exchange_side peer_side(const struct h2_stream *s)
{
	return s->h2->role->side == SOURCE ? TARGET : SOURCE;
}

void h2_stream_reset(struct h2_stream *s, uint32_t code)
{
	timer_stop(s->h2->loop, &s->timer);
	nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id, code);
	conn_wake(s->h2->conn);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* ---- what waits for the peer ---- */

/* Half a window may wait before nghttp2 gives its credit back: until then the peer can send. */
static bool peer_may_send(const struct h2_stream *s)
{
	const struct h2_limits *l = &s->h2->setup->limits;

	return s->owed < s->window / 2 && (l->tunnel || s->h2->owed < l->window / 2);
}

void h2_stream_watch(struct h2_stream *s)
{
	const struct h2 *h = s->h2;
	int64_t ms = 0;

	if (!s->x)
		return;
	if (h->role->side == SOURCE && !s->read && !s->asks_switch && peer_may_send(s))
		ms = h->setup->http.body_ms;
	else if (s->told && !s->sent && exchange_waiting(s->x, h->role->side))
		ms = h->setup->limits.stall_ms;
	if (ms)
		timer_start(s->h2->loop, &s->timer, ms);
	else
		timer_stop(s->h2->loop, &s->timer);
}

static void on_timer(struct timer *t)
{
	struct h2_stream *s = CONTAINER_OF(t, struct h2_stream, timer);

	s->h2->role->late(s);
}

/* ---- credit ---- */

/* The window grows if most of it was taken within two round trips by an end that keeps up: then it
 * is what holds the peer back. */
static void grow(struct h2_stream *s, size_t n)
{
	struct h2 *h = s->h2;
	const struct h2_limits *l = &h->setup->limits;
	int64_t now_ms = loop_now_ms(h->loop);
	uint32_t more = l->stream_window_most - s->window;

	if (!h->rtt_ms || l->stream_window_most <= s->window || !s->x)
		return;
	if (now_ms - s->since_ms > 2 * h->rtt_ms) {
		s->since_ms = now_ms;
		s->taken = 0;
	}
	s->taken += n;
	more = more < s->window ? more : s->window;
	if (s->taken < s->window / 3 * 2 || h->grown + more > l->window ||
	    exchange_waiting(s->x, peer_side(s)) >= least(KEEPS_UP_BYTES, s->window / 4))
		return;
	s->taken = 0;
	/* The kernel takes some MiB for an end that takes nothing. */
	if (exchange_unsent(s->x, peer_side(s)) >= KEEPS_UP_BYTES)
		return;
	h->grown += more;
	s->window += more;
	nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, s->id,
					      (int32_t)s->window);
}

/* While much of a tunnel's waits, its streams begin with little, and bring as much less who have
 * begun (RFC 9113 section 6.9.2). */
static void fit(struct h2 *h)
{
	bool narrow = h->owed >= (h->window == WINDOW_NARROW ? BUFQ_AMPLE / 2 : BUFQ_AMPLE);
	uint32_t window = narrow ? WINDOW_NARROW : h->setup->limits.stream_window;
	const nghttp2_settings_entry entry = { NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window };
	int64_t now_ms = loop_now_ms(h->loop);

	if (window == h->asked_window || h->window != h->asked_window ||
	    (!narrow && now_ms - h->fitted_ms < FIT_MS))
		return;
	h->fitted_ms = now_ms;
	h->asked_window = window;
	nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, &entry, 1);
	conn_wake(h->conn);
}

void h2_stream_fitted(struct h2 *h)
{
	uint32_t more = h->asked_window - h->window; /* modulo 2^32 */

	h->window = h->asked_window;
	LIST_EACH(l, &h->streams)
		LIST_ENTRY(l, struct h2_stream, link)->window += more;
}

void h2_stream_credit(struct h2_stream *s, size_t n)
{
	struct h2 *h = s->h2;

	s->owed -= n;
	h->owed -= n;
	if (h->setup->limits.tunnel) {
		nghttp2_session_consume_stream(h->session, s->id, n);
		grow(s, n);
		fit(h);
	} else {
		nghttp2_session_consume(h->session, s->id, n);
	}
	conn_wake(h->conn);
}

size_t h2_stream_unsent(struct exchange *x, void *end)
{
	const struct h2_stream *s = end;

	return conn_unsent(s->h2->conn);
}

void h2_stream_drop_exchange(struct h2_stream *s, int why)
{
	struct exchange *x = s->x;

	s->x = NULL;
	if (x)
		exchange_abort(x, s->h2->role->side, why);
	h2_stream_credit(s, s->owed);
}

void h2_stream_give_up(struct h2_stream *s, int why)
{
	h2_stream_drop_exchange(s, why);
	h2_stream_reset(s, NGHTTP2_CANCEL);
}

/* ---- our message ---- */

static void count_sent(struct h2_stream *s, size_t n)
{
	s->sent_bytes += n;
	if (s->sent_bytes <= BULK_BYTES || s->bulk || !s->h2->setup->limits.tunnel)
		return;
	s->bulk = s->bulk_due = s->h2->bulk_due = true;
}

void h2_stream_lighten(struct h2 *h)
{
	const nghttp2_priority_spec least = { .weight = NGHTTP2_MIN_WEIGHT };

	if (!h->bulk_due)
		return;
	h->bulk_due = false;
	LIST_EACH(l, &h->streams) {
		struct h2_stream *s = LIST_ENTRY(l, struct h2_stream, link);

		if (s->bulk_due)
			nghttp2_session_change_stream_priority(h->session, s->id, &least);
		s->bulk_due = false;
	}
}

static void submit_trailers(struct h2_stream *s)
{
	nghttp2_nv nv[EXCHANGE_HEADERS_MAX];
	const struct http_header *f;
	size_t n = 0;

	for (; (f = exchange_trailer(s->x, n)); n++)
		nv[n] = h2_field(f->name, f->value);
	nghttp2_submit_trailer(s->h2->session, s->id, nv, n);
}

/* The end of the body, and with it of the message unless fields follow. */
static void end_body(struct h2_stream *s, uint32_t *flags)
{
	*flags |= NGHTTP2_DATA_FLAG_EOF;
	if (s->h2->role->side == TARGET || !exchange_trailer(s->x, 0))
		return;
	*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
	submit_trailers(s);
}

/* How much of the body the next frame has; h2_stream_send() puts it there, right after. */
static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t most,
			 uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct h2_stream *s = source->ptr;
	struct h2 *h = s->h2;
	enum exchange_side side = h->role->side;
	bool counted = s->body_left >= 0;
	size_t n;

	if (!s->x)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (h->out_room < FRAME_ROOM_LEAST)
		return NGHTTP2_ERR_PAUSE;
	most = least(most, h->out_room - FRAME_HEAD_BYTES);
	if (counted)
		most = least(most, (size_t)s->body_left);
	n = least(most, exchange_ready(s->x, side));
	if (counted)
		s->body_left -= (int64_t)n;
	if (counted ? s->body_left == 0 : exchange_ends_after(s->x, side, n))
		end_body(s, flags);
	else if (exchange_ends_after(s->x, side, n)) /* before its Content-Length */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	else if (!n)
		return NGHTTP2_ERR_DEFERRED;
	*flags |= NGHTTP2_DATA_FLAG_NO_COPY;
	return (ssize_t)n;
}

/* ret: room for len octets. */
void h2_stream_send(struct h2_stream *s, uint8_t *ret, size_t len)
{
	size_t n = exchange_take(s->x, s->h2->role->side, ret, len);

	assert(n == len);
	count_sent(s, n);
	h2_stream_watch(s);
}

nghttp2_data_provider h2_stream_body(struct h2_stream *s)
{
	return (nghttp2_data_provider){ .source.ptr = s, .read_callback = read_body };
}

void h2_stream_kick(struct h2_stream *s)
{
	if (!s->told)
		return;
	nghttp2_session_resume_data(s->h2->session, s->id);
	if (!timer_running(&s->timer))
		h2_stream_watch(s);
	conn_wake(s->h2->conn);
}

nghttp2_nv h2_field(struct str name, struct str value)
{
	static const char *const secret[] = { "authorization", "cookie", "proxy-authorization",
					      "set-cookie" };
	uint8_t flags = NGHTTP2_NV_FLAG_NONE;

	for (size_t i = 0; i < ARRAY_LEN(secret); i++) {
		if (str_is(name, secret[i]))
			flags = NGHTTP2_NV_FLAG_NO_INDEX;
	}
	return (nghttp2_nv){
		.name = (uint8_t *)name.p,
		.namelen = name.len,
		.value = (uint8_t *)value.p,
		.valuelen = value.len,
		.flags = flags,
	};
}

/* ---- the peer's message ---- */

/* Of one that takes nothing its windows let as much come as its streams are many, and the peer need
 * not heed what narrows them: where memory is short who does not keep up has to go. */
static bool holds_too_much(const struct h2_stream *s)
{
	size_t limit = s->h2->setup->limits.buffered_bytes, all = bufq_all_memory(), waits;

	if (!limit || all <= limit / 4 * 3 || s->h2->owed <= BUFQ_AMPLE)
		return false;
	waits = exchange_waiting(s->x, peer_side(s));
	return waits > KEEPS_UP_BYTES || (all > limit && waits);
}

void h2_stream_data(struct h2_stream *s, const uint8_t *data, size_t len)
{
	struct h2 *h = s->h2;

	s->owed += len;
	h->owed += len;
	if (h->setup->limits.tunnel) {
		nghttp2_session_consume_connection(h->session, len);
		fit(h);
	}
	if (s->x && holds_too_much(s))
		h2_stream_give_up(s, ERR_BUSY);
	if (s->x && !exchange_has_left(s->x, peer_side(s))) {
		exchange_put(s->x, h->role->side, data, len);
		h2_stream_watch(s);
		return;
	}
	/* Nobody wants it: the answer goes out, or has gone. */
	h2_stream_credit(s, s->owed);
	s->discarded += len;
	if (s->discarded > LINGER_BYTES && s->sent)
		h2_stream_reset(s, NGHTTP2_NO_ERROR);
}

void h2_stream_read(struct h2_stream *s)
{
	s->read = true;
	if (!s->x)
		return;
	exchange_put_end(s->x, s->h2->role->side);
	h2_stream_watch(s);
	if (s->h2->role->read)
		s->h2->role->read(s);
}

/* ---- its life ---- */

struct h2_stream *h2_stream_new(struct h2 *h, int32_t id)
{
	struct h2_stream *s = xcalloc(1, sizeof(*s));

	s->h2 = h;
	s->id = id;
	s->window = h->window;
	timer_init(&s->timer, on_timer);
	list_append(&h->streams, &s->link);
	h->streams_len++;
	return s;
}

void h2_stream_free(struct h2_stream *s, int why)
{
	struct h2 *h = s->h2;
	struct exchange *x = s->x;

	timer_stop(h->loop, &s->timer);
	s->x = NULL;
	if (x && (h->role->side == SOURCE ? s->sent && exchange_ended(x, SOURCE) : s->read))
		exchange_leave(x, h->role->side);
	else if (x)
		exchange_abort(x, h->role->side, why);
	/* The stream's own window is gone; the connection's is not. */
	if (s->owed && !h->setup->limits.tunnel)
		nghttp2_session_consume_connection(h->session, s->owed);
	h->owed -= s->owed;
	h->grown -= s->window - h->window;
	h->streams_len--;
	list_remove(&s->link);
	free(s);
}

void h2_stream_closed(struct h2_stream *s, int why)
{
	/* What waits of a whole answer still counts as this connection's. */
	if (s->x && s->read && s->owed && s->h2->role->side == TARGET) {
		s->over = true;
		timer_stop(s->h2->loop, &s->timer);
		return;
	}
	h2_stream_free(s, why);
}
