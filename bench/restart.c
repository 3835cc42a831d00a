/* restart.c - a hub that stops, or dies, under thousands of connectors that poll and report, and is
 * started again at the same address: when all are back, who is called offline, what is lost.
 *
 * The connectors are those of `imprimatur-sim fleet`, with the back-off of real ones; they are back
 * when the hub has an open poll of each. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/os.h"
#include "db/stmt.h"
#include "hub/report/report.h"
#include "net/loop.h"
#include "sim/fleet_site.h"

#define OPEN_EVERY_MS 2
#define SETTLE_S      600
#define BACK_S        120
#define WATCH_S       20 /* after all are back: reports that waited have come */
#define LOOK_MS       250
#define GOAL_BACK_S   15

struct restart {
	struct bench *bench;
	struct fleet fleet;
	double most_a_s; /* handshakes */
};

/* -- Who there is */

static void on_settled(struct fleet *f)
{
}

/* Enrolled already, by the store. */
static void make_sites(struct restart *r)
{
	struct bench *b = r->bench;
	struct fleet *f = &r->fleet;

	*f = (struct fleet){ .loop = b->loop,
			     .hub = b->at,
			     .len = b->len,
			     .speed = 1,
			     .today_ms = clock_wall_ms(),
			     .began_mono_ms = clock_mono_ms(),
			     .on_settled = on_settled };
	f->sites = xcalloc(f->len, sizeof(*f->sites));
	for (size_t n = 0, number = 0; n < f->len; number++) {
		struct fleet_site *s = &f->sites[n];

		s->fleet = f;
		life_make(1, number, f->today_ms, &s->life);
		/* Lines that are down by themselves say nothing here. */
		if (life_way(&s->life, f->today_ms) != LIFE_AWAKE ||
		    s->life.profile->awake_to != 24)
			continue;
		s->key = b->members[n].key;
		b->members[n++].key = NULL; /* the site's now */
		s->agreement = 1;
		s->enrolled = true;
	}
}

static int64_t polls(struct restart *r)
{
	return hub_metric(r->bench, "imprimatur_hub_polls");
}

static void open_all(struct restart *r)
{
	double until = now_s() + SETTLE_S;

	for (size_t n = 0; n < r->fleet.len; n++) {
		fleet_site_begin(&r->fleet.sites[n]);
		bench_turns(r->bench, OPEN_EVERY_MS);
	}
	while (polls(r) < (int64_t)r->fleet.len) {
		if (now_s() > until)
			die("of %zu connectors %lld poll", r->fleet.len, (long long)polls(r));
		bench_turns(r->bench, LOOK_MS);
	}
}

/* -- What the store says */

QUERY(q_offline, "bench_offline",
      "SELECT count(*) FROM site_state WHERE provider_id = :provider AND status = :offline");
QUERY(q_changes, "bench_status_changes",
      "SELECT count(*) FROM change WHERE provider_id = :provider AND verb = :verb "
      "AND at_ms > :since");

struct look_job {
	int64_t since_ms, offline, changes, records, torn;
};

static int count_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct look_job *job = arg;
	struct stmt *st = tenant_query(db, &q_offline);
	int rc;

	stmt_i64(st, ":offline", SITE_OFFLINE);
	if (stmt_row(st))
		job->offline = col_i64(st, 0);
	rc = stmt_end(st);
	st = tenant_query(db, &q_changes);
	stmt_i64(st, ":verb", CHANGE_SITE_STATUS);
	stmt_i64(st, ":since", job->since_ms);
	if (stmt_row(st))
		job->changes = col_i64(st, 0);
	if (rc == 0)
		rc = stmt_end(st);
	return rc < 0 ? rc : reports_verify(db, &job->records, &job->torn);
}

static struct look_job look(struct bench *b, int64_t since_ms)
{
	struct look_job job = { .since_ms = since_ms };
	struct store s;

	store_open(b->hub.config, &s);
	must(db_wait_read(s.db, b->members[0].provider, count_run, &job, &s.mem), "the store");
	store_close(&s);
	return job;
}

/* -- The restart */

/* Seconds from the start until all poll again. */
static double come_back(struct restart *r)
{
	struct bench *b = r->bench;
	double start = now_s(), last = start;
	int64_t open, shaken = 0;

	do {
		int64_t now_shaken;
		double rate;

		bench_turns(b, LOOK_MS);
		open = polls(r);
		now_shaken = hub_metric(b, "imprimatur_hub_handshakes_total");
		rate = (double)(now_shaken - shaken) / (now_s() - last);
		r->most_a_s = rate > r->most_a_s ? rate : r->most_a_s;
		shaken = now_shaken;
		last = now_s();
	} while (open < (int64_t)r->fleet.len && last - start < BACK_S);
	return last - start;
}

static double restart(struct restart *r, void (*end)(struct hub_process *h), const char *name)
{
	struct bench *b = r->bench;
	double back, cpu;
	char text[64];

	progress("%s", name);
	end(&b->hub);
	hub_start(&b->hub);
	back = come_back(r);
	figure(name, back, "s");
	cpu = hub_cpu_s(&b->hub) * 1000 / (double)r->fleet.len;
	snprintf(text, sizeof(text), "%s_cpu", name);
	figure(text, cpu, "ms/connector");
	return back;
}

static void gates(struct restart *r, double back, int64_t since_ms)
{
	struct bench *b = r->bench;
	const struct fleet *f = &r->fleet;
	struct look_job job = look(b, since_ms);

	figure("restart_connectors", (double)f->len, "connectors");
	figure("restart_handshakes", r->most_a_s, "most/s");
	figure("restart_cut", (double)f->cut, "connections");
	gate_at_most(b, "restart_back", back, "s", GOAL_BACK_S);
	gate_at_most(b, "restart_offline", (double)(job.offline + job.changes), "sites", 0);
	gate_at_most(b, "restart_lost", (double)((int64_t)f->reports - job.records + job.torn),
		     "reports", 0);
	gate_at_most(b, "restart_refused", (double)f->refused, "calls", 0);
}

void bench_restart(struct bench *b, size_t len)
{
	struct restart r = { .bench = b };
	double stopped, killed;
	int64_t since_ms;

	fleet_make(b, len);
	hub_start(&b->hub);
	hub_keep_port(&b->hub);
	bench_find_hub(b);
	make_sites(&r);
	progress("opening %zu connections", len);
	open_all(&r);
	since_ms = clock_wall_ms();
	stopped = restart(&r, hub_stop, "restart_after_stop");
	bench_turns(b, WATCH_S * 1000);
	killed = restart(&r, hub_kill, "restart_after_kill");
	bench_turns(b, WATCH_S * 1000);
	fleet_end(&r.fleet, SETTLE_S * 1000);
	hub_stop(&b->hub);
	gates(&r, stopped > killed ? stopped : killed, since_ms);
	for (size_t n = 0; n < r.fleet.len; n++)
		fleet_site_free(&r.fleet.sites[n]);
	free(r.fleet.sites);
}
