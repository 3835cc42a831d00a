/* clock.h - the only place that tells the time.
 *
 * Builds with -Dtest_hooks=true add the int64 (ms) found in the file that the environment variable
 * IMPRIMATUR_TEST_CLOCK names (mapped once, read at each call) to the wall clock, and with
 * IMPRIMATUR_TEST_SPEED=<n>@<ms UTC> both clocks go n times as fast since that moment.
 * Thread-safe. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void); /* since 1970, UTC */
int64_t clock_mono_ms(void); /* never jumps; only differences mean anything */
/* What the system's own timers have to wait for so much of our time: the same, but in tests. */
int64_t clock_real_ms(int64_t ms);

/* A moment as the clock on this machine's wall shows it, by the system's time zone. */
struct clock_local {
	int weekday; /* 0: Monday */
	int minute;  /* of the day */
	int offset;  /* minutes that it is ahead of UTC */
};
void clock_local(int64_t wall_ms, struct clock_local *ret_local);
/* The same for people, to the minute and with the zone: "2026-11-29 11:39 CET". */
#define CLOCK_TEXT_MAX 64
void clock_text(int64_t wall_ms, char out[static CLOCK_TEXT_MAX]);

/* For tests that do not wait (loop_skip_until): builds with test hooks move both clocks of this
 * process on; others do nothing and say false. */
bool clock_skip_ms(int64_t ms);

#endif
