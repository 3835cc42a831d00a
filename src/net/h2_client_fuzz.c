/* h2_client_fuzz.c - what a peer answers on a tunnel, after its SETTINGS, to three requests: each
 * answer that is told keeps the promises of exchange.h, each request ends once, and nothing of it
 * stays. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/loop.h"

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)
#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define ASKS     3

struct run {
	struct conn *conn;
	struct ask {
		struct run *run;
		struct exchange *x;
		struct task task;
		int64_t length;
		uint64_t got;
		int status;
		bool over;
	} asks[ASKS];
	bool closed;
};

static bool clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static void check_fields(const struct exchange *x,
			 const struct http_header *(*nth)(const struct exchange *x, size_t n))
{
	const struct http_header *f;

	for (size_t i = 0; (f = nth(x, i)); i++) {
		EXPECT(i < EXCHANGE_HEADERS_MAX && f->name.len && f->name.p[0] != ':');
		EXPECT(clean(f->name) && clean(f->value));
		EXPECT(!str_eq(f->name, STR("transfer-encoding")));
		EXPECT(!str_eq(f->name, STR("connection")));
	}
}

static void on_headers(struct exchange *x, void *end)
{
	struct ask *a = end;
	int status = exchange_status(x);

	EXPECT(a->status < 200 && status > 101 && status <= HTTP_STATUS_MAX);
	a->status = status;
	a->length = exchange_answer_bytes(x);
	EXPECT(a->length >= -1);
	EXPECT(!exchange_answers_with(x, "content-length"));
	check_fields(x, exchange_answer_header);
}

static void on_kick(struct exchange *x, void *end)
{
	loop_later(exchange_loop(x), &((struct ask *)end)->task);
}

static void on_consumed(struct exchange *x, size_t n, void *end)
{
}

static void on_abort(struct exchange *x, int why, void *end)
{
	struct ask *a = end;

	EXPECT(!a->over && why < 0);
	a->over = true;
	task_cancel(&a->task);
}

static const struct end_ops source_ops = {
	.headers = on_headers,
	.kick = on_kick,
	.consumed = on_consumed,
	.abort = on_abort,
};

static void on_task(struct task *t)
{
	struct ask *a = CONTAINER_OF(t, struct ask, task);
	uint8_t octets[4096];

	a->got += exchange_take(a->x, SOURCE, octets, sizeof(octets));
	if (exchange_waiting(a->x, SOURCE))
		loop_again(exchange_loop(a->x), t);
	if (!exchange_ended(a->x, SOURCE))
		return;
	EXPECT(a->status >= 200);
	if (a != &a->run->asks[1] && a->status != 304 && a->length >= 0)
		EXPECT(a->got == (uint64_t)a->length);
	check_fields(a->x, exchange_trailer);
	a->over = true;
	exchange_abort(a->x, SOURCE, ERR_CANCELLED);
}

static void on_closed(struct h2 *h, int why, void *owner)
{
	((struct run *)owner)->closed = true;
}

static const struct h2_setup setup = {
	.http = { .header_bytes = 2048, .header_fields = 20, .header_ms = 60000 },
	.limits = { .streams = 10,
		    .stream_window = 65536,
		    .window = 131072,
		    .stall_ms = 60000,
		    .tunnel = true,
		    .stream_window_most = 131072,
		    .requests = 100,
		    .ping_ms = 60000,
		    .dead_ms = 60000 },
	.on_closed = on_closed,
};

/* A GET, a HEAD, and an upload that does not end. */
static const struct http_request requests[ASKS] = {
	{ .method = METHOD_GET,
	  .method_text = STR("GET"),
	  .authority = STR("a"),
	  .path = STR("/") },
	{ .method = METHOD_HEAD,
	  .method_text = STR("HEAD"),
	  .authority = STR("a"),
	  .path = STR("/") },
	{ .method = METHOD_POST,
	  .method_text = STR("POST"),
	  .authority = STR("a"),
	  .path = STR("/"),
	  .body_bytes = -1 },
};

static void on_open(struct conn *c, void *owner)
{
	const struct exchange_from from = { "192.0.2.1", true };
	struct run *run = owner;
	struct h2 *h = h2_client_new(c, &setup, run);

	for (size_t i = 0; i < ASKS; i++) {
		struct ask *a = &run->asks[i];

		a->run = run;
		task_init(&a->task, on_task);
		a->x = exchange_new(conn_loop(c), &from, &source_ops, a);
		exchange_set_request(a->x, &requests[i]);
		EXPECT(h2_ask(h, a->x) == 0);
		if (requests[i].body_bytes)
			exchange_put(a->x, SOURCE, "some", 4);
		else
			exchange_put_end(a->x, SOURCE);
	}
}

static const struct conn_ops ops = { .on_open = on_open };

static bool is_closed(void *arg)
{
	return ((struct run *)arg)->closed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct loop *loop;
	struct run run = { 0 };
	struct conn_setup cs = { .ops = &ops, .owner = &run };
	int fds[2];

	if (!loop)
		loop = loop_new();
	if (len > 32 * KIB) /* what a socket takes at once */
		return 0;
	EXPECT(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
	EXPECT(write(fds[1], SETTINGS, sizeof(SETTINGS) - 1) == sizeof(SETTINGS) - 1);
	EXPECT(write(fds[1], data, len) == (ssize_t)len);
	shutdown(fds[1], SHUT_WR);
	EXPECT(conn_open(loop, fds[0], &cs, &run.conn) == 0);
	EXPECT(loop_run_until(loop, is_closed, &run, 20000));
	close(fds[1]);
	for (size_t i = 0; i < ASKS; i++) {
		/* What was whole when the connection ended may still be taken. */
		while (!run.asks[i].over)
			on_task(&run.asks[i].task);
	}
	loop_run_until(loop, is_closed, &run, 0);
	EXPECT(loop_counts(loop).buffered_bytes == 0);
	return 0;
}
