/* h2.h - the HTTP/2 server codec (RFC 9113): octets of a conn to exchanges and back.
 *
 * nghttp2 is the grammar; heads pass the same check as those of HTTP/1.1 (message.h).  Cookie's
 * parts are joined (section 8.2.3), trailers dropped, push and CONNECT not offered.  A head that is
 * refused gets problem details on its stream; the connection goes on.
 *
 * Credit is given by hand: an octet of a body returns to the peer's windows when the target has
 * taken it, so a connection holds `window` octets at most, however many streams it has.  An answer
 * that comes before its request has ended is sent; what still comes of that is dropped for a while
 * before the stream is reset, so that the peer reads the answer.
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

struct h2_limits {              /* 0 takes the default */
	uint32_t streams;       /* 128 at a time; RFC 9113 section 6.5.2 advises 100 or more */
	uint32_t stream_window; /* 256 KiB: EXCHANGE_HIGH */
	uint32_t window;        /* 1 MiB: of all streams of a connection together */
	int64_t stall_ms;       /* 60 s without room for an octet of an answer that waits */
};

struct h2_setup { /* every member of both limits set */
	struct http_limits http;
	struct h2_limits limits;
	void (*on_request)(struct exchange *x,
			   void *owner); /* head complete; exchange.h, "for handlers" */
	void (*on_closed)(struct h2 *h, void *owner); /* last call */
	void *owner;
};

/* Takes c, which is open; setup must live as long as the codec. */
struct h2 *h2_new(struct conn *c, const struct h2_setup *setup, void *owner);
void h2_drain(struct h2 *h); /* GOAWAY; closes when the streams that there are have ended */
void h2_close(struct h2 *h); /* at once; the exchanges are aborted; any state, idempotent */

#endif
