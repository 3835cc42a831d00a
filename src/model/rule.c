/* rule.c - the table of rules, and what each looks at.
 *
 * Components are judged on site, where the numbers are; a rule takes what is told.  Of those that
 * are counted, `all` follows the state and `some` the number, so that a provider may say from how
 * many on it wants to hear of it. */
#include "model/rule.h"

#include "model/status.h"

#include <math.h>

#define NEVER JSON_ABSENT_INT
#define DAY_S (24 * 3600.0)

/* ---- facts ---- */

static double number(int64_t n)
{
	return n == NEVER ? NAN : (double)n;
}

static const struct component_fact *component_of(const struct site_facts *f, int kind)
{
	for (size_t i = 0; i < f->components_len; i++)
		if (f->components[i].kind == kind)
			return &f->components[i];
	return NULL;
}

/* Devices are counted in their own section where no component says it in more detail. */
static bool counted(const struct site_facts *f, int kind, struct component_fact *ret_fact)
{
	const struct component_fact *c = component_of(f, kind);
	struct report_component r;

	if (c) {
		*ret_fact = *c;
		return true;
	}
	if (kind != COMPONENT_DEVICES || component_of(f, COMPONENT_PRINTERS))
		return false;
	component_count(&r, f->devices_total, f->devices_in_error);
	*ret_fact = (struct component_fact){ kind, r.state, r.code, r.total, r.in_error, NEVER };
	return true;
}

/* Nobody is silent to a hub that was away itself. */
static enum rule_answer age_of(const struct site_facts *f, int64_t since_ms,
			       struct rule_finding *found)
{
	if (since_ms == NEVER || f->now_ms < f->up_since_ms + f->grace_ms)
		return RULE_NO;
	found->value = (double)(f->now_ms - since_ms) / 1000;
	found->since_ms = since_ms;
	return RULE_COMPARE;
}

static enum rule_answer flag(bool is, int64_t since_ms, struct rule_finding *found)
{
	found->since_ms = since_ms;
	return is ? RULE_YES : RULE_NO;
}

static enum rule_answer told(const struct component_fact *c, struct rule_finding *found)
{
	found->code = c->code >= 0 ? c->code : CODE_FAULT;
	found->since_ms = c->since_ms;
	return RULE_YES;
}

/* ---- what rules look at ---- */

#define LOOK(name)                                                                                 \
	static enum rule_answer name(const struct site_facts *f, const struct rule_def *def,       \
				     double threshold, struct rule_finding *found)

LOOK(silent)
{
	return f->polling ? RULE_NO : age_of(f, f->last_seen_ms, found);
}

LOOK(no_report)
{
	return f->report_ms == NEVER ? RULE_YES : RULE_NO;
}

LOOK(stale)
{
	return age_of(f, f->report_ms, found);
}

LOOK(clock_skew)
{
	found->value = fabs(number(f->skew_ms)) / 1000;
	return RULE_COMPARE;
}

LOOK(copied)
{
	return flag(f->copied, f->copied_ms, found);
}

LOOK(storage_full)
{
	return flag(f->storage == STORAGE_FULL, f->storage_ms, found);
}

LOOK(storage_failed)
{
	return flag(f->storage == STORAGE_FAILED, f->storage_ms, found);
}

LOOK(in_error)
{
	const struct component_fact *c = component_of(f, def->component);

	return c && c->state == STATE_ERROR ? told(c, found) : RULE_NO;
}

LOOK(in_warning)
{
	const struct component_fact *c = component_of(f, def->component);

	return c && c->state == STATE_WARNING ? told(c, found) : RULE_NO;
}

LOOK(in_trouble)
{
	return in_error(f, def, threshold, found) == RULE_YES
		       ? RULE_YES
		       : in_warning(f, def, threshold, found);
}

LOOK(all_failed)
{
	struct component_fact c;

	if (!counted(f, def->component, &c) || c.state != STATE_ERROR)
		return RULE_NO;
	found->value = number(c.in_error);
	return told(&c, found);
}

LOOK(some_failed)
{
	struct component_fact c;

	if (!counted(f, def->component, &c) || (c.state != STATE_ERROR && c.state != STATE_WARNING))
		return RULE_NO;
	told(&c, found);
	found->value = number(c.in_error);
	/* The state began with the first that failed. */
	if (threshold > 1)
		found->since_ms = NEVER;
	return isnan(found->value) ? RULE_YES : RULE_COMPARE;
}

LOOK(restarts)
{
	size_t n = 0;

	for (size_t i = f->restarts_len; i-- > 0; n++) {
		if (f->restarts_ms[i] <= f->now_ms - RULE_RESTARTS_WITHIN_MS)
			break;
		found->since_ms = f->restarts_ms[i];
	}
	found->value = (double)n;
	return RULE_COMPARE;
}

LOOK(advisories)
{
	found->detail = f->advisories;
	return f->advisories ? RULE_YES : RULE_NO;
}

LOOK(disk)
{
	found->value = f->disk_used_percent;
	return RULE_COMPARE;
}

LOOK(memory)
{
	found->value = f->jvm_memory_used_percent;
	return RULE_COMPARE;
}

LOOK(connect_time)
{
	found->value = number(f->database_connect_ms);
	return RULE_COMPARE;
}

LOOK(licence_invalid)
{
	if (in_error(f, def, threshold, found) == RULE_YES)
		return RULE_YES;
	found->code = CODE_LICENCE_INVALID;
	return f->licence_valid == JSON_FALSE ? RULE_YES : RULE_NO;
}

/* What has ended is not about to end. */
static enum rule_answer days_left(int64_t days, const struct rule_def *def,
				  struct rule_finding *found)
{
	found->value = number(days);
	return found->value < 0 && def->min > 0 ? RULE_NO : RULE_COMPARE;
}

LOOK(licence_days)
{
	return days_left(f->licence_days, def, found);
}

LOOK(support_days)
{
	return days_left(f->support_days, def, found);
}

LOOK(held_jobs)
{
	found->value = number(f->held_jobs);
	return RULE_COMPARE;
}

/* ---- the table ---- */

#define NONE    -1, NAN, NAN, NAN
#define WARNING SEVERITY_WARNING
#define ERROR   SEVERITY_ERROR

/* clang-format off */
/* Where a number is nobody's standard it is what leaves a technician time to act: a day for a disk
 * at 90 %, a month for a renewal.  Held jobs are normal where people fetch them at a device. */
const struct rule_def rule_defs[RULES] = {
	/*				code			component		unit, threshold, min, max	severity */
	[RULE_SILENT] =		      { REASON_SILENT,		-1, UNIT_SECONDS, 90, 1, 30 * DAY_S, SEVERITY_OFFLINE, .age = true, .look = silent },
	[RULE_NO_REPORT] =	      { REASON_NO_REPORT,	-1, NONE, WARNING, .look = no_report },
	[RULE_STALE] =		      { REASON_STALE,		-1, UNIT_SECONDS, STATUS_STALE_MS / 1000.0, 3600, 30 * DAY_S, WARNING, .age = true, .look = stale },
	[RULE_CLOCK_SKEW] =	      { REASON_CLOCK_SKEW,	-1, UNIT_SECONDS, 60, 5, DAY_S, WARNING, .look = clock_skew },
	[RULE_COPIED] =		      { REASON_COPIED,		-1, NONE, WARNING, .look = copied },
	[RULE_STORAGE_FULL] =	      { REASON_STORAGE_FULL,	-1, NONE, WARNING, .look = storage_full },
	[RULE_STORAGE_FAILED] =	      { REASON_STORAGE_FAILED,	-1, NONE, WARNING, .look = storage_failed },
	[RULE_SERVER_DOWN] =	      { -1, COMPONENT_APPLICATION_SERVER, NONE, ERROR, .look = in_error },
	[RULE_SERVER_UNREADABLE] =    { -1, COMPONENT_APPLICATION_SERVER, NONE, WARNING, .look = in_warning },
	[RULE_RESTARTING] =	      { REASON_RESTARTING,	COMPONENT_APPLICATION_SERVER, UNIT_COUNT, 3, 2, RULE_RESTARTS_MAX, WARNING, .look = restarts },
	[RULE_VULNERABLE_VERSION] =   { REASON_VULNERABLE_VERSION, COMPONENT_APPLICATION_SERVER, NONE, WARNING, .look = advisories },
	[RULE_DISK_FULL] =	      { REASON_DISK_LOW,	COMPONENT_APPLICATION_SERVER, UNIT_PERCENT, 95, 1, 100, ERROR, .look = disk },
	[RULE_DISK_LOW] =	      { REASON_DISK_LOW,	COMPONENT_APPLICATION_SERVER, UNIT_PERCENT, 90, 1, 100, WARNING, .look = disk },
	[RULE_MEMORY_HIGH] =	      { REASON_MEMORY_HIGH,	COMPONENT_APPLICATION_SERVER, UNIT_PERCENT, 95, 1, 100, WARNING, .look = memory },
	[RULE_DATABASE_DOWN] =	      { -1, COMPONENT_DATABASE, NONE, ERROR, .look = in_trouble },
	[RULE_DATABASE_SLOW] =	      { REASON_DATABASE_SLOW,	COMPONENT_DATABASE, UNIT_MILLISECONDS, 1000, 1, 60000, WARNING, .look = connect_time },
	[RULE_LICENCE_INVALID] =      { -1, COMPONENT_LICENCE, NONE, ERROR, .look = licence_invalid },
	[RULE_LICENCE_ENDED] =	      { REASON_LICENCE_ENDED,	COMPONENT_LICENCE, UNIT_DAYS, 0, -90, 0, ERROR, .below = true, .look = licence_days },
	[RULE_LICENCE_ENDING] =	      { REASON_LICENCE_ENDING,	COMPONENT_LICENCE, UNIT_DAYS, 31, 1, 365, WARNING, .below = true, .look = licence_days },
	[RULE_SUPPORT_ENDED] =	      { REASON_SUPPORT_ENDED,	COMPONENT_LICENCE, UNIT_DAYS, 0, -90, 0, WARNING, .below = true, .look = support_days },
	[RULE_SUPPORT_ENDING] =	      { REASON_SUPPORT_ENDING,	COMPONENT_LICENCE, UNIT_DAYS, 31, 1, 365, WARNING, .below = true, .look = support_days },
	[RULE_PRINT_PROVIDERS_ALL] =  { -1, COMPONENT_PRINT_PROVIDERS, NONE, ERROR, .look = all_failed },
	[RULE_PRINT_PROVIDERS_SOME] = { -1, COMPONENT_PRINT_PROVIDERS, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_SITE_SERVERS_ALL] =     { -1, COMPONENT_SITE_SERVERS, NONE, ERROR, .look = all_failed },
	[RULE_SITE_SERVERS_SOME] =    { -1, COMPONENT_SITE_SERVERS, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_MOBILITY_PRINT_ALL] =   { -1, COMPONENT_MOBILITY_PRINT, NONE, ERROR, .look = all_failed },
	[RULE_MOBILITY_PRINT_SOME] =  { -1, COMPONENT_MOBILITY_PRINT, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_WEB_PRINT_ALL] =	      { -1, COMPONENT_WEB_PRINT, NONE, ERROR, .look = all_failed },
	[RULE_WEB_PRINT_SOME] =	      { -1, COMPONENT_WEB_PRINT, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_JOB_TICKETING] =	      { -1, COMPONENT_JOB_TICKETING, NONE, ERROR, .look = in_trouble },
	[RULE_DEVICES_ALL] =	      { -1, COMPONENT_DEVICES, NONE, ERROR, .look = all_failed },
	[RULE_DEVICES_SOME] =	      { -1, COMPONENT_DEVICES, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_PRINTERS_ALL] =	      { -1, COMPONENT_PRINTERS, NONE, ERROR, .look = all_failed },
	[RULE_PRINTERS_SOME] =	      { -1, COMPONENT_PRINTERS, UNIT_COUNT, 1, 1, 100000, WARNING, .look = some_failed },
	[RULE_HELD_JOBS] =	      { REASON_HELD_JOBS,	-1, UNIT_COUNT, 1000, 1, 10000000, WARNING, .look = held_jobs },
};
/* clang-format on */

/* ---- settings ---- */

void rule_settings_init(struct rule_settings *s)
{
	for (int i = 0; i < RULES; i++)
		s->of[i] = (struct rule_setting){ rule_defs[i].threshold,
						  (int8_t)rule_defs[i].severity, RULE_OF_DEFAULT };
}

void rule_lay_over(struct rule_settings *s, enum rule rule, const struct rule_override *o,
		   enum rule_origin origin)
{
	const struct rule_def *def = &rule_defs[rule];
	struct rule_setting *to = &s->of[rule];

	if (def->unit >= 0 && !isnan(o->threshold))
		to->threshold = fmin(fmax(o->threshold, def->min), def->max);
	if (o->severity >= 0 && rule_may_be(rule, (enum severity)o->severity))
		to->severity = (int8_t)o->severity;
	to->origin = (int8_t)origin;
}

bool rule_may_be(enum rule rule, enum severity severity)
{
	return severity != SEVERITY_OFFLINE || rule_defs[rule].severity == SEVERITY_OFFLINE;
}

const char *rule_override_problem(enum rule rule, const struct rule_override *o)
{
	const struct rule_def *def = &rule_defs[rule];

	if (!isnan(o->threshold) &&
	    (def->unit < 0 || o->threshold < def->min || o->threshold > def->max))
		return "threshold";
	if (o->severity >= 0 && !rule_may_be(rule, (enum severity)o->severity))
		return "severity";
	return NULL;
}

/* ---- looking ---- */

bool rule_holds(const struct site_facts *f, enum rule rule, struct rule_finding *ret_found)
{
	const struct rule_def *def = &rule_defs[rule];
	const struct rule_setting *s = &f->rules.of[rule];
	struct rule_finding found = { def->code, NAN, NEVER, NULL };
	enum rule_answer answer;

	if (s->severity == SEVERITY_OFF)
		return false;
	answer = def->look(f, def, s->threshold, &found);
	/* What is not a number is neither below a threshold nor above it. */
	if (answer == RULE_NO ||
	    (answer == RULE_COMPARE &&
	     !(def->below ? found.value < s->threshold : found.value >= s->threshold)))
		return false;
	if (def->age)
		found.value = NAN;
	*ret_found = found;
	return true;
}
