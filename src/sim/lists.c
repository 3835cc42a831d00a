/* lists.c - printers and devices one by one, as JSON and as CSV of status URLs, and statistics. */
#include "sim/answer.h"
#include <inttypes.h>
#include <string.h>

#define MINUTES_MAX 240

static void put_printers(struct call *c)
{
	w_open(&c->w, NULL, '{');
	w_open(&c->w, "printers", '[');
	for (size_t i = 0; i < c->s->printers.len; i++) {
		const struct sim_printer *p = c->s->printers.items[i];

		w_open(&c->w, NULL, '{');
		w_text(&c->w, "name", p->name);
		w_text(&c->w, "status", p->status);
		w_int(&c->w, "heldJobsCount", held_of(c, p));
		if (p->physical_id)
			w_text(&c->w, "physicalPrinterId", p->physical_id);
		w_close(&c->w, '}');
	}
	w_close(&c->w, ']');
	w_close(&c->w, '}');
}

static void put_device_state(struct call *c, const struct sim_device *d)
{
	const char *words = status_is_ok(d->status) ? "Started - with no errors"
						    : "Could not connect to the device";

	/* A script of 2017 reads it flat. */
	if (c->s->profile == SIM_OLD16)
		return w_text(&c->w, "status", d->status);
	w_open(&c->w, "state", '{');
	w_text(&c->w, "status", d->status);
	w_free_text(&c->w, "statusDescription", d->description ? d->description : words);
	w_int(&c->w, "lastJobSeconds", d->last_job_s);
	w_close(&c->w, '}');
}

static void put_devices(struct call *c)
{
	w_open(&c->w, NULL, '{');
	w_open(&c->w, "devices", '[');
	for (size_t i = 0; i < c->s->devices.len; i++) {
		const struct sim_device *d = c->s->devices.items[i];

		w_open(&c->w, NULL, '{');
		w_text(&c->w, "name", d->name);
		w_text(&c->w, "type", d->type);
		put_device_state(c, d);
		if (d->hosting_server)
			w_text(&c->w, "hostingServer", d->hosting_server);
		w_close(&c->w, '}');
	}
	w_close(&c->w, ']');
	w_close(&c->w, '}');
}

/* --- CSV ---------------------------------------------------------------------------------------
 */

static void put_cell(struct call *c, struct str text, char end)
{
	struct buf *out = &c->a->body;
	bool quoted = c->s->csv_form == CSV_QUOTED &&
		      (memchr(text.p, ',', text.len) || memchr(text.p, '"', text.len));

	if (!quoted) {
		buf_putstr(out, text);
	} else {
		buf_putc(out, '"');
		for (size_t i = 0; i < text.len; i++) {
			if (text.p[i] == '"')
				buf_putc(out, '"');
			buf_putc(out, text.p[i]);
		}
		buf_putc(out, '"');
	}
	buf_putc(out, end);
}

/* The server's own idea of its address, and the key in clear text: as real servers do. */
static void put_urls(struct call *c, const char *kind, int64_t id)
{
	static const char *const calls[] = { "status?", "has-recent-jobs?minutes=60&" };

	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct buf url = buf_new(4 * KIB);

		buf_printf(&url, "%s://", c->rq->secure ? "https" : "http");
		buf_putstr(&url, c->rq->host);
		buf_printf(&url, "/api/health/%s/%" PRId64 "/%sAuthorization=%s", kind, id,
			   calls[i], c->s->key);
		put_cell(c, buf_str(&url), i + 1 == ARRAY_LEN(calls) ? '\n' : ',');
		buf_done(&url);
	}
}

static void put_printer_urls(struct call *c)
{
	c->a->type = "text/csv";
	buf_puts(&c->a->body, "Server Name,Printer Name,Location,Status Monitoring URL,"
			      "Recent Jobs Monitoring URL\n");
	for (size_t i = 0; i < c->s->printers.len; i++) {
		const struct sim_printer *p = c->s->printers.items[i];
		struct str queue = str_of(p->name), server;

		if (!str_split(&queue, '\\', &server) || !queue.p) {
			queue = server;
			server = STR("");
		}
		put_cell(c, server, ',');
		put_cell(c, queue, ',');
		put_cell(c, str_of(p->location), ',');
		put_urls(c, "printers", p->id);
	}
}

static void put_device_urls(struct call *c)
{
	c->a->type = "text/csv";
	buf_puts(&c->a->body,
		 "Device Name,Location,Status Monitoring URL,Recent Jobs Monitoring URL\n");
	for (size_t i = 0; i < c->s->devices.len; i++) {
		const struct sim_device *d = c->s->devices.items[i];

		put_cell(c, str_of(d->name), ',');
		put_cell(c, str_of(d->location), ',');
		put_urls(c, "devices", d->id);
	}
}

/* --- statistics --------------------------------------------------------------------------------
 */

static void put_figure(struct call *c, const char *name, int64_t value)
{
	w_open(&c->w, NULL, '{');
	w_int(&c->w, name, value);
	w_close(&c->w, '}');
}

/* Of the last `minutes`; `figure` is that of the usual number of them. */
static void put_recent(struct call *c, const char *name, int64_t figure, int64_t usual)
{
	int64_t minutes = query_number(c->rq->query, "minutes", usual);

	if (minutes < 1 || minutes > MINUTES_MAX) {
		if (c->s->minutes_form == MINUTES_REFUSE)
			return answer_text(c, 400, "Invalid minutes parameter");
		minutes = minutes < 1 ? 1 : MINUTES_MAX;
	}
	put_figure(c, name, figure * minutes / usual);
}

static void put_held(struct call *c)
{
	put_figure(c, "heldJobsCount", held_total(c));
}

static void put_pages(struct call *c)
{
	put_recent(c, "recentPagesCount", c->s->pages, 60);
}

static void put_errors(struct call *c)
{
	put_recent(c, "recentErrorsCount", c->s->errors, 10);
}

static void put_warnings(struct call *c)
{
	put_recent(c, "recentWarningsCount", c->s->warnings, 10);
}

/* clang-format off */
const struct sim_route list_routes[] = {
	{ "/api/health/printers",		put_printers,		true },
	{ "/api/health/devices",		put_devices,		true },
	{ "/api/health/printers/urls",		put_printer_urls,	true },
	{ "/api/health/devices/urls",		put_device_urls,	true },
	{ "/api/stats/held-jobs-count",		put_held,		true },
	{ "/api/stats/recent-pages-count",	put_pages,		true },
	{ "/api/stats/recent-errors-count",	put_errors,		true },
	{ "/api/stats/recent-warnings-count",	put_warnings,		true },
	{}
};
/* clang-format on */
