/* hold_test.c */
#include "base/test.h"
#include "connector/hold.h"

TEST(without_cuts_the_hubs_hold_counts_up_to_our_own_limit)
{
	struct hold h = {};

	assert_int_equal(hold_s(&h, 20, 1), 20);
	assert_int_equal(hold_s(&h, 60, 1), HOLD_MAX_S);
}

TEST(a_line_that_cuts_twice_after_the_same_time_is_asked_for_less)
{
	struct hold h = {};

	hold_cut(&h, 12000, 100000);
	assert_int_equal(hold_s(&h, 25, 100000), 25);
	hold_cut(&h, 12300, 120000);
	assert_int_equal(hold_s(&h, 25, 120000), 9);
	/* Never longer than the hub's, never shorter than the protocol permits. */
	assert_int_equal(hold_s(&h, 7, 120000), 7);
	hold_cut(&h, 3000, 130000);
	hold_cut(&h, 3000, 140000);
	assert_int_equal(hold_s(&h, 25, 140000), 5);
}

TEST(breaks_of_the_line_teach_nothing)
{
	struct hold h = {};

	hold_cut(&h, 20, 1);
	hold_cut(&h, 20, 2);
	assert_int_equal(hold_s(&h, 25, 2), 25);
	hold_cut(&h, 5000, 3);
	hold_cut(&h, 20000, 4);
	assert_int_equal(hold_s(&h, 25, 4), 25);
	hold_answered(&h, 25000, 0);
	hold_cut(&h, 20000, 5);
	assert_int_equal(hold_s(&h, 25, 5), 25);
}

TEST(what_was_learnt_is_forgotten_after_half_a_day)
{
	struct hold h = {};

	hold_cut(&h, 12000, 1000);
	hold_cut(&h, 12000, 2000);
	hold_answered(&h, 9000, 2000);
	assert_int_equal(hold_s(&h, 25, 2000 + 12 * 3600 * 1000), 9);
	assert_int_equal(hold_s(&h, 25, 2001 + 12 * 3600 * 1000), 25);
}

TEST(answers_that_come_at_once_are_not_asked_for_without_end)
{
	struct hold h = {};

	int64_t now_ms = 100000;

	for (int i = 0; i < 10; i++)
		assert_int_equal(hold_answered(&h, 5, now_ms += 5), 0);
	assert_int_equal(hold_answered(&h, 5, now_ms += 5), 1000);
	for (int i = 0; i < 30; i++)
		assert_int_equal(hold_answered(&h, 5, now_ms += 1005), 1000);
	assert_int_equal(hold_answered(&h, 25000, now_ms += 26000), 0);
	assert_int_equal(hold_answered(&h, 5, now_ms += 5), 0);
}

TEST(who_opens_and_ends_one_visit_after_the_other_waits_for_no_pause)
{
	struct hold h = {};
	int64_t now_ms = 0;

	for (int i = 0; i < 100; i++) {
		for (int j = 0; j < 4; j++)
			assert_int_equal(hold_answered(&h, 40, now_ms += 40), 0);
		now_ms += 4000;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(without_cuts_the_hubs_hold_counts_up_to_our_own_limit),
		RUN(a_line_that_cuts_twice_after_the_same_time_is_asked_for_less),
		RUN(breaks_of_the_line_teach_nothing),
		RUN(what_was_learnt_is_forgotten_after_half_a_day),
		RUN(answers_that_come_at_once_are_not_asked_for_without_end),
		RUN(who_opens_and_ends_one_visit_after_the_other_waits_for_no_pause),
	};

	return cmocka_run_group_tests_name("connector.hold", tests, NULL, NULL);
}
