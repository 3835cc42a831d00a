/* ingest.h - what one POST /c/v1/reports does, within its write job. */
#ifndef HUB_REPORT_INGEST_H
#define HUB_REPORT_INGEST_H

#include "hub/report/store.h"
#include "hub/series/series.h"
#include "hub/status/status.h"
#include "model/series.h"

/* Where a connector's records and its site's series end, as the last call left them: kept from one
 * call to the next (struct connector), so that the next need not ask the database.  {}: not known.
 */
struct report_tail {
	struct epoch epoch;
	int64_t acked;                           /* none is held beyond it; 0: not known */
	struct hash digest;                      /* of that record */
	struct series_newest newest[SERIES_MAX]; /* in the order of series_defs */
};

struct ingest {
	struct report_call call;
	struct id site, customer;
	const struct record *records; /* of one epoch, in the order sent; they outlive the job */
	size_t records_len;
	const char *from;        /* the address it came from */
	struct known *known;     /* vulnerable versions */
	struct site_facts facts; /* what the loop knew */
	uint64_t noted;          /* of the connector, before and after; the same of its tail: */
	struct report_tail tail;
	uint64_t turn; /* connector_take_tail() */

	/* What came of it. */
	struct reports_answer answer; /* but its epoch */
	int64_t skew_before_ms;       /* as it was held */
	int64_t skew_ms;              /* the same, unless these reports tell it anew */
	int64_t report_ms;            /* of the newest report; JSON_ABSENT_INT: none was newer */
	size_t stored, again, refused;
	int status;        /* enum site_status; -1: not concluded */
	bool other_server; /* product, version, edition or system are not what they were */
	struct device_counts devices; /* as the site now shows them */
};

/* ERR_FORK: the records contradict what is held, and nothing is stored. */
MUST_USE int ingest_run(struct tenant_db *db, struct arena *mem, void *ingest);

#endif
