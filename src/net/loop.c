/* loop.c - one thread's loop on libuv.
 *
 * uv_run() is never nested, so when it returns no readiness batch is open any more: that is where
 * timers and reaping run, and the tasks that did not run between two events of the batch.  Timers
 * are a binary heap of our own, because uv_timer_t is as large as the objects that would embed it
 * and closes asynchronously; one uv_timer wakes the poll for the earliest. */
#include "net/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/os.h"
#include "net/loop_int.h"

#define ROUNDS 8
/* Events of one batch after which tasks run: what the first brought is not held back until the last
 * has been read, and whoever waits for it works meanwhile on another processor. */
#define TASKS_EVERY 16
/* Octets by which the scratch buffers are apart modulo a page, from each other and from what
 * allocators give.  Where the addresses of source and destination differ by 1 to 15 modulo 4096, as
 * those of a text and of the TLS record that it becomes would, AMD's processors copy 8 KiB and more
 * thirty times as slowly (glibc's bug 30994). */
#define STAGGER 1024
/* A timer that is due for so long has waited for us, not we for it. */
#define LATE_MS 1000

enum { SIG_INT, SIG_TERM, SIG_HUP, SIGNALS };

struct hook {
	void (*fn)(void *arg);
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_timer_t wake;
	uv_async_t inbox;
	uv_signal_t signals[SIGNALS];
	struct hook on_stop, on_reload;

	uv_mutex_t lock; /* guards posts */
	struct post *posts, **posts_tail;

	struct timer **heap; /* 1-based */
	size_t heap_len, heap_cap;
	int64_t armed_ms; /* what `wake` waits for; -1: nothing */

	struct link later, again, reap;
	struct link guests;
	bool stopping;
	int64_t now_ms;
	bool slept; /* and nobody has asked for the time since */
	struct loop_pool pool;
	uint64_t turns;
	size_t events; /* of this turn */
	size_t watches;
	uint8_t *scratch; /* reading, writing, the wire; STAGGER before each */
};

struct watch {
	uv_poll_t poll;
	struct loop *loop;
	watch_fn *fn;
	void *owner;
	uint8_t events;
	bool gone; /* reported; not watched any more */
};

static void must(int rc, const char *what)
{
	if (rc < 0)
		die("%s: %s", what, uv_strerror(rc));
}

/* ---- the time ---- */

static void read_clock(struct loop *l)
{
	l->now_ms = clock_mono_ms();
	l->slept = false;
}

/* libuv tells nobody that it wakes before it calls back, and calls back from several places: who
 * asks first looks at the clock. */
int64_t loop_now_ms(struct loop *l)
{
	if (l->slept)
		read_clock(l);
	return l->now_ms;
}

/* ---- timers ---- */

static void heap_set(struct loop *l, size_t slot, struct timer *t)
{
	l->heap[slot] = t;
	t->slot = (uint32_t)slot;
}

static void heap_up(struct loop *l, size_t slot, struct timer *t)
{
	while (slot > 1 && l->heap[slot / 2]->at_ms > t->at_ms) {
		heap_set(l, slot, l->heap[slot / 2]);
		slot /= 2;
	}
	heap_set(l, slot, t);
}

static void heap_down(struct loop *l, size_t slot, struct timer *t)
{
	for (;;) {
		size_t child = slot * 2;

		if (child > l->heap_len)
			break;
		if (child < l->heap_len && l->heap[child + 1]->at_ms < l->heap[child]->at_ms)
			child++;
		if (l->heap[child]->at_ms >= t->at_ms)
			break;
		heap_set(l, slot, l->heap[child]);
		slot = child;
	}
	heap_set(l, slot, t);
}

void timer_init(struct timer *t, void (*fn)(struct timer *t))
{
	*t = (struct timer){ .fn = fn };
}

void timer_start(struct loop *l, struct timer *t, int64_t delay_ms)
{
	timer_stop(l, t);
	t->at_ms = clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
	/* Never due in the turn that starts it, or a timer of no delay would keep its turn for
	 * ever. */
	if (t->at_ms <= loop_now_ms(l))
		t->at_ms = l->now_ms + 1;
	if (l->heap_len + 1 >= l->heap_cap) {
		l->heap_cap = l->heap_cap ? l->heap_cap * 2 : 64;
		l->heap = xrealloc(l->heap, l->heap_cap * sizeof(struct timer *));
	}
	heap_up(l, ++l->heap_len, t);
}

void timer_stop(struct loop *l, struct timer *t)
{
	struct timer *last;
	size_t slot = t->slot;

	if (!slot)
		return;
	assert(slot <= l->heap_len && l->heap[slot] == t);
	t->slot = 0;
	last = l->heap[l->heap_len--];
	if (last == t)
		return;
	if (slot > 1 && l->heap[slot / 2]->at_ms > last->at_ms)
		heap_up(l, slot, last);
	else
		heap_down(l, slot, last);
}

bool timer_running(const struct timer *t)
{
	return t->slot != 0;
}

static void run_timers(struct loop *l)
{
	while (l->heap_len && l->heap[1]->at_ms <= l->now_ms) {
		struct timer *t = l->heap[1];

		timer_stop(l, t);
		t->fn(t);
	}
}

#define ARM_ANEW (-2) /* neither a time nor "none" */

static void on_wake(uv_timer_t *wake)
{
	struct loop *l = wake->data;

	l->armed_ms = ARM_ANEW; /* also to stop it, if no timer is left */
}

static void arm(struct loop *l)
{
	int64_t at_ms = l->heap_len ? l->heap[1]->at_ms : -1;
	int64_t delay_ms;

	if (at_ms == l->armed_ms)
		return;
	l->armed_ms = at_ms;
	if (at_ms < 0) {
		uv_timer_stop(&l->wake);
		return;
	}
	uv_update_time(&l->uv);
	delay_ms = clock_real_ms(at_ms - clock_mono_ms());
	/* libuv looks at its timers before it polls: one that is due by then must go on to bound
	 * the poll, or that would wait for ever.  Hence the repeat; the next turn arms anew. */
	uv_timer_start(&l->wake, on_wake, delay_ms > 0 ? (uint64_t)delay_ms : 0, 1);
}

/* ---- tasks ---- */

void task_init(struct task *t, void (*fn)(struct task *t))
{
	list_init(&t->link);
	t->fn = fn;
}

bool task_marked(const struct task *t)
{
	return !list_empty(&t->link);
}

void task_cancel(struct task *t)
{
	list_remove(&t->link);
}

void loop_later(struct loop *l, struct task *t)
{
	if (!task_marked(t))
		list_append(&l->later, &t->link);
}

void loop_again(struct loop *l, struct task *t)
{
	if (!task_marked(t))
		list_append(&l->again, &t->link);
}

void loop_reap(struct loop *l, struct task *t, void (*fn)(struct task *t))
{
	list_remove(&t->link);
	t->fn = fn;
	list_append(&l->reap, &t->link);
}

/* Moves all of `from` to the end of `to`. */
static void move_all(struct link *to, struct link *from)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

static void run_list(struct link *list)
{
	struct link round;

	list_init(&round);
	move_all(&round, list);
	while (!list_empty(&round)) {
		struct task *t = LIST_ENTRY(round.next, struct task, link);

		list_remove(&t->link);
		t->fn(t);
	}
}

static void end_turn(struct loop *l)
{
	struct link again;

	/* What is marked "again" while the tasks run belongs to the next turn's end. */
	list_init(&again);
	move_all(&again, &l->again);
	move_all(&l->later, &again);
	for (int round = 0; round < ROUNDS && !list_empty(&l->later); round++)
		run_list(&l->later);
	while (!list_empty(&l->reap))
		run_list(&l->reap);
}

/* ---- inbox ---- */

void loop_post(struct loop *l, struct post *p)
{
	bool first;

	p->next = NULL;
	uv_mutex_lock(&l->lock);
	first = !l->posts;
	*l->posts_tail = p;
	l->posts_tail = &p->next;
	uv_mutex_unlock(&l->lock);
	if (first)
		uv_async_send(&l->inbox);
}

static void on_inbox(uv_async_t *inbox)
{
	struct loop *l = inbox->data;
	struct post *p, *next;

	uv_mutex_lock(&l->lock);
	p = l->posts;
	l->posts = NULL;
	l->posts_tail = &l->posts;
	uv_mutex_unlock(&l->lock);
	for (; p; p = next) {
		next = p->next; /* fn may free p */
		p->fn(p);
	}
}

/* ---- watches ---- */

static void apply(struct watch *w);

static void tell(struct watch *w, int status, int uv_events)
{
	unsigned events = 0;

	if (status < 0) { /* libuv has stopped watching it */
		w->gone = true;
		w->fn(w, WATCH_READ | WATCH_WRITE | WATCH_GONE, w->owner);
		return;
	}
	events |= uv_events & UV_READABLE ? WATCH_READ : 0;
	events |= uv_events & UV_WRITABLE ? WATCH_WRITE : 0;
	if ((uv_events & UV_DISCONNECT) && !w->gone) {
		events |= WATCH_GONE;
		w->gone = true;
		apply(w); /* level-triggered: it would be told for ever */
	}
	if (events)
		w->fn(w, events, w->owner);
}

static void on_poll(uv_poll_t *poll, int status, int uv_events)
{
	struct watch *w = poll->data;
	struct loop *l = w->loop; /* w may close in what follows */

	tell(w, status, uv_events);
	if (++l->events % TASKS_EVERY == 0)
		run_list(&l->later);
}

static void apply(struct watch *w)
{
	int uv_events = w->gone ? 0 : UV_DISCONNECT;

	uv_events |= w->events & WATCH_READ ? UV_READABLE : 0;
	uv_events |= w->events & WATCH_WRITE ? UV_WRITABLE : 0;
	if (uv_events)
		must(uv_poll_start(&w->poll, uv_events, on_poll), "uv_poll_start");
	else
		uv_poll_stop(&w->poll);
}

int watch_open(struct loop *l, int fd, unsigned events, watch_fn *fn, void *owner,
	       struct watch **ret_watch)
{
	struct watch *w = xcalloc(1, sizeof(*w));
	int rc = uv_poll_init(&l->uv, &w->poll, fd);

	if (rc < 0) {
		free(w);
		return rc; /* libuv's errors are negative errno values here */
	}
	w->poll.data = w;
	w->loop = l;
	w->fn = fn;
	w->owner = owner;
	w->events = (uint8_t)events;
	l->watches++;
	apply(w);
	*ret_watch = w;
	return 0;
}

void watch_set(struct watch *w, unsigned events)
{
	if (w->events == events)
		return;
	w->events = (uint8_t)events;
	apply(w);
}

static void free_watch(uv_handle_t *h)
{
	free(h->data);
}

void watch_close(struct watch **w)
{
	if (!*w)
		return;
	(*w)->loop->watches--;
	uv_close((uv_handle_t *)&(*w)->poll, free_watch);
	*w = NULL;
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *s, int signum)
{
	struct loop *l = s->data;
	struct hook *h = signum == SIGHUP ? &l->on_reload : &l->on_stop;

	if (h->fn)
		h->fn(h->arg);
}

void loop_on_stop(struct loop *l, void (*fn)(void *arg), void *arg)
{
	l->on_stop = (struct hook){ fn, arg };
	must(uv_signal_start(&l->signals[SIG_INT], on_signal, SIGINT), "uv_signal_start");
	must(uv_signal_start(&l->signals[SIG_TERM], on_signal, SIGTERM), "uv_signal_start");
}

void loop_on_reload(struct loop *l, void (*fn)(void *arg), void *arg)
{
	l->on_reload = (struct hook){ fn, arg };
	must(uv_signal_start(&l->signals[SIG_HUP], on_signal, SIGHUP), "uv_signal_start");
}

/* ---- the loop ---- */

struct loop *loop_new(void)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	signal(SIGPIPE, SIG_IGN);
	must(uv_loop_init(&l->uv), "uv_loop_init");
	must(uv_timer_init(&l->uv, &l->wake), "uv_timer_init");
	must(uv_async_init(&l->uv, &l->inbox, on_inbox), "uv_async_init");
	must(uv_mutex_init(&l->lock), "uv_mutex_init");
	for (int i = 0; i < SIGNALS; i++) {
		must(uv_signal_init(&l->uv, &l->signals[i]), "uv_signal_init");
		l->signals[i].data = l;
	}
	l->wake.data = l;
	l->inbox.data = l;
	l->posts_tail = &l->posts;
	l->armed_ms = -1;
	list_init(&l->later);
	list_init(&l->again);
	list_init(&l->reap);
	list_init(&l->guests);
	read_clock(l);
	l->scratch = xmalloc(2 * LOOP_SCRATCH + LOOP_WIRE + 3 * STAGGER);
	return l;
}

static bool has_work(const struct loop *l)
{
	return l->stopping || !list_empty(&l->later) || !list_empty(&l->again) ||
	       !list_empty(&l->reap);
}

/* Deadlines are others': while we did not live (a process that was stopped, a machine that was put
 * aside) they may well have spoken, and what they said is heard first.  A stopped process comes
 * back from epoll_wait() with EINTR, that is, without it. */
static void catch_up(struct loop *l)
{
	if (!l->heap_len || l->now_ms - l->heap[1]->at_ms < LATE_MS)
		return;
	uv_run(&l->uv, UV_RUN_NOWAIT);
	read_clock(l);
}

static void turn(struct loop *l)
{
	arm(l);
	l->slept = true;
	l->events = 0;
	uv_run(&l->uv, has_work(l) ? UV_RUN_NOWAIT : UV_RUN_ONCE);
	l->turns++;
	read_clock(l);
	catch_up(l);
	run_timers(l);
	end_turn(l);
}

void loop_run(struct loop *l)
{
	do {
		turn(l);
	} while (!l->stopping);
	l->stopping = false;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}

static void on_until(struct timer *t)
{
	/* Only wakes the loop: loop_run_until() looks at the clock itself. */
}

static bool never_idle(void *arg)
{
	return false;
}

static void skip_to_next(struct loop *l)
{
	int64_t ms = l->heap[1]->at_ms - clock_mono_ms();

	if (ms > 0 && clock_skip_ms(ms))
		l->armed_ms = ARM_ANEW;
}

bool loop_run_until(struct loop *l, bool (*done)(void *arg), void *arg, int64_t timeout_ms)
{
	return loop_skip_until(l, done, never_idle, arg, timeout_ms);
}

bool loop_skip_until(struct loop *l, bool (*done)(void *arg), bool (*idle)(void *arg), void *arg,
		     int64_t timeout_ms)
{
	int64_t end_ms = clock_mono_ms() + timeout_ms;
	struct timer t;
	bool is_done;

	timer_init(&t, on_until);
	timer_start(l, &t, timeout_ms);
	/* One turn at least: the time may be over before it begins. */
	for (bool over = false; !(is_done = done(arg)) && !over; over = clock_mono_ms() >= end_ms) {
		if (!has_work(l) && idle(arg))
			skip_to_next(l);
		turn(l);
	}
	timer_stop(l, &t);
	return is_done;
}

static void close_handle(uv_handle_t *h, void *arg)
{
	struct loop *l = arg;
	bool own = h == (uv_handle_t *)&l->wake || h == (uv_handle_t *)&l->inbox;

	for (int i = 0; i < SIGNALS; i++)
		own |= h == (uv_handle_t *)&l->signals[i];
	if (!uv_is_closing(h))
		uv_close(h,
			 own ? NULL : free_watch); /* data is the object that embeds the handle */
}

void loop_free(struct loop **lp)
{
	struct loop *l = *lp;

	if (!l)
		return;
	do {
		on_inbox(&l->inbox);
		end_turn(l);
	} while (!list_empty(&l->later) || !list_empty(&l->again) || l->posts);
	LIST_EACH(link, &l->guests) {
		struct loop_guest *g = LIST_ENTRY(link, struct loop_guest, link);

		g->end(g);
	}
	uv_walk(&l->uv, close_handle, l);
	uv_run(&l->uv, UV_RUN_DEFAULT);
	must(uv_loop_close(&l->uv), "uv_loop_close");
	uv_mutex_destroy(&l->lock);
	loop_pool_done(&l->pool);
	secret_wipe(l->scratch, 2 * LOOP_SCRATCH + 3 * STAGGER);
	free(l->scratch);
	free(l->heap);
	free(l);
	*lp = NULL;
}

struct loop_counts loop_counts(const struct loop *l)
{
	return (struct loop_counts){
		.turns = l->turns,
		.timers = l->heap_len,
		.watches = l->watches,
		.buffered_bytes = l->pool.buffered_bytes,
		.spare_bytes = l->pool.spare_len * CHUNK_BYTES,
	};
}

void loop_trim(struct loop *l)
{
	loop_pool_done(&l->pool);
}

uint8_t *loop_read_scratch(struct loop *l)
{
	return l->scratch + STAGGER;
}

uint8_t *loop_write_scratch(struct loop *l)
{
	return l->scratch + LOOP_SCRATCH + 2 * STAGGER;
}

uint8_t *loop_wire_scratch(struct loop *l)
{
	return l->scratch + 2 * LOOP_SCRATCH + 3 * STAGGER;
}

struct loop_pool *loop_pool(struct loop *l)
{
	return &l->pool;
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}

void loop_add_guest(struct loop *l, struct loop_guest *g)
{
	list_append(&l->guests, &g->link);
}
