/* h2.c - drives an nghttp2 session from a conn; its streams are h2_stream.c.
 *
 *   on_data --> mem_recv --> callbacks --> streams      fill <-- mem_send
 *
 * Neither is called from inside the other, nor from a callback.  A connection ends when the session
 * wants nothing any more: after GOAWAY of either side, when no stream is left. */
#include "net/h2.h"

#include <stdlib.h>
#include <string.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/os.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2_int.h"

/* Frames that wait because the peer does not read: beyond it, what it sends is not read either. */
#define WAITING_MAX 256
/* A download needs two WINDOW_UPDATEs a frame at most, if its frames are not made tiny. */
#define EARNING_BYTES 1024
#define EARNED        2

/* ---- the connection's end ---- */

static void drop_streams(struct h2 *h)
{
	LIST_EACH(l, &h->streams)
		h2_stream_free(LIST_ENTRY(l, struct h2_stream, link));
}

static void finish(struct h2 *h)
{
	h->finishing = true;
	timer_stop(h->loop, &h->timer);
	drop_streams(h);
	conn_finish(h->conn);
}

static void on_task(struct task *t)
{
	struct h2 *h = CONTAINER_OF(t, struct h2, task);

	if (!h->finishing)
		finish(h);
}

static void go_away(struct h2 *h, uint32_t code)
{
	if (code != NGHTTP2_NO_ERROR) {
		metric_add(M_REFUSED, 1);
		log_event(EV_HTTP_REFUSED, "goaway=%s", nghttp2_http2_strerror(code));
	}
	nghttp2_session_terminate_session(h->session, code);
	conn_wake(h->conn);
}

static void calm(struct h2 *h)
{
	if (!h->calm_due)
		return;
	h->calm_due = false;
	go_away(h, NGHTTP2_ENHANCE_YOUR_CALM);
}

/* ---- deadlines ---- */

static void on_timer(struct timer *t)
{
	struct h2 *h = CONTAINER_OF(t, struct h2, timer);

	go_away(h, h->awaits_head ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
}

static void set_timer(struct h2 *h)
{
	bool awaits_head = !h->greeted || h->head;
	bool goes_on = awaits_head && h->awaits_head; /* others cannot make it last longer */

	h->awaits_head = awaits_head;
	if (goes_on)
		return;
	if (awaits_head)
		timer_start(h->loop, &h->timer, h->setup->http.header_ms);
	else if (list_empty(&h->streams))
		timer_start(h->loop, &h->timer, h->setup->http.idle_ms);
	else
		timer_stop(h->loop, &h->timer);
}

/* ---- floods ---- */

static void count(struct h2 *h, enum h2_flood kind)
{
	if (!h2_meter_count(&h->meter, kind, loop_now_ms(h->loop)))
		h->calm_due = true;
}

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	struct h2 *h = user;

	switch (hd->type) {
	case NGHTTP2_DATA:
		if (hd->length == 0 && !(hd->flags & NGHTTP2_FLAG_END_STREAM))
			count(h, FLOOD_EMPTY);
		break;
	case NGHTTP2_SETTINGS:
		count(h, FLOOD_SETTINGS);
		break;
	case NGHTTP2_PING:
		count(h, FLOOD_PING);
		break;
	case NGHTTP2_PRIORITY:
		count(h, FLOOD_PRIORITY);
		break;
	case NGHTTP2_WINDOW_UPDATE:
		count(h, FLOOD_UPDATE);
		break;
	case NGHTTP2_RST_STREAM:
		count(h, FLOOD_RESET);
		break;
	default: /* HEADERS are counted as streams; the library passes over what it does not know */
		break;
	}
	/* A handler may have closed us in the middle of what came. */
	return h->finishing ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

/* ---- what comes ---- */

static struct h2_stream *stream_of(struct h2 *h, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h->session, id);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h = user;

	h2_head_free(&h->head); /* of one that the library refused */
	h->head = h2_head_new(frame->hd.stream_id);
	if (frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		nghttp2_session_set_stream_user_data(session, frame->hd.stream_id,
						     h2_stream_new(h, frame->hd.stream_id));
	set_timer(h);
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		     void *user)
{
	struct h2 *h = user;
	struct str n = { (const char *)name, name_len }, v = { (const char *)value, value_len };
	bool trailer = frame->headers.cat != NGHTTP2_HCAT_REQUEST;

	if (!(trailer ? h2_head_count : h2_head_add)(h->head, &h->setup->http, n, v))
		h->calm_due = true;
	return h->calm_due ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}

/* A field that is malformed makes its message so (RFC 9113 section 8.2.1); without this function
 * the library would pass over it. */
static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame,
			     const uint8_t *name, size_t name_len, const uint8_t *value,
			     size_t value_len, uint8_t flags, void *user)
{
	return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, frame->hd.stream_id);
	bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	if (frame->hd.type == NGHTTP2_SETTINGS && !h->greeted) {
		h->greeted = true;
		set_timer(h);
	} else if (frame->hd.type == NGHTTP2_HEADERS) {
		if (s && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
			s->read = last;
			h2_stream_begin(s, h->head);
		} else if (s && last) {
			h2_stream_read(s);
		}
		h2_head_free(&h->head);
		set_timer(h);
	} else if (frame->hd.type == NGHTTP2_DATA && s && last) {
		h2_stream_read(s);
	}
	return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
			 size_t len, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, id);

	if (s)
		h2_stream_data(s, data, len);
	else
		nghttp2_session_consume_connection(session, len);
	return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, id);

	if (!s)
		return 0;
	nghttp2_session_set_stream_user_data(session, id, NULL);
	h2_stream_free(s);
	if (h->head && h->head->id == id) /* the library refused it */
		h2_head_free(&h->head);
	set_timer(h);
	return 0;
}

/* ---- what goes ---- */

/* Of what we must reset ourselves, what was the peer's fault. */
static bool is_fault(uint32_t code)
{
	return code == NGHTTP2_PROTOCOL_ERROR || code == NGHTTP2_FLOW_CONTROL_ERROR ||
	       code == NGHTTP2_STREAM_CLOSED || code == NGHTTP2_FRAME_SIZE_ERROR ||
	       code == NGHTTP2_REFUSED_STREAM;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_RST_STREAM && is_fault(frame->rst_stream.error_code))
		count(h, FLOOD_FAULT);
	if (frame->hd.type == NGHTTP2_DATA && frame->hd.length >= EARNING_BYTES)
		h2_meter_earn(&h->meter, FLOOD_UPDATE, EARNED);
	if (s && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
		h2_stream_sent(s);
	return 0;
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct h2 *h = owner;
	size_t n = 0;

	while (n < room) {
		size_t len;

		if (!h->out_len) {
			ssize_t got = nghttp2_session_mem_send(h->session, &h->out);

			if (got <= 0)
				break;
			h->out_len = (size_t)got;
		}
		len = h->out_len < room - n ? h->out_len : room - n;
		memcpy(out + n, h->out, len);
		h->out += len;
		h->out_len -= len;
		n += len;
	}
	calm(h);
	if (h->held && nghttp2_session_get_outbound_queue_size(h->session) < WAITING_MAX / 2) {
		h->held = false;
		conn_resume(c);
	}
	if (!n && !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session))
		loop_later(h->loop, &h->task);
	return n;
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct h2 *h = owner;
	ssize_t used = nghttp2_session_mem_recv(h->session, data, len);

	if (h->finishing)
		return;
	if (used < 0) { /* no HTTP/2 at all, or a limit of the library: nothing can be said */
		metric_add(M_REFUSED, 1);
		log_event(EV_HTTP_REFUSED, "why=\"%s\"", nghttp2_strerror((int)used));
		h2_close(h);
		return;
	}
	calm(h);
	if (nghttp2_session_get_outbound_queue_size(h->session) > WAITING_MAX && conn_blocked(c)) {
		h->held = true;
		conn_pause(c);
	}
	conn_wake(c);
}

/* ---- the connection ---- */

static void on_end(struct conn *c, int why, void *owner)
{
	h2_close(owner);
}

static void on_closed(void *owner)
{
	struct h2 *h = owner;

	timer_stop(h->loop, &h->timer);
	task_cancel(&h->task);
	drop_streams(h);
	h2_head_free(&h->head);
	nghttp2_session_del(h->session);
	h->setup->on_closed(h, h->owner);
	free(h);
}

static const struct conn_ops conn_ops = {
	.on_data = on_data,
	.fill = fill,
	.on_end = on_end,
	.on_closed = on_closed,
};

static nghttp2_session *new_session(struct h2 *h)
{
	nghttp2_session_callbacks *cb;
	nghttp2_session *session;
	nghttp2_mem mem = h2_mem;
	nghttp2_option *o;

	if (nghttp2_option_new(&o) < 0 || nghttp2_session_callbacks_new(&cb) < 0)
		die("out of memory in libnghttp2");
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data_chunk);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	if (nghttp2_session_server_new3(&session, cb, h, o, &mem) < 0)
		die("out of memory in libnghttp2");
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(o);
	return session;
}

static void greet(struct h2 *h)
{
	const struct h2_setup *setup = h->setup;
	const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, setup->limits.streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, setup->limits.stream_window },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)setup->http.header_bytes },
	};

	nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings));
	nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
					      (int32_t)setup->limits.window);
	conn_wake(h->conn);
}

struct h2 *h2_new(struct conn *c, const struct h2_setup *setup, void *owner)
{
	struct h2 *h = xcalloc(1, sizeof(*h));

	h->conn = c;
	h->loop = conn_loop(c);
	h->setup = setup;
	h->owner = owner;
	list_init(&h->streams);
	timer_init(&h->timer, on_timer);
	task_init(&h->task, on_task);
	h->meter.at_ms = loop_now_ms(h->loop);
	h->session = new_session(h);
	conn_hand_over(c, &conn_ops, h);
	greet(h);
	set_timer(h);
	return h;
}

void h2_drain(struct h2 *h)
{
	if (h->finishing)
		return;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
			      nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR,
			      NULL, 0);
	conn_wake(h->conn);
}

void h2_close(struct h2 *h)
{
	h->finishing = true;
	timer_stop(h->loop, &h->timer);
	task_cancel(&h->task);
	/* The streams end with it, in on_closed: this may be a callback of the session. */
	conn_close(h->conn);
}
