/* change.h - the change log as an event stream for the dashboard. */
#ifndef HUB_CHANGE_CHANGE_H
#define HUB_CHANGE_CHANGE_H

#include "hub/hub.h"

extern const struct slice change_slice;

#endif
