/* label_test.c - what names become, by examples. */
#include "base/test.h"

#include "model/label.h"

#include <stdio.h>
#include <string.h>

struct example {
	const char *name, *label;
};

static void check(const struct example *e, size_t (*make)(struct str, char *))
{
	for (; e->name; e++) {
		char out[LABEL_SIZE], again[LABEL_SIZE];
		size_t len = make(str_of(e->name), out);

		assert_string_equal(out, e->label);
		assert_int_equal(len, strlen(out));
		make(str_of(out), again);
		assert_string_equal(again, out);
	}
}

static size_t of_name(struct str name, char *out)
{
	return label_of_name(name, out);
}

static size_t mask(struct str text, char *out)
{
	return label_mask(text, out);
}

TEST(R49_a_printers_name_loses_its_server)
{
	/* clang-format off */
	static const struct example examples[] = {
		{ "prn01\\Ricoh-2F", "Ricoh-2F" },
		{ "\\\\prn01\\Ricoh-2F", "Ricoh-2F" },
		{ "\\\\prn01.example.com\\HP 1. Stock", "HP 1. Stock" },
		{ "device\\mfd-2f", "mfd-2f" },
		{ "HP LaserJet on prn01", "HP LaserJet" },
		{ "HP LaserJet ON PRN01", "HP LaserJet" },
		{ "HP on prn01 on prn02", "HP" },
		{ "Printer on second floor", "Printer on second floor" },
		{ "ipp://prn01/printers/Ricoh-2F", "Ricoh-2F" },
		{ "//prn01/Ricoh-2F", "Ricoh-2F" },
		{ "a\\//b/c", "c" },
		{ "Color/BW", "Color/BW" },
		{ "prn01\\", "" },
		{ "prn01＼Ricoh", "Ricoh" },
		{ "on", "on" },
		{ "x on y", "x" },
		{}
	};
	/* clang-format on */

	check(examples, of_name);
}

TEST(R50_addresses_are_masked)
{
	/* clang-format off */
	static const struct example examples[] = {
		{ "HP 10.0.0.5", "HP ***" },
		{ "複合機 １０．０．０．５", "複合機 ***" },
		{ "192。168。1｡7", "***" },
		{ "jane＠example．org", "***" },
		{ "２階プリンタ", "2階プリンタ" },
		{ "IP_10.0.0.5", "***" },
		{ "10.0.0.5:9100", "***" },
		{ "ip-10-0-0-5", "***" },
		{ "255.255.255.255", "***" },
		{ "Canon (192.168.1.20)", "Canon (***)" },
		{ "build 22.0.4", "build 22.0.4" },
		{ "999.1.1.1", "999.1.1.1" },
		{ "fe80::1", "***" },
		{ "::1", "***" },
		{ "[2001:db8::a1]", "[***]" },
		{ "2001:db8:0:1:2:3:4:5", "***" },
		{ "fe80::1%eth0", "***" },
		{ "at 12:30", "at 12:30" },
		{ "00:11:22:aa:bb:cc", "***" },
		{ "00-11-22-AA-BB-CC", "***" },
		{ "0011.22aa.bbcc", "***" },
		{ "BRW001122AABBCC", "***" },
		{ "HP LaserJet 4250", "HP LaserJet 4250" },
		{ "MFC-9340CDW", "MFC-9340CDW" },
		{}
	};
	/* clang-format on */

	check(examples, mask);
}

TEST(R46_R49_mail_addresses_and_host_names_are_masked)
{
	/* clang-format off */
	static const struct example examples[] = {
		{ "Printer of jean.dupont@example.com", "Printer of ***" },
		{ "jdupont@corp", "***" },
		{ "o'brien+hp@example.org", "***" },
		{ "a @ b", "a @ b" },
		{ "@home", "@home" },
		{ "prn01.example.com", "***" },
		{ "HP (prn01.local)", "HP (***)" },
		{ "m\xc3\xbcller.b\xc3\xbcro", "***" },
		{ "Ricoh.2F", "Ricoh.2F" },
		{ "1. Stock", "1. Stock" },
		{ "z.B. Ricoh", "z.B. Ricoh" },
		{}
	};
	/* clang-format on */

	check(examples, mask);
}

TEST(characters_that_hide_or_turn_text_are_taken_out)
{
	/* clang-format off */
	static const struct example examples[] = {
		{ "  HP\t1F\n", "HP 1F" },
		{ "10.0.\xe2\x80\x8b" "0.5", "***" },         /* zero width space within an address */
		{ "HP\xe2\x80\xae" "F1", "HPF1" },            /* right-to-left override */
		{ "HP\x1b[31m", "HP [31m" },
		{ "HP\xff\xc3", "HP" },                       /* no UTF-8 */
		{ "\xc0\xaf", "" },                           /* overlong */
		{ "\xed\xa0\x80", "" },                       /* a surrogate */
		{ "B\xc3\xbcro \xe4\xba\x8c", "B\xc3\xbcro \xe4\xba\x8c" },
		{ "", "" },
		{}
	};
	/* clang-format on */

	check(examples, mask);
}

TEST(a_label_ends_with_a_whole_character_after_64_octets_at_most)
{
	char name[200], out[LABEL_SIZE];

	for (size_t lead = 0; lead < 3; lead++) {
		size_t n = lead;

		memset(name, 'a', lead);
		while (n + 3 <= 180) {
			memcpy(name + n, "\xe4\xba\x8c", 3);
			n += 3;
		}
		assert_int_equal(label_mask((struct str){ name, n }, out),
				 lead + (64 - lead) / 3 * 3);
		assert_true(utf8_valid(str_of(out)));
	}
	/* What the cut makes look like an address is masked as well. */
	memset(name, 'a', sizeof(name));
	memcpy(name + 40, " prn01.examplexamplexamp1.5", 27);
	label_mask((struct str){ name, 64 + 3 }, out);
	assert_true(label_ok(str_of(out)));
}

TEST(a_label_is_known_as_one)
{
	assert_true(label_ok(STR("Ricoh-2F")));
	assert_true(label_ok(STR("")));
	assert_false(label_ok(STR("prn01\\Ricoh-2F")));
	assert_false(label_ok(STR("10.0.0.5")));
	assert_false(label_ok(STR(" Ricoh")));
	assert_true(label_ok(STR("HP ***")));
}

TEST(R49_of_a_version_three_numbers_leave)
{
	/* clang-format off */
	static const struct example examples[] = {
		{ "22.0.4 (Build 65000)", "22.0.4" },
		{ "22.0.4.65000", "22.0.4" },
		{ "10.0.0.5", "10.0.0" },
		{ "2.4", "2.4" },
		{ "2.4.2op1", "2.4.2" },
		{ "7.", "7" },
		{ "7..1", "7" },
		{ "12345678901234567890123456789012345", "1234567890123456789012345678901" },
		{}
	};
	/* clang-format on */
	char out[VERSION_SIZE];

	for (const struct example *e = examples; e->name; e++) {
		assert_true(version_of(str_of(e->name), out));
		assert_string_equal(out, e->label);
	}
	assert_false(version_of(STR("unknown"), out));
	assert_false(version_of(STR(""), out));
	assert_false(version_of(STR(".1"), out));
}

static int64_t number_of(const char *version)
{
	int64_t number = -1;

	return version_number(str_of(version), &number) ? number : -1;
}

TEST(R23_versions_are_compared_as_numbers_and_not_as_text)
{
	static const char *const none[] = { "",         ".",   "22.",          ".22", "22..1",
					    "22.0.4.1", "v22", "22.0.1048576", "22 " };

	assert_true(number_of("20.10") > number_of("20.9"));
	assert_true(number_of("9.9.9") < number_of("20.1"));
	assert_true(number_of("22.0.9") > number_of("22.0.8"));
	assert_int_equal(number_of("22"), number_of("22.0.0"));
	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		assert_int_equal(number_of(none[i]), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R49_a_printers_name_loses_its_server),
		RUN(R50_addresses_are_masked),
		RUN(R46_R49_mail_addresses_and_host_names_are_masked),
		RUN(characters_that_hide_or_turn_text_are_taken_out),
		RUN(a_label_ends_with_a_whole_character_after_64_octets_at_most),
		RUN(a_label_is_known_as_one),
		RUN(R49_of_a_version_three_numbers_leave),
		RUN(R23_versions_are_compared_as_numbers_and_not_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
