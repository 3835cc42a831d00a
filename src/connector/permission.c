/* permission.c - see permission.h. */
#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "net/loop.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX  (4 * KIB)
#define PATH_ROOM 4096

struct permission_view {
	struct loop *loop;
	char *path;
	void (*on_change)(void *owner);
	void *owner;
	struct file_watch *watch;
	struct timer look;
	struct task tell;
	int64_t seen; /* file_changed_ns() of what `now` holds */
	struct permissions_request now;
	bool lost;
};

void permissions_first(struct permissions_request *ret_permissions)
{
	*ret_permissions = (struct permissions_request){
		.revision = 1,
		.monitoring = permission_monitoring(SWITCH_ON),
		.console = SWITCH_OFF,
		.mfp = SWITCH_OFF,
		.at_ms = clock_wall_ms(),
	};
}

enum switch_state permissions_get(const struct permissions_request *p, enum permission which)
{
	switch (which) {
	case PERMISSION_MONITORING:
		return (enum switch_state)permission_switch(p->monitoring);
	case PERMISSION_CONSOLE:
		return (enum switch_state)p->console;
	case PERMISSION_MFP:
		return (enum switch_state)p->mfp;
	default:
		return SWITCH_OFF;
	}
}

int permissions_load(const char *path, struct permissions_request *ret_permissions)
{
	struct buf text = buf_new(FILE_MAX);
	struct json_problem problem;
	struct permissions_request p;
	struct arena mem = {};
	int rc;

	rc = file_read(path, &text);
	if (rc == 0 &&
	    json_decode(&permissions_request_schema, text.data, text.len, &mem, &p, &problem) < 0)
		rc = ERR_CORRUPT;
	if (rc == 0)
		*ret_permissions = p;
	buf_done(&text);
	arena_done(&mem);
	return rc == ERR_TOO_LARGE ? ERR_CORRUPT : rc;
}

int permissions_save(const char *path, const struct permissions_request *p)
{
	struct buf out = buf_new(FILE_MAX);
	int rc;

	json_encode(&permissions_request_schema, p, 0, &out);
	buf_putc(&out, '\n');
	rc = buf_status(&out);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len, FILE_PRIVATE);
	buf_done(&out);
	return rc;
}

static int turn(const char *path, enum permission which, enum switch_state to,
		struct permissions_request *ret_permissions)
{
	struct permissions_request p;
	int rc = permissions_load(path, &p);

	if (rc == -ENOENT || rc == ERR_CORRUPT) {
		permissions_first(&p);
		p.monitoring = permission_monitoring(SWITCH_OFF);
		/* The count is lost; seconds are above every count, so the hub will believe it. */
		p.revision = clock_wall_ms() / 1000;
	} else if (rc < 0) {
		return rc;
	}
	if (rc == 0 && permissions_get(&p, which) == to) {
		*ret_permissions = p;
		return 0;
	}
	if (which == PERMISSION_MONITORING)
		p.monitoring = permission_monitoring(to);
	else if (which == PERMISSION_CONSOLE)
		p.console = to;
	else
		p.mfp = to;
	p.revision++;
	p.at_ms = clock_wall_ms();
	rc = permissions_save(path, &p);
	if (rc == 0)
		*ret_permissions = p;
	return rc;
}

int permissions_turn(const char *path, enum permission which, enum switch_state to,
		     struct permissions_request *ret_permissions)
{
	struct file_lock *lock = NULL;
	char lock_path[PATH_ROOM];
	int rc;

	if (which == PERMISSION_MONITORING && to == SWITCH_ASK)
		return ERR_INVALID;
	snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
	rc = file_lock_take(lock_path, &lock);
	if (rc < 0)
		return rc == -EWOULDBLOCK ? ERR_BUSY : rc;
	rc = turn(path, which, to, ret_permissions);
	file_lock_free(&lock);
	return rc;
}

/* --- the running connector's view --------------------------------------------------------------
 */

static bool same(const struct permissions_request *a, const struct permissions_request *b)
{
	return a->revision == b->revision && a->monitoring == b->monitoring &&
	       a->console == b->console && a->mfp == b->mfp;
}

static void log_turns(const struct permissions_request *was, const struct permissions_request *is)
{
	for (int w = 0; w < PERMISSIONS; w++) {
		enum switch_state to = permissions_get(is, (enum permission)w);

		if (to != permissions_get(was, (enum permission)w))
			log_event(EV_PERMISSION, "permission=%s state=%s", permission_names[w],
				  switch_names[to]);
	}
}

/* True if what holds has changed. */
static bool look(struct permission_view *p)
{
	int64_t changed = file_changed_ns(p->path);
	struct permissions_request was = p->now;

	/* 0: the file is gone, which must be seen the first time too. */
	if (changed == p->seen && changed != 0)
		return false;
	p->seen = changed;
	p->lost = permissions_load(p->path, &p->now) < 0;
	if (p->lost) {
		/* What cannot be read is not allowed.  The mirror counts on from what it knew. */
		p->now = was;
		p->now.monitoring = permission_monitoring(SWITCH_OFF);
		p->now.console = p->now.mfp = SWITCH_OFF;
		if (!same(&p->now, &was)) {
			p->now.revision++;
			p->now.at_ms = clock_wall_ms();
		}
	}
	if (same(&p->now, &was))
		return false;
	log_turns(&was, &p->now);
	return true;
}

static void look_and_tell(struct permission_view *p)
{
	if (look(p))
		loop_later(p->loop, &p->tell);
}

static void on_watch(void *owner)
{
	look_and_tell(owner);
}

static void on_look(struct timer *t)
{
	struct permission_view *p = CONTAINER_OF(t, struct permission_view, look);

	look_and_tell(p);
	timer_start(p->loop, t, PERMISSION_LOOK_MS);
}

static void on_tell(struct task *t)
{
	struct permission_view *p = CONTAINER_OF(t, struct permission_view, tell);

	p->on_change(p->owner);
}

struct permission_view *permission_open(struct loop *l, const char *path,
					void (*on_change)(void *owner), void *owner)
{
	struct permission_view *p = xcalloc(1, sizeof(*p));

	p->loop = l;
	p->path = xstrdup(path);
	p->on_change = on_change;
	p->owner = owner;
	p->now.monitoring = permission_monitoring(SWITCH_OFF);
	p->now.console = p->now.mfp = SWITCH_OFF;
	/* Asked for before reading: a change in between is seen at the next look. */
	p->seen = file_changed_ns(path);
	p->lost = permissions_load(path, &p->now) < 0;
	timer_init(&p->look, on_look);
	task_init(&p->tell, on_tell);
	p->watch = file_watch_open(l, path, on_watch, p);
	timer_start(l, &p->look, PERMISSION_LOOK_MS);
	return p;
}

void permission_close(struct permission_view **p)
{
	if (!*p)
		return;
	file_watch_close(&(*p)->watch);
	timer_stop((*p)->loop, &(*p)->look);
	task_cancel(&(*p)->tell);
	free((*p)->path);
	free(*p);
	*p = NULL;
}

enum switch_state permission_ask(struct permission_view *p, enum permission which)
{
	look_and_tell(p);
	return permissions_get(&p->now, which);
}

const struct permissions_request *permission_now(struct permission_view *p)
{
	look_and_tell(p);
	return &p->now;
}

bool permission_lost(const struct permission_view *p)
{
	return p->lost;
}
