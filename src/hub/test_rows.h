/* test_rows.h - rows in every table of a store, whatever tables there are, for tests. */
#ifndef HUB_TEST_ROWS_H
#define HUB_TEST_ROWS_H

#include "base/id.h"
#include "db/engine.h"

/* Whose rows are made: ids stand wherever a column's name says so. */
struct rows_owner {
	struct id provider, customer, site, connector;
	int rows; /* in each table */
};

/* fn for each table of the file. */
void rows_each_table(const char *path, void (*fn)(struct engine *e, const char *table, void *arg),
		     void *arg);
/* Rows in each table but those named (ends with NULL); what is not an id is anything that its type
 * allows.  `all`: also in tables that hold nothing of a customer, site or connector. */
void rows_fill(const char *path, const struct rows_owner *o, const char *const *skip, bool all);

#endif
