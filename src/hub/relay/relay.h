/* relay.h - a session's requests on their way from the browser to the site's connector and back
 * (design.md 9, docs/adr/0023-relay.md, docs/adr/0030-loops.md).
 *
 *   browser --h1, h2--> visit (who may, headers, deadline) --h2--> tunnel --> connector
 *
 * Tunnels are dialled by connectors, while they have a session: one counts a site, the newest.  A
 * request that comes before its tunnel waits for it.  Nothing of what passes is kept or looked into
 * but heads.  What cannot be answered by the site is answered with a page that says which leg is
 * down.
 *
 * Sites are spread over lanes by the slot in their sessions' names: a lane is a loop with a thread
 * of its own, to which a site's browsers and its tunnel move once their handshakes are done.
 *
 * Files: relay.c (the slice), lane.c (what it and a lane say to each other), tunnels.c (GET
 * /c/v1/tunnel, tunnels by site), visit.c (a request), heads.c (what of heads passes), enter.c
 * (/.imprimatur/), page.c (our pages). */
#ifndef HUB_RELAY_H
#define HUB_RELAY_H

#include "hub/hub.h"

struct exchange;
struct server;

extern const struct slice relay_slice;

#define RELAY_SITE_EXCHANGES 256 /* at a time; beyond it 503 */
/* Until the head of an answer, while nothing moves: its page is there within 15 s. */
#define RELAY_ANSWER_MS   14500
#define RELAY_THREADS_MAX 64 /* of relay.threads, and of as many processors */

/* The lanes become branches of the server: connections for names below console_suffix are served
 * there.  Once, before the first connection; on the hub's loop, like the other. */
void relay_serve(struct hub *hub, struct server *server);
/* Answers an exchange whose host session_is_host(), of a connection that is no branch's
 * (exchange.h, "for handlers"): its client did not say in its handshake whom it wants. */
void relay_exchange(struct hub *hub, struct exchange *x);

#endif
