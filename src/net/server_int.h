/* server_int.h - what server.c and server_branch.c show each other. */
#ifndef NET_SERVER_INT_H
#define NET_SERVER_INT_H

#include "base/list.h"
#include "net/crowd.h"
#include "net/h1.h"
#include "net/server_branch.h"

struct client;
struct conn;
struct guest; /* a client's connection at a branch: the branch's */
struct seat;  /* the same, and one that waits for its place there: the server's */

struct branch {
	struct link link;            /* of the server's; nobody else's from here on: */
	struct loop *loop, *servers; /* its own, and the server's */
	size_t buffered_bytes;
	struct h1_setup h1;
	struct h2_setup h2;
	void (*on_request)(struct exchange *x, void *owner);
	void *owner;
};

/* ---- server.c, on the server's loop ---- */
const struct server_limits *server_limits_of(const struct server *s);
struct loop *server_loop(const struct server *s);
void server_add_branch(struct server *s, struct branch *b);
void client_has_asked(struct client *c);
void client_has_gone(struct client *c); /* the last word about it */

/* ---- server_branch.c, on the server's loop ---- */

enum seat_state {
	SEAT_QUEUED,  /* there is no place for it yet */
	SEAT_FRESH,   /* has its place, */
	SEAT_SETTLED, /* has asked something there, */
	SEAT_LEAVING, /* and was told to go, at once or when that is answered, */
	SEAT_STAYING, /* but did not within a second */
	SEAT_OVER     /* closed before it had a place, or gone: in no crowd */
};

/* Who is at a branch, or waits for a place there, by their networks. */
struct seats {
	struct loop *loop;
	size_t per_network;
	struct crowd by_state[SEAT_OVER];
	bool closed; /* nobody else is let in */
};

void seats_init(struct seats *s, struct loop *l, size_t per_network);
void seats_done(struct seats *s); /* none is left */
/* Takes conn, which is open and has no codec yet: on_end and on_closed of its owner, c, are called
 * if it closes before it has a place, and client_has_gone() afterwards. */
struct seat *seat_take(struct seats *s, struct branch *b, struct conn *conn, struct client *c,
		       const struct network *n);
void seat_asked(struct seat *seat); /* client_has_asked() */
void seat_close(struct seat *seat); /* for on_end of a conn, too: nobody else may close it */
void seat_drain(struct seat *seat);
void seat_leave(struct seat *seat); /* the last call: it has gone.  NULL is harmless */

#endif
