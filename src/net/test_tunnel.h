/* test_tunnel.h - for the tests of a tunnel: our client role and our server role at both ends of a
 * socket pair, on one loop. */
#ifndef NET_TEST_TUNNEL_H
#define NET_TEST_TUNNEL_H

#include "net/test_ask.h"
#include "net/test_h2.h"

struct tunnel {
	struct test_h2 far; /* who answers */
	struct asker near;
};

struct tunnel *tunnel_begin(void); /* a tunnel's limits at both ends; they may be changed */
void tunnel_open(struct tunnel *t);
struct tunnel *tunnel_opened(void);                           /* both */
void tunnel_end(struct tunnel *t);                            /* closes it and frees t */
void tunnel_until(struct tunnel *t, bool (*done)(void *arg)); /* done(t) */
void tunnel_check(struct tunnel *t);                          /* it still answers */
struct ask *tunnel_download(struct tunnel *t, const char *target, bool hold);

#endif
