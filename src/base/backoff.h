/* backoff.h - how long to wait before trying again: design.md 6, "Offline".
 *
 * First try after up to 250 ms, then 1 s doubling to 15 s, each with full jitter. */
#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

struct backoff {
	unsigned tries; /* {} is a fresh one */
};

int64_t backoff_next_ms(struct backoff *b);
void backoff_reset(struct backoff *b);

#endif
