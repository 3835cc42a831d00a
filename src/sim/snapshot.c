/* snapshot.c - see snapshot.h. */
#include "sim/snapshot.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "sim/marks.h"
#include <stdlib.h>

struct snapshot {
	unsigned users;
	struct arena mem;
	struct scenario scenario;
};

/* A view of the scenario that is renewed when it is older than its cache allows. */
struct view {
	struct snapshot *at;
	int64_t since_ms;
};

struct snapshots {
	const char *path;
	struct marks *marks;
	int64_t seen; /* file_changed_ns() of what is loaded */
	struct snapshot *now;
	struct view health, held;
	struct sim_state state;
};

static void drop(struct snapshot *s)
{
	if (!s || --s->users > 0)
		return;
	arena_done(&s->mem);
	free(s);
}

static void assign(struct snapshot **to, struct snapshot *s)
{
	s->users++;
	drop(*to);
	*to = s;
}

static void load(struct snapshots *s)
{
	int64_t changed = s->path ? file_changed_ns(s->path) : 0;
	struct json_problem problem = {};
	struct snapshot *new;
	int rc = 0;

	if (s->now && (changed == s->seen || changed == 0))
		return;
	s->seen = changed;
	new = xcalloc(1, sizeof(*new));
	if (changed)
		rc = scenario_read(s->path, &new->mem, &new->scenario, &problem);
	if (rc < 0)
		log_event(EV_CONFIG_BAD, "code=%s field=%s detail=%s", err_code(rc), problem.field,
			  problem.detail);
	if (!changed || (rc < 0 && !s->now))
		scenario_default(&new->mem, &new->scenario);
	if (s->marks)
		marks_scenario(s->marks, &new->mem, &new->scenario);
	new->users = 1;
	if (rc == 0 || !s->now)
		assign(&s->now, new);
	drop(new);
}

static void refresh(struct view *v, struct snapshot *now, int64_t cache_ms, int64_t now_ms)
{
	if (v->at && now_ms - v->since_ms < cache_ms)
		return;
	assign(&v->at, now);
	v->since_ms = now_ms;
}

const struct sim_state *snapshots_look(struct snapshots *s, int64_t now_ms)
{
	load(s);
	refresh(&s->health, s->now, s->now->scenario.cache_ms, now_ms);
	refresh(&s->held, s->now, s->now->scenario.held_cache_ms, now_ms);
	s->state = (struct sim_state){ .now = &s->now->scenario,
				       .health = &s->health.at->scenario,
				       .held = &s->held.at->scenario,
				       .marks = s->marks };
	return &s->state;
}

struct snapshots *snapshots_new(const char *path, struct marks *marks)
{
	struct snapshots *s = xcalloc(1, sizeof(*s));

	s->path = path;
	s->marks = marks;
	return s;
}

void snapshots_free(struct snapshots **s)
{
	if (!*s)
		return;
	drop((*s)->now);
	drop((*s)->health.at);
	drop((*s)->held.at);
	free(*s);
	*s = NULL;
}
