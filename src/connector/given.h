/* given.h - connector.conf as a command line gives it: --hub, --ca, --set and --secret.
 *
 * What is secret is asked for on a terminal without echo, else it is a line of standard input: a
 * command line is shown to every user of the machine. */
#ifndef CONNECTOR_GIVEN_H
#define CONNECTOR_GIVEN_H

#include "base/args.h"
#include "connector/options.h"

/* Rows for a table of arguments. */
#define GIVEN_CA_ARG                                                                               \
	{                                                                                          \
		"--ca", "FILE", 0,                                                                 \
			"Certificates (PEM) that may vouch for the hub, in place of the system's"  \
	}
#define GIVEN_SET_ARG                                                                              \
	{                                                                                          \
		"--set", "OPTION=VALUE", ARG_MANY, "Goes to connector.conf"                        \
	}
#define GIVEN_SECRET_ARG                                                                           \
	{                                                                                          \
		"--secret", "OPTION", ARG_MANY,                                                    \
			"The same for a password or key, which is asked for, or read from a line " \
			"of standard input"                                                        \
	}

/* Appends the lines of --hub, --ca (as `ca` names it) and --set to `config`, and checks them as far
 * as that goes without the secrets.  Says what is wrong; EXIT_USAGE. */
MUST_USE int given_options(const struct args *args, const char *ca, const char *language,
			   struct buf *config);
/* Appends the secrets and parses the whole; texts live in `mem`: arena_wipe. */
MUST_USE int given_secrets(const struct args *args, const char *language, struct buf *config,
			   struct arena *mem, struct options *ret_options);

#endif
