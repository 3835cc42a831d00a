/* vfs_test.c - what is gathered or kept in memory is as if SQLite had written it itself. */
#include "db/vfs.h"
#include "base/arena.h"
#include "base/test.h"
#include "db/engine.h"

#include <dirent.h>
#include <errno.h>
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

/* ---- a disk that fails below it ---- */

/* The files of the log that the system's VFS opens, whose n-th write or sync fails. */
static sqlite3_vfs *below;
static sqlite3_vfs faulty;
static const sqlite3_io_methods *real;
static sqlite3_io_methods faults;
static int fault_in, fault_code; /* calls until it fails, 0: never; with what */
static bool fault_lasts, fault_hit;

static int fault_now(void)
{
	if (fault_in == 0 || --fault_in > 0)
		return SQLITE_OK;
	fault_in = fault_lasts;
	fault_hit = true;
	return fault_code;
}

/* A disk that is full has taken some of it. */
static int faulty_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	int rc = fault_now();

	if (rc == SQLITE_OK)
		return real->xWrite(file, data, len, at);
	assert_int_equal(real->xWrite(file, data, len / 2, at), SQLITE_OK);
	return rc;
}

static int faulty_sync(sqlite3_file *file, int flags)
{
	int rc = fault_now();

	return rc == SQLITE_OK ? real->xSync(file, flags) : rc;
}

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
		       int *ret_flags)
{
	int rc = below->xOpen(below, name, file, flags, ret_flags);

	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return rc;
	real = file->pMethods;
	faults = *real;
	faults.xWrite = faulty_write;
	faults.xSync = faulty_sync;
	file->pMethods = &faults;
	return SQLITE_OK;
}

static int put_faults_below(void)
{
	below = sqlite3_vfs_find(NULL);
	faulty = *below;
	faulty.zName = "faulty";
	faulty.xOpen = faulty_open;
	faulty.pNext = NULL;
	return sqlite3_vfs_register(&faulty, 1);
}

static void fail_at(int call, int code, bool lasts)
{
	fault_in = call;
	fault_code = code;
	fault_lasts = lasts;
	fault_hit = false;
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

/* A batch as db/writer.c runs it: a first part, and in a savepoint another, both of which fill the
 * cache many times over and read again what they spilled.  Row 1 counts the first parts that were
 * kept, as all up to 20 do, and row 41 the second ones. */
static const char *const first_part[] = {
	"DELETE FROM t WHERE k BETWEEN 21 AND 40",
	"UPDATE t SET v = CAST(v + 1 AS BLOB) || zeroblob(2500) WHERE k < 21",
	NULL,
};
static const char *const second_part[] = {
	"INSERT INTO t SELECT k + 20, randomblob(3000) FROM t WHERE k < 21",
	"UPDATE t SET v = zeroblob(2900) WHERE k BETWEEN 21 AND 40",
	"SELECT sum(length(v)) FROM t",
	"UPDATE t SET v = randomblob(2000) WHERE k BETWEEN 21 AND 40 AND length(v) > 10",
	"UPDATE t SET v = CAST(v + 1 AS BLOB) WHERE k = 41",
	NULL,
};

static int run_part(struct engine *e, const char *const *part)
{
	int rc = 0;

	for (; *part && rc == 0; part++)
		rc = engine_exec(e, *part);
	return rc;
}

/* What was kept: as ours say it, and as a store that was read says it. */
struct kept {
	int64_t first, second, rows;
};

/* The first failure; in *kept what should be there then. */
static int run_batch(struct engine *e, struct kept *kept)
{
	int rc = engine_transact(e, ENGINE_BEGIN_WRITE), failed;

	if (rc == 0)
		rc = run_part(e, first_part);
	if (rc == 0)
		rc = engine_transact(e, ENGINE_SAVE);
	if (rc < 0) {
		if (engine_in_transaction(e))
			assert_int_equal(engine_transact(e, ENGINE_ROLLBACK), 0);
		return rc;
	}
	failed = run_part(e, second_part);
	if (!engine_in_transaction(e))
		return failed;
	if (failed < 0)
		rc = engine_transact(e, ENGINE_ROLLBACK_TO);
	if (rc == 0)
		rc = engine_transact(e, ENGINE_RELEASE);
	if (rc == 0)
		rc = engine_transact(e, ENGINE_COMMIT);
	if (engine_in_transaction(e))
		assert_int_equal(engine_transact(e, ENGINE_ROLLBACK), 0);
	if (rc == 0)
		*kept = (struct kept){ kept->first + 1, kept->second + (failed == 0),
				       failed == 0 ? 41 : 21 };
	return failed < 0 ? failed : rc;
}

static void check_store(const struct kept *wanted, const char *what, int call)
{
	const struct kept kept = {
		ask(reader, "SELECT min(CAST(v AS INTEGER)) FROM t WHERE k < 21"),
		ask(reader, "SELECT CAST(v AS INTEGER) FROM t WHERE k = 41"),
		ask(reader, "SELECT count(*) FROM t"),
	};
	int64_t most = ask(reader, "SELECT max(CAST(v AS INTEGER)) FROM t WHERE k < 21");
	int64_t whole = ask(reader, "SELECT count(*) FROM pragma_integrity_check WHERE "
				    "integrity_check = 'ok'");

	if (kept.first != wanted->first || most != wanted->first || kept.second != wanted->second ||
	    kept.rows != wanted->rows || whole != 1)
		fail_msg("%s at call %d: %d to %d of %d, %d of %d, %d rows of %d, whole %d", what,
			 call, (int)kept.first, (int)most, (int)wanted->first, (int)kept.second,
			 (int)wanted->second, (int)kept.rows, (int)wanted->rows, (int)whole);
}

/* Each write and each sync of a batch fails once, or from there on. */
static void fail_everywhere(const char *what, int code, bool lasts, int rc_wanted)
{
	struct kept kept = { 0, 0, 21 };
	struct engine *e;
	int call;

	run(writer,
	    "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20) "
	    "INSERT INTO t SELECT i, CAST(0 AS BLOB) || zeroblob(2500) FROM n;"
	    "INSERT INTO t VALUES (41, CAST(0 AS BLOB))");
	assert_int_equal(engine_open(path, ENGINE_WRITE, &e), 0);
	assert_int_equal(engine_exec(e, "PRAGMA cache_size=10"), 0);
	for (call = 1, fault_hit = true; fault_hit; call++) {
		int rc;

		fail_at(call, code, lasts);
		rc = run_batch(e, &kept);
		fault_in = 0;
		if (rc != (fault_hit ? rc_wanted : 0))
			fail_msg("%s at call %d: %d", what, call, rc);
		check_store(&kept, what, call);
		/* And the next one is as if nothing had been. */
		assert_int_equal(run_batch(e, &kept), 0);
		check_store(&kept, what, call);
		assert_int_equal(engine_checkpoint(e, true), 0);
	}
	assert_true(call > 10);
	engine_close(&e);
}

TEST(whatever_write_fails_nothing_is_kept_in_part)
{
	fail_everywhere("EIO", SQLITE_IOERR_WRITE, false, -EIO);
}

TEST(on_a_full_disk_nothing_is_kept_in_part_and_it_goes_on_once_there_is_room)
{
	fail_everywhere("ENOSPC", SQLITE_FULL, true, -ENOSPC);
}

TEST(a_disk_that_was_full_for_a_moment_keeps_nothing_in_part)
{
	fail_everywhere("ENOSPC once", SQLITE_FULL, false, -ENOSPC);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(whatever_write_fails_nothing_is_kept_in_part),
		CASE(a_disk_that_was_full_for_a_moment_keeps_nothing_in_part),
		CASE(on_a_full_disk_nothing_is_kept_in_part_and_it_goes_on_once_there_is_room),
		CASE(a_commit_is_written_in_few_calls),
		CASE(who_reads_beside_sees_each_commit_and_nothing_before_it),
		CASE(what_was_written_before_its_commit_can_be_read_changed_and_given_up),
		CASE(what_was_given_up_is_not_written_over_what_another_process_commits),
		CASE(what_does_not_fit_the_cache_opens_no_file),
	};

	/* As sqlite.c does, before anything else. */
	if (sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 0) != SQLITE_OK ||
	    put_faults_below() != SQLITE_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
