/* loop_file.c - the loop's eyes on the rest of the system: files that others write, and a process
 * that must live.
 *
 * A file is watched through its folder, because writers replace files by renaming and a watch on
 * the file itself would stay with the old one.  Where there are no watches left (inotify's limit),
 * a timer looks instead; likewise for a process where there is no pidfd. */
#include "net/loop.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/os.h"
#include "net/loop_int.h"

#define LOOK_MS 500

struct file_watch {
	uv_fs_event_t event;
	struct loop_guest guest;
	struct loop *loop;
	void (*fn)(void *owner);
	void *owner;
	struct task task;
	struct timer timer; /* runs only where the system cannot tell us */
	char *path;
	const char *name; /* within path */
	int64_t seen_ns;
};

static void on_settled(struct task *t)
{
	struct file_watch *w = CONTAINER_OF(t, struct file_watch, task);

	w->fn(w->owner);
}

static void on_event(uv_fs_event_t *event, const char *name, int events, int status)
{
	struct file_watch *w = event->data;

	/* No name, or a failure: something changed, the owner compares. */
	if (status < 0 || !name || strcmp(name, w->name) == 0)
		loop_later(w->loop, &w->task);
}

static void on_look(struct timer *t)
{
	struct file_watch *w = CONTAINER_OF(t, struct file_watch, timer);
	int64_t now_ns = file_changed_ns(w->path);

	if (now_ns != w->seen_ns)
		loop_later(w->loop, &w->task);
	w->seen_ns = now_ns;
	timer_start(w->loop, t, LOOK_MS);
}

static int watch_folder(struct file_watch *w)
{
	const char *slash = strrchr(w->path, '/');
	size_t len = slash ? (size_t)(slash - w->path) : 0;
	char *dir = slash ? xstrdup(w->path) : xstrdup(".");
	int rc;

	w->name = slash ? slash + 1 : w->path;
	if (slash)
		dir[len ? len : 1] = '\0';
	rc = uv_fs_event_start(&w->event, on_event, dir, 0);
	free(dir);
	return rc;
}

static void end_file_watch(struct loop_guest *g)
{
	struct file_watch *w = CONTAINER_OF(g, struct file_watch, guest);

	file_watch_close(&w);
}

struct file_watch *file_watch_open(struct loop *l, const char *path, void (*fn)(void *owner),
				   void *owner)
{
	struct file_watch *w = xcalloc(1, sizeof(*w));

	w->loop = l;
	w->fn = fn;
	w->owner = owner;
	w->path = xstrdup(path);
	task_init(&w->task, on_settled);
	timer_init(&w->timer, on_look);
	if (uv_fs_event_init(loop_uv(l), &w->event) < 0)
		die("uv_fs_event_init");
	w->event.data = w;
	w->guest.end = end_file_watch;
	loop_add_guest(l, &w->guest);
	if (watch_folder(w) < 0) {
		w->seen_ns = file_changed_ns(path);
		timer_start(l, &w->timer, LOOK_MS);
	}
	return w;
}

static void free_file_watch(uv_handle_t *h)
{
	free(h->data);
}

void file_watch_close(struct file_watch **wp)
{
	struct file_watch *w = *wp;

	if (!w)
		return;
	list_remove(&w->guest.link);
	task_cancel(&w->task);
	timer_stop(w->loop, &w->timer);
	free(w->path);
	uv_close((uv_handle_t *)&w->event, free_file_watch);
	*wp = NULL;
}

/* ---- a process ---- */

struct process_end {
	struct loop_guest guest;
	struct loop *loop;
	int64_t pid;
	int fd;
	struct watch *watch;
	struct timer timer;
	void (*fn)(void *arg);
	void *arg;
};

static void end_process_end(struct loop_guest *g)
{
	struct process_end *p = CONTAINER_OF(g, struct process_end, guest);

	list_remove(&p->guest.link);
	timer_stop(p->loop, &p->timer);
	watch_close(&p->watch);
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

static void tell(struct process_end *p)
{
	void (*fn)(void *arg) = p->fn;
	void *arg = p->arg;

	end_process_end(&p->guest);
	fn(arg);
}

static void on_pidfd(struct watch *w, unsigned events, void *owner)
{
	tell(owner);
}

static void on_look_process(struct timer *t)
{
	struct process_end *p = CONTAINER_OF(t, struct process_end, timer);

	if (!os_process_alive(p->pid)) {
		tell(p);
		return;
	}
	timer_start(p->loop, t, LOOK_MS);
}

void loop_on_process_end(struct loop *l, int64_t pid, void (*fn)(void *arg), void *arg)
{
	struct process_end *p = xcalloc(1, sizeof(*p));

	p->loop = l;
	p->pid = pid;
	p->fn = fn;
	p->arg = arg;
	p->guest.end = end_process_end;
	loop_add_guest(l, &p->guest);
	timer_init(&p->timer, on_look_process);
	p->fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (p->fd >= 0 && watch_open(l, p->fd, WATCH_READ, on_pidfd, p, &p->watch) == 0)
		return;
	timer_start(l, &p->timer, 0);
}
