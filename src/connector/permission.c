/* permission.c - the running connector's view of the switches; see permission.h. */
#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "net/loop.h"
#include <stdlib.h>
#include <string.h>

/* A switch that was turned to less, and could not be written. */
struct held {
	bool on;
	bool blind; /* the file could not be read either */
	enum switch_state most;
	struct permission_rule was; /* in the file: another one is a newer word of the customer's */
};

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
	struct held held[PERMISSIONS];
	bool held_silent;
	int64_t top;      /* the highest revision that was told while something was held */
	int64_t least;    /* what the file's has to be */
	int64_t retry_ms; /* monotonic */
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

static bool any_held(const struct permission_view *p)
{
	bool any = p->held_silent;

	for (int i = 0; i < PERMISSIONS; i++)
		any = any || p->held[i].on;
	return any;
}

static bool same_rule(const struct permission_rule *a, const struct permission_rule *b)
{
	return a->set == b->set && a->until_ms == b->until_ms && a->windows_len == b->windows_len &&
	       a->outside == b->outside && memcmp(&a->hours, &b->hours, sizeof(a->hours)) == 0;
}

static void narrow(struct permission_rule *r, enum switch_state most)
{
	if (r->set > most)
		r->until_ms = JSON_ABSENT_INT;
	if (r->set > most)
		r->set = most;
	if (most == SWITCH_OFF)
		r->windows_len = 0;
}

/* What is held, on the rules that were just read.  False: somebody has turned it anew. */
static bool impose(struct permission_rule *r, struct held *h)
{
	bool written = r->set <= h->most;

	if (h->blind)
		h->was = *r;
	h->blind = false;
	if (written || !same_rule(r, &h->was)) {
		h->on = false;
		return written;
	}
	narrow(r, h->most);
	return true;
}

static bool all_off(const struct permissions *p)
{
	bool off = true;

	for (int i = 0; i < PERMISSIONS; i++)
		off = off && p->rules[i].set == SWITCH_OFF;
	return off;
}

/* Each state that the hub was told had a revision of its own, also those that are in no file. */
static void impose_all(struct permission_view *p, int64_t off_revision)
{
	struct permissions *now = &p->rules;
	bool turned = false;

	for (int i = 0; i < PERMISSIONS; i++)
		if (p->held[i].on)
			turned = !impose(&now->rules[i], &p->held[i]) || turned;
	p->held_silent = p->held_silent && !now->silent && all_off(now);
	now->silent = now->silent || p->held_silent;
	if (any_held(p)) {
		p->top = (now->told.revision > p->top ? now->told.revision : p->top) + 1;
		now->told.revision = p->top;
	} else if (now->told.revision < p->top || (turned && now->told.revision == p->top)) {
		p->least = p->top + 1;
	}
	if (p->held[PERMISSION_MONITORING].on)
		now->off_revision = off_revision;
}

static void read_file(struct permission_view *p)
{
	int64_t off_revision = p->rules.off_revision;
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
	impose_all(p, off_revision);
}

static void conclude(struct permission_view *p, int64_t now_ms)
{
	p->now = p->rules.told;
	if (p->now.revision < p->least)
		p->now.revision = p->least;
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

	if (p->lost || any_held(p) || same(&p->now, &p->rules.told) ||
	    permissions_settle(p->path, p->least, &fresh) < 0)
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

/* What is held, once more. */
static void write_held(struct permission_view *p)
{
	struct permissions fresh;
	bool done = false;

	if (!any_held(p) || clock_mono_ms() < p->retry_ms)
		return;
	p->retry_ms = clock_mono_ms() + PERMISSION_RETRY_MS;
	for (int i = 0; i < PERMISSIONS; i++)
		if (p->held[i].on)
			done |= permissions_turn(p->path, (enum permission)i, p->held[i].most,
						 JSON_ABSENT_INT, &fresh) == 0;
	if (p->held_silent)
		done |= permissions_silence(p->path, true, &fresh) == 0;
	if (done)
		p->seen = -1;
}

static void on_look(struct timer *t)
{
	struct permission_view *p = CONTAINER_OF(t, struct permission_view, look);

	write_held(p);
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

/* --- what cannot be written --------------------------------------------------------------------
 */

static void begin_holding(struct permission_view *p)
{
	struct permissions_request was = p->now;

	p->top = (p->now.revision > p->top ? p->now.revision : p->top) + 1;
	p->rules.told.revision = p->top;
	p->rules.told.at_ms = clock_wall_ms();
	p->retry_ms = clock_mono_ms() + PERMISSION_RETRY_MS;
	conclude(p, clock_wall_ms());
	if (was.monitoring != p->now.monitoring &&
	    permission_switch(p->now.monitoring) == SWITCH_OFF)
		p->rules.off_revision = p->top;
	log_turns(&was, &p->now);
	loop_later(p->loop, &p->tell);
}

void permission_hold(struct permission_view *p, enum permission which, enum switch_state most)
{
	struct held *h = &p->held[which];

	look_and_tell(p);
	if (!h->on)
		h->was = p->rules.rules[which];
	h->on = true;
	h->blind = h->blind || p->lost;
	h->most = most;
	narrow(&p->rules.rules[which], most);
	begin_holding(p);
}

bool permission_all_off(struct permission_view *p)
{
	look_and_tell(p);
	return all_off(&p->rules);
}

void permission_hold_silence(struct permission_view *p)
{
	look_and_tell(p);
	p->held_silent = p->rules.silent = true;
	begin_holding(p);
}

void permission_release(struct permission_view *p, enum permission which)
{
	if (!p->held[which].on)
		return;
	p->held[which].on = false;
	p->least = p->top + 1;
	p->seen = -1; /* so that it is read again */
	look_and_tell(p);
}

bool permission_unwritten(const struct permission_view *p, enum permission which)
{
	return p->held[which].on;
}
