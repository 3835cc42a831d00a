/* status.c - the rules, one row each, and how they add up.
 *
 * A rule says whether it holds, with what value and since when; the row says what that amounts to.
 * Components are judged on site, where the numbers are: what is told as warning or error is one
 * here.  No rule answers "ok": a site is ok when nothing speaks against it and a report is there.
 */
#include "model/status.h"

#include <math.h>
#include <string.h>

#define NEVER JSON_ABSENT_INT

struct finding {
	double value;
	double threshold; /* as in the row, unless the rule has it from the hub's options */
	int64_t since_ms;
};

struct rule {
	int code;
	int component; /* or -1 */
	int status;
	double threshold; /* NaN if there is none */
	bool (*holds)(const struct site_facts *f, double threshold, struct finding *found);
};

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When the site is offline unless something comes before; INT64_MAX if it is not waited for. */
static int64_t offline_at_ms(const struct site_facts *f)
{
	if (f->polling || f->last_seen_ms == NEVER)
		return INT64_MAX;
	return later(f->last_seen_ms + f->offline_after_ms, f->up_since_ms + f->grace_ms);
}

/* The hub's own absence must not look like the site's. */
static int64_t stale_at_ms(const struct site_facts *f)
{
	if (f->report_ms == NEVER)
		return INT64_MAX;
	return later(f->report_ms + STATUS_STALE_MS, f->up_since_ms + f->grace_ms);
}

/* ---- rules ---- */

static bool is_silent(const struct site_facts *f, double threshold, struct finding *found)
{
	if (f->now_ms < offline_at_ms(f))
		return false;
	found->threshold = (double)f->offline_after_ms / 1000;
	found->since_ms = f->last_seen_ms;
	return true;
}

static bool is_copied(const struct site_facts *f, double threshold, struct finding *found)
{
	found->since_ms = f->copied_ms;
	return f->copied;
}

static bool storage_full(const struct site_facts *f, double threshold, struct finding *found)
{
	found->since_ms = f->storage_ms;
	return f->storage == STORAGE_FULL;
}

static bool storage_failed(const struct site_facts *f, double threshold, struct finding *found)
{
	found->since_ms = f->storage_ms;
	return f->storage == STORAGE_FAILED;
}

static bool has_no_report(const struct site_facts *f, double threshold, struct finding *found)
{
	return f->report_ms == NEVER;
}

static bool is_stale(const struct site_facts *f, double threshold, struct finding *found)
{
	if (f->now_ms < stale_at_ms(f))
		return false;
	found->since_ms = f->report_ms;
	return true;
}

static bool disk_above(const struct site_facts *f, double threshold, struct finding *found)
{
	found->value = f->disk_used_percent;
	return f->disk_used_percent >= threshold; /* NaN is not */
}

static bool licence_invalid(const struct site_facts *f, double threshold, struct finding *found)
{
	return f->licence_valid == JSON_FALSE;
}

static bool support_below(const struct site_facts *f, double threshold, struct finding *found)
{
	if (f->support_days == NEVER)
		return false;
	found->value = (double)f->support_days;
	return found->value < threshold;
}

/* Only where no component says the same in more detail. */
static bool devices_counted(const struct site_facts *f)
{
	for (size_t i = 0; i < f->components_len; i++)
		if (f->components[i].kind == COMPONENT_DEVICES ||
		    f->components[i].kind == COMPONENT_PRINTERS)
			return false;
	return f->devices_in_error != NEVER && f->devices_in_error > 0;
}

static bool all_devices(const struct site_facts *f, double threshold, struct finding *found)
{
	found->value = (double)f->devices_in_error;
	return devices_counted(f) && f->devices_total != NEVER &&
	       f->devices_in_error >= f->devices_total;
}

static bool some_devices(const struct site_facts *f, double threshold, struct finding *found)
{
	struct finding ignored;

	found->value = (double)f->devices_in_error;
	return devices_counted(f) && !all_devices(f, threshold, &ignored);
}

/* Of two rows with the same code and component the first that holds counts. */
/* clang-format off */
static const struct rule rules[] = {
	{ REASON_SILENT,	-1, SITE_OFFLINE, NAN, is_silent },
	{ CODE_LICENCE_INVALID,	COMPONENT_LICENCE, SITE_ERROR, NAN, licence_invalid },
	{ REASON_DISK_LOW,	COMPONENT_APPLICATION_SERVER, SITE_ERROR, 95, disk_above },
	{ REASON_DISK_LOW,	COMPONENT_APPLICATION_SERVER, SITE_WARNING, 90, disk_above },
	{ CODE_ALL_IN_ERROR,	COMPONENT_DEVICES, SITE_ERROR, NAN, all_devices },
	{ CODE_SOME_IN_ERROR,	COMPONENT_DEVICES, SITE_WARNING, NAN, some_devices },
	{ REASON_COPIED,	-1, SITE_WARNING, NAN, is_copied },
	{ REASON_STORAGE_FULL,	-1, SITE_WARNING, NAN, storage_full },
	{ REASON_STORAGE_FAILED, -1, SITE_WARNING, NAN, storage_failed },
	{ REASON_NO_REPORT,	-1, SITE_WARNING, NAN, has_no_report },
	{ REASON_STALE,		-1, SITE_WARNING, STATUS_STALE_MS / 1000.0, is_stale },
	{ REASON_SUPPORT_ENDED,	COMPONENT_LICENCE, SITE_WARNING, 0, support_below },
	{ REASON_SUPPORT_ENDING, COMPONENT_LICENCE, SITE_WARNING, 31, support_below },
};

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
static void add(struct site_verdict *v, const struct status_reason *r)
{
	size_t at = v->reasons_len;

	if (v->reasons_len == STATUS_REASONS_MAX || find(v, r->code, r->component))
		return;
	while (at > 0 && weights[v->reasons[at - 1].status] < weights[r->status])
		at--;
	memmove(&v->reasons[at + 1], &v->reasons[at], (v->reasons_len - at) * sizeof(*r));
	v->reasons[at] = *r;
	v->reasons_len++;
	if (weights[r->status] > weights[v->status])
		v->status = r->status;
}

static void apply_rules(const struct site_facts *f, const struct site_verdict *before,
			struct site_verdict *v)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		const struct rule *rule = &rules[i];
		const struct status_reason *old = find(before, rule->code, rule->component);
		struct finding found = { NAN, rule->threshold, NEVER };

		if (!rule->holds(f, rule->threshold, &found))
			continue;
		if (found.since_ms == NEVER)
			found.since_ms = old && old->since_ms != NEVER ? old->since_ms : f->now_ms;
		add(v, &(struct status_reason){ rule->code, rule->component, found.value,
						found.threshold, found.since_ms, rule->status });
	}
}

static void apply_components(const struct site_facts *f, struct site_verdict *v)
{
	for (size_t i = 0; i < f->components_len; i++) {
		const struct component_fact *c = &f->components[i];
		bool counted = c->in_error != NEVER;

		if (c->state != STATE_WARNING && c->state != STATE_ERROR)
			continue;
		add(v,
		    &(struct status_reason){ c->code >= 0 ? c->code : CODE_FAULT, c->kind,
					     counted ? (double)c->in_error : NAN, NAN, c->since_ms,
					     c->state == STATE_ERROR ? SITE_ERROR : SITE_WARNING });
	}
}

/* What the provider or the customer decided outweighs all that is measured. */
static bool decided(const struct site_facts *f, struct site_verdict *v)
{
	struct status_reason r = { -1, -1, NAN, NAN, NEVER, SITE_OK };

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
		.offline_after_ms = STATUS_OFFLINE_AFTER_MS,
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
		.licence_valid = JSON_UNSAID,
		.support_days = NEVER,
	};
}

void status_derive(const struct site_facts *f, const struct site_verdict *before,
		   struct site_verdict *ret_verdict)
{
	struct site_verdict v = { .status = SITE_OK };

	if (!decided(f, &v)) {
		apply_components(f, &v);
		apply_rules(f, before, &v);
	}
	*ret_verdict = v;
}

int64_t status_due_ms(const struct site_facts *f)
{
	int64_t due_ms = INT64_MAX;

	if (f->revoked || !f->enrolled || f->monitoring == SWITCH_OFF)
		return INT64_MAX;
	if (offline_at_ms(f) > f->now_ms)
		due_ms = offline_at_ms(f);
	if (stale_at_ms(f) > f->now_ms && stale_at_ms(f) < due_ms)
		due_ms = stale_at_ms(f);
	return due_ms;
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
	}
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
