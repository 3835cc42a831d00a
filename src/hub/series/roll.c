/* roll.c - the work behind the series: hours, days, deletion; a little at a time.
 *
 *   timer --> write job: series that are due, until SLICE_MS have passed --> more due? in PAUSE_MS
 *                                                                        \-> else in IDLE_MS
 *
 * A job holds the writer for about SLICE_MS and then lets reports by, so that a day's work of a
 * fleet takes minutes and nobody waits for it. */
#include "hub/series/roll.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "hub/config.h"
#include "hub/series/store.h"
#include "net/loop.h"
#include <stdlib.h>

#define SLICE_MS  3
#define SLICE_MAX 64 /* series a job */
#define PAUSE_MS  20
#define IDLE_MS   (60 * 1000)

struct series {
	struct hub *hub;
	struct db_owner owner;
	struct timer timer;
};

struct work {
	struct series_keep keep;
	int64_t now_ms;
	size_t steps;
	bool more;
};

static int work_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct work *w = arg;
	struct series_mark marks[SLICE_MAX];
	int64_t until = clock_mono_ms() + SLICE_MS;
	size_t len;
	int rc = series_due(db, w->now_ms, marks, SLICE_MAX, &len);

	while (rc >= 0 && w->steps < len && (w->steps == 0 || clock_mono_ms() < until)) {
		struct series_mark *m = &marks[w->steps++];

		rc = series_step(system_tenant(db, m->provider), m, &w->keep, w->now_ms);
	}
	w->more = len > 0;
	return rc;
}

static void work_done(int rc, void *arg, void *owner)
{
	const struct work *w = arg;
	struct series *s = owner;

	if (rc < 0)
		log_event(EV_SERIES_FAILED, "code=%s", err_code(rc));
	else
		metric_add(M_SERIES_STEPS, (int64_t)w->steps);
	timer_start(s->hub->loop, &s->timer, rc >= 0 && w->more ? PAUSE_MS : IDLE_MS);
}

static void work(struct timer *t)
{
	struct series *s = CONTAINER_OF(t, struct series, timer);
	const struct hub_config *c = s->hub->config;
	struct work w = {
		.keep.ms = { [STEP_RAW] = c->series_keep_raw_ms,
			     [STEP_HOUR] = c->series_keep_hours_ms,
			     [STEP_DAY] = c->series_keep_days_ms },
		.now_ms = clock_wall_ms(),
	};

	db_system_write(&s->owner, work_run, work_done, &w, sizeof(w));
}

int series_open(struct hub *hub)
{
	struct series *s = xcalloc(1, sizeof(*s));

	s->hub = hub;
	hub->series = s;
	db_owner_init(&s->owner, hub->db, hub->loop, s);
	timer_init(&s->timer, work);
	timer_start(hub->loop, &s->timer, PAUSE_MS);
	return 0;
}

void series_close(struct hub *hub)
{
	struct series *s = hub->series;

	if (!s)
		return;
	timer_stop(hub->loop, &s->timer);
	db_owner_done(&s->owner, NULL);
	free(s);
	hub->series = NULL;
}
