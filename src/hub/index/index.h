/* index.h - what lists, sorts and searches the sites of a provider: in memory, for texts lie sealed.
 *
 * Built at start from the store, then kept by the change log: a change that names a site makes its row
 * be read again.  Loop thread only. */
#ifndef HUB_INDEX_INDEX_H
#define HUB_INDEX_INDEX_H

#include "hub/hub.h"
#include "hub/site/site.h"

extern const struct slice index_slice;

#endif
