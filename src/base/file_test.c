#include "base/file.h"
#include "base/err.h"
#include "base/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/imprimatur-file-XXXXXX";

static int make_folder(void **state)
{
	return mkdtemp(dir) && chdir(dir) == 0 ? 0 : -1;
}

static int remove_entry(const char *name, void *arg)
{
	return file_remove(name);
}

static int remove_theirs(const char *name, void *arg)
{
	char path[100];

	snprintf(path, sizeof(path), "theirs/%s", name);
	return file_remove(path);
}

static int remove_folder(void **state)
{
	if (file_list(dir, remove_entry, NULL) < 0)
		return -1;
	return chdir("/") == 0 && rmdir(dir) == 0 ? 0 : -1;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

TEST(a_file_is_replaced_whole_and_with_its_mode)
{
	struct buf b = buf_new(100);
	int64_t before;

	assert_int_equal(file_replace("a", "one", 3, FILE_PUBLIC), 0);
	assert_int_equal(mode_of("a"), 0644);
	before = file_changed_ns("a");
	assert_int_equal(file_replace("a", "two", 3, FILE_PRIVATE), 0);
	assert_int_equal(mode_of("a"), 0600);
	assert_true(file_changed_ns("a") != before);
	assert_int_equal(file_read("a", &b), 0);
	assert_string_equal((char *)b.data, "two");
	assert_false(file_exists("a.new"));
	assert_true(file_exists("a"));
	assert_int_equal(file_remove("a"), 0);
	assert_int_equal(file_remove("a"), 0);
	assert_false(file_exists("a"));
	assert_int_equal(file_changed_ns("a"), 0);
	buf_done(&b);
}

TEST(a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it)
{
	assert_int_equal(file_replace("no/such/folder", "x", 1, FILE_PRIVATE), -ENOENT);
	assert_int_equal(file_make_dir("folder"), 0);
	assert_int_equal(file_replace("folder", "x", 1, FILE_PRIVATE), -EISDIR);
	assert_false(file_exists("folder.new"));
	assert_int_equal(rmdir("folder"), 0);
}

TEST(a_file_is_written_over_in_place_whether_it_gets_shorter_or_longer)
{
	struct buf b = buf_new(64);
	struct stat before, after;

	assert_int_equal(file_replace("a", "one", 3, FILE_PRIVATE), 0);
	assert_int_equal(stat("a", &before), 0);
	assert_int_equal(file_overwrite("a", "longer", 6), 0);
	assert_int_equal(file_read("a", &b), 0);
	assert_string_equal((char *)b.data, "longer");
	assert_int_equal(file_overwrite("a", "s", 1), 0);
	buf_clear(&b);
	assert_int_equal(file_read("a", &b), 0);
	assert_string_equal((char *)b.data, "s");
	assert_int_equal(stat("a", &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(file_remove("a"), 0);
	assert_int_equal(file_overwrite("a", "x", 1), -ENOENT);
	buf_done(&b);
}

/* Many processes write the same file at once: whoever reads finds one of the versions, never a mix.
 */
TEST(writers_at_once_leave_one_whole_version)
{
	enum { WRITERS = 4, ROUNDS = 25, SIZE = 5000 };
	static char text[SIZE];
	struct buf b = buf_new(SIZE);

	fflush(stdout);
	for (int w = 0; w < WRITERS; w++) {
		if (fork() != 0)
			continue;
		memset(text, 'a' + w, sizeof(text));
		for (int i = 0; i < ROUNDS; i++) {
			if (file_replace("shared", text, sizeof(text) - (size_t)w, FILE_PRIVATE))
				_exit(1);
		}
		_exit(0);
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(file_read("shared", &b), 0);
	assert_int_equal(b.len, SIZE - (b.data[0] - 'a'));
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.data[i], b.data[0]);
	assert_false(file_exists("shared.new"));
	buf_done(&b);
}

TEST(reading_stops_at_the_maximum_and_leaves_the_buffer_as_it_was)
{
	struct buf b = buf_new(5);

	assert_int_equal(file_replace("a", "123456", 6, FILE_PRIVATE), 0);
	buf_puts(&b, "x");
	assert_int_equal(file_read("a", &b), ERR_TOO_LARGE);
	assert_int_equal(file_read("absent", &b), -ENOENT);
	assert_int_equal(file_read(".", &b), -EISDIR);
	assert_int_equal(file_read_regular(".", &b), -EINVAL);
	assert_int_equal(buf_status(&b), 0);
	assert_string_equal((char *)b.data, "x");
	buf_done(&b);
	assert_int_equal(file_remove("a"), 0);
}

TEST(folders_are_made_with_their_parents_for_their_owner_alone)
{
	assert_int_equal(file_make_dir("p/q/r"), 0);
	assert_int_equal(file_make_dir("p/q/r/"), 0);
	assert_int_equal(mode_of("p/q"), 0700);
	assert_int_equal(file_replace("p/f", "", 0, FILE_PRIVATE), 0);
	assert_int_equal(file_make_dir("p/f"), -ENOTDIR);
	assert_int_equal(file_make_dir("p/f/g"), -ENOTDIR);
	assert_int_equal(file_make_dir(""), -ENOENT);
	assert_int_equal(file_remove("p/f"), 0);
	rmdir("p/q/r");
	rmdir("p/q");
	rmdir("p");
}

TEST(the_folder_of_a_path_is_absolute)
{
	struct arena mem = {};

	assert_string_equal(file_folder("/a", &mem), "/");
	assert_string_equal(file_folder("/a/b/c", &mem), "/a/b");
	assert_string_equal(file_folder("c", &mem), dir);
	assert_string_equal(file_folder("x/c", &mem), arena_printf(&mem, "%s/x", dir));
	arena_done(&mem);
}

static int join(const char *name, void *arg)
{
	buf_puts(arg, name);
	return strcmp(name, "b") == 0 ? 7 : 0;
}

TEST(names_are_listed_in_order_until_told_to_stop)
{
	struct buf b = buf_new(100);

	assert_int_equal(file_make_dir("l"), 0);
	assert_int_equal(file_replace("l/c", "", 0, FILE_PRIVATE), 0);
	assert_int_equal(file_replace("l/a", "", 0, FILE_PRIVATE), 0);
	assert_int_equal(file_list("l", join, &b), 0);
	assert_string_equal((char *)b.data, "ac");
	assert_int_equal(file_replace("l/b", "", 0, FILE_PRIVATE), 0);
	buf_clear(&b);
	assert_int_equal(file_list("l", join, &b), 7);
	assert_string_equal((char *)b.data, "ab");
	assert_int_equal(file_list("absent", join, &b), -ENOENT);
	buf_done(&b);
	assert_int_equal(file_remove("l/a"), 0);
	assert_int_equal(file_remove("l/b"), 0);
	assert_int_equal(file_remove("l/c"), 0);
	rmdir("l");
}

TEST(a_log_grows_is_read_anywhere_and_cut)
{
	struct file_log *f = NULL;
	char out[10] = {};

	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(mode_of("log"), 0600);
	assert_int_equal(file_log_append(f, "hello", 5), 0);
	assert_int_equal(file_log_append(f, "world", 5), 0);
	assert_int_equal(file_log_sync(f), 0);
	assert_int_equal(file_log_size(f), 10);
	assert_int_equal(file_log_read(f, 3, out, 4), 4);
	assert_string_equal(out, "lowo");
	assert_int_equal(file_log_read(f, 8, out, 10), 2);
	assert_int_equal(file_log_read(f, 10, out, 10), 0);
	assert_int_equal(file_log_cut(f, 5), 0);
	file_log_close(&f);
	file_log_close(&f);
	assert_int_equal(file_log_open("log", &f), 0);
	assert_int_equal(file_log_size(f), 5);
	file_log_close(&f);
}

TEST(a_lock_has_one_holder)
{
	struct file_lock *a = NULL, *b = NULL;

	assert_int_equal(file_lock_take("lock", &a), 0);
	assert_int_equal(file_lock_take("lock", &b), -EWOULDBLOCK);
	assert_null(b);
	file_lock_free(&a);
	assert_int_equal(file_lock_take("lock", &b), 0);
	file_lock_free(&b);
	file_lock_free(&b);
}

TEST(a_file_is_moved_where_nothing_is_and_nowhere_else)
{
	struct hash h, expected = hash_of("new", 3);
	char from[200], to[200];
	int64_t bytes = 0;

	snprintf(from, sizeof(from), "%s/moving", dir);
	snprintf(to, sizeof(to), "%s/moved", dir);
	assert_int_equal(file_replace(from, "new", 3, FILE_PRIVATE), 0);
	assert_int_equal(file_move(from, to), 0);
	assert_false(file_exists(from));
	assert_int_equal(file_hash(to, &h, &bytes), 0);
	assert_true(hash_eq(&h, &expected) && bytes == 3);
	assert_int_equal(file_replace(from, "other", 5, FILE_PRIVATE), 0);
	assert_int_equal(file_move(from, to), -EEXIST);
	assert_int_equal(file_hash(to, &h, &bytes), 0);
	assert_true(hash_eq(&h, &expected));
	assert_true(file_hash("/nowhere/at/all", &h, &bytes) < 0);
}

TEST(R66_what_others_may_read_is_not_private)
{
	const char *path = "secret";

	assert_false(file_is_private(path));
	assert_int_equal(file_replace(path, "x", 1, FILE_PRIVATE), 0);
	assert_true(file_is_private(path));
	assert_int_equal(file_replace(path, "x", 1, FILE_PUBLIC), 0);
	assert_false(file_is_private(path));
	assert_true(file_free_bytes(path) > 0);
	assert_int_equal(file_free_bytes("/nowhere/at/all"), -1);
	assert_int_equal(file_remove(path), 0);
}

static void assert_owner(const char *path, uid_t uid, gid_t gid)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_uid, uid);
	assert_int_equal(st.st_gid, gid);
}

TEST(what_root_makes_belongs_to_the_owner_of_the_file_it_replaces_else_of_the_folder)
{
	struct file_lock *lock;
	struct file_log *log;

	if (geteuid() != 0)
		skip();
	assert_int_equal(file_make_dir("theirs"), 0);
	assert_owner("theirs", 0, 0);
	assert_int_equal(chown("theirs", 4001, 4002), 0);
	assert_int_equal(file_replace("theirs/new", "1", 1, FILE_PRIVATE), 0);
	assert_owner("theirs/new", 4001, 4002);
	assert_int_equal(mode_of("theirs/new"), 0600);
	assert_int_equal(chown("theirs/new", 4003, 4004), 0);
	assert_int_equal(file_replace("theirs/new", "2", 1, FILE_PRIVATE), 0);
	assert_owner("theirs/new", 4003, 4004);
	assert_int_equal(file_lock_take("theirs/lock", &lock), 0);
	assert_owner("theirs/lock", 4001, 4002);
	file_lock_free(&lock);
	assert_int_equal(file_log_open("theirs/log", &log), 0);
	assert_owner("theirs/log", 4001, 4002);
	file_log_close(&log);
	assert_int_equal(file_make_dir("theirs/a/b"), 0);
	assert_owner("theirs/a", 4001, 4002);
	assert_owner("theirs/a/b", 4001, 4002);

	assert_int_equal(file_remove_dir("theirs/a/b"), 0);
	assert_int_equal(file_remove_dir("theirs/a"), 0);
	assert_int_equal(file_list("theirs", remove_theirs, NULL), 0);
	assert_int_equal(file_remove_dir("theirs"), 0);
}

TEST(root_gives_away_nothing_that_was_there)
{
	struct file_lock *lock;
	struct buf b = buf_new(100);

	if (geteuid() != 0)
		skip();
	assert_int_equal(file_make_dir("theirs"), 0);
	assert_int_equal(chown("theirs", 4001, 4002), 0);
	assert_int_equal(file_replace("mine", "mine", 4, FILE_PRIVATE), 0);
	assert_int_equal(symlink("../mine", "theirs/lock"), 0);
	assert_int_equal(file_lock_take("theirs/lock", &lock), 0);
	file_lock_free(&lock);
	assert_owner("mine", 0, 0);
	assert_int_equal(link("mine", "theirs/x.new"), 0);
	assert_int_equal(file_replace("theirs/x", "x", 1, FILE_PRIVATE), -EMLINK);
	assert_owner("mine", 0, 0);
	assert_int_equal(file_read("mine", &b), 0);
	assert_string_equal((char *)b.data, "mine");
	buf_done(&b);
	assert_int_equal(file_replace("theirs/x", "x", 1, FILE_PRIVATE), 0);

	assert_int_equal(file_list("theirs", remove_theirs, NULL), 0);
	assert_int_equal(file_remove_dir("theirs"), 0);
	assert_int_equal(file_remove("mine"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_file_is_replaced_whole_and_with_its_mode),
		RUN(a_file_is_written_over_in_place_whether_it_gets_shorter_or_longer),
		RUN(a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it),
		RUN(writers_at_once_leave_one_whole_version),
		RUN(reading_stops_at_the_maximum_and_leaves_the_buffer_as_it_was),
		RUN(folders_are_made_with_their_parents_for_their_owner_alone),
		RUN(the_folder_of_a_path_is_absolute),
		RUN(names_are_listed_in_order_until_told_to_stop),
		RUN(a_log_grows_is_read_anywhere_and_cut),
		RUN(a_lock_has_one_holder),
		RUN(R66_what_others_may_read_is_not_private),
		RUN(a_file_is_moved_where_nothing_is_and_nowhere_else),
		RUN(what_root_makes_belongs_to_the_owner_of_the_file_it_replaces_else_of_the_folder),
		RUN(root_gives_away_nothing_that_was_there),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
