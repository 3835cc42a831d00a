/* client.h - one connector's connection: signed calls over TLS 1.3 and HTTP/1.1, one at a time.
 *
 * The connector itself calls by libcurl, which holds some 100 KiB a connection: too much for ten
 * thousand in one process.  This is net/conn in the client's role with just enough HTTP for our own
 * hub's answers (Content-Length, no chunks).  One loop; callbacks never run from inside a call. */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "bench.h"

struct client;

struct client_ops {
	void (*on_open)(struct client *c, void *owner); /* NULL: not of interest */
	void (*on_answer)(struct client *c, int status, struct str body, void *owner);
	void (*on_gone)(struct client *c, void *owner); /* the last call, however it ended */
};

struct client_call {
	const char *method, *path, *query; /* query NULL: none */
	const char *type;                  /* of the body; NULL: none */
	struct str body;
};

/* From a loopback address of its own for every 1,000 connections, because the hub bounds those of
 * one address. `member` and `ops` outlive the client. */
struct client *client_open(struct bench *b, struct member *member, const struct client_ops *ops,
			   void *owner);
/* Legal before the connection is open and inside on_answer. */
void client_call(struct client *c, const struct client_call *call);
void client_close(struct client *c); /* on_gone follows */

#endif
