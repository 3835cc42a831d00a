/* exchange_int.h - the exchange's inside, for exchange.c and exchange_handler.c only. */
#ifndef NET_EXCHANGE_INT_H
#define NET_EXCHANGE_INT_H

#include "net/bufq.h"
#include "net/exchange.h"
#include "net/loop.h"

struct collect; /* a handler that reads the body */
struct stream;  /* a handler that answers bit by bit */
struct filter;  /* exchange_filter.c */
struct taking;  /* a handler that takes the connection */

struct end {
	const struct end_ops *ops;
	void *arg;
	struct bufq in; /* waits for this end */
	uint64_t put_bytes;
	bool put_ended; /* this end will put no more */
	bool left;
};

struct fields { /* in the exchange's arena */
	struct http_header *list;
	uint16_t len, cap;
};

struct exchange {
	struct loop *loop;
	struct end ends[2];
	struct arena arena;
	const struct http_request *request; /* NULL: parked */
	struct fields answer_headers, trailers;
	uint16_t status;
	bool secure;
	bool dying;
	bool switched;
	bool muted; /* the TARGET's calls count for nothing: exchange_filter.c */
	int64_t answer_bytes, next_within_ms;
	struct str fixed; /* the rest of a body that outlives us; taken after the TARGET's queue */

	/* The built-in target. */
	struct task task;
	void (*on_gone)(struct exchange *x, int why, void *owner);
	void *owner;
	struct collect *collect;
	struct stream *stream;
	struct taking *taking;
	struct filter *filter;
	char peer[]; /* no longer than it is: many exchanges wait for hours */
};

extern const struct end_ops exchange_handler_ops;
void exchange_handler_init(struct exchange *x);
void exchange_handler_done(struct exchange *x);

/* exchange.c: the end is out; nobody is told. */
void exchange_end_left(struct exchange *x, enum exchange_side side);

/* exchange_filter.c */
bool exchange_filter_passes(struct exchange *x); /* the head may go to the SOURCE */
/* The TARGET has given up or, muted, left: true if that was the filter's to see. */
bool exchange_filter_left(struct exchange *x, int why);
void exchange_filter_done(struct exchange *x);

#endif
