/* settings_cmd.h - the command `settings`: the page's address for a machine without a desktop. */
#ifndef CONNECTOR_SETTINGS_CMD_H
#define CONNECTOR_SETTINGS_CMD_H

#include "base/args.h"

int settings_cmd_run(const struct args *args);
extern const struct arg settings_cmd_args[];

#endif
