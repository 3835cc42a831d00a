/* rollup.c - change-only rows into equal steps.
 *
 * Pieces of time in which one value held are laid over the steps; what a step then knows is exact,
 * however often the value was written. */
#include "hub/series/series.h"

#include <math.h>

void bucket_add(struct bucket *b, const struct bucket *more)
{
	if (more->known_ms == 0)
		return;
	if (b->known_ms == 0) {
		*b = *more;
		return;
	}
	b->low = fmin(b->low, more->low);
	b->high = fmax(b->high, more->high);
	b->area += more->area;
	b->latest = more->latest;
	b->known_ms += more->known_ms;
}

void rollup_begin(struct rollup *r)
{
	assert(r->step_ms > 0 && r->to_ms >= r->from_ms);
	for (size_t i = 0; i < r->len; i++)
		r->buckets[i] = (struct bucket){};
	r->any = false;
	r->rows_from_ms = r->from_ms;
}

static struct bucket *bucket_at(struct rollup *r, int64_t at_ms)
{
	return &r->buckets[(at_ms - r->from_ms) / r->step_ms];
}

/* `value` held from `from` to `to`. */
static void lay(struct rollup *r, int64_t from, int64_t to, double value)
{
	while (from < to) {
		int64_t end = from - (from - r->from_ms) % r->step_ms + r->step_ms;
		int64_t ms = (end < to ? end : to) - from;
		struct bucket piece = { value, value, value * (double)ms, value, ms };

		bucket_add(bucket_at(r, from), &piece);
		from += ms;
	}
}

/* `last` held from last_ms up to `until_ms`, or until nothing is known any more. */
static void hold(struct rollup *r, int64_t until_ms)
{
	int64_t from = r->last_ms, to = until_ms;

	if (!r->any || isnan(r->last))
		return;
	if (to > r->last_ms + r->hold_ms)
		to = r->last_ms + r->hold_ms;
	from = from < r->rows_from_ms ? r->rows_from_ms : from;
	to = to > r->to_ms ? r->to_ms : to;
	lay(r, from, to, r->last);
}

void rollup_bucket(struct rollup *r, int64_t at_ms, const struct bucket *b)
{
	int64_t from = at_ms < r->from_ms ? r->from_ms : at_ms, to = at_ms + b->known_ms;

	if (b->known_ms > r->step_ms)
		lay(r, from, to < r->rows_from_ms ? to : r->rows_from_ms, b->latest);
	else if (at_ms >= r->from_ms && at_ms < r->to_ms)
		bucket_add(bucket_at(r, at_ms), b);
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
	int64_t end = now_ms < r->to_ms ? now_ms : r->to_ms, known = 0;

	hold(r, end);
	for (size_t i = 0; i < r->len; i++)
		known += r->buckets[i].known_ms;
	return end > r->from_ms ? fmin(1, (double)known / (double)(end - r->from_ms)) : 0;
}
