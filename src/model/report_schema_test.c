/* report_schema_test.c - what the rows owe to those who read them. */
#include "base/test.h"
#include "base/text.h"
#include "model/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int check_texts(const char *path, const struct json_field *f, void *arg)
{
	static const char *const translated[] = { "fr", "de" };
	const char *english;
	char key[REPORT_PATH_MAX + 8];

	snprintf(key, sizeof(key), "report.%s", path);
	english = text_get("en", key);
	if (!english || strcmp(english, f->note->purpose) != 0)
		fail_msg("%s: texts/en.json says another purpose than the row", key);
	for (size_t i = 0; i < ARRAY_LEN(translated); i++)
		if (strcmp(text_get(translated[i], key), english) == 0)
			fail_msg("%s: has no text in %s", key, translated[i]);
	return 0;
}

TEST(R10_every_field_says_why_it_is_sent_in_three_languages)
{
	assert_int_equal(report_fields_each(check_texts, NULL), 0);
}

static int check_note(const char *path, const struct json_field *f, void *arg)
{
	size_t *fields = arg;
	long requirement;

	(*fields)++;
	if (!f->note)
		fail_msg("%s: has no note", path);
	requirement = strtol(f->note->requirement + 1, NULL, 10);
	if (f->note->requirement[0] != 'R' || requirement < 1 || requirement > 81)
		fail_msg("%s: rests on no requirement", path);
	if (f->note->since < REPORT_SCHEMA_MIN || f->note->since > REPORT_SCHEMA_MAX)
		fail_msg("%s: since %d", path, f->note->since);
	return 0;
}

TEST(R41_every_field_rests_on_a_requirement_and_a_schema_version)
{
	size_t fields = 0;

	assert_int_equal(report_fields_each(check_note, &fields), 0);
	assert_true(fields > 30);
}

/* R41: whatever can be written is bounded, so that no field becomes a way out for anything. */
static int check_closed(const char *path, const struct json_field *f, void *arg)
{
	bool bounded = f->type == JSON_BOOL || f->type == JSON_TIME || f->type == JSON_OBJECT ||
		       (f->type == JSON_ENUM && f->names) || f->max > 0;

	if (!bounded)
		fail_msg("%s: has no limit", path);
	if (f->sub && f->sub->flags & JSON_OPEN)
		fail_msg("%s: is not closed", path);
	return 0;
}

TEST(R41_every_field_is_bounded_and_every_group_closed)
{
	assert_false(report_schema.flags & JSON_OPEN);
	assert_int_equal(report_fields_each(check_closed, NULL), 0);
}

static int stop_at(const char *path, const struct json_field *f, void *arg)
{
	return strcmp(path, arg) == 0 ? 7 : 0;
}

TEST(fields_are_walked_by_their_paths)
{
	assert_int_equal(report_fields_each(stop_at, (void *)"devices.items.label"), 7);
	assert_int_equal(report_fields_each(stop_at, (void *)"devices.items"), 7);
	assert_int_equal(report_fields_each(stop_at, (void *)"label"), 0);
}

TEST(each_section_is_a_group_of_the_report)
{
	for (int i = 0; i < SECTIONS; i++)
		assert_int_equal(report_fields_each(stop_at, (void *)report_section_names[i]), 7);
	assert_null(report_section_names[SECTIONS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R10_every_field_says_why_it_is_sent_in_three_languages),
		RUN(R41_every_field_rests_on_a_requirement_and_a_schema_version),
		RUN(R41_every_field_is_bounded_and_every_group_closed),
		RUN(fields_are_walked_by_their_paths),
		RUN(each_section_is_a_group_of_the_report),
	};

	return cmocka_run_group_tests_name("model.report_schema", tests, NULL, NULL);
}
