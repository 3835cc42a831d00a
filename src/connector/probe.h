/* probe.h - the command `probe papercut --record DIR`: a redacted capture of a real server.
 *
 * Asks the server what the connector asks it and what else the System Health interface has, one
 * call after the other, and writes DIR/capture.json: status, media type and form of each answer,
 * redacted by source/redact.h.  Sends nothing to anybody. */
#ifndef CONNECTOR_PROBE_H
#define CONNECTOR_PROBE_H

#include "base/args.h"

int probe_run(const struct args *args);
extern const struct arg probe_args[];

#endif
