/* invite.h - the job that makes an invitation, for the calls that do: private to the slice. */
#ifndef HUB_CONNECTOR_INVITE_H
#define HUB_CONNECTOR_INVITE_H

#include "db/change.h"
#include "hub/connector/connector.h"

struct invitation_in {
	int64_t valid_days;
	const char *mail_to; /* NULL: nobody */
};

struct invite_job {
	struct invitation_new invitation;
	struct invitation_mail mail; /* to NULL: none */
	struct change_in change;
};

/* From what was asked: ERR_MAIL_OFF and ERR_INVALID are about mail_to, ERR_CONFIG is not. */
MUST_USE int invitation_begin(struct request *req, struct invite_job *job);
/* db_fn of a struct invite_job */
MUST_USE int invitation_run(struct tenant_db *db, struct arena *mem, void *arg);
/* job_done_fn of one: answers */
void invitation_done(struct request *req, int rc, void *arg);

#endif
