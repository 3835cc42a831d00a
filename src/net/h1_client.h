/* h1_client.h - the HTTP/1.1 client codec (RFC 9112): the TARGET of one exchange after another, on
 * one connection.
 *
 *   IDLE --h1_client_ask()--> ASKED --answer is whole--> IDLE       (on_idle)
 *                               '---- anything else ----> closed    (on_closed)
 *
 * Made for the pages of printers and print servers: answers are read tolerantly (h1_answer.h), and
 * everything is framed anew on both sides, so what one of them understands differently stays with
 * it.  A connection is used again only if the end of the answer is beyond doubt, nothing came
 * behind it, and the request had gone out whole.
 *
 * A request's body goes out as it comes, counted or in chunks.  An answer that comes before the
 * request has ended is read to its end, also when writing fails meanwhile (conn_setup.read_out).
 * While 64 KiB wait for the source nothing is read.
 *
 * An exchange is aborted with: ERR_UNREACHABLE: the connection ended before the first octet of an
 * answer; ERR_TIMEOUT; ERR_UPSTREAM: what came is no answer, or not a whole one; ERR_TOO_LARGE: see
 * `collect_bytes`.
 *
 * One loop.  Callbacks never run from inside an h1_client_*() call. */
#ifndef NET_H1_CLIENT_H
#define NET_H1_CLIENT_H

#include "net/exchange.h"

struct conn;
struct h1_client;

struct h1_client_setup {
	size_t header_bytes;  /* 0: 32 KiB, of a head and of trailers */
	size_t header_fields; /* 0: EXCHANGE_HEADERS_MAX, which is the most */
	int64_t body_ms;      /* without an octet of the answer, while we would read; 0: no limit */
	/* 0: bodies of unknown length go out in chunks.  Else they are collected up to so many
	 * octets and go out with their length: for devices that know no chunks. */
	size_t collect_bytes;
	bool (*keeps_trailer)(struct str name); /* in lower case; NULL: all of them */
	/* answer_ms have passed: how much longer to wait.  0, and without it: no longer. */
	int64_t (*on_late)(struct h1_client *h, void *owner);
	void (*on_idle)(struct h1_client *h, void *owner);   /* it may be asked again */
	void (*on_closed)(struct h1_client *h, void *owner); /* last call */
	void *owner;
};

/* Takes c, which is open and was made with read_out; setup must live as long as the codec. */
struct h1_client *h1_client_new(struct conn *c, const struct h1_client_setup *setup);
/* Sends x's request, whose head is taken as it is: path, query, headers in their order, `host`
 * among them; then x's TARGET is ours.  Only while idle.  answer_ms: until the answer's head, from
 * now or from the last octet of the request that went out; it does not run while the source is the
 * one that is waited for. */
void h1_client_ask(struct h1_client *h, struct exchange *x, int64_t answer_ms);
bool h1_client_idle(const struct h1_client *h);
/* At once; the exchange is aborted with ERR_CANCELLED; any state, idempotent. */
void h1_client_close(struct h1_client *h);

#endif
