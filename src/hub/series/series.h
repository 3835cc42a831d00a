/* series.h - values over time: written by whoever knows them, read as charts.
 *
 * A row is written when a value changes and, at the latest, SERIES_HEARTBEAT_MS after the last one:
 * so a value holds to the next row, but no longer than SERIES_GAP_MS (or what its series_def says);
 * beyond it nothing is known.  NaN is stored as NULL: "not known from here on".
 *
 * Behind the writing, roll.c makes hours and days of what is SERIES_SETTLE_MS old, in slices, and
 * deletes what is older than hub.conf says:
 *
 *   series       rows as they came            series.keep_raw
 *   series_roll  step 1, hours                series.keep_hours
 *                step 2, days                 series.keep_days; one that is known throughout and
 *                                             never changed stands for its 24 hours, too
 *   series_mark  how far each series is: all days before rolled_ms are rolled up, rows and hours
 *                from raw_ms and hour_ms on are whole
 *
 * What comes late sets its series' mark back to its day, so that the days from there on are rolled
 * up again.  Days and hours are those of UTC, which have no summer time.
 *
 * Store functions run on database threads within jobs; the roll-up is pure. */
#ifndef HUB_SERIES_SERIES_H
#define HUB_SERIES_SERIES_H

#include "hub/hub.h"

#define SERIES_HOUR_MS      (INT64_C(60) * 60 * 1000)
#define SERIES_DAY_MS       (24 * SERIES_HOUR_MS)
#define SERIES_HEARTBEAT_MS SERIES_HOUR_MS
#define SERIES_GAP_MS       (SERIES_HEARTBEAT_MS + INT64_C(15) * 60 * 1000) /* and time to come */
#define SERIES_POINTS_MAX   2000
/* What comes within this of its own time is not late; no hour is rolled up earlier. */
#define SERIES_SETTLE_MS (3 * SERIES_HOUR_MS)
/* What claims to be older, or of later than tomorrow, comes from a clock that is wrong: a ledger
 * holds 90 days. */
#define SERIES_AGE_MAX_MS (400 * SERIES_DAY_MS)

/* Notes that `value` was so at `at_ms`: a row if it differs from the row before or the heartbeat is
 * due.  What is older than the newest row only fills in; a time that has a row keeps it; a time
 * that cannot be (SERIES_AGE_MAX_MS) is left out. */
MUST_USE int series_write(struct tenant_db *db, struct id subject, int series, int64_t at_ms,
			  double value);

/* The newest row of a series as its only writer remembers it from one job to the next; {}: it does
 * not.  To be forgotten when a job fails, and when anybody else may have written. */
struct series_newest {
	bool known, any; /* any: there is a row */
	int64_t at_ms;
	double value;
};
/* series_write that looks up only what is not known, and remembers. */
MUST_USE int series_write_next(struct tenant_db *db, struct id subject, int series, int64_t at_ms,
			       double value, struct series_newest *newest);

/* The names of the series that have rows, const char * in `mem`. */
MUST_USE int series_list(struct tenant_db *db, struct arena *mem, struct id subject,
			 struct json_list *ret_names);

/* The customer switched monitoring off or on at that time: nothing is known of any of the site's
 * series from an "off" on, and charts tell it apart from silence. */
MUST_USE int series_monitoring(struct tenant_db *db, struct id site, int64_t at_ms, bool on);

/* What a value did within a stretch of time. */
struct bucket {
	double low, high;
	double area;   /* each value times the milliseconds that it held, summed: / known_ms is the
			  mean */
	double latest; /* the last value that held */
	int64_t known_ms; /* 0: nothing is known, and the others mean nothing */
};

/* Adds what comes later within the same stretch. */
void bucket_add(struct bucket *b, const struct bucket *more);

/* From rows in the order of time to one bucket a step.  First buckets that are rolled up already,
 * then the rows of what follows, from hold_ms before it on. */
struct rollup {
	int64_t from_ms, to_ms, step_ms; /* set these and hold_ms and buckets, {} the rest */
	int64_t hold_ms;                 /* no value holds longer without another row */
	struct bucket *buckets;          /* (to - from) / step, rounded up */
	size_t len;
	int64_t rows_from_ms; /* rows count from here on only; rollup_begin sets it to from_ms */
	/* private */
	bool any;
	int64_t last_ms;
	double last;
};

void rollup_begin(struct rollup *r);
/* Of a time before rows_from_ms; it lies wholly within one step, or is one value that never
 * changed. */
void rollup_bucket(struct rollup *r, int64_t at_ms, const struct bucket *b);
void rollup_row(struct rollup *r, int64_t at_ms, double value);
/* `now_ms`: nothing is known of what has not been yet.  The share of the time up to then that is
 * known. */
double rollup_end(struct rollup *r, int64_t now_ms);

extern const struct slice series_slice;

#endif
