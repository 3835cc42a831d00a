/* customers_test.c - customers as they are listed: counted, sorted, renamed. */
#include "base/test.h"

#include "hub/test_world.h"
#include <stdio.h>
#include <string.h>

static struct world *w;
static char path[128];

static int setup(void **state)
{
	w = world_new();
	snprintf(path, sizeof(path), "/api/v1/customers/%s", w->customer);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

static void call(const char *method, const char *where, const char *body, int status,
		 const char *has)
{
	struct answer a = world_call(w, &w->a, method, where, body);

	if (a.status != status || (has && !answer_has(&a, has)))
		print_error("%s %s: %d %.*s\n", method, where, a.status, (int)a.body.len,
			    (const char *)a.body.data);
	assert_int_equal(a.status, status);
	assert_true(!has || answer_has(&a, has));
	answer_done(&a);
}

/* The name of the first in the list. */
static void first_is(const char *query, const char *name)
{
	struct answer a = world_call(w, &w->a, "GET", query, NULL);

	assert_int_equal(a.status, 200);
	assert_string_equal(answer_member(&a, "name"), name);
	answer_done(&a);
}

TEST(R33_a_customer_is_shown_with_its_sites_and_the_worst_of_them)
{
	char site[ID_TEXT_MAX];

	call("GET", path, NULL, 200, "\"sites\":1,\"status\":\"never_connected\"");
	world_site(w, site);
	call("GET", path, NULL, 200, "\"sites\":2,\"status\":\"never_connected\"");
	call("POST", "/api/v1/customers", "{\"name\":\"Zoo\"}", 201, NULL);
	call("GET", "/api/v1/customers?query=zoo", NULL, 200, "\"sites\":0,\"status\":null");
	call("GET", "/api/v1/customers/cust_00000000000000000000000000", NULL, 404, NULL);
}

TEST(customers_are_sorted_by_name_sites_or_what_needs_somebody)
{
	char cursor[256], next[400];
	struct answer a;

	call("POST", "/api/v1/customers", "{\"name\":\"Aa\"}", 201, NULL);
	call("POST", "/api/v1/customers", "{\"name\":\"Zoo\"}", 201, NULL);
	first_is("/api/v1/customers", "Aa");
	first_is("/api/v1/customers?sort=-name", "Zoo");
	first_is("/api/v1/customers?sort=sites", "Aa");
	first_is("/api/v1/customers?sort=-sites", "Klinikum S\303\274d");
	first_is("/api/v1/customers?sort=attention", "Klinikum S\303\274d");
	call("GET", "/api/v1/customers?sort=colour", NULL, 400, "\"sort\"");
	a = world_call(w, &w->a, "GET", "/api/v1/customers?sort=-sites&limit=1", NULL);
	snprintf(cursor, sizeof(cursor), "%.255s", answer_member(&a, "next_cursor"));
	answer_done(&a);
	snprintf(next, sizeof(next), "/api/v1/customers?sort=-sites&limit=1&cursor=%s", cursor);
	first_is(next, "Zoo");
	snprintf(next, sizeof(next), "/api/v1/customers?sort=sites&limit=1&cursor=%s", cursor);
	call("GET", next, NULL, 400, "\"cursor\"");
}

TEST(another_name_is_at_once_that_of_the_customer_and_of_its_sites)
{
	char site_path[128];

	snprintf(site_path, sizeof(site_path), "/api/v1/sites/%s", w->site);
	call("GET", "/api/v1/customers", NULL, 200, "Klinikum");
	call("PATCH", path, "{\"name\":\"Spital Nord\"}", 200,
	     "\"name\":\"Spital Nord\",\"language\":\"en\"");
	call("PATCH", path, "{\"language\":\"fr\"}", 200,
	     "\"name\":\"Spital Nord\",\"language\":\"fr\"");
	call("GET", path, NULL, 200, "\"name\":\"Spital Nord\",\"language\":\"fr\"");
	call("GET", "/api/v1/sites?query=spital", NULL, 200, w->site);
	call("GET", "/api/v1/sites?query=klinikum", NULL, 200, "\"total\":0");
	call("PATCH", site_path, "{\"name\":\"Haus Z\"}", 200, "\"name\":\"Haus Z\"");
	call("GET", "/api/v1/sites?query=haus%20z", NULL, 200, w->site);
	snprintf(site_path, sizeof(site_path), "/api/v1/sites/%s/changes", w->site);
	call("GET", site_path, NULL, 200, "\"after\":\"Haus Z\"");
	call("PATCH", path, "{\"name\":\"\\u0001\"}", 400, "\"name\"");
	call("PATCH", path, "{\"name\":\" \"}", 400, "\"name\"");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R33_a_customer_is_shown_with_its_sites_and_the_worst_of_them),
		T(customers_are_sorted_by_name_sites_or_what_needs_somebody),
		T(another_name_is_at_once_that_of_the_customer_and_of_its_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
