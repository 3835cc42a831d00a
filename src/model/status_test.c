/* status_test.c - what follows from the facts. */
#include "base/test.h"

#include "model/status.h"
#include <math.h>

#define NOW_MS (INT64_C(1800000000) * 1000)

/* A site that reports and polls, and a hub that is up for long. */
static struct site_facts facts(void)
{
	struct site_facts f;

	status_facts_init(&f);
	f.now_ms = NOW_MS;
	f.enrolled = true;
	f.monitoring = SWITCH_ON;
	f.last_seen_ms = NOW_MS - 1000;
	f.report_ms = NOW_MS - 1000;
	return f;
}

static struct site_verdict verdict(const struct site_facts *f)
{
	struct site_verdict v;

	status_derive(f, NULL, &v);
	return v;
}

TEST(a_site_against_which_nothing_speaks_is_ok)
{
	struct site_facts f = facts();

	assert_int_equal(verdict(&f).status, SITE_OK);
	assert_int_equal(verdict(&f).reasons_len, 0);
}

TEST(a_silent_site_is_offline_after_the_time_that_is_configured_and_says_that_time)
{
	struct site_facts f = facts();
	struct site_verdict v;

	f.rules.of[RULE_SILENT].threshold = 20;
	f.last_seen_ms = NOW_MS - 19999;
	assert_int_equal(verdict(&f).status, SITE_OK);
	assert_int_equal(status_due_ms(&f), f.last_seen_ms + 20000);
	f.last_seen_ms = NOW_MS - 20000;
	v = verdict(&f);
	assert_int_equal(v.status, SITE_OFFLINE);
	assert_int_equal(v.reasons[0].code, REASON_SILENT);
	assert_true(v.reasons[0].threshold == 20);
	assert_int_equal(v.reasons[0].since_ms, f.last_seen_ms);
}

#define DAY_MS (24 * 3600 * INT64_C(1000))

/* NOW_MS is 08:00 in UTC; thresholds are the table's: 31 days before the end, and the end. */
TEST(an_end_that_is_known_by_its_date_falls_due_when_a_rule_names_the_day_and_each_day_from_then)
{
	const int64_t today_ms = NOW_MS - NOW_MS % DAY_MS;
	static const struct {
		int64_t days, due_in_days;
	} rows[] = { { 400, 370 }, { 32, 2 }, { 31, 1 }, { 30, 1 },
		     { 1, 1 },     { 0, 1 },  { -1, 1 }, { -400, 1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct site_facts f = facts();

		f.report_ms = JSON_ABSENT_INT;
		f.polling = true;
		assert_int_equal(status_due_ms(&f), INT64_MAX);
		f.support_end_ms = today_ms + rows[i].days * DAY_MS;
		assert_int_equal(status_due_ms(&f), today_ms + rows[i].due_in_days * DAY_MS);
		f.licence_end_ms = f.support_end_ms;
		f.support_end_ms = JSON_ABSENT_INT;
		assert_int_equal(status_due_ms(&f), today_ms + rows[i].due_in_days * DAY_MS);
		assert_int_equal(status_dated_ms(&f), status_due_ms(&f));
		f.rules.of[RULE_LICENCE_ENDED].severity = SEVERITY_OFF;
		f.rules.of[RULE_LICENCE_ENDING].severity = SEVERITY_OFF;
		assert_int_equal(status_due_ms(&f), INT64_MAX);
	}
}

TEST(an_age_is_told_by_its_beginning_and_not_by_a_number_that_grows_old)
{
	struct site_facts f = facts();
	struct site_verdict v;

	f.last_seen_ms = NOW_MS - STATUS_STALE_MS;
	f.report_ms = f.last_seen_ms;
	v = verdict(&f);
	assert_int_equal(v.reasons_len, 2);
	for (size_t i = 0; i < v.reasons_len; i++) {
		assert_true(isnan(v.reasons[i].value));
		assert_int_equal(v.reasons[i].since_ms, f.report_ms);
	}
}

TEST(nobody_is_offline_within_the_grace_after_the_hubs_start)
{
	struct site_facts f = facts();

	f.last_seen_ms = NOW_MS - 3600 * 1000;
	f.up_since_ms = NOW_MS - STATUS_GRACE_MS + 1;
	assert_int_equal(verdict(&f).status, SITE_OK);
	f.up_since_ms = NOW_MS - STATUS_GRACE_MS;
	assert_int_equal(verdict(&f).status, SITE_OFFLINE);
}

TEST(R24_monitoring_that_the_customer_has_switched_off_is_no_failure)
{
	struct site_facts f = facts();
	struct site_verdict v;

	f.monitoring = SWITCH_OFF;
	f.monitoring_ms = 5;
	f.last_seen_ms = 1;
	v = verdict(&f);
	assert_int_equal(v.status, SITE_MONITORING_OFF);
	assert_int_equal(v.reasons_len, 1);
	assert_int_equal(v.reasons[0].since_ms, 5);
}

TEST(a_reason_that_was_there_keeps_its_since)
{
	struct site_facts f = facts();
	struct site_verdict before, after;

	f.disk_used_percent = 91;
	before = verdict(&f);
	assert_int_equal(before.status, SITE_WARNING);
	assert_int_equal(before.reasons[0].since_ms, NOW_MS);
	f.now_ms += 5000;
	f.last_seen_ms += 5000;
	status_derive(&f, &before, &after);
	assert_int_equal(after.reasons[0].since_ms, NOW_MS);
	assert_true(after.reasons[0].value == 91);
	assert_true(after.reasons[0].threshold == 90);
}

TEST(a_reason_says_by_which_rule_it_is_there_and_who_set_the_rule)
{
	const struct rule_override o = { 3, SEVERITY_ERROR };
	struct site_facts f = facts();
	struct site_verdict v;

	f.held_jobs = 4;
	assert_int_equal(verdict(&f).status, SITE_OK);
	rule_lay_over(&f.rules, RULE_HELD_JOBS, &o, RULE_OF_SITE);
	v = verdict(&f);
	assert_int_equal(v.status, SITE_ERROR);
	assert_int_equal(v.reasons[0].rule, RULE_HELD_JOBS);
	assert_int_equal(v.reasons[0].origin, RULE_OF_SITE);
	assert_true(v.reasons[0].value == 4 && v.reasons[0].threshold == 3);
}

TEST(of_two_rules_that_tell_the_same_the_graver_is_shown_alone)
{
	struct site_facts f = facts();
	struct site_verdict v;

	f.disk_used_percent = 97;
	v = verdict(&f);
	assert_int_equal(v.reasons_len, 1);
	assert_int_equal(v.reasons[0].rule, RULE_DISK_FULL);
	assert_int_equal(v.status, SITE_ERROR);
	f.rules.of[RULE_DISK_FULL].severity = SEVERITY_WARNING;
	f.rules.of[RULE_DISK_LOW].severity = SEVERITY_ERROR;
	v = verdict(&f);
	assert_int_equal(v.reasons_len, 1);
	assert_int_equal(v.reasons[0].rule, RULE_DISK_LOW);
	assert_int_equal(v.status, SITE_ERROR);
}

TEST(a_clock_is_wrong_when_two_readings_say_so)
{
	assert_int_equal(status_skew_ms(JSON_ABSENT_INT, 90000), JSON_ABSENT_INT);
	assert_int_equal(status_skew_ms(200, -240000), 200);
	assert_int_equal(status_skew_ms(-240000, 200), 200);
	assert_int_equal(status_skew_ms(-90200, -90000), -90000);
}

TEST(a_start_of_the_print_server_is_noted_once)
{
	int64_t started = JSON_ABSENT_INT, restarts[RULE_RESTARTS_MAX] = {};
	size_t len = 0;

	status_note_start(NOW_MS, &started, restarts, &len);
	assert_int_equal(len, 0);
	/* Read late, told roundly. */
	status_note_start(NOW_MS + 40 * 1000, &started, restarts, &len);
	status_note_start(NOW_MS - 40 * 1000, &started, restarts, &len);
	assert_int_equal(len, 0);
	for (int i = 1; i <= RULE_RESTARTS_MAX + 1; i++)
		status_note_start(NOW_MS + i * 300 * 1000, &started, restarts, &len);
	assert_int_equal(len, RULE_RESTARTS_MAX);
	assert_int_equal(restarts[0], NOW_MS + 2 * 300 * 1000);
	assert_int_equal(restarts[len - 1], started);
}

TEST(a_connector_that_cannot_store_warns_and_says_whether_its_disk_is_full_or_failing)
{
	struct site_facts f = facts();

	f.storage_ms = NOW_MS - 5000;
	f.storage = STORAGE_FULL;
	assert_int_equal(verdict(&f).status, SITE_WARNING);
	assert_int_equal(verdict(&f).reasons[0].code, REASON_STORAGE_FULL);
	assert_int_equal(verdict(&f).reasons[0].since_ms, NOW_MS - 5000);
	f.storage = STORAGE_FAILED;
	assert_int_equal(verdict(&f).reasons_len, 1);
	assert_int_equal(verdict(&f).reasons[0].code, REASON_STORAGE_FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_end_that_is_known_by_its_date_falls_due_when_a_rule_names_the_day_and_each_day_from_then),
		RUN(a_site_against_which_nothing_speaks_is_ok),
		RUN(a_silent_site_is_offline_after_the_time_that_is_configured_and_says_that_time),
		RUN(an_age_is_told_by_its_beginning_and_not_by_a_number_that_grows_old),
		RUN(nobody_is_offline_within_the_grace_after_the_hubs_start),
		RUN(R24_monitoring_that_the_customer_has_switched_off_is_no_failure),
		RUN(a_reason_that_was_there_keeps_its_since),
		RUN(a_reason_says_by_which_rule_it_is_there_and_who_set_the_rule),
		RUN(of_two_rules_that_tell_the_same_the_graver_is_shown_alone),
		RUN(a_clock_is_wrong_when_two_readings_say_so),
		RUN(a_start_of_the_print_server_is_noted_once),
		RUN(a_connector_that_cannot_store_warns_and_says_whether_its_disk_is_full_or_failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
