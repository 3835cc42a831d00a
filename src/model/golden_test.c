/* golden_test.c - reports of every schema version, as they were written, stay readable.
 *
 *   test_golden FOLDER        FOLDER/report.<schema>.json */
#include "base/test.h"
#include "base/file.h"
#include "model/report.h"

#include <stdio.h>
#include <string.h>

static const char *folder;

struct golden {
	struct arena mem;
	struct buf text;
	struct report report;
};

static struct golden read_golden(int schema)
{
	struct golden g = { .text = buf_new(MIB) };
	struct json_problem problem;
	char path[4096];

	snprintf(path, sizeof(path), "%s/report.%d.json", folder, schema);
	assert_int_equal(file_read(path, &g.text), 0);
	if (report_decode(g.text.data, g.text.len, &g.mem, &g.report, &problem) < 0)
		fail_msg("%s: %s %s", path, problem.field, problem.detail);
	return g;
}

static void done(struct golden *g)
{
	arena_done(&g->mem);
	buf_done(&g->text);
}

static void expect_encoded(const struct report *r, int schema, const struct buf *wanted)
{
	struct buf out = buf_new(MIB);
	struct json_problem problem;

	assert_int_equal(report_encode(r, schema, &out, &problem), 0);
	assert_string_equal((const char *)out.data, (const char *)wanted->data);
	buf_done(&out);
}

TEST(a_report_of_any_schema_is_read_and_written_again_as_it_was)
{
	for (int schema = REPORT_SCHEMA_MIN; schema <= REPORT_SCHEMA_MAX; schema++) {
		struct golden g = read_golden(schema);

		assert_int_equal(g.report.schema, schema);
		expect_encoded(&g.report, schema, &g.text);
		done(&g);
	}
}

TEST(an_older_hub_gets_what_it_knows_and_nothing_else)
{
	struct golden newest = read_golden(REPORT_SCHEMA_MAX), first = read_golden(1);

	expect_encoded(&newest.report, 1, &first.text);
	assert_int_equal(report_purposes(&newest.report, 1), 0x1f);
	assert_int_equal(report_purposes(&newest.report, REPORT_SCHEMA_MAX), (1 << SECTIONS) - 1);
	done(&newest);
	done(&first);
}

static int is_there(const char *path, const struct json_field *f, void *arg)
{
	const struct golden *g = arg;
	char name[80];

	snprintf(name, sizeof(name), "\"%s\":", f->name);
	if (f->note->since <= g->report.schema && !strstr((const char *)g->text.data, name))
		fail_msg("report.%d.json has no %s", (int)g->report.schema, path);
	return 0;
}

TEST(each_golden_report_has_every_field_of_its_schema)
{
	for (int schema = REPORT_SCHEMA_MIN; schema <= REPORT_SCHEMA_MAX; schema++) {
		struct golden g = read_golden(schema);

		report_fields_each(is_there, &g);
		done(&g);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		RUN(a_report_of_any_schema_is_read_and_written_again_as_it_was),
		RUN(an_older_hub_gets_what_it_knows_and_nothing_else),
		RUN(each_golden_report_has_every_field_of_its_schema),
	};

	if (argc != 2)
		return 2;
	folder = argv[1];
	return cmocka_run_group_tests_name("model.golden", tests, NULL, NULL);
}
