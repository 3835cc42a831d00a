/* h2_server.c - a stream of the server's role: the SOURCE of one exchange. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2_int.h"

/* After an early answer: as long as conn_finish() drops. */
#define LINGER_MS 5000

static const struct end_ops source_ops;

/* ---- answers ---- */

static size_t put_headers(const struct exchange *x, nghttp2_nv *nv)
{
	size_t len;
	const struct http_header *f = exchange_answer_headers(x, &len);

	for (size_t i = 0; i < len; i++)
		nv[i] = h2_field(f[i].name, f[i].value);
	return len;
}

#define DECIMAL_MAX 20

/* Not negative; written from the end of `room`. */
static struct str decimal(int64_t n, char room[static DECIMAL_MAX])
{
	char *end = room + DECIMAL_MAX, *p = end;

	do {
		*--p = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	return (struct str){ p, (size_t)(end - p) };
}

static void send_interim(struct h2_stream *s, struct str code, const struct exchange *x)
{
	nghttp2_nv nv[EXCHANGE_HEADERS_MAX + EXCHANGE_HEADERS_OWN + 1] = { h2_field(STR(":status"),
										    code) };
	size_t n = 1 + (x ? put_headers(x, nv + 1) : 0);

	nghttp2_submit_headers(s->h2->session, NGHTTP2_FLAG_NONE, s->id, NULL, nv, n, NULL);
	conn_wake(s->h2->conn);
}

/* RFC 8441 section 5: what HTTP/1.1 says with 101. */
static void send_switch(struct h2_stream *s, const struct exchange *x)
{
	nghttp2_nv nv[EXCHANGE_HEADERS_MAX + EXCHANGE_HEADERS_OWN + 1] = { h2_field(STR(":status"),
										    STR("200")) };
	nghttp2_data_provider body = h2_stream_body(s);
	size_t n = 1 + put_headers(x, nv + 1);

	s->told = true;
	s->body_left = -1;
	metric_add(M_REQUESTS, 1);
	nghttp2_submit_response(s->h2->session, s->id, nv, n, &body);
	conn_wake(s->h2->conn);
}

/* The request was answered as if it had not asked. */
static void refuse_switch(struct h2_stream *s)
{
	nghttp2_nv nv = h2_field(STR(":status"), STR("501"));

	s->told = true;
	metric_add(M_REFUSED, 1);
	nghttp2_submit_response(s->h2->session, s->id, &nv, 1, NULL);
	conn_wake(s->h2->conn);
}

static void on_headers(struct exchange *x, void *end)
{
	struct h2_stream *s = end;
	int status = exchange_status(x);
	int64_t body_bytes = exchange_answer_bytes(x);
	bool empty = s->is_head || status == 204 || status == 304 || body_bytes == 0;
	nghttp2_data_provider body = h2_stream_body(s);
	char code[DECIMAL_MAX], length[DECIMAL_MAX], date[HTTP_DATE_SIZE];
	size_t n = 0, len;
	nghttp2_nv *nv;

	if (exchange_switched(x)) {
		send_switch(s, x);
		return;
	}
	if (status < 200) {
		send_interim(s, decimal(status, code), x);
		return;
	}
	/* To CONNECT it would say that we agree. */
	if (s->asks_switch && status < 300) {
		refuse_switch(s);
		return;
	}
	exchange_answer_headers(x, &len);
	nv = ARENA_ARRAY(exchange_arena(x), nghttp2_nv, len + 3);
	nv[n++] = h2_field(STR(":status"), decimal(status, code));
	if (!exchange_answers_with(x, "date")) {
		http_date(date);
		nv[n++] = h2_field(STR("date"), str_of(date));
	}
	if (status != 204 && body_bytes >= 0)
		nv[n++] = h2_field(STR("content-length"), decimal(body_bytes, length));
	n += put_headers(x, nv + n);
	s->told = true;
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
	h2_stream_drop_exchange(s, rc);
	if (s->told || h2_takes_nothing(s->h2)) {
		h2_stream_reset(s, s->told ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_REFUSED_STREAM);
		return;
	}
	s->x = exchange_new(s->h2->loop, &from, &source_ops, s);
	exchange_respond_error(s->x, rc);
}

static void on_kick(struct exchange *x, void *end)
{
	h2_stream_kick(end);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct h2_stream *s = end;

	if (n == 0 && s->expects_continue && !s->told && !s->read) {
		s->expects_continue = false;
		send_interim(s, STR("100"), NULL);
	}
	h2_stream_credit(s, n);
	h2_stream_watch(s);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct h2_stream *s = end;

	s->x = NULL;
	if (why == ERR_CANCELLED)
		h2_stream_reset(s, NGHTTP2_CANCEL);
	else
		refuse(s, why);
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
	.unsent = h2_stream_unsent,
};

/* ---- requests ---- */

static void late(struct h2_stream *s)
{
	if (!s->x) {
		h2_stream_reset(s, NGHTTP2_NO_ERROR); /* the answer has gone, its request goes on */
	} else if (!s->told) {
		refuse(s, ERR_TIMEOUT);
	} else {
		h2_stream_drop_exchange(s, ERR_CANCELLED);
		h2_stream_reset(s, NGHTTP2_CANCEL);
	}
}

/* A tunnel's requests are for whom the hub names, not for whom the TLS handshake was. */
static bool is_for_us(const struct h2_stream *s, const struct http_request *req)
{
	return s->h2->setup->limits.tunnel || conn_is_for(s->h2->conn, req->authority);
}

static void begin(struct h2_stream *s, struct h2_head *head, bool last)
{
	struct exchange_from from = { conn_peer(s->h2->conn), conn_is_tls(s->h2->conn) };
	struct http_request *req;
	int rc;

	s->headed = true;
	s->read = last;
	s->is_head = str_eq(head->http.method, STR("HEAD"));
	s->x = exchange_new(s->h2->loop, &from, &source_ops, s);
	req = ARENA_NEW(&head->mem, struct http_request);
	rc = h2_head_check(head, &s->h2->setup->http, req, &s->expects_continue);
	if (rc == 0 && !is_for_us(s, req))
		rc = ERR_MISDIRECTED;
	if (rc < 0) {
		refuse(s, rc);
		return;
	}
	*exchange_arena(s->x) = head->mem;
	head->mem = (struct arena){ 0 };
	s->asks_switch = req->upgrade.p != NULL;
	if (!s->read && req->body_bytes == 0 && !s->asks_switch)
		req->body_bytes = -1; /* what ends it is END_STREAM */
	exchange_set_request(s->x, req);
	if (s->read)
		exchange_put_end(s->x, SOURCE);
	h2_stream_watch(s);
	s->h2->setup->on_request(s->x, s->h2->owner);
}

static void sent(struct h2_stream *s)
{
	if (s->read)
		return; /* the session closes the stream now */
	h2_stream_drop_exchange(s, ERR_CANCELLED);
	timer_start(s->h2->loop, &s->timer, LINGER_MS);
}

const struct h2_role h2_server = {
	.side = SOURCE,
	.session_new = nghttp2_session_server_new3,
	.head = begin,
	.sent = sent,
	.late = late,
};
