/* run.h - the connector at work: joins permission, source, collector, outbox and uplink. */
#ifndef CONNECTOR_RUN_H
#define CONNECTOR_RUN_H

#include "base/args.h"

int run_run(const struct args *args);
extern const struct arg run_args[];

#endif
