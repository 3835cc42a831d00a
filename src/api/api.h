/* api.h - from an exchange to a handler: what is checked before meaning begins.
 *
 *   exchange -> host (421) -> row by path (404) and method (405) -> origin (403) -> size (413)
 *            -> media type (415) -> login (401) -> right (403) -> ids (404) -> query, body (400)
 *            -> handler
 *
 * Calls that need a login are authenticated before their body is read; signed calls after it, for
 * the signature covers its digest.  What all bodies together may hold in memory is bounded (503).
 * Paths without a row are files and pages of the dashboard; below /api and /c they are a 404
 * problem.
 *
 * One loop, no locks.  An api outlives its requests: api_free() after the server has closed. */
#ifndef API_API_H
#define API_API_H

#include "api/request.h"

struct assets;
struct exchange;
struct loop;

struct api_config {
	const char *origin;          /* "https://hub.example.test:8443", without port 443 */
	const char *authority;       /* the same without the scheme: what Host must be */
	const struct assets *assets; /* NULL: there is no dashboard */
	void *owner;                 /* becomes req->owner */
	/* Finds out who calls, fills req->who and ends in request_admit(); called for every row but
	 * RIGHT_PUBLIC ones. */
	void (*authenticate)(struct request *req);
	size_t bodies_max_bytes; /* all bodies together; 0: 64 MiB */
	/* For a server on loopback, which every page in every browser of the machine can call and
	 * whose port other programs may have had: Origin is looked at in every call and demanded
	 * of those that write, and a browser may keep nothing. */
	bool local;
};

/* The tables are checked: our own mistakes are told in `why` and answered with ERR_INVALID.
 * cfg and tables are kept, not copied. */
MUST_USE int api_open(struct loop *loop, const struct api_config *cfg,
		      const struct route *const *tables, /* ends with NULL */
		      struct buf *why, struct api **ret_api);
/* Cuts what is still open. */
void api_free(struct api **api);

/* A new exchange of the server; owned by the api until it ended. */
void api_exchange(struct api *api, struct exchange *x);

#endif
