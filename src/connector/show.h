/* show.h - the commands that tell: status, ledger.  They read files, disturb no
 * running connector, and call nobody. */
#ifndef CONNECTOR_SHOW_H
#define CONNECTOR_SHOW_H

#include "base/args.h"

int show_status_run(const struct args *args);
int show_ledger_run(const struct args *args);
extern const struct arg show_status_args[], show_ledger_args[];

/* "en", "fr" or "de": `wanted`, or that of the agreement. */
const char *show_language(const char *dir, const char *wanted);

#endif
