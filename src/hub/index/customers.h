/* customers.h - GET /api/v1/customers: a provider's customers, searched, sorted and paged; and one
 * of them.  Names lie sealed, so that neither order nor search can be the store's: rows are kept up
 * to date by index.c.  Loop thread only. */
#ifndef HUB_INDEX_CUSTOMERS_H
#define HUB_INDEX_CUSTOMERS_H

#include "base/map.h"
#include "hub/hub.h"

struct customer;
struct customer_row;

/* Of one provider; {} is none. */
struct customers {
	struct customer_row **rows;
	size_t len, cap;
	struct map by_id;
};
void customers_put(struct customers *c, const struct customer *from); /* copied; replaces its row */
void customers_drop(struct customers *c, struct id id);               /* absent is no error */
void customers_done(struct customers *c);

extern const struct json_schema customer_query_schema, customer_page_schema, customer_row_schema;

/* The rows' handlers. */
void customers_get(struct request *req);
void customers_get_one(struct request *req);

#endif
