#include "base/clock.h"
#include "base/test.h"

TEST(the_wall_clock_is_past_2020_and_the_monotonic_one_never_goes_back)
{
	int64_t before = clock_mono_ms();

	assert_true(clock_wall_ms() > 1577836800000);
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_mono_ms();

		assert_true(now >= before);
		before = now;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_wall_clock_is_past_2020_and_the_monotonic_one_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
