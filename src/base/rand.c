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

uint64_t rand_below(uint64_t limit)
{
	uint64_t skip, r;

	assert(limit > 0);
	skip = -limit %
	       limit; /* 2^64 mod limit: so many of the lowest values would be too frequent */
	do {
		rand_bytes(&r, sizeof(r));
	} while (r < skip);
	return r % limit;
}
