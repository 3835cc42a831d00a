/* status.c - the loop's half of status.h: presence, and the moments at which a status may change.
 *
 * One tick a second looks at all sites' due times.  That is a walk over some 150 octets a site,
 * which for ten thousand sites costs less than keeping them in order would. */
#include "hub/status/status.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "db/db.h"
#include "net/loop.h"

#define TICK_MS 1000

struct status {
	struct hub *hub;
	struct map by_site;
	struct timer tick;
	struct db_owner owner;
};

struct live *status_live(struct hub *hub, struct id site)
{
	return map_get(&hub->status->by_site, site.b, sizeof(site.b));
}

struct live *status_live_make(struct hub *hub, struct id provider, struct id customer,
			      struct id site)
{
	struct live *l = status_live(hub, site);

	if (l)
		return l;
	l = xcalloc(1, sizeof(*l));
	*l = (struct live){
		.hub = hub,
		.provider = provider,
		.customer = customer,
		.site = site,
		.monitoring = -1,
		.revoked_ms = JSON_ABSENT_INT,
		.copied_ms = JSON_ABSENT_INT,
		.monitoring_ms = JSON_ABSENT_INT,
		.last_seen_ms = JSON_ABSENT_INT,
		.skew_ms = JSON_ABSENT_INT,
		.noted_ms = JSON_ABSENT_INT,
		.report_ms = JSON_ABSENT_INT,
		.status = SITE_NEVER_CONNECTED,
		.due_ms = 0,
	};
	map_put(&hub->status->by_site, site.b, sizeof(site.b), l);
	return l;
}

void status_facts(const struct live *l, struct site_facts *ret_facts)
{
	status_facts_init(ret_facts);
	ret_facts->now_ms = clock_wall_ms();
	ret_facts->up_since_ms = l->hub->started_ms;
	ret_facts->offline_after_ms = l->hub->config->poll_offline_after_ms;
	ret_facts->grace_ms = l->hub->config->start_grace_ms;
	ret_facts->enrolled = true;
	ret_facts->revoked = l->revoked;
	ret_facts->revoked_ms = l->revoked_ms;
	ret_facts->copied = l->copied;
	ret_facts->copied_ms = l->copied_ms;
	ret_facts->storage = l->storage;
	ret_facts->storage_ms = l->storage_ms;
	ret_facts->monitoring = l->monitoring;
	ret_facts->monitoring_ms = l->monitoring_ms;
	ret_facts->polling = l->polling;
	ret_facts->last_seen_ms = l->last_seen_ms;
	ret_facts->report_ms = l->report_ms;
}

void status_concluded(struct live *l, const struct site_facts *f, int status)
{
	if (l->status != status) {
		char id[ID_TEXT_MAX];

		id_encode(ID_SITE, l->site, id);
		log_event(EV_SITE_STATUS, "site=%s from=%s to=%s", id, site_status_names[l->status],
			  site_status_names[status]);
	}
	l->status = status;
	l->due_ms = status_due_ms(f);
	/* A refresh that is under way began with older facts and may be written after this. */
	if (l->refreshing)
		l->again = true;
}

void status_seen(struct live *l)
{
	l->last_seen_ms = clock_wall_ms();
	/* Whoever is alive again should not be shown as offline until the next tick's chance. */
	if (l->status == SITE_OFFLINE || l->status == SITE_NEVER_CONNECTED)
		status_refresh(l);
}

void status_arm(struct live *l)
{
	struct site_facts f;

	if (l->refreshing)
		return;
	status_facts(l, &f);
	l->due_ms = status_due_ms(&f);
}

struct refresh {
	struct live *live; /* lives as long as the hub */
	struct site_facts facts;
	int status;
};

static int refresh_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct refresh *job = arg;
	struct site_state s;
	int rc;

	rc = state_get(db, job->live->site, mem, &s);
	if (rc == ERR_NOT_FOUND) {
		state_init(job->live->site, &s);
		rc = 0;
	}
	/* The first report may have been stored since the facts were gathered. */
	if (rc == 0 && job->facts.report_ms == JSON_ABSENT_INT)
		job->facts.report_ms = s.report_ms;
	if (rc == 0)
		rc = state_conclude(db, job->live->customer, mem, &job->facts, &s);
	job->status = s.status;
	return rc;
}

static void refresh_done(int rc, void *arg, void *owner)
{
	struct refresh *job = arg;
	struct live *l = job->live;

	l->refreshing = false;
	if (rc == 0)
		status_concluded(l, &job->facts, job->status);
	else
		l->due_ms = clock_wall_ms() + TICK_MS;
	if (l->again) {
		l->again = false;
		status_refresh(l);
	}
}

void status_refresh(struct live *l)
{
	struct refresh job = { .live = l };

	if (l->refreshing) {
		l->again = true;
		return;
	}
	l->refreshing = true;
	l->due_ms = INT64_MAX;
	status_facts(l, &job.facts);
	db_write(&l->hub->status->owner, l->provider, refresh_run, refresh_done, &job, sizeof(job));
}

static void look(void *value, void *arg)
{
	struct live *l = value;
	const int64_t *now_ms = arg;

	if (*now_ms >= l->due_ms && !l->refreshing)
		status_refresh(l);
}

static void on_tick(struct timer *t)
{
	struct status *s = CONTAINER_OF(t, struct status, tick);
	int64_t now_ms = clock_wall_ms();

	map_each(&s->by_site, look, &now_ms);
	timer_start(s->hub->loop, &s->tick, TICK_MS);
}

static int open_status(struct hub *hub)
{
	struct status *s = xcalloc(1, sizeof(*s));

	s->hub = hub;
	db_owner_init(&s->owner, hub->db, hub->loop, s);
	timer_init(&s->tick, on_tick);
	timer_start(hub->loop, &s->tick, TICK_MS);
	hub->status = s;
	return 0;
}

static void drain_status(struct hub *hub)
{
	timer_stop(hub->loop, &hub->status->tick);
}

static void free_live(void *value, void *arg)
{
	free(value);
}

static void close_status(struct hub *hub)
{
	struct status *s = hub->status;

	if (!s)
		return;
	timer_stop(hub->loop, &s->tick);
	db_owner_done(&s->owner, NULL);
	map_each(&s->by_site, free_live, NULL);
	map_done(&s->by_site);
	free(s);
	hub->status = NULL;
}

const struct slice status_slice = {
	.name = "status",
	.open = open_status,
	.drain = drain_status,
	.close = close_status,
};
