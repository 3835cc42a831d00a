/* h1.h - the HTTP/1.1 server codec (RFC 9112): octets of a conn to exchanges and back.
 *
 * llhttp in strict mode is the grammar.  Before it sees a head, our own check of the raw block
 * refuses what parsers have been known to disagree about: CR, LF, NUL and other control octets
 * outside line ends, lines that begin with a blank (folding), more octets or fields than allowed;
 * after it: Host exactly once, no Transfer-Encoding on HTTP/1.0 or beside Content-Length, `chunked`
 * as the only coding, each of a table of fields at most once, host other than SNI (421).  Framing
 * fields are never passed on.
 *
 * One exchange at a time: reading pauses when a request is complete, so pipelined requests wait in
 * the socket.  Requests that are refused get problem details and the connection ends.  A codec
 * between requests holds no buffers. */
#ifndef NET_H1_H
#define NET_H1_H

#include "net/message.h"

struct conn;

struct h1;

struct h1_setup {
	struct http_limits limits; /* every member set */
	void (*on_request)(struct exchange *x,
			   void *owner); /* head complete; exchange.h, "for handlers" */
	void (*on_closed)(struct h1 *h, void *owner); /* last call */
	void *owner;
};

/* Takes c, which is open; setup must live as long as the codec. */
struct h1 *h1_new(struct conn *c, const struct h1_setup *setup, void *owner);
void h1_drain(struct h1 *h);      /* closes when idle, or after the present answer, which says so */
void h1_close(struct h1 *h);      /* at once; the exchange is aborted; any state, idempotent */
bool h1_busy(const struct h1 *h); /* an exchange is in progress */
size_t h1_memory(const struct h1 *h); /* bytes in which its exchange's bodies wait */

#endif
