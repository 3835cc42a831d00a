/* series.h - values over time: written by whoever knows them, read as charts.
 *
 * A row is written when a value changes and, at the latest, SERIES_HEARTBEAT_MS after the last one:
 * so a value holds to the next row, but no longer than SERIES_GAP_MS; beyond it nothing is known.
 * NaN is stored as NULL: "not known from here on".
 *
 * Store functions run on database threads within jobs; the roll-up is pure. */
#ifndef HUB_SERIES_SERIES_H
#define HUB_SERIES_SERIES_H

#include "hub/hub.h"

#define SERIES_HEARTBEAT_MS (INT64_C(60) * 60 * 1000)
#define SERIES_GAP_MS                                                                              \
	(SERIES_HEARTBEAT_MS + INT64_C(15) * 60 * 1000) /* and time for it to come                 \
							 */
#define SERIES_POINTS_MAX 2000

/* Notes that `value` was so at `at_ms`: a row if it differs from the row before or the heartbeat is
 * due.  What is older than the newest row only fills in; a time that has a row keeps it. */
MUST_USE int series_write(struct tenant_db *db, struct id subject, int series, int64_t at_ms,
			  double value);

/* The names of the series that have rows, const char * in `mem`. */
MUST_USE int series_list(struct tenant_db *db, struct arena *mem, struct id subject,
			 struct json_list *ret_names);

/* From rows in the order of time to one value a step: the last one that held within the step, NaN
 * if none did.  Feed all rows from SERIES_GAP_MS before `from_ms` on. */
struct rollup {
	int64_t from_ms, to_ms, step_ms; /* set these and points, {} the rest */
	double *points;                  /* (to - from) / step, rounded up */
	size_t len;
	/* private */
	bool any;
	int64_t last_ms, known_ms;
	double last;
};

void rollup_begin(struct rollup *r);
void rollup_row(struct rollup *r, int64_t at_ms, double value);
/* `now_ms`: nothing is known of what has not been yet.  The share of the time up to then that is
 * known. */
double rollup_end(struct rollup *r, int64_t now_ms);

extern const struct slice series_slice;

#endif
