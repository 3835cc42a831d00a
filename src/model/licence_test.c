/* licence_test.c - days of a licence: counted by dates, never made up. */
#include "model/licence.h"

#include "base/err.h"
#include "base/test.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))

static int64_t at(const char *time)
{
	int64_t ms = 0;

	assert_int_equal(time_decode(str_of(time), &ms), 0);
	return ms;
}

TEST(R38_the_last_day_counts_whatever_the_hour)
{
	int64_t end = at("2027-01-31T00:00:00Z");

	assert_int_equal(licence_days_left(end, at("2027-01-31T23:59:59Z")), 0);
	assert_int_equal(licence_days_left(end, at("2027-02-01T00:00:00Z")), -1);
	assert_int_equal(licence_days_left(end, at("2027-01-30T23:59:59Z")), 1);
	assert_int_equal(licence_days_left(end + DAY_MS - 1, at("2027-01-30T00:00:00Z")), 1);
	assert_int_equal(licence_days_left(-1, 0), -1);
}

TEST(a_day_begins_at_midnight_in_utc)
{
	int64_t now = at("2027-01-30T23:59:59Z");

	assert_int_equal(licence_day_ms(now, 0), at("2027-01-30T00:00:00Z"));
	assert_int_equal(licence_day_ms(now, 2), at("2027-02-01T00:00:00Z"));
	assert_int_equal(licence_day_ms(at("2027-01-31T00:00:00Z"), 1), at("2027-02-01T00:00:00Z"));
}

TEST(R38_what_is_not_told_is_unknown_and_neither_zero_nor_ended)
{
	assert_int_equal(licence_days_left(JSON_ABSENT_INT, at("2027-01-31T00:00:00Z")),
			 JSON_ABSENT_INT);
	assert_int_equal(licence_renewal(JSON_UNSAID, JSON_ABSENT_INT, JSON_ABSENT_INT, 0),
			 RENEWAL_UNKNOWN);
	assert_int_equal(licence_renewal(JSON_TRUE, JSON_ABSENT_INT, JSON_ABSENT_INT, 0),
			 RENEWAL_UNKNOWN);
}

TEST(R4_the_nearer_end_says_how_soon_something_has_to_be_done)
{
	static const struct {
		int64_t days;
		enum renewal is;
	} rows[] = { { -1, RENEWAL_ENDED },     { 0, RENEWAL_WITHIN_30 },
		     { 30, RENEWAL_WITHIN_30 }, { 31, RENEWAL_WITHIN_60 },
		     { 60, RENEWAL_WITHIN_60 }, { 61, RENEWAL_WITHIN_90 },
		     { 90, RENEWAL_WITHIN_90 }, { 91, RENEWAL_LATER } };
	int64_t now = at("2026-11-27T12:00:00Z");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t end = now + rows[i].days * DAY_MS;

		assert_int_equal(licence_renewal(JSON_TRUE, end, JSON_ABSENT_INT, now), rows[i].is);
		assert_int_equal(licence_renewal(JSON_TRUE, JSON_ABSENT_INT, end, now), rows[i].is);
		assert_int_equal(licence_renewal(JSON_TRUE, end, now + 400 * DAY_MS, now),
				 rows[i].is);
	}
	assert_int_equal(licence_renewal(JSON_FALSE, JSON_ABSENT_INT, now + 400 * DAY_MS, now),
			 RENEWAL_ENDED);
}

TEST(a_date_is_a_day_of_the_calendar_and_nothing_else)
{
	static const char *const wrong[] = { "",           "2027-1-31",  "31.01.2027",
					     "2027-02-30", "2027-01-3x", "2027-01-31T",
					     "2027/01/31" };
	struct arena mem = {};
	int64_t ms = 7;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		assert_int_equal(licence_date_parse(str_of(wrong[i]), &ms), ERR_INVALID);
		assert_int_equal(ms, 7);
	}
	assert_int_equal(licence_date_parse(STR("2028-02-29"), &ms), 0);
	assert_int_equal(ms, at("2028-02-29T00:00:00Z"));
	assert_string_equal(licence_date_text(&mem, ms + DAY_MS - 1), "2028-02-29");
	assert_null(licence_date_text(&mem, JSON_ABSENT_INT));
	arena_done(&mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_day_begins_at_midnight_in_utc),
		RUN(R38_the_last_day_counts_whatever_the_hour),
		RUN(R38_what_is_not_told_is_unknown_and_neither_zero_nor_ended),
		RUN(R4_the_nearer_end_says_how_soon_something_has_to_be_done),
		RUN(a_date_is_a_day_of_the_calendar_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
