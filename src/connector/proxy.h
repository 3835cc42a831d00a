/* proxy.h - the way out of the site: connector.conf, else the environment, else none.
 *
 * In this order, the first that says something decides alone:
 *   1. `proxy.url` of connector.conf: an address, or "none" for no proxy whatever the environment
 * says
 *   2. the environment: https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY; with no_proxy or NO_PROXY
 *   3. no proxy
 * `proxy.user` and `proxy.password` belong to `proxy.url`: they are never sent to a proxy that the
 * environment named.  Only the hub is called through the proxy; print servers never are.  Pure. */
#ifndef CONNECTOR_PROXY_H
#define CONNECTOR_PROXY_H

#include "base/config.h"
#include "net/fetch.h"

struct options;

#define PROXY_NONE_WORD "none"

enum proxy_origin { PROXY_NOWHERE, PROXY_CONFIGURED, PROXY_ENVIRONMENT };

struct proxy {
	enum proxy_origin origin; /* who decided, also if it is "none" or an exception */
	bool used;
	struct fetch_proxy way; /* if used */
	const char *url; /* "http://proxy:3128", for people: without a user; NULL if not used */
	const char *variable; /* of the environment, that decided; else NULL */
};

/* What goes into fetch_request.proxy. */
static inline const struct fetch_proxy *proxy_way(const struct proxy *p)
{
	return p->used ? &p->way : NULL;
}

/* "http", "https" or "socks5" and host and port: fills kind and authority (in `mem`).  A user in it
 * goes to ret_way->user and password if `users` are allowed.  ERR_CONFIG.  Fuzzed. */
MUST_USE int proxy_parse(struct str url, bool users, struct arena *mem,
			 struct fetch_proxy *ret_way);
/* Whether `host` is among the exceptions: names with all that ends in them, addresses, "*". */
bool proxy_exempts(struct str list, struct str host);
/* env: os_env, or a test's own.  ERR_CONFIG with *ret_problem if the environment names no proxy
 * (options are checked already).  All lives in `mem`, which may hold a secret: arena_wipe. */
MUST_USE int proxy_choose(const struct options *o, const char *(*env)(const char *name),
			  struct arena *mem, struct proxy *ret_proxy,
			  struct config_problem *ret_problem);

#endif
