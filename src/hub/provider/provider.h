/* provider.h - the tenant and its people: rows that the command line makes and logins read.
 *
 * Store functions run on database threads within jobs. */
#ifndef HUB_PROVIDER_PROVIDER_H
#define HUB_PROVIDER_PROVIDER_H

#include "base/hash.h"
#include "base/password.h"
#include "hub/hub.h"

#define EMAIL_MAX_LEN 254 /* RFC 5321 4.5.3.1.3: a path of 256 with its brackets */

/* What each may is in right.def.  Stored, but for the last: what ROLE_SUPPORT is with a provider
 * that lets it in (hub/support). */
enum role { ROLE_OWNER = 1, ROLE_SUPPORT = 2, ROLE_VISITOR = 3 };
/* The word of a role; NULL for none. */
const char *role_name(int role);

struct person {
	struct id id;
	int role;
	const char *email, *name;
	int language; /* hub_language_names */
};

/* The provider's name, in `mem`. */
MUST_USE int provider_name(struct tenant_db *db, struct arena *mem, const char **ret_name);
/* In `mem`.  ERR_NOT_FOUND. */
MUST_USE int person_get(struct tenant_db *db, struct arena *mem, struct id id,
			struct person *ret_person);
/* Of whoever wrote or did something, in `mem`; untouched if that is a user no more. */
MUST_USE int person_name(struct tenant_db *db, struct arena *mem, struct id id,
			 const char **ret_name);

/* A user as the list of users shows one. */
struct person_row {
	struct person person;
	int64_t created_ms;
	int64_t login_ms; /* the last one, whether or not it goes on; JSON_ABSENT_INT: never */
};
/* At most `max` of the provider's users with an id above `after` (zero: from the first), by id,
 * which is the order in which they were added; in `mem`. */
MUST_USE int person_list(struct tenant_db *db, struct arena *mem, struct id after, size_t max,
			 struct person_row **ret_rows, size_t *ret_len);

/* Who has this e-mail, whatever the provider: for logins.  ERR_NOT_FOUND. */
struct person_found {
	struct id provider, id;
	int role;
	char password[PASSWORD_HASH_MAX];
};
MUST_USE int person_by_email(struct system_db *db, const struct hash *email,
			     struct person_found *ret_person);

/* An e-mail address in the one spelling that is looked up; false if it is none. */
bool email_fold(struct str text, char out[static EMAIL_MAX_LEN + 1]);
struct hash email_hash(const struct keyring *keys, const char *folded);

struct provider_user_in {
	const char *provider, *email, *name; /* email folded */
	struct hash email_hash;
	int language;
	const char *password; /* PHC string */
};

/* Adds a user, and the provider if there is none of that name.  ERR_CONFLICT: the e-mail has a user
 * already, of whatever provider. */
MUST_USE int provider_add_user(struct system_db *db, struct arena *mem,
			       const struct provider_user_in *in, struct id *ret_provider,
			       struct id *ret_user);

/* Adds a person of the operator's support, with the provider that only such have; in->provider is
 * its name if it is made.  As provider_add_user. */
MUST_USE int provider_add_support(struct system_db *db, struct arena *mem,
				  const struct provider_user_in *in, struct id *ret_user);
/* That provider.  ERR_NOT_FOUND: nobody is of support. */
MUST_USE int provider_operator(struct system_db *db, struct id *ret_provider);
MUST_USE int person_remove(struct tenant_db *db, struct id id); /* ERR_NOT_FOUND */

/* The ids of all providers, in `mem`. */
MUST_USE int provider_list(struct system_db *db, struct arena *mem, struct id **ret_ids,
			   size_t *ret_len);

extern const struct slice provider_slice;

#endif
