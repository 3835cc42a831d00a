/* rand.h - randomness from the operating system; dies if there is none.  Thread-safe. */
#ifndef BASE_RAND_H
#define BASE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t len);
uint64_t rand_below(uint64_t limit); /* 0 .. limit-1, unbiased; limit > 0 */

#endif
