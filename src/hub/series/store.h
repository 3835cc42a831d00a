/* store.h - rows of series, their hours and days, and their marks; within database jobs. */
#ifndef HUB_SERIES_STORE_H
#define HUB_SERIES_STORE_H

#include "hub/series/series.h"

/* One series of one subject, and how far it is. */
struct series_mark {
	struct id provider, subject;
	int series;
	int64_t rolled_ms;               /* all days before it are rolled up */
	int64_t raw_ms, hour_ms, day_ms; /* earlier rows, hours, days have been deleted; 0: none */
};

enum series_step { STEP_RAW, STEP_HOUR, STEP_DAY };
#define SERIES_STEPS 3

/* How long a value of the series holds without another row. */
int64_t series_hold_ms(int series);

/* Feeds r what is kept of its time: hours or days (`step`) as far as they are rolled up, rows
 * beyond.  r's steps must be whole multiples of it. */
MUST_USE int series_read(struct tenant_db *db, const struct series_mark *mark,
			 enum series_step step, struct rollup *r);
/* Feeds the rows of r's time from rows_from_ms on, and what holds into it. */
MUST_USE int series_read_rows(struct tenant_db *db, struct id subject, int series,
			      struct rollup *r);

/* The mark of a series; one without rows has a mark at 0. */
MUST_USE int series_mark_get(struct tenant_db *db, struct id subject, int series,
			     struct series_mark *ret_mark);
/* A row was written at `at_ms`: the first of its series, or one that came late. */
MUST_USE int series_mark_make(struct tenant_db *db, struct id subject, int series, int64_t at_ms);
MUST_USE int series_mark_back(struct tenant_db *db, struct id subject, int series, int64_t at_ms);

/* How long each is kept. */
struct series_keep {
	int64_t ms[SERIES_STEPS]; /* of enum series_step */
};

/* One step of the work behind: deletes what is too old of one series, and rolls up to
 * SERIES_ROLL_DAYS days of it.  Bounded; what is left over is done by the next step, and a step
 * that is rolled back is simply done again. */
#define SERIES_ROLL_DAYS 31
#define SERIES_TRIM_ROWS 2000
MUST_USE int series_step(struct tenant_db *db, struct series_mark *mark,
			 const struct series_keep *keep, int64_t now_ms);
/* Up to `max` series with something to do, the least rolled up first. */
MUST_USE int series_due(struct system_db *db, int64_t now_ms, struct series_mark *marks, size_t max,
			size_t *ret_len);

/* Days from from_ms on as if they had been rolled up and their rows and hours deleted since: for
 * loaders of history, before the series' first row is written.  Of a bucket of which nothing is
 * known there is no day. */
MUST_USE int series_load_days(struct tenant_db *db, struct id subject, int series, int64_t from_ms,
			      const struct bucket *days, size_t len);

/* The share of [from, to) in which the customer had monitoring off, as far as the hub was told. */
MUST_USE int series_off_share(struct tenant_db *db, struct id site, int64_t from_ms, int64_t to_ms,
			      double *ret_share);

#endif
