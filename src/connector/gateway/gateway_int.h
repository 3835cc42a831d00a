/* gateway_int.h - the gateway's inside: calls (gateway.c) and the connections that carry them
 * (pool.c). */
#ifndef CONNECTOR_GATEWAY_GATEWAY_INT_H
#define CONNECTOR_GATEWAY_GATEWAY_INT_H

#include "base/list.h"
#include "connector/gateway/console.h"
#include "connector/gateway/gateway.h"
#include "connector/gateway/header_rules.h"
#include "connector/gateway/net.h"
#include "net/h1_client.h"
#include "net/loop.h"

struct conn;
struct tls;

struct gateway {
	struct loop *loop;
	struct gateway_setup setup;
	const struct gateway_net *net;
	struct link pools;
	struct link calls;
	size_t calls_len, websockets;
	struct timer rest; /* there are no calls */
	struct lookup *hub_lookup;
	int64_t hub_looked_ms; /* when; 0 never */
	size_t hub_len;
	uint8_t hub_octets[LOOKUP_MAX][16];
	uint16_t hub_port;
	struct link looks;
	bool closing;
};

/* The connections to one target, as it was configured when the first of them was made. */
struct pool {
	struct link link;
	struct gateway *g;
	struct id target;     /* zero: the console */
	struct target config; /* texts are in mem */
	struct arena mem;
	struct console console;
	size_t at;                      /* the endpoint that works, or is tried */
	struct tls *tls[ENDPOINTS_MAX]; /* NULL: not needed yet */
	struct link lines;              /* those that are idle first */
	struct link waiting;            /* calls */
	int64_t heard_ms;               /* when a call was last answered; 0: none was */
	size_t calls;                   /* that are not over */
	bool stale;                     /* its target is configured in another way now, or gone */
};

/* One connection. */
struct line {
	struct link link;
	struct pool *pool;
	struct id session;
	struct call *call; /* what it is for; NULL: idle, or given up */
	struct lookup *lookup;
	struct address addresses[LOOKUP_MAX];
	size_t addresses_len, address_at;
	size_t endpoint;
	char dialled[ADDRESS_TEXT_MAX];
	struct conn *conn;
	struct h1_client *client;
	struct h1_client_setup setup;
	struct timer idle;
	struct timer silence; /* since an octet was last seen to have moved */
	uint64_t moved;       /* call_moved() when that was looked at */
	bool silent;          /* none has since */
	struct task task;     /* to be done when no callback runs */
	int failed;           /* what the call gets; 0: nothing */
	bool apart;           /* does not count: a WebSocket's, an event stream's, a long poll's */
	bool used;            /* has carried an exchange */
	bool retiring;        /* is closed as soon as may be */
};

enum call_state { CALL_WAITING, CALL_DIALLING, CALL_ASKED, CALL_OVER };

/* One exchange, as long as that lives. */
struct call {
	struct link link;    /* the gateway's */
	struct link waiting; /* the pool's */
	struct gateway *g;
	struct exchange *x;
	struct gateway_visit *visit; /* NULL: the session was cut */
	struct id session;
	struct pool *pool;
	struct line *line;                /* while it dials or carries it */
	const struct http_request *asked; /* as the browser sent it */
	struct rules_between between;
	struct timer timer; /* until it is asked */
	struct timer sign;  /* TUNNEL_WAITS_MS, until it is answered */
	int64_t began_ms;
	int64_t turn_ms; /* from when on its target has time to answer */
	uint64_t counted_up, counted_down;
	int refusal; /* why the answer was not let through, or the call was cut */
	uint8_t state;
	bool websocket, by_script, kept, retried, answered;
	/* A kept connection may be dead already, and then nobody knows what became of a POST. */
	bool fresh;
};

/* gateway.c */
void call_fail(struct call *k, int rc); /* answers it; only while no end but ours has it */
/* It has a line, open or not yet. */
void call_turn(struct call *k);
/* The line is open: sends it. */
void call_ask(struct call *k);
/* Grows with every octet of a body, either way, and with the answer's head. */
uint64_t call_moved(const struct call *k);

/* A pool or a look is gone: maybe the last thing that held the gateway. */
void gateway_pool_gone(struct gateway *g);

/* pool.c */
struct pool *pool_of(struct gateway *g, const struct target *t);
/* Gives the call a connection now or later; call_ask() or call_fail() follows, also at once. */
void pool_take(struct pool *p, struct call *k);
void pool_leave(struct call *k); /* it waits or dials no more */
/* The call's answer is an event stream (WHATWG HTML section 9.2), which ends with its page: others
 * need not wait for its connection, as long as there are few such.  What is silent while others
 * wait, such as a long poll, the pool sets apart by itself. */
void pool_set_apart(struct call *k);
void pool_close_session(struct gateway *g, struct id session);
void pool_free_all(struct gateway *g);
void pool_look_at(struct pool *p); /* frees it if nothing needs it */

/* What may be dialled for a target (or the console); the reason why not, or 0. */
int address_allowed(struct gateway *g, const struct endpoint *e, bool console,
		    const struct address *a);
/* Starts to learn where the hub is, if that is not known, or was learnt long ago. */
void hub_look_up(struct gateway *g);
void looks_cancel(struct gateway *g); /* look.c */
int target_error(int rc);             /* of a connection: as exchanges tell it */

#endif
