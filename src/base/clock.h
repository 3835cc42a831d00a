/* clock.h - the only place that tells the time.
 *
 * Builds with -Dtest_hooks=true add the int64 (ms) found in the file that the environment variable
 * IMPRIMATUR_TEST_CLOCK names (mapped once, read at each call) to the wall clock.  Thread-safe. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970, UTC */
int64_t clock_mono_ms(void); /* never jumps; only differences mean anything */

#endif
