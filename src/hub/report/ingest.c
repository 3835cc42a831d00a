/* ingest.c - records become evidence, state, devices and series.
 *
 *   for each record:   does it fit what is held? (fork) -> keep its exact bytes -> decode
 *                      -> series at its own time -> devices, unless a later record spoke of them
 *                      -> if it is the newest: the site's state
 *   then:              how far is the epoch held -> status, change row
 *
 * Records may come newest first: order within an epoch is their number, never a clock.  An epoch is
 * current from its first record on; what comes late of an older one is kept and charted, but does
 * not touch what is shown. */
#include "hub/report/ingest.h"

#include <math.h>
#include <string.h>

#include "db/db.h"
#include "hub/connector/connector.h"
#include "hub/report/told_change.h"
#include "hub/series/series.h"
#include "model/series.h"

#define HOUR_MS 3600000.0

struct run {
	struct tenant_db *db;
	struct arena *mem;
	struct ingest *in;
	struct site_state state, before; /* as it will be shown, and as it was */
	int64_t acked;
	bool follows; /* all records so far continue the tail, beyond which nothing is held */
	int64_t end;  /* the highest number of the tail and of these records, and its digest */
	struct hash digest;
	bool current;       /* the records' epoch is the one that is shown */
	bool told;          /* the state has changed */
	bool gone;          /* some device was told to be */
	int64_t came, went; /* devices */
	int64_t spooled;    /* as the newest of these reports tells it */
};

static bool is_newest(const struct run *run, const struct record *r)
{
	return run->current && (int64_t)r->seq > run->state.report_seq;
}

/* -- State */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static void take_server(struct run *run, const struct report_server *server)
{
	struct site_state *s = &run->state;

	if (!server)
		return;
	run->in->other_server |= s->product != server->product || s->edition != server->edition ||
				 s->os != server->os || !same_text(s->version, server->version);
	s->product = server->product;
	s->version = server->version;
	s->edition = server->edition;
	s->os = server->os;
}

static size_t components_before(const struct site_state *s, struct component_fact *before)
{
	size_t n = 0;

	for (; n < s->components.len && n < STATUS_COMPONENTS_MAX; n++) {
		const struct state_component *c = s->components.items[n];

		before[n] = (struct component_fact){ c->kind,  c->state,    c->code,
						     c->total, c->in_error, c->since_ms };
	}
	return n;
}

static void take_components(struct run *run, const struct report *r, const struct record *record)
{
	struct component_fact before[STATUS_COMPONENTS_MAX], now[STATUS_COMPONENTS_MAX];
	size_t before_len = components_before(&run->state, before);
	struct json_list list = { 0 };
	struct site_facts f;
	size_t len;

	status_facts_init(&f);
	len = status_facts_from_report(r, record->at_ms, before, before_len, now, &f);
	for (size_t i = 0; i < len; i++) {
		struct state_component *c = ARENA_NEW(run->mem, struct state_component);

		*c = (struct state_component){ now[i].kind,  now[i].state,    now[i].code,
					       now[i].total, now[i].in_error, now[i].since_ms };
		report_list_add(run->mem, &list, c);
	}
	run->state.components = list;
	run->state.read_at_ms = r->health->read_at_ms;
	run->state.disk_used_percent = r->health->disk_used_percent;
	run->state.jvm_memory_used_percent = r->health->jvm_memory_used_percent;
	run->state.database_connect_ms = r->health->database_connect_ms;
	if (!isnan(r->health->uptime_hours))
		state_note_start(&run->state, run->mem,
				 record->at_ms - (int64_t)(r->health->uptime_hours * HOUR_MS));
}

static struct json_list last_of(const struct json_list *list, struct arena *mem)
{
	struct json_list last = {};

	report_list_add(mem, &last, list->items[list->len - 1]);
	return last;
}

/* Of two numbers that may be absent. */
static int64_t plus(int64_t a, int64_t b)
{
	if (a == JSON_ABSENT_INT || b == JSON_ABSENT_INT)
		return a == JSON_ABSENT_INT ? b : a;
	return a + b;
}

/* What each device did stands with the device: here as one sum. */
static struct json_list last_day(const struct json_list *list, struct arena *mem)
{
	struct json_list last = last_of(list, mem);
	struct report_day *day = arena_dup(mem, last.items[0], sizeof(*day));

	for (size_t i = 0; i < day->devices.len; i++) {
		const struct report_device_use *use = day->devices.items[i];

		day->rest_pages = plus(day->rest_pages, use->pages);
		day->rest_jobs = plus(day->rest_jobs, use->jobs);
	}
	day->devices = (struct json_list){};
	last.items[0] = day;
	return last;
}

/* Of periods and days the newest is shown; a report need not have one. */
static void take_usage(struct run *run, const struct report_usage *told)
{
	const struct report_usage *before = run->state.usage;
	struct report_usage *now = arena_dup(run->mem, told, sizeof(*told));

	if (told->periods.len)
		now->periods = last_of(&told->periods, run->mem);
	else if (before)
		now->periods = before->periods;
	if (told->days.len)
		now->days = last_day(&told->days, run->mem);
	else if (before)
		now->days = before->days;
	run->state.usage = now;
}

/* A section that a report leaves out stays as it was told, with its age. */
static void take_sections(struct run *run, const struct report *r, int64_t at_ms)
{
	struct site_state *s = &run->state;

	if (r->licence) {
		s->licence = r->licence;
		s->licence_ms = at_ms;
	}
	if (r->infrastructure) {
		s->infrastructure = r->infrastructure;
		s->infrastructure_ms = at_ms;
	}
	if (r->usage) {
		take_usage(run, r->usage);
		s->usage_ms = at_ms;
	}
}

static int take_state(struct run *run, const struct report *r, const struct record *record)
{
	struct site_state *s = &run->state;
	const struct report_connector *c = r->connector;
	int rc;

	take_server(run, r->server);
	if (r->health)
		take_components(run, r, record);
	take_sections(run, r, record->at_ms);
	if (r->devices) {
		s->device_total = r->devices->total == JSON_ABSENT_INT ? 0 : r->devices->total;
		s->device_error =
			r->devices->in_error == JSON_ABSENT_INT ? 0 : r->devices->in_error;
	}
	s->report_ms = record->at_ms;
	s->report_seq = (int64_t)record->seq;
	run->told = true;
	/* A reading that was made a moment ago tells how the site's clock goes. */
	if (c && c->spooled <= 1)
		run->in->skew_ms = record->at_ms - run->in->call.received_ms;
	if (!c)
		return 0;
	s->connector_version = c->version;
	run->spooled = c->spooled;
	rc = connector_note_report(
		run->db, run->in->customer, run->in->call.connector,
		&(struct connector_told){ c->version, c->os < 0 ? NULL : connector_os_names[c->os],
					  run->in->from, c->spooled, run->in->skew_ms },
		&run->in->noted);
	return rc < 0 ? rc : 0;
}

/* -- Devices and series */

static int take_devices(struct run *run, const struct report_devices *devices,
			const struct record *record)
{
	const struct ingest *in = run->in;
	int64_t seq = (int64_t)record->seq;
	int rc = 0;

	if (!devices || !run->current)
		return 0;
	for (size_t i = 0; rc >= 0 && i < devices->items.len; i++) {
		rc = device_take(run->db, in->customer, in->site, run->mem, devices->items.items[i],
				 seq, record->at_ms);
		run->came += rc;
	}
	for (size_t i = 0; rc >= 0 && i < devices->gone.len; i++) {
		rc = device_gone(run->db, in->customer, in->site, run->mem, devices->gone.items[i],
				 seq);
		run->went += rc;
	}
	run->gone |= devices->gone.len > 0;
	if (rc >= 0 && devices->complete == JSON_TRUE) {
		rc = devices_gone_before(run->db, in->site, seq);
		run->went += rc;
	}
	return rc < 0 ? rc : 0;
}

static int write_value(struct run *run, const struct series_def *s, int64_t at_ms, double value)
{
	return series_write_next(run->db, run->in->site, s->number, at_ms, value,
				 &run->in->tail.newest[s - series_defs]);
}

/* What is counted over a time stands at its beginning and holds as any value does. */
static int take_counted(struct run *run, const struct series_def *s, const struct report_usage *u)
{
	int rc = 0;

	for (size_t i = 0; s->of_period && rc >= 0 && i < u->periods.len; i++) {
		const struct report_period *p = u->periods.items[i];

		rc = write_value(run, s, p->from_ms, s->of_period(p));
	}
	for (size_t i = 0; s->of_day && rc >= 0 && i < u->days.len; i++) {
		const struct report_day *d = u->days.items[i];

		rc = write_value(run, s, d->from_ms, s->of_day(d));
	}
	return rc;
}

static int take_series(struct run *run, const struct report *r, const struct record *record)
{
	uint32_t purposes = report_purposes(r, REPORT_SCHEMA_MAX);
	int rc = 0;

	for (const struct series_def *s = series_defs; rc >= 0 && s->name; s++) {
		if (!series_told(s, purposes))
			continue;
		if (s->read)
			rc = write_value(run, s, record->at_ms, s->read(r));
		else
			rc = take_counted(run, s, r->usage);
	}
	return rc < 0 ? rc : 0;
}

static int take_device_use(struct run *run, const struct report_usage *usage)
{
	int rc = 0;

	for (size_t i = 0; usage && rc >= 0 && i < usage->days.len; i++) {
		const struct report_day *day = usage->days.items[i];

		for (size_t j = 0; rc >= 0 && j < day->devices.len; j++)
			rc = device_used(run->db, run->in->customer, run->in->site, run->mem, day,
					 day->devices.items[j]);
	}
	return rc < 0 ? rc : 0;
}

/* From the gap's beginning on nothing is known, until the next report says something. */
static int take_gap(struct run *run, const struct record *record)
{
	struct json_problem problem;
	struct gap gap;
	int rc = json_decode(&gap_schema, record->data.p, record->data.len, run->mem, &gap,
			     &problem);

	if (rc < 0)
		return rc;
	for (const struct series_def *s = series_defs; rc >= 0 && s->name; s++)
		rc = write_value(run, s, gap.from_ms, NAN);
	if (rc < 0 || gap.reason != GAP_MONITORING_OFF)
		return rc < 0 ? rc : 0;
	memset(run->in->tail.newest, 0, sizeof(run->in->tail.newest)); /* the switch writes all */
	rc = series_monitoring(run->db, run->in->site, gap.from_ms, false);
	return rc < 0 ? rc : series_monitoring(run->db, run->in->site, gap.to_ms, true);
}

/* -- Records */

static int take_report(struct run *run, const struct report *r, const struct record *record)
{
	int rc = take_series(run, r, record);

	if (rc == 0)
		rc = take_devices(run, r->devices, record);
	if (rc == 0)
		rc = take_device_use(run, r->usage);
	if (rc == 0 && is_newest(run, record))
		rc = take_state(run, r, record);
	return rc;
}

/* As report_place(), which need not be asked where the tail is known and continued. */
static int place_of(struct run *run, const struct record *r, const struct hash *digest,
		    enum record_place *ret_place)
{
	int64_t seq = (int64_t)r->seq;
	int rc = 0;

	run->follows = run->follows && seq == run->end + 1 && hash_eq(&r->prev, &run->digest);
	*ret_place = RECORD_NEW;
	if (!run->follows)
		rc = report_place(run->db, run->in->call.connector, r, digest, run->acked,
				  ret_place);
	if (seq > run->end) {
		run->end = seq;
		run->digest = *digest;
	}
	return rc;
}

static int take_record(struct run *run, const struct record *record)
{
	struct json_problem problem;
	enum record_place place;
	struct report r;
	struct hash digest = record_digest(record);
	bool fits = true;
	int rc = place_of(run, record, &digest, &place);

	if (rc < 0)
		return rc;
	if (place == RECORD_HELD) {
		run->in->again++;
		return 0;
	}
	if (record->kind == RECORD_REPORT)
		fits = report_decode(record->data.p, record->data.len, run->mem, &r, &problem) == 0;
	/* What does not fit the schema is kept all the same: it must not block what follows. */
	rc = report_insert(run->db, &run->in->call, run->in->customer, record, &digest, fits);
	if (rc < 0)
		return rc;
	run->in->stored++;
	if (!fits) {
		run->in->refused++;
		return 0;
	}
	return record->kind == RECORD_REPORT ? take_report(run, &r, record) : take_gap(run, record);
}

/* How far the epoch is held; ERR_NOT_FOUND: it is new. */
static int begin_chain(struct run *run, const struct epoch *epoch)
{
	const struct report_tail *tail = &run->in->tail;

	run->follows = tail->acked > 0 && epoch_eq(&tail->epoch, epoch);
	if (!run->follows)
		return report_head_get(run->db, run->in->call.connector, epoch, &run->acked);
	run->acked = run->end = tail->acked;
	run->digest = tail->digest;
	return 0;
}

/* How far it is held now. */
static int end_chain(struct run *run, const struct epoch *epoch)
{
	struct ingest *in = run->in;
	struct report_tail *tail = &in->tail;
	int rc = 0;

	in->answer.acked = run->follows ? run->end : run->acked;
	if (!run->follows)
		rc = report_held(run->db, in->call.connector, epoch, run->mem, &in->answer.acked,
				 &in->answer.ranges);
	tail->epoch = *epoch;
	tail->digest = run->digest;
	tail->acked = run->end == in->answer.acked && in->answer.ranges.len == 0 ? run->end : 0;
	return rc;
}

/* The state so far, and whether these records may change it. */
static int begin(struct run *run, const struct epoch *epoch)
{
	const struct ingest *in = run->in;
	bool known;
	int rc = begin_chain(run, epoch);

	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	known = rc == 0;
	rc = state_get(run->db, in->site, run->mem, &run->state);
	if (rc == ERR_NOT_FOUND) {
		state_init(in->site, &run->state);
		rc = 0;
	}
	if (rc < 0)
		return rc;
	if (!known) {
		memcpy(run->state.report_epoch, epoch->b, sizeof(epoch->b));
		run->state.report_seq = 0;
		rc = devices_new_epoch(run->db, in->site);
	}
	run->before = run->state;
	run->current = memcmp(run->state.report_epoch, epoch->b, sizeof(epoch->b)) == 0;
	return rc < 0 ? rc : 0;
}

/* What waited when the newest report was made has come meanwhile. */
static int catch_up(struct run *run)
{
	struct ingest *in = run->in;
	int rc = 0;

	if (in->answer.ranges.len > 0)
		return 0;
	if (run->current && (run->gone || !run->told || run->spooled > 0))
		rc = devices_settle(run->db, in->site, in->answer.acked);
	if (rc >= 0 && (!run->told || run->spooled > 0)) {
		rc = connector_note_caught_up(run->db, in->call.connector);
		in->noted = 0;
	}
	return rc;
}

static int conclude(struct run *run, const struct epoch *epoch)
{
	struct ingest *in = run->in;
	int rc = end_chain(run, epoch);

	if (rc == 0)
		rc = report_head_put(run->db, in->call.connector, epoch, in->answer.acked,
				     in->call.received_ms);
	if (rc >= 0)
		rc = catch_up(run);
	if (rc < 0 || !run->told)
		return rc < 0 ? rc : 0;
	rc = told_change(run->db, run->mem, in->customer, in->call.connector, &run->before,
			 &run->state, run->came, run->went);
	if (rc < 0)
		return rc;
	in->report_ms = in->call.received_ms;
	in->facts.report_ms = in->report_ms;
	in->facts.skew_ms = status_skew_ms(in->skew_before_ms, in->skew_ms);
	rc = state_conclude(run->db, in->known, in->customer, run->mem, &in->facts, &run->state);
	in->status = run->state.status;
	/* A site that never told its devices shows none. */
	if (run->state.device_total > 0)
		in->devices =
			(struct device_counts){ run->state.device_total, run->state.device_error };
	return rc;
}

int ingest_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct ingest *in = arg;
	struct run run = { .db = db, .mem = mem, .in = in };
	const struct epoch *epoch = &in->records[0].epoch;
	int rc = report_call_insert(db, &in->call);

	if (rc >= 0)
		rc = begin(&run, epoch);
	for (size_t i = 0; rc >= 0 && i < in->records_len; i++)
		rc = take_record(&run, &in->records[i]);
	return rc < 0 ? rc : conclude(&run, epoch);
}
