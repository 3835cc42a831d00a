/* clock_shift_test.c - the clock as builds with test hooks have it, whatever this build is. */
#ifndef TEST_HOOKS
#define TEST_HOOKS 1
#endif
#include "base/clock.c" /* NOLINT(bugprone-suspicious-include) */
#include "base/file.h"
#include "base/test.h"

#include <stdio.h>

TEST(a_test_moves_the_wall_clock_of_a_running_program)
{
	char path[] = "/tmp/imprimatur-clock-XXXXXX";
	int64_t shift = 3600000, before;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, &(int64_t){ 0 }, 8), 8);
	setenv("IMPRIMATUR_TEST_CLOCK", path, 1);
	before = clock_wall_ms();
	assert_int_equal(pwrite(fd, &shift, 8, 0), 8);
	assert_in_range(clock_wall_ms() - before, 3600000, 3600000 + 60000);
	shift = -3600000;
	assert_int_equal(pwrite(fd, &shift, 8, 0), 8);
	assert_true(clock_wall_ms() < before);
	close(fd);
	assert_int_equal(file_remove(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_test_moves_the_wall_clock_of_a_running_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
