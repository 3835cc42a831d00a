/* test_h2.c - see test_h2.h. */
#include "base/test.h"
#include "net/test_h2.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/exchange.h"

static const char long_text[200 * KIB];

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct test_h2 *f = owner;

	f->gone++;
	f->why = why;
	if (f->parked == x)
		f->parked = NULL;
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	if (rc < 0)
		exchange_respond_error(x, rc);
	else
		exchange_respond(x, 200, "text/plain", body);
}

static void park(struct test_h2 *f, struct exchange *x)
{
	exchange_on_gone(x, on_gone, f);
	exchange_park(x);
	f->parked = x;
}

static void tell_head(struct test_h2 *f, struct exchange *x)
{
	const struct http_request *r = exchange_request(x);
	struct buf text = buf_new(sizeof(f->head) - 1);

	buf_printf(&text, "%.*s %.*s%s%.*s %lld\n", (int)r->method_text.len, r->method_text.p,
		   (int)r->path.len, r->path.p, r->query.p ? "?" : "", (int)r->query.len,
		   r->query.p ? r->query.p : "", (long long)r->body_bytes);
	for (size_t i = 0; i < r->headers_len; i++)
		buf_printf(&text, "%.*s: %.*s\n", (int)r->headers[i].name.len, r->headers[i].name.p,
			   (int)r->headers[i].value.len, r->headers[i].value.p);
	snprintf(f->head, sizeof(f->head), "%s", (const char *)text.data);
	buf_done(&text);
	exchange_add_header(x, "set-cookie", "a=b");
	exchange_respond(x, 200, "text/plain", str_of(f->head));
}

static void big(struct exchange *x)
{
	uint8_t *body = xmalloc(TEST_H2_BIG);

	for (size_t i = 0; i < TEST_H2_BIG; i++)
		body[i] = test_octet(i);
	exchange_respond(x, 200, NULL, (struct str){ (char *)body, TEST_H2_BIG });
	free(body);
}

/* A target of its own, because a handler cannot announce more than it sends. */
static void on_start(struct exchange *x, void *end)
{
	exchange_answer(x, 200, 10);
	exchange_put(x, TARGET, "abc", 3);
	exchange_put_end(x, TARGET);
	exchange_leave(x, TARGET);
}

static void on_kick(struct exchange *x, void *end)
{
}

/* ---- targets that give and take bit by bit ---- */

struct bits {
	struct exchange *x;
	struct task task;
	uint64_t left, at; /* of /octets */
	bool pipes;
};

static void done(struct bits *b)
{
	exchange_put_end(b->x, TARGET);
	exchange_leave(b->x, TARGET);
	task_cancel(&b->task);
	free(b);
}

static void pipe_more(struct bits *b)
{
	uint8_t octets[16 * KIB];
	size_t n;

	while (exchange_waiting(b->x, SOURCE) < EXCHANGE_HIGH &&
	       (n = exchange_take(b->x, TARGET, octets, sizeof(octets))))
		exchange_put(b->x, TARGET, octets, n);
	if (exchange_ended(b->x, TARGET))
		done(b);
}

static void make_more(struct bits *b)
{
	uint8_t octets[16 * KIB];

	while (b->left && exchange_waiting(b->x, SOURCE) < EXCHANGE_HIGH) {
		size_t n = b->left < sizeof(octets) ? (size_t)b->left : sizeof(octets);

		for (size_t i = 0; i < n; i++)
			octets[i] = test_octet(b->at + i);
		b->at += n;
		b->left -= n;
		exchange_put(b->x, TARGET, octets, n);
	}
	if (!b->left)
		done(b);
}

static void on_bits(struct task *t)
{
	struct bits *b = CONTAINER_OF(t, struct bits, task);

	(b->pipes ? pipe_more : make_more)(b);
}

static void bits_kick(struct exchange *x, void *end)
{
	struct bits *b = end;

	loop_later(exchange_loop(x), &b->task);
}

static void bits_start(struct exchange *x, void *end)
{
	struct bits *b = end;

	if (exchange_request(x)->upgrade.p) {
		exchange_add_header(x, "sec-websocket-accept", "yes");
		exchange_switch(x);
	} else {
		exchange_answer(x, 200, b->pipes ? -1 : (int64_t)b->left);
	}
	bits_kick(x, end);
}

static void bits_consumed(struct exchange *x, size_t n, void *end)
{
	bits_kick(x, end);
}

static void bits_abort(struct exchange *x, int why, void *end)
{
	struct bits *b = end;

	task_cancel(&b->task);
	free(b);
}

static const struct end_ops bits_ops = { bits_start, NULL, bits_kick, bits_consumed, bits_abort };

static void give_bits(struct exchange *x, bool pipes)
{
	struct bits *b = xcalloc(1, sizeof(*b));

	b->x = x;
	b->pipes = pipes;
	task_init(&b->task, on_bits);
	if (!pipes)
		assert_true(str_to_u64(exchange_request(x)->query, &b->left));
	exchange_attach(x, &bits_ops, b);
}

/* ---- answers in more parts than a handler gives ---- */

static void hello(struct exchange *x)
{
	exchange_add_header(x, "x-own", "1");
	exchange_answer(x, 200, -1);
	exchange_put(x, TARGET, "hello", 5);
}

static void end(struct exchange *x)
{
	exchange_put_end(x, TARGET);
	exchange_leave(x, TARGET);
}

static void hints_start(struct exchange *x, void *arg)
{
	exchange_add_header(x, "link", "</a.css>");
	exchange_inform(x, 103);
	hello(x);
	end(x);
}

static void trailers_start(struct exchange *x, void *arg)
{
	hello(x);
	exchange_add_trailer(x, STR("x-sum"), STR("abc"));
	exchange_add_trailer(x, STR("x-more"), STR("d"));
	end(x);
}

static void early_start(struct exchange *x, void *arg)
{
	exchange_answer(x, 413, 4);
	exchange_put(x, TARGET, "full", 4);
	end(x);
}

/* Those of another protocol: who takes nothing, and who speaks first and last. */
static void deaf_start(struct exchange *x, void *arg)
{
	exchange_switch(x);
}

static void last_start(struct exchange *x, void *arg)
{
	exchange_switch(x);
	exchange_put(x, TARGET, "bye", 3);
	end(x);
}

static void unmodified_start(struct exchange *x, void *arg)
{
	exchange_answer(x, 304, 1234);
	end(x);
}

static void flood_start(struct exchange *x, void *arg)
{
	for (int i = 0; i < 100; i++)
		exchange_inform(x, 103);
	hello(x);
	end(x);
}

static const struct {
	const char *path;
	struct end_ops ops;
} targets[] = {
	{ "/short", { .start = on_start, .kick = on_kick } },
	{ "/hints", { .start = hints_start, .kick = on_kick } },
	{ "/trailers", { .start = trailers_start, .kick = on_kick } },
	{ "/unmodified", { .start = unmodified_start, .kick = on_kick } },
	{ "/early", { .start = early_start, .kick = on_kick } },
	{ "/deaf", { .start = deaf_start, .kick = on_kick, .abort = on_gone } },
	{ "/last", { .start = last_start, .kick = on_kick } },
	{ "/flood-1xx", { .start = flood_start, .kick = on_kick } },
};

static bool has_target(struct test_h2 *f, struct exchange *x)
{
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		if (str_eq(exchange_request(x)->path, str_of(targets[i].path))) {
			exchange_attach(x, &targets[i].ops, f);
			return true;
		}
	}
	return false;
}

void test_h2_answer(struct exchange *x, void *owner)
{
	struct test_h2 *f = owner;
	struct str path = exchange_request(x)->path;

	f->requests++;
	if (has_target(f, x))
		return;
	if (str_eq(path, STR("/echo"))) {
		exchange_on_gone(x, on_gone, f);
		exchange_read_body(x, 64 * KIB, on_body, f);
	} else if (str_eq(path, STR("/park")) || str_eq(path, STR("/unread"))) {
		park(f, x);
	} else if (str_eq(path, STR("/stream"))) {
		park(f, x);
		exchange_stream(x, 200, "text/event-stream", 0, NULL, NULL);
	} else if (str_eq(path, STR("/head"))) {
		tell_head(f, x);
	} else if (str_eq(path, STR("/big"))) {
		big(x);
	} else if (str_eq(path, STR("/static"))) {
		exchange_respond_static(x, 200, "text/plain",
					(struct str){ long_text, sizeof(long_text) });
	} else if (str_eq(path, STR("/pipe")) || str_eq(path, STR("/octets"))) {
		give_bits(x, path.len == 5);
	} else if (str_eq(path, STR("/empty"))) {
		exchange_respond(x, 204, NULL, (struct str){ 0 });
	} else {
		exchange_respond(x, 200, "text/plain", STR("hello"));
	}
}

static void on_closed(struct h2 *h, int why, void *owner)
{
	struct test_h2 *f = owner;

	f->closed++;
	f->h2 = NULL;
}

static void on_rotate(struct h2 *h, void *owner)
{
	((struct test_h2 *)owner)->rotated++;
}

static void on_open(struct conn *c, void *owner)
{
	struct test_h2 *f = owner;

	f->h2 = h2_new(c, &f->setup, f);
}

static size_t nothing(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	return 0;
}

static const struct conn_ops ops = { .on_open = on_open, .fill = nothing };

void test_h2_begin(struct test_h2 *f)
{
	*f = (struct test_h2){
		.loop = loop_new(),
		.setup = {
			.http = { 16 * KIB, 100, 8 * KIB, 10000, 20000, 75000 },
			.limits = { .streams = 128, .stream_window = 256 * KIB, .window = MIB, .stall_ms = 60000 },
			.on_request = test_h2_answer,
			.on_rotate = on_rotate,
			.on_closed = on_closed,
		},
	};
}

void test_h2_serve(struct test_h2 *f, int fd)
{
	struct conn_setup setup = { .ops = &ops, .owner = f };

	f->closed = 0;
	assert_int_equal(conn_open(f->loop, fd, &setup, &f->conn), 0);
}

void test_h2_open(struct test_h2 *f)
{
	int fds[2];

	test_pair(fds);
	test_h2_serve(f, fds[0]);
	test_peer_open(&f->peer, f->loop, fds[1], NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&f->peer));
}

static bool is_closed(void *arg)
{
	return ((struct test_h2 *)arg)->closed != 0;
}

void test_h2_close(struct test_h2 *f)
{
	test_peer_close(&f->peer);
	assert_true(loop_run_until(f->loop, is_closed, f, TEST_WAIT_MS));
	assert_int_equal(f->closed, 1);
}

void test_h2_end(struct test_h2 *f)
{
	assert_int_equal(loop_counts(f->loop).buffered_bytes, 0);
	loop_free(&f->loop);
}
