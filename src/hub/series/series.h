/* series.h - values over time: written by whoever knows them, read as charts.
 *
 * A row is written when a value changes and, at the latest, SERIES_HEARTBEAT_MS after the last one:
 * so a value is carried to the next row, but no farther than the heartbeat's gap; beyond it nothing
 * is known.  NaN is stored as NULL: "not known from here on".
 *
 * Store functions run on database threads within jobs. */
#ifndef HUB_SERIES_SERIES_H
#define HUB_SERIES_SERIES_H

#include "hub/hub.h"

#define SERIES_HEARTBEAT_MS (60 * 60 * 1000)
#define SERIES_GAP_MS (SERIES_HEARTBEAT_MS + 15 * 60 * 1000) /* one heartbeat, and time for it to come */
#define SERIES_POINTS_MAX 2000

/* Notes that `value` was so at `at_ms`: a row if it differs from the row before or the heartbeat is due.
 * A value older than the newest row only fills in; the same time again is ignored. */
MUST_USE int series_write(struct tenant_db *db, struct id subject, int series, int64_t at_ms,
			  double value);

extern const struct slice series_slice;

#endif
