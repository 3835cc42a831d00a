/* migrate_test.c - a full store of every older schema is brought up to date: with all its rows,
 * with chains that verify, and the hub goes on with it.
 *
 * A store of an older schema is made of one of today's: the older tables, filled from today's rows
 * as far as they have the columns. */
#include "base/file.h"
#include "base/test.h"
#include "db/change.h"
#include "db/migrate.h"
#include "hub/test_rows.h"
#include "hub/test_world.h"
#include "model/legal.h"
#include <stdio.h>
#include <string.h>

#define VERSIONS_MAX 99
#define ROWS         30

static struct world *w;
static size_t versions;
static char now[400], old[400]; /* today's store, and the one that is brought up to date */

static int setup(void **state)
{
	w = world_new();
	for (versions = 0; migrations[versions].version; versions++)
		assert_true(versions < VERSIONS_MAX);
	snprintf(now, sizeof(now), "%s/now.db", w->f->data);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

/* ---- a store of an older schema ---- */

/* What a later migration put elsewhere, and where it is now. */
#define KEY(column)                                                                                \
	"(SELECT k." column " FROM now.connector_key k WHERE k.provider_id = t.provider_id "       \
	"AND k.connector_id = t.connector_id)"
static const struct {
	const char *table, *column, *from;
} moved[] = { { "connector", "thumbprint", KEY("thumbprint") },
	      { "connector", "public_key", KEY("public_key") } };

static const char *moved_to(const char *table, struct str column)
{
	for (size_t i = 0; i < ARRAY_LEN(moved); i++) {
		if (strcmp(moved[i].table, table) == 0 && str_eq(column, str_of(moved[i].column)))
			return moved[i].from;
	}
	return NULL;
}

/* The columns of a table as it was, and where today's store, as `t`, has them; without `values`
 * only those that stayed. */
static void columns_of(struct engine *e, const char *table, struct buf *names, struct buf *values)
{
	struct engine_stmt *s = NULL;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s')", table);
	assert_int_equal(engine_prepare(e, "columns", sql, &s), 0);
	while (engine_step(s) > 0) {
		struct str name = engine_col_text(s, 0);
		const char *from = moved_to(table, name);

		if (from && !values)
			continue;
		buf_printf(names, "%s%.*s", names->len ? "," : "", (int)name.len, name.p);
		if (values && from)
			buf_printf(values, "%s%s", values->len ? "," : "", from);
		else if (values)
			buf_printf(values, "%s%.*s", values->len ? "," : "", (int)name.len, name.p);
	}
	engine_finish(&s);
	assert_true(names->len > 0);
}

static void fill_from_now(struct engine *e, const char *table, void *arg)
{
	struct buf names = buf_new(4 * KIB), values = buf_new(4 * KIB), sql = buf_new(16 * KIB);
	struct engine *writer = arg;

	if (strcmp(table, "schema_version") != 0) {
		columns_of(e, table, &names, &values);
		buf_printf(&sql, "INSERT INTO main.%s (%s) SELECT %s FROM now.%s t", table,
			   (char *)names.data, (char *)values.data, table);
		assert_int_equal(engine_exec(writer, (char *)sql.data), 0);
	}
	buf_done(&names);
	buf_done(&values);
	buf_done(&sql);
}

static void attach_now(struct engine *e)
{
	char sql[500];

	snprintf(sql, sizeof(sql), "ATTACH '%s' AS now", now);
	assert_int_equal(engine_exec(e, sql), 0);
}

/* The first `count` migrations, and today's rows. */
static void make_old(size_t count)
{
	struct migration list[VERSIONS_MAX + 1] = {};
	struct engine *e = NULL;

	memcpy(list, migrations, count * sizeof(*list));
	snprintf(old, sizeof(old), "%s/old-%d.db", w->f->data, list[count - 1].version);
	assert_int_equal(file_remove(old), 0);
	assert_int_equal(engine_open(old, ENGINE_WRITE, &e), 0);
	assert_int_equal(migrate(e, list), 0);
	attach_now(e);
	rows_each_table(old, fill_from_now, e);
	engine_close(&e);
}

/* ---- what became of it ---- */

static int64_t number(struct engine *e, const char *sql)
{
	struct engine_stmt *s = NULL;
	int64_t n;

	assert_int_equal(engine_prepare(e, "number", sql, &s), 0);
	assert_int_equal(engine_step(s), 1);
	n = engine_col_i64(s, 0);
	engine_finish(&s);
	return n;
}

/* As many rows, and the same ones, in what the older table had. */
static void same_rows(struct engine *before, const char *table, void *arg)
{
	struct buf columns = buf_new(4 * KIB), sql = buf_new(16 * KIB);
	struct engine *e = arg;

	if (strcmp(table, "schema_version") != 0) {
		columns_of(before, table, &columns, NULL);
		buf_printf(&sql,
			   "SELECT (SELECT count(*) FROM (SELECT %s FROM main.%s EXCEPT SELECT %s "
			   "FROM now.%s)) + abs((SELECT count(*) FROM main.%s) - (SELECT count(*) "
			   "FROM now.%s))",
			   (char *)columns.data, table, (char *)columns.data, table, table, table);
		if (number(e, (char *)sql.data) != 0)
			fail_msg("rows of %s are others than before", table);
	}
	buf_done(&columns);
	buf_done(&sql);
}

static void check_rows(size_t count)
{
	struct engine *e = NULL;
	char before[440];

	/* What is copied before the schema changes says which columns there were. */
	snprintf(before, sizeof(before), "%s.schema-%d", old, migrations[count - 1].version);
	assert_int_equal(engine_open(old, ENGINE_WRITE, &e), 0);
	attach_now(e);
	rows_each_table(count < versions ? before : old, same_rows, e);
	/* What migrations made of rows. */
	assert_int_equal(number(e, "SELECT count(*) FROM main.connector c WHERE NOT EXISTS (SELECT "
				   "1 FROM main.connector_key k JOIN now.connector_key n USING "
				   "(provider_id, thumbprint, public_key, connector_id) WHERE "
				   "k.connector_id = c.connector_id)"),
			 0);
	assert_int_equal(number(e, "SELECT count(*) FROM main.series s WHERE NOT EXISTS (SELECT 1 "
				   "FROM main.series_mark m WHERE m.subject_id = s.subject_id AND "
				   "m.series = s.series)"),
			 0);
	engine_close(&e);
}

static int verify_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	return change_verify(db, arg);
}

static void check_chain(struct id provider)
{
	struct arena mem = {};
	int64_t bad = 0;

	assert_int_equal(db_wait_read(w->f->db, provider, verify_run, &bad, &mem), 0);
	arena_done(&mem);
}

static void check_call(const char *path, const char *has)
{
	struct answer a = world_call(w, &w->a, "GET", path, NULL);

	if (a.status != 200 || !answer_has(&a, has))
		print_error("%s: %d %s\n", path, a.status, (const char *)a.body.data);
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, has));
	answer_done(&a);
}

static void accept(void)
{
	struct answer a = world_accept(w, &w->a, "true");

	assert_int_equal(a.status, 200);
	answer_done(&a);
}

TEST(a_hub_goes_on_with_the_store_of_every_older_schema)
{
	char code[64], invitation[ID_TEXT_MAX], path[128], kept[sizeof(w->f->db_path)], consent[40];

	world_invite(w, w->site, code, invitation);
	world_enrol(w, code);
	snprintf(consent, sizeof(consent), "\"consent\":{\"version\":%d",
		 legal_version(LEGAL_CONNECTOR_AGREEMENT));
	snprintf(kept, sizeof(kept), "%s", w->f->db_path);
	assert_int_equal(db_copy(kept, now), 0);
	for (size_t count = 1; count <= versions; count++) {
		make_old(count);
		snprintf(w->f->db_path, sizeof(w->f->db_path), "%.300s", old);
		world_restart(w);
		check_chain(w->a.provider);
		check_chain(w->b.provider);
		if (migrations[count - 1].version < 2) /* from when nobody was asked for terms */
			accept();
		check_call("/api/v1/sites", "\"name\":\"Haus B\"");
		check_call("/api/v1/customers", "Klinikum S\303\274d");
		snprintf(path, sizeof(path), "/api/v1/sites/%s", w->site);
		check_call(path, consent);
		snprintf(path, sizeof(path), "/api/v1/sites/%s/changes", w->site);
		check_call(path, "connector_enrolled");
	}
	snprintf(w->f->db_path, sizeof(w->f->db_path), "%s", kept);
}

TEST(rows_in_every_table_of_every_older_schema_are_the_same_in_todays)
{
	/* The chain stands in these two, and what was asked to be erased would be. */
	static const char *const skip[] = { "provider", "change", "schema_version", NULL };
	struct rows_owner o = { w->a.provider, id_new(), id_new(), id_new(), ROWS };
	struct engine *e = NULL;

	assert_int_equal(db_copy(w->f->db_path, now), 0);
	rows_fill(now, &o, skip, true);
	assert_int_equal(engine_open(now, ENGINE_WRITE, &e), 0);
	/* All that the check of 0001 took, and 0012's takes. */
	assert_int_equal(engine_exec(e, "UPDATE device SET accepting = told_seq % 3 - 1"), 0);
	assert_int_equal(number(e, "SELECT count(DISTINCT accepting) FROM device"), 3);
	engine_close(&e);
	for (size_t count = 1; count <= versions; count++) {
		const char *name = NULL;
		struct db *db = NULL;

		make_old(count);
		assert_int_equal(db_open(old, w->f->keys, &db), 0);
		assert_int_equal(db_check_queries(db, &name), 0);
		db_close(&db);
		check_rows(count);
		assert_int_equal(engine_open(old, ENGINE_WRITE, &e), 0);
		assert_true(engine_exec(e, "UPDATE device SET accepting = 2") < 0);
		engine_close(&e);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_hub_goes_on_with_the_store_of_every_older_schema),
		T(rows_in_every_table_of_every_older_schema_are_the_same_in_todays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
