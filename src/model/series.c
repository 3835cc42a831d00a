/* series.c - the rows. */
#include "model/series.h"

#include <math.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

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

static double held_jobs(const struct report *r)
{
	return r->usage ? of_int(r->usage->held_jobs) : NAN;
}

static double users_used(const struct report *r)
{
	for (size_t i = 0; r->licence && i < r->licence->seats.len; i++) {
		const struct report_seats *seats = r->licence->seats.items[i];

		if (seats->kind == SEAT_USERS)
			return of_int(seats->used);
	}
	return NAN;
}

static double pages_of_period(const struct report_period *p)
{
	return of_int(p->pages);
}

static double errors_of_period(const struct report_period *p)
{
	return of_int(p->errors);
}

static double warnings_of_period(const struct report_period *p)
{
	return of_int(p->warnings);
}

static double pages_of_day(const struct report_day *d)
{
	double pages = of_int(d->rest_pages);

	if (isnan(pages))
		pages = 0;
	for (size_t i = 0; i < d->devices.len; i++) {
		const struct report_device_use *use = d->devices.items[i];

		if (use->pages != JSON_ABSENT_INT)
			pages += (double)use->pages;
	}
	return pages;
}

/* clang-format off */
const struct series_def series_defs[] = {
	{ 1, "printers_total",		"count",   .section = SECTION_HEALTH, .read = printers_total },
	{ 2, "printers_in_error",	"count",   .section = SECTION_HEALTH, .read = printers_in_error },
	{ 3, "devices_total",		"count",   .section = SECTION_DEVICES, .read = devices_total },
	{ 4, "devices_in_error",	"count",   .section = SECTION_DEVICES, .read = devices_in_error },
	{ 5, "disk_used_percent",	"percent", .section = SECTION_HEALTH, .read = disk_used_percent },
	{ 6, "jvm_memory_used_percent",	"percent", .section = SECTION_HEALTH, .read = jvm_memory_used_percent },
	{ 7, "database_connect_ms",	"ms",	   .section = SECTION_HEALTH, .read = database_connect_ms },
	{ 8, "uptime_hours",		"hours",   .section = SECTION_HEALTH, .read = uptime_hours },
	{ 9, "support_days",		"days",	   .section = SECTION_LICENCE, .read = support_days },
	{ 10, "pages_hour",		"count",   .section = SECTION_USAGE, .of_period = pages_of_period },
	{ 11, "errors_hour",		"count",   .section = SECTION_USAGE, .of_period = errors_of_period },
	{ 12, "warnings_hour",		"count",   .section = SECTION_USAGE, .of_period = warnings_of_period },
	{ 13, "pages_day",		"count",   .section = SECTION_USAGE, .of_day = pages_of_day,
	  .hold_ms = DAY_MS },
	{ 14, "held_jobs",		"count",   .section = SECTION_USAGE, .read = held_jobs },
	{ 15, "users_used",		"count",   .section = SECTION_LICENCE, .read = users_used },
	{}
};
/* clang-format on */

static_assert(ARRAY_LEN(series_defs) - 1 <= SERIES_MAX, "one place each");

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

bool series_told(const struct series_def *s, uint32_t purposes)
{
	return (purposes >> s->section & 1) != 0;
}
