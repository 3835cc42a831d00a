/* licence.h - what a provider's users write down of the licence of a site's print server.
 *
 * A server tells whether its licence is valid and how many days of support are left; to whom it was
 * issued, under which reference, and often until when, somebody has to write down.  What is written
 * here stands beside what server and customer say and replaces none of it: it counts where they say
 * nothing (docs/adr/0033-licences-and-qr.md).  Whoever writes names the revision that was read, as
 * for notes.  Store functions run on database threads within jobs. */
#ifndef HUB_LICENCE_LICENCE_H
#define HUB_LICENCE_LICENCE_H

#include "hub/site/site.h"

#define LICENCE_NOTE_MAX 2000 /* octets */

/* The site's entry in `mem`; ERR_NOT_FOUND: nothing was ever written down.  Whether there is such a
 * site is the caller's to know. */
MUST_USE int licence_entry_get(struct tenant_db *db, struct arena *mem, struct id site,
			       struct site_licence_entry *ret_entry);

/* The last days alone, for rules; JSON_ABSENT_INT: not known. */
struct licence_ends {
	int64_t support_ms, licence_ms;
};
MUST_USE int licence_ends_get(struct tenant_db *db, struct id site, struct licence_ends *ret_ends);

extern const struct slice licence_slice;

#endif
