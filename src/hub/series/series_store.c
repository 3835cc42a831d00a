/* series_store.c - rows of series. */
#include "hub/series/store.h"

#include "base/clock.h"
#include "db/stmt.h"
#include "model/series.h"
#include <math.h>

/* The hub's own: 1 while the customer lets it see the site, 0 while not.  It holds until the next
 * row, has no mark, and no name on the wire. */
#define MONITORING 1000

QUERY(q_newest, "series_newest",
      "SELECT at_ms, value FROM series WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series ORDER BY at_ms DESC LIMIT 1");
QUERY(q_insert, "series_insert",
      "INSERT INTO series (provider_id, subject_id, series, at_ms, value) "
      "VALUES (:provider, :subject, :series, :at, :value) "
      "ON CONFLICT (provider_id, subject_id, series, at_ms) DO NOTHING");
QUERY(q_read, "series_read",
      "SELECT at_ms, value FROM series WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series AND at_ms > :from AND at_ms < :to ORDER BY at_ms");
/* How the switch stood at :from, and each time that it was moved. */
QUERY(q_switched, "series_switched",
      "SELECT at_ms, value FROM series WHERE provider_id = :provider AND subject_id = :subject "
      "AND series = :series AND at_ms < :to AND at_ms >= COALESCE((SELECT max(at_ms) FROM series "
      "WHERE provider_id = :provider AND subject_id = :subject AND series = :series "
      "AND at_ms <= :from), 0) ORDER BY at_ms");
QUERY(q_names, "series_names",
      "SELECT DISTINCT series FROM series WHERE provider_id = :provider AND subject_id = :subject "
      "ORDER BY series");

static struct stmt *begin(struct tenant_db *db, const struct query *q, struct id subject,
			  int series)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":series", series);
	return st;
}

static int find_newest(struct tenant_db *db, struct id subject, int series,
		       struct series_newest *ret_newest)
{
	struct stmt *st = begin(db, &q_newest, subject, series);
	struct series_newest n = { .known = true };
	int rc;

	if (stmt_row(st)) {
		n.any = true;
		n.at_ms = col_i64(st, 0);
		n.value = col_f64(st, 1);
	}
	rc = stmt_end(st);
	if (rc == 0)
		*ret_newest = n;
	return rc;
}

static bool is_told(const struct series_newest *n, int64_t at_ms, double value)
{
	return n->any && at_ms >= n->at_ms && at_ms - n->at_ms < SERIES_HEARTBEAT_MS &&
	       (n->value == value || (isnan(n->value) && isnan(value)));
}

static int insert(struct tenant_db *db, struct id subject, int series, int64_t at_ms, double value)
{
	struct stmt *st = begin(db, &q_insert, subject, series);
	int rc;

	stmt_i64(st, ":at", at_ms);
	stmt_f64(st, ":value", value);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int series_write_next(struct tenant_db *db, struct id subject, int series, int64_t at_ms,
		      double value, struct series_newest *newest)
{
	int64_t age_ms;
	int rc = newest->known ? 0 : find_newest(db, subject, series, newest);

	/* That nothing is known of what was never known is no news. */
	if (rc < 0 || is_told(newest, at_ms, value) || (!newest->any && isnan(value)))
		return rc;
	age_ms = clock_wall_ms() - at_ms;
	if (age_ms > SERIES_AGE_MAX_MS || age_ms < -SERIES_DAY_MS)
		return 0;
	rc = insert(db, subject, series, at_ms, value);
	if (rc == 0 && !newest->any)
		rc = series_mark_make(db, subject, series, at_ms);
	if (rc == 0 && ((newest->any && at_ms < newest->at_ms) || age_ms > SERIES_SETTLE_MS))
		rc = series_mark_back(db, subject, series, at_ms);
	if (!newest->any || at_ms > newest->at_ms) /* a time that has a row keeps it */
		*newest = (struct series_newest){ true, true, at_ms, value };
	return rc;
}

int series_write(struct tenant_db *db, struct id subject, int series, int64_t at_ms, double value)
{
	struct series_newest newest = {};

	return series_write_next(db, subject, series, at_ms, value, &newest);
}

int64_t series_hold_ms(int series)
{
	const struct series_def *d = series_by_number(series);

	return d && d->hold_ms ? d->hold_ms : SERIES_GAP_MS;
}

int series_read_rows(struct tenant_db *db, struct id subject, int series, struct rollup *r)
{
	struct stmt *st = begin(db, &q_read, subject, series);

	stmt_i64(st, ":from", r->rows_from_ms - r->hold_ms);
	stmt_i64(st, ":to", r->to_ms);
	while (stmt_row(st))
		rollup_row(r, col_i64(st, 0), col_f64(st, 1));
	return stmt_end(st);
}

int series_monitoring(struct tenant_db *db, struct id site, int64_t at_ms, bool on)
{
	int64_t age_ms = clock_wall_ms() - at_ms;
	int rc;

	if (age_ms > SERIES_AGE_MAX_MS || age_ms < -SERIES_DAY_MS)
		return 0;
	rc = insert(db, site, MONITORING, at_ms, on);

	for (const struct series_def *d = series_defs; rc == 0 && !on && d->name; d++)
		rc = series_write(db, site, d->number, at_ms, NAN);
	return rc;
}

int series_off_share(struct tenant_db *db, struct id site, int64_t from_ms, int64_t to_ms,
		     double *ret_share)
{
	struct stmt *st = begin(db, &q_switched, site, MONITORING);
	int64_t since = from_ms, off_ms = 0;
	bool on = true;
	int rc;

	stmt_i64(st, ":from", from_ms);
	stmt_i64(st, ":to", to_ms);
	while (stmt_row(st)) {
		int64_t at = col_i64(st, 0) < from_ms ? from_ms : col_i64(st, 0);

		off_ms += on ? 0 : at - since;
		since = at;
		on = col_f64(st, 1) > 0;
	}
	rc = stmt_end(st);
	off_ms += on ? 0 : to_ms - since;
	*ret_share = to_ms > from_ms ? (double)off_ms / (double)(to_ms - from_ms) : 0;
	return rc;
}

int series_list(struct tenant_db *db, struct arena *mem, struct id subject,
		struct json_list *ret_names)
{
	struct stmt *st = tenant_query(db, &q_names);
	struct json_list names = {};
	size_t max = 0;
	int rc;

	while (series_defs[max].name)
		max++;
	names.items = ARENA_ARRAY(mem, void *, max + 1);
	stmt_id(st, ":subject", subject);
	while (stmt_row(st)) {
		const struct series_def *d = series_by_number((int)col_i64(st, 0));

		/* A number of a newer version that ran before has no name here. */
		if (d && names.len < max)
			names.items[names.len++] = (void *)(uintptr_t)d->name;
	}
	rc = stmt_end(st);
	if (rc == 0)
		*ret_names = names;
	return rc;
}
