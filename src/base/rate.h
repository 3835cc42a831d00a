/* rate.h - how often somebody may do something: a bucket of tokens a key.
 *
 * A key (an address, an e-mail's hash) starts with `burst` tokens; one comes back each `refill_ms`.
 * At most `keys_max` keys are remembered; beyond, the one not seen for longest is forgotten, so
 * that an attacker with many addresses costs bounded memory.  Time is an argument.  One thread. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include "base/list.h"
#include "base/map.h"

struct rate {
	struct map by_key;
	struct link recent; /* the longest unseen first */
	int64_t burst, refill_ms;
	size_t keys_max;
};

void rate_init(struct rate *r, int64_t burst, int64_t refill_ms, size_t keys_max);
void rate_done(struct rate *r);

/* Takes a token; false if there is none, with the wait for the next in *ret_wait_ms (may be NULL).
 */
bool rate_take(struct rate *r, struct str key, int64_t mono_ms, int64_t *ret_wait_ms);
/* True if there is a token; takes none: for what counts failures only. */
bool rate_has(const struct rate *r, struct str key, int64_t mono_ms, int64_t *ret_wait_ms);

#endif
