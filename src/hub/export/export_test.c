/* export_test.c - what tables.def leaves unsaid; that rows come once each, page by page. */
#include "base/test.h"
#include "hub/export/export.h"
#include "hub/export/store.h"
#include "hub/test_rows.h"
#include "hub/test_world.h"
#include <stdio.h>
#include <string.h>

static struct world *w;

static int setup(void **state)
{
	w = world_new();
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

/* ---- tables and columns ---- */

/* Where a table's lines begin; false: it is not said what becomes of it. */
static bool find_table(const char *table, size_t *ret_at)
{
	struct export_said s;

	for (size_t i = 0; export_said(i, &s); i++) {
		if (s.table && strcmp(s.table, table) == 0) {
			*ret_at = i;
			return true;
		}
	}
	return false;
}

static bool says(size_t at, struct str column)
{
	struct export_said s;

	for (size_t i = at + 1; export_said(i, &s) && s.column; i++)
		if (str_is(column, s.column))
			return true;
	return false;
}

static void check_table(struct engine *e, const char *table, void *arg)
{
	struct engine_stmt *s = NULL;
	struct export_said next;
	size_t at = 0, *count = arg;
	char sql[128];

	if (!find_table(table, &at))
		fail_msg("export/tables.def does not say what becomes of %s", table);
	/* One of which nothing is written has no columns there. */
	if (!export_said(at + 1, &next) || !next.column)
		return;
	snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s')", table);
	assert_int_equal(engine_prepare(e, "columns", sql, &s), 0);
	while (engine_step(s) > 0) {
		struct str name = engine_col_text(s, 0);

		if (!str_is(name, "provider_id") && !says(at, name))
			fail_msg("export/tables.def leaves out %s.%.*s and does not say why", table,
				 (int)name.len, name.p);
		++*count;
	}
	engine_finish(&s);
}

TEST(R78_every_table_and_column_is_in_the_export_or_is_left_out_for_a_reason)
{
	size_t columns = 0;

	rows_each_table(w->f->db_path, check_table, &columns);
	assert_true(columns > 120);
}

TEST(R78_no_table_is_named_that_the_schema_does_not_have)
{
	struct engine *e = NULL;
	struct export_said s;

	assert_int_equal(engine_open(w->f->db_path, ENGINE_READ, &e), 0);
	for (size_t i = 0; export_said(i, &s); i++) {
		struct engine_stmt *st = NULL;
		char sql[128];

		if (!s.table)
			continue;
		snprintf(sql, sizeof(sql), "SELECT 1 FROM %s", s.table);
		assert_int_equal(engine_prepare(e, "there", sql, &st), 0);
		engine_finish(&st);
	}
	engine_close(&e);
}

/* ---- the call ---- */

static struct answer export_of(const struct world_user *u, const char *site)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/sites/%s/export", site);
	return world_call(w, u, "GET", path, NULL);
}

static int lines_with(const struct answer *a, const char *part)
{
	struct str rest = buf_str(&a->body), line;
	int n = 0;

	while (str_split(&rest, '\n', &line))
		n += str_has_nocase(line, str_of(part));
	return n;
}

static void add_values(int rows)
{
	struct engine *e = NULL;
	char sql[512], hex[64];
	struct buf site = buf_new(sizeof(hex));
	struct id id;

	assert_int_equal(id_decode(ID_SITE, str_of(w->site), &id), 0);
	buf_put_hex(&site, id.b, sizeof(id.b));
	snprintf(hex, sizeof(hex), "%s", (const char *)site.data);
	buf_clear(&site);
	buf_put_hex(&site, w->a.provider.b, sizeof(w->a.provider.b));
	assert_int_equal(engine_open(w->f->db_path, ENGINE_WRITE, &e), 0);
	snprintf(sql, sizeof(sql),
		 "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
		 "INSERT INTO series (provider_id, subject_id, series, at_ms, value) "
		 "SELECT x'%s', x'%s', 1 + i %% 2, 1000 * i, i FROM n",
		 rows - 1, (const char *)site.data, hex);
	assert_int_equal(engine_exec(e, sql), 0);
	engine_close(&e);
	buf_done(&site);
}

TEST(R78_rows_beyond_a_page_come_once_each_and_the_last_line_counts_them)
{
	char last[64];
	struct answer a;

	add_values(3001);
	a = export_of(&w->a, w->site);
	assert_int_equal(a.status, 200);
	assert_int_equal(lines_with(&a, "\"table\":\"series\""), 3001);
	assert_int_equal(lines_with(&a, "\"value\":3000}"), 1);
	assert_int_equal(lines_with(&a, "\"value\":1500}"), 1);
	/* All lines but the first and itself. */
	snprintf(last, sizeof(last), "\n{\"export\":\"end\",\"rows\":%d}\n",
		 lines_with(&a, "") - 3);
	assert_true(str_ends(buf_str(&a.body), str_of(last)));
	answer_done(&a);
}

/* What the site's own file says of files that were taken, itself included. */
static int times_taken(void)
{
	struct answer a = export_of(&w->a, w->site);
	int n = lines_with(&a, "\"site_exported\"");

	assert_int_equal(a.status, 200);
	answer_done(&a);
	return n;
}

TEST(R78_another_providers_site_is_not_there_and_that_it_was_asked_is_no_change)
{
	int before = times_taken();
	struct answer a = export_of(&w->b, w->site);

	assert_int_equal(a.status, 404);
	answer_done(&a);
	assert_int_equal(times_taken(), before + 1);
}

TEST(R78_a_row_that_is_damaged_cuts_the_file_and_harms_nobody)
{
	struct engine *e = NULL;
	struct answer a;

	assert_int_equal(engine_open(w->f->db_path, ENGINE_WRITE, &e), 0);
	assert_int_equal(
		engine_exec(e,
			    "INSERT INTO device (provider_id, site_id, device_key, state, "
			    "accepting, state_ms, told_seq, sealed) SELECT provider_id, site_id, "
			    "zeroblob(90), 0, 0, 0, 0, x'01' FROM site"),
		0);
	engine_close(&e);
	a = export_of(&w->a, w->site);
	assert_int_equal(a.status, 200);
	assert_int_equal(lines_with(&a, "\"export\":\"end\""), 0);
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/sites", NULL);
	assert_int_equal(a.status, 200);
	answer_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			R78_every_table_and_column_is_in_the_export_or_is_left_out_for_a_reason),
		cmocka_unit_test(R78_no_table_is_named_that_the_schema_does_not_have),
		cmocka_unit_test(
			R78_rows_beyond_a_page_come_once_each_and_the_last_line_counts_them),
		cmocka_unit_test(
			R78_another_providers_site_is_not_there_and_that_it_was_asked_is_no_change),
		cmocka_unit_test(R78_a_row_that_is_damaged_cuts_the_file_and_harms_nobody),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
