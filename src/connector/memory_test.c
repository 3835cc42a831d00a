/* memory_test.c - what is worth a report, and what of a device leaves the site. */
#include "base/test.h"
#include "base/err.h"
#include "connector/collect.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEARTBEAT_MS 300000

static const uint8_t secret[SITE_SECRET_LEN] = { 1, 2, 3 };

struct world {
	struct memory *m;
	struct reading *r;
	struct arena mem;
	struct report report;
	int64_t mono_ms;
};

static void add_device(struct reading *r, const char *name, int state)
{
	struct source_device d = { .kind = 'p',
				   .name = arena_strdup(&r->mem, name),
				   .state = state,
				   .accepting_jobs = JSON_UNSAID };

	reading_device(r, &d);
	r->has_devices = true;
}

static void reread(struct world *w)
{
	reading_free(&w->r);
	w->r = reading_new();
	reading_went(w->r, READING_OK, (const int[]){ -1 });
	w->r->health->disk_used_percent = 50;
	w->mono_ms += 30000;
}

static struct world begin(void)
{
	struct world w = { .mono_ms = 1000000 };

	w.m = memory_new(SOURCE_PAPERCUT, secret, HEARTBEAT_MS);
	reread(&w);
	return w;
}

static void end(struct world *w)
{
	memory_free(&w->m);
	reading_free(&w->r);
	arena_done(&w->mem);
}

static bool told(struct world *w)
{
	return memory_take(w->m, w->r, w->r->at_ms, w->mono_ms, &w->mem, &w->report);
}

TEST(the_first_reading_is_told_whole_and_the_same_again_is_not)
{
	struct world w = begin();

	add_device(w.r, "prn01\\A", DEVICE_IDLE);
	add_device(w.r, "prn01\\B", DEVICE_ERROR);
	assert_true(told(&w));
	assert_int_equal(w.report.devices->complete, JSON_TRUE);
	assert_int_equal(w.report.devices->items.len, 2);
	assert_int_equal(w.report.devices->in_error, 1);
	assert_false(told(&w));
	reread(&w);
	add_device(w.r, "prn01\\B", DEVICE_ERROR);
	add_device(w.r, "prn01\\A", DEVICE_IDLE);
	assert_false(told(&w));
	end(&w);
}

TEST(only_the_devices_that_changed_or_went_are_told)
{
	struct world w = begin();

	for (int i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s\\q%d", i);
		add_device(w.r, name, DEVICE_IDLE);
	}
	assert_true(told(&w));
	reread(&w);
	for (int i = 1; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s\\q%d", i);
		add_device(w.r, name, i == 7 ? DEVICE_STOPPED : DEVICE_IDLE);
	}
	assert_true(told(&w));
	assert_int_equal(w.report.devices->complete, JSON_FALSE);
	assert_int_equal(w.report.devices->items.len, 1);
	assert_int_equal(w.report.devices->gone.len, 1);
	assert_int_equal(w.report.devices->total, 49);
	assert_false(told(&w));
	end(&w);
}

TEST(more_devices_than_one_report_holds_are_told_in_several)
{
	struct world w = begin();
	size_t all = 0;
	int reports = 0;

	for (int i = 0; i < 2 * COLLECT_CHUNK + 5; i++) {
		char name[24];

		snprintf(name, sizeof(name), "s\\q%d", i);
		add_device(w.r, name, DEVICE_IDLE);
	}
	while (told(&w)) {
		assert_int_equal(w.report.devices->complete, JSON_FALSE);
		all += w.report.devices->items.len;
		reports++;
		assert_in_range(reports, 1, 3);
	}
	assert_int_equal(reports, 3);
	assert_int_equal(all, 2 * COLLECT_CHUNK + 5);
	end(&w);
}

/* Devices s\q<from> to s\q<to - 1>. */
static void add_devices(struct reading *r, int from, int to)
{
	for (int i = from; i < to; i++) {
		char name[24];

		snprintf(name, sizeof(name), "s\\q%d", i);
		add_device(r, name, DEVICE_IDLE);
	}
}

/* Tells all that there is; how many devices are told as gone. */
static size_t told_gone(struct world *w)
{
	size_t gone = 0;

	while (told(w))
		gone += w->report.devices ? w->report.devices->gone.len : 0;
	return gone;
}

TEST(what_goes_while_a_long_list_is_told_anew_is_told_as_gone)
{
	struct world w = begin();

	add_devices(w.r, 0, COLLECT_CHUNK + 5);
	assert_int_equal(told_gone(&w), 0);
	reread(&w);
	w.mono_ms += COLLECT_ALL_MS;
	add_devices(w.r, 3, COLLECT_CHUNK + 5);
	assert_int_equal(told_gone(&w), 3);
	reread(&w);
	add_devices(w.r, 4, COLLECT_CHUNK + 5);
	assert_int_equal(told_gone(&w), 1);
	end(&w);
}

TEST(what_went_before_a_start_is_told_as_gone_if_it_is_recalled)
{
	uint8_t key[DEVICE_KEY_BYTES];
	char id[DEVICE_KEY_LEN + 1];
	struct world w = begin();

	for (int i = 0; i < 2; i++) {
		device_pseudonym(secret, 'p', i ? "s\\q7" : "s\\before", key);
		device_key_encode(key, id);
		memory_recall(w.m, id);
	}
	memory_recall(w.m, "no id");
	add_devices(w.r, 0, COLLECT_CHUNK + 5);
	assert_int_equal(told_gone(&w), 1);
	end(&w);
}

TEST(names_of_any_length_have_pseudonyms_of_their_own)
{
	char *name = xcalloc(1, 2 * MIB);
	uint8_t one[DEVICE_KEY_BYTES], other[DEVICE_KEY_BYTES];

	memset(name, 'x', 2 * MIB - 2);
	device_pseudonym(secret, 'p', name, one);
	name[2 * MIB - 2] = 'y';
	device_pseudonym(secret, 'p', name, other);
	assert_memory_not_equal(one, other, sizeof(one));
	free(name);
}

TEST(R37_devices_beyond_the_list_are_counted_with_their_errors)
{
	struct world w = begin();

	for (int i = 0; i < REPORT_DEVICES_MAX + 7; i++) {
		char name[24];

		snprintf(name, sizeof(name), "s\\q%d", i);
		add_device(w.r, name, i < REPORT_DEVICES_MAX ? DEVICE_IDLE : DEVICE_ERROR);
	}
	assert_int_equal(w.r->devices.len, REPORT_DEVICES_MAX);
	assert_true(told(&w));
	assert_int_equal(w.report.devices->total, REPORT_DEVICES_MAX + 7);
	assert_int_equal(w.report.devices->in_error, 7);
	end(&w);
}

TEST(a_name_that_its_server_lists_twice_is_told_once)
{
	struct world w = begin();

	for (int i = 0; i < 3; i++) {
		if (i)
			reread(&w);
		add_device(w.r, "s\\q", DEVICE_IDLE);
		add_device(w.r, "s\\q", DEVICE_ERROR);
		assert_int_equal(told(&w), i == 0);
	}
	end(&w);
}

TEST(values_that_move_all_the_time_wait_for_the_heartbeat_but_a_filling_disk_does_not)
{
	struct world w = begin();

	assert_true(told(&w));
	reread(&w);
	w.r->health->uptime_hours = 5;
	w.r->health->jvm_memory_used_percent = 80;
	w.r->health->disk_used_percent = 50.5;
	assert_false(told(&w));
	w.r->health->disk_used_percent = 51.5;
	assert_true(told(&w));
	w.mono_ms += HEARTBEAT_MS;
	assert_true(told(&w));
	end(&w);
}

TEST(a_print_server_that_has_started_anew_is_told_at_once)
{
	struct world w = begin();

	w.r->health->uptime_hours = 5;
	assert_true(told(&w));
	w.r->health->uptime_hours = 5.1;
	assert_false(told(&w));
	w.r->health->uptime_hours = 0.01;
	assert_true(told(&w));
	assert_false(told(&w));
	end(&w);
}

TEST(a_print_server_that_stays_away_is_told_once_and_then_by_heartbeat)
{
	static const int kinds[] = { COMPONENT_DATABASE, COMPONENT_PRINTERS, -1 };
	struct world w = begin();

	assert_true(told(&w));
	for (int i = 0; i < 5; i++) {
		reading_free(&w.r);
		w.r = reading_new();
		reading_went(w.r, READING_UNREACHABLE, kinds);
		assert_int_equal(told(&w), i == 0);
	}
	end(&w);
}

TEST(R48_R51_a_device_leaves_as_pseudonym_and_label_never_by_its_name)
{
	uint8_t other[SITE_SECRET_LEN] = { 9 };
	struct memory *m = memory_new(SOURCE_PAPERCUT, other, HEARTBEAT_MS);
	struct buf json = buf_new(MIB);
	struct json_problem problem;
	struct world w = begin();
	const struct report_device *d;
	char first[DEVICE_KEY_LEN + 1];

	add_device(w.r, "SENTINEL-server\\Ricoh jane.doe@example.test 192.0.2.77", DEVICE_IDLE);
	assert_true(told(&w));
	assert_int_equal(report_encode(&w.report, 1, &json, &problem), 0);
	assert_null(strstr((const char *)json.data, "SENTINEL"));
	assert_null(strstr((const char *)json.data, "192.0.2.77"));
	assert_null(strstr((const char *)json.data, "jane"));
	d = w.report.devices->items.items[0];
	memcpy(first, d->id, sizeof(first));
	assert_true(memory_take(m, w.r, 0, w.mono_ms, &w.mem, &w.report));
	d = w.report.devices->items.items[0];
	assert_string_not_equal(d->id, first);
	memory_free(&m);
	buf_done(&json);
	end(&w);
}

TEST(what_was_not_kept_is_told_again)
{
	struct world w = begin();

	add_device(w.r, "a", DEVICE_IDLE);
	assert_true(told(&w));
	memory_tell_all(w.m);
	assert_true(told(&w));
	assert_int_equal(w.report.devices->items.len, 1);
	assert_int_equal(w.report.devices->complete, JSON_TRUE);
	end(&w);
}

TEST(R32_usage_by_period_is_a_reason_for_a_report_and_told_once)
{
	struct world w = begin();
	struct report_period p = { .from_ms = 1, .to_ms = 2, .pages = 7 };

	assert_true(told(&w));
	reread(&w);
	w.r->usage = REPORT_NEW(&w.r->mem, struct report_usage, &report_usage_schema);
	w.r->usage->held_jobs = 5;
	assert_false(told(&w));
	report_list_add(&w.r->mem, &w.r->usage->periods, &p);
	assert_true(told(&w));
	assert_ptr_equal(w.report.usage->periods.items[0], &p);
	assert_false(told(&w));
	reread(&w);
	assert_false(told(&w));
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R32_usage_by_period_is_a_reason_for_a_report_and_told_once),
		RUN(the_first_reading_is_told_whole_and_the_same_again_is_not),
		RUN(only_the_devices_that_changed_or_went_are_told),
		RUN(more_devices_than_one_report_holds_are_told_in_several),
		RUN(what_goes_while_a_long_list_is_told_anew_is_told_as_gone),
		RUN(what_went_before_a_start_is_told_as_gone_if_it_is_recalled),
		RUN(names_of_any_length_have_pseudonyms_of_their_own),
		RUN(R37_devices_beyond_the_list_are_counted_with_their_errors),
		RUN(a_name_that_its_server_lists_twice_is_told_once),
		RUN(values_that_move_all_the_time_wait_for_the_heartbeat_but_a_filling_disk_does_not),
		RUN(a_print_server_that_has_started_anew_is_told_at_once),
		RUN(a_print_server_that_stays_away_is_told_once_and_then_by_heartbeat),
		RUN(R48_R51_a_device_leaves_as_pseudonym_and_label_never_by_its_name),
		RUN(what_was_not_kept_is_told_again),
	};

	return cmocka_run_group_tests_name("connector.memory", tests, NULL, NULL);
}
