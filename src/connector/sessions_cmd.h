/* sessions_cmd.h - `sessions`: who visits, who waits for a yes, and the customer's word on it. */
#ifndef CONNECTOR_SESSIONS_CMD_H
#define CONNECTOR_SESSIONS_CMD_H

#include "base/args.h"

extern const struct arg sessions_cmd_args[];
int sessions_cmd_run(const struct args *args);

#endif
