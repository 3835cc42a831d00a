/* fetch_tls.h - what fetch sees of its servers' certificates: for net/fetch.c only.
 *
 * The verdict stays libssl's and curl's; this only keeps who signed what was shown, so that a
 * person can be told which device on the way opens the connection. */
#ifndef NET_FETCH_TLS_H
#define NET_FETCH_TLS_H

#include "base/cc.h"
#include <stdbool.h>

struct ssl_ctx_st;

struct fetch_tls {
	struct ssl_ctx_st *ctx; /* of the handshake in progress, held; or NULL */
	bool begun;
	char version[16], issuer[256]; /* of the last one: with an https proxy two are made */
};

/* Embedded and zeroed; stays where it is until fetch_tls_done(). */
void fetch_tls_watch(struct fetch_tls *t, void *easy);
/* The connection may live on: it must not call back here. */
void fetch_tls_done(struct fetch_tls *t);

#endif
