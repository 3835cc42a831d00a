/* roll.h - the slice's work behind: begins with the hub, ends with it.  The loop's thread. */
#ifndef HUB_SERIES_ROLL_H
#define HUB_SERIES_ROLL_H

#include "hub/hub.h"

MUST_USE int series_open(struct hub *hub);
void series_close(struct hub *hub);

#endif
