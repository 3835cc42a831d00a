/* customer.h - a provider's customers.  Store functions run on database threads within jobs. */
#ifndef HUB_CUSTOMER_CUSTOMER_H
#define HUB_CUSTOMER_CUSTOMER_H

#include "hub/hub.h"

struct customer {
	struct id id;
	const char *name;
	int language; /* hub_language_names */
	int64_t created_ms;
	int64_t archived_ms; /* JSON_ABSENT_INT: it is not (hub/archive) */
};

/* Texts live in `mem`.  ERR_NOT_FOUND. */
MUST_USE int customer_get(struct tenant_db *db, struct arena *mem, struct id id,
			  struct customer *ret_customer);

/* Writes a new one, makes its key, and the change: verb and actor are the caller's, the rest is
 * filled in. */
MUST_USE int customer_make(struct tenant_db *db, const struct customer *c,
			   struct change_in *change);

/* Gives a customer another name (NULL: the same) or language (-1: the same), and writes the change
 * if that is something else: verb and actor are the caller's.  *ret_customer as customer_get. */
MUST_USE int customer_change(struct tenant_db *db, struct arena *mem, struct id id,
			     const char *name, int language, struct change_in *change,
			     struct customer *ret_customer);

/* All of the provider's customers, in no order; the pointers and what they point to live in `mem`.
 */
MUST_USE int customer_list(struct tenant_db *db, struct arena *mem,
			   struct customer ***ret_customers, size_t *ret_len);

/* How the API shows one. */
extern const struct json_schema customer_schema;

extern const struct slice customer_slice;

#endif
