/* h1.c - drives h1_reader from a conn, joins the requests to exchanges, writes the answers.
 *
 *   reading:  IDLE --> HEAD --> BODY --> READ       (a request without body: HEAD --> READ)
 *                        '--> ASKED --> READ          it asks for another protocol and is refused
 *                                 '---> OPAQUE --> READ         or is not: octets both ways
 *   writing:  QUIET --> SENDING --> SENT            REFUSING: our own last words
 *
 * When both are at their end the next request may begin, or the connection finishes.  Reading and
 * writing have their own states because an answer may come before the request has ended: the rest
 * of that is then dropped and the connection closed. */
#include "net/h1.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h1_reader.h"
#include "net/h1_write.h"
#include "net/loop.h"

#define HEAD_MAX (128 * KIB) /* of an answer, and of an interim one before it */

/* Of a switched connection whose peer has closed its half and takes nothing of what we send, or to
 * whom nothing is sent. */
#define HALF_MS 60000

enum reading { IDLE, HEAD, BODY, READ, ASKED, OPAQUE };
enum writing { QUIET, SENDING, SENT, REFUSING };
enum body_form { NO_BODY, COUNTED, CHUNKED, UNTIL_CLOSE, CONN_GIVEN };

struct h1 {
	struct conn *conn;
	struct loop *loop;
	const struct h1_setup *setup;
	void *owner;
	struct exchange *x;       /* while its SOURCE end is ours */
	struct h1_reader *reader; /* from a request's first octet to its last */
	struct h1_out out;        /* an answer's head, or our last words */
	int64_t body_left;        /* COUNTED */
	uint8_t *spill;           /* octets of the next request that came with this one; owned */
	size_t spill_len;
	struct timer timer; /* of the reading state */
	struct task task;   /* the answer has gone out */
	uint8_t reading, writing, body_form;
	bool keep_alive;
	bool http10, is_head;
	bool expects_continue; /* 100 not yet sent */
	bool continue_due;
	bool held;      /* reading waits for the target to take what came */
	bool truncated; /* the target ended before its Content-Length */
	bool draining;
	bool switch_due, refused_due; /* of what was ASKED */
	bool half;                    /* a switched connection's peer has closed its half */
};

static const struct end_ops source_ops;

/* ---- answers ---- */

struct phrase {
	int status;
	const char *text;
};

/* Of RFC 9110 section 15, what we send; the rest goes without a phrase, which is allowed. */
static const struct phrase phrases[] = {
	{ 101, "Switching Protocols" },
	{ 103, "Early Hints" },
	{ 200, "OK" },
	{ 201, "Created" },
	{ 204, "No Content" },
	{ 304, "Not Modified" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 413, "Content Too Large" },
	{ 415, "Unsupported Media Type" },
	{ 421, "Misdirected Request" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
};

static void put_date(struct buf *out)
{
	char date[HTTP_DATE_SIZE];

	http_date(date);
	buf_puts(out, "Date: ");
	buf_puts(out, date);
	buf_puts(out, "\r\n");
}

static void put_status(struct buf *out, int status)
{
	const char *text = "";

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
		if (phrases[i].status == status)
			text = phrases[i].text;
	}
	buf_puts(out, "HTTP/1.1 ");
	buf_put_i64(out, status);
	buf_putc(out, ' ');
	buf_puts(out, text);
	buf_puts(out, "\r\n");
}

static void put_length(struct buf *out, int64_t bytes)
{
	buf_puts(out, "Content-Length: ");
	buf_put_i64(out, bytes);
	buf_puts(out, "\r\n");
}

static void stop_reading(struct h1 *h)
{
	h->reading = READ;
	h->held = false;
	timer_stop(h->loop, &h->timer);
	conn_pause(h->conn);
}

static void drop_exchange(struct h1 *h, int why)
{
	struct exchange *x = h->x;

	h->x = NULL;
	if (x)
		exchange_abort(x, SOURCE, why);
}

/* Our own answer to what never became, or cannot stay, an exchange; the connection ends with it. */
static void refuse(struct h1 *h, int status, int rc)
{
	char body[HTTP_PROBLEM_SIZE];
	size_t len = http_problem(body, status, rc);

	metric_add(M_REFUSED, 1);
	log_event(EV_HTTP_REFUSED, "status=%d code=%s", status, err_code(rc));
	drop_exchange(h, rc);
	stop_reading(h);
	h->keep_alive = false;
	if (h->writing != QUIET) { /* the answer has begun: all we can do is break it off */
		conn_close(h->conn);
		return;
	}
	h->writing = REFUSING;
	put_status(&h->out.text, status);
	put_date(&h->out.text);
	if (rc == ERR_COOKIES_TOO_LARGE)
		buf_puts(&h->out.text, "Clear-Site-Data: " HTTP_CLEAR_COOKIES "\r\n"
				       "Content-Security-Policy: " HTTP_CLEAR_POLICY "\r\n");
	buf_printf(&h->out.text,
		   "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
		   http_problem_type(rc), len, h->is_head ? "" : body);
	conn_wake(h->conn);
}

static void choose_form(struct h1 *h, int status, int64_t body_bytes)
{
	if (h->is_head || status == 204 || status == 304)
		h->body_form = NO_BODY;
	else if (body_bytes >= 0)
		h->body_form = COUNTED;
	else
		h->body_form = h->http10 ? UNTIL_CLOSE : CHUNKED;
	h->body_left = body_bytes;
}

static void put_headers(struct buf *out, const struct exchange *x)
{
	const struct http_header *f;

	for (size_t i = 0; (f = exchange_answer_header(x, i)); i++) {
		buf_putstr(out, f->name);
		buf_puts(out, ": ");
		buf_putstr(out, f->value);
		buf_puts(out, "\r\n");
	}
}

/* It may be left out: to a client that knows of none (RFC 9110 section 15.2), and where the one
 * before has not gone yet. */
static void put_interim(struct h1 *h, const struct exchange *x)
{
	if (h->http10 || !h1_out_gone(&h->out))
		return;
	put_status(&h->out.text, exchange_status(x));
	put_headers(&h->out.text, x);
	buf_puts(&h->out.text, "\r\n");
}

/* RFC 9110 section 7.8. */
static void put_switch(struct h1 *h, const struct exchange *x)
{
	h->writing = SENDING;
	h->body_form = UNTIL_CLOSE;
	h->keep_alive = false;
	h->switch_due = true;
	metric_add(M_REQUESTS, 1);
	put_status(&h->out.text, 101);
	buf_puts(&h->out.text, "Connection: upgrade\r\nUpgrade: ");
	buf_putstr(&h->out.text, exchange_request(x)->upgrade);
	buf_puts(&h->out.text, "\r\n");
	put_headers(&h->out.text, x);
	buf_puts(&h->out.text, "\r\n");
}

static void put_head(struct h1 *h, const struct exchange *x)
{
	int status = exchange_status(x);
	int64_t body_bytes = exchange_answer_bytes(x);

	h->writing = SENDING;
	choose_form(h, status, body_bytes);
	if (h->reading == ASKED) {
		h->reading = READ;
		h->refused_due = true;
	}
	/* Part of the request may still be on its way: what then follows could not be told apart.
	 */
	if (h->reading != READ || h->draining || h->body_form == UNTIL_CLOSE)
		h->keep_alive = false;
	metric_add(M_REQUESTS, 1);
	buf_room(&h->out.text, H1_HEAD_ROOM);
	put_status(&h->out.text, status);
	if (!exchange_answers_with(x, "date"))
		put_date(&h->out.text);
	put_headers(&h->out.text, x);
	if (status != 204 && body_bytes >= 0)
		put_length(&h->out.text, body_bytes);
	else if (h->body_form == CHUNKED)
		buf_puts(&h->out.text, "Transfer-Encoding: chunked\r\n");
	if (!h->keep_alive)
		buf_puts(&h->out.text, "Connection: close\r\n");
	buf_puts(&h->out.text, "\r\n");
}

static void on_headers(struct exchange *x, void *end)
{
	struct h1 *h = end;

	if (exchange_switched(x))
		put_switch(h, x);
	else if (exchange_status(x) < 200)
		put_interim(h, x);
	else
		put_head(h, x);
	assert(!h->out.text.failed);
	conn_wake(h->conn);
}

static void on_kick(struct exchange *x, void *end)
{
	struct h1 *h = end;

	if (h->writing == SENDING)
		conn_wake(h->conn);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
	struct h1 *h = end;

	if (n == 0 && h->expects_continue && h->writing == QUIET) {
		h->expects_continue = false;
		h->continue_due = true;
		conn_wake(h->conn);
	}
	if (h->held && exchange_waiting(x, TARGET) < EXCHANGE_LOW) {
		h->held = false;
		if (h->reading == BODY)
			timer_start(h->loop, &h->timer, h->setup->limits.body_ms);
		conn_resume(h->conn);
	}
}

static size_t on_unsent(struct exchange *x, void *end)
{
	const struct h1 *h = end;

	return conn_unsent(h->conn);
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct h1 *h = end;

	h->x = NULL;
	if (why == ERR_CANCELLED)
		conn_close(h->conn);
	else
		refuse(h, err_status(why), why);
}

/* Nothing is read any more: what comes is the new owner's. */
static void on_give_conn(struct exchange *x, void *end)
{
	struct h1 *h = end;

	h->body_form = CONN_GIVEN;
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
	.unsent = on_unsent,
	.give_conn = on_give_conn,
};

/* ---- reading ---- */

static void spill(struct h1 *h, const uint8_t *data, size_t len)
{
	if (!len)
		return;
	h->spill = xrealloc(h->spill, h->spill_len + len);
	memcpy(h->spill + h->spill_len, data, len);
	h->spill_len += len;
}

static void wipe_spill(struct h1 *h)
{
	if (h->spill)
		secret_wipe(h->spill, h->spill_len);
	free(h->spill);
	h->spill = NULL;
	h->spill_len = 0;
}

static void put_body(struct h1 *h, const uint8_t *data, size_t len)
{
	exchange_put(h->x, SOURCE, data, len);
	if (h->x && exchange_waiting(h->x, TARGET) >= EXCHANGE_HIGH) {
		h->held = true;
		timer_stop(h->loop, &h->timer); /* it is we who are slow */
		conn_pause(h->conn);
	}
}

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	struct h1 *h = arg;

	if (!h->x)
		return;
	timer_start(h->loop, &h->timer, h->setup->limits.body_ms);
	put_body(h, data, len);
}

/* The other protocol's octets, the first of which came with the request. */
static void begin_opaque(struct h1 *h)
{
	h->reading = OPAQUE;
	conn_keep_half(h->conn);
	conn_resume(h->conn);
	if (h->spill_len)
		put_body(h, h->spill, h->spill_len);
	wipe_spill(h);
}

/* The switch was decided in a call of the TARGET's, which may be told of our octets only now. */
static void after_asked(struct h1 *h)
{
	if (h->refused_due && h->x)
		exchange_put_end(h->x, SOURCE);
	else if (h->switch_due && h->x && h->body_form != CONN_GIVEN)
		begin_opaque(h);
	h->refused_due = h->switch_due = false;
}

static void begin_exchange(struct h1 *h)
{
	struct exchange_from from = { conn_peer(h->conn), conn_is_tls(h->conn) };
	struct arena mem;
	struct h1_head head = h1_reader_head(h->reader, &mem);
	struct http_request *req;

	h->is_head = head.request.method == METHOD_HEAD;
	h->http10 = head.http10;
	h->keep_alive = head.keep_alive && !h->draining;
	h->expects_continue = head.expects_continue;
	if (!conn_is_for(h->conn, head.request.authority)) {
		arena_wipe(&mem);
		refuse(h, 421, ERR_MISDIRECTED);
		return;
	}
	h->x = exchange_new(h->loop, &from, &source_ops, h);
	*exchange_arena(h->x) = mem;
	req = ARENA_NEW(exchange_arena(h->x), struct http_request);
	*req = head.request;
	exchange_set_request(h->x, req);
	if (head.request.upgrade.p) {
		stop_reading(h);
		h->reading = ASKED;
	} else if (head.complete) {
		stop_reading(h);
		exchange_put_end(h->x, SOURCE);
	} else {
		h->reading = BODY;
		timer_start(h->loop, &h->timer, h->setup->limits.body_ms);
	}
	h->setup->on_request(h->x, h->owner);
}

static void begin_head(struct h1 *h)
{
	h->reader = h1_reader_new(&h->setup->limits, on_body, h);
	h->reading = HEAD;
	timer_start(h->loop, &h->timer, h->setup->limits.header_ms);
}

static void feed(struct h1 *h, const uint8_t *data, size_t len)
{
	while (len && h->reading <= BODY) {
		struct h1_refusal no;
		enum h1_event event;
		size_t used;

		if (h->reading == IDLE)
			begin_head(h);
		event = h1_reader_feed(h->reader, data, len, &used);
		data += used;
		len -= used;
		if (event == H1_HEAD) {
			begin_exchange(h);
		} else if (event == H1_COMPLETE && h->reading == BODY) {
			stop_reading(h);
			if (h->x)
				exchange_put_end(h->x, SOURCE);
		} else if (event == H1_REFUSED && h->reading != READ) {
			no = h1_reader_refusal(h->reader);
			refuse(h, no.status, no.rc);
		}
	}
	if (h->reading > BODY)
		h1_reader_free(&h->reader);
	if (h->keep_alive || h->reading == ASKED || h->switch_due)
		spill(h, data, len);
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct h1 *h = owner;

	if (h->reading != OPAQUE)
		feed(h, data, len);
	else if (h->x)
		put_body(h, data, len);
}

/* Of a switched connection: the peer has closed its half. */
static void on_eof(struct conn *c, void *owner)
{
	struct h1 *h = owner;

	h->reading = READ;
	h->half = true;
	timer_start(h->loop, &h->timer, HALF_MS);
	if (h->x)
		exchange_put_end(h->x, SOURCE);
}

static void on_timer(struct timer *t)
{
	struct h1 *h = CONTAINER_OF(t, struct h1, timer);

	if (h->reading == IDLE)
		conn_finish(h->conn);
	else if (h->half)
		conn_close(h->conn);
	else
		refuse(h, 408, ERR_TIMEOUT);
}

/* ---- writing ---- */

static size_t fill_counted(struct h1 *h, uint8_t *out, size_t room)
{
	size_t n = h->body_left < (int64_t)room ? (size_t)h->body_left : room;

	n = exchange_take(h->x, SOURCE, out, n);
	h->body_left -= (int64_t)n;
	if (h->body_left == 0) {
		h->writing = SENT;
	} else if (exchange_ended(h->x, SOURCE)) {
		h->truncated = true;
		h->writing = SENT;
	}
	return n;
}

static size_t fill_body(struct h1 *h, uint8_t *out, size_t room)
{
	bool last;
	size_t n = 0;

	switch (h->body_form) {
	case NO_BODY:
		h->writing = SENT;
		break;
	case COUNTED:
		return fill_counted(h, out, room);
	case CHUNKED:
		n = h1_take_chunk(h->x, SOURCE, out, room, &last);
		if (last)
			h->writing = SENT;
		return n;
	case UNTIL_CLOSE:
		n = exchange_take(h->x, SOURCE, out, room);
		if (n && h->half)
			timer_start(h->loop, &h->timer, HALF_MS);
		if (exchange_ended(h->x, SOURCE))
			h->writing = SENT;
		break;
	case CONN_GIVEN:
		h->writing = SENT;
		break;
	}
	return n;
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct h1 *h = owner;
	size_t n = 0;

	after_asked(h);
	if (h->continue_due) {
		h->continue_due = false;
		n = sizeof(go_on) - 1;
		memcpy(out, go_on, n);
	}
	n += h1_take_out(&h->out, out + n, room - n);
	if (h->writing == SENDING && h1_out_gone(&h->out))
		n += fill_body(h, out + n, room - n);
	if ((h->writing == SENT || h->writing == REFUSING) && h1_out_gone(&h->out))
		loop_later(h->loop, &h->task);
	return n;
}

/* The source's end of the exchange is done: in order only if the request was read to its end. */
static void leave_exchange(struct h1 *h)
{
	struct exchange *x = h->x;

	h->x = NULL;
	if (!x)
		return;
	if (h->reading == READ && exchange_ended(x, SOURCE))
		exchange_leave(x, SOURCE);
	else
		exchange_abort(x, SOURCE, ERR_CANCELLED);
}

static void let_go(struct h1 *h)
{
	timer_stop(h->loop, &h->timer);
	task_cancel(&h->task);
	drop_exchange(h, ERR_CANCELLED);
	h1_reader_free(&h->reader);
	buf_wipe(&h->out.text);
	wipe_spill(h);
	h->setup->on_closed(h, h->owner);
	free(h);
}

static void next_request(struct h1 *h, int64_t within_ms)
{
	uint8_t *data = h->spill;
	size_t len = h->spill_len;

	h->spill = NULL;
	h->spill_len = 0;
	h->reading = IDLE;
	h->writing = QUIET;
	timer_start(h->loop, &h->timer, within_ms ? within_ms : h->setup->limits.idle_ms);
	conn_resume(h->conn);
	if (!data)
		return;
	feed(h, data, len);
	secret_wipe(data, len);
	free(data);
}

/* The connection is somebody else's; all that is ours goes, and we with it. */
static void give_conn(struct h1 *h)
{
	struct exchange *x = h->x;
	struct conn *c = h->conn;
	uint8_t *first = h->spill;
	size_t len = h->spill_len;
	void *owner;
	exchange_taken_fn *taken = exchange_taken(x, &owner);

	h->spill = NULL;
	h->x = NULL;
	exchange_put_end(x, SOURCE);
	exchange_leave(x, SOURCE);
	exchange_put_end(x, TARGET);
	exchange_leave(x, TARGET);
	conn_resume(c);
	taken(c, (struct str){ (const char *)first, len }, owner);
	if (first)
		secret_wipe(first, len);
	free(first);
	let_go(h);
}

static void on_sent(struct task *t)
{
	struct h1 *h = CONTAINER_OF(t, struct h1, task);
	int64_t within_ms = h->x ? exchange_next_within_ms(h->x) : 0;

	if (h->body_form == CONN_GIVEN && h->x) {
		give_conn(h);
		return;
	}
	leave_exchange(h);
	if (h->truncated) {
		conn_close(h->conn);
	} else if (!h->keep_alive || h->draining) {
		timer_stop(h->loop, &h->timer);
		conn_finish(h->conn);
	} else {
		next_request(h, within_ms);
	}
}

/* ---- the connection ---- */

static void on_end(struct conn *c, int why, void *owner)
{
	h1_close(owner);
}

static void on_closed(void *owner)
{
	let_go(owner);
}

static const struct conn_ops conn_ops = {
	.on_data = on_data,
	.fill = fill,
	.on_eof = on_eof,
	.on_end = on_end,
	.on_closed = on_closed,
};

struct h1 *h1_new(struct conn *c, const struct h1_setup *setup, void *owner)
{
	struct h1 *h = xcalloc(1, sizeof(*h));

	h->conn = c;
	h->loop = conn_loop(c);
	h->setup = setup;
	h->owner = owner;
	h->out.text = buf_new(HEAD_MAX);
	timer_init(&h->timer, on_timer);
	task_init(&h->task, on_sent);
	conn_hand_over(c, &conn_ops, h);
	timer_start(h->loop, &h->timer, setup->limits.idle_ms);
	return h;
}

void h1_drain(struct h1 *h)
{
	h->draining = true;
	if (h->reading == IDLE && h->writing == QUIET) {
		timer_stop(h->loop, &h->timer);
		conn_finish(h->conn);
	}
}

void h1_close(struct h1 *h)
{
	timer_stop(h->loop, &h->timer);
	task_cancel(&h->task);
	drop_exchange(h, ERR_CANCELLED);
	conn_close(h->conn);
}

bool h1_busy(const struct h1 *h)
{
	return h->x != NULL;
}

size_t h1_memory(const struct h1 *h)
{
	return h->x ? exchange_memory(h->x) : 0;
}
