/* erase.c - the work behind an erasure: the oldest first, a little at a time.  One that fails is
 * passed over until all others had their turn.
 *
 *   a change row, start --> look (read job) --> none: wait for the next change row
 *                                           \-> steps (write job) until SLICE_MS have passed
 *                                               --> look again in PAUSE_MS
 *
 * Steps are jobs of the provider, so that they run behind what it was already given to write. */
#include "hub/erase/erase.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "net/loop.h"

#define SLICE_MS 3
#define PAUSE_MS 20
#define RETRY_MS (60 * 1000)

struct erase {
	struct hub *hub;
	struct db_owner owner;
	struct timer timer;
	struct erasing at;
	struct id failed; /* that one waits, and all before it are done or wait too */
	bool working, again;
};

struct look_job {
	struct id after;
	struct erasure next;
	bool found;
};

struct step_job {
	struct erasing at;
	bool done;
};

static int look_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct look_job *job = arg;

	return erase_next(db, job->after, &job->next, &job->found);
}

static int step_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct step_job *job = arg;
	int64_t until = clock_mono_ms() + SLICE_MS;
	int rc;

	do
		rc = erase_step(db, &job->at, clock_wall_ms());
	while (rc > 0 && clock_mono_ms() < until);
	job->done = rc == 0;
	return rc < 0 ? rc : 0;
}

static void rest(struct erase *e, int rc, int64_t ms)
{
	e->working = false;
	if (rc < 0)
		log_event(EV_ERASE_FAILED, "code=%s", err_code(rc));
	timer_start(e->hub->loop, &e->timer, ms);
}

static void step_done(int rc, void *arg, void *owner)
{
	const struct step_job *job = arg;
	struct erase *e = owner;

	/* What failed was rolled back, and is counted again. */
	if (rc == 0) {
		metric_add(M_ERASED_ROWS, job->at.rows - e->at.rows);
		e->at = job->at;
	}
	if (rc == 0 && job->done)
		log_event(EV_ERASED, "what=%s rows=%lld",
			  id_is_zero(e->at.what.site) ? "customer" : "site", (long long)e->at.rows);
	if (rc < 0)
		e->failed = e->at.what.id;
	rest(e, rc, PAUSE_MS);
}

static void look_done(int rc, void *arg, void *owner)
{
	const struct look_job *job = arg;
	struct erase *e = owner;
	struct step_job step;

	if (rc < 0)
		return rest(e, rc, RETRY_MS);
	if (!job->found) {
		bool failed = !id_is_zero(e->failed);

		e->failed = (struct id){}; /* from the oldest on again */
		e->working = false;
		if (e->again || failed)
			rest(e, 0, e->again ? PAUSE_MS : RETRY_MS);
		return;
	}
	if (!id_eq(job->next.id, e->at.what.id))
		e->at = (struct erasing){ .what = job->next };
	step = (struct step_job){ .at = e->at };
	db_write(&e->owner, e->at.what.provider, step_run, step_done, &step, sizeof(step));
}

static void look(struct timer *t)
{
	struct erase *e = CONTAINER_OF(t, struct erase, timer);
	struct look_job job = { .after = e->failed };

	e->working = true;
	e->again = false;
	db_system_read(&e->owner, look_run, look_done, &job, sizeof(job));
}

static void on_change(struct hub *hub, const struct change_note *note)
{
	struct erase *e = hub->erase;

	if (note->verb != CHANGE_CUSTOMER_ERASED && note->verb != CHANGE_SITE_ERASED)
		return;
	e->again = true;
	if (!e->working)
		timer_start(hub->loop, &e->timer, PAUSE_MS);
}

/* ---- start and end ---- */

static int restored_run(struct system_db *db, struct arena *mem, void *arg)
{
	return erase_restored(db, mem, clock_wall_ms());
}

static int open_erase(struct hub *hub)
{
	struct erase *e = xcalloc(1, sizeof(*e));
	struct arena mem = {};
	int rc;

	e->hub = hub;
	hub->erase = e;
	db_owner_init(&e->owner, hub->db, hub->loop, e);
	timer_init(&e->timer, look);
	timer_start(hub->loop, &e->timer, PAUSE_MS);
	rc = db_wait_system_write(hub->db, restored_run, NULL, &mem);
	arena_done(&mem);
	return rc;
}

static void close_erase(struct hub *hub)
{
	struct erase *e = hub->erase;

	if (!e)
		return;
	timer_stop(hub->loop, &e->timer);
	db_owner_done(&e->owner, NULL);
	free(e);
	hub->erase = NULL;
}

const struct slice erase_slice = {
	.name = "erase",
	.open = open_erase,
	.on_change = on_change,
	.close = close_erase,
};
