/* h2_int.h - the HTTP/2 codec's inside, for h2*.c only. */
#ifndef NET_H2_INT_H
#define NET_H2_INT_H

#include <nghttp2/nghttp2.h>

#include "base/arena.h"
#include "base/list.h"
#include "net/exchange.h"
#include "net/h2.h"
#include "net/h2_flood.h"
#include "net/loop.h"

#define FRAME_HEAD_BYTES 9 /* RFC 9113 section 4.1 */

struct conn;

/* A head, or trailers, while they come; there is one at a time in a connection (RFC 9113
 * section 4.3). */
struct h2_head {
	struct arena mem;
	struct http_head http;
	struct str status; /* of an answer */
	struct str scheme, authority, cookie;
	int32_t id;   /* its stream */
	size_t cap;   /* of http.headers */
	size_t bytes; /* as SETTINGS_MAX_HEADER_LIST_SIZE counts (section 6.5.2) */
	size_t fields;
	size_t cookie_bytes; /* of `bytes` */
	int rc;              /* why it will be refused */
};

struct h2_head *h2_head_new(int32_t id);
void h2_head_free(struct h2_head **head);
/* Takes a field; false if the block is so far beyond the limits that the connection must end. */
bool h2_head_add(struct h2_head *head, const struct http_limits *limits, struct str name,
		 struct str value);
MUST_USE int h2_head_check(struct h2_head *head, const struct http_limits *limits,
			   struct http_request *ret, bool *ret_expects_continue);
/* Of an answer: Content-Length is taken out of the fields; -1 if there is none. */
MUST_USE int h2_head_answer(struct h2_head *head, int *ret_status, int64_t *ret_body_bytes);

struct h2_stream;

/* In what the roles differ. */
struct h2_role {
	enum exchange_side side; /* ours of an exchange */
	int (*session_new)(nghttp2_session **session, const nghttp2_session_callbacks *cb,
			   void *user, const nghttp2_option *o, nghttp2_mem *mem);
	void (*head)(struct h2_stream *s, struct h2_head *head, bool last); /* is complete */
	void (*trailers)(struct h2_stream *s, struct h2_head *head);
	void (*read)(struct h2_stream *s); /* the peer's message has ended */
	void (*sent)(struct h2_stream *s); /* ours has */
	void (*late)(struct h2_stream *s); /* the peer has not moved */
	void (*greeted)(struct h2 *h);     /* the peer's SETTINGS have come */
};

extern const struct h2_role h2_server, h2_client;

struct h2 {
	const struct h2_role *role;
	struct conn *conn;
	struct loop *loop;
	const struct h2_setup *setup;
	void *owner;
	nghttp2_session *session;
	struct link streams;
	struct h2_head *head;
	const uint8_t *rest; /* of the session: what did not fit into the last fill */
	size_t rest_len;
	uint8_t *
		out; /* while the connection is filled: where to go on, and how much room is left */
	size_t out_room;
	size_t owed;        /* octets of bodies that wait here */
	size_t grown;       /* by how much windows of streams have grown, all together */
	struct timer timer; /* a head, or idleness */
	struct timer pulse; /* when to ask for, or miss, a sign of life */
	int64_t heard_ms;   /* when the peer's last octet came */
	int64_t pinged_ms;  /* when the PING went out that is not answered; 0: none */
	int64_t fitted_ms;  /* when `asked_window` was told */
	int64_t rtt_ms;     /* the shortest that was measured; 0: none yet */
	struct task task;   /* the connection is at its end */
	struct task rotate; /* on_rotate is owed */
	struct h2_meter meter;
	uint32_t streams_len;
	uint32_t window;       /* that streams begin with, as the peer has acknowledged it */
	uint32_t asked_window; /* the same as we told it */
	uint32_t asked;        /* requests of ours */
	int why;               /* of the end */
	bool greeted;          /* the peer's SETTINGS have come */
	bool held;             /* not read: the peer does not take what it asked for */
	bool awaits_head;      /* the timer is for one, or for the peer's SETTINGS */
	bool calm_due;         /* the peer is to be told to calm down, and to go */
	bool bulk_due;         /* of a stream's */
	bool draining;         /* we said GOAWAY */
	bool rotate_told;
	bool finishing; /* no more of anything */
};

struct h2_stream {
	struct link link;
	struct h2 *h2;
	struct exchange *x; /* while its end is ours */
	struct timer timer; /* until the peer must have moved */
	int64_t body_left;  /* of our message; -1 unknown */
	int64_t since_ms;   /* `taken` is what was taken of the peer's body since then */
	uint64_t sent_bytes;
	size_t taken;
	size_t owed;
	size_t discarded;
	uint32_t window;
	int32_t id;
	uint8_t interims;
	bool is_head;
	bool expects_continue; /* 100 not yet sent */
	bool asks_switch;      /* its body is octets of another protocol, if that is agreed to */
	bool headed;           /* the peer's head has come */
	bool read;             /* the peer's message has ended */
	bool told;             /* our head was given to the session */
	bool parked;           /* of a client: the request waits for the peer's SETTINGS */
	bool sent;             /* our last frame has gone out */
	bool over;             /* of a client: closed, and its answer is not taken yet */
	bool bulk, bulk_due; /* has sent much: is, or is to be, one of those that wait for others */
};

/* h2.c */
void h2_rotate(struct h2 *h);

/* h2_stream.c */
struct h2_stream *h2_stream_new(struct h2 *h, int32_t id);
void h2_stream_data(struct h2_stream *s, const uint8_t *data, size_t len);
void h2_stream_read(struct h2_stream *s); /* the peer's message has ended */
void h2_stream_reset(struct h2_stream *s, uint32_t code);
void h2_stream_give_up(struct h2_stream *s, int why); /* it and its exchange */
void h2_stream_drop_exchange(struct h2_stream *s, int why);
void h2_stream_watch(struct h2_stream *s); /* the peer has moved, or it is its turn to */
void h2_stream_send(struct h2_stream *s, uint8_t *ret, size_t len);
void h2_stream_kick(struct h2_stream *s); /* our body goes on */
void h2_stream_fitted(struct h2 *h);      /* the peer has heard what we told it last */
void h2_stream_credit(struct h2_stream *s, size_t n);
size_t h2_stream_unsent(struct exchange *x, void *end); /* exchange.h, of the whole connection */
void h2_stream_lighten(struct h2 *h); /* puts those that send much behind the others */
/* The session has closed it, or ends (why). */
void h2_stream_closed(struct h2_stream *s, int why);
void h2_stream_free(struct h2_stream *s, int why);
nghttp2_nv h2_field(struct str name, struct str value);
nghttp2_data_provider h2_stream_body(struct h2_stream *s);

/* h2_mem.c */
extern const nghttp2_mem h2_mem; /* wipes what it frees */

#endif
