/* writer.c - group commit.
 *
 * A commit costs one sync of the disk (0.2 ms here, 5 to 10 on a disk that turns), however many
 * rows it holds.  So the writer never waits for company, but takes everybody who came while it was
 * busy: with one caller a batch is one job, under load it fills by itself.
 *
 *	BEGIN IMMEDIATE
 *	  <fn>                                          the first job: if it fails, all begins anew
 *	  SAVEPOINT job  <fn>  RELEASE job              one that follows
 *	  SAVEPOINT job  <fn fails>  ROLLBACK TO job    another; the others do not notice
 *	COMMIT
 *
 * A savepoint keeps a copy of each page that its job writes, which takes a fifth of a job's time.
 *
 * When SQLite gives up the whole transaction (disk full, I/O error), everything in the batch is
 * lost and its jobs get ERR_UNCERTAIN, as when the COMMIT itself fails. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/thread.h"
#include "db/db_int.h"
#include "db/engine.h"
#include "db/job.h"
#include "db/queue.h"

#define BATCH_JOBS 256
/* The log is copied back beside the writer each time it has grown by 16 MB, not at each commit:
 * most pages are written again and again, and are copied once then.  At 64 MB, because a stream of
 * commits kept the copy from ever catching up, the writer does it so that the log begins anew; a
 * long read can be in the way, hence it tries again 16 MB later and not at each commit. */
#define LOG_PAGES_DUE 4000
#define LOG_PAGES_MAX 16000

/* False: what it wrote can neither be kept nor given up. */
static bool run_first(struct work *w, struct job *job)
{
	job_run(job, w);
	if (job->rc >= 0 || !engine_in_transaction(w->engine))
		return true;
	w->notes_len = 0;
	if (engine_transact(w->engine, ENGINE_ROLLBACK) < 0)
		return false;
	(void)!engine_transact(w->engine, ENGINE_BEGIN_WRITE);
	return true;
}

static void run_next(struct work *w, struct job *job)
{
	size_t notes = w->notes_len;
	int rc = engine_transact(w->engine, ENGINE_SAVE);

	if (rc < 0) {
		job->rc = rc;
		return;
	}
	job_run(job, w);
	if (!engine_in_transaction(w->engine))
		return;
	if (job->rc < 0) {
		w->notes_len = notes;
		rc = engine_transact(w->engine, ENGINE_ROLLBACK_TO);
	}
	if (rc == 0)
		rc = engine_transact(w->engine, ENGINE_RELEASE);
	if (rc < 0) /* the batch cannot be told apart any more */
		(void)!engine_transact(w->engine, ENGINE_ROLLBACK);
}

/* Runs what waits until the batch is full, old enough, or lost; the number of jobs, or
 * ERR_UNCERTAIN if it must not be committed. */
static int run_batch(struct db *db, struct job *job, struct jobs *done)
{
	int64_t until_ms = clock_mono_ms() + db->batch_ms;
	int n = 0;

	while (job) {
		jobs_append(done, job);
		if (n == 0 && !run_first(&db->writer, job))
			return ERR_UNCERTAIN;
		if (n > 0)
			run_next(&db->writer, job);
		if (++n == BATCH_JOBS || !engine_in_transaction(db->writer.engine) ||
		    clock_mono_ms() >= until_ms)
			break;
		job = queue_take(db->queue, JOB_WRITE);
	}
	return n;
}

static int commit(struct db *db, int ran)
{
	int (*before)(void *arg) = db->before_commit;
	int rc = ran < 0 ? ran : 0;

	if (!engine_in_transaction(db->writer.engine))
		return ERR_UNCERTAIN;
	if (rc == 0 && before)
		rc = before(db->before_commit_arg);
	if (rc == 0)
		rc = engine_transact(db->writer.engine, ENGINE_COMMIT);
	if (rc < 0 && engine_in_transaction(db->writer.engine))
		(void)!engine_transact(db->writer.engine, ENGINE_ROLLBACK);
	return rc;
}

/* All that waits gets `rc`: nothing of it was begun. */
static void refuse(struct db *db, struct job *job, struct jobs *done, int rc)
{
	for (int n = 1; job; n++) {
		job->rc = rc;
		jobs_append(done, job);
		job = n < BATCH_JOBS ? queue_take(db->queue, JOB_WRITE) : NULL;
	}
}

static void mark_uncertain(struct jobs *jobs)
{
	for (struct job *j = jobs->first; j; j = j->next) {
		if (j->rc >= 0)
			j->rc = ERR_UNCERTAIN;
	}
}

static void tell_changes(struct db *db)
{
	struct work *w = &db->writer;

	for (size_t i = 0; i < db->listeners_len && w->notes_len > 0; i++) {
		const struct listener *l = &db->listeners[i];

		notes_deliver(l->loop, l->fn, l->arg, w->notes, w->notes_len);
	}
}

static void care_for_log(struct db *db)
{
	int64_t pages = engine_log_pages(db->writer.engine);

	if (pages < db->log_pages_tried)
		db->log_pages_tried = 0; /* it began anew */
	if (pages - db->log_pages_tried < LOG_PAGES_DUE)
		return;
	db->log_pages_tried = pages;
	if (pages >= LOG_PAGES_MAX) {
		(void)!engine_checkpoint(db->writer.engine, true);
	} else {
		mutex_lock(db->checkpoint_lock);
		db->checkpoint_due = true;
		cond_signal(db->checkpoint_wanted);
		mutex_unlock(db->checkpoint_lock);
	}
}

static void batch(struct db *db, struct job *first)
{
	struct jobs done;
	int rc, n;

	jobs_init(&done);
	db->writer.notes_len = 0;
	rc = engine_transact(db->writer.engine, ENGINE_BEGIN_WRITE);
	if (rc < 0) {
		refuse(db, first, &done, rc);
	} else {
		n = run_batch(db, first, &done);
		rc = commit(db, n);
		if (rc < 0) {
			log_event(EV_DB_COMMIT_FAILED, "jobs=%d code=%s", n, err_code(rc));
			mark_uncertain(&done);
		} else {
			metric_add(M_DB_COMMITS, 1);
			tell_changes(db);
		}
	}
	jobs_deliver(&done);
	if (rc >= 0)
		care_for_log(db);
}

void writer_run(void *arg)
{
	struct db *db = arg;
	struct job *job;

	while ((job = queue_wait(db->queue, JOB_WRITE)))
		batch(db, job);
}

void checkpoint_run(void *arg)
{
	struct db *db = arg;

	mutex_lock(db->checkpoint_lock);
	while (!db->checkpoint_stop) {
		if (!db->checkpoint_due) {
			cond_wait(db->checkpoint_wanted, db->checkpoint_lock);
			continue;
		}
		db->checkpoint_due = false;
		mutex_unlock(db->checkpoint_lock);
		(void)!engine_checkpoint(db->checkpoint_engine, false);
		mutex_lock(db->checkpoint_lock);
	}
	mutex_unlock(db->checkpoint_lock);
}
