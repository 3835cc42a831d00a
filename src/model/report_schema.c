/* report_schema.c - the rows of a report: whatever has no row here cannot leave a site (R41).
 *
 * Each row gives type and limits, and, for the customer, why the value is sent and which promise
 * of the leaflet it rests on.  docs/report.schema.json, docs/data.md and the page "what leaves this
 * site" are made from these rows; the purposes are also in texts/ as report.<path>. */
#include "model/report.h"

#define COUNT_MAX 1000000000
#define DAYS_MAX  100000

#define NOTE(requirement, purpose) (&(const struct field_note){ purpose, requirement, 1 })
#define AT(type, member)           offsetof(struct type, member)

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

static const struct json_field licence_fields[] = {
	{ "valid", JSON_BOOL, AT(report_licence, valid),
	  .note = NOTE("R38", "To warn when the licence is no longer valid.") },
	{ "support_days", JSON_INT, AT(report_licence, support_days),
	  .min = -DAYS_MAX, .max = DAYS_MAX,
	  .note = NOTE("R38", "To renew maintenance and support before it ends.") },
	{ "origin", JSON_ENUM, AT(report_licence, origin), .names = origin_names,
	  .note = NOTE("R38",
		"To show whether the values were read from the server or entered by somebody.") },
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
	  .note = NOTE("R36", "To see how many devices there are.") },
	{ "in_error", JSON_INT, AT(report_devices, in_error), .max = COUNT_MAX,
	  .note = NOTE("R36", "To see how many devices are in error.") },
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
	{}
};
const struct json_schema report_schema = { "Report", sizeof(struct report), 0, report_fields };
/* clang-format on */

const char *const report_section_names[] = {
	[SECTION_SERVER] = "server",       [SECTION_HEALTH] = "health",
	[SECTION_LICENCE] = "licence",     [SECTION_DEVICES] = "devices",
	[SECTION_CONNECTOR] = "connector", [SECTIONS] = NULL,
};
