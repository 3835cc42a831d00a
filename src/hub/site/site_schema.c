/* site_schema.c - how the API shows a site: docs/protocol.md section 1. */
#include "hub/site/site.h"

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field customer_fields[] = {
	{ "id", JSON_ID, AT(site_customer_ref, id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, AT(site_customer_ref, name), .flags = JSON_REQUIRED },
	{ "archived_at", JSON_TIME, AT(site_customer_ref, archived_ms), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema customer_schema = {
	"site_customer", sizeof(struct site_customer_ref), 0, customer_fields
};

static const struct json_field reason_fields[] = {
	{ "code", JSON_TEXT, AT(site_reason, code), .flags = JSON_REQUIRED },
	{ "component", JSON_TEXT, AT(site_reason, component), .flags = JSON_NULLABLE },
	{ "value", JSON_REAL, AT(site_reason, value), .flags = JSON_NULLABLE },
	{ "threshold", JSON_REAL, AT(site_reason, threshold), .flags = JSON_NULLABLE },
	{ "since", JSON_TIME, AT(site_reason, since_ms), .flags = JSON_NULLABLE },
	{ "rule", JSON_TEXT, AT(site_reason, rule), .flags = JSON_NULLABLE },
	{ "unit", JSON_TEXT, AT(site_reason, unit), .flags = JSON_NULLABLE },
	{ "severity", JSON_TEXT, AT(site_reason, severity), .flags = JSON_NULLABLE },
	{ "origin", JSON_TEXT, AT(site_reason, origin), .flags = JSON_NULLABLE },
	{ "detail", JSON_TEXT, AT(site_reason, detail), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema reason_schema = {
	"reason", sizeof(struct site_reason), 0, reason_fields
};

static const struct json_field permissions_fields[] = {
	{ "monitoring", JSON_ENUM, AT(site_permissions, monitoring), JSON_REQUIRED, .names = monitoring_names },
	{ "console", JSON_ENUM, AT(site_permissions, console), JSON_REQUIRED, .names = switch_names },
	{ "mfp", JSON_ENUM, AT(site_permissions, mfp), JSON_REQUIRED, .names = switch_names },
	{}
};
static const struct json_schema permissions_schema = {
	"site_permissions", sizeof(struct site_permissions), 0, permissions_fields
};

static const struct json_field consent_fields[] = {
	{ "version", JSON_INT, AT(site_consent, version), .flags = JSON_REQUIRED },
	{ "sha256", JSON_TEXT, AT(site_consent, sha256), .flags = JSON_REQUIRED },
	{ "at", JSON_TIME, AT(site_consent, at_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema consent_schema = {
	"site_consent", sizeof(struct site_consent), 0, consent_fields
};

static const struct json_field server_row_fields[] = {
	{ "product", JSON_TEXT, AT(site_server, product), .flags = JSON_NULLABLE },
	{ "version", JSON_TEXT, AT(site_server, version), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema server_row_schema = {
	"site_row_server", sizeof(struct site_server), 0, server_row_fields
};

static const struct json_field server_fields[] = {
	{ "product", JSON_TEXT, AT(site_server, product), .flags = JSON_NULLABLE },
	{ "version", JSON_TEXT, AT(site_server, version), .flags = JSON_NULLABLE },
	{ "edition", JSON_TEXT, AT(site_server, edition), .flags = JSON_NULLABLE },
	{ "os", JSON_TEXT, AT(site_server, os), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema server_schema = {
	"site_server", sizeof(struct site_server), 0, server_fields
};

static const struct json_field component_fields[] = {
	{ "kind", JSON_TEXT, AT(site_component, kind), .flags = JSON_REQUIRED },
	{ "state", JSON_ENUM, AT(site_component, state), JSON_REQUIRED, .names = component_state_names },
	{ "code", JSON_TEXT, AT(site_component, code), .flags = JSON_REQUIRED },
	{ "since", JSON_TIME, AT(site_component, since_ms), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema component_schema = {
	"component", sizeof(struct site_component), 0, component_fields
};

static const struct json_field health_fields[] = {
	{ "read_at", JSON_TIME, AT(site_health, read_at_ms), .flags = JSON_REQUIRED },
	{ "components", JSON_LIST, AT(site_health, components), JSON_REQUIRED, .sub = &component_schema },
	{}
};
static const struct json_schema health_schema = {
	"site_health", sizeof(struct site_health), 0, health_fields
};

static const struct json_field part_fields[] = {
	{ "kind", JSON_TEXT, AT(site_part, kind), .flags = JSON_REQUIRED },
	{ "state", JSON_ENUM, AT(site_part, state), JSON_REQUIRED, .names = component_state_names },
	{ "total", JSON_INT, AT(site_part, total), .flags = JSON_NULLABLE },
	{ "down", JSON_INT, AT(site_part, down), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema part_schema = {
	"site_part", sizeof(struct site_part), 0, part_fields
};

static const struct json_field infrastructure_fields[] = {
	{ "read_at", JSON_TIME, AT(site_infrastructure, read_ms), .flags = JSON_NULLABLE },
	{ "parts", JSON_LIST, AT(site_infrastructure, parts), JSON_REQUIRED, .sub = &part_schema },
	{}
};
static const struct json_schema infrastructure_schema = {
	"site_infrastructure", sizeof(struct site_infrastructure), 0, infrastructure_fields
};

static const struct json_field period_fields[] = {
	{ "from", JSON_TIME, AT(site_period, from_ms), .flags = JSON_REQUIRED },
	{ "to", JSON_TIME, AT(site_period, to_ms), .flags = JSON_REQUIRED },
	{ "pages", JSON_INT, AT(site_period, pages), .flags = JSON_NULLABLE },
	{ "errors", JSON_INT, AT(site_period, errors), .flags = JSON_NULLABLE },
	{ "warnings", JSON_INT, AT(site_period, warnings), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema period_schema = {
	"site_period", sizeof(struct site_period), 0, period_fields
};

static const struct json_field day_fields[] = {
	{ "from", JSON_TIME, AT(site_day, from_ms), .flags = JSON_REQUIRED },
	{ "to", JSON_TIME, AT(site_day, to_ms), .flags = JSON_REQUIRED },
	{ "pages", JSON_INT, AT(site_day, pages), .flags = JSON_NULLABLE },
	{ "jobs", JSON_INT, AT(site_day, jobs), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema day_schema = {
	"site_day", sizeof(struct site_day), 0, day_fields
};

static const struct json_field usage_fields[] = {
	{ "read_at", JSON_TIME, AT(site_usage, read_ms), .flags = JSON_NULLABLE },
	{ "features", JSON_TEXTS, AT(site_usage, features), .flags = JSON_REQUIRED },
	{ "held_jobs", JSON_INT, AT(site_usage, held_jobs), .flags = JSON_NULLABLE },
	{ "period", JSON_OBJECT, AT(site_usage, period), JSON_NULLABLE, .sub = &period_schema },
	{ "day", JSON_OBJECT, AT(site_usage, day), JSON_NULLABLE, .sub = &day_schema },
	{}
};
static const struct json_schema usage_schema = {
	"site_usage", sizeof(struct site_usage), 0, usage_fields
};

static const struct json_field seats_fields[] = {
	{ "kind", JSON_TEXT, AT(site_seats, kind), .flags = JSON_REQUIRED },
	{ "used", JSON_INT, AT(site_seats, used), .flags = JSON_NULLABLE },
	{ "licensed", JSON_INT, AT(site_seats, licensed), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema seats_schema = {
	"site_seats", sizeof(struct site_seats), 0, seats_fields
};

static const struct json_field stated_fields[] = {
	{ "value", JSON_TEXT, AT(report_stated, value), .flags = JSON_REQUIRED },
	{ "origin", JSON_ENUM, AT(report_stated, origin), JSON_REQUIRED, .names = origin_names },
	{}
};
static const struct json_schema stated_schema = {
	"stated", sizeof(struct report_stated), 0, stated_fields
};

static const struct json_field end_fields[] = {
	{ "at", JSON_TIME, AT(site_end, at_ms), .flags = JSON_REQUIRED },
	{ "days", JSON_INT, AT(site_end, days), .flags = JSON_REQUIRED },
	{ "origin", JSON_ENUM, AT(site_end, origin), JSON_REQUIRED, .names = origin_names },
	{}
};
static const struct json_schema end_schema = { "licence_end", sizeof(struct site_end), 0, end_fields };

static const struct json_field entry_fields[] = {
	{ "organisation", JSON_TEXT, AT(site_licence_entry, organisation), .flags = JSON_NULLABLE },
	{ "customer_reference", JSON_TEXT, AT(site_licence_entry, customer_reference), .flags = JSON_NULLABLE },
	{ "support_ends_on", JSON_TEXT, AT(site_licence_entry, support_ends_on), .flags = JSON_NULLABLE },
	{ "licence_ends_on", JSON_TEXT, AT(site_licence_entry, licence_ends_on), .flags = JSON_NULLABLE },
	{ "note", JSON_TEXT, AT(site_licence_entry, note), .flags = JSON_NULLABLE },
	{ "revision", JSON_INT, AT(site_licence_entry, revision), .flags = JSON_REQUIRED },
	{ "edited_at", JSON_TIME, AT(site_licence_entry, edited_ms), .flags = JSON_NULLABLE },
	{ "edited_by", JSON_TEXT, AT(site_licence_entry, edited_by), .flags = JSON_NULLABLE },
	{}
};
const struct json_schema site_licence_entry_schema = {
	"licence_entry", sizeof(struct site_licence_entry), 0, entry_fields
};

static const struct json_field licence_fields[] = {
	{ "read_at", JSON_TIME, AT(site_licence, read_ms), .flags = JSON_NULLABLE },
	{ "valid", JSON_BOOL, AT(site_licence, valid), .flags = JSON_NULLABLE },
	{ "support_days", JSON_INT, AT(site_licence, support_days), .flags = JSON_NULLABLE },
	{ "support_ends_at", JSON_TIME, AT(site_licence, support_ends_ms), .flags = JSON_NULLABLE },
	{ "licence_days", JSON_INT, AT(site_licence, licence_days), .flags = JSON_NULLABLE },
	{ "origin", JSON_ENUM, AT(site_licence, origin), JSON_NULLABLE, .names = origin_names },
	{ "seats", JSON_LIST, AT(site_licence, seats), JSON_REQUIRED, .sub = &seats_schema },
	{ "organisation", JSON_OBJECT, AT(site_licence, organisation), JSON_NULLABLE, .sub = &stated_schema },
	{ "customer_reference", JSON_OBJECT, AT(site_licence, customer_reference), JSON_NULLABLE, .sub = &stated_schema },
	{ "support_end", JSON_OBJECT, AT(site_licence, support_end), JSON_NULLABLE, .sub = &end_schema },
	{ "licence_end", JSON_OBJECT, AT(site_licence, licence_end), JSON_NULLABLE, .sub = &end_schema },
	{ "provider", JSON_OBJECT, AT(site_licence, provider), JSON_NULLABLE, .sub = &site_licence_entry_schema },
	{}
};
static const struct json_schema licence_schema = {
	"site_licence", sizeof(struct site_licence), 0, licence_fields
};

static const struct json_field devices_fields[] = {
	{ "total", JSON_INT, AT(site_devices, total), .flags = JSON_REQUIRED },
	{ "in_error", JSON_INT, AT(site_devices, in_error), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema devices_schema = {
	"site_devices", sizeof(struct site_devices), 0, devices_fields
};

static const struct json_field connector_fields[] = {
	{ "id", JSON_ID, AT(site_connector, id), JSON_REQUIRED, .min = ID_CONN },
	{ "version", JSON_TEXT, AT(site_connector, version), .flags = JSON_NULLABLE },
	{ "clock_skew_ms", JSON_INT, AT(site_connector, clock_skew_ms), .flags = JSON_NULLABLE },
	{ "spooled", JSON_INT, AT(site_connector, spooled), .flags = JSON_NULLABLE },
	{ "enrolled_at", JSON_TIME, AT(site_connector, enrolled_ms), .flags = JSON_REQUIRED },
	{ "copied", JSON_BOOL, AT(site_connector, copied), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema connector_schema = {
	"site_connector", sizeof(struct site_connector), 0, connector_fields
};

const char *const mail_state_names[] = { "queued", "sent", "failed", NULL };

static const struct json_field mail_fields[] = {
	{ "to", JSON_TEXT, AT(site_mail, to), .flags = JSON_REQUIRED },
	{ "state", JSON_ENUM, AT(site_mail, state), JSON_REQUIRED, .names = mail_state_names },
	{ "reason", JSON_TEXT, AT(site_mail, reason), .flags = JSON_NULLABLE },
	{ "smtp_status", JSON_INT, AT(site_mail, smtp_status), .flags = JSON_NULLABLE },
	{ "tries", JSON_INT, AT(site_mail, tries), .flags = JSON_REQUIRED },
	{ "next_at", JSON_TIME, AT(site_mail, next_ms), .flags = JSON_NULLABLE },
	{ "done_at", JSON_TIME, AT(site_mail, done_ms), .flags = JSON_NULLABLE },
	{}
};
const struct json_schema site_mail_schema = { "mail", sizeof(struct site_mail), 0, mail_fields };

static const struct json_field invitation_fields[] = {
	{ "id", JSON_ID, AT(site_invitation, id), JSON_REQUIRED, .min = ID_INV },
	{ "expires_at", JSON_TIME, AT(site_invitation, expires_ms), .flags = JSON_REQUIRED },
	{ "mail", JSON_OBJECT, AT(site_invitation, mail), JSON_NULLABLE, .sub = &site_mail_schema },
	{}
};
static const struct json_schema invitation_schema = {
	"site_invitation", sizeof(struct site_invitation), 0, invitation_fields
};

static const struct json_field site_row_fields[] = {
	{ "id", JSON_ID, AT(site, id), JSON_REQUIRED, .min = ID_SITE },
	{ "name", JSON_TEXT, AT(site, name), .flags = JSON_REQUIRED },
	{ "customer", JSON_OBJECT, AT(site, customer), JSON_REQUIRED, .sub = &customer_schema },
	{ "archived_at", JSON_TIME, AT(site, archived_ms), .flags = JSON_NULLABLE },
	{ "status", JSON_ENUM, AT(site, status), JSON_REQUIRED, .names = site_status_names },
	{ "reasons", JSON_LIST, AT(site, reasons), JSON_REQUIRED, .sub = &reason_schema },
	{ "last_seen", JSON_TIME, AT(site, last_seen_ms), .flags = JSON_NULLABLE },
	{ "server", JSON_OBJECT, AT(site, server), JSON_NULLABLE, .sub = &server_row_schema },
	{ "permissions", JSON_OBJECT, AT(site, permissions), JSON_NULLABLE, .sub = &permissions_schema },
	{ "devices", JSON_OBJECT, AT(site, devices), JSON_REQUIRED, .sub = &devices_schema },
	{ "invitation", JSON_OBJECT, AT(site, invitation), JSON_NULLABLE, .sub = &invitation_schema },
	{}
};
const struct json_schema site_row_schema = { "site_row", sizeof(struct site), 0, site_row_fields };

static const struct json_field licence_row_fields[] = {
	{ "id", JSON_ID, AT(site, id), JSON_REQUIRED, .min = ID_SITE },
	{ "name", JSON_TEXT, AT(site, name), .flags = JSON_REQUIRED },
	{ "customer", JSON_OBJECT, AT(site, customer), JSON_REQUIRED, .sub = &customer_schema },
	{ "archived_at", JSON_TIME, AT(site, archived_ms), .flags = JSON_NULLABLE },
	{ "status", JSON_ENUM, AT(site, status), JSON_REQUIRED, .names = site_status_names },
	{ "server", JSON_OBJECT, AT(site, server), JSON_NULLABLE, .sub = &server_row_schema },
	{ "licence", JSON_OBJECT, AT(site, licence), JSON_NULLABLE, .sub = &licence_schema },
	{}
};
const struct json_schema site_licence_row_schema = {
	"licence_row", sizeof(struct site), 0, licence_row_fields
};

static const struct json_field site_fields[] = {
	{ "id", JSON_ID, AT(site, id), JSON_REQUIRED, .min = ID_SITE },
	{ "name", JSON_TEXT, AT(site, name), .flags = JSON_REQUIRED },
	{ "customer", JSON_OBJECT, AT(site, customer), JSON_REQUIRED, .sub = &customer_schema },
	{ "created_at", JSON_TIME, AT(site, created_ms), .flags = JSON_REQUIRED },
	{ "archived_at", JSON_TIME, AT(site, archived_ms), .flags = JSON_NULLABLE },
	{ "status", JSON_ENUM, AT(site, status), JSON_REQUIRED, .names = site_status_names },
	{ "reasons", JSON_LIST, AT(site, reasons), JSON_REQUIRED, .sub = &reason_schema },
	{ "permissions", JSON_OBJECT, AT(site, permissions), JSON_NULLABLE, .sub = &permissions_schema },
	{ "consent", JSON_OBJECT, AT(site, consent), JSON_NULLABLE, .sub = &consent_schema },
	{ "last_seen", JSON_TIME, AT(site, last_seen_ms), .flags = JSON_NULLABLE },
	{ "public_ip", JSON_TEXT, AT(site, public_ip), .flags = JSON_NULLABLE },
	{ "server", JSON_OBJECT, AT(site, server), JSON_NULLABLE, .sub = &server_schema },
	{ "health", JSON_OBJECT, AT(site, health), JSON_NULLABLE, .sub = &health_schema },
	{ "infrastructure", JSON_OBJECT, AT(site, infrastructure), JSON_NULLABLE, .sub = &infrastructure_schema },
	{ "licence", JSON_OBJECT, AT(site, licence), JSON_NULLABLE, .sub = &licence_schema },
	{ "usage", JSON_OBJECT, AT(site, usage), JSON_NULLABLE, .sub = &usage_schema },
	{ "devices", JSON_OBJECT, AT(site, devices), JSON_REQUIRED, .sub = &devices_schema },
	{ "connector", JSON_OBJECT, AT(site, connector), JSON_NULLABLE, .sub = &connector_schema },
	{ "invitation", JSON_OBJECT, AT(site, invitation), JSON_NULLABLE, .sub = &invitation_schema },
	{ "series", JSON_TEXTS, AT(site, series), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema site_schema = { "site", sizeof(struct site), 0, site_fields };
/* clang-format on */
