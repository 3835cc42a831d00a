/* papercut_read.c - PaperCut's documents, read as tolerantly as they differ between versions.
 *
 * The vendor promises no schema: members come and go, `valid` is a boolean or a text, percents are
 * integers or reals, a device's status is flat or nested.  So nothing here is required, whatever
 * does not fit is left unknown, and no text of the server goes anywhere but into the closed words
 * of model/ (and a device's name, which collect.c masks). */
#include "connector/source/papercut.h"
#include "connector/source/papercut_tree.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const int papercut_kinds[] = {
	COMPONENT_DATABASE, COMPONENT_DEVICES, COMPONENT_PRINTERS, COMPONENT_PRINT_PROVIDERS,
	COMPONENT_LICENCE, -1,
};

struct device_words {
	const char *told;
	int state;
	const char *reason; /* RFC 8011's keyword, or NULL */
};

/* "System Health API: printer status"; what is not listed is DEVICE_UNKNOWN with "other". */
static const struct device_words printer_words[] = {
	{ "OK",			DEVICE_IDLE,	NULL },
	{ "PAPER_JAM",		DEVICE_ERROR,	"media-jam" },
	{ "PAPER_OUT",		DEVICE_ERROR,	"media-empty" },
	{ "PAPER_PROBLEM",	DEVICE_ERROR,	"paper-problem" },
	{ "OUTPUT_BIN_FULL",	DEVICE_ERROR,	"output-area-full" },
	{ "NOT_AVAILABLE",	DEVICE_OFFLINE,	"not-available" },
	{ "NO_TONER",		DEVICE_ERROR,	"toner-empty" },
	{ "OUT_OF_MEMORY",	DEVICE_ERROR,	"out-of-memory" },
	{ "OFFLINE",		DEVICE_OFFLINE,	"offline" },
	{ "DOOR_OPEN",		DEVICE_ERROR,	"door-open" },
	{ "USER_INTERVENTION",	DEVICE_ERROR,	"user-intervention" },
	{ "ERROR",		DEVICE_ERROR,	NULL },
	{ "UNKNOWN",		DEVICE_UNKNOWN,	NULL },
	{}
};
static const struct device_words device_words[] = {
	{ "OK",			DEVICE_IDLE,	NULL },
	{ "WARNING",		DEVICE_IDLE,	"other" },
	{ "ERROR",		DEVICE_ERROR,	NULL },
	{}
};
/* clang-format on */

/* --- the full document -------------------------------------------------------------------------
 */

static int os_of(struct str told)
{
	static const struct {
		const char *word;
		int os;
	} words[] = { { "windows", SERVER_OS_WINDOWS },
		      { "linux", SERVER_OS_LINUX },
		      { "mac", SERVER_OS_MACOS },
		      { "darwin", SERVER_OS_MACOS } };

	if (told.len == 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t n = strlen(words[i].word);

		if (told.len >= n &&
		    str_eq_nocase((struct str){ told.p, n }, str_of(words[i].word)))
			return words[i].os;
	}
	return SERVER_OS_OTHER;
}

static void read_server(const struct node *root, struct reading *r)
{
	const struct node *info = told_member(told_member(root, "applicationServer"), "systemInfo");
	struct str version = told_text(told_member(info, "version"));
	char cut[VERSION_SIZE];

	r->server = REPORT_NEW(&r->mem, struct report_server, &report_server_schema);
	r->server->product = PRODUCT_PAPERCUT;
	if (version_of(version, cut))
		r->server->version = arena_strdup(&r->mem, cut);
	r->server->os = os_of(told_text(told_member(info, "operatingSystem")));
	/* Only MF has devices; without one it may be either. */
	if (told_count(told_member(told_member(root, "devices"), "count")) > 0) {
		r->server->product = PRODUCT_PAPERCUT_MF;
		r->server->edition = EDITION_MF;
	}
}

static void read_metrics(const struct node *root, struct reading *r)
{
	const struct node *m = told_member(told_member(root, "applicationServer"), "systemMetrics");
	struct report_health *h = r->health;
	double uptime = told_number(told_member(m, "uptimeHours"));

	h->disk_used_percent =
		told_percent(told_either(m, "diskSpaceUsedPercentage", "diskSpaceUsedPercent"));
	h->jvm_memory_used_percent =
		told_percent(told_either(m, "jvmMemoryUsedPercentage", "jvmMemoryUsedPercent"));
	h->uptime_hours = uptime >= 0 ? uptime : NAN;
	h->database_connect_ms =
		told_count(told_member(told_member(root, "database"), "timeToConnectMilliseconds"));
}

/* The text of a "status", which is either a word or an object that holds it. */
static struct str status_of(const struct node *n)
{
	const struct node *status = told_member(n, "status");

	if (status && node_kind(status) == NODE_OBJECT)
		status = told_member(status, "status");
	return str_trim(told_text(status));
}

static bool is_ok(struct str status)
{
	return str_eq_nocase(status, STR("OK"));
}

static void read_database(const struct node *root, struct reading *r)
{
	struct report_component *c = reading_component(r, COMPONENT_DATABASE);
	struct str status = status_of(told_member(root, "database"));

	if (status.len == 0)
		return;
	if (is_ok(status)) {
		c->state = STATE_OK;
		c->code = CODE_REACHABLE;
	} else {
		c->state = STATE_ERROR;
		c->code = CODE_FAULT;
	}
}

static void read_counts(const struct node *root, const char *name, enum component_kind kind,
			struct reading *r)
{
	const struct node *n = told_member(root, name);
	const struct node *list = told_member(n, "inError");
	int64_t in_error = told_count(told_member(n, "inErrorCount"));

	if (!n)
		return;
	if (in_error == JSON_ABSENT_INT && list)
		in_error = (int64_t)told_items(list);
	component_count(reading_component(r, kind), told_count(told_member(n, "count")), in_error);
}

/* Parts that are told as a number, some of them offline; what was read of each, told or not. */
static const struct {
	const char *name;
	int kind, feature; /* feature: that there is one says that it is used; -1: says nothing */
} parts[] = {
	{ "printProviders", COMPONENT_PRINT_PROVIDERS, -1 },
	{ "siteServers", COMPONENT_SITE_SERVERS, FEATURE_SITE_SERVERS },
	{ "mobilityPrintServers", COMPONENT_MOBILITY_PRINT, FEATURE_MOBILITY_PRINT },
	{ "webPrint", COMPONENT_WEB_PRINT, FEATURE_WEB_PRINT },
};

static struct report_part *add_part(struct reading *r, int kind, int64_t total, int64_t down)
{
	struct report_part *part = REPORT_NEW(&r->mem, struct report_part, &report_part_schema);
	struct report_component c;

	component_count(&c, total, down);
	*part = (struct report_part){ kind, c.state, total, down };
	report_list_add(&r->mem, &r->infrastructure->parts, part);
	return part;
}

static void add_feature(struct reading *r, int feature)
{
	if (feature >= 0)
		report_list_add(&r->mem, &r->usage->features,
				(void *)(uintptr_t)feature_names[feature]);
}

static int64_t offline(const struct node *n)
{
	const struct node *list = told_member(n, "offline");
	int64_t count = told_count(told_member(n, "offlineCount"));

	return count == JSON_ABSENT_INT && list ? (int64_t)told_items(list) : count;
}

/* Health has told of print providers since before there was a section for infrastructure. */
static void add_print_providers(struct reading *r, const struct report_part *part)
{
	struct report_component *c = reading_component(r, COMPONENT_PRINT_PROVIDERS);

	component_count(c, part->total, part->down);
	if (c->state == STATE_OK)
		c->code = CODE_ALL_ONLINE;
	else if (c->state != STATE_UNKNOWN)
		c->code = CODE_SOME_OFFLINE;
}

static void read_parts(const struct node *root, struct reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const struct node *n = told_member(root, parts[i].name);
		int64_t total = told_count(told_member(n, "count")), down = offline(n);
		const struct report_part *part;

		/* None of a kind is no part of this print system. */
		if (!n || total == 0)
			continue;
		/* Web Print tells no count: then only one that is down shows that there is any. */
		if (total == JSON_ABSENT_INT && down <= 0)
			continue;
		part = add_part(r, parts[i].kind, total, down);
		add_feature(r, parts[i].feature);
		if (parts[i].kind == COMPONENT_PRINT_PROVIDERS)
			add_print_providers(r, part);
	}
}

/* An absent product answers like one in error; only its text tells them apart. */
static void read_job_ticketing(const struct node *root, struct reading *r)
{
	const struct node *n = told_member(root, "jobTicketing");
	struct str word = status_of(n);
	struct str why = told_text(told_either(told_member(n, "status"), "message", "comment"));

	if (word.len == 0 || str_has_nocase(why, STR("not installed")))
		return;
	add_part(r, COMPONENT_JOB_TICKETING, 1, is_ok(word) ? 0 : 1);
	add_feature(r, FEATURE_JOB_TICKETING);
}

static void read_usage(const struct node *root, struct reading *r)
{
	const struct node *printers = told_member(root, "printers");

	r->usage->held_jobs =
		told_count(told_either(printers, "heldJobCountTotal", "heldJobsCountTotal"));
	if (told_count(told_member(told_member(root, "devices"), "count")) > 0)
		add_feature(r, FEATURE_DEVICES);
	if (r->usage->held_jobs > 0)
		add_feature(r, FEATURE_HELD_JOBS);
}

static const struct {
	const char *name;
	int kind;
} seats[] = {
	{ "users", SEAT_USERS },
	{ "siteServers", SEAT_SITE_SERVERS },
	{ "advancedClients", SEAT_ADVANCED_CLIENTS },
	{ "devices", SEAT_DEVICES },
};

/* Unlimited editions tell no number for what is licensed: that stays unknown. */
static void read_seats(const struct node *licence, struct reading *r)
{
	for (size_t i = 0; i < ARRAY_LEN(seats); i++) {
		const struct node *n = told_member(licence, seats[i].name);
		struct report_seats told = { seats[i].kind, told_count(told_member(n, "used")),
					     told_count(told_member(n, "licensed")) };

		if (told.used == JSON_ABSENT_INT && told.licensed == JSON_ABSENT_INT)
			continue;
		report_list_add(&r->mem, &r->licence->seats,
				arena_dup(&r->mem, &told, sizeof(told)));
		if (told.kind == SEAT_ADVANCED_CLIENTS && told.used > 0)
			add_feature(r, FEATURE_ADVANCED_CLIENTS);
	}
}

static int64_t days(const struct node *n)
{
	int64_t v = told_whole(n);

	return v >= -100000 && v <= 100000 ? v : JSON_ABSENT_INT;
}

static void read_licence(const struct node *root, struct reading *r)
{
	const struct node *n = told_either(root, "license", "licence");
	struct report_component *c;

	if (!n)
		return;
	r->licence = REPORT_NEW(&r->mem, struct report_licence, &report_licence_schema);
	r->licence->origin = ORIGIN_SERVER;
	r->licence->valid = told_truth(told_member(n, "valid"));
	/* Absent on subscriptions: unknown, not expired. */
	r->licence->support_days = days(told_member(n, "upgradeAssuranceRemainingDays"));
	r->licence->licence_days = days(told_member(n, "licenseRemainingDays"));
	read_seats(n, r);
	c = reading_component(r, COMPONENT_LICENCE);
	if (r->licence->valid == JSON_UNSAID)
		return;
	c->state = r->licence->valid == JSON_TRUE ? STATE_OK : STATE_ERROR;
	c->code = r->licence->valid == JSON_TRUE ? CODE_LICENCE_VALID : CODE_LICENCE_INVALID;
}

static void read_document(const struct node *root, enum reading_state state, struct reading *r)
{
	static const int nothing[] = { -1 };

	r->infrastructure =
		REPORT_NEW(&r->mem, struct report_infrastructure, &report_infrastructure_schema);
	r->usage = REPORT_NEW(&r->mem, struct report_usage, &report_usage_schema);
	reading_went(r, state, nothing);
	read_server(root, r);
	read_metrics(root, r);
	read_database(root, r);
	read_counts(root, "devices", COMPONENT_DEVICES, r);
	read_counts(root, "printers", COMPONENT_PRINTERS, r);
	read_usage(root, r);
	read_parts(root, r);
	read_job_ticketing(root, r);
	read_licence(root, r);
}

/* --- lists -------------------------------------------------------------------------------------
 */

static const struct device_words *words_of(const struct device_words *table, struct str told)
{
	static const struct device_words other = { NULL, DEVICE_UNKNOWN, "other" };

	for (; table->told; table++)
		if (str_eq_nocase(str_trim(told), str_of(table->told)))
			return table;
	return &other;
}

static void add_device(struct reading *r, const struct node *n, const struct device_words *table,
		       char kind)
{
	const struct node *state = told_member(n, "state");
	struct str name = told_text(told_member(n, "name"));
	struct source_device d = { .kind = kind, .accepting_jobs = JSON_UNSAID };
	const struct device_words *w;
	struct str told;

	if (name.len == 0)
		return;
	told = told_text(told_member(state, "status"));
	if (told.len == 0)
		told = told_text(told_member(n, "status"));
	if (told.len == 0)
		told = told_text(state);
	w = words_of(table, told.len ? told : STR("UNKNOWN"));
	d.name = arena_strndup(&r->mem, name.p, name.len);
	d.state = w->state;
	if (w->reason)
		report_list_add(&r->mem, &d.reasons, (void *)(uintptr_t)w->reason);
	reading_device(r, &d);
}

static bool read_list(struct str body, struct reading *r, const char *name,
		      const struct device_words *table, char kind)
{
	struct tree tree;
	const struct node *list = told_member(told_parse(body, &tree), name);
	bool ok = list && node_kind(list) == NODE_LIST;

	for (size_t i = 0; ok && i < node_len(list); i++)
		add_device(r, node_item(list, i), table, kind);
	tree_free(&tree);
	return ok;
}

bool papercut_read_printers(struct str body, struct reading *r)
{
	return read_list(body, r, "printers", printer_words, 'p');
}

bool papercut_read_devices(struct str body, struct reading *r)
{
	return read_list(body, r, "devices", device_words, 'd');
}

int64_t papercut_read_count(struct str body, const char *member)
{
	struct tree tree;
	int64_t count = told_count(told_member(told_parse(body, &tree), member));

	tree_free(&tree);
	return count;
}

/* --- answers -----------------------------------------------------------------------------------
 */

static bool says_fault(const struct node *root)
{
	struct str status = status_of(root);

	return status.len > 0 && !is_ok(status);
}

/* A verdict has a status itself, the full document one of its database. */
static bool holds_status(const struct node *root)
{
	return status_of(root).len > 0 || status_of(told_member(root, "database")).len > 0;
}

static enum reading_state state_of(int status, const struct node *root)
{
	if (status == 200 && !root)
		return READING_UNEXPECTED;
	if (status == 200)
		return says_fault(root) ? READING_UNHEALTHY : READING_OK;
	if (status == 500 && holds_status(root))
		return READING_UNHEALTHY;
	if (status >= 300 && status < 400)
		return READING_REDIRECT;
	if (status == 400 || status == 401 || status == 403)
		return READING_KEY_REFUSED;
	if (status == 404)
		return READING_NOT_IN_VERSION;
	return status >= 500 ? READING_SERVER_FAILURE : READING_UNEXPECTED;
}

bool papercut_read_health(int status, struct str body, struct reading *r)
{
	struct tree tree;
	const struct node *root = told_parse(body, &tree);
	enum reading_state state = state_of(status, root);
	bool read = state == READING_OK || state == READING_UNHEALTHY;

	if (read)
		read_document(root, state, r);
	else
		reading_went(r, state, papercut_kinds);
	tree_free(&tree);
	return read;
}
