/* mail.h - mails of the hub: queued in the transaction of what they tell, handed to the operator's
 * mail server afterwards.
 *
 *   mail_queue() in a job --COMMIT--> mailer (mail.c): claim --> fetch (SMTP) --> settle
 *                                       ^                                          |
 *                                       '-- later, up to until_ms <-- failed <-----'--> sent, given
 * up
 *
 * A claim counts the try and sets the time of the next one before anything is sent, so that a hub
 * that dies meanwhile neither forgets a mail nor hammers the server.  Delivery is at least once: a
 * crash between the server's yes and the commit that notes it sends the mail again, under the same
 * Message-ID.
 *
 * Recipient and text lie sealed by the customer's key.  The text is gone from the row once it is
 * sent or given up: it may hold an enrolment code.
 *
 *   mail_store.c   SQL
 *   mail.c         the mailer, one mail at a time
 *   probe.c        what `doctor` asks
 *   server.c       hub.conf's mail.*: how the server is spoken to, and what a failure means */
#ifndef HUB_MAIL_MAIL_H
#define HUB_MAIL_MAIL_H

#include "hub/hub.h"
#include "hub/site/site.h"

struct mail_new {
	struct id customer, site, invitation;
	const char *to, *reply_to; /* mime_address_ok() (asserted); reply_to NULL: none */
	const char *from_name, *subject, *text;
	const char *language;
	int64_t now_ms, until_ms; /* never tried later than until_ms */
};

/* -- Within a job. */
/* Queues it; it goes out after the commit of the CHANGE_INVITATION_MADE that is written with it.
 * ERR_TOO_MANY: the provider has asked for mail.per_day mails today (UTC). */
MUST_USE int mail_queue(struct tenant_db *db, const struct hub_config *c, const struct mail_new *m);
/* The invitation is withdrawn or replaced: its mail is not sent any more and forgotten. */
MUST_USE int mail_drop(struct tenant_db *db, struct id invitation);
/* The same of all invitations of a site that are used or revoked. */
MUST_USE int mail_drop_closed(struct tenant_db *db, struct id site);
/* The same of all of a site, or of a customer with all its sites (site zero). */
MUST_USE int mail_drop_all(struct tenant_db *db, struct id customer, struct id site);
/* What became of an invitation's mail, in `mem`; NULL: none was asked for. */
MUST_USE int mail_show(struct tenant_db *db, struct arena *mem, struct id invitation,
		       struct site_mail **ret_mail);

/* Reaches mail.server, with TLS and login, and sends nothing; waits for it: for `doctor`. */
struct mail_probe {
	bool ok;
	const char *code; /* "ok", "password", or why not: mail_reason_word() */
	char words[512];
};
void mail_probe(const struct hub_config *c, struct mail_probe *ret_probe);

extern const struct slice mail_slice;

#endif
