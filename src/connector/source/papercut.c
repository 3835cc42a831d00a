/* papercut.c - asks a PaperCut server, one call after the other on one connection, never two at
 * once: its values are cached for 15 s, and it is somebody's print server before it is ours.
 *
 *   health --ok--> printers --> devices --> [pages --> errors --> warnings] --> [totals] --> done
 *      \_____________________________________________________________________________________/
 *
 * A failure of `health` ends the reading; lists that cannot be read are left out.  The statistics
 * are asked once a period, for exactly the time since the last one, or since reading began: what
 * was printed while monitoring was off is nobody's business.  Totals are asked once a day, if at
 * all.
 *
 * Redirects are never followed: the key would go along. */
#include "connector/source/papercut.h"
#include "connector/source/papercut_rpc.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/fetch.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX      (8 * MIB) /* 5,000 printers are about 0.6 MB */
#define TIMEOUT_MS      20000
#define MINUTE_MS       60000
#define MINUTES_MAX     240 /* the longest time that the statistics tell of */
#define DAY_MS          (24 * 3600 * INT64_C(1000))
#define TOTALS_CALLS    1000 /* of one reading */
#define TOTALS_RETRY_MS (3600 * 1000)

enum step {
	STEP_HEALTH,
	STEP_PRINTERS,
	STEP_DEVICES,
	STEP_PAGES,
	STEP_ERRORS,
	STEP_WARNINGS,
	STEPS
};

static const char *const paths[STEPS] = {
	[STEP_HEALTH] = "/api/health",
	[STEP_PRINTERS] = "/api/health/printers",
	[STEP_DEVICES] = "/api/health/devices",
	[STEP_PAGES] = "/api/stats/recent-pages-count",
	[STEP_ERRORS] = "/api/stats/recent-errors-count",
	[STEP_WARNINGS] = "/api/stats/recent-warnings-count",
};

struct papercut {
	struct print_source source;
	struct fetcher *fetcher;
	const struct options *options;
	struct fetch *fetch; /* the call in progress */
	enum step step;
	struct reading *reading; /* NULL: nothing is being read */
	bool has_printers, has_devices;
	int64_t period_mono_ms; /* when the period began; 0: not yet */
	int64_t minutes;        /* of the statistics that are being asked */
	struct report_period *period;
	struct totals_run *totals; /* NULL: switched off */
	int64_t totals_day;        /* of the last whole run, days of UTC since 1970 */
	int64_t totals_retry_ms;   /* monotonic: not before */
	enum reading_state totals_state;
	source_done_fn *done;
	void *owner;
};

static void on_answer(const struct fetch_result *result, void *owner);

void papercut_url(const struct options *o, const char *path, struct buf *out)
{
	struct str base = str_of(o->papercut_url);

	while (base.len && base.p[base.len - 1] == '/')
		base.len--;
	buf_putstr(out, base);
	buf_puts(out, path);
}

static void ask(struct papercut *p, enum step step)
{
	struct fetch_header key = { "Authorization", p->options->papercut_key };
	struct fetch_request request = {
		.headers = &key,
		/* Without one the server says so itself: "key_refused". */
		.headers_len = p->options->papercut_key ? 1 : 0,
		.ca_file = p->options->papercut_ca_file,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = ANSWER_MAX,
		.flags = FETCH_TLS12,
	};
	struct buf url = buf_new(2 * KIB);

	papercut_url(p->options, paths[step], &url);
	if (step >= STEP_PAGES)
		buf_printf(&url, "?minutes=%" PRId64, p->minutes);
	request.url = buf_status(&url) == 0 ? (const char *)url.data : "";
	p->step = step;
	p->fetch = fetch_start(p->fetcher, &request, on_answer, p);
	buf_done(&url);
}

static void finish(struct papercut *p)
{
	struct reading *r = TAKE(p->reading);

	r->has_devices = p->has_printers && p->has_devices;
	if (!r->has_devices)
		r->devices = (struct json_list){};
	p->done(r, p->owner);
}

/* --- totals by XML-RPC -------------------------------------------------------------------------
 */

static void on_totals(enum reading_state state, const struct json_list *totals, void *owner)
{
	struct papercut *p = owner;
	struct reading *r = p->reading;

	if (state != p->totals_state)
		log_event(state == READING_OK ? EV_SOURCE_UP : EV_SOURCE_DOWN,
			  "source=papercut part=xmlrpc state=%s", reading_state_names[state]);
	p->totals_state = state;
	if (state != READING_OK)
		p->totals_retry_ms = clock_mono_ms() + TOTALS_RETRY_MS;
	for (size_t i = 0; totals && i < totals->len; i++) {
		struct source_total *t = arena_dup(&r->mem, totals->items[i], sizeof(*t));

		t->name = arena_strdup(&r->mem, t->name);
		report_list_add(&r->mem, &r->totals, t);
	}
	if (totals) {
		r->has_totals = true;
		p->totals_day = r->at_ms / DAY_MS;
	}
	finish(p);
}

static void ask_totals(struct papercut *p)
{
	if (!p->totals || p->totals_day == p->reading->at_ms / DAY_MS ||
	    clock_mono_ms() < p->totals_retry_ms)
		return finish(p);
	totals_read(p->totals, TOTALS_CALLS, on_totals, p);
}

/* --- statistics --------------------------------------------------------------------------------
 */

/* Whole minutes only: less than one of a period is not counted, never one too many. */
static void ask_statistics(struct papercut *p)
{
	int64_t now_ms = clock_mono_ms();

	if (p->period_mono_ms == 0)
		p->period_mono_ms = now_ms;
	if (now_ms - p->period_mono_ms < p->options->usage_period_ms)
		return ask_totals(p);
	p->minutes = (now_ms - p->period_mono_ms) / MINUTE_MS;
	p->minutes = p->minutes > MINUTES_MAX ? MINUTES_MAX : p->minutes < 1 ? 1 : p->minutes;
	p->period = REPORT_NEW(&p->reading->mem, struct report_period, &report_period_schema);
	ask(p, STEP_PAGES);
}

static void end_period(struct papercut *p)
{
	struct report_period *period = TAKE(p->period);

	p->period_mono_ms = clock_mono_ms();
	period->to_ms = clock_wall_ms();
	period->from_ms = period->to_ms - p->minutes * MINUTE_MS;
	if (period->pages != JSON_ABSENT_INT || period->errors != JSON_ABSENT_INT ||
	    period->warnings != JSON_ABSENT_INT)
		report_list_add(&p->reading->mem, &p->reading->usage->periods, period);
	ask_totals(p);
}

/* --- answers -----------------------------------------------------------------------------------
 */

/* A list that cannot be read is not silence: what is shown of devices would age unseen. */
static bool take_list(struct papercut *p, const struct fetch_result *result,
		      bool (*read)(struct str body, struct reading *r), bool may_lack)
{
	if (result->rc == 0 && result->status == 200 && read(result->body, p->reading))
		return true;
	if (result->rc == 0 && (may_lack || result->status == 404))
		return may_lack;
	reading_lacks(p->reading);
	return false;
}

/* NG knows no devices: it has told all with its printers, whatever it answers to that. */
static bool knows_devices(const struct reading *r)
{
	return r->server && r->server->edition == EDITION_MF;
}

/* False if there is nothing more to ask for. */
static bool take_health(struct papercut *p, const struct fetch_result *result)
{
	if (result->rc < 0) {
		reading_went(p->reading, reading_unanswered(result), papercut_kinds);
		return false;
	}
	return papercut_read_health(result->status, result->body, p->reading);
}

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct papercut *p = owner;
	bool ok = result->rc == 0 && result->status == 200;
	/* "not in this version" is an answer too: there are none of this kind. */
	bool none = result->rc == 0 && (result->status == 404 || !knows_devices(p->reading));

	p->fetch = NULL;
	switch (p->step) {
	case STEP_HEALTH:
		if (!take_health(p, result))
			return finish(p);
		return ask(p, STEP_PRINTERS);
	case STEP_PRINTERS:
		p->has_printers = take_list(p, result, papercut_read_printers, false);
		return ask(p, STEP_DEVICES);
	case STEP_DEVICES:
		p->has_devices = take_list(p, result, papercut_read_devices, none);
		return ask_statistics(p);
	case STEP_PAGES:
		if (ok)
			p->period->pages = papercut_read_count(result->body, "recentPagesCount");
		return ask(p, STEP_ERRORS);
	case STEP_ERRORS:
		if (ok)
			p->period->errors = papercut_read_count(result->body, "recentErrorsCount");
		return ask(p, STEP_WARNINGS);
	case STEP_WARNINGS:
	default:
		if (ok)
			p->period->warnings =
				papercut_read_count(result->body, "recentWarningsCount");
		return end_period(p);
	}
}

/* --- the source --------------------------------------------------------------------------------
 */

static void papercut_read(struct print_source *s, source_done_fn *done, void *owner)
{
	struct papercut *p = CONTAINER_OF(s, struct papercut, source);

	assert(!p->reading);
	p->reading = reading_new();
	p->done = done;
	p->owner = owner;
	p->has_printers = p->has_devices = false;
	ask(p, STEP_HEALTH);
}

/* The switch may be off from here on: no period and no run reaches over it. */
static void papercut_cancel(struct print_source *s)
{
	struct papercut *p = CONTAINER_OF(s, struct papercut, source);

	fetch_cancel(&p->fetch);
	if (p->totals)
		totals_forget(p->totals);
	p->period = NULL;
	p->period_mono_ms = 0;
	p->totals_day = 0;
	reading_free(&p->reading);
}

static void papercut_free(struct print_source **s)
{
	struct papercut *p = CONTAINER_OF(*s, struct papercut, source);

	papercut_cancel(*s);
	totals_free(&p->totals);
	free(p);
	*s = NULL;
}

static const struct source_ops ops = { papercut_read, papercut_cancel, papercut_free };

struct print_source *source_papercut_new(struct fetcher *f, const struct options *o)
{
	struct papercut *p = xcalloc(1, sizeof(*p));

	p->source.ops = &ops;
	p->fetcher = f;
	p->options = o;
	p->totals_state = READING_OK;
	if (o->papercut_xmlrpc && o->papercut_token)
		p->totals = totals_new(f, o);
	else if (o->papercut_xmlrpc)
		log_event(EV_SOURCE_DOWN, "source=papercut part=xmlrpc state=%s",
			  reading_state_names[READING_KEY_REFUSED]);
	return &p->source;
}
