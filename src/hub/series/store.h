/* store.h - what series_api.c needs of series_store.c. */
#ifndef HUB_SERIES_STORE_H
#define HUB_SERIES_STORE_H

#include "hub/series/series.h"

/* Feeds the rows of r's time and the gap before it. */
MUST_USE int series_read(struct tenant_db *db, struct id subject, int series, struct rollup *r);

#endif
