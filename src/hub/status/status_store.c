/* status_store.c - the row of what a site last told and what followed from it. */
#include "hub/status/status.h"

#include <math.h>
#include <string.h>

#include "db/change.h"
#include "db/db.h"
#include "db/seal_row.h"
#include "db/stmt.h"
#include "hub/known.h"
#include "hub/licence/licence.h"
#include "hub/status/rules.h"
#include "model/licence.h"

/* clang-format off */
static const struct json_field component_fields[] = {
	{ "kind",	JSON_ENUM, offsetof(struct state_component, kind), .names = component_kind_names },
	{ "state",	JSON_ENUM, offsetof(struct state_component, state), .names = component_state_names },
	{ "code",	JSON_ENUM, offsetof(struct state_component, code), .names = component_code_names },
	{ "total",	JSON_INT,  offsetof(struct state_component, total) },
	{ "in_error",	JSON_INT,  offsetof(struct state_component, in_error) },
	{ "since",	JSON_TIME, offsetof(struct state_component, since_ms) },
	{ 0 }
};
static const struct json_schema component_schema = {
	"state_component", sizeof(struct state_component), JSON_OPEN, component_fields
};

static const struct json_field reason_fields[] = {
	{ "code",	JSON_INT,  offsetof(struct state_reason, code) },
	{ "component",	JSON_INT,  offsetof(struct state_reason, component) },
	{ "status",	JSON_INT,  offsetof(struct state_reason, status) },
	{ "value",	JSON_REAL, offsetof(struct state_reason, value) },
	{ "threshold",	JSON_REAL, offsetof(struct state_reason, threshold) },
	{ "since",	JSON_TIME, offsetof(struct state_reason, since_ms) },
	{ "rule",	JSON_INT,  offsetof(struct state_reason, rule) },
	{ "origin",	JSON_INT,  offsetof(struct state_reason, origin) },
	{ "detail",	JSON_TEXT, offsetof(struct state_reason, detail) },
	{ 0 }
};
static const struct json_schema reason_schema = {
	"state_reason", sizeof(struct state_reason), JSON_OPEN, reason_fields
};

static const struct json_field start_fields[] = {
	{ "at",		JSON_TIME, offsetof(struct state_start, at_ms), JSON_REQUIRED },
	{ 0 }
};
static const struct json_schema start_schema = {
	"state_start", sizeof(struct state_start), JSON_OPEN, start_fields
};

static const struct json_field state_fields[] = {
	{ "product",	JSON_ENUM, offsetof(struct site_state, product), .names = product_names },
	{ "edition",	JSON_ENUM, offsetof(struct site_state, edition), .names = edition_names },
	{ "os",		JSON_ENUM, offsetof(struct site_state, os), .names = server_os_names },
	{ "version",	JSON_TEXT, offsetof(struct site_state, version) },
	{ "connector",	JSON_TEXT, offsetof(struct site_state, connector_version) },
	{ "read_at",	JSON_TIME, offsetof(struct site_state, read_at_ms) },
	{ "components",	JSON_LIST, offsetof(struct site_state, components), .max = STATUS_COMPONENTS_MAX, .sub = &component_schema },
	{ "reasons",	JSON_LIST, offsetof(struct site_state, reasons), .max = STATUS_REASONS_MAX, .sub = &reason_schema },
	{ "terms",	JSON_OBJECT, offsetof(struct site_state, licence), .sub = &report_licence_schema },
	{ "parts",	JSON_OBJECT, offsetof(struct site_state, infrastructure), .sub = &report_infrastructure_schema },
	{ "usage",	JSON_OBJECT, offsetof(struct site_state, usage), .sub = &report_usage_schema },
	{ "terms_at",	JSON_TIME, offsetof(struct site_state, licence_ms) },
	{ "parts_at",	JSON_TIME, offsetof(struct site_state, infrastructure_ms) },
	{ "usage_at",	JSON_TIME, offsetof(struct site_state, usage_ms) },
	{ "disk",	JSON_REAL, offsetof(struct site_state, disk_used_percent) },
	{ "memory",	JSON_REAL, offsetof(struct site_state, jvm_memory_used_percent) },
	{ "connect",	JSON_INT,  offsetof(struct site_state, database_connect_ms) },
	{ "started",	JSON_TIME, offsetof(struct site_state, started_ms) },
	{ "restarts",	JSON_LIST, offsetof(struct site_state, restarts), .max = RULE_RESTARTS_MAX, .sub = &start_schema },
	{ 0 }
};
/* clang-format on */
/* Read and written by each report: hence packed; rows of before were JSON by numbers. */
const struct json_schema site_state_schema = { "site_state", sizeof(struct site_state),
					       JSON_OPEN | JSON_NUMBERS | JSON_PACKED,
					       state_fields };

QUERY(q_state, "site_state_by_site",
      "SELECT status, status_ms, report_ms, report_epoch, report_seq, device_total, device_error, "
      "sealed"
      " FROM site_state WHERE provider_id = :provider AND site_id = :site");

QUERY(q_state_put, "site_state_put",
      "INSERT INTO site_state (provider_id, site_id, status, status_ms, report_ms, report_epoch,"
      " report_seq, device_total, device_error, sealed)"
      " VALUES (:provider, :site, :status, :status_ms, :report_ms, :epoch, :seq, :total, :in_error,"
      " :sealed)"
      " ON CONFLICT (provider_id, site_id) DO UPDATE SET status = excluded.status,"
      " status_ms = excluded.status_ms, report_ms = excluded.report_ms,"
      " report_epoch = excluded.report_epoch, report_seq = excluded.report_seq,"
      " device_total = excluded.device_total, device_error = excluded.device_error,"
      " sealed = excluded.sealed");

/* No report yet: a time that no report has, because the column knows no NULL. */
#define NO_REPORT_MS (-1)

void state_init(struct id site, struct site_state *ret_state)
{
	json_init(&site_state_schema, ret_state);
	ret_state->site = site;
	ret_state->status = SITE_NEVER_CONNECTED;
	ret_state->status_ms = JSON_ABSENT_INT;
	ret_state->report_ms = JSON_ABSENT_INT;
	memset(ret_state->report_epoch, 0, sizeof(ret_state->report_epoch));
	ret_state->report_seq = 0;
	ret_state->device_total = 0;
	ret_state->device_error = 0;
}

int state_get(struct tenant_db *db, struct id site, struct arena *mem, struct site_state *ret_state)
{
	struct stmt *st = tenant_query(db, &q_state);
	struct row_key row = row_key_of("site_state", site);
	struct site_state s;
	bool found;
	int rc;

	state_init(site, &s);
	stmt_id(st, ":site", site);
	found = stmt_row(st);
	if (found) {
		col_sealed(st, 7, &row, &site_state_schema, mem, &s);
		s.site = site;
		s.status = (int)col_i64(st, 0);
		s.status_ms = col_i64(st, 1);
		s.report_ms = col_i64(st, 2);
		if (s.report_ms == NO_REPORT_MS)
			s.report_ms = JSON_ABSENT_INT;
		col_octets(st, 3, s.report_epoch, sizeof(s.report_epoch));
		s.report_seq = col_i64(st, 4);
		s.device_total = col_i64(st, 5);
		s.device_error = col_i64(st, 6);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_state = s;
	return 0;
}

static int state_put(struct tenant_db *db, struct id customer, const struct site_state *s)
{
	struct stmt *st = tenant_query(db, &q_state_put);
	struct row_key row = row_key_of("site_state", s->site);

	stmt_id(st, ":site", s->site);
	stmt_i64(st, ":status", s->status);
	stmt_i64(st, ":status_ms", s->status_ms);
	stmt_i64(st, ":report_ms", s->report_ms == JSON_ABSENT_INT ? NO_REPORT_MS : s->report_ms);
	stmt_blob(st, ":epoch", s->report_epoch, sizeof(s->report_epoch));
	stmt_i64(st, ":seq", s->report_seq);
	stmt_i64(st, ":total", s->device_total);
	stmt_i64(st, ":in_error", s->device_error);
	stmt_sealed(st, ":sealed", customer, &row, &site_state_schema, s);
	return stmt_run(st);
}

/* Reasons of before there were settings say nothing of a rule. */
static int or_none(int64_t number)
{
	return number == JSON_ABSENT_INT ? -1 : (int)number;
}

static void verdict_of(const struct site_state *s, struct site_verdict *v)
{
	v->status = s->status;
	v->reasons_len = 0;
	for (size_t i = 0; i < s->reasons.len && i < STATUS_REASONS_MAX; i++) {
		const struct state_reason *r = s->reasons.items[i];

		v->reasons[v->reasons_len++] = (struct status_reason){
			.code = (int)r->code,
			.component = (int)r->component,
			.value = r->value,
			.threshold = r->threshold,
			.since_ms = r->since_ms,
			.status = (int)r->status,
			.rule = or_none(r->rule),
			.origin = or_none(r->origin),
			.detail = r->detail,
		};
	}
}

static void take_verdict(const struct site_verdict *v, struct arena *mem, struct site_state *s)
{
	s->status = v->status;
	s->reasons.len = v->reasons_len;
	s->reasons.items = ARENA_ARRAY(mem, void *, v->reasons_len);
	for (size_t i = 0; i < v->reasons_len; i++) {
		struct state_reason *r = ARENA_NEW(mem, struct state_reason);

		*r = (struct state_reason){
			.code = v->reasons[i].code,
			.component = v->reasons[i].component,
			.value = v->reasons[i].value,
			.threshold = v->reasons[i].threshold,
			.since_ms = v->reasons[i].since_ms,
			.status = v->reasons[i].status,
			.rule = v->reasons[i].rule,
			.origin = v->reasons[i].origin,
			.detail = v->reasons[i].detail,
		};
		s->reasons.items[i] = r;
	}
}

/* The change log's texts: the status and why, in the API's words. */
static const char *verdict_json(const struct site_verdict *v, struct arena *mem)
{
	struct buf out = buf_new(4 * KIB);
	const char *text;

	buf_printf(&out, "{\"status\":\"%s\",\"reasons\":[", site_status_names[v->status]);
	for (size_t i = 0; i < v->reasons_len; i++)
		buf_printf(&out, "%s\"%s\"", i ? "," : "", reason_name(v->reasons[i].code));
	buf_puts(&out, "]}");
	text = buf_status(&out) < 0 ? NULL : arena_strndup(mem, buf_str(&out).p, out.len);
	buf_done(&out);
	return text;
}

static int note_change(struct tenant_db *db, struct id customer, struct id site, int64_t at_ms,
		       struct arena *mem, const struct site_verdict *before,
		       const struct site_verdict *after)
{
	return change_write(db, &(struct change_in){
					.verb = CHANGE_SITE_STATUS,
					.actor_kind = ACTOR_HUB,
					.object_kind = ID_SITE,
					.object = site,
					.customer = customer,
					.site = site,
					.before = verdict_json(before, mem),
					.after = verdict_json(after, mem),
					.at_ms = at_ms,
				});
}

static void add_components(const struct site_state *s, struct component_fact *facts,
			   struct site_facts *f)
{
	f->components = facts;
	f->components_len = 0;
	for (size_t i = 0; i < s->components.len && i < STATUS_COMPONENTS_MAX; i++) {
		const struct state_component *c = s->components.items[i];

		facts[f->components_len++] = (struct component_fact){
			.kind = c->kind,
			.state = c->state,
			.code = c->code,
			.total = c->total,
			.in_error = c->in_error,
			.since_ms = c->since_ms,
		};
	}
}

static size_t restarts_of(const struct site_state *s, int64_t *restarts_ms)
{
	size_t n = 0;

	for (; n < s->restarts.len && n < RULE_RESTARTS_MAX; n++)
		restarts_ms[n] = ((const struct state_start *)s->restarts.items[n])->at_ms;
	return n;
}

void state_note_start(struct site_state *s, struct arena *mem, int64_t told_ms)
{
	int64_t restarts_ms[RULE_RESTARTS_MAX];
	size_t len = restarts_of(s, restarts_ms);

	status_note_start(told_ms, &s->started_ms, restarts_ms, &len);
	s->restarts = (struct json_list){};
	for (size_t i = 0; i < len; i++)
		report_list_add(mem, &s->restarts,
				arena_dup(mem, &(struct state_start){ restarts_ms[i] },
					  sizeof(struct state_start)));
}

static void add_numbers(const struct site_state *s, struct site_facts *f)
{
	f->devices_total = s->device_total;
	f->devices_in_error = s->device_error;
	f->disk_used_percent = s->disk_used_percent;
	f->jvm_memory_used_percent = s->jvm_memory_used_percent;
	f->database_connect_ms = s->database_connect_ms;
	f->restarts_len = restarts_of(s, f->restarts_ms);
	if (s->licence) {
		f->licence_valid = s->licence->valid;
		f->support_days = s->licence->support_days;
		f->licence_days = s->licence->licence_days;
	}
	if (s->usage)
		f->held_jobs = s->usage->held_jobs;
}

/* Where the server tells no end, what the provider wrote down counts. */
static int add_entered_ends(struct tenant_db *db, const struct site_state *s, struct site_facts *f)
{
	struct licence_ends ends;
	int rc;

	if (f->support_days != JSON_ABSENT_INT && f->licence_days != JSON_ABSENT_INT)
		return 0;
	rc = licence_ends_get(db, s->site, &ends);
	if (rc < 0)
		return rc;
	if (f->support_days == JSON_ABSENT_INT) {
		f->support_days = licence_days_left(ends.support_ms, f->now_ms);
		f->support_end_ms = ends.support_ms;
	}
	if (f->licence_days == JSON_ABSENT_INT) {
		f->licence_days = licence_days_left(ends.licence_ms, f->now_ms);
		f->licence_end_ms = ends.licence_ms;
	}
	return 0;
}

int state_conclude(struct tenant_db *db, struct known *known, struct id customer, struct arena *mem,
		   struct site_facts *f, struct site_state *s)
{
	struct component_fact facts[STATUS_COMPONENTS_MAX];
	struct site_verdict before, after;
	int rc = rules_at(db, s->site, &f->rules);

	if (rc < 0)
		return rc;
	add_components(s, facts, f);
	add_numbers(s, f);
	rc = add_entered_ends(db, s, f);
	if (rc < 0)
		return rc;
	f->advisories = known_find(known, s->product, s->version, mem);
	verdict_of(s, &before);
	status_derive(f, &before, &after);
	f->components = NULL;
	f->components_len = 0;
	f->advisories = NULL; /* what they point to goes with this job */
	if (before.status != after.status || s->status_ms == JSON_ABSENT_INT)
		s->status_ms = f->now_ms;
	take_verdict(&after, mem, s);
	rc = state_put(db, customer, s);
	if (rc < 0 || status_same(&before, &after))
		return rc < 0 ? rc : 0;
	return note_change(db, customer, s->site, f->now_ms, mem, &before, &after);
}

int state_renew(struct tenant_db *db, struct known *known, struct id customer, struct id site,
		struct arena *mem, struct site_facts *f, struct site_state *ret_state)
{
	struct site_state s;
	int rc = state_get(db, site, mem, &s);

	if (rc == ERR_NOT_FOUND)
		state_init(site, &s);
	else if (rc < 0)
		return rc;
	/* The first report may have been stored since the facts were gathered. */
	if (f->report_ms == JSON_ABSENT_INT)
		f->report_ms = s.report_ms;
	rc = state_conclude(db, known, customer, mem, f, &s);
	if (rc < 0)
		return rc;
	*ret_state = s;
	return 0;
}
