/* h1_reader.h - one HTTP/1.1 request from octets, without I/O: the part of h1.c that is fuzzed.
 *
 * Any split of the same octets gives the same events.  For net/ only. */
#ifndef NET_H1_READER_H
#define NET_H1_READER_H

#include "base/arena.h"
#include "net/message.h"

struct h1_reader;

enum h1_event {
	H1_MORE,     /* all was used; go on with the next octets */
	H1_HEAD,     /* the head is complete: h1_reader_head(); the body, if any, follows */
	H1_COMPLETE, /* the request is; what was not used belongs to the next one */
	H1_REFUSED,  /* h1_reader_refusal(); nothing more is read */
};

struct h1_head {
	struct http_request request;
	bool keep_alive;
	bool http10;
	bool expects_continue;
	bool complete; /* no body follows: H1_COMPLETE will not come */
};

struct h1_refusal {
	int status;
	int rc; /* err.def: code and title */
};

/* limits: every member set.  on_body runs inside h1_reader_feed() with parts of the body. */
struct h1_reader *h1_reader_new(const struct http_limits *limits,
				void (*on_body)(const uint8_t *data, size_t len, void *arg),
				void *arg);
void h1_reader_free(struct h1_reader **r);
enum h1_event h1_reader_feed(struct h1_reader *r, const uint8_t *data, size_t len,
			     size_t *ret_used);
/* After H1_HEAD, once: the head, and in *ret_mem the arena that it lies in, which is the caller's
 * then. */
struct h1_head h1_reader_head(struct h1_reader *r, struct arena *ret_mem);
struct h1_refusal h1_reader_refusal(const struct h1_reader *r);

#endif
