/* status.c - how the rules that hold add up.
 *
 * No rule answers "ok": a site is ok when nothing speaks against it and a report is there. */
#include "model/status.h"

#include "model/licence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NEVER JSON_ABSENT_INT
/* Uptimes are told to the hundredth of an hour and read up to a quarter of a minute late. */
#define START_TOLERANCE_MS (2 * 60 * 1000)

static_assert(STATUS_REASONS_MAX >= RULES, "each rule may hold");

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t status_old_ms(int64_t since_ms, double threshold_s, int64_t fair_ms)
{
	return later(since_ms + (int64_t)(threshold_s * 1000), fair_ms);
}

/* When an age reaches its rule's threshold; INT64_MAX if it is not waited for. */
static int64_t age_due_ms(const struct site_facts *f, enum rule rule, int64_t since_ms)
{
	const struct rule_setting *s = &f->rules.of[rule];

	if (since_ms == NEVER || s->severity == SEVERITY_OFF)
		return INT64_MAX;
	return status_old_ms(since_ms, s->threshold, f->up_since_ms + f->grace_ms);
}

/* When a restart is too long ago to count. */
static int64_t restart_due_ms(const struct site_facts *f)
{
	for (size_t i = 0; i < f->restarts_len; i++)
		if (f->restarts_ms[i] + RULE_RESTARTS_WITHIN_MS > f->now_ms)
			return f->restarts_ms[i] + RULE_RESTARTS_WITHIN_MS;
	return INT64_MAX;
}

/* When a rule begins to hold of an end, or tells another number of days. */
static int64_t end_due_ms(const struct site_facts *f, enum rule rule, int64_t end_ms)
{
	const struct rule_setting *s = &f->rules.of[rule];
	int64_t days;

	if (end_ms == NEVER || s->severity == SEVERITY_OFF)
		return INT64_MAX;
	days = licence_days_left(end_ms, f->now_ms) - (int64_t)ceil(s->threshold) + 1;
	return licence_day_ms(f->now_ms, days > 1 ? days : 1);
}

/* clang-format off */
/* From harmless to grave, for the statuses that reasons amount to. */
static const int weights[SITE_STATUSES] = {
	[SITE_OK] = 0, [SITE_WARNING] = 1, [SITE_ERROR] = 2, [SITE_OFFLINE] = 3,
	[SITE_MONITORING_OFF] = 4, [SITE_NEVER_CONNECTED] = 5, [SITE_REVOKED] = 6,
};
/* clang-format on */

/* ---- adding up ---- */

static const struct status_reason *find(const struct site_verdict *v, int code, int component)
{
	for (size_t i = 0; v && i < v->reasons_len; i++)
		if (v->reasons[i].code == code && v->reasons[i].component == component)
			return &v->reasons[i];
	return NULL;
}

/* Behind all that weigh as much or more. */
static void insert(struct site_verdict *v, const struct status_reason *r)
{
	size_t at = v->reasons_len;

	while (at > 0 && weights[v->reasons[at - 1].status] < weights[r->status])
		at--;
	memmove(&v->reasons[at + 1], &v->reasons[at], (v->reasons_len - at) * sizeof(*r));
	v->reasons[at] = *r;
	v->reasons_len++;
	if (weights[r->status] > weights[v->status])
		v->status = r->status;
}

/* Of two rules that tell the same the graver counts, of equals the first. */
static void add(struct site_verdict *v, const struct status_reason *r)
{
	const struct status_reason *same = find(v, r->code, r->component);
	size_t at = same ? (size_t)(same - v->reasons) : v->reasons_len;

	if (same && weights[same->status] >= weights[r->status])
		return;
	if (same) {
		v->reasons_len--;
		memmove(&v->reasons[at], &v->reasons[at + 1],
			(v->reasons_len - at) * sizeof(v->reasons[0]));
	}
	insert(v, r);
}

static const int statuses[SEVERITIES] = {
	[SEVERITY_OFF] = SITE_OK,
	[SEVERITY_WARNING] = SITE_WARNING,
	[SEVERITY_ERROR] = SITE_ERROR,
	[SEVERITY_OFFLINE] = SITE_OFFLINE,
};

static void apply_rules(const struct site_facts *f, const struct site_verdict *before,
			struct site_verdict *v)
{
	for (int i = 0; i < RULES; i++) {
		const struct rule_setting *s = &f->rules.of[i];
		const struct status_reason *old;
		struct rule_finding found;

		if (!rule_holds(f, (enum rule)i, &found))
			continue;
		old = find(before, found.code, rule_defs[i].component);
		if (found.since_ms == NEVER)
			found.since_ms = old && old->since_ms != NEVER ? old->since_ms : f->now_ms;
		add(v, &(struct status_reason){ .code = found.code,
						.component = rule_defs[i].component,
						.value = found.value,
						.threshold = s->threshold,
						.since_ms = found.since_ms,
						.status = statuses[s->severity],
						.rule = i,
						.origin = s->origin,
						.detail = found.detail });
	}
}

/* What the provider or the customer decided outweighs all that is measured. */
static bool decided(const struct site_facts *f, struct site_verdict *v)
{
	struct status_reason r = { -1, -1, NAN, NAN, NEVER, SITE_OK, -1, -1, NULL };

	if (f->revoked) {
		r.code = REASON_REVOKED;
		r.status = SITE_REVOKED;
		r.since_ms = f->revoked_ms;
	} else if (!f->enrolled || f->last_seen_ms == NEVER) {
		r.code = REASON_NEVER_CONNECTED;
		r.status = SITE_NEVER_CONNECTED;
	} else if (f->monitoring == SWITCH_OFF) {
		r.code = REASON_MONITORING_OFF;
		r.status = SITE_MONITORING_OFF;
		r.since_ms = f->monitoring_ms;
	} else {
		return false;
	}
	add(v, &r);
	return true;
}

void status_facts_init(struct site_facts *f)
{
	*f = (struct site_facts){
		.grace_ms = STATUS_GRACE_MS,
		.revoked_ms = NEVER,
		.copied_ms = NEVER,
		.monitoring = -1,
		.monitoring_ms = NEVER,
		.last_seen_ms = NEVER,
		.report_ms = NEVER,
		.devices_total = NEVER,
		.devices_in_error = NEVER,
		.disk_used_percent = NAN,
		.jvm_memory_used_percent = NAN,
		.database_connect_ms = NEVER,
		.licence_valid = JSON_UNSAID,
		.support_days = NEVER,
		.licence_days = NEVER,
		.support_end_ms = NEVER,
		.licence_end_ms = NEVER,
		.held_jobs = NEVER,
		.skew_ms = NEVER,
	};
	rule_settings_init(&f->rules);
}

void status_derive(const struct site_facts *f, const struct site_verdict *before,
		   struct site_verdict *ret_verdict)
{
	struct site_verdict v = { .status = SITE_OK };

	if (!decided(f, &v))
		apply_rules(f, before, &v);
	*ret_verdict = v;
}

/* What lies ahead, and first. */
static int64_t first_ahead(const struct site_facts *f, const int64_t *times, size_t len)
{
	int64_t due_ms = INT64_MAX;

	if (f->revoked || !f->enrolled || f->monitoring == SWITCH_OFF)
		return INT64_MAX;
	for (size_t i = 0; i < len; i++)
		if (times[i] > f->now_ms && times[i] < due_ms)
			due_ms = times[i];
	return due_ms;
}

int64_t status_dated_ms(const struct site_facts *f)
{
	const int64_t times[] = {
		restart_due_ms(f),
		end_due_ms(f, RULE_LICENCE_ENDED, f->licence_end_ms),
		end_due_ms(f, RULE_LICENCE_ENDING, f->licence_end_ms),
		end_due_ms(f, RULE_SUPPORT_ENDED, f->support_end_ms),
		end_due_ms(f, RULE_SUPPORT_ENDING, f->support_end_ms),
	};

	return first_ahead(f, times, ARRAY_LEN(times));
}

int64_t status_due_ms(const struct site_facts *f)
{
	const int64_t times[] = {
		f->polling ? INT64_MAX : age_due_ms(f, RULE_SILENT, f->last_seen_ms),
		age_due_ms(f, RULE_STALE, f->report_ms),
		status_dated_ms(f),
	};

	return first_ahead(f, times, ARRAY_LEN(times));
}

/* ---- facts from a report ---- */

static int64_t since(const struct report_component *c, int64_t at_ms,
		     const struct component_fact *before, size_t before_len)
{
	for (size_t i = 0; i < before_len; i++)
		if (before[i].kind == c->kind && before[i].state == c->state)
			return before[i].since_ms;
	return at_ms;
}

static struct component_fact fact_of(const struct report_component *c, int64_t at_ms,
				     const struct component_fact *before, size_t before_len)
{
	return (struct component_fact){
		.kind = c->kind,
		.state = c->state,
		.code = c->code,
		.total = c->total,
		.in_error = c->in_error,
		.since_ms = since(c, at_ms, before, before_len),
	};
}

/* A part of the infrastructure as a component of the same kind, unless health told of it. */
static bool component_of_part(const struct report *r, const struct report_part *p,
			      struct report_component *c)
{
	if (report_component_find(r, (enum component_kind)p->kind))
		return false;
	*c = (struct report_component){ p->kind, p->state, CODE_SOME_OFFLINE, p->total, p->down };
	if (p->state == STATE_OK)
		c->code = CODE_ALL_ONLINE;
	else if (p->state == STATE_UNKNOWN)
		c->code = CODE_NOT_READ;
	return true;
}

/* `before` may be `components` itself. */
static size_t take_components(const struct report *r, int64_t at_ms,
			      const struct component_fact *before, size_t before_len,
			      struct component_fact *components)
{
	struct component_fact rows[STATUS_COMPONENTS_MAX];
	const struct json_list *told = &r->health->components;
	const struct json_list *parts = r->infrastructure ? &r->infrastructure->parts : NULL;
	size_t len = 0;

	for (size_t i = 0; i < told->len && len < STATUS_COMPONENTS_MAX; i++)
		rows[len++] = fact_of(told->items[i], at_ms, before, before_len);
	for (size_t i = 0; parts && i < parts->len && len < STATUS_COMPONENTS_MAX; i++) {
		struct report_component c;

		if (component_of_part(r, parts->items[i], &c))
			rows[len++] = fact_of(&c, at_ms, before, before_len);
	}
	memcpy(components, rows, len * sizeof(*rows));
	return len;
}

int64_t status_skew_ms(int64_t before_ms, int64_t now_ms)
{
	if (before_ms == NEVER || now_ms == NEVER)
		return NEVER;
	return llabs(before_ms) < llabs(now_ms) ? before_ms : now_ms;
}

void status_note_start(int64_t told_ms, int64_t *started_ms, int64_t *restarts_ms,
		       size_t *restarts_len)
{
	bool first = *started_ms == NEVER;

	/* What is told of an earlier start is a clock that was set back. */
	if (!first && told_ms <= *started_ms + START_TOLERANCE_MS)
		return;
	*started_ms = told_ms;
	if (first)
		return;
	if (*restarts_len == RULE_RESTARTS_MAX) {
		(*restarts_len)--;
		memmove(restarts_ms, restarts_ms + 1, *restarts_len * sizeof(*restarts_ms));
	}
	restarts_ms[(*restarts_len)++] = told_ms;
}

size_t status_facts_from_report(const struct report *r, int64_t at_ms,
				const struct component_fact *before, size_t before_len,
				struct component_fact *components, struct site_facts *f)
{
	if (before_len > STATUS_COMPONENTS_MAX)
		before_len = STATUS_COMPONENTS_MAX;
	f->components = components;
	if (r->health) {
		f->components_len = take_components(r, at_ms, before, before_len, components);
		f->disk_used_percent = r->health->disk_used_percent;
		f->jvm_memory_used_percent = r->health->jvm_memory_used_percent;
		f->database_connect_ms = r->health->database_connect_ms;
	} else {
		if (before_len > 0)
			memmove(components, before, before_len * sizeof(*before));
		f->components_len = before_len;
	}
	if (r->devices) {
		f->devices_total = r->devices->total;
		f->devices_in_error = r->devices->in_error;
	}
	if (r->licence) {
		f->licence_valid = r->licence->valid;
		f->support_days = r->licence->support_days;
		f->licence_days = r->licence->licence_days;
	}
	if (r->usage)
		f->held_jobs = r->usage->held_jobs;
	return f->components_len;
}

bool status_same(const struct site_verdict *a, const struct site_verdict *b)
{
	if (a->status != b->status || a->reasons_len != b->reasons_len)
		return false;
	for (size_t i = 0; i < a->reasons_len; i++)
		if (a->reasons[i].code != b->reasons[i].code ||
		    a->reasons[i].component != b->reasons[i].component ||
		    a->reasons[i].status != b->reasons[i].status)
			return false;
	return true;
}
