/* loop_threads_test.c - posting from several threads at once; run under the thread sanitizer. */
#include "base/test.h"
#include "net/loop.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/thread.h"
#include "net/test_net.h"

enum { THREADS = 4, LETTERS = 5000 };

struct sender {
	struct loop *loop;
	struct thread *thread;
	int next; /* read and written on the loop's thread only */
	int *arrived;
};

struct letter {
	struct post post;
	struct sender *from;
	int n;
};

static void on_letter(struct post *p)
{
	struct letter *m = CONTAINER_OF(p, struct letter, post);

	assert_int_equal(m->n, m->from->next);
	m->from->next++;
	(*m->from->arrived)++;
	free(m);
}

static void send_all(void *arg)
{
	struct sender *s = arg;

	for (int i = 0; i < LETTERS; i++) {
		struct letter *m = xcalloc(1, sizeof(*m));

		m->post.fn = on_letter;
		m->from = s;
		m->n = i;
		loop_post(s->loop, &m->post);
	}
}

static bool all_arrived(void *arg)
{
	return *(int *)arg == THREADS * LETTERS;
}

TEST(posts_of_many_threads_arrive_once_each_and_in_each_threads_order)
{
	struct loop *l = loop_new();
	struct sender senders[THREADS];
	int arrived = 0;

	for (int i = 0; i < THREADS; i++)
		senders[i] = (struct sender){ .loop = l, .arrived = &arrived };
	for (int i = 0; i < THREADS; i++)
		senders[i].thread = thread_start("sender", send_all, &senders[i]);
	assert_true(loop_run_until(l, all_arrived, &arrived, 10 * TEST_WAIT_MS));
	for (int i = 0; i < THREADS; i++)
		thread_join(&senders[i].thread);
	loop_free(&l);
	assert_int_equal(arrived, THREADS * LETTERS);
}

/* What the database does: a job goes to a thread and its answer comes back. */
struct job {
	struct post post;
	struct thread *thread;
	struct loop *loop;
	int value;
	bool done;
};

static void on_answer(struct post *p)
{
	CONTAINER_OF(p, struct job, post)->done = true;
}

static void work(void *arg)
{
	struct job *j = arg;

	j->value *= 2;
	loop_post(j->loop, &j->post);
}

static bool is_done(void *arg)
{
	return ((struct job *)arg)->done;
}

TEST(an_answer_wakes_a_loop_that_sleeps_and_shows_what_the_thread_wrote)
{
	struct loop *l = loop_new();

	for (int i = 0; i < 50; i++) {
		struct job j = { .post.fn = on_answer, .loop = l, .value = i };

		j.thread = thread_start("worker", work, &j);
		assert_true(loop_run_until(l, is_done, &j, TEST_WAIT_MS));
		assert_int_equal(j.value, 2 * i);
		thread_join(&j.thread);
	}
	loop_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(posts_of_many_threads_arrive_once_each_and_in_each_threads_order),
		RUN(an_answer_wakes_a_loop_that_sleeps_and_shows_what_the_thread_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
