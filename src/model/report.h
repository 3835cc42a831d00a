/* report.h - what a connector tells its hub: docs/protocol.md section 3.
 *
 * Every member has a row in report_schema.c: type, limits, purpose, requirement, since.  The rows
 * decode and encode, make docs/report.schema.json and docs/data.md, and are the only way out of a
 * site (R41).  Absent is unknown, never zero: NULL, JSON_ABSENT_INT, NaN, JSON_UNSAID or -1;
 * report_init sets all members so.
 * Pure; pointers within a decoded report live in the arena given; one thread at a time. */
#ifndef MODEL_REPORT_H
#define MODEL_REPORT_H

#include "base/json.h"
#include "model/label.h"
#include "model/words.h"

#define REPORT_SCHEMA_MIN  1
#define REPORT_SCHEMA_MAX  2
#define REPORT_DEVICES_MAX 20000
#define REPORT_REASONS_MAX 16
#define REPORT_PERIODS_MAX 24
#define REPORT_DAYS_MAX    8
#define STATED_MAX         120 /* octets of what a person has typed about the licence */
#define DEVICE_KEY_LEN     26  /* Crockford characters of the site's own pseudonym: 130 bits */
#define DEVICE_KEY_BYTES   17

struct report_server {
	int product; /* enum product */
	const char *version;
	int edition; /* enum edition */
	int os;      /* enum server_os */
};

struct report_component {
	int kind;  /* enum component_kind */
	int state; /* enum component_state */
	int code;  /* enum component_code */
	int64_t total, in_error;
};

struct report_health {
	int64_t read_at_ms;
	struct json_list components; /* struct report_component * */
	double disk_used_percent;
	double jvm_memory_used_percent;
	int64_t database_connect_ms;
	double uptime_hours;
};

/* A kind of component and how many of it are down: never which. */
struct report_part {
	int kind;  /* enum component_kind */
	int state; /* enum component_state */
	int64_t total, down;
};

struct report_infrastructure {
	struct json_list parts; /* struct report_part * */
};

struct report_seats {
	int kind; /* enum seat */
	int64_t used, licensed;
};

/* What no interface tells and somebody has typed. */
struct report_stated {
	const char *value;
	int origin; /* enum origin */
};

struct report_licence {
	enum json_bool valid;
	int64_t support_days;   /* of Maintenance & Support; may be negative */
	int64_t licence_days;   /* of a trial or a subscription; may be negative */
	struct json_list seats; /* struct report_seats * */
	int origin;             /* enum origin, of the values above */
	struct report_stated *organisation, *customer_reference;
};

/* What the whole site printed from `from` to `to`. */
struct report_period {
	int64_t from_ms, to_ms;
	int64_t pages, errors, warnings;
};

struct report_device_use {
	const char *id; /* as in struct report_device */
	int64_t pages, jobs;
};

/* A day (UTC) by device; devices with fewer jobs than the floor only as a sum. */
struct report_day {
	int64_t from_ms, to_ms;
	struct json_list devices; /* struct report_device_use * */
	int64_t rest_pages, rest_jobs;
};

struct report_usage {
	struct json_list features; /* const char *: feature_names */
	int64_t held_jobs;
	struct json_list periods; /* struct report_period * */
	struct json_list days;    /* struct report_day * */
};

struct report_device {
	const char *id; /* DEVICE_KEY_LEN characters, lower case */
	const char *label;
	int state;                /* enum device_state */
	struct json_list reasons; /* const char *: device_reason_of() */
	enum json_bool accepting_jobs;
};

struct report_devices {
	enum json_bool complete; /* true: what is not in `items` is gone */
	int64_t total, in_error; /* of all devices, also those not in `items` */
	struct json_list items;  /* struct report_device * */
	struct json_list gone;   /* const char *: ids */
};

struct report_connector {
	const char *version;
	int os;          /* enum connector_os */
	int64_t spooled; /* records that wait to be sent */
};

struct report {
	int64_t schema;
	int64_t at_ms;
	int source; /* enum source */
	struct report_server *server;
	struct report_health *health;
	struct report_licence *licence;
	struct report_devices *devices;
	struct report_connector *connector;
	struct report_infrastructure *infrastructure;
	struct report_usage *usage;
};

/* The rows.  Sub-schemas are public for those who build parts with json_init. */
extern const struct json_schema report_schema, report_server_schema, report_health_schema,
	report_component_schema, report_licence_schema, report_devices_schema, report_device_schema,
	report_connector_schema, report_infrastructure_schema, report_part_schema,
	report_seats_schema, report_stated_schema, report_usage_schema, report_period_schema,
	report_day_schema, report_device_use_schema;

/* One bit a section: what an outbox record's `purposes` says.  Numbers are for ever. */
enum report_section {
	SECTION_SERVER,
	SECTION_HEALTH,
	SECTION_LICENCE,
	SECTION_DEVICES,
	SECTION_CONNECTOR,
	SECTION_INFRASTRUCTURE,
	SECTION_USAGE,
	SECTIONS,
};
extern const char *const report_section_names[]; /* NULL-terminated, by enum report_section */
/* Of what schema version `version` lets out. */
uint32_t report_purposes(const struct report *r, int version);

/* Calls fn with each field that a report can have, in the rows' order, each before what lies in it;
 * `path` is its names with dots ("devices.items.label"): with "report." before it, the key of its
 * purpose in texts/.  Stops at the first non-zero result of fn; that result. */
typedef int report_field_fn(const char *path, const struct json_field *f, void *arg);
int report_fields_each(report_field_fn *fn, void *arg);
#define REPORT_PATH_MAX 128

/* How long a hub keeps the exact bytes of a report: longer than any spool, which is 30 days. */
#define REPORT_KEEP_DAYS 35

/* A report, or a section of one, with every member absent; in `mem`. */
#define REPORT_NEW(mem, type, schema) ((type *)report_part_new(mem, schema))
void *report_part_new(struct arena *mem, const struct json_schema *schema);

/* Adds an item to a list that grows in `mem`, and was made by nothing but this and
 * report_list_own(). */
void report_list_add(struct arena *mem, struct json_list *list, void *item);
/* The same items as a list that may grow: one that was decoded has room for no more. */
struct json_list report_list_own(struct arena *mem, struct json_list decoded);

/* Appends the JSON of *r as schema version `version` wants it.  Labels are masked, versions cut and
 * reasons mapped here whatever the caller put in (R48, R49), and the outcome is read back through
 * the rows, so that nothing leaves that has no row or does not fit it.
 * ERR_INVALID with *ret_problem, ERR_TOO_LARGE if `out` is too small: out is then as before. */
MUST_USE int report_encode(const struct report *r, int version, struct buf *out,
			   struct json_problem *ret_problem);

/* Decodes a report of any schema version between MIN and MAX, and cleans its texts once more.
 * ERR_JSON, ERR_INVALID with *ret_problem; *ret_report is then untouched. */
MUST_USE int report_decode(const void *data, size_t len, struct arena *mem,
			   struct report *ret_report, struct json_problem *ret_problem);

/* The component of that kind; NULL if the report has none. */
const struct report_component *report_component_find(const struct report *r,
						     enum component_kind kind);

/* A device's id from octets (an HMAC) and back; ERR_INVALID for another spelling. */
void device_key_encode(const uint8_t key[static DEVICE_KEY_BYTES],
		       char out[static DEVICE_KEY_LEN + 1]);
MUST_USE int device_key_decode(struct str text, uint8_t ret_key[static DEVICE_KEY_BYTES]);

/* State and code of a component that is a number of things, some of them in error: none is ok, some
 * a warning, all an error, an unknown number unknown. */
void component_count(struct report_component *c, int64_t total, int64_t in_error);

#endif
