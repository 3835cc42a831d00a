/* h1_answer.h - one HTTP/1 answer from octets, without I/O: the part of h1_client.c that is fuzzed.
 *
 * Made for servers in printers, so it is tolerant in what it can repair and certain in what decides
 * where a message ends.  Repaired: HTTP/1.0, any reason phrase or none, names in any case, line
 * ends without CR, a blank before the colon, folded values, lines that are no fields (dropped),
 * control octets in values, `Date` that is none or comes twice, no length where nothing is owed,
 * blanks behind the size of a chunk, a Content-Length that is no number (then it is the
 * connection's end that tells), empty and `identity` items of Transfer-Encoding.  Refused: lengths
 * that contradict each other, codings other than `chunked`, chunks whose sizes are none or are not
 * followed by a line's end. Whatever was repaired that another reader could have read differently
 * costs the connection its next use (keep_alive).
 *
 * Any split of the same octets gives the same events.  For net/ only. */
#ifndef NET_H1_ANSWER_H
#define NET_H1_ANSWER_H

#include "net/exchange.h"

struct h1_answer;

enum h1_answer_event {
	ANSWER_MORE,    /* all was used; go on with the next octets */
	ANSWER_INTERIM, /* a 1xx but 101: its head; the answer follows */
	ANSWER_HEAD,    /* the answer's head; its body, if any, follows */
	ANSWER_COMPLETE,
	ANSWER_BAD, /* nothing more is read */
};

struct h1_answer_head {
	int status;
	/* Names in lower case, NUL behind names and values; framing fields left out, and those that
	 * `Connection` names.  Live until the next call. */
	struct http_header *headers;
	size_t headers_len;
	int64_t body_bytes; /* Content-Length; -1 unknown.  Of HEAD and 304 what it would be */
	bool complete;      /* no body follows: ANSWER_COMPLETE will not come */
	bool until_close;   /* only the connection's end can tell the body's */
	bool stays_open;    /* its sender means to keep the connection, whatever we think of it */
	bool keep_alive; /* beyond doubt: the next answer may follow this one's last octet; may turn
			    to false while chunks come */
	bool switched;   /* 101, and it was asked for: what follows is no HTTP */
	bool wants_tls;  /* 426, and encryption is what it demands (RFC 2817 section 4.2) */
};

struct h1_answer_setup {
	size_t header_bytes, header_fields; /* of each head, and of the trailers */
	bool head;                          /* the request was HEAD */
	bool upgrade;                       /* the request asked for 101 */
	/* Inside h1_answer_feed(). */
	void (*on_body)(const uint8_t *data, size_t len, void *arg);
	void (*on_trailer)(struct str name, struct str value, void *arg); /* name in lower case */
	void *arg;
};

struct h1_answer *h1_answer_new(const struct h1_answer_setup *setup);
void h1_answer_free(struct h1_answer **r); /* wipes */
enum h1_answer_event h1_answer_feed(struct h1_answer *r, const uint8_t *data, size_t len,
				    size_t *ret_used);
/* After ANSWER_INTERIM and ANSWER_HEAD; after ANSWER_COMPLETE, whether the connection keeps. */
struct h1_answer_head h1_answer_head(const struct h1_answer *r);
/* What that head is in: the caller may take it, and leave an empty one. */
struct arena *h1_answer_memory(struct h1_answer *r);
/* The connection has ended in order: ANSWER_COMPLETE if that is how the body ends, else ANSWER_BAD.
 */
enum h1_answer_event h1_answer_end(const struct h1_answer *r);

#endif
