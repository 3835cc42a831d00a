/* store.h - rows of mail: within jobs; private to the slice. */
#ifndef HUB_MAIL_STORE_H
#define HUB_MAIL_STORE_H

#include "hub/mail/mail.h"

/* One that waits, and what is sent; texts in the job's memory. */
struct mail_row {
	struct id provider, id, customer, site, invitation;
	int64_t tries, until_ms;
	int64_t next_ms; /* the next try, if this one fails */
	const char *to, *reply_to, *from_name, *subject, *text, *language;
};

struct mail_queue_state {
	int64_t waiting;
	int64_t next_ms; /* when the first of them is to be tried; JSON_ABSENT_INT: none waits */
};

/* Takes the mail that has been due for longest: its try is counted, its next one comes retry_ms
 * later, doubled by each try up to an hour.  1, or 0 if none is due, or the one that was could not
 * be opened (its key is gone) and was removed. */
MUST_USE int mail_claim(struct system_db *db, struct arena *mem, int64_t now_ms, int64_t retry_ms,
			struct mail_row *ret_mail, struct mail_queue_state *ret_state);

struct mail_outcome {
	struct id id, customer, site, invitation;
	int reason; /* enum mail_reason; 0: it was taken */
	int status; /* what the server answered, 0: nothing */
	bool done;  /* sent or given up, and not tried again */
	const char *to;
	int64_t now_ms;
};
/* Notes it, and where it is done, wipes the text and writes the change.  One that was dropped
 * meanwhile leaves nothing. */
MUST_USE int mail_settle(struct tenant_db *db, const struct mail_outcome *o);

#endif
