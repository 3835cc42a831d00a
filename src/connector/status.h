/* status.h - status.json: what the running connector says of itself, for `status`.
 *
 * It is written when something changed and true only while the process that wrote it runs, which
 * `status` finds out by the lock. */
#ifndef CONNECTOR_STATUS_H
#define CONNECTOR_STATUS_H

#include "connector/home.h"

struct run_status {
	int64_t at_ms; /* when it was written */
	enum json_bool online;
	int64_t since_ms;
	const char *failure;        /* why it is not online: an error's code */
	const char *tunnel_failure; /* the same of the tunnel that an open visit needs */
	const char *proxy;          /* without its user; absent: none */
	const char *proxy_origin;   /* the variable that named it; absent: connector.conf */
	int64_t reported_at_ms;
	int64_t spooled, last_seq, acked_seq, ledger_bytes;
	const char *epoch;
	int64_t clock_offset_ms;
	const char *storage;      /* enum storage_state */
	const char *source_state; /* enum reading_state; absent: not read */
	int64_t source_since_ms;
	const char *settings_state; /* of settings_state_names */
};
extern const struct json_schema run_status_schema;

#endif
