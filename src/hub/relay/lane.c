/* lane.c - a lane's beginning and end, and what it and the hub's loop say to each other.
 *
 * What is said is copied, and heard in the order in which it was said.  A lane that has closed says
 * nothing more, and what it still hears is for nobody; it is freed by the last word to it, and the
 * relay by the last word of all (relay.c). */
#include "hub/relay/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "net/loop_thread.h"

#define COUNT_MS 2000 /* how often is told what has passed */

struct word {
	struct post post;
	struct relay *relay; /* who hears it, or */
	struct lane *lane;
	struct session_pass pass;
	struct id about; /* a connector or a session */
	struct session_counts counts;
	bool last;
	struct line_note *note;
};

static void say(struct loop *to, void (*fn)(struct post *p), const struct word *text)
{
	struct word *w = xmalloc(sizeof(*w));

	*w = *text;
	w->post.fn = fn;
	loop_post(to, &w->post);
}

static struct word heard(struct post *p)
{
	struct word *w = CONTAINER_OF(p, struct word, post), text = *w;

	secret_wipe(w, sizeof(*w));
	free(w);
	return text;
}

/* ---- passes ---- */

static struct pass *pass_by_label(struct lane *l, const uint8_t label[static SESSION_LABEL_BYTES])
{
	return map_get(&l->passes, label, SESSION_LABEL_BYTES);
}

struct pass *lane_pass(struct lane *l, struct str authority)
{
	struct session_name name;
	struct pass *pass;

	if (!session_name_read(l->hub, authority, &name))
		return NULL;
	pass = pass_by_label(l, name.label);
	return pass && pass->slot == name.slot ? pass : NULL;
}

/* A browser says the same hundreds of times. */
int lane_admits(struct pass *pass, struct str cookie)
{
	int rc;

	if (pass && !pass->told.over && cookie.len && cookie.len == strlen(pass->proven) &&
	    secret_eq(cookie.p, pass->proven, cookie.len))
		return 0;
	rc = session_admits(pass ? &pass->told : NULL, cookie);
	if (rc == 0 && cookie.len < sizeof(pass->proven)) {
		memcpy(pass->proven, cookie.p, cookie.len);
		pass->proven[cookie.len] = '\0';
	}
	return rc;
}

static void free_pass(void *value, void *arg)
{
	secret_wipe(value, sizeof(struct pass));
	free(value);
}

static void on_pass(struct post *p)
{
	struct word w = heard(p);
	struct lane *l = w.lane;
	struct pass *pass;

	if (l->closed)
		return;
	pass = pass_by_label(l, w.pass.label);
	if (!pass) {
		pass = xcalloc(1, sizeof(*pass));
		list_init(&pass->visits);
		pass->told = w.pass;
		pass->slot = session_slot(w.pass.site);
		id_encode(ID_SESS, w.pass.id, pass->id);
		map_put(&l->passes, pass->told.label, SESSION_LABEL_BYTES, pass);
	}
	pass->told.cookie = w.pass.cookie;
	secret_wipe(pass->proven, sizeof(pass->proven));
	pass->told.over = w.pass.over;
	if (!pass->told.over)
		return;
	visits_end(pass);
	lane_count(l, pass, true);
}

static void on_forget(struct post *p)
{
	struct word w = heard(p);
	struct pass *pass = w.lane->closed ? NULL : pass_by_label(w.lane, w.pass.label);

	if (!pass)
		return;
	visits_end(pass);
	map_remove(&w.lane->passes, pass->told.label, SESSION_LABEL_BYTES);
	free_pass(pass, NULL);
}

void lane_tell_pass(struct lane *l, const struct session_pass *pass)
{
	say(l->loop, on_pass, &(struct word){ .lane = l, .pass = *pass });
}

void lane_forget_pass(struct lane *l, const struct session_pass *pass)
{
	say(l->loop, on_forget, &(struct word){ .lane = l, .pass = *pass });
}

/* ---- counts, to the hub's loop ---- */

static void on_counts(struct post *p)
{
	struct word w = heard(p);

	if (!w.relay->closed)
		session_counted(w.relay->hub, w.about, &w.counts, w.last);
}

void lane_count(struct lane *l, struct pass *pass, bool last)
{
	struct session_counts counts = pass->counts;

	if (!last && !counts.up && !counts.down && !counts.requests)
		return;
	pass->counts = (struct session_counts){};
	say(l->hub->loop, on_counts,
	    &(struct word){
		    .relay = l->relay, .about = pass->told.id, .counts = counts, .last = last });
}

static void count_pass(void *value, void *arg)
{
	lane_count(arg, value, false);
}

static void on_counter(struct timer *t)
{
	struct lane *l = CONTAINER_OF(t, struct lane, counter);

	visits_count(l);
	map_each(&l->passes, count_pass, l);
	timer_start(l->loop, t, COUNT_MS);
}

/* ---- tunnels ---- */

static void on_line_gone(struct post *p)
{
	struct word w = heard(p);

	relay_line_gone(w.relay, w.note);
}

void lane_line_gone(struct lane *l, struct line_note *note)
{
	say(l->hub->loop, on_line_gone, &(struct word){ .relay = l->relay, .note = note });
}

static void on_close_lines(struct post *p)
{
	struct word w = heard(p);

	if (!w.lane->closed)
		tunnels_close_of(w.lane, w.about);
}

void lane_close_lines(struct lane *l, struct id connector)
{
	say(l->loop, on_close_lines, &(struct word){ .lane = l, .about = connector });
}

/* ---- beginning and end ---- */

static void on_begin(struct post *p)
{
	struct lane *l = heard(p).lane;

	if (!l->closed)
		timer_start(l->loop, &l->counter, COUNT_MS);
}

struct lane *lane_new(struct relay *r, bool own_thread, unsigned number)
{
	struct lane *l = xcalloc(1, sizeof(*l));
	char name[16];

	l->relay = r;
	l->hub = r->hub;
	list_init(&l->lines);
	list_init(&l->visits);
	timer_init(&l->counter, on_counter);
	if (own_thread) {
		snprintf(name, sizeof(name), "relay %u", number);
		l->thread = loop_thread_start(name);
	}
	l->loop = l->thread ? loop_thread_loop(l->thread) : r->hub->loop;
	say(l->loop, on_begin, &(struct word){ .lane = l });
	return l;
}

static void on_drain(struct post *p)
{
	struct lane *l = heard(p).lane;

	if (l->closed)
		return;
	l->draining = true;
	timer_stop(l->loop, &l->counter);
	tunnels_drain(l);
}

void lane_drain(struct lane *l)
{
	say(l->loop, on_drain, &(struct word){ .lane = l });
}

static void free_site(void *value, void *arg)
{
	free(value);
}

static void on_last(struct post *p)
{
	free(heard(p).lane);
}

void lane_close(struct lane *l)
{
	struct loop_thread *thread = l->thread;

	if (thread)
		loop_thread_stop(thread); /* from here on it is all ours */
	l->closed = true;
	timer_stop(l->loop, &l->counter);
	visits_forget(l);
	tunnels_close(l);
	map_each(&l->sites, free_site, NULL);
	map_done(&l->sites);
	map_each(&l->passes, free_pass, NULL);
	map_done(&l->passes);
	say(l->loop, on_last, &(struct word){ .lane = l });
	loop_thread_free(&thread);
}
