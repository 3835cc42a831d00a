/* vfs_test.c - what is gathered or kept in memory is as if SQLite had written it itself. */
#include "db/vfs.h"
#include "base/arena.h"
#include "base/test.h"
#include "db/engine.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/imprimatur-vfs-XXXXXX";
static char path[64];
static sqlite3 *writer, *reader;

static void run(sqlite3 *db, const char *sql)
{
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s;
	int64_t value;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &s, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	value = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return value;
}

static void open_writer(const char *vfs)
{
	assert_int_equal(
		sqlite3_open_v2(path, &writer, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
		SQLITE_OK);
	/* So few pages that a transaction of some size has to write them before it commits. */
	run(writer, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=10;"
		    "PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=FILE");
}

static int set_up(void **state)
{
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/store.db", dir);
	open_writer(writer_vfs());
	run(writer, "CREATE TABLE t (k INTEGER PRIMARY KEY, v BLOB)");
	assert_int_equal(sqlite3_open_v2(path, &reader, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };

	assert_int_equal(sqlite3_close(reader), SQLITE_OK);
	assert_int_equal(sqlite3_close(writer), SQLITE_OK);
	for (size_t i = 0; i < 3; i++) {
		char file[80];

		snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		unlink(file);
	}
	return rmdir(dir);
}

/* Calls of this process that write: proc(5), /proc/pid/io. */
static long write_calls(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[64];
	long calls = -1;

	if (!f)
		skip();
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "syscw: ", 7) == 0)
			calls = strtol(line + 7, NULL, 10);
	}
	fclose(f);
	return calls;
}

static long calls_of_a_commit(void)
{
	long before;

	run(writer, "BEGIN");
	for (int i = 0; i < 40; i++)
		run(writer, "INSERT INTO t (v) VALUES (randomblob(3000))");
	before = write_calls();
	run(writer, "COMMIT");
	return write_calls() - before;
}

TEST(a_commit_is_written_in_few_calls)
{
	long few, many;

	run(writer, "PRAGMA cache_size=1000");
	few = calls_of_a_commit();
	assert_int_equal(sqlite3_close(writer), SQLITE_OK);
	open_writer(NULL);
	run(writer, "PRAGMA cache_size=1000");
	many = calls_of_a_commit();
	assert_true(many > 80);
	assert_true(few < many / 8);
}

TEST(who_reads_beside_sees_each_commit_and_nothing_before_it)
{
	for (int i = 1; i <= 50; i++) {
		run(writer, "BEGIN");
		for (int row = 0; row < i; row++)
			run(writer, "INSERT INTO t (v) VALUES (randomblob(2000))");
		assert_int_equal(ask(reader, "SELECT count(*) FROM t"), i * (i - 1) / 2);
		run(writer, "COMMIT");
		assert_int_equal(ask(reader, "SELECT count(*) FROM t"), i * (i + 1) / 2);
		if (i % 10 == 0)
			assert_int_equal(sqlite3_wal_checkpoint_v2(reader, NULL,
								   SQLITE_CHECKPOINT_TRUNCATE, NULL,
								   NULL),
					 SQLITE_OK);
	}
	assert_int_equal(ask(reader, "SELECT count(*) FROM pragma_integrity_check WHERE "
				     "integrity_check = 'ok'"),
			 1);
}

/* Pages that were written early are written anew, read again, and given up. */
TEST(what_was_written_before_its_commit_can_be_read_changed_and_given_up)
{
	run(writer,
	    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) "
	    "INSERT INTO t SELECT i, zeroblob(2000) FROM n");
	for (int i = 0; i < 20; i++) {
		run(writer, "BEGIN; UPDATE t SET v = randomblob(2000) WHERE k % 2 = 0;"
			    "SAVEPOINT s; UPDATE t SET v = zeroblob(1900); ROLLBACK TO s;"
			    "UPDATE t SET v = zeroblob(2001) WHERE k % 2 = 1");
		assert_int_equal(ask(writer, "SELECT sum(length(v)) FROM t"), 250 * 4001);
		run(writer, i % 2 ? "COMMIT" : "ROLLBACK");
		assert_int_equal(ask(reader, "SELECT sum(length(v)) FROM t"),
				 i > 0 ? 250 * 4001 : 500 * 2000);
	}
	assert_int_equal(ask(writer, "SELECT count(*) FROM pragma_integrity_check WHERE "
				     "integrity_check = 'ok'"),
			 1);
}

/* What spilled before the end is in nobody's way, whoever writes next. */
TEST(what_was_given_up_is_not_written_over_what_another_process_commits)
{
	struct engine *e;

	assert_int_equal(engine_open(path, ENGINE_WRITE, &e), 0);
	assert_int_equal(engine_exec(e, "PRAGMA cache_size=10"), 0);
	for (int i = 1; i <= 10; i++) {
		char sql[160];

		/* With an empty log giving up reads nothing of it, which would empty the room. */
		assert_int_equal(engine_checkpoint(e, true), 0);
		assert_int_equal(engine_transact(e, ENGINE_BEGIN_WRITE), 0);
		snprintf(sql, sizeof(sql),
			 "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
			 "WHERE i < %d) INSERT INTO t (v) SELECT zeroblob(3000) FROM n",
			 15 + i);
		assert_int_equal(engine_exec(e, sql), 0);
		assert_int_equal(engine_transact(e, ENGINE_ROLLBACK), 0);
		run(reader, "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
			    "WHERE i < 40) INSERT INTO t (v) SELECT randomblob(3000) FROM n");
		assert_int_equal(engine_exec(e, "SELECT sum(length(v)) FROM t"), 0);
		assert_int_equal(ask(writer, "SELECT count(*) FROM t WHERE v <> zeroblob(3000)"),
				 40 * i);
	}
	engine_close(&e);
	assert_int_equal(ask(reader, "SELECT count(*) FROM pragma_integrity_check WHERE "
				     "integrity_check = 'ok'"),
			 1);
}

static int open_files(void)
{
	DIR *fds = opendir("/proc/self/fd");
	int n = 0;

	if (!fds)
		skip();
	while (readdir(fds))
		n++;
	closedir(fds);
	return n;
}

/* 10 MB to put back, 10 MB to sort, 10 MB in a table of its own. */
TEST(what_does_not_fit_the_cache_opens_no_file)
{
	int before;

	run(writer,
	    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
	    "INSERT INTO t SELECT i, CAST(i * 7919 % 5000 AS TEXT) || zeroblob(2000) FROM n");
	before = open_files();
	run(writer, "BEGIN; SAVEPOINT s; UPDATE t SET v = randomblob(2000)");
	assert_int_equal(open_files(), before);
	run(writer, "ROLLBACK TO s; RELEASE s; COMMIT");
	assert_int_equal(ask(writer, "SELECT count(*) FROM t WHERE v = CAST(k * 7919 % 5000 AS "
				     "TEXT) || zeroblob(2000)"),
			 5000);
	assert_int_equal(ask(writer, "SELECT k FROM t ORDER BY v || k DESC LIMIT 1 OFFSET 4999"),
			 5000);
	run(writer, "CREATE TEMP TABLE copy AS SELECT * FROM t");
	assert_int_equal(open_files(), before);
	assert_int_equal(ask(writer, "SELECT count(*) FROM t JOIN copy USING (k, v)"), 5000);
	run(writer, "DROP TABLE copy");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(a_commit_is_written_in_few_calls),
		CASE(who_reads_beside_sees_each_commit_and_nothing_before_it),
		CASE(what_was_written_before_its_commit_can_be_read_changed_and_given_up),
		CASE(what_was_given_up_is_not_written_over_what_another_process_commits),
		CASE(what_does_not_fit_the_cache_opens_no_file),
	};

	/* As sqlite.c does, before anything else. */
	if (sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 0) != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
