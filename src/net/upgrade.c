/* upgrade.c - see upgrade.h. */
#include "net/upgrade.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/conn.h"
#include "net/loop.h"

struct upgrade {
	struct loop *loop;
	struct conn *conn;
	upgrade_done_fn *done; /* NULL: was told, or nobody wants to know */
	void *owner;
	struct timer timer;
	char *protocol;
	struct buf out, in;
	size_t out_at;
	size_t head_len; /* with its empty line; 0: not whole */
	size_t body_len; /* of another answer */
	int status;
	bool sent;
};

static void upgrade_free(struct upgrade *u)
{
	timer_stop(u->loop, &u->timer);
	buf_wipe(&u->out);
	buf_wipe(&u->in);
	free(u->protocol);
	free(u);
}

/* ---- the answer's head ---- */

static struct str rest_of(struct str s, size_t n)
{
	return (struct str){ s.p + n, s.len - n };
}

/* Up to the next CRLF, which is dropped. */
static bool next_line(struct str *s, struct str *ret_line)
{
	const char *end = s->len ? memmem(s->p, s->len, "\r\n", 2) : NULL;

	if (!end)
		return false;
	*ret_line = (struct str){ s->p, (size_t)(end - s->p) };
	*s = rest_of(*s, ret_line->len + 2);
	return true;
}

/* Once, if it is there at all: what two readers could take differently is not believed. */
static struct str field(struct str head, struct str name, bool *ret_twice)
{
	struct str line, found = { 0 };

	*ret_twice = false;
	if (!next_line(&head, &line))
		return found;
	while (next_line(&head, &line) && line.len) {
		if (line.len <= name.len || line.p[name.len] != ':' ||
		    !str_eq_nocase((struct str){ line.p, name.len }, name))
			continue;
		*ret_twice |= found.p != NULL;
		if (!found.p)
			found = str_trim(rest_of(line, name.len + 1));
	}
	return found;
}

struct str upgrade_header(const struct upgrade_answer *answer, const char *name)
{
	bool twice;

	return field(answer->head, str_of(name), &twice);
}

/* "HTTP/1.1 101 Switching Protocols" (RFC 9112 section 4). */
static int status_of(struct str head)
{
	uint64_t status;
	struct str line;

	if (!next_line(&head, &line) || line.len < 12 || !str_starts(line, STR("HTTP/1.")) ||
	    line.p[8] != ' ' || (line.len > 12 && line.p[12] != ' ') ||
	    !str_to_u64((struct str){ line.p + 9, 3 }, &status))
		return 0;
	return (int)status;
}

static bool agrees(const struct upgrade *u, struct str head)
{
	bool twice;
	struct str to = field(head, STR("upgrade"), &twice);

	return !twice && str_eq_nocase(to, str_of(u->protocol));
}

/* Of an answer whose end we can know; what cannot be known is not waited for. */
static size_t length_of(struct str head)
{
	bool coded, twice;
	struct str length;
	uint64_t n;

	if (field(head, STR("transfer-encoding"), &coded).p)
		return 0;
	length = field(head, STR("content-length"), &twice);
	return !twice && str_to_u64(length, &n) && n <= UPGRADE_BODY_MAX ? (size_t)n : 0;
}

/* ---- telling ---- */

static void tell(struct upgrade *u, int rc)
{
	struct str in = buf_str(&u->in);
	struct upgrade_answer a = {
		.rc = rc,
		.status = u->status,
		.sent = u->sent,
		.conn = rc == 0 ? u->conn : NULL,
		.head = { in.p, u->head_len },
	};
	upgrade_done_fn *done = u->done;

	u->done = NULL;
	timer_stop(u->loop, &u->timer);
	if (u->head_len && rc == 0)
		a.first = rest_of(in, u->head_len);
	else if (u->head_len && in.len - u->head_len >= u->body_len)
		a.body = (struct str){ in.p + u->head_len, u->body_len };
	if (done)
		done(&a, u->owner);
}

static void fail(struct upgrade *u, int rc)
{
	tell(u, rc);
	conn_close(u->conn);
}

/* True: go on reading. */
static bool read_head(struct upgrade *u)
{
	struct str in = buf_str(&u->in);
	const char *end = in.len ? memmem(in.p, in.len, "\r\n\r\n", 4) : NULL;
	struct str head;

	if (!end)
		return true;
	u->head_len = (size_t)(end - in.p) + 4;
	head = (struct str){ in.p, u->head_len };
	u->status = status_of(head);
	if (u->status == 101) {
		if (!agrees(u, head)) {
			fail(u, ERR_UPSTREAM);
			return false;
		}
		tell(u, 0); /* the connection is somebody else's now */
		upgrade_free(u);
		return false;
	}
	if (u->status < 200) { /* an interim one, or no HTTP at all */
		fail(u, ERR_UPSTREAM);
		return false;
	}
	u->body_len = length_of(head);
	return true;
}

/* ---- the connection ---- */

static void on_open(struct conn *c, void *owner)
{
	conn_wake(c);
}

static size_t fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct upgrade *u = owner;
	size_t n = u->out.len - u->out_at;

	n = n < room ? n : room;
	if (n)
		memcpy(out, u->out.data + u->out_at, n);
	u->out_at += n;
	u->sent = true;
	return n;
}

static void on_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct upgrade *u = owner;

	if (!u->done) /* it is closing */
		return;
	buf_put(&u->in, data, len);
	if (u->in.failed) {
		fail(u, ERR_UPSTREAM);
		return;
	}
	if (!u->head_len && !read_head(u))
		return;
	if (!u->head_len && u->in.len > UPGRADE_HEAD_MAX)
		fail(u, ERR_UPSTREAM);
	else if (u->head_len && u->in.len - u->head_len >= u->body_len)
		fail(u, ERR_UPSTREAM); /* the other answer is whole */
}

static void on_end(struct conn *c, int why, void *owner)
{
	struct upgrade *u = owner;

	if (why == 0 || u->status)
		why = ERR_UPSTREAM;
	else if (why > -1000)
		why = ERR_UNREACHABLE;
	fail(u, why);
}

static void on_closed(void *owner)
{
	upgrade_free(owner);
}

static const struct conn_ops conn_ops = {
	.on_open = on_open,
	.on_data = on_data,
	.fill = fill,
	.on_end = on_end,
	.on_closed = on_closed,
};

static void on_timer(struct timer *t)
{
	fail(CONTAINER_OF(t, struct upgrade, timer), ERR_TIMEOUT);
}

static void put_request(struct buf *out, const struct upgrade_request *r)
{
	buf_printf(out, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: %s\r\n",
		   r->path, r->authority, r->protocol);
	buf_putstr(out, r->headers);
	buf_puts(out, "\r\n");
	assert(!out->failed);
}

struct upgrade *upgrade_start(struct loop *l, int fd, const struct upgrade_request *request,
			      upgrade_done_fn *done, void *owner)
{
	struct upgrade *u = xcalloc(1, sizeof(*u));
	struct conn_setup setup = {
		.tls = request->tls,
		.server_name = request->server_name,
		.ops = &conn_ops,
		.owner = u,
		.handshake_ms = request->timeout_ms,
		.stall_ms = request->stall_ms,
	};

	u->loop = l;
	u->done = done;
	u->owner = owner;
	u->protocol = xstrdup(request->protocol);
	u->out = buf_new(UPGRADE_HEAD_MAX);
	u->in = buf_new(UPGRADE_HEAD_MAX + UPGRADE_BODY_MAX);
	timer_init(&u->timer, on_timer);
	put_request(&u->out, request);
	if (conn_open(l, fd, &setup, &u->conn) < 0) {
		upgrade_free(u);
		return NULL;
	}
	timer_start(l, &u->timer, request->timeout_ms);
	return u;
}

void upgrade_cancel(struct upgrade **u)
{
	if (!*u)
		return;
	(*u)->done = NULL;
	timer_stop((*u)->loop, &(*u)->timer);
	conn_close((*u)->conn);
	*u = NULL;
}
