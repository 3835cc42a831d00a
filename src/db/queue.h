/* queue.h - jobs that wait for a database thread: first come first served, bounded a provider.
 *
 * Any thread may put and take. */
#ifndef DB_QUEUE_H
#define DB_QUEUE_H

#include "db/job.h"

struct queue;

struct queue *queue_new(void);
void queue_free(struct queue **q); /* must be empty */

/* ERR_BUSY: the provider's share, or all, is used up; ERR_CANCELLED: closed. */
MUST_USE int queue_put(struct queue *q, struct job *job);

/* The next job (those with JOB_WRITE and those without wait in two lines); NULL if there is none:
 * at once, or, for queue_wait, once the queue is closed and empty. */
struct job *queue_take(struct queue *q, unsigned flags);
struct job *queue_wait(struct queue *q, unsigned flags);

/* No more jobs come; those who wait for one are woken. */
void queue_close(struct queue *q);

#endif
