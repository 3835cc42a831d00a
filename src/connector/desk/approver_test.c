/* approver_test.c - who may say yes from a desk, and how that is kept. */
#include "base/test.h"
#include "connector/desk/approver.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "connector/home.h"
#include "connector/test_dir.h"

static struct approver sample(const char *name)
{
	return (struct approver){ .name = name,
				  .password = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
				  .totp = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" };
}

static int add(struct approvers *a, const char *name)
{
	struct approver one = sample(name);

	return approvers_add(a, &one);
}

TEST(R65_the_file_is_there_only_while_there_are_approvers_and_is_private)
{
	const char *dir = test_dir("approvers");
	struct approvers a = {}, again = {};
	const struct approver *one;

	assert_int_equal(approvers_load(dir, &a), 0);
	assert_int_equal(a.items.len, 0);
	assert_int_equal(add(&a, "Front desk"), 0);
	assert_int_equal(add(&a, "Night shift"), 0);
	assert_int_equal(approvers_save(dir, &a), 0);
	assert_true(file_is_private(test_path(dir, HOME_APPROVERS)));
	assert_int_equal(approvers_load(dir, &again), 0);
	one = approvers_named(&again, STR("front DESK"));
	assert_non_null(one);
	assert_string_equal(one->name, "Front desk");
	assert_string_equal(one->totp, sample("").totp);
	assert_ptr_equal(approvers_find(&again, one->id), one);
	assert_null(approvers_named(&again, STR("Front")));
	for (size_t i = 0; again.items.len; i++)
		assert_true(approvers_remove(&again,
					     ((const struct approver *)again.items.items[0])->id));
	assert_int_equal(approvers_save(dir, &again), 0);
	assert_false(file_exists(test_path(dir, HOME_APPROVERS)));
	approvers_free(&a);
	approvers_free(&again);
}

TEST(names_are_unique_visible_and_bounded)
{
	char name[APPROVER_NAME_MAX + 2];
	struct approvers a = {};

	assert_int_equal(add(&a, "IT"), 0);
	assert_int_equal(add(&a, "it"), ERR_CONFLICT);
	assert_int_equal(add(&a, ""), ERR_INVALID);
	assert_int_equal(add(&a, " IT 2"), ERR_INVALID);
	assert_int_equal(add(&a, "I\tT"), ERR_INVALID);
	assert_int_equal(add(&a, "\xe2\x80\xaeTI"), ERR_INVALID); /* turns the direction */
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	assert_int_equal(add(&a, name), ERR_INVALID);
	name[APPROVER_NAME_MAX] = 0;
	assert_int_equal(add(&a, name), 0);
	for (size_t i = a.items.len; i < APPROVERS_MAX; i++) {
		snprintf(name, sizeof(name), "desk %zu", i);
		assert_int_equal(add(&a, name), 0);
	}
	assert_int_equal(add(&a, "one more"), ERR_TOO_MANY);
	approvers_free(&a);
}

TEST(a_damaged_file_lets_nobody_in)
{
	const char *dir = test_dir("damaged");
	struct approvers a = {};

	assert_int_equal(file_replace(test_path(dir, HOME_APPROVERS), "{", 1, FILE_PRIVATE), 0);
	assert_int_equal(approvers_load(dir, &a), ERR_CORRUPT);
	assert_int_equal(a.items.len, 0);
}

TEST(the_step_of_the_last_code_outlives_a_restart_and_is_never_ahead_of_the_clock)
{
	const char *dir = test_dir("step");
	int64_t now = clock_wall_ms() / TOTP_STEP_MS;

	assert_int_equal(approver_step_load(dir), -1);
	assert_int_equal(approver_step_save(dir, now - 5), 0);
	assert_int_equal(approver_step_load(dir), now - 5);
	assert_int_equal(approver_step_save(dir, now + 1000), 0);
	assert_in_range(approver_step_load(dir), now + 1, now + 2);
	assert_int_equal(file_replace(test_path(dir, HOME_DESK_LOGIN), "{", 1, FILE_PRIVATE), 0);
	assert_in_range(approver_step_load(dir), now + 1, now + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R65_the_file_is_there_only_while_there_are_approvers_and_is_private),
		RUN(names_are_unique_visible_and_bounded),
		RUN(a_damaged_file_lets_nobody_in),
		RUN(the_step_of_the_last_code_outlives_a_restart_and_is_never_ahead_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
