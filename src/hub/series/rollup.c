/* rollup.c - change-only rows into equal steps.
 *
 * The last value that held within a step stands for it: a value that was really there, which a mean
 * of "2 printers in error" and "none" would not be. */
#include "hub/series/series.h"

#include <math.h>

void rollup_begin(struct rollup *r)
{
	assert(r->step_ms > 0 && r->to_ms >= r->from_ms);
	for (size_t i = 0; i < r->len; i++)
		r->points[i] = NAN;
	r->any = false;
	r->known_ms = 0;
}

/* `last` held from last_ms up to `until_ms`, or to the gap. */
static void hold(struct rollup *r, int64_t until_ms)
{
	int64_t from = r->last_ms, to = until_ms;

	if (!r->any || isnan(r->last))
		return;
	if (to > r->last_ms + SERIES_GAP_MS)
		to = r->last_ms + SERIES_GAP_MS;
	from = from < r->from_ms ? r->from_ms : from;
	to = to > r->to_ms ? r->to_ms : to;
	if (to <= from)
		return;
	r->known_ms += to - from;
	for (int64_t i = (from - r->from_ms) / r->step_ms; i <= (to - 1 - r->from_ms) / r->step_ms;
	     i++)
		r->points[i] = r->last;
}

void rollup_row(struct rollup *r, int64_t at_ms, double value)
{
	hold(r, at_ms);
	r->any = true;
	r->last_ms = at_ms;
	r->last = value;
}

double rollup_end(struct rollup *r, int64_t now_ms)
{
	int64_t end = now_ms < r->to_ms ? now_ms : r->to_ms;

	hold(r, end);
	return end > r->from_ms ? (double)r->known_ms / (double)(end - r->from_ms) : 0;
}
