/* h2_flood.c - see h2_flood.h. */
#include "net/h2_flood.h"

#include "base/cc.h"

struct row {
	int32_t burst, per_second;
};

/* A browser sends a handful of these a minute; the exceptions are said.  docs/operate.md lists the
 * table. */
static const struct row rows[FLOOD_KINDS] = {
	[FLOOD_SETTINGS] = { 20, 1 },
	[FLOOD_PING] = { 50, 5 },
	[FLOOD_PRIORITY] = { 1000, 100 }, /* Firefox builds a tree of them */
	[FLOOD_EMPTY] = { 100, 10 },
	[FLOOD_UPDATE] = { 2000, 200 }, /* two a frame of a download: earned */
	[FLOOD_RESET] = { 300, 30 },    /* leaving a page gives up all that it loads */
	[FLOOD_FAULT] = { 100, 10 },
};

static int32_t less(int32_t used, int64_t n)
{
	return used > n ? used - (int32_t)n : 0;
}

static void refill(struct h2_meter *m, int64_t now_ms)
{
	int64_t seconds = (now_ms - m->at_ms) / 1000;

	if (seconds <= 0)
		return;
	m->at_ms += seconds * 1000;
	for (int kind = 0; kind < FLOOD_KINDS; kind++)
		m->used[kind] = less(m->used[kind], seconds * rows[kind].per_second);
}

bool h2_meter_count(struct h2_meter *m, enum h2_flood kind, int64_t now_ms)
{
	refill(m, now_ms);
	return ++m->used[kind] <= rows[kind].burst;
}

void h2_meter_earn(struct h2_meter *m, enum h2_flood kind, int32_t n)
{
	m->used[kind] = less(m->used[kind], n);
}
