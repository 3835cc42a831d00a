/* scenario.c - see scenario.h. */
#include "sim/scenario.h"
#include "base/err.h"
#include "base/file.h"
#include <math.h>

#define FILE_MAX  (4 * MIB)
#define ITEMS_MAX 20000

static const char *const profile_names[] = { "v22", "old16", NULL };
static const char *const mode_names[] = { "normal", "server_failure", "redirect", "truncated",
					  NULL };

/* clang-format off */
#define AT(type, member) offsetof(struct type, member)
static const struct json_field status_fields[] = {
	{ "status",	JSON_TEXT,	AT(sim_status, status), .max = 200 },
	{}
};
static const struct json_schema status_schema = {
	"SimStatus", sizeof(struct sim_status), JSON_OPEN, status_fields
};
static const struct json_field licence_fields[] = {
	{ "valid",	  JSON_BOOL,	AT(sim_licence, valid), .flags = 0 },
	{ "support_days", JSON_INT,	AT(sim_licence, support_days), .flags = 0 },
	{}
};
static const struct json_schema licence_schema = {
	"SimLicence", sizeof(struct sim_licence), JSON_OPEN, licence_fields
};
static const struct json_field printer_fields[] = {
	{ "name",	JSON_TEXT,	AT(sim_printer, name), JSON_REQUIRED, .min = 1, .max = 1000 },
	{ "status",	JSON_TEXT,	AT(sim_printer, status), .max = 200 },
	{ "held",	JSON_INT,	AT(sim_printer, held), .flags = 0 },
	{}
};
static const struct json_schema printer_schema = {
	"SimPrinter", sizeof(struct sim_printer), JSON_OPEN, printer_fields
};
static const struct json_field device_fields[] = {
	{ "name",	JSON_TEXT,	AT(sim_device, name), JSON_REQUIRED, .min = 1, .max = 1000 },
	{ "type",	JSON_TEXT,	AT(sim_device, type), .max = 200 },
	{ "status",	JSON_TEXT,	AT(sim_device, status), .max = 200 },
	{}
};
static const struct json_schema device_schema = {
	"SimDevice", sizeof(struct sim_device), JSON_OPEN, device_fields
};
static const struct json_field fields[] = {
	{ "profile",	JSON_ENUM,	AT(scenario, profile), .names = profile_names },
	{ "mode",	JSON_ENUM,	AT(scenario, mode), .names = mode_names },
	{ "key",	JSON_TEXT,	AT(scenario, key), .max = 200 },
	{ "wrong_key_status", JSON_INT,	AT(scenario, wrong_key_status), .min = 400, .max = 499 },
	{ "version",	JSON_TEXT,	AT(scenario, version), .max = 200 },
	{ "os",		JSON_TEXT,	AT(scenario, os), .max = 200 },
	{ "database",	JSON_OBJECT,	AT(scenario, database), .sub = &status_schema },
	{ "database_connect_ms", JSON_INT, AT(scenario, database_connect_ms), .flags = 0 },
	{ "disk_used_percent", JSON_REAL, AT(scenario, disk_used_percent), .max = 100 },
	{ "jvm_memory_used_percent", JSON_REAL, AT(scenario, jvm_memory_used_percent), .max = 100 },
	{ "uptime_hours", JSON_REAL,	AT(scenario, uptime_hours), .max = 1000000 },
	{ "pages",	JSON_INT,	AT(scenario, pages), .flags = 0 },
	{ "print_providers", JSON_INT,	AT(scenario, print_providers), .flags = 0 },
	{ "print_providers_offline", JSON_INT, AT(scenario, print_providers_offline), .flags = 0 },
	{ "licence",	JSON_OBJECT,	AT(scenario, licence), .sub = &licence_schema },
	{ "printers",	JSON_LIST,	AT(scenario, printers), .max = ITEMS_MAX, .sub = &printer_schema },
	{ "devices",	JSON_LIST,	AT(scenario, devices), .max = ITEMS_MAX, .sub = &device_schema },
	{}
};
static const struct json_schema schema = {
	"SimScenario", sizeof(struct scenario), JSON_OPEN, fields
};

static const struct sim_printer default_printers[] = {
	{ "prn01\\Ricoh-2F", "OK", 4 },
	{ "prn01\\HP-1F", "OK", 0 },
	{ "prn01\\Kyocera-3F", "OK", 1 },
};
static const struct sim_device default_devices[] = {
	{ "mfd-2f", "Ricoh", "OK" },
	{ "mfd-3f", "Kyocera", "OK" },
};
/* clang-format on */

static int64_t number(int64_t told, int64_t otherwise)
{
	return told == JSON_ABSENT_INT ? otherwise : told;
}

static double real(double told, double otherwise)
{
	return isnan(told) ? otherwise : told;
}

static const char *text(const char *told, const char *otherwise)
{
	return told ? told : otherwise;
}

/* An empty list stays empty: a server without devices. */
static void fill_lists(struct arena *mem, struct scenario *s)
{
	if (!s->printers.items) {
		s->printers.len = ARRAY_LEN(default_printers);
		s->printers.items = ARENA_ARRAY(mem, void *, s->printers.len);
		for (size_t i = 0; i < s->printers.len; i++)
			s->printers.items[i] =
				arena_dup(mem, &default_printers[i], sizeof(default_printers[i]));
	}
	if (!s->devices.items) {
		s->devices.len = ARRAY_LEN(default_devices);
		s->devices.items = ARENA_ARRAY(mem, void *, s->devices.len);
		for (size_t i = 0; i < s->devices.len; i++)
			s->devices.items[i] =
				arena_dup(mem, &default_devices[i], sizeof(default_devices[i]));
	}
	for (size_t i = 0; i < s->printers.len; i++) {
		struct sim_printer *p = s->printers.items[i];

		p->status = text(p->status, "OK");
		p->held = number(p->held, 0);
	}
	for (size_t i = 0; i < s->devices.len; i++) {
		struct sim_device *d = s->devices.items[i];

		d->status = text(d->status, "OK");
		d->type = text(d->type, "Ricoh");
	}
}

static void fill(struct arena *mem, struct scenario *s)
{
	s->profile = s->profile < 0 ? SIM_V22 : s->profile;
	s->mode = s->mode < 0 ? SIM_NORMAL : s->mode;
	s->key = text(s->key, "0123456789abcdefghijklmnopqrstuv");
	s->wrong_key_status = number(s->wrong_key_status, 401);
	s->version = text(s->version, "22.0.4 (Build 65000)");
	s->os = text(s->os, "Windows Server 2019 - 10.0 ()");
	s->disk_used_percent = real(s->disk_used_percent, 49.8);
	s->jvm_memory_used_percent = real(s->jvm_memory_used_percent, 12.15);
	s->uptime_hours = real(s->uptime_hours, 312.42);
	s->database_connect_ms = number(s->database_connect_ms, 1);
	s->pages = number(s->pages, 1290);
	s->print_providers = number(s->print_providers, 2);
	s->print_providers_offline = number(s->print_providers_offline, 0);
	if (!s->database)
		s->database = ARENA_NEW(mem, struct sim_status);
	s->database->status = text(s->database->status, "OK");
	if (!s->licence) {
		s->licence = ARENA_NEW(mem, struct sim_licence);
		s->licence->valid = JSON_TRUE;
		s->licence->support_days = 213;
	}
	if (s->licence->valid == JSON_UNSAID)
		s->licence->valid = JSON_TRUE;
}

void scenario_default(struct arena *mem, struct scenario *ret_scenario)
{
	json_init(&schema, ret_scenario);
	fill(mem, ret_scenario);
	fill_lists(mem, ret_scenario);
}

int scenario_read(const char *path, struct arena *mem, struct scenario *ret_scenario,
		  struct json_problem *ret_problem)
{
	struct buf file = buf_new(FILE_MAX);
	struct scenario s;
	int rc;

	rc = file_read(path, &file);
	if (rc == 0)
		rc = json_decode(&schema, file.data, file.len, mem, &s, ret_problem);
	if (rc == 0) {
		fill(mem, &s);
		fill_lists(mem, &s);
		*ret_scenario = s;
	}
	buf_done(&file);
	return rc;
}
