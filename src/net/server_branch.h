/* server_branch.h - a loop of another thread that serves some of a server's connections.
 *
 *   server: accepts, shakes hands, counts --branch_of(server name)--> branch: requests and answers
 *
 * A connection is the server's in all that is counted and limited, wherever it is served: what is
 * asked, and what ends, is told to the server's loop, and an order to close or drain to the
 * branch's.  Neither touches what is the other's.
 *
 * Where a network has its share of them at branches (server_limits), who comes waits, at most 10 s,
 * and for each that waits the one that is there longest is told to go once it has answered what it
 * was asked; if it has not gone within a second, the next one, too. */
#ifndef NET_SERVER_BRANCH_H
#define NET_SERVER_BRANCH_H

#include "net/server.h"

struct branch;

/* Before the first connection; `l` is the branch's loop, which may be the server's own, and lives
 * as long as the server.  on_request is called on its thread; `owner` is its argument.  Freed by
 * the server. */
struct branch *server_branch_new(struct server *s, struct loop *l,
				 void (*on_request)(struct exchange *x, void *owner), void *owner);
/* Which branch serves the connections whose client named this server (SNI; NULL if none); NULL: the
 * server itself.  Set once, before the first connection; `fn` runs on the server's loop. */
void server_branch_by(struct server *s, struct branch *(*fn)(const char *server_name, void *owner),
		      void *owner);

#endif
