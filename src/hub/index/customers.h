/* customers.h - GET /api/v1/customers: a provider's customers by name, searched and paged. */
#ifndef HUB_INDEX_CUSTOMERS_H
#define HUB_INDEX_CUSTOMERS_H

#include "hub/hub.h"

extern const struct json_schema customer_query_schema, customer_page_schema;

/* The row's handler. */
void customers_get(struct request *req);

#endif
