/* approver.h - who may say yes from a desk: approvers.json.
 *
 * An approver has a name that the customer gives it (better a function than a person's: "Front
 * desk"), a password, of which a hash is kept, and the secret of a second factor.  The file is
 * there only while there are any, and nothing of it leaves the site: a hub is told how many there
 * are.
 *
 * No I/O but in approvers_load() and approvers_save().  One thread. */
#ifndef CONNECTOR_DESK_APPROVER_H
#define CONNECTOR_DESK_APPROVER_H

#include "base/json.h"
#include "base/totp.h"

#define APPROVERS_MAX         20
#define APPROVER_NAME_MAX     60 /* octets */
#define APPROVER_PASSWORD_MIN 10 /* octets; the second factor is there beside it */

struct approver {
	struct id id;
	const char *name;
	const char *password; /* PHC string: base/password.h */
	const char *totp;     /* totp_text() of the secret */
	int64_t made_ms;
};

struct approvers {
	struct json_list items; /* struct approver *, in the order in which they were added */
	struct arena mem;       /* all of it; holds secrets */
};
extern const struct json_schema approvers_schema, desk_login_schema;

/* An absent file is none at all.  ERR_CORRUPT, -errno. */
MUST_USE int approvers_load(const char *dir, struct approvers *ret_approvers);
/* Atomically; removes the file if there is none. */
MUST_USE int approvers_save(const char *dir, const struct approvers *a);
void approvers_free(struct approvers *a); /* {} is harmless; wipes */

const struct approver *approvers_find(const struct approvers *a, struct id id);
/* By name, whatever its case in ASCII; NULL: none. */
const struct approver *approvers_named(const struct approvers *a, struct str name);
/* Adds a copy under a new id.  ERR_INVALID: the name is empty, too long or not to be seen;
 * ERR_CONFLICT: another has it; ERR_TOO_MANY. */
MUST_USE int approvers_add(struct approvers *a, const struct approver *one);
bool approvers_remove(struct approvers *a, struct id id); /* false: there is none */

/* The step of time (base/totp.h) of the last code with which anybody logged in, so that none is
 * good twice, not even after a restart.  Whose it was is nobody's business: it counts for all.  -1:
 * there is none.  What cannot be read, or lies ahead by a clock that was, counts as of this moment.
 */
int64_t approver_step_load(const char *dir);
MUST_USE int approver_step_save(const char *dir, int64_t step);

#endif
