/* guess.h - how many wrong passwords are taken, and from whom: private to the slice.
 *
 * A failure counts for the network that it comes from, for the account as tried from there, and for
 * the account in all.  Whoever tries one account has used up the second first, and is the only one
 * who waits: the third fills again as fast, so that it takes several networks to close an account.
 *
 * Where its owner has logged in before, not even these do.  The answer to a login leaves a cookie
 * with the browser, good for that account (OWASP, "Slow Down Online Guessing Attacks with Device
 * Cookies"): what fails there counts for that browser and for all such of the account together, and
 * nothing else does.  It opens nothing; a stranger who has stolen it may guess as slowly as from a
 * network of his own, and who knew the password once, and made himself many, not faster than the
 * whole world.  The hub keeps no list of them: a cookie is a number, a time and their keyed hash
 * with the account.
 *
 * Loop thread only. */
#ifndef HUB_AUTH_GUESS_H
#define HUB_AUTH_GUESS_H

#include "api/request.h"
#include "base/hash.h"
#include "base/rate.h"
#include "hub/auth/auth.h"

struct guesses {
	struct rate by_network, by_account_there, by_account, by_browser, by_browsers;
};

/* Who tries which account. */
struct guess {
	struct hash account; /* the e-mail's hash */
	bool known;          /* `browser` has been in this account */
	struct hash browser;
	char network[ADDRESS_GROUP_MAX];
};

void guesses_init(struct guesses *g);
void guesses_done(struct guesses *g);

struct guess guess_of(const struct request *req, const struct hash *account);
/* False, with the wait in *ret_wait_ms, if too many have failed. */
bool guess_may(const struct guesses *g, const struct guess *who, int64_t mono_ms,
	       int64_t *ret_wait_ms);
void guess_failed(struct guesses *g, const struct guess *who, int64_t mono_ms);

/* In the coming answer to a login: from now on the browser is one that has been in this account. */
void guess_tell_browser(struct request *req, const struct hash *account);

#endif
