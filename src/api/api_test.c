/* api_test.c - what is checked before a handler sees a call, and how it may answer. */
#include "api/api.h"

#include "api/assets.h"
#include "api/stream.h"
#include "api/test_call.h"
#include "base/test.h"
#include "net/loop.h"
#include <string.h>

#define RIGHT_LOOK 8
#define RIGHT_MOVE 9

/* ---- a small program ---- */

struct thing {
	struct id id;
	const char *name;
	int64_t size;
};

struct thing_query {
	const char *name;
	int64_t limit;
};

/* clang-format off */
static const struct json_field thing_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct thing, name), JSON_REQUIRED, .min = 1, .max = 10 },
	{ "size", JSON_INT, offsetof(struct thing, size), .min = 0, .max = 99 },
	{}
};
static const struct json_schema thing_schema = { "thing", sizeof(struct thing), 0, thing_fields };
static const struct json_field query_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct thing_query, name), .max = 10 },
	{ "limit", JSON_INT, offsetof(struct thing_query, limit), .min = 1, .max = 5 },
	{}
};
static const struct json_schema query_schema = { "thing_query", sizeof(struct thing_query), 0, query_fields };
/* clang-format on */

static struct program {
	struct loop *loop;
	struct api *api;
	struct api_config cfg;
	struct request *held; /* by the handler or by authenticate */
	struct stream *stream;
	int gone, ends;
	uint64_t rights;
	bool auth_later;
} prog;

static void echo(struct request *req)
{
	const struct thing_query *q = req->query;
	struct thing t = { .name = q && q->name ? q->name : "none", .size = q ? q->limit : 1 };

	reply(req, 200, &t);
}

static void make(struct request *req)
{
	reply(req, 201, req->in);
}

static void refuse(struct request *req)
{
	reply_error(req, ERR_BUSY, NULL);
}

static void nothing(struct request *req)
{
	reply(req, 204, NULL);
}

static void on_gone(struct request *req, void *arg)
{
	prog.gone++;
	prog.held = NULL;
}

static void at_end(struct request *req, void *arg)
{
	prog.ends++;
}

static void hold(struct request *req)
{
	prog.held = req;
	req->on_gone = on_gone;
	request_at_end(req, at_end, NULL);
}

static void stream_gone(struct stream *s, void *arg)
{
	prog.gone++;
	prog.stream = NULL;
}

static void watch(struct request *req)
{
	int64_t last;

	if (stream_last_id(req, &last) < 0) {
		reply_error(req, ERR_INVALID, "Last-Event-ID");
		return;
	}
	prog.stream = stream_open(req, stream_gone, NULL);
	stream_event(prog.stream, last + 1, "change", STR("{\"a\":1}"));
}

static void raw(struct request *req)
{
	reply_raw(req, 200, "text/plain", req->content);
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/things", RIGHT_PUBLIC, 0, NULL, &thing_schema, CHANGE_NONE, echo, .query = &query_schema },
	{ METHOD_POST, "/api/v1/things", RIGHT_MOVE, 64, &thing_schema, &thing_schema, 1, make, .status = 201 },
	{ METHOD_GET, "/api/v1/things/{id}", RIGHT_LOOK, 0, NULL, &thing_schema, CHANGE_NONE, hold, .ids = { ID_SITE } },
	{ METHOD_DELETE, "/api/v1/things/{id}", RIGHT_MOVE, 0, NULL, NULL, 1, nothing, .ids = { ID_SITE }, .status = 204 },
	{ METHOD_POST, "/api/v1/busy", RIGHT_LOGIN, 0, NULL, NULL, CHANGE_NONE, refuse, .status = 204 },
	{ METHOD_GET, "/api/v1/watch", RIGHT_PUBLIC, 0, NULL, &thing_schema, CHANGE_NONE, watch, .flags = ROUTE_STREAM },
	{ METHOD_POST, "/c/v1/raw", RIGHT_SIGNED, 64, NULL, NULL, CHANGE_NONE, raw,
	  .flags = ROUTE_RAW | ROUTE_GZIP | ROUTE_BARE_OUT, .type = "application/x-test" },
	{ METHOD_GET, "/health", RIGHT_PUBLIC, 0, NULL, NULL, CHANGE_NONE, raw, .flags = ROUTE_ANY_HOST | ROUTE_BARE_OUT },
	{}
};
/* clang-format on */
static const struct route *const tables[] = { routes, NULL };

static void authenticate(struct request *req)
{
	bool known = request_cookie(req, "c").len > 0;

	req->who.kind = req->route->right == RIGHT_SIGNED ? CALLER_CONNECTOR : CALLER_USER;
	req->who.rights = prog.rights;
	if (prog.auth_later) {
		hold(req);
		return;
	}
	request_admit(req, known ? 0 : ERR_UNAUTHENTICATED);
}

static const struct asset files[] = {
	{ "/assets/a-1.js", "text/javascript", "\"js\"", STR("plain"), STR("zip"), STR("br") },
	{ "/index.html", "text/html", "\"index\"", STR("<!doctype html>"), {}, {} },
};
static const char *const pages[] = { "/", "/sites/{id}", NULL };
static const struct assets assets = { files, ARRAY_LEN(files), pages };

static int setup(void **state)
{
	struct buf why = buf_new(KIB);

	memset(&prog, 0, sizeof(prog));
	prog.loop = loop_new();
	prog.rights = 1u << RIGHT_LOOK | 1u << RIGHT_MOVE;
	prog.cfg = (struct api_config){ TEST_ORIGIN, TEST_AUTHORITY, &assets,
					&prog,       authenticate,   128 };
	assert_int_equal(api_open(prog.loop, &prog.cfg, tables, &why, &prog.api), 0);
	buf_done(&why);
	return 0;
}

static int teardown(void **state)
{
	api_free(&prog.api);
	loop_free(&prog.loop);
	return 0;
}

#define COOKIE "cookie", "c=1"
#define JSON   "content-type", "application/json"

static void expect(const struct call *c, int status, const char *text)
{
	struct answer a = call_api(prog.loop, prog.api, c);

	if (a.status != status || (text && !answer_has(&a, text)))
		print_error("%s %s: %d %s\n", c->method, c->path, a.status,
			    a.body.len ? (const char *)a.body.data : "");
	assert_int_equal(a.status, status);
	assert_true(!text || answer_has(&a, text));
	answer_done(&a);
}

#define EXPECT(status, text, ...) expect(&(struct call){ __VA_ARGS__ }, status, text)

/* ---- tests ---- */

TEST(an_unknown_path_of_the_api_is_a_problem)
{
	EXPECT(404, "\"code\":\"not_found\"", "GET", "/api/v1/nothing");
	EXPECT(404, "\"code\":\"not_found\"", "GET", "/api");
	EXPECT(404, "\"code\":\"not_found\"", "POST", "/c/v1/nothing");
	EXPECT(404, "not_found", "GET", "/api/v1/things/");
}

TEST(another_method_is_405_and_tells_which_are_allowed)
{
	struct answer a = call_api(prog.loop, prog.api, &(struct call){ "PUT", "/api/v1/things" });

	assert_int_equal(a.status, 405);
	assert_string_equal(answer_header(&a, "allow"), "GET, HEAD, POST");
	answer_done(&a);
	EXPECT(405, NULL, "HEAD", "/api/v1/watch");
}

TEST(another_host_is_misdirected_but_for_health_checks)
{
	EXPECT(421, "misdirected", "GET", "/api/v1/things", .host = "10.0.0.1");
	EXPECT(421, "misdirected", "GET", "/", .host = "hub.example.test:8443");
	EXPECT(200, NULL, "GET", "/health", .host = "10.0.0.1");
	EXPECT(200, NULL, "GET", "/api/v1/things", .host = "HUB.example.test");
}

TEST(a_change_from_another_origin_is_refused)
{
	EXPECT(403, "origin", "DELETE", "/api/v1/things/x",
	       .headers = { COOKIE, "origin", "https://evil.test" });
	EXPECT(403, "origin", "DELETE", "/api/v1/things/x",
	       .headers = { COOKIE, "origin", "null" });
	EXPECT(403, "origin", "DELETE", "/api/v1/things/x",
	       .headers = { COOKIE, "sec-fetch-site", "same-site" });
	EXPECT(201, NULL, "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, JSON, "origin", TEST_ORIGIN, "sec-fetch-site", "same-origin" });
	EXPECT(200, NULL, "GET", "/api/v1/things", .headers = { "sec-fetch-site", "cross-site" });
}

TEST(on_loopback_every_call_has_to_come_from_our_own_page)
{
	prog.cfg.local = true;
	EXPECT(403, "origin", "GET", "/api/v1/things",
	       .headers = { "sec-fetch-site", "cross-site" });
	EXPECT(403, "origin", "GET", "/api/v1/things",
	       .headers = { "origin", "https://evil.test" });
	EXPECT(403, "origin", "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, JSON });
	EXPECT(201, NULL, "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, JSON, "origin", TEST_ORIGIN });
	EXPECT(200, NULL, "GET", "/api/v1/things", .headers = { "sec-fetch-site", "same-origin" });
}

TEST(on_loopback_a_browser_keeps_nothing)
{
	struct answer a;

	prog.cfg.local = true;
	a = call_api(prog.loop, prog.api, &(struct call){ "GET", "/" });
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_header(&a, "cache-control"), "no-store");
	answer_done(&a);
}

TEST(a_call_without_login_is_401_before_its_body_is_looked_at)
{
	EXPECT(401, "unauthenticated", "POST", "/api/v1/things", .body = "not json",
	       .headers = { JSON });
	EXPECT(401, "unauthenticated", "GET", "/api/v1/things/no-id");
}

TEST(a_call_without_the_right_is_403)
{
	prog.rights = 1u << RIGHT_LOOK;
	EXPECT(403, "forbidden", "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, JSON });
}

TEST(an_id_that_cannot_be_is_404)
{
	EXPECT(404, "not_found", "DELETE", "/api/v1/things/site_1", .headers = { COOKIE });
	EXPECT(404, "not_found", "DELETE", "/api/v1/things/cust_06h0pmzykhvx33qx37arxpn7e0",
	       .headers = { COOKIE });
	EXPECT(204, NULL, "DELETE", "/api/v1/things/site_06h0pmzykhvx33qx37arxpn7e0",
	       .headers = { COOKIE });
}

TEST(media_types_sizes_and_codings_are_checked)
{
	EXPECT(415, "media_type", "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE });
	EXPECT(415, "media_type", "POST", "/api/v1/things", .body = "name=a",
	       .headers = { COOKIE, "content-type", "application/x-www-form-urlencoded" });
	EXPECT(201, NULL, "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, "content-type", "application/json; charset=UTF-8" });
	EXPECT(415, NULL, "POST", "/api/v1/things", .body = "{\"name\":\"a\"}",
	       .headers = { COOKIE, JSON, "content-encoding", "gzip" });
	EXPECT(413, "too_large", "POST", "/api/v1/things",
	       .body = "{\"name\":"
		       "\"0123456789012345678901234567890123456789012345678901234567890123\"}",
	       .headers = { COOKIE, JSON });
	EXPECT(413, "too_large", "GET", "/api/v1/things", .body = "{}", .headers = { JSON });
}

TEST(a_call_that_takes_no_body_takes_an_empty_object)
{
	EXPECT(503, "busy", "POST", "/api/v1/busy", .body = "{}", .headers = { COOKIE, JSON });
	EXPECT(400, "no body is expected", "POST", "/api/v1/busy", .body = "[]",
	       .headers = { COOKIE, JSON });
	EXPECT(413, NULL, "POST", "/api/v1/busy", .body = "{\"a\":1}", .headers = { COOKIE, JSON });
}

TEST(decoding_names_the_field)
{
	EXPECT(400, "\"code\":\"json\"", "POST", "/api/v1/things", .body = "{",
	       .headers = { COOKIE, JSON });
	EXPECT(400, "\"field\":\"name\"", "POST", "/api/v1/things", .body = "{}",
	       .headers = { COOKIE, JSON });
	EXPECT(400, "\"field\":\"name\"", "POST", "/api/v1/things", .headers = { COOKIE, JSON });
	EXPECT(400, "\"field\":\"other\"", "POST", "/api/v1/things",
	       .body = "{\"name\":\"a\",\"other\":1}", .headers = { COOKIE, JSON });
	EXPECT(400, "\"field\":\"limit\"", "GET", "/api/v1/things?limit=6");
	EXPECT(400, "\"field\":\"what\"", "GET", "/api/v1/things?what=6");
	EXPECT(200, "{\"name\":\"a b\",\"size\":5}", "GET", "/api/v1/things?limit=5&name=a%20b");
}

TEST(busy_tells_when_to_come_again)
{
	struct answer a = call_api(prog.loop, prog.api,
				   &(struct call){ "POST", "/api/v1/busy", .headers = { COOKIE } });

	assert_int_equal(a.status, 503);
	assert_string_equal(answer_header(&a, "retry-after"), "5");
	assert_string_equal(answer_header(&a, "content-type"), "application/problem+json");
	assert_string_equal(answer_header(&a, "cache-control"), "no-store");
	answer_done(&a);
}

TEST(a_request_whose_client_goes_away_is_told_once_and_ends)
{
	struct answer a;

	call_begin(prog.loop, prog.api,
		   &(struct call){ "GET", "/api/v1/things/site_06h0pmzykhvx33qx37arxpn7e0",
				   .headers = { COOKIE } },
		   &a);
	assert_non_null(prog.held);
	call_hang_up(&a);
	assert_int_equal(prog.gone, 1);
	assert_int_equal(prog.ends, 1);
	answer_done(&a);
}

TEST(a_parked_request_is_still_answered)
{
	struct thing t = { .name = "late", .size = 3 };
	struct answer a;

	call_begin(prog.loop, prog.api,
		   &(struct call){ "GET", "/api/v1/things/site_06h0pmzykhvx33qx37arxpn7e0",
				   .headers = { COOKIE } },
		   &a);
	request_park(prog.held);
	assert_int_equal(prog.ends, 1);
	assert_string_equal(request_address(prog.held), "192.0.2.7");
	reply(prog.held, 200, &t);
	assert_true(answer_has(&a, "\"late\"") || a.exchange == NULL);
	assert_int_equal(a.status, 200);
	assert_int_equal(prog.gone, 0);
	answer_done(&a);
}

TEST(a_login_found_later_goes_on_then)
{
	struct answer a;

	prog.auth_later = true;
	call_begin(prog.loop, prog.api,
		   &(struct call){ "DELETE", "/api/v1/things/site_06h0pmzykhvx33qx37arxpn7e0" },
		   &a);
	assert_non_null(prog.held);
	prog.held->on_gone = NULL;
	request_admit(prog.held, 0);
	assert_int_equal(a.status, 204);
	answer_done(&a);
}

TEST(bodies_together_are_bounded)
{
	const struct call c = {
		"POST", "/c/v1/raw",
		.body = "0123456789012345678901234567890123456789012345678901234567890",
		.headers = { COOKIE, "content-type", "application/x-test" }
	};
	struct answer a[3];

	prog.auth_later = true;
	call_begin(prog.loop, prog.api, &c, &a[0]);
	call_begin(prog.loop, prog.api, &c, &a[1]);
	call_begin(prog.loop, prog.api, &c, &a[2]);
	assert_int_equal(a[2].status, 503);
	for (int i = 0; i < 3; i++)
		answer_done(&a[i]);
	prog.auth_later = false;
	expect(&c, 200, "0123456789");
}

TEST(an_event_stream_sends_events_and_is_cut_when_nobody_reads)
{
	struct answer a;

	call_begin(prog.loop, prog.api,
		   &(struct call){ "GET", "/api/v1/watch", .headers = { "last-event-id", "41" } },
		   &a);
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_header(&a, "content-type"), "text/event-stream");
	/* Those of all data, and that no proxy collects it. */
	assert_string_equal(answer_header(&a, "cache-control"), "no-store");
	assert_string_equal(answer_header(&a, "x-content-type-options"), "nosniff");
	assert_string_equal(answer_header(&a, "x-accel-buffering"), "no");
	/* Its page can see it, and knows from it when to miss the next. */
	assert_true(answer_has(&a, "event: ping\ndata: 5000\n\n"));
	assert_true(answer_has(&a, "id: 42\nevent: change\ndata: {\"a\":1}\n\n"));
	call_hang_up(&a);
	assert_int_equal(prog.gone, 1);
	answer_done(&a);
	EXPECT(400, "Last-Event-ID", "GET", "/api/v1/watch", .headers = { "last-event-id", "x" });
}

TEST(pages_and_files_are_served_with_their_headers)
{
	struct answer a = call_api(prog.loop, prog.api,
				   &(struct call){ "GET", "/assets/a-1.js",
						   .headers = { "accept-encoding", "gzip, br" } });

	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, "br"));
	assert_string_equal(answer_header(&a, "content-encoding"), "br");
	assert_string_equal(answer_header(&a, "cache-control"),
			    "public, max-age=31536000, immutable");
	answer_done(&a);
	a = call_api(prog.loop, prog.api, &(struct call){ "GET", "/sites/anything" });
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_header(&a, "cache-control"), "no-cache");
	assert_non_null(
		strstr(answer_header(&a, "content-security-policy"), "frame-ancestors 'none'"));
	assert_string_equal(answer_header(&a, "x-content-type-options"), "nosniff");
	assert_non_null(strstr(answer_header(&a, "strict-transport-security"), "max-age"));
	answer_done(&a);
	EXPECT(304, NULL, "GET", "/", .headers = { "if-none-match", "\"x\", W/\"index\"" });
	EXPECT(404, "doctype", "GET", "/nowhere");
	EXPECT(404, "not_found", "GET", "/assets/gone.js");
	EXPECT(405, NULL, "POST", "/");
}

static void refused(const struct route *row, const char *reason)
{
	const struct route one[] = { *row, {} };
	const struct route *const table[] = { one, NULL };
	struct buf why = buf_new(KIB);
	struct api *api;

	assert_int_equal(api_open(prog.loop, &prog.cfg, table, &why, &api), ERR_INVALID);
	assert_non_null(strstr((const char *)why.data, reason));
	buf_done(&why);
}

TEST(a_row_with_a_gap_is_refused_at_start)
{
	struct route good = routes[1], r;

	r = good, r.right = RIGHT_UNSET;
	refused(&r, "no right");
	r = good, r.change = CHANGE_UNSAID;
	refused(&r, "change log");
	r = good, r.body_max = 0;
	refused(&r, "limit");
	r = good, r.path = "/api/v1/things/{id}";
	refused(&r, "ids");
	r = good, r.handler = NULL;
	refused(&r, "handler");
	r = good, r.out = NULL;
	refused(&r, "answer");
	r = good, r.method = METHOD_GET, r.body_max = 0, r.in = NULL;
	refused(&r, "GET must not change");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(an_unknown_path_of_the_api_is_a_problem),
		T(another_method_is_405_and_tells_which_are_allowed),
		T(another_host_is_misdirected_but_for_health_checks),
		T(a_change_from_another_origin_is_refused),
		T(on_loopback_every_call_has_to_come_from_our_own_page),
		T(on_loopback_a_browser_keeps_nothing),
		T(a_call_without_login_is_401_before_its_body_is_looked_at),
		T(a_call_without_the_right_is_403),
		T(an_id_that_cannot_be_is_404),
		T(media_types_sizes_and_codings_are_checked),
		T(a_call_that_takes_no_body_takes_an_empty_object),
		T(decoding_names_the_field),
		T(busy_tells_when_to_come_again),
		T(a_request_whose_client_goes_away_is_told_once_and_ends),
		T(a_parked_request_is_still_answered),
		T(a_login_found_later_goes_on_then),
		T(bodies_together_are_bounded),
		T(an_event_stream_sends_events_and_is_cut_when_nobody_reads),
		T(pages_and_files_are_served_with_their_headers),
		T(a_row_with_a_gap_is_refused_at_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
