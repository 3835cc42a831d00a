/* papercut_test.c - the simulated server keeps to what is known of the real one. */
#include "base/test.h"
#include "base/json_tree.h"
#include "sim/marks.h"
#include "sim/test_sim.h"
#include <stdio.h>
#include <string.h>

TEST(the_key_is_taken_by_header_or_query_and_its_lack_told_apart)
{
	struct asked *k = asked_new();

	k->rq.method = METHOD_GET;
	k->rq.path = STR("/api/health");
	asked_call(k);
	assert_int_equal(k->a.status, 400);
	assert_true(asked_says(k, "Missing required auth parameter"));
	k->rq.key = STR("wrong");
	asked_call(k);
	assert_int_equal(k->a.status, 401);
	asked_get(k, "/api/health", NULL);
	assert_int_equal(k->a.status, 200);
	k->rq.key = (struct str){};
	k->rq.path = STR("/api/health/");
	k->rq.query = str_of(arena_printf(&k->mem, "x=1&Authorization=%s", k->s.key));
	asked_call(k);
	assert_int_equal(k->a.status, 200);
	assert_true(asked_says(k, "\"upgradeAssuranceRemainingDays\":213"));
	asked_free(k);
}

TEST(how_a_key_is_refused_is_a_switch)
{
	struct asked *k = asked_new();

	asked_scenario(k, "{\"missing_key_status\":403,\"wrong_key_status\":400,"
			  "\"wrong_key_text\":\"go away\"}");
	k->rq.method = METHOD_GET;
	k->rq.path = STR("/api/stats/held-jobs-count");
	asked_call(k);
	assert_int_equal(k->a.status, 403);
	k->rq.key = STR("wrong");
	asked_call(k);
	assert_int_equal(k->a.status, 400);
	assert_true(asked_says(k, "go away"));
	asked_free(k);
}

TEST(an_unhealthy_part_is_a_500_with_json)
{
	struct asked *k = asked_new();
	struct sim_printer *p = k->s.printers.items[1];

	asked_get(k, "/api/health/printers/status", NULL);
	assert_int_equal(k->a.status, 200);
	p->status = "NO_TONER";
	asked_get(k, "/api/health/printers/status", NULL);
	assert_int_equal(k->a.status, 500);
	assert_true(asked_says(k, "\"message\""));
	asked_get(k, "/api/health/printers/status", "in-error-threshold=1");
	assert_int_equal(k->a.status, 200);
	asked_get(k, "/api/health", NULL);
	assert_int_equal(k->a.status, 200);
	assert_true(asked_says(k, "prn01\\\\HP-1F"));
	k->s.licence->valid = JSON_FALSE;
	asked_get(k, "/api/health/license/status", NULL);
	assert_int_equal(k->a.status, 500);
	assert_true(asked_says(k, "Invalid license status: EXPIRED"));
	asked_free(k);
}

/* clang-format off */
static const struct {
	const char *scenario, *path, *query, *says;
	int status;
} verdicts[] = {
	{ "{\"disk_used_percent\":99.5}", "/api/health/status", NULL, "disk", 500 },
	{ "{\"disk_used_percent\":99.5}", "/api/health/application-server/status", "disk-threshold-mb=100", "OK", 200 },
	{ "{\"database_active\":400}", "/api/health/database/status", NULL, "connections", 500 },
	{ "{\"database_active\":400}", "/api/health/database/status", "connections-threshold-percentage=99", "OK", 200 },
	{ "{\"site_servers_offline\":1}", "/api/health/status", NULL, "Site Server", 500 },
	{ "{\"mobility_print_servers_offline\":1}", "/api/health/mobility-print-servers/status", NULL, "Mobility", 500 },
	{ "{\"web_print_servers\":2,\"web_print_servers_offline\":1}", "/api/health/web-print/status", NULL, "Web Print", 500 },
	{ "{\"job_ticketing\":{\"status\":\"down\"}}", "/api/health/job-ticketing/status", NULL, "Job Ticketing", 500 },
	{ "{}", "/api/health/job-ticketing/status", NULL, "OK", 200 },
	{ "{\"printers\":[{\"name\":\"s\\\\q\",\"id\":1203,\"status\":\"NO_TONER\"}]}",
	  "/api/health/printers/1203/status", NULL, "\"comment\":\"Printer is in state NO_TONER\"", 500 },
	{ "{\"printers\":[{\"name\":\"s\\\\q\",\"id\":1203,\"last_job_s\":7300}]}",
	  "/api/health/printers/1203/has-recent-jobs", "minutes=120", "no recent jobs", 500 },
	{ "{\"printers\":[{\"name\":\"s\\\\q\",\"id\":1203,\"last_job_s\":7200}]}",
	  "/api/health/printers/1203/has-recent-jobs", "minutes=120", "OK", 200 },
	{ "{}", "/api/health/printers/99/status", NULL, "Not found", 404 },
	{ "{}", "/api/health/printers/x/status", NULL, "Not found", 404 },
	{ "{}", "/api/health/devices/2001/status", NULL, "OK", 200 },
	{ "{\"profile\":\"old16\"}", "/api/health/site-servers/status", NULL, "Not found", 404 },
	{ "{\"verdict_member\":\"comment\"}", "/api/health/status", NULL, "\"comment\"", 200 },
	{ "{}", "/api/stats/recent-pages-count", "minutes=1000", ":5160", 200 },
	{ "{\"minutes_form\":\"refuse\"}", "/api/stats/recent-pages-count", "minutes=1000", "minutes", 400 },
	{ "{}", "/api/stats/recent-warnings-count", NULL, "{\"recentWarningsCount\":3}", 200 },
	{ "{}", "/api/stats/held-jobs-count", NULL, "{\"heldJobsCount\":5}", 200 },
};
/* clang-format on */

TEST(each_status_address_has_its_cause_threshold_and_member)
{
	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		struct asked *k = asked_new();

		asked_scenario(k, verdicts[i].scenario);
		asked_get(k, verdicts[i].path, verdicts[i].query);
		if (k->a.status != verdicts[i].status || !asked_says(k, verdicts[i].says))
			fail_msg("%s %s: %d %.*s", verdicts[i].scenario, verdicts[i].path,
				 k->a.status, (int)k->a.body.len, k->a.body.data);
		asked_free(k);
	}
}

/* clang-format off */
static const struct {
	const char *mode, *says, *says_not;
} failures[] = {
	{ "unhealthy", "\"applicationServer\"", "\"message\":\"The" },
	{ "unhealthy_verdict", "{\"status\":\"ERROR\",\"message\":\"The", "applicationServer" },
	{ "failure_json", "{\"error\":", "status" },
	{ "server_failure", "<h2>Version Details</h2>", "applicationServer" },
};
/* clang-format on */

TEST(a_500_has_json_with_and_without_a_status_or_a_page)
{
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct asked *k = asked_new();

		asked_scenario(k, arena_printf(&k->mem, "{\"mode\":\"%s\"}", failures[i].mode));
		asked_get(k, "/api/health", NULL);
		if (k->a.status != 500 || !asked_says(k, failures[i].says) ||
		    asked_says(k, failures[i].says_not))
			fail_msg("%s: %d %.*s", failures[i].mode, k->a.status, (int)k->a.body.len,
				 k->a.body.data);
		asked_free(k);
	}
}

/* clang-format off */
static const struct {
	const char *scenario, *path, *says, *says_not;
} spellings[] = {
	{ "{\"profile\":\"old16\"}", "/api/health/status", "\"comment\"", "message" },
	{ "{\"profile\":\"old16\"}", "/api/health/devices", "\"status\"", "\"state\"" },
	{ "{\"profile\":\"old16\"}", "/api/health", "printProviders", "jobTicketing" },
	{ "{}", "/api/health", "\"heldJobCountTotal\":5", "heldJobsCountTotal" },
	{ "{\"held_member\":\"heldJobsCountTotal\"}", "/api/health", "\"heldJobsCountTotal\":5", "heldJobCountTotal" },
	{ "{}", "/api/health/print-providers", "\"ip\"", "\"IP\"" },
	{ "{\"ip_member\":\"IP\"}", "/api/health/print-providers", "\"IP\"", "\"ip\"" },
	{ "{\"truth_form\":\"text\"}", "/api/health", "\"valid\":\"true\"", "\"valid\":true" },
	{ "{\"percent_form\":\"whole\"}", "/api/health", "\"diskSpaceUsedPercentage\":50,", "49.8" },
	{ "{\"print_providers_offline\":1}", "/api/health", "\"offline\":[{\"name\":\"prn01\"}]", "[\"prn01" },
	{ "{\"print_providers_offline\":1,\"in_error_form\":\"texts\"}", "/api/health", "\"offline\":[\"prn01\"]", "{\"name\"" },
	{ "{\"profile\":\"v24-subscription\"}", "/api/health", "\"valid\":true", "upgradeAssurance" },
	{ "{\"licence\":{\"remaining_days\":30}}", "/api/health", "\"licenseRemainingDays\":30", "upgradeAssurance" },
	{ "{\"licence\":{\"users\":{\"licensed\":-1}}}", "/api/health/license", "\"licensed\":\"Unlimited\"", "1000" },
	{ "{\"devices\":[]}", "/api/health/devices", "{\"devices\":[]}", "mfd" },
	{ "{\"product\":\"NG\"}", "/api/health", "\"printers\"", "\"devices\"" },
	{ "{\"product\":\"NG\"}", "/api/health/devices", "Not found", "mfd" },
	{ "{\"product\":\"NG\",\"devices\":[{\"name\":\"m\"}]}", "/api/health/devices/urls", "Not found", "mfd" },
};
/* clang-format on */

TEST(what_real_servers_spell_in_two_ways_is_a_switch)
{
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		struct asked *k = asked_new();

		asked_scenario(k, spellings[i].scenario);
		asked_get(k, spellings[i].path, NULL);
		if (!asked_says(k, spellings[i].says) || asked_says(k, spellings[i].says_not))
			fail_msg("%s %s: %.*s", spellings[i].scenario, spellings[i].path,
				 (int)k->a.body.len, k->a.body.data);
		asked_free(k);
	}
}

TEST(every_document_is_json_in_every_profile)
{
	static const char *const profiles[] = { "{}", "{\"profile\":\"old16\"}",
						"{\"profile\":\"v24-subscription\"}",
						"{\"more_printers\":5000,\"more_devices\":300}" };
	static const char *const paths[] = { "",
					     "/printers",
					     "/devices",
					     "/database",
					     "/license",
					     "/print-providers",
					     "/site-servers",
					     "/web-print",
					     "/job-ticketing",
					     "/application-server",
					     "/mobility-print-servers" };
	char path[100], detail[TREE_DETAIL_MAX];

	for (size_t i = 0; i < ARRAY_LEN(profiles) * ARRAY_LEN(paths); i++) {
		struct asked *k = asked_new();
		struct tree tree = {};

		asked_scenario(k, profiles[i / ARRAY_LEN(paths)]);
		snprintf(path, sizeof(path), "/api/health%s", paths[i % ARRAY_LEN(paths)]);
		asked_get(k, path, NULL);
		if (k->a.status != 404)
			assert_int_equal(tree_parse(buf_str(&k->a.body), &tree, detail), 0);
		tree_free(&tree);
		asked_free(k);
	}
}

TEST(five_thousand_printers_are_one_answer)
{
	struct asked *k = asked_new();

	asked_scenario(k, "{\"printers\":[],\"more_printers\":5000}");
	asked_get(k, "/api/health/printers", NULL);
	assert_int_equal(k->a.status, 200);
	assert_true(asked_says(k, "prn10\\\\Queue-04999"));
	asked_get(k, "/api/health/printers/6001/status", NULL);
	assert_int_equal(k->a.status, 200);
	asked_free(k);
}

TEST(lists_of_addresses_are_csv_with_the_key_in_clear_text)
{
	struct asked *k = asked_new();

	asked_scenario(k, "{\"printers\":[{\"name\":\"srv\\\\A, \\\"B\\\"\",\"id\":7}]}");
	asked_get(k, "/api/health/printers/urls", NULL);
	assert_string_equal(k->a.type, "text/csv");
	assert_true(asked_says(k, "srv,\"A, \"\"B\"\"\",Floor 2,http://prn01:9191/api/health/"
				  "printers/7/status?Authorization=0123456789"));
	k->s.csv_form = CSV_BARE;
	asked_get(k, "/api/health/printers/urls", NULL);
	assert_true(asked_says(k, "srv,A, \"B\",Floor 2,"));
	asked_get(k, "/api/health/devices/urls", NULL);
	assert_true(asked_says(k, "mfd-2f,Floor 2,http://prn01:9191/api/health/devices/2001/"));
	asked_free(k);
}

TEST(a_redirecting_server_names_its_https_port)
{
	struct asked *k = asked_new();

	k->s.mode = SIM_REDIRECT;
	asked_get(k, "/api/health", NULL);
	assert_int_equal(k->a.status, 302);
	assert_true(asked_head_says(k, "Location: https://prn01:9192/api/health\r\n"));
	asked_free(k);
}

TEST(a_broken_server_answers_with_a_page_and_its_version)
{
	struct asked *k = asked_new();

	k->s.mode = SIM_SERVER_FAILURE;
	asked_get(k, "/api/health", NULL);
	assert_int_equal(k->a.status, 500);
	assert_string_equal(k->a.type, "text/html");
	assert_true(asked_says(k, "Version Details"));
	asked_free(k);
}

/* Leaves out where a text stands that has no free choice: these words are the interface. */
TEST(with_marks_every_free_text_has_one_and_names_keep_theirs)
{
	struct asked *k = asked_new();
	const struct sim_printer *p = k->s.printers.items[0];
	char label[MARK_SIZE], server[MARK_SIZE];

	k->marks = marks_new();
	marks_scenario(k->marks, &k->mem, &k->s);
	mark(k->marks, MARK_LABEL, label, "printer %lld name", (long long)p->id);
	mark(k->marks, MARK_NEVER, server, "printer %lld server", (long long)p->id);
	asked_get(k, "/api/health/printers", NULL);
	assert_true(asked_says(k, label));
	assert_true(asked_says(k, server));
	assert_true(asked_says(k, "@example.org"));
	assert_true(asked_says(k, "simulatedNewMember"));
	asked_get(k, "/api/health/status", NULL);
	assert_true(asked_says(k, "\"message\":\" zzmark"));
	asked_get(k, "/api/health", NULL);
	assert_true(asked_says(k, "\"architecture\":\"amd64 zzmark"));
	assert_true(asked_says(k, "\"version\":\"22.0.4 (Build 65000) zzmark"));
	asked_get(k, "/nothing", NULL);
	assert_true(asked_says(k, "zzmark"));
	marks_free(&k->marks);
	asked_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_key_is_taken_by_header_or_query_and_its_lack_told_apart),
		RUN(how_a_key_is_refused_is_a_switch),
		RUN(an_unhealthy_part_is_a_500_with_json),
		RUN(each_status_address_has_its_cause_threshold_and_member),
		RUN(a_500_has_json_with_and_without_a_status_or_a_page),
		RUN(what_real_servers_spell_in_two_ways_is_a_switch),
		RUN(every_document_is_json_in_every_profile),
		RUN(five_thousand_printers_are_one_answer),
		RUN(lists_of_addresses_are_csv_with_the_key_in_clear_text),
		RUN(a_redirecting_server_names_its_https_port),
		RUN(a_broken_server_answers_with_a_page_and_its_version),
		RUN(with_marks_every_free_text_has_one_and_names_keep_theirs),
	};

	return cmocka_run_group_tests_name("sim.papercut", tests, NULL, NULL);
}
