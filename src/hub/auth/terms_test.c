/* terms_test.c - the hub terms stand before everything else, for a provider and for each user. */
#include "hub/auth/auth.h"

#include "base/test.h"
#include "hub/test_world.h"
#include "model/legal.h"
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

static int status_of(struct answer a)
{
	int status = a.status;

	answer_done(&a);
	return status;
}

static int sites_as(const struct world_user *u)
{
	return status_of(world_call(w, u, "GET", "/api/v1/sites", NULL));
}

static const char *path_of(const struct route *r, char out[static 256])
{
	size_t len = 0;

	for (const char *c = r->path; *c && len < 200; c++) {
		if (*c != '{') {
			out[len++] = *c;
			continue;
		}
		len += (size_t)snprintf(out + len, 256 - len, "%s", w->site);
		c = strchr(c, '}');
	}
	out[len] = 0;
	return out;
}

TEST(R11_before_the_terms_are_accepted_nothing_is_open_but_me_terms_and_logout)
{
	struct world_user u = {};
	unsigned closed = 0;
	char path[256];

	world_newcomer(w, "ACME Print", "c@example.test", &u);
	for (const struct route *const *t = hub_routes(); *t; t++) {
		for (const struct route *r = *t; r->path; r++) {
			struct answer a;

			if (r->right == RIGHT_PUBLIC || r->right == RIGHT_SIGNED)
				continue;
			if (r->flags & ROUTE_BEFORE_TERMS) {
				assert_true(strncmp(r->path, "/api/v1/me", 10) == 0 ||
					    strcmp(r->path, "/api/v1/logins/current") == 0);
				continue;
			}
			a = world_call(w, &u, method_name(r->method), path_of(r, path),
				       r->in ? "{}" : NULL);
			assert_int_equal(a.status, 403);
			assert_string_equal(answer_member(&a, "code"), "terms_required");
			answer_done(&a);
			closed++;
		}
	}
	assert_true(closed >= 8);
	assert_int_equal(status_of(world_call(w, &u, "GET", "/api/v1/me", NULL)), 200);
	assert_int_equal(status_of(world_call(w, &u, "DELETE", "/api/v1/logins/current", NULL)),
			 204);
}

TEST(R11_each_user_accepts_again_though_the_provider_has)
{
	struct world_user u = {};
	struct answer a;

	world_newcomer(w, "ACME Print", "c@example.test", &u);
	assert_int_equal(sites_as(&u), 403);
	a = world_accept(w, &u, "false");
	assert_int_equal(a.status, 200);
	assert_false(answer_has(&a, "\"accepted_at\":null"));
	answer_done(&a);
	assert_int_equal(sites_as(&u), 200);
	assert_int_equal(sites_as(&w->a), 200);
}

TEST(R11_who_accepts_for_oneself_only_does_not_bind_the_provider)
{
	struct world_user u = {}, v = {};
	struct answer a;

	world_newcomer(w, "Third Print", "c@example.test", &u);
	a = world_accept(w, &u, "false");
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, "\"provider_accepted_at\":null"));
	answer_done(&a);
	assert_int_equal(sites_as(&u), 403);
	assert_int_equal(status_of(world_accept(w, &u, "true")), 200);
	assert_int_equal(sites_as(&u), 200);
	world_newcomer(w, "Third Print", "d@example.test", &v);
	assert_int_equal(sites_as(&v), 403);
}

TEST(R11_only_the_text_that_is_in_force_can_be_accepted)
{
	struct world_user u = {};
	char text[200];
	struct answer a;

	world_newcomer(w, "ACME Print", "c@example.test", &u);
	/* Another provider's text has that provider's name in it. */
	a = world_call(w, &w->b, "GET", "/api/v1/me/terms?language=fr", NULL);
	snprintf(text, sizeof(text), "{\"version\":%d,\"sha256\":\"%.64s\"}",
		 legal_version(LEGAL_HUB_TERMS), answer_member(&a, "sha256"));
	answer_done(&a);
	a = world_call(w, &u, "POST", "/api/v1/me/terms", text);
	assert_int_equal(a.status, 409);
	assert_string_equal(answer_member(&a, "code"), "agreement");
	answer_done(&a);
	a = world_call(w, &u, "GET", "/api/v1/me/terms?language=fr", NULL);
	assert_true(answer_has(&a, "ACME Print"));
	snprintf(text, sizeof(text), "{\"version\":3,\"sha256\":\"%.64s\"}",
		 answer_member(&a, "sha256"));
	assert_int_equal(status_of(world_call(w, &u, "POST", "/api/v1/me/terms", text)), 409);
	text[strlen("{\"version\":")] = '2';
	assert_int_equal(status_of(world_call(w, &u, "POST", "/api/v1/me/terms", text)), 200);
	answer_done(&a);
}

/* ---- what is recorded ---- */

struct log_job {
	struct change *changes;
	size_t len;
};

static int log_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct log_job *job = arg;

	return change_read(db, 0, 100, mem, &job->changes, &job->len);
}

TEST(R11_an_acceptance_is_in_the_change_log_once_with_its_text)
{
	struct arena mem = {};
	struct log_job job = {};
	unsigned users = 0, providers = 0;

	/* world_new has accepted as a, for the provider, too. */
	assert_int_equal(status_of(world_accept(w, &w->a, "true")), 200);
	assert_int_equal(db_wait_read(w->f->db, w->a.provider, log_run, &job, &mem), 0);
	for (size_t i = 0; i < job.len; i++) {
		const struct change *c = &job.changes[i];

		if (c->note.verb != CHANGE_TERMS_ACCEPTED)
			continue;
		users += c->note.object_kind == ID_USER && id_eq(c->note.object, c->note.actor);
		providers += c->note.object_kind == ID_PROV && id_eq(c->note.object, w->a.provider);
		assert_non_null(strstr(c->after, "\"version\":2,\"sha256\":\""));
	}
	assert_int_equal(users, 1);
	assert_int_equal(providers, 1);
	arena_done(&mem);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R11_before_the_terms_are_accepted_nothing_is_open_but_me_terms_and_logout),
		T(R11_each_user_accepts_again_though_the_provider_has),
		T(R11_who_accepts_for_oneself_only_does_not_bind_the_provider),
		T(R11_only_the_text_that_is_in_force_can_be_accepted),
		T(R11_an_acceptance_is_in_the_change_log_once_with_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
