/* told_change.h - what reports say anew of a site, for the change log: versions, licence, devices.
 */
#ifndef HUB_REPORT_TOLD_CHANGE_H
#define HUB_REPORT_TOLD_CHANGE_H

#include "hub/status/status.h"

/* One row if anything of it differs; none for a site's first report.  How many devices came and
 * went. */
MUST_USE int told_change(struct tenant_db *db, struct arena *mem, struct id customer,
			 struct id connector, const struct site_state *before,
			 const struct site_state *after, int64_t added, int64_t gone);

#endif
