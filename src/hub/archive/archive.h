/* archive.h - what becomes of a customer or a site that is not looked after any more.
 *
 * Archived, it is out of lists and counts; connectors lose their keys, open invitations are
 * withdrawn; what is known of it stays.
 *
 * Taken back, it is as before, but for its connectors: they are invited anew, because their
 * customers were told that it has ended.
 *
 * Erased, what is archived goes for good (hub/erase).
 *
 * An archived customer's sites are archived with it, without a mark of their own. */
#ifndef HUB_ARCHIVE_H
#define HUB_ARCHIVE_H

#include "hub/hub.h"

extern const struct slice archive_slice;

#endif
