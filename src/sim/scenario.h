/* scenario.h - what a simulated PaperCut server is to be: a JSON file in which everything has a
 * default (docs/protocol.md section 5). */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "base/json.h"

/* How the server behaves as a whole; "normal" but for tests of clients. */
enum sim_mode {
	SIM_NORMAL,
	SIM_SERVER_FAILURE, /* 500 with an HTML page */
	SIM_REDIRECT,       /* "redirect to HTTPS" is switched on */
	SIM_TRUNCATED,      /* JSON that ends too early */
	/* What is known of status URLs, of all of /api: 500 with JSON. */
	SIM_UNHEALTHY,         /* the document that was asked for */
	SIM_UNHEALTHY_VERDICT, /* a verdict in place of it */
	SIM_FAILURE_JSON,      /* an object without "status" */
	SIM_MODES,
};
enum sim_product { SIM_MF, SIM_NG, SIM_PRODUCTS }; /* NG knows no devices */
enum sim_profile { SIM_V22, SIM_OLD16, SIM_V24_SUBSCRIPTION, SIM_PROFILES };

/* Where real servers are known or thought to differ (facts of the vendor's manual, its mirrors,
 * and clients of others); absent is what the profile says. */
enum sim_verdict_member { VERDICT_MESSAGE, VERDICT_COMMENT };
enum sim_held_member { HELD_JOB_COUNT, HELD_JOBS_COUNT };
enum sim_ip_member { IP_LOWER, IP_UPPER };
enum sim_truth_form { TRUTH_BOOLEAN, TRUTH_TEXT };
enum sim_percent_form { PERCENT_REAL, PERCENT_WHOLE };
enum sim_in_error_form { IN_ERROR_OBJECTS, IN_ERROR_TEXTS };
enum sim_minutes_form { MINUTES_CLAMP, MINUTES_REFUSE }; /* beyond 240 */
enum sim_csv_form { CSV_QUOTED, CSV_BARE };              /* RFC 4180, or commas only */
enum sim_token_form { TOKEN_TEXT, TOKEN_LIST, TOKEN_OBJECT };
enum sim_int_tag { INT_TAG_INT, INT_TAG_I4 };
enum sim_text_tag { TEXT_TAGGED, TEXT_BARE };
enum sim_encoding { ENCODING_UTF8, ENCODING_LATIN1, ENCODING_UNSAID };

struct sim_status {
	const char *status;
};
struct sim_seats {
	int64_t used, licensed; /* licensed -1: unlimited, told as a word */
};
struct sim_licence {
	enum json_bool valid;
	int64_t support_days;   /* absent: a subscription tells none */
	int64_t remaining_days; /* absent but on trials and old servers */
	const char *status;     /* the word of an invalid one */
	struct sim_seats *users, *site_servers, *advanced_clients, *devices;
};
struct sim_printer {
	const char *name, *status; /* name: server\queue */
	const char *location, *physical_id;
	int64_t id, held, pages, jobs, last_job_s;
	enum json_bool disabled;
};
struct sim_device {
	const char *name, *type, *status; /* name without "device\" */
	const char *description, *location, *hosting_server, *functions;
	int64_t id, pages, jobs, last_job_s;
	enum json_bool disabled;
};
struct sim_xmlrpc {
	struct json_list allowed; /* addresses or networks (a.b.c.d/bits), texts */
	struct json_list tokens;  /* texts */
	int token_form, int_tag, text_tag, encoding;
	const char *wrong_token; /* the fault's text */
	int64_t users;
};

struct sim_admin {
	const char *name, *password;
	struct json_list allowed;         /* addresses, as of sim_xmlrpc */
	struct json_list allowed_domains; /* origins besides the server's own, texts */
	enum json_bool validate_origin, deny_unknown_origin, hsts;
	int64_t csrf_status;    /* of a refused POST */
	int64_t download_bytes; /* of the log */
};

struct scenario {
	int profile, product, mode;
	int form;             /* enum odd_form: how answers go onto the wire */
	int64_t delay_ms;     /* before an answer's first octet */
	const char *odd_path; /* mode, form and delay are for paths that begin so */
	const char *key, *version, *os;
	int64_t missing_key_status, wrong_key_status; /* 400, 401 or 403 */
	const char *missing_key_text, *wrong_key_text;
	int verdict_member, held_member, ip_member; /* verdict_member -1: as the profile has it */
	int truth_form, percent_form, in_error_form, minutes_form, csv_form;
	int64_t cache_ms, held_cache_ms; /* how long values stay as they are; real servers: 15 s,
					    10 s */
	struct sim_status *database;
	double disk_used_percent, jvm_memory_used_percent, uptime_hours;
	int64_t database_connect_ms, database_active; /* of 420 connections */
	int64_t pages, errors, warnings;              /* an hour's; ten minutes' */
	int64_t print_providers, print_providers_offline;
	int64_t site_servers, site_servers_offline;
	int64_t mobility_print_servers, mobility_print_servers_offline;
	int64_t web_print_servers, web_print_servers_offline;
	struct sim_status *job_ticketing; /* NULL: not installed */
	struct sim_licence *licence;
	struct json_list printers, devices;  /* struct sim_printer *, struct sim_device * */
	int64_t more_printers, more_devices; /* so many made-up ones besides */
	struct sim_xmlrpc *xmlrpc;
	struct sim_admin *admin;
};

/* The defaults alone. */
void scenario_default(struct arena *mem, struct scenario *ret_scenario);
/* ERR_JSON, ERR_INVALID with *ret_problem; the scenario is then as before. */
MUST_USE int scenario_decode(struct str json, struct arena *mem, struct scenario *ret_scenario,
			     struct json_problem *ret_problem);
/* The same from a file; also -errno. */
MUST_USE int scenario_read(const char *path, struct arena *mem, struct scenario *ret_scenario,
			   struct json_problem *ret_problem);

#endif
