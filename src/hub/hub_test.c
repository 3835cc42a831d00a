/* hub_test.c - what holds for every call of the hub, walked by the route tables themselves. */
#include "hub/hub.h"

#include "base/test.h"
#include "base/clock.h"
#include "base/os.h"
#include "db/db_int.h"
#include "db/engine.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/test_world.h"
#include "net/loop.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
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

/* What a call that writes is made with; a row that is missing here fails the tests. */
static const struct sample {
	enum http_method method;
	const char *path, *body; /* %s in a body: the customer's id */
} samples[] = {
	{ METHOD_POST, "/api/v1/logins",
	  "{\"email\":\"a@example.test\",\"password\":\"" WORLD_PASSWORD "\"}" },
	{ METHOD_POST, "/api/v1/customers", "{\"name\":\"One\"}" },
	{ METHOD_POST, "/api/v1/sites", "{\"customer_id\":\"%s\",\"name\":\"One\"}" },
	{ METHOD_PATCH, "/api/v1/customers/{customer}", "{\"name\":\"Two\",\"language\":\"fr\"}" },
	{ METHOD_PATCH, "/api/v1/sites/{id}", "{\"name\":\"Two\"}" },
	{ METHOD_PUT, "/api/v1/customers/{customer}/note",
	  "{\"text\":\"Ring twice\",\"revision\":0}" },
	{ METHOD_PUT, "/api/v1/sites/{id}/note", "{\"text\":\"Ring twice\",\"revision\":0}" },
	{ METHOD_PUT, "/api/v1/sites/{id}/licence",
	  "{\"organisation\":\"Musterwerk GmbH\",\"revision\":0}" },
	{ METHOD_POST, "/api/v1/imports",
	  "{\"apply\":true,\"rows\":[{\"customer\":\"Many\",\"site\":\"First\"}]}" },
	{ METHOD_POST, "/api/v1/sites/{id}/invitations", "{\"valid_days\":3}" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/invitations/{invitation}", NULL },
	{ METHOD_POST, "/api/v1/sites/{id}/invitations/{invitation}/resend",
	  "{\"mail_to\":\"it@example.test\"}" },
	{ METHOD_POST, "/api/v1/sites/{id}/refresh", NULL },
	{ METHOD_PUT, "/api/v1/rules", "{\"items\":[{\"name\":\"held_jobs\",\"threshold\":50}]}" },
	{ METHOD_PUT, "/api/v1/sites/{id}/rules",
	  "{\"items\":[{\"name\":\"held_jobs\",\"severity\":\"off\"}]}" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/rules", NULL },
	{ METHOD_DELETE, "/api/v1/sites/{id}/connector/copied", NULL },
	{ METHOD_POST, "/api/v1/sites/{id}/sessions", "{\"target\":\"console\",\"reason\":\"r\"}" },
	{ METHOD_POST, "/api/v1/sessions/{session}/more", NULL },
	{ METHOD_DELETE, "/api/v1/sessions/{session}", NULL },
	{ METHOD_POST, "/api/v1/support", "{\"hours\":1,\"reason\":\"r\"}" },
	{ METHOD_DELETE, "/api/v1/support", NULL },
};

/* What is no GET and changes nothing that is kept: a ticket is held in memory, for a minute. */
static const struct sample no_writes[] = {
	{ METHOD_POST, "/api/v1/sessions/{session}/url", NULL },
};

/* The visit that was asked for last. */
static char session[ID_TEXT_MAX] = "sess_00000000000000000000000000";

/* What ends what other calls need, in this order after them.  (Only what is archived is erased.) */
static const struct sample endings[] = {
	{ METHOD_DELETE, "/api/v1/sites/{id}/connector", NULL },
	{ METHOD_POST, "/api/v1/sites/{id}/archive", NULL },
	{ METHOD_DELETE, "/api/v1/sites/{id}/archive", NULL },
	{ METHOD_POST, "/api/v1/sites/{id}/archive", NULL },
	{ METHOD_DELETE, "/api/v1/sites/{id}", NULL },
	{ METHOD_POST, "/api/v1/customers/{customer}/archive", NULL },
	{ METHOD_DELETE, "/api/v1/customers/{customer}/archive", NULL },
	{ METHOD_POST, "/api/v1/customers/{customer}/archive", NULL },
	{ METHOD_DELETE, "/api/v1/customers/{customer}", NULL },
	{ METHOD_DELETE, "/api/v1/logins/current", NULL },
};

static bool is_of(const struct sample *s, const struct route *r)
{
	return s->method == r->method && strcmp(s->path, r->path) == 0;
}

static bool is_ending(const struct route *r)
{
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		if (is_of(&endings[i], r))
			return true;
	}
	return false;
}

static bool writes(const struct route *r)
{
	for (size_t i = 0; i < ARRAY_LEN(no_writes); i++)
		if (is_of(&no_writes[i], r))
			return false;
	return r->method != METHOD_GET;
}

static const struct sample *sample_of(const struct route *r)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		if (is_of(&samples[i], r))
			return &samples[i];
	}
	fail_msg("hub_test.c has no sample for %s %s", method_name(r->method), r->path);
	return NULL;
}

/* What only the operator's support calls is tested in test/scenario/support.test.ts. */
static bool is_dashboard(const struct route *r)
{
	return strncmp(r->path, "/api/v1/", 8) == 0 && r->right != RIGHT_SUPPORT;
}

/* The path with ids in place of its {}, and a query where the row needs one. */
static void fill_path(const struct route *r, const char *site, const char *invitation,
		      char out[static 256])
{
	size_t len = 0;

	for (const char *c = r->path; *c && len < 200; c++) {
		const char *id = strncmp(c, "{invitation}", 12) == 0 ? invitation
				 : strncmp(c, "{customer}", 10) == 0 ? w->customer
				 : strncmp(c, "{session}", 9) == 0   ? session
								     : site;

		if (*c != '{') {
			out[len++] = *c;
			continue;
		}
		len += (size_t)snprintf(out + len, 256 - len, "%s", id);
		c = strchr(c, '}');
	}
	out[len] = 0;
	if (strstr(r->path, "/series"))
		strcat(out, "?name=printers_in_error");
}

static void fill_body(const struct sample *s, char out[static 256])
{
	const char *mark = s->body ? strstr(s->body, "%s") : NULL;

	if (mark)
		snprintf(out, 256, "%.*s%s%s", (int)(mark - s->body), s->body, w->customer,
			 mark + 2);
	else
		snprintf(out, 256, "%s", s->body ? s->body : "");
}

#define EACH_ROUTE(r)                                                                              \
	for (const struct route *const *t_ = hub_routes(); *t_; t_++)                              \
		for (const struct route *r = *t_; r->path; r++)

TEST(R5_every_call_with_another_providers_ids_answers_404)
{
	char code[64], invitation[ID_TEXT_MAX], path[256];
	unsigned walked = 0;

	world_invite(w, w->site, code, invitation);
	EACH_ROUTE(r)
	{
		struct answer a;

		if (!is_dashboard(r) || r->ids[0] == ID_NONE)
			continue;
		fill_path(r, w->site, invitation, path);
		a = world_call(w, &w->b, method_name(r->method), path, r->in ? "{}" : NULL);
		if (a.status != 404)
			print_error("%s %s: %d\n", method_name(r->method), path, a.status);
		assert_int_equal(a.status, 404);
		assert_string_equal(answer_member(&a, "code"), "not_found");
		answer_done(&a);
		walked++;
	}
	assert_true(walked >= 6);
}

static void names(const char *const *list, size_t len, bool ok)
{
	for (size_t i = 0; i < len; i++) {
		if (hub_name_ok(list[i]) != ok)
			fail_msg("%zu: \"%s\"", i, list[i]);
	}
}

TEST(a_name_can_be_read_and_is_what_it_looks_like)
{
	static const char *const good[] = { "K", "Ärzte am Markt", "a\u00a0b", "東京 支店", "✓ 😀" };
	static const char *const bad[] = {
		"",         "  ",       "\u00a0",     "\u3000",     "\u2800",       "\u3164",
		"a\nb",     "a\x7f!",   "a\xc2\x85!", "a\xc2\x9b!", "\u200b",       "a\u202eb",
		"a\u00adb", "a\u2028b", "a\ufeffb",   "a\u2066b",   "a\U000e0041b", "a\xff",
		"K\u034f",  "K\u180e",  "\u17b4",
	};

	names(good, ARRAY_LEN(good), true);
	names(bad, ARRAY_LEN(bad), false);
}

/* Persian, Hindi, Sinhala, Han, Hebrew, and emoji that are made of several. */
TEST(a_name_is_spelled_as_its_script_is_and_joins_nothing_else)
{
	static const char *const good[] = {
		"A\u0308rzte", "می\u200cخواهم", "क्\u200dष", "ශ්\u200dරී",       "葛\U000e0100城市",
		"שָׁלוֹם",        "❤\ufe0f",       "👩\u200d💻", "❤\ufe0f\u200d🔥",
	};
	static const char *const bad[] = {
		"K\u200dष",       "\u200dष",  "K\u200d",   "K\u200cx", "ü\u200d",
		"ü\u200cx",       "ü\u200dü", "ü \u200dü", "\u200dü",  "क\u200d\u200dष",
		"क\u200d\u00a0ष", "क\u200d",  "\ufe0f",    "\u0301",   "a\U000e0100",
	};

	names(good, ARRAY_LEN(good), true);
	names(bad, ARRAY_LEN(bad), false);
}

TEST(R5_a_site_cannot_be_added_to_another_providers_customer)
{
	char body[128];
	struct answer a;

	snprintf(body, sizeof(body), "{\"customer_id\":\"%s\",\"name\":\"Mine\"}", w->customer);
	a = world_call(w, &w->b, "POST", "/api/v1/sites", body);
	assert_int_equal(a.status, 404);
	answer_done(&a);
	a = world_call(w, &w->b, "GET", "/api/v1/sites", NULL);
	assert_true(answer_has(&a, "\"items\":[],\"next_cursor\":null,\"total\":0"));
	answer_done(&a);
}

TEST(R5_customers_are_listed_by_name_searched_and_paged_and_never_another_providers)
{
	char cursor[256], path[400];
	struct answer a;

	a = world_call(w, &w->a, "POST", "/api/v1/customers", "{\"name\":\"Ärzte am Markt\"}");
	assert_int_equal(a.status, 201);
	answer_done(&a);
	a = world_call(w, &w->b, "GET", "/api/v1/customers", NULL);
	assert_true(answer_has(&a, "\"items\":[],\"next_cursor\":null,\"total\":0"));
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/customers?query=sud%20klin", NULL);
	assert_string_equal(answer_member(&a, "id"), w->customer);
	assert_true(answer_has(&a, "\"total\":1"));
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/customers?query=arzte&limit=1", NULL);
	assert_string_equal(answer_member(&a, "name"), "Ärzte am Markt");
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/customers?limit=1", NULL);
	snprintf(cursor, sizeof(cursor), "%.255s", answer_member(&a, "next_cursor"));
	snprintf(path, sizeof(path), "/api/v1/customers?limit=1&cursor=%s", cursor);
	assert_true(cursor[0]);
	answer_done(&a);
	a = world_call(w, &w->b, "GET", path, NULL);
	assert_int_equal(a.status, 400);
	answer_done(&a);
	a = world_call(w, &w->a, "GET", path, NULL);
	assert_int_equal(a.status, 200);
	answer_done(&a);
}

TEST(a_row_of_the_list_shows_its_open_invitation_until_it_is_withdrawn)
{
	char code[64], invitation[ID_TEXT_MAX], site[ID_TEXT_MAX], path[256];
	struct answer a;

	world_site(w, site);
	world_invite(w, site, code, invitation);
	a = world_call(w, &w->a, "GET", "/api/v1/sites?limit=200", NULL);
	assert_true(answer_has(&a, invitation));
	answer_done(&a);
	snprintf(path, sizeof(path), "/api/v1/sites/%s/invitations/%s", site, invitation);
	a = world_call(w, &w->a, "DELETE", path, NULL);
	assert_int_equal(a.status, 204);
	answer_done(&a);
	a = world_call(w, &w->a, "GET", "/api/v1/sites?limit=200", NULL);
	assert_false(answer_has(&a, invitation));
	answer_done(&a);
}

TEST(R54_every_call_of_the_dashboard_needs_a_login_but_those_that_say_so)
{
	char path[256];

	EACH_ROUTE(r)
	{
		struct answer a;

		if (!is_dashboard(r) || r->right == RIGHT_PUBLIC)
			continue;
		fill_path(r, w->site, "inv_00000000000000000000000000", path);
		a = world_call(w, NULL, method_name(r->method), path, r->in ? "{}" : NULL);
		assert_int_equal(a.status, 401);
		answer_done(&a);
	}
}

TEST(only_logins_documents_texts_packages_and_enrolment_are_public)
{
	static const char *const public[] = { "/healthz",
					      "/openapi.json",
					      "/api/v1/openapi.json",
					      "/api/v1/logins",
					      "/api/v1/packages",
					      "/api/v1/texts",
					      "/api/v1/texts/connector-agreement",
					      "/api/v1/texts/customer-leaflet",
					      "/api/v1/texts/data-security-and-privacy",
					      "/api/v1/texts/hub-terms",
					      "/api/v1/texts/privacy-policy",
					      "/packages/{name}",
					      "/c/v1/invitation",
					      "/c/v1/enroll" };

	EACH_ROUTE(r)
	{
		bool listed = false;

		for (size_t i = 0; i < ARRAY_LEN(public); i++)
			listed |= strcmp(public[i], r -> path) == 0;
		if (r->right == RIGHT_PUBLIC && !listed)
			fail_msg("%s is public", r->path);
		if (is_dashboard(r) && r->right >= RIGHT_FIRST)
			assert_non_null(right_name(r->right));
	}
}

/* ---- the change log ---- */

struct log_job {
	int64_t after;
	struct change *changes;
	size_t len;
};

static int log_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct log_job *job = arg;

	return change_read(db, job->after, 100, mem, &job->changes, &job->len);
}

static int last_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	return change_last(db, arg);
}

static int64_t last_change(void)
{
	struct arena mem = {};
	int64_t seq = -1;

	assert_int_equal(db_wait_read(w->f->db, w->a.provider, last_run, &seq, &mem), 0);
	arena_done(&mem);
	return seq;
}

static bool was_written(int64_t after, int verb)
{
	struct log_job job = { .after = after };
	struct arena mem = {};
	bool found = false;

	assert_int_equal(db_wait_read(w->f->db, w->a.provider, log_run, &job, &mem), 0);
	for (size_t i = 0; i < job.len; i++) {
		const struct change_note *n = &job.changes[i].note;

		found |= (int)n->verb == verb && !id_is_zero(n->object);
	}
	arena_done(&mem);
	return found;
}

static int copy_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct connector_view view;
	int rc = connector_view_get(db, *(const struct id *)arg, mem, &view);

	return rc < 0 ? rc : connector_note_copied(db, view.id, clock_wall_ms());
}

/* What is decided by a call has to be there. */
static void mark_copied(const char *site)
{
	struct arena mem = {};
	struct id id;

	assert_int_equal(id_decode(ID_SITE, str_of(site), &id), 0);
	assert_true(db_wait_write(w->f->db, w->a.provider, copy_run, &id, &mem) > 0);
	arena_done(&mem);
}

/* Whose site's customer lets visits be opened; the test's own. */
static struct sign_key *visited;

static void open_visit(void)
{
	char path[128];
	struct answer a;

	snprintf(path, sizeof(path), "/c/v1/sessions/%s", session);
	a = world_signed(w, visited, path,
			 "{\"state\":\"open\",\"ends_at\":\"2199-01-01T00:00:00.000Z\"}");
	assert_int_equal(a.status, 204);
	answer_done(&a);
}

/* Makes the call, which has to succeed, and looks for its row. */
static void check_writes(const struct route *r, const struct sample *s, const char *site,
			 const char *invitation)
{
	int64_t before = last_change();
	char path[256], body[256];
	struct answer a;

	fill_path(r, site, invitation, path);
	fill_body(s, body);
	a = world_call(w, &w->a, method_name(r->method), path, body[0] ? body : NULL);
	if (a.status >= 300)
		print_error("%s %s: %d %s\n", method_name(r->method), path, a.status,
			    (const char *)a.body.data);
	assert_true(a.status < 300);
	assert_true(r->change > 0);
	assert_true(was_written(before, r->change));
	if (r->change == CHANGE_SESSION_REQUESTED) {
		snprintf(session, sizeof(session), "%.31s", answer_member(&a, "id"));
		open_visit();
	}
	answer_done(&a);
}

/* A connector whose customer lets the console be opened. */
static void allow_visits(const char *code)
{
	struct answer a;

	visited = world_connector(w, code);
	a = world_signed(w, visited, "/c/v1/permissions",
			 "{\"revision\":2,\"monitoring\":\"on\",\"console\":\"on\","
			 "\"mfp\":\"off\",\"at\":\"2026-11-27T00:00:00.000Z\"}");

	assert_int_equal(a.status, 204);
	answer_done(&a);
}

TEST(every_call_that_writes_leaves_its_row_in_the_change_log)
{
	char code[64], invitation[ID_TEXT_MAX], site[ID_TEXT_MAX];

	world_site(w, site);
	world_invite(w, site, code, invitation);
	allow_visits(code);
	mark_copied(site);
	EACH_ROUTE(r)
	{
		/* Each of them ends the invitation that it is about. */
		if (r->ids[1] == ID_INV)
			world_invite(w, site, code, invitation);
		/* Who has accepted the terms cannot accept them anew: terms_test.c. */
		if (is_dashboard(r) && writes(r) && !is_ending(r) &&
		    strcmp(r->path, "/api/v1/me/terms") != 0)
			check_writes(r, sample_of(r), site, invitation);
	}
	for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
		EACH_ROUTE(r)
		{
			if (is_of(&endings[i], r))
				check_writes(r, &endings[i], site, invitation);
		}
	}
	sign_key_free(&visited);
}

/* ---- a connector in another's place ---- */

/* How many sites that have a connector are called revoked, as anybody could read it before this
 * commit. */
static int count_contradictions(void *arg)
{
	struct engine_stmt *s = NULL;
	struct engine *e = NULL;
	atomic_int *count = arg; /* on the writer's thread */

	if (engine_open(w->f->db_path, ENGINE_READ, &e) < 0 ||
	    engine_prepare(e, "contradictions",
			   "SELECT count(*) FROM connector c JOIN site_state s "
			   "ON s.site_id = c.site_id WHERE c.revoked_ms IS NULL AND s.status = 6",
			   &s) < 0 ||
	    engine_step(s) != 1)
		die("contradictions");
	atomic_fetch_add(count, (int)engine_col_i64(s, 0));
	engine_finish(&s);
	engine_close(&e);
	return 0;
}

TEST(R24_a_site_with_a_new_connector_is_at_no_moment_shown_as_revoked)
{
	static atomic_int contradictions; /* a last commit may outlast the test */
	char code[64], invitation[ID_TEXT_MAX], site[ID_TEXT_MAX], path[128];
	struct answer a;
	int found;

	static_assert(SITE_REVOKED == 6, "as above");
	world_site(w, site);
	world_invite(w, site, code, invitation);
	world_enrol(w, code);
	snprintf(path, sizeof(path), "/api/v1/sites/%s/connector", site);
	a = world_call(w, &w->a, "DELETE", path, NULL);
	assert_int_equal(a.status, 204);
	answer_done(&a);
	path[strlen(path) - strlen("/connector")] = 0;
	do {
		a = world_call(w, &w->a, "GET", "/api/v1/sites?status=revoked&limit=1", NULL);
		found = answer_has(&a, site);
		answer_done(&a);
	} while (!found);
	world_invite(w, site, code, invitation);
	w->f->db->before_commit_arg = &contradictions;
	w->f->db->before_commit = count_contradictions;
	world_enrol(w, code);
	a = world_call(w, &w->a, "GET", path, NULL);
	assert_string_equal(answer_member(&a, "status"), "warning");
	answer_done(&a);
	world_invite(w, site, code, invitation); /* a commit after all that */
	w->f->db->before_commit = NULL;
	assert_int_equal(contradictions, 0);
}

/* ---- lists and streams ---- */

TEST(a_site_is_in_the_list_at_once_and_after_a_restart)
{
	char site[ID_TEXT_MAX];
	struct answer a;

	world_site(w, site);
	a = world_call(w, &w->a, "GET", "/api/v1/sites?query=SUD%20haus", NULL);
	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, site));
	assert_true(answer_has(&a, "\"total\":2"));
	answer_done(&a);
	world_restart(w);
	a = world_call(w, &w->a, "GET", "/api/v1/sites?status=never_connected&limit=1", NULL);
	assert_true(answer_has(&a, "\"total\":2"));
	assert_true(strlen(answer_member(&a, "next_cursor")) > 20);
	answer_done(&a);
}

struct wait {
	const struct answer *a;
	const char *text;
};

static bool has_come(void *arg)
{
	const struct wait *x = arg;

	return answer_has(x->a, x->text);
}

static bool come(const struct answer *a, const char *text)
{
	return loop_run_until(w->f->loop, has_come, &(struct wait){ a, text }, 5000);
}

TEST(a_stream_tells_what_comes_and_what_was_missed_and_ends_with_its_login)
{
	const struct call from_now = { "GET", "/api/v1/changes",
				       .headers = { "cookie", w->a.cookie } };
	const struct call from_one = { "GET", "/api/v1/changes",
				       .headers = { "cookie", w->a.cookie, "last-event-id", "1" } };
	const struct call other = { "GET", "/api/v1/changes",
				    .headers = { "cookie", w->b.cookie } };
	struct answer now, missed, foreign, a;
	char site[ID_TEXT_MAX], id[16];

	call_begin(w->f->loop, w->hub.api, &from_now, &now);
	call_begin(w->f->loop, w->hub.api, &from_one, &missed);
	call_begin(w->f->loop, w->hub.api, &other, &foreign);
	assert_true(come(&now, "retry") && come(&missed, "id: 5\n") && come(&foreign, "retry"));
	assert_true(answer_has(&missed, "id: 2\n"));
	assert_false(answer_has(&missed, "id: 1\n"));
	assert_false(answer_has(&now, "id: "));
	world_site(w, site);
	snprintf(id, sizeof(id), "id: %lld\n", (long long)last_change());
	assert_true(come(&now, id) && come(&missed, id));
	assert_true(answer_has(&now, site));
	assert_false(answer_has(&foreign, "id: "));
	a = world_call(w, &w->a, "DELETE", "/api/v1/logins/current", NULL);
	assert_int_equal(a.status, 204);
	assert_true(now.ended && missed.ended);
	assert_false(foreign.ended);
	answer_done(&a);
	answer_done(&now);
	answer_done(&missed);
	answer_done(&foreign);
}

TEST(many_failed_logins_are_told_to_wait_whether_or_not_the_user_exists)
{
	struct answer a = {};

	for (int i = 0; i < 6; i++) {
		answer_done(&a);
		a = world_call(w, NULL, "POST", "/api/v1/logins",
			       "{\"email\":\"nobody@example.test\",\"password\":\"wrong\"}");
		assert_int_equal(a.status, i < 5 ? 401 : 429);
	}
	assert_string_equal(answer_member(&a, "code"), "too_many_logins");
	assert_true(strtol(answer_header(&a, "retry-after"), NULL, 10) > 60);
	answer_done(&a);
	a = world_call(w, NULL, "POST", "/api/v1/logins",
		       "{\"email\":\"A@Example.test\",\"password\":\"" WORLD_PASSWORD "\"}");
	assert_int_equal(a.status, 201);
	answer_done(&a);
}

TEST(password_checks_beyond_two_are_told_that_it_is_busy)
{
	const struct call c = {
		"POST", "/api/v1/logins",
		.body = "{\"email\":\"a@example.test\",\"password\":\"" WORLD_PASSWORD "\"}",
		.headers = { "content-type", "application/json" }
	};
	struct answer a[4];
	int made = 0, busy = 0;

	for (int i = 0; i < 4; i++)
		call_begin(w->f->loop, w->hub.api, &c, &a[i]);
	for (int i = 0; i < 4; i++) {
		assert_true(come(&a[i], "{"));
		made += a[i].status == 201;
		busy += a[i].status == 503;
		answer_done(&a[i]);
	}
	assert_int_equal(made, 2);
	assert_int_equal(busy, 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(R5_every_call_with_another_providers_ids_answers_404),
		T(a_name_can_be_read_and_is_what_it_looks_like),
		T(a_name_is_spelled_as_its_script_is_and_joins_nothing_else),
		T(R5_a_site_cannot_be_added_to_another_providers_customer),
		T(R5_customers_are_listed_by_name_searched_and_paged_and_never_another_providers),
		T(a_row_of_the_list_shows_its_open_invitation_until_it_is_withdrawn),
		T(R54_every_call_of_the_dashboard_needs_a_login_but_those_that_say_so),
		RUN(only_logins_documents_texts_packages_and_enrolment_are_public),
		T(every_call_that_writes_leaves_its_row_in_the_change_log),
		T(R24_a_site_with_a_new_connector_is_at_no_moment_shown_as_revoked),
		T(a_site_is_in_the_list_at_once_and_after_a_restart),
		T(a_stream_tells_what_comes_and_what_was_missed_and_ends_with_its_login),
		T(many_failed_logins_are_told_to_wait_whether_or_not_the_user_exists),
		T(password_checks_beyond_two_are_told_that_it_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
