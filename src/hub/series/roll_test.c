/* roll_test.c - hours and days against a model that looks at each minute, whatever comes late; what
 * is deleted, and what a chart shows of it. */
#include "hub/series/store.h"

#include "base/clock.h"
#include "base/metric.h"
#include "base/test.h"
#include "db/stmt.h"
#include "hub/test_world.h"
#include "net/loop.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE  INT64_C(60000)
#define HELD    1  /* a series that holds for SERIES_GAP_MS */
#define PER_DAY 13 /* one that holds for a day */

static const struct series_keep keep = { { 40 * SERIES_DAY_MS, 180 * SERIES_DAY_MS,
					   3650 * SERIES_DAY_MS } };

/* The same numbers in each run, so that a failure can be looked at. */
static uint64_t seed;

static int64_t some(int64_t below)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int64_t)((seed >> 33) % (uint64_t)below);
}

QUERY(q_count, "series_test_count",
      "SELECT count(*), min(at_ms) FROM series WHERE provider_id = :provider "
      "AND subject_id = :subject AND series = :series");
QUERY(q_count_rolls, "series_test_count_rolls",
      "SELECT count(*), min(at_ms) FROM series_roll WHERE provider_id = :provider "
      "AND subject_id = :subject AND series = :series AND step = :step");

/* ---- a story: what was told, in the order in which it came ---- */

#define STORY_MAX 40000

struct told {
	int64_t at_ms;
	double value;
};

struct story {
	struct id subject;
	int series;
	int64_t from_ms, now_ms;
	struct told told[STORY_MAX]; /* as they come */
	size_t len;
	struct told held[STORY_MAX]; /* those of which a row is made, in the order of time */
	size_t held_len;
};

static void tell(struct story *s, int64_t at_ms, double value)
{
	assert_true(s->len < STORY_MAX);
	s->told[s->len++] = (struct told){ at_ms, value };
}

/* What the header of series.h says of a row, in other words than the program's. */
static void hold(struct story *s, struct told t)
{
	size_t at = s->held_len;
	const struct told *newest = at ? &s->held[at - 1] : NULL;

	if (!newest && isnan(t.value))
		return;
	if (newest && t.at_ms >= newest->at_ms && t.at_ms < newest->at_ms + SERIES_HEARTBEAT_MS &&
	    (newest->value == t.value || (isnan(newest->value) && isnan(t.value))))
		return;
	while (at > 0 && s->held[at - 1].at_ms > t.at_ms)
		at--;
	if (at > 0 && s->held[at - 1].at_ms == t.at_ms)
		return;
	memmove(&s->held[at + 1], &s->held[at], (s->held_len - at) * sizeof(t));
	s->held[at] = t;
	s->held_len++;
}

/* Minute by minute: what value held, if any did. */
static struct bucket look(const struct story *s, int64_t from_ms, int64_t to_ms)
{
	struct bucket b = {};
	size_t next = 0;

	for (int64_t at = from_ms; at < to_ms; at += MINUTE) {
		const struct told *t;

		while (next < s->held_len && s->held[next].at_ms <= at)
			next++;
		t = next ? &s->held[next - 1] : NULL;
		if (!t || isnan(t->value) || at >= t->at_ms + series_hold_ms(s->series))
			continue;
		b.low = b.known_ms ? fmin(b.low, t->value) : t->value;
		b.high = b.known_ms ? fmax(b.high, t->value) : t->value;
		b.area += t->value * (double)MINUTE;
		b.latest = t->value;
		b.known_ms += MINUTE;
	}
	return b;
}

/* Values that stay, jump, fall back to 0, are not known, with pauses short and long. */
static void invent(struct story *s, int64_t until_ms)
{
	double value = 0;

	for (int64_t at = s->from_ms + some(600) * MINUTE; at < until_ms;) {
		int64_t kind = some(20);

		if (kind < 6)
			value = (double)some(100000);
		else if (kind == 6)
			value = 0;
		else if (kind == 7)
			value = value + 0.125;
		tell(s, at, kind == 8 ? NAN : value);
		at += (kind == 9 ? some(3000) : kind < 3 ? 60 : 1 + some(40)) * MINUTE;
	}
}

/* Stretches come later than what follows them. */
static void delay(struct story *s)
{
	for (int n = 0; n < 4 && s->len > 40; n++) {
		size_t at = (size_t)some((int64_t)s->len / 2);
		size_t len = 1 + (size_t)some((int64_t)(s->len - at) / 3);
		size_t over = (size_t)some((int64_t)(s->len - at - len) + 1);
		struct told *moved = calloc(len, sizeof(*moved));

		memcpy(moved, &s->told[at], len * sizeof(*moved));
		memmove(&s->told[at], &s->told[at + len], over * sizeof(*moved));
		memcpy(&s->told[at + over], moved, len * sizeof(*moved));
		free(moved);
	}
}

/* ---- playing it ---- */

static int write_some(struct tenant_db *db, struct story *s, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to; i++) {
		rc = series_write(db, s->subject, s->series, s->told[i].at_ms, s->told[i].value);
		hold(s, s->told[i]);
	}
	return rc;
}

static int step_once(struct tenant_db *db, const struct story *s, const struct series_keep *k,
		     int64_t now_ms, struct series_mark *ret_mark)
{
	int rc = series_mark_get(db, s->subject, s->series, ret_mark);

	return rc < 0 ? rc : series_step(db, ret_mark, k, now_ms);
}

static int finish(struct tenant_db *db, const struct story *s, const struct series_keep *k)
{
	int64_t end = (s->now_ms - SERIES_SETTLE_MS) / SERIES_DAY_MS * SERIES_DAY_MS;
	struct series_mark m;
	int rc;

	do
		rc = step_once(db, s, k, s->now_ms, &m);
	while (rc == 0 && m.rolled_ms < end);
	return rc;
}

/* As it comes, rolled up now and then as far as it is. */
static int play_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct story *s = arg;
	struct series_mark m;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->len; i += s->len / 7 + 1) {
		size_t end = i + s->len / 7 + 1;

		rc = write_some(db, s, i, end < s->len ? end : s->len);
		if (rc == 0)
			rc = step_once(db, s, &keep, s->now_ms, &m);
	}
	return rc < 0 ? rc : finish(db, s, &keep);
}

struct chart {
	struct story *story;
	enum series_step step;
	struct rollup r;
	double coverage;
};

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct chart *c = arg;
	struct series_mark m;
	int rc = series_mark_get(db, c->story->subject, c->story->series, &m);

	c->r.hold_ms = series_hold_ms(c->story->series);
	rollup_begin(&c->r);
	if (rc == 0)
		rc = series_read(db, &m, c->step, &c->r);
	c->coverage = rollup_end(&c->r, c->story->now_ms);
	return rc;
}

struct bench {
	struct fixture *f;
	struct id provider;
	struct arena mem;
	struct story story;
};

static struct bench *bench_new(int series, int64_t days)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->f = fixture_new();
	b->provider = fixture_provider(b->f);
	/* Whole minutes, as the model counts. */
	b->story.now_ms = clock_wall_ms() / MINUTE * MINUTE;
	b->story.from_ms = b->story.now_ms / SERIES_DAY_MS * SERIES_DAY_MS - days * SERIES_DAY_MS;
	b->story.subject = id_new();
	b->story.series = series;
	return b;
}

static void bench_free(struct bench *b)
{
	arena_done(&b->mem);
	fixture_free(&b->f);
	free(b);
}

static void play(struct bench *b)
{
	assert_int_equal(db_wait_write(b->f->db, b->provider, play_run, &b->story, &b->mem), 0);
}

static void check_bucket(const struct bucket *is, const struct bucket *should)
{
	assert_true(is->known_ms == should->known_ms);
	if (is->known_ms == 0)
		return;
	assert_true(is->low == should->low && is->high == should->high);
	assert_true(is->latest == should->latest);
	/* Every value is a multiple of 1/8, so that sums of them are exact. */
	assert_true(is->area == should->area);
}

/* All of the story by steps of `step_ms`, from what `step` keeps. */
static void check_chart(struct bench *b, enum series_step step, int64_t step_ms)
{
	struct story *s = &b->story;
	size_t len = (size_t)((s->now_ms - s->from_ms + step_ms - 1) / step_ms);
	struct bucket *buckets = calloc(len, sizeof(*buckets));
	struct chart c = { s,
			   step,
			   { .from_ms = s->from_ms,
			     .to_ms = s->from_ms + (int64_t)len * step_ms,
			     .step_ms = step_ms,
			     .buckets = buckets,
			     .len = len },
			   0 };
	int64_t known = 0;

	assert_int_equal(db_wait_read(b->f->db, b->provider, read_run, &c, &b->mem), 0);
	for (size_t i = 0; i < len; i++) {
		int64_t from = s->from_ms + (int64_t)i * step_ms, to = from + step_ms;
		struct bucket should = look(s, from, to < s->now_ms ? to : s->now_ms);

		check_bucket(&buckets[i], &should);
		known += should.known_ms;
	}
	assert_true(fabs(c.coverage - (double)known / (double)(s->now_ms - s->from_ms)) < 1e-12);
	free(buckets);
}

TEST(hours_and_days_are_what_a_look_at_each_minute_says_however_late_it_came)
{
	for (int round = 0; round < 12; round++) {
		struct bench *b = bench_new(round % 4 == 3 ? PER_DAY : HELD, 9);

		seed = (uint64_t)round + 1;
		invent(&b->story, b->story.now_ms);
		delay(&b->story);
		play(b);
		check_chart(b, STEP_RAW, SERIES_HOUR_MS / 4);
		check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
		check_chart(b, STEP_HOUR, 6 * SERIES_HOUR_MS);
		check_chart(b, STEP_DAY, SERIES_DAY_MS);
		check_chart(b, STEP_DAY, 2 * SERIES_DAY_MS);
		bench_free(b);
	}
}

TEST(a_backlog_of_30_days_is_rolled_up_again_where_the_days_were_empty)
{
	struct bench *b = bench_new(HELD, 30);
	struct story *s = &b->story;

	seed = 7;
	tell(s, s->from_ms, 1);
	tell(s, s->now_ms - MINUTE, 2);
	play(b);
	s->len = s->held_len = 0;
	hold(s, (struct told){ s->from_ms, 1 });
	hold(s, (struct told){ s->now_ms - MINUTE, 2 });
	invent(s, s->now_ms - 5 * MINUTE);
	play(b);
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	bench_free(b);
}

struct count_job {
	const struct story *s;
	const struct series_keep *keep; /* NULL: only counts */
	int64_t rows, first_ms, hours, days;
	struct series_mark mark;
};

static int count(struct tenant_db *db, const struct story *s, int step, int64_t *ret_rows,
		 int64_t *ret_first_ms)
{
	struct stmt *st = tenant_query(db, step == STEP_RAW ? &q_count : &q_count_rolls);

	stmt_id(st, ":subject", s->subject);
	stmt_i64(st, ":series", s->series);
	if (step != STEP_RAW)
		stmt_i64(st, ":step", step);
	if (stmt_row(st)) {
		*ret_rows = col_i64(st, 0);
		*ret_first_ms = col_i64_or(st, 1, 0);
	}
	return stmt_end(st);
}

static int count_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct count_job *job = arg;
	int64_t first;
	int rc = job->keep ? finish(db, job->s, job->keep) : 0;

	if (rc == 0)
		rc = count(db, job->s, STEP_RAW, &job->rows, &job->first_ms);
	if (rc == 0)
		rc = count(db, job->s, STEP_HOUR, &job->hours, &first);
	if (rc == 0)
		rc = count(db, job->s, STEP_DAY, &job->days, &first);
	return rc < 0 ? rc : series_mark_get(db, job->s->subject, job->s->series, &job->mark);
}

TEST(a_day_of_one_value_takes_one_row_and_shows_by_the_hour)
{
	struct bench *b = bench_new(HELD, 6);
	struct story *s = &b->story;
	struct count_job job = { .s = s };

	for (int64_t at = s->from_ms; at < s->now_ms; at += 10 * MINUTE)
		tell(s, at, at < s->from_ms + 3 * SERIES_DAY_MS + 7 * SERIES_HOUR_MS ? 11 : 12);
	play(b);
	assert_int_equal(db_wait_read(b->f->db, b->provider, count_run, &job, &b->mem), 0);
	assert_true(job.hours == 24 && job.days >= 5);
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	check_chart(b, STEP_HOUR, 6 * SERIES_HOUR_MS);
	s->from_ms += 5 * SERIES_HOUR_MS;
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	bench_free(b);
}

TEST(an_hour_that_was_known_is_forgotten_if_what_came_late_says_so)
{
	struct bench *b = bench_new(HELD, 3);
	struct story *s = &b->story;

	tell(s, s->from_ms + SERIES_HOUR_MS + 30 * MINUTE, 4);
	tell(s, s->from_ms + 9 * SERIES_HOUR_MS, 5);
	play(b);
	s->len = 0;
	tell(s, s->from_ms + 2 * SERIES_HOUR_MS - MINUTE, NAN);
	play(b);
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	bench_free(b);
}

/* ---- deletion ---- */

TEST(what_is_too_old_goes_in_slices_and_the_chart_by_the_hour_stays_as_it_was)
{
	struct bench *b = bench_new(HELD, 60);
	struct story *s = &b->story;
	struct count_job job = { .s = s };
	int64_t cut = s->now_ms / SERIES_DAY_MS * SERIES_DAY_MS - 40 * SERIES_DAY_MS;

	/* More than one step may delete. */
	for (int64_t at = s->from_ms; at < s->now_ms; at += 3 * MINUTE)
		tell(s, at, (double)(at / MINUTE % 97));
	assert_true(20 * 24 * 20 > 2 * SERIES_TRIM_ROWS);
	play(b);
	/* A day later, so that the mark is due again. */
	job.keep = &keep;
	assert_int_equal(db_wait_write(b->f->db, b->provider, count_run, &job, &b->mem), 0);
	assert_true(job.first_ms >= cut - SERIES_GAP_MS && job.first_ms <= cut);
	assert_true(job.mark.raw_ms == cut && job.mark.hour_ms == 0);
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	bench_free(b);
}

/* One row of before what is kept, one of the first hour that is. */
static int late_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct story *s = arg;
	struct told late = { 0, 5 };
	struct series_mark m;
	int rc = series_write(db, s->subject, s->series, s->from_ms + SERIES_HOUR_MS + MINUTE, 5);

	if (rc == 0)
		rc = finish(db, s, &keep);
	if (rc == 0)
		rc = series_mark_get(db, s->subject, s->series, &m);
	late.at_ms = m.raw_ms + 17 * MINUTE;
	if (rc == 0)
		rc = series_write(db, s->subject, s->series, late.at_ms, late.value);
	hold(s, late);
	return rc < 0 ? rc : finish(db, s, &keep);
}

TEST(what_comes_later_than_its_rows_are_kept_does_not_undo_what_was_rolled_up)
{
	struct bench *b = bench_new(HELD, 60);
	struct story *s = &b->story;

	/* The day before ends with a value that holds into the next. */
	for (int64_t at = s->from_ms + 10 * MINUTE; at < s->now_ms; at += 20 * MINUTE)
		tell(s, at, (double)(at / MINUTE % 7));
	play(b);
	assert_int_equal(db_wait_write(b->f->db, b->provider, late_run, s, &b->mem), 0);
	check_chart(b, STEP_HOUR, SERIES_HOUR_MS);
	bench_free(b);
}

/* ---- a year ---- */

TEST(a_year_is_rolled_up_in_bounded_steps_and_stays_exact)
{
	struct bench *b = bench_new(HELD, 364);
	struct story *s = &b->story;
	struct count_job job = { .s = s, .keep = &keep };
	int64_t began = clock_mono_ms(), took;

	seed = 3;
	for (int64_t at = s->from_ms; at < s->now_ms; at += 30 * MINUTE)
		tell(s, at, (double)some(1000));
	play(b);
	took = clock_mono_ms() - began;
	assert_int_equal(db_wait_write(b->f->db, b->provider, count_run, &job, &b->mem), 0);
	print_message("# a year of %zu rows: %lld ms; left %lld rows, %lld hours, %lld days\n",
		      s->len, (long long)took, (long long)job.rows, (long long)job.hours,
		      (long long)job.days);
	assert_true(job.days >= 363 && job.hours <= 181 * 24 && job.rows < 42 * 48);
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	bench_free(b);
}

/* ---- the whole hub ---- */

struct fill_job {
	struct id site;
	int64_t off_ms;
};

static int fill_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct fill_job *job = arg;
	int rc = 0;

	for (int64_t at = job->off_ms - 4 * SERIES_DAY_MS; rc == 0 && at < job->off_ms;
	     at += SERIES_HOUR_MS)
		rc = series_write(db, job->site, HELD, at, 3);
	return rc < 0 ? rc : series_monitoring(db, job->site, job->off_ms, false);
}

static bool has_stepped(void *arg)
{
	const int64_t *before = arg;

	return metric_get(M_SERIES_STEPS) > *before;
}

static struct answer chart_of(struct world *w, const char *step, int64_t from_ms)
{
	char from[TIME_TEXT_MAX], path[240];

	time_encode(from_ms, from);
	snprintf(path, sizeof(path), "/api/v1/sites/%s/series?name=printers_total&step=%s&from=%s",
		 w->site, step, from);
	return world_call(w, &w->a, "GET", path, NULL);
}

TEST(the_hub_rolls_up_by_itself_and_nothing_is_known_of_what_the_customer_switched_off)
{
	struct world *w = world_new();
	struct fill_job job = { .off_ms = clock_wall_ms() / SERIES_HOUR_MS * SERIES_HOUR_MS -
					  12 * SERIES_HOUR_MS };
	struct arena mem = {};
	struct answer a;
	int64_t before = metric_get(M_SERIES_STEPS);

	assert_int_equal(id_decode(ID_SITE, str_of(w->site), &job.site), 0);
	assert_int_equal(db_wait_write(w->hub.db, w->a.provider, fill_run, &job, &mem), 0);
	world_restart(w);
	assert_true(loop_run_until(w->f->loop, has_stepped, &before, 10000));
	a = chart_of(w, "1d", job.off_ms - 3 * SERIES_DAY_MS);
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, "\"min\":3,\"max\":3,\"mean\":3,\"last\":3,\"coverage\":1"));
	answer_done(&a);
	a = chart_of(w, "1h", job.off_ms);
	assert_true(answer_has(&a, "\"coverage\":0,\"off_by_customer\":1,"));
	assert_true(answer_has(&a, "\"buckets\":[]"));
	answer_done(&a);
	arena_done(&mem);
	world_free(&w);
}

static int load_days_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct story *s = arg;
	struct bucket days[100] = {};
	const size_t len = ARRAY_LEN(days);
	int rc;

	/* Every tenth day is not known, and what was loaded does not hold beyond its last day. */
	for (size_t i = 0; i <= len; i++) {
		double value = (double)(i % 7);

		if (i % 10 == 0)
			hold(s, (struct told){ s->from_ms + (int64_t)i * SERIES_DAY_MS, NAN });
		else
			days[i] = (struct bucket){ value, value, value * SERIES_DAY_MS, value,
						   SERIES_DAY_MS };
		for (int64_t at = 0; i % 10 && at < SERIES_DAY_MS; at += 30 * MINUTE)
			hold(s,
			     (struct told){ s->from_ms + (int64_t)i * SERIES_DAY_MS + at, value });
	}
	rc = series_load_days(db, s->subject, s->series, s->from_ms, days, len);
	return rc < 0 ? rc : finish(db, s, &keep);
}

TEST(history_that_was_loaded_is_charted_like_days_that_were_rolled_up)
{
	struct bench *b = bench_new(HELD, 100);
	struct story *s = &b->story;
	struct count_job job = { .s = s };

	assert_int_equal(db_wait_write(b->f->db, b->provider, load_days_run, s, &b->mem), 0);
	assert_int_equal(db_wait_read(b->f->db, b->provider, count_run, &job, &b->mem), 0);
	assert_true(job.days == 90 && job.hours == 0 && job.rows == 0);
	s->now_ms = s->from_ms + 100 * SERIES_DAY_MS;
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	check_chart(b, STEP_DAY, 7 * SERIES_DAY_MS);
	/* What is told now goes on from there. */
	tell(s, s->now_ms + 10 * MINUTE, 99);
	s->now_ms += 20 * MINUTE;
	play(b);
	check_chart(b, STEP_DAY, SERIES_DAY_MS);
	bench_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(hours_and_days_are_what_a_look_at_each_minute_says_however_late_it_came),
		RUN(a_backlog_of_30_days_is_rolled_up_again_where_the_days_were_empty),
		RUN(an_hour_that_was_known_is_forgotten_if_what_came_late_says_so),
		RUN(a_day_of_one_value_takes_one_row_and_shows_by_the_hour),
		RUN(what_is_too_old_goes_in_slices_and_the_chart_by_the_hour_stays_as_it_was),
		RUN(what_comes_later_than_its_rows_are_kept_does_not_undo_what_was_rolled_up),
		RUN(a_year_is_rolled_up_in_bounded_steps_and_stays_exact),
		RUN(history_that_was_loaded_is_charted_like_days_that_were_rolled_up),
		RUN(the_hub_rolls_up_by_itself_and_nothing_is_known_of_what_the_customer_switched_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
