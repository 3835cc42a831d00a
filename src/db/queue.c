/* queue.c - two lines (reads, writes) under one lock, with a count a provider.
 *
 * A provider that floods the hub fills its own share only.  System jobs (look-ups that come before
 * it is known whose call it is) are bounded by the whole. */
#include "db/queue.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/thread.h"

#include <stdlib.h>

struct line {
	struct jobs jobs;
	struct cond *came;
};

/* How many jobs of one provider wait; there while any does. */
struct share {
	struct id provider;
	size_t waiting;
};

struct queue {
	struct mutex *lock;
	struct line reads, writes;
	struct map shares;
	size_t waiting;
	bool closed;
};

struct queue *queue_new(void)
{
	struct queue *q = xcalloc(1, sizeof(*q));

	q->lock = mutex_new();
	jobs_init(&q->reads.jobs);
	jobs_init(&q->writes.jobs);
	q->reads.came = cond_new();
	q->writes.came = cond_new();
	return q;
}

void queue_free(struct queue **queue)
{
	struct queue *q = *queue;

	if (!q)
		return;
	assert(q->waiting == 0);
	map_done(&q->shares);
	cond_free(&q->reads.came);
	cond_free(&q->writes.came);
	mutex_free(&q->lock);
	free(q);
	*queue = NULL;
}

static struct line *line_of(struct queue *q, unsigned flags)
{
	return flags & JOB_WRITE ? &q->writes : &q->reads;
}

static int count_in(struct queue *q, struct id provider)
{
	struct share *s = map_get(&q->shares, provider.b, sizeof(provider.b));
	size_t max = id_is_zero(provider) ? DB_QUEUE_ALL : DB_QUEUE_PROVIDER;

	if (q->waiting == DB_QUEUE_ALL || (s && s->waiting == max))
		return ERR_BUSY;
	if (!s) {
		s = xcalloc(1, sizeof(*s));
		s->provider = provider;
		map_put(&q->shares, s->provider.b, sizeof(s->provider.b), s);
	}
	s->waiting++;
	q->waiting++;
	metric_set(M_DB_QUEUED, (int64_t)q->waiting);
	return 0;
}

static void count_out(struct queue *q, struct id provider)
{
	struct share *s = map_get(&q->shares, provider.b, sizeof(provider.b));

	if (--s->waiting == 0)
		free(map_remove(&q->shares, provider.b, sizeof(provider.b)));
	q->waiting--;
	metric_set(M_DB_QUEUED, (int64_t)q->waiting);
}

int queue_put(struct queue *q, struct job *job)
{
	struct line *line = line_of(q, job->flags);
	int rc;

	mutex_lock(q->lock);
	rc = q->closed ? ERR_CANCELLED : count_in(q, job->provider);
	if (rc == 0) {
		jobs_append(&line->jobs, job);
		cond_signal(line->came);
	}
	mutex_unlock(q->lock);
	return rc;
}

static struct job *take_locked(struct queue *q, struct line *line)
{
	struct job *job = jobs_take(&line->jobs);

	if (job)
		count_out(q, job->provider);
	return job;
}

struct job *queue_take(struct queue *q, unsigned flags)
{
	struct job *job;

	mutex_lock(q->lock);
	job = take_locked(q, line_of(q, flags));
	mutex_unlock(q->lock);
	return job;
}

struct job *queue_wait(struct queue *q, unsigned flags)
{
	struct line *line = line_of(q, flags);
	struct job *job;

	mutex_lock(q->lock);
	while (!line->jobs.first && !q->closed)
		cond_wait(line->came, q->lock);
	job = take_locked(q, line);
	/* One signal wakes one thread; whoever ends hands the news on to the next. */
	if (!job)
		cond_signal(line->came);
	mutex_unlock(q->lock);
	return job;
}

void queue_close(struct queue *q)
{
	mutex_lock(q->lock);
	q->closed = true;
	cond_signal(q->reads.came);
	cond_signal(q->writes.came);
	mutex_unlock(q->lock);
}
