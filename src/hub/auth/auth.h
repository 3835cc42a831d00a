/* auth.h - who calls: logins of people, their rights, and what they cost.
 *
 * A login is 256 random bits in the cookie __Host-imprimatur, held as its hash; it ends after 12 h
 * without use, after 7 days at the latest, and by a logout.  A password check takes a worker
 * thread and 19 MiB, so at most two run or wait (503 beyond); failures are counted (429; guess.h).
 * An unknown e-mail takes the same time as a wrong password.  Loop thread only.
 */
#ifndef HUB_AUTH_AUTH_H
#define HUB_AUTH_AUTH_H

#include "hub/hub.h"
#include "hub/provider/provider.h"

enum right {
#define X(name, number, text, roles, help) name = number,
#include "hub/auth/right.def"
#undef X
};

/* The name of a right of right.def; NULL if there is none. */
const char *right_name(int right);
/* All rights of a role, one bit each. */
uint64_t role_rights(int role);
/* Which customers a role's rights are for, in a word: "all". */
const char *role_scope(int role);
/* The names of rights given as bits, const char * in `mem`, in the order of their numbers. */
struct json_list rights_words(struct arena *mem, uint64_t rights);

/* For api_config.authenticate, rows that need a login: finds the cookie's login. */
void auth_authenticate(struct request *req);

/* A login of the operator's support with a provider that lets it in (hub/support): a second cookie
 * beside the one of its own login, which counts as long as it is there.  Each new thing that it
 * looks at in an hour is in the provider's change log before it is shown. */
struct auth_visit {
	struct id login, user, home, grant;
	int64_t until_ms;
	struct hash token;
	char cookie[48]; /* wipe it */
};
/* Fills in login, token and cookie. */
void auth_visit_new(struct auth_visit *v);
MUST_USE int auth_visit_write(struct tenant_db *db, const struct auth_visit *v);
void auth_visit_tell(struct request *req, const struct auth_visit *v); /* in the coming answer */
/* Ends those of a grant, each with its row in the change log by that actor. */
MUST_USE int auth_visits_end(struct tenant_db *db, struct arena *mem, struct id grant,
			     const struct change_in *actor);
/* {"name":...}, in `mem`: who of support it was, as the provider's change log keeps it. */
const char *auth_named(struct arena *mem, const char *name);
/* All of a user, whatever the provider. */
MUST_USE int auth_logins_remove(struct system_db *db, struct id user);

/* Within a job: when the login ends at the latest (a logout, or not being used, ends it before).
 * ERR_UNAUTHENTICATED: it has. */
MUST_USE int auth_login_until(struct tenant_db *db, struct id login, int64_t *ret_until_ms);

extern const struct slice auth_slice;
extern const struct slice users_slice; /* who is there: auth/users_api.c */
extern const struct slice terms_slice; /* the hub terms: auth/terms.h */

#endif
