/* loop_thread.c - see loop_thread.h. */
#include "net/loop_thread.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/thread.h"

struct loop_thread {
	struct loop *loop;
	struct thread *thread; /* NULL: it has ended */
	struct post stop;
};

static void run(void *arg)
{
	loop_run(((struct loop_thread *)arg)->loop);
}

static void on_stop(struct post *p)
{
	loop_stop(CONTAINER_OF(p, struct loop_thread, stop)->loop);
}

struct loop_thread *loop_thread_start(const char *name)
{
	struct loop_thread *t = xcalloc(1, sizeof(*t));

	t->loop = loop_new();
	t->stop.fn = on_stop;
	t->thread = thread_start(name, run, t);
	return t;
}

struct loop *loop_thread_loop(const struct loop_thread *t)
{
	return t->loop;
}

void loop_thread_stop(struct loop_thread *t)
{
	if (!t->thread)
		return;
	loop_post(t->loop, &t->stop);
	thread_join(&t->thread);
}

void loop_thread_free(struct loop_thread **t)
{
	if (!*t)
		return;
	loop_thread_stop(*t);
	loop_free(&(*t)->loop);
	free(TAKE(*t));
}
