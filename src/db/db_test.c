/* db_test.c - jobs: where they run, what they share, what becomes of them. */
#include "base/test.h"
#include "base/file.h"
#include "base/metric.h"
#include "base/thread.h"
#include "db/change.h"
#include "db/db_int.h"
#include "db/engine.h"
#include "db/fixture.h"
#include "db/stmt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

QUERY(q_put, "test_series_put",
      "INSERT INTO series (provider_id, subject_id, series, at_ms, value) "
      "VALUES (:provider, :subject, 1, :at, 0)");
QUERY(q_count, "test_series_count", "SELECT count(*) FROM series WHERE provider_id = :provider");

static struct fixture *f;
static struct id provider, subject;
static int dones, ok, failed, last_rc;

static int set_up(void **state)
{
	f = fixture_new();
	provider = fixture_provider(f);
	subject = id_new();
	dones = ok = failed = last_rc = 0;
	return 0;
}

static int tear_down(void **state)
{
	fixture_free(&f);
	return 0;
}

struct put_job {
	int64_t at;
	int rc; /* what to answer after the insert */
	struct id change;
};

static int put_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct put_job *job = arg;
	struct stmt *st = tenant_query(db, &q_put);
	int rc;

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":at", job->at);
	rc = stmt_run(st);
	if (rc >= 0 && !id_is_zero(job->change))
		rc = change_write(db, &(struct change_in){ .verb = CHANGE_SITE_MADE,
							   .object_kind = ID_SITE,
							   .object = job->change });
	return rc < 0 ? rc : job->rc;
}

static void on_done(int rc, void *job, void *owner)
{
	dones++;
	last_rc = rc;
	if (rc < 0)
		failed++;
	else
		ok++;
	if (owner)
		++*(int *)owner;
}

static int count_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct stmt *st = tenant_query(db, &q_count);

	if (stmt_row(st))
		*(int64_t *)arg = col_i64(st, 0);
	return stmt_end(st);
}

static int64_t rows(void)
{
	struct arena mem = {};
	int64_t n = -1;

	assert_int_equal(db_wait_read(f->db, provider, count_run, &n, &mem), 0);
	arena_done(&mem);
	return n;
}

/* A job that keeps its thread until it is let go. */
static struct {
	struct mutex *lock;
	struct cond *came, *opened;
	bool entered, open;
} gate;

static int gate_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	mutex_lock(gate.lock);
	gate.entered = true;
	cond_signal(gate.came);
	while (!gate.open)
		cond_wait(gate.opened, gate.lock);
	cond_signal(gate.opened); /* for the next */
	mutex_unlock(gate.lock);
	return 0;
}

typedef void submit_fn(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done,
		       const void *job, size_t size);

/* Sends one thread to the gate and waits until it is there. */
static void gate_send(struct db_owner *o, submit_fn *submit)
{
	mutex_lock(gate.lock);
	gate.entered = false;
	mutex_unlock(gate.lock);
	submit(o, provider, gate_run, on_done, NULL, 0);
	mutex_lock(gate.lock);
	while (!gate.entered)
		cond_wait(gate.came, gate.lock);
	mutex_unlock(gate.lock);
}

/* Longer than any test lasts. */
#define BATCH_MS (60 * 60 * 1000)

/* What is submitted until it is opened is one batch (of up to 256), however long that takes. */
static void gate_shut(struct db_owner *o, submit_fn *submit)
{
	gate.lock = mutex_new();
	gate.came = cond_new();
	gate.opened = cond_new();
	gate.open = false;
	f->db->batch_ms = BATCH_MS;
	gate_send(o, submit);
}

static void gate_open(void)
{
	mutex_lock(gate.lock);
	gate.open = true;
	cond_signal(gate.opened);
	mutex_unlock(gate.lock);
}

static void gate_free(void)
{
	mutex_free(&gate.lock);
	cond_free(&gate.came);
	cond_free(&gate.opened);
}

TEST(a_job_runs_on_its_own_copy_and_comes_back_on_the_loop)
{
	struct put_job job = { .at = 1 };
	struct db_owner o;

	db_owner_init(&o, f->db, f->loop, NULL);
	db_write(&o, provider, put_run, on_done, &job, sizeof(job));
	memset(&job, 0xff, sizeof(job));
	assert_int_equal(dones, 0);
	assert_true(fixture_run(f, &ok, 1));
	assert_int_equal(rows(), 1);
	db_owner_done(&o, NULL);
}

TEST(waiting_writes_share_a_commit)
{
	int64_t before;
	struct db_owner o;

	db_owner_init(&o, f->db, f->loop, NULL);
	before = metric_get(M_DB_COMMITS);
	gate_shut(&o, db_write);
	for (int i = 0; i < 400; i++)
		db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = i },
			 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 401));
	assert_int_equal(ok, 401);
	assert_int_equal(rows(), 400);
	assert_int_equal(metric_get(M_DB_COMMITS) - before, 2); /* of 256 and of 145 */
	gate_free();
	db_owner_done(&o, NULL);
}

TEST(a_failed_job_rolls_back_alone)
{
	struct db_owner o;

	db_owner_init(&o, f->db, f->loop, NULL);
	gate_shut(&o, db_write);
	for (int i = 0; i < 30; i++)
		db_write(&o, provider, put_run, on_done,
			 &(struct put_job){ .at = i, .rc = i % 3 == 1 ? ERR_FORBIDDEN : 0 },
			 sizeof(struct put_job));
	/* Two rows of one key: the second is refused by the store itself. */
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 0 },
		 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 32));
	assert_int_equal(failed, 11);
	assert_int_equal(last_rc, ERR_CONFLICT);
	assert_int_equal(rows(), 20);
	gate_free();
	db_owner_done(&o, NULL);
}

static int gate_and_fail_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	int rc = put_run(db, mem, &(struct put_job){ .at = 100 });

	return rc < 0 ? rc : gate_run(db, mem, NULL) < 0 ? ERR_INTERNAL : ERR_FORBIDDEN;
}

static void write_and_fail(struct db_owner *o, struct id whose, db_fn fn, db_done_fn done,
			   const void *job, size_t size)
{
	db_write(o, whose, gate_and_fail_run, done, job, size);
}

TEST(the_first_job_of_a_batch_fails_alone_too)
{
	struct db_owner o;
	int64_t before = metric_get(M_DB_COMMITS);

	db_owner_init(&o, f->db, f->loop, NULL);
	gate_shut(&o, write_and_fail);
	for (int i = 0; i < 10; i++)
		db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = i },
			 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 11));
	assert_int_equal(failed, 1);
	assert_int_equal(ok, 10);
	assert_int_equal(rows(), 10); /* not the one of the job that failed */
	assert_int_equal(metric_get(M_DB_COMMITS) - before, 1);
	gate_free();
	db_owner_done(&o, NULL);
}

TEST(an_owner_that_is_gone_hears_nothing_but_its_writes_are_done)
{
	struct db_owner o, other;
	struct arena request = {};
	int heard = 0;
	char *text = arena_strdup(&request, "what the job points to");

	db_owner_init(&o, f->db, f->loop, &heard);
	db_owner_init(&other, f->db, f->loop, NULL);
	gate_shut(&other, db_write);
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 1 },
		 sizeof(struct put_job));
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 2 },
		 sizeof(struct put_job));
	db_owner_done(&o, &request);
	assert_null(request.chunks);
	assert_string_equal(text, "what the job points to"); /* ASan: it is still there */
	db_owner_done(&o, &request);
	db_write(&other, provider, put_run, on_done, &(struct put_job){ .at = 3 },
		 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 2));
	assert_int_equal(heard, 0);
	assert_int_equal(rows(), 3);
	gate_free();
	db_owner_done(&other, NULL);
}

TEST(an_owner_without_jobs_keeps_its_memory)
{
	struct arena request = {};
	struct db_owner o;

	arena_strdup(&request, "text");
	db_owner_init(&o, f->db, f->loop, NULL);
	db_owner_done(&o, &request);
	assert_non_null(request.chunks);
	arena_done(&request);
}

static int never_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	fail_msg("a read for nobody was run");
	return 0;
}

TEST(reads_of_an_owner_that_is_gone_are_not_begun)
{
	struct db_owner gates[DB_READERS], o;

	for (int i = 0; i < DB_READERS; i++)
		db_owner_init(&gates[i], f->db, f->loop, NULL);
	gate_shut(&gates[0], db_read);
	gate_send(&gates[1], db_read); /* the other reader waits at the same gate */
	db_owner_init(&o, f->db, f->loop, NULL);
	db_read(&o, provider, never_run, on_done, NULL, 0);
	db_owner_done(&o, NULL);
	gate_open();
	assert_true(fixture_run(f, &dones, 2));
	fixture_close_db(f); /* the third has been run or dropped by now */
	gate_free();
}

TEST(a_provider_that_floods_gets_busy_and_others_do_not)
{
	struct id second = fixture_provider(f);
	struct db_owner o;
	int seen = 0;

	db_owner_init(&o, f->db, f->loop, &seen);
	gate_shut(&o, db_write);
	for (int i = 0; i < DB_QUEUE_PROVIDER + 3; i++)
		db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = i },
			 sizeof(struct put_job));
	assert_int_equal(dones, 0);
	assert_true(fixture_run(f, &seen, 3));
	assert_int_equal(failed, 3);
	assert_int_equal(last_rc, ERR_BUSY);
	db_write(&o, second, put_run, on_done, &(struct put_job){ .at = 1 },
		 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &seen, 1 + DB_QUEUE_PROVIDER + 3 + 1));
	assert_int_equal(failed, 3);
	assert_int_equal(rows(), DB_QUEUE_PROVIDER);
	gate_free();
	db_owner_done(&o, NULL);
}

static int fail_commit(void *arg)
{
	return -5; /* EIO */
}

static int notes;
static int64_t note_seqs[64];
static int dones_at_note;

static void on_changed(const struct change_note *note, void *arg)
{
	assert_true(id_eq(note->provider, provider));
	dones_at_note = dones;
	if (notes < 64)
		note_seqs[notes] = note->seq;
	notes++;
}

TEST(a_failed_commit_answers_uncertain_to_all_and_stores_nothing)
{
	struct db_owner o;

	notes = 0;
	db_on_changed(f->db, f->loop, on_changed, NULL);
	f->db->before_commit = fail_commit;
	db_owner_init(&o, f->db, f->loop, NULL);
	gate_shut(&o, db_write);
	for (int i = 0; i < 5; i++)
		db_write(&o, provider, put_run, on_done,
			 &(struct put_job){ .at = i,
					    .rc = i == 2 ? ERR_FORBIDDEN : 0,
					    .change = i == 1 ? subject : (struct id){} },
			 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 6));
	assert_int_equal(failed, 6);
	assert_int_equal(last_rc, ERR_UNCERTAIN);
	assert_int_equal(rows(), 0);
	assert_int_equal(notes, 0);
	f->db->before_commit = NULL;
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 1 },
		 sizeof(struct put_job));
	assert_true(fixture_run(f, &ok, 1));
	assert_int_equal(rows(), 1);
	gate_free();
	db_owner_done(&o, NULL);
}

TEST(changes_are_told_after_the_commit_in_order_and_before_the_answers)
{
	struct db_owner o;

	notes = 0;
	dones_at_note = -1;
	db_on_changed(f->db, f->loop, on_changed, NULL);
	db_owner_init(&o, f->db, f->loop, NULL);
	gate_shut(&o, db_write);
	for (int i = 0; i < 9; i++)
		db_write(&o, provider, put_run, on_done,
			 &(struct put_job){
				 .at = i, .rc = i % 3 == 2 ? ERR_FORBIDDEN : 0, .change = subject },
			 sizeof(struct put_job));
	gate_open();
	assert_true(fixture_run(f, &dones, 10));
	assert_int_equal(notes, 6);
	for (int i = 0; i < 6; i++)
		assert_int_equal(note_seqs[i], i + 1);
	assert_true(dones_at_note < 10);
	gate_free();
	db_owner_done(&o, NULL);
}

static int write_in_read(struct tenant_db *db, struct arena *mem, void *arg)
{
	return put_run(db, mem, &(struct put_job){ .at = 1 });
}

TEST(a_read_job_cannot_write)
{
	struct arena mem = {};

	assert_int_equal(db_wait_read(f->db, provider, write_in_read, NULL, &mem), ERR_INTERNAL);
	assert_int_equal(rows(), 0);
	arena_done(&mem);
}

TEST(a_second_program_may_write_to_the_same_store)
{
	struct keyring *keys;
	struct arena mem = {};
	struct put_job job = { .at = 77 };
	struct db *second;

	assert_int_equal(keyring_open(f->master_path, f->keys_path, &keys), 0);
	assert_int_equal(db_open(f->db_path, keys, &second), 0);
	assert_true(db_wait_write(second, provider, put_run, &job, &mem) >= 0);
	assert_int_equal(rows(), 1);
	job.at = 78;
	assert_true(db_wait_write(f->db, provider, put_run, &job, &mem) >= 0);
	assert_int_equal(rows(), 2);
	db_close(&second);
	keyring_close(&keys);
	arena_done(&mem);
}

static int system_run(struct system_db *db, struct arena *mem, void *arg)
{
	return count_run(system_tenant(db, provider), mem, arg);
}

TEST(a_system_job_reaches_a_provider_through_its_own_handle)
{
	struct arena mem = {};
	int64_t n = -1;

	assert_int_equal(db_wait_system_read(f->db, system_run, &n, &mem), 0);
	assert_int_equal(n, 0);
	arena_done(&mem);
}

TEST(what_was_committed_is_there_after_opening_again)
{
	struct arena mem = {};
	struct put_job job = { .at = 5 };
	const char *name = NULL;

	assert_true(db_wait_write(f->db, provider, put_run, &job, &mem) >= 0);
	fixture_close_db(f);
	fixture_open_db(f);
	assert_int_equal(rows(), 1);
	assert_int_equal(db_check_queries(f->db, &name), 0);
	arena_done(&mem);
}

static int fill_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	for (int64_t i = 1000; i < 1000000; i++) {
		int rc = put_run(db, mem, &(struct put_job){ .at = i });

		if (rc < 0)
			return rc;
	}
	return 0;
}

TEST(a_full_disk_fails_the_job_that_met_it_and_loses_nothing_that_was_acknowledged)
{
	struct db_owner o;

	db_owner_init(&o, f->db, f->loop, NULL);
	gate_shut(&o, db_write);
	/* The writer stands at the gate, so its connection may be spoken to. */
	assert_int_equal(engine_exec(f->db->writer.engine, "PRAGMA max_page_count=200"), 0);
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 1 },
		 sizeof(struct put_job));
	db_write(&o, provider, fill_run, on_done, NULL, 0);
	gate_open();
	assert_true(fixture_run(f, &dones, 3));
	assert_int_equal(last_rc, -ENOSPC);
	/* SQLite gave up the whole transaction: nobody was told that his row is there. */
	assert_int_equal(failed, 3);
	assert_int_equal(rows(), 0);
	gate_free();
	assert_int_equal(engine_exec(f->db->writer.engine, "PRAGMA max_page_count=100000"), 0);
	db_write(&o, provider, put_run, on_done, &(struct put_job){ .at = 2 },
		 sizeof(struct put_job));
	assert_true(fixture_run(f, &dones, 4));
	assert_int_equal(ok, 1);
	assert_int_equal(rows(), 1);
	db_owner_done(&o, NULL);
}

static int large_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	int64_t base = *(int64_t *)arg;

	for (int64_t i = 0; i < 3000; i++) {
		int rc = put_run(db, mem, &(struct put_job){ .at = base + i });

		if (rc < 0)
			return rc;
	}
	return 0;
}

static void sum_log(const char *path, void *arg)
{
	if (strstr(path, "-wal")) {
		struct buf b = buf_new(256 * MIB);

		assert_int_equal(file_read(path, &b), 0);
		*(size_t *)arg = b.len;
		buf_done(&b);
	}
}

/* A page in the middle of the file becomes noise. */
static void damage(const char *path)
{
	struct buf file = buf_new(64 * MIB);

	assert_int_equal(file_read(path, &file), 0);
	assert_true(file.len > 3 * 4096);
	memset(file.data + 4096, 0xa5, 2 * 4096);
	assert_int_equal(file_replace(path, file.data, file.len, FILE_PRIVATE), 0);
	buf_done(&file);
}

static int64_t count_in(const char *path)
{
	struct arena mem = {};
	int64_t count = -1;
	struct db *db;

	assert_int_equal(db_open(path, f->keys, &db), 0);
	assert_int_equal(db_wait_read(db, provider, count_run, &count, &mem), 0);
	db_close(&db);
	arena_done(&mem);
	return count;
}

TEST(a_copy_is_whole_though_the_store_is_written_meanwhile)
{
	struct db_owner owner;
	char copy[128], again[128];

	snprintf(copy, sizeof(copy), "%s/copy.db", f->dir);
	snprintf(again, sizeof(again), "%s/again.db", f->dir);
	db_owner_init(&owner, f->db, f->loop, &dones);
	for (int64_t at = 0; at < 400; at++)
		db_write(&owner, provider, put_run, on_done, &(struct put_job){ .at = at },
			 sizeof(struct put_job));
	assert_int_equal(db_copy(f->db_path, copy), 0); /* somewhere among them */
	assert_true(fixture_run(f, &ok, 400));
	assert_int_equal(db_copy(f->db_path, copy), -EEXIST);
	assert_int_equal(db_copy(f->db_path, again), 0);
	assert_true(count_in(copy) <= 400);
	assert_int_equal(count_in(again), 400);
	db_owner_done(&owner, NULL);
	assert_int_equal(file_remove(copy), 0);
	assert_int_equal(file_remove(again), 0);
}

TEST(a_copy_of_a_damaged_store_is_refused_and_not_left)
{
	char copy[128];

	snprintf(copy, sizeof(copy), "%s/copy.db", f->dir);
	fixture_close_db(f);
	assert_int_equal(db_copy(f->db_path, copy), 0);
	damage(copy);
	assert_int_equal(file_remove(f->db_path), 0);
	assert_int_equal(file_move(copy, f->db_path), 0);
	assert_int_equal(db_copy(f->db_path, copy), ERR_CORRUPT);
	assert_false(file_exists(copy));
	assert_int_equal(db_copy("/nowhere/hub.db", copy), -ENOENT);
}

TEST(the_log_is_copied_back_while_the_store_is_written)
{
	struct arena mem = {};
	size_t log = 0;

	for (int64_t i = 0; i < 30; i++) {
		int64_t base = i * 3000;

		assert_int_equal(db_wait_write(f->db, provider, large_run, &base, &mem), 0);
	}
	fixture_each_file(f, sum_log, &log);
	assert_true(log > 0 && log < 32 * MIB);
	assert_int_equal(rows(), 90000);
	arena_done(&mem);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_job_runs_on_its_own_copy_and_comes_back_on_the_loop),
		CASE(waiting_writes_share_a_commit),
		CASE(a_failed_job_rolls_back_alone),
		CASE(the_first_job_of_a_batch_fails_alone_too),
		CASE(an_owner_that_is_gone_hears_nothing_but_its_writes_are_done),
		CASE(an_owner_without_jobs_keeps_its_memory),
		CASE(reads_of_an_owner_that_is_gone_are_not_begun),
		CASE(a_provider_that_floods_gets_busy_and_others_do_not),
		CASE(a_failed_commit_answers_uncertain_to_all_and_stores_nothing),
		CASE(changes_are_told_after_the_commit_in_order_and_before_the_answers),
		CASE(a_read_job_cannot_write),
		CASE(a_second_program_may_write_to_the_same_store),
		CASE(a_system_job_reaches_a_provider_through_its_own_handle),
		CASE(what_was_committed_is_there_after_opening_again),
		CASE(a_full_disk_fails_the_job_that_met_it_and_loses_nothing_that_was_acknowledged),
		CASE(a_copy_is_whole_though_the_store_is_written_meanwhile),
		CASE(a_copy_of_a_damaged_store_is_refused_and_not_left),
		CASE(the_log_is_copied_back_while_the_store_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
