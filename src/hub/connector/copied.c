/* copied.c - two machines with one key, or a disk that was set back.
 *
 *   records that do not continue those held (409 fork) \
 *   a process polls again after another one has         --> copied, shown on both sides, until
 *                                                          the provider decides, or the customer
 *                                                          changes the key on the right machine
 *
 * Nothing is refused for it: what both report is kept, and nobody is cut off by a guess. */
#include "hub/connector/slice.h"

#include <stdio.h>
#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/change.h"
#include "hub/connector/store.h"
#include "hub/site/site.h"

/* -- Found */

struct found_job {
	struct id connector;
	int64_t now_ms;
	char from[ADDRESS_GROUP_MAX];
	struct change_in change;
};

static int found_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct found_job *job = arg;
	int rc = connector_note_copied(db, job->connector, job->now_ms);

	/* Said once, until somebody decides. */
	if (rc <= 0)
		return rc;
	job->change.from = job->from;
	return change_write(db, &job->change);
}

/* What is held in memory, at once; the job is for the database. */
static struct found_job found(struct connector *c, const char *from)
{
	struct live *l = c->live;
	struct found_job job = {
		.connector = c->id,
		.now_ms = clock_wall_ms(),
		.change = connector_change(c, CHANGE_CONNECTOR_COPIED),
	};
	char id[ID_TEXT_MAX];

	snprintf(job.from, sizeof(job.from), "%s", from);
	if (!l->copied) {
		id_encode(ID_CONN, c->id, id);
		log_event(EV_COPIED, "connector=%s", id);
		l->copied = true;
		l->copied_ms = job.now_ms;
		status_refresh(l);
	}
	return job;
}

static void fork_done(struct request *req, int rc, void *arg)
{
	reply_error(req, rc < 0 ? rc : ERR_FORK, NULL);
}

void connector_reply_fork(struct request *req)
{
	struct found_job job = found(connector_of(req), request_address(req));

	hub_write(req, found_run, fork_done, &job, sizeof(job));
}

void connector_saw_run(struct connector *c, int64_t run, const char *from)
{
	size_t at = 0;

	while (at < CONNECTOR_RUNS_MAX - 1 && c->runs[at] != run)
		at++;
	/* A process that was followed by another does not come back, unless both live. */
	if (at > 0 && c->runs[at] == run && !c->live->copied) {
		struct found_job job = found(c, from);

		db_write(&c->live->hub->connectors->owner, c->provider, found_run, NULL, &job,
			 sizeof(job));
	}
	memmove(&c->runs[1], &c->runs[0], at * sizeof(c->runs[0]));
	c->runs[0] = run;
}

/* -- DELETE /api/v1/sites/{id}/connector/copied: it is known, and in order */

struct accept_job {
	struct id site;
	struct change_in change;
};

static int accept_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct accept_job *job = arg;
	int rc = site_customer(db, job->site, &job->change.customer);

	if (rc == 0)
		rc = connector_clear_copied(db, job->site, &job->change.object);
	return rc < 0 ? rc : change_write(db, &job->change);
}

static void accept_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

void copied_delete(struct request *req)
{
	struct accept_job job = {
		.site = req->ids[0],
		.change = hub_change(req, CHANGE_CONNECTOR_ACCEPTED),
	};

	job.change.object_kind = ID_CONN;
	job.change.site = job.site;
	hub_write(req, accept_run, accept_done, &job, sizeof(job));
}
