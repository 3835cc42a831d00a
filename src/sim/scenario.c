/* scenario.c - see scenario.h.
 *
 * One set of rows reads the file; what the file leaves unsaid is taken from `defaults`, member by
 * member, by the same rows. */
#include "sim/scenario.h"
#include "base/err.h"
#include "base/file.h"
#include "sim/odd.h"
#include <math.h>
#include <string.h>

#define FILE_MAX         (4 * MIB)
#define ITEMS_MAX        20000
#define FIRST_PRINTER_ID 1002 /* 1001 is the template printer */
#define FIRST_DEVICE_ID  2001
#define DOWNLOAD_MAX     (100LL * 1024 * MIB)

/* clang-format off */
static const char *const profile_names[] = { "v22", "old16", "v24-subscription", NULL };
static const char *const product_names[] = { "MF", "NG", NULL };
static const char *const mode_names[] = {
	"normal", "server_failure", "redirect", "truncated",
	"unhealthy", "unhealthy_verdict", "failure_json", NULL
};
static const char *const verdict_names[] = { "message", "comment", NULL };
static const char *const held_names[] = { "heldJobCountTotal", "heldJobsCountTotal", NULL };
static const char *const ip_names[] = { "ip", "IP", NULL };
static const char *const truth_names[] = { "boolean", "text", NULL };
static const char *const percent_names[] = { "real", "whole", NULL };
static const char *const in_error_names[] = { "objects", "texts", NULL };
static const char *const minutes_names[] = { "clamp", "refuse", NULL };
static const char *const csv_names[] = { "quoted", "bare", NULL };
static const char *const token_names[] = { "text", "list", "object", NULL };
static const char *const int_names[] = { "int", "i4", NULL };
static const char *const text_names[] = { "tagged", "bare", NULL };
static const char *const encoding_names[] = { "utf-8", "iso-8859-1", "unsaid", NULL };

#define AT(type, member) offsetof(struct type, member)
#define TEXT(type, member, most) { #member, JSON_TEXT, AT(type, member), .max = most }
#define INT(type, member)	 { #member, JSON_INT, AT(type, member), .min = 0, .max = INT32_MAX }
#define SIGNED(type, member)	 { #member, JSON_INT, AT(type, member), .min = INT32_MIN, .max = INT32_MAX }
#define CODE(member)		 { #member, JSON_INT, AT(scenario, member), .min = 400, .max = 499 }
#define REAL(member, most)	 { #member, JSON_REAL, AT(scenario, member), .max = most }
#define BOOL(type, member)	 { #member, JSON_BOOL, AT(type, member), .flags = 0 }
#define ENUM(type, member, all)	 { #member, JSON_ENUM, AT(type, member), .names = all }
#define OBJECT(type, member, of) { #member, JSON_OBJECT, AT(type, member), .sub = &of }
#define TEXTS(type, member)	 { #member, JSON_TEXTS, AT(type, member), .max = 100 }
#define LIST(member, of)	 { #member, JSON_LIST, AT(scenario, member), .max = ITEMS_MAX, .sub = &of }
#define SCHEMA(name, type, rows) { name, sizeof(struct type), JSON_OPEN, rows }

static const struct json_field status_fields[] = {
	TEXT(sim_status, status, 200),
	{}
};
static const struct json_schema status_schema = SCHEMA("SimStatus", sim_status, status_fields);

static const struct json_field seats_fields[] = {
	INT(sim_seats, used),
	SIGNED(sim_seats, licensed),
	{}
};
static const struct json_schema seats_schema = SCHEMA("SimSeats", sim_seats, seats_fields);

static const struct json_field licence_fields[] = {
	BOOL(sim_licence, valid),
	SIGNED(sim_licence, support_days),
	SIGNED(sim_licence, remaining_days),
	TEXT(sim_licence, status, 200),
	OBJECT(sim_licence, users, seats_schema),
	OBJECT(sim_licence, site_servers, seats_schema),
	OBJECT(sim_licence, advanced_clients, seats_schema),
	OBJECT(sim_licence, devices, seats_schema),
	{}
};
static const struct json_schema licence_schema = SCHEMA("SimLicence", sim_licence, licence_fields);

static const struct json_field printer_fields[] = {
	{ "name", JSON_TEXT, AT(sim_printer, name), JSON_REQUIRED, .min = 1, .max = 1000 },
	TEXT(sim_printer, status, 200),
	TEXT(sim_printer, location, 200),
	TEXT(sim_printer, physical_id, 200),
	INT(sim_printer, id),
	INT(sim_printer, held),
	INT(sim_printer, pages),
	INT(sim_printer, jobs),
	INT(sim_printer, last_job_s),
	BOOL(sim_printer, disabled),
	{}
};
static const struct json_schema printer_schema = SCHEMA("SimPrinter", sim_printer, printer_fields);

static const struct json_field device_fields[] = {
	{ "name", JSON_TEXT, AT(sim_device, name), JSON_REQUIRED, .min = 1, .max = 1000 },
	TEXT(sim_device, type, 200),
	TEXT(sim_device, status, 200),
	TEXT(sim_device, description, 200),
	TEXT(sim_device, location, 200),
	TEXT(sim_device, hosting_server, 200),
	TEXT(sim_device, functions, 200),
	INT(sim_device, id),
	INT(sim_device, pages),
	INT(sim_device, jobs),
	INT(sim_device, last_job_s),
	BOOL(sim_device, disabled),
	{}
};
static const struct json_schema device_schema = SCHEMA("SimDevice", sim_device, device_fields);

static const struct json_field xmlrpc_fields[] = {
	TEXTS(sim_xmlrpc, allowed),
	TEXTS(sim_xmlrpc, tokens),
	ENUM(sim_xmlrpc, token_form, token_names),
	ENUM(sim_xmlrpc, int_tag, int_names),
	ENUM(sim_xmlrpc, text_tag, text_names),
	ENUM(sim_xmlrpc, encoding, encoding_names),
	TEXT(sim_xmlrpc, wrong_token, 500),
	INT(sim_xmlrpc, users),
	{}
};
static const struct json_schema xmlrpc_schema = SCHEMA("SimXmlrpc", sim_xmlrpc, xmlrpc_fields);

static const struct json_field admin_fields[] = {
	TEXT(sim_admin, name, 200),
	TEXT(sim_admin, password, 200),
	TEXTS(sim_admin, allowed),
	TEXTS(sim_admin, allowed_domains),
	BOOL(sim_admin, validate_origin),
	BOOL(sim_admin, deny_unknown_origin),
	BOOL(sim_admin, hsts),
	{ "csrf_status", JSON_INT, AT(sim_admin, csrf_status), .min = 200, .max = 499 },
	{ "download_bytes", JSON_INT, AT(sim_admin, download_bytes), .max = DOWNLOAD_MAX },
	{}
};
static const struct json_schema admin_schema = SCHEMA("SimAdmin", sim_admin, admin_fields);

static const struct json_field fields[] = {
	ENUM(scenario, profile, profile_names),
	ENUM(scenario, product, product_names),
	ENUM(scenario, mode, mode_names),
	ENUM(scenario, form, odd_form_names),
	INT(scenario, delay_ms),
	TEXT(scenario, odd_path, 500),
	TEXT(scenario, key, 200),
	TEXT(scenario, version, 200),
	TEXT(scenario, os, 200),
	CODE(missing_key_status),
	CODE(wrong_key_status),
	TEXT(scenario, missing_key_text, 500),
	TEXT(scenario, wrong_key_text, 500),
	ENUM(scenario, verdict_member, verdict_names),
	ENUM(scenario, held_member, held_names),
	ENUM(scenario, ip_member, ip_names),
	ENUM(scenario, truth_form, truth_names),
	ENUM(scenario, percent_form, percent_names),
	ENUM(scenario, in_error_form, in_error_names),
	ENUM(scenario, minutes_form, minutes_names),
	ENUM(scenario, csv_form, csv_names),
	INT(scenario, cache_ms),
	INT(scenario, held_cache_ms),
	OBJECT(scenario, database, status_schema),
	REAL(disk_used_percent, 100),
	REAL(jvm_memory_used_percent, 100),
	REAL(uptime_hours, 1000000),
	INT(scenario, database_connect_ms),
	INT(scenario, database_active),
	INT(scenario, pages),
	INT(scenario, errors),
	INT(scenario, warnings),
	INT(scenario, print_providers),
	INT(scenario, print_providers_offline),
	INT(scenario, site_servers),
	INT(scenario, site_servers_offline),
	INT(scenario, mobility_print_servers),
	INT(scenario, mobility_print_servers_offline),
	INT(scenario, web_print_servers),
	INT(scenario, web_print_servers_offline),
	OBJECT(scenario, job_ticketing, status_schema),
	OBJECT(scenario, licence, licence_schema),
	LIST(printers, printer_schema),
	LIST(devices, device_schema),
	{ "more_printers", JSON_INT, AT(scenario, more_printers), .max = ITEMS_MAX },
	{ "more_devices", JSON_INT, AT(scenario, more_devices), .max = ITEMS_MAX },
	OBJECT(scenario, xmlrpc, xmlrpc_schema),
	OBJECT(scenario, admin, admin_schema),
	{}
};
static const struct json_schema schema = SCHEMA("SimScenario", scenario, fields);

static struct sim_printer printer_ricoh = { .name = "prn01\\Ricoh-2F", .held = 4, .pages = 48210, .jobs = 9120 };
static struct sim_printer printer_hp = { .name = "prn01\\HP-1F", .pages = 12004, .jobs = 3001 };
static struct sim_printer printer_kyocera = { .name = "prn01\\Kyocera-3F", .held = 1, .pages = 777, .jobs = 91 };
static struct sim_device device_ricoh = { .name = "mfd-2f", .type = "Ricoh", .pages = 48210, .jobs = 9120 };
static struct sim_device device_kyocera = { .name = "mfd-3f", .type = "Kyocera", .pages = 777, .jobs = 91 };
static void *default_printers[] = { &printer_ricoh, &printer_hp, &printer_kyocera };
static void *default_devices[] = { &device_ricoh, &device_kyocera };

static const struct sim_printer printer_rest = {
	.status = "OK", .location = "Floor 2", .last_job_s = 842, .id = JSON_ABSENT_INT
};
static const struct sim_device device_rest = {
	.type = "Ricoh", .status = "OK", .location = "Floor 2", .functions = "RELEASE_STATION",
	.last_job_s = 842, .id = JSON_ABSENT_INT
};

static struct sim_seats seats_users = { 812, 1000 }, seats_site_servers = { 1, 2 },
			seats_clients = { 0, 0 }, seats_devices = { 12, 15 };
/* Of a licence that is said; one that is not said at all has 213 days. */
static struct sim_licence licence_rest = {
	JSON_TRUE, JSON_ABSENT_INT, JSON_ABSENT_INT, "EXPIRED",
	&seats_users, &seats_site_servers, &seats_clients, &seats_devices,
};
static struct sim_status status_ok = { "OK" };
static char anybody[] = "*", loopback[] = "127.0.0.1", sample_token[] = "sim-token-0123456789";
static void *default_allowed[] = { loopback };
static void *default_tokens[] = { sample_token };
static struct sim_xmlrpc xmlrpc_rest = {
	.allowed = { default_allowed, 1 },
	.tokens = { default_tokens, 1 },
	.wrong_token = "java.lang.Exception: The supplied authentication token is not valid.",
	.users = 812,
};
static void *default_callers[] = { anybody };
static struct sim_admin admin_rest = {
	.name = "admin",
	.password = "sim-password",
	.allowed = { default_callers, 1 },
	.allowed_domains = { default_callers, 0 },
	.validate_origin = JSON_TRUE,
	.deny_unknown_origin = JSON_TRUE,
	.csrf_status = 403,
	.download_bytes = MIB,
};

static const struct scenario defaults = {
	.key = "0123456789abcdefghijklmnopqrstuv",
	.version = "22.0.4 (Build 65000)",
	.os = "Windows Server 2019 - 10.0 ()",
	.missing_key_status = 400,
	.wrong_key_status = 401,
	.missing_key_text = "Missing required auth parameter",
	.wrong_key_text = "Invalid auth parameter",
	.verdict_member = -1,
	.database = &status_ok,
	.disk_used_percent = 49.8,
	.jvm_memory_used_percent = 12.15,
	.uptime_hours = 312.42,
	.database_connect_ms = 1,
	.database_active = 2,
	.pages = 1290,
	.warnings = 3,
	.print_providers = 2,
	.site_servers = 1,
	.mobility_print_servers = 1,
	.licence = &licence_rest,
	.printers = { default_printers, ARRAY_LEN(default_printers) },
	.devices = { default_devices, ARRAY_LEN(default_devices) },
	.xmlrpc = &xmlrpc_rest,
	.admin = &admin_rest,
	.odd_path = "/",
};

static const size_t sizes[] = {
	[JSON_TEXT] = sizeof(char *), [JSON_INT] = sizeof(int64_t), [JSON_REAL] = sizeof(double),
	[JSON_BOOL] = sizeof(int), [JSON_ENUM] = sizeof(int), [JSON_OBJECT] = sizeof(void *),
	[JSON_LIST] = sizeof(struct json_list), [JSON_TEXTS] = sizeof(struct json_list),
};
/* clang-format on */

static bool is_absent(const struct json_field *f, const void *at)
{
	switch (f->type) {
	case JSON_INT:
		return *(const int64_t *)at == JSON_ABSENT_INT;
	case JSON_REAL:
		return isnan(*(const double *)at);
	case JSON_BOOL:
	case JSON_ENUM:
		return *(const int *)at < 0;
	case JSON_LIST:
	case JSON_TEXTS:
		return !((const struct json_list *)at)->items; /* an empty one was said */
	default:
		return !*(void *const *)at;
	}
}

static void complete(struct arena *mem, const struct json_schema *s, void *told, const void *rest);

static void complete_object(struct arena *mem, const struct json_schema *s, void **told,
			    const void *rest)
{
	if (!rest)
		return;
	if (!*told) {
		*told = arena_alloc(mem, s->size);
		json_init(s, *told);
	}
	complete(mem, s, *told, rest);
}

/* What *told leaves unsaid becomes as it is in *rest. */
static void complete(struct arena *mem, const struct json_schema *s, void *told, const void *rest)
{
	for (const struct json_field *f = s->fields; f->name; f++) {
		char *to = (char *)told + f->offset;
		const char *from = (const char *)rest + f->offset;

		if (f->type == JSON_OBJECT)
			complete_object(mem, f->sub, (void **)(void *)to,
					*(void *const *)(const void *)from);
		else if (is_absent(f, to))
			memcpy(to, from, sizes[f->type]);
	}
}

/* A list of our own, `more` items longer. */
static void copy_list(struct arena *mem, const struct json_schema *s, struct json_list *list,
		      size_t more)
{
	void **items = ARENA_ARRAY(mem, void *, list->len + more + 1);

	for (size_t i = 0; i < list->len; i++)
		items[i] = arena_dup(mem, list->items[i], s->size);
	for (size_t i = list->len; i < list->len + more; i++) {
		items[i] = arena_alloc(mem, s->size);
		json_init(s, items[i]);
	}
	list->items = items;
	list->len += more;
}

static void complete_printers(struct arena *mem, struct scenario *s)
{
	size_t told = s->printers.len;

	copy_list(mem, &printer_schema, &s->printers, (size_t)s->more_printers);
	for (size_t i = 0; i < s->printers.len; i++) {
		struct sim_printer *p = s->printers.items[i];

		if (i >= told)
			p->name = arena_printf(mem, "prn%02zu\\Queue-%05zu", i / 500 + 1, i);
		complete(mem, &printer_schema, p, &printer_rest);
		if (p->id == JSON_ABSENT_INT || p->id == 0)
			p->id = FIRST_PRINTER_ID + (int64_t)i;
	}
}

static void complete_devices(struct arena *mem, struct scenario *s)
{
	size_t told = s->devices.len;

	if (s->product == SIM_NG) {
		s->devices = (struct json_list){};
		return;
	}
	copy_list(mem, &device_schema, &s->devices, (size_t)s->more_devices);
	for (size_t i = 0; i < s->devices.len; i++) {
		struct sim_device *d = s->devices.items[i];

		if (i >= told)
			d->name = arena_printf(mem, "mfd-%05zu", i);
		complete(mem, &device_schema, d, &device_rest);
		if (d->id == JSON_ABSENT_INT || d->id == 0)
			d->id = FIRST_DEVICE_ID + (int64_t)i;
	}
}

static void fill(struct arena *mem, struct scenario *s)
{
	bool licence_said = s->licence != NULL;

	complete(mem, &schema, s, &defaults);
	if (!licence_said)
		s->licence->support_days = 213;
	complete_printers(mem, s);
	complete_devices(mem, s);
}

void scenario_default(struct arena *mem, struct scenario *ret_scenario)
{
	json_init(&schema, ret_scenario);
	fill(mem, ret_scenario);
}

int scenario_decode(struct str json, struct arena *mem, struct scenario *ret_scenario,
		    struct json_problem *ret_problem)
{
	struct scenario s;
	int rc = json_decode(&schema, json.p, json.len, mem, &s, ret_problem);

	if (rc < 0)
		return rc;
	fill(mem, &s);
	*ret_scenario = s;
	return 0;
}

int scenario_read(const char *path, struct arena *mem, struct scenario *ret_scenario,
		  struct json_problem *ret_problem)
{
	struct buf file = buf_new(FILE_MAX);
	int rc = file_read(path, &file);

	if (rc == 0)
		rc = scenario_decode(buf_str(&file), mem, ret_scenario, ret_problem);
	buf_done(&file);
	return rc;
}
