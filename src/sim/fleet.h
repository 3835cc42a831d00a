/* fleet.h - thousands of connectors of made-up sites at a real hub: invitation, consent, switches,
 * reports and long polls, signed as real ones are, each living as sim/life.h says. */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include "base/args.h"

extern const struct arg fleet_args[];
int fleet_run(const struct args *args);

#endif
