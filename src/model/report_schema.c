/* report_schema.c - the rows of a report: whatever has no row here cannot leave a site (R41).
 *
 * Each row gives type and limits, and, for the customer, why the value is sent and which promise
 * of the leaflet it rests on.  docs/report.schema.json, docs/data.md and the page "what leaves this
 * site" are made from these rows; the purposes are also in texts/ as report.<path>. */
#include "model/report.h"

#define COUNT_MAX 1000000000
#define DAYS_MAX  100000

#define NOTE_SINCE(since, requirement, purpose)                                                    \
	(&(const struct field_note){ purpose, requirement, since })
#define NOTE(requirement, purpose)  NOTE_SINCE(1, requirement, purpose)
#define NOTE2(requirement, purpose) NOTE_SINCE(2, requirement, purpose)
#define AT(type, member)            offsetof(struct type, member)

/* clang-format off */
static const struct json_field server_fields[] = {
	{ "product", JSON_ENUM, AT(report_server, product), .names = product_names,
	  .note = NOTE("R39", "To know which print management product the site runs.") },
	{ "version", JSON_TEXT, AT(report_server, version), .min = 1, .max = VERSION_SIZE - 1,
	  .note = NOTE("R39",
		"To see which sites need an update; three numbers and nothing else.") },
	{ "edition", JSON_ENUM, AT(report_server, edition), .names = edition_names,
	  .note = NOTE("R39", "To know which functions the site's edition has.") },
	{ "os", JSON_ENUM, AT(report_server, os), .names = server_os_names,
	  .note = NOTE("R36",
		"To give advice that fits the server's operating system; its family only.") },
	{}
};
const struct json_schema report_server_schema = {
	"ReportServer", sizeof(struct report_server), 0, server_fields
};

static const struct json_field component_fields[] = {
	{ "kind", JSON_ENUM, AT(report_component, kind), JSON_REQUIRED,
	  .names = component_kind_names,
	  .note = NOTE("R36",
		"To tell which part of the print system is meant; never its address or host name.") },
	{ "state", JSON_ENUM, AT(report_component, state), JSON_REQUIRED,
	  .names = component_state_names,
	  .note = NOTE("R35", "To notice that a part of the print system has failed.") },
	{ "code", JSON_ENUM, AT(report_component, code), .names = component_code_names,
	  .note = NOTE("R35",
		"To say why, by a word of a closed list; the server's own error text is not sent.") },
	{ "total", JSON_INT, AT(report_component, total), .max = COUNT_MAX,
	  .note = NOTE("R36", "To see in proportion how many of a kind are in error.") },
	{ "in_error", JSON_INT, AT(report_component, in_error), .max = COUNT_MAX,
	  .note = NOTE("R36", "To see how many of a kind are in error.") },
	{}
};
const struct json_schema report_component_schema = {
	"ReportComponent", sizeof(struct report_component), 0, component_fields
};

static const struct json_field health_fields[] = {
	{ "read_at", JSON_TIME, AT(report_health, read_at_ms),
	  .note = NOTE("R35", "To show how old the reading is.") },
	{ "components", JSON_LIST, AT(report_health, components), .max = COMPONENT_KINDS,
	  .sub = &report_component_schema,
	  .note = NOTE("R36", "To show the parts of the print system and whether each works.") },
	{ "disk_used_percent", JSON_REAL, AT(report_health, disk_used_percent), .max = 100,
	  .note = NOTE("R35", "To warn before the print server's disk is full.") },
	{ "jvm_memory_used_percent", JSON_REAL, AT(report_health, jvm_memory_used_percent),
	  .max = 100,
	  .note = NOTE("R35", "To warn before the print server runs out of memory.") },
	{ "database_connect_ms", JSON_INT, AT(report_health, database_connect_ms), .max = COUNT_MAX,
	  .note = NOTE("R35", "To notice that the print server's database is getting slow.") },
	{ "uptime_hours", JSON_REAL, AT(report_health, uptime_hours), .max = COUNT_MAX,
	  .note = NOTE("R35", "To notice that the print server has restarted.") },
	{}
};
const struct json_schema report_health_schema = {
	"ReportHealth", sizeof(struct report_health), 0, health_fields
};

static const struct json_field part_fields[] = {
	{ "kind", JSON_ENUM, AT(report_part, kind), JSON_REQUIRED, .names = component_kind_names,
	  .note = NOTE2("R36", "To tell which kind of component is meant; never where it is or what it is called.") },
	{ "state", JSON_ENUM, AT(report_part, state), JSON_REQUIRED, .names = component_state_names,
	  .note = NOTE2("R36", "To see whether all, some or none of this kind are up.") },
	{ "total", JSON_INT, AT(report_part, total), .max = COUNT_MAX,
	  .note = NOTE2("R36", "To see how many of this kind there are.") },
	{ "down", JSON_INT, AT(report_part, down), .max = COUNT_MAX,
	  .note = NOTE2("R36", "To see how many of this kind are down; not which.") },
	{}
};
const struct json_schema report_part_schema = {
	"ReportPart", sizeof(struct report_part), 0, part_fields
};

static const struct json_field infrastructure_fields[] = {
	{ "parts", JSON_LIST, AT(report_infrastructure, parts), .max = COMPONENT_KINDS,
	  .sub = &report_part_schema,
	  .note = NOTE2("R36", "To know of which kinds of components the print system is made.") },
	{}
};
const struct json_schema report_infrastructure_schema = {
	"ReportInfrastructure", sizeof(struct report_infrastructure), 0, infrastructure_fields
};

static const struct json_field seats_fields[] = {
	{ "kind", JSON_ENUM, AT(report_seats, kind), JSON_REQUIRED, .names = seat_names,
	  .note = NOTE2("R38", "To tell what the licence counts.") },
	{ "used", JSON_INT, AT(report_seats, used), .max = COUNT_MAX,
	  .note = NOTE2("R38", "To see how many of it are in use; a number, nobody's name.") },
	{ "licensed", JSON_INT, AT(report_seats, licensed), .max = COUNT_MAX,
	  .note = NOTE2("R38", "To see how many the licence allows.") },
	{}
};
const struct json_schema report_seats_schema = {
	"ReportSeats", sizeof(struct report_seats), 0, seats_fields
};

static const struct json_field stated_fields[] = {
	{ "value", JSON_TEXT, AT(report_stated, value), JSON_REQUIRED, .min = 1, .max = STATED_MAX,
	  .note = NOTE2("R38", "To use what you have entered, as you have entered it.") },
	{ "origin", JSON_ENUM, AT(report_stated, origin), JSON_REQUIRED, .names = origin_names,
	  .note = NOTE2("R38", "To show that it was entered and not read from the server.") },
	{}
};
const struct json_schema report_stated_schema = {
	"ReportStated", sizeof(struct report_stated), 0, stated_fields
};

static const struct json_field licence_fields[] = {
	{ "valid", JSON_BOOL, AT(report_licence, valid),
	  .note = NOTE("R38", "To warn when the licence is no longer valid.") },
	{ "support_days", JSON_INT, AT(report_licence, support_days),
	  .min = -DAYS_MAX, .max = DAYS_MAX,
	  .note = NOTE("R38", "To renew maintenance and support before it ends.") },
	{ "origin", JSON_ENUM, AT(report_licence, origin), .names = origin_names,
	  .note = NOTE("R38",
		"To show whether the values were read from the server or entered by somebody.") },
	{ "licence_days", JSON_INT, AT(report_licence, licence_days),
	  .min = -DAYS_MAX, .max = DAYS_MAX,
	  .note = NOTE2("R38", "To renew a licence that ends by itself: days left, if the server tells them.") },
	{ "seats", JSON_LIST, AT(report_licence, seats), .max = SEATS, .sub = &report_seats_schema,
	  .note = NOTE2("R38", "To see whether the licence is large enough.") },
	{ "organisation", JSON_OBJECT, AT(report_licence, organisation), .sub = &report_stated_schema,
	  .note = NOTE2("R33", "To know to whom the licence was issued; only if you have entered it.") },
	{ "customer_reference", JSON_OBJECT, AT(report_licence, customer_reference),
	  .sub = &report_stated_schema,
	  .note = NOTE2("R38",
		"To order renewals for the right licence: its customer reference number (CRN), only if you have entered it.") },
	{}
};
const struct json_schema report_licence_schema = {
	"ReportLicence", sizeof(struct report_licence), 0, licence_fields
};

static const struct json_field device_fields[] = {
	{ "id", JSON_TEXT, AT(report_device, id), JSON_REQUIRED,
	  .min = DEVICE_KEY_LEN, .max = DEVICE_KEY_LEN,
	  .note = NOTE("R51",
		"To tell devices apart by a pseudonym that only this site can resolve.") },
	{ "label", JSON_TEXT, AT(report_device, label), .max = LABEL_MAX,
	  .note = NOTE("R37",
		"To talk with you about the same device; without server, host name or address.") },
	{ "state", JSON_ENUM, AT(report_device, state), .names = device_state_names,
	  .note = NOTE("R37", "To notice that a device does not print.") },
	{ "reasons", JSON_TEXTS, AT(report_device, reasons), .max = REPORT_REASONS_MAX,
	  .names = device_reason_names,
	  .note = NOTE("R37", "To bring the right part or toner; words of a closed list.") },
	{ "accepting_jobs", JSON_BOOL, AT(report_device, accepting_jobs),
	  .note = NOTE("R37", "To notice that a queue refuses new jobs.") },
	{}
};
const struct json_schema report_device_schema = {
	"ReportDevice", sizeof(struct report_device), 0, device_fields
};

static const struct json_field devices_fields[] = {
	{ "complete", JSON_BOOL, AT(report_devices, complete),
	  .note = NOTE("R37",
		"To know whether all devices are listed or only those that changed.") },
	{ "total", JSON_INT, AT(report_devices, total), .max = COUNT_MAX,
	  .note = NOTE("R36", "To see how many devices there are, also those beyond the 20,000 that are listed.") },
	{ "in_error", JSON_INT, AT(report_devices, in_error), .max = COUNT_MAX,
	  .note = NOTE("R36", "To see how many devices are in error, listed or not.") },
	{ "items", JSON_LIST, AT(report_devices, items), .max = REPORT_DEVICES_MAX,
	  .sub = &report_device_schema,
	  .note = NOTE("R37", "To show the state of each device.") },
	{ "gone", JSON_TEXTS, AT(report_devices, gone), .max = REPORT_DEVICES_MAX,
	  .note = NOTE("R37", "To remove devices that are no longer there; pseudonyms only.") },
	{}
};
const struct json_schema report_devices_schema = {
	"ReportDevices", sizeof(struct report_devices), 0, devices_fields
};

static const struct json_field period_fields[] = {
	{ "from", JSON_TIME, AT(report_period, from_ms), JSON_REQUIRED,
	  .note = NOTE2("R39", "To know when the period began.") },
	{ "to", JSON_TIME, AT(report_period, to_ms), JSON_REQUIRED,
	  .note = NOTE2("R39", "To know when the period ended.") },
	{ "pages", JSON_INT, AT(report_period, pages), .max = COUNT_MAX,
	  .note = NOTE2("R39", "To advise on print volume: pages of the whole site in the period.") },
	{ "errors", JSON_INT, AT(report_period, errors), .max = COUNT_MAX,
	  .note = NOTE2("R35", "To notice that errors pile up: how many the server logged, not their texts.") },
	{ "warnings", JSON_INT, AT(report_period, warnings), .max = COUNT_MAX,
	  .note = NOTE2("R35", "To notice that warnings pile up: how many the server logged, not their texts.") },
	{}
};
const struct json_schema report_period_schema = {
	"ReportPeriod", sizeof(struct report_period), 0, period_fields
};

static const struct json_field device_use_fields[] = {
	{ "id", JSON_TEXT, AT(report_device_use, id), JSON_REQUIRED,
	  .min = DEVICE_KEY_LEN, .max = DEVICE_KEY_LEN,
	  .note = NOTE2("R51", "To add pages to the right device; the same pseudonym as among devices.") },
	{ "pages", JSON_INT, AT(report_device_use, pages), .max = COUNT_MAX,
	  .note = NOTE2("R39", "To advise which device prints too much or too little: pages of that day.") },
	{ "jobs", JSON_INT, AT(report_device_use, jobs), .max = COUNT_MAX,
	  .note = NOTE2("R39", "To see in proportion what a device does: number of jobs of that day, nothing about them.") },
	{}
};
const struct json_schema report_device_use_schema = {
	"ReportDeviceUse", sizeof(struct report_device_use), 0, device_use_fields
};

static const struct json_field day_fields[] = {
	{ "from", JSON_TIME, AT(report_day, from_ms), JSON_REQUIRED,
	  .note = NOTE2("R39", "To know when the counting began.") },
	{ "to", JSON_TIME, AT(report_day, to_ms), JSON_REQUIRED,
	  .note = NOTE2("R39", "To know when the counting ended.") },
	{ "devices", JSON_LIST, AT(report_day, devices), .max = REPORT_DEVICES_MAX,
	  .sub = &report_device_use_schema,
	  .note = NOTE2("R39", "To advise by device; only devices with enough jobs, so that it is not one person's printing.") },
	{ "rest_pages", JSON_INT, AT(report_day, rest_pages), .max = COUNT_MAX,
	  .note = NOTE2("R46", "To keep the total right: pages of all devices that are not listed (below the floor, or beyond 4,000), as one sum.") },
	{ "rest_jobs", JSON_INT, AT(report_day, rest_jobs), .max = COUNT_MAX,
	  .note = NOTE2("R46", "To keep the total right: jobs of all devices that are not listed (below the floor, or beyond 4,000), as one sum.") },
	{}
};
const struct json_schema report_day_schema = {
	"ReportDay", sizeof(struct report_day), 0, day_fields
};

static const struct json_field usage_fields[] = {
	{ "features", JSON_TEXTS, AT(report_usage, features), .max = FEATURES, .names = feature_names,
	  .note = NOTE2("R39", "To know what the print server is used for; words of a closed list.") },
	{ "held_jobs", JSON_INT, AT(report_usage, held_jobs), .max = COUNT_MAX,
	  .note = NOTE2("R39", "To notice that released printing is stuck: how many jobs wait, nothing about them.") },
	{ "periods", JSON_LIST, AT(report_usage, periods), .max = REPORT_PERIODS_MAX,
	  .sub = &report_period_schema,
	  .note = NOTE2("R32", "To advise on print volume over time; sums of the whole site, by the hour.") },
	{ "days", JSON_LIST, AT(report_usage, days), .max = REPORT_DAYS_MAX,
	  .sub = &report_day_schema,
	  .note = NOTE2("R32", "To advise on print volume by device; only if you have switched it on.") },
	{}
};
const struct json_schema report_usage_schema = {
	"ReportUsage", sizeof(struct report_usage), 0, usage_fields
};

static const struct json_field connector_fields[] = {
	{ "version", JSON_TEXT, AT(report_connector, version), .min = 1, .max = VERSION_SIZE - 1,
	  .note = NOTE("R39", "To see which connectors need an update.") },
	{ "os", JSON_ENUM, AT(report_connector, os), .names = connector_os_names,
	  .note = NOTE("R39",
		"To offer the update that fits; the family of the operating system only.") },
	{ "spooled", JSON_INT, AT(report_connector, spooled), .max = COUNT_MAX,
	  .note = NOTE("R35",
		"To notice that reports wait on site because the way to the hub is disturbed.") },
	{}
};
const struct json_schema report_connector_schema = {
	"ReportConnector", sizeof(struct report_connector), 0, connector_fields
};

static const struct json_field report_fields[] = {
	{ "schema", JSON_INT, AT(report, schema), JSON_REQUIRED,
	  .min = REPORT_SCHEMA_MIN, .max = REPORT_SCHEMA_MAX,
	  .note = NOTE("R41", "To know by which version of this list the report was made.") },
	{ "at", JSON_TIME, AT(report, at_ms), JSON_REQUIRED,
	  .note = NOTE("R31", "To know when the report was made.") },
	{ "source", JSON_ENUM, AT(report, source), JSON_REQUIRED, .names = source_names,
	  .note = NOTE("R31", "To know which kind of print server was read.") },
	{ "server", JSON_OBJECT, AT(report, server), .sub = &report_server_schema,
	  .note = NOTE("R39", "Product and version of the print server.") },
	{ "health", JSON_OBJECT, AT(report, health), .sub = &report_health_schema,
	  .note = NOTE("R35", "Whether the print system works.") },
	{ "licence", JSON_OBJECT, AT(report, licence), .sub = &report_licence_schema,
	  .note = NOTE("R38", "Validity of the print server's licence and support.") },
	{ "devices", JSON_OBJECT, AT(report, devices), .sub = &report_devices_schema,
	  .note = NOTE("R37", "Printers and multifunction devices and their state.") },
	{ "connector", JSON_OBJECT, AT(report, connector), JSON_REQUIRED,
	  .sub = &report_connector_schema,
	  .note = NOTE("R39", "The connector's own version and backlog.") },
	{ "infrastructure", JSON_OBJECT, AT(report, infrastructure),
	  .sub = &report_infrastructure_schema,
	  .note = NOTE2("R36", "Of which kinds of components the print system is made, and how many are down.") },
	{ "usage", JSON_OBJECT, AT(report, usage), .sub = &report_usage_schema,
	  .note = NOTE2("R39", "How much is printed, as sums, and what the print server is used for.") },
	{}
};
const struct json_schema report_schema = { "Report", sizeof(struct report), 0, report_fields };
/* clang-format on */

const char *const report_section_names[] = {
	[SECTION_SERVER] = "server",       [SECTION_HEALTH] = "health",
	[SECTION_LICENCE] = "licence",     [SECTION_DEVICES] = "devices",
	[SECTION_CONNECTOR] = "connector", [SECTION_INFRASTRUCTURE] = "infrastructure",
	[SECTION_USAGE] = "usage",         [SECTIONS] = NULL,
};
