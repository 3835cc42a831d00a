/* customers.h - GET /api/v1/customers: a provider's customers, searched, sorted and paged; and one
 * of them.  Names lie sealed, so that neither order nor search can be the store's: they are kept
 * once asked for, until one changes.  Loop thread only. */
#ifndef HUB_INDEX_CUSTOMERS_H
#define HUB_INDEX_CUSTOMERS_H

#include "base/arena.h"
#include "hub/hub.h"

struct customer_row;

/* What is kept of one provider; {} is nothing yet. */
struct customers {
	struct arena mem;
	struct customer_row *rows;
	size_t len;
	uint64_t changes; /* so many since the start; rows are those of `read` */
	uint64_t read;    /* changes + 1 as of the reading; 0: there was none */
};
void customers_changed(struct customers *c);
void customers_done(struct customers *c);

extern const struct json_schema customer_query_schema, customer_page_schema, customer_row_schema;

/* The rows' handlers. */
void customers_get(struct request *req);
void customers_get_one(struct request *req);

#endif
