/* config_test.c - names, regions, and the file that init writes. */
#include "hub/config.h"

#include "base/test.h"
#include <string.h>

static const char *authority(const char *url, int port)
{
	static char text[128];
	struct arena mem = {};
	const char *found;

	if (!hub_authority_of(&mem, url, port, &found))
		return "none";
	strncpy(text, found, sizeof(text) - 1);
	arena_done(&mem);
	return text;
}

TEST(the_authority_is_lower_case_and_without_the_default_port)
{
	assert_string_equal(authority("https://Hub.Example.test", -1), "hub.example.test");
	assert_string_equal(authority("https://hub.example.test:443/", -1), "hub.example.test");
	assert_string_equal(authority("https://localhost:8443", -1), "localhost:8443");
	assert_string_equal(authority("https://localhost:8443", 9000), "localhost:9000");
	assert_string_equal(authority("https://[::1]:8443", -1), "[::1]:8443");
	assert_string_equal(authority("https://[::1]", -1), "[::1]");
}

TEST(what_is_no_address_of_a_hub_is_refused)
{
	static const char *const bad[] = { "http://hub.example.test",
					   "https://",
					   "https://a/b",
					   "https://a:b",
					   "https://a:70000",
					   "https://u@a",
					   "hub.example.test",
					   "https://a b",
					   "https://[8]::443",
					   "https://[",
					   "https://[]",
					   "https://[::1]x",
					   "https://[::1",
					   "https://a]",
					   "https://[a.b]",
					   "https://a:0" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_string_equal(authority(bad[i], -1), "none");
}

TEST(names_of_one_site_are_told_from_names_of_two)
{
	static const struct {
		const char *a, *b;
		bool same;
	} samples[] = {
		{ "hub.example.test", "console.example.test", true },
		{ "example.test", "console.EXAMPLE.test", true },
		{ "hub.example.test", "example-visits.test", false },
		{ "hub.acme.co.uk", "visits.acme.co.uk", true },
		{ "hub.acme.co.uk", "acme-visits.co.uk", false },
		{ "co.uk", "x.co.uk", false },
		{ "localhost", "visits.localhost", false },
		{ "hub.ibm.de", "visits.ibm.de", true },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++)
		assert_int_equal(hub_same_site(samples[i].a, samples[i].b), samples[i].same);
}

TEST(R69_a_region_has_to_be_in_the_list_which_begins_with_four)
{
	assert_string_equal(HUB_REGIONS, "us de uk au");
	assert_null(hub_region_problem("de", HUB_REGIONS));
	assert_null(hub_region_problem("fr", HUB_REGIONS " fr"));
	assert_non_null(hub_region_problem("fr", HUB_REGIONS));
	assert_non_null(hub_region_problem("x", "x"));
	assert_non_null(hub_region_problem("Fr", "Fr"));
	assert_non_null(hub_region_problem("abcdefghi", "abcdefghi"));
}

TEST(the_file_that_init_writes_is_read_again)
{
	const struct hub_given given = { "https://hub.example.test", "0.0.0.0:443", "fr",
					 HUB_REGIONS " fr" };
	struct config_problem problem = {};
	struct hub_config config = {};
	struct buf text = buf_new(64 * KIB);
	struct arena mem = {};

	hub_config_write(&text, &given);
	assert_int_equal(config_parse(buf_str(&text), hub_options, &mem, &config, &problem), 0);
	assert_string_equal(config.public_url, given.public_url);
	assert_string_equal(config.region, "fr");
	assert_int_equal(config.poll_hold_ms, 25000);
	assert_int_equal(config.start_grace_ms, 300000);
	assert_null(config.admin_listen);
	arena_done(&mem);
	buf_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_authority_is_lower_case_and_without_the_default_port),
		RUN(what_is_no_address_of_a_hub_is_refused),
		RUN(names_of_one_site_are_told_from_names_of_two),
		RUN(R69_a_region_has_to_be_in_the_list_which_begins_with_four),
		RUN(the_file_that_init_writes_is_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
