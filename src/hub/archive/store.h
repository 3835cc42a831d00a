/* store.h - the marks of what is archived; runs within database jobs. */
#ifndef HUB_ARCHIVE_STORE_H
#define HUB_ARCHIVE_STORE_H

#include "hub/hub.h"

/* Marks a customer or a site (ID_CUST, ID_SITE) as archived since then, or takes the mark off
 * (JSON_ABSENT_INT).  ERR_NOT_FOUND; ERR_ARCHIVED: it is so already, or its customer is;
 * ERR_NOT_ARCHIVED. */
MUST_USE int archive_mark(struct tenant_db *db, enum id_kind kind, struct id object, int64_t at_ms);
/* 0 if it is archived, itself or with its customer.  ERR_NOT_FOUND, ERR_NOT_ARCHIVED. */
MUST_USE int archive_is_marked(struct tenant_db *db, enum id_kind kind, struct id object);

#endif
