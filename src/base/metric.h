/* metric.h - counters and gauges of our own process (Prometheus text format 0.0.4).
 *
 * Rows of metric.def; one 64-bit atomic each, so any thread may count. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/buf.h"

enum metric {
#define X(name, kind, text_name, help) name,
#include "base/metric.def"
#undef X
	METRICS
};

void metric_add(enum metric m, int64_t delta);
void metric_set(enum metric m, int64_t value);
int64_t metric_get(enum metric m);
/* Appends all metrics whose name begins with `prefix`, with HELP and TYPE lines. */
void metric_write(const char *prefix, struct buf *out);

#endif
