/* server.c - see server.h.
 *
 * A listener that may not accept now is simply not watched; each connection that opens or closes
 * looks whether it may again.
 *
 * What is accepted waits in a room until its handshake may begin: in the kernel's queue, a flood of
 * one network would stand before everybody else.  The networks in the room take turns. */
#include "net/server.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/bufq.h"
#include "net/conn.h"
#include "net/crowd.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/proxied.h"
#include "net/server_int.h"
#include "net/tls.h"

#define ACCEPTS_A_TURN 64
#define BREATHER_MS    100
#define HEADER_MS      5000 /* a balancer says it at once */
#define GRACE_MS       500  /* an honest handshake takes less but on the worst of lines */
#define OWN_GRACE_MS   2000 /* where only those of the same network wait for it */
#define USHER_MS       100  /* how often is looked whose time is over while others wait */
#define WEIGH_MS       100
#define COMPLAIN_MS    10000 /* at most one line of log in so long */

struct listener {
	struct link link;
	struct server *server;
	struct watch *watch;
	struct tls *tls;
	struct address at;
	int fd;
};

/* A balancer's connection waits for its header first, then each in the room: there is no conn then,
 * and fd is ours.  Once the handshake is done, a codec owns the conn, here or at a branch. */
struct client {
	struct link link;
	struct server *server;
	struct proxied *header;
	struct conn *conn;
	struct h1 *h1; /* one of these */
	struct h2 *h2;
	struct seat *seat;
	struct tls *tls;
	struct network network;
	struct crowd_member counted, room, shaking, fresh;
	int64_t since_ms; /* accepted, or its handshake begun */
	char *address;    /* while it is in the room; owned */
	int fd;
	bool opened;
};

struct server {
	struct loop *loop;
	struct server_limits limits;
	const struct server_ops *ops;
	void *owner;
	struct h1_setup h1;
	struct h2_setup h2;
	struct address_ranges balancers;
	struct address_ranges *only;                                       /* NULL: everybody */
	struct branch *(*branch_of)(const char *server_name, void *owner); /* NULL: no branches */
	void *branch_owner;
	struct link listeners, clients, branches;
	struct crowd counted;  /* whose address is known */
	struct crowd room;     /* those whose handshake shall begin */
	struct crowd shaking;  /* has begun */
	struct crowd fresh;    /* those of `counted` that have not asked anything yet */
	struct seats seats;    /* of those that branches serve */
	struct timer deadline; /* of a drain */
	struct timer breather; /* runs while descriptors are used up */
	struct timer usher;    /* runs while somebody waits */
	struct task admission;
	struct task task; /* on_closed */
	size_t connections;
	int64_t complained_ms; /* 0: never */
	int64_t weighed_ms;    /* 0: what was found does not hold any more */
	size_t most;           /* that waits for one network */
	uint64_t accepted, refused;
	int reserve_fd; /* given up for a moment when descriptors are used up */
	bool paused, draining, closed, told;
};

static void pick(size_t *value, size_t fallback)
{
	if (!*value)
		*value = fallback;
}

static void pick_ms(int64_t *value, int64_t fallback)
{
	if (!*value)
		*value = fallback;
}

static void pick_u32(uint32_t *value, uint32_t fallback)
{
	if (!*value)
		*value = fallback;
}

static void set_defaults(struct server_limits *l)
{
	pick(&l->connections, 20000);
	pick(&l->connections_per_network, 1024);
	pick(&l->branched_per_network, 64);
	pick(&l->handshakes, 256);
	pick(&l->handshakes_per_network, 64);
	if (l->handshakes_per_network > l->handshakes)
		l->handshakes_per_network = l->handshakes;
	pick(&l->buffered_bytes, SERVER_BUFFERED_BYTES);
	pick(&l->http.header_bytes, 16 * KIB);
	pick(&l->http.header_fields, 100);
	pick(&l->http.uri_bytes, 16 * KIB);
	pick_ms(&l->http.header_ms, 10000);
	pick_ms(&l->http.body_ms, 20000);
	pick_ms(&l->http.idle_ms, 75000);
	pick_u32(&l->h2.streams, 128);
	pick_u32(&l->h2.stream_window, EXCHANGE_HIGH);
	pick_u32(&l->h2.window, MIB);
	pick_ms(&l->h2.stall_ms, 60000);
}

/* ---- accepting ---- */

static void complain(struct server *s)
{
	int64_t now = loop_now_ms(s->loop);

	if (s->complained_ms && now - s->complained_ms < COMPLAIN_MS)
		return;
	s->complained_ms = now;
	log_event(EV_ACCEPT_PAUSED, "connections=%zu handshakes=%zu waiting=%zu", s->connections,
		  s->shaking.len, s->room.len);
}

static void pause_or_go_on(struct server *s)
{
	bool pause = s->connections >= s->limits.connections || timer_running(&s->breather);

	if (pause == s->paused)
		return;
	s->paused = pause;
	if (pause) {
		complain(s);
		timer_start(s->loop, &s->usher, USHER_MS);
	}
	LIST_EACH(l, &s->listeners)
		watch_set(LIST_ENTRY(l, struct listener, link)->watch, pause ? 0 : WATCH_READ);
}

static void close_client(struct client *c);
static void finish(struct server *s);

/* Whoever waits behind it may come in. */
static void leave_waiting(struct client *c)
{
	struct server *s = c->server;

	crowd_leave(&s->room, &c->room);
	crowd_leave(&s->shaking, &c->shaking);
	crowd_leave(&s->fresh, &c->fresh);
	if (s->room.len)
		loop_later(s->loop, &s->admission);
}

/* The connection is over, whatever its state was. */
static void forget(struct client *c)
{
	struct server *s = c->server;

	if (!c->opened)
		s->refused++;
	leave_waiting(c);
	crowd_leave(&s->counted, &c->counted);
	seat_leave(TAKE(c->seat));
	list_remove(&c->link);
	free(c->address);
	free(c);
	s->connections--;
	metric_add(M_CONNECTIONS, -1);
	pause_or_go_on(s);
	finish(s);
}

static void on_h1_closed(struct h1 *h, void *owner)
{
	forget(owner);
}

static void on_h2_closed(struct h2 *h, int why, void *owner)
{
	forget(owner);
}

static size_t memory_of(const struct client *c)
{
	return c->h2 ? h2_memory(c->h2) : c->h1 ? h1_memory(c->h1) : 0;
}

/* What waits for each network, in its figure, and the most of one.  To weigh all of them takes as
 * long as they are many, so what was found holds for a moment. */
static void weigh_networks(struct server *s)
{
	int64_t now_ms = loop_now_ms(s->loop);

	if (s->weighed_ms && now_ms - s->weighed_ms < WEIGH_MS)
		return;
	s->weighed_ms = now_ms;
	s->most = 0;
	LIST_EACH(l, &s->clients) {
		struct client *c = LIST_ENTRY(l, struct client, link);

		if (c->counted.group)
			*crowd_figure(&c->counted) = 0;
	}
	LIST_EACH(l, &s->clients) {
		struct client *c = LIST_ENTRY(l, struct client, link);
		size_t n = memory_of(c), *of_all;

		if (!n)
			continue;
		of_all = crowd_figure(&c->counted);
		*of_all += n;
		s->most = *of_all > s->most ? *of_all : s->most;
	}
}

/* On this loop half of what all may hold together, whatever branches hold: theirs keeps nobody out
 * here. */
static bool is_full(const struct server *s)
{
	return bufq_loop_memory(s->loop) > s->limits.buffered_bytes / 2;
}

/* It is full: those go for whose network most waits, until three quarters of it are free, if that
 * is much, helps, and it is not the network of who asks.  False: nobody goes. */
static bool free_memory(struct server *s, const struct client *asks)
{
	size_t limit = s->limits.buffered_bytes, left = bufq_loop_memory(s->loop), most;

	weigh_networks(s);
	most = s->most;
	if (most < limit / 8 || left > limit / 2 + most || *crowd_figure(&asks->counted) > most / 2)
		return false;
	s->weighed_ms = 0;
	LIST_EACH(l, &s->clients) {
		struct client *c = LIST_ENTRY(l, struct client, link);
		size_t n = memory_of(c);

		if (!n || *crowd_figure(&c->counted) < most || left <= limit / 8)
			continue;
		left -= n;
		metric_add(M_GAVE_WAY, 1);
		close_client(c);
	}
	return true;
}

static void on_request(struct exchange *x, void *owner)
{
	struct client *c = owner;
	struct server *s = c->server;

	crowd_leave(&s->fresh, &c->fresh);
	if (!is_full(s) || free_memory(s, c))
		s->ops->on_request(x, s->owner);
	else if (c->h2 && h2_takes_nothing(c->h2))
		exchange_cut(x);
	else
		exchange_respond_error(x, ERR_BUSY);
}

/* ---- at branches ---- */

void client_has_asked(struct client *c)
{
	crowd_leave(&c->server->fresh, &c->fresh);
	seat_asked(c->seat);
}

void client_has_gone(struct client *c)
{
	forget(c);
}

/* ---- the handshake ---- */

static void on_open(struct conn *conn, void *owner)
{
	struct client *c = owner;
	struct server *s = c->server;
	struct branch *b =
		s->branch_of ? s->branch_of(conn_server_name(conn), s->branch_owner) : NULL;

	c->opened = true;
	crowd_leave(&s->shaking, &c->shaking);
	if (s->room.len)
		loop_later(s->loop, &s->admission);
	if (conn_is_tls(conn))
		metric_add(M_HANDSHAKES, 1);
	if (b)
		c->seat = seat_take(&s->seats, b, TAKE(c->conn), c, &c->network);
	else if (conn_speaks(conn, "h2"))
		c->h2 = h2_new(conn, &s->h2, c);
	else
		c->h1 = h1_new(conn, &s->h1, c);
}

static void on_end(struct conn *conn, int why, void *owner)
{
	close_client(owner);
}

static void on_closed(void *owner)
{
	forget(owner);
}

/* Octets are the codec's, from on_open on. */
static const struct conn_ops handshake_ops = {
	.on_open = on_open,
	.on_end = on_end,
	.on_closed = on_closed,
};

/* Of a connection that waits for its header. */
static void drop(struct client *c)
{
	proxied_close(&c->header);
	close(c->fd);
	forget(c);
}

static void close_client(struct client *c)
{
	if (c->seat)
		seat_close(c->seat);
	else if (c->h2)
		h2_close(c->h2);
	else if (c->h1)
		h1_close(c->h1);
	else if (c->conn)
		conn_close(c->conn);
	else
		drop(c);
}

/* ---- who waits, and who has to go for it ---- */

/* False: it has not had its time yet. */
static bool give_way(struct client *c, int64_t grace_ms)
{
	if (loop_now_ms(c->server->loop) - c->since_ms < grace_ms)
		return false;
	metric_add(M_GAVE_WAY, 1);
	leave_waiting(c);
	close_client(c);
	return true;
}

/* All connections are in use: of the network that has most of those which have not asked anything,
 * the oldest goes, unless it is the only one. */
static bool make_room(struct server *s)
{
	struct crowd_member *m = crowd_of_greediest(&s->fresh);
	struct client *c = m ? CONTAINER_OF(m, struct client, fresh) : NULL;

	return c && crowd_count(&s->fresh, &c->network) > 1 && give_way(c, GRACE_MS);
}

static struct client *shaker(struct crowd_member *m)
{
	return CONTAINER_OF(m, struct client, shaking);
}

/* Beyond its share a network's own oldest handshake gives way; within it, where the total is full,
 * the oldest of the greediest network, if that has more than both would have then. */
static bool has_place(struct server *s, const struct client *c)
{
	size_t own = crowd_count(&s->shaking, &c->network);
	struct client *greediest;

	if (own >= s->limits.handshakes_per_network)
		return give_way(shaker(crowd_oldest(&s->shaking, &c->network)), OWN_GRACE_MS);
	if (s->shaking.len < s->limits.handshakes)
		return true;
	greediest = shaker(crowd_of_greediest(&s->shaking));
	return crowd_count(&s->shaking, &greediest->network) > own + 1 &&
	       give_way(greediest, GRACE_MS);
}

static void begin_handshake(struct client *c)
{
	struct server *s = c->server;
	struct conn_setup setup = {
		.tls = c->tls, .peer = c->address, .ops = &handshake_ops, .owner = c
	};

	crowd_leave(&s->room, &c->room);
	/* It closes the descriptor also when it fails. */
	if (conn_open(s->loop, c->fd, &setup, &c->conn) < 0)
		return forget(c);
	crowd_join(&s->shaking, &c->shaking, &c->network);
	free(c->address);
	c->address = NULL;
	c->since_ms = loop_now_ms(s->loop);
	s->accepted++;
}

static void on_admission(struct task *t)
{
	struct server *s = CONTAINER_OF(t, struct server, admission);
	/* So many networks at most have their share, and one of them may be next. */
	size_t tries = s->limits.handshakes / s->limits.handshakes_per_network + 1;

	for (size_t in_vain = 0; s->room.len && in_vain < tries;) {
		struct client *c = CONTAINER_OF(crowd_next(&s->room), struct client, room);

		if (has_place(s, c)) {
			begin_handshake(c);
			in_vain = 0;
		} else {
			in_vain++;
		}
	}
	if (s->room.len)
		timer_start(s->loop, &s->usher, USHER_MS);
}

static void on_usher(struct timer *t)
{
	struct server *s = CONTAINER_OF(t, struct server, usher);

	if (s->paused) {
		timer_start(s->loop, &s->usher, USHER_MS);
		make_room(s);
	}
	loop_later(s->loop, &s->admission);
}

/* Whose connection it is, is known now. */
static void serve_client(struct client *c, const struct sockaddr_storage *from)
{
	struct server *s = c->server;
	char address[ADDRESS_TEXT_MAX];

	network_of(from, &c->network);
	if (from->ss_family != AF_UNIX &&
	    crowd_count(&s->counted, &c->network) >= s->limits.connections_per_network)
		return drop(c);
	address_text(from, address);
	c->address = xstrdup(address);
	crowd_join(&s->counted, &c->counted, &c->network);
	crowd_join(&s->fresh, &c->fresh, &c->network);
	crowd_join(&s->room, &c->room, &c->network);
	loop_later(s->loop, &s->admission);
}

static void on_header(int rc, const struct proxy_header *header, void *owner)
{
	struct client *c = owner;
	struct sockaddr_storage own = {};
	socklen_t len = sizeof(own);

	c->header = NULL;
	if (rc < 0 && rc != ERR_CANCELLED) {
		metric_add(M_PROXY_HEADERS_BAD, 1);
		log_event(EV_PROXY_HEADER_BAD, "why=%s", err_code(rc));
	}
	if (rc < 0)
		return drop(c);
	getpeername(c->fd, (struct sockaddr *)&own, &len);
	serve_client(c, header->told ? &header->from : &own);
}

static void take(struct listener *l, int fd, const struct sockaddr_storage *from)
{
	struct server *s = l->server;
	struct client *c = xcalloc(1, sizeof(*c));

	c->server = s;
	c->fd = fd;
	c->tls = l->tls;
	c->since_ms = loop_now_ms(s->loop);
	s->connections++;
	metric_add(M_CONNECTIONS, 1);
	list_append(&s->clients, &c->link);
	if (!address_ranges_have(&s->balancers, from))
		serve_client(c, from);
	else if (proxied_open(s->loop, fd, HEADER_MS, on_header, c, &c->header) < 0)
		drop(c);
	if (s->connections >= s->limits.connections)
		make_room(s);
}

/* No descriptor is left, and nobody gives way: the reserve takes one connection out of the queue
 * and drops it, so that its client is told; then nothing is accepted for a moment, or the listener
 * would keep the loop busy. */
static void drop_one(struct listener *l)
{
	struct server *s = l->server;
	int fd;

	if (s->reserve_fd >= 0)
		close(s->reserve_fd);
	fd = listen_accept(l->fd, NULL);
	if (fd >= 0)
		close(fd);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	s->refused++;
	timer_start(s->loop, &s->breather, BREATHER_MS);
	pause_or_go_on(s);
}

static void on_breather(struct timer *t)
{
	pause_or_go_on(CONTAINER_OF(t, struct server, breather));
}

static bool is_allowed(const struct server *s, const struct listener *l,
		       const struct sockaddr_storage *from)
{
	return !s->only || address_unix_path(&l->at) || address_ranges_have(s->only, from);
}

static void on_acceptable(struct watch *w, unsigned events, void *owner)
{
	struct listener *l = owner;
	struct server *s = l->server;

	for (int i = 0; i < ACCEPTS_A_TURN && !s->paused; i++) {
		struct sockaddr_storage from;
		int fd = listen_accept(l->fd, &from);

		if ((fd == -EMFILE || fd == -ENFILE) && make_room(s))
			continue;
		if (fd == -EMFILE || fd == -ENFILE)
			return drop_one(l);
		if (fd < 0 && fd != -ECONNABORTED && fd != -EINTR)
			return;
		if (fd >= 0 && is_allowed(s, l, &from)) {
			take(l, fd, &from);
		} else if (fd >= 0) {
			close(fd);
			s->refused++;
		}
		pause_or_go_on(s);
	}
}

/* ---- listening ---- */

/* Takes l, whose socket listens. */
static int serve(struct server *s, struct listener *l, struct tls *tls, int *ret_port)
{
	int rc;

	l->server = s;
	l->tls = tls;
	rc = watch_open(s->loop, l->fd, s->paused ? 0 : WATCH_READ, on_acceptable, l, &l->watch);
	if (rc < 0) {
		listen_close(l->fd, &l->at);
		free(l);
		return rc;
	}
	list_append(&s->listeners, &l->link);
	if (ret_port)
		*ret_port = listen_port(l->fd);
	return 0;
}

int server_listen(struct server *s, const char *where, struct tls *tls, int *ret_port)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	int rc = listen_open(where, tls ? LISTEN_TLS : LISTEN_PLAIN, &l->at, &l->fd);

	if (rc < 0) {
		free(l);
		return rc;
	}
	return serve(s, l, tls, ret_port);
}

int server_adopt(struct server *s, const char *name, int *ret_port)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	int rc = listen_adopt(name, &l->at, &l->fd);

	if (rc < 0) {
		free(l);
		return rc;
	}
	return serve(s, l, NULL, ret_port);
}

static void stop_listening(struct server *s)
{
	LIST_EACH(link, &s->listeners) {
		struct listener *l = LIST_ENTRY(link, struct listener, link);

		watch_close(&l->watch);
		listen_close(l->fd, &l->at);
		list_remove(&l->link);
		free(l);
	}
}

/* ---- ending ---- */

static void free_server(struct task *t)
{
	struct server *s = CONTAINER_OF(t, struct server, task);

	if (s->ops->on_closed)
		s->ops->on_closed(s->owner);
	crowd_done(&s->counted);
	crowd_done(&s->room);
	crowd_done(&s->shaking);
	crowd_done(&s->fresh);
	seats_done(&s->seats);
	LIST_EACH(link, &s->branches)
		free(LIST_ENTRY(link, struct branch, link));
	if (s->reserve_fd >= 0)
		close(s->reserve_fd);
	free(s->only);
	free(s);
}

static void finish(struct server *s)
{
	if ((!s->draining && !s->closed) || s->connections || s->told)
		return;
	s->told = true;
	timer_stop(s->loop, &s->deadline);
	timer_stop(s->loop, &s->breather);
	timer_stop(s->loop, &s->usher);
	task_cancel(&s->admission);
	stop_listening(s);
	loop_reap(s->loop, &s->task, free_server);
}

static void on_deadline(struct timer *t)
{
	server_close(CONTAINER_OF(t, struct server, deadline));
}

static void drain_client(struct client *c)
{
	if (c->seat)
		seat_drain(c->seat);
	else if (c->h2)
		h2_drain(c->h2);
	else if (c->h1)
		h1_drain(c->h1);
	else
		close_client(c);
}

void server_drain(struct server *s, int64_t deadline_ms)
{
	if (s->draining || s->closed)
		return;
	s->draining = s->seats.closed = true;
	stop_listening(s);
	timer_start(s->loop, &s->deadline, deadline_ms);
	LIST_EACH(l, &s->clients)
		drain_client(LIST_ENTRY(l, struct client, link));
	finish(s);
}

void server_close(struct server *s)
{
	if (s->closed)
		return;
	s->closed = s->seats.closed = true;
	stop_listening(s);
	LIST_EACH(l, &s->clients)
		close_client(LIST_ENTRY(l, struct client, link));
	finish(s);
}

struct server *server_new(struct loop *l, const struct server_limits *limits,
			  const struct server_ops *ops, void *owner)
{
	struct server *s = xcalloc(1, sizeof(*s));

	s->loop = l;
	if (limits)
		s->limits = *limits;
	set_defaults(&s->limits);
	s->ops = ops;
	s->owner = owner;
	s->h1 = (struct h1_setup){
		.limits = s->limits.http,
		.on_request = on_request,
		.on_closed = on_h1_closed,
	};
	s->h2 = (struct h2_setup){
		.http = s->limits.http,
		.limits = s->limits.h2,
		.on_request = on_request,
		.on_closed = on_h2_closed,
	};
	list_init(&s->listeners);
	list_init(&s->clients);
	list_init(&s->branches);
	timer_init(&s->deadline, on_deadline);
	timer_init(&s->breather, on_breather);
	timer_init(&s->usher, on_usher);
	task_init(&s->admission, on_admission);
	crowd_init(&s->counted, s->limits.connections_per_network);
	crowd_init(&s->room, s->limits.connections_per_network);
	crowd_init(&s->shaking, s->limits.handshakes_per_network);
	crowd_init(&s->fresh, s->limits.connections_per_network);
	seats_init(&s->seats, s->loop, s->limits.branched_per_network);
	task_init(&s->task, free_server);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return s;
}

const struct server_limits *server_limits_of(const struct server *s)
{
	return &s->limits;
}

struct loop *server_loop(const struct server *s)
{
	return s->loop;
}

void server_add_branch(struct server *s, struct branch *b)
{
	list_append(&s->branches, &b->link);
}

void server_branch_by(struct server *s, struct branch *(*fn)(const char *server_name, void *owner),
		      void *owner)
{
	s->branch_of = fn;
	s->branch_owner = owner;
}

void server_expect_headers(struct server *s, const struct address_ranges *from)
{
	s->balancers = *from;
}

void server_allow(struct server *s, const struct address_ranges *only)
{
	free(s->only);
	s->only = xmalloc(sizeof(*s->only));
	*s->only = *only;
}

struct server_counts server_counts(const struct server *s)
{
	return (struct server_counts){
		.connections = s->connections,
		.handshakes = s->shaking.len,
		.accepted = s->accepted,
		.refused = s->refused,
	};
}
