/* store.h - what site_api.c needs of site_store.c. */
#ifndef HUB_SITE_STORE_H
#define HUB_SITE_STORE_H

#include "hub/site/site.h"

MUST_USE int site_insert(struct tenant_db *db, struct id customer, struct id site, const char *name,
			 int64_t now_ms);

#endif
