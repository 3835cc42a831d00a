/* report.h - POST /c/v1/reports: records become evidence, state, devices and series.
 *
 * One write job a call, in the writer's group commit: the answer leaves after it is on the disk.
 *   ingest.c       the order of things within the job: evidence, chain, state, devices, series
 *   report_api.c   routes; GET /api/v1/sites/{id}/devices
 *   report_store.c SQL */
#ifndef HUB_REPORT_H
#define HUB_REPORT_H

#include "hub/hub.h"

/* Counts a provider's records, and those whose `prev` is not the digest of the record before that
 * is held. */
MUST_USE int reports_verify(struct tenant_db *db, int64_t *ret_records, int64_t *ret_torn);

/* Of what a device's row has sealed. */
extern const struct json_schema device_text_schema;

extern const struct slice report_slice;

#endif
