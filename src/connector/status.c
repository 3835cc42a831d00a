/* status.c - see status.h. */
#include "connector/status.h"

#define AT(member) offsetof(struct run_status, member)

/* clang-format off */
static const struct json_field fields[] = {
	{ "at",			JSON_TIME,	AT(at_ms), .flags = 0 },
	{ "online",		JSON_BOOL,	AT(online), .flags = 0 },
	{ "since",		JSON_TIME,	AT(since_ms), .flags = 0 },
	{ "failure",		JSON_TEXT,	AT(failure), .max = 64 },
	{ "tunnel_failure",	JSON_TEXT,	AT(tunnel_failure), .max = 64 },
	{ "proxy",		JSON_TEXT,	AT(proxy), .max = 300 },
	{ "proxy_origin",	JSON_TEXT,	AT(proxy_origin), .max = 64 },
	{ "reported_at",	JSON_TIME,	AT(reported_at_ms), .flags = 0 },
	{ "spooled",		JSON_INT,	AT(spooled), .flags = 0 },
	{ "last_seq",		JSON_INT,	AT(last_seq), .flags = 0 },
	{ "acked_seq",		JSON_INT,	AT(acked_seq), .flags = 0 },
	{ "ledger_bytes",	JSON_INT,	AT(ledger_bytes), .flags = 0 },
	{ "epoch",		JSON_TEXT,	AT(epoch), .max = 64 },
	{ "clock_offset_ms",	JSON_INT,	AT(clock_offset_ms), .flags = 0 },
	{ "storage",		JSON_TEXT,	AT(storage), .max = 16 },
	{ "source_state",	JSON_TEXT,	AT(source_state), .max = 64 },
	{ "source_since",	JSON_TIME,	AT(source_since_ms), .flags = 0 },
	{ "settings_state",	JSON_TEXT,	AT(settings_state), .max = 64 },
	{}
};
/* clang-format on */
const struct json_schema run_status_schema = { "RunStatus", sizeof(struct run_status), JSON_OPEN,
					       fields };
