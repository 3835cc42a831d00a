/* erase.h - a customer or a site goes for good: its key, its rows.
 *
 * Only what is archived is erased (hub/archive), so that no connector writes any more.
 *
 *   erase_begin()            one transaction: the row that is looked for first goes, so that every
 *                            call answers 404; what is to be done is noted in `erasure`
 *   worker (erase.c)         the customer's key, then its rows table by table (tables.def), some at
 *                            a time between the jobs of others; goes on after a restart
 *   change row erasure_done
 *
 * What stays: the change log, whose rows of that customer nobody can open any more, and the rows of
 * `erasure`.  A site has no key of its own: what the change log says of it stays sealed by its
 * customer's.  A store restored from before an erasure is cleaned when it is opened, because the
 * key file remembers which keys were erased. */
#ifndef HUB_ERASE_H
#define HUB_ERASE_H

#include "hub/hub.h"

extern const struct slice erase_slice;

struct erasure {
	struct id provider, id;
	struct id customer, site; /* site zero: the customer with all its sites */
};

/* Within a job.  ERR_NOT_FOUND: this provider has none. */
MUST_USE int erase_begin(struct tenant_db *db, struct id customer, struct id site, int64_t now_ms);

/* How far the work is; {} but for `what` at first: doing something twice does no harm. */
struct erasing {
	struct erasure what;
	struct id after_call; /* calls up to this one were looked at */
	bool key_gone, calls_done;
	int64_t rows; /* deleted so far */
};
/* The oldest behind `after` (zero: of all) that is not done yet; false: there is none. */
MUST_USE int erase_next(struct system_db *db, struct id after, struct erasure *ret_erasure,
			bool *ret_found);
/* A step of it, at most some hundred rows: 1, or 0 if that was the last one. */
MUST_USE int erase_step(struct tenant_db *db, struct erasing *e, int64_t now_ms);
/* Begins the erasure of customers that are here although their key was erased: of a store restored
 * from before. */
MUST_USE int erase_restored(struct system_db *db, struct arena *mem, int64_t now_ms);

/* What tables.def says, for its test: the name of table i, NULL at the end. */
const char *erase_table(size_t i);

#endif
