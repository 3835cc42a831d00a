/* terms.h - the hub terms: a provider accepts them once, and each of its users again (R11).
 *
 * Until both have accepted the newest version, auth_authenticate lets a login on to routes with
 * ROUTE_BEFORE_TERMS only.  What is accepted is the text as shown, the provider's name in it, in
 * whichever language.  Private to the slice; store functions run within jobs. */
#ifndef HUB_AUTH_TERMS_H
#define HUB_AUTH_TERMS_H

#include "base/hash.h"
#include "hub/auth/auth.h"

extern const struct json_schema terms_schema;

/* As `me` shows them; what points lives in the arena given. */
struct terms {
	int64_t version;
	const char *language, *sha256;
	const char *text;                          /* NULL: left out */
	int64_t accepted_ms, provider_accepted_ms; /* JSON_ABSENT_INT: not yet */
};

/* The newest version with the provider's name in it; and who has accepted it. */
MUST_USE int terms_read(struct tenant_db *db, struct arena *mem, struct id user,
			const char *provider, int language, struct terms *ret_terms);

/* Fills in when user and provider accepted that version. */
MUST_USE int terms_accepted(struct tenant_db *db, struct id user, int64_t version,
			    struct terms *terms);

struct acceptance {
	struct id subject; /* the provider or the user */
	struct id user;    /* who accepts */
	int64_t version, at_ms;
	struct hash text;
};
/* 1: noted; 0: that subject had accepted before, which stands. */
MUST_USE int acceptance_insert(struct tenant_db *db, const struct acceptance *a);

#endif
