#include "base/backoff.h"
#include "base/test.h"

static int64_t longest(unsigned tries)
{
	int64_t max = 0;

	for (int i = 0; i < 2000; i++) {
		struct backoff b = { .tries = tries };
		int64_t ms = backoff_next_ms(&b);

		assert_true(ms >= 0);
		if (ms > max)
			max = ms;
	}
	return max;
}

TEST(waits_double_from_a_second_to_fifteen_with_full_jitter)
{
	static const int64_t limits[] = { 250, 1000, 2000, 4000, 8000, 15000, 15000 };

	for (unsigned i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		int64_t max = longest(i);

		/* 2000 draws miss the last tenth once in 10^91 runs. */
		assert_in_range(max, limits[i] * 9 / 10, limits[i]);
	}
	assert_in_range(longest(99), 13500, 15000);
}

TEST(a_reset_begins_anew)
{
	struct backoff b = {};

	for (int i = 0; i < 200; i++)
		backoff_next_ms(&b);
	assert_in_range(backoff_next_ms(&b), 0, 15000);
	backoff_reset(&b);
	assert_in_range(backoff_next_ms(&b), 0, 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(waits_double_from_a_second_to_fifteen_with_full_jitter),
		RUN(a_reset_begins_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
