#include "base/test.h"

#include <math.h>
#include <string.h>

#include "model/status.h"
#include "sim/life.h"

#define SEED    7
#define HOUR_MS (3600 * INT64_C(1000))
#define TODAY   (INT64_C(1772618400000) + 2 * HOUR_MS) /* Wednesday 2026-03-04, noon */
#define FLEET   10000

static struct life life_of(size_t number)
{
	struct life l;

	life_make(SEED, number, TODAY, &l);
	return l;
}

/* The first of the fleet that lives so. */
static struct life one_of(const struct life_profile *p)
{
	for (size_t n = 0; n < FLEET; n++) {
		struct life l = life_of(n);

		if (l.profile == p)
			return l;
	}
	fail_msg("nobody lives as %s", p->name);
	return life_of(0);
}

static struct buf encoded(const struct life *l, const struct life_moment *m)
{
	struct buf out = buf_new(MIB);
	struct json_problem problem = {};
	struct arena mem = {};
	struct report r;

	life_report(l, m, &mem, &r);
	if (report_encode(&r, REPORT_SCHEMA_MAX, &out, &problem) < 0)
		fail_msg("%s: %s %s", l->profile->name, problem.field, problem.detail);
	arena_done(&mem);
	return out;
}

/* What a hub concludes that has taken a report an hour of the day before. */
static int status_after_a_day(const struct life *l)
{
	struct component_fact components[STATUS_COMPONENTS_MAX];
	struct site_verdict verdict;
	struct site_facts f;
	struct arena mem = {};
	int64_t started = JSON_ABSENT_INT, restarts[RULE_RESTARTS_MAX];
	size_t restarts_len = 0;
	enum life_way way = life_way(l, TODAY);

	status_facts_init(&f);
	for (int64_t at = TODAY - LIFE_DAY_MS; at <= TODAY; at += HOUR_MS) {
		struct life_moment m = { at, at, at - HOUR_MS, false };
		struct report r;

		life_report(l, &m, &mem, &r);
		status_facts_from_report(&r, at, NULL, 0, components, &f);
		if (!isnan(r.health->uptime_hours))
			status_note_start(at - (int64_t)(r.health->uptime_hours * HOUR_MS),
					  &started, restarts, &restarts_len);
	}
	f.now_ms = TODAY;
	f.enrolled = way != LIFE_INVITED;
	f.monitoring = way == LIFE_HIDDEN ? SWITCH_OFF : SWITCH_ON;
	f.polling = way == LIFE_AWAKE;
	f.last_seen_ms = TODAY - HOUR_MS;
	f.report_ms = TODAY - HOUR_MS;
	f.restarts_len = restarts_len;
	memcpy(f.restarts_ms, restarts, sizeof(restarts));
	status_derive(&f, NULL, &verdict);
	arena_done(&mem);
	return verdict.status;
}

TEST(each_life_shows_the_status_that_its_row_says)
{
	for (const struct life_profile *p = life_profiles; p->name; p++) {
		struct life l = one_of(p);
		int status = status_after_a_day(&l);

		assert_int_equal(life_status(&l, TODAY), p->status);
		if (status != p->status)
			fail_msg("%s: %s", p->name, site_status_names[status]);
	}
}

TEST(what_any_life_reports_fits_the_schema)
{
	static const int64_t hours[] = { -365 * 24, -100 * 24 - 3, -1, 0, 5, 400 * 24 };

	for (const struct life_profile *p = life_profiles; p->name; p++) {
		struct life l = one_of(p);

		for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
			int64_t at = TODAY + hours[i] * HOUR_MS;
			struct buf out =
				encoded(&l, &(struct life_moment){ at, TODAY, at - HOUR_MS, true });

			assert_true(out.len > 100);
			buf_done(&out);
		}
	}
}

TEST(a_moment_is_the_same_in_whatever_order_it_is_asked_for)
{
	struct life l = life_of(3), other = life_of(3);
	struct life_moment m = { TODAY, TODAY, TODAY - HOUR_MS, true };
	struct life_moment later = { TODAY + LIFE_DAY_MS, TODAY, TODAY, true };
	struct buf a = encoded(&l, &m), b = encoded(&other, &later), c = encoded(&other, &m);

	assert_true(str_eq(buf_str(&a), buf_str(&c)));
	assert_false(str_eq(buf_str(&a), buf_str(&b)));
	buf_done(&a);
	buf_done(&b);
	buf_done(&c);
}

TEST(a_fleet_of_ten_thousand_has_two_hundred_thousand_devices)
{
	int64_t devices = 0;

	for (size_t n = 0; n < FLEET; n++)
		devices += life_of(n).devices;
	assert_in_range(devices, 180000, 220000);
}

TEST(a_report_that_is_not_whole_tells_the_devices_that_changed)
{
	const struct life_profile *p = life_profiles;
	struct arena mem = {};
	struct report r;
	struct life l;

	while (strcmp(p->name, "jammed") != 0)
		p++;
	l = one_of(p);
	life_report(&l, &(struct life_moment){ TODAY, TODAY, TODAY - HOUR_MS, false }, &mem, &r);
	assert_int_equal(r.devices->items.len, 0);
	assert_int_equal(r.devices->in_error, 2);
	/* Over night one has been mended and another has failed. */
	life_report(&l, &(struct life_moment){ TODAY, TODAY, TODAY - LIFE_DAY_MS, false }, &mem,
		    &r);
	assert_int_equal(r.devices->items.len, 2);
	arena_done(&mem);
}

TEST(a_branch_sleeps_at_night_and_a_weekend_is_the_customers_own)
{
	for (const struct life_profile *p = life_profiles; p->name; p++) {
		struct life l = one_of(p);

		if (strcmp(p->name, "branch") == 0)
			assert_int_equal(life_way(&l, TODAY + 12 * HOUR_MS), LIFE_ASLEEP);
		if (strcmp(p->name, "weekend_off") == 0)
			assert_int_equal(life_way(&l, TODAY + 3 * LIFE_DAY_MS), LIFE_HIDDEN);
	}
}

TEST(outages_come_one_after_the_other_and_before_today)
{
	for (size_t n = 0; n < 100; n++) {
		struct life_outage out[LIFE_OUTAGES_MAX];
		struct life l = life_of(n);
		size_t len = life_outages(&l, out);
		int64_t last = TODAY - 366 * LIFE_DAY_MS;

		for (size_t i = 0; i < len; i++) {
			assert_true(out[i].from_ms > last);
			assert_true(out[i].to_ms > out[i].from_ms);
			last = out[i].to_ms;
		}
		assert_true(last < TODAY);
	}
}

TEST(names_are_those_of_the_seed)
{
	char a[LIFE_NAME_MAX], b[LIFE_NAME_MAX];
	struct life l = life_of(17), other;

	life_make(SEED + 1, 17, TODAY, &other);
	life_site_name(&l, a);
	life_site_name(&other, b);
	assert_true(strcmp(a, b) != 0 || l.seed != other.seed);
	life_customer_name(SEED, life_customer(17), a);
	life_customer_name(SEED, life_customer(16), b);
	assert_string_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_life_shows_the_status_that_its_row_says),
		RUN(what_any_life_reports_fits_the_schema),
		RUN(a_moment_is_the_same_in_whatever_order_it_is_asked_for),
		RUN(a_fleet_of_ten_thousand_has_two_hundred_thousand_devices),
		RUN(a_report_that_is_not_whole_tells_the_devices_that_changed),
		RUN(a_branch_sleeps_at_night_and_a_weekend_is_the_customers_own),
		RUN(outages_come_one_after_the_other_and_before_today),
		RUN(names_are_those_of_the_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
