/* index.h - what lists, sorts and searches the sites and customers of a provider: in memory, for
 * texts lie sealed.
 *
 * Built at start from the store, then kept by the change log and by hub_site_touched(): a site that
 * is named there is read again.  A list waits for the reading that was due when it was asked for,
 * so that a page that asks because of an event sees what the event was about.  Loop thread only.
 *
 *   view.c      a site as the API shows it, from what the slices before know (database threads)
 *   list.c      sites of one provider: filter, order, page (pure)
 *   customers.c the same of customers, and their calls
 *   index.c     the rows of all providers, kept up to date
 *   index_api.c GET /sites, GET /sites/{id} */
#ifndef HUB_INDEX_INDEX_H
#define HUB_INDEX_INDEX_H

#include "hub/hub.h"

extern const struct slice index_slice;

/* Within a job, for the command verify: reads what the start reads; *ret_bad counts the customers
 * and sites whose rows do not open, those of one provider's customers as one. */
MUST_USE int index_verify(struct tenant_db *db, int64_t *ret_bad);

#endif
