/* server.c - see server.h.
 *
 * A listener that may not accept now is simply not watched; each connection that opens or closes
 * looks whether it may again. */
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
#include "base/map.h"
#include "base/metric.h"
#include "net/conn.h"
#include "net/exchange.h"
#include "net/h1.h"
#include "net/h2.h"
#include "net/listen.h"
#include "net/loop.h"
#include "net/proxied.h"
#include "net/tls.h"

#define ACCEPTS_A_TURN 64
#define BREATHER_MS    100
#define HEADER_MS      5000 /* a balancer says it at once */

struct listener {
	struct link link;
	struct server *server;
	struct watch *watch;
	struct tls *tls;
	struct address at;
	int fd;
};

/* A balancer's connection waits for its header first: there is no conn then, and fd is ours.  Once
 * the handshake is done, a codec owns the conn. */
struct client {
	struct link link;
	struct server *server;
	struct proxied *header;
	struct conn *conn;
	struct h1 *h1; /* one of both */
	struct h2 *h2;
	struct tls *tls;
	int fd;
	bool handshaking;
	bool counted; /* in by_address */
};

struct server {
	struct loop *loop;
	struct server_limits limits;
	const struct server_ops *ops;
	void *owner;
	struct h1_setup h1;
	struct h2_setup h2;
	struct address_ranges balancers;
	struct link listeners, clients;
	struct map by_address; /* how many connections; the count is the pointer's value */
	struct timer deadline; /* of a drain */
	struct timer breather; /* runs while descriptors are used up */
	struct task task;      /* on_closed */
	size_t connections, handshakes;
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
	pick(&l->connections_per_address, 1024);
	pick(&l->handshakes, 256);
	pick(&l->buffered_bytes, 256 * MIB);
	pick(&l->http.header_bytes, 16 * KIB);
	pick(&l->http.header_fields, 100);
	pick(&l->http.uri_bytes, 8 * KIB);
	pick_ms(&l->http.header_ms, 10000);
	pick_ms(&l->http.body_ms, 20000);
	pick_ms(&l->http.idle_ms, 75000);
	pick_u32(&l->h2.streams, 128);
	pick_u32(&l->h2.stream_window, EXCHANGE_HIGH);
	pick_u32(&l->h2.window, MIB);
	pick_ms(&l->h2.stall_ms, 60000);
}

/* ---- how many an address has ---- */

static size_t count_of(const struct server *s, const char *address)
{
	return (size_t)(uintptr_t)map_get(&s->by_address, address, strlen(address));
}

static void set_count(struct server *s, const char *address, size_t n)
{
	if (n)
		map_put(&s->by_address, address, strlen(address), (void *)(uintptr_t)n);
	else
		map_remove(&s->by_address, address, strlen(address));
}

static bool is_counted(const char *address)
{
	return strcmp(address, "unix") != 0;
}

/* ---- accepting ---- */

static void pause_or_go_on(struct server *s)
{
	bool pause = s->connections >= s->limits.connections ||
		     s->handshakes >= s->limits.handshakes || timer_running(&s->breather);

	if (pause == s->paused)
		return;
	s->paused = pause;
	if (pause)
		log_event(EV_ACCEPT_PAUSED, "connections=%zu handshakes=%zu", s->connections,
			  s->handshakes);
	LIST_EACH(l, &s->listeners)
		watch_set(LIST_ENTRY(l, struct listener, link)->watch, pause ? 0 : WATCH_READ);
}

static void end_handshake(struct client *c)
{
	if (!c->handshaking)
		return;
	c->handshaking = false;
	c->server->handshakes--;
}

static void finish(struct server *s);

/* The connection is over, whatever its state was. */
static void forget(struct client *c)
{
	struct server *s = c->server;

	if (c->handshaking)
		s->refused++;
	end_handshake(c);
	if (c->counted)
		set_count(s, conn_peer(c->conn), count_of(s, conn_peer(c->conn)) - 1);
	list_remove(&c->link);
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

static void on_h2_closed(struct h2 *h, void *owner)
{
	forget(owner);
}

static void on_request(struct exchange *x, void *owner)
{
	struct client *c = owner;
	struct server *s = c->server;

	if (loop_counts(s->loop).buffered_bytes > s->limits.buffered_bytes)
		exchange_respond_error(x, ERR_BUSY);
	else
		s->ops->on_request(x, s->owner);
}

/* ---- the handshake ---- */

static void on_open(struct conn *conn, void *owner)
{
	struct client *c = owner;
	struct server *s = c->server;

	end_handshake(c);
	if (conn_is_tls(conn))
		metric_add(M_HANDSHAKES, 1);
	if (conn_speaks(conn, "h2"))
		c->h2 = h2_new(conn, &s->h2, c);
	else
		c->h1 = h1_new(conn, &s->h1, c);
	pause_or_go_on(s);
}

static void on_end(struct conn *conn, int why, void *owner)
{
	conn_close(conn);
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

/* Whose connection it is, is known now. */
static void serve_client(struct client *c, const char *address)
{
	struct server *s = c->server;
	struct conn_setup setup = {
		.tls = c->tls, .peer = address, .ops = &handshake_ops, .owner = c
	};
	bool counted = is_counted(address);

	if (counted && count_of(s, address) >= s->limits.connections_per_address)
		return drop(c);
	/* It closes the descriptor also when it fails. */
	if (conn_open(s->loop, c->fd, &setup, &c->conn) < 0)
		return forget(c);
	s->accepted++;
	c->counted = counted;
	if (counted)
		set_count(s, address, count_of(s, address) + 1);
}

static void own_address(const struct client *c, char out[static ADDRESS_TEXT_MAX])
{
	struct sockaddr_storage sa = {};
	socklen_t len = sizeof(sa);

	getpeername(c->fd, (struct sockaddr *)&sa, &len);
	address_text(&sa, out);
}

static void on_header(int rc, const struct proxy_header *header, void *owner)
{
	struct client *c = owner;
	char address[ADDRESS_TEXT_MAX];

	c->header = NULL;
	if (rc < 0 && rc != ERR_CANCELLED) {
		metric_add(M_PROXY_HEADERS_BAD, 1);
		log_event(EV_PROXY_HEADER_BAD, "why=%s", err_code(rc));
	}
	if (rc < 0)
		return drop(c);
	if (header->told)
		address_text(&header->from, address);
	else
		own_address(c, address);
	serve_client(c, address);
}

static void take(struct listener *l, int fd, const struct sockaddr_storage *from)
{
	struct server *s = l->server;
	struct client *c = xcalloc(1, sizeof(*c));
	char address[ADDRESS_TEXT_MAX];

	c->server = s;
	c->fd = fd;
	c->tls = l->tls;
	c->handshaking = true;
	address_text(from, address);
	s->handshakes++;
	s->connections++;
	metric_add(M_CONNECTIONS, 1);
	list_append(&s->clients, &c->link);
	if (!address_ranges_have(&s->balancers, from))
		serve_client(c, address);
	else if (proxied_open(s->loop, fd, HEADER_MS, on_header, c, &c->header) < 0)
		drop(c);
}

/* No descriptor is left: the reserve takes one connection out of the queue and drops it, so that
 * its client is told; then nothing is accepted for a moment, or the listener would keep the loop
 * busy. */
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

static void on_acceptable(struct watch *w, unsigned events, void *owner)
{
	struct listener *l = owner;
	struct server *s = l->server;

	for (int i = 0; i < ACCEPTS_A_TURN && !s->paused; i++) {
		struct sockaddr_storage from;
		int fd = listen_accept(l->fd, &from);

		if (fd == -EMFILE || fd == -ENFILE)
			return drop_one(l);
		if (fd < 0 && fd != -ECONNABORTED && fd != -EINTR)
			return;
		if (fd >= 0)
			take(l, fd, &from);
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
	map_done(&s->by_address);
	if (s->reserve_fd >= 0)
		close(s->reserve_fd);
	free(s);
}

static void finish(struct server *s)
{
	if ((!s->draining && !s->closed) || s->connections || s->told)
		return;
	s->told = true;
	timer_stop(s->loop, &s->deadline);
	timer_stop(s->loop, &s->breather);
	stop_listening(s);
	loop_reap(s->loop, &s->task, free_server);
}

static void on_deadline(struct timer *t)
{
	server_close(CONTAINER_OF(t, struct server, deadline));
}

static void drain_client(struct client *c)
{
	if (c->h2)
		h2_drain(c->h2);
	else if (c->h1)
		h1_drain(c->h1);
	else if (c->conn)
		conn_close(c->conn);
	else
		drop(c);
}

static void close_client(struct client *c)
{
	if (c->h2)
		h2_close(c->h2);
	else if (c->h1)
		h1_close(c->h1);
	else
		drain_client(c);
}

void server_drain(struct server *s, int64_t deadline_ms)
{
	if (s->draining || s->closed)
		return;
	s->draining = true;
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
	s->closed = true;
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
	timer_init(&s->deadline, on_deadline);
	timer_init(&s->breather, on_breather);
	task_init(&s->task, free_server);
	s->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return s;
}

void server_expect_headers(struct server *s, const struct address_ranges *from)
{
	s->balancers = *from;
}

struct server_counts server_counts(const struct server *s)
{
	return (struct server_counts){
		.connections = s->connections,
		.handshakes = s->handshakes,
		.accepted = s->accepted,
		.refused = s->refused,
	};
}
