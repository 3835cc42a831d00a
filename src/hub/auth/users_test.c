/* users_test.c - who the provider's users are, and what each may do. */
#include "base/test.h"

#include "db/engine.h"
#include "hub/auth/auth.h"
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

static struct answer get(const struct world_user *u, const char *path)
{
	struct answer a = world_call(w, u, "GET", path, NULL);

	assert_int_equal(a.status, 200);
	return a;
}

TEST(R73_each_user_is_listed_with_role_scope_and_every_right)
{
	enum { OWNER = 1, VISITOR = 2, SUPPORT = 4 };
	struct answer a = get(&w->a, "/api/v1/users");

	assert_true(answer_has(&a, "\"email\":\"a@example.test\",\"name\":\"A user\""));
	assert_true(answer_has(&a, "\"role\":\"owner\",\"scope\":\"all\",\"rights\":[\"view\","));
#define X(name, number, text, roles, help)                                                         \
	assert_int_equal(answer_has(&a, "\"" text "\""), (roles) == OWNER || (roles)&VISITOR);
#include "hub/auth/right.def"
#undef X
	assert_true(answer_has(&a, "\"next_cursor\":null"));
	answer_done(&a);
}

TEST(R73_the_last_login_is_told_after_a_logout_and_nobody_elses_users_are)
{
	struct world_user late = {};
	struct answer a;

	world_newcomer(w, "ACME Print", "late@example.test", &late);
	a = world_call(w, &late, "DELETE", "/api/v1/logins/current", NULL);
	assert_int_equal(a.status, 204);
	answer_done(&a);
	a = world_call(w, &late, "GET", "/api/v1/me", NULL);
	assert_int_equal(a.status, 401);
	answer_done(&a);
	a = get(&w->a, "/api/v1/users");
	assert_true(answer_has(&a, "late@example.test"));
	assert_false(answer_has(&a, "\"last_login_at\":null"));
	assert_false(answer_has(&a, "b@example.test"));
	answer_done(&a);
}

static int64_t count_logins(void)
{
	struct engine_stmt *s = NULL;
	struct engine *e = NULL;
	int64_t n = 0;

	assert_int_equal(engine_open(w->f->db_path, ENGINE_READ, &e), 0);
	assert_int_equal(engine_prepare(e, "count", "SELECT COUNT(*) FROM login", &s), 0);
	assert_int_equal(engine_step(s), 1);
	n = engine_col_i64(s, 0);
	engine_finish(&s);
	engine_close(&e);
	return n;
}

TEST(of_logins_that_have_ended_a_user_keeps_the_last_alone)
{
	int64_t before = count_logins();

	for (int i = 0; i < 5; i++) {
		struct world_user again = w->b;
		struct answer a;

		world_login(w, &again);
		a = world_call(w, &again, "DELETE", "/api/v1/logins/current", NULL);
		assert_int_equal(a.status, 204);
		answer_done(&a);
	}
	assert_true(count_logins() <= before + 2);
}

TEST(R73_the_list_is_read_page_by_page)
{
	char path[128], first[ID_TEXT_MAX];
	struct world_user more = {};
	struct answer a;

	world_newcomer(w, "ACME Print", "more@example.test", &more);
	a = get(&w->a, "/api/v1/users?limit=1");
	assert_true(answer_has(&a, "a@example.test"));
	assert_false(answer_has(&a, "more@example.test"));
	snprintf(first, sizeof(first), "%.31s", answer_member(&a, "next_cursor"));
	answer_done(&a);
	snprintf(path, sizeof(path), "/api/v1/users?limit=1&cursor=%s", first);
	a = get(&w->a, path);
	assert_true(answer_has(&a, "more@example.test"));
	assert_true(answer_has(&a, "\"next_cursor\":null"));
	answer_done(&a);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R73_each_user_is_listed_with_role_scope_and_every_right),
		T(R73_the_last_login_is_told_after_a_logout_and_nobody_elses_users_are),
		T(of_logins_that_have_ended_a_user_keeps_the_last_alone),
		T(R73_the_list_is_read_page_by_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
