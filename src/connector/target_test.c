/* target_test.c - which targets there can be, how they are kept and where they come from. */
#include "base/test.h"
#include "connector/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "connector/home.h"
#include "connector/test_dir.h"

#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct target sample(const char *name, const char *address)
{
	return (struct target){ .name = name,
				.kind = TARGET_MFP,
				.address = address,
				.tls = TARGET_PINNED,
				.certificate = PIN,
				.old_tls = JSON_UNSAID,
				.whole_bodies = JSON_UNSAID };
}

static struct id put(struct targets *t, const char *name, const char *address)
{
	struct target one = sample(name, address);
	struct id id;
	int problem;

	assert_int_equal(targets_put(t, &one, &id, &problem), 0);
	return id;
}

TEST(an_address_is_http_or_https_with_a_host_and_nothing_else)
{
	static const struct {
		const char *address, *authority; /* NULL: it is none */
	} samples[] = {
		{ "https://192.0.2.7", "192.0.2.7" },
		{ "https://192.0.2.7/", "192.0.2.7" },
		{ "HTTP://Mfp-1.Example:8000", "mfp-1.example:8000" },
		{ "https://[2001:db8::1]:8443", "[2001:db8::1]:8443" },
		{ "https://printer_2", "printer_2" },
		{ "http://a:80", "a" },
		{ "https://", NULL },
		{ "192.0.2.7", NULL },
		{ "ftp://192.0.2.7", NULL },
		{ "https://192.0.2.7/path", NULL },
		{ "https://192.0.2.7?x", NULL },
		{ "https://user@192.0.2.7", NULL },
		{ "https://a b", NULL },
		{ "https://a%2fb", NULL },
		{ "https://a..b", NULL },
		{ "https://.a", NULL },
		{ "https://a:0", NULL },
		{ "https://a:65536", NULL },
		{ "https://a:", NULL },
		{ "https://[::1", NULL },
		{ "https://[a]", NULL },
		{ "https://[fe80::1%25eth0]", NULL },
		{ "http://Printer10.corp.example.:8080", "printer10.corp.example:8080" },
		{ "https://a..", NULL },
		{ "https://.", NULL },
		{ "https://192.0.2.7.", NULL },
		{ "https://127.1", NULL },
		{ "https://2130706433", NULL },
		{ "https://0x7f.1", NULL },
		{ "https://1.2.3.4.5", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct buf text = buf_new(400);
		struct target_place place;
		int rc = target_place_of(samples[i].address, &place);

		if (rc != (samples[i].authority ? 0 : ERR_INVALID))
			fail_msg("%s: %d", samples[i].address, rc);
		if (samples[i].authority) {
			target_authority(&place, &text);
			assert_string_equal((const char *)text.data, samples[i].authority);
		}
		buf_done(&text);
	}
}

static int check(const struct target *one)
{
	const struct targets none = {};

	return target_check(&none, one);
}

TEST(R28_what_is_wrong_with_a_target_is_said)
{
	struct target one = sample("Floor 2", "https://192.0.2.7");

	assert_int_equal(check(&one), -1);
	one.name = "";
	assert_int_equal(check(&one), TARGET_NAME_BAD);
	one.name = "a\x01";
	assert_int_equal(check(&one), TARGET_NAME_BAD);
	one = sample("a", "https://192.0.2.7");
	one.kind = TARGET_CONSOLE;
	assert_int_equal(check(&one), TARGET_KIND_BAD);
	one = sample("a", "https://192.0.2.7/x");
	assert_int_equal(check(&one), TARGET_ADDRESS_BAD);
	one = sample("a", "http://192.0.2.7");
	assert_int_equal(check(&one), TARGET_TLS_BAD);
	one.tls = TARGET_PLAIN;
	assert_int_equal(check(&one), -1);
	one.address = "https://192.0.2.7";
	assert_int_equal(check(&one), TARGET_TLS_BAD);
	one = sample("a", "https://192.0.2.7");
	one.certificate = NULL;
	assert_int_equal(check(&one), TARGET_CERTIFICATE_BAD);
	one.certificate = "zz";
	assert_int_equal(check(&one), TARGET_CERTIFICATE_BAD);
	one.tls = TARGET_VERIFY;
	assert_int_equal(check(&one), -1);
}

TEST(this_machine_and_nobodys_addresses_are_no_targets)
{
	static const char *const addresses[] = {
		"https://127.0.0.1", "https://localhost",   "https://a.localhost",
		"https://[::1]",     "https://169.254.1.1", "https://[fe80::1]",
		"https://0.0.0.0",   "https://224.0.0.1",   "https://[::ffff:127.0.0.1]",
	};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct target one = sample("a", addresses[i]);

		if (check(&one) != TARGET_ADDRESS_LOCAL)
			fail_msg("%s: %d", addresses[i], check(&one));
	}
}

TEST(R62_the_file_has_only_the_targets_that_there_are_and_is_not_there_before_the_first)
{
	const char *dir = test_dir("targets");
	struct targets t = {}, again = {};
	const struct target *one;
	struct id a, b;

	assert_int_equal(targets_load(dir, &t), 0);
	assert_int_equal(t.items.len, 0);
	assert_int_equal(targets_save(dir, &t), 0);
	assert_false(file_exists(test_path(dir, HOME_TARGETS)));
	a = put(&t, "Floor 1", "https://192.0.2.7");
	b = put(&t, "Floor 2", "https://192.0.2.8");
	assert_int_equal(targets_save(dir, &t), 0);
	assert_true(file_is_private(test_path(dir, HOME_TARGETS)));
	assert_int_equal(targets_load(dir, &again), 0);
	assert_int_equal(again.items.len, 2);
	assert_int_equal(again.revision, t.revision);
	one = targets_find(&again, b);
	assert_non_null(one);
	assert_string_equal(one->name, "Floor 2");
	assert_string_equal(one->address, "https://192.0.2.8");
	assert_string_equal(one->certificate, PIN);
	assert_int_equal(one->tls, TARGET_PINNED);
	targets_free(&again);
	assert_true(targets_remove(&t, a));
	assert_false(targets_remove(&t, a));
	assert_true(targets_remove(&t, b));
	assert_int_equal(targets_save(dir, &t), 0);
	/* The hub, too, has to hear that there is none any more, maybe after the next start. */
	assert_int_equal(targets_load(dir, &again), 0);
	assert_int_equal(again.items.len, 0);
	assert_int_equal(again.revision, t.revision);
	targets_free(&again);
	targets_free(&t);
}

TEST(a_damaged_file_is_not_taken_for_an_empty_one)
{
	const char *dir = test_dir("targets");
	struct targets t = {};

	assert_int_equal(file_replace(test_path(dir, HOME_TARGETS), "{", 1, FILE_PRIVATE), 0);
	assert_int_equal(targets_load(dir, &t), ERR_CORRUPT);
}

TEST(a_file_with_an_id_of_zeros_which_is_the_consoles_is_damaged)
{
	static const char text[] =
		"{\"revision\":1,\"items\":[{\"id\":\"tgt_00000000000000000000000000\","
		"\"name\":\"Floor 1\",\"kind\":\"mfp\",\"address\":\"http://192.0.2.7\","
		"\"tls\":\"plain\"}]}";
	const char *dir = test_dir("targets");
	struct targets t = {};

	assert_int_equal(
		file_replace(test_path(dir, HOME_TARGETS), text, sizeof(text) - 1, FILE_PRIVATE),
		0);
	assert_int_equal(targets_load(dir, &t), ERR_CORRUPT);
	targets_free(&t);
}

TEST(targets_are_added_one_by_one_to_those_of_a_file)
{
	const char *dir = test_dir("many");
	char name[32], address[64];
	struct id ids[40];

	for (int i = 0; i < 40; i++) {
		struct targets t = {};

		assert_int_equal(targets_load(dir, &t), 0);
		snprintf(name, sizeof(name), "printer %d", i);
		snprintf(address, sizeof(address), "https://mfp-%d.example", i);
		ids[i] = put(&t, name, address);
		for (int k = 0; k <= i; k++) {
			const struct target *one = t.items.items[k];

			snprintf(name, sizeof(name), "printer %d", k);
			assert_string_equal(one->name, name);
			assert_true(id_eq(one->id, ids[k]));
		}
		assert_int_equal(targets_save(dir, &t), 0);
		targets_free(&t);
	}
}

TEST(names_and_addresses_are_unique_and_changes_count)
{
	struct targets t = {};
	struct target one;
	int64_t revision;
	struct id a, id;
	int problem;

	a = put(&t, "Floor 1", "https://192.0.2.7");
	revision = t.revision;
	one = sample("Floor 1", "https://192.0.2.8");
	assert_int_equal(targets_put(&t, &one, &id, &problem), ERR_INVALID);
	assert_int_equal(problem, TARGET_NAME_TAKEN);
	one = sample("Floor 2", "https://192.0.2.7:443/");
	assert_int_equal(targets_put(&t, &one, &id, &problem), ERR_INVALID);
	assert_int_equal(problem, TARGET_ADDRESS_TAKEN);
	assert_int_equal(t.revision, revision);
	one = sample("Floor 1", "https://192.0.2.9");
	one.id = a;
	assert_int_equal(targets_put(&t, &one, &id, &problem), 0);
	assert_true(id_eq(id, a));
	assert_true(t.revision > revision);
	assert_int_equal(t.items.len, 1);
	assert_string_equal(targets_find(&t, a)->address, "https://192.0.2.9");
	one.id = id_new();
	assert_int_equal(targets_put(&t, &one, &id, &problem), ERR_NOT_FOUND);
	for (int i = 1; i < TARGETS_MAX; i++) {
		char name[20], address[40];

		snprintf(name, sizeof(name), "n%d", i);
		snprintf(address, sizeof(address), "https://10.0.%d.%d", i / 250, i % 250 + 1);
		put(&t, name, address);
	}
	one = sample("one more", "https://192.0.2.200");
	assert_int_equal(targets_put(&t, &one, &id, &problem), ERR_INVALID);
	assert_int_equal(problem, TARGET_TOO_MANY);
	targets_free(&t);
}

TEST(queues_uris_name_their_devices)
{
	static const struct {
		const char *uri, *address;
	} samples[] = {
		{ "socket://192.0.2.7:9100", "https://192.0.2.7" },
		{ "ipp://mfp.example:631/ipp/print", "https://mfp.example" },
		{ "IPPS://mfp.example/", "https://mfp.example" },
		{ "lpd://user@192.0.2.7/queue", "https://192.0.2.7" },
		{ "ipp://[2001:db8::1]:631/", "https://[2001:db8::1]" },
		{ "hp:/net/LaserJet?ip=192.0.2.7&port=1", "https://192.0.2.7" },
		{ "socket://printer10.corp.example.:9100", "https://printer10.corp.example" },
		{ "hp:/usb/LaserJet?serial=1", NULL },
		{ "usb://HP/LaserJet", NULL },
		{ "dnssd://HP%20X._ipp._tcp.local/", NULL },
		{ "ipp://localhost:631/printers/a", NULL },
		{ "file:///dev/null", NULL },
		{ "socket://", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct arena mem = {};
		struct target one;
		bool ok = target_from_device_uri(samples[i].uri, "q", &mem, &one);

		if (ok != (samples[i].address != NULL))
			fail_msg("%s", samples[i].uri);
		if (ok)
			assert_string_equal(one.address, samples[i].address);
		arena_done(&mem);
	}
}

TEST(a_table_gives_candidates_and_says_what_is_wrong_with_each)
{
	static const char table[] = "Address;NAME;Kind;tls;certificate\n"
				    "192.0.2.7;Floor 1;;;\n"
				    "http://192.0.2.8:8000;Floor 2;print_service;;\n"
				    "https://192.0.2.9;Floor 3;mfp;pinned;"
				    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
				    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\n"
				    "127.0.0.1;Here;;;\n"
				    "192.0.2.10;Floor 1;;;\n"
				    "HTTPS://192.0.2.7:443/;Floor 1 again;;;\n"
				    "192.0.2.11;Odd;kiosk;;\n"
				    ";Nowhere;;;\n";
	static const int problems[] = { -1,
					-1,
					-1,
					TARGET_ADDRESS_LOCAL,
					TARGET_NAME_TAKEN,
					TARGET_ADDRESS_TAKEN,
					TARGET_KIND_BAD,
					TARGET_ADDRESS_BAD };
	struct json_list rows = {};
	struct targets none = {};
	struct arena mem = {};
	const struct target_row *row;

	assert_int_equal(targets_from_csv(str_of(table), &none, &mem, &rows), 0);
	assert_int_equal(rows.len, ARRAY_LEN(problems));
	for (size_t i = 0; i < rows.len; i++) {
		row = rows.items[i];
		assert_int_equal(row->line, (int)i + 2);
		assert_int_equal(row->problem, problems[i]);
	}
	row = rows.items[0];
	assert_string_equal(row->target.address, "https://192.0.2.7");
	assert_int_equal(row->target.tls, TARGET_PINNED);
	row = rows.items[1];
	assert_int_equal(row->target.tls, TARGET_PLAIN);
	assert_int_equal(row->target.kind, TARGET_PRINT_SERVICE);
	row = rows.items[2];
	assert_string_equal(row->target.certificate, PIN);
	rows = (struct json_list){};
	assert_int_equal(targets_from_csv(STR("a,b\n1,2\n"), &none, &mem, &rows), ERR_INVALID);
	assert_int_equal(targets_from_csv(STR(""), &none, &mem, &rows), ERR_INVALID);
	arena_done(&mem);
}

TEST(a_line_that_cannot_be_read_is_named_and_one_of_empty_fields_is_none)
{
	struct json_list rows = {};
	struct targets none = {};
	struct arena mem = {};
	const struct target_row *row;

	assert_int_equal(targets_from_csv(STR("name;address\nPlotter 24\" A0;192.0.2.7\n"
					      ";;\n \t;\n\"A\"B;192.0.2.8\nC;192.0.2.9.\n"),
					  &none, &mem, &rows),
			 0);
	assert_int_equal(rows.len, 3);
	row = rows.items[0];
	assert_string_equal(row->target.name, "Plotter 24\" A0");
	row = rows.items[1];
	assert_int_equal(row->problem, TARGET_LINE_BAD);
	assert_int_equal(row->line, 5);
	arena_done(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_http_or_https_with_a_host_and_nothing_else),
		cmocka_unit_test(R28_what_is_wrong_with_a_target_is_said),
		cmocka_unit_test(this_machine_and_nobodys_addresses_are_no_targets),
		cmocka_unit_test(
			R62_the_file_has_only_the_targets_that_there_are_and_is_not_there_before_the_first),
		cmocka_unit_test(a_damaged_file_is_not_taken_for_an_empty_one),
		cmocka_unit_test(a_file_with_an_id_of_zeros_which_is_the_consoles_is_damaged),
		cmocka_unit_test(targets_are_added_one_by_one_to_those_of_a_file),
		cmocka_unit_test(names_and_addresses_are_unique_and_changes_count),
		cmocka_unit_test(queues_uris_name_their_devices),
		cmocka_unit_test(
			a_line_that_cannot_be_read_is_named_and_one_of_empty_fields_is_none),
		cmocka_unit_test(a_table_gives_candidates_and_says_what_is_wrong_with_each),
	};

	return cmocka_run_group_tests_name("connector.target", tests, NULL, NULL);
}
