/* metric.c - one relaxed atomic a row: figures need no order among themselves. */
#include "base/metric.h"

#include <inttypes.h>
#include <stdatomic.h>

enum kind { COUNTER, GAUGE };

static const struct row {
	enum kind kind;
	const char *name, *help;
} rows[] = {
#define X(name, kind, text_name, help) [name] = { kind, text_name, help },
#include "base/metric.def"
#undef X
};

static _Atomic int64_t values[METRICS];

void metric_add(enum metric m, int64_t delta)
{
	atomic_fetch_add_explicit(&values[m], delta, memory_order_relaxed);
}

void metric_set(enum metric m, int64_t value)
{
	atomic_store_explicit(&values[m], value, memory_order_relaxed);
}

int64_t metric_get(enum metric m)
{
	return atomic_load_explicit(&values[m], memory_order_relaxed);
}

void metric_write(const char *prefix, struct buf *out)
{
	for (int m = 0; m < METRICS; m++) {
		const struct row *r = &rows[m];

		if (!str_starts(str_of(r->name), str_of(prefix)))
			continue;
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", r->name, r->help,
			   r->name, r->kind == COUNTER ? "counter" : "gauge", r->name,
			   metric_get((enum metric)m));
	}
}
