/* erase_test.c - what is erased is gone from every table, and nothing else is. */
#include "hub/erase/erase.h"

#include "base/test.h"
#include "base/clock.h"
#include "db/engine.h"
#include "hub/test_rows.h"
#include "hub/test_world.h"
#include "net/loop.h"
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

/* ---- the store as it is on disk ---- */

struct holds {
	struct id id;
	char tables[512]; /* those with the id in some column, each with a blank before it */
};

static bool row_has(struct engine_stmt *s, struct id id)
{
	for (int col = 0; col < engine_cols(s); col++) {
		struct str v = {};

		if (engine_col_type(s, col) == ENGINE_BLOB)
			v = engine_col_blob(s, col);
		if (v.len == sizeof(id.b) && memcmp(v.p, id.b, v.len) == 0)
			return true;
	}
	return false;
}

static void look_for(struct engine *e, const char *table, void *arg)
{
	struct holds *h = arg;
	struct engine_stmt *s = NULL;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT * FROM %s", table);
	assert_int_equal(engine_prepare(e, "look_for", sql, &s), 0);
	while (engine_step(s) > 0) {
		if (!row_has(s, h->id))
			continue;
		strcat(strcat(h->tables, " "), table);
		break;
	}
	engine_finish(&s);
}

/* In which tables the id stands, in the order in which they were made. */
static const char *tables_with(struct id id)
{
	static struct holds h;

	h = (struct holds){ .id = id };
	rows_each_table(w->f->db_path, look_for, &h);
	return h.tables;
}

static struct id id_of(enum id_kind kind, const char *text)
{
	struct id id;

	assert_int_equal(id_decode(kind, str_of(text), &id), 0);
	return id;
}

/* ---- tables ---- */

static void is_listed(struct engine *e, const char *table, void *arg)
{
	unsigned *count = arg;
	const char *name;

	for (size_t i = 0; (name = erase_table(i)); i++) {
		if (strcmp(name, table) == 0) {
			(*count)++;
			return;
		}
	}
	fail_msg("tables.def does not say what becomes of the rows of %s", table);
}

TEST(every_table_of_the_schema_says_what_erasing_does_with_it)
{
	unsigned count = 0;

	rows_each_table(w->f->db_path, is_listed, &count);
	assert_true(count >= 20);
}

/* ---- rows ---- */

/* These keep ids, and nothing but ids. */
static const char *const keep_ids[] = { "change", "erasure", "terms_acceptance", NULL };

/* A customer with a site, a connector, and rows of theirs in every table that can have some. */
static struct rows_owner make_owner(const char *name, int rows)
{
	struct rows_owner o = { .provider = w->a.provider, .connector = id_new(), .rows = rows };
	char body[200];
	struct answer a;

	snprintf(body, sizeof(body), "{\"name\":\"%s\"}", name);
	a = world_call(w, &w->a, "POST", "/api/v1/customers", body);
	o.customer = id_of(ID_CUST, answer_member(&a, "id"));
	snprintf(body, sizeof(body), "{\"customer_id\":\"%.40s\",\"name\":\"Shop\"}",
		 answer_member(&a, "id"));
	answer_done(&a);
	a = world_call(w, &w->a, "POST", "/api/v1/sites", body);
	assert_int_equal(a.status, 201);
	o.site = id_of(ID_SITE, answer_member(&a, "id"));
	answer_done(&a);
	rows_fill(w->f->db_path, &o, keep_ids, false);
	return o;
}

/* ---- what the world calls ---- */

static void call(const char *method, const char *folder, enum id_kind kind, struct id id,
		 const char *rest, int status)
{
	char path[128], text[ID_TEXT_MAX];
	struct answer a;

	id_encode(kind, id, text);
	snprintf(path, sizeof(path), "/api/v1/%s/%s%s", folder, text, rest);
	a = world_call(w, &w->a, method, path, NULL);
	if (a.status != status)
		print_error("%s %s: %d %s\n", method, path, a.status, (const char *)a.body.data);
	assert_int_equal(a.status, status);
	answer_done(&a);
}

static void erase_customer(const struct rows_owner *o)
{
	call("DELETE", "customers", ID_CUST, o->customer, "", 409);
	call("POST", "customers", ID_CUST, o->customer, "/archive", 204);
	call("DELETE", "customers", ID_CUST, o->customer, "", 202);
	call("GET", "sites", ID_SITE, o->site, "", 404);
}

static int next_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct erasing *e = arg;
	bool found;
	int rc = erase_next(db, (struct id){}, &e->what, &found);

	return rc < 0 ? rc : found;
}

static bool all_done(void *arg)
{
	struct erasing e = {};
	struct arena mem = {};
	int rc = db_wait_system_read(w->f->db, next_run, &e, &mem);

	arena_done(&mem);
	return rc == 0;
}

static void wait_until_done(void)
{
	assert_true(loop_run_until(w->f->loop, all_done, NULL, 20000));
}

static int verify_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	return change_verify(db, arg);
}

static void check_chain(void)
{
	struct arena mem = {};
	int64_t bad = 0;

	assert_int_equal(db_wait_read(w->f->db, w->a.provider, verify_run, &bad, &mem), 0);
	arena_done(&mem);
}

TEST(an_erased_customer_is_gone_from_every_table_and_its_neighbour_from_none)
{
	struct rows_owner gone = make_owner("Gone", 3), stays = make_owner("Stays", 3);
	char before[3][512];

	snprintf(before[0], sizeof(before[0]), "%s", tables_with(stays.customer));
	snprintf(before[1], sizeof(before[1]), "%s", tables_with(stays.site));
	snprintf(before[2], sizeof(before[2]), "%s", tables_with(stays.connector));
	assert_non_null(strstr(tables_with(gone.site), " series_roll"));
	assert_non_null(strstr(tables_with(gone.connector), " report_call"));
	erase_customer(&gone);
	wait_until_done();
	assert_string_equal(tables_with(gone.customer), " change erasure");
	assert_string_equal(tables_with(gone.site), " change");
	assert_string_equal(tables_with(gone.connector), "");
	assert_string_equal(tables_with(stays.customer), before[0]);
	assert_string_equal(tables_with(stays.site), before[1]);
	assert_string_equal(tables_with(stays.connector), before[2]);
	check_chain();
}

TEST(an_erased_site_is_gone_from_every_table_and_its_sister_from_none)
{
	struct rows_owner gone = make_owner("Shared", 3), stays = gone;
	char before[512];

	stays.site = id_new();
	stays.connector = id_new();
	rows_fill(w->f->db_path, &stays, keep_ids, false);
	snprintf(before, sizeof(before), "%s", tables_with(stays.site));
	call("DELETE", "sites", ID_SITE, gone.site, "", 409);
	call("POST", "sites", ID_SITE, gone.site, "/archive", 204);
	call("DELETE", "sites", ID_SITE, gone.site, "", 202);
	wait_until_done();
	assert_string_equal(tables_with(gone.site), " change erasure");
	assert_string_equal(tables_with(gone.connector), "");
	assert_string_equal(tables_with(stays.site), before);
	assert_non_null(strstr(tables_with(stays.connector), " report_call"));
	check_chain();
}

struct step_job {
	struct erasing e;
	int rc;
};

static int step_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct step_job *job = arg;

	job->rc = erase_step(db, &job->e, clock_wall_ms());
	return job->rc < 0 ? job->rc : 0;
}

static bool step(struct step_job *job)
{
	struct arena mem = {};

	assert_int_equal(db_wait_write(w->f->db, w->a.provider, step_run, job, &mem), 0);
	arena_done(&mem);
	return job->rc > 0;
}

TEST(a_large_erasure_goes_in_small_steps_and_goes_on_after_a_restart)
{
	struct rows_owner gone = make_owner("Large", 1000);
	struct step_job job = {};
	struct arena mem = {};
	int steps = 0;

	erase_customer(&gone);
	assert_int_equal(db_wait_system_read(w->f->db, next_run, &job.e, &mem), 1);
	while (job.e.rows < 2000) {
		int64_t before = job.e.rows;
		bool calls = !job.e.calls_done;

		assert_true(step(&job));
		/* One table's share, and what little was left of those before it. */
		assert_in_range(job.e.rows - before, 0, calls ? 2000 : 400);
		steps++;
	}
	assert_true(steps >= 6);
	assert_string_not_equal(tables_with(gone.site), " change");
	world_restart(w);
	wait_until_done();
	assert_string_equal(tables_with(gone.customer), " change erasure");
	assert_string_equal(tables_with(gone.site), " change");
	assert_string_equal(tables_with(gone.connector), "");
	check_chain();
	arena_done(&mem);
}

TEST(the_log_says_that_something_was_erased_and_nobody_can_read_what)
{
	struct rows_owner gone = make_owner("Verlag Sommer", 0);
	char name[64];

	erase_customer(&gone);
	wait_until_done();
	assert_false(fixture_holds(w->f, "Verlag Sommer", 13, name));
	assert_true(keyring_is_erased(w->f->keys, w->a.provider, gone.customer));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(every_table_of_the_schema_says_what_erasing_does_with_it),
		T(an_erased_customer_is_gone_from_every_table_and_its_neighbour_from_none),
		T(an_erased_site_is_gone_from_every_table_and_its_sister_from_none),
		T(a_large_erasure_goes_in_small_steps_and_goes_on_after_a_restart),
		T(the_log_says_that_something_was_erased_and_nobody_can_read_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
