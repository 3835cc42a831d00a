/* permission.c - the running connector's view of the switches; see permission.h. */
#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "net/loop.h"
#include <stdlib.h>

struct permission_view {
	struct loop *loop;
	char *path;
	void (*on_change)(void *owner);
	void *owner;
	struct file_watch *watch;
	struct timer look;
	struct task tell;
	int64_t seen; /* file_changed_ns() of what `rules` holds */
	struct permissions rules;
	struct permissions_request now; /* the states that hold */
	bool lost;
	bool known; /* the file has been read once */
};

static enum switch_state state_of(const struct permissions_request *p, enum permission which)
{
	switch (which) {
	case PERMISSION_MONITORING:
		return (enum switch_state)permission_switch(p->monitoring);
	case PERMISSION_CONSOLE:
		return (enum switch_state)p->console;
	default:
		return (enum switch_state)p->mfp;
	}
}

static bool same(const struct permissions_request *a, const struct permissions_request *b)
{
	return a->revision == b->revision && a->monitoring == b->monitoring &&
	       a->console == b->console && a->mfp == b->mfp;
}

static void log_turns(const struct permissions_request *was, const struct permissions_request *is)
{
	for (int w = 0; w < PERMISSIONS; w++) {
		enum switch_state to = state_of(is, (enum permission)w);

		if (to != state_of(was, (enum permission)w))
			log_event(EV_PERMISSION, "permission=%s state=%s", permission_names[w],
				  switch_names[to]);
	}
}

/* What cannot be read is not allowed, contact with the hub neither unless it was allowed before.
 * The mirror counts on from what it knew. */
static void lose(struct permission_view *p)
{
	int64_t revision = p->rules.told.revision + 1;
	bool silent = p->rules.silent || !p->known;

	permissions_first(&p->rules);
	p->rules.silent = silent;
	p->rules.rules[PERMISSION_MONITORING].set = SWITCH_OFF;
	p->rules.told.revision = p->rules.off_revision = revision;
}

static void read_file(struct permission_view *p)
{
	struct permissions fresh;
	int rc = permissions_load_settled(p->path, &fresh);

	if (rc == ERR_BUSY) {
		p->seen = -1; /* what is being written holds from when it is written */
		return;
	}
	p->lost = rc < 0;
	if (p->lost) {
		lose(p);
		return;
	}
	p->rules = fresh;
	p->known = true;
}

static void conclude(struct permission_view *p, int64_t now_ms)
{
	p->now = p->rules.told;
	p->now.monitoring =
		permission_monitoring(permissions_get(&p->rules, PERMISSION_MONITORING, now_ms));
	p->now.console = permissions_get(&p->rules, PERMISSION_CONSOLE, now_ms);
	p->now.mfp = permissions_get(&p->rules, PERMISSION_MFP, now_ms);
}

/* The clock has turned a switch: that becomes a revision of the file.  Until it can be written the
 * state holds all the same. */
static void settle(struct permission_view *p, int64_t now_ms)
{
	struct permissions fresh;

	if (p->lost || same(&p->now, &p->rules.told) || permissions_settle(p->path, &fresh) < 0)
		return;
	p->rules = fresh;
	p->seen = file_changed_ns(p->path);
	conclude(p, now_ms);
}

/* True if what holds, or what was set, has changed. */
static bool look(struct permission_view *p)
{
	int64_t changed = file_changed_ns(p->path), now_ms = clock_wall_ms();
	struct permissions_request was = p->now;

	/* 0: the file is gone, which must be seen the first time too. */
	if (changed != p->seen || (changed == 0 && !p->lost)) {
		p->seen = changed;
		read_file(p);
	}
	conclude(p, now_ms);
	settle(p, now_ms);
	if (same(&was, &p->now))
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
	/* Asked for before reading: a change in between is seen at the next look. */
	p->seen = file_changed_ns(path);
	read_file(p);
	conclude(p, clock_wall_ms());
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
	return state_of(&p->now, which);
}

bool permission_silent(struct permission_view *p)
{
	look_and_tell(p);
	return p->rules.silent;
}

const struct permissions_request *permission_now(struct permission_view *p)
{
	look_and_tell(p);
	return &p->now;
}

const struct permissions *permission_rules(struct permission_view *p)
{
	look_and_tell(p);
	return &p->rules;
}

bool permission_lost(const struct permission_view *p)
{
	return p->lost;
}
