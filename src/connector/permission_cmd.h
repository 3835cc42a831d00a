/* permission_cmd.h - the command `permissions`: shows the customer's switches and turns them, by
 * the same functions as the settings page. */
#ifndef CONNECTOR_PERMISSION_CMD_H
#define CONNECTOR_PERMISSION_CMD_H

#include "base/args.h"
#include "connector/permission.h"
#include <stdio.h>

int permission_cmd_run(const struct args *args);
extern const struct arg permission_cmd_args[];

/* What `provider` (NULL: unknown) may do; p NULL: the file cannot be read. */
void permission_put(FILE *to, const char *language, const char *provider,
		    const struct permissions *p);

#endif
