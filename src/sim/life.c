/* life.c - see life.h. */
#include "sim/life.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS     (3600 * INT64_C(1000))
#define YEAR_DAYS   365
#define RENEW_DAYS  40  /* who renews in time does so by then */
#define UPTIME_DAYS 19  /* from one month's updates to the next, more or less */
#define DISK_DAYS   60  /* until somebody tidies up */
#define PAGES_DAY   120 /* of a device */

/* Versions from long out of support to current; the older the rarer. */
static const char *const versions[] = {
	"25.0.3", "25.0.3", "24.1.2", "24.1.2", "24.0.5", "23.0.9",
	"22.1.4", "22.0.4", "21.2.8", "20.1.4", "19.2.7", "16.4.1"
};

#define MF    PRODUCT_PAPERCUT_MF
#define NG    PRODUCT_PAPERCUT_NG
#define SMALL .product = NG, .awake_to = 24, .disk = 35
#define LARGE .product = MF, .awake_to = 24, .disk = 45

/* clang-format off */
const struct life_profile life_profiles[] = {
	{ "office",		280, 1, 12,	SITE_OK, SMALL },
	{ "school",		220, 5, 22,	SITE_OK, LARGE },
	{ "company",		120, 15, 70,	SITE_OK, LARGE, .many_servers = true },
	{ "university",		20, 150, 500,	SITE_OK, LARGE, .many_servers = true },
	{ "workshop",		60, 1, 4,	SITE_OK, .product = PRODUCT_CUPS, .awake_to = 24 },
	{ "branch",		70, 2, 8,	SITE_OK, .product = NG, .awake_from = 5, .awake_to = 21, .disk = 30 },
	{ "weekend_off",	15, 3, 20,	SITE_OK, LARGE, .hidden_weekend = true },
	{ "switched_off",	25, 3, 20,	SITE_MONITORING_OFF, LARGE, .hidden = true },
	{ "disk_filling",	30, 5, 30,	SITE_WARNING, .product = MF, .awake_to = 24, .disk = 92, .disk_day = 0.15 },
	{ "disk_full",		8, 5, 30,	SITE_ERROR, .product = MF, .awake_to = 24, .disk = 97.5, .disk_day = 0.2 },
	{ "support_ending",	40, 4, 40,	SITE_WARNING, LARGE, .support = 12 },
	{ "support_ended",	15, 2, 15,	SITE_WARNING, SMALL, .support = -20 },
	{ "licence_ended",	8, 2, 12,	SITE_ERROR, SMALL, .licence = -3 },
	{ "jammed",		40, 6, 40,	SITE_WARNING, LARGE, .failing = 2 },
	{ "all_down",		6, 2, 6,	SITE_ERROR, SMALL, .failing = LIFE_ALL },
	{ "restarting",		10, 5, 30,	SITE_WARNING, LARGE, .restart_hours = 4 },
	{ "database_down",	6, 10, 60,	SITE_ERROR, LARGE, .database_down = true },
	{ "gone_silent",	12, 2, 20,	SITE_OFFLINE, .product = MF, .disk = 40 },
	{ "invited",		15, 0, 0,	SITE_NEVER_CONNECTED, SMALL, .invited_only = true },
	{}
};
/* clang-format on */

static const char *const kinds[] = {
	"Lycée",   "Gymnasium",  "Müller & Söhne", "Étude",        "Grundschule", "Stadtwerke",
	"École",   "Hôpital",    "Kanzlei",        "Harbour",      "Universität", "Brasserie",
	"Rathaus", "Łódź Print", "Smith & Sons",   "Bibliothèque", "Klinik",      "St. Mary's",
};
static const char *const places[] = {
	"Köln",  "Lyon",     "Zürich",   "Nîmes", "Dublin", "Orléans", "Görlitz",  "Genève",
	"Leeds", "Tübingen", "Besançon", "Århus", "Gdańsk", "Bristol", "Würzburg", "Liège",
};
static const char *const parts[] = {
	"Head office", "Campus Nord", "Filiale", "Standort Süd",
	"Annexe",      "Warehouse",   "Mensa",   "Bâtiment B",
};
static const char *const reasons[] = { "media-jam", "toner-empty", "cover-open", "media-empty" };

/* Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014: the
 * finaliser of SplitMix64. */
static uint64_t mix(uint64_t seed, uint64_t what)
{
	uint64_t z = seed + 0x9e3779b97f4a7c15u * (what + 1);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* What is drawn of a seed: each its own number, so that one more draw changes no other. */
enum draw {
	DRAW_PROFILE,
	DRAW_DEVICES,
	DRAW_VERSION,
	DRAW_NAME,
	DRAW_PART,
	DRAW_DISK,
	DRAW_TERM,
	DRAW_PHASE,
	DRAW_OUTAGES,
	DRAW_OUTAGE,
	DRAW_CUSTOMER = 1000,
	DRAW_DAY = 100000
};

static int64_t drawn(const struct life *l, uint64_t what, int64_t below)
{
	return (int64_t)(mix(l->seed, what) % (uint64_t)below);
}

/* ---- who it is ---- */

static const struct life_profile *choose(uint64_t random)
{
	const struct life_profile *p = life_profiles;
	int all = 0, at;

	for (; p->name; p++)
		all += p->weight;
	at = (int)(random % (uint64_t)all);
	for (p = life_profiles; at >= p->weight; p++)
		at -= p->weight;
	return p;
}

void life_make(uint64_t fleet_seed, size_t number, int64_t today_ms, struct life *ret_life)
{
	struct life l = { .seed = mix(fleet_seed, number), .number = number, .today_ms = today_ms };
	const struct life_profile *p = choose(mix(l.seed, DRAW_PROFILE));

	l.profile = p;
	l.devices = p->devices_min + drawn(&l, DRAW_DEVICES, p->devices_max - p->devices_min + 1);
	*ret_life = l;
}

size_t life_customer(size_t number)
{
	return number / LIFE_CUSTOMER_SITES;
}

void life_customer_name(uint64_t fleet_seed, size_t customer, char out[static LIFE_NAME_MAX])
{
	uint64_t random = mix(fleet_seed, DRAW_CUSTOMER + customer);

	snprintf(out, LIFE_NAME_MAX, "%s %s %zu", kinds[random % ARRAY_LEN(kinds)],
		 places[random / 64 % ARRAY_LEN(places)], customer + 1);
}

void life_site_name(const struct life *l, char out[static LIFE_NAME_MAX])
{
	snprintf(out, LIFE_NAME_MAX, "%s %s %zu", parts[drawn(l, DRAW_PART, ARRAY_LEN(parts))],
		 places[drawn(l, DRAW_NAME, ARRAY_LEN(places))], l->number + 1);
}

/* ---- when ---- */

static int64_t day_of(int64_t at_ms)
{
	return at_ms / LIFE_DAY_MS;
}

static bool is_weekend(int64_t at_ms)
{
	return (day_of(at_ms) + 3) % 7 >= 5; /* the first of 1970 was a Thursday; Monday is 0 */
}

static bool is_working_hour(int64_t at_ms)
{
	int64_t hour = at_ms % LIFE_DAY_MS / HOUR_MS;

	return !is_weekend(at_ms) && hour >= 6 && hour < 18;
}

static int64_t days_since_today(const struct life *l, int64_t at_ms)
{
	return day_of(at_ms) - day_of(l->today_ms);
}

enum life_way life_way(const struct life *l, int64_t at_ms)
{
	const struct life_profile *p = l->profile;
	int64_t hour = at_ms % LIFE_DAY_MS / HOUR_MS;

	if (p->invited_only)
		return LIFE_INVITED;
	if (hour < p->awake_from || hour >= p->awake_to)
		return LIFE_ASLEEP;
	return p->hidden || (p->hidden_weekend && is_weekend(at_ms)) ? LIFE_HIDDEN : LIFE_AWAKE;
}

int life_status(const struct life *l, int64_t at_ms)
{
	switch (life_way(l, at_ms)) {
	case LIFE_INVITED:
	case LIFE_AWAKE:
		break;
	case LIFE_ASLEEP:
		return SITE_OFFLINE;
	case LIFE_HIDDEN:
		return SITE_MONITORING_OFF;
	}
	return l->profile->status;
}

void life_plan(uint64_t fleet_seed, size_t sites, int64_t today_ms, struct buf *out)
{
	for (size_t n = 0; n < sites; n++) {
		char customer[LIFE_NAME_MAX], site[LIFE_NAME_MAX];
		struct life l;

		life_make(fleet_seed, n, today_ms, &l);
		life_customer_name(fleet_seed, life_customer(n), customer);
		life_site_name(&l, site);
		buf_puts(out, "{\"customer\":");
		json_put_text(out, str_of(customer));
		buf_puts(out, ",\"site\":");
		json_put_text(out, str_of(site));
		buf_printf(out, ",\"profile\":\"%s\",\"status\":\"%s\",\"devices\":%d}\n",
			   l.profile->name, site_status_names[life_status(&l, today_ms)],
			   (int)l.devices);
	}
}

size_t life_outages(const struct life *l, struct life_outage out[static LIFE_OUTAGES_MAX])
{
	size_t len = (size_t)drawn(l, DRAW_OUTAGES, LIFE_OUTAGES_MAX + 1);
	int64_t each = (YEAR_DAYS - 10) * LIFE_DAY_MS / LIFE_OUTAGES_MAX;

	for (size_t i = 0; i < len; i++) {
		int64_t from = l->today_ms - YEAR_DAYS * LIFE_DAY_MS + (int64_t)i * each +
			       drawn(l, DRAW_OUTAGE + 2 * i, each - LIFE_DAY_MS);

		out[i] = (struct life_outage){
			from, from + HOUR_MS / 2 + drawn(l, DRAW_OUTAGE + 2 * i + 1, 8 * HOUR_MS)
		};
	}
	return len;
}

/* ---- what its server says ---- */

static void add_component(struct report_health *h, int kind, int state, int code, struct arena *mem)
{
	struct report_component *c =
		REPORT_NEW(mem, struct report_component, &report_component_schema);

	c->kind = kind;
	c->state = state;
	c->code = code;
	report_list_add(mem, &h->components, c);
}

static void add_counted(struct report_health *h, int kind, int64_t total, int64_t in_error,
			struct arena *mem)
{
	struct report_component *c =
		REPORT_NEW(mem, struct report_component, &report_component_schema);

	c->kind = kind;
	component_count(c, total, in_error);
	report_list_add(mem, &h->components, c);
}

static int64_t failing_of(const struct life *l)
{
	int failing = l->profile->failing;

	return failing == LIFE_ALL ? l->devices : failing;
}

/* Which devices are down moves on every day. */
static bool is_failing(const struct life *l, int64_t device, int64_t at_ms)
{
	return (device + l->devices - day_of(at_ms) % l->devices) % l->devices < failing_of(l);
}

/* What somebody tidies up at times, or nobody does. */
static double disk_of(const struct life *l, int64_t at_ms)
{
	const struct life_profile *p = l->profile;
	double used = p->disk + p->disk_day * (double)days_since_today(l, at_ms);

	if (p->disk_day == 0)
		used += (double)((day_of(at_ms) + drawn(l, DRAW_DISK, DISK_DAYS)) % DISK_DAYS) / 3;
	return used < 20 ? 20 : used > 99.5 ? 99.5 : used;
}

static double uptime_hours(const struct life *l, int64_t at_ms)
{
	int64_t every = l->profile->restart_hours * HOUR_MS;

	if (every == 0)
		every = UPTIME_DAYS * LIFE_DAY_MS;
	return (double)((at_ms + drawn(l, DRAW_PHASE, every)) % every) / (double)HOUR_MS;
}

static struct report_health *health(const struct life *l, int64_t at_ms, int64_t told_ms,
				    struct arena *mem)
{
	struct report_health *h = REPORT_NEW(mem, struct report_health, &report_health_schema);
	int64_t moment = at_ms / (5 * 60 * 1000);

	h->read_at_ms = told_ms;
	add_component(h, COMPONENT_APPLICATION_SERVER, STATE_OK, CODE_REACHABLE, mem);
	add_counted(h, COMPONENT_PRINTERS, l->devices, failing_of(l), mem);
	if (l->profile->product == PRODUCT_CUPS)
		return h;
	if (l->profile->database_down)
		add_component(h, COMPONENT_DATABASE, STATE_ERROR, CODE_FAULT, mem);
	else
		add_component(h, COMPONENT_DATABASE, STATE_OK, CODE_REACHABLE, mem);
	h->disk_used_percent = disk_of(l, at_ms);
	h->jvm_memory_used_percent = 15 + (double)drawn(l, DRAW_DAY + (uint64_t)moment, 400) / 10;
	h->database_connect_ms = 1 + drawn(l, DRAW_DAY + (uint64_t)moment, 20);
	h->uptime_hours = uptime_hours(l, at_ms);
	return h;
}

static struct report_device *device(const struct life *l, int64_t n, int64_t at_ms,
				    struct arena *mem)
{
	struct report_device *d = REPORT_NEW(mem, struct report_device, &report_device_schema);
	uint8_t key[DEVICE_KEY_BYTES] = { 0 };
	char id[DEVICE_KEY_LEN + 1];
	bool fails = is_failing(l, n, at_ms);

	memcpy(key, &l->seed, sizeof(l->seed));
	key[8] = (uint8_t)n;
	key[9] = (uint8_t)(n >> 8);
	device_key_encode(key, id);
	d->id = arena_strdup(mem, id);
	d->label =
		arena_printf(mem, "%s-%02d-%03d", n % 4 ? "MFP" : "HP", (int)(n / 10), (int)n + 1);
	d->state = fails ? DEVICE_STOPPED : DEVICE_IDLE;
	d->accepting_jobs = fails ? JSON_FALSE : JSON_TRUE;
	if (fails)
		report_list_add(mem, &d->reasons,
				arena_strdup(mem, reasons[n % (int64_t)ARRAY_LEN(reasons)]));
	return d;
}

static struct report_devices *devices(const struct life *l, const struct life_moment *m,
				      struct arena *mem)
{
	struct report_devices *d = REPORT_NEW(mem, struct report_devices, &report_devices_schema);

	d->total = l->devices;
	d->in_error = failing_of(l);
	d->complete = m->whole ? JSON_TRUE : JSON_FALSE;
	for (int64_t n = 0; n < l->devices; n++) {
		if (m->whole || is_failing(l, n, m->at_ms) != is_failing(l, n, m->since_ms))
			report_list_add(mem, &d->items, device(l, n, m->at_ms, mem));
	}
	return d;
}

static int64_t support_days(const struct life *l, int64_t at_ms)
{
	int64_t days = l->profile->support, passed = days_since_today(l, at_ms);

	if (days)
		return days - passed;
	days = RENEW_DAYS + drawn(l, DRAW_TERM, YEAR_DAYS) - passed;
	return RENEW_DAYS + ((days - RENEW_DAYS) % YEAR_DAYS + YEAR_DAYS) % YEAR_DAYS;
}

static struct report_licence *licence(const struct life *l, int64_t at_ms, struct arena *mem)
{
	struct report_licence *c = REPORT_NEW(mem, struct report_licence, &report_licence_schema);
	struct report_seats *seats = REPORT_NEW(mem, struct report_seats, &report_seats_schema);

	c->valid = JSON_TRUE;
	c->origin = ORIGIN_SERVER;
	c->support_days = support_days(l, at_ms);
	if (l->profile->licence)
		c->licence_days = l->profile->licence - days_since_today(l, at_ms);
	seats->kind = SEAT_USERS;
	seats->licensed = 100 + 40 * l->devices;
	seats->used = seats->licensed * 3 / 4 + days_since_today(l, at_ms) / 30;
	report_list_add(mem, &c->seats, seats);
	return c;
}

static void add_part(struct report_infrastructure *i, int kind, int64_t total, struct arena *mem)
{
	struct report_part *p = REPORT_NEW(mem, struct report_part, &report_part_schema);

	*p = (struct report_part){ kind, STATE_OK, total, 0 };
	report_list_add(mem, &i->parts, p);
}

static struct report_infrastructure *infrastructure(const struct life *l, struct arena *mem)
{
	struct report_infrastructure *i =
		REPORT_NEW(mem, struct report_infrastructure, &report_infrastructure_schema);

	add_part(i, COMPONENT_PRINT_PROVIDERS, 1 + l->devices / 50, mem);
	if (l->profile->many_servers) {
		add_part(i, COMPONENT_SITE_SERVERS, 1 + l->devices / 100, mem);
		add_part(i, COMPONENT_MOBILITY_PRINT, 1, mem);
	}
	return i;
}

/* More in working hours, less in summer. */
static int64_t pages_of_day(const struct life *l, int64_t at_ms)
{
	int64_t month = day_of(at_ms) % YEAR_DAYS / 30, busy = month == 6 || month == 7 ? 1 : 4;

	if (is_weekend(at_ms))
		return drawn(l, DRAW_DAY + (uint64_t)day_of(at_ms), 20);
	return l->devices *
	       (PAGES_DAY / 2 + drawn(l, DRAW_DAY + (uint64_t)day_of(at_ms), PAGES_DAY)) * busy / 4;
}

static struct report_usage *usage(const struct life *l, const struct life_moment *m,
				  struct arena *mem)
{
	struct report_usage *u = REPORT_NEW(mem, struct report_usage, &report_usage_schema);
	struct report_period *p = REPORT_NEW(mem, struct report_period, &report_period_schema);
	struct report_day *d = REPORT_NEW(mem, struct report_day, &report_day_schema);
	int64_t yesterday = m->told_ms - m->told_ms % LIFE_DAY_MS - LIFE_DAY_MS;

	p->to_ms = m->told_ms - m->told_ms % HOUR_MS;
	p->from_ms = p->to_ms - HOUR_MS;
	p->pages = is_working_hour(m->at_ms) ? pages_of_day(l, m->at_ms) / 12 : 0;
	p->errors = failing_of(l);
	p->warnings = p->pages / 500;
	report_list_add(mem, &u->periods, p);
	d->from_ms = yesterday;
	d->to_ms = yesterday + LIFE_DAY_MS;
	d->rest_pages = pages_of_day(l, m->at_ms - LIFE_DAY_MS);
	d->rest_jobs = d->rest_pages / 4;
	if (m->whole)
		report_list_add(mem, &u->days, d);
	u->held_jobs = p->pages / 20;
	report_list_add(mem, &u->features, arena_strdup(mem, feature_names[FEATURE_HELD_JOBS]));
	return u;
}

static struct report_server *server(const struct life *l, struct arena *mem)
{
	struct report_server *s = REPORT_NEW(mem, struct report_server, &report_server_schema);
	/* The product of two draws: most sites are near the newest. */
	int64_t old = drawn(l, DRAW_VERSION, ARRAY_LEN(versions)) *
		      (1 + drawn(l, DRAW_VERSION + 500, ARRAY_LEN(versions))) /
		      (int64_t)ARRAY_LEN(versions);

	s->product = (int)l->profile->product;
	s->os = drawn(l, DRAW_PHASE, 5) ? SERVER_OS_WINDOWS : SERVER_OS_LINUX;
	s->version = versions[old];
	s->edition = s->product == PRODUCT_PAPERCUT_NG ? EDITION_NG : EDITION_MF;
	if (s->product != PRODUCT_CUPS)
		return s;
	s->os = SERVER_OS_LINUX;
	s->version = "2.4.2";
	s->edition = -1;
	return s;
}

void life_report(const struct life *l, const struct life_moment *m, struct arena *mem,
		 struct report *ret_report)
{
	struct report r;
	bool papercut = l->profile->product != PRODUCT_CUPS;

	json_init(&report_schema, &r);
	r.schema = REPORT_SCHEMA_MAX;
	r.at_ms = m->told_ms;
	r.source = papercut ? SOURCE_PAPERCUT : SOURCE_CUPS;
	r.server = server(l, mem);
	r.connector = REPORT_NEW(mem, struct report_connector, &report_connector_schema);
	r.connector->version = IMPRIMATUR_VERSION;
	r.connector->os =
		r.server->os == SERVER_OS_WINDOWS ? CONNECTOR_OS_WINDOWS : CONNECTOR_OS_LINUX;
	r.connector->spooled = 0;
	r.health = health(l, m->at_ms, m->told_ms, mem);
	r.devices = devices(l, m, mem);
	if (papercut) {
		r.licence = licence(l, m->at_ms, mem);
		r.infrastructure = infrastructure(l, mem);
		r.usage = usage(l, m, mem);
	}
	*ret_report = r;
}
