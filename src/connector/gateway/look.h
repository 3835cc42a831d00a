/* look.h - looks at addresses before they become targets; see gateway_look().  For the gateway
 * only.
 */
#ifndef CONNECTOR_GATEWAY_LOOK_H
#define CONNECTOR_GATEWAY_LOOK_H

#include "base/list.h"
#include "connector/gateway/gateway.h"

struct reach;

/* As gateway_look(); it is in the list, and holds `reach`, until it is over. */
MUST_USE int look_start(struct link *looks, struct reach *reach, const struct target *one,
			gateway_look_fn *done, void *owner, struct gateway_look **ret_look);
/* All that are under way: `done` is told soon, ERR_CANCELLED. */
void looks_end(struct link *looks);

#endif
