/* roll_store.c - hours and days of series, and how far each is.
 *
 * A step begins where the mark says and writes whole days, each with its hours: doing one twice
 * writes the same rows.  Nothing is deleted before it is rolled up, nor what a value may still hold
 * from. */
#include "hub/series/store.h"

#include "db/stmt.h"

QUERY(q_mark, "series_mark",
      "SELECT rolled_ms, raw_ms, hour_ms, day_ms FROM series_mark WHERE provider_id = :provider "
      "AND subject_id = :subject AND series = :series");
QUERY(q_make, "series_mark_make",
      "INSERT INTO series_mark (provider_id, subject_id, series, rolled_ms) "
      "VALUES (:provider, :subject, :series, :day) "
      "ON CONFLICT (provider_id, subject_id, series) DO NOTHING");
QUERY(q_back, "series_mark_back",
      "UPDATE series_mark SET rolled_ms = :day WHERE provider_id = :provider "
      "AND subject_id = :subject AND series = :series AND rolled_ms > :day");
QUERY(q_put, "series_mark_put",
      "UPDATE series_mark SET rolled_ms = :rolled, raw_ms = :raw, hour_ms = :hour, day_ms = :day "
      "WHERE provider_id = :provider AND subject_id = :subject AND series = :series");
QUERY(q_due, "system_series_due",
      "SELECT provider_id, subject_id, series, rolled_ms, raw_ms, hour_ms, day_ms "
      "FROM series_mark WHERE rolled_ms < :day ORDER BY rolled_ms LIMIT :most");
QUERY(q_roll, "series_roll_put",
      "INSERT INTO series_roll (provider_id, subject_id, series, step, at_ms, low, high, area, "
      "latest, known_ms) VALUES (:provider, :subject, :series, :step, :at, :low, :high, :area, "
      ":latest, :known) ON CONFLICT (provider_id, subject_id, series, step, at_ms) DO UPDATE "
      "SET low = excluded.low, high = excluded.high, area = excluded.area, "
      "latest = excluded.latest, known_ms = excluded.known_ms");
QUERY(q_rolls, "series_rolls",
      "SELECT at_ms, low, high, area, latest, known_ms FROM series_roll "
      "WHERE provider_id = :provider AND subject_id = :subject AND series = :series "
      "AND (step = :step OR (step = :day AND low = high AND known_ms = :whole)) "
      "AND at_ms >= :first AND at_ms < :to ORDER BY at_ms");
QUERY(q_unroll, "series_unroll",
      "DELETE FROM series_roll WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series AND at_ms >= :from AND at_ms < :to");
QUERY(q_trim_raw, "series_trim_raw",
      "DELETE FROM series WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series AND at_ms IN (SELECT at_ms FROM series WHERE provider_id = :provider "
      "AND subject_id = :subject AND series = :series AND at_ms < :before "
      "ORDER BY at_ms LIMIT :most)");
QUERY(q_trim_roll, "series_trim_roll",
      "DELETE FROM series_roll WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series AND step = :step AND at_ms IN (SELECT at_ms FROM series_roll "
      "WHERE provider_id = :provider AND subject_id = :subject AND series = :series "
      "AND step = :step AND at_ms < :before ORDER BY at_ms LIMIT :most)");

static int64_t day_of(int64_t at_ms)
{
	return at_ms - at_ms % SERIES_DAY_MS;
}

static struct stmt *of_series(struct tenant_db *db, const struct query *q, struct id subject,
			      int series)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":series", series);
	return st;
}

/* ---- marks ---- */

int series_mark_make(struct tenant_db *db, struct id subject, int series, int64_t at_ms)
{
	struct stmt *st = of_series(db, &q_make, subject, series);
	int rc;

	stmt_i64(st, ":day", day_of(at_ms));
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int series_mark_back(struct tenant_db *db, struct id subject, int series, int64_t at_ms)
{
	struct stmt *st = of_series(db, &q_back, subject, series);
	int rc;

	stmt_i64(st, ":day", day_of(at_ms));
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int series_mark_get(struct tenant_db *db, struct id subject, int series,
		    struct series_mark *ret_mark)
{
	struct series_mark m = { .provider = tenant_id(db), .subject = subject, .series = series };
	struct stmt *st = of_series(db, &q_mark, subject, series);
	int rc;

	if (stmt_row(st)) {
		m.rolled_ms = col_i64(st, 0);
		m.raw_ms = col_i64(st, 1);
		m.hour_ms = col_i64(st, 2);
		m.day_ms = col_i64(st, 3);
	}
	rc = stmt_end(st);
	if (rc == 0)
		*ret_mark = m;
	return rc;
}

static int mark_put(struct tenant_db *db, const struct series_mark *m)
{
	struct stmt *st = of_series(db, &q_put, m->subject, m->series);
	int rc;

	stmt_i64(st, ":rolled", m->rolled_ms);
	stmt_i64(st, ":raw", m->raw_ms);
	stmt_i64(st, ":hour", m->hour_ms);
	stmt_i64(st, ":day", m->day_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

/* No day that ends later is rolled up: what belongs to it may still come. */
static int64_t settled(int64_t now_ms)
{
	return day_of(now_ms - SERIES_SETTLE_MS);
}

int series_due(struct system_db *db, int64_t now_ms, struct series_mark *marks, size_t max,
	       size_t *ret_len)
{
	struct stmt *st = system_query(db, &q_due);
	size_t len = 0;
	int rc;

	stmt_i64(st, ":day", settled(now_ms));
	stmt_i64(st, ":most", (int64_t)max);
	while (len < max && stmt_row(st)) {
		marks[len++] = (struct series_mark){
			.provider = col_id(st, 0),
			.subject = col_id(st, 1),
			.series = (int)col_i64(st, 2),
			.rolled_ms = col_i64(st, 3),
			.raw_ms = col_i64(st, 4),
			.hour_ms = col_i64(st, 5),
			.day_ms = col_i64(st, 6),
		};
	}
	rc = stmt_end(st);
	*ret_len = rc < 0 ? 0 : len;
	return rc;
}

/* ---- reading ---- */

static int read_rolls(struct tenant_db *db, const struct series_mark *m, enum series_step step,
		      struct rollup *r)
{
	struct stmt *st = of_series(db, &q_rolls, m->subject, m->series);

	stmt_i64(st, ":step", step);
	stmt_i64(st, ":day", STEP_DAY);
	stmt_i64(st, ":whole", SERIES_DAY_MS);
	stmt_i64(st, ":first", day_of(r->from_ms));
	stmt_i64(st, ":to", r->rows_from_ms);
	while (stmt_row(st)) {
		struct bucket b = { col_f64(st, 1), col_f64(st, 2), col_f64(st, 3), col_f64(st, 4),
				    col_i64(st, 5) };

		rollup_bucket(r, col_i64(st, 0), &b);
	}
	return stmt_end(st);
}

int series_read(struct tenant_db *db, const struct series_mark *m, enum series_step step,
		struct rollup *r)
{
	int rc;

	if (step != STEP_RAW && m->rolled_ms > r->from_ms) {
		r->rows_from_ms = m->rolled_ms < r->to_ms ? m->rolled_ms : r->to_ms;
		rc = read_rolls(db, m, step, r);
		if (rc < 0 || r->rows_from_ms == r->to_ms)
			return rc;
	}
	return series_read_rows(db, m->subject, m->series, r);
}

/* ---- rolling up ---- */

static int put(struct tenant_db *db, const struct series_mark *m, enum series_step step,
	       int64_t at_ms, const struct bucket *b)
{
	struct stmt *st;
	int rc;

	if (b->known_ms == 0)
		return 0;
	st = of_series(db, &q_roll, m->subject, m->series);
	stmt_i64(st, ":step", step);
	stmt_i64(st, ":at", at_ms);
	stmt_f64(st, ":low", b->low);
	stmt_f64(st, ":high", b->high);
	stmt_f64(st, ":area", b->area);
	stmt_f64(st, ":latest", b->latest);
	stmt_i64(st, ":known", b->known_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

static int put_day(struct tenant_db *db, const struct series_mark *m, int64_t at_ms,
		   const struct bucket hours[static 24])
{
	struct bucket day = {};
	bool same;
	int rc;

	for (int h = 0; h < 24; h++)
		bucket_add(&day, &hours[h]);
	rc = put(db, m, STEP_DAY, at_ms, &day);
	/* Most values of most days: the day says it all, and takes a 25th of the room. */
	same = day.known_ms == SERIES_DAY_MS && !(day.low < day.high);
	for (int h = 0; rc == 0 && !same && h < 24; h++)
		rc = put(db, m, STEP_HOUR, at_ms + h * SERIES_HOUR_MS, &hours[h]);
	return rc;
}

static int put_days(struct tenant_db *db, const struct series_mark *m, const struct rollup *r)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < r->len; i += 24)
		rc = put_day(db, m, r->from_ms + (int64_t)i * SERIES_HOUR_MS, &r->buckets[i]);
	return rc;
}

int series_load_days(struct tenant_db *db, struct id subject, int series, int64_t from_ms,
		     const struct bucket *days, size_t len)
{
	int64_t to_ms = from_ms + (int64_t)len * SERIES_DAY_MS;
	struct series_mark m = { .subject = subject,
				 .series = series,
				 .rolled_ms = to_ms,
				 .raw_ms = to_ms,
				 .hour_ms = to_ms };
	int rc = series_mark_make(db, subject, series, from_ms);

	for (size_t i = 0; rc == 0 && i < len; i++)
		rc = put(db, &m, STEP_DAY, from_ms + (int64_t)i * SERIES_DAY_MS, &days[i]);
	return rc < 0 ? rc : mark_put(db, &m);
}

/* An hour that was known may not be any more: what came late can say so. */
static int unroll(struct tenant_db *db, const struct series_mark *m, int64_t from_ms, int64_t to_ms)
{
	struct stmt *st = of_series(db, &q_unroll, m->subject, m->series);
	int rc;

	stmt_i64(st, ":from", from_ms);
	stmt_i64(st, ":to", to_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

static int roll(struct tenant_db *db, struct series_mark *m, int64_t until_ms)
{
	/* Of what was deleted there is nothing to do again. */
	int64_t from = m->rolled_ms < m->raw_ms ? m->raw_ms : m->rolled_ms;
	int64_t most = from + SERIES_ROLL_DAYS * SERIES_DAY_MS;
	struct bucket hours[SERIES_ROLL_DAYS * 24];
	struct rollup r = { .from_ms = from,
			    .to_ms = until_ms < most ? until_ms : most,
			    .step_ms = SERIES_HOUR_MS,
			    .hold_ms = series_hold_ms(m->series),
			    .buckets = hours };
	int rc;

	if (r.to_ms <= from)
		return 0;
	r.len = (size_t)((r.to_ms - from) / SERIES_HOUR_MS);
	rollup_begin(&r);
	rc = series_read_rows(db, m->subject, m->series, &r);
	rollup_end(&r, r.to_ms);
	if (rc == 0)
		rc = unroll(db, m, r.from_ms, r.to_ms);
	if (rc == 0)
		rc = put_days(db, m, &r);
	if (rc == 0)
		m->rolled_ms = r.to_ms;
	return rc;
}

/* ---- deleting ---- */

/* The number of rows deleted. */
static int trim(struct tenant_db *db, const struct series_mark *m, enum series_step step,
		int64_t before_ms)
{
	struct stmt *st =
		of_series(db, step == STEP_RAW ? &q_trim_raw : &q_trim_roll, m->subject, m->series);

	if (step != STEP_RAW)
		stmt_i64(st, ":step", step);
	stmt_i64(st, ":before", before_ms);
	stmt_i64(st, ":most", SERIES_TRIM_ROWS);
	return stmt_run(st);
}

/* 1: there is more to delete. */
static int trim_all(struct tenant_db *db, struct series_mark *m, const struct series_keep *keep,
		    int64_t now_ms)
{
	int64_t *const kept[SERIES_STEPS] = { &m->raw_ms, &m->hour_ms, &m->day_ms };
	bool more = false;

	for (int step = 0; step < SERIES_STEPS; step++) {
		int64_t cut = day_of(now_ms - keep->ms[step]), before = cut;
		int rc;

		if (step == STEP_RAW) {
			cut = cut < m->rolled_ms ? cut : m->rolled_ms;
			before = cut - series_hold_ms(m->series);
		}
		rc = trim(db, m, (enum series_step)step, before);
		if (rc < 0)
			return rc;
		if (rc > 0 && cut > *kept[step])
			*kept[step] = cut;
		more |= rc == SERIES_TRIM_ROWS;
	}
	return more;
}

int series_step(struct tenant_db *db, struct series_mark *m, const struct series_keep *keep,
		int64_t now_ms)
{
	int rc = trim_all(db, m, keep, now_ms);

	if (rc == 0)
		rc = roll(db, m, settled(now_ms));
	return rc < 0 ? rc : mark_put(db, m);
}
