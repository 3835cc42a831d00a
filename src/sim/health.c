/* health.c - /api/health and the documents of single parts: the same object in both places. */
#include "sim/answer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static void put_percent(struct call *c, const char *name, double value)
{
	if (c->s->percent_form == PERCENT_WHOLE)
		w_int(&c->w, name, llround(value));
	else
		w_real(&c->w, name, value);
}

static double share(int64_t n, int64_t of)
{
	return of ? 100.0 * (double)n / (double)of : 0;
}

/* An entry of "inError" or "offline": which shape it has, nobody has told. */
static void put_bad(struct call *c, const char *name, const char *status)
{
	if (c->s->in_error_form == IN_ERROR_TEXTS)
		return w_text(&c->w, NULL, name);
	w_open(&c->w, NULL, '{');
	w_text(&c->w, "name", name);
	if (status)
		w_text(&c->w, "status", status);
	w_close(&c->w, '}');
}

/* --- the application server --------------------------------------------------------------------
 */

static void put_system_info(struct call *c)
{
	w_open(&c->w, "systemInfo", '{');
	w_text(&c->w, "version", c->s->version);
	w_text(&c->w, "operatingSystem", c->s->os);
	w_int(&c->w, "processors", 4);
	w_free_text(&c->w, "architecture", "amd64");
	w_close(&c->w, '}');
}

static void put_application_server(struct call *c)
{
	const struct scenario *s = c->s;

	w_open(&c->w, "applicationServer", '{');
	put_system_info(c);
	w_open(&c->w, "systemMetrics", '{');
	w_int(&c->w, "diskSpaceFreeMB", llround(disk_free_mb(s)));
	w_int(&c->w, "diskSpaceTotalMB", DISK_TOTAL_MB);
	put_percent(c, "diskSpaceUsedPercentage", s->disk_used_percent);
	w_int(&c->w, "jvmMemoryMaxMB", 7168);
	w_int(&c->w, "jvmMemoryTotalMB", 2031);
	w_int(&c->w, "jvmMemoryUsedMB", llround(7168 * s->jvm_memory_used_percent / 100));
	put_percent(c, "jvmMemoryUsedPercentage", s->jvm_memory_used_percent);
	w_real(&c->w, "uptimeHours", s->uptime_hours);
	put_percent(c, "processCpuLoadPercentage", 1.3);
	put_percent(c, "systemCpuLoadPercentage", 6.8);
	w_int(&c->w, "gcTimeMilliseconds", 20411);
	w_int(&c->w, "gcExecutions", 1502);
	w_int(&c->w, "threadCount", 118);
	w_close(&c->w, '}');
	w_close(&c->w, '}');
}

/* --- parts -------------------------------------------------------------------------------------
 */

static void put_database(struct call *c)
{
	const char *status = c->s->database->status;

	w_open(&c->w, "database", '{');
	if (status_is_ok(status))
		w_text(&c->w, "status", status);
	else
		w_free_text(&c->w, "status", status);
	w_int(&c->w, "totalConnections", c->s->database_active + 19);
	w_int(&c->w, "activeConnections", c->s->database_active);
	w_int(&c->w, "maxConnections", DATABASE_CONNECTIONS);
	w_int(&c->w, "timeToConnectMilliseconds", c->s->database_connect_ms);
	w_int(&c->w, "timeToQueryMilliseconds", 0);
	w_close(&c->w, '}');
}

static void put_counts(struct call *c, size_t count, int in_error)
{
	w_int(&c->w, "count", (int64_t)count);
	w_int(&c->w, "inErrorCount", in_error);
	put_percent(c, "inErrorPercentage", share(in_error, (int64_t)count));
	w_open(&c->w, "inError", '[');
}

static void put_printers(struct call *c)
{
	const struct json_list *all = &c->s->printers;
	int64_t held = held_total(c), most = 0;

	w_open(&c->w, "printers", '{');
	put_counts(c, all->len, printers_in_error(c->s));
	for (size_t i = 0; i < all->len; i++) {
		const struct sim_printer *p = all->items[i];

		if (!status_is_ok(p->status))
			put_bad(c, p->name, p->status);
		most = held_of(c, p) > most ? held_of(c, p) : most;
	}
	w_close(&c->w, ']');
	w_int(&c->w,
	      c->s->held_member == HELD_JOBS_COUNT ? "heldJobsCountTotal" : "heldJobCountTotal",
	      held);
	w_int(&c->w, "heldJobsCountMax", most);
	w_real(&c->w, "heldJobsCountAverage", all->len ? (double)held / (double)all->len : 0);
	w_close(&c->w, '}');
}

static void put_devices(struct call *c)
{
	const struct json_list *all = &c->s->devices;

	w_open(&c->w, "devices", '{');
	put_counts(c, all->len, devices_in_error(c->s));
	for (size_t i = 0; i < all->len; i++) {
		const struct sim_device *d = all->items[i];

		if (strcmp(d->status, "ERROR") == 0)
			put_bad(c, d->name, NULL);
	}
	w_close(&c->w, ']');
	w_close(&c->w, '}');
}

static void put_seats(struct call *c, const char *name, const struct sim_seats *seats)
{
	w_open(&c->w, name, '{');
	w_int(&c->w, "used", seats->used);
	if (seats->licensed < 0) {
		w_text(&c->w, "licensed", "Unlimited");
		w_text(&c->w, "remaining", "Unlimited");
	} else {
		w_int(&c->w, "licensed", seats->licensed);
		w_int(&c->w, "remaining", seats->licensed - seats->used);
	}
	w_close(&c->w, '}');
}

static void put_licence(struct call *c)
{
	const struct sim_licence *l = c->s->licence;
	bool valid = l->valid == JSON_TRUE;

	w_open(&c->w, "license", '{');
	if (c->s->truth_form == TRUTH_TEXT)
		w_text(&c->w, "valid", valid ? "true" : "false");
	else
		w_bool(&c->w, "valid", valid);
	if (l->support_days != JSON_ABSENT_INT && c->s->profile != SIM_V24_SUBSCRIPTION)
		w_int(&c->w, "upgradeAssuranceRemainingDays", l->support_days);
	if (l->remaining_days != JSON_ABSENT_INT)
		w_int(&c->w, "licenseRemainingDays", l->remaining_days);
	put_seats(c, "users", l->users);
	if (c->s->profile != SIM_OLD16)
		put_seats(c, "siteServers", l->site_servers);
	put_seats(c, "advancedClients", l->advanced_clients);
	if (c->s->product == SIM_MF)
		put_seats(c, "devices", l->devices);
	w_close(&c->w, '}');
}

static void put_job_ticketing(struct call *c)
{
	const struct sim_status *told = c->s->job_ticketing;

	w_open(&c->w, "jobTicketing", '{');
	w_open(&c->w, "status", '{');
	w_text(&c->w, "status", told && status_is_ok(told->status) ? "OK" : "ERROR");
	w_free_text(&c->w, "message", !told ? "Job Ticketing is not installed." : told->status);
	w_close(&c->w, '}');
	w_close(&c->w, '}');
}

/* --- servers that are online or not ------------------------------------------------------------
 */

/* clang-format off */
struct fleet {
	const char *name, *host;	/* the member; its hosts' names */
	size_t total, offline;		/* int64_t of the scenario */
	bool counted, in_old16;
};
enum { PRINT_PROVIDERS, SITE_SERVERS, MOBILITY, WEB_PRINT, FLEETS };
#define AT(member) offsetof(struct scenario, member)
static const struct fleet fleets[FLEETS] = {
	[PRINT_PROVIDERS] = { "printProviders", "prn", AT(print_providers), AT(print_providers_offline), true, true },
	[SITE_SERVERS] = { "siteServers", "site", AT(site_servers), AT(site_servers_offline), true, false },
	[MOBILITY] = { "mobilityPrintServers", "mob", AT(mobility_print_servers), AT(mobility_print_servers_offline), true, false },
	[WEB_PRINT] = { "webPrint", "web", AT(web_print_servers), AT(web_print_servers_offline), false, true },
};
/* clang-format on */

static int64_t figure(const struct scenario *s, size_t offset)
{
	return *(const int64_t *)(const void *)((const char *)s + offset);
}

static void host_name(const struct fleet *f, int64_t n, char out[static 32])
{
	snprintf(out, 32, "%s%02lld", f->host, (long long)n + 1);
}

static void put_fleet(struct call *c, const struct fleet *f)
{
	int64_t total = figure(c->s, f->total), offline = figure(c->s, f->offline);
	char host[32];

	w_open(&c->w, f->name, '{');
	if (f->counted)
		w_int(&c->w, "count", total);
	w_int(&c->w, "offlineCount", offline);
	put_percent(c, "offlinePercentage", share(offline, total));
	w_open(&c->w, "offline", '[');
	for (int64_t i = 0; i < offline; i++) {
		host_name(f, i, host);
		if (c->s->in_error_form == IN_ERROR_TEXTS) {
			w_free_text(&c->w, NULL, host);
			continue;
		}
		w_open(&c->w, NULL, '{');
		w_free_text(&c->w, "name", host);
		w_close(&c->w, '}');
	}
	w_close(&c->w, ']');
	w_close(&c->w, '}');
}

/* The list of its own that print providers have. */
static void put_provider_list(struct call *c)
{
	const struct fleet *f = &fleets[PRINT_PROVIDERS];
	int64_t offline = figure(c->s, f->offline);
	char host[32], ip[32];

	w_open(&c->w, f->name, '[');
	for (int64_t i = 0; i < figure(c->s, f->total); i++) {
		host_name(f, i, host);
		snprintf(ip, sizeof(ip), "10.0.0.%d", (int)(20 + i % 200));
		w_open(&c->w, NULL, '{');
		w_free_text(&c->w, "host", host);
		if (c->s->profile != SIM_OLD16)
			w_free_text(&c->w, c->s->ip_member == IP_UPPER ? "IP" : "ip", ip);
		w_int(&c->w, "lastContactSeconds", i < offline ? 4000 : 12);
		w_close(&c->w, '}');
	}
	w_close(&c->w, ']');
}

static void put_site_servers(struct call *c)
{
	put_fleet(c, &fleets[SITE_SERVERS]);
}

static void put_mobility(struct call *c)
{
	put_fleet(c, &fleets[MOBILITY]);
}

static void put_web_print(struct call *c)
{
	put_fleet(c, &fleets[WEB_PRINT]);
}

/* --- documents ---------------------------------------------------------------------------------
 */

static void put_health(struct call *c)
{
	bool old = c->s->profile == SIM_OLD16;

	w_open(&c->w, NULL, '{');
	put_application_server(c);
	put_database(c);
	if (c->s->product == SIM_MF)
		put_devices(c);
	put_printers(c);
	put_licence(c);
	if (!old)
		put_job_ticketing(c);
	for (size_t i = 0; i < FLEETS; i++)
		if (!old || fleets[i].in_old16)
			put_fleet(c, &fleets[i]);
	w_close(&c->w, '}');
}

/* A part's document is that part's member in an object of its own. */
#define PART(part)                                                                                 \
	static void document_##part(struct call *c)                                                \
	{                                                                                          \
		w_open(&c->w, NULL, '{');                                                          \
		put_##part(c);                                                                     \
		w_close(&c->w, '}');                                                               \
	}
PART(application_server)
PART(database)
PART(licence)
PART(job_ticketing)
PART(provider_list)
PART(site_servers)
PART(mobility)
PART(web_print)

/* clang-format off */
const struct sim_route health_routes[] = {
	{ "/api/health",			put_health,			true },
	{ "/api/health/",			put_health,			true },
	{ "/api/health/application-server",	document_application_server,	true },
	{ "/api/health/database",		document_database,		true },
	{ "/api/health/license",		document_licence,		true },
	{ "/api/health/job-ticketing",		document_job_ticketing,		false },
	{ "/api/health/print-providers",	document_provider_list,		true },
	{ "/api/health/site-servers",		document_site_servers,		false },
	{ "/api/health/mobility-print-servers",	document_mobility,		false },
	{ "/api/health/web-print",		document_web_print,		true },
	{}
};
/* clang-format on */
