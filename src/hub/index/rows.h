/* rows.h - the rows of all providers, kept up to date: between index.c and index_api.c. */
#ifndef HUB_INDEX_ROWS_H
#define HUB_INDEX_ROWS_H

#include "hub/index/customers.h"
#include "hub/index/index.h"
#include "hub/index/list.h"

/* Calls fn with the provider's rows, and those of customers_of(), once all readings that are due
 * now have been done: at once or later, unless the request dies. */
void rows_wait(struct request *req, void (*fn)(struct request *req, struct list *rows));

/* The provider's customers. */
struct customers *customers_of(struct hub *hub, struct id provider);

/* What the loop knows better than the store, which is told once a minute. */
void show_live(struct hub *hub, struct site *s);

int index_open(struct hub *hub);
void index_close(struct hub *hub);
void index_on_change(struct hub *hub, const struct change_note *note);
void index_on_site(struct hub *hub, struct id provider, struct id site);
void index_on_devices(struct hub *hub, struct id provider, struct id site,
		      const struct device_counts *counts);

#endif
