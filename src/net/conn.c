/* conn.c - see conn.h.  TLS and plain differ in six small functions; everything else is shared.
 *
 * Epoll watches the socket, not the TLS layer above it: octets that libssl has decrypted but we
 * have not taken make no event, so whoever stops reading early comes back by a task.  Pausing does
 * not touch the watch until an event comes in vain, because whoever has asked mostly waits for the
 * answer in silence and each change costs two system calls. */
#include "net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "net/address.h"
#include "net/bufq.h"
#include "net/conn_socket.h"
#include "net/loop.h"
#include "net/tls.h"

#define HANDSHAKE_MS 10000
#define STALL_MS     60000
#define LINGER_MS    5000
#define COOL_MS      2000
#define LINGER_BYTES (4 * MIB)
#define READ_BYTES   (16 * KIB) /* one TLS record (RFC 8446 section 5.1) */
#define READ_PLAIN   (4 * BUFQ_CHUNK)
#define READ_TURN    (64 * KIB)
#define FILLS_A_TURN 1 /* of FILL_BYTES */
/* With the heads of four records less than a segment of loopback (65,464 octets by IPv6), where
 * what is beyond would be a packet of its own. */
#define FILL_BYTES (LOOP_SCRATCH - 256)
/* The same for a peer that did not take the last one whole: what it leaves stays here. */
#define FILL_SLOW (16 * KIB)

enum conn_state { HANDSHAKE, OPEN, FINISHING, ENDED, CLOSED };

struct conn {
	struct loop *loop;
	struct conn_socket s;
	struct watch *watch;
	const struct conn_ops *ops;
	void *owner;
	struct task task;
	struct timer timer;           /* handshake, stall or linger: never two of them */
	struct timer cool;            /* libssl keeps its buffers */
	int64_t used_ms;              /* when they were needed last */
	const struct conn_wrap *wrap; /* NULL: none */
	void *wrap_state;
	uint8_t *rest; /* as it goes onto the wire, not taken by the socket; owned */
	uint32_t rest_at, rest_len;
	uint32_t lingered;
	int32_t stall_ms;
	int write_rc; /* writing has failed: nothing is written any more, reading goes on */
	uint8_t state;
	bool paused;
	bool vain;      /* paused, and an event came that nobody takes */
	bool read_due;  /* the task shall read: libssl holds octets, or the budget was used up */
	bool fill_due;  /* the task shall ask for octets */
	bool peer_gone; /* told by the watch */
	bool shut;      /* FINISHING: our end has been told to the peer */
	bool keeps_half;
	bool half;      /* the peer has closed its own */
	bool connected; /* was looked at */
	bool read_out;  /* conn_setup */
	bool keeps_buffers;
	bool slow;   /* the last fill was not taken whole */
	char peer[]; /* no longer than it is: many connections wait for hours */
};

/* ---- the watch ---- */

static void update_watch(struct conn *c)
{
	unsigned events = 0;

	if (!c->watch)
		return;
	/* FINISHING reads nothing before all is sent: what comes then is dropped anyway. */
	if (c->state == FINISHING ? c->shut : !c->vain && !c->half)
		events |= WATCH_READ;
	if (c->rest_len || c->s.read_wants_write)
		events |= WATCH_WRITE;
	watch_set(c->watch, events);
}

/* ---- libssl's buffers ---- */

/* One timer a while, however often they are needed meanwhile. */
static void use_buffers(struct conn *c)
{
	if (!c->keeps_buffers)
		return;
	c->used_ms = loop_now_ms(c->loop);
	if (timer_running(&c->cool))
		return;
	SSL_clear_options(c->s.ssl, SSL_OP_CLEANSE_PLAINTEXT);
	timer_start(c->loop, &c->cool, COOL_MS);
}

/* What was decrypted is wiped in them once, not behind each record.  They stay as long as they hold
 * part of one, and what is read of them then is wiped behind it. */
static void let_buffers_go(struct conn *c)
{
	SSL_set_options(c->s.ssl, SSL_OP_CLEANSE_PLAINTEXT);
	if (!SSL_free_buffers(c->s.ssl))
		timer_start(c->loop, &c->cool, COOL_MS);
}

static void on_cool(struct timer *t)
{
	struct conn *c = CONTAINER_OF(t, struct conn, cool);
	int64_t left_ms = c->used_ms + COOL_MS - loop_now_ms(c->loop);

	if (left_ms > 0)
		timer_start(c->loop, t, left_ms);
	else
		let_buffers_go(c);
}

void conn_keep_buffers(struct conn *c)
{
	if (!c->s.ssl)
		return;
	SSL_clear_mode(c->s.ssl, SSL_MODE_RELEASE_BUFFERS);
	c->keeps_buffers = true;
	use_buffers(c);
}

/* Nothing comes or goes any more: the owner is told, once. */
static void end(struct conn *c, int why)
{
	c->state = ENDED;
	timer_stop(c->loop, &c->timer);
	timer_stop(c->loop, &c->cool);
	task_cancel(&c->task);
	watch_close(&c->watch);
	c->ops->on_end(c, why, c->owner);
}

static void wipe_rest(struct conn *c)
{
	if (!c->rest)
		return;
	secret_wipe(c->rest, c->rest_at + c->rest_len);
	free(c->rest);
	c->rest = NULL;
	c->rest_at = c->rest_len = 0;
	c->s.blocked = false;
}

/* ---- closing ---- */

static void on_reap(struct task *t)
{
	struct conn *c = CONTAINER_OF(t, struct conn, task);

	c->ops->on_closed(c->owner);
	free(c);
}

void conn_close(struct conn *c)
{
	if (c->state == CLOSED)
		return;
	c->state = CLOSED;
	timer_stop(c->loop, &c->timer);
	timer_stop(c->loop, &c->cool);
	watch_close(&c->watch);
	wipe_rest(c);
	if (c->wrap)
		c->wrap->done(c->wrap_state);
	c->wrap = NULL;
	if (c->s.ssl)
		SSL_set_options(c->s.ssl, SSL_OP_CLEANSE_PLAINTEXT);
	SSL_free(c->s.ssl);
	c->s.ssl = NULL;
	close(c->s.fd);
	c->s.fd = -1;
	loop_reap(c->loop, &c->task, on_reap);
}

void conn_reset(struct conn *c)
{
	struct linger at_once = { .l_onoff = 1 };

	if (c->state != CLOSED)
		setsockopt(c->s.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	conn_close(c);
}

static void shut(struct conn *c)
{
	c->shut = true;
	if (c->s.ssl) {
		ERR_clear_error();
		/* One try: a full socket means that the peer will see the plain end instead. */
		SSL_shutdown(c->s.ssl);
		ERR_clear_error();
	}
	shutdown(c->s.fd, SHUT_WR);
}

void conn_finish(struct conn *c)
{
	if (c->state == CLOSED || c->state == FINISHING)
		return;
	if (c->state != OPEN) {
		conn_close(c);
		return;
	}
	c->state = FINISHING;
	c->paused = false;
	timer_start(c->loop, &c->timer, c->rest_len ? c->stall_ms : LINGER_MS);
	update_watch(c);
	loop_later(c->loop, &c->task);
}

/* ---- reading ---- */

static void linger(struct conn *c)
{
	uint8_t *scratch = loop_read_scratch(c->loop);

	for (size_t i = 0; i < READ_TURN / READ_BYTES; i++) {
		/* Past libssl: what comes now concerns nobody, and is not decrypted. */
		ssize_t n = recv(c->s.fd, scratch, READ_BYTES, 0);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n > 0) {
			secret_wipe(scratch, (size_t)n);
			c->lingered += (uint32_t)n;
		}
		if (n <= 0 || c->lingered > LINGER_BYTES) {
			conn_close(c);
			return;
		}
	}
}

static void deliver(struct conn *c, uint8_t *data, size_t len)
{
	bool owes = false;
	int rc = 0;

	if (c->wrap)
		rc = c->wrap->decode(c->wrap_state, data, len, &len, &owes);
	if (owes)
		conn_wake(c);
	if (rc >= 0 && len)
		c->ops->on_data(c, data, len, c->owner);
	if (rc != 0 && c->state == OPEN)
		end(c, rc < 0 ? rc : 0);
}

/* Nothing is there, and the watch tells of what comes; of a peer that has gone it may tell once. */
static bool is_drained(const struct conn *c)
{
	return c->s.drained && !c->peer_gone && !c->write_rc &&
	       !(c->s.ssl && SSL_has_pending(c->s.ssl));
}

static void read_some(struct conn *c)
{
	size_t room = c->s.ssl ? READ_BYTES : bufq_crowded(c->loop) ? BUFQ_CHUNK : READ_PLAIN;
	uint8_t *scratch = loop_read_scratch(c->loop);

	c->read_due = false;
	use_buffers(c);
	for (size_t i = 0; i < READ_TURN / room; i++) {
		ssize_t n;

		if (c->state != OPEN || c->paused || c->half)
			return;
		n = socket_take(&c->s, scratch, room);
		if (n > 0) {
			deliver(c, scratch, (size_t)n);
			secret_wipe(scratch, (size_t)n);
			if (c->state == OPEN && is_drained(c))
				return;
			continue;
		}
		if (n == 0 && c->keeps_half) {
			c->half = true;
			c->ops->on_eof(c, c->owner);
		} else if (n != -EAGAIN) {
			end(c, (int)n);
		} else if (c->write_rc) {
			end(c, c->write_rc);
		}
		return;
	}
	if (c->state == OPEN && !c->paused) {
		c->read_due = true;
		loop_again(c->loop, &c->task);
	}
}

/* ---- writing ---- */

static void write_failed(struct conn *c, int rc)
{
	if (c->state == FINISHING) {
		conn_close(c);
	} else if (c->read_out) {
		c->write_rc = rc;
		wipe_rest(c);
		timer_stop(c->loop, &c->timer);
		c->read_due = true; /* what came before it, and then the end */
		loop_later(c->loop, &c->task);
	} else {
		end(c, rc);
	}
}

/* Sends; what the socket does not take is copied, unless it is the rest already.  False if there is
 * a rest or an end. */
static bool send_all(struct conn *c, const uint8_t *data, size_t len)
{
	bool is_rest = c->rest != NULL;

	while (len) {
		ssize_t n = socket_send(&c->s, data, len);

		if (n == -EAGAIN)
			break;
		if (n <= 0) {
			write_failed(c, n ? (int)n : -EPIPE);
			return false;
		}
		data += n;
		len -= (size_t)n;
		if (!is_rest)
			continue;
		c->rest_at += (uint32_t)n;
		c->rest_len -= (uint32_t)n;
		timer_start(c->loop, &c->timer, c->stall_ms); /* it moves */
	}
	if (!len)
		return true;
	if (!is_rest) {
		c->rest = xmalloc(len);
		memcpy(c->rest, data, len);
		c->rest_at = 0;
		c->rest_len = (uint32_t)len;
		c->s.blocked = true;
		timer_start(c->loop, &c->timer, c->stall_ms);
	}
	return false;
}

/* True if all that waited has gone. */
static bool write_rest(struct conn *c)
{
	if (c->rest && !send_all(c, c->rest + c->rest_at, c->rest_len))
		return false;
	wipe_rest(c);
	return true;
}

/* False if there is a rest or an end. */
static bool write_filled(struct conn *c, const uint8_t *data, size_t len)
{
	ssize_t n = (ssize_t)len;

	use_buffers(c);
	if (c->s.ssl)
		n = socket_encrypt(&c->s, loop_wire_scratch(c->loop), &data, len);
	if (n < 0) {
		write_failed(c, (int)n);
		return false;
	}
	return send_all(c, data, (size_t)n);
}

/* Less than half of the room was used: so much was all that there is.  What wakes us meanwhile
 * counts. */
static size_t ask_owner(struct conn *c, uint8_t *out, size_t room)
{
	size_t n;

	c->fill_due = false;
	n = c->ops->fill(c, out, room, c->owner);
	c->fill_due |= n >= room / 2;
	return n;
}

/* The owner's octets, as they go onto the wire: *ret, within scratch. */
static size_t fill(struct conn *c, uint8_t *scratch, uint8_t **ret)
{
	const struct conn_wrap *w = c->wrap;
	size_t room = c->slow ? FILL_SLOW : FILL_BYTES, n, front;

	*ret = scratch;
	if (!w)
		return ask_owner(c, scratch, room);
	room -= w->room;
	n = ask_owner(c, scratch + w->room, room < w->most ? room : w->most);
	front = w->encode(c->wrap_state, scratch + w->room, n);
	*ret = scratch + w->room - front;
	return front + n;
}

static void write_some(struct conn *c)
{
	uint8_t *scratch = loop_write_scratch(c->loop), *filled;

	if (c->write_rc || !write_rest(c))
		return;
	if (c->state == OPEN)
		timer_stop(c->loop, &c->timer);
	for (int i = 0; i < FILLS_A_TURN; i++) {
		bool all;
		size_t n;

		if (c->state != OPEN || !c->fill_due)
			return;
		n = fill(c, scratch, &filled);
		if (!n)
			return;
		all = write_filled(c, filled, n);
		c->slow = !all;
		secret_wipe(filled, n);
		if (!all)
			return;
	}
	if (c->fill_due)
		loop_again(c->loop, &c->task);
}

static void on_task(struct task *t)
{
	struct conn *c = CONTAINER_OF(t, struct conn, task);

	if (c->state == OPEN && c->read_due)
		read_some(c);
	if (c->state == OPEN || c->state == FINISHING)
		write_some(c);
	if (c->state == FINISHING && !c->rest_len && !c->shut) {
		shut(c);
		timer_start(c->loop, &c->timer, LINGER_MS);
		linger(c);
	}
	/* The peer has gone while nobody reads: noticed here, after a last try to answer. */
	if (c->state == OPEN && c->peer_gone && c->paused && !c->keeps_half && !c->read_out)
		end(c, 0);
	if (c->state == OPEN || c->state == FINISHING)
		update_watch(c);
}

/* ---- opening ---- */

static void opened(struct conn *c)
{
	c->state = OPEN;
	timer_stop(c->loop, &c->timer);
	/* The first request may have come with the handshake's last flight. */
	c->read_due = true;
	loop_later(c->loop, &c->task);
	if (c->ops->on_open)
		c->ops->on_open(c, c->owner);
}

/* Whether the descriptor has connected: 0, or why not. */
static int connect_result(struct conn *c)
{
	socklen_t len = sizeof(int);
	int failed = 0;

	if (!c->connected)
		getsockopt(c->s.fd, SOL_SOCKET, SO_ERROR, &failed, &len);
	c->connected = true;
	return -failed;
}

static void handshake(struct conn *c)
{
	int rc = connect_result(c);

	if (rc < 0) {
		end(c, rc);
		return;
	}
	if (!c->s.ssl) {
		opened(c);
		return;
	}
	ERR_clear_error();
	errno = 0;
	rc = SSL_do_handshake(c->s.ssl);
	if (rc == 1) {
		opened(c);
		return;
	}
	switch (SSL_get_error(c->s.ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		watch_set(c->watch, WATCH_READ);
		return;
	case SSL_ERROR_WANT_WRITE:
		watch_set(c->watch, WATCH_WRITE);
		return;
	default:
		ERR_clear_error();
		end(c, tls_failed(c->s.ssl));
	}
}

static void on_ready(struct watch *w, unsigned events, void *owner)
{
	struct conn *c = owner;

	c->peer_gone |= (events & WATCH_GONE) != 0;
	if (c->state == HANDSHAKE) {
		handshake(c);
	} else if (c->state == FINISHING) {
		if (c->shut)
			linger(c);
		else
			loop_later(c->loop, &c->task);
	} else if (c->state == OPEN) {
		c->vain |= c->paused && (events & WATCH_READ);
		if ((events & WATCH_READ) || (c->s.read_wants_write && (events & WATCH_WRITE)))
			read_some(c);
		/* The task writes, notices a peer that has gone, and brings the watch up to date:
		 * an event for a paused connection must not come again and again. */
		if (c->state == OPEN)
			loop_later(c->loop, &c->task);
	}
}

static void on_timer(struct timer *t)
{
	struct conn *c = CONTAINER_OF(t, struct conn, timer);

	if (c->state == FINISHING)
		conn_close(c);
	else
		end(c, ERR_TIMEOUT);
}

static struct conn *conn_new(int fd, const char *peer)
{
	struct sockaddr_storage sa = {};
	socklen_t len = sizeof(sa);
	char own[ADDRESS_TEXT_MAX];
	struct conn *c;

	if (!peer) {
		getpeername(fd, (struct sockaddr *)&sa, &len);
		address_text(&sa, own);
		peer = own;
	}
	c = xcalloc(1, sizeof(*c) + strlen(peer) + 1);
	strcpy(c->peer, peer);
	c->s.fd = fd;
	return c;
}

static void set_options(struct conn *c)
{
	unsigned user_timeout_ms = (unsigned)c->stall_ms;
	int on = 1;

	/* These fail on Unix sockets, where they are not needed. */
	setsockopt(c->s.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(c->s.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms,
		   sizeof(user_timeout_ms));
}

int conn_open(struct loop *l, int fd, const struct conn_setup *setup, struct conn **ret_conn)
{
	struct conn *c = conn_new(fd, setup->peer);
	int rc = 0;

	c->loop = l;
	c->ops = setup->ops;
	c->owner = setup->owner;
	c->stall_ms = (int32_t)(setup->stall_ms ? setup->stall_ms : STALL_MS);
	c->read_out = setup->read_out;
	task_init(&c->task, on_task);
	timer_init(&c->timer, on_timer);
	timer_init(&c->cool, on_cool);
	if (setup->tls)
		rc = tls_open(setup->tls, setup->server_name, &c->s.ssl);
	if (rc == 0 && c->s.ssl)
		socket_put_tls(&c->s);
	/* Writable: connected, or known to have failed; a TLS client speaks first. */
	if (rc == 0)
		rc = watch_open(l, fd, !c->s.ssl || setup->server_name ? WATCH_WRITE : WATCH_READ,
				on_ready, c, &c->watch);
	if (rc < 0) {
		SSL_free(c->s.ssl);
		close(fd);
		free(c);
		return rc;
	}
	set_options(c);
	timer_start(l, &c->timer, setup->handshake_ms ? setup->handshake_ms : HANDSHAKE_MS);
	*ret_conn = c;
	return 0;
}

/* ---- to another loop ---- */

struct move {
	struct post post;
	struct conn *conn;
	void (*arrived)(struct conn *c, void *owner);
	void *owner;
};

static void on_arrival(struct post *p)
{
	struct move *m = CONTAINER_OF(p, struct move, post);
	struct conn *c = m->conn;
	int rc = watch_open(c->loop, c->s.fd, WATCH_READ, on_ready, c, &c->watch);

	if (c->rest_len)
		timer_start(c->loop, &c->timer, c->stall_ms);
	m->arrived(c, m->owner);
	free(m);
	if (c->state != OPEN)
		return;
	if (rc < 0) {
		end(c, rc);
		return;
	}
	/* Octets may have come, or lie in libssl: what was marked at the old loop is done here. */
	c->read_due = true;
	loop_later(c->loop, &c->task);
}

void conn_move(struct conn *c, struct loop *to, void (*arrived)(struct conn *c, void *owner),
	       void *owner)
{
	struct move *m = xmalloc(sizeof(*m));

	assert(c->state == OPEN && !c->wrap && !c->keeps_buffers);
	*m = (struct move){ { .fn = on_arrival }, c, arrived, owner };
	timer_stop(c->loop, &c->timer);
	task_cancel(&c->task);
	watch_close(&c->watch);
	c->loop = to;
	loop_post(to, &m->post);
}

/* ---- the owner's calls ---- */

void conn_wake(struct conn *c)
{
	c->fill_due = true;
	if (c->state == OPEN)
		loop_later(c->loop, &c->task);
}

void conn_hand_over(struct conn *c, const struct conn_ops *ops, void *owner)
{
	c->ops = ops;
	c->owner = owner;
}

void conn_wrap(struct conn *c, const struct conn_wrap *wrap, void *state)
{
	assert(!c->wrap);
	c->wrap = wrap;
	c->wrap_state = state;
}

void conn_keep_half(struct conn *c)
{
	c->keeps_half = true;
}

void conn_pause(struct conn *c)
{
	c->paused = true;
	if (c->peer_gone && c->state == OPEN)
		loop_later(c->loop, &c->task);
}

void conn_resume(struct conn *c)
{
	c->paused = c->vain = false;
	if (c->state != OPEN)
		return;
	/* Octets may lie in libssl or the socket, and the watch may be off: the task does both. */
	c->read_due |= (c->s.ssl && SSL_has_pending(c->s.ssl)) || c->write_rc;
	loop_later(c->loop, &c->task);
}

bool conn_is_open(const struct conn *c)
{
	return c->state == OPEN;
}

bool conn_blocked(const struct conn *c)
{
	return c->rest_len != 0;
}

size_t conn_unsent(const struct conn *c)
{
	return socket_unsent(&c->s);
}

bool conn_is_tls(const struct conn *c)
{
	return c->s.ssl != NULL;
}

const char *conn_peer(const struct conn *c)
{
	return c->peer;
}

const char *conn_server_name(const struct conn *c)
{
	return c->s.ssl ? SSL_get_servername(c->s.ssl, TLSEXT_NAMETYPE_host_name) : NULL;
}

bool conn_is_for(const struct conn *c, struct str authority)
{
	struct str name = str_of(conn_server_name(c));

	if (!name.p)
		return true;
	return authority.len >= name.len &&
	       str_eq_nocase((struct str){ authority.p, name.len }, name) &&
	       (authority.len == name.len || authority.p[name.len] == ':');
}

bool conn_fingerprint(const struct conn *c, struct hash *ret_sum)
{
	return c->s.ssl && tls_fingerprint(c->s.ssl, ret_sum);
}

bool conn_speaks(const struct conn *c, const char *protocol)
{
	const unsigned char *name = NULL;
	unsigned len = 0;

	if (c->s.ssl)
		SSL_get0_alpn_selected(c->s.ssl, &name, &len);
	return str_eq((struct str){ (const char *)name, len }, str_of(protocol));
}

struct loop *conn_loop(const struct conn *c)
{
	return c->loop;
}
