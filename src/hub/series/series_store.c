/* series_store.c - rows of series. */
#include "hub/series/store.h"

#include "db/stmt.h"
#include "model/series.h"
#include <math.h>

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

/* False: the newest row says it already. */
static int is_news(struct tenant_db *db, struct id subject, int series, int64_t at_ms, double value,
		   bool *ret_news)
{
	struct stmt *st = begin(db, &q_newest, subject, series);
	bool same = false;
	int rc;

	if (stmt_row(st)) {
		int64_t newest_ms = col_i64(st, 0);
		double newest = col_f64(st, 1);

		same = (newest == value || (isnan(newest) && isnan(value))) && at_ms >= newest_ms &&
		       at_ms - newest_ms < SERIES_HEARTBEAT_MS;
	}
	rc = stmt_end(st);
	*ret_news = !same;
	return rc;
}

int series_write(struct tenant_db *db, struct id subject, int series, int64_t at_ms, double value)
{
	struct stmt *st;
	bool news = false;
	int rc = is_news(db, subject, series, at_ms, value, &news);

	if (rc < 0 || !news)
		return rc;
	st = begin(db, &q_insert, subject, series);
	stmt_i64(st, ":at", at_ms);
	stmt_f64(st, ":value", value);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int series_read(struct tenant_db *db, struct id subject, int series, struct rollup *r)
{
	struct stmt *st = begin(db, &q_read, subject, series);

	stmt_i64(st, ":from", r->from_ms - SERIES_GAP_MS);
	stmt_i64(st, ":to", r->to_ms);
	while (stmt_row(st))
		rollup_row(r, col_i64(st, 0), col_f64(st, 1));
	return stmt_end(st);
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
