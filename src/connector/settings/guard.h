/* guard.h - who may use the settings page: whoever can read settings.url, once.
 *
 *   secret in settings.url --first use--> token of one browser tab --30 min unused--> nothing
 *            ^----- a new one ------'
 *
 * Only digests of tokens are kept, and all comparisons take the same time.  What is wrong is
 * counted, so that a program that guesses is noticed and slowed down; the right secret is taken in
 * any case, because 256 random bits are not guessed and nobody may shut the customer out by
 * failing.  Pure; time is an argument.  One thread. */
#ifndef CONNECTOR_SETTINGS_GUARD_H
#define CONNECTOR_SETTINGS_GUARD_H

#include "base/rate.h"
#include "connector/tokens.h"

#define GUARD_TEXT_SIZE   TOKEN_TEXT_SIZE
#define GUARD_TOKENS_MAX  TOKENS_MAX
#define GUARD_IDLE_MS     TOKEN_IDLE_MS
#define GUARD_WRONG_BURST 10
#define GUARD_WRONG_MS    6000

struct guard {
	char secret[GUARD_TEXT_SIZE]; /* what is good now */
	struct tokens tokens;
	struct rate wrong;
};

void guard_init(struct guard *g); /* makes the first secret */
void guard_done(struct guard *g); /* wipes */
/* The secret of before is good for nothing any more. */
void guard_renew(struct guard *g);

/* Takes the secret for a token, and renews it.  ERR_LINK_SPENT, or ERR_TOO_MANY after many wrong
 * ones. */
MUST_USE int guard_spend(struct guard *g, struct str secret, int64_t mono_ms,
			 char ret_token[static GUARD_TEXT_SIZE]);
/* Whether the token is alive.  `present`: a person did something, so that its time begins anew. */
bool guard_admits(struct guard *g, struct str token, bool present, int64_t mono_ms);
void guard_end(struct guard *g, struct str token); /* harmless for one that is unknown */

#endif
