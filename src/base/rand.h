/* rand.h - randomness from the operating system; dies if there is none.  Thread-safe. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t len);
uint64_t rand_below(uint64_t limit); /* 0 .. limit-1, unbiased; limit > 0 */
/* For tests of waits: in builds with test hooks rand_below() leaves nothing to chance from now on,
 * nor while the environment has IMPRIMATUR_TEST_CHANCE, and gives limit-1; others do nothing. */
void rand_greatest(bool greatest);

#endif
