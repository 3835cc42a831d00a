/* serve.h - the hub as a process that runs until it is told to stop. */
#ifndef HUB_SERVE_H
#define HUB_SERVE_H

#include "hub/hub.h"

struct serve_options {
	const char *listen;  /* instead of the configured; NULL: as configured */
	const char *ready;   /* file to write once it serves; NULL: none */
	int64_t parent_pid;  /* ends with that process; 0: does not */
};

/* Opens the store of a configuration: for serving and for the command line.  What went wrong has been said
 * on standard error. */
MUST_USE int hub_open_store(const struct hub_config *config, struct keyring **ret_keys,
			    struct db **ret_db);

/* Serves until SIGINT, SIGTERM, or the parent's end; the program's exit code. */
int hub_serve(const struct hub_config *config, const struct serve_options *options);

#endif
