/* migrate_test.c - a store is brought up to date, or refused untouched. */
#include "base/test.h"
#include "base/file.h"
#include "db/db_int.h"
#include "db/engine.h"
#include "db/fixture.h"
#include "db/migrate.h"

#include <stdio.h>

static const struct migration one[] = { { 1, "0001_a.sql", "CREATE TABLE a (x BIGINT);" }, {} };
static const struct migration two[] = {
	{ 1, "0001_a.sql", "CREATE TABLE a (x BIGINT);" },
	{ 2, "0002_b.sql", "CREATE TABLE b (y BIGINT); INSERT INTO b (y) VALUES (1);" },
	{}
};
static const struct migration altered[] = {
	{ 1, "0001_a.sql", "CREATE TABLE a (x BIGINT, z TEXT);" }, {}
};
static const struct migration broken[] = {
	{ 1, "0001_a.sql", "CREATE TABLE a (x BIGINT);" },
	{ 2, "0002_b.sql", "CREATE TABLE b (y BIGINT); CREATE TABLE b (y BIGINT);" },
	{}
};

static const struct migration gap[] = { { 1, "0001_a.sql", "CREATE TABLE a (x BIGINT);" },
					{ 4, "0004_b.sql", "CREATE TABLE b (y BIGINT);" },
					{ 7, "0007_c.sql", "CREATE TABLE c (z BIGINT);" },
					{} };

static struct fixture *f;
static struct engine *e;
static struct arena mem;

static int set_up(void **state)
{
	char path[128];

	f = fixture_new();
	snprintf(path, sizeof(path), "%s/data/other.db", f->dir);
	return engine_open(path, ENGINE_WRITE, &e);
}

static int tear_down(void **state)
{
	engine_close(&e);
	arena_done(&mem);
	fixture_free(&f);
	return 0;
}

static bool has(const char *table)
{
	struct engine_stmt *s = NULL;
	bool there;
	char sql[64];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
	there = engine_prepare(e, "has", sql, &s) == 0;
	engine_finish(&s);
	return there;
}

TEST(what_is_missing_runs_once)
{
	assert_int_equal(migrate(e, one), 0);
	assert_true(has("a") && !has("b"));
	assert_int_equal(migrate(e, one), 0);
	assert_int_equal(migrate(e, two), 0);
	assert_true(has("b"));
	assert_int_equal(migrate(e, two), 0);
}

TEST(a_store_of_a_newer_version_is_refused)
{
	assert_int_equal(migrate(e, two), 0);
	assert_int_equal(migrate(e, one), ERR_NEWER);
	assert_false(engine_in_transaction(e));
}

TEST(a_migration_altered_after_it_ran_is_refused)
{
	assert_int_equal(migrate(e, one), 0);
	assert_int_equal(migrate(e, altered), ERR_CORRUPT);
}

TEST(a_migration_that_fails_leaves_nothing_behind)
{
	assert_int_equal(migrate(e, one), 0);
	assert_true(migrate(e, broken) < 0);
	assert_false(has("b"));
	assert_false(engine_in_transaction(e));
	assert_int_equal(migrate(e, two), 0);
	assert_true(has("b"));
}

TEST(the_programs_own_schema_is_compiled_in)
{
	assert_int_equal(migrations[0].version, 1);
	assert_int_equal(migrate(e, migrations), 0);
	assert_true(has("provider") && has("change"));
}

TEST(a_store_is_copied_before_its_schema_changes_and_not_else)
{
	struct db db = { .writer.engine = e };
	struct engine *before;
	char copy[140];

	db.path = arena_printf(&mem, "%s/data/other.db", f->dir);
	snprintf(copy, sizeof(copy), "%s.schema-1", db.path);
	assert_int_equal(db_upgrade(&db, one), 0);
	assert_int_equal(db_upgrade(&db, one), 0);
	assert_false(file_exists(copy));
	assert_int_equal(db_upgrade(&db, two), 0);
	assert_true(has("b"));
	assert_int_equal(engine_open(copy, ENGINE_READ, &before), 0);
	engine_close(&e);
	e = before;
	assert_true(has("a"));
	assert_false(has("b"));
}

TEST(a_schema_is_called_by_its_files_number_though_one_before_it_is_missing)
{
	struct migration first[3] = { gap[0], gap[1] };
	struct db db = { .writer.engine = e };
	int have = -1, last = -1;
	char copy[140];

	assert_int_equal(migrate_versions(e, gap, &have, &last), 0);
	assert_int_equal(have, 0);
	assert_int_equal(last, 7);
	db.path = arena_printf(&mem, "%s/data/other.db", f->dir);
	assert_int_equal(db_upgrade(&db, first), 0);
	assert_int_equal(db_upgrade(&db, gap), 0);
	snprintf(copy, sizeof(copy), "%s.schema-4", db.path);
	assert_true(file_exists(copy));
	assert_int_equal(migrate_versions(e, gap, &have, &last), 0);
	assert_int_equal(have, 7);
	assert_int_equal(last, 7);
}

TEST(a_file_that_is_no_database_is_refused)
{
	struct db *db;
	char path[128];

	snprintf(path, sizeof(path), "%s/data/keys", f->dir);
	assert_int_equal(db_open(path, f->keys, &db), ERR_CORRUPT);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_missing_runs_once),
		CASE(a_store_of_a_newer_version_is_refused),
		CASE(a_migration_altered_after_it_ran_is_refused),
		CASE(a_migration_that_fails_leaves_nothing_behind),
		CASE(the_programs_own_schema_is_compiled_in),
		CASE(a_store_is_copied_before_its_schema_changes_and_not_else),
		CASE(a_schema_is_called_by_its_files_number_though_one_before_it_is_missing),
		CASE(a_file_that_is_no_database_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
