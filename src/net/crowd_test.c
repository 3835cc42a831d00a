/* crowd_test.c - which addresses are one network, who has most, and whose turn it is. */
#include "base/test.h"
#include "net/crowd.h"

#include <string.h>

#include "net/address.h"

struct pair {
	const char *a, *b;
	bool same;
};

static const struct pair pairs[] = {
	{ "192.0.2.1:1", "192.0.2.1:2", true },
	{ "192.0.2.1:1", "192.0.2.2:1", false },
	{ "192.0.2.1:1", "[::ffff:192.0.2.1]:1", true },
	{ "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1", false },
	{ "[2001:db8::1]:1", "[2001:db8::ffff:ffff:ffff:ffff]:1", true },
	{ "[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false },
	{ "[::1]:1", "unix:/run/x", false },
	{ "[::1]:1", "0.0.0.0:1", false },
};

static struct network network(const char *text)
{
	struct address a;
	struct network n;

	assert_int_equal(address_parse(text, &a), 0);
	network_of(&a.sa, &n);
	return n;
}

TEST(a_network_is_an_ipv4_address_or_an_ipv6_64)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct network a = network(pairs[i].a), b = network(pairs[i].b);

		if ((memcmp(&a, &b, sizeof(a)) == 0) != pairs[i].same)
			fail_msg("%s and %s", pairs[i].a, pairs[i].b);
	}
}

#define A ((struct network[]){ network("192.0.2.1:1") })
#define B ((struct network[]){ network("192.0.2.2:1") })

TEST(the_oldest_of_the_network_that_has_most_is_found_as_members_come_and_go)
{
	struct crowd_member a[3] = {}, b[2] = {};
	struct crowd c;

	crowd_init(&c, 8);
	assert_null(crowd_of_greediest(&c));
	assert_null(crowd_oldest(&c, A));
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		crowd_join(&c, &a[i], A);
	for (size_t i = 0; i < ARRAY_LEN(b); i++)
		crowd_join(&c, &b[i], B);
	assert_int_equal(crowd_count(&c, A), 3);
	assert_int_equal(c.len, 5);
	assert_ptr_equal(crowd_of_greediest(&c), &a[0]);
	crowd_leave(&c, &a[0]);
	crowd_leave(&c, &a[0]);
	crowd_leave(&c, &a[1]);
	assert_ptr_equal(crowd_oldest(&c, A), &a[2]);
	assert_ptr_equal(crowd_of_greediest(&c), &b[0]);
	crowd_join(&c, &a[0], A);
	crowd_join(&c, &a[1], A);
	assert_ptr_equal(crowd_of_greediest(&c), &a[2]);
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		crowd_leave(&c, &a[i]);
	crowd_leave(&c, &b[0]);
	assert_ptr_equal(crowd_of_greediest(&c), &b[1]);
	crowd_leave(&c, &b[1]);
	assert_null(crowd_of_greediest(&c));
	assert_int_equal(c.len, 0);
	crowd_done(&c);
}

TEST(networks_take_turns_however_many_they_have)
{
	struct crowd_member a[3] = {}, b = {};
	struct crowd c;

	crowd_init(&c, 1); /* more than it tells apart */
	assert_null(crowd_next(&c));
	for (size_t i = 0; i < ARRAY_LEN(a); i++)
		crowd_join(&c, &a[i], A);
	crowd_join(&c, &b, B);
	assert_ptr_equal(crowd_next(&c), &a[0]);
	assert_ptr_equal(crowd_next(&c), &b);
	assert_ptr_equal(crowd_next(&c), &a[0]);
	crowd_leave(&c, &a[0]);
	crowd_leave(&c, &b);
	assert_ptr_equal(crowd_next(&c), &a[1]);
	crowd_leave(&c, &a[1]);
	crowd_leave(&c, &a[2]);
	crowd_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_network_is_an_ipv4_address_or_an_ipv6_64),
		RUN(the_oldest_of_the_network_that_has_most_is_found_as_members_come_and_go),
		RUN(networks_take_turns_however_many_they_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
