/* h2_stream.c - one stream: the SOURCE end of one exchange.
 *
 * Functions of the session that only note what shall be sent may be called from anywhere, its
 * callbacks included; what is noted goes out in fill (h2.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2_int.h"

/* After an early answer: as long, and as much, as conn_finish() drops. */
#define LINGER_MS    5000
#define LINGER_BYTES (4 * MIB)

static const struct end_ops source_ops;

static void reset(struct h2_stream *s, uint32_t code)
{
	timer_stop(s->h2->loop, &s->timer);
	nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id, code);
	conn_wake(s->h2->conn);
}

/* ---- what waits for the peer ---- */

/* Half a window may wait before nghttp2 gives its credit back: until then the peer can send. */
static bool peer_may_send(const struct h2_stream *s)
{
	const struct h2_limits *l = &s->h2->setup->limits;

	return s->owed < l->stream_window / 2 && s->h2->owed < l->window / 2;
}

/* The peer has moved, or it is its turn to. */
static void watch_progress(struct h2_stream *s)
{
	const struct h2_setup *setup = s->h2->setup;
	int64_t ms = 0;

	if (!s->x)
		return;
	if (!s->read && peer_may_send(s))
		ms = setup->http.body_ms;
	else if (s->answered && exchange_waiting(s->x, SOURCE))
		ms = setup->limits.stall_ms;
	if (ms)
		timer_start(s->h2->loop, &s->timer, ms);
	else
		timer_stop(s->h2->loop, &s->timer);
}

/* ---- credit ---- */

static void give_credit(struct h2_stream *s, size_t n)
{
	s->owed -= n;
	s->h2->owed -= n;
	nghttp2_session_consume(s->h2->session, s->id, n);
	conn_wake(s->h2->conn);
}

static void drop_exchange(struct h2_stream *s, int why)
{
	struct exchange *x = s->x;

	s->x = NULL;
	if (x)
		exchange_abort(x, SOURCE, why);
	give_credit(s, s->owed);
}

/* ---- answers ---- */

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *buf, size_t room,
			   uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct h2_stream *s = source->ptr;
	bool counted = s->body_left >= 0;
	size_t n;

	if (!s->x)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	if (counted && s->body_left < (int64_t)room)
		room = (size_t)s->body_left;
	n = exchange_take(s->x, SOURCE, buf, room);
	if (counted)
		s->body_left -= (int64_t)n;
	if (counted ? s->body_left == 0 : exchange_ended(s->x, SOURCE))
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	else if (exchange_ended(s->x, SOURCE)) /* the target ended before its Content-Length */
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	else if (!n)
		return NGHTTP2_ERR_DEFERRED;
	watch_progress(s);
	return (ssize_t)n;
}

static nghttp2_nv field(const char *name, struct str value)
{
	return (nghttp2_nv){
		.name = (uint8_t *)name,
		.namelen = strlen(name),
		.value = (uint8_t *)value.p,
		.valuelen = value.len,
		/* Secrets stay out of the tables that compression shares between answers. */
		.flags = strcmp(name, "set-cookie") == 0 ? NGHTTP2_NV_FLAG_NO_INDEX
							 : NGHTTP2_NV_FLAG_NONE,
	};
}

static void on_headers(struct exchange *x, void *end)
{
	struct h2_stream *s = end;
	int status = exchange_status(x);
	int64_t body_bytes = exchange_answer_bytes(x);
	bool empty = s->is_head || status == 204 || status == 304 || body_bytes == 0;
	nghttp2_data_provider body = { .source.ptr = s, .read_callback = read_answer };
	nghttp2_nv nv[EXCHANGE_HEADERS_MAX + 3];
	char code[12], length[24], date[HTTP_DATE_SIZE];
	const struct http_header *f;
	size_t n = 0;

	snprintf(code, sizeof(code), "%d", status);
	snprintf(length, sizeof(length), "%lld", (long long)body_bytes);
	http_date(date);
	nv[n++] = field(":status", str_of(code));
	nv[n++] = field("date", str_of(date));
	if (status != 204 && body_bytes >= 0)
		nv[n++] = field("content-length", str_of(length));
	for (size_t i = 0; (f = exchange_answer_header(x, i)); i++)
		nv[n++] = field(f->name.p, f->value);
	s->answered = true;
	s->body_left = body_bytes;
	metric_add(M_REQUESTS, 1);
	nghttp2_submit_response(s->h2->session, s->id, nv, n, empty ? NULL : &body);
	conn_wake(s->h2->conn);
}

/* Our own answer to what never became, or cannot stay, an exchange. */
static void refuse(struct h2_stream *s, int rc)
{
	struct exchange_from from = { conn_peer(s->h2->conn), conn_is_tls(s->h2->conn) };

	metric_add(M_REFUSED, 1);
	log_event(EV_HTTP_REFUSED, "status=%d code=%s", err_status(rc), err_code(rc));
	drop_exchange(s, rc);
	if (s->answered) {
		reset(s, NGHTTP2_INTERNAL_ERROR);
		return;
	}
	s->x = exchange_new(s->h2->loop, &from, &source_ops, s);
	exchange_respond_error(s->x, rc);
}

static void on_kick(struct exchange *x, void *end)
{
	struct h2_stream *s = end;

	if (!s->answered)
		return;
	nghttp2_session_resume_data(s->h2->session, s->id);
	if (!timer_running(&s->timer))
		watch_progress(s);
	conn_wake(s->h2->conn);
}

static void go_on(struct h2_stream *s)
{
	nghttp2_nv nv = field(":status", STR("100"));

	s->expects_continue = false;
	nghttp2_submit_headers(s->h2->session, NGHTTP2_FLAG_NONE, s->id, NULL, &nv, 1, NULL);
	conn_wake(s->h2->conn);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct h2_stream *s = end;

	if (n == 0 && s->expects_continue && !s->answered && !s->read)
		go_on(s);
	give_credit(s, n);
	watch_progress(s);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct h2_stream *s = end;

	s->x = NULL;
	if (why == ERR_CANCELLED)
		reset(s, NGHTTP2_CANCEL);
	else
		refuse(s, why);
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

/* ---- requests ---- */

static void on_timer(struct timer *t)
{
	struct h2_stream *s = CONTAINER_OF(t, struct h2_stream, timer);

	if (!s->x) {
		reset(s, NGHTTP2_NO_ERROR); /* the answer has gone, its request goes on and on */
	} else if (!s->answered) {
		refuse(s, ERR_TIMEOUT);
	} else {
		drop_exchange(s, ERR_CANCELLED);
		reset(s, NGHTTP2_CANCEL);
	}
}

struct h2_stream *h2_stream_new(struct h2 *h, int32_t id)
{
	struct h2_stream *s = xcalloc(1, sizeof(*s));

	s->h2 = h;
	s->id = id;
	timer_init(&s->timer, on_timer);
	list_append(&h->streams, &s->link);
	return s;
}

void h2_stream_begin(struct h2_stream *s, struct h2_head *head)
{
	struct exchange_from from = { conn_peer(s->h2->conn), conn_is_tls(s->h2->conn) };
	struct http_request *req;
	int rc;

	s->is_head = str_eq(head->http.method, STR("HEAD"));
	s->x = exchange_new(s->h2->loop, &from, &source_ops, s);
	req = ARENA_NEW(&head->mem, struct http_request);
	rc = h2_head_check(head, &s->h2->setup->http, req, &s->expects_continue);
	if (rc == 0 && !conn_is_for(s->h2->conn, req->authority))
		rc = ERR_MISDIRECTED;
	if (rc < 0) {
		refuse(s, rc);
		return;
	}
	*exchange_arena(s->x) = head->mem;
	head->mem = (struct arena){ 0 };
	if (!s->read && req->body_bytes == 0)
		req->body_bytes = -1; /* what ends it is END_STREAM */
	exchange_set_request(s->x, req);
	if (s->read)
		exchange_put_end(s->x, SOURCE);
	watch_progress(s);
	s->h2->setup->on_request(s->x, s->h2->owner);
}

void h2_stream_data(struct h2_stream *s, const uint8_t *data, size_t len)
{
	s->owed += len;
	s->h2->owed += len;
	if (s->x && !exchange_has_left(s->x, TARGET)) {
		exchange_put(s->x, SOURCE, data, len);
		watch_progress(s);
		return;
	}
	/* Nobody wants it: the answer goes out, or has gone. */
	give_credit(s, s->owed);
	s->discarded += len;
	if (s->discarded > LINGER_BYTES && s->sent)
		reset(s, NGHTTP2_NO_ERROR);
}

void h2_stream_read(struct h2_stream *s)
{
	s->read = true;
	if (!s->x)
		return;
	exchange_put_end(s->x, SOURCE);
	watch_progress(s);
}

void h2_stream_sent(struct h2_stream *s)
{
	s->sent = true;
	if (s->read)
		return; /* the session closes the stream now */
	drop_exchange(s, ERR_CANCELLED);
	timer_start(s->h2->loop, &s->timer, LINGER_MS);
}

void h2_stream_free(struct h2_stream *s)
{
	struct exchange *x = s->x;

	timer_stop(s->h2->loop, &s->timer);
	s->x = NULL;
	if (x && s->sent)
		exchange_leave(x, SOURCE);
	else if (x)
		exchange_abort(x, SOURCE, ERR_CANCELLED);
	/* The stream's own window is gone; the connection's is not. */
	if (s->owed)
		nghttp2_session_consume_connection(s->h2->session, s->owed);
	s->h2->owed -= s->owed;
	list_remove(&s->link);
	free(s);
}
