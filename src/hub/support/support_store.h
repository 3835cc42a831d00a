/* support_store.h - rows of support_grant, and what the change log says of support: private to the
 * slice. */
#ifndef HUB_SUPPORT_SUPPORT_STORE_H
#define HUB_SUPPORT_SUPPORT_STORE_H

#include "hub/auth/auth.h"

struct grant {
	struct id id, user; /* who let support in */
	int64_t created_ms, until_ms;
	int64_t ended_ms;        /* JSON_ABSENT_INT: it has not */
	const char *by, *reason; /* by: NULL if that user is gone */
};

#define GRANT_REASON_MAX 500
#define GRANTS_SHOWN     50
#define LOOKS_SHOWN      200

/* The one that counts now.  ERR_NOT_FOUND. */
MUST_USE int grant_now(struct tenant_db *db, struct arena *mem, int64_t now_ms,
		       struct grant *ret_grant);
/* Of all there were, the newest first; in `mem`. */
MUST_USE int grant_list(struct tenant_db *db, struct arena *mem, struct json_list *ret_grants);
MUST_USE int grant_insert(struct tenant_db *db, const struct grant *g);
/* With the logins by it; writes support_ended by that actor. */
MUST_USE int grant_end(struct tenant_db *db, struct arena *mem, struct id grant, int64_t now_ms,
		       const struct change_in *actor);

/* What support did: struct look *, the newest first; in `mem`. */
struct look {
	int64_t at_ms;
	const char *verb;   /* change_word() */
	const char *name;   /* who of support; NULL where it was not, or nobody can tell any more */
	const char *object; /* its id in text */
};
MUST_USE int look_list(struct tenant_db *db, struct arena *mem, struct json_list *ret_looks);

struct let_in {
	struct id provider, grant;
	int64_t until_ms;
	const char *name, *reason;
};
/* Whose grants count now, struct let_in *, in `mem`. */
MUST_USE int grants_now(struct system_db *db, struct arena *mem, int64_t now_ms,
			struct json_list *ret_in);
/* One whose time is up, but not noted; ERR_NOT_FOUND: there is none. */
MUST_USE int grant_due(struct system_db *db, int64_t now_ms, struct id *ret_provider,
		       struct id *ret_grant);

#endif
