/* request.h - one call to the API, from its checked row to its one answer.
 *
 * A request is made by api/ and handed to the row's handler, which answers exactly once: at once or
 * later, by reply(), reply_error(), reply_raw() or stream_open().  The answer frees the request;
 * the caller must not touch it afterwards.  If the other side goes away before, the request dies
 * without an answer: on_gone is called once, and after it the request is freed.
 *
 * Everything a request points to lives in its arena.  One loop, no locks.  No callback runs from
 * inside a call that registers it. */
#ifndef API_REQUEST_H
#define API_REQUEST_H

#include "api/route.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"

struct api;

#define REQUEST_ENDS_MAX 2

enum caller_kind { CALLER_NOBODY, CALLER_USER, CALLER_CONNECTOR };

/* Who calls, as found by the program's authenticate function. */
struct caller {
	enum caller_kind kind;
	uint64_t rights; /* bit n: right n */
	struct id provider;
	struct id id;       /* the user or the connector */
	struct id login;    /* CALLER_USER */
	struct id home;     /* CALLER_USER who looks at another's: whose user it is; zero: none */
	struct id customer; /* CALLER_CONNECTOR */
	struct id site;     /* CALLER_CONNECTOR */
};

struct request {
	/* For handlers, read only. */
	struct arena mem; /* what lives as long as the request */
	const struct route *route;
	struct caller who; /* filled by authenticate; zero on public routes */
	struct id ids[ROUTE_IDS_MAX];
	const char *name;  /* the row's ROUTE_NAME; NULL if it has none */
	const void *in;    /* the body by route->in; NULL if the row has none */
	const void *query; /* the query by route->query; NULL if the row has none */
	struct str method, authority, path, query_text; /* as sent; query_text without the '?' */
	bool has_body;      /* a body was announced, even an empty one */
	struct str body;    /* as sent */
	struct str content; /* the body, inflated if it was gzip; ROUTE_RAW: in mem */
	void *owner;        /* the program: api_config.owner (struct hub in the hub) */

	/* For whoever holds the request until its answer (a poll): called once when the other side
	 * has gone away before an answer; the request is freed when it returns. */
	void (*on_gone)(struct request *req, void *arg);
	void *gone_arg;
	void *jobs; /* the program's link to its database */

	/* api/ only. */
	struct link link;
	struct api *api;
	struct exchange *exchange;
	size_t counted_bytes; /* of the budget of bodies */
	int64_t retry_after_s;
	const char *why;
	bool unknown_part;
	enum { REQUEST_CHECKED, REQUEST_HANDLED, REQUEST_DONE } state;
	struct request_end {
		void (*fn)(struct request *req, void *arg);
		void *arg;
	} ends[REQUEST_ENDS_MAX];
	unsigned ends_len;
};

/* Registers what has to be undone when the request is freed, answered or not; called in reverse
 * order. */
void request_at_end(struct request *req, void (*fn)(struct request *req, void *arg), void *arg);

/* For a request that waits long (a poll): gives back the memory of its head, body and arena and
 * runs what request_at_end registered.  ids, who, route and the address stay; everything else is
 * gone. */
void request_park(struct request *req);

/* The client owes its next request within `ms` of the coming answer: see exchange_owes_next(). */
void request_owes_next(struct request *req, int64_t ms);

/* The protocol that the request asks to switch to (exchange.h); the empty view if none. */
struct str request_upgrade(const struct request *req);
/* A header of the request by its lower-case name; the empty view if it is absent. */
struct str request_header(const struct request *req, const char *name);
/* The other side's address in text. */
const char *request_address(const struct request *req);
/* The same cut to what a rate limit should count: an IPv4 address whole, the first 64 bits of IPv6.
 */
#define ADDRESS_GROUP_MAX 64
void request_address_group(const struct request *req, char out[static ADDRESS_GROUP_MAX]);
/* A cookie's value; the empty view if it is absent or there more than once. */
struct str request_cookie(const struct request *req, const char *name);

/* Ends authenticate, at once or later: 0 lets the request on to right, decoding and handler;
 * an error answers it. */
void request_admit(struct request *req, int rc);

/* Adds a header to the coming answer; `value` has no control characters (asserted). */
void reply_header(struct request *req, const char *name, const char *value);
/* Retry-After of the coming error; without it 429 and 503 say 5 seconds. */
void reply_retry_after(struct request *req, int64_t seconds);
/* `why` of the coming error (struct problem), which outlives the request. */
void reply_why(struct request *req, const char *why);

/* The answer: `status` is the row's (asserted), `out` is encoded by the row's `out`; NULL: no body.
 */
void reply(struct request *req, int status, const void *out);
/* A problem (RFC 9457, wire/messages.h): code, status and title are rc's; field and what is wrong
 * with it may be NULL. */
void reply_error(struct request *req, int rc, const char *field);
void reply_error_detail(struct request *req, int rc, const char *field, const char *detail);
/* An answer that is no JSON of the row's: ROUTE_BARE_OUT.  The data are copied. */
void reply_raw(struct request *req, int status, const char *type, struct str data);
/* The same of data that outlive every request: they are not copied. */
void reply_static(struct request *req, int status, const char *type, struct str data);
/* In place of an answer: 101 with the headers that were added, then `taken` gets the connection
 * (exchange_take_conn()), or `gone` is called if the client goes before.  False: the request did
 * not ask for it, or came by HTTP/2; it is answered with ERR_INVALID and nothing is called. */
bool reply_conn(struct request *req, exchange_taken_fn *taken,
		void (*gone)(struct exchange *x, int why, void *owner), void *owner);

#endif
