/* counters.h - what each device printed in a day, as the difference of its totals.
 *
 * counters.json holds the totals as they were when the day began, by pseudonym.  A total that fell
 * was reset: it counts from zero; so does a printer that was made anew (its number differs).  What
 * is seen for the first time counts from then on.  Devices with fewer jobs than the floor go into
 * one sum, and a sum below the floor waits for the next day: nobody's own printing is told.
 *
 * After monitoring was off the counting begins anew (R24).  Called on the loop, at most a few times
 * a day; reads and writes one file. */
#ifndef CONNECTOR_COUNTERS_H
#define CONNECTOR_COUNTERS_H

#include "connector/home.h"
#include "connector/source/source.h"

struct counters_config {
	const char *dir;
	const uint8_t *secret; /* SITE_SECRET_LEN octets */
	int64_t floor;         /* jobs; at least 1 */
	int64_t off_revision;  /* of the switches: that turned monitoring off last */
};

extern const struct json_schema counters_schema; /* the file's members */

/* Takes over the totals of a reading.  *ret_day (in `mem`) is the day that has ended, NULL if none
 * has or nothing can be told of it.  -errno: the file cannot be written; the totals then count with
 * the next call. */
MUST_USE int counters_take(const struct counters_config *cfg, const struct json_list *totals,
			   int64_t now_ms, struct arena *mem, struct report_day **ret_day);

#endif
