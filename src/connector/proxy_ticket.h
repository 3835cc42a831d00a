/* proxy_ticket.h - the command that answers a proxy's question for a Kerberos ticket: run by `run`
 * and `doctor` (net/fetch.h), because it may wait for a key server. */
#ifndef CONNECTOR_PROXY_TICKET_H
#define CONNECTOR_PROXY_TICKET_H

#include "base/args.h"

extern const struct arg proxy_ticket_args[];
int proxy_ticket_run(const struct args *args);

#endif
