/* store.h - what customer_api.c needs of customer_store.c. */
#ifndef HUB_CUSTOMER_STORE_H
#define HUB_CUSTOMER_STORE_H

#include "hub/customer/customer.h"

/* Makes the customer's key, too. */
MUST_USE int customer_insert(struct tenant_db *db, const struct customer *c);

#endif
