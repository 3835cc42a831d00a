/* thread.c - pthreads behind four verbs; waits are measured on the monotonic clock. */
#include "base/thread.h"
#include "base/arena.h"
#include "base/os.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct thread {
	pthread_t id;
	char name[16]; /* what the kernel keeps of it */
	void (*fn)(void *arg);
	void *arg;
};

struct mutex {
	pthread_mutex_t m;
};

struct cond {
	pthread_cond_t c;
};

static void check(int rc, const char *what)
{
	if (rc != 0)
		die("%s: %s", what, strerror(rc));
}

static void *run(void *arg)
{
	struct thread *t = arg;

	pthread_setname_np(pthread_self(), t->name);
	t->fn(t->arg);
	return NULL;
}

struct thread *thread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct thread *t = xcalloc(1, sizeof(*t));
	sigset_t all, before;

	strncpy(t->name, name, sizeof(t->name) - 1);
	t->fn = fn;
	t->arg = arg;
	/* Signals are the loop's: a thread inherits the mask, so it is set before the start. */
	sigfillset(&all);
	check(pthread_sigmask(SIG_SETMASK, &all, &before), "signal mask");
	check(pthread_create(&t->id, NULL, run, t), "thread");
	check(pthread_sigmask(SIG_SETMASK, &before, NULL), "signal mask");
	return t;
}

void thread_join(struct thread **t)
{
	if (!*t)
		return;
	check(pthread_join((*t)->id, NULL), "join");
	free(TAKE(*t));
}

struct mutex *mutex_new(void)
{
	struct mutex *m = xmalloc(sizeof(*m));

	check(pthread_mutex_init(&m->m, NULL), "mutex");
	return m;
}

void mutex_lock(struct mutex *m)
{
	check(pthread_mutex_lock(&m->m), "mutex");
}

void mutex_unlock(struct mutex *m)
{
	check(pthread_mutex_unlock(&m->m), "mutex");
}

void mutex_free(struct mutex **m)
{
	if (!*m)
		return;
	check(pthread_mutex_destroy(&(*m)->m), "mutex");
	free(TAKE(*m));
}

struct cond *cond_new(void)
{
	struct cond *c = xmalloc(sizeof(*c));
	pthread_condattr_t attr;

	check(pthread_condattr_init(&attr), "condition");
	check(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "condition");
	check(pthread_cond_init(&c->c, &attr), "condition");
	pthread_condattr_destroy(&attr);
	return c;
}

void cond_wait(struct cond *c, struct mutex *m)
{
	check(pthread_cond_wait(&c->c, &m->m), "condition");
}

void cond_wait_ms(struct cond *c, struct mutex *m, int64_t ms)
{
	struct timespec at;
	int rc;

	if (ms < 0)
		ms = 0;
	if (clock_gettime(CLOCK_MONOTONIC, &at) < 0)
		die("the clock cannot be read");
	at.tv_sec += (time_t)(ms / 1000);
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	rc = pthread_cond_timedwait(&c->c, &m->m, &at);
	check(rc == ETIMEDOUT ? 0 : rc, "condition");
}

void cond_signal(struct cond *c)
{
	check(pthread_cond_signal(&c->c), "condition");
}

void cond_free(struct cond **c)
{
	if (!*c)
		return;
	check(pthread_cond_destroy(&(*c)->c), "condition");
	free(TAKE(*c));
}
