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

#include "base/buf.h"

struct exchange;
struct loop;
struct tls;

struct h1_limits {            /* 0 takes the default */
	size_t header_bytes;  /* 16 KiB: request line and fields */
	size_t header_fields; /* 100 */
	size_t uri_bytes;     /* 8 KiB */
	int64_t header_ms;    /* 10 s from the first octet to the end of the head */
	int64_t body_ms;      /* 20 s without an octet of the body, while we would read */
	int64_t idle_ms;      /* 75 s between requests */
};

struct h1;

struct h1_setup {
	struct h1_limits limits;
	void (*on_request)(struct exchange *x,
			   void *owner); /* head complete; exchange.h, "for handlers" */
	void (*on_open)(void *owner);    /* the handshake is done; NULL: not of interest */
	void (*on_closed)(struct h1 *h, void *owner); /* last call */
	void *owner;
};

/* Takes fd as conn_open() does, and copies `peer`, the client's address.  setup must live as long
 * as the codec. */
MUST_USE int h1_open(struct loop *l, int fd, const char *peer, struct tls *tls,
		     const struct h1_setup *setup, void *owner, struct h1 **ret_h1);
void h1_drain(struct h1 *h); /* closes when idle, or after the present answer, which says so */
void h1_close(struct h1 *h); /* at once; the exchange is aborted; any state, idempotent */
const char *h1_peer(const struct h1 *h);
void h1_put_date(struct buf *out); /* appends the line "Date: ..." of now */
bool h1_busy(const struct h1 *h);  /* an exchange is in progress */

#endif
