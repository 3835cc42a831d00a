/* ranges_test.c - the list against the obvious model: one bit a number. */
#include "base/test.h"
#include "connector/ranges.h"

TEST(ranges_that_touch_become_one)
{
	struct ranges s = {};

	assert_true(ranges_add(&s, 5, 7));
	assert_true(ranges_add(&s, 10, 10));
	assert_true(ranges_add(&s, 8, 9));
	assert_int_equal(s.len, 1);
	assert_int_equal(s.r[0].first, 5);
	assert_int_equal(s.r[0].last, 10);
}

TEST(a_full_list_refuses_one_more_but_takes_what_touches)
{
	struct ranges s = {};

	for (unsigned i = 0; i < RANGES_MAX; i++)
		assert_true(ranges_add(&s, 10 * i + 1, 10 * i + 2));
	assert_false(ranges_add(&s, 5, 5));
	assert_true(ranges_add(&s, 3, 10));
	assert_int_equal(s.len, RANGES_MAX - 1);
	ranges_join_lowest(&s);
	assert_true(ranges_have(&s, 15));
}

TEST(every_operation_agrees_with_a_bitmap)
{
	unsigned seed = 1;

	for (unsigned round = 0; round < 200; round++) {
		struct ranges s = {};
		bool bit[130] = {};

		for (unsigned step = 0; step < 20; step++) {
			unsigned first, last;

			seed = seed * 1103515245 + 12345;
			first = 1 + (seed >> 16) % 120;
			last = first + (seed >> 8) % 6;
			if ((seed >> 3) % 8 == 0) {
				ranges_cut(&s, first);
				for (unsigned i = 0; i <= first; i++)
					bit[i] = false;
			} else if (ranges_add(&s, first, last)) {
				for (unsigned i = first; i <= last; i++)
					bit[i] = true;
			}
		}
		for (unsigned i = 1, n = 0; i < 130; i++) {
			assert_int_equal(ranges_have(&s, i), bit[i]);
			n += bit[i];
			assert_int_equal(ranges_count(&s, 1, i), n);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(ranges_that_touch_become_one),
		RUN(a_full_list_refuses_one_more_but_takes_what_touches),
		RUN(every_operation_agrees_with_a_bitmap),
	};

	return cmocka_run_group_tests_name("connector.ranges", tests, NULL, NULL);
}
