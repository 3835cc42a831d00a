/* health_key.h - the command `health-key`: reads the print server's key once, by its own tool.
 *
 * PaperCut's server-command gives the key of the System Health interface to whoever may read the
 * server's own files.  The command says what it is about to run and goes on only with a yes; the
 * key is written to connector.conf (0600) and nowhere else. */
#ifndef CONNECTOR_HEALTH_KEY_H
#define CONNECTOR_HEALTH_KEY_H

#include "base/args.h"

int health_key_run(const struct args *args);
extern const struct arg health_key_args[];

#endif
