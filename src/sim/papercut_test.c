/* papercut_test.c - the simulated server keeps to what is known of the real one. */
#include "base/test.h"
#include "sim/papercut.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct asked {
	struct arena mem;
	struct scenario s;
	struct sim_answer a;
};

static void *set_up(void)
{
	struct asked *k = xcalloc(1, sizeof(*k));

	scenario_default(&k->mem, &k->s);
	k->a.body = buf_new(MIB);
	return k;
}

static void tear_down(struct asked *k)
{
	arena_done(&k->mem);
	buf_done(&k->a.body);
	free(k);
}

static void ask(struct asked *k, const char *path, const char *query, const char *key)
{
	buf_clear(&k->a.body);
	k->a.location[0] = 0;
	papercut_answer(&k->s,
			&(struct sim_request){ str_of(path), str_of(query), str_of(key),
					       STR("prn01:9191") },
			&k->a);
}

static bool says(const struct asked *k, const char *text)
{
	return strstr((const char *)k->a.body.data, text) != NULL;
}

TEST(the_key_is_taken_by_header_or_query_and_its_lack_told_apart)
{
	struct asked *k = set_up();
	char query[100];

	ask(k, "/api/health", NULL, NULL);
	assert_int_equal(k->a.status, 400);
	assert_true(says(k, "Missing required auth parameter"));
	ask(k, "/api/health", NULL, "wrong");
	assert_int_equal(k->a.status, 401);
	ask(k, "/api/health", NULL, k->s.key);
	assert_int_equal(k->a.status, 200);
	snprintf(query, sizeof(query), "x=1&Authorization=%s", k->s.key);
	ask(k, "/api/health/", query, NULL);
	assert_int_equal(k->a.status, 200);
	assert_true(says(k, "\"upgradeAssuranceRemainingDays\":213"));
	tear_down(k);
}

TEST(an_unhealthy_part_is_a_500_with_json)
{
	struct asked *k = set_up();
	struct sim_printer *p = k->s.printers.items[1];

	ask(k, "/api/health/printers/status", NULL, k->s.key);
	assert_int_equal(k->a.status, 200);
	p->status = "NO_TONER";
	ask(k, "/api/health/printers/status", NULL, k->s.key);
	assert_int_equal(k->a.status, 500);
	assert_true(says(k, "\"message\""));
	ask(k, "/api/health/printers/status", "in-error-threshold=1", k->s.key);
	assert_int_equal(k->a.status, 200);
	ask(k, "/api/health", NULL, k->s.key);
	assert_int_equal(k->a.status, 200);
	assert_true(says(k, "prn01\\\\HP-1F"));
	k->s.licence->valid = JSON_FALSE;
	ask(k, "/api/health/status", NULL, k->s.key);
	assert_int_equal(k->a.status, 500);
	tear_down(k);
}

TEST(an_old_server_says_comment_has_flat_devices_and_lacks_newer_parts)
{
	struct asked *k = set_up();

	k->s.profile = SIM_OLD16;
	ask(k, "/api/health/status", NULL, k->s.key);
	assert_true(says(k, "\"comment\""));
	ask(k, "/api/health/devices", NULL, k->s.key);
	assert_false(says(k, "\"state\""));
	ask(k, "/api/health/site-servers/status", NULL, k->s.key);
	assert_int_equal(k->a.status, 404);
	ask(k, "/api/health", NULL, k->s.key);
	assert_false(says(k, "jobTicketing"));
	tear_down(k);
}

TEST(a_redirecting_server_names_its_https_port)
{
	struct asked *k = set_up();

	k->s.mode = SIM_REDIRECT;
	ask(k, "/api/health", NULL, k->s.key);
	assert_int_equal(k->a.status, 302);
	assert_string_equal(k->a.location, "https://prn01:9192/api/health");
	tear_down(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_key_is_taken_by_header_or_query_and_its_lack_told_apart),
		RUN(an_unhealthy_part_is_a_500_with_json),
		RUN(an_old_server_says_comment_has_flat_devices_and_lacks_newer_parts),
		RUN(a_redirecting_server_names_its_https_port),
	};

	return cmocka_run_group_tests_name("sim.papercut", tests, NULL, NULL);
}
