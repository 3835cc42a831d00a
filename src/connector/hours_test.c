/* hours_test.c - hours of the week: how they are written, and when they are, also where the clock
 * is changed. */
#include "base/test.h"
#include "connector/hours.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/json.h"

static struct hours parsed(const char *text)
{
	struct hours h;

	assert_int_equal(hours_parse(str_of(text), &h), 0);
	return h;
}

static int64_t at(const char *time)
{
	int64_t ms;

	assert_int_equal(time_decode(str_of(time), &ms), 0);
	return ms;
}

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

TEST(what_is_written_reads_back_in_its_shortest_form)
{
	static const struct {
		const char *text, *shortest;
	} samples[] = {
		{ "", "" },
		{ "mo 08:00-17:00", "mo 08:00-17:00" },
		{ " MO-FR  08:00 - 17:00 ,sa 09:00-12:00", "mo-fr 08:00-17:00, sa 09:00-12:00" },
		{ "mo+tu+we+fr 00:00-24:00", "mo-we+fr 00:00-24:00" },
		{ "sa-mo 07:30-08:00", "mo+sa+su 07:30-08:00" },
		{ "mo-su 00:00-00:01", "mo-su 00:00-00:01" },
		{ "mo-fr 22:00-06:00", "mo-fr 22:00-24:00, tu-sa 00:00-06:00" },
		{ "su 22:00-00:30", "su 22:00-24:00, mo 00:00-00:30" },
		{ "mo 22:00-00:00", "mo 22:00-24:00" },
	};

	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		struct hours h = parsed(samples[i].text);
		struct buf out = buf_new(KIB);

		hours_print(&h, &out);
		buf_putc(&out, 0);
		assert_string_equal((const char *)out.data, samples[i].shortest);
		buf_done(&out);
	}
}

TEST(anything_else_is_refused)
{
	static const char *const wrong[] = {
		"mo",
		"08:00-17:00",
		"mo 8:00-17:00",
		"mo 08:00-08:00",
		"mo 24:00-08:00",
		"mo 00:00-00:00",
		"mo 08:00-24:01",
		"xx 08:00-17:00",
		"mo- 08:00-17:00",
		"mo 08:00",
		"mo 08:00-17:00,",
		"mo 08:60-09:00",
		"mo+ 08:00-09:00",
		"mo 08:00-17:00 x",
		"mo,tu 08:00-09:00",
	};
	char many[HOURS_TEXT_MAX] = "";
	struct hours h;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		assert_int_equal(hours_parse(str_of(wrong[i]), &h), ERR_INVALID);
	for (int i = 0; i <= HOURS_MAX; i++)
		strcat(many, i ? ",mo 08:00-09:00" : "mo 08:00-09:00");
	assert_int_equal(hours_parse(str_of(many), &h), ERR_INVALID);
}

/* 2026-11-23 is a Monday. */
TEST(hours_are_those_of_the_zone)
{
	struct hours h = parsed("mo-fr 08:00-17:00");

	zone("UTC");
	assert_false(hours_have(&h, at("2026-11-23T07:59:59Z")));
	assert_true(hours_have(&h, at("2026-11-23T08:00:00Z")));
	assert_true(hours_have(&h, at("2026-11-23T16:59:59Z")));
	assert_false(hours_have(&h, at("2026-11-23T17:00:00Z")));
	assert_false(hours_have(&h, at("2026-11-22T12:00:00Z")));
	zone("Europe/Berlin");
	assert_true(hours_have(&h, at("2026-11-23T07:00:00Z")));
	assert_false(hours_have(&h, at("2026-11-23T16:00:00Z")));
	/* A Sunday there, a Monday in Auckland. */
	zone("Pacific/Auckland");
	assert_true(hours_have(&h, at("2026-11-22T21:00:00Z")));
}

TEST(the_next_change_is_found_also_across_weeks_and_changes_of_the_clock)
{
	struct hours h = parsed("mo-fr 08:00-17:00"), none = {}, early = parsed("mo 01:30-03:30"),
		     sunday = parsed("su 00:30-04:00"), night = parsed("mo-su 00:00-24:00"),
		     skipped = parsed("su 00:30-02:30"), from = parsed("su 02:15-05:00");

	zone("Europe/Berlin");
	assert_int_equal(hours_next_ms(&h, at("2026-11-23T06:00:00Z")), at("2026-11-23T07:00:00Z"));
	assert_int_equal(hours_next_ms(&h, at("2026-11-23T07:00:00Z")), at("2026-11-23T16:00:00Z"));
	assert_int_equal(hours_next_ms(&h, at("2026-11-27T16:00:00Z")), at("2026-11-30T07:00:00Z"));
	assert_int_equal(hours_next_ms(&early, at("2026-11-23T02:30:00Z")),
			 at("2026-11-30T00:30:00Z"));
	assert_int_equal(hours_next_ms(&none, 0), INT64_MAX);
	/* Put forward in the night to Sunday, 29 March 2026: from 02:00 to 03:00. */
	assert_int_equal(hours_next_ms(&h, at("2026-03-27T16:00:00Z")), at("2026-03-30T06:00:00Z"));
	assert_int_equal(hours_next_ms(&sunday, at("2026-03-29T00:00:00Z")),
			 at("2026-03-29T02:00:00Z"));
	/* What the clock passes over is when it has. */
	assert_int_equal(hours_next_ms(&skipped, at("2026-03-29T00:45:00Z")),
			 at("2026-03-29T01:00:00Z"));
	assert_int_equal(hours_next_ms(&from, at("2026-03-29T00:45:00Z")),
			 at("2026-03-29T01:00:00Z"));
	/* Put back on 25 October 2026: 02:00 to 03:00 comes twice. */
	assert_int_equal(hours_next_ms(&sunday, at("2026-10-25T00:00:00Z")),
			 at("2026-10-25T03:00:00Z"));
	assert_int_equal(hours_next_ms(&h, at("2026-10-23T15:00:00Z")), at("2026-10-26T07:00:00Z"));
	assert_true(hours_have(&night, hours_next_ms(&night, at("2026-11-23T12:00:00Z"))));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_is_written_reads_back_in_its_shortest_form),
		RUN(anything_else_is_refused),
		RUN(hours_are_those_of_the_zone),
		RUN(the_next_change_is_found_also_across_weeks_and_changes_of_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
