/* rollup_test.c - what a chart shows of change-only rows, and what is written of what is told. */
#include "hub/series/store.h"

#include "base/clock.h"
#include "base/test.h"
#include "hub/test_world.h"
#include <math.h>

#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)

static struct bucket points[48];

static struct rollup day(void)
{
	struct rollup r = { .from_ms = 0,
			    .to_ms = 24 * HOUR,
			    .step_ms = HOUR,
			    .hold_ms = SERIES_GAP_MS,
			    .buckets = points,
			    .len = 24 };

	rollup_begin(&r);
	return r;
}

TEST(a_value_is_carried_until_the_next_row)
{
	struct rollup r = day();

	rollup_row(&r, 0, 1);
	rollup_row(&r, 60 * MINUTE, 1);
	rollup_row(&r, 90 * MINUTE, 3);
	rollup_row(&r, 150 * MINUTE, 3);
	assert_true(fabs(rollup_end(&r, 3 * HOUR) - 1) < 1e-9);
	assert_true(points[0].latest == 1);
	assert_true(points[1].latest == 3 && points[1].low == 1 && points[1].high == 3);
	assert_true(points[1].area == 4 * 30 * (double)MINUTE && points[1].known_ms == HOUR);
	assert_true(points[2].latest == 3);
	assert_true(points[3].known_ms == 0);
}

TEST(a_value_is_not_carried_beyond_the_gap)
{
	struct rollup r = day();

	rollup_row(&r, 0, 5);
	rollup_row(&r, 12 * HOUR, 5);
	rollup_row(&r, 13 * HOUR, NAN);
	assert_true(fabs(rollup_end(&r, 100 * HOUR) -
			 (double)(SERIES_GAP_MS + HOUR) / (24.0 * HOUR)) < 1e-9);
	assert_true(points[0].latest == 5 && points[1].latest == 5);
	assert_true(points[2].known_ms == 0 && points[11].known_ms == 0);
	assert_true(points[12].latest == 5);
	assert_true(points[13].known_ms == 0);
}

TEST(a_row_before_the_beginning_is_carried_into_it)
{
	struct rollup r = day();

	rollup_row(&r, -30 * MINUTE, 7);
	rollup_end(&r, 24 * HOUR);
	assert_true(points[0].latest == 7);
	assert_true(points[1].known_ms == 0);
}

TEST(nothing_known_is_no_coverage)
{
	struct rollup r = day();

	assert_true(rollup_end(&r, 24 * HOUR) == 0);
	for (size_t i = 0; i < r.len; i++)
		assert_true(points[i].known_ms == 0);
}

/* ---- writing ---- */

struct write_job {
	struct id subject;
	int rows;
};

/* The test's hours are those of the last whole day. */
static int64_t base_ms(void)
{
	return clock_wall_ms() / SERIES_DAY_MS * SERIES_DAY_MS - SERIES_DAY_MS;
}

static int count_rows(struct tenant_db *db, struct id subject, int *ret_minutes)
{
	struct rollup r = { .from_ms = base_ms(),
			    .to_ms = base_ms() + 48 * HOUR,
			    .step_ms = HOUR,
			    .hold_ms = SERIES_GAP_MS,
			    .buckets = points,
			    .len = 48 };
	int64_t known_ms = 0;
	int rc;

	rollup_begin(&r);
	rc = series_read_rows(db, subject, 1, &r);
	rollup_end(&r, r.to_ms);
	for (size_t i = 0; i < r.len; i++)
		known_ms += points[i].known_ms;
	*ret_minutes = (int)(known_ms / MINUTE);
	return rc;
}

static int write_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	static const struct {
		int64_t at_ms;
		double value;
	} told[] = {
		{ 2 * HOUR, 1 },
		{ 2 * HOUR + 5 * MINUTE, 1 },
		{ 2 * HOUR + 10 * MINUTE, 2 },
		{ 2 * HOUR + 10 * MINUTE, 9 },
		{ 3 * HOUR + 10 * MINUTE, 2 },
		{ HOUR, 4 },
		{ 3 * HOUR + 20 * MINUTE, NAN },
		{ -500 * SERIES_DAY_MS, 7 },
		{ 5 * SERIES_DAY_MS, 7 },
	};
	struct write_job *job = arg;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(told) && rc == 0; i++)
		rc = series_write(db, job->subject, 1, base_ms() + told[i].at_ms, told[i].value);
	return rc < 0 ? rc : count_rows(db, job->subject, &job->rows);
}

TEST(what_does_not_change_is_written_once_an_hour_and_what_is_late_fills_in)
{
	struct fixture *f = fixture_new();
	struct write_job job = { .subject = id_new() };
	struct arena mem = {};

	assert_int_equal(db_wait_write(f->db, fixture_provider(f), write_run, &job, &mem), 0);
	/* From 1:00 to 3:20 without a gap. */
	assert_int_equal(job.rows, 140);
	assert_true(points[1].latest == 4);
	assert_true(points[2].latest == 2);
	assert_true(points[3].latest == 2);
	assert_true(points[4].known_ms == 0);
	arena_done(&mem);
	fixture_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_value_is_carried_until_the_next_row),
		RUN(a_value_is_not_carried_beyond_the_gap),
		RUN(a_row_before_the_beginning_is_carried_into_it),
		RUN(nothing_known_is_no_coverage),
		RUN(what_does_not_change_is_written_once_an_hour_and_what_is_late_fills_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
