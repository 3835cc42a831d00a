/* hours.h - hours of the week, as a customer writes them: "mo-fr 08:00-17:00, sa+su 09:00-12:00".
 *
 * Days are mo tu we th fr sa su, ranges by '-', several by '+'; times are those of this machine's
 * zone, the end is no part of it and may be 24:00.  What goes past midnight becomes two entries.
 * Where the clock is put forward or back the hours are those that it shows.  Pure but for the time
 * zone. */
#ifndef CONNECTOR_HOURS_H
#define CONNECTOR_HOURS_H

#include "base/buf.h"

#define HOURS_MAX      14
#define HOURS_TEXT_MAX 600 /* octets */

struct hours {
	struct {
		unsigned days; /* bit 0: Monday */
		int from, to;  /* minutes of the day */
	} items[HOURS_MAX];
	unsigned len; /* 0: no hours are set */
};

/* The empty text is none.  ERR_INVALID.  Fuzzed. */
MUST_USE int hours_parse(struct str text, struct hours *ret_hours);
/* As hours_parse() takes it, days in their shortest form. */
void hours_print(const struct hours *h, struct buf *out);

bool hours_have(const struct hours *h, int64_t wall_ms);
/* The next moment after wall_ms at which an entry begins or ends, within a week and a day;
 * INT64_MAX: there is none. */
int64_t hours_next_ms(const struct hours *h, int64_t wall_ms);

#endif
