/* pulse.h - whether a target that owes an answer lives: a device that is slow is told from one that
 * hangs.  For the gateway only; one loop. */
#ifndef CONNECTOR_GATEWAY_PULSE_H
#define CONNECTOR_GATEWAY_PULSE_H

#include "base/id.h"
#include "base/list.h"

struct pool;

/* Asks the pool's target for a sign of life, on a connection of its own, for 5 s at most: the head
 * of its first page, or that it shakes hands by TLS.  What comes is in p->heard_ms.  One a pool:
 * while there is one, it is this session's from now on.  None where the target is configured
 * otherwise by now. */
void pulse_feel(struct link *pulses, struct pool *p, struct id session);
/* Those of a session, or all (NULL). */
void pulses_end(struct link *pulses, const struct id *session);

#endif
