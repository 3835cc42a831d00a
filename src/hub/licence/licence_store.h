/* licence_store.h - writing an entry: between licence_store.c and licence_api.c. */
#ifndef HUB_LICENCE_LICENCE_STORE_H
#define HUB_LICENCE_LICENCE_STORE_H

#include "hub/licence/licence.h"

/* Replaces the site's entry by *e (revision: the one that was read, 0 for none; edited_ms and
 * edited_by are not looked at) and writes the change: verb, actor, object, site and customer are
 * the caller's.  ERR_EDITED: another revision is there; ERR_INVALID: a date is none. */
MUST_USE int licence_entry_put(struct tenant_db *db, struct arena *mem,
			       const struct site_licence_entry *e, struct change_in *change);

#endif
