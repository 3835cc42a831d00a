/* client.c - see client.h. */
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/os.h"
#include "base/rand.h"
#include "net/conn.h"
#include "wire/http_sig.h"

#define GZIP_FROM   1024 /* as the connector does */
#define ANSWER_MAX  (64 * KIB)
#define CALL_MAX    (2 * MIB)
#define PER_ADDRESS 1000
#define NEVER_MS    (24 * 3600 * (int64_t)1000)

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

struct client {
	struct bench *bench;
	struct member *member;
	const struct client_ops *ops;
	void *owner;
	struct conn *conn;
	struct buf out, in;
	size_t out_at;
};

/* -- Calls */

static void put_signature(struct client *c, const struct client_call *call, const char *encoding,
			  const char *digest)
{
	struct http_sig_request rq = {
		.method = str_of(call->method),
		.authority = str_of(c->bench->hub.authority),
		.path = str_of(call->path),
		.query = str_of(call->query),
		.has_body = call->type != NULL,
		.content_digest = str_of(digest),
		.content_type = str_of(call->type),
		.content_encoding = str_of(encoding),
	};
	char input[HTTP_SIG_INPUT_SIZE], value[HTTP_SIG_VALUE_SIZE];
	uint8_t nonce[HTTP_SIG_NONCE_LEN];

	rand_bytes(nonce, sizeof(nonce));
	if (http_sig_make(&rq, c->member->key, clock_wall_ms() / 1000, nonce, input, value) < 0)
		die("a call cannot be signed");
	buf_printf(&c->out, "Signature-Input: %s\r\nSignature: %s\r\n", input, value);
}

static void put_body(struct client *c, const struct client_call *call)
{
	const char *encoding = call->body.len >= GZIP_FROM ? "gzip" : "identity";
	struct buf packed = buf_new(CALL_MAX);
	struct str body = call->body;
	char digest[HTTP_SIG_DIGEST_SIZE];

	if (call->body.len >= GZIP_FROM) {
		if (gzip_deflate(body.p, body.len, &packed) < 0)
			die("a body cannot be packed");
		body = buf_str(&packed);
	}
	http_sig_digest(body.p, body.len, digest);
	buf_printf(&c->out,
		   "Content-Type: %s\r\nContent-Encoding: %s\r\nContent-Digest: %s\r\n"
		   "Content-Length: %zu\r\n",
		   call->type, encoding, digest, body.len);
	put_signature(c, call, encoding, digest);
	buf_puts(&c->out, "\r\n");
	buf_putstr(&c->out, body);
	buf_done(&packed);
}

void client_call(struct client *c, const struct client_call *call)
{
	buf_done(&c->out);
	c->out_at = 0;
	buf_printf(&c->out, "%s %s%s%s HTTP/1.1\r\nHost: %s\r\n", call->method, call->path,
		   call->query ? "?" : "", call->query ? call->query : "", c->bench->hub.authority);
	if (call->type) {
		put_body(c, call);
	} else {
		put_signature(c, call, NULL, NULL);
		buf_puts(&c->out, "\r\n");
	}
	if (buf_status(&c->out) < 0)
		die("a call is too large");
	conn_wake(c->conn);
}

/* -- Answers */

/* Header names are spelt as our own hub does. */
static bool parse(struct str in, int *ret_status, struct str *ret_body)
{
	static const char length[] = "\r\nContent-Length: ";
	const char *end = memmem(in.p, in.len, "\r\n\r\n", 4);
	const char *field;
	size_t head, len;

	if (!end)
		return false;
	head = (size_t)(end - in.p) + 4;
	field = memmem(in.p, head, length, sizeof(length) - 1);
	len = field ? strtoul(field + sizeof(length) - 1, NULL, 10) : 0;
	if (in.len - head < len)
		return false;
	*ret_status = (int)strtol(in.p + strlen("HTTP/1.1 "), NULL, 10);
	*ret_body = (struct str){ in.p + head, len };
	return true;
}

static void on_data(struct conn *conn, const uint8_t *data, size_t len, void *owner)
{
	struct client *c = owner;
	struct str body;
	struct buf in;
	int status;

	buf_put(&c->in, data, len);
	if (buf_status(&c->in) < 0)
		die("an answer is too large");
	if (!parse(buf_str(&c->in), &status, &body))
		return;
	/* The next answer may only come after the next call: nothing is left over. */
	in = c->in;
	c->in = buf_new(ANSWER_MAX);
	c->ops->on_answer(c, status, body, c->owner);
	buf_done(&in);
}

static size_t fill(struct conn *conn, uint8_t *out, size_t room, void *owner)
{
	struct client *c = owner;
	size_t n = c->out.len - c->out_at;

	n = n < room ? n : room;
	if (n)
		memcpy(out, c->out.data + c->out_at, n);
	c->out_at += n;
	if (c->out_at == c->out.len) {
		buf_done(&c->out);
		c->out_at = 0;
	}
	return n;
}

/* -- The connection */

static void on_open(struct conn *conn, void *owner)
{
	struct client *c = owner;

	if (c->ops->on_open)
		c->ops->on_open(c, c->owner);
}

static void on_end(struct conn *conn, int why, void *owner)
{
	conn_close(conn);
}

static void on_closed(void *owner)
{
	struct client *c = owner;

	c->ops->on_gone(c, c->owner);
	buf_done(&c->out);
	buf_done(&c->in);
	free(c);
}

static const struct conn_ops conn_ops = { on_open, on_data, fill, on_end, on_closed };

static int dial(const struct bench *b, size_t n)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)b->hub.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd < 0)
		die("socket: %s", strerror(errno));
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + (uint32_t)(n / PER_ADDRESS));
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0)
		die("bind: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		die("connect: %s", strerror(errno));
	return fd;
}

struct client *client_open(struct bench *b, struct member *member, const struct client_ops *ops,
			   void *owner)
{
	struct client *c = xcalloc(1, sizeof(*c));
	struct conn_setup setup = {
		.tls = b->tls,
		.server_name = "localhost",
		.ops = &conn_ops,
		.owner = c,
		.handshake_ms = NEVER_MS,
	};

	c->bench = b;
	c->member = member;
	c->ops = ops;
	c->owner = owner;
	c->out = buf_new(CALL_MAX);
	c->in = buf_new(ANSWER_MAX);
	if (conn_open(b->loop, dial(b, (size_t)(member - b->members)), &setup, &c->conn) < 0)
		die("a connection cannot be opened");
	return c;
}

void client_close(struct client *c)
{
	conn_close(c->conn);
}
