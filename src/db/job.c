/* job.c - runs a job, and brings it home.
 *
 * A delivery is posted to the loop on which the owner lives; only there it is decided whether the
 * owner still exists, so no lock is needed for that. */
#include "db/job.h"
#include "base/hash.h"
#include "base/metric.h"
#include "base/thread.h"
#include "db/change.h"
#include "db/owner.h"
#include "db/work.h"

#include <stdlib.h>
#include <string.h>

struct delivery {
	struct post post;
	struct jobs jobs;
};

struct note_delivery {
	struct post post;
	void (*fn)(const struct change_note *note, void *arg);
	void *arg;
	size_t len;
	struct change_note notes[];
};

struct waiter {
	struct mutex *lock;
	struct cond *woken;
	bool done;
};

void job_run(struct job *job, struct work *w)
{
	struct tenant_db tenant = { w, job->provider };
	struct system_db system = { w };

	work_begin_job(w, job->mem);
	if (job->flags & JOB_SYSTEM)
		job->rc = job->fn.system(&system, job->mem, job->data);
	else
		job->rc = job->fn.tenant(&tenant, job->mem, job->data);
	job->rc = work_end_job(w, job->rc);
	metric_add(M_DB_JOBS, 1);
}

static void on_delivery(struct post *p)
{
	struct delivery *d = CONTAINER_OF(p, struct delivery, post);
	struct job *job;

	while ((job = jobs_take(&d->jobs)))
		owner_take_back(job);
	free(d);
}

/* Takes the jobs of one loop, the first one's, out of `jobs`. */
static struct delivery *sort_out(struct jobs *jobs)
{
	struct delivery *d = xcalloc(1, sizeof(*d));
	struct loop *loop = jobs->first->loop;
	struct jobs rest;
	struct job *job;

	d->post.fn = on_delivery;
	jobs_init(&d->jobs);
	jobs_init(&rest);
	while ((job = jobs_take(jobs)))
		jobs_append(job->loop == loop ? &d->jobs : &rest, job);
	while ((job = jobs_take(&rest)))
		jobs_append(jobs, job);
	return d;
}

void jobs_deliver(struct jobs *jobs)
{
	struct jobs posted;
	struct job *job;

	jobs_init(&posted);
	while ((job = jobs_take(jobs))) {
		if (job->waiter)
			waiter_wake(job->waiter); /* the job is the waiter's from here on */
		else
			jobs_append(&posted, job);
	}
	while (posted.first) {
		struct loop *loop = posted.first->loop;

		loop_post(loop, &sort_out(&posted)->post);
	}
}

static void on_notes(struct post *p)
{
	struct note_delivery *d = CONTAINER_OF(p, struct note_delivery, post);

	for (size_t i = 0; i < d->len; i++)
		d->fn(&d->notes[i], d->arg);
	free(d);
}

void notes_deliver(struct loop *loop, void (*fn)(const struct change_note *note, void *arg),
		   void *arg, const struct change_note *notes, size_t len)
{
	struct note_delivery *d = xmalloc(sizeof(*d) + len * sizeof(*notes));

	*d = (struct note_delivery){ .post.fn = on_notes, .fn = fn, .arg = arg, .len = len };
	memcpy(d->notes, notes, len * sizeof(*notes));
	loop_post(loop, &d->post);
}

struct waiter *waiter_new(void)
{
	struct waiter *w = xcalloc(1, sizeof(*w));

	w->lock = mutex_new();
	w->woken = cond_new();
	return w;
}

void waiter_wait(struct waiter *w)
{
	mutex_lock(w->lock);
	while (!w->done)
		cond_wait(w->woken, w->lock);
	mutex_unlock(w->lock);
}

void waiter_wake(struct waiter *w)
{
	mutex_lock(w->lock);
	w->done = true;
	cond_signal(w->woken);
	mutex_unlock(w->lock);
}

void waiter_free(struct waiter **w)
{
	if (!*w)
		return;
	cond_free(&(*w)->woken);
	mutex_free(&(*w)->lock);
	free(TAKE(*w));
}
