/* series_api.c - GET /api/v1/sites/{id}/series: from rows, hours or days, whichever the step allows
 * and is still kept. */
#include "hub/series/roll.h"
#include "hub/series/store.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "hub/site/site.h"
#include "model/series.h"
#include <math.h>

#define RANGE_MAX_MS  (4000 * SERIES_DAY_MS)
#define STEP_MIN_MS   1000
#define POINTS_WISHED 500 /* about as many as a chart has pixels for */

struct series_query {
	const char *name, *step;
	int64_t from_ms, to_ms;
};

struct series_out {
	const char *name, *unit;
	int64_t step_ms;
	double coverage, off;
	struct json_list points;  /* struct json_pair * */
	struct json_list buckets; /* struct bucket_out * */
};

struct bucket_out {
	int64_t at_ms;
	double min, max, mean, last, coverage;
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

static const struct json_field bucket_fields[] = {
	{ "at", JSON_TIME, AT(bucket_out, at_ms), .flags = JSON_REQUIRED },
	{ "min", JSON_REAL, AT(bucket_out, min), .flags = JSON_REQUIRED },
	{ "max", JSON_REAL, AT(bucket_out, max), .flags = JSON_REQUIRED },
	{ "mean", JSON_REAL, AT(bucket_out, mean), .flags = JSON_REQUIRED },
	{ "last", JSON_REAL, AT(bucket_out, last), .flags = JSON_REQUIRED },
	{ "coverage", JSON_REAL, AT(bucket_out, coverage), JSON_REQUIRED, .min = 0, .max = 1 },
	{}
};
static const struct json_schema bucket_schema = {
	"series_bucket", sizeof(struct bucket_out), 0, bucket_fields
};

static const struct json_field series_fields[] = {
	{ "name", JSON_TEXT, AT(series_out, name), .flags = JSON_REQUIRED },
	{ "unit", JSON_TEXT, AT(series_out, unit), .flags = JSON_REQUIRED },
	{ "step_ms", JSON_INT, AT(series_out, step_ms), .flags = JSON_REQUIRED },
	{ "coverage", JSON_REAL, AT(series_out, coverage), JSON_REQUIRED, .min = 0, .max = 1 },
	{ "off_by_customer", JSON_REAL, AT(series_out, off), JSON_REQUIRED, .min = 0, .max = 1 },
	{ "points", JSON_PAIRS, AT(series_out, points), JSON_REQUIRED, .max = SERIES_POINTS_MAX },
	{ "buckets", JSON_LIST, AT(series_out, buckets), JSON_REQUIRED, .max = SERIES_POINTS_MAX,
	  .sub = &bucket_schema },
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
	double coverage, off;
};

/* The smallest of these that gives no more points than are wished. */
static int64_t choose_step(int64_t range_ms)
{
	static const int64_t minutes[] = { 1,      2,      5,      10,      15,      30,         60,
					   2 * 60, 4 * 60, 6 * 60, 12 * 60, 24 * 60, 7 * 24 * 60 };
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
	} units[] = { { 's', 1000 }, { 'm', 60000 }, { 'h', 3600000 }, { 'd', SERIES_DAY_MS } };
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
	r->from_ms = q->from_ms == JSON_ABSENT_INT ? r->to_ms - SERIES_DAY_MS : q->from_ms;
	if (r->from_ms < 0 || r->from_ms >= r->to_ms || r->to_ms - r->from_ms > RANGE_MAX_MS)
		return "from";
	r->step_ms = q->step ? read_step(q->step) : choose_step(r->to_ms - r->from_ms);
	if (r->step_ms < STEP_MIN_MS ||
	    (r->to_ms - r->from_ms) / r->step_ms >= SERIES_POINTS_MAX - 1)
		return "step";
	r->hold_ms = series_hold_ms(def->number);
	job->number = def->number;
	job->now_ms = now_ms;
	return NULL;
}

/* The coarsest that the steps are whole multiples of; a coarser one, and longer steps, where what
 * begins at from_ms has been deleted. */
static enum series_step choose(const struct series_mark *m, struct rollup *r)
{
	static const int64_t widths[SERIES_STEPS] = { STEP_MIN_MS, SERIES_HOUR_MS, SERIES_DAY_MS };
	const int64_t kept[SERIES_STEPS] = { m->raw_ms, m->hour_ms, 0 };
	int step = STEP_DAY;

	while (step > STEP_RAW && r->step_ms % widths[step] != 0)
		step--;
	while (r->from_ms < kept[step])
		step++;
	if (r->step_ms % widths[step] != 0)
		r->step_ms += widths[step] - r->step_ms % widths[step];
	return (enum series_step)step;
}

/* Whole steps that begin at whole multiples, so that two charts of one time show the same points.
 */
static void align(struct rollup *r, struct arena *mem)
{
	r->from_ms -= r->from_ms % r->step_ms;
	r->len = (size_t)((r->to_ms - r->from_ms + r->step_ms - 1) / r->step_ms);
	r->to_ms = r->from_ms + (int64_t)r->len * r->step_ms;
	r->buckets = ARENA_ARRAY(mem, struct bucket, r->len);
	rollup_begin(r);
}

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct read_job *job = arg;
	struct rollup *r = &job->rollup;
	struct series_mark mark;
	enum series_step step;
	struct id customer;
	int64_t end;
	int rc = site_customer(db, job->site, &customer);

	if (rc == 0)
		rc = series_mark_get(db, job->site, job->number, &mark);
	if (rc < 0)
		return rc;
	step = choose(&mark, r);
	align(r, mem);
	rc = series_read(db, &mark, step, r);
	job->coverage = rollup_end(r, job->now_ms);
	end = job->now_ms < r->to_ms ? job->now_ms : r->to_ms;
	return rc < 0 ? rc : series_off_share(db, job->site, r->from_ms, end, &job->off);
}

static struct bucket_out bucket_of(const struct read_job *job, int64_t at_ms)
{
	const struct rollup *r = &job->rollup;
	const struct bucket *b = &r->buckets[(at_ms - r->from_ms) / r->step_ms];
	int64_t end = at_ms + r->step_ms;

	end = end < job->now_ms ? end : job->now_ms;
	return (struct bucket_out){
		.at_ms = at_ms,
		.min = b->low,
		.max = b->high,
		.mean = b->area / (double)b->known_ms,
		.last = b->latest,
		/* A clock that is ahead tells what has not been yet. */
		.coverage = end > at_ms ? fmin(1, (double)b->known_ms / (double)(end - at_ms)) : 1,
	};
}

static void read_done(struct request *req, int rc, void *arg)
{
	const struct read_job *job = arg;
	const struct series_def *def = series_by_number(job->number);
	const struct rollup *r = &job->rollup;
	struct series_out out = {
		def->name, def->unit, r->step_ms, job->coverage, job->off, {}, {}
	};
	struct json_pair *pairs;
	struct bucket_out *buckets;

	if (rc < 0) {
		reply_error(req, rc, NULL);
		return;
	}
	pairs = ARENA_ARRAY(&req->mem, struct json_pair, r->len);
	buckets = ARENA_ARRAY(&req->mem, struct bucket_out, r->len);
	out.points.items = ARENA_ARRAY(&req->mem, void *, r->len);
	out.buckets.items = ARENA_ARRAY(&req->mem, void *, r->len);
	for (size_t i = 0; i < r->len; i++) {
		int64_t at_ms = r->from_ms + (int64_t)i * r->step_ms;
		const struct bucket *b = &r->buckets[i];

		pairs[i] = (struct json_pair){ at_ms, b->known_ms ? b->latest : NAN };
		out.points.items[out.points.len++] = &pairs[i];
		if (b->known_ms == 0)
			continue;
		buckets[i] = bucket_of(job, at_ms);
		out.buckets.items[out.buckets.len++] = &buckets[i];
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

const struct slice series_slice = {
	.name = "series",
	.routes = routes,
	.open = series_open,
	.close = series_close,
};
