/* odd.c - see odd.h.
 *
 *   READING --request complete--> WAITING --delay_ms--> SENDING --all sent--> READING, or the end
 *
 * What may be wrong with an answer is a row of `forms`; the code knows only its columns. */
#include "sim/odd.h"
#include "base/err.h"
#include "base/list.h"
#include "net/conn.h"
#include "net/h1_reader.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/message.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_MAX    (64 * KIB)
#define ANSWER_MAX  (64 * MIB)
#define CLIENTS_MAX 2000
#define CHUNK_EXTRA 32 /* its size and line ends */
#define FLUSH_MS    5  /* how soon to look again whether the socket has taken all */

enum framing { LENGTH, CHUNKS, NO_FRAMING };
enum share { ALL, HALF, NOTHING };
enum ending { GO_ON, FINISH, RESET, HOLD };

/* clang-format off */
static const struct form {
	enum framing framing;
	enum share share;	/* of the body; NOTHING: no head either */
	enum ending ending;
	bool http10;
	enum share length_of;	/* of the body: what Content-Length says */
	const char *lines;	/* of the head, besides */
	const char *last;	/* octets after the body */
} forms[ODD_FORMS] = {
	[ODD_COUNTED] =		{ LENGTH, ALL, GO_ON },
	[ODD_CHUNKED] =		{ CHUNKS, ALL, GO_ON, .last = "0\r\n\r\n" },
	[ODD_UNTIL_CLOSE] =	{ NO_FRAMING, ALL, FINISH },
	[ODD_HTTP10] =		{ NO_FRAMING, ALL, FINISH, .http10 = true },
	[ODD_SHORT] =		{ LENGTH, HALF, FINISH },
	[ODD_RESET] =		{ LENGTH, HALF, RESET },
	[ODD_STALL] =		{ LENGTH, HALF, HOLD },
	[ODD_CHUNK_CUT] =	{ CHUNKS, HALF, FINISH },
	[ODD_CHUNK_BAD] =	{ CHUNKS, HALF, FINISH, .last = "zz\r\nno chunk\r\n" },
	[ODD_TWO_LENGTHS] =	{ LENGTH, ALL, FINISH, .lines = "Content-Length: 1\r\n" },
	[ODD_SILENT] =		{ NO_FRAMING, NOTHING, HOLD },
	[ODD_HANG_UP] =		{ NO_FRAMING, NOTHING, FINISH },
	[ODD_GARBAGE] =		{ NO_FRAMING, NOTHING, FINISH, .last = "\x16\x03\x01 no HTTP\r\n\r\n" },
	[ODD_NO_LENGTH] =	{ NO_FRAMING, ALL, GO_ON },
	[ODD_LONG] =		{ LENGTH, ALL, FINISH, .length_of = HALF },
};
/* clang-format on */

static const struct http_limits limits = {
	.header_bytes = 64 * KIB,
	.header_fields = 200,
	.uri_bytes = 32 * KIB,
	.header_ms = 60000,
	.body_ms = 60000,
	.idle_ms = 300000,
};

struct listener {
	struct link link;
	struct odd_server *server;
	struct watch *watch;
	struct tls *tls;
	struct address at;
	int fd;
};

struct odd_server {
	struct loop *loop;
	const struct odd_ops *ops; /* NULL: closed; nothing is called any more */
	void *owner;
	struct link listeners, clients;
	size_t clients_len;
	struct task task;
};

struct client {
	struct link link;
	struct odd_server *server;
	struct conn *conn;
	struct h1_reader *reader; /* of the request that is coming */
	struct arena mem;         /* the request's head */
	struct h1_head head;
	struct buf body;
	int64_t body_bytes;
	struct odd_answer answer;
	const struct form *form; /* NULL: nothing is being sent */
	struct buf out;          /* the head, later the last octets */
	size_t out_at;
	int64_t sent, share_bytes; /* of the body */
	bool last_put;
	struct timer timer; /* the delay, later the flush */
};

/* ---- an answer's octets ---- */

static int64_t whole_bytes(const struct client *c)
{
	return c->answer.make ? c->answer.make_bytes : (int64_t)c->answer.body.len;
}

static int64_t share_of(const struct client *c, enum share share)
{
	static const int64_t parts[] = { [ALL] = 1, [HALF] = 2 };

	return share == NOTHING ? 0 : whole_bytes(c) / parts[share];
}

static void end_lines_bare(struct buf *head)
{
	size_t len = 0;

	for (size_t i = 0; i < head->len; i++)
		if (head->data[i] != '\r')
			head->data[len++] = head->data[i];
	head->len = len;
}

static void put_head(struct client *c)
{
	char date[HTTP_DATE_SIZE];
	const struct form *f = c->form;
	bool go_on = f->ending == GO_ON && c->head.keep_alive;

	buf_printf(&c->out, "HTTP/1.%d %d %s\r\n", f->http10 ? 0 : 1, c->answer.status,
		   c->answer.reason         ? c->answer.reason
		   : c->answer.status < 300 ? "OK"
		   : c->answer.status < 400 ? "Found"
					    : "Error");
	http_date(date);
	buf_printf(&c->out, "Date: %s\r\n", date);
	buf_putstr(&c->out, buf_str(&c->answer.head));
	if (f->lines)
		buf_puts(&c->out, f->lines);
	if (f->framing == LENGTH)
		buf_printf(&c->out, "Content-Length: %" PRId64 "\r\n", share_of(c, f->length_of));
	else if (f->framing == CHUNKS)
		buf_puts(&c->out, "Transfer-Encoding: chunked\r\n");
	if (!go_on)
		buf_puts(&c->out, "Connection: close\r\n");
	buf_puts(&c->out, "\r\n");
	if (c->answer.bare_lf)
		end_lines_bare(&c->out);
}

static void make(const struct client *c, uint8_t *out, size_t len)
{
	if (c->answer.make)
		c->answer.make(c->sent, out, len);
	else
		memcpy(out, c->answer.body.data + c->sent, len);
}

static size_t fill_body(struct client *c, uint8_t *out, size_t room)
{
	bool chunks = c->form->framing == CHUNKS;
	int64_t left = c->share_bytes - c->sent;
	size_t extra = chunks ? CHUNK_EXTRA : 0, len, n = 0;

	if (left == 0 || room <= extra)
		return 0;
	len = left < (int64_t)(room - extra) ? (size_t)left : room - extra;
	if (chunks)
		n = (size_t)snprintf((char *)out, room, "%zx\r\n", len);
	make(c, out + n, len);
	n += len;
	c->sent += (int64_t)len;
	if (chunks) {
		memcpy(out + n, "\r\n", 2);
		n += 2;
	}
	return n;
}

static size_t fill_out(struct client *c, uint8_t *out, size_t room)
{
	size_t n = c->out.len - c->out_at;

	n = n < room ? n : room;
	if (n == 0)
		return 0;
	memcpy(out, c->out.data + c->out_at, n);
	c->out_at += n;
	return n;
}

static size_t fill_next(struct client *c, uint8_t *out, size_t room)
{
	size_t n = fill_out(c, out, room);

	if (!c->form || c->out_at < c->out.len)
		return n;
	n += fill_body(c, out + n, room - n);
	if (c->sent < c->share_bytes || n > 0)
		return n;
	if (!c->last_put) {
		c->last_put = true;
		buf_puts(&c->out, c->form->last ? c->form->last : "");
		n = fill_out(c, out, room);
		if (n > 0)
			return n;
	}
	timer_start(c->server->loop, &c->timer, 0);
	return 0;
}

/* Asked again until there is nothing. */
static size_t fill(struct conn *conn, uint8_t *out, size_t room, void *owner)
{
	size_t n = fill_next(owner, out, room);

	if (n > 0)
		conn_wake(conn);
	return n;
}

/* ---- a client's turn ---- */

static void forget_call(struct client *c)
{
	h1_reader_free(&c->reader);
	arena_done(&c->mem);
	buf_done(&c->body);
	buf_done(&c->out);
	buf_done(&c->answer.head);
	buf_done(&c->answer.body);
	c->body_bytes = c->sent = 0;
	c->out_at = 0;
	c->form = NULL;
	c->last_put = false;
}

/* All was given to the socket: what comes now is the form's. */
static void after_answer(struct client *c)
{
	if (conn_blocked(c->conn)) {
		timer_start(c->server->loop, &c->timer, FLUSH_MS);
		return;
	}
	if (c->form->ending == RESET) {
		conn_reset(c->conn);
	} else if (c->form->ending == FINISH || (c->form->ending == GO_ON && !c->head.keep_alive)) {
		conn_finish(c->conn);
	} else if (c->form->ending == GO_ON) {
		forget_call(c);
		conn_resume(c->conn);
	}
}

static void on_timer(struct timer *t)
{
	struct client *c = CONTAINER_OF(t, struct client, timer);

	if (c->last_put)
		after_answer(c);
	else
		conn_wake(c->conn);
}

static void begin_answer(struct client *c)
{
	const struct form *f = &forms[c->answer.form];

	c->form = f;
	buf_clear(&c->out);
	c->out_at = 0;
	if (f->share != NOTHING)
		put_head(c);
	c->share_bytes = c->head.request.method == METHOD_HEAD ? 0 : share_of(c, f->share);
	timer_start(c->server->loop, &c->timer, c->answer.delay_ms);
}

static void take_call(struct client *c)
{
	struct odd_server *s = c->server;
	struct odd_call call = { .request = &c->head.request,
				 .body = buf_str(&c->body),
				 .body_bytes = c->body_bytes,
				 .peer = conn_peer(c->conn),
				 .secure = conn_is_tls(c->conn) };

	conn_pause(c->conn);
	c->answer = (struct odd_answer){ .head = buf_new(HEAD_MAX), .body = buf_new(ANSWER_MAX) };
	if (s->ops)
		s->ops->on_call(&call, &c->answer, s->owner);
	begin_answer(c);
}

/* A request that the reader refuses is answered in order, and is the last. */
static void refuse(struct client *c)
{
	conn_pause(c->conn);
	c->head.keep_alive = false;
	c->answer = (struct odd_answer){ .status = h1_reader_refusal(c->reader).status,
					 .head = buf_new(HEAD_MAX),
					 .body = buf_new(ANSWER_MAX) };
	begin_answer(c);
}

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	struct client *c = arg;
	size_t room = ODD_BODY_MAX - c->body.len;

	c->body_bytes += (int64_t)len;
	buf_put(&c->body, data, len < room ? len : room);
}

static void take_head(struct client *c)
{
	c->head = h1_reader_head(c->reader, &c->mem);
	if (!c->head.expects_continue)
		return;
	buf_puts(&c->out, "HTTP/1.1 100 Continue\r\n\r\n");
	conn_wake(c->conn);
}

static void on_data(struct conn *conn, const uint8_t *data, size_t len, void *owner)
{
	struct client *c = owner;

	while (len && !c->form) {
		enum h1_event event;
		size_t used;

		if (!c->reader) {
			c->reader = h1_reader_new(&limits, on_body, c);
			c->body = buf_new(ODD_BODY_MAX);
			c->out = buf_new(HEAD_MAX);
		}
		event = h1_reader_feed(c->reader, data, len, &used);
		data += used;
		len -= used;
		if (event == H1_HEAD)
			take_head(c);
		if (event == H1_REFUSED)
			refuse(c);
		else if (event == H1_COMPLETE || (event == H1_HEAD && c->head.complete))
			take_call(c);
	}
	/* A pipelined request is not served: its client asks again on a new connection. */
	if (len)
		c->head.keep_alive = false;
}

static void on_end(struct conn *conn, int why, void *owner)
{
	struct client *c = owner;

	timer_stop(c->server->loop, &c->timer);
	conn_close(c->conn);
}

static void on_closed(void *owner)
{
	struct client *c = owner;

	timer_stop(c->server->loop, &c->timer);
	forget_call(c);
	list_remove(&c->link);
	c->server->clients_len--;
	free(c);
}

/* ---- listening ---- */

static void take(struct odd_server *s, int fd, struct tls *tls)
{
	static const struct conn_ops ops = {
		.on_data = on_data, .fill = fill, .on_end = on_end, .on_closed = on_closed
	};
	struct client *c = xcalloc(1, sizeof(*c));

	c->server = s;
	timer_init(&c->timer, on_timer);
	if (conn_open(s->loop, fd, &(struct conn_setup){ .tls = tls, .ops = &ops, .owner = c },
		      &c->conn) < 0) {
		free(c);
		return;
	}
	s->clients_len++;
	list_append(&s->clients, &c->link);
	if (s->clients_len > CLIENTS_MAX)
		conn_close(c->conn);
}

static void on_acceptable(struct watch *w, unsigned events, void *owner)
{
	struct listener *l = owner;
	int fd;

	while ((fd = listen_accept(l->fd, NULL)) >= 0)
		take(l->server, fd, l->tls);
}

static int listen_at(struct odd_server *s, const char *where, enum listen_kind kind,
		     struct tls *tls, int *ret_port)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	int rc = listen_open(where, kind, &l->at, &l->fd);

	if (rc == 0) {
		rc = watch_open(s->loop, l->fd, WATCH_READ, on_acceptable, l, &l->watch);
		if (rc < 0)
			listen_close(l->fd, &l->at);
	}
	if (rc < 0) {
		free(l);
		return rc;
	}
	l->server = s;
	l->tls = tls;
	list_append(&s->listeners, &l->link);
	if (ret_port)
		*ret_port = listen_port(l->fd);
	return 0;
}

int odd_listen(struct odd_server *s, const char *where, struct tls *tls, int *ret_port)
{
	return listen_at(s, where, tls ? LISTEN_TLS : LISTEN_PLAIN, tls, ret_port);
}

int odd_listen_plain(struct odd_server *s, const char *where, int *ret_port)
{
	return listen_at(s, where, LISTEN_TLS, NULL, ret_port);
}

static void free_server(struct task *t)
{
	free(CONTAINER_OF(t, struct odd_server, task));
}

struct odd_server *odd_new(struct loop *l, const struct odd_ops *ops, void *owner)
{
	struct odd_server *s = xcalloc(1, sizeof(*s));

	s->loop = l;
	s->ops = ops;
	s->owner = owner;
	list_init(&s->listeners);
	list_init(&s->clients);
	task_init(&s->task, free_server);
	return s;
}

void odd_close(struct odd_server **server)
{
	struct odd_server *s = *server;

	*server = NULL;
	s->ops = NULL;
	LIST_EACH(link, &s->listeners) {
		struct listener *l = LIST_ENTRY(link, struct listener, link);

		watch_close(&l->watch);
		listen_close(l->fd, &l->at);
		list_remove(&l->link);
		free(l);
	}
	/* Their on_closed runs first: connections are reaped in this order. */
	LIST_EACH(link, &s->clients)
		conn_close(LIST_ENTRY(link, struct client, link)->conn);
	loop_reap(s->loop, &s->task, free_server);
}
