/* verdict.c - status URLs for alerting: 200 or 500, always JSON. */
#include "sim/answer.h"
#include <stdio.h>
#include <string.h>

/* The summary page of today's manual says "message", that of version 16 and the page about single
 * printers "comment". */
static void put_verdict(struct call *c, enum sim_verdict_member member, const char *problem)
{
	if (c->s->verdict_member >= 0)
		member = (enum sim_verdict_member)c->s->verdict_member;
	c->a->status = problem ? 500 : 200;
	w_open(&c->w, NULL, '{');
	w_text(&c->w, "status", problem ? "ERROR" : "OK");
	w_free_text(&c->w, member == VERDICT_MESSAGE ? "message" : "comment",
		    problem ? problem : "");
	w_close(&c->w, '}');
}

static void summary(struct call *c, const char *problem)
{
	put_verdict(c, c->s->profile == SIM_OLD16 ? VERDICT_COMMENT : VERDICT_MESSAGE, problem);
}

static const char *disk_problem(const struct call *c, struct str query)
{
	return disk_free_mb(c->s) < (double)query_number(query, "disk-threshold-mb", 1024)
		       ? "Free disk space is low."
		       : NULL;
}

static const char *database_problem(const struct call *c, struct str query)
{
	int64_t most = query_number(query, "connections-threshold-percentage", 90);

	if (!status_is_ok(c->s->database->status))
		return "The database cannot be reached.";
	return c->s->database_active * 100 > most * DATABASE_CONNECTIONS
		       ? "Too many database connections are in use."
		       : NULL;
}

static const char *licence_problem(const struct call *c, char out[static 300])
{
	if (c->s->licence->valid == JSON_TRUE)
		return NULL;
	snprintf(out, 300, "Invalid license status: %s", c->s->licence->status);
	return out;
}

static const char *ticketing_problem(const struct call *c)
{
	const struct sim_status *told = c->s->job_ticketing;

	return told && !status_is_ok(told->status) ? "Job Ticketing cannot be reached." : NULL;
}

static void status_all(struct call *c)
{
	const char *problem = database_problem(c, (struct str){});
	char licence[300];

	if (!problem)
		problem = disk_problem(c, (struct str){});
	if (!problem)
		problem = licence_problem(c, licence);
	if (!problem && c->s->site_servers_offline)
		problem = "A Site Server is offline.";
	summary(c, problem ? problem : ticketing_problem(c));
}

static void status_server(struct call *c)
{
	summary(c, disk_problem(c, c->rq->query));
}

static void status_database(struct call *c)
{
	summary(c, database_problem(c, c->rq->query));
}

static void status_licence(struct call *c)
{
	char text[300];

	summary(c, licence_problem(c, text));
}

static void status_ticketing(struct call *c)
{
	summary(c, ticketing_problem(c));
}

static void more_than(struct call *c, int64_t bad, const char *parameter, const char *problem)
{
	summary(c, bad > query_number(c->rq->query, parameter, 0) ? problem : NULL);
}

static void status_devices(struct call *c)
{
	more_than(c, devices_in_error(c->s), "offline-threshold", "Devices are in error.");
}

static void status_printers(struct call *c)
{
	more_than(c, printers_in_error(c->s), "in-error-threshold", "Printers are in error.");
}

static void status_web_print(struct call *c)
{
	more_than(c, c->s->web_print_servers_offline, "servers-in-error-threshold",
		  "Web Print servers are in error.");
}

/* What thresholds these take is not known; unknown parameters are ignored. */
static void status_providers(struct call *c)
{
	summary(c, c->s->print_providers_offline ? "A print provider is offline." : NULL);
}

static void status_site_servers(struct call *c)
{
	summary(c, c->s->site_servers_offline ? "A Site Server is offline." : NULL);
}

static void status_mobility(struct call *c)
{
	summary(c, c->s->mobility_print_servers_offline ? "A Mobility Print server is offline."
							: NULL);
}

/* --- one printer, one device -------------------------------------------------------------------
 */

static const struct sim_printer *printer(struct call *c)
{
	for (size_t i = 0; i < c->s->printers.len; i++) {
		const struct sim_printer *p = c->s->printers.items[i];

		if (p->id == c->id)
			return p;
	}
	answer_page(c, 404, "Not found");
	return NULL;
}

static const struct sim_device *device(struct call *c)
{
	for (size_t i = 0; i < c->s->devices.len; i++) {
		const struct sim_device *d = c->s->devices.items[i];

		if (d->id == c->id)
			return d;
	}
	answer_page(c, 404, "Not found");
	return NULL;
}

static void state_of(struct call *c, const char *what, const char *status)
{
	char text[300];

	snprintf(text, sizeof(text), "%s is in state %s", what, status);
	put_verdict(c, VERDICT_COMMENT, status_is_ok(status) ? NULL : text);
}

static void printer_status(struct call *c)
{
	const struct sim_printer *p = printer(c);

	if (p)
		state_of(c, "Printer", p->status);
}

static void device_status(struct call *c)
{
	const struct sim_device *d = device(c);

	if (d)
		state_of(c, "Device", d->status);
}

static void recent(struct call *c, int64_t last_job_s)
{
	int64_t minutes = query_number(c->rq->query, "minutes", 60);

	minutes = minutes > 240 ? 240 : minutes;
	put_verdict(c, VERDICT_COMMENT,
		    last_job_s <= minutes * 60 ? NULL : "There were no recent jobs.");
}

static void printer_recent(struct call *c)
{
	const struct sim_printer *p = printer(c);

	if (p)
		recent(c, p->last_job_s);
}

static void device_recent(struct call *c)
{
	const struct sim_device *d = device(c);

	if (d)
		recent(c, d->last_job_s);
}

/* clang-format off */
const struct sim_route verdict_routes[] = {
	{ "/api/health/status",				status_all,		true },
	{ "/api/health/application-server/status",	status_server,		true },
	{ "/api/health/database/status",		status_database,	true },
	{ "/api/health/devices/status",			status_devices,		true },
	{ "/api/health/printers/status",		status_printers,	true },
	{ "/api/health/print-providers/status",		status_providers,	true },
	{ "/api/health/mobility-print-servers/status",	status_mobility,	false },
	{ "/api/health/site-servers/status",		status_site_servers,	false },
	{ "/api/health/web-print/status",		status_web_print,	true },
	{ "/api/health/job-ticketing/status",		status_ticketing,	false },
	{ "/api/health/license/status",			status_licence,		true },
	{ "/api/health/printers/{id}/status",		printer_status,		true },
	{ "/api/health/printers/{id}/has-recent-jobs",	printer_recent,		true },
	{ "/api/health/devices/{id}/status",		device_status,		true },
	{ "/api/health/devices/{id}/has-recent-jobs",	device_recent,		true },
	{}
};
/* clang-format on */
