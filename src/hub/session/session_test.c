/* session_test.c - visits from asking to their end: the API, the connector's word, names, tickets
 * and cookies, and what ends one. */
#include "base/test.h"

#include "base/clock.h"
#include "db/stmt.h"
#include "hub/session/session.h"
#include "hub/session/slice.h"
#include "hub/status/status.h"
#include "hub/test_world.h"
#include "net/loop.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE ((int64_t)60 * 1000)
#define TARGET "tgt_06f1pz4h2swp56nk8b9ts7e2ar"
#define ZEROS  "tgt_00000000000000000000000000"
#define ASK    "{\"target\":\"console\",\"reason\":\"toner report fails, ticket 4711\"}"

static struct world *w;
static struct sign_key *key;
static char asked_at[128];

static struct answer signed_call(const char *path, const char *body)
{
	return world_signed(w, key, path, body);
}

static void check(struct answer a, int status, const char *has)
{
	if (a.status != status || (has && !answer_has(&a, has)))
		print_error("%d %.*s\n", a.status, (int)a.body.len, (const char *)a.body.data);
	assert_int_equal(a.status, status);
	assert_true(!has || answer_has(&a, has));
	answer_done(&a);
}

static void call(const char *method, const char *path, const char *body, int status,
		 const char *has)
{
	check(world_call(w, &w->a, method, path, body), status, has);
}

static void switches(const char *console, const char *mfp)
{
	static int revision = 1;
	char body[200];

	snprintf(body, sizeof(body),
		 "{\"revision\":%d,\"monitoring\":\"on\",\"console\":\"%s\",\"mfp\":\"%s\","
		 "\"at\":\"2026-11-27T00:00:00.000Z\"}",
		 ++revision, console, mfp);
	check(signed_call("/c/v1/permissions", body), 204, NULL);
}

static int setup(void **state)
{
	char code[64], id[ID_TEXT_MAX];

	w = world_new();
	snprintf(asked_at, sizeof(asked_at), "/api/v1/sites/%s/sessions", w->site);
	world_invite(w, w->site, code, id);
	key = world_connector(w, code);
	switches("ask", "off");
	return 0;
}

static int teardown(void **state)
{
	sign_key_free(&key);
	world_free(&w);
	return 0;
}

/* Asks for one; its id, and its path below /api/v1/sessions/ if wanted. */
static struct session *ask(char path[static 128])
{
	struct answer a = world_call(w, &w->a, "POST", asked_at, ASK);
	struct session *s;
	struct id id;

	assert_int_equal(a.status, 201);
	assert_true(answer_has(&a, "\"state\":\"requested\",\"url\":null"));
	assert_int_equal(id_decode(ID_SESS, str_of(answer_member(&a, "id")), &id), 0);
	snprintf(path, 128, "/api/v1/sessions/%s", answer_member(&a, "id"));
	answer_done(&a);
	s = session_by_id(&w->hub, id);
	assert_non_null(s);
	return s;
}

static void tell_and_hear(const struct session *s, const char *body, int status, const char *has)
{
	char id[ID_TEXT_MAX], path[128];

	id_encode(ID_SESS, s->id, id);
	snprintf(path, sizeof(path), "/c/v1/sessions/%s", id);
	check(signed_call(path, body), status, has);
}

static void tell(const struct session *s, const char *body, int status)
{
	tell_and_hear(s, body, status, NULL);
}

/* In an hour, by the connector's ceiling. */
static void tell_open(const struct session *s)
{
	char body[128], ends[TIME_TEXT_MAX];

	time_encode(clock_wall_ms() + 60 * MINUTE, ends);
	snprintf(body, sizeof(body), "{\"state\":\"open\",\"ends_at\":\"%s\"}", ends);
	tell(s, body, 204);
	assert_int_equal(s->state, SESSION_OPEN);
}

/* A technician's browser: host and ticket out of an url, then the cookie. */
static struct session *come_in(const char *path, char host[static SESSION_HOST_MAX],
			       char ticket[static 64])
{
	char url_path[160];
	struct answer a;
	const char *url, *at;

	snprintf(url_path, sizeof(url_path), "%s/url", path);
	a = world_call(w, &w->a, "POST", url_path, NULL);
	assert_int_equal(a.status, 200);
	url = answer_member(&a, "url");
	at = strstr(url, "/.imprimatur/enter#");
	assert_non_null(at);
	assert_memory_equal(url, "https://", 8);
	snprintf(host, SESSION_HOST_MAX, "%.*s", (int)(at - url - 8), url + 8);
	snprintf(ticket, 64, "%s", at + strlen("/.imprimatur/enter#"));
	answer_done(&a);
	return session_by_host(&w->hub, str_of(host));
}

static bool never(void *arg)
{
	return false;
}

static void pass(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
	loop_run_until(w->f->loop, never, NULL, 1500); /* a tick, and what it writes */
}

TEST(a_site_that_nothing_is_heard_of_is_told_beside_its_visit_until_that_is_over)
{
	char path[128];
	struct session *s = ask(path);
	struct live *l = status_live(&w->hub, s->site);

	tell_open(s);
	call("GET", path, NULL, 200, "\"site_silent_since\":null");
	l->last_seen_ms -= 2 * MINUTE;
	/* A hub that was away itself says nothing of others. */
	call("GET", path, NULL, 200, "\"site_silent_since\":null");
	w->hub.steady_ms -= 10 * MINUTE;
	call("GET", path, NULL, 200, "\"site_silent_since\":\"2");
	call("GET", "/api/v1/sessions?live=true", NULL, 200, "\"site_silent_since\":\"2");
	l->polling = true;
	call("GET", path, NULL, 200, "\"site_silent_since\":null");
	l->polling = false;
	call("DELETE", path, NULL, 204, NULL);
	call("GET", path, NULL, 200, "\"site_silent_since\":null");
}

/* In the relay's place. */
struct watcher {
	struct session_pass pass;
	int told, ends, forgotten;
};

static void on_told(const struct session_pass *pass, void *owner)
{
	struct watcher *it = owner;

	it->pass = *pass;
	it->told++;
	it->ends += pass->over;
}

static void on_forgotten(const struct session_pass *pass, void *owner)
{
	((struct watcher *)owner)->forgotten++;
}

static void watch(struct watcher *it)
{
	sessions_listen(&w->hub, &(struct session_listener){ on_told, on_forgotten, it });
}

static void enter(const char *path)
{
	char host[SESSION_HOST_MAX], ticket[64], cookie[SESSION_SECRET_TEXT_MAX];
	struct session *s = come_in(path, host, ticket);

	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), cookie), 0);
}

/* ---- tests ---- */

TEST(R2_a_visit_is_asked_for_opened_used_and_ended)
{
	struct watcher seen = {};
	char path[128];
	struct session *s = ask(path);

	call("GET", path, NULL, 200, "\"reason\":\"toner report fails, ticket 4711\"");
	call("GET", path, NULL, 200, "\"user\":{\"id\":\"user_");
	call("GET", path, NULL, 200,
	     "\"target\":{\"id\":\"console\",\"kind\":\"console\",\"name\":null}");
	tell(s, "{\"state\":\"waiting_for_approval\"}", 204);
	call("GET", "/api/v1/sessions?live=true", NULL, 200, "\"state\":\"waiting_for_approval\"");
	tell_open(s);
	tell_open(s); /* said twice, it is the same */
	call("GET", path, NULL, 200, "\"state\":\"open\",\"why\":null");
	watch(&seen);
	enter(path);
	session_counted(&w->hub, s->id, &(struct session_counts){ 10, 2000, 1 }, false);
	call("GET", path, NULL, 200, "\"bytes_up\":10,\"bytes_down\":2000,\"requests\":1");
	call("GET", "/api/v1/sessions?live=true", NULL, 200, "\"bytes_down\":2000,\"requests\":1");
	call("DELETE", path, NULL, 204, NULL);
	assert_int_equal(seen.ends, 1);
	assert_int_equal(s->why, WHY_TECHNICIAN);
	call("GET", path, NULL, 200, "\"state\":\"ended\",\"why\":\"technician\"");
	call("GET", path, NULL, 200, "\"bytes_up\":10,\"bytes_down\":2000,\"requests\":1");
	call("DELETE", path, NULL, 204, NULL); /* it is ended, as was wanted */
	call("GET", "/api/v1/sessions?live=true", NULL, 200, "\"items\":[]");
	call("GET", "/api/v1/sessions?state=ended", NULL, 200, "ticket 4711");
	call("GET", "/api/v1/sessions?state=ended&live=true", NULL, 200, "\"items\":[]");
	tell(s, "{\"state\":\"ended\",\"why\":\"technician\"}", 204);
	tell_and_hear(s, "{\"state\":\"ended\",\"why\":\"customer\"}", 410,
		      "\"why\":\"technician\"");
}

TEST(what_the_customer_does_not_allow_is_not_even_asked_for)
{
	switches("off", "on");
	call("POST", asked_at, ASK, 403, "\"denied\"");
	call("POST", asked_at, "{\"target\":\"" TARGET "\",\"reason\":\"r\"}", 404, "\"target\"");
	call("POST", asked_at, "{\"target\":\"" ZEROS "\",\"reason\":\"r\"}", 404, "\"target\"");
	call("POST", asked_at, "{\"target\":\"router\",\"reason\":\"r\"}", 400, "\"target\"");
	switches("on", "off");
	call("POST", asked_at, "{\"target\":\"console\"}", 400, "\"reason\"");
	call("POST", asked_at, "{\"target\":\"console\",\"reason\":\" \\u200b\"}", 400,
	     "\"reason\"");
	assert_int_equal(sessions_of(&w->hub, w->a.provider), 0);
}

TEST(R51_targets_are_told_by_the_site_and_opened_by_id)
{
	char path[128], body[256];
	struct answer a;

	snprintf(path, sizeof(path), "/api/v1/sites/%s/targets", w->site);
	call("GET", path, NULL, 200,
	     "\"items\":[{\"id\":\"console\",\"kind\":\"console\",\"name\":null,\"permission\":"
	     "\"ask\"}]");
	snprintf(body, sizeof(body),
		 "{\"revision\":2,\"items\":[{\"id\":\"%s\",\"name\":\" Ricoh\\u202e 2F\","
		 "\"kind\":\"mfp\"}]}",
		 TARGET);
	check(signed_call("/c/v1/targets", body), 204, NULL);
	call("GET", path, NULL, 200, "\"name\":\"Ricoh 2F\",\"permission\":\"off\"");
	check(signed_call("/c/v1/targets", "{\"revision\":1,\"items\":[]}"), 204, NULL); /* older */
	call("GET", path, NULL, 200, "Ricoh 2F");
	switches("off", "on");
	a = world_call(w, &w->a, "POST", asked_at, "{\"target\":\"" TARGET "\",\"reason\":\"r\"}");
	check(a, 201, "requested");
	call("GET", "/api/v1/sessions", NULL, 200,
	     "\"target\":{\"id\":\"" TARGET "\",\"kind\":\"mfp\",\"name\":\"Ricoh 2F\"}");
	check(signed_call("/c/v1/targets", "{\"revision\":3,\"items\":[]}"), 204, NULL);
	call("GET", path, NULL, 200, "\"console\",\"name\":null,\"permission\":\"off\"}],");
}

static void tell_target(int64_t revision, const char *name)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"revision\":%" PRId64 ",\"items\":[{\"id\":\"" TARGET
		 "\",\"name\":\"%s\",\"kind\":\"mfp\"}]}",
		 revision, name);
	check(signed_call("/c/v1/targets", body), 204, NULL);
}

TEST(R51_what_a_site_tells_once_more_is_no_change_and_a_clock_ahead_shuts_nothing_out)
{
	char path[128], changes[128];
	struct answer a;
	int told = 0;

	snprintf(path, sizeof(path), "/api/v1/sites/%s/targets", w->site);
	snprintf(changes, sizeof(changes), "/api/v1/sites/%s/changes?limit=50", w->site);
	tell_target(1, "Hall");
	tell_target(2, "Hall");
	tell_target(clock_wall_ms() + 24 * 60 * MINUTE, "Hall");
	a = world_call(w, &w->a, "GET", changes, NULL);
	for (const char *p = (const char *)a.body.data;
	     (p = strstr(p, "\"verb\":\"site_targets_told\"")); p++)
		told++;
	check(a, 200, NULL);
	assert_int_equal(told, 1);
	tell_target(clock_wall_ms() + 1, "Lobby");
	call("GET", path, NULL, 200, "Lobby");
}

TEST(R5_another_provider_sees_and_ends_nothing)
{
	char path[128], url[160];
	struct session *s = ask(path);

	tell_open(s);
	snprintf(url, sizeof(url), "%s/url", path);
	check(world_call(w, &w->b, "GET", path, NULL), 404, "not_found");
	check(world_call(w, &w->b, "DELETE", path, NULL), 404, "not_found");
	check(world_call(w, &w->b, "POST", url, NULL), 404, "not_found");
	check(world_call(w, &w->b, "POST", asked_at, ASK), 404, "not_found");
	check(world_call(w, &w->b, "GET", "/api/v1/sessions", NULL), 200, "\"items\":[]");
	assert_int_equal(s->state, SESSION_OPEN);
}

TEST(a_ticket_is_good_once_and_its_cookie_for_that_name_alone)
{
	char path[128], other_path[128], host[SESSION_HOST_MAX], ticket[64],
		other_host[SESSION_HOST_MAX], other_ticket[64];
	char cookie[SESSION_SECRET_TEXT_MAX], second[SESSION_SECRET_TEXT_MAX];
	struct session *s = ask(path), *other = ask(other_path);
	struct watcher seen = {};

	call("POST", "/api/v1/sessions/sess_06f1pz4h2swp56nk8b9ts7e2ar/url", NULL, 404, NULL);
	tell_open(s);
	tell_open(other);
	assert_ptr_equal(come_in(path, host, ticket), s);
	assert_ptr_equal(come_in(other_path, other_host, other_ticket), other);
	watch(&seen);
	assert_int_equal(session_enter(&w->hub, s, str_of(other_ticket), cookie), ERR_NO_SESSION);
	assert_int_equal(seen.told, 0);
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), cookie), 0);
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), second), ERR_NO_SESSION);
	assert_int_equal(seen.told, 1);
	assert_true(id_eq(seen.pass.id, s->id));
	assert_int_equal(session_admits(&seen.pass, str_of(cookie)), 0);
	assert_int_equal(session_admits(&seen.pass, STR("")), ERR_NO_SESSION);
	assert_int_equal(session_admits(NULL, str_of(cookie)), ERR_NO_SESSION);
	/* A later entry takes its place. */
	come_in(path, host, ticket);
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), second), 0);
	assert_int_equal(session_admits(&seen.pass, str_of(cookie)), ERR_NO_SESSION);
	call("DELETE", path, NULL, 204, NULL);
	assert_int_equal(session_admits(&seen.pass, str_of(second)), ERR_SESSION_OVER);
	assert_int_equal(session_admits(&seen.pass, str_of(cookie)), ERR_NO_SESSION);
	/* Another's cookie opens nothing. */
	assert_int_equal(session_enter(&w->hub, other, str_of(other_ticket), cookie), 0);
	assert_true(id_eq(seen.pass.id, other->id));
	assert_int_equal(session_admits(&seen.pass, str_of(second)), ERR_NO_SESSION);
}

TEST(a_ticket_dies_after_a_minute_and_a_session_that_waits_has_none)
{
	char path[128], url[160], host[SESSION_HOST_MAX], ticket[64],
		cookie[SESSION_SECRET_TEXT_MAX];
	struct session *s = ask(path);

	snprintf(url, sizeof(url), "%s/url", path);
	call("POST", url, NULL, 409, "session_not_open");
	tell_open(s);
	come_in(path, host, ticket);
	if (!clock_skip_ms(MINUTE))
		skip();
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), cookie), ERR_NO_SESSION);
}

TEST(names_are_found_in_one_spelling_of_their_slot)
{
	char path[128], host[SESSION_HOST_MAX], ticket[64], wrong[SESSION_HOST_MAX];
	struct session *s = ask(path);

	tell_open(s);
	assert_ptr_equal(come_in(path, host, ticket), s);
	assert_true(session_is_host(&w->hub, str_of(host)));
	assert_true(session_is_host(&w->hub, STR("x.console.example.test:8443")));
	assert_false(session_is_host(&w->hub, STR("console.example.test")));
	assert_false(session_is_host(&w->hub, STR("hub.example.test")));
	assert_false(session_is_host(&w->hub, STR("xconsole.example.test")));
	snprintf(wrong, sizeof(wrong), "%s", host);
	wrong[0] = wrong[0] == '0' ? '1' : '0';
	assert_null(session_by_host(&w->hub, str_of(wrong)));
	snprintf(wrong, sizeof(wrong), "x.%s", host);
	assert_null(session_by_host(&w->hub, str_of(wrong)));
	w->config.console_suffix = NULL;
	assert_false(session_is_host(&w->hub, str_of(host)));
	call("POST", asked_at, ASK, 409, "sessions_off");
}

/* Its connector is asked to close it, and why. */
static void check_closed(const struct session *s, const char *why)
{
	char id[ID_TEXT_MAX], row[160];

	id_encode(ID_SESS, s->id, id);
	snprintf(row, sizeof(row), "\"kind\":\"close_session\",\"session\":\"%s\",\"why\":\"%s\"}",
		 id, why);
	loop_run_until(w->f->loop, never, NULL, 1500); /* a tick, and what it writes */
	check(signed_call("/c/v1/commands", NULL), 200, row);
}

TEST(a_visit_ends_with_the_login)
{
	struct watcher seen = {};
	char path[128];
	struct session *s = ask(path);

	tell_open(s);
	watch(&seen);
	enter(path);
	call("DELETE", "/api/v1/logins/current", NULL, 204, NULL);
	assert_int_equal(seen.ends, 1);
	assert_int_equal(s->why, WHY_LOGIN_ENDED);
	assert_int_equal(s->state, SESSION_ENDED);
	check_closed(s, "login_ended");
}

TEST(a_visit_ends_with_the_connectors_key_and_with_the_sites_archiving)
{
	char path[128], connector[128], site[ID_TEXT_MAX], code[64], id[ID_TEXT_MAX];
	struct session *s = ask(path);

	tell_open(s);
	snprintf(connector, sizeof(connector), "/api/v1/sites/%s/connector", w->site);
	call("DELETE", connector, NULL, 204, NULL);
	assert_int_equal(s->why, WHY_REVOKED);
	call("POST", asked_at, ASK, 502, "connector_away");
	world_site(w, site);
	world_invite(w, site, code, id);
	sign_key_free(&key);
	key = world_connector(w, code);
	switches("on", "on");
	snprintf(asked_at, sizeof(asked_at), "/api/v1/sites/%s/sessions", site);
	s = ask(path);
	tell_open(s);
	snprintf(connector, sizeof(connector), "/api/v1/sites/%s/archive", site);
	call("POST", connector, NULL, 204, NULL);
	assert_int_equal(s->why, WHY_REVOKED);
	call("POST", asked_at, ASK, 409, "archived");
}

TEST(sixty_four_may_be_open_a_provider)
{
	char path[128];

	for (int i = 0; i < SESSIONS_OPEN_MAX; i++)
		ask(path);
	call("POST", asked_at, ASK, 429, "too_many");
	call("DELETE", path, NULL, 204, NULL);
	ask(path);
}

TEST(unanswered_is_refused_and_time_that_is_up_ends)
{
	char path[128], open_path[128];
	struct session *s = ask(path), *open = ask(open_path);

	tell_open(open);
	pass(14 * MINUTE);
	assert_int_equal(s->state, SESSION_REQUESTED);
	pass(2 * MINUTE);
	assert_int_equal(s->state, SESSION_REFUSED);
	assert_int_equal(s->why, WHY_UNANSWERED);
	call("GET", path, NULL, 200, "\"state\":\"refused\",\"why\":\"unanswered\"");
	switches("ask", "off"); /* it lives */
	pass(44 * MINUTE);
	assert_int_equal(open->why, WHY_OFFLINE);
}

TEST(nobody_may_stay_longer_than_eight_hours_whatever_the_connector_says)
{
	char path[128];
	struct session *s = ask(path);

	tell(s, "{\"state\":\"open\",\"ends_at\":\"2199-01-01T00:00:00.000Z\"}", 204);
	assert_true(s->ends_ms <= clock_wall_ms() + SESSION_CEILING_MS);
}

TEST(a_restart_of_the_hub_ends_no_visit_and_forgets_no_cookie)
{
	char path[128], host[SESSION_HOST_MAX], ticket[64], cookie[SESSION_SECRET_TEXT_MAX];
	struct session *s = ask(path);
	struct watcher seen = {};
	struct id id = s->id;

	tell_open(s);
	come_in(path, host, ticket);
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), cookie), 0);
	loop_run_until(w->f->loop, never, NULL, 200);
	world_restart(w);
	s = session_by_host(&w->hub, str_of(host));
	assert_non_null(s);
	assert_true(id_eq(s->id, id));
	assert_int_equal(s->state, SESSION_OPEN);
	watch(&seen);
	assert_int_equal(seen.told, 1);
	assert_int_equal(session_admits(&seen.pass, str_of(cookie)), 0);
	tell(s, "{\"state\":\"ended\",\"why\":\"time_over\"}", 204);
	call("GET", path, NULL, 200, "\"state\":\"ended\",\"why\":\"time_over\"");
	assert_int_equal(seen.ends, 1);
	world_restart(w);
	assert_null(session_by_host(&w->hub, str_of(host)));
}

TEST(who_may_say_yes_is_heard_again_after_a_restart_of_the_hub)
{
	static const char waits[] =
		"{\"state\":\"waiting_for_approval\",\"desk_name\":\"IT\",\"desk_count\":2}";
	char path[128];
	struct session *s = ask(path);
	struct id id = s->id;

	tell(s, waits, 204);
	call("GET", path, NULL, 200, "\"desk\":{\"name\":\"IT\",\"count\":2}");
	world_restart(w);
	s = session_by_id(&w->hub, id);
	assert_non_null(s);
	/* As a site does that has not heard the answer. */
	tell(s, waits, 204);
	call("GET", path, NULL, 200, "\"desk\":{\"name\":\"IT\",\"count\":2}");
}

/* What only a visit that is not over needs, of all rows. */
struct way_in {
	int64_t rows, label, login, login_until_ms, cookies;
};

QUERY(q_way_in, "test_session_way_in",
      "SELECT count(*), sum(length(label)), sum(length(login_id)), sum(login_until_ms),"
      " count(cookie_hash) FROM session WHERE provider_id = :provider");

static int way_in_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct stmt *st = tenant_query(db, &q_way_in);
	struct way_in *it = arg;

	if (stmt_row(st))
		*it = (struct way_in){ col_i64(st, 0), col_i64(st, 1), col_i64(st, 2),
				       col_i64(st, 3), col_i64(st, 4) };
	return stmt_end(st);
}

static struct way_in way_in(void)
{
	struct arena mem = {};
	struct way_in it = {};

	assert_int_equal(db_wait_read(w->f->db, w->a.provider, way_in_run, &it, &mem), 0);
	arena_done(&mem);
	return it;
}

static void check_no_way_in(void)
{
	struct way_in it = way_in();

	assert_int_equal(it.rows, 1);
	assert_int_equal(it.label, 0);
	assert_int_equal(it.login, 0);
	assert_int_equal(it.login_until_ms, 0);
	assert_int_equal(it.cookies, 0);
}

TEST(R57_the_row_of_a_visit_that_the_technician_ended_keeps_no_way_in)
{
	char path[128];
	struct session *s = ask(path);
	struct way_in it;

	tell_open(s);
	enter(path);
	loop_run_until(w->f->loop, never, NULL, 200);
	it = way_in();
	assert_int_equal(it.label, SESSION_LABEL_BYTES);
	assert_int_equal(it.cookies, 1);
	assert_true(it.login > 0 && it.login_until_ms > 0);
	call("DELETE", path, NULL, 204, NULL);
	check_closed(s, "technician");
	check_no_way_in();
	call("GET", path, NULL, 200, "\"reason\":\"toner report fails, ticket 4711\"");
	/* A browser with its cookie is told that it is over all the same. */
	assert_int_equal(s->state, SESSION_ENDED);
	assert_true(s->has_cookie);
	world_restart(w);
	call("GET", path, NULL, 200, "\"state\":\"ended\",\"why\":\"technician\"");
}

TEST(R57_the_row_of_a_visit_that_the_site_ended_keeps_no_way_in)
{
	char path[128], host[SESSION_HOST_MAX], ticket[64], cookie[SESSION_SECRET_TEXT_MAX];
	struct session *s = ask(path);

	tell_open(s);
	come_in(path, host, ticket);
	/* The cookie is on its way into the row when the site says that it is over. */
	assert_int_equal(session_enter(&w->hub, s, str_of(ticket), cookie), 0);
	tell(s, "{\"state\":\"ended\",\"why\":\"customer\"}", 204);
	loop_run_until(w->f->loop, never, NULL, 200);
	check_no_way_in();
}

TEST(a_connector_speaks_of_its_own_sites_visits_alone)
{
	char path[128], site[ID_TEXT_MAX], code[64], id[ID_TEXT_MAX];
	struct session *s = ask(path);
	struct sign_key *own = key;

	world_site(w, site);
	world_invite(w, site, code, id);
	key = world_connector(w, code);
	tell(s, "{\"state\":\"refused\",\"why\":\"customer\"}", 404);
	assert_int_equal(s->state, SESSION_REQUESTED);
	sign_key_free(&key);
	key = own;
	tell(s, "{\"state\":\"open\"}", 400);
}

TEST(R9_more_time_is_asked_for_by_the_same_command_and_given_by_the_site_alone)
{
	char path[128], more[160];
	struct session *s = ask(path);

	snprintf(more, sizeof(more), "%s/more", path);
	call("POST", more, NULL, 409, "session_not_open");
	tell_open(s);
	call("GET", path, NULL, 200, "\"more_until\":null");
	call("POST", more, NULL, 200, "\"state\":\"open\",\"url\":null");
	call("GET", path, NULL, 200, "\"more_until\":\"2");
	call("POST", more, NULL, 429, "too_many");
	/* The site says that it lasts longer: that is the answer. */
	s->ends_ms -= 60 * 60 * 1000;
	tell_open(s);
	call("GET", path, NULL, 200, "\"more_until\":null");
	call("POST", more, NULL, 200, NULL);
	call("DELETE", path, NULL, 204, NULL);
	call("POST", more, NULL, 410, "session_over");
}

/* An answer to the question for more time that counts until then; "": to none. */
static void tell_no_and_end(const struct session *s, int64_t ask_ms, const char *why,
			    int64_t ends_ms)
{
	char body[200], ends[TIME_TEXT_MAX], asked[TIME_TEXT_MAX];

	time_encode(ends_ms, ends);
	time_encode(ask_ms, asked);
	snprintf(body, sizeof(body),
		 "{\"state\":\"open\",\"ends_at\":\"%s\",\"more_why\":\"%s\",\"more_ask\":\"%s\"}",
		 ends, why, asked);
	tell(s, body, 204);
}

static void tell_no(const struct session *s, int64_t ask_ms, const char *why)
{
	tell_no_and_end(s, ask_ms, why, s->ends_ms);
}

TEST(R19_a_no_beside_a_later_end_is_a_no)
{
	char path[128], more[160], changes[128];
	struct session *s = ask(path);
	int64_t ends_ms;

	snprintf(more, sizeof(more), "%s/more", path);
	snprintf(changes, sizeof(changes), "/api/v1/sites/%s/changes?limit=1", w->site);
	tell_open(s);
	ends_ms = s->ends_ms;
	call("POST", more, NULL, 200, NULL);
	/* As a site says whose clock was turned. */
	tell_no_and_end(s, s->more_ms, "not_allowed", ends_ms + 60 * MINUTE);
	call("GET", path, NULL, 200, "\"why\":\"not_allowed\"}");
	assert_int_equal(s->ends_ms, ends_ms);
	call("GET", changes, NULL, 200, "\"verb\":\"session_more_refused\"");
}

TEST(R19_a_no_that_is_told_again_beside_a_later_end_stays_a_no)
{
	char path[128], more[160], changes[128];
	struct session *s = ask(path);
	int64_t ends_ms, asked_ms;

	snprintf(more, sizeof(more), "%s/more", path);
	snprintf(changes, sizeof(changes), "/api/v1/sites/%s/changes?limit=1", w->site);
	tell_open(s);
	ends_ms = s->ends_ms;
	call("POST", more, NULL, 200, NULL);
	asked_ms = s->more_ms;
	tell_no(s, asked_ms, "customer");
	/* The site did not hear the answer, and its clock was turned. */
	tell_no_and_end(s, asked_ms, "customer", ends_ms + 60 * MINUTE);
	call("GET", path, NULL, 200, "\"why\":\"customer\"}");
	assert_int_equal(s->ends_ms, ends_ms);
	call("GET", changes, NULL, 200, "\"verb\":\"session_more_refused\"");
	/* Less counts whatever stands beside it. */
	tell_no_and_end(s, asked_ms, "customer", ends_ms - 30 * MINUTE);
	assert_true(s->ends_ms < ends_ms - 29 * MINUTE);
	call("GET", path, NULL, 200, "\"why\":\"customer\"}");
}

TEST(R19_a_no_to_a_question_from_before_a_restart_is_heard_once)
{
	struct session *s;
	char path[128];

	s = ask(path);
	tell_open(s);
	s->taken_over = true;
	tell_no(s, clock_wall_ms(), "customer");
	call("GET", path, NULL, 200, "\"why\":\"customer\"}");
	s->no_ms = 0;
	tell_no(s, clock_wall_ms(), "customer");
	call("GET", path, NULL, 200, "\"more_refused\":null");
}

TEST(R19_a_no_to_more_time_is_the_sites_word_to_that_question_and_the_session_says_so)
{
	char path[128], more[160], changes[128];
	struct session *s = ask(path);
	int64_t first;

	snprintf(more, sizeof(more), "%s/more", path);
	snprintf(changes, sizeof(changes), "/api/v1/sites/%s/changes?limit=1", w->site);
	tell_open(s);
	/* Nobody has asked. */
	tell_no(s, clock_wall_ms(), "customer");
	call("GET", path, NULL, 200, "\"more_refused\":null");
	call("POST", more, NULL, 200, NULL);
	first = s->more_ms;
	tell_no(s, first, "customer");
	call("GET", path, NULL, 200, "\"more_until\":null,\"more_refused\":{\"at\":\"2");
	call("GET", path, NULL, 200, "\"why\":\"customer\"}");
	call("GET", path, NULL, 200, "\"state\":\"open\"");
	call("GET", changes, NULL, 200, "\"verb\":\"session_more_refused\"");
	call("GET", changes, NULL, 200, "\"kind\":\"connector\"");
	/* It may be asked for again, which the word on the first does not answer. */
	pass(MINUTE);
	call("POST", more, NULL, 200, NULL);
	call("GET", path, NULL, 200, "\"more_refused\":null");
	tell_no(s, first, "customer");
	call("GET", path, NULL, 200, "\"more_until\":\"2");
	call("POST", more, NULL, 429, "too_many");
	tell_no(s, s->more_ms, "too_many");
	call("GET", path, NULL, 200, "\"why\":\"too_many\"}");
	/* A yes takes the place of a no. */
	s->ends_ms -= 60 * 60 * 1000;
	tell_open(s);
	call("GET", path, NULL, 200, "\"more_refused\":null");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(R19_a_no_that_is_told_again_beside_a_later_end_stays_a_no),
		T(who_may_say_yes_is_heard_again_after_a_restart_of_the_hub),
		T(R57_the_row_of_a_visit_that_the_technician_ended_keeps_no_way_in),
		T(R57_the_row_of_a_visit_that_the_site_ended_keeps_no_way_in),
		T(R19_a_no_beside_a_later_end_is_a_no),
		T(R19_a_no_to_a_question_from_before_a_restart_is_heard_once),
		T(R19_a_no_to_more_time_is_the_sites_word_to_that_question_and_the_session_says_so),
		T(a_site_that_nothing_is_heard_of_is_told_beside_its_visit_until_that_is_over),
		T(R9_more_time_is_asked_for_by_the_same_command_and_given_by_the_site_alone),
		T(R2_a_visit_is_asked_for_opened_used_and_ended),
		T(what_the_customer_does_not_allow_is_not_even_asked_for),
		T(R51_targets_are_told_by_the_site_and_opened_by_id),
		T(R51_what_a_site_tells_once_more_is_no_change_and_a_clock_ahead_shuts_nothing_out),
		T(R5_another_provider_sees_and_ends_nothing),
		T(a_ticket_is_good_once_and_its_cookie_for_that_name_alone),
		T(a_ticket_dies_after_a_minute_and_a_session_that_waits_has_none),
		T(names_are_found_in_one_spelling_of_their_slot),
		T(a_visit_ends_with_the_login),
		T(a_visit_ends_with_the_connectors_key_and_with_the_sites_archiving),
		T(sixty_four_may_be_open_a_provider),
		T(unanswered_is_refused_and_time_that_is_up_ends),
		T(nobody_may_stay_longer_than_eight_hours_whatever_the_connector_says),
		T(a_restart_of_the_hub_ends_no_visit_and_forgets_no_cookie),
		T(a_connector_speaks_of_its_own_sites_visits_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
