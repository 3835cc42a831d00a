/* route.h - the table of calls: the API's index, its documentation and its guard in one.
 *
 * A slice exports an array of rows, ended by a row whose path is NULL.  All that can be said about
 * a call before it is made stands in its row, and api/ has checked all of it before the handler
 * runs: a handler holds meaning only.  openapi.json is written from the same rows (api/openapi.h),
 * and tests walk them.  Rows are constant and live as long as the program. */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "base/buf.h"
#include "base/id.h"
#include "base/json.h"
#include "net/exchange.h"

struct request;

/* Who may call.  Zero is refused at start, so that a forgotten right is no open door.  The numbers
 * from RIGHT_FIRST on are the program's own (the hub: hub/auth/right.def). */
enum right_basic {
	RIGHT_UNSET = 0,
	RIGHT_PUBLIC = 1, /* no login needed */
	RIGHT_LOGIN = 2,  /* any login */
	RIGHT_SIGNED = 3, /* a connector's signature over the call */
	RIGHT_FIRST = 8,
	RIGHT_MAX = 64, /* rights are held as one bit each */
};

/* What a call that changes something writes to the change log: the program's own numbers from 1 on
 * (the hub: db/change.def).  Any method but GET has to say; a test runs each and demands its row.
 */
enum change_basic {
	CHANGE_UNSAID = 0,
	CHANGE_NONE = -1,
};

enum route_flags {
	ROUTE_RAW = 1,  /* the body is `type`, not JSON: the handler reads req->content */
	ROUTE_GZIP = 2, /* Content-Encoding: gzip is taken, inflated to at most body_max */
	ROUTE_STREAM =
		4, /* the answer is an event stream (api/stream.h); `out` is one event's data */
	ROUTE_ANY_HOST = 8,      /* for health checks by address */
	ROUTE_HIDDEN = 16,       /* not in openapi.json */
	ROUTE_BARE_OUT = 32,     /* the answer is no JSON made by `out` */
	ROUTE_BEFORE_TERMS = 64, /* open to a user who has not accepted the hub terms */
	ROUTE_DOWNLOAD = 128,    /* the answer is a file of `type` and any length (api/download.h);
				    with    ROUTE_BARE_OUT */
};

#define ROUTE_IDS_MAX  2
#define ROUTE_NAME_MAX 128

/* What a {} may be besides an id: a name of letters, digits and + - . _ ~ that begins with a letter
 * or digit, so that it can be no path and needs no decoding.  At most one a row. */
#define ROUTE_NAME ID_KINDS

struct route {
	enum http_method method;       /* METHOD_GET answers HEAD, too */
	const char *path;              /* "/api/v1/sites/{id}": each {} is one part */
	int right;                     /* enum right_basic or the program's own */
	size_t body_max;               /* octets, inflated too; 0: a body is refused */
	const struct json_schema *in;  /* of the body: decoded to req->in */
	const struct json_schema *out; /* of the answer */
	int change;                    /* CHANGE_NONE or what the call writes */
	void (*handler)(struct request *req);

	/* What the {} are, in order: ids, decoded to req->ids, or ROUTE_NAME, kept in req->name. */
	enum id_kind ids[ROUTE_IDS_MAX];
	const struct json_schema *query; /* of the query string: decoded to req->query */
	int status;                      /* of the answer; 0: 200 */
	unsigned flags;
	const char *type;    /* ROUTE_RAW: media type of the body; ROUTE_DOWNLOAD: of the answer */
	const char *summary; /* one line for openapi.json */
};

/* "GET", ... */
const char *method_name(enum http_method m);

/* Compares a path with a row's and copies what stands in the {} (undecoded; ROUTE_IDS_MAX places).
 */
bool route_match(const struct route *row, struct str path, struct str *ret_parts);

/* Whether a part of a path may be a ROUTE_NAME. */
bool route_name_ok(struct str name);

/* Our own mistakes in a row, told in words: appended to `why`, one line each.  True if there is
 * none. */
bool route_check(const struct route *row, struct buf *why);

#endif
