/* words_test.c - names and numbers belong together, and each word has a text for people. */
#include "base/test.h"

#include "base/text.h"
#include "model/words.h"

#include <stdio.h>
#include <string.h>

static void check_texts(const char *prefix, const char *const *names)
{
	for (int i = 0; names[i]; i++) {
		char key[128];

		snprintf(key, sizeof(key), "%s.%s", prefix, names[i]);
		if (!text_get("en", key))
			fail_msg("texts/en.json lacks %s", key);
	}
}

TEST(every_word_that_people_see_has_a_text)
{
	check_texts("status", site_status_names);
	check_texts("component", component_kind_names);
	check_texts("state", component_state_names);
	check_texts("state", device_state_names);
	check_texts("reason", component_code_names);
	check_texts("reason", device_reason_names);
	check_texts("feature", feature_names);
	check_texts("seat", seat_names);
	check_texts("rule", rule_names);
	check_texts("rule.severity", severity_names);
	check_texts("session.state", session_state_names);
	check_texts("session.why", session_why_names);
	check_texts("target.kind", target_kind_names);
	for (int code = REASONS_FROM; code < REASONS_END; code++)
		check_texts("reason", (const char *const[]){ reason_name(code), NULL });
}

TEST(a_name_is_found_by_its_number_and_back)
{
	assert_string_equal(site_status_names[SITE_REVOKED], "revoked");
	assert_null(site_status_names[SITE_STATUSES]);
	assert_int_equal(word_find(site_status_names, STR("monitoring_off")), SITE_MONITORING_OFF);
	assert_int_equal(word_find(site_status_names, STR("OK")), -1);
	assert_int_equal(word_find(site_status_names, STR("")), -1);
	assert_string_equal(monitoring_names[1], "on");
}

TEST(numbers_that_lie_in_databases_never_move)
{
	assert_int_equal(SITE_REVOKED, 6);
	assert_int_equal(DEVICE_UNKNOWN, 5);
	assert_int_equal(SWITCH_ON, 2);
	assert_int_equal(COMPONENT_LICENCE, 5);
	assert_int_equal(COMPONENT_JOB_TICKETING, 9);
	assert_int_equal(COMMAND_UPDATE_AVAILABLE, 3);
	assert_int_equal(REASON_SILENT, 64);
	assert_int_equal(REASON_VULNERABLE_VERSION, 83);
	assert_int_equal(RULE_HELD_JOBS, 34);
	assert_int_equal(SEVERITY_OFFLINE, 3);
	assert_int_equal(RULE_OF_SITE, 2);
	assert_int_equal(SESSION_REFUSED, 4);
	assert_int_equal(WHY_FAILED, 13);
	assert_int_equal(WHY_TIME_OVER, 15);
	assert_int_equal(TARGET_PRINT_SERVICE, 2);
}

TEST(reasons_are_component_codes_and_the_hubs_own)
{
	for (int code = -1; code < REASONS_END + 2; code++)
		if (reason_name(code))
			assert_int_equal(reason_find(str_of(reason_name(code))), code);
	assert_null(reason_name(-1));
	assert_null(reason_name(COMPONENT_CODES));
	assert_null(reason_name(REASONS_END));
	assert_int_equal(reason_find(STR("no_such_reason")), -1);
}

TEST(R48_a_devices_reason_is_a_known_keyword_or_other)
{
	assert_string_equal(device_reason_of(STR("toner-low")), "toner-low");
	assert_string_equal(device_reason_of(STR("toner-low-warning")), "toner-low");
	assert_string_equal(device_reason_of(STR("media-jam-error")), "media-jam");
	assert_string_equal(device_reason_of(STR(" paused-report ")), "paused");
	assert_string_equal(device_reason_of(STR("in-error")), "in-error");
	assert_string_equal(device_reason_of(STR("held by jdoe")), "other");
	assert_string_equal(device_reason_of(STR("-error")), "other");
	assert_null(device_reason_of(STR("none")));
	assert_null(device_reason_of(STR("")));
	assert_false(device_reason_known(STR("toner-low-warning")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_word_that_people_see_has_a_text),
		RUN(a_name_is_found_by_its_number_and_back),
		RUN(numbers_that_lie_in_databases_never_move),
		RUN(reasons_are_component_codes_and_the_hubs_own),
		RUN(R48_a_devices_reason_is_a_known_keyword_or_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
