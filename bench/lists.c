/* lists.c - what the lists and searches of a provider with many sites cost: the hub's own time of
 * each request, one after the other, and its memory with all of it loaded.
 *
 * The hub's own time is the processor time of all its threads from the question to the answer:
 * nothing else is asked meanwhile, so what it does besides (timers, the roll-up) counts, and how
 * busy the machine is does not.  What a client waits is a figure beside it. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/os.h"
#include "base/password.h"
#include "base/rand.h"
#include "hub/provider/provider.h"
#include "sim/person.h"

#define ROUNDS       60  /* of each question */
#define PAGES_MAX    500 /* of one list, read to its end */
#define GOAL_MS      20
#define GOAL_RSS_MB  300
#define EMAIL        "bench@example.test"
#define PERCENTILE   99
#define PATH_MAX_LEN 700

struct question {
	const char *name, *path; /* path: SITE stands for the largest site's id */
	bool to_the_end;         /* page by page, once, instead of ROUNDS times */
	bool chart;              /* no list: without a goal */
};

#define SITES     "/api/v1/sites?limit=200"
#define LICENCES  "/api/v1/licences?limit=200"
#define CUSTOMERS "/api/v1/customers?limit=200"
#define LYCEE     "lyc%C3%A9e"

/* clang-format off */
static const struct question questions[] = {
	{ "sites", "/api/v1/sites" },
	{ "sites_attention_down", SITES "&sort=-attention" },
	{ "sites_name", SITES "&sort=name" },
	{ "sites_name_down", SITES "&sort=-name" },
	{ "sites_customer", SITES "&sort=customer" },
	{ "sites_customer_down", SITES "&sort=-customer" },
	{ "sites_version", SITES "&sort=version" },
	{ "sites_version_down", SITES "&sort=-version" },
	{ "sites_devices", SITES "&sort=devices" },
	{ "sites_devices_down", SITES "&sort=-devices" },
	{ "sites_last_seen", SITES "&sort=last_seen" },
	{ "sites_last_seen_down", SITES "&sort=-last_seen" },
	{ "sites_of_status", SITES "&status=ok" },
	{ "sites_of_statuses", SITES "&status=error,warning,offline" },
	{ "search_none", SITES "&query=nobody" },
	{ "search_word", SITES "&query=" LYCEE },
	{ "search_letter", SITES "&query=e" },
	{ "search_words", SITES "&query=" LYCEE "%20k%C3%B6ln&sort=-devices" },
	{ "search_three", SITES "&query=campus%20GENEVE%201&sort=version&status=ok" },
	{ "sites_by_attention_to_the_end", SITES, .to_the_end = true },
	{ "sites_by_name_to_the_end", SITES "&sort=-name", .to_the_end = true },
	{ "search_to_the_end", SITES "&query=e&sort=last_seen", .to_the_end = true },
	{ "licences", "/api/v1/licences" },
	{ "licences_down", LICENCES "&sort=-renewal" },
	{ "licences_organisation", LICENCES "&sort=organisation" },
	{ "licences_reference_down", LICENCES "&sort=-customer_reference" },
	{ "licences_support", LICENCES "&sort=support_end" },
	{ "licences_ending", LICENCES "&renewal=ended,within_30,within_60,within_90" },
	{ "licences_search", LICENCES "&query=" LYCEE "%20e&sort=licence_end" },
	{ "licences_to_the_end", LICENCES, .to_the_end = true },
	{ "customers", "/api/v1/customers" },
	{ "customers_search", CUSTOMERS "&query=" LYCEE "%20L" },
	{ "customers_to_the_end", CUSTOMERS, .to_the_end = true },
	{ "devices", "/api/v1/sites/SITE/devices?limit=500" },
	{ "devices_to_the_end", "/api/v1/sites/SITE/devices?limit=50", .to_the_end = true },
	{ "site_changes", "/api/v1/sites/SITE/changes?limit=200" },
	{ "site", "/api/v1/sites/SITE", .chart = true },
	{ "chart_of_a_year", "/api/v1/sites/SITE/series?name=disk_used_percent&from=YEAR&step=1d", .chart = true },
};
/* clang-format on */

struct samples {
	double *ms;
	size_t len, cap;
};

struct asker {
	struct bench *bench;
	struct person *person;
	char site[PERSON_ID_MAX];
	struct samples all, waited;
	int64_t rss;
};

/* -- Samples */

static void add(struct samples *s, double ms)
{
	if (s->len == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 256;
		s->ms = xrealloc(s->ms, s->cap * sizeof(*s->ms));
	}
	s->ms[s->len++] = ms;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double percentile(struct samples *s, size_t percent)
{
	qsort(s->ms, s->len, sizeof(*s->ms), compare);
	return s->ms[(s->len * percent + 99) / 100 - 1];
}

/* -- Asking */

static struct str ask(struct asker *a, const char *path, struct samples *own)
{
	struct bench *b = a->bench;
	double cpu = hub_cpu_s(&b->hub), start = now_s(), ms;
	struct str body;
	int status = person_call(a->person, "GET", path, NULL, &body);
	int64_t rss = hub_rss_bytes(&b->hub);

	if (status != 200)
		die("%s: %d %.*s", path, status, status > 0 ? (int)body.len : 0, body.p);
	ms = (hub_cpu_s(&b->hub) - cpu) * 1000;
	add(&a->waited, (now_s() - start) * 1000);
	add(own, ms);
	a->rss = rss > a->rss ? rss : a->rss;
	return body;
}

struct page {
	struct json_list items;
	const char *next_cursor;
};
struct item {
	const char *id;
};
/* clang-format off */
static const struct json_field item_fields[] = {
	{ "id", JSON_TEXT, offsetof(struct item, id), .max = PERSON_ID_MAX - 1 },
	{}
};
static const struct json_schema item_schema = { "item", sizeof(struct item), JSON_OPEN, item_fields };
static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, offsetof(struct page, items), JSON_REQUIRED, .max = 500, .sub = &item_schema },
	{ "next_cursor", JSON_TEXT, offsetof(struct page, next_cursor), .max = 512 },
	{}
};
static const struct json_schema page_schema = { "page", sizeof(struct page), JSON_OPEN, page_fields };
/* clang-format on */

static struct page read_page(struct str body, struct arena *mem)
{
	struct json_problem problem;
	struct page page;

	if (json_decode(&page_schema, body.p, body.len, mem, &page, &problem) < 0)
		die("an answer is no page: %s %s", problem.field, problem.detail);
	return page;
}

static void ask_to_the_end(struct asker *a, const char *path, struct samples *own)
{
	char next[2 * PATH_MAX_LEN];

	snprintf(next, sizeof(next), "%s", path);
	for (int i = 0; i < PAGES_MAX; i++) {
		struct arena mem = {};
		struct page page = read_page(ask(a, next, own), &mem);

		if (page.next_cursor)
			snprintf(next, sizeof(next), "%s&cursor=%s", path, page.next_cursor);
		arena_done(&mem);
		if (!page.next_cursor)
			return;
	}
	die("%s has no end", path);
}

/* SITE and YEAR filled in. */
static void fill_path(const struct asker *a, const char *path, char out[static PATH_MAX_LEN])
{
	char year[TIME_TEXT_MAX];
	const struct {
		const char *word, *text;
	} words[] = { { "SITE", a->site }, { "YEAR", year } };
	size_t len = 0;

	time_encode(clock_wall_ms() - 364 * 24 * 3600 * INT64_C(1000), year);
	while (*path && len < PATH_MAX_LEN - 100) {
		size_t w = 0;

		while (w < ARRAY_LEN(words) && strncmp(path, words[w].word, 4) != 0)
			w++;
		if (w < ARRAY_LEN(words)) {
			len += (size_t)snprintf(out + len, 100, "%s", words[w].text);
			path += 4;
		} else {
			out[len++] = *path++;
		}
	}
	out[len] = 0;
}

static void measure(struct asker *a, const struct question *q, double *worst)
{
	struct samples own = {};
	char path[PATH_MAX_LEN], name[80];
	double p99;

	fill_path(a, q->path, path);
	if (q->to_the_end)
		ask_to_the_end(a, path, &own);
	for (int i = 0; !q->to_the_end && i < ROUNDS; i++)
		ask(a, path, &own);
	p99 = percentile(&own, PERCENTILE);
	snprintf(name, sizeof(name), "fleet_%s", q->name);
	figure(name, p99, "ms");
	if (!q->chart) {
		*worst = p99 > *worst ? p99 : *worst;
		for (size_t i = 0; i < own.len; i++)
			add(&a->all, own.ms[i]);
	}
	free(own.ms);
}

/* -- Who asks */

static void make_user(struct bench *b, const char *password)
{
	char hash[PASSWORD_HASH_MAX];
	struct store s;

	store_open(b->hub.config, &s);
	password_hash(str_of(password), hash);
	provider_make(&s, EMAIL, hash);
	store_close(&s);
}

struct terms {
	int64_t version;
	const char *sha256;
};
static const struct json_field terms_fields[] = {
	{ "version", JSON_INT, offsetof(struct terms, version), JSON_REQUIRED },
	{ "sha256", JSON_TEXT, offsetof(struct terms, sha256), JSON_REQUIRED },
	{}
};
static const struct json_schema terms_schema = { "terms", sizeof(struct terms), JSON_OPEN,
						 terms_fields };

static void accept_terms(struct person *p)
{
	struct json_problem problem;
	struct arena mem = {};
	struct terms terms;
	struct str answer;
	char body[200];

	if (person_call(p, "GET", "/api/v1/me/terms", NULL, &answer) != 200 ||
	    json_decode(&terms_schema, answer.p, answer.len, &mem, &terms, &problem) < 0)
		die("the hub terms cannot be read");
	snprintf(body, sizeof(body), "{\"version\":%lld,\"sha256\":\"%s\",\"for_provider\":true}",
		 (long long)terms.version, terms.sha256);
	if (person_call(p, "POST", "/api/v1/me/terms", body, NULL) != 200)
		die("the hub terms cannot be accepted");
	arena_done(&mem);
}

static void find_largest(struct asker *a)
{
	struct samples unused = {};
	struct arena mem = {};
	struct page page = read_page(ask(a, "/api/v1/sites?sort=-devices&limit=1", &unused), &mem);

	if (!page.items.len)
		die("there is no site");
	snprintf(a->site, sizeof(a->site), "%s", ((const struct item *)page.items.items[0])->id);
	arena_done(&mem);
	free(unused.ms);
}

static void measure_all(struct asker *a)
{
	struct bench *b = a->bench;
	double worst = 0, loaded = (double)hub_rss_settled(b) / 1e6;

	find_largest(a);
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		measure(a, &questions[i], &worst);
	figure("fleet_questions", (double)a->all.len, "requests");
	figure("fleet_list_p50", percentile(&a->all, 50), "ms");
	figure("fleet_waited_p99", percentile(&a->waited, PERCENTILE), "ms");
	figure("fleet_rss_loaded", loaded, "MB");
	gate_at_most(b, "fleet_list_p99", worst, "ms", GOAL_MS);
	gate_at_most(b, "fleet_rss", (double)a->rss / 1e6, "MB", GOAL_RSS_MB);
}

void bench_fleet(struct bench *b, size_t len)
{
	struct asker a = { .bench = b };
	uint8_t random[16];
	struct buf password = buf_new(64);
	char url[100];
	double start;

	rand_bytes(random, sizeof(random));
	buf_put_base64url(&password, random, sizeof(random));
	buf_putc(&password, 0);
	make_user(b, (const char *)password.data);
	start = now_s();
	load_fleet(b->hub.config,
		   &(struct load_options){ .seed = 1, .sites = len, .days = 365, .history = 50 });
	figure("fleet_load", now_s() - start, "s");
	start = now_s();
	hub_start(&b->hub);
	figure("fleet_start", now_s() - start, "s");
	snprintf(url, sizeof(url), "https://%s", b->hub.authority);
	a.person = person_new(b->loop, url, b->ca);
	if (person_login(a.person, EMAIL, (const char *)password.data) != 201)
		die("nobody can log in");
	accept_terms(a.person);
	measure_all(&a);
	person_free(&a.person);
	hub_stop(&b->hub);
	buf_wipe(&password);
	free(a.all.ms);
	free(a.waited.ms);
}
