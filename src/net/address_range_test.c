/* address_range_test.c - which lists are understood, and who is in them. */
#include "base/test.h"
#include "net/address_range.h"

#include <stdio.h>

#include "base/err.h"
#include "net/address.h"

struct sample {
	const char *ranges, *address;
	bool in;
};

static const struct sample samples[] = {
	{ "10.0.0.0/8", "10.255.0.1:1", true },
	{ "10.0.0.0/8", "11.0.0.1:1", false },
	{ "10.128.0.0/9", "10.127.255.255:1", false },
	{ "10.128.0.0/9", "10.128.0.0:1", true },
	{ "192.0.2.7", "192.0.2.7:1", true },
	{ "192.0.2.7", "192.0.2.6:1", false },
	{ "192.0.2.7/31", "192.0.2.6:1", true },
	{ "192.0.2.7 , 2001:db8::/33", "[2001:db8:7fff::1]:1", true },
	{ "192.0.2.7,2001:db8::/33", "[2001:db8:8000::1]:1", false },
	{ "192.0.2.7", "[::ffff:192.0.2.7]:1", true },
	{ "0.0.0.0/0", "203.0.113.9:1", true },
	{ "0.0.0.0/0", "[2001:db8::1]:1", false },
	{ "::/0", "[2001:db8::1]:1", true },
	{ "", "127.0.0.1:1", false },
	{ "127.0.0.0/8", "unix:/run/x", false },
};

TEST(an_address_is_in_a_network_by_its_leading_bits)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct address_ranges r;
		struct address a;

		assert_int_equal(address_ranges_parse(s->ranges, &r), 0);
		assert_int_equal(address_parse(s->address, &a), 0);
		if (address_ranges_have(&r, &a.sa) != s->in)
			fail_msg("%s in '%s'", s->address, s->ranges);
	}
}

TEST(what_is_no_list_of_addresses_is_refused)
{
	static const char *const bad[] = { ",",           "10.0.0.0/33",    "10.0.0.0/",
					   "10.0.0.0/-1", "10.0.0.0/8/8",   "/8",
					   "10.0.0.0/8,", "2001:db8::/129", "localhost",
					   "10.1",        "127.0.0.1:80",   "*" };
	struct address_ranges r;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (address_ranges_parse(bad[i], &r) != ERR_CONFIG)
			fail_msg("'%s' was taken", bad[i]);
}

TEST(a_list_has_a_limited_length)
{
	char text[(ADDRESS_RANGES_MAX + 1) * 4] = "";
	struct address_ranges r;
	size_t len = 0;

	for (size_t i = 0; i < ADDRESS_RANGES_MAX; i++) {
		assert_int_equal(address_ranges_parse(text, &r), 0);
		assert_int_equal(r.len, i);
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s::1", i ? "," : "");
	}
	assert_int_equal(address_ranges_parse(text, &r), 0);
	snprintf(text + len, sizeof(text) - len, ",::");
	assert_int_equal(address_ranges_parse(text, &r), ERR_CONFIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_address_is_in_a_network_by_its_leading_bits),
		RUN(what_is_no_list_of_addresses_is_refused),
		RUN(a_list_has_a_limited_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
