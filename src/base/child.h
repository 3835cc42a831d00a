/* child.h - runs another program once and takes what it says.  child_run() blocks: for commands,
 * never on a loop; net/program.h does the same beside other work. */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/buf.h"

/* Runs argv[0], a path, with the arguments that follow (NULL ends them) and nothing on its standard
 * input; its standard output is appended, its standard error dropped.  Blocks for at most
 * timeout_ms: then it and all it started are killed.  0 and *ret_exit (0 to 255; 255 also if a
 * signal ended it); -errno: it cannot be started; ERR_TIMEOUT; ERR_TOO_LARGE beyond out->max. */
MUST_USE int child_run(const char *const argv[], int64_t timeout_ms, struct buf *out,
		       int *ret_exit);

/* The same while others work: what child_output() gives is its standard output, to be read until it
 * ends; the descriptor is the child's. */
struct child;
MUST_USE int child_start(const char *const argv[], struct child **ret_child);
int child_output(const struct child *c);
/* Kills it and all it started, if that still runs; sets *c to NULL, NULL is harmless. */
void child_end(struct child **c);

#endif
