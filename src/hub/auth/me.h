/* me.h - what `me` tells of a login: private to the slice. */
#ifndef HUB_AUTH_ME_H
#define HUB_AUTH_ME_H

#include "hub/auth/terms.h"

extern const struct json_schema me_schema;

struct me_facts {
	struct id provider_id;
	struct person person;
	const char *provider;
	struct terms terms;
	int64_t visit_until_ms; /* support with this provider; 0: a user of its own */
};

/* Within a job; what points lives in `mem`. */
MUST_USE int me_read(struct tenant_db *db, struct arena *mem, struct id provider, struct id user,
		     struct me_facts *ret_me);
void me_reply(struct request *req, int status, const struct me_facts *facts);

#endif
