/* provider.h - the tenant and its people: made by the command line, named everywhere.
 *
 * Store functions run on database threads within jobs. */
#ifndef HUB_PROVIDER_PROVIDER_H
#define HUB_PROVIDER_PROVIDER_H

#include "hub/hub.h"

/* The provider's name, in `mem`. */
MUST_USE int provider_name(struct tenant_db *db, struct arena *mem, const char **ret_name);

struct provider_user_in {
	const char *provider, *email, *name, *language;
	const char *password_hash; /* PHC string */
};

/* Adds a user, and the provider if no provider of that name is there.  ERR_CONFLICT: the e-mail has a
 * user already (of whatever provider). */
MUST_USE int provider_add_user(struct system_db *db, struct arena *mem, const struct keyring *keys,
			       const struct provider_user_in *in, struct id *ret_provider,
			       struct id *ret_user);

/* An e-mail address in the one spelling that is looked up; ERR_INVALID if it is none. */
MUST_USE int provider_email(struct arena *mem, const char *text, const char **ret_email);

extern const struct slice provider_slice;

#endif
