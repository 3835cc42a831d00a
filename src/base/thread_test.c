#include "base/thread.h"
#include "base/clock.h"
#include "base/test.h"

#include <stdbool.h>

struct box {
	struct mutex *lock;
	struct cond *changed;
	int count;
	bool asked;
};

static void work(void *arg)
{
	struct box *b = arg;

	mutex_lock(b->lock);
	while (!b->asked)
		cond_wait(b->changed, b->lock);
	b->count++;
	cond_signal(b->changed);
	mutex_unlock(b->lock);
}

TEST(a_thread_waits_is_woken_and_joined)
{
	struct box b = { .lock = mutex_new(), .changed = cond_new() };
	struct thread *t = thread_start("a name longer than the kernel keeps", work, &b);

	mutex_lock(b.lock);
	b.asked = true;
	cond_signal(b.changed);
	while (b.count == 0)
		cond_wait_ms(b.changed, b.lock, 1000);
	mutex_unlock(b.lock);
	thread_join(&t);
	assert_null(t);
	thread_join(&t);
	assert_int_equal(b.count, 1);
	mutex_free(&b.lock);
	cond_free(&b.changed);
	mutex_free(&b.lock);
	cond_free(&b.changed);
}

TEST(a_wait_ends_by_itself)
{
	struct mutex *m = mutex_new();
	struct cond *c = cond_new();
	int64_t until = clock_mono_ms() + 20;

	mutex_lock(m);
	while (clock_mono_ms() < until)
		cond_wait_ms(c, m, until - clock_mono_ms());
	cond_wait_ms(c, m, -5);
	mutex_unlock(m);
	mutex_free(&m);
	cond_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_thread_waits_is_woken_and_joined),
		RUN(a_wait_ends_by_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
