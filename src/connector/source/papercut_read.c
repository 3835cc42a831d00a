/* papercut_read.c - PaperCut's documents, read as tolerantly as they differ between versions.
 *
 * The vendor promises no schema: members come and go, `valid` is a boolean or a text, percents are
 * integers or reals, a device's status is flat or nested.  So nothing here is required, whatever
 * does not fit is left unknown, and no text of the server goes anywhere but into the closed words
 * of model/ (and a device's name, which collect.c masks). */
#include "connector/source/papercut.h"
#include "base/json_tree.h"
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

#define NUMBER_MAX 1e9 /* of counts, milliseconds, hours: beyond it a value is a mistake */

/* --- the tree ----------------------------------------------------------------------------------
 */

struct wanted {
	const char *name;
	const struct node *found;
};

static int match(const char *name, const struct node *member, void *arg)
{
	struct wanted *w = arg;

	if (!str_eq_nocase(str_of(name), str_of(w->name)))
		return 0;
	w->found = member;
	return 1;
}

/* A member of an object, whatever its case; NULL if n is NULL, no object, or has none. */
static const struct node *member(const struct node *n, const char *name)
{
	struct wanted w = { name, NULL };

	if (n && node_kind(n) == NODE_OBJECT)
		node_each(n, match, &w);
	return w.found;
}

static const struct node *either(const struct node *n, const char *name, const char *other)
{
	const struct node *found = member(n, name);

	return found ? found : member(n, other);
}

/* NaN unless it is a number, also one written as text, that fits. */
static double number(const struct node *n)
{
	char text[32], *end;
	double v = NAN;
	struct str s;

	if (!n)
		return NAN;
	switch (node_kind(n)) {
	case NODE_INT:
	case NODE_REAL:
		v = node_real(n);
		break;
	case NODE_TEXT:
		s = str_trim(node_text(n));
		if (s.len == 0 || s.len >= sizeof(text))
			return NAN;
		memcpy(text, s.p, s.len);
		text[s.len] = 0;
		v = strtod(text, &end);
		if (*end)
			return NAN;
		break;
	default:
		break;
	}
	return isfinite(v) && fabs(v) <= NUMBER_MAX ? v : NAN;
}

static int64_t whole(const struct node *n)
{
	double v = number(n);

	return isnan(v) ? JSON_ABSENT_INT : (int64_t)llround(v);
}

static int64_t count(const struct node *n)
{
	int64_t v = whole(n);

	return v < 0 ? JSON_ABSENT_INT : v;
}

static double percent(const struct node *n)
{
	double v = number(n);

	return v >= 0 && v <= 100 ? v : NAN; /* a load of -1 says "unknown" in Java */
}

static enum json_bool truth(const struct node *n)
{
	static const struct {
		const char *text;
		enum json_bool value;
	} texts[] = { { "true", JSON_TRUE }, { "yes", JSON_TRUE },    { "y", JSON_TRUE },
		      { "1", JSON_TRUE },    { "false", JSON_FALSE }, { "no", JSON_FALSE },
		      { "n", JSON_FALSE },   { "0", JSON_FALSE } };

	if (!n)
		return JSON_UNSAID;
	if (node_kind(n) == NODE_BOOL)
		return node_bool(n) ? JSON_TRUE : JSON_FALSE;
	if (node_kind(n) == NODE_INT)
		return node_int(n) ? JSON_TRUE : JSON_FALSE;
	for (size_t i = 0; node_kind(n) == NODE_TEXT && i < ARRAY_LEN(texts); i++)
		if (str_eq_nocase(str_trim(node_text(n)), str_of(texts[i].text)))
			return texts[i].value;
	return JSON_UNSAID;
}

static struct str text(const struct node *n)
{
	return n && node_kind(n) == NODE_TEXT ? node_text(n) : (struct str){};
}

static size_t items(const struct node *n)
{
	return n && node_kind(n) == NODE_LIST ? node_len(n) : 0;
}

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
	const struct node *info = member(member(root, "applicationServer"), "systemInfo");
	struct str version = text(member(info, "version"));
	char cut[VERSION_SIZE];

	r->server = REPORT_NEW(&r->mem, struct report_server, &report_server_schema);
	r->server->product = PRODUCT_PAPERCUT;
	if (version_of(version, cut))
		r->server->version = arena_strdup(&r->mem, cut);
	r->server->os = os_of(text(member(info, "operatingSystem")));
	/* Only MF has devices; without one it may be either. */
	if (count(member(member(root, "devices"), "count")) > 0) {
		r->server->product = PRODUCT_PAPERCUT_MF;
		r->server->edition = EDITION_MF;
	}
}

static void read_metrics(const struct node *root, struct reading *r)
{
	const struct node *m = member(member(root, "applicationServer"), "systemMetrics");
	struct report_health *h = r->health;
	double uptime = number(member(m, "uptimeHours"));

	h->disk_used_percent =
		percent(either(m, "diskSpaceUsedPercentage", "diskSpaceUsedPercent"));
	h->jvm_memory_used_percent =
		percent(either(m, "jvmMemoryUsedPercentage", "jvmMemoryUsedPercent"));
	h->uptime_hours = uptime >= 0 ? uptime : NAN;
	h->database_connect_ms =
		count(member(member(root, "database"), "timeToConnectMilliseconds"));
}

static void read_database(const struct node *root, struct reading *r)
{
	struct report_component *c = reading_component(r, COMPONENT_DATABASE);
	const struct node *status = member(member(root, "database"), "status");

	/* Either a word or an object that holds it. */
	if (status && node_kind(status) == NODE_OBJECT)
		status = member(status, "status");
	if (text(status).len == 0)
		return;
	if (str_eq_nocase(str_trim(text(status)), STR("OK"))) {
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
	const struct node *n = member(root, name);
	const struct node *list = member(n, "inError");
	int64_t in_error = count(member(n, "inErrorCount"));

	if (!n)
		return;
	if (in_error == JSON_ABSENT_INT && list)
		in_error = (int64_t)items(list);
	component_count(reading_component(r, kind), count(member(n, "count")), in_error);
}

static void read_print_providers(const struct node *root, struct reading *r)
{
	const struct node *n = member(root, "printProviders");
	int64_t offline = count(member(n, "offlineCount"));
	struct report_component *c;

	if (!n)
		return;
	c = reading_component(r, COMPONENT_PRINT_PROVIDERS);
	if (offline == JSON_ABSENT_INT && member(n, "offline"))
		offline = (int64_t)items(member(n, "offline"));
	component_count(c, count(member(n, "count")), offline);
	if (c->state == STATE_OK)
		c->code = CODE_ALL_ONLINE;
	else if (c->state != STATE_UNKNOWN)
		c->code = CODE_SOME_OFFLINE;
}

static void read_licence(const struct node *root, struct reading *r)
{
	const struct node *n = either(root, "license", "licence");
	struct report_component *c;
	int64_t days;

	if (!n)
		return;
	r->licence = REPORT_NEW(&r->mem, struct report_licence, &report_licence_schema);
	r->licence->origin = ORIGIN_SERVER;
	r->licence->valid = truth(member(n, "valid"));
	days = whole(member(n, "upgradeAssuranceRemainingDays"));
	/* Absent on subscriptions: unknown, not expired. */
	if (days >= -100000 && days <= 100000)
		r->licence->support_days = days;
	c = reading_component(r, COMPONENT_LICENCE);
	if (r->licence->valid == JSON_UNSAID)
		return;
	c->state = r->licence->valid == JSON_TRUE ? STATE_OK : STATE_ERROR;
	c->code = r->licence->valid == JSON_TRUE ? CODE_LICENCE_VALID : CODE_LICENCE_INVALID;
}

static const struct node *parse(struct str body, struct node **ret_root)
{
	char detail[TREE_DETAIL_MAX];

	*ret_root = NULL;
	return tree_parse(body, ret_root, detail) == 0 && node_kind(*ret_root) == NODE_OBJECT
		       ? *ret_root
		       : NULL;
}

enum reading_state papercut_read_health(struct str body, struct reading *r)
{
	struct node *tree;
	const struct node *root = parse(body, &tree);
	struct report_component *c;

	if (root) {
		c = reading_component(r, COMPONENT_APPLICATION_SERVER);
		c->state = STATE_OK;
		c->code = CODE_REACHABLE;
		read_server(root, r);
		read_metrics(root, r);
		read_database(root, r);
		read_counts(root, "devices", COMPONENT_DEVICES, r);
		read_counts(root, "printers", COMPONENT_PRINTERS, r);
		read_print_providers(root, r);
		read_licence(root, r);
	}
	tree_free(&tree);
	return root ? READING_OK : READING_UNEXPECTED;
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
	const struct node *state = member(n, "state");
	struct str name = text(member(n, "name"));
	const struct device_words *w;
	struct source_device *d;
	struct str told;

	if (name.len == 0 || r->devices.len >= REPORT_DEVICES_MAX)
		return;
	told = text(member(state, "status"));
	if (told.len == 0)
		told = text(member(n, "status"));
	if (told.len == 0)
		told = text(state);
	w = words_of(table, told.len ? told : STR("UNKNOWN"));
	d = ARENA_NEW(&r->mem, struct source_device);
	d->kind = kind;
	d->name = arena_strndup(&r->mem, name.p, name.len);
	d->state = w->state;
	d->accepting_jobs = JSON_UNSAID;
	if (w->reason)
		report_list_add(&r->mem, &d->reasons, (void *)(uintptr_t)w->reason);
	report_list_add(&r->mem, &r->devices, d);
}

static bool read_list(struct str body, struct reading *r, const char *name,
		      const struct device_words *table, char kind)
{
	struct node *tree;
	const struct node *list = member(parse(body, &tree), name);
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

/* --- answers -----------------------------------------------------------------------------------
 */

static bool holds_status(struct str body)
{
	struct node *tree;
	bool is = member(parse(body, &tree), "status") != NULL;

	tree_free(&tree);
	return is;
}

enum reading_state papercut_state(int status, struct str body)
{
	if (status == 200)
		return READING_OK;
	if (status >= 300 && status < 400)
		return READING_REDIRECT;
	if (status == 400 || status == 401 || status == 403)
		return READING_KEY_REFUSED;
	if (status == 404)
		return READING_NOT_IN_VERSION;
	if (status >= 500)
		return holds_status(body) ? READING_OK : READING_SERVER_FAILURE;
	return READING_UNEXPECTED;
}
