/* counters_test.c - totals become days, and nobody's own printing is told. */
#include "base/test.h"
#include "base/err.h"
#include "connector/counters.h"
#include "connector/test_dir.h"
#include <stdio.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define START  (20000 * DAY_MS + 9 * 3600 * 1000)

static const uint8_t secret[SITE_SECRET_LEN] = { 7 };

struct world {
	struct counters_config cfg;
	struct arena mem;
	struct json_list totals;
	struct report_day *day;
};

static struct world begin(void)
{
	return (struct world){ .cfg = { test_dir("counters"), secret, 20, 0 } };
}

static void total(struct world *w, const char *name, int64_t printer, int64_t pages, int64_t jobs)
{
	struct source_total *t = ARENA_NEW(&w->mem, struct source_total);

	*t = (struct source_total){ 'p', name, printer, pages, jobs };
	report_list_add(&w->mem, &w->totals, t);
}

/* The day that ended with these totals; the next ones are empty. */
static struct report_day *take(struct world *w, int64_t now_ms)
{
	w->day = NULL;
	assert_int_equal(counters_take(&w->cfg, &w->totals, now_ms, &w->mem, &w->day), 0);
	w->totals = (struct json_list){};
	return w->day;
}

static const struct report_device_use *use(const struct report_day *day, size_t i)
{
	assert_true(i < day->devices.len);
	return day->devices.items[i];
}

TEST(R32_a_day_is_the_difference_of_two_totals)
{
	struct world w = begin();

	total(&w, "prn01\\A", 1203, 1000, 100);
	assert_null(take(&w, START));
	total(&w, "prn01\\A", 1203, 1100, 150);
	assert_null(take(&w, START + 3600 * 1000));
	total(&w, "prn01\\A", 1203, 1500, 180);
	assert_non_null(take(&w, START + DAY_MS));
	assert_int_equal(w.day->from_ms, START);
	assert_int_equal(w.day->to_ms, START + DAY_MS);
	assert_int_equal(use(w.day, 0)->pages, 500);
	assert_int_equal(use(w.day, 0)->jobs, 80);
	assert_int_equal(w.day->rest_jobs, JSON_ABSENT_INT);
	arena_done(&w.mem);
}

TEST(a_total_that_fell_or_a_printer_made_anew_counts_from_zero)
{
	struct world w = begin();

	total(&w, "A", 1, 1000, 100);
	total(&w, "B", 2, 1000, 100);
	take(&w, START);
	total(&w, "A", 1, 70, 30);
	total(&w, "B", 3, 1200, 140);
	take(&w, START + DAY_MS);
	assert_int_equal(use(w.day, 0)->pages, 70);
	assert_int_equal(use(w.day, 1)->pages, 1200);
	assert_int_equal(use(w.day, 1)->jobs, 140);
	arena_done(&w.mem);
}

TEST(what_is_seen_for_the_first_time_counts_from_then_on)
{
	struct world w = begin();

	total(&w, "A", 1, 1000, 100);
	take(&w, START);
	total(&w, "A", 1, 1100, 130);
	total(&w, "B", 2, 999999, 5000);
	take(&w, START + DAY_MS);
	assert_int_equal(w.day->devices.len, 1);
	arena_done(&w.mem);
}

TEST(R46_devices_below_the_floor_are_one_sum_and_a_sum_below_it_waits)
{
	struct world w = begin();

	total(&w, "A", 1, 0, 0);
	total(&w, "B", 2, 0, 0);
	take(&w, START);
	/* 12 jobs in all: not told, not forgotten. */
	total(&w, "A", 1, 30, 5);
	total(&w, "B", 2, 40, 7);
	assert_null(take(&w, START + DAY_MS));
	total(&w, "A", 1, 60, 9);
	total(&w, "B", 2, 90, 26);
	take(&w, START + 2 * DAY_MS);
	assert_int_equal(w.day->devices.len, 0);
	assert_int_equal(w.day->rest_jobs, 35);
	assert_int_equal(w.day->rest_pages, 150);
	/* Told once. */
	total(&w, "A", 1, 160, 49);
	total(&w, "B", 2, 91, 27);
	take(&w, START + 3 * DAY_MS);
	assert_int_equal(use(w.day, 0)->jobs, 40);
	assert_int_equal(w.day->rest_jobs, JSON_ABSENT_INT);
	arena_done(&w.mem);
}

TEST(R24_what_was_printed_while_monitoring_was_off_is_never_told)
{
	struct world w = begin();

	total(&w, "A", 1, 1000, 100);
	take(&w, START);
	w.cfg.off_revision = 4;
	total(&w, "A", 1, 9000, 900);
	assert_null(take(&w, START + DAY_MS));
	total(&w, "A", 1, 9100, 950);
	take(&w, START + 2 * DAY_MS);
	assert_int_equal(use(w.day, 0)->jobs, 50);
	arena_done(&w.mem);
}

TEST(R48_the_file_knows_pseudonyms_only)
{
	struct world w = begin();
	struct buf text = buf_new(MIB);
	char path[HOME_PATH_MAX];

	total(&w, "prn01\\SENTINEL-name", 1, 1000, 100);
	take(&w, START);
	assert_int_equal(home_path(w.cfg.dir, HOME_COUNTERS, path), 0);
	assert_int_equal(file_read(path, &text), 0);
	assert_null(strstr((const char *)text.data, "SENTINEL"));
	assert_null(strstr((const char *)text.data, "prn01"));
	buf_done(&text);
	arena_done(&w.mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R32_a_day_is_the_difference_of_two_totals),
		RUN(a_total_that_fell_or_a_printer_made_anew_counts_from_zero),
		RUN(what_is_seen_for_the_first_time_counts_from_then_on),
		RUN(R46_devices_below_the_floor_are_one_sum_and_a_sum_below_it_waits),
		RUN(R24_what_was_printed_while_monitoring_was_off_is_never_told),
		RUN(R48_the_file_knows_pseudonyms_only),
	};

	return cmocka_run_group_tests_name("connector.counters", tests, NULL, NULL);
}
