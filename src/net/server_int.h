/* server_int.h - what server.c and server_branch.c show each other. */
#ifndef NET_SERVER_INT_H
#define NET_SERVER_INT_H

#include "base/list.h"
#include "net/h1.h"
#include "net/server_branch.h"

struct client;
struct conn;
struct guest; /* a client's connection at a branch */

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
/* Takes conn, which is open and has no codec yet. */
struct guest *branch_take(struct branch *b, struct conn *conn, struct client *c);
void guest_close(struct guest *g);
void guest_drain(struct guest *g);
void guest_free(struct guest *g); /* the last call, after client_has_gone() */

#endif
