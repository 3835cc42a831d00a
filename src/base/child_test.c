/* child_test.c - another program's words, its end, and its deadline. */
#include "base/test.h"
#include "base/child.h"
#include "base/clock.h"
#include "base/err.h"
#include <string.h>

static int run(const char *script, int64_t timeout_ms, struct buf *out, int *ret_exit)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	return child_run(argv, timeout_ms, out, ret_exit);
}

TEST(what_it_says_and_how_it_ends_are_told)
{
	struct buf out = buf_new(KIB);
	int code = -1;

	assert_int_equal(run("echo said; echo not >&2; exit 7", 10000, &out, &code), 0);
	assert_string_equal((const char *)out.data, "said\n");
	assert_int_equal(code, 7);
	buf_done(&out);
}

TEST(it_has_nothing_to_read)
{
	struct buf out = buf_new(KIB);
	int code = -1;

	assert_int_equal(run("read x; echo \"<$x>\"; kill -9 $$", 10000, &out, &code), 0);
	assert_string_equal((const char *)out.data, "<>\n");
	assert_int_equal(code, 255);
	buf_done(&out);
}

TEST(a_program_that_does_not_end_is_ended_with_all_that_it_started)
{
	struct buf out = buf_new(KIB);
	int64_t before_ms = clock_mono_ms();
	int code = -1;

	assert_int_equal(run("sleep 60 & sleep 60", 200, &out, &code), ERR_TIMEOUT);
	assert_int_equal(run("exec >&-; sleep 60", 200, &out, &code), ERR_TIMEOUT);
	assert_true(clock_mono_ms() - before_ms < 20000);
	assert_int_equal(code, -1);
	buf_done(&out);
}

TEST(more_than_there_is_room_for_is_refused)
{
	struct buf out = buf_new(KIB);
	int code = -1;

	assert_int_equal(run("yes", 10000, &out, &code), ERR_TOO_LARGE);
	buf_done(&out);
}

TEST(a_program_that_is_not_there_cannot_be_started)
{
	const char *const argv[] = { "/no/such/program", NULL };
	struct buf out = buf_new(KIB);
	int code = -1;

	assert_true(child_run(argv, 1000, &out, &code) < 0);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_it_says_and_how_it_ends_are_told),
		RUN(it_has_nothing_to_read),
		RUN(a_program_that_does_not_end_is_ended_with_all_that_it_started),
		RUN(more_than_there_is_room_for_is_refused),
		RUN(a_program_that_is_not_there_cannot_be_started),
	};

	return cmocka_run_group_tests_name("base.child", tests, NULL, NULL);
}
