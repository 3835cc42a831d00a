/* server.h - listeners: accepts connections within limits and hands their requests to one function.
 * TLS clients choose HTTP/2 or HTTP/1.1, plain ones speak HTTP/1.1.
 *
 * A network (crowd.h) has a share of the handshakes in progress, large enough for many sites behind
 * one address; what is beyond it, or beyond the 256 in all, waits.  Whoever waits is let in when
 * one is done, the networks by turns, or when an old one gives way: of the same network, or, where
 * the total is full, of the one that has the most.  So does, where connections or descriptors are
 * used up, the oldest without a request of the network that has most of these; if there is none,
 * new ones wait in the kernel (one descriptor is kept in reserve, to accept and drop instead of
 * spinning on EMFILE).  A network that has too many connections gets the next closed at once.
 *
 *   SERVING --server_drain()--> DRAINING --no connection left, or deadline--> CLOSED
 *      '----------------------------'------------ server_close() -------------^
 *
 * One loop, but what branches serve (server_branch.h).  server_close() is idempotent; on_closed
 * follows once and is the last call. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "net/address_range.h"
#include "net/h2.h"

struct exchange;
struct loop;
struct server;
struct tls;

#define SERVER_BUFFERED_BYTES (256 * MIB)

struct server_limits {                  /* 0 takes the default */
	size_t connections;             /* 20,000 in all */
	size_t connections_per_network; /* 1,024: many sites share a provider's proxy; Unix sockets
					   are not counted */
	size_t branched_per_network;    /* 64 of them at branches (server_branch.h); who comes then
					   waits for the oldest, which goes once it has answered */
	size_t handshakes;              /* 256 at a time */
	size_t handshakes_per_network;  /* 64 of them */
	size_t buffered_bytes; /* in which bodies wait in all loops together, half of it on the
				  server's own.  Beyond that half the connections are closed of the
				  network for which most waits, if that is an eighth of it all;
				  else, and to who is of that network, new requests get 503.  So do
				  those at branches when all loops hold three quarters of it */
	struct http_limits http;
	struct h2_limits h2;
};

struct server_ops {
	void (*on_request)(struct exchange *x, void *owner); /* exchange.h, "for handlers" */
	void (*on_closed)(void *owner);                      /* may be NULL */
};

struct server *server_new(struct loop *l, const struct server_limits *limits,
			  const struct server_ops *ops, void *owner);
/* `where`: "127.0.0.1:8443", "[::1]:0", or "unix:/path" (mode 0600; a stale socket file is
 * replaced).  Port 0: any free one. tls NULL: plain, which only loopback and Unix sockets may be
 * (ERR_CONFIG).  tls must live as long as the server. -errno; ERR_CONFIG if `where` is not
 * understood.  *ret_port (may be NULL): the port, 0 for a Unix socket. */
MUST_USE int server_listen(struct server *s, const char *where, struct tls *tls, int *ret_port);
/* The same with a socket that the service manager holds for us and handed over by that name
 * (systemd.socket(5), FileDescriptorName=): loopback, plain.  -ENOENT if there is none;
 * ERR_CONFIG for one that is not such. */
MUST_USE int server_adopt(struct server *s, const char *name, int *ret_port);
/* Connections from these addresses begin with a PROXY header (proxied.h), and nobody else's do: it
 * is required of the ones and not understood from the others.  The address that it tells is the
 * client's from then on, for the limit and for exchange_peer().  `from` is copied. */
void server_expect_headers(struct server *s, const struct address_ranges *from);
/* Connections from other addresses are closed at once, before TLS begins; Unix sockets are not
 * looked at.  `only` is copied; an empty list lets nobody in. */
void server_allow(struct server *s, const struct address_ranges *only);
/* Stops listening; answers in progress are finished, idle connections closed; after deadline_ms
 * everything is. */
void server_drain(struct server *s, int64_t deadline_ms);
void server_close(struct server *s);

struct server_counts {
	size_t connections, handshakes;
	uint64_t accepted, refused; /* since the start; refused: limits and failed handshakes */
};

struct server_counts server_counts(const struct server *s);

#endif
