/* install.h - the files of a PaperCut server's install folder that other programs may look into:
 * server/version.txt and server/server.properties, as far as their keys are known.
 *
 * Not thread-safe; nothing is kept. */
#ifndef SIM_INSTALL_H
#define SIM_INSTALL_H

#include "base/cc.h"
#include "sim/scenario.h"

/* Ports as real servers have them by default (the vendor's manual); for what does not listen here.
 */
#define INSTALL_TLS_PORT           9192
#define INSTALL_HIGH_SECURITY_PORT 9195

/* Writes both below `dir`, which is made if it is not there.  `tls_port` 0: the default is told.
 * server.properties is readable by its owner alone: the real one holds secrets.  -errno. */
MUST_USE int install_write(const char *dir, const struct scenario *scenario, int port,
			   int tls_port);

#endif
