/* load.c - whole fleets with their past, written by the hub's own store functions in the order of
 * time:
 *
 *   a year ago  customers, sites, enrolments
 *   since then  the days of what is charted, already rolled up; lines that went down and came back
 *   a day ago   reports, as POST /c/v1/reports takes them */
#include "store.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/os.h"
#include "hub/connector/store.h"
#include "hub/customer/customer.h"
#include "hub/known.h"
#include "hub/provider/provider.h"
#include "hub/report/ingest.h"
#include "hub/series/store.h"
#include "hub/site/site.h"
#include "model/facts.h"
#include "model/series.h"
#include "sim/life.h"

#define A_JOB        250 /* sites, events */
#define HOUR_MS      SERIES_HOUR_MS
#define REPORT_HOURS 24 /* of those that start anew several times a day; else: */
#define LAST_HOURS   3  /* what is older comes late (SERIES_SETTLE_MS) */
#define SILENT_MS    (2 * 60 * INT64_C(1000)) /* until a line that is down is called silent */

struct lived {
	struct life life;
	struct member m;
	int64_t made_ms, told_ms; /* told_ms 0: nothing yet */
};

struct event { /* a line goes down, or is up again */
	size_t site;
	int64_t at_ms;
	bool up;
};

struct load {
	const struct load_options *o;
	struct store store;
	struct known *known;
	struct lived *sites;
	struct event *events;
	size_t events_len;
	int64_t now_ms;
};

/* So many of them in one job. */
struct batch {
	struct load *load;
	size_t from, to;
	int hours_ago;
};

static void in_batches(struct load *l, size_t len, struct id provider, db_fn fn, int hours_ago,
		       const char *what)
{
	for (size_t i = 0; i < len; i += A_JOB) {
		struct batch b = { l, i, i + A_JOB < len ? i + A_JOB : len, hours_ago };
		struct arena mem = {};

		must(db_wait_write(l->store.db, provider, fn, &b, &mem), what);
		arena_done(&mem);
	}
}

/* -- A year ago */

static struct change_in by_operator(enum change_verb verb, int64_t at_ms)
{
	return (struct change_in){ .verb = verb, .actor_kind = ACTOR_OPERATOR, .at_ms = at_ms };
}

static int note_of_connector(struct tenant_db *db, const struct lived *s, enum change_verb verb,
			     int64_t at_ms)
{
	return change_write(db, &(struct change_in){ .verb = verb,
						     .actor_kind = ACTOR_CONNECTOR,
						     .actor = s->m.id,
						     .object_kind = ID_CONN,
						     .object = s->m.id,
						     .customer = s->m.customer,
						     .site = s->m.site,
						     .from = "127.0.0.1",
						     .at_ms = at_ms });
}

static void facts_at(const struct load *l, const struct lived *s, int64_t at_ms,
		     struct site_facts *f)
{
	enum life_way way = life_way(&s->life, l->now_ms);

	status_facts_init(f);
	f->now_ms = at_ms;
	f->enrolled = true;
	f->monitoring = SWITCH_ON;
	f->polling = way != LIFE_ASLEEP;
	f->last_seen_ms = at_ms;
	f->report_ms = at_ms;
}

static int conclude(struct tenant_db *db, struct load *l, const struct lived *s,
		    struct site_facts *f)
{
	struct site_state state;
	struct arena mem = {};
	int rc = state_renew(db, l->known, s->m.customer, s->m.site, &mem, f, &state);

	arena_done(&mem);
	return rc;
}

static int invite(struct tenant_db *db, struct load *l, const struct lived *s)
{
	struct change_in change = by_operator(CHANGE_INVITATION_MADE, 0);
	struct invitation_new i;
	int rc = invitation_plan(l->store.keys, l->store.config.region, s->m.site, 0, &i);

	if (rc == 0)
		rc = invitation_make(db, &i, &change);
	secret_wipe(i.code, sizeof(i.code));
	return rc;
}

static int enrol(struct tenant_db *db, struct load *l, struct lived *s)
{
	struct site_facts f;
	int rc = member_insert(db, &s->m, s->made_ms);

	if (rc >= 0)
		rc = note_of_connector(db, s, CHANGE_CONNECTOR_ENROLLED, s->made_ms);
	if (rc >= 0)
		rc = note_of_connector(db, s, CHANGE_CONSENT_RECORDED, s->made_ms);
	facts_at(l, s, s->made_ms, &f);
	f.polling = true;
	return rc < 0 ? rc : conclude(db, l, s, &f);
}

static int make_customer(struct tenant_db *db, struct load *l, size_t n)
{
	struct change_in change = by_operator(CHANGE_CUSTOMER_MADE, l->sites[n].made_ms);
	char name[LIFE_NAME_MAX];
	struct customer c = { .id = id_new(), .name = name, .created_ms = l->sites[n].made_ms };

	life_customer_name(l->o->seed, life_customer(n), name);
	l->sites[n].m.customer = c.id;
	return customer_make(db, &c, &change);
}

static int make_site(struct tenant_db *db, struct arena *mem, struct load *l, size_t n)
{
	struct lived *s = &l->sites[n];
	struct change_in change = by_operator(CHANGE_SITE_MADE, s->made_ms);
	char name[LIFE_NAME_MAX];
	struct site_new site = { .id = id_new(), .name = name, .created_ms = s->made_ms };
	int rc = 0;

	life_site_name(&s->life, name);
	s->m.provider = tenant_id(db);
	s->m.site = site.id;
	if (n == 0 || life_customer(n) != life_customer(n - 1))
		rc = make_customer(db, l, n);
	else
		s->m.customer = l->sites[n - 1].m.customer;
	site.customer = s->m.customer;
	if (rc == 0)
		rc = site_make(db, mem, &site, &change);
	if (rc < 0)
		return rc;
	return s->life.profile->invited_only ? invite(db, l, s) : enrol(db, l, s);
}

static int make_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *b = arg;
	int rc = 0;

	for (size_t n = b->from; rc >= 0 && n < b->to; n++)
		rc = make_site(db, mem, b->load, n);
	return rc < 0 ? rc : 0;
}

/* -- Since then */

static double value_of(const struct series_def *s, const struct report *r)
{
	if (s->read)
		return s->read(r);
	if (s->of_period)
		return s->of_period(r->usage->periods.items[0]);
	return s->of_day(r->usage->days.items[0]);
}

static size_t series_count(void)
{
	size_t n = 0;

	while (series_defs[n].name)
		n++;
	return n;
}

/* The value of noon is the day's. */
static void fill_day(const struct lived *s, int64_t at_ms, size_t day, size_t days,
		     struct bucket *buckets)
{
	struct life_moment noon = { at_ms + SERIES_DAY_MS / 2, at_ms + SERIES_DAY_MS / 2, at_ms,
				    true };
	struct arena mem = {};
	uint32_t purposes;
	struct report r;

	if (life_way(&s->life, noon.at_ms) != LIFE_AWAKE)
		return;
	life_report(&s->life, &noon, &mem, &r);
	purposes = report_purposes(&r, REPORT_SCHEMA_MAX);
	for (const struct series_def *d = series_defs; d->name; d++) {
		double value = series_told(d, purposes) ? value_of(d, &r) : NAN;

		if (!isnan(value))
			buckets[(size_t)(d - series_defs) * days + day] =
				(struct bucket){ value, value, value * SERIES_DAY_MS, value,
						 SERIES_DAY_MS };
	}
	arena_done(&mem);
}

static int load_history(struct tenant_db *db, const struct load *l, const struct lived *s)
{
	int64_t first = s->made_ms - s->made_ms % SERIES_DAY_MS + SERIES_DAY_MS;
	int64_t today = l->now_ms - l->now_ms % SERIES_DAY_MS;
	/* Yesterday is told by reports. */
	int64_t days = (today - first) / SERIES_DAY_MS - 1;
	struct bucket *buckets;
	int rc = 0;

	if (days <= 0)
		return 0;
	buckets = xcalloc((size_t)days * series_count(), sizeof(*buckets));
	for (int64_t i = 0; i < days; i++)
		fill_day(s, first + i * SERIES_DAY_MS, (size_t)i, (size_t)days, buckets);
	for (const struct series_def *d = series_defs; rc == 0 && d->name; d++)
		rc = series_load_days(db, s->m.site, d->number, first,
				      &buckets[(d - series_defs) * days], (size_t)days);
	free(buckets);
	return rc;
}

static int history_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *b = arg;
	const struct load *l = b->load;
	int rc = 0;

	for (size_t n = b->from; rc == 0 && n < b->to; n++)
		if (n % l->o->history == 0 && !l->sites[n].life.profile->invited_only)
			rc = load_history(db, l, &l->sites[n]);
	return rc;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static void gather_events(struct load *l)
{
	l->events = xcalloc(2 * LIFE_OUTAGES_MAX * l->o->sites, sizeof(*l->events));
	for (size_t n = 0; n < l->o->sites; n++) {
		const struct lived *s = &l->sites[n];
		struct life_outage out[LIFE_OUTAGES_MAX];
		size_t len = s->life.profile->invited_only ? 0 : life_outages(&s->life, out);

		for (size_t i = 0; i < len; i++) {
			if (out[i].from_ms < s->made_ms)
				continue;
			l->events[l->events_len++] =
				(struct event){ n, out[i].from_ms + SILENT_MS, false };
			l->events[l->events_len++] = (struct event){ n, out[i].to_ms, true };
		}
	}
	qsort(l->events, l->events_len, sizeof(*l->events), by_time);
}

static int events_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *b = arg;
	int rc = 0;

	for (size_t i = b->from; rc == 0 && i < b->to; i++) {
		const struct event *e = &b->load->events[i];
		const struct lived *s = &b->load->sites[e->site];
		struct site_facts f;

		facts_at(b->load, s, e->at_ms, &f);
		f.polling = e->up;
		if (!e->up)
			f.last_seen_ms -= SILENT_MS;
		rc = conclude(db, b->load, s, &f);
	}
	return rc;
}

/* -- A day ago */

/* Who is not there now has told once what there is. */
static bool reports_at(const struct load *l, const struct lived *s, int hours_ago)
{
	switch (life_way(&s->life, l->now_ms)) {
	case LIFE_AWAKE:
		return hours_ago < LAST_HOURS || s->life.profile->restart_hours > 0;
	case LIFE_ASLEEP:
	case LIFE_HIDDEN:
		return hours_ago == LAST_HOURS - 1;
	case LIFE_INVITED:
		break;
	}
	return false;
}

static int take_report(struct tenant_db *db, struct load *l, struct lived *s, int64_t at_ms)
{
	struct life_moment moment = { at_ms, at_ms, s->told_ms, s->told_ms == 0 };
	struct ingest in = { .site = s->m.site,
			     .customer = s->m.customer,
			     .from = "127.0.0.1",
			     .known = l->known,
			     .skew_before_ms = JSON_ABSENT_INT,
			     .skew_ms = JSON_ABSENT_INT,
			     .report_ms = JSON_ABSENT_INT,
			     .status = -1 };
	struct buf octets = buf_new(RECORD_MAX);
	struct record record;
	struct arena mem = {};
	struct report r;
	struct cur cur;
	int rc;

	life_report(&s->life, &moment, &mem, &r);
	chain_report(&s->m.chain, &r, &octets);
	s->told_ms = at_ms;
	cur = cur_of(octets.data, octets.len);
	must(record_decode(&cur, &record), "a record");
	in.records = &record;
	in.records_len = 1;
	in.call = (struct report_call){ .id = id_new(),
					.connector = s->m.id,
					.received_ms = at_ms,
					.content_digest = hash_of(octets.data, octets.len),
					.input = "" };
	facts_at(l, s, at_ms, &in.facts);
	rc = ingest_run(db, &mem, &in);
	arena_done(&mem);
	buf_done(&octets);
	return rc;
}

static int reports_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *b = arg;
	struct load *l = b->load;
	int rc = 0;

	for (size_t n = b->from; rc >= 0 && n < b->to; n++)
		if (reports_at(l, &l->sites[n], b->hours_ago))
			rc = take_report(db, l, &l->sites[n], l->now_ms - b->hours_ago * HOUR_MS);
	return rc < 0 ? rc : 0;
}

/* -- Now */

static int switch_off(struct tenant_db *db, struct load *l, const struct lived *s)
{
	struct permissions p = { 1, SWITCH_OFF, SWITCH_OFF, SWITCH_OFF };
	struct site_facts f;
	bool newer;
	int rc = permissions_put(db, s->m.id, &p, &newer);

	if (rc == 0)
		rc = series_monitoring(db, s->m.site, l->now_ms, false);
	if (rc == 0)
		rc = note_of_connector(db, s, CHANGE_PERMISSION_CHANGED, l->now_ms);
	facts_at(l, s, l->now_ms, &f);
	f.monitoring = SWITCH_OFF;
	f.monitoring_ms = l->now_ms;
	return rc < 0 ? rc : conclude(db, l, s, &f);
}

static int end_one(struct tenant_db *db, struct load *l, const struct lived *s)
{
	enum life_way way = life_way(&s->life, l->now_ms);
	struct site_facts f;
	int rc;

	if (way == LIFE_INVITED)
		return 0;
	rc = connector_note_seen(db, s->m.id, way == LIFE_AWAKE ? l->now_ms : s->told_ms, 0);
	if (rc < 0 || way == LIFE_AWAKE)
		return rc < 0 ? rc : 0;
	if (way == LIFE_HIDDEN)
		return switch_off(db, l, s);
	facts_at(l, s, l->now_ms, &f);
	f.last_seen_ms = s->told_ms;
	return conclude(db, l, s, &f);
}

static int end_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *b = arg;
	int rc = 0;

	for (size_t n = b->from; rc == 0 && n < b->to; n++)
		rc = end_one(db, b->load, &b->load->sites[n]);
	return rc;
}

/* -- Whose they are */

struct find_job {
	const char *name;
	struct id found;
	size_t len;
};

static int find_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct find_job *job = arg;
	struct id *ids;
	size_t len;
	int rc = provider_list(db, mem, &ids, &len);

	for (size_t i = 0; rc == 0 && i < len; i++) {
		const char *name;

		rc = provider_name(system_tenant(db, ids[i]), mem, &name);
		if (rc < 0 || (job->name && strcmp(name, job->name) != 0))
			continue;
		job->found = ids[i];
		job->len++;
	}
	return rc;
}

static struct id find_provider(struct load *l)
{
	struct find_job job = { .name = l->o->provider };

	must(db_wait_system_read(l->store.db, find_run, &job, &l->store.mem), "the providers");
	if (job.len != 1)
		die("%zu providers of that name: `imprimatur-hub user add` makes one", job.len);
	return job.found;
}

static void make_lives(struct load *l)
{
	int64_t begin = l->now_ms - l->o->days * LIFE_DAY_MS;

	l->sites = xcalloc(l->o->sites, sizeof(*l->sites));
	for (size_t n = 0; n < l->o->sites; n++) {
		life_make(l->o->seed, n, l->now_ms, &l->sites[n].life);
		/* All were set up within a day. */
		l->sites[n].made_ms = begin + (int64_t)n * LIFE_DAY_MS / (int64_t)l->o->sites;
	}
}

static void write_plan(const struct load *l)
{
	struct buf out = buf_new(l->o->sites * 4 * LIFE_NAME_MAX);

	life_plan(l->o->seed, l->o->sites, l->now_ms, &out);
	must(file_replace(l->o->plan, out.data, out.len, FILE_PUBLIC), "the plan");
	buf_done(&out);
}

void load_fleet(const char *config, const struct load_options *o)
{
	struct load l = { .o = o, .known = known_new(), .now_ms = clock_wall_ms() };
	struct id provider;

	store_open(config, &l.store);
	provider = find_provider(&l);
	make_lives(&l);
	if (o->plan)
		write_plan(&l);
	progress("%zu sites", o->sites);
	in_batches(&l, o->sites, provider, make_run, 0, "a site");
	progress("values of %lld days", (long long)o->days);
	if (o->history)
		in_batches(&l, o->sites, provider, history_run, 0, "values");
	gather_events(&l);
	progress("%zu lines down and up again", l.events_len);
	in_batches(&l, l.events_len, provider, events_run, 0, "an outage");
	progress("reports");
	for (int hours = REPORT_HOURS - 1; hours >= 0; hours--)
		in_batches(&l, o->sites, provider, reports_run, hours, "a report");
	in_batches(&l, o->sites, provider, end_run, 0, "the end");
	for (size_t n = 0; n < o->sites; n++)
		sign_key_free(&l.sites[n].m.key);
	free(l.sites);
	free(l.events);
	store_close(&l.store);
	known_free(&l.known);
}
