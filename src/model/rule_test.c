/* rule_test.c - each row of the table at its threshold, on either side of it, and without a value.
 */
#include "base/test.h"

#include "model/status.h"
#include <math.h>
#include <string.h>

#define NOW_MS (INT64_C(1800000000) * 1000)
#define DAY_MS (24 * 3600 * INT64_C(1000))

/* A site of which nothing is known but that it reports and polls. */
static struct site_facts facts(void)
{
	struct site_facts f;

	status_facts_init(&f);
	f.now_ms = NOW_MS;
	f.enrolled = true;
	f.monitoring = SWITCH_ON;
	f.last_seen_ms = NOW_MS - 1;
	f.report_ms = NOW_MS - 1;
	return f;
}

/* ---- rules with a threshold: the fact that a number is made of ---- */

static struct component_fact component;

static void told(struct site_facts *f, int kind, int state, double in_error)
{
	component = (struct component_fact){ .kind = kind,
					     .state = state,
					     .code = CODE_SOME_OFFLINE,
					     .total = 100000,
					     .in_error = (int64_t)in_error,
					     .since_ms = NOW_MS - 7000 };
	f->components = &component;
	f->components_len = 1;
}

#define SET(name, does)                                                                            \
	static void name(struct site_facts *f, double v)                                           \
	{                                                                                          \
		does;                                                                              \
	}

SET(set_silent, f->last_seen_ms = NOW_MS - (int64_t)(v * 1000))
SET(set_stale, f->report_ms = NOW_MS - (int64_t)(v * 1000))
SET(set_fast, f->skew_ms = (int64_t)(v * 1000))
SET(set_slow, f->skew_ms = -(int64_t)(v * 1000))
SET(set_disk, f->disk_used_percent = v)
SET(set_memory, f->jvm_memory_used_percent = v)
SET(set_connect, f->database_connect_ms = (int64_t)v)
SET(set_licence, f->licence_days = (int64_t)v)
SET(set_support, f->support_days = (int64_t)v)
SET(set_held, f->held_jobs = (int64_t)v)
SET(set_providers, told(f, COMPONENT_PRINT_PROVIDERS, STATE_WARNING, v))
SET(set_site_servers, told(f, COMPONENT_SITE_SERVERS, STATE_WARNING, v))
SET(set_mobility, told(f, COMPONENT_MOBILITY_PRINT, STATE_WARNING, v))
SET(set_web_print, told(f, COMPONENT_WEB_PRINT, STATE_WARNING, v))
SET(set_devices, told(f, COMPONENT_DEVICES, STATE_WARNING, v))
SET(set_printers, told(f, COMPONENT_PRINTERS, STATE_WARNING, v))

static void set_restarts(struct site_facts *f, double v)
{
	f->restarts_len = (size_t)v;
	for (size_t i = 0; i < f->restarts_len; i++)
		f->restarts_ms[i] = NOW_MS - 1000 * (int64_t)(f->restarts_len - i);
}

static const struct {
	enum rule rule;
	void (*set)(struct site_facts *f, double v);
	double step; /* to the value next to a threshold */
} numbers[] = {
	{ RULE_SILENT, set_silent, 0.001 },
	{ RULE_STALE, set_stale, 0.001 },
	{ RULE_CLOCK_SKEW, set_fast, 0.001 },
	{ RULE_CLOCK_SKEW, set_slow, 0.001 },
	{ RULE_RESTARTING, set_restarts, 1 },
	{ RULE_DISK_FULL, set_disk, 0.01 },
	{ RULE_DISK_LOW, set_disk, 0.01 },
	{ RULE_MEMORY_HIGH, set_memory, 0.01 },
	{ RULE_DATABASE_SLOW, set_connect, 1 },
	{ RULE_LICENCE_ENDED, set_licence, 1 },
	{ RULE_LICENCE_ENDING, set_licence, 1 },
	{ RULE_SUPPORT_ENDED, set_support, 1 },
	{ RULE_SUPPORT_ENDING, set_support, 1 },
	{ RULE_PRINT_PROVIDERS_SOME, set_providers, 1 },
	{ RULE_SITE_SERVERS_SOME, set_site_servers, 1 },
	{ RULE_MOBILITY_PRINT_SOME, set_mobility, 1 },
	{ RULE_WEB_PRINT_SOME, set_web_print, 1 },
	{ RULE_DEVICES_SOME, set_devices, 1 },
	{ RULE_PRINTERS_SOME, set_printers, 1 },
	{ RULE_HELD_JOBS, set_held, 1 },
};

static bool holds(const struct site_facts *f, enum rule rule)
{
	struct rule_finding found;

	return rule_holds(f, rule, &found);
}

static bool holds_at(size_t row, double threshold, double value)
{
	struct site_facts f = facts();

	f.rules.of[numbers[row].rule].threshold = threshold;
	numbers[row].set(&f, value);
	return holds(&f, numbers[row].rule);
}

static void check_threshold(size_t row, double threshold)
{
	const struct rule_def *def = &rule_defs[numbers[row].rule];
	double step = numbers[row].step;

	if (holds_at(row, threshold, threshold) == def->below)
		fail_msg("%s at %g", rule_names[numbers[row].rule], threshold);
	if (holds_at(row, threshold, threshold - step) != def->below)
		fail_msg("%s below %g", rule_names[numbers[row].rule], threshold);
	if (holds_at(row, threshold, threshold + step) == def->below)
		fail_msg("%s above %g", rule_names[numbers[row].rule], threshold);
}

TEST(a_rule_with_a_threshold_turns_at_it_whether_it_is_the_default_or_set)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const struct rule_def *def = &rule_defs[numbers[i].rule];

		check_threshold(i, def->threshold);
		check_threshold(i, def->below ? def->threshold - 1 + (def->threshold > 1) * 3
					      : def->threshold + 2);
	}
}

/* ---- rules without one: the facts by which each holds ---- */

SET(no_report, f->report_ms = JSON_ABSENT_INT)
SET(copied, f->copied = true)
SET(storage_full, f->storage = STORAGE_FULL)
SET(storage_failed, f->storage = STORAGE_FAILED)
SET(open_to_attack, f->advisories = "CVE-2023-27350")
SET(licence_invalid, f->licence_valid = JSON_FALSE)
SET(server_down, told(f, COMPONENT_APPLICATION_SERVER, STATE_ERROR, 0))
SET(server_unreadable, told(f, COMPONENT_APPLICATION_SERVER, STATE_WARNING, 0))
SET(database_down, told(f, COMPONENT_DATABASE, STATE_ERROR, 0))
SET(licence_component, told(f, COMPONENT_LICENCE, STATE_ERROR, 0))
SET(all_providers, told(f, COMPONENT_PRINT_PROVIDERS, STATE_ERROR, 100000))
SET(all_site_servers, told(f, COMPONENT_SITE_SERVERS, STATE_ERROR, 100000))
SET(all_mobility, told(f, COMPONENT_MOBILITY_PRINT, STATE_ERROR, 100000))
SET(all_web_print, told(f, COMPONENT_WEB_PRINT, STATE_ERROR, 100000))
SET(ticketing_down, told(f, COMPONENT_JOB_TICKETING, STATE_ERROR, 1))
SET(all_devices, told(f, COMPONENT_DEVICES, STATE_ERROR, 100000))
SET(all_printers, told(f, COMPONENT_PRINTERS, STATE_ERROR, 100000))

static const struct {
	enum rule rule;
	void (*set)(struct site_facts *f, double v);
} states[] = {
	{ RULE_NO_REPORT, no_report },
	{ RULE_COPIED, copied },
	{ RULE_STORAGE_FULL, storage_full },
	{ RULE_STORAGE_FAILED, storage_failed },
	{ RULE_SERVER_DOWN, server_down },
	{ RULE_SERVER_UNREADABLE, server_unreadable },
	{ RULE_VULNERABLE_VERSION, open_to_attack },
	{ RULE_DATABASE_DOWN, database_down },
	{ RULE_LICENCE_INVALID, licence_invalid },
	{ RULE_LICENCE_INVALID, licence_component },
	{ RULE_PRINT_PROVIDERS_ALL, all_providers },
	{ RULE_SITE_SERVERS_ALL, all_site_servers },
	{ RULE_MOBILITY_PRINT_ALL, all_mobility },
	{ RULE_WEB_PRINT_ALL, all_web_print },
	{ RULE_JOB_TICKETING, ticketing_down },
	{ RULE_DEVICES_ALL, all_devices },
	{ RULE_PRINTERS_ALL, all_printers },
};

TEST(a_rule_without_a_threshold_holds_by_its_fact_and_only_by_that)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct site_facts f = facts();

		assert_false(holds(&f, states[i].rule));
		states[i].set(&f, 0);
		if (!holds(&f, states[i].rule))
			fail_msg("%s", rule_names[states[i].rule]);
		component.state = STATE_OK;
		if (f.components_len && holds(&f, states[i].rule))
			fail_msg("%s of what is ok", rule_names[states[i].rule]);
		component.state = STATE_UNKNOWN;
		if (f.components_len && holds(&f, states[i].rule))
			fail_msg("%s of what is unknown", rule_names[states[i].rule]);
	}
}

TEST(every_rule_of_the_table_is_tried_here_and_is_complete)
{
	bool tried[RULES] = { false };

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		tried[numbers[i].rule] = true;
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		tried[states[i].rule] = true;
	for (int i = 0; i < RULES; i++) {
		const struct rule_def *d = &rule_defs[i];

		if (!tried[i])
			fail_msg("%s", rule_names[i]);
		assert_true(d->severity != SEVERITY_OFF && rule_may_be((enum rule)i, d->severity));
		if (d->unit < 0)
			assert_true(isnan(d->threshold));
		else
			assert_true(d->min <= d->threshold && d->threshold <= d->max);
	}
}

TEST(R31_what_is_not_known_is_neither_a_warning_nor_an_error)
{
	struct site_facts f = facts();

	for (int i = 0; i < RULES; i++)
		if (holds(&f, (enum rule)i))
			fail_msg("%s", rule_names[i]);
	/* Not even where the lowest limit is set, or the highest. */
	for (int i = 0; i < RULES; i++)
		f.rules.of[i].threshold = rule_defs[i].below ? rule_defs[i].max : rule_defs[i].min;
	f.rules.of[RULE_SILENT].threshold = 90;
	for (int i = 0; i < RULES; i++)
		if (holds(&f, (enum rule)i))
			fail_msg("%s", rule_names[i]);
}

TEST(a_component_that_is_told_without_numbers_is_believed_by_its_state)
{
	struct site_facts f = facts();

	told(&f, COMPONENT_DEVICES, STATE_WARNING, 0);
	component.in_error = JSON_ABSENT_INT;
	f.rules.of[RULE_DEVICES_SOME].threshold = 50;
	assert_true(holds(&f, RULE_DEVICES_SOME));
	assert_false(holds(&f, RULE_DEVICES_ALL));
}

TEST(devices_are_counted_in_their_own_section_where_no_component_tells_of_them)
{
	struct site_facts f = facts();

	f.devices_total = 5;
	f.devices_in_error = 2;
	assert_true(holds(&f, RULE_DEVICES_SOME));
	assert_false(holds(&f, RULE_DEVICES_ALL));
	f.devices_in_error = 5;
	assert_true(holds(&f, RULE_DEVICES_ALL));
	told(&f, COMPONENT_PRINTERS, STATE_OK, 0);
	assert_false(holds(&f, RULE_DEVICES_ALL));
}

TEST(restarts_count_for_a_day)
{
	struct site_facts f = facts();
	struct rule_finding found;

	f.restarts_len = 4;
	f.restarts_ms[0] = NOW_MS - DAY_MS;
	f.restarts_ms[1] = NOW_MS - DAY_MS + 1;
	f.restarts_ms[2] = NOW_MS - 2000;
	f.restarts_ms[3] = NOW_MS - 1000;
	assert_true(rule_holds(&f, RULE_RESTARTING, &found));
	assert_true(found.value == 3);
	assert_int_equal(found.since_ms, f.restarts_ms[1]);
	assert_int_equal(status_due_ms(&f), NOW_MS + 1);
	f.now_ms++;
	assert_false(holds(&f, RULE_RESTARTING));
}

TEST(what_is_off_never_holds)
{
	struct site_facts f = facts();

	f.disk_used_percent = 99;
	assert_true(holds(&f, RULE_DISK_FULL));
	f.rules.of[RULE_DISK_FULL].severity = SEVERITY_OFF;
	assert_false(holds(&f, RULE_DISK_FULL));
}

/* ---- settings ---- */

TEST(the_nearer_setting_counts_and_says_whose_it_is)
{
	struct rule_override threshold = { 70, -1 }, severity = { NAN, SEVERITY_ERROR };
	struct rule_settings s;
	const struct rule_setting *disk = &s.of[RULE_DISK_LOW];

	rule_settings_init(&s);
	assert_true(disk->threshold == 90);
	assert_int_equal(disk->severity, SEVERITY_WARNING);
	assert_int_equal(disk->origin, RULE_OF_DEFAULT);
	rule_lay_over(&s, RULE_DISK_LOW, &threshold, RULE_OF_PROVIDER);
	assert_true(disk->threshold == 70);
	assert_int_equal(disk->severity, SEVERITY_WARNING);
	assert_int_equal(disk->origin, RULE_OF_PROVIDER);
	rule_lay_over(&s, RULE_DISK_LOW, &severity, RULE_OF_SITE);
	assert_true(disk->threshold == 70);
	assert_int_equal(disk->severity, SEVERITY_ERROR);
	assert_int_equal(disk->origin, RULE_OF_SITE);
}

TEST(a_setting_keeps_to_the_rows_limits)
{
	const struct rule_def *disk = &rule_defs[RULE_DISK_LOW];
	struct rule_override o = { disk->max, SEVERITY_OFF };
	struct rule_settings s;

	assert_null(rule_override_problem(RULE_DISK_LOW, &o));
	o.threshold = disk->max + 0.1;
	assert_string_equal(rule_override_problem(RULE_DISK_LOW, &o), "threshold");
	o.threshold = disk->min - 0.1;
	assert_string_equal(rule_override_problem(RULE_DISK_LOW, &o), "threshold");
	rule_settings_init(&s);
	rule_lay_over(&s, RULE_DISK_LOW, &o, RULE_OF_SITE);
	assert_true(s.of[RULE_DISK_LOW].threshold == disk->min);
	o = (struct rule_override){ NAN, SEVERITY_OFFLINE };
	assert_string_equal(rule_override_problem(RULE_DISK_LOW, &o), "severity");
	assert_null(rule_override_problem(RULE_SILENT, &o));
	o = (struct rule_override){ 1, -1 };
	assert_string_equal(rule_override_problem(RULE_COPIED, &o), "threshold");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_rule_with_a_threshold_turns_at_it_whether_it_is_the_default_or_set),
		RUN(a_rule_without_a_threshold_holds_by_its_fact_and_only_by_that),
		RUN(every_rule_of_the_table_is_tried_here_and_is_complete),
		RUN(R31_what_is_not_known_is_neither_a_warning_nor_an_error),
		RUN(a_component_that_is_told_without_numbers_is_believed_by_its_state),
		RUN(devices_are_counted_in_their_own_section_where_no_component_tells_of_them),
		RUN(restarts_count_for_a_day),
		RUN(what_is_off_never_holds),
		RUN(the_nearer_setting_counts_and_says_whose_it_is),
		RUN(a_setting_keeps_to_the_rows_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
