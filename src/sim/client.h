/* client.h - one connector's connection: signed calls over TLS 1.3 and HTTP/1.1, one at a time.
 *
 * The connector itself calls by libcurl, which holds some 100 KiB a connection: too much for ten
 * thousand in one process.  This is net/conn in the client's role with just enough HTTP for our own
 * hub's answers (Content-Length, no chunks).  One loop; callbacks never run from inside a call. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "base/buf.h"
#include "base/sign.h"

struct client;
struct dial;
struct loop;
struct tls;

/* Where to; outlives its clients. */
struct client_hub {
	struct loop *loop;
	struct tls *tls;
	const struct dial *dial;
	const char *name;      /* of the certificate */
	const char *authority; /* what is signed: name and port */
};

struct client_answer {
	int status;
	int64_t retry_after_s; /* 0: not told */
	struct str body;
};

struct client_ops {
	void (*on_open)(struct client *c, void *owner); /* NULL: not of interest */
	void (*on_answer)(struct client *c, const struct client_answer *a, void *owner);
	/* The last call, however it ended: 0, or what conn_ops.on_end says. */
	void (*on_gone)(struct client *c, int why, void *owner);
};

struct client_call {
	const char *method, *path, *query; /* query NULL: none */
	const char *type;                  /* of the body; NULL: none */
	struct str body;
	bool is_unsigned;
};

/* `source`: dial_start()'s; `key` and `ops` outlive the client.  -errno: no descriptor is left. */
MUST_USE int client_open(const struct client_hub *hub, const struct sign_key *key, size_t source,
			 const struct client_ops *ops, void *owner, struct client **ret_client);
/* Legal before the connection is open and inside on_answer. */
void client_call(struct client *c, const struct client_call *call);
void client_close(struct client *c); /* on_gone follows */

#endif
