/* owner.c - who waits for jobs, and what becomes of the jobs when nobody does any more.
 *
 * Everything here runs on the owner's loop. */
#include "db/owner.h"
#include "base/hash.h"
#include "db/db_int.h"
#include "db/queue.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Memory of an owner that has died, for the jobs it left behind. */
struct estate {
	struct arena mem;
	size_t jobs;
};

void db_owner_init(struct db_owner *o, struct db *db, struct loop *loop, void *owner)
{
	*o = (struct db_owner){ .db = db, .loop = loop, .arg = owner };
	list_init(&o->jobs);
}

static void leave_estate(struct job *job)
{
	struct estate *e = job->estate;

	if (!e || --e->jobs > 0)
		return;
	arena_wipe(&e->mem);
	free(e);
}

static void job_free(struct job *job)
{
	leave_estate(job);
	arena_wipe(&job->own);
	secret_wipe(job->data, job->size);
	free(job);
}

void db_owner_done(struct db_owner *o, struct arena *keep)
{
	struct estate *e = NULL;

	if (list_empty(&o->jobs))
		return;
	if (keep) {
		e = xcalloc(1, sizeof(*e));
		e->mem = *keep;
		*keep = (struct arena){};
	}
	LIST_EACH(l, &o->jobs) {
		struct job *job = LIST_ENTRY(l, struct job, link);

		list_remove(l);
		job->owner = NULL;
		job->estate = e;
		if (e)
			e->jobs++;
		/* Nothing else hangs on it: a thread that misses it does a read for nobody. */
		atomic_store_explicit(&job->gone, true, memory_order_relaxed);
	}
}

void owner_take_back(struct job *job)
{
	struct db_owner *o = job->owner;

	list_remove(&job->link);
	if (o && job->done)
		job->done(job->rc, job->data, o->arg);
	job_free(job);
}

static struct job *job_new(struct db_owner *o, db_done_fn done, const void *data, size_t size)
{
	/* The copy stands behind the job, aligned for any type. */
	size_t at = (sizeof(struct job) + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct job *job = xcalloc(1, at + size);

	job->done = done;
	job->mem = &job->own;
	job->data = (char *)job + at;
	job->size = size;
	if (size > 0)
		memcpy(job->data, data, size);
	job->loop = o->loop;
	job->owner = o;
	list_append(&o->jobs, &job->link);
	return job;
}

/* A job that finds no room goes home at once, but not from inside this call. */
static void submit(struct db_owner *o, struct job *job)
{
	int rc = queue_put(o->db->queue, job);
	struct jobs refused;

	if (rc == 0)
		return;
	job->rc = rc;
	jobs_init(&refused);
	jobs_append(&refused, job);
	jobs_deliver(&refused);
}

static void submit_tenant(struct db_owner *o, unsigned flags, struct id provider, db_fn fn,
			  struct job *job)
{
	assert(!id_is_zero(provider));
	job->flags = flags;
	job->provider = provider;
	job->fn.tenant = fn;
	submit(o, job);
}

static void submit_system(struct db_owner *o, unsigned flags, db_system_fn fn, struct job *job)
{
	job->flags = flags | JOB_SYSTEM;
	job->fn.system = fn;
	submit(o, job);
}

void db_read(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done, const void *job,
	     size_t size)
{
	submit_tenant(o, 0, provider, fn, job_new(o, done, job, size));
}

void db_write(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done, const void *job,
	      size_t size)
{
	submit_tenant(o, JOB_WRITE, provider, fn, job_new(o, done, job, size));
}

void db_system_read(struct db_owner *o, db_system_fn fn, db_done_fn done, const void *job,
		    size_t size)
{
	submit_system(o, 0, fn, job_new(o, done, job, size));
}

void db_system_write(struct db_owner *o, db_system_fn fn, db_done_fn done, const void *job,
		     size_t size)
{
	submit_system(o, JOB_WRITE, fn, job_new(o, done, job, size));
}

/* ---- the same, waiting ---- */

static int wait_for(struct db *db, struct job *job, void *data, struct arena *mem)
{
	int rc;

	job->data = data;
	job->mem = mem;
	job->waiter = waiter_new();
	rc = queue_put(db->queue, job);
	if (rc == 0) {
		waiter_wait(job->waiter);
		rc = job->rc;
	}
	waiter_free(&job->waiter);
	return rc;
}

static int wait_tenant(struct db *db, unsigned flags, struct id provider, db_fn fn, void *data,
		       struct arena *mem)
{
	struct job job = { .flags = flags, .provider = provider, .fn.tenant = fn };

	assert(!id_is_zero(provider));
	return wait_for(db, &job, data, mem);
}

static int wait_system(struct db *db, unsigned flags, db_system_fn fn, void *data,
		       struct arena *mem)
{
	struct job job = { .flags = flags | JOB_SYSTEM, .fn.system = fn };

	return wait_for(db, &job, data, mem);
}

int db_wait_read(struct db *db, struct id provider, db_fn fn, void *job, struct arena *mem)
{
	return wait_tenant(db, 0, provider, fn, job, mem);
}

int db_wait_write(struct db *db, struct id provider, db_fn fn, void *job, struct arena *mem)
{
	return wait_tenant(db, JOB_WRITE, provider, fn, job, mem);
}

int db_wait_system_read(struct db *db, db_system_fn fn, void *job, struct arena *mem)
{
	return wait_system(db, 0, fn, job, mem);
}

int db_wait_system_write(struct db *db, db_system_fn fn, void *job, struct arena *mem)
{
	return wait_system(db, JOB_WRITE, fn, job, mem);
}
