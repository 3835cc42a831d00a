/* h2_flood.c - see h2_flood.h. */
#include "net/h2_flood.h"

#include "base/cc.h"

struct bucket {
	int32_t burst, per_second;
};

struct row {
	struct bucket browser, tunnel;
};

/* A browser sends a handful of these a minute; the exceptions are said.  A tunnel carries those of
 * many.  docs/operate.md lists the browsers' column, and ADR 21 says why the tunnels' differs. */
static const struct row rows[FLOOD_KINDS] = {
	[FLOOD_SETTINGS] = { { 20, 1 }, { 20, 1 } },
	[FLOOD_PING] = { { 50, 5 }, { 50, 5 } },
	[FLOOD_PRIORITY] = { { 1000, 100 }, { 50, 5 } }, /* Firefox builds a tree of them */
	[FLOOD_EMPTY] = { { 100, 10 }, { 100, 10 } },
	[FLOOD_UPDATE] = { { 2000, 200 }, { 10000, 1000 } }, /* two a frame of a download: earned */
	[FLOOD_RESET] = { { 300, 30 }, { 10000, 1000 } }, /* leaving a page gives up all it loads */
	[FLOOD_PUSH] = { { 0, 0 }, { 0, 0 } },
	[FLOOD_FAULT] = { { 100, 10 }, { 100, 10 } },
};

static const struct bucket *bucket_of(const struct h2_meter *m, int kind)
{
	return m->tunnel ? &rows[kind].tunnel : &rows[kind].browser;
}

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
		m->used[kind] = less(m->used[kind], seconds * bucket_of(m, kind)->per_second);
}

bool h2_meter_count(struct h2_meter *m, enum h2_flood kind, int64_t now_ms)
{
	refill(m, now_ms);
	return ++m->used[kind] <= bucket_of(m, kind)->burst;
}

void h2_meter_earn(struct h2_meter *m, enum h2_flood kind, int32_t n)
{
	m->used[kind] = less(m->used[kind], n);
}
