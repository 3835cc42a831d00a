/* rotate_cli.h - the command `rotate-key`. */
#ifndef CONNECTOR_ROTATE_CLI_H
#define CONNECTOR_ROTATE_CLI_H

#include "base/args.h"

extern const struct arg rotate_args[];
int rotate_run(const struct args *args); /* an exit code of args.h */

#endif
