/* loop_test.c - timers, tasks, the inbox, watches, files and processes on one loop. */
#include "base/test.h"
#include "net/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "net/test_net.h"

/* ---- timers ---- */

struct clock_timer {
	struct timer timer;
	struct loop *loop;
	int64_t delay_ms;
	int runs;
	struct clock_timer *stops; /* another one that it stops */
	bool repeats;
};

static int order[64], order_len;

static void on_clock(struct timer *t)
{
	struct clock_timer *c = CONTAINER_OF(t, struct clock_timer, timer);

	c->runs++;
	assert_false(timer_running(t));
	if (order_len < 64)
		order[order_len++] = (int)c->delay_ms;
	if (c->stops)
		timer_stop(c->loop, &c->stops->timer);
	if (c->repeats)
		timer_start(c->loop, t, c->delay_ms);
}

static void start(struct loop *l, struct clock_timer *c, int64_t delay_ms)
{
	*c = (struct clock_timer){ .loop = l, .delay_ms = delay_ms };
	timer_init(&c->timer, on_clock);
	timer_start(l, &c->timer, delay_ms);
}

static int64_t due_ms(const struct clock_timer *c, size_t len, int delay_ms)
{
	while (len-- > 1 && c[len].delay_ms != delay_ms)
		;
	return c[len].timer.at_ms;
}

TEST(timers_run_in_the_order_of_their_times_and_not_before)
{
	static const int delays[] = { 30, 5, 20, 1, 25, 10, 15, 2 };
	struct loop *l = loop_new();
	struct clock_timer c[ARRAY_LEN(delays)];
	int64_t start_ms = clock_mono_ms();

	order_len = 0;
	for (size_t i = 0; i < ARRAY_LEN(delays); i++)
		start(l, &c[i], delays[i]);
	assert_int_equal(loop_counts(l).timers, ARRAY_LEN(delays));
	while (loop_counts(l).timers)
		test_turns(l, 1);
	assert_true(clock_mono_ms() - start_ms >= 30);
	assert_int_equal(order_len, ARRAY_LEN(delays));
	/* Of their times, not of their delays: the machine may have paused between two starts. */
	for (int i = 1; i < order_len; i++)
		assert_true(due_ms(c, ARRAY_LEN(delays), order[i - 1]) <=
			    due_ms(c, ARRAY_LEN(delays), order[i]));
	loop_free(&l);
}

TEST(a_stopped_timer_does_not_run_even_if_it_was_due_in_the_same_turn)
{
	struct loop *l = loop_new();
	struct clock_timer first, second;

	start(l, &first, 5);
	start(l, &second, 6);
	first.stops = &second;
	usleep(15000);
	test_turns(l, 10);
	assert_int_equal(first.runs, 1);
	assert_int_equal(second.runs, 0);
	timer_stop(l, &second.timer);
	loop_free(&l);
}

TEST(a_timer_of_no_delay_that_starts_itself_does_not_keep_its_turn)
{
	struct loop *l = loop_new();
	struct clock_timer c;

	start(l, &c, 0);
	c.repeats = true;
	test_turns(l, 20);
	assert_in_range(c.runs, 2, 25);
	timer_stop(l, &c.timer);
	loop_free(&l);
}

TEST(many_timers_may_be_stopped_in_any_order)
{
	enum { N = 500 };
	struct loop *l = loop_new();
	struct clock_timer *c = calloc(N, sizeof(*c));
	int runs = 0;

	for (int i = 0; i < N; i++)
		start(l, &c[i], 1 + i * 7919 % 40);
	for (int i = 0; i < N; i += 3)
		timer_stop(l, &c[i * 7 % N].timer);
	while (loop_counts(l).timers)
		test_turns(l, 1);
	for (int i = 0; i < N; i++)
		runs += c[i].runs;
	assert_int_equal(runs, N - (N + 2) / 3);
	free(c);
	loop_free(&l);
}

TEST(a_loop_with_nothing_to_do_sleeps)
{
	struct loop *l = loop_new();
	struct clock_timer c;
	uint64_t before;

	start(l, &c, 1);
	test_turns(l, 5);
	before = loop_counts(l).turns;
	test_turns(l, 60);
	assert_true(loop_counts(l).turns - before <= 3);
	loop_free(&l);
}

/* ---- tasks ---- */

struct work {
	struct task task;
	struct loop *loop;
	int runs, left; /* marks itself again so often */
	bool next_turn;
	struct work *cancels;
};

static void on_work(struct task *t)
{
	struct work *w = CONTAINER_OF(t, struct work, task);

	w->runs++;
	if (w->cancels)
		task_cancel(&w->cancels->task);
	if (w->left-- <= 0)
		return;
	if (w->next_turn)
		loop_again(w->loop, t);
	else
		loop_later(w->loop, t);
}

static void prepare(struct loop *l, struct work *w, int left)
{
	*w = (struct work){ .loop = l, .left = left };
	task_init(&w->task, on_work);
}

TEST(a_task_runs_once_however_often_it_is_marked)
{
	struct loop *l = loop_new();
	struct work w, cancelled;

	prepare(l, &w, 0);
	prepare(l, &cancelled, 0);
	loop_later(l, &w.task);
	loop_later(l, &w.task);
	loop_again(l, &w.task);
	loop_later(l, &cancelled.task);
	assert_true(task_marked(&w.task));
	w.cancels = &cancelled;
	test_turns(l, 1);
	assert_int_equal(w.runs, 1);
	assert_int_equal(cancelled.runs, 0);
	assert_false(task_marked(&w.task));
	task_cancel(&w.task);
	loop_free(&l);
}

TEST(tasks_that_mark_tasks_run_in_rounds_and_leave_the_rest_to_the_next_turn)
{
	struct loop *l = loop_new();
	struct work same, next;

	prepare(l, &same, 1000);
	prepare(l, &next, 1000);
	next.next_turn = true;
	loop_later(l, &same.task);
	loop_again(l, &next.task);
	loop_stop(l);
	loop_run(l); /* one turn */
	assert_int_equal(same.runs, 8);
	assert_int_equal(next.runs, 1);
	loop_stop(l);
	loop_run(l);
	assert_int_equal(same.runs, 16);
	assert_int_equal(next.runs, 2);
	task_cancel(&same.task);
	task_cancel(&next.task);
	loop_free(&l);
}

struct doomed {
	struct task task;
	struct loop *loop;
	bool *freed;
	int runs;
};

static void on_doomed(struct task *t)
{
	CONTAINER_OF(t, struct doomed, task)->runs++;
}

static void on_reap(struct task *t)
{
	struct doomed *d = CONTAINER_OF(t, struct doomed, task);

	assert_int_equal(d->runs, 0);
	*d->freed = true;
	free(d);
}

TEST(what_is_reaped_goes_after_all_tasks_and_does_not_run_as_a_task)
{
	struct loop *l = loop_new();
	struct doomed *d = calloc(1, sizeof(*d));
	bool freed = false;
	struct work w;

	prepare(l, &w, 3);
	d->freed = &freed;
	task_init(&d->task, on_doomed);
	loop_later(l, &d->task);
	loop_reap(l, &d->task, on_reap);
	loop_later(l, &w.task);
	assert_false(freed);
	loop_stop(l);
	loop_run(l);
	assert_true(freed);
	assert_int_equal(w.runs, 4);
	loop_free(&l);
}

/* ---- the inbox ---- */

struct letter {
	struct post post;
	int n, *last;
};

static void on_letter(struct post *p)
{
	struct letter *m = CONTAINER_OF(p, struct letter, post);

	assert_int_equal(*m->last + 1, m->n);
	*m->last = m->n;
	free(m);
}

static void post(struct loop *l, int n, int *last)
{
	struct letter *m = calloc(1, sizeof(*m));

	m->post.fn = on_letter;
	m->n = n;
	m->last = last;
	loop_post(l, &m->post);
}

TEST(posts_arrive_in_order_and_none_is_lost_when_the_loop_is_freed)
{
	struct loop *l = loop_new();
	int last = 0;

	for (int i = 1; i <= 100; i++)
		post(l, i, &last);
	assert_int_equal(last, 0);
	test_turns(l, 1);
	assert_int_equal(last, 100);
	post(l, 101, &last);
	post(l, 102, &last);
	loop_free(&l);
	assert_int_equal(last, 102);
}

/* ---- a process that did not live for a while ---- */

struct stopped {
	struct post sleep, word;
	struct timer deadline;
	struct loop *loop;
	bool heard, late;
};

static void on_word(struct post *p)
{
	struct stopped *s = CONTAINER_OF(p, struct stopped, word);

	s->heard = true;
	timer_stop(s->loop, &s->deadline);
}

/* What comes meanwhile lies there when the process goes on. */
static void on_sleep(struct post *p)
{
	struct stopped *s = CONTAINER_OF(p, struct stopped, sleep);

	(void)!clock_skip_ms(20000);
	loop_post(s->loop, &s->word);
}

static void on_deadline(struct timer *t)
{
	CONTAINER_OF(t, struct stopped, deadline)->late = true;
}

static bool deadline_over(void *arg)
{
	return !timer_running(&((struct stopped *)arg)->deadline);
}

TEST(who_spoke_while_the_process_was_stopped_is_heard_before_its_deadline_counts)
{
	struct loop *l = loop_new();
	struct stopped s = { .loop = l, .sleep.fn = on_sleep, .word.fn = on_word };

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	timer_init(&s.deadline, on_deadline);
	timer_start(l, &s.deadline, 15000);
	loop_post(l, &s.sleep);
	assert_true(loop_run_until(l, deadline_over, &s, 60000));
	assert_true(s.heard);
	assert_false(s.late);
	loop_free(&l);
}

/* ---- watches ---- */

struct seen {
	unsigned events;
	int calls;
};

static void on_ready(struct watch *w, unsigned events, void *owner)
{
	struct seen *s = owner;

	s->events |= events;
	s->calls++;
}

TEST(a_peer_that_goes_is_told_once_even_if_nothing_else_is_watched)
{
	struct loop *l = loop_new();
	struct watch *w = NULL;
	struct seen s = { 0 };
	int fds[2];

	test_pair(fds);
	assert_int_equal(watch_open(l, fds[0], 0, on_ready, &s, &w), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	test_turns(l, 10);
	assert_int_equal(s.calls, 0);
	close(fds[1]);
	test_turns(l, 20);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.events, WATCH_GONE);
	watch_set(w, WATCH_READ);
	test_turns(l, 2);
	assert_true(s.events & WATCH_READ);
	watch_close(&w);
	assert_null(w);
	watch_close(&w);
	close(fds[0]);
	loop_free(&l);
}

TEST(a_closed_watch_says_nothing_and_its_descriptor_may_be_watched_anew)
{
	struct loop *l = loop_new();
	struct seen old = { 0 }, new = { 0 };
	struct watch *w = NULL;
	int fds[2];

	test_pair(fds);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(watch_open(l, fds[0], WATCH_READ, on_ready, &old, &w), 0);
	watch_close(&w);
	assert_int_equal(watch_open(l, fds[0], WATCH_READ | WATCH_WRITE, on_ready, &new, &w), 0);
	test_turns(l, 2);
	assert_int_equal(old.calls, 0);
	assert_int_equal(new.events, WATCH_READ | WATCH_WRITE);
	assert_int_equal(loop_counts(l).watches, 1);
	watch_close(&w);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(loop_counts(l).watches, 0);
	assert_true(watch_open(l, fds[0], WATCH_READ, on_ready, &new, &w) < 0);
	loop_free(&l);
}

/* ---- signals, files, processes ---- */

static void count(void *arg)
{
	(*(int *)arg)++;
}

static bool counted(void *arg)
{
	return *(int *)arg > 0;
}

TEST(signals_arrive_on_the_loop)
{
	struct loop *l = loop_new();
	int stops = 0, reloads = 0;

	loop_on_stop(l, count, &stops);
	loop_on_reload(l, count, &reloads);
	raise(SIGHUP);
	assert_true(loop_run_until(l, counted, &reloads, TEST_WAIT_MS));
	assert_int_equal(stops, 0);
	raise(SIGTERM);
	assert_true(loop_run_until(l, counted, &stops, TEST_WAIT_MS));
	stops = 0;
	raise(SIGINT);
	assert_true(loop_run_until(l, counted, &stops, TEST_WAIT_MS));
	loop_free(&l);
}

struct told {
	struct loop *loop;
	int64_t at_ms; /* the loop's time then */
};

static void on_told(void *arg)
{
	struct told *t = arg;

	t->at_ms = loop_now_ms(t->loop);
}

static bool is_told(void *arg)
{
	return ((struct told *)arg)->at_ms != 0;
}

TEST(who_hears_a_signal_sees_the_time_after_the_sleep)
{
	struct loop *l = loop_new();
	struct told t = { .loop = l };
	int64_t sent_ms;

	loop_on_reload(l, on_told, &t);
	test_turns(l, 1);
	if (!clock_skip_ms(60000))
		skip(); /* built without test hooks */
	sent_ms = clock_mono_ms();
	raise(SIGHUP);
	assert_true(loop_run_until(l, is_told, &t, TEST_WAIT_MS));
	assert_true(t.at_ms >= sent_ms);
	loop_free(&l);
}

TEST(a_watched_file_tells_when_it_is_made_replaced_and_removed)
{
	char dir[] = "/tmp/imprimatur-watch-XXXXXX", path[64], other[64];
	struct loop *l = loop_new();
	struct file_watch *w;
	int changes = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/permissions.json", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	w = file_watch_open(l, path, count, &changes);
	test_turns(l, 5);
	assert_int_equal(changes, 0);
	for (int i = 0; i < 3; i++) {
		changes = 0;
		assert_int_equal(file_replace(path, "on", 2, FILE_PRIVATE), 0);
		assert_true(loop_run_until(l, counted, &changes, TEST_WAIT_MS));
	}
	test_turns(l, 5);
	changes = 0;
	assert_int_equal(file_replace(other, "on", 2, FILE_PRIVATE), 0);
	test_turns(l, 20);
	assert_int_equal(changes, 0);
	assert_int_equal(file_remove(path), 0);
	assert_true(loop_run_until(l, counted, &changes, TEST_WAIT_MS));
	file_watch_close(&w);
	assert_null(w);
	assert_int_equal(file_remove(other), 0);
	rmdir(dir);
	loop_free(&l);
}

TEST(a_file_in_a_folder_that_is_not_there_is_looked_for)
{
	char dir[] = "/tmp/imprimatur-watch-XXXXXX", path[80];
	struct loop *l = loop_new();
	int changes = 0;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/later/file", dir);
	file_watch_open(l, path, count, &changes);
	path[strlen(dir) + 6] = '\0';
	assert_int_equal(file_make_dir(path), 0);
	path[strlen(dir) + 6] = '/';
	assert_int_equal(file_replace(path, "", 0, FILE_PRIVATE), 0);
	assert_true(loop_run_until(l, counted, &changes, TEST_WAIT_MS));
	unlink(path);
	loop_free(&l); /* takes the watch with it */
	path[strlen(dir) + 6] = '\0';
	rmdir(path);
	rmdir(dir);
}

TEST(the_end_of_a_process_is_told)
{
	struct loop *l = loop_new();
	int ends = 0, status;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	loop_on_process_end(l, pid, count, &ends);
	loop_on_process_end(l, getpid(), count, &ends); /* freed with the loop */
	test_turns(l, 10);
	assert_int_equal(ends, 0);
	kill(pid, SIGKILL);
	assert_true(loop_run_until(l, counted, &ends, TEST_WAIT_MS));
	waitpid(pid, &status, 0);
	ends = 0;
	loop_on_process_end(l, pid, count, &ends); /* long gone */
	assert_true(loop_run_until(l, counted, &ends, TEST_WAIT_MS));
	loop_free(&l);
}

static bool always_idle(void *arg)
{
	return true;
}

static bool timer_over(void *arg)
{
	return !timer_running(arg);
}

static void on_minute(struct timer *t)
{
}

TEST(time_in_which_nothing_happens_is_skipped_to_the_next_timer_and_no_further)
{
	struct loop *l = loop_new();
	int64_t before_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
	struct timer soon, late;

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	timer_init(&soon, on_minute);
	timer_init(&late, on_minute);
	timer_start(l, &soon, 60000);
	timer_start(l, &late, 600000);
	assert_true(loop_skip_until(l, timer_over, always_idle, &soon, 3600000));
	assert_in_range(clock_mono_ms() - before_ms, 60000, 90000);
	assert_in_range(clock_wall_ms() - wall_ms, 60000, 90000);
	assert_true(timer_running(&late));
	assert_false(loop_skip_until(l, timer_over, always_idle, &late, 60000));
	timer_stop(l, &late);
	loop_free(&l);
}

/* How far b lies behind a, modulo a page. */
static size_t behind(const uint8_t *a, const uint8_t *b)
{
	return ((uintptr_t)b - (uintptr_t)a) % 4096;
}

TEST(scratch_buffers_are_apart_within_a_page)
{
	struct loop *l = loop_new();
	uint8_t *buffers[] = { loop_read_scratch(l), loop_write_scratch(l), loop_wire_scratch(l) };

	for (size_t i = 0; i < ARRAY_LEN(buffers); i++) {
		const uint8_t *next = buffers[(i + 1) % ARRAY_LEN(buffers)];

		assert_in_range(behind(buffers[i], next), 512, 4096 - 512);
	}
	loop_free(&l);
}

struct batch {
	struct task task;
	int told, since, most, runs;
};

static void on_batch_task(struct task *t)
{
	struct batch *b = CONTAINER_OF(t, struct batch, task);

	b->most = b->since > b->most ? b->since : b->most;
	b->since = 0;
	b->runs++;
}

struct batched {
	struct batch *batch;
	struct loop *loop;
	struct watch *watch;
	int fd[2];
};

static void on_batched(struct watch *w, unsigned events, void *owner)
{
	struct batched *one = owner;

	one->batch->told++;
	one->batch->since++;
	loop_later(one->loop, &one->batch->task);
	watch_close(&one->watch); /* told once; what is told of it goes on with a closed watch */
}

TEST(of_a_large_batch_tasks_run_after_each_sixteen_events)
{
	struct loop *l = loop_new();
	struct batched all[40];
	struct batch b = { 0 };

	task_init(&b.task, on_batch_task);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		all[i] = (struct batched){ .batch = &b, .loop = l };
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, all[i].fd), 0);
		assert_int_equal(
			watch_open(l, all[i].fd[0], WATCH_READ, on_batched, &all[i], &all[i].watch),
			0);
		assert_int_equal(write(all[i].fd[1], "x", 1), 1);
	}
	test_turns(l, 1);
	assert_int_equal(b.told, ARRAY_LEN(all));
	assert_int_equal(b.most, 16);
	assert_int_equal(b.runs, 3);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		close(all[i].fd[0]);
		close(all[i].fd[1]);
	}
	loop_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scratch_buffers_are_apart_within_a_page),
		RUN(timers_run_in_the_order_of_their_times_and_not_before),
		RUN(a_stopped_timer_does_not_run_even_if_it_was_due_in_the_same_turn),
		RUN(a_timer_of_no_delay_that_starts_itself_does_not_keep_its_turn),
		RUN(many_timers_may_be_stopped_in_any_order),
		RUN(a_loop_with_nothing_to_do_sleeps),
		RUN(a_task_runs_once_however_often_it_is_marked),
		RUN(tasks_that_mark_tasks_run_in_rounds_and_leave_the_rest_to_the_next_turn),
		RUN(what_is_reaped_goes_after_all_tasks_and_does_not_run_as_a_task),
		RUN(posts_arrive_in_order_and_none_is_lost_when_the_loop_is_freed),
		RUN(who_spoke_while_the_process_was_stopped_is_heard_before_its_deadline_counts),
		RUN(a_peer_that_goes_is_told_once_even_if_nothing_else_is_watched),
		RUN(a_closed_watch_says_nothing_and_its_descriptor_may_be_watched_anew),
		RUN(of_a_large_batch_tasks_run_after_each_sixteen_events),
		RUN(signals_arrive_on_the_loop),
		RUN(who_hears_a_signal_sees_the_time_after_the_sleep),
		RUN(a_watched_file_tells_when_it_is_made_replaced_and_removed),
		RUN(a_file_in_a_folder_that_is_not_there_is_looked_for),
		RUN(the_end_of_a_process_is_told),
		RUN(time_in_which_nothing_happens_is_skipped_to_the_next_timer_and_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
