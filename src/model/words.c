/* words.c - the tables of names. */
#include "model/words.h"

#include <string.h>

#define WORD_NAME(number, name) [number] = name,
#define WORD_TABLE(table, words, count)                                                            \
	const char *const table[] = { words(WORD_NAME)[count] = NULL }

/* clang-format off */
WORD_TABLE(site_status_names, SITE_STATUS_WORDS, SITE_STATUSES);
WORD_TABLE(component_kind_names, COMPONENT_KIND_WORDS, COMPONENT_KINDS);
WORD_TABLE(component_state_names, COMPONENT_STATE_WORDS, COMPONENT_STATES);
WORD_TABLE(component_code_names, COMPONENT_CODE_WORDS, COMPONENT_CODES);
WORD_TABLE(permission_names, PERMISSION_WORDS, PERMISSIONS);
WORD_TABLE(switch_names, SWITCH_WORDS, SWITCH_STATES);
WORD_TABLE(device_state_names, DEVICE_STATE_WORDS, DEVICE_STATES);
WORD_TABLE(source_names, SOURCE_WORDS, SOURCES);
WORD_TABLE(product_names, PRODUCT_WORDS, PRODUCTS);
WORD_TABLE(edition_names, EDITION_WORDS, EDITIONS);
WORD_TABLE(server_os_names, SERVER_OS_WORDS, SERVER_OSES);
WORD_TABLE(connector_os_names, CONNECTOR_OS_WORDS, CONNECTOR_OSES);
WORD_TABLE(origin_names, ORIGIN_WORDS, ORIGINS);
WORD_TABLE(renewal_names, RENEWAL_WORDS, RENEWALS);
WORD_TABLE(seat_names, SEAT_WORDS, SEATS);
WORD_TABLE(feature_names, FEATURE_WORDS, FEATURES);
WORD_TABLE(command_names, COMMAND_WORDS, COMMAND_KINDS);
WORD_TABLE(rule_names, RULE_WORDS, RULES);
WORD_TABLE(severity_names, SEVERITY_WORDS, SEVERITIES);
WORD_TABLE(rule_unit_names, RULE_UNIT_WORDS, RULE_UNITS);
WORD_TABLE(rule_origin_names, RULE_ORIGIN_WORDS, RULE_ORIGINS);
WORD_TABLE(session_state_names, SESSION_STATE_WORDS, SESSION_STATES);
WORD_TABLE(session_why_names, SESSION_WHY_WORDS, SESSION_WHYS);
WORD_TABLE(target_kind_names, TARGET_KIND_WORDS, TARGET_KINDS);
WORD_TABLE(storage_state_names, STORAGE_STATE_WORDS, STORAGE_STATES);
/* clang-format on */

const char *const monitoring_names[] = { "off", "on", NULL };

static_assert(COMPONENT_CODES <= REASONS_FROM,
	      "a component's code must not reach into the reasons");

#define REASON_NAME(number, name) [number - REASONS_FROM] = name,
static const char *const reason_names[] = { REASON_WORDS(REASON_NAME) NULL };

/* RFC 8011 5.4.12, PWG 5100.9, CUPS, and what PaperCut tells that has no keyword there. */
const char *const device_reason_names[] = {
	"connecting-to-device",
	"cover-open",
	"cups-insecure-filter",
	"cups-missing-filter",
	"developer-empty",
	"developer-low",
	"door-open",
	"fuser-over-temp",
	"fuser-under-temp",
	"hibernate",
	"hold-new-jobs",
	"in-error",
	"input-cannot-feed-size-selected",
	"input-manual-input-request",
	"input-media-size-change",
	"input-tray-elevation-failure",
	"input-tray-missing",
	"interlock-open",
	"interpreter-memory-decrease",
	"interpreter-memory-increase",
	"interpreter-resource-unavailable",
	"marker-adjusting-print-quality",
	"marker-fuser-timing-failure",
	"marker-supply-empty",
	"marker-supply-low",
	"marker-supply-missing",
	"marker-waste-almost-full",
	"marker-waste-full",
	"media-empty",
	"media-jam",
	"media-low",
	"media-needed",
	"moving-to-paused",
	"not-available",
	"offline",
	"opc-life-over",
	"opc-near-eol",
	"other",
	"out-of-memory",
	"output-area-almost-full",
	"output-area-full",
	"output-mailbox-select-failure",
	"output-tray-missing",
	"paper-problem",
	"paused",
	"power-down",
	"power-up",
	"shutdown",
	"sleep-mode",
	"spool-area-full",
	"stopped-partly",
	"stopping",
	"subunit-life-over",
	"timed-out",
	"toner-empty",
	"toner-low",
	"unknown",
	"user-intervention",
	NULL,
};

int word_find(const char *const *names, struct str name)
{
	for (int i = 0; names[i]; i++)
		if (str_eq(str_of(names[i]), name))
			return i;
	return -1;
}

enum permission target_permission(enum target_kind kind)
{
	return kind == TARGET_CONSOLE ? PERMISSION_CONSOLE : PERMISSION_MFP;
}

const char *reason_name(int code)
{
	if (code >= 0 && code < COMPONENT_CODES)
		return component_code_names[code];
	if (code >= REASONS_FROM && code < REASONS_END)
		return reason_names[code - REASONS_FROM];
	return NULL;
}

int reason_find(struct str name)
{
	int i = word_find(component_code_names, name);

	if (i >= 0)
		return i;
	i = word_find(reason_names, name);
	return i < 0 ? -1 : i + REASONS_FROM;
}

bool device_reason_known(struct str keyword)
{
	return word_find(device_reason_names, keyword) >= 0;
}

static struct str without_severity(struct str s)
{
	static const char *const suffixes[] = { "-report", "-warning", "-error" };

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		size_t n = strlen(suffixes[i]);

		/* "in-error" is a keyword of its own. */
		if (s.len > n && memcmp(s.p + s.len - n, suffixes[i], n) == 0 &&
		    !device_reason_known(s))
			return (struct str){ s.p, s.len - n };
	}
	return s;
}

const char *device_reason_of(struct str told)
{
	struct str s = without_severity(str_trim(told));
	int i;

	if (s.len == 0 || str_eq(s, STR("none")))
		return NULL;
	i = word_find(device_reason_names, s);
	return i < 0 ? "other" : device_reason_names[i];
}
