/* change.h - the change log for the dashboard: as an event stream, and as what changed at a site.
 */
#ifndef HUB_CHANGE_CHANGE_H
#define HUB_CHANGE_CHANGE_H

#include "hub/hub.h"

extern const struct slice change_slice, site_changes_slice;

#endif
