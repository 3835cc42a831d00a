/* address_kind_test.c - whose an address is. */
#include "base/test.h"
#include "net/address_kind.h"

#include <stdlib.h>
#include <string.h>

TEST(each_address_is_of_the_kind_that_it_means)
{
	static const struct {
		const char *text;
		enum address_kind kind;
	} samples[] = {
		{ "10.0.0.5", ADDRESS_ORDINARY },
		{ "192.168.1.1", ADDRESS_ORDINARY },
		{ "100.64.0.1", ADDRESS_ORDINARY },
		{ "fd00::1", ADDRESS_ORDINARY },
		{ "2001:db8::1", ADDRESS_ORDINARY },
		{ "128.0.0.1", ADDRESS_ORDINARY },
		{ "223.255.255.255", ADDRESS_ORDINARY },
		{ "127.0.0.1", ADDRESS_LOOPBACK },
		{ "127.255.255.255", ADDRESS_LOOPBACK },
		{ "::1", ADDRESS_LOOPBACK },
		{ "::ffff:127.0.0.1", ADDRESS_LOOPBACK },
		{ "64:ff9b::127.0.0.1", ADDRESS_LOOPBACK },
		{ "2002:7f00:1::5", ADDRESS_LOOPBACK },
		{ "64:ff9b::10.0.0.5", ADDRESS_ORDINARY },
		{ "169.254.0.1", ADDRESS_LINK_LOCAL },
		{ "fe80::1", ADDRESS_LINK_LOCAL },
		{ "febf::1", ADDRESS_LINK_LOCAL },
		{ "fec0::1", ADDRESS_LINK_LOCAL },
		{ "0.0.0.0", ADDRESS_NOBODYS },
		{ "::", ADDRESS_NOBODYS },
		{ "::10.0.0.5", ADDRESS_NOBODYS },
		{ "224.0.0.1", ADDRESS_NOBODYS },
		{ "239.1.1.1", ADDRESS_NOBODYS },
		{ "240.0.0.1", ADDRESS_NOBODYS },
		{ "255.255.255.255", ADDRESS_NOBODYS },
		{ "ff02::1", ADDRESS_NOBODYS },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		uint8_t octets[16];

		assert_true(address_literal(str_of(samples[i].text), octets));
		if (address_kind_of(octets) != samples[i].kind)
			fail_msg("%s is of another kind", samples[i].text);
	}
}

TEST(other_spellings_of_an_address_are_known_for_what_they_are)
{
	static const char *const numbers[] = { "127.1", "2130706433", "0x7f000001", "0177.0.0.1",
					       "127.0.1" };
	static const char *const names[] = { "printer", "127.0.0.1", "1.example", "::1", "" };
	uint8_t octets[16];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		assert_false(address_literal(str_of(numbers[i]), octets));
		assert_true(address_looks_numeric(str_of(numbers[i])));
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(address_looks_numeric(str_of(names[i])));
}

TEST(loopback_is_this_machine_and_is_not_told_as_an_address_of_it)
{
	struct address_here own[16];
	size_t len = address_list_here(own, ARRAY_LEN(own));
	uint8_t octets[16];

	assert_true(address_literal(STR("127.0.0.1"), octets));
	assert_true(address_is_here(octets));
	assert_true(address_literal(STR("192.0.2.77"), octets));
	assert_false(address_is_here(octets));
	for (size_t i = 0; i < len; i++) {
		assert_true(address_literal(str_of(own[i].text), octets));
		assert_true(address_is_here(octets));
		assert_int_equal(address_kind_of(octets), ADDRESS_ORDINARY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_address_is_of_the_kind_that_it_means),
		cmocka_unit_test(other_spellings_of_an_address_are_known_for_what_they_are),
		cmocka_unit_test(loopback_is_this_machine_and_is_not_told_as_an_address_of_it),
	};

	return cmocka_run_group_tests_name("net.address_kind", tests, NULL, NULL);
}
