/* threads_test.c - many jobs from several loops at once; for ThreadSanitizer above all. */
#include "base/test.h"
#include "base/thread.h"
#include "db/change.h"
#include "db/fixture.h"
#include "db/seal_row.h"
#include "net/loop.h"

#include <stdlib.h>
#include <string.h>

#define LOOPS  3
#define ROUNDS 60
#define OWNERS 8

QUERY(q_put, "test_threads_put",
      "INSERT INTO series (provider_id, subject_id, series, at_ms, value) "
      "VALUES (:provider, :subject, 1, :at, 0)");
QUERY(q_count, "test_threads_count",
      "SELECT count(*) FROM series WHERE provider_id = :provider AND subject_id = :subject");

static struct fixture *f;

/* One loop with its thread, provider and owners. */
struct side {
	struct loop *loop;
	struct id provider, subject;
	struct db_owner owners[OWNERS];
	int submitted, heard, notes;
	int64_t last_seq;
	bool wrong;
};

struct job {
	struct side *side;
	const char *text; /* in the submitter's arena */
	int64_t at, count;
};

static int put_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct job *job = arg;
	struct stmt *st = tenant_query(db, &q_put);
	int rc;

	stmt_id(st, ":subject", job->side->subject);
	stmt_i64(st, ":at", job->at);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	rc = tenant_make_key(db, job->side->subject);
	if (rc < 0)
		return rc;
	return change_write(db, &(struct change_in){ .verb = CHANGE_SITE_MADE,
						     .object_kind = ID_SITE,
						     .object = job->side->subject,
						     .customer = job->side->subject,
						     .after = job->text });
}

static int count_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct job *job = arg;
	struct stmt *st = tenant_query(db, &q_count);

	stmt_id(st, ":subject", job->side->subject);
	if (stmt_row(st))
		job->count = col_i64(st, 0);
	return stmt_end(st);
}

static void on_done(int rc, void *arg, void *owner)
{
	const struct job *job = arg;
	struct side *s = job->side;

	s->heard++;
	if (rc < 0 || s != owner)
		s->wrong = true;
}

static void on_changed(const struct change_note *note, void *arg)
{
	struct side *s = arg;

	if (!id_eq(note->provider, s->provider))
		return;
	if (note->seq != ++s->last_seq)
		s->wrong = true;
	s->notes++;
}

static bool all_heard(void *arg)
{
	const struct side *s = arg;

	return s->heard >= s->submitted;
}

static bool all_noted(void *arg)
{
	const struct side *s = arg;

	return s->notes >= ROUNDS * OWNERS;
}

/* Every fourth owner goes away while its job runs. */
static void round_run(struct side *s, int round)
{
	for (int i = 0; i < OWNERS; i++) {
		struct db_owner *o = &s->owners[i];
		struct arena mem = {};
		struct job job = { s, arena_printf(&mem, "{\"round\":%d}", round),
				   round * OWNERS + i, 0 };

		db_owner_init(o, f->db, s->loop, s);
		db_write(o, s->provider, put_run, on_done, &job, sizeof(job));
		db_read(o, s->provider, count_run, on_done, &job, sizeof(job));
		if (i % 4 == 3) {
			db_owner_done(o, &mem);
		} else {
			s->submitted += 2;
			assert_true(loop_run_until(s->loop, all_heard, s, 20000));
		}
		arena_done(&mem);
	}
}

static void side_run(void *arg)
{
	struct side *s = arg;

	for (int round = 0; round < ROUNDS; round++)
		round_run(s, round);
	assert_true(loop_run_until(s->loop, all_noted, s, 20000));
}

TEST(loops_and_database_threads_hand_jobs_over_without_a_race)
{
	struct side sides[LOOPS] = {};
	struct thread *threads[LOOPS];
	struct arena mem = {};

	f = fixture_new();
	for (int i = 0; i < LOOPS; i++) {
		sides[i].loop = loop_new();
		sides[i].provider = fixture_provider(f);
		sides[i].subject = id_new();
		db_on_changed(f->db, sides[i].loop, on_changed, &sides[i]);
	}
	for (int i = 0; i < LOOPS; i++)
		threads[i] = thread_start("side", side_run, &sides[i]);
	for (int i = 0; i < LOOPS; i++)
		thread_join(&threads[i]);
	for (int i = 0; i < LOOPS; i++) {
		struct job job = { .side = &sides[i] };

		assert_int_equal(db_wait_read(f->db, sides[i].provider, count_run, &job, &mem), 0);
		assert_int_equal(job.count, ROUNDS * OWNERS);
		assert_false(sides[i].wrong);
	}
	db_close(&f->db);
	for (int i = 0; i < LOOPS; i++)
		loop_free(&sides[i].loop);
	arena_done(&mem);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(loops_and_database_threads_hand_jobs_over_without_a_race),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
