/* support_test.c - what support looks at is logged before it is shown, or not shown.
 *
 * Who is let in, for how long, and to what: test/scenario/support.test.ts. */
#include "base/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "db/db_int.h"
#include "hub/provider/provider.h"
#include "hub/test_world.h"

static struct world *w;
/* With provider a, by its grant. */
static struct world_user visitor;

static int add_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct id user;

	return provider_add_support(db, mem, arg, &user);
}

static void add_person(struct world_user *u)
{
	static char hash[PASSWORD_HASH_MAX];
	struct arena mem = {};
	struct provider_user_in in = { .provider = "Support",
				       .email = "sam@operator.test",
				       .name = "Sam Support",
				       .password = hash };

	password_hash(STR(WORLD_PASSWORD), hash);
	in.email_hash = email_hash(w->f->keys, in.email);
	assert_int_equal(db_wait_system_write(w->f->db, add_run, &in, &mem), 0);
	arena_done(&mem);
	*u = (struct world_user){ .email = in.email };
	world_login(w, u);
}

static void call(const struct world_user *u, const char *method, const char *path, const char *body,
		 int status)
{
	struct answer a = world_call(w, u, method, path, body);

	assert_int_equal(a.status, status);
	answer_done(&a);
}

static int setup(void **state)
{
	struct world_user sam;
	char id[ID_TEXT_MAX], path[128];
	struct answer a;

	w = world_new();
	add_person(&sam);
	call(&w->a, "POST", "/api/v1/support", "{\"hours\":1,\"reason\":\"it is slow\"}", 201);
	id_encode(ID_PROV, w->a.provider, id);
	snprintf(path, sizeof(path), "/api/v1/support/providers/%s/logins", id);
	a = world_call(w, &sam, "POST", path, NULL);
	assert_int_equal(a.status, 204);
	snprintf(visitor.cookie, sizeof(visitor.cookie), "%.*s",
		 (int)strcspn(answer_header(&a, "set-cookie"), ";"),
		 answer_header(&a, "set-cookie"));
	answer_done(&a);
	return 0;
}

static int teardown(void **state)
{
	world_free(&w);
	return 0;
}

static int fail_commit(void *arg)
{
	return -ENOSPC;
}

static bool is_logged(const char *id)
{
	struct answer a = world_call(w, &w->a, "GET", "/api/v1/support", NULL);
	bool logged;

	assert_int_equal(a.status, 200);
	logged = answer_has(&a, id);
	answer_done(&a);
	return logged;
}

TEST(R74_what_cannot_be_logged_is_not_shown_however_often_it_is_asked_for)
{
	char path[128];
	struct answer a;

	snprintf(path, sizeof(path), "/api/v1/sites/%s", w->site);
	w->f->db->before_commit = fail_commit;
	for (int i = 0; i < 3; i++) {
		a = world_call(w, &visitor, "GET", path, NULL);
		assert_true(a.status >= 500);
		assert_false(answer_has(&a, w->site));
		answer_done(&a);
	}
	w->f->db->before_commit = NULL;
	assert_false(is_logged(w->site));
	call(&visitor, "GET", path, NULL, 200);
	assert_true(is_logged(w->site));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			R74_what_cannot_be_logged_is_not_shown_however_often_it_is_asked_for, setup,
			teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
