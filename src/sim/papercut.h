/* papercut.h - a PaperCut MF server for demo and tests: System Health interface, statistics and
 * XML-RPC web services.
 *
 * Built from the vendor's manual and what others saw of real servers; what is not known is a switch
 * of the scenario.  papercut_answer() is all of it without I/O; papercut_run() serves it. */
#ifndef SIM_PAPERCUT_H
#define SIM_PAPERCUT_H

#include "base/args.h"
#include "net/exchange.h"
#include "sim/scenario.h"

struct marks;

struct sim_request {
	enum http_method method;
	struct str path, query, body;
	struct str key; /* the Authorization header; p NULL if there is none */
	struct str host;
	const char *peer; /* address text */
	bool secure;
};

struct sim_answer {
	int status;
	const char *type;   /* NULL: none */
	struct buf body;    /* the caller's */
	char location[600]; /* of a redirect, else empty */
};

/* What a server knows besides the request.  Health data is cached: `health` and `held` are the
 * scenario as it was at their last refresh. */
struct sim_state {
	const struct scenario *now, *health, *held;
	struct marks *marks; /* NULL: none */
};

void papercut_answer(const struct sim_state *state, const struct sim_request *rq,
		     struct sim_answer *answer);

int papercut_run(const struct args *args);
extern const struct arg papercut_args[];

#endif
