/* job.h - a job on its way from a loop to a database thread and back; db/ only.
 *
 *   made by db.c on the loop --> queue (queue.c) --> run (db thread) --> delivery, posted --> loop
 *
 * `owner`, `link` and `estate` belong to the loop's thread; the rest to whoever holds the job. */
#ifndef DB_JOB_H
#define DB_JOB_H

#include "db/db.h"
#include "net/loop.h"

#include <stdatomic.h>
#include <stddef.h>

struct change_note;
struct work;

enum job_flags { JOB_WRITE = 1, JOB_SYSTEM = 2 };

/* Somebody who blocks until the job is done. */
struct waiter;

struct job {
	struct job *next; /* in a queue, a batch or a delivery */
	unsigned flags;
	struct id provider; /* zero for system jobs */
	union {
		db_fn tenant;
		db_system_fn system;
	} fn;
	db_done_fn done;
	int rc;
	struct arena own; /* memory for results, unless a waiter brought its own */
	struct arena *mem;
	void *data; /* behind the job, or the waiter's */
	size_t size;

	struct waiter *waiter; /* NULL: an owner's job */
	struct loop *loop;
	struct db_owner *owner; /* NULL: gone */
	struct link link;       /* in owner->jobs, or estate's */
	struct estate *estate;
	atomic_bool gone; /* what database threads may know of the owner */
};

struct jobs {
	struct job *first, **last;
};

static inline void jobs_init(struct jobs *j)
{
	j->first = NULL;
	j->last = &j->first;
}

static inline void jobs_append(struct jobs *j, struct job *job)
{
	job->next = NULL;
	*j->last = job;
	j->last = &job->next;
}

static inline struct job *jobs_take(struct jobs *j)
{
	struct job *job = j->first;

	if (job) {
		j->first = job->next;
		if (!j->first)
			j->last = &j->first;
		job->next = NULL;
	}
	return job;
}

/* Runs the job's function on this thread; its result is job->rc. */
void job_run(struct job *job, struct work *w);

/* Gives finished jobs back: one post a loop, in order. */
void jobs_deliver(struct jobs *jobs);

/* Posts a copy of the notes for fn. */
void notes_deliver(struct loop *loop, void (*fn)(const struct change_note *note, void *arg),
		   void *arg, const struct change_note *notes, size_t len);

/* Waits on the waiter / wakes it. */
struct waiter *waiter_new(void);
void waiter_wait(struct waiter *w);
void waiter_wake(struct waiter *w);
void waiter_free(struct waiter **w);

#endif
