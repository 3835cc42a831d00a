/* h2_client.c - a stream of the client's role: the TARGET of one exchange. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2_int.h"

/* An answer that is announced more often than this is a flood: a target's own (h1_client.c has 16
 * of them), and a connector's that waits for it (wire/tunnel.h). */
#define INTERIMS_MAX 40

/* ---- requests ---- */

static struct str full_path(struct exchange *x, const struct http_request *req)
{
	char *text;

	if (!req->query.p)
		return req->path;
	text = arena_printf(exchange_arena(x), "%.*s?%.*s", (int)req->path.len, req->path.p,
			    (int)req->query.len, req->query.p);
	return str_of(text);
}

static size_t put_head(struct exchange *x, const struct http_request *req, nghttp2_nv *nv)
{
	size_t n = 0;

	nv[n++] = h2_field(STR(":method"), req->upgrade.p ? STR("CONNECT") : req->method_text);
	if (req->upgrade.p) /* RFC 8441 section 4 */
		nv[n++] = h2_field(STR(":protocol"), req->upgrade);
	nv[n++] = h2_field(STR(":scheme"), exchange_secure(x) ? STR("https") : STR("http"));
	nv[n++] = h2_field(STR(":authority"), req->authority);
	nv[n++] = h2_field(STR(":path"), full_path(x, req));
	if (req->body_bytes > 0)
		nv[n++] = h2_field(STR("content-length"),
				   str_of(arena_printf(exchange_arena(x), "%lld",
						       (long long)req->body_bytes)));
	for (size_t i = 0; i < req->headers_len; i++) {
		if (!str_eq(req->headers[i].name, STR("host")))
			nv[n++] = h2_field(req->headers[i].name, req->headers[i].value);
	}
	return n;
}

static void submit(struct h2_stream *s)
{
	struct exchange *x = s->x;
	const struct http_request *req = exchange_request(x);
	nghttp2_nv *nv = ARENA_ARRAY(exchange_arena(x), nghttp2_nv, req->headers_len + 6);
	bool has_body = req->body_bytes || s->asks_switch;
	nghttp2_data_provider body = h2_stream_body(s);
	size_t n = put_head(x, req, nv);

	s->is_head = req->method == METHOD_HEAD;
	s->body_left = s->asks_switch ? -1 : req->body_bytes;
	s->told = true;
	s->id = nghttp2_submit_request(s->h2->session, NULL, nv, n, has_body ? &body : NULL, s);
	assert(s->id > 0); /* h2_ask() looked */
	if (req->body_bytes)
		exchange_want(x, TARGET);
	conn_wake(s->h2->conn);
}

static void on_start(struct exchange *x, void *end)
{
	struct h2_stream *s = end;

	s->x = x;
	s->asks_switch = exchange_request(x)->upgrade.p != NULL;
	if (s->asks_switch && !s->h2->greeted)
		s->parked = true; /* until it is known whether the peer understands */
	else
		submit(s);
}

/* 1: it said that it does. */
static bool peer_switches(const struct h2 *h)
{
	return nghttp2_session_get_remote_settings(h->session,
						   NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

static void greeted(struct h2 *h)
{
	LIST_EACH(l, &h->streams) {
		struct h2_stream *s = LIST_ENTRY(l, struct h2_stream, link);

		if (!s->parked)
			continue;
		s->parked = false;
		if (peer_switches(h))
			submit(s);
		else
			h2_stream_free(s, ERR_UPSTREAM);
	}
}

static void on_kick(struct exchange *x, void *end)
{
	h2_stream_kick(end);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct h2_stream *s = end;

	if (!s->over) {
		h2_stream_credit(s, n);
		return;
	}
	s->owed -= n;
	s->h2->owed -= n;
	if (!s->owed)
		h2_stream_free(s, 0);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct h2_stream *s = end;

	s->x = NULL;
	if (s->over || s->parked)
		h2_stream_free(s, why);
	else
		h2_stream_give_up(s, why);
}

static const struct end_ops target_ops = {
	.start = on_start,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
	.unsent = h2_stream_unsent,
};

static uint32_t streams_max(const struct h2 *h)
{
	uint32_t ours = h->setup->limits.streams;
	uint32_t theirs = nghttp2_session_get_remote_settings(
		h->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);

	return theirs < ours ? theirs : ours;
}

int h2_ask(struct h2 *h, struct exchange *x)
{
	if (h->finishing || h->draining || !nghttp2_session_check_request_allowed(h->session))
		return ERR_UNREACHABLE;
	if (h->streams_len >= streams_max(h))
		return ERR_BUSY;
	if (exchange_request(x)->upgrade.p && h->greeted && !peer_switches(h))
		return ERR_UPSTREAM;
	exchange_attach(x, &target_ops, h2_stream_new(h, 0));
	/* The peer hears it by a GOAWAY, which concerns no stream of ours: it dials anew meanwhile.
	 */
	if (++h->asked == h->setup->limits.requests) {
		nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, NULL, 0);
		h2_rotate(h);
	}
	return 0;
}

/* ---- answers ---- */

static void add_headers(struct exchange *x, struct h2_head *head)
{
	exchange_take_headers(x, head->http.headers, (uint16_t)head->http.headers_len, &head->mem);
}

static void inform(struct h2_stream *s, struct h2_head *head, int status)
{
	if (++s->interims > INTERIMS_MAX) {
		h2_stream_give_up(s, ERR_UPSTREAM);
		return;
	}
	if (status == 100) /* we have said so already */
		return;
	add_headers(s->x, head);
	exchange_inform(s->x, status);
}

static void answer(struct h2_stream *s, struct h2_head *head, bool last)
{
	int64_t body_bytes;
	int status;

	if (!s->x)
		return;
	if (h2_head_answer(head, &status, &body_bytes) < 0) {
		h2_stream_give_up(s, ERR_UPSTREAM);
		return;
	}
	if (status < 200) {
		inform(s, head, status);
		return;
	}
	s->headed = true;
	if (last && body_bytes < 0 && !s->is_head && status != 304)
		body_bytes = 0;
	add_headers(s->x, head);
	if (s->asks_switch && status < 300)
		exchange_switch(s->x);
	else
		exchange_answer(s->x, status, body_bytes);
	if (last)
		h2_stream_read(s);
}

static void add_trailers(struct h2_stream *s, struct h2_head *head)
{
	for (size_t i = 0; s->x && head->rc == 0 && i < head->http.headers_len; i++)
		exchange_add_trailer(s->x, head->http.headers[i].name, head->http.headers[i].value);
}

/* The answer is whole.  If it came before the request had ended, the rest of that concerns nobody:
 * the other end of the exchange goes on reading it (RFC 9113 section 8.1). */
static void read_all(struct h2_stream *s)
{
	if (!s->sent)
		h2_stream_reset(s, NGHTTP2_NO_ERROR);
}

static void late(struct h2_stream *s)
{
	h2_stream_give_up(s, ERR_TIMEOUT);
}

const struct h2_role h2_client = {
	.side = TARGET,
	.session_new = nghttp2_session_client_new3,
	.head = answer,
	.trailers = add_trailers,
	.read = read_all,
	.late = late,
	.greeted = greeted,
};
