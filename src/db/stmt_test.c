/* stmt_test.c - what a store function may get wrong, and what it then gets. */
#include "base/test.h"
#include "db/fixture.h"
#include "db/stmt.h"

#include <math.h>
#include <string.h>

QUERY(q_put, "test_put",
      "INSERT INTO report_call (provider_id, call_id, connector_id, received_ms, content_digest, "
      "signature, input) VALUES (:provider, :call, :connector, :received, :digest, :sig, :input)");
QUERY(q_get, "test_get",
      "SELECT call_id, connector_id, received_ms, content_digest, signature, input "
      "FROM report_call WHERE provider_id = :provider ORDER BY received_ms");
QUERY(q_no_provider, "system_test_count", "SELECT count(*) FROM report_call");
QUERY(q_value, "test_value",
      "INSERT INTO series (provider_id, subject_id, series, at_ms, value) "
      "VALUES (:provider, :subject, 1, :at, :value)");
QUERY(q_values, "test_values",
      "SELECT value FROM series WHERE provider_id = :provider ORDER BY at_ms");
QUERY(q_wrong, "test_wrong", "SELECT no_such_column FROM series WHERE provider_id = :provider");

static struct fixture *f;
static struct id provider;

static int set_up(void **state)
{
	f = fixture_new();
	provider = fixture_provider(f);
	return 0;
}

static int tear_down(void **state)
{
	fixture_free(&f);
	return 0;
}

static int write_as(struct id who, db_fn fn)
{
	struct arena mem = {};
	int rc = db_wait_write(f->db, who, fn, NULL, &mem);

	arena_done(&mem);
	return rc;
}

static int put(struct tenant_db *db, int64_t at, const char *input)
{
	struct stmt *st = tenant_query(db, &q_put);
	struct hash h = hash_of("x", 1);

	stmt_id(st, ":call", id_new());
	stmt_id(st, ":connector", id_new());
	stmt_i64(st, ":received", at);
	stmt_hash(st, ":digest", &h);
	stmt_blob(st, ":sig", "", 0);
	stmt_text(st, ":input", input);
	return stmt_run(st);
}

static int round_trip_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct hash h = hash_of("x", 1), got;
	struct stmt *st;

	assert_int_equal(put(db, -7, "grün ' -- ;"), 1);
	st = tenant_query(db, &q_get);
	assert_true(stmt_row(st));
	assert_false(id_is_zero(col_id(st, 0)));
	assert_int_equal(col_i64(st, 2), -7);
	assert_int_equal(col_i64_or(st, 2, 1), -7);
	got = col_hash(st, 3);
	assert_true(hash_eq(&got, &h));
	assert_false(col_null(st, 4));
	assert_int_equal(col_blob(st, 4).len, 0);
	assert_string_equal(col_text(st, 5), "grün ' -- ;");
	assert_false(stmt_row(st));
	assert_false(stmt_row(st));
	return stmt_end(st);
}

TEST(values_come_back_as_they_were_bound)
{
	assert_int_equal(write_as(provider, round_trip_run), 0);
}

static int nulls_run(struct tenant_db *db, struct arena *mem, void *job)
{
	static const double values[] = { 1.5, NAN, 3 };
	struct stmt *st;

	for (int i = 0; i < 3; i++) {
		st = tenant_query(db, &q_value);
		stmt_id(st, ":subject", provider);
		stmt_i64(st, ":at", i);
		stmt_f64(st, ":value", values[i]);
		assert_int_equal(stmt_run(st), 1);
	}
	st = tenant_query(db, &q_values);
	assert_true(stmt_row(st) && col_f64(st, 0) == 1.5);
	assert_true(stmt_row(st) && isnan(col_f64(st, 0)) && col_null(st, 0));
	assert_true(stmt_row(st) && col_f64(st, 0) == 3);
	return stmt_end(st);
}

TEST(a_value_that_is_not_known_is_null_and_not_zero)
{
	assert_int_equal(write_as(provider, nulls_run), 0);
}

static int64_t seen_by(struct id who, db_fn fn)
{
	struct arena mem = {};
	int64_t n = -1;

	assert_int_equal(db_wait_read(f->db, who, fn, &n, &mem), 0);
	arena_done(&mem);
	return n;
}

static int count_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_get);
	int64_t n = 0;

	while (stmt_row(st))
		n++;
	*(int64_t *)job = n;
	return stmt_end(st);
}

static int put_run(struct tenant_db *db, struct arena *mem, void *job)
{
	return put(db, 1, "a");
}

TEST(R5_a_provider_sees_its_own_rows_only)
{
	struct id other = fixture_provider(f);

	assert_true(write_as(provider, put_run) >= 0);
	assert_int_equal(seen_by(provider, count_run), 1);
	assert_int_equal(seen_by(other, count_run), 0);
}

static int no_provider_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_no_provider);

	assert_false(stmt_row(st));
	assert_int_equal(col_i64(st, 0), 0);
	return stmt_end(st);
}

TEST(R5_a_query_without_the_provider_does_not_run_for_a_tenant)
{
	assert_int_equal(write_as(provider, no_provider_run), ERR_INTERNAL);
}

static int system_run(struct system_db *db, struct arena *mem, void *job)
{
	struct stmt *st = system_query(db, &q_no_provider);

	assert_true(stmt_row(st));
	*(int64_t *)job = col_i64(st, 0);
	return stmt_end(st);
}

TEST(a_system_query_runs_without_the_provider)
{
	struct arena mem = {};
	int64_t n = -1;

	assert_int_equal(db_wait_system_read(f->db, system_run, &n, &mem), 0);
	assert_int_equal(n, 0);
	arena_done(&mem);
}

static int unknown_name_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_value);

	stmt_i64(st, ":att", 1);
	return stmt_run(st);
}

static int unbound_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_value);

	stmt_id(st, ":subject", provider);
	stmt_i64(st, ":at", 1);
	return stmt_run(st);
}

static int twice_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_value);

	stmt_id(st, ":subject", provider);
	stmt_i64(st, ":at", 1);
	stmt_i64(st, ":at", 2);
	stmt_null(st, ":value");
	return stmt_run(st);
}

static int other_provider_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_get);

	stmt_id(st, ":provider", id_new());
	assert_false(stmt_row(st));
	return stmt_end(st);
}

static int wrong_sql_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st = tenant_query(db, &q_wrong);

	assert_false(stmt_row(st));
	assert_null(col_text(st, 0));
	assert_true(id_is_zero(col_id(st, 0)));
	return stmt_end(st);
}

static int no_column_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st;

	assert_int_equal(put(db, 1, "a"), 1);
	st = tenant_query(db, &q_get);
	assert_true(stmt_row(st));
	assert_int_equal(col_i64(st, 6), 0);
	return stmt_end(st);
}

static int unread_run(struct tenant_db *db, struct arena *mem, void *job)
{
	assert_int_equal(put(db, 1, "a"), 1);
	return stmt_run(tenant_query(db, &q_get));
}

TEST(mistakes_in_a_store_function_are_errors_and_store_nothing)
{
	static const db_fn mistakes[] = { unknown_name_run,   unbound_run,   twice_run,
					  other_provider_run, wrong_sql_run, no_column_run,
					  unread_run };

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++)
		assert_int_equal(write_as(provider, mistakes[i]), ERR_INTERNAL);
	assert_int_equal(seen_by(provider, count_run), 0);
}

static int left_open_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st;
	int rc = put(db, 1, "a");

	st = tenant_query(db, &q_get);
	assert_true(stmt_row(st));
	return rc;
}

TEST(a_job_that_leaves_a_statement_open_fails_and_does_no_harm)
{
	assert_int_equal(write_as(provider, left_open_run), ERR_INTERNAL);
	assert_int_equal(seen_by(provider, count_run), 0);
	assert_true(write_as(provider, put_run) >= 0);
	assert_int_equal(seen_by(provider, count_run), 1);
}

static int wrong_type_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *st;
	uint8_t out[16];

	assert_int_equal(put(db, 1, "a"), 1);
	st = tenant_query(db, &q_get);
	assert_true(stmt_row(st));
	col_octets(st, 3, out, sizeof(out)); /* it has 32 */
	assert_false(stmt_row(st));
	assert_int_equal(stmt_end(st), ERR_CORRUPT);
	st = tenant_query(db, &q_get);
	assert_true(stmt_row(st));
	assert_null(col_text(st, 2));
	return stmt_end(st);
}

TEST(a_column_of_another_type_or_length_is_corrupt)
{
	assert_int_equal(write_as(provider, wrong_type_run), ERR_CORRUPT);
}

static int nested_run(struct tenant_db *db, struct arena *mem, void *job)
{
	struct stmt *outer, *inner;
	int seen = 0;

	for (int i = 0; i < 3; i++)
		assert_int_equal(put(db, i, "a"), 1);
	outer = tenant_query(db, &q_get);
	while (stmt_row(outer)) {
		inner = tenant_query(db, &q_get);
		while (stmt_row(inner))
			seen++;
		assert_int_equal(stmt_end(inner), 0);
	}
	assert_int_equal(seen, 9);
	return stmt_end(outer);
}

TEST(a_query_may_run_inside_a_walk_over_itself)
{
	assert_int_equal(write_as(provider, nested_run), 0);
}

static int conflict_run(struct tenant_db *db, struct arena *mem, void *job)
{
	for (int i = 0; i < 2; i++) {
		struct stmt *st = tenant_query(db, &q_value);

		stmt_id(st, ":subject", provider);
		stmt_i64(st, ":at", 1);
		stmt_null(st, ":value");
		assert_int_equal(stmt_run(st), i == 0 ? 1 : ERR_CONFLICT);
	}
	return put(db, 1, "a"); /* the job may go on */
}

TEST(a_unique_key_that_exists_is_a_conflict_the_job_can_handle)
{
	assert_true(write_as(provider, conflict_run) >= 0);
	assert_int_equal(seen_by(provider, count_run), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(values_come_back_as_they_were_bound),
		CASE(a_value_that_is_not_known_is_null_and_not_zero),
		CASE(R5_a_provider_sees_its_own_rows_only),
		CASE(R5_a_query_without_the_provider_does_not_run_for_a_tenant),
		CASE(a_system_query_runs_without_the_provider),
		CASE(mistakes_in_a_store_function_are_errors_and_store_nothing),
		CASE(a_job_that_leaves_a_statement_open_fails_and_does_no_harm),
		CASE(a_column_of_another_type_or_length_is_corrupt),
		CASE(a_query_may_run_inside_a_walk_over_itself),
		CASE(a_unique_key_that_exists_is_a_conflict_the_job_can_handle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
