#include "base/err.h"
#include "base/test.h"

#include <errno.h>
#include <string.h>

TEST(every_row_has_its_own_number_and_code)
{
	static const int all[] = {
#define X(name, number, code, status, retry, title) name,
#include "base/err.def"
#undef X
	};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_true(all[i] <= -1000);
		assert_int_equal(err_from_code(err_code(all[i])), all[i]);
		assert_in_range(err_status(all[i]), 400, 599);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(all[i], all[k]);
	}
}

TEST(what_the_system_said_is_internal_to_a_peer_and_plain_to_the_log)
{
	assert_string_equal(err_code(-EIO), "internal");
	assert_int_equal(err_status(-EIO), 500);
	assert_int_equal(err_retry(-EIO), RETRY_LATER);
	assert_string_equal(err_title(-EIO), strerror(EIO));
	assert_string_equal(err_code(-4711), "internal");
	assert_non_null(err_title(-4711));
}

TEST(that_no_room_is_left_has_a_code_whatever_the_system_calls_it)
{
	static const int all[] = { -ENOSPC, -EDQUOT, ERR_STORAGE_FULL };

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_string_equal(err_code(all[i]), "storage_full");
		assert_int_equal(err_status(all[i]), 503);
		assert_int_equal(err_retry(all[i]), RETRY_LATER);
		assert_true(err_is_full(all[i]));
	}
	assert_false(err_is_full(-EIO));
}

TEST(a_code_that_is_not_known_is_the_other_sides_fault)
{
	assert_int_equal(err_from_code("no_such_code"), ERR_UPSTREAM);
	assert_int_equal(err_from_code(NULL), ERR_UPSTREAM);
	assert_int_equal(err_retry(ERR_CLOCK), RETRY_FRESH);
	assert_int_equal(err_retry(ERR_INVALID), RETRY_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_row_has_its_own_number_and_code),
		RUN(what_the_system_said_is_internal_to_a_peer_and_plain_to_the_log),
		RUN(that_no_room_is_left_has_a_code_whatever_the_system_calls_it),
		RUN(a_code_that_is_not_known_is_the_other_sides_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
