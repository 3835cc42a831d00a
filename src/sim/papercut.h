/* papercut.h - a PaperCut MF server as its System Health interface shows it, for demo and tests.
 *
 * Built from the vendor's manual and what others saw of real servers; what is not known is a switch
 * of the scenario.  papercut_answer() is all of it without I/O; papercut_run() serves it. */
#ifndef SIM_PAPERCUT_H
#define SIM_PAPERCUT_H

#include "base/args.h"
#include "sim/scenario.h"

struct sim_request {
	struct str path, query;
	struct str key; /* the Authorization header; p NULL if there is none */
	struct str host;
};

struct sim_answer {
	int status;
	const char *type;
	struct buf body;    /* the caller's */
	char location[300]; /* of a redirect, else empty */
};

void papercut_answer(const struct scenario *s, const struct sim_request *rq,
		     struct sim_answer *answer);

int papercut_run(const struct args *args);
extern const struct arg papercut_args[];

#endif
