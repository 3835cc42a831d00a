/* pool.h - the connections to targets, and who waits for one.  It knows nothing of exchanges: what
 * a connection is for is a wish, embedded in the gateway's call.  For the gateway only; one loop.
 */
#ifndef CONNECTOR_GATEWAY_POOL_H
#define CONNECTOR_GATEWAY_POOL_H

#include "base/arena.h"
#include "base/list.h"
#include "connector/gateway/console.h"
#include "connector/target.h"
#include "net/h1_client.h"
#include "net/loop.h"

struct conn;
struct reach;
struct tls;

struct wish_ops;

/* For one connection.  wish_init() fills what is not set by whoever embeds it: alone and fresh. */
struct wish {
	const struct wish_ops *ops;
	struct id session;
	bool alone;          /* for a connection of its own, which does not count: a WebSocket's */
	bool fresh;          /* a kept connection will not do */
	struct link waiting; /* the pool's */
	struct line *line;   /* while it is dialled for it or carries it */
};

/* What becomes of a wish.  Each may run from inside pool_take() and pool_leave(). */
struct wish_ops {
	/* It has a line, open or not yet. */
	void (*on_turn)(struct wish *w);
	/* Its line is open. */
	void (*on_line)(struct wish *w);
	/* There is none: why (ERR_TARGET_*).  It leaves. */
	void (*on_failed)(struct wish *w, int rc);
	/* Grows with every octet of a body, either way, and with the answer's head. */
	uint64_t (*moved)(const struct wish *w);
	/* The head of its answer has come. */
	bool (*is_answered)(const struct wish *w);
	/* As h1_client_setup has it; NULL: no longer. */
	int64_t (*on_late)(struct wish *w);
};

/* All that there are. */
struct pools {
	struct link list;
	struct reach *reach; /* held by each */
};

/* The connections to one target, as it was configured when the first of them was made. */
struct pool {
	struct link link;
	struct reach *reach;
	struct id target;     /* zero: the console */
	struct target config; /* texts are in mem */
	struct arena mem;
	struct console console;
	size_t at;                      /* the endpoint that works, or is tried */
	struct tls *tls[ENDPOINTS_MAX]; /* NULL: not needed yet */
	struct link lines;              /* those that are idle first */
	struct link waiting;            /* wishes */
	size_t users;                   /* that have not called pool_release() */
	int64_t heard_ms;               /* the gateway's: its last sign of life; 0: none yet */
	bool stale;                     /* its target is configured in another way now, or gone */
};

/* One connection. */
struct line {
	struct link link;
	struct pool *pool;
	struct id session;
	struct wish *wish; /* what it is for; NULL: idle, or given up */
	struct search *lookup;
	struct address addresses[LOOKUP_MAX];
	size_t addresses_len, address_at;
	size_t endpoint;
	char dialled[ADDRESS_TEXT_MAX];
	struct conn *conn;
	struct h1_client *client;
	struct h1_client_setup setup;
	struct timer idle;
	struct timer watch; /* whether what it carries lasts */
	uint64_t moved;     /* what ops->moved() said when that was looked at */
	bool lasting;       /* none has since, or the answer goes on */
	struct task task;   /* to be done when no callback runs */
	int failed;         /* what the wish gets; 0: nothing */
	bool apart;         /* does not count: a WebSocket's, an event stream's, what lasts */
	bool used;          /* has carried an exchange */
	bool retiring;      /* is closed as soon as may be */
};

void wish_init(struct wish *w, struct id session, const struct wish_ops *ops);
void pools_init(struct pools *all, struct reach *reach);
/* NULL: the console's.  It stays until pool_release(). */
struct pool *pool_hold(struct pools *all, const struct target *t);
void pool_release(struct pool *p);
/* Gives the wish a connection now or later. */
void pool_take(struct pool *p, struct wish *w);
void pool_leave(struct wish *w); /* it waits or dials no more, or has not used its line */
/* The answer is one that ends with its page, such as an event stream (WHATWG HTML section 9.2):
 * others need not wait for its connection, as long as there are few such.  What lasts while others
 * wait, such as a long poll or a download, the pool sets apart by itself. */
void pool_set_apart(struct wish *w);
/* Closes the session's idle connections; the others go with what they carry. */
void pools_close_session(struct pools *all, struct id session);
void pools_close(struct pools *all);

#endif
