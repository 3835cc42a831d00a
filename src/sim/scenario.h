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
	SIM_MODES,
};
enum sim_profile { SIM_V22, SIM_OLD16, SIM_PROFILES };

struct sim_status {
	const char *status;
};
struct sim_licence {
	enum json_bool valid;
	int64_t support_days; /* absent: a subscription tells none */
};
struct sim_printer {
	const char *name, *status;
	int64_t held;
};
struct sim_device {
	const char *name, *type, *status;
};

struct scenario {
	int profile, mode;
	const char *key, *version, *os;
	int64_t wrong_key_status; /* 401, 403 or 400 */
	struct sim_status *database;
	double disk_used_percent, jvm_memory_used_percent, uptime_hours;
	int64_t database_connect_ms, pages, print_providers, print_providers_offline;
	struct sim_licence *licence;
	struct json_list printers, devices; /* struct sim_printer *, struct sim_device * */
};

/* The defaults alone. */
void scenario_default(struct arena *mem, struct scenario *ret_scenario);
/* ERR_JSON, ERR_INVALID with *ret_problem, or -errno; the scenario is then as before. */
MUST_USE int scenario_read(const char *path, struct arena *mem, struct scenario *ret_scenario,
			   struct json_problem *ret_problem);

#endif
