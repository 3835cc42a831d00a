/* series_api.c - GET /api/v1/sites/{id}/series. */
#include "hub/series/store.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "hub/site/site.h"
#include "model/series.h"
#include <math.h>

#define DAY_MS        (INT64_C(24) * 3600 * 1000)
#define RANGE_MAX_MS  (400 * DAY_MS)
#define STEP_MIN_MS   1000
#define POINTS_WISHED 500 /* about as many as a chart has pixels for */

struct series_query {
	const char *name, *step;
	int64_t from_ms, to_ms;
};

struct series_out {
	const char *name, *unit;
	int64_t step_ms;
	double coverage;
	struct json_list points; /* struct json_pair * */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "name", JSON_TEXT, AT(series_query, name), JSON_REQUIRED, .min = 1, .max = 64 },
	{ "from", JSON_TIME, AT(series_query, from_ms), .flags = 0 },
	{ "to", JSON_TIME, AT(series_query, to_ms), .flags = 0 },
	{ "step", JSON_TEXT, AT(series_query, step), .max = 16 },
	{}
};
static const struct json_schema query_schema = {
	"series_query", sizeof(struct series_query), 0, query_fields
};

static const struct json_field series_fields[] = {
	{ "name", JSON_TEXT, AT(series_out, name), .flags = JSON_REQUIRED },
	{ "unit", JSON_TEXT, AT(series_out, unit), .flags = JSON_REQUIRED },
	{ "step_ms", JSON_INT, AT(series_out, step_ms), .flags = JSON_REQUIRED },
	{ "coverage", JSON_REAL, AT(series_out, coverage), JSON_REQUIRED, .min = 0, .max = 1 },
	{ "points", JSON_PAIRS, AT(series_out, points), JSON_REQUIRED, .max = SERIES_POINTS_MAX },
	{}
};
static const struct json_schema series_schema = {
	"series", sizeof(struct series_out), 0, series_fields
};
/* clang-format on */

struct read_job {
	struct id site;
	int number;
	int64_t now_ms;
	struct rollup rollup;
	double coverage;
};

/* The smallest of these that gives no more points than are wished. */
static int64_t choose_step(int64_t range_ms)
{
	static const int64_t minutes[] = { 1,  2,      5,      10,     15,      30,
					   60, 2 * 60, 4 * 60, 6 * 60, 12 * 60, 24 * 60 };
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(minutes) && range_ms / (minutes[i] * 60000) > POINTS_WISHED)
		i++;
	return minutes[i] * 60000;
}

/* "30s", "5m", "2h", "1d"; 0 if it is none of these. */
static int64_t read_step(const char *text)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', DAY_MS } };
	struct str s = str_of(text);
	uint64_t n;

	if (s.len < 2 || !str_to_u64((struct str){ s.p, s.len - 1 }, &n) || n > 1000000)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (s.p[s.len - 1] == units[i].unit)
			return (int64_t)n * units[i].ms;
	}
	return 0;
}

/* NULL, or the name of the member that does not fit. */
static const char *plan(const struct series_query *q, int64_t now_ms, struct read_job *job)
{
	const struct series_def *def = series_find(str_of(q->name));
	struct rollup *r = &job->rollup;

	if (!def)
		return "name";
	r->to_ms = q->to_ms == JSON_ABSENT_INT ? now_ms : q->to_ms;
	r->from_ms = q->from_ms == JSON_ABSENT_INT ? r->to_ms - DAY_MS : q->from_ms;
	if (r->from_ms < 0 || r->from_ms >= r->to_ms || r->to_ms - r->from_ms > RANGE_MAX_MS)
		return "from";
	r->step_ms = q->step ? read_step(q->step) : choose_step(r->to_ms - r->from_ms);
	/* Steps begin at whole multiples, so that two charts of one time show the same points. */
	if (r->step_ms < STEP_MIN_MS)
		return "step";
	r->from_ms -= r->from_ms % r->step_ms;
	r->len = (size_t)((r->to_ms - r->from_ms + r->step_ms - 1) / r->step_ms);
	if (r->len > SERIES_POINTS_MAX)
		return "step";
	job->number = def->number;
	job->now_ms = now_ms;
	return NULL;
}

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct read_job *job = arg;
	struct id customer;
	int rc = site_customer(db, job->site, &customer);

	if (rc < 0)
		return rc;
	job->rollup.points = ARENA_ARRAY(mem, double, job->rollup.len);
	rollup_begin(&job->rollup);
	rc = series_read(db, job->site, job->number, &job->rollup);
	job->coverage = rollup_end(&job->rollup, job->now_ms);
	return rc;
}

static void read_done(struct request *req, int rc, void *arg)
{
	const struct read_job *job = arg;
	const struct series_def *def = series_by_number(job->number);
	const struct rollup *r = &job->rollup;
	struct series_out out = { def->name, def->unit, r->step_ms, job->coverage, {} };
	struct json_pair *pairs;

	if (rc < 0) {
		reply_error(req, rc, NULL);
		return;
	}
	pairs = ARENA_ARRAY(&req->mem, struct json_pair, r->len);
	out.points.items = ARENA_ARRAY(&req->mem, void *, r->len);
	for (; out.points.len < r->len; out.points.len++) {
		size_t i = out.points.len;

		pairs[i] = (struct json_pair){ r->from_ms + (int64_t)i * r->step_ms, r->points[i] };
		out.points.items[i] = &pairs[i];
	}
	reply(req, 200, &out);
}

static void get_series(struct request *req)
{
	struct read_job job = { .site = req->ids[0] };
	const char *wrong = plan(req->query, clock_wall_ms(), &job);

	if (wrong)
		reply_error(req, ERR_INVALID, wrong);
	else
		hub_read(req, read_run, read_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/sites/{id}/series", RIGHT_VIEW, 0, NULL, &series_schema,
	  CHANGE_NONE, get_series, .ids = { ID_SITE }, .query = &query_schema,
	  .summary = "Values over time; step is 30s, 5m, 2h or 1d" },
	{}
};
/* clang-format on */

const struct slice series_slice = { .name = "series", .routes = routes };
