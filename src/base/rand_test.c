#include "base/rand.h"
#include "base/test.h"

#include <string.h>

TEST(octets_differ_from_call_to_call)
{
	uint8_t a[32] = {}, b[32] = {};

	rand_bytes(a, sizeof(a));
	rand_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	rand_bytes(NULL, 0);
}

TEST(numbers_stay_below_the_limit_and_reach_each_value)
{
	unsigned seen[7] = {};

	for (int i = 0; i < 7000; i++) {
		uint64_t r = rand_below(7);

		assert_true(r < 7);
		seen[r]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 700, 1300);
	assert_int_equal(rand_below(1), 0);
	assert_true(rand_below(UINT64_MAX) < UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(octets_differ_from_call_to_call),
		RUN(numbers_stay_below_the_limit_and_reach_each_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
