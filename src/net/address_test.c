/* address_test.c - which texts are addresses to listen at. */
#include "base/test.h"
#include "net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/err.h"

struct sample {
	const char *text;
	int family; /* 0: refused */
	bool local;
};

static const struct sample samples[] = {
	{ "127.0.0.1:0", AF_INET, true },
	{ "127.9.9.9:65535", AF_INET, true },
	{ "192.0.2.1:443", AF_INET, false },
	{ "0.0.0.0:1", AF_INET, false },
	{ "[::1]:8443", AF_INET6, true },
	{ "[2001:db8::1]:443", AF_INET6, false },
	{ "[::]:443", AF_INET6, false },
	{ "unix:/run/imprimatur/admin", AF_UNIX, true },
	{ "", 0, false },
	{ "127.0.0.1", 0, false },
	{ "127.0.0.1:", 0, false },
	{ "127.0.0.1:65536", 0, false },
	{ "127.0.0.1:-1", 0, false },
	{ "127.0.0.1: 1", 0, false },
	{ "127.1:80", 0, false },
	{ "localhost:80", 0, false },
	{ "::1:80", 0, false },
	{ "[::1]", 0, false },
	{ "[127.0.0.1]:80", 0, false },
	{ "[]:80", 0, false },
	{ "unix:", 0, false },
	{ ":80", 0, false },
};

TEST(only_numbers_and_socket_paths_are_addresses)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct address a = { 0 };
		int rc = address_parse(s->text, &a);

		if (rc != (s->family ? 0 : ERR_CONFIG) ||
		    (rc == 0 && a.sa.ss_family != s->family) || (rc == 0 && a.local != s->local))
			fail_msg("'%s': %d", s->text, rc);
	}
}

TEST(a_path_that_is_too_long_is_no_address)
{
	char text[200] = "unix:/";
	struct address a;

	memset(text + 6, 'x', 107 - 1);
	assert_int_equal(address_parse(text, &a), 0);
	assert_string_equal(address_unix_path(&a), text + 5);
	text[6 + 107 - 1] = 'x';
	assert_int_equal(address_parse(text, &a), ERR_CONFIG);
}

TEST(an_address_is_written_without_its_port)
{
	struct address a;
	char out[ADDRESS_TEXT_MAX];

	assert_int_equal(address_parse("192.0.2.1:443", &a), 0);
	address_text(&a.sa, out);
	assert_string_equal(out, "192.0.2.1");
	assert_null(address_unix_path(&a));
	assert_int_equal(address_parse("[2001:db8::1]:443", &a), 0);
	address_text(&a.sa, out);
	assert_string_equal(out, "2001:db8::1");
	assert_int_equal(address_parse("[::ffff:192.0.2.1]:443", &a), 0);
	address_text(&a.sa, out);
	assert_string_equal(out, "192.0.2.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(only_numbers_and_socket_paths_are_addresses),
		RUN(a_path_that_is_too_long_is_no_address),
		RUN(an_address_is_written_without_its_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
