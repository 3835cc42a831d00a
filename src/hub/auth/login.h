/* login.h - the rows of `login`: private to the slice. */
#ifndef HUB_AUTH_LOGIN_H
#define HUB_AUTH_LOGIN_H

#include "base/hash.h"
#include "hub/auth/auth.h"

#define LOGIN_IDLE_MS   (INT64_C(12) * 3600 * 1000)
#define LOGIN_MAX_MS    (INT64_C(7) * 24 * 3600 * 1000)
#define LOGIN_TOUCH_MS  (INT64_C(10) * 60 * 1000) /* how exactly the last use is noted */
#define LOGIN_TOKEN_LEN 32

/* What follows a cookie's value; then its life in seconds. */
#define COOKIE_RULES "; Secure; HttpOnly; SameSite=Strict; Path=/; Max-Age="

struct login {
	struct id provider, user, id;
	int role;
	bool bound; /* provider and user have accepted the hub terms, or need not */
	/* Of support with another provider: whose user it is, and by which grant; zero: none. */
	struct id home, grant;
	int64_t seen_ms, expires_ms;
};

/* The login that counts at now_ms; terms: the version that binds.  ERR_UNAUTHENTICATED: there is
 * none. */
MUST_USE int login_find(struct system_db *db, const struct hash *token, int64_t now_ms,
			int64_t terms, struct login *ret_login);
MUST_USE int login_touch(struct tenant_db *db, struct id login, int64_t now_ms);
/* Adds it and forgets the provider's logins that have ended, but for each user's last one. */
MUST_USE int login_insert(struct tenant_db *db, const struct login *l, const struct hash *token,
			  int64_t now_ms);
MUST_USE int login_end(struct tenant_db *db, struct id login); /* ERR_NOT_FOUND */

#endif
