/* view.h - a site as the API shows it; within database jobs.  All texts live in `mem`. */
#ifndef HUB_INDEX_VIEW_H
#define HUB_INDEX_VIEW_H

#include "hub/site/site.h"

/* What a row of the list shows; an invitation is one that is open at now_ms.  ERR_NOT_FOUND. */
MUST_USE int view_row(struct tenant_db *db, struct arena *mem, struct id site, int64_t now_ms,
		      struct site *ret_site);
/* All that the site's page shows. */
MUST_USE int view_page(struct tenant_db *db, struct arena *mem, struct id site, int64_t now_ms,
		       struct site *ret_site);

#endif
