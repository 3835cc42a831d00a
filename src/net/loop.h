/* loop.h - all state of one thread: readiness of descriptors, timers, the inbox, tasks.
 *
 * libuv lies below and nobody else sees it.  A turn:
 *
 *   batch: events of descriptors, and among them all that was posted; after each 16 also tasks
 *   timers that are due
 *   tasks, those that they mark, too
 *   reap
 *
 * A task is what was marked with loop_later(): connections flush there, so that what a few events
 * bring leaves in one record.  What loop_reap() was given is freed last, as the batch may hold a
 * pointer until then.  So between the close of an object and its reap everything else may run:
 * later events of the batch, posts, timers and tasks of others.  They find it closed wherever it
 * still stands: who closes it takes it at once out of what others choose from.
 *
 * One thread owns a loop; only loop_post() may be called from another.  No callback runs from
 * inside the call that registers it.  Nothing here fails for want of memory (xmalloc). */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/cc.h"
#include "base/list.h"
#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Ignores SIGPIPE for the process, because TLS libraries write with write(2). */
struct loop *loop_new(void);
/* Runs what is still posted, marked or to be reaped, then frees; sets *l to NULL.  Watches, signals
 * and file watches die with it; no thread may post any more. */
void loop_free(struct loop **l);

void loop_run(struct loop *l);  /* until loop_stop(); may be called again */
void loop_stop(struct loop *l); /* the turn is finished first; before loop_run() it makes that
				   return after one turn */
/* Runs turns until done(arg) is true: true, or false after timeout_ms.  For tests and commands that
 * run once. */
bool loop_run_until(struct loop *l, bool (*done)(void *arg), void *arg, int64_t timeout_ms);
/* The same for tests that do not wait: while idle(arg) says that nothing is under way, the clock is
 * moved to the timer that is due next (clock_skip_ms(); where that does nothing, it is waited). */
bool loop_skip_until(struct loop *l, bool (*done)(void *arg), bool (*idle)(void *arg), void *arg,
		     int64_t timeout_ms);
/* clock_mono_ms() of when the turn woke up, or of when somebody in it first asked; then the same
 * until the timers run. */
int64_t loop_now_ms(struct loop *l);

/* Timers: embedded in their owner, which gets itself back by CONTAINER_OF.  Stopping is
 * synchronous: after it `fn` does not run.  Any delay is at least one turn away; 0 is "in the next
 * turn". */
struct timer {
	int64_t at_ms;
	void (*fn)(struct timer *t);
	uint32_t slot; /* place in the loop's heap, 0: not running */
};

void timer_init(struct timer *t, void (*fn)(struct timer *t));
void timer_start(struct loop *l, struct timer *t, int64_t delay_ms); /* starts anew if it runs */
void timer_stop(struct loop *l, struct timer *t); /* harmless if it does not run */
bool timer_running(const struct timer *t);

/* Work that runs soon, but from inside nobody's call: after the 16th event of a batch, the 32nd and
 * so on, and at the end of the turn.  Embedded like a timer; each runs at most once per mark.  A
 * task may mark others (or itself): at the end of the turn they run in rounds, and after 8 rounds
 * the rest waits for the next turn. */
struct task {
	struct link link;
	void (*fn)(struct task *t);
};

void task_init(struct task *t, void (*fn)(struct task *t));
void loop_later(struct loop *l, struct task *t); /* in this turn; again is harmless */
void loop_again(struct loop *l, struct task *t); /* at the end of the next turn at the latest,
						    which does not wait: for a used-up budget */
void task_cancel(struct task *t);                /* harmless if not marked */
bool task_marked(const struct task *t);
/* The last call about an object: `fn` frees it, after all tasks of this turn.  t may be marked: it
 * is taken over. */
void loop_reap(struct loop *l, struct task *t, void (*fn)(struct task *t));

/* From any thread: p->fn(p) runs on the loop's thread, in order of posting.  p is owned by the loop
 * until then. */
struct post {
	struct post *next;
	void (*fn)(struct post *p);
};

void loop_post(struct loop *l, struct post *p);

/* Readiness of a descriptor, level-triggered.  WATCH_GONE (peer closed its half, hang-up, error) is
 * always watched, so that a paused connection notices; it is reported once. */
enum watch_events { WATCH_READ = 1, WATCH_WRITE = 2, WATCH_GONE = 4 };

struct watch;
typedef void watch_fn(struct watch *w, unsigned events, void *owner);

/* fd is made non-blocking and stays the caller's; one watch a descriptor. -errno for what cannot be
 * polled. */
MUST_USE int watch_open(struct loop *l, int fd, unsigned events, watch_fn *fn, void *owner,
			struct watch **ret_watch);
void watch_set(struct watch *w, unsigned events); /* READ and WRITE, or 0 */
/* Synchronous: `fn` does not run any more and fd may be closed at once.  Sets *w to NULL; NULL is
 * harmless. */
void watch_close(struct watch **w);

/* SIGINT and SIGTERM / SIGHUP; one function each, NULL to ignore; the loop's until it is freed. */
void loop_on_stop(struct loop *l, void (*fn)(void *arg), void *arg);
void loop_on_reload(struct loop *l, void (*fn)(void *arg), void *arg);

/* fn(arg) once when the process `pid` has ended (--parent-pid), also if it had before. */
void loop_on_process_end(struct loop *l, int64_t pid, void (*fn)(void *arg), void *arg);

/* fn(owner) soon after a file was written, replaced, made or removed; may be called without cause,
 * so compare (file_changed_ns).  Watches the folder, which must exist, because files are replaced
 * by renaming; where the system has no watches left it looks twice a second instead. */
struct file_watch;
struct file_watch *file_watch_open(struct loop *l, const char *path, void (*fn)(void *owner),
				   void *owner);
void file_watch_close(struct file_watch **w); /* synchronous */

struct loop_counts {
	uint64_t turns;
	size_t timers, watches;
	size_t buffered_bytes; /* in all struct bufq of this loop */
	size_t spare_bytes;    /* chunks kept for reuse */
};

struct loop_counts loop_counts(const struct loop *l);
/* Gives back the chunks that are kept for reuse. */
void loop_trim(struct loop *l);

/* For net/ only: one buffer of LOOP_SCRATCH octets for reading and one for writing, shared by all
 * connections. Whoever puts a peer's octets there wipes them before returning. */
#define LOOP_SCRATCH 65536
uint8_t *loop_read_scratch(struct loop *l);
uint8_t *loop_write_scratch(struct loop *l);
/* The same for what is encrypted: LOOP_SCRATCH octets as TLS records, were they of 512 octets
 * (RFC 6066 section 4) with 256 more each. */
#define LOOP_WIRE (LOOP_SCRATCH + LOOP_SCRATCH / 512 * 256)
uint8_t *loop_wire_scratch(struct loop *l);

#endif
