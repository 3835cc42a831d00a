/* mfp_test.c - each oddity of the simulated device, and that without its switch there is none. */
#include "base/test.h"
#include "sim/mfp.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"

struct bench {
	struct arena mem;
	struct mfp_scenario scenario;
	struct mfp_state state;
	struct http_header headers[4];
	struct http_request request;
	struct odd_answer a;
};

static void begin(struct bench *b, const char *json)
{
	struct json_problem problem;

	*b = (struct bench){};
	assert_int_equal(mfp_scenario_decode(str_of(json), &b->mem, &b->scenario, &problem), 0);
	b->state = (struct mfp_state){ .now = &b->scenario, .own = "192.0.2.7:8443" };
	b->request = (struct http_request){ .method = METHOD_GET,
					    .method_text = STR("GET"),
					    .authority = STR("192.0.2.7:8443"),
					    .headers = b->headers };
}

static void ask(struct bench *b, const char *path, const char *body)
{
	struct odd_call call = { .request = &b->request, .body = str_of(body), .secure = true };

	buf_done(&b->a.head);
	buf_done(&b->a.body);
	b->a = (struct odd_answer){ .head = buf_new(64 * KIB), .body = buf_new(64 * KIB) };
	b->request.path = str_of(path);
	mfp_answer(&b->state, &call, &b->a);
}

static const char *head(const struct bench *b)
{
	return b->a.head.data ? (const char *)b->a.head.data : "";
}

static const char *body(const struct bench *b)
{
	return b->a.body.data ? (const char *)b->a.body.data : "";
}

static void end(struct bench *b)
{
	buf_done(&b->a.head);
	buf_done(&b->a.body);
	arena_done(&b->mem);
}

TEST(without_switches_it_is_like_any_server)
{
	struct bench b;

	begin(&b, "{}");
	b.request.authority = STR("other.example");
	ask(&b, "/", NULL);
	assert_int_equal(b.a.status, 200);
	assert_int_equal(b.a.form, ODD_COUNTED);
	assert_null(b.a.reason);
	assert_non_null(strstr(body(&b), "Simulated MFP"));
	ask(&b, "/nowhere", NULL);
	assert_int_equal(b.a.status, 404);
	end(&b);
}

TEST(each_switch_makes_one_oddity)
{
	struct bench b;

	begin(&b, "{\"host_check\":true,\"host\":\"mfp.example\"}");
	b.request.authority = STR("s.example");
	ask(&b, "/", NULL);
	assert_int_equal(b.a.status, 400);
	b.request.authority = STR("mfp.example");
	ask(&b, "/", NULL);
	assert_int_equal(b.a.status, 200);
	end(&b);
	begin(&b, "{\"absolute_redirect\":true,\"no_length\":true,\"odd_reason\":true,"
		  "\"odd_date\":true}");
	ask(&b, "/", NULL);
	assert_int_equal(b.a.status, 302);
	assert_string_equal(b.a.reason, "Movtmp");
	assert_int_equal(b.a.form, ODD_NO_LENGTH);
	assert_non_null(strstr(head(&b), "Location: https://192.0.2.7:8443/start/start.htm\r\n"));
	assert_non_null(strstr(head(&b), "Date: THU"));
	end(&b);
	begin(&b, "{\"http10\":true,\"frameset\":true,\"slow_first_byte_ms\":70}");
	ask(&b, "/", NULL);
	assert_int_equal(b.a.form, ODD_HTTP10);
	assert_int_equal(b.a.delay_ms, 70);
	assert_non_null(strstr(body(&b), "<frameset"));
	end(&b);
	begin(&b, "{\"bare_lf\":true,\"form\":\"long\",\"no_chunks\":true}");
	ask(&b, "/wlm/index.htm", NULL);
	assert_true(b.a.bare_lf);
	assert_int_equal(b.a.form, ODD_LONG);
	b.request.body_bytes = -1;
	ask(&b, "/settings", "location=x");
	assert_int_equal(b.a.status, 411);
	end(&b);
	begin(&b, "{\"redirect\":\"https://evil.example/\"}");
	ask(&b, "/", NULL);
	assert_non_null(strstr(head(&b), "Location: https://evil.example/\r\n"));
	end(&b);
}

TEST(settings_are_kept_and_escaped)
{
	struct bench b;

	begin(&b, "{}");
	b.request.method = METHOD_POST;
	ask(&b, "/settings", "x=1&location=Floor+2+%3Cb%3E");
	assert_int_equal(b.a.status, 302);
	assert_non_null(strstr(head(&b), "Set-Cookie: wimsesid=1; Path=/; HttpOnly\r\n"));
	b.request.method = METHOD_GET;
	ask(&b, "/settings", NULL);
	assert_non_null(strstr(body(&b), "Floor 2 &#60;b>"));
	end(&b);
}

/* Computed by hand from RFC 7616 section 3.4: HA1 of admin:mfp:sim-password, HA2 of GET:/settings.
 */
TEST(a_login_holds_for_the_path_it_was_made_for)
{
	struct buf text = buf_new(KIB);
	char a1[65], a2[65], response[65];
	struct hash sum;
	struct bench b;

	begin(&b, "{\"digest\":true}");
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 401);
	assert_non_null(strstr(head(&b), "algorithm=SHA-256"));
	sum = hash_of("admin:mfp:sim-password", 22);
	hash_hex(&sum, a1);
	sum = hash_of("GET:/settings", 13);
	hash_hex(&sum, a2);
	buf_printf(&text, "%s:5d1c0a27f0e24c1f:00000001:abc:auth:%s", a1, a2);
	sum = hash_of(text.data, text.len);
	hash_hex(&sum, response);
	buf_clear(&text);
	buf_printf(&text,
		   "Digest username=\"admin\", realm=\"mfp\", uri=\"/settings\", nc=00000001, "
		   "cnonce=\"abc\", qop=auth, response=\"%s\"",
		   response);
	b.headers[0] = (struct http_header){ STR("authorization"), buf_str(&text) };
	b.request.headers_len = 1;
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 200);
	b.request.query = STR("x");
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 401);
	buf_done(&text);
	end(&b);
}

TEST(a_login_by_the_older_way)
{
	struct bench b;

	begin(&b, "{\"basic\":true}");
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 401);
	assert_non_null(strstr(head(&b), "WWW-Authenticate: Basic realm=\"mfp\"\r\n"));
	b.request.headers_len = 1;
	b.headers[0] =
		(struct http_header){ STR("authorization"), STR("Basic YWRtaW46c2ltLXBhc3N3b3Jk") };
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 200);
	b.headers[0].value = STR("Basic YWRtaW46d3Jvbmc=");
	ask(&b, "/settings", NULL);
	assert_int_equal(b.a.status, 401);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_switches_it_is_like_any_server),
		cmocka_unit_test(each_switch_makes_one_oddity),
		cmocka_unit_test(settings_are_kept_and_escaped),
		cmocka_unit_test(a_login_holds_for_the_path_it_was_made_for),
		cmocka_unit_test(a_login_by_the_older_way),
	};

	return cmocka_run_group_tests_name("sim.mfp", tests, NULL, NULL);
}
