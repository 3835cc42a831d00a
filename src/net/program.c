/* program.c - see program.h. */
#include "net/program.h"
#include "base/arena.h"
#include "base/child.h"
#include "base/err.h"
#include "base/hash.h"
#include "net/loop.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct program {
	struct loop *loop;
	struct child *child;
	struct watch *watch;
	struct timer deadline;
	struct buf said;
	program_done_fn *done;
	void *owner;
};

void program_cancel(struct program **program)
{
	struct program *p = *program;

	if (!p)
		return;
	watch_close(&p->watch);
	timer_stop(p->loop, &p->deadline);
	child_end(&p->child);
	buf_wipe(&p->said);
	free(p);
	*program = NULL;
}

static void finish(struct program *p, int rc)
{
	watch_close(&p->watch);
	child_end(&p->child);
	p->done(rc, buf_str(&p->said), p->owner);
	program_cancel(&p);
}

static void on_deadline(struct timer *t)
{
	finish(CONTAINER_OF(t, struct program, deadline), ERR_TIMEOUT);
}

static void on_output(struct watch *w, unsigned events, void *owner)
{
	struct program *p = owner;
	char some[1024];
	ssize_t n;

	do {
		n = read(child_output(p->child), some, sizeof(some));
		if (n > 0)
			buf_put(&p->said, some, (size_t)n);
	} while (n > 0 && buf_status(&p->said) == 0);
	secret_wipe(some, sizeof(some));
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	finish(p, n < 0 ? -errno : buf_status(&p->said));
}

int program_ask(struct loop *l, const char *const argv[], int64_t timeout_ms, size_t max_bytes,
		program_done_fn *done, void *owner, struct program **ret_program)
{
	struct program *p = xcalloc(1, sizeof(*p));
	int rc = child_start(argv, &p->child);

	p->loop = l;
	p->done = done;
	p->owner = owner;
	p->said = buf_new(max_bytes);
	timer_init(&p->deadline, on_deadline);
	if (rc == 0)
		rc = watch_open(l, child_output(p->child), WATCH_READ, on_output, p, &p->watch);
	if (rc < 0) {
		program_cancel(&p);
		return rc;
	}
	timer_start(l, &p->deadline, timeout_ms);
	*ret_program = p;
	return 0;
}
