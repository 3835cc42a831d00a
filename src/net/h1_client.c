/* h1_client.c - writes an exchange's request to a conn and reads the answer with h1_answer.
 *
 *   writing:  QUIET --> COLLECTING --> SENDING --> SENT
 *   reading:  IDLE --> AWAITED --> BODY --> IDLE         OPAQUE: after 101, both ways
 *
 * The two go on side by side, because an answer may come while the request goes out. */
#include "net/h1_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/rand.h"
#include "net/bufq.h"
#include "net/conn.h"
#include "net/h1_answer.h"
#include "net/h1_write.h"
#include "net/loop.h"

#define HEADER_BYTES (32 * KIB)
#define REQUEST_MAX  (128 * KIB) /* of a head that we write */
/* The target is near, and goes on as soon as we read: what waits here beyond one turn's reading
 * makes nothing faster, and stays there for as long as a browser takes nothing. */
#define AHEAD_HIGH (64 * KIB)
#define AHEAD_LOW  (32 * KIB)
/* The same while much waits for others: what one call brings. */
#define AHEAD_CROWDED 1
/* An answer that is announced more often than this is a flood. */
#define INTERIMS_MAX 16
/* How long an answer to which nothing need belong may be silent before it counts as whole: devices
 * say 201 and 302 without a length and keep the connection open. */
#define QUIET_MS 1000
/* After the client's end of a switched connection. */
#define HALF_CLOSED_MS 5000

enum writing { QUIET, COLLECTING, SENDING, SENT };
enum reading { IDLE, AWAITED, BODY, OPAQUE };

struct h1_client {
	struct conn *conn;
	struct loop *loop;
	const struct h1_client_setup *setup;
	struct exchange *x; /* while its TARGET end is ours */
	struct h1_answer *reader;
	struct h1_out out; /* the request's head, and a collected body */
	struct buf collected;
	int64_t body_left; /* of the request; -1: chunks */
	int64_t answer_ms;
	struct timer timer;
	struct task task; /* the answer is whole */
	struct str key;   /* Sec-WebSocket-Key that is ours; in x's arena */
	uint8_t writing, reading, interims;
	bool any;         /* octets of the answer have come */
	bool held;        /* reading waits for the source */
	bool keep_alive;  /* as far as the answer is concerned */
	bool may_be_bare; /* QUIET_MS applies */
	bool whole;       /* the answer is: the task ends the exchange */
	bool cut;         /* the request is incomplete, and stays so */
	bool closing;
};

static void start_body_timer(struct h1_client *h)
{
	if (h->may_be_bare)
		timer_start(h->loop, &h->timer, QUIET_MS);
	else if (h->setup->body_ms)
		timer_start(h->loop, &h->timer, h->setup->body_ms);
}

static void close_conn(struct h1_client *h)
{
	h->closing = true;
	timer_stop(h->loop, &h->timer);
	task_cancel(&h->task);
	conn_close(h->conn);
}

/* The source has more to send, and the target has got all that is for it so far. */
static bool source_owes(const struct h1_client *h)
{
	if (h->writing == COLLECTING)
		return true;
	return h->writing == SENDING && h1_out_gone(&h->out) && !exchange_waiting(h->x, TARGET) &&
	       !exchange_ended(h->x, TARGET);
}

/* What the target is given for the head of its answer; the source has a deadline of its own. */
static void start_answer_timer(struct h1_client *h)
{
	if (source_owes(h))
		timer_stop(h->loop, &h->timer);
	else
		timer_start(h->loop, &h->timer, h->answer_ms);
}

/* The exchange fails, and the connection with it. */
static void fail(struct h1_client *h, int why)
{
	struct exchange *x = h->x;

	h->x = NULL;
	close_conn(h);
	if (x)
		exchange_abort(x, TARGET, why);
}

/* ---- the request ---- */

static void put_line(struct buf *out, struct str name, struct str value)
{
	buf_putstr(out, name);
	buf_puts(out, ": ");
	buf_putstr(out, value);
	buf_puts(out, "\r\n");
}

/* Names have come in small letters (RFC 9113 section 8.2.1).  Servers in devices look for them as
 * browsers write them to HTTP/1.1. */
static void put_field(struct buf *out, const struct http_header *f)
{
	size_t at = out->len;
	bool begins = true;
	char *name;

	put_line(out, f->name, f->value);
	if (out->failed)
		return;
	name = (char *)out->data + at;
	for (size_t i = 0; i < f->name.len; i++) {
		if (begins && name[i] >= 'a' && name[i] <= 'z')
			name[i] -= 0x20;
		begins = name[i] == '-';
	}
	if (str_starts(f->name, STR("sec-websocket-")))
		name[strlen("sec-web")] = 'S';
}

/* A client of HTTP/2 sends no key (RFC 8441 section 5.1): the handshake of RFC 6455 needs one. */
static void put_key(struct h1_client *h, const struct http_request *req)
{
	struct buf text = buf_new(64);
	uint8_t octets[16];

	if (http_find(req->headers, req->headers_len, STR("sec-websocket-key")))
		return;
	rand_bytes(octets, sizeof(octets));
	buf_put_base64(&text, octets, sizeof(octets));
	h->key = str_of(arena_strndup(exchange_arena(h->x), (const char *)text.data, text.len));
	put_line(&h->out.text, STR("Sec-WebSocket-Key"), h->key);
	buf_done(&text);
}

static void put_upgrade(struct h1_client *h, const struct http_request *req)
{
	if (!req->upgrade.p)
		return;
	put_line(&h->out.text, STR("Connection"), STR("Upgrade"));
	put_line(&h->out.text, STR("Upgrade"), req->upgrade);
	if (str_eq_nocase(req->upgrade, STR("websocket")))
		put_key(h, req);
}

static void put_head(struct h1_client *h)
{
	const struct http_request *req = exchange_request(h->x);

	buf_room(&h->out.text, H1_HEAD_ROOM);
	buf_putstr(&h->out.text, req->method_text);
	buf_putc(&h->out.text, ' ');
	buf_putstr(&h->out.text, req->path);
	if (req->query.p) {
		buf_putc(&h->out.text, '?');
		buf_putstr(&h->out.text, req->query);
	}
	buf_puts(&h->out.text, " HTTP/1.1\r\n");
	for (size_t i = 0; i < req->headers_len; i++)
		put_field(&h->out.text, &req->headers[i]);
	if (req->upgrade.p)
		put_upgrade(h, req);
	else if (h->body_left < 0)
		put_line(&h->out.text, STR("Transfer-Encoding"), STR("chunked"));
	else if (h->body_left || req->method == METHOD_POST || req->method == METHOD_PUT ||
		 req->method == METHOD_PATCH)
		buf_printf(&h->out.text, "Content-Length: %lld\r\n", (long long)h->body_left);
	buf_puts(&h->out.text, "\r\n");
}

static void begin_sending(struct h1_client *h)
{
	put_head(h);
	buf_put(&h->out.text, h->collected.data, h->collected.len);
	buf_wipe(&h->collected);
	h->writing = SENDING;
	start_answer_timer(h);
	if (h->out.text.failed)
		fail(h, ERR_HEADERS_TOO_LARGE);
	else
		conn_wake(h->conn);
}

static void collect(struct h1_client *h)
{
	size_t n;

	while ((n = exchange_waiting(h->x, TARGET))) {
		uint8_t *to = buf_reserve(&h->collected, n);

		if (!to) {
			fail(h, ERR_TOO_LARGE);
			return;
		}
		exchange_take(h->x, TARGET, to, n);
	}
	if (!exchange_ended(h->x, TARGET))
		return;
	h->body_left = (int64_t)h->collected.len;
	begin_sending(h);
	h->body_left = 0; /* it goes out with the head */
}

static size_t ahead(const struct h1_client *h, size_t most)
{
	return bufq_crowded(h->loop) ? AHEAD_CROWDED : most;
}

/* ---- the exchange's calls ---- */

static void on_start(struct exchange *x, void *end)
{
	struct h1_client *h = end;
	const struct http_request *req = exchange_request(x);

	h->x = x;
	h->body_left = req->body_bytes;
	if (h->body_left || req->upgrade.p)
		exchange_want(x, TARGET);
	h->reading = AWAITED;
	if (h->body_left < 0 && !req->upgrade.p && h->setup->collect_bytes)
		h->writing = COLLECTING;
	else
		begin_sending(h);
}

static void on_kick(struct exchange *x, void *end)
{
	struct h1_client *h = end;

	if (h->writing == COLLECTING)
		loop_later(h->loop, &h->task); /* not from inside the source's call */
	else
		conn_wake(h->conn);
	if (h->reading == AWAITED && !timer_running(&h->timer))
		start_answer_timer(h);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct h1_client *h = end;

	if (!h->held || exchange_waiting(x, SOURCE) >= ahead(h, AHEAD_LOW))
		return;
	h->held = false;
	start_body_timer(h);
	conn_resume(h->conn);
}

static size_t on_unsent(struct exchange *x, void *end)
{
	const struct h1_client *h = end;

	return conn_unsent(h->conn);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct h1_client *h = end;

	h->x = NULL;
	close_conn(h);
}

static const struct end_ops target_ops = {
	.start = on_start,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
	.unsent = on_unsent,
};

/* ---- writing ---- */

static size_t fill_out(struct h1_client *h, uint8_t *out, size_t room)
{
	size_t n = h1_take_out(&h->out, out, room);

	/* Collected, or none, or the switch decides what follows. */
	if (n && h1_out_gone(&h->out) && (!h->body_left || exchange_request(h->x)->upgrade.p))
		h->writing = SENT;
	return n;
}

static size_t fill_chunk(struct h1_client *h, uint8_t *out, size_t room)
{
	bool last;
	size_t n = h1_take_chunk(h->x, TARGET, out, room, &last);

	if (last)
		h->writing = SENT;
	return n;
}

static size_t fill_counted(struct h1_client *h, uint8_t *out, size_t room)
{
	size_t n = h->body_left < (int64_t)room ? (size_t)h->body_left : room;

	n = exchange_take(h->x, TARGET, out, n);
	h->body_left -= (int64_t)n;
	if (!h->body_left) {
		h->writing = SENT;
	} else if (exchange_ended(h->x, TARGET)) { /* it ended before its Content-Length */
		h->cut = true;
		loop_later(h->loop, &h->task);
	}
	return n;
}

static size_t fill_opaque(struct h1_client *h, uint8_t *out, size_t room)
{
	size_t n = exchange_take(h->x, TARGET, out, room);

	if (exchange_ended(h->x, TARGET) && h->writing != SENT) {
		h->writing = SENT;
		timer_start(h->loop, &h->timer, HALF_CLOSED_MS);
	}
	return n;
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct h1_client *h = owner;
	size_t n;

	if (!h->x || h->closing)
		return 0;
	if (h->reading == OPAQUE)
		return fill_opaque(h, out, room);
	n = fill_out(h, out, room);
	if (h->writing == SENDING && h1_out_gone(&h->out))
		n += h->body_left < 0 ? fill_chunk(h, out + n, room - n)
				      : fill_counted(h, out + n, room - n);
	if (n && h->reading == AWAITED)
		start_answer_timer(h);
	return n;
}

/* ---- reading ---- */

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	struct h1_client *h = arg;

	if (!h->x)
		return;
	start_body_timer(h);
	exchange_put(h->x, TARGET, data, len);
	if (h->x && exchange_waiting(h->x, SOURCE) >= ahead(h, AHEAD_HIGH)) {
		h->held = true;
		timer_stop(h->loop, &h->timer); /* it is not the target that is slow */
		conn_pause(h->conn);
	}
}

static void on_trailer(struct str name, struct str value, void *arg)
{
	struct h1_client *h = arg;

	if (h->x && (!h->setup->keeps_trailer || h->setup->keeps_trailer(name)))
		exchange_add_trailer(h->x, name, value);
}

static void whole(struct h1_client *h)
{
	h->whole = true;
	timer_stop(h->loop, &h->timer);
	exchange_put_end(h->x, TARGET);
	loop_later(h->loop, &h->task);
}

static void add_headers(struct h1_client *h, const struct h1_answer_head *head)
{
	uint16_t n = 0;

	for (size_t i = 0; i < head->headers_len; i++) {
		/* The answer to our own key is not for the client. */
		if (!h->key.p || !str_eq(head->headers[i].name, STR("sec-websocket-accept")))
			head->headers[n++] = head->headers[i];
	}
	exchange_take_headers(h->x, head->headers, n, h1_answer_memory(h->reader));
}

/* RFC 6455 section 4.1: the key with a constant behind it, as SHA-1, in base64. */
static bool accepts_key(const struct h1_client *h, const struct h1_answer_head *head)
{
	static const char constant[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const struct http_header *accept =
		http_find(head->headers, head->headers_len, STR("sec-websocket-accept"));
	struct buf text = buf_new(128), expected = buf_new(64);
	uint8_t sum[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	bool ok;

	buf_putstr(&text, h->key);
	buf_puts(&text, constant);
	if (EVP_Digest(text.data, text.len, sum, &len, EVP_sha1(), NULL) != 1)
		len = 0;
	buf_put_base64(&expected, sum, len);
	ok = len && accept && str_eq(accept->value, buf_str(&expected));
	buf_done(&text);
	buf_done(&expected);
	return ok;
}

static void begin_opaque(struct h1_client *h, const struct h1_answer_head *head)
{
	if (h->key.p && !accepts_key(h, head)) {
		fail(h, ERR_UPSTREAM);
		return;
	}
	timer_stop(h->loop, &h->timer);
	h->reading = OPAQUE;
	h->writing = SENDING;
	add_headers(h, head);
	exchange_switch(h->x);
	conn_wake(h->conn);
}

static void inform(struct h1_client *h)
{
	struct h1_answer_head head = h1_answer_head(h->reader);

	if (++h->interims > INTERIMS_MAX) {
		fail(h, ERR_UPSTREAM);
		return;
	}
	if (head.status == 100) /* nobody asked for it */
		return;
	add_headers(h, &head);
	exchange_inform(h->x, head.status);
}

static void answer(struct h1_client *h)
{
	struct h1_answer_head head = h1_answer_head(h->reader);
	bool is_head = exchange_request(h->x)->method == METHOD_HEAD;

	if (head.switched) {
		begin_opaque(h, &head);
		return;
	}
	if (head.wants_tls && !conn_is_tls(h->conn))
		return fail(h, ERR_TARGET_WANTS_TLS);
	if (head.complete && !is_head && head.status != 304)
		head.body_bytes = 0;
	h->reading = BODY;
	h->keep_alive = head.keep_alive;
	h->may_be_bare = head.until_close && head.stays_open &&
			 (head.status == 201 || head.status >= 300) && head.status < 400;
	timer_stop(h->loop, &h->timer);
	start_body_timer(h);
	add_headers(h, &head);
	exchange_answer(h->x, head.status, head.body_bytes);
	if (h->x && head.complete)
		whole(h);
}

static void take(struct h1_client *h, enum h1_answer_event event)
{
	switch (event) {
	case ANSWER_MORE:
		break;
	case ANSWER_INTERIM:
		inform(h);
		break;
	case ANSWER_HEAD:
		answer(h);
		break;
	case ANSWER_COMPLETE:
		h->keep_alive &= h1_answer_head(h->reader).keep_alive;
		whole(h);
		break;
	case ANSWER_BAD:
		fail(h, ERR_UPSTREAM);
		break;
	}
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct h1_client *h = owner;

	h->any = true;
	while (len && h->x && !h->whole) {
		size_t used = len;

		if (h->reading == OPAQUE)
			on_body(data, len, h);
		else
			take(h, h1_answer_feed(h->reader, data, len, &used));
		data += used;
		len -= used;
	}
	/* What nobody asked for: whose answer would the next one be? */
	if (len)
		h->keep_alive = false;
	if (len && h->reading == IDLE)
		close_conn(h);
}

static int64_t more_ms(struct h1_client *h)
{
	if (h->reading != AWAITED || !h->setup->on_late)
		return 0;
	return h->setup->on_late(h, h->setup->owner);
}

static void on_timer(struct timer *t)
{
	struct h1_client *h = CONTAINER_OF(t, struct h1_client, timer);
	int64_t ms = more_ms(h);

	if (ms > 0)
		timer_start(h->loop, t, ms);
	else if (h->reading == OPAQUE || h->may_be_bare)
		whole(h);
	else
		fail(h, ERR_TIMEOUT);
}

/* ---- the connection ---- */

static void go_idle(struct h1_client *h)
{
	h1_answer_free(&h->reader);
	h->reading = IDLE;
	h->writing = QUIET;
	h->any = h->held = h->whole = h->may_be_bare = false;
	h->interims = 0;
	h->key = (struct str){};
	conn_resume(h->conn);
	h->setup->on_idle(h, h->setup->owner);
}

static void on_task(struct task *t)
{
	struct h1_client *h = CONTAINER_OF(t, struct h1_client, task);
	struct exchange *x = h->x;

	if (!h->whole) {
		if (x && h->cut)
			fail(h, ERR_CANCELLED);
		else if (x && h->writing == COLLECTING)
			collect(h);
		return;
	}
	h->x = NULL;
	if (x)
		exchange_leave(x, TARGET);
	if (h->keep_alive && h->writing == SENT && conn_is_open(h->conn))
		go_idle(h);
	else
		close_conn(h);
}

static void on_end(struct conn *c, int why, void *owner)
{
	struct h1_client *h = owner;

	if (!h->x) {
		close_conn(h);
	} else if (h->whole) {
		h->keep_alive = false; /* the task is marked */
	} else if (why == 0 &&
		   (h->reading == OPAQUE ||
		    (h->reading == BODY && h1_answer_end(h->reader) == ANSWER_COMPLETE))) {
		h->keep_alive = false;
		whole(h);
	} else if (why == ERR_TIMEOUT) {
		fail(h, ERR_TIMEOUT);
	} else {
		fail(h, h->any ? ERR_UPSTREAM : ERR_UNREACHABLE);
	}
}

static void on_closed(void *owner)
{
	struct h1_client *h = owner;

	h1_answer_free(&h->reader);
	buf_wipe(&h->out.text);
	buf_wipe(&h->collected);
	h->setup->on_closed(h, h->setup->owner);
	free(h);
}

static const struct conn_ops conn_ops = {
	.on_data = on_data,
	.fill = fill,
	.on_end = on_end,
	.on_closed = on_closed,
};

struct h1_client *h1_client_new(struct conn *c, const struct h1_client_setup *setup)
{
	struct h1_client *h = xcalloc(1, sizeof(*h));

	h->conn = c;
	h->loop = conn_loop(c);
	h->setup = setup;
	h->out.text = buf_new(REQUEST_MAX + setup->collect_bytes);
	h->collected = buf_new(setup->collect_bytes);
	timer_init(&h->timer, on_timer);
	task_init(&h->task, on_task);
	conn_hand_over(c, &conn_ops, h);
	return h;
}

void h1_client_ask(struct h1_client *h, struct exchange *x, int64_t answer_ms)
{
	const struct http_request *req = exchange_request(x);
	const struct h1_answer_setup reader = {
		.header_bytes = h->setup->header_bytes ? h->setup->header_bytes : HEADER_BYTES,
		.header_fields =
			h->setup->header_fields ? h->setup->header_fields : EXCHANGE_HEADERS_MAX,
		.head = req->method == METHOD_HEAD,
		.upgrade = req->upgrade.p != NULL,
		.on_body = on_body,
		.on_trailer = on_trailer,
		.arg = h,
	};

	assert(h1_client_idle(h));
	h->reader = h1_answer_new(&reader);
	h->answer_ms = answer_ms;
	exchange_attach(x, &target_ops, h);
}

bool h1_client_idle(const struct h1_client *h)
{
	return h->reading == IDLE && !h->x && !h->closing;
}

void h1_client_close(struct h1_client *h)
{
	if (!h->closing)
		fail(h, ERR_CANCELLED);
}
