/* file_fault_test.c - what happens when the disk fails, by the faults that test builds can inject.
 */
#ifndef TEST_HOOKS
#define TEST_HOOKS 1
#endif
#include "base/file.c" /* NOLINT(bugprone-suspicious-include) */
#include "base/test.h"

static char dir[] = "/tmp/imprimatur-fault-XXXXXX";

static int make_folder(void **state)
{
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
	unlink("log");
	unlink("a");
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static void fault(const char *spec)
{
	setenv("IMPRIMATUR_TEST_FAULT", spec, 1);
}

TEST(a_short_write_is_cut_back_and_the_log_goes_on)
{
	struct file_log *f = NULL;
	char out[8] = {};

	fault("append:SHORT:2");
	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(file_log_append(f, "one", 3), 0);
	assert_int_equal(file_log_append(f, "twotwo", 6), -ENOSPC);
	assert_int_equal(file_log_size(f), 3);
	assert_int_equal(file_log_read(f, 0, out, 8), 3);
	assert_int_equal(file_log_append(f, "six", 3), 0);
	assert_int_equal(file_log_read(f, 0, out, 8), 6);
	assert_string_equal(out, "onesix");
	assert_int_equal(file_log_cut(f, 0), 0);
	file_log_close(&f);
}

TEST(a_full_disk_stays_full_where_the_fault_says_so)
{
	struct file_log *f = NULL;

	fault("append:ENOSPC:2+");
	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(file_log_append(f, "x", 1), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(file_log_append(f, "x", 1), -ENOSPC);
	assert_int_equal(file_log_size(f), 1);
	file_log_close(&f);
}

TEST(after_a_failed_sync_nothing_is_promised_until_the_log_is_opened_again)
{
	struct file_log *f = NULL;

	fault("sync:EIO:1");
	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(file_log_append(f, "x", 1), 0);
	assert_int_equal(file_log_sync(f), -EIO);
	assert_int_equal(file_log_sync(f), -EIO);
	assert_int_equal(file_log_append(f, "y", 1), -EIO);
	assert_int_equal(file_log_cut(f, 0), -EIO);
	file_log_close(&f);
	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(file_log_append(f, "y", 1), 0);
	assert_int_equal(file_log_sync(f), 0);
	file_log_close(&f);
}

TEST(a_file_keeps_its_content_when_its_replacement_fails)
{
	struct buf b = buf_new(100);

	fault("");
	assert_int_equal(file_replace("a", "before", 6, FILE_PRIVATE), 0);
	fault("replace:SHORT:1");
	assert_int_equal(file_replace("a", "after", 5, FILE_PRIVATE), -ENOSPC);
	assert_false(file_exists("a.new"));
	fault("read:EIO:1");
	assert_int_equal(file_read("a", &b), -EIO);
	assert_int_equal(file_read("a", &b), 0);
	assert_string_equal((char *)b.data, "before");
	buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_short_write_is_cut_back_and_the_log_goes_on),
		RUN(a_full_disk_stays_full_where_the_fault_says_so),
		RUN(after_a_failed_sync_nothing_is_promised_until_the_log_is_opened_again),
		RUN(a_file_keeps_its_content_when_its_replacement_fails),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
