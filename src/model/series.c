/* series.c - the rows. */
#include "model/series.h"

#include <math.h>

static double of_int(int64_t value)
{
	return value == JSON_ABSENT_INT ? NAN : (double)value;
}

static double printers_total(const struct report *r)
{
	const struct report_component *c = report_component_find(r, COMPONENT_PRINTERS);

	return c ? of_int(c->total) : NAN;
}

static double printers_in_error(const struct report *r)
{
	const struct report_component *c = report_component_find(r, COMPONENT_PRINTERS);

	return c ? of_int(c->in_error) : NAN;
}

static double devices_total(const struct report *r)
{
	return r->devices ? of_int(r->devices->total) : NAN;
}

static double devices_in_error(const struct report *r)
{
	return r->devices ? of_int(r->devices->in_error) : NAN;
}

static double disk_used_percent(const struct report *r)
{
	return r->health ? r->health->disk_used_percent : NAN;
}

static double jvm_memory_used_percent(const struct report *r)
{
	return r->health ? r->health->jvm_memory_used_percent : NAN;
}

static double database_connect_ms(const struct report *r)
{
	return r->health ? of_int(r->health->database_connect_ms) : NAN;
}

static double uptime_hours(const struct report *r)
{
	return r->health ? r->health->uptime_hours : NAN;
}

static double support_days(const struct report *r)
{
	return r->licence ? of_int(r->licence->support_days) : NAN;
}

/* clang-format off */
const struct series_def series_defs[] = {
	{ 1, "printers_total",		"count",   printers_total,		SECTION_HEALTH },
	{ 2, "printers_in_error",	"count",   printers_in_error,		SECTION_HEALTH },
	{ 3, "devices_total",		"count",   devices_total,		SECTION_DEVICES },
	{ 4, "devices_in_error",	"count",   devices_in_error,		SECTION_DEVICES },
	{ 5, "disk_used_percent",	"percent", disk_used_percent,		SECTION_HEALTH },
	{ 6, "jvm_memory_used_percent",	"percent", jvm_memory_used_percent,	SECTION_HEALTH },
	{ 7, "database_connect_ms",	"ms",	   database_connect_ms,		SECTION_HEALTH },
	{ 8, "uptime_hours",		"hours",   uptime_hours,		SECTION_HEALTH },
	{ 9, "support_days",		"days",	   support_days,		SECTION_LICENCE },
	{}
};
/* clang-format on */

const struct series_def *series_find(struct str name)
{
	for (const struct series_def *s = series_defs; s->name; s++)
		if (str_eq(str_of(s->name), name))
			return s;
	return NULL;
}

const struct series_def *series_by_number(int number)
{
	for (const struct series_def *s = series_defs; s->name; s++)
		if (s->number == number)
			return s;
	return NULL;
}

bool series_told(const struct series_def *s, const struct report *r)
{
	return (report_purposes(r) >> s->section & 1) != 0;
}
