/* series.h - which values of a report are kept over time.
 *
 * One row a series: number (in the database, for ever), name and unit on the wire, and how it is
 * read from a report.  NaN is "not known from here on".  Constant, pure. */
#ifndef MODEL_SERIES_H
#define MODEL_SERIES_H

#include "model/report.h"

struct series_def {
	int number; /* from 1 */
	const char *name;
	const char *unit;                       /* "count", "percent", "ms", "hours", "days" */
	double (*read)(const struct report *r); /* or one of: */
	double (*of_period)(const struct report_period *p); /* holds from the period's beginning */
	double (*of_day)(const struct report_day *d);
	int64_t hold_ms;             /* a value holds so long without another; 0: as usual */
	enum report_section section; /* without it in the report the series is left as it is */
};

#define SERIES_MAX 16                         /* room for one of each of them */
extern const struct series_def series_defs[]; /* ends with a row whose name is NULL */

const struct series_def *series_find(struct str name); /* NULL if there is none */
const struct series_def *series_by_number(int number); /* NULL if there is none */
/* True if a report with these purposes (report_purposes) has the series' section. */
bool series_told(const struct series_def *s, uint32_t purposes);

#endif
