/* program.h - another program's answer, while the loop goes on (base/child.h). */
#ifndef NET_PROGRAM_H
#define NET_PROGRAM_H

#include "base/buf.h"

struct loop;
struct program;

/* `said` is the program's, until it closed its output; borrowed during the call, wiped after it.
 * rc: 0; ERR_TIMEOUT, ERR_TOO_LARGE, -errno.  The program and all it started are ended then. */
typedef void program_done_fn(int rc, struct str said, void *owner);

/* Runs argv[0], a path, with nothing on its standard input; argv is read before this returns.
 * `done` runs once unless it is cancelled, never from inside.  -errno: it cannot be started. */
MUST_USE int program_ask(struct loop *l, const char *const argv[], int64_t timeout_ms,
			 size_t max_bytes, program_done_fn *done, void *owner,
			 struct program **ret_program);
/* Ends it; `done` does not run any more.  Sets *p to NULL; NULL is harmless. */
void program_cancel(struct program **p);

#endif
