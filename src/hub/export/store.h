/* store.h - which rows are a site's, page by page; within database jobs. */
#ifndef HUB_EXPORT_STORE_H
#define HUB_EXPORT_STORE_H

#include "base/arena.h"
#include "base/id.h"

struct tenant_db;

#define EXPORT_KEYS_MAX  3
#define EXPORT_KEY_BYTES 64 /* above ROW_KEY_PART_MAX */

/* How far an export is; {} but for `site` and `login` at first. */
struct export_place {
	struct id site;
	struct id login; /* it ends with it */
	struct id customer;
	size_t table;
	struct id connector; /* whose rows of the table are read; zero: none yet */
	bool begun;          /* `keys` are those of the last row */
	struct export_key {
		int64_t number;
		uint8_t octets[EXPORT_KEY_BYTES];
		size_t len;
	} keys[EXPORT_KEYS_MAX];
	int64_t rows; /* written so far */
	bool done;
};

/* Some rows on from the place, as lines in `mem`, and the first line and the last.
 * ERR_UNAUTHENTICATED: the login has ended; ERR_NOT_FOUND: there is no such site (any more). */
MUST_USE int export_page(struct tenant_db *db, struct arena *mem, struct export_place *p,
			 struct str *ret_lines);

#endif
