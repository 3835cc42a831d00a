/* backoff.c - full jitter: a fleet that lost its hub at one moment must not come back at one
 * moment. */
#include "base/backoff.h"
#include "base/rand.h"

#define FIRST_MS 250
#define BASE_MS  1000
#define MAX_MS   15000

int64_t backoff_next_ms(struct backoff *b)
{
	int64_t limit = FIRST_MS;

	if (b->tries > 0) {
		limit = BASE_MS;
		for (unsigned i = 1; i < b->tries && limit < MAX_MS; i++)
			limit *= 2;
		if (limit > MAX_MS)
			limit = MAX_MS;
	}
	if (b->tries < 100)
		b->tries++;
	return (int64_t)rand_below((uint64_t)limit + 1);
}

void backoff_reset(struct backoff *b)
{
	b->tries = 0;
}
