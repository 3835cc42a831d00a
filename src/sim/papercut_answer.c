/* papercut_answer.c - see papercut.h. */
#include "sim/papercut.h"
#include "base/hash.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_TOTAL_MB 102047
#define JSON_TYPE     "application/json"

static double disk_free_mb(const struct scenario *s)
{
	return DISK_TOTAL_MB * (100 - s->disk_used_percent) / 100;
}

static bool is_ok(const char *status)
{
	return strcmp(status, "OK") == 0;
}

static int printers_in_error(const struct scenario *s)
{
	int n = 0;

	for (size_t i = 0; i < s->printers.len; i++)
		n += !is_ok(((const struct sim_printer *)s->printers.items[i])->status);
	return n;
}

static int devices_in_error(const struct scenario *s)
{
	int n = 0;

	for (size_t i = 0; i < s->devices.len; i++)
		n += strcmp(((const struct sim_device *)s->devices.items[i])->status, "ERROR") == 0;
	return n;
}

static int held_jobs(const struct scenario *s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s->printers.len; i++)
		n += ((const struct sim_printer *)s->printers.items[i])->held;
	return (int)n;
}

/* A parameter of the query, as a number; `otherwise` if it is absent or none. */
static int64_t parameter(struct str query, const char *name, int64_t otherwise)
{
	struct str part, key;
	uint64_t v;

	while (str_split(&query, '&', &part))
		if (str_split(&part, '=', &key) && str_eq(key, str_of(name)) &&
		    str_to_u64(part, &v) && v <= INT32_MAX)
			return (int64_t)v;
	return otherwise;
}

/* --- documents ---------------------------------------------------------------------------------
 */

static void put_text(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "\"%s\":", name);
	json_put_text(out, str_of(value));
}

static double share(int n, size_t of)
{
	return of ? 100.0 * n / (double)of : 0;
}

static void put_application_server(const struct scenario *s, struct buf *out)
{
	buf_puts(out, "\"applicationServer\":{\"systemInfo\":{");
	put_text(out, "version", s->version);
	buf_putc(out, ',');
	put_text(out, "operatingSystem", s->os);
	buf_puts(out, ",\"processors\":4,\"architecture\":\"amd64\"},\"systemMetrics\":{");
	buf_printf(out, "\"diskSpaceFreeMB\":%.0f,\"diskSpaceTotalMB\":%d,", disk_free_mb(s),
		   DISK_TOTAL_MB);
	buf_printf(out, "\"diskSpaceUsedPercentage\":%.2f,", s->disk_used_percent);
	buf_printf(out,
		   "\"jvmMemoryMaxMB\":7168,\"jvmMemoryTotalMB\":2031,\"jvmMemoryUsedMB\":%.0f,",
		   7168 * s->jvm_memory_used_percent / 100);
	buf_printf(out, "\"jvmMemoryUsedPercentage\":%.2f,\"uptimeHours\":%.2f,",
		   s->jvm_memory_used_percent, s->uptime_hours);
	buf_puts(out, "\"processCpuLoadPercentage\":1.3,\"systemCpuLoadPercentage\":6.8,"
		      "\"gcTimeMilliseconds\":20411,\"gcExecutions\":1502,\"threadCount\":118}}");
}

static void put_printers(const struct scenario *s, struct buf *out)
{
	int bad = printers_in_error(s);
	bool any = false;

	buf_printf(out,
		   "\"printers\":{\"count\":%zu,\"inErrorCount\":%d,\"inErrorPercentage\":%.2f,"
		   "\"inError\":[",
		   s->printers.len, bad, share(bad, s->printers.len));
	for (size_t i = 0; i < s->printers.len; i++) {
		const struct sim_printer *p = s->printers.items[i];

		if (is_ok(p->status))
			continue;
		buf_puts(out, any ? ",{" : "{");
		put_text(out, "name", p->name);
		buf_putc(out, ',');
		put_text(out, "status", p->status);
		buf_putc(out, '}');
		any = true;
	}
	buf_printf(
		out,
		"],\"heldJobCountTotal\":%d,\"heldJobsCountMax\":4,\"heldJobsCountAverage\":0.4}",
		held_jobs(s));
}

static void put_devices(const struct scenario *s, struct buf *out)
{
	int bad = devices_in_error(s);
	bool any = false;

	buf_printf(out,
		   "\"devices\":{\"count\":%zu,\"inErrorCount\":%d,\"inErrorPercentage\":%.2f,"
		   "\"inError\":[",
		   s->devices.len, bad, share(bad, s->devices.len));
	for (size_t i = 0; i < s->devices.len; i++) {
		const struct sim_device *d = s->devices.items[i];

		if (strcmp(d->status, "ERROR") != 0)
			continue;
		buf_puts(out, any ? ",{" : "{");
		put_text(out, "name", d->name);
		buf_putc(out, '}');
		any = true;
	}
	buf_puts(out, "]}");
}

static void put_licence(const struct scenario *s, struct buf *out)
{
	buf_printf(out, "\"license\":{\"valid\":%s",
		   s->licence->valid == JSON_TRUE ? "true" : "false");
	if (s->licence->support_days != JSON_ABSENT_INT)
		buf_printf(out, ",\"upgradeAssuranceRemainingDays\":%lld",
			   (long long)s->licence->support_days);
	buf_puts(out, ",\"users\":{\"used\":812,\"licensed\":1000,\"remaining\":188},"
		      "\"siteServers\":{\"used\":1,\"licensed\":2,\"remaining\":1},"
		      "\"advancedClients\":{\"used\":0,\"licensed\":0,\"remaining\":0},"
		      "\"devices\":{\"used\":12,\"licensed\":15,\"remaining\":3}}");
}

static void put_health(const struct scenario *s, struct str query, struct sim_answer *a)
{
	struct buf *out = &a->body;

	buf_putc(out, '{');
	put_application_server(s, out);
	buf_puts(out, ",\"database\":{");
	put_text(out, "status", s->database->status);
	buf_printf(out,
		   ",\"totalConnections\":21,\"activeConnections\":2,\"maxConnections\":420,"
		   "\"timeToConnectMilliseconds\":%lld,\"timeToQueryMilliseconds\":0},",
		   (long long)s->database_connect_ms);
	put_devices(s, out);
	buf_putc(out, ',');
	put_printers(s, out);
	buf_putc(out, ',');
	put_licence(s, out);
	buf_printf(out,
		   ",\"printProviders\":{\"count\":%lld,\"offlineCount\":%lld,"
		   "\"offlinePercentage\":0,\"offline\":[]}",
		   (long long)s->print_providers, (long long)s->print_providers_offline);
	if (s->profile != SIM_OLD16)
		buf_puts(out, ",\"jobTicketing\":{\"status\":{\"status\":\"ERROR\",\"message\":"
			      "\"Job Ticketing is not installed.\"}},"
			      "\"mobilityPrintServers\":{\"count\":1,\"offlineCount\":0,"
			      "\"offlinePercentage\":0,\"offline\":[]},"
			      "\"siteServers\":{\"count\":1,\"offlineCount\":0,"
			      "\"offlinePercentage\":0,\"offline\":[]}");
	buf_puts(out, ",\"webPrint\":{\"offlineCount\":0,\"offlinePercentage\":0,\"offline\":[]}}");
}

static void put_printer_list(const struct scenario *s, struct str query, struct sim_answer *a)
{
	struct buf *out = &a->body;

	buf_puts(out, "{\"printers\":[");
	for (size_t i = 0; i < s->printers.len; i++) {
		const struct sim_printer *p = s->printers.items[i];

		buf_puts(out, i ? ",{" : "{");
		put_text(out, "name", p->name);
		buf_putc(out, ',');
		put_text(out, "status", p->status);
		buf_printf(out, ",\"heldJobsCount\":%lld}", (long long)p->held);
	}
	buf_puts(out, "]}");
}

static void put_device_list(const struct scenario *s, struct str query, struct sim_answer *a)
{
	struct buf *out = &a->body;

	buf_puts(out, "{\"devices\":[");
	for (size_t i = 0; i < s->devices.len; i++) {
		const struct sim_device *d = s->devices.items[i];

		buf_puts(out, i ? ",{" : "{");
		put_text(out, "name", d->name);
		buf_putc(out, ',');
		put_text(out, "type", d->type);
		buf_puts(out, s->profile == SIM_OLD16 ? "," : ",\"state\":{");
		put_text(out, "status", d->status);
		if (s->profile != SIM_OLD16)
			buf_printf(out, ",\"statusDescription\":\"%s\",\"lastJobSeconds\":842}",
				   is_ok(d->status) ? "Started - with no errors"
						    : "Could not connect to the device");
		buf_putc(out, '}');
	}
	buf_puts(out, "]}");
}

/* --- status URLs: 200 or 500, always JSON ------------------------------------------------------
 */

static void put_verdict(const struct scenario *s, const char *problem, struct sim_answer *a)
{
	/* The summary page of today's manual says "message", that of version 16 "comment". */
	const char *name = s->profile == SIM_OLD16 ? "comment" : "message";

	a->status = problem ? 500 : 200;
	buf_putc(&a->body, '{');
	put_text(&a->body, "status", problem ? "ERROR" : "OK");
	buf_putc(&a->body, ',');
	put_text(&a->body, name, problem ? problem : "");
	buf_putc(&a->body, '}');
}

static const char *disk_problem(const struct scenario *s, struct str query)
{
	return disk_free_mb(s) < (double)parameter(query, "disk-threshold-mb", 1024)
		       ? "Free disk space is low."
		       : NULL;
}

static const char *database_problem(const struct scenario *s)
{
	return is_ok(s->database->status) ? NULL : "The database cannot be reached.";
}

static const char *licence_problem(const struct scenario *s)
{
	return s->licence->valid == JSON_TRUE ? NULL : "Invalid license status: EXPIRED";
}

static void status_all(const struct scenario *s, struct str query, struct sim_answer *a)
{
	const char *problem = database_problem(s);

	if (!problem)
		problem = disk_problem(s, (struct str){});
	put_verdict(s, problem ? problem : licence_problem(s), a);
}

static void status_server(const struct scenario *s, struct str query, struct sim_answer *a)
{
	put_verdict(s, disk_problem(s, query), a);
}

static void status_database(const struct scenario *s, struct str query, struct sim_answer *a)
{
	put_verdict(s, database_problem(s), a);
}

static void status_devices(const struct scenario *s, struct str query, struct sim_answer *a)
{
	bool bad = devices_in_error(s) > parameter(query, "offline-threshold", 0);

	put_verdict(s, bad ? "Devices are in error." : NULL, a);
}

static void status_printers(const struct scenario *s, struct str query, struct sim_answer *a)
{
	bool bad = printers_in_error(s) > parameter(query, "in-error-threshold", 0);

	put_verdict(s, bad ? "Printers are in error." : NULL, a);
}

static void status_providers(const struct scenario *s, struct str query, struct sim_answer *a)
{
	put_verdict(s, s->print_providers_offline ? "A print provider is offline." : NULL, a);
}

static void status_licence(const struct scenario *s, struct str query, struct sim_answer *a)
{
	put_verdict(s, licence_problem(s), a);
}

static void status_fine(const struct scenario *s, struct str query, struct sim_answer *a)
{
	put_verdict(s, NULL, a);
}

/* --- statistics --------------------------------------------------------------------------------
 */

static void stats_pages(const struct scenario *s, struct str query, struct sim_answer *a)
{
	buf_printf(&a->body, "{\"recentPagesCount\":%lld}",
		   (long long)(s->pages * parameter(query, "minutes", 60) / 60));
}

static void stats_held(const struct scenario *s, struct str query, struct sim_answer *a)
{
	buf_printf(&a->body, "{\"heldJobsCount\":%d}", held_jobs(s));
}

static void stats_errors(const struct scenario *s, struct str query, struct sim_answer *a)
{
	buf_puts(&a->body, "{\"recentErrorsCount\":0}");
}

static void stats_warnings(const struct scenario *s, struct str query, struct sim_answer *a)
{
	buf_puts(&a->body, "{\"recentWarningsCount\":3}");
}

/* --- routes ------------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct route {
	const char *path;
	void (*put)(const struct scenario *s, struct str query, struct sim_answer *a);
	bool in_old16;
} routes[] = {
	{ "/api/health",				put_health,		true },
	{ "/api/health/",				put_health,		true },
	{ "/api/health/printers",			put_printer_list,	true },
	{ "/api/health/devices",			put_device_list,	true },
	{ "/api/health/status",				status_all,		true },
	{ "/api/health/application-server/status",	status_server,		true },
	{ "/api/health/database/status",		status_database,	true },
	{ "/api/health/devices/status",			status_devices,		true },
	{ "/api/health/printers/status",		status_printers,	true },
	{ "/api/health/print-providers/status",		status_providers,	true },
	{ "/api/health/license/status",			status_licence,		true },
	{ "/api/health/mobility-print-servers/status",	status_fine,		false },
	{ "/api/health/site-servers/status",		status_fine,		false },
	{ "/api/health/web-print/status",		status_fine,		true },
	{ "/api/health/job-ticketing/status",		status_fine,		false },
	{ "/api/stats/recent-pages-count",		stats_pages,		true },
	{ "/api/stats/held-jobs-count",			stats_held,		true },
	{ "/api/stats/recent-errors-count",		stats_errors,		true },
	{ "/api/stats/recent-warnings-count",		stats_warnings,		true },
};
/* clang-format on */

static void plain(struct sim_answer *a, int status, const char *text)
{
	a->status = status;
	a->type = "text/plain";
	buf_puts(&a->body, text);
}

/* The key of a call: header, else query; p NULL if there is none. */
static struct str key_of(const struct sim_request *rq)
{
	struct str query = rq->query, part, name;

	if (rq->key.p)
		return str_trim(rq->key);
	while (str_split(&query, '&', &part))
		if (str_split(&part, '=', &name) && str_eq(name, STR("Authorization")))
			return part;
	return (struct str){};
}

static bool let_in(const struct scenario *s, const struct sim_request *rq, struct sim_answer *a)
{
	struct str key = key_of(rq);
	size_t len = strlen(s->key);

	if (!key.p) {
		plain(a, 400, "Missing required auth parameter");
		return false;
	}
	if (key.len != len || !secret_eq(key.p, s->key, len)) {
		plain(a, (int)s->wrong_key_status, "Invalid auth parameter");
		return false;
	}
	return true;
}

/* True if the server as a whole is out of order. */
static bool broken(const struct scenario *s, const struct sim_request *rq, struct sim_answer *a)
{
	struct str host = rq->host, name;

	switch (s->mode) {
	case SIM_SERVER_FAILURE:
		a->status = 500;
		a->type = "text/html";
		buf_puts(&a->body, "<!DOCTYPE html><html><body><h1>Application Error</h1>"
				   "<pre>java.lang.NullPointerException</pre>"
				   "<h2>Version Details</h2></body></html>");
		return true;
	case SIM_REDIRECT:
		if (!str_split(&host, ':', &name))
			name = STR("localhost");
		plain(a, 302, "");
		snprintf(a->location, sizeof(a->location), "https://%.*s:9192%.*s",
			 (int)(name.len < 100 ? name.len : 100), name.p,
			 (int)(rq->path.len < 150 ? rq->path.len : 150), rq->path.p);
		return true;
	default:
		return false;
	}
}

void papercut_answer(const struct scenario *s, const struct sim_request *rq, struct sim_answer *a)
{
	if (broken(s, rq, a) || !let_in(s, rq, a))
		return;
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (!str_eq(rq->path, str_of(routes[i].path)) ||
		    (s->profile == SIM_OLD16 && !routes[i].in_old16))
			continue;
		a->status = 200;
		a->type = JSON_TYPE;
		routes[i].put(s, rq->query, a);
		if (s->mode == SIM_TRUNCATED)
			a->body.len -= a->body.len / 3;
		return;
	}
	a->status = 404;
	a->type = "text/html";
	buf_puts(&a->body, "<!DOCTYPE html><html><body>Not found</body></html>");
}
