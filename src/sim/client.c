/* client.c - see client.h. */
#include "sim/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/os.h"
#include "base/rand.h"
#include "net/conn.h"
#include "net/dial.h"
#include "wire/http_sig.h"

#define GZIP_FROM    1024 /* as the connector does */
#define ANSWER_MAX   (64 * KIB)
#define CALL_MAX     (2 * MIB)
#define HANDSHAKE_MS 120000 /* with thousands of others */

struct client {
	const struct client_hub *hub;
	const struct sign_key *key;
	const struct client_ops *ops;
	void *owner;
	struct conn *conn;
	int why; /* it ended */
	struct buf out, in;
	size_t out_at;
};

/* -- Calls */

static void put_signature(struct client *c, const struct client_call *call, const char *encoding,
			  const char *digest)
{
	struct http_sig_request rq = {
		.method = str_of(call->method),
		.authority = str_of(c->hub->authority),
		.path = str_of(call->path),
		.query = str_of(call->query),
		.has_body = call->type != NULL,
		.content_digest = str_of(digest),
		.content_type = str_of(call->type),
		.content_encoding = str_of(encoding),
	};
	char input[HTTP_SIG_INPUT_SIZE], value[HTTP_SIG_VALUE_SIZE];
	uint8_t nonce[HTTP_SIG_NONCE_LEN];

	if (call->is_unsigned)
		return;
	rand_bytes(nonce, sizeof(nonce));
	if (http_sig_make(&rq, c->key, clock_wall_ms() / 1000, nonce, input, value) < 0)
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
		   call->query ? "?" : "", call->query ? call->query : "", c->hub->authority);
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
static uint64_t number_of(struct str head, const char *line)
{
	const char *field = memmem(head.p, head.len, line, strlen(line));

	return field ? strtoul(field + strlen(line), NULL, 10) : 0;
}

/* False: not all of it is there. */
static bool parse(struct str in, struct client_answer *a)
{
	const char *end = memmem(in.p, in.len, "\r\n\r\n", 4);
	struct str head;
	uint64_t len;

	if (!end)
		return false;
	head = (struct str){ in.p, (size_t)(end - in.p) + 4 };
	len = number_of(head, "\r\nContent-Length: ");
	if (in.len - head.len < len)
		return false;
	*a = (struct client_answer){
		.status = (int)strtol(in.p + strlen("HTTP/1.1 "), NULL, 10),
		.retry_after_s = (int64_t)number_of(head, "\r\nRetry-After: "),
		.body = { in.p + head.len, len },
	};
	return true;
}

static void on_data(struct conn *conn, const uint8_t *data, size_t len, void *owner)
{
	struct client *c = owner;
	struct client_answer a;
	struct buf in;

	buf_put(&c->in, data, len);
	if (buf_status(&c->in) < 0)
		die("an answer is too large");
	if (!parse(buf_str(&c->in), &a))
		return;
	/* The next answer may only come after the next call: nothing is left over. */
	in = c->in;
	c->in = buf_new(ANSWER_MAX);
	c->ops->on_answer(c, &a, c->owner);
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
	((struct client *)owner)->why = why;
	conn_close(conn);
}

static void on_closed(void *owner)
{
	struct client *c = owner;

	c->ops->on_gone(c, c->why, c->owner);
	buf_done(&c->out);
	buf_done(&c->in);
	free(c);
}

static const struct conn_ops conn_ops = { on_open, on_data, fill, on_end, on_closed };

int client_open(const struct client_hub *hub, const struct sign_key *key, size_t source,
		const struct client_ops *ops, void *owner, struct client **ret_client)
{
	struct client *c;
	struct conn_setup setup = {
		.tls = hub->tls,
		.server_name = hub->name,
		.ops = &conn_ops,
		.handshake_ms = HANDSHAKE_MS,
	};
	int fd, rc = dial_start(hub->dial, source, &fd);

	if (rc < 0)
		return rc;
	c = xcalloc(1, sizeof(*c));
	c->hub = hub;
	c->key = key;
	c->ops = ops;
	c->owner = owner;
	c->out = buf_new(CALL_MAX);
	c->in = buf_new(ANSWER_MAX);
	setup.owner = c;
	rc = conn_open(hub->loop, fd, &setup, &c->conn);
	if (rc < 0) {
		free(c);
		return rc;
	}
	*ret_client = c;
	return 0;
}

void client_close(struct client *c)
{
	conn_close(c->conn);
}
