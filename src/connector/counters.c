/* counters.c - see counters.h. */
#include "connector/counters.h"
#include "connector/collect.h"
#include "base/err.h"
#include "base/map.h"
#include <errno.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))

struct counter {
	const char *id; /* pseudonym */
	int64_t printer, pages, jobs;
};

struct counters {
	int64_t from_ms, off_revision;
	int64_t rest_pages, rest_jobs; /* of days before, below the floor */
	struct json_list devices;      /* struct counter * */
};

/* clang-format off */
#define AT(member) offsetof(struct counter, member)
static const struct json_field counter_fields[] = {
	{ "id",		JSON_TEXT, AT(id), JSON_REQUIRED, .min = DEVICE_KEY_LEN, .max = DEVICE_KEY_LEN },
	{ "printer",	JSON_INT,  AT(printer), .max = INT64_MAX },
	{ "pages",	JSON_INT,  AT(pages), JSON_REQUIRED, .max = INT64_MAX },
	{ "jobs",	JSON_INT,  AT(jobs), JSON_REQUIRED, .max = INT64_MAX },
	{}
};
static const struct json_schema counter_schema = {
	"counter", sizeof(struct counter), JSON_OPEN, counter_fields
};
#undef AT
#define AT(member) offsetof(struct counters, member)
static const struct json_field counters_fields[] = {
	{ "from",		JSON_TIME, AT(from_ms), .flags = JSON_REQUIRED },
	{ "off_revision",	JSON_INT,  AT(off_revision), JSON_REQUIRED, .max = INT64_MAX },
	{ "rest_pages",		JSON_INT,  AT(rest_pages), JSON_REQUIRED, .max = INT64_MAX },
	{ "rest_jobs",		JSON_INT,  AT(rest_jobs), JSON_REQUIRED, .max = INT64_MAX },
	{ "devices",		JSON_LIST, AT(devices), .max = REPORT_DEVICES_MAX, .sub = &counter_schema },
	{}
};
const struct json_schema counters_schema = {
	"counters", sizeof(struct counters), JSON_OPEN, counters_fields
};
#undef AT
/* clang-format on */

/* The totals by pseudonym. */
static void take_totals(const struct counters_config *cfg, const struct json_list *totals,
			struct arena *mem, struct counters *now)
{
	for (size_t i = 0; i < totals->len && i < REPORT_DEVICES_MAX; i++) {
		const struct source_total *t = totals->items[i];
		struct counter *c = ARENA_NEW(mem, struct counter);
		uint8_t key[DEVICE_KEY_BYTES];
		char id[DEVICE_KEY_LEN + 1];

		device_pseudonym(cfg->secret, t->kind, t->name, key);
		device_key_encode(key, id);
		*c = (struct counter){ arena_strdup(mem, id), t->printer, t->pages, t->jobs };
		report_list_add(mem, &now->devices, c);
	}
}

/* What was added since `before`; a number that fell was reset to zero in between. */
static int64_t added(int64_t before, int64_t now, bool anew)
{
	return anew || now < before ? now : now - before;
}

static void count(const struct counter *before, const struct counter *now, int64_t floor,
		  struct counters *sum, struct report_day *day, struct arena *mem)
{
	bool anew = before->printer != now->printer || now->jobs < before->jobs ||
		    now->pages < before->pages;
	struct report_device_use use = { now->id, added(before->pages, now->pages, anew),
					 added(before->jobs, now->jobs, anew) };

	if (use.jobs >= floor && day->devices.len < COLLECT_CHUNK) {
		report_list_add(mem, &day->devices, arena_dup(mem, &use, sizeof(use)));
	} else {
		sum->rest_pages += use.pages;
		sum->rest_jobs += use.jobs;
	}
}

/* The day between both, NULL if there is nothing that may be told.  What may not goes to *now. */
static struct report_day *day_of(const struct counters *before, struct counters *now, int64_t floor,
				 struct arena *mem)
{
	struct report_day *day = REPORT_NEW(mem, struct report_day, &report_day_schema);
	struct map known = {};

	for (size_t i = 0; i < before->devices.len; i++) {
		struct counter *c = before->devices.items[i];

		map_put(&known, c->id, DEVICE_KEY_LEN, c);
	}
	now->rest_pages = before->rest_pages;
	now->rest_jobs = before->rest_jobs;
	for (size_t i = 0; i < now->devices.len; i++) {
		const struct counter *c = now->devices.items[i];
		const struct counter *was = map_get(&known, c->id, DEVICE_KEY_LEN);

		if (was)
			count(was, c, floor, now, day, mem);
	}
	map_done(&known);
	day->from_ms = before->from_ms;
	day->to_ms = now->from_ms;
	if (now->rest_jobs >= floor) {
		day->rest_pages = now->rest_pages;
		day->rest_jobs = now->rest_jobs;
		now->rest_pages = now->rest_jobs = 0;
	}
	return day->devices.len || day->rest_jobs != JSON_ABSENT_INT ? day : NULL;
}

int counters_take(const struct counters_config *cfg, const struct json_list *totals, int64_t now_ms,
		  struct arena *mem, struct report_day **ret_day)
{
	struct counters before, now = { .from_ms = now_ms, .off_revision = cfg->off_revision };
	struct report_day *day = NULL;
	int rc = home_load(cfg->dir, HOME_COUNTERS, &counters_schema, mem, &before);
	/* A clock that was set back begins anew too. */
	bool goes_on =
		rc == 0 && before.off_revision == cfg->off_revision && before.from_ms <= now_ms;

	if (goes_on && before.from_ms / DAY_MS == now_ms / DAY_MS) {
		*ret_day = NULL;
		return 0;
	}
	take_totals(cfg, totals, mem, &now);
	if (goes_on)
		day = day_of(&before, &now, cfg->floor, mem);
	/* Written first: a day may be lost, but is never told twice. */
	rc = home_save(cfg->dir, HOME_COUNTERS, &counters_schema, &now);
	if (rc == 0)
		*ret_day = day;
	return rc;
}
