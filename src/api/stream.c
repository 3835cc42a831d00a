/* stream.c - an event stream: a parked exchange, a timer, nothing else. */
#include "api/stream.h"

#include "api/internal.h"
#include "base/metric.h"
#include "net/loop.h"
#include <stdlib.h>

struct stream {
	struct loop *loop;
	struct exchange *exchange;
	struct timer ping;
	void (*on_gone)(struct stream *s, void *arg);
	void *arg;
};

static void stream_free(struct stream *s)
{
	timer_stop(s->loop, &s->ping);
	metric_add(M_STREAMS, -1);
	free(s);
}

static void gone(struct exchange *x, int why, void *owner)
{
	struct stream *s = owner;

	s->on_gone(s, s->arg);
	stream_free(s);
}

#define PING "event: ping\ndata: 5000\n\n"
static_assert(STREAM_PING_MS == 5000, "the ping's data");

static void on_ping(struct timer *t)
{
	struct stream *s = CONTAINER_OF(t, struct stream, ping);

	exchange_stream_put(s->exchange, STR(PING));
	timer_start(s->loop, &s->ping, STREAM_PING_MS);
}

struct stream *stream_open(struct request *req, void (*on_gone)(struct stream *s, void *arg),
			   void *arg)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	assert(req->state == REQUEST_HANDLED && req->route->flags & ROUTE_STREAM);
	s->loop = req->api->loop;
	s->exchange = req->exchange;
	s->on_gone = on_gone;
	s->arg = arg;
	timer_init(&s->ping, on_ping);
	exchange_on_gone(s->exchange, gone, s);
	request_free(req);
	/* Headers that were added before would go with the request's memory. */
	exchange_park(s->exchange);
	headers_data(s->exchange);
	exchange_add_header(s->exchange, "x-accel-buffering", "no");
	exchange_stream(s->exchange, 200, "text/event-stream", STREAM_BACKLOG_MAX, NULL, NULL);
	/* The first octets tell the browser that the stream is open. */
	exchange_stream_put(s->exchange, STR("retry: 2000\n" PING));
	timer_start(s->loop, &s->ping, STREAM_PING_MS);
	metric_add(M_REQUESTS, 1);
	metric_add(M_STREAMS, 1);
	return s;
}

void stream_event(struct stream *s, int64_t id, const char *event, struct str data)
{
	struct buf text = buf_new(STREAM_BACKLOG_MAX);

	buf_printf(&text, "id: %lld\nevent: %s\ndata: ", (long long)id, event);
	buf_putstr(&text, data);
	buf_puts(&text, "\n\n");
	assert(buf_status(&text) == 0);
	exchange_stream_put(s->exchange, buf_str(&text));
	buf_done(&text);
}

void stream_close(struct stream *s)
{
	struct exchange *x = s->exchange;

	stream_free(s);
	exchange_stream_end(x);
}

int stream_last_id(const struct request *req, int64_t *ret_id)
{
	struct str text = request_header(req, "last-event-id");
	uint64_t id;

	if (!text.len) {
		*ret_id = -1;
		return 0;
	}
	if (!str_to_u64(text, &id) || id > INT64_MAX)
		return ERR_INVALID;
	*ret_id = (int64_t)id;
	return 0;
}
