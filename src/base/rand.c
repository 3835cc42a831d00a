/* rand.c - getrandom(2): no state of ours that a fork or a snapshot could repeat. */
#include "base/rand.h"
#include "base/os.h"

#include <errno.h>
#include <sys/random.h>

void rand_bytes(void *out, size_t len)
{
	uint8_t *p = out;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			die("the system gives no random numbers");
		p += n;
		len -= (size_t)n;
	}
}

#if TEST_HOOKS
#include <stdlib.h>

static bool always_greatest;

void rand_greatest(bool greatest)
{
	always_greatest = greatest;
}

static bool no_chance(void)
{
	return always_greatest || getenv("IMPRIMATUR_TEST_CHANCE");
}
#else
void rand_greatest(bool greatest)
{
}

static inline bool no_chance(void)
{
	return false;
}
#endif

uint64_t rand_below(uint64_t limit)
{
	uint64_t skip, r;

	assert(limit > 0);
	if (no_chance())
		return limit - 1;
	skip = -limit %
	       limit; /* 2^64 mod limit: so many of the lowest values would be too frequent */
	do {
		rand_bytes(&r, sizeof(r));
	} while (r < skip);
	return r % limit;
}
