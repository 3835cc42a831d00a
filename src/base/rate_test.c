/* rate_test.c */
#include "base/test.h"

#include "base/rate.h"

TEST(a_burst_passes_then_one_each_refill)
{
	int64_t wait_ms = 0;
	struct rate r;

	rate_init(&r, 3, 1000, 10);
	for (int i = 0; i < 3; i++)
		assert_true(rate_take(&r, STR("a"), 100, NULL));
	assert_false(rate_take(&r, STR("a"), 100, &wait_ms));
	assert_int_equal(wait_ms, 1000);
	assert_false(rate_has(&r, STR("a"), 1099, NULL));
	assert_true(rate_has(&r, STR("a"), 1100, NULL));
	assert_true(rate_take(&r, STR("a"), 1100, NULL));
	assert_false(rate_take(&r, STR("a"), 1100, NULL));
	rate_done(&r);
}

TEST(keys_do_not_share_a_bucket)
{
	struct rate r;

	rate_init(&r, 1, 1000, 10);
	assert_true(rate_take(&r, STR("a"), 0, NULL));
	assert_true(rate_take(&r, STR("b"), 0, NULL));
	assert_false(rate_take(&r, STR("a"), 0, NULL));
	rate_done(&r);
}

TEST(the_longest_unseen_key_is_forgotten_first)
{
	struct rate r;

	rate_init(&r, 1, 1000, 2);
	assert_true(rate_take(&r, STR("a"), 0, NULL));
	assert_true(rate_take(&r, STR("b"), 0, NULL));
	assert_false(rate_take(&r, STR("a"), 0, NULL));
	assert_true(rate_take(&r, STR("c"), 0, NULL)); /* forgets b */
	assert_false(rate_take(&r, STR("a"), 0, NULL));
	assert_true(rate_take(&r, STR("b"), 0, NULL));
	assert_int_equal(r.by_key.len, 2);
	rate_done(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_burst_passes_then_one_each_refill),
		RUN(keys_do_not_share_a_bucket),
		RUN(the_longest_unseen_key_is_forgotten_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
