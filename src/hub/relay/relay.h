/* relay.h - a session's requests on their way from the browser to the site's connector and back
 * (design.md 9, docs/adr/0023-relay.md).
 *
 *   browser --h1, h2--> visit (who may, headers, deadline) --h2--> tunnel --> connector
 *
 * Tunnels are dialled by connectors, while they have a session: one counts a site, the newest.  A
 * request that comes before its tunnel waits for it.  Nothing of what passes is kept or looked into
 * but heads.  What cannot be answered by the site is answered with a page that says which leg is
 * down.
 *
 * Files: relay.c (the slice), tunnels.c (GET /c/v1/tunnel, tunnels by site), visit.c (a request),
 * heads.c (what of heads passes), enter.c (/.imprimatur/), page.c (our pages).  Loop thread only.
 */
#ifndef HUB_RELAY_H
#define HUB_RELAY_H

#include "hub/hub.h"

extern const struct slice relay_slice;

#define RELAY_SITE_EXCHANGES 256   /* at a time; beyond it 503 */
#define RELAY_ANSWER_MS      15000 /* until the head of an answer, while nothing moves */

/* Answers an exchange whose host session_is_host(): exchange.h, "for handlers". */
void relay_exchange(struct hub *hub, struct exchange *x);

#endif
