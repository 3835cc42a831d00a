/* h2.h - the HTTP/2 codec (RFC 9113) in both roles: octets of a conn to exchanges and back.
 *
 *   h2_new()          requests of the peer become exchanges; we are their SOURCE
 *   h2_client_new()   h2_ask() sends an exchange's request; we are its TARGET
 *
 * nghttp2 is the grammar; heads of requests pass the same check as those of HTTP/1.1 (message.h).
 * Cookie's parts are joined (section 8.2.3), trailers of requests dropped, push and CONNECT not
 * offered but to switch protocols (RFC 8441).  A head that is refused gets problem details on its
 * stream; the connection goes on. What is secret in a head stays out of the tables that compression
 * shares between heads.
 *
 * Credit is given by hand: an octet of a body returns to the peer's windows when the exchange's
 * other end has taken it, so a connection holds `window` octets at most, however many streams it
 * has.  An answer that comes before its request has ended is sent; what still comes of that is
 * dropped for a while before the stream is reset, so that the peer reads the answer.
 *
 * A tunnel is one connection for the streams of many, so none of them may harm another: the
 * connection's credit returns at once and a stream's own alone holds it back; what has little to
 * send goes before what has much; streams may be given up by thousands; a stream's window grows by
 * measured need, and all of them by no more than `window` together.  So a tunnel holds
 * streams * stream_window + window octets at most.  Both ends ask for a sign of life.
 *
 * What costs a peer next to nothing and us something is counted (h2_flood.c); who sends too much of
 * it, a head far beyond the limits, or a head too slowly, gets GOAWAY ENHANCE_YOUR_CALM and the
 * connection ends.  Memory that nghttp2 gives back is wiped: it held what passed through.
 *
 * exchange_owes_next() is not observed: connectors, who owe their next poll, stay on HTTP/1.1. */
#ifndef NET_H2_H
#define NET_H2_H

#include "net/message.h"

struct conn;
struct h2;

struct h2_limits {                   /* 0 takes the default */
	uint32_t streams;            /* 128 at a time; RFC 9113 section 6.5.2 advises 100 or more */
	uint32_t stream_window;      /* 256 KiB: EXCHANGE_HIGH */
	uint32_t window;             /* 1 MiB: of all streams of a connection together */
	int64_t stall_ms;            /* 60 s without room for an octet of ours that waits */
	bool tunnel;                 /* see above; what follows is for tunnels alone */
	uint32_t stream_window_most; /* to which a stream's may grow */
	uint32_t requests;           /* of a client: then on_rotate; below 2^30 (section 5.1.1) */
	int64_t ping_ms, dead_ms;    /* how often we ask; how long a silent peer is taken for alive,
					and twice as long one that acknowledges no SETTINGS */
	/* Of a client, 0: none.  While bodies wait in three quarters of so much memory, in the
	 * whole process, and 1 MiB of this tunnel's do, an answer is given up of which more than
	 * 64 KiB wait for who asked; beyond all of it, each of which any does. */
	size_t buffered_bytes;
};

/* design: the tunnel's; 128 * 256 KiB + 32 MiB is the connector's limit of 64 MiB of buffers.
 * While 1 MiB of a tunnel's waits, stream_window is 16 KiB. */
extern const struct h2_limits h2_tunnel_limits;

struct h2_setup {                /* every member of both limits set */
	struct http_limits http; /* of a client: header_bytes, header_fields up to
				    EXCHANGE_HEADERS_MAX, header_ms.  idle_ms 0: no limit */
	struct h2_limits limits;
	void (*on_request)(struct exchange *x,
			   void *owner); /* head complete; exchange.h, "for handlers" */
	/* Once: this connection takes no more requests, or soon will not, because the peer said
	 * GOAWAY or, of a client, stream ids run low (its peer hears GOAWAY then): another one is
	 * needed. */
	void (*on_rotate)(struct h2 *h, void *owner);
	/* Last call.  0: in order; ERR_TIMEOUT: the peer is silent; what conn's on_end says;
	 * ERR_CANCELLED: h2_close(). */
	void (*on_closed)(struct h2 *h, int why, void *owner);
	void *owner;
};

/* Take c, which is open; setup must live as long as the codec. */
struct h2 *h2_new(struct conn *c, const struct h2_setup *setup, void *owner);
struct h2 *h2_client_new(struct conn *c, const struct h2_setup *setup, void *owner);
/* Octets that came before the codec did, together with an upgrade. */
void h2_feed(struct h2 *h, const uint8_t *data, size_t len);
/* Sends x's request, whose headers are taken as they are but Host, which becomes :authority.  Then
 * x's TARGET is ours.  ERR_BUSY: as many streams as may be; ERR_UNREACHABLE: no more requests on
 * this connection; ERR_UPSTREAM: it asks to switch, and the peer is known not to (x is aborted with
 * that if it says so later); x is untouched then. */
MUST_USE int h2_ask(struct h2 *h, struct exchange *x);
void h2_drain(struct h2 *h); /* GOAWAY; closes when the streams that there are have ended */
void h2_close(struct h2 *h); /* at once; the exchanges are aborted; any state, idempotent */
size_t h2_memory(const struct h2 *h); /* bytes in which bodies of its exchanges wait */
/* Half a MiB of them: its client takes nothing, and is told by a reset what else it is refused. */
bool h2_takes_nothing(const struct h2 *h);

#endif
