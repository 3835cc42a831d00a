/* papercut.h - a PaperCut MF server for demo and tests: System Health interface, statistics,
 * XML-RPC web services and the pages of the admin console.
 *
 * Built from the vendor's manual and what others saw of real servers; what is not known is a switch
 * of the scenario.  papercut_answer() is all of it without I/O; papercut_run() serves it. */
#ifndef SIM_PAPERCUT_H
#define SIM_PAPERCUT_H

#include "base/args.h"
#include "sim/odd.h"
#include "sim/scenario.h"

struct marks;
struct sessions;

struct sim_request {
	enum http_method method;
	struct str path, query, body;
	int64_t body_bytes; /* all that came; body may be less */
	struct str key;     /* the Authorization header; p NULL if there is none, like these: */
	struct str origin, referer, cookie, csrf_token;
	struct str host;
	const char *peer; /* address text */
	bool secure;
};

struct sim_answer {
	int status;
	const char *type;      /* NULL: none */
	struct buf head, body; /* the caller's; head: whole lines */
	odd_make_fn *make;     /* makes the body while it is sent, instead of `body` */
	int64_t make_bytes;
};

/* What a server knows besides the request.  Health data is cached: `health` and `held` are the
 * scenario as it was at their last refresh. */
struct sim_state {
	const struct scenario *now, *health, *held;
	struct marks *marks; /* NULL: none */
	struct sessions *sessions;
};

void papercut_answer(const struct sim_state *state, const struct sim_request *rq,
		     struct sim_answer *answer);

/* True if the scenario's mode, form and delay are for this request. */
bool papercut_is_odd(const struct sim_state *state, const struct sim_request *rq);

int papercut_run(const struct args *args);
extern const struct arg papercut_args[];

#endif
