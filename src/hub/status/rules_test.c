/* rules_test.c - what a provider sets of the rules counts for its sites, at once and for nobody
 * else's. */
#include "base/test.h"

#include "base/clock.h"
#include "hub/known.h"
#include "hub/status/status.h"
#include "hub/test_world.h"
#include "model/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct world *w;
static char site[ID_TEXT_MAX], site_path[128], rules_path[128];

/* A site that is connected and has told nothing: what counts is the rule no_report. */
static int setup(void **state)
{
	char code[64], invitation[ID_TEXT_MAX];

	w = world_new();
	world_site(w, site);
	world_invite(w, site, code, invitation);
	world_enrol(w, code);
	snprintf(site_path, sizeof(site_path), "/api/v1/sites/%s", site);
	snprintf(rules_path, sizeof(rules_path), "/api/v1/sites/%s/rules", site);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

static void call(const struct world_user *u, const char *method, const char *path, const char *body,
		 int status, const char *has)
{
	struct answer a = world_call(w, u, method, path, body);

	if (a.status != status || (has && !answer_has(&a, has)))
		print_error("%s %s: %d %.*s\n", method, path, a.status, (int)a.body.len,
			    (const char *)a.body.data);
	assert_int_equal(a.status, status);
	assert_true(!has || answer_has(&a, has));
	answer_done(&a);
}

/* Each call lets the loop and the store go on. */
static void until(const char *has)
{
	for (int i = 0; i < 200; i++) {
		struct answer a = world_call(w, &w->a, "GET", site_path, NULL);
		bool there = answer_has(&a, has);

		answer_done(&a);
		if (there)
			return;
		usleep(10000);
	}
	call(&w->a, "GET", site_path, NULL, 200, has);
}

#define NO_REPORT(severity) "{\"items\":[{\"name\":\"no_report\",\"severity\":\"" severity "\"}]}"

TEST(the_nearer_setting_decides_the_status_and_the_reason_says_whose_it_was)
{
	until("\"rule\":\"no_report\",\"unit\":null,\"severity\":\"warning\",\"origin\":"
	      "\"default\"");
	call(&w->a, "PUT", "/api/v1/rules", NO_REPORT("error"), 200, NULL);
	until("\"severity\":\"error\",\"origin\":\"provider\"");
	until("\"status\":\"error\"");
	call(&w->a, "PUT", rules_path, NO_REPORT("off"), 200,
	     "\"provider\":{\"threshold\":null,\"severity\":\"error\"},"
	     "\"site\":{\"threshold\":null,\"severity\":\"off\"},"
	     "\"in_force\":{\"threshold\":null,\"severity\":\"off\",\"origin\":\"site\"}");
	until("\"status\":\"ok\"");
	call(&w->a, "PUT", rules_path, NO_REPORT("warning"), 200, NULL);
	until("\"severity\":\"warning\",\"origin\":\"site\"");
	call(&w->a, "DELETE", rules_path, NULL, 204, NULL);
	until("\"severity\":\"error\",\"origin\":\"provider\"");
}

TEST(R5_another_providers_rules_are_its_own)
{
	call(&w->b, "PUT", "/api/v1/rules", NO_REPORT("off"), 200, NULL);
	call(&w->b, "PUT", rules_path, NO_REPORT("off"), 404, NULL);
	call(&w->b, "PUT", rules_path, "{}", 404, NULL);
	call(&w->b, "DELETE", rules_path, NULL, 404, NULL);
	call(&w->a, "GET", rules_path, NULL, 200,
	     "\"name\":\"no_report\",\"code\":\"no_report\",\"component\":null,\"unit\":null,"
	     "\"compare\":null,\"min\":null,\"max\":null,\"severities\":[\"off\",\"warning\","
	     "\"error\"],"
	     "\"default\":{\"threshold\":null,\"severity\":\"warning\"},"
	     "\"provider\":{\"threshold\":null,\"severity\":\"error\"},\"site\":null,");
	call(&w->a, "GET", site_path, NULL, 200, "\"status\":\"error\"");
}

TEST(a_setting_that_does_not_fit_its_rule_changes_nothing_and_is_named)
{
	static const struct {
		const char *item, *field;
	} bad[] = {
		{ "{\"name\":\"no_such_rule\",\"severity\":\"off\"}", "items[1].name" },
		{ "{\"name\":\"no_report\",\"threshold\":3}", "items[1].threshold" },
		{ "{\"name\":\"disk_low\",\"threshold\":100.5}", "items[1].threshold" },
		{ "{\"name\":\"disk_low\",\"threshold\":0}", "items[1].threshold" },
		{ "{\"name\":\"disk_low\",\"severity\":\"offline\"}", "items[1].severity" },
		/* Which of both would count? */
		{ "{\"name\":\"held_jobs\",\"threshold\":6}", "items[1].name" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		char body[256], field[64];

		snprintf(body, sizeof(body),
			 "{\"items\":[{\"name\":\"held_jobs\",\"threshold\":5},%s]}", bad[i].item);
		snprintf(field, sizeof(field), "\"field\":\"%s\"", bad[i].field);
		call(&w->a, "PUT", "/api/v1/rules", body, 400, field);
	}
	call(&w->a, "GET", "/api/v1/rules", NULL, 200,
	     "\"provider\":null,\"site\":null,"
	     "\"in_force\":{\"threshold\":1000,\"severity\":\"warning\",\"origin\":\"default\"}");
}

TEST(what_is_set_outlives_a_restart_and_what_is_taken_back_does_not)
{
	const char *set = "\"provider\":{\"threshold\":70.5,\"severity\":null}";

	call(&w->a, "PUT", "/api/v1/rules",
	     "{\"items\":[{\"name\":\"disk_low\",\"threshold\":70.5}]}", 200, set);
	world_restart(w);
	call(&w->a, "GET", "/api/v1/rules", NULL, 200, set);
	call(&w->a, "PUT", "/api/v1/rules", "{\"items\":[{\"name\":\"disk_low\"}]}", 200,
	     "\"in_force\":{\"threshold\":90,\"severity\":\"warning\",\"origin\":\"default\"}");
	world_restart(w);
	call(&w->a, "GET", "/api/v1/rules", NULL, 200,
	     "\"in_force\":{\"threshold\":90,\"severity\":\"warning\",\"origin\":\"default\"}");
}

/* As if its connector had polled just now. */
static void connect(const char *text)
{
	struct id customer, id;
	struct live *l;

	assert_int_equal(id_decode(ID_CUST, str_of(w->customer), &customer), 0);
	assert_int_equal(id_decode(ID_SITE, str_of(text), &id), 0);
	l = status_live_make(&w->hub, w->a.provider, customer, id);
	l->last_seen_ms = clock_wall_ms();
	status_refresh(l);
}

/* Several times as many as are concluded at once. */
TEST(a_providers_rule_reaches_all_its_sites)
{
	char id[ID_TEXT_MAX];

	for (int i = 0; i < 400; i++) {
		world_site(w, id);
		connect(id);
	}
	call(&w->a, "PUT", "/api/v1/rules", NO_REPORT("off"), 200, NULL);
	for (int i = 0; i < 100; i++) {
		struct answer a = world_call(w, &w->a, "GET", "/api/v1/sites?limit=1", NULL);
		bool done = answer_has(&a, "\"ok\":401,");

		answer_done(&a);
		if (done)
			break;
		usleep(10000);
	}
	call(&w->a, "GET", "/api/v1/sites?limit=1", NULL, 200,
	     "\"ok\":401,\"warning\":0,\"error\":0,");
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

TEST(a_list_of_vulnerable_versions_with_a_mistake_leaves_the_old_one_in_force)
{
	char path[] = "/tmp/known-test-XXXXXX";
	struct config_problem problem = {};
	struct known *k = known_new();
	struct arena mem = {};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	assert_null(known_find(k, PRODUCT_PAPERCUT_MF, "22.0.4", &mem));
	write_file(path, "CVE-1 papercut 22.0..22.0.9\n");
	assert_int_equal(known_load(k, path, &problem), 0);
	assert_string_equal(known_find(k, PRODUCT_PAPERCUT_MF, "22.0.4", &mem), "CVE-1");
	write_file(path, "CVE-2 papercut 22.0..22.0.9\nCVE-3 papercut\n");
	assert_true(known_load(k, path, &problem) < 0);
	assert_int_equal(problem.line, 2);
	assert_string_equal(known_find(k, PRODUCT_PAPERCUT_MF, "22.0.4", &mem), "CVE-1");
	unlink(path);
	assert_true(known_load(k, path, &problem) < 0);
	assert_string_equal(known_find(k, PRODUCT_PAPERCUT_MF, "22.0.4", &mem), "CVE-1");
	known_free(&k);
	arena_done(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_nearer_setting_decides_the_status_and_the_reason_says_whose_it_was),
		RUN(R5_another_providers_rules_are_its_own),
		RUN(a_setting_that_does_not_fit_its_rule_changes_nothing_and_is_named),
		RUN(what_is_set_outlives_a_restart_and_what_is_taken_back_does_not),
		RUN(a_providers_rule_reaches_all_its_sites),
		RUN(a_list_of_vulnerable_versions_with_a_mistake_leaves_the_old_one_in_force),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
