/* console_test.c - the simulated admin console: redirects, cookies, origins, login, the log. */
#include "base/test.h"
#include "sim/sessions.h"
#include "sim/test_sim.h"
#include <stdio.h>
#include <string.h>

static void get(struct asked *k, const char *path, const char *query)
{
	k->rq.method = METHOD_GET;
	k->rq.path = str_of(path);
	k->rq.query = str_of(query);
	k->rq.body = (struct str){};
	asked_call(k);
}

static void post(struct asked *k, const char *origin, const char *form)
{
	k->rq.method = METHOD_POST;
	k->rq.path = STR("/app");
	k->rq.query = (struct str){};
	k->rq.origin = str_of(origin);
	k->rq.body = str_of(form);
	asked_call(k);
}

static void keep_cookie(struct asked *k)
{
	const char *at = strstr((const char *)k->a.head.data, "JSESSIONID=");

	assert_non_null(at);
	k->rq.cookie = str_of(arena_printf(&k->mem, "other=1; %.*s", 11 + SESSION_ID_LEN, at));
}

#define LOGIN                                                                                      \
	"service=direct%2F1%2FHome%2F%24Form&sp=S0&inputUsername=admin&inputPassword=sim-password"

static void log_in(struct asked *k)
{
	post(k, "http://prn01:9191", LOGIN);
	assert_int_equal(k->a.status, 302);
	keep_cookie(k);
}

TEST(the_root_redirects_to_an_absolute_address_made_from_host)
{
	struct asked *k = asked_new();

	get(k, "/", NULL);
	assert_int_equal(k->a.status, 302);
	assert_true(asked_head_says(k, "Location: http://prn01:9191/user\r\n"));
	k->rq.secure = true;
	k->rq.host = STR("other.example");
	get(k, "/", NULL);
	assert_true(asked_head_says(k, "Location: https://other.example/user\r\n"));
	asked_free(k);
}

TEST(a_login_page_has_the_marks_of_a_real_one_and_sets_cookies)
{
	struct asked *k = asked_new();

	get(k, "/user", NULL);
	assert_int_equal(k->a.status, 200);
	assert_true(asked_says(k, "/css/style.css?65000papercut-mf"));
	assert_true(asked_says(k, "<!-- Application: app-server -->"));
	assert_true(asked_says(k, "<title>PaperCut Login"));
	assert_true(asked_head_says(k, "; Path=/; HttpOnly\r\n"));
	assert_true(asked_head_says(k, "org.apache.tapestry.locale=en"));
	assert_false(asked_head_says(k, "Strict-Transport-Security"));
	k->rq.secure = true;
	k->s.admin->hsts = JSON_TRUE;
	get(k, "/user", NULL);
	assert_true(asked_head_says(k, "; Path=/; HttpOnly; Secure\r\n"));
	assert_true(asked_head_says(k, "Strict-Transport-Security: max-age=31536000\r\n"));
	asked_free(k);
}

TEST(the_manual_is_a_folder_of_pages_and_their_files_without_a_login)
{
	static const struct {
		const char *path, *type, *says;
	} files[] = {
		{ "/content/help/", "text/html", "<title>Manual: index.html" },
		{ "/content/help/common/", "text/html", "<title>Manual: index.html" },
		{ "/content/help/common/a<b.html", "text/html", "<h1>common/a&lt;b.html" },
		{ "/content/help/manual.css", "text/css", "body{" },
		{ "/content/help/manual.js", "text/javascript", "document." },
		{ "/content/help/common/figure.svg", "image/svg+xml", "<svg" },
	};
	struct asked *k = asked_new();

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		get(k, files[i].path, NULL);
		assert_int_equal(k->a.status, 200);
		assert_string_equal(k->a.type, files[i].type);
		assert_true(asked_says(k, files[i].says));
		assert_false(asked_head_says(k, "Set-Cookie"));
	}
	get(k, "/content/help", NULL);
	assert_true(asked_head_says(k, "Location: http://prn01:9191/content/help/\r\n"));
	get(k, "/content/help/data.zip", NULL);
	assert_int_equal(k->a.status, 404);
	get(k, "/content/", NULL);
	assert_int_equal(k->a.status, 404);
	asked_free(k);
}

TEST(pages_need_a_login_and_a_wrong_password_gives_none)
{
	struct asked *k = asked_new();

	get(k, "/app", "service=page/PrinterList");
	assert_true(asked_says(k, "PaperCut Login"));
	keep_cookie(k);
	post(k, "http://prn01:9191",
	     "service=direct/1/Home/$Form&inputUsername=admin&inputPassword=wrong");
	assert_true(asked_says(k, "username or password is invalid"));
	get(k, "/app", "service=page/PrinterList");
	assert_true(asked_says(k, "PaperCut Login"));
	log_in(k);
	get(k, "/app", "service=page/PrinterList");
	assert_true(asked_says(k, "prn01\\Ricoh-2F"));
	get(k, "/app", "service=page/NoSuchPage");
	assert_int_equal(k->a.status, 404);
	post(k, "http://prn01:9191", "service=direct/1/Home/logout");
	get(k, "/app", "service=page/Dashboard");
	assert_true(asked_says(k, "PaperCut Login"));
	asked_free(k);
}

TEST(what_a_form_saved_is_shown_escaped)
{
	struct asked *k = asked_new();

	log_in(k);
	post(k, "http://prn01:9191", "service=direct/1/ConfigEditor/$Form&inputValue=%3Cb%3E+x");
	assert_true(asked_head_says(k, "/app?service=page/ConfigEditor\r\n"));
	get(k, "/app", "service=page/ConfigEditor");
	assert_true(asked_says(k, "<p id=\"value\">&lt;b> x</p>"));
	asked_free(k);
}

/* clang-format off */
static const struct {
	const char *scenario, *origin, *referer;
	bool in;
} origins[] = {
	{ "{}", "http://prn01:9191", NULL, true },
	{ "{}", "https://prn01:9191", NULL, false },
	{ "{}", "http://prn01", NULL, false },
	{ "{}", "http://prn01:9192", NULL, false },
	{ "{}", "http://PRN01:9191", NULL, false },
	{ "{}", "null", NULL, false },
	{ "{}", NULL, "http://prn01:9191/admin", true },
	{ "{}", NULL, "http://evil.example/http://prn01:9191/", false },
	{ "{}", NULL, NULL, false },
	{ "{\"admin\":{\"deny_unknown_origin\":false}}", NULL, NULL, true },
	{ "{\"admin\":{\"validate_origin\":false}}", "http://evil.example", NULL, true },
	{ "{\"admin\":{\"allowed_domains\":[\"https://hub.example\"]}}", "https://hub.example", NULL, true },
	{ "{\"admin\":{\"allowed_domains\":[\"https://hub.example\"]}}", "https://hub.example:1", NULL, false },
};
/* clang-format on */

TEST(a_post_from_another_origin_is_refused)
{
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		struct asked *k = asked_new();

		asked_scenario(k, origins[i].scenario);
		k->rq.referer = str_of(origins[i].referer);
		post(k, origins[i].origin, LOGIN);
		if (k->a.status != (origins[i].in ? 302 : 403))
			fail_msg("%s %s %s: %d", origins[i].scenario, origins[i].origin,
				 origins[i].referer, k->a.status);
		asked_free(k);
	}
}

TEST(a_script_needs_the_token_of_its_page)
{
	struct asked *k = asked_new();
	const char *at;

	log_in(k);
	get(k, "/app", "service=page/Dashboard");
	at = strstr((const char *)k->a.body.data, "csrfToken='");
	assert_non_null(at);
	k->rq.csrf_token = str_of(arena_strndup(&k->mem, at + 11, SESSION_ID_LEN));
	post(k, "http://prn01:9191", "service=direct/1/Dashboard/$Refresh");
	assert_true(asked_says(k, "{\"refreshed\":true}"));
	k->rq.csrf_token = STR("wrong");
	post(k, "http://prn01:9191", "service=direct/1/Dashboard/$Refresh");
	assert_int_equal(k->a.status, 403);
	asked_free(k);
}

TEST(the_log_is_made_while_it_is_sent_and_is_the_same_from_any_place)
{
	struct asked *k = asked_new();
	uint8_t whole[1000], part[1000];

	asked_scenario(k, "{\"admin\":{\"download_bytes\":10000000000}}");
	log_in(k);
	get(k, "/app", "service=direct/1/OptionsAdvanced/downloadLog");
	assert_int_equal(k->a.make_bytes, 10000000000);
	k->a.make(640, whole, sizeof(whole));
	for (size_t i = 0; i < sizeof(part); i += 100)
		k->a.make(640 + (int64_t)i, part + i, 100);
	assert_memory_equal(whole, part, sizeof(whole));
	assert_memory_equal(whole, "000000000000010 INFO", 20);
	assert_int_equal(whole[63], '\n');
	asked_free(k);
}

TEST(callers_of_the_console_may_be_limited_by_address)
{
	struct asked *k = asked_new();

	asked_scenario(k, "{\"admin\":{\"allowed\":[\"192.0.2.1\"]}}");
	get(k, "/admin", NULL);
	assert_int_equal(k->a.status, 403);
	asked_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_root_redirects_to_an_absolute_address_made_from_host),
		RUN(a_login_page_has_the_marks_of_a_real_one_and_sets_cookies),
		RUN(the_manual_is_a_folder_of_pages_and_their_files_without_a_login),
		RUN(pages_need_a_login_and_a_wrong_password_gives_none),
		RUN(what_a_form_saved_is_shown_escaped),
		RUN(a_post_from_another_origin_is_refused),
		RUN(a_script_needs_the_token_of_its_page),
		RUN(the_log_is_made_while_it_is_sent_and_is_the_same_from_any_place),
		RUN(callers_of_the_console_may_be_limited_by_address),
	};

	return cmocka_run_group_tests_name("sim.console", tests, NULL, NULL);
}
