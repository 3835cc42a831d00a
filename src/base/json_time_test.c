#include "base/err.h"
#include "base/json.h"
#include "base/test.h"

#include <string.h>

static const struct {
	const char *text;
	int64_t at_ms;
} same[] = {
	{ "1970-01-01T00:00:00.000Z", 0 },
	{ "1969-12-31T23:59:59.999Z", -1 },
	{ "2026-11-23T09:12:00.123Z", 1795425120123 },
	{ "2000-02-29T00:00:00.000Z", 951782400000 },
	{ "2100-03-01T00:00:00.000Z", 4107542400000 },
	{ "0000-01-01T00:00:00.000Z", -62167219200000 },
	{ "9999-12-31T23:59:59.999Z", 253402300799999 },
};

TEST(times_are_written_and_read_back)
{
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		char text[TIME_TEXT_MAX];
		int64_t at_ms = 7;

		time_encode(same[i].at_ms, text);
		assert_string_equal(text, same[i].text);
		assert_int_equal(time_decode(str_of(text), &at_ms), 0);
		assert_true(at_ms == same[i].at_ms);
	}
	for (int64_t day = -800000; day < 2000000; day += 97) {
		char text[TIME_TEXT_MAX];
		int64_t at_ms;

		if (day * 86400000 < -62167219200000)
			continue;
		time_encode(day * 86400000 + day % 1000, text);
		assert_int_equal(time_decode(str_of(text), &at_ms), 0);
		assert_true(at_ms == day * 86400000 + day % 1000);
	}
}

TEST(offsets_fractions_and_leap_seconds_become_milliseconds)
{
	static const struct {
		const char *text;
		int64_t at_ms;
	} rows[] = {
		{ "1970-01-01T01:00:00+01:00", 0 },
		{ "1969-12-31T16:30:00-07:30", 0 },
		{ "1970-01-01t00:00:00z", 0 },
		{ "1970-01-01T00:00:00.5Z", 500 },
		{ "1970-01-01T00:00:00.1239999Z", 123 },
		{ "1970-01-01T00:00:00.12-00:00", 120 },
		{ "2016-12-31T23:59:60Z", 1483228800000 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t at_ms = 7;

		assert_int_equal(time_decode(str_of(rows[i].text), &at_ms), 0);
		assert_true(at_ms == rows[i].at_ms);
	}
}

TEST(what_is_no_time_is_refused)
{
	static const char *const rows[] = {
		"",
		"1970-01-01",
		"1970-01-01T00:00:00",
		"1970-01-01 00:00:00Z",
		"1970-01-01T00:00Z",
		"1970-01-01T00:00:00.Z",
		"1970-01-01T00:00:00Zx",
		"1970-01-01T00:00:00+1:00",
		"1970-01-01T00:00:00+0100",
		"1970-01-01T00:00:00+24:00",
		"1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z",
		"1970-01-01T00:00:61Z",
		"1970-00-01T00:00:00Z",
		"1970-13-01T00:00:00Z",
		"1970-02-29T00:00:00Z",
		"1900-02-29T00:00:00Z",
		"1970-01-32T00:00:00Z",
		"1970-01-00T00:00:00Z",
		"-970-01-01T00:00:00Z",
		"+1970-01-01T00:00:00Z",
		" 970-01-01T00:00:00Z",
		"0000-01-01T00:00:00+00:01",
		"9999-12-31T23:59:59-00:01",
		"1970-01-01T00:00:00.5",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t at_ms = 7;

		assert_int_equal(time_decode(str_of(rows[i]), &at_ms), ERR_INVALID);
		assert_int_equal(at_ms, 7);
	}
}

TEST(times_beyond_four_digits_are_held_at_the_end)
{
	char text[TIME_TEXT_MAX];

	time_encode(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	time_encode(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(times_are_written_and_read_back),
		RUN(offsets_fractions_and_leap_seconds_become_milliseconds),
		RUN(what_is_no_time_is_refused),
		RUN(times_beyond_four_digits_are_held_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
