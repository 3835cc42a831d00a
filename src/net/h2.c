/* h2.c - drives an nghttp2 session from a conn, in either role; its streams are h2_stream.c.
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
/* Of 16 KB each: as much of cookies as a browser may have (h2_head.c). */
#define CONTINUATIONS 64
/* libnghttp2 has a guard of its own, with one bucket for all servers (1,000; 33 a second), which
 * would end a tunnel whose technicians leave many pages. */
#define TUNNEL_RESETS 100000

const struct h2_limits h2_tunnel_limits = {
	.streams = 128,
	.stream_window = 256 * KIB,
	.window = 32 * MIB,
	.stall_ms = 60000,
	.tunnel = true,
	.stream_window_most = 8 * MIB,
	.requests = 1000000000,
	.ping_ms = 10000,
	.dead_ms = 30000,
};

/* ---- the connection's end ---- */

static void drop_streams(struct h2 *h)
{
	LIST_EACH(l, &h->streams)
		h2_stream_free(LIST_ENTRY(l, struct h2_stream, link),
			       h->role->side == SOURCE ? ERR_CANCELLED : ERR_UNREACHABLE);
}

static void finish(struct h2 *h)
{
	h->finishing = true;
	timer_stop(h->loop, &h->timer);
	timer_stop(h->loop, &h->pulse);
	drop_streams(h);
	conn_finish(h->conn);
}

static void on_task(struct task *t)
{
	struct h2 *h = CONTAINER_OF(t, struct h2, task);

	if (!h->finishing)
		finish(h);
}

/* At once; the streams end with it, in on_closed: this may be a callback of the session. */
static void hang_up(struct h2 *h, int why, void (*how)(struct conn *c))
{
	if (!h->finishing)
		h->why = why;
	h->finishing = true;
	timer_stop(h->loop, &h->timer);
	timer_stop(h->loop, &h->pulse);
	task_cancel(&h->task);
	task_cancel(&h->rotate);
	how(h->conn);
}

static void on_rotate(struct task *t)
{
	struct h2 *h = CONTAINER_OF(t, struct h2, rotate);

	h->setup->on_rotate(h, h->owner);
}

void h2_rotate(struct h2 *h)
{
	if (h->rotate_told || h->draining || !h->setup->on_rotate)
		return;
	h->rotate_told = true;
	loop_later(h->loop, &h->rotate);
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
	else if (list_empty(&h->streams) && h->setup->http.idle_ms)
		timer_start(h->loop, &h->timer, h->setup->http.idle_ms);
	else
		timer_stop(h->loop, &h->timer);
}

/* ---- signs of life ---- */

static void ping(struct h2 *h)
{
	nghttp2_submit_ping(h->session, NGHTTP2_FLAG_NONE, NULL);
	conn_wake(h->conn);
}

static void set_pulse(struct h2 *h)
{
	const struct h2_limits *l = &h->setup->limits;
	int64_t left_ms = h->heard_ms + l->dead_ms - loop_now_ms(h->loop);

	timer_start(h->loop, &h->pulse, left_ms < l->ping_ms ? left_ms : l->ping_ms);
}

static bool is_silent(const struct h2 *h)
{
	return loop_now_ms(h->loop) - h->heard_ms >= h->setup->limits.dead_ms;
}

/* It does not acknowledge our SETTINGS (RFC 9113 section 6.5.3), which wait behind what is on its
 * way already, as the answer does. */
static bool heeds_nothing(const struct h2 *h)
{
	return h->window != h->asked_window &&
	       loop_now_ms(h->loop) - h->fitted_ms >= 2 * h->setup->limits.dead_ms;
}

/* Whatever comes is a sign of life: a PING waits behind what is on its way already. */
static void on_pulse(struct timer *t)
{
	struct h2 *h = CONTAINER_OF(t, struct h2, pulse);
	int64_t late_ms = loop_now_ms(h->loop) - t->at_ms;

	if (late_ms > h->setup->limits.ping_ms) /* it was we who did not live */
		h->heard_ms = h->fitted_ms = loop_now_ms(h->loop);
	if (is_silent(h) || heeds_nothing(h)) {
		hang_up(h, ERR_TIMEOUT, conn_reset);
		return;
	}
	if (!h->pinged_ms)
		ping(h);
	set_pulse(h);
}

static void on_pong(struct h2 *h)
{
	int64_t ms = loop_now_ms(h->loop) - h->pinged_ms;

	if (!h->pinged_ms)
		return;
	h->pinged_ms = 0;
	ms = ms ? ms : 1;
	if (!h->rtt_ms || ms < h->rtt_ms) /* what is longer has waited in a queue */
		h->rtt_ms = ms;
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
	case NGHTTP2_PUSH_PROMISE:
		count(h, FLOOD_PUSH);
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
	if (h->role->side == SOURCE && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
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

	if (!h2_head_add(h->head, &h->setup->http, n, v))
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

static void on_block(struct h2 *h, struct h2_stream *s, bool last)
{
	if (s && !s->headed) {
		h->role->head(s, h->head, last);
	} else if (s && last) {
		if (h->role->trailers)
			h->role->trailers(s, h->head);
		h2_stream_read(s);
	}
	h2_head_free(&h->head);
	set_timer(h);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, frame->hd.stream_id);
	bool last = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;

	switch (frame->hd.type) {
	case NGHTTP2_SETTINGS:
		if (frame->hd.flags & NGHTTP2_FLAG_ACK)
			h2_stream_fitted(h);
		else if (!h->greeted) {
			h->greeted = true;
			set_timer(h);
			if (h->setup->limits.ping_ms)
				ping(h); /* before a queue could make the way longer */
			if (h->role->greeted)
				h->role->greeted(h);
		}
		break;
	case NGHTTP2_HEADERS:
		on_block(h, s, last);
		break;
	case NGHTTP2_DATA:
		if (s && last)
			h2_stream_read(s);
		break;
	case NGHTTP2_PING:
		if (frame->hd.flags & NGHTTP2_FLAG_ACK)
			on_pong(h);
		break;
	case NGHTTP2_GOAWAY:
		h2_rotate(h);
		break;
	default: /* the library has done it */
		break;
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

/* Why the peer, or the library for its sake, closed a stream of ours. */
static int why_closed(const struct h2 *h, uint32_t code)
{
	if (h->role->side == SOURCE)
		return ERR_CANCELLED;
	switch (code) {
	case NGHTTP2_REFUSED_STREAM:
		return ERR_UNREACHABLE;
	case NGHTTP2_INTERNAL_ERROR: /* as h2_server.c says it of what broke behind it */
		return ERR_UPSTREAM;
	default:
		return ERR_CANCELLED;
	}
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = stream_of(h, id);

	if (!s)
		return 0;
	nghttp2_session_set_stream_user_data(session, id, NULL);
	h2_stream_closed(s, why_closed(h, code));
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
	/* Of two on their way the first answer is the first one's. */
	if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK) &&
	    !h->pinged_ms)
		h->pinged_ms = loop_now_ms(h->loop);
	if (s && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) {
		s->sent = true;
		if (h->role->sent)
			h->role->sent(s);
	}
	return 0;
}

/* The library packs all frames into one buffer of the session's, which lives as long as it: what
 * has been taken out of it lay there until as long a frame came.  It reads nothing of that again.
 */
static void forget(const uint8_t *sent, size_t len)
{
	memset((uint8_t *)sent, 0, len);
}

static void put(struct h2 *h, const uint8_t *data, size_t len)
{
	memcpy(h->out, data, len);
	h->out += len;
	h->out_room -= len;
}

/* A DATA frame goes past the library, straight to where it is encrypted from. */
static int on_send_data(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head,
			size_t len, nghttp2_data_source *source, void *user)
{
	struct h2 *h = user;
	struct h2_stream *s = source->ptr;

	put(h, head, FRAME_HEAD_BYTES);
	h2_stream_send(s, h->out, len);
	h->out += len;
	h->out_room -= len;
	return 0;
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct h2 *h = owner;
	size_t n;

	h2_stream_lighten(h);
	h->out = out;
	h->out_room = room;
	while (h->out_room) {
		if (!h->rest_len) {
			ssize_t got = nghttp2_session_mem_send(h->session, &h->rest);

			if (got <= 0)
				break;
			h->rest_len = (size_t)got;
		}
		n = h->rest_len < h->out_room ? h->rest_len : h->out_room;
		put(h, h->rest, n);
		forget(h->rest, n);
		h->rest += n;
		h->rest_len -= n;
	}
	n = room - h->out_room;
	h->out = NULL;
	h->out_room = 0;
	calm(h);
	if (h->held && nghttp2_session_get_outbound_queue_size(h->session) < WAITING_MAX / 2) {
		h->held = false;
		conn_resume(c);
	}
	if (!h->rest_len && !nghttp2_session_want_read(h->session) &&
	    !nghttp2_session_want_write(h->session))
		loop_later(h->loop, &h->task);
	return n;
}

void h2_feed(struct h2 *h, const uint8_t *data, size_t len)
{
	ssize_t used;

	h->heard_ms = loop_now_ms(h->loop);
	used = nghttp2_session_mem_recv(h->session, data, len);
	if (h->finishing)
		return;
	if (used < 0) { /* no HTTP/2 at all, or a limit of the library: nothing can be said */
		metric_add(M_REFUSED, 1);
		log_event(EV_HTTP_REFUSED, "why=\"%s\"", nghttp2_strerror((int)used));
		hang_up(h, ERR_UPSTREAM, conn_close);
		return;
	}
	calm(h);
	if (nghttp2_session_get_outbound_queue_size(h->session) > WAITING_MAX &&
	    conn_blocked(h->conn)) {
		h->held = true;
		conn_pause(h->conn);
	}
	conn_wake(h->conn);
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	h2_feed(owner, data, len);
}

/* ---- the connection ---- */

static void on_end(struct conn *c, int why, void *owner)
{
	hang_up(owner, why, conn_close);
}

static void on_closed(void *owner)
{
	struct h2 *h = owner;

	timer_stop(h->loop, &h->timer);
	timer_stop(h->loop, &h->pulse);
	task_cancel(&h->task);
	task_cancel(&h->rotate);
	drop_streams(h);
	h2_head_free(&h->head);
	nghttp2_session_del(h->session);
	h->setup->on_closed(h, h->why, h->owner);
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
	const struct h2_limits *l = &h->setup->limits;
	nghttp2_session_callbacks *cb;
	nghttp2_session *session;
	nghttp2_mem mem = h2_mem;
	nghttp2_option *o;

	if (nghttp2_option_new(&o) < 0 || nghttp2_session_callbacks_new(&cb) < 0)
		die("out of memory in libnghttp2");
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_option_set_max_continuations(o, CONTINUATIONS);
	nghttp2_option_set_peer_max_concurrent_streams(o, l->streams); /* until it says */
	if (l->tunnel) /* h2_flood.c counts them by a table of ours */
		nghttp2_option_set_stream_reset_rate_limit(o, TUNNEL_RESETS, TUNNEL_RESETS);
	nghttp2_session_callbacks_set_on_begin_frame_callback(cb, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_invalid_header_callback(cb, on_invalid_header);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data_chunk);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	nghttp2_session_callbacks_set_send_data_callback(cb, on_send_data);
	if (h->role->session_new(&session, cb, h, o, &mem) < 0)
		die("out of memory in libnghttp2");
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(o);
	return session;
}

static void greet(struct h2 *h)
{
	const struct h2_setup *setup = h->setup;
	bool asks =
		h->role->side == TARGET; /* the peer opens no streams then: it could only push */
	const nghttp2_settings_entry settings[] = {
		{ asks ? NGHTTP2_SETTINGS_ENABLE_PUSH : NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
		  asks ? 0 : setup->limits.streams },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, setup->limits.stream_window },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)setup->http.header_bytes },
		{ NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL,
		  1 }, /* RFC 8441 section 3: a server's */
	};

	h->window = NGHTTP2_INITIAL_WINDOW_SIZE;
	h->asked_window = setup->limits.stream_window;
	h->fitted_ms = loop_now_ms(h->loop);
	nghttp2_submit_settings(h->session, NGHTTP2_FLAG_NONE, settings,
				ARRAY_LEN(settings) - (asks ? 1 : 0));
	nghttp2_session_set_local_window_size(h->session, NGHTTP2_FLAG_NONE, 0,
					      (int32_t)setup->limits.window);
	conn_wake(h->conn);
}

static struct h2 *open_role(struct conn *c, const struct h2_setup *setup, void *owner,
			    const struct h2_role *role)
{
	struct h2 *h = xcalloc(1, sizeof(*h));

	h->role = role;
	h->conn = c;
	h->loop = conn_loop(c);
	h->setup = setup;
	h->owner = owner;
	list_init(&h->streams);
	timer_init(&h->timer, on_timer);
	timer_init(&h->pulse, on_pulse);
	task_init(&h->task, on_task);
	task_init(&h->rotate, on_rotate);
	h->heard_ms = loop_now_ms(h->loop);
	h->meter = (struct h2_meter){ .at_ms = h->heard_ms, .tunnel = setup->limits.tunnel };
	h->session = new_session(h);
	conn_hand_over(c, &conn_ops, h);
	greet(h);
	set_timer(h);
	if (setup->limits.ping_ms) {
		ping(h);
		set_pulse(h);
	}
	return h;
}

struct h2 *h2_new(struct conn *c, const struct h2_setup *setup, void *owner)
{
	return open_role(c, setup, owner, &h2_server);
}

struct h2 *h2_client_new(struct conn *c, const struct h2_setup *setup, void *owner)
{
	assert(setup->http.header_fields <= EXCHANGE_HEADERS_MAX);
	return open_role(c, setup, owner, &h2_client);
}

void h2_drain(struct h2 *h)
{
	if (h->finishing)
		return;
	h->draining = true;
	nghttp2_submit_goaway(h->session, NGHTTP2_FLAG_NONE,
			      nghttp2_session_get_last_proc_stream_id(h->session), NGHTTP2_NO_ERROR,
			      NULL, 0);
	conn_wake(h->conn);
}

void h2_close(struct h2 *h)
{
	hang_up(h, ERR_CANCELLED, conn_close);
}

size_t h2_memory(const struct h2 *h)
{
	size_t bytes = 0;

	LIST_EACH(l, &h->streams) {
		const struct h2_stream *s = LIST_ENTRY(l, struct h2_stream, link);

		bytes += s->x ? exchange_memory(s->x) : 0;
	}
	return bytes;
}

bool h2_takes_nothing(const struct h2 *h)
{
	return h2_memory(h) > 512 * KIB;
}
