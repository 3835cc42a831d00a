/* words.h - the domain's words: enumerations and the one spelling each has on the wire.
 *
 * A row is a word.  The numbers are stored in the hub's database, so rows are only ever added at
 * the end of their list.  Each list makes an enumeration, its count and a NULL-terminated table of
 * names, which is what base/json.h takes for JSON_ENUM.  Constant, thread-safe. */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include "base/buf.h"

/* clang-format off */
/* What the hub concludes about a site. */
#define SITE_STATUS_WORDS(X) \
	X(SITE_OK,		"ok") \
	X(SITE_WARNING,		"warning") \
	X(SITE_ERROR,		"error") \
	X(SITE_OFFLINE,		"offline") \
	X(SITE_MONITORING_OFF,	"monitoring_off") \
	X(SITE_NEVER_CONNECTED,	"never_connected") \
	X(SITE_REVOKED,		"revoked")

/* The parts of a print system whose health is told apart. */
#define COMPONENT_KIND_WORDS(X) \
	X(COMPONENT_APPLICATION_SERVER,	"application_server") \
	X(COMPONENT_DATABASE,		"database") \
	X(COMPONENT_DEVICES,		"devices") \
	X(COMPONENT_PRINTERS,		"printers") \
	X(COMPONENT_PRINT_PROVIDERS,	"print_providers") \
	X(COMPONENT_LICENCE,		"licence") \
	X(COMPONENT_SITE_SERVERS,	"site_servers") \
	X(COMPONENT_MOBILITY_PRINT,	"mobility_print_servers") \
	X(COMPONENT_WEB_PRINT,		"web_print_servers") \
	X(COMPONENT_JOB_TICKETING,	"job_ticketing")

#define COMPONENT_STATE_WORDS(X) \
	X(STATE_OK,		"ok") \
	X(STATE_WARNING,	"warning") \
	X(STATE_ERROR,		"error") \
	X(STATE_UNKNOWN,	"unknown")

/* Why a component is in its state: a closed set, because the print server's own error texts may
 * carry addresses and names and never leave the site. */
#define COMPONENT_CODE_WORDS(X) \
	X(CODE_REACHABLE,	"reachable") \
	X(CODE_UNREACHABLE,	"unreachable") \
	X(CODE_KEY_REFUSED,	"key_refused") \
	X(CODE_UNEXPECTED,	"unexpected_answer") \
	X(CODE_FAULT,		"fault") \
	X(CODE_NONE_IN_ERROR,	"none_in_error") \
	X(CODE_SOME_IN_ERROR,	"some_in_error") \
	X(CODE_ALL_IN_ERROR,	"all_in_error") \
	X(CODE_ALL_ONLINE,	"all_online") \
	X(CODE_SOME_OFFLINE,	"some_offline") \
	X(CODE_LICENCE_VALID,	"licence_valid") \
	X(CODE_LICENCE_INVALID,	"licence_invalid") \
	X(CODE_NOT_READ,	"not_read") \
	X(CODE_TOO_SLOW,	"too_slow")

/* Why a site has its status: the components' codes, and what only the hub can see. */
#define REASON_WORDS(X) \
	X(REASON_SILENT,		"silent") \
	X(REASON_COPIED,		"copied") \
	X(REASON_NO_REPORT,		"no_report") \
	X(REASON_STALE,			"stale") \
	X(REASON_DISK_LOW,		"disk_low") \
	X(REASON_SUPPORT_ENDING,	"support_ending") \
	X(REASON_SUPPORT_ENDED,		"support_ended") \
	X(REASON_MONITORING_OFF,	"monitoring_off") \
	X(REASON_NEVER_CONNECTED,	"never_connected") \
	X(REASON_REVOKED,		"revoked") \
	X(REASON_STORAGE_FULL,		"storage_full") \
	X(REASON_STORAGE_FAILED,	"storage_failed") \
	X(REASON_DATABASE_SLOW,		"database_slow") \
	X(REASON_MEMORY_HIGH,		"memory_high") \
	X(REASON_RESTARTING,		"restarting") \
	X(REASON_CLOCK_SKEW,		"clock_skew") \
	X(REASON_LICENCE_ENDING,	"licence_ending") \
	X(REASON_LICENCE_ENDED,		"licence_ended") \
	X(REASON_HELD_JOBS,		"held_jobs") \
	X(REASON_VULNERABLE_VERSION,	"vulnerable_version")

/* What the hub looks at in a site, one row of model/rule.c each.  `some` and `all` are of components
 * that are counted. */
#define RULE_WORDS(X) \
	X(RULE_SILENT,			"silent") \
	X(RULE_NO_REPORT,		"no_report") \
	X(RULE_STALE,			"stale") \
	X(RULE_CLOCK_SKEW,		"clock_skew") \
	X(RULE_COPIED,			"copied") \
	X(RULE_STORAGE_FULL,		"storage_full") \
	X(RULE_STORAGE_FAILED,		"storage_failed") \
	X(RULE_SERVER_DOWN,		"server_down") \
	X(RULE_SERVER_UNREADABLE,	"server_unreadable") \
	X(RULE_RESTARTING,		"restarting") \
	X(RULE_VULNERABLE_VERSION,	"vulnerable_version") \
	X(RULE_DISK_FULL,		"disk_full") \
	X(RULE_DISK_LOW,		"disk_low") \
	X(RULE_MEMORY_HIGH,		"memory_high") \
	X(RULE_DATABASE_DOWN,		"database_down") \
	X(RULE_DATABASE_SLOW,		"database_slow") \
	X(RULE_LICENCE_INVALID,		"licence_invalid") \
	X(RULE_LICENCE_ENDED,		"licence_ended") \
	X(RULE_LICENCE_ENDING,		"licence_ending") \
	X(RULE_SUPPORT_ENDED,		"support_ended") \
	X(RULE_SUPPORT_ENDING,		"support_ending") \
	X(RULE_PRINT_PROVIDERS_ALL,	"print_providers_all") \
	X(RULE_PRINT_PROVIDERS_SOME,	"print_providers_some") \
	X(RULE_SITE_SERVERS_ALL,	"site_servers_all") \
	X(RULE_SITE_SERVERS_SOME,	"site_servers_some") \
	X(RULE_MOBILITY_PRINT_ALL,	"mobility_print_all") \
	X(RULE_MOBILITY_PRINT_SOME,	"mobility_print_some") \
	X(RULE_WEB_PRINT_ALL,		"web_print_all") \
	X(RULE_WEB_PRINT_SOME,		"web_print_some") \
	X(RULE_JOB_TICKETING,		"job_ticketing") \
	X(RULE_DEVICES_ALL,		"devices_all") \
	X(RULE_DEVICES_SOME,		"devices_some") \
	X(RULE_PRINTERS_ALL,		"printers_all") \
	X(RULE_PRINTERS_SOME,		"printers_some") \
	X(RULE_HELD_JOBS,		"held_jobs")

/* What it amounts to when a rule holds. */
#define SEVERITY_WORDS(X) \
	X(SEVERITY_OFF,		"off") \
	X(SEVERITY_WARNING,	"warning") \
	X(SEVERITY_ERROR,	"error") \
	X(SEVERITY_OFFLINE,	"offline")

/* In what a rule's threshold and value are counted. */
#define RULE_UNIT_WORDS(X) \
	X(UNIT_SECONDS,		"seconds") \
	X(UNIT_MILLISECONDS,	"ms") \
	X(UNIT_PERCENT,		"percent") \
	X(UNIT_DAYS,		"days") \
	X(UNIT_COUNT,		"count")

/* Who decided what counts of a rule. */
#define RULE_ORIGIN_WORDS(X) \
	X(RULE_OF_DEFAULT,	"default") \
	X(RULE_OF_PROVIDER,	"provider") \
	X(RULE_OF_SITE,		"site")

/* Whether the connector can store what it reads. */
#define STORAGE_STATE_WORDS(X) \
	X(STORAGE_OK,		"ok") \
	X(STORAGE_FULL,		"full") \
	X(STORAGE_FAILED,	"failed")

#define PERMISSION_WORDS(X) \
	X(PERMISSION_MONITORING,	"monitoring") \
	X(PERMISSION_CONSOLE,		"console") \
	X(PERMISSION_MFP,		"mfp")

#define SWITCH_WORDS(X) \
	X(SWITCH_OFF,	"off") \
	X(SWITCH_ASK,	"ask") \
	X(SWITCH_ON,	"on")

#define DEVICE_STATE_WORDS(X) \
	X(DEVICE_IDLE,		"idle") \
	X(DEVICE_PROCESSING,	"processing") \
	X(DEVICE_STOPPED,	"stopped") \
	X(DEVICE_ERROR,		"error") \
	X(DEVICE_OFFLINE,	"offline") \
	X(DEVICE_UNKNOWN,	"unknown")

/* The code that reads a print server. */
#define SOURCE_WORDS(X) \
	X(SOURCE_PAPERCUT,	"papercut") \
	X(SOURCE_CUPS,		"cups")

#define PRODUCT_WORDS(X) \
	X(PRODUCT_PAPERCUT_MF,	"PaperCut MF") \
	X(PRODUCT_PAPERCUT_NG,	"PaperCut NG") \
	X(PRODUCT_PAPERCUT,	"PaperCut MF/NG") \
	X(PRODUCT_CUPS,		"CUPS")

#define EDITION_WORDS(X) \
	X(EDITION_MF,	"MF") \
	X(EDITION_NG,	"NG")

/* Families only: builds and patch levels say more about a site than its provider needs. */
#define SERVER_OS_WORDS(X) \
	X(SERVER_OS_WINDOWS,	"Windows") \
	X(SERVER_OS_LINUX,	"Linux") \
	X(SERVER_OS_MACOS,	"macOS") \
	X(SERVER_OS_OTHER,	"other")

/* base/os.h, os_family() */
#define CONNECTOR_OS_WORDS(X) \
	X(CONNECTOR_OS_LINUX,	"linux") \
	X(CONNECTOR_OS_WINDOWS,	"windows") \
	X(CONNECTOR_OS_MACOS,	"macos")

/* Where a licence value comes from. */
#define ORIGIN_WORDS(X) \
	X(ORIGIN_SERVER,	"server") \
	X(ORIGIN_CUSTOMER,	"customer") \
	X(ORIGIN_PROVIDER,	"provider")

/* How soon something has to be done about a licence: model/licence.h. */
#define RENEWAL_WORDS(X) \
	X(RENEWAL_ENDED,	"ended") \
	X(RENEWAL_WITHIN_30,	"within_30") \
	X(RENEWAL_WITHIN_60,	"within_60") \
	X(RENEWAL_WITHIN_90,	"within_90") \
	X(RENEWAL_LATER,	"later") \
	X(RENEWAL_UNKNOWN,	"unknown")

/* What a licence counts. */
#define SEAT_WORDS(X) \
	X(SEAT_USERS,			"users") \
	X(SEAT_SITE_SERVERS,		"site_servers") \
	X(SEAT_ADVANCED_CLIENTS,	"advanced_clients") \
	X(SEAT_DEVICES,			"devices")

/* What a print server is seen to do beyond printing. */
#define FEATURE_WORDS(X) \
	X(FEATURE_DEVICES,		"devices") \
	X(FEATURE_HELD_JOBS,		"held_jobs") \
	X(FEATURE_WEB_PRINT,		"web_print") \
	X(FEATURE_MOBILITY_PRINT,	"mobility_print") \
	X(FEATURE_SITE_SERVERS,		"site_servers") \
	X(FEATURE_JOB_TICKETING,	"job_ticketing") \
	X(FEATURE_ADVANCED_CLIENTS,	"advanced_clients")

#define COMMAND_WORDS(X) \
	X(COMMAND_REPORT_NOW,		"report_now") \
	X(COMMAND_OPEN_SESSION,		"open_session") \
	X(COMMAND_CLOSE_SESSION,	"close_session") \
	X(COMMAND_UPDATE_AVAILABLE,	"update_available")
/* clang-format on */

#define WORD_NUMBER(number, name) number,
enum site_status { SITE_STATUS_WORDS(WORD_NUMBER) SITE_STATUSES };
enum component_kind { COMPONENT_KIND_WORDS(WORD_NUMBER) COMPONENT_KINDS };
enum component_state { COMPONENT_STATE_WORDS(WORD_NUMBER) COMPONENT_STATES };
enum component_code { COMPONENT_CODE_WORDS(WORD_NUMBER) COMPONENT_CODES };
#define REASONS_FROM 64 /* below, a reason is an enum component_code */
enum reason_code { REASONS_BELOW = REASONS_FROM - 1, REASON_WORDS(WORD_NUMBER) REASONS_END };
enum rule { RULE_WORDS(WORD_NUMBER) RULES };
enum severity { SEVERITY_WORDS(WORD_NUMBER) SEVERITIES };
enum rule_unit { RULE_UNIT_WORDS(WORD_NUMBER) RULE_UNITS };
enum rule_origin { RULE_ORIGIN_WORDS(WORD_NUMBER) RULE_ORIGINS };
enum storage_state { STORAGE_STATE_WORDS(WORD_NUMBER) STORAGE_STATES };
enum permission { PERMISSION_WORDS(WORD_NUMBER) PERMISSIONS };
enum switch_state { SWITCH_WORDS(WORD_NUMBER) SWITCH_STATES };
enum device_state { DEVICE_STATE_WORDS(WORD_NUMBER) DEVICE_STATES };
enum source { SOURCE_WORDS(WORD_NUMBER) SOURCES };
enum product { PRODUCT_WORDS(WORD_NUMBER) PRODUCTS };
enum edition { EDITION_WORDS(WORD_NUMBER) EDITIONS };
enum server_os { SERVER_OS_WORDS(WORD_NUMBER) SERVER_OSES };
enum connector_os { CONNECTOR_OS_WORDS(WORD_NUMBER) CONNECTOR_OSES };
enum origin { ORIGIN_WORDS(WORD_NUMBER) ORIGINS };
enum renewal { RENEWAL_WORDS(WORD_NUMBER) RENEWALS };
enum seat { SEAT_WORDS(WORD_NUMBER) SEATS };
enum feature { FEATURE_WORDS(WORD_NUMBER) FEATURES };
enum command_kind { COMMAND_WORDS(WORD_NUMBER) COMMAND_KINDS };

/* clang-format off */
extern const char *const site_status_names[], *const component_kind_names[],
	*const component_state_names[], *const component_code_names[], *const permission_names[],
	*const switch_names[], *const device_state_names[], *const source_names[],
	*const product_names[], *const edition_names[], *const server_os_names[],
	*const connector_os_names[], *const origin_names[], *const renewal_names[], *const seat_names[], *const feature_names[],
	*const command_names[], *const storage_state_names[], *const rule_names[],
	*const severity_names[], *const rule_unit_names[], *const rule_origin_names[];
/* clang-format on */
/* `monitoring` knows no "ask": indices 0 off, 1 on. */
extern const char *const monitoring_names[];

/* The index of `name` in `names`, or -1. */
int word_find(const char *const *names, struct str name);
/* The name of a component's code or of a reason; NULL if there is none. */
const char *reason_name(int code);
int reason_find(struct str name); /* -1 if there is none */

/* A device's reasons are the printer-state-reasons of RFC 8011 section 5.4.12 and PWG 5100.9 that
 * we know; a print server may tell any text there, so that everything else becomes "other".  The
 * severity suffix (-report, -warning, -error) is left off.  Static storage; NULL for "none" or
 * nothing. */
const char *device_reason_of(struct str told);
bool device_reason_known(struct str keyword);
extern const char *const device_reason_names[];

#include "model/session_words.h"

#endif
