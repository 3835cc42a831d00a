/* h2_fuzz.c - one connection's octets after the preface: every request that a handler sees keeps
 * the promises of exchange.h and ends once, and nothing of it stays. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/loop.h"

#define EXPECT(condition)                                                                          \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"

struct run {
	struct conn *conn;
	int begun, over;
	bool closed;
};

static void on_gone(struct exchange *x, int why, void *owner)
{
	((struct run *)owner)->over++;
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	((struct run *)owner)->over++;
	if (rc < 0)
		exchange_respond_error(x, rc);
	else
		exchange_respond(x, 200, NULL, body);
}

static bool clean(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static void check(const struct http_request *r)
{
	size_t hosts = 0, cookies = 0;

	EXPECT(r->path.len && (r->path.p[0] == '/' || str_eq(r->path, STR("*"))));
	EXPECT(r->path.len + r->query.len <= 512 && r->authority.len && r->body_bytes >= -1);
	EXPECT(clean(r->path) && clean(r->query) && clean(r->authority) && clean(r->method_text));
	for (size_t i = 0; i < r->headers_len; i++) {
		const struct http_header *h = &r->headers[i];

		EXPECT(h->name.len && h->name.p[0] != ':' && clean(h->name) && clean(h->value));
		EXPECT(!str_eq(h->name, STR("transfer-encoding")));
		EXPECT(!str_eq(h->name, STR("content-length")));
		hosts += str_eq(h->name, STR("host"));
		cookies += str_eq(h->name, STR("cookie"));
	}
	EXPECT(hosts == 1 && cookies <= 1);
}

static void on_request(struct exchange *x, void *owner)
{
	struct run *run = owner;
	const struct http_request *r = exchange_request(x);

	check(r);
	run->begun++;
	if (r->path.len == 1) { /* at once */
		run->over++;
		exchange_respond(x, 200, NULL, r->authority);
		return;
	}
	exchange_on_gone(x, on_gone, run);
	if (r->path.p[1] == 'e')
		exchange_read_body(x, 4096, on_body, run);
	else
		exchange_park(x); /* until the client goes */
}

static void on_closed(struct h2 *h, int why, void *owner)
{
	((struct run *)owner)->closed = true;
}

static const struct h2_setup setup = {
	.http = { 2048, 20, 512, 60000, 60000, 60000 },
	.limits = { .streams = 10, .stream_window = 65536, .window = 131072, .stall_ms = 60000 },
	.on_request = on_request,
	.on_closed = on_closed,
};

static void on_open(struct conn *c, void *owner)
{
	h2_new(c, &setup, owner);
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
	EXPECT(conn_open(loop, fds[0], &cs, &run.conn) == 0);
	EXPECT(write(fds[1], PREFACE, sizeof(PREFACE) - 1) == sizeof(PREFACE) - 1);
	EXPECT(write(fds[1], data, len) == (ssize_t)len);
	shutdown(fds[1], SHUT_WR);
	/* What the server says is never read: it must not need that. */
	EXPECT(loop_run_until(loop, is_closed, &run, 20000));
	close(fds[1]);
	EXPECT(run.begun == run.over);
	EXPECT(loop_counts(loop).buffered_bytes == 0);
	return 0;
}
