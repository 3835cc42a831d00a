/* h2_int.h - the HTTP/2 codec's inside, for h2.c, h2_stream.c and h2_head.c only. */
#ifndef NET_H2_INT_H
#define NET_H2_INT_H

#include <nghttp2/nghttp2.h>

#include "base/arena.h"
#include "base/list.h"
#include "net/h2.h"
#include "net/h2_flood.h"
#include "net/loop.h"

struct conn;
struct exchange;

/* A head while it comes; there is one at a time in a connection (RFC 9113 section 4.3). */
struct h2_head {
	struct arena mem;
	struct http_head http;
	struct str scheme, authority, cookie;
	int32_t id;   /* its stream */
	size_t cap;   /* of http.headers */
	size_t bytes; /* as SETTINGS_MAX_HEADER_LIST_SIZE counts (section 6.5.2) */
	size_t fields;
	int rc; /* why it will be refused */
};

struct h2_head *h2_head_new(int32_t id);
void h2_head_free(struct h2_head **head);
/* Takes a field; false if the block is so far beyond the limits that the connection must end. */
bool h2_head_add(struct h2_head *head, const struct http_limits *limits, struct str name,
		 struct str value);
/* The same for a trailer, which is only counted. */
bool h2_head_count(struct h2_head *head, const struct http_limits *limits, struct str name,
		   struct str value);
MUST_USE int h2_head_check(struct h2_head *head, const struct http_limits *limits,
			   struct http_request *ret, bool *ret_expects_continue);

struct h2 {
	struct conn *conn;
	struct loop *loop;
	const struct h2_setup *setup;
	void *owner;
	nghttp2_session *session;
	struct link streams;
	struct h2_head *head;
	const uint8_t *out; /* of the session: what did not fit into the last fill */
	size_t out_len;
	size_t owed;        /* octets of bodies that wait for their targets, so for their credit */
	struct timer timer; /* a head, or idleness */
	struct task task;   /* the connection is at its end */
	struct h2_meter meter;
	bool greeted;     /* the peer's SETTINGS have come */
	bool held;        /* not read: the peer does not take what it asked for */
	bool awaits_head; /* the timer is for one, or for the peer's SETTINGS */
	bool calm_due;    /* the peer is to be told to calm down, and to go */
	bool finishing;   /* no more of anything */
};

struct h2_stream {
	struct link link;
	struct h2 *h2;
	struct exchange *x; /* while its SOURCE end is ours */
	struct timer timer; /* until the peer must have moved */
	int64_t body_left;  /* of the answer; -1 unknown */
	size_t owed;
	size_t discarded;
	int32_t id;
	bool is_head;
	bool expects_continue; /* 100 not yet sent */
	bool read;             /* the request has ended */
	bool answered;         /* the answer's head was given to the session */
	bool sent;             /* the answer's last frame has gone out */
};

/* h2_stream.c */
struct h2_stream *h2_stream_new(struct h2 *h, int32_t id);
void h2_stream_begin(struct h2_stream *s, struct h2_head *head); /* the head is complete */
void h2_stream_data(struct h2_stream *s, const uint8_t *data, size_t len);
void h2_stream_read(struct h2_stream *s); /* the request has ended */
void h2_stream_sent(struct h2_stream *s); /* the answer has */
void h2_stream_free(struct h2_stream *s);

/* h2_mem.c */
extern const nghttp2_mem h2_mem; /* wipes what it frees */

#endif
