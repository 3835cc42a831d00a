/* report.h - reports of made-up sites, as collect would write them. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench.h"

#define REPORT_DEVICES 200

/* What of its devices a report tells. */
enum told {
	TOLD_ONE, /* an everyday report: health, and the one device that changed */
	TOLD_ALL, /* once a day, or when asked: all REPORT_DEVICES of them */
};

/* Appends the member's next record: seq and prev go on. */
void report_next(struct member *m, enum told told, struct buf *out);

#endif
