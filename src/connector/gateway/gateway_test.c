/* gateway_test.c - the gateway in a network of its own (test_bench.h). */
#include "base/test.h"
#include "connector/gateway/test_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/tls.h"

/* ---- a request's way ---- */

TEST(R28_a_request_goes_to_the_target_and_its_answer_comes_back)
{
	struct bench *b = bench_new("http://mfp.example:8000");
	struct test_source *s = ask(b, "/a//b?c=%20");

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(test_peer_got(&b->devices[0]),
			    "GET /a//b?c=%20 HTTP/1.1\r\nHost: mfp.example:8000\r\n\r\n");
	answer(b, 0, "Location: http://192.0.2.7:8000/x\r\nSet-Cookie: a=1; Path=/; HttpOnly\r\n",
	       "hello");
	assert_true(test_source_wait(s));
	assert_string_equal(test_source_head(s), "location: https://s.example/x\n"
						 "set-cookie: __Host-t-a=1; HttpOnly; Path=/; "
						 "Secure\ncache-control: private, no-cache\n"
						 "content-security-policy: "
						 "upgrade-insecure-requests\n");
	assert_string_equal(test_source_body(s), "hello");
	assert_string_equal(dialled(b), "192.0.2.7:8000\n");
	test_source_free(s);
	test_turns(b->loop, 1);
	gateway_count(b->gateway, &b->visit);
	assert_int_equal(b->visit.bytes_down, 5);
	assert_int_equal(b->visit.requests, 1);
	assert_int_equal(b->visit.running, 0);
	bench_free(b);
}

TEST(R51_a_target_that_points_elsewhere_is_not_followed_and_its_address_not_told)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = ask(b, "/");

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	test_peer_say(&b->devices[0], "HTTP/1.1 302 Found\r\nLocation: http://10.1.2.3/\r\n"
				      "Content-Length: 0\r\n\r\n");
	check_error(s, 502, "target_elsewhere");
	bench_free(b);
}

TEST(what_goes_wrong_is_said_by_a_code)
{
	static const struct {
		const char *means, *refuses;
		int status;
		const char *code;
	} cases[] = {
		{ NULL, NULL, 502, "target_unresolved" },
		{ "192.0.2.7", "192.0.2.7:80", 502, "target_refused" },
		{ "127.0.0.1", NULL, 403, "target_forbidden" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bench *b = bench_new("http://mfp.example");

		b->means = cases[i].means;
		b->refuses = cases[i].refuses;
		check_error(ask(b, "/"), cases[i].status, cases[i].code);
		bench_free(b);
	}
}

/* RFC 2817 section 4.2, as cupsd has it: its own page would lead the browser to its own address. */
TEST(a_server_that_demands_encryption_is_said_to_and_leads_nobody_to_its_address)
{
	static const char *const demands =
		"HTTP/1.1 426 Upgrade Required\r\nUpgrade: TLS/1.2,TLS/1.1\r\n"
		"Content-Length: 64\r\n\r\n"
		"<META HTTP-EQUIV=Refresh CONTENT=\"3;URL=https://192.0.2.7/admin\">";
	struct bench *b = bench_new("http://192.0.2.7:631");
	struct test_source *s = ask(b, "/admin");

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	test_peer_say(&b->devices[0], demands);
	check_error(s, 502, "target_wants_tls");
	/* A WebSocket's end that was asked as if it were a page is no such thing. */
	s = ask(b, "/socket");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	test_peer_say(&b->devices[1], "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
				      "Content-Length: 2\r\n\r\nno");
	assert_true(test_source_wait(s));
	assert_int_equal(s->status, 426);
	test_source_free(s);
	bench_free(b);
}

TEST(what_is_no_http_is_said_to_be_none)
{
	struct bench *b = bench_new("http://mfp.example");
	struct test_source *s = ask(b, "/");

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	test_peer_say(&b->devices[0], "SSH-2.0-x\r\n\r\n");
	check_error(s, 502, "target_answer");
	bench_free(b);
}

/* ---- addresses ---- */

TEST(R28_no_address_but_an_ordinary_one_is_dialled)
{
	static const char *const addresses[] = {
		"127.0.0.1",
		"127.9.9.9",
		"::1",
		"169.254.1.1",
		"fe80::1",
		"0.0.0.0",
		"::",
		"224.0.0.1",
		"255.255.255.255",
		"ff02::1",
		"::ffff:127.0.0.1",
		"64:ff9b::7f00:1",
		"2002:7f00:1::",
		"::127.0.0.1",
		"203.0.113.9",
		"198.51.100.1",
	};

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct bench *b = bench_new("http://mfp.example:443");
		struct test_source *s;

		b->here = "203.0.113.9";
		/* By now it is known where the hub is: at 198.51.100.1:443. */
		s = ask(b, "/");
		assert_true(wait_device(b, 0, "\r\n\r\n"));
		test_source_free(s);
		b->means = addresses[i];
		buf_clear(&b->dialled);
		check_error(ask(b, "/"), 403, "target_forbidden");
		assert_int_equal(b->dialled.len, 0);
		bench_free(b);
	}
}

TEST(R28_the_hubs_own_name_is_no_target_wherever_it_leads_to)
{
	struct bench *b = bench_new("https://HUB.example:443/");
	struct test_source *s;

	b->target.tls = TARGET_VERIFY;
	check_error(ask(b, "/"), 403, "target_forbidden");
	assert_int_equal(b->dialled.len, 0);
	bench_free(b);
	b = bench_new("http://hub.example:8080"); /* another port is another server */
	s = ask(b, "/");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	test_source_free(s);
	bench_free(b);
}

/* A name could lead there before that is known. */
TEST(R28_what_could_be_the_hub_is_dialled_when_it_is_known_where_that_is)
{
	struct bench *b = bench_new("http://mfp.example:443");
	struct test_source *s;

	b->means = "198.51.100.1";
	b->hub_is_slow = true;
	s = ask(b, "/");
	test_source_free(ask(b, "/left"));
	test_turns(b->loop, 20);
	assert_int_equal(s->status, 0);
	b->hub_is_slow = false;
	loop_later(b->loop, &b->lookups[0].task);
	check_error(s, 403, "target_forbidden");
	assert_int_equal(b->dialled.len, 0);
	bench_free(b);
	/* Behind a proxy it may never be. */
	b = bench_new("http://mfp.example:443");
	b->hub_is_slow = true;
	s = ask(b, "/");
	test_turns(b->loop, 20);
	assert_int_equal(b->dialled.len, 0);
	if (!clock_skip_ms(3000))
		skip();
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	test_source_free(s);
	bench_free(b);
	/* What was not to be found, but soon, is looked up again. */
	b = bench_new("http://mfp.example:443");
	b->hub_is_nowhere = true;
	test_turns(b->loop, 20);
	b->hub_is_nowhere = false;
	b->means = "198.51.100.1";
	check_error(ask(b, "/"), 403, "target_forbidden");
	assert_int_equal(b->dialled.len, 0);
	bench_free(b);
	/* What cannot be it does not wait, and the end finds some that do. */
	b = bench_new("http://mfp.example:443");
	b->hub_is_slow = true;
	s = ask(b, "/");
	b->visit.target = NULL;
	test_source_free(ask(b, "/"));
	test_turns(b->loop, 20);
	bench_free(b);
	test_source_free(s);
}

TEST(a_name_is_looked_up_for_each_connection_and_only_what_is_allowed_is_dialled)
{
	struct bench *b = bench_new("http://mfp.example");
	struct test_source *s;

	b->means = "127.0.0.1 169.254.0.1 192.0.2.7";
	s = ask(b, "/");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(dialled(b), "192.0.2.7:80\n");
	test_source_free(s);
	b->means = "127.0.0.1";
	check_error(ask(b, "/"), 403, "target_forbidden");
	assert_string_equal(dialled(b), "192.0.2.7:80\n");
	bench_free(b);
}

TEST(the_next_address_is_tried_when_one_refuses)
{
	struct bench *b = bench_new("http://mfp.example");
	struct test_source *s;

	b->means = "192.0.2.7 192.0.2.8";
	b->refuses = "192.0.2.7:80";
	s = ask(b, "/");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(dialled(b), "192.0.2.7:80\n192.0.2.8:80\n");
	test_source_free(s);
	bench_free(b);
}

/* ---- connections ---- */

static void fetch(struct bench *b, size_t device, const char *target)
{
	struct test_source *s = ask(b, target);
	char line[80];

	snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", target);
	assert_true(wait_device(b, device, line));
	answer(b, device, "", "x");
	assert_true(test_source_wait(s));
	test_source_free(s);
	test_turns(b->loop, 1);
}

TEST(a_connection_is_kept_for_its_session_alone)
{
	struct bench *b = bench_new("http://192.0.2.7");

	fetch(b, 0, "/1");
	fetch(b, 0, "/2");
	assert_int_equal(b->devices_len, 1);
	b->visit.session = session_b;
	fetch(b, 1, "/3");
	b->visit.session = session_a;
	fetch(b, 0, "/4");
	assert_int_equal(b->devices_len, 2);
	bench_free(b);
}

TEST(a_device_gets_two_connections_and_who_comes_later_waits)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[4];

	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = ask(b, "/");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	test_turns(b->loop, 20);
	assert_int_equal(b->devices_len, 2);
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		assert_true(wait_device(b, i % 2, "\r\n\r\n"));
		buf_clear(&b->devices[i % 2].got);
		answer(b, i % 2, "", "x");
		assert_true(test_source_wait(s[i]));
		test_source_free(s[i]);
	}
	assert_int_equal(b->devices_len, 2);
	bench_free(b);
}

TEST(a_print_service_is_a_server_and_gets_the_connections_of_one)
{
	struct bench *b = bench_new("http://192.0.2.7:9191");
	struct test_source *s[8];

	b->target.kind = TARGET_PRINT_SERVICE;
	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = ask(b, "/admin");
	assert_true(wait_device(b, ARRAY_LEN(s) - 1, "\r\n\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		test_source_free(s[i]);
	bench_free(b);
}

/* Downloads that nobody takes hold their connections: another session finds one all the same, also
 * when the first has others waiting. */
TEST(no_session_takes_all_connections_of_a_console)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *stalled[60], *other;
	size_t taken;

	b->visit.target = NULL;
	b->refuses = "127.0.0.1:9192";
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		stalled[i] = ask(b, "/admin");
	test_turns(b->loop, 20);
	taken = b->devices_len;
	assert_in_range(taken, 50, 59);
	b->visit.session = session_b;
	other = ask(b, "/admin/b");
	assert_true(wait_device(b, taken, "GET /admin/b HTTP/1.1\r\n"));
	answer(b, taken, "", "x");
	assert_true(test_source_wait(other));
	test_source_free(other);
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		test_source_free(stalled[i]);
	bench_free(b);
}

TEST(another_sessions_kept_connection_makes_room)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[2];

	s[0] = ask(b, "/");
	s[1] = ask(b, "/");
	for (size_t i = 0; i < 2; i++) {
		assert_true(wait_device(b, i, "\r\n\r\n"));
		answer(b, i, "", "x");
		assert_true(test_source_wait(s[i]));
		test_source_free(s[i]);
	}
	test_turns(b->loop, 1);
	b->visit.session = session_b;
	fetch(b, 2, "/b");
	bench_free(b);
}

TEST(a_get_on_a_dead_kept_connection_is_asked_once_more)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	fetch(b, 0, "/1");
	s = ask(b, "/2");
	assert_true(wait_device(b, 0, "/2 HTTP/1.1"));
	conn_close(b->devices[0].conn);
	assert_true(wait_device(b, 1, "GET /2 HTTP/1.1"));
	conn_close(b->devices[1].conn);
	check_error(s, 502, "target_refused");
	assert_int_equal(b->devices_len, 2);
	bench_free(b);
}

/* Devices close what they said they would keep, or have forgotten it: of a GET nobody notices. */
TEST(R56_a_post_goes_out_on_a_connection_that_cannot_be_dead_and_never_twice)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	fetch(b, 0, "/1");
	s = give(b, request(b, "POST", "/2"));
	assert_true(wait_device(b, 1, "POST /2 HTTP/1.1"));
	test_turns(b->loop, 20);
	assert_int_equal(b->devices[0].ends,
			 1); /* in its place, for devices that serve one at a time */
	conn_close(b->devices[1].conn);
	check_error(s, 502, "target_refused");
	assert_int_equal(b->devices_len, 2);
	bench_free(b);
}

/* What was used last may be in the midst of a login that is the connection's. */
TEST(a_post_takes_the_place_of_the_connection_that_was_kept_longest)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *run[2], *post;

	for (size_t i = 0; i < ARRAY_LEN(run); i++)
		run[i] = ask(b, "/run");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(run); i++) {
		answer(b, i, "", "x");
		assert_true(test_source_wait(run[i]));
		test_source_free(run[i]);
		test_turns(b->loop, 1);
	}
	post = give(b, request(b, "POST", "/post"));
	assert_true(wait_device(b, 2, "POST /post HTTP/1.1"));
	test_turns(b->loop, 20);
	assert_int_equal(b->devices[0].ends, 1);
	assert_int_equal(b->devices[1].ends, 0);
	test_source_free(post);
	bench_free(b);
}

TEST(a_console_has_room_for_a_post_beside_what_is_kept)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *post;

	b->visit.target = NULL;
	b->refuses = "127.0.0.1:9192";
	fetch(b, 0, "/admin");
	post = give(b, request(b, "POST", "/app"));
	assert_true(wait_device(b, 1, "POST /app HTTP/1.1"));
	test_turns(b->loop, 20);
	assert_int_equal(b->devices[0].ends, 0);
	test_source_free(post);
	bench_free(b);
}

TEST(a_post_waits_for_its_turn_and_no_longer)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *run[2], *post, *later;

	for (size_t i = 0; i < ARRAY_LEN(run); i++)
		run[i] = ask(b, "/run");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	post = give(b, request(b, "POST", "/post"));
	later = ask(b, "/later");
	answer(b, 0, "", "x");
	assert_true(wait_device(b, 2, "POST /post HTTP/1.1"));
	assert_null(strstr(test_peer_got(&b->devices[0]), "/later"));
	answer(b, 2, "", "x");
	assert_true(wait_device(b, 2, "GET /later HTTP/1.1"));
	assert_int_equal(b->devices_len, 3);
	for (size_t i = 0; i < ARRAY_LEN(run); i++)
		test_source_free(run[i]);
	test_source_free(post);
	test_source_free(later);
	bench_free(b);
}

TEST(R56_a_login_that_belongs_to_a_connection_stays_there)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	fetch(b, 0, "/1");
	s = request(b, "POST", "/2");
	test_source_header(s, "authorization", "NTLM TlRMTVNTUAAD");
	give(b, s);
	assert_true(wait_device(b, 0, "POST /2 HTTP/1.1"));
	assert_int_equal(b->devices_len, 1);
	test_source_free(s);
	bench_free(b);
}

TEST(a_target_that_is_configured_anew_is_dialled_anew)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct target other = b->target;

	fetch(b, 0, "/1");
	other.address = "http://192.0.2.8";
	b->visit.target = &other;
	fetch(b, 1, "/2");
	assert_string_equal(dialled(b), "192.0.2.7:80\n192.0.2.8:80\n");
	bench_free(b);
}

/* ---- the customer's cut ---- */

TEST(R29_what_runs_ends_and_what_waits_is_told_why)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *run = ask(b, "/run"), *asked = ask(b, "/asked"), *waits, *socket;

	assert_true(wait_device(b, 1, "\r\n\r\n"));
	waits = ask(b, "/waits");
	socket = ask_websocket(b);
	assert_true(wait_device(b, 2, "\r\n\r\n"));
	test_peer_say(&b->devices[0], "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\npart");
	assert_true(test_source_wait_text(run, "part"));
	gateway_cut(b->gateway, session_a, ERR_SESSION_OVER);
	assert_int_equal(b->visit.bytes_down, 4);
	assert_int_equal(b->visit.running, 0);
	memset(&b->visit, 0xff, sizeof(b->visit)); /* it may be gone */
	assert_false(test_source_wait(run));
	assert_true(run->aborted);
	test_source_free(run);
	check_error(asked, 410, "session_over");
	check_error(waits, 410, "session_over");
	check_error(socket, 410, "session_over");
	for (size_t i = 0; i < b->devices_len; i++)
		assert_true(test_peer_wait_end(&b->devices[i]));
	bench_free(b);
}

TEST(a_cut_leaves_other_sessions_alone)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = ask(b, "/");

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	gateway_cut(b->gateway, session_b, ERR_SESSION_OVER);
	answer(b, 0, "", "hello");
	assert_true(test_source_wait(s));
	assert_string_equal(test_source_body(s), "hello");
	test_source_free(s);
	bench_free(b);
}

TEST(a_browser_that_goes_frees_its_place)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[3];

	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = ask(b, "/");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	test_source_free(s[2]);
	test_source_free(s[0]);
	test_source_free(s[1]);
	test_turns(b->loop, 10);
	assert_int_equal(b->visit.running, 0);
	fetch(b, 2, "/next");
	bench_free(b);
}

/* ---- limits ---- */

TEST(more_than_128_streams_or_32_websockets_are_refused)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[GATEWAY_STREAMS];

	b->mute = true;
	for (size_t i = 0; i < GATEWAY_WEBSOCKETS; i++)
		s[i] = ask_websocket(b);
	check_error(ask_websocket(b), 503, "connector_busy");
	for (size_t i = GATEWAY_WEBSOCKETS; i < GATEWAY_STREAMS; i++)
		s[i] = ask(b, "/");
	check_error(ask(b, "/"), 503, "connector_busy");
	assert_int_equal(b->visit.running, GATEWAY_STREAMS);
	for (size_t i = 0; i < GATEWAY_STREAMS; i++)
		test_source_free(s[i]);
	test_turns(b->loop, 1);
	assert_int_equal(b->visit.running, 0);
	bench_free(b);
}

TEST(other_protocols_than_websocket_and_service_workers_are_refused)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = request(b, "GET", "/");

	s->request.upgrade = STR("h2c");
	check_error(give(b, s), 403, "target_forbidden");
	s = request(b, "GET", "/sw.js");
	test_source_header(s, "service-worker", "script");
	check_error(give(b, s), 403, "target_forbidden");
	assert_int_equal(b->dialled.len, 0);
	bench_free(b);
}

/* ---- the console ---- */

TEST(R26_the_papercut_console_is_asked_as_others_would_and_not_for_its_interfaces)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	b->visit.target = NULL;
	b->here = "203.0.113.9";
	b->refuses = "203.0.113.9:9192";
	check_error(ask(b, "/rpc/api/xmlrpc"), 403, "target_forbidden");
	check_error(ask(b, "/x/..;/%61pi"), 403, "target_forbidden");
	s = request(b, "GET", "/admin");
	test_source_header(s, "origin", "https://s.example");
	give(b, s);
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(dialled(b), "203.0.113.9:9192\n203.0.113.9:9191\n");
	assert_string_equal(test_peer_got(&b->devices[0]),
			    "GET /admin HTTP/1.1\r\nHost: 203.0.113.9:9191\r\n"
			    "Origin: http://203.0.113.9:9191\r\n\r\n");
	test_source_free(s);
	bench_free(b);
}

TEST(the_console_is_found_at_loopback_where_it_is_nowhere_else)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	b->visit.target = NULL;
	b->here = "203.0.113.9";
	b->refuses = "203.0.113.9:9192 203.0.113.9:9191 127.0.0.1:9192";
	s = ask(b, "/admin");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(dialled(b), "203.0.113.9:9192\n203.0.113.9:9191\n127.0.0.1:9192\n"
					"127.0.0.1:9191\n");
	test_source_free(s);
	bench_free(b);
}

TEST(R19_the_settings_page_is_not_reached_as_a_console)
{
	struct bench *b = bench_new("http://192.0.2.7");

	b->visit.target = NULL;
	b->options.papercut_url = "http://127.0.0.1:7643";
	check_error(ask(b, "/admin"), 403, "target_forbidden");
	assert_int_equal(b->dialled.len, 0);
	bench_free(b);
}

TEST(cupsd_is_asked_as_localhost)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	b->visit.target = NULL;
	b->options.source_kind = SOURCE_CUPS;
	b->options.cups_server = "/run/cups/cups.sock";
	s = ask(b, "/admin");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	assert_string_equal(test_peer_got(&b->devices[0]),
			    "GET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n");
	assert_string_equal(dialled(b), "unix:0\n");
	test_source_free(s);
	bench_free(b);
}

/* ---- TLS ---- */

static void fingerprint(const struct test_cert *cert, char hex[static 2 * HASH_LEN + 1])
{
	FILE *f = fopen(cert->cert, "r");
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
	struct hash sum;
	unsigned len;

	fclose(f);
	assert_int_equal(X509_digest(x, EVP_sha256(), sum.b, &len), 1);
	hash_hex(&sum, hex);
	X509_free(x);
}

TEST(a_pinned_target_is_the_one_whose_certificate_was_confirmed)
{
	char hex[2 * HASH_LEN + 1], other[2 * HASH_LEN + 1];
	struct test_cert cert;

	test_cert_make(&cert, "printer");
	fingerprint(&cert, hex);
	for (int i = 0; i < 3; i++) {
		struct bench *b = bench_new("https://192.0.2.7");
		struct test_source *s;

		strcpy(other, hex);
		other[0] = other[0] == '0' ? '1' : '0';
		b->tls = test_cert_server(&cert);
		b->target.tls = i == 2 ? TARGET_VERIFY : TARGET_PINNED;
		b->target.certificate = i == 0 ? hex : i == 1 ? other : NULL;
		s = ask(b, "/");
		if (i == 0) {
			assert_true(wait_device(b, 0, "\r\n\r\n"));
			test_source_free(s);
		} else {
			check_error(s, 502, "target_untrusted");
		}
		bench_free(b);
	}
	test_cert_done(&cert);
}

TEST(a_target_that_speaks_no_tls_is_said_to)
{
	struct bench *b = bench_new("https://192.0.2.7");
	struct test_source *s;

	b->target.tls = TARGET_VERIFY;
	s = ask(b, "/");
	assert_true(wait_device(b, 0, "\x16"));
	test_peer_say(&b->devices[0], "HTTP/1.1 400 Bad\r\n\r\n");
	check_error(s, 502, "target_tls");
	bench_free(b);
}

struct seen {
	struct gateway_sight sight;
	int calls;
};

static void on_seen(const struct gateway_sight *sight, void *owner)
{
	struct seen *s = owner;

	s->sight = *sight;
	s->calls++;
}

static bool was_seen(void *arg)
{
	return ((struct seen *)arg)->calls > 0;
}

TEST(an_address_is_looked_at_before_it_is_one)
{
	struct bench *b = bench_new("https://mfp.example");
	char hex[2 * HASH_LEN + 1], got[2 * HASH_LEN + 1];
	struct gateway_look *look;
	struct test_cert cert;
	struct seen seen = {};

	test_cert_make(&cert, "printer");
	fingerprint(&cert, hex);
	b->tls = test_cert_server(&cert);
	assert_int_equal(gateway_look(b->gateway, &b->target, on_seen, &seen, &look), 0);
	assert_true(loop_run_until(b->loop, was_seen, &seen, TEST_WAIT_MS));
	assert_int_equal(seen.sight.rc, 0);
	hash_hex(&seen.sight.certificate, got);
	assert_string_equal(got, hex);
	assert_false(seen.sight.vouched_for);
	seen.calls = 0;
	b->means = "127.0.0.1";
	assert_int_equal(gateway_look(b->gateway, &b->target, on_seen, &seen, &look), 0);
	assert_true(loop_run_until(b->loop, was_seen, &seen, TEST_WAIT_MS));
	assert_int_equal(seen.sight.rc, ERR_TARGET_FORBIDDEN);
	assert_int_equal(gateway_look(b->gateway, &b->target, on_seen, &seen, &look), 0);
	gateway_look_cancel(&look);
	test_turns(b->loop, 10);
	assert_int_equal(seen.calls, 1);
	bench_free(b);
	test_cert_done(&cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R28_a_request_goes_to_the_target_and_its_answer_comes_back),
		cmocka_unit_test(
			R51_a_target_that_points_elsewhere_is_not_followed_and_its_address_not_told),
		cmocka_unit_test(what_goes_wrong_is_said_by_a_code),
		cmocka_unit_test(
			a_server_that_demands_encryption_is_said_to_and_leads_nobody_to_its_address),
		cmocka_unit_test(what_is_no_http_is_said_to_be_none),
		cmocka_unit_test(R28_no_address_but_an_ordinary_one_is_dialled),
		cmocka_unit_test(R28_the_hubs_own_name_is_no_target_wherever_it_leads_to),
		cmocka_unit_test(
			R28_what_could_be_the_hub_is_dialled_when_it_is_known_where_that_is),
		cmocka_unit_test(
			a_name_is_looked_up_for_each_connection_and_only_what_is_allowed_is_dialled),
		cmocka_unit_test(the_next_address_is_tried_when_one_refuses),
		cmocka_unit_test(a_connection_is_kept_for_its_session_alone),
		cmocka_unit_test(a_device_gets_two_connections_and_who_comes_later_waits),
		cmocka_unit_test(a_print_service_is_a_server_and_gets_the_connections_of_one),
		cmocka_unit_test(no_session_takes_all_connections_of_a_console),
		cmocka_unit_test(another_sessions_kept_connection_makes_room),
		cmocka_unit_test(a_get_on_a_dead_kept_connection_is_asked_once_more),
		cmocka_unit_test(
			R56_a_post_goes_out_on_a_connection_that_cannot_be_dead_and_never_twice),
		cmocka_unit_test(a_post_takes_the_place_of_the_connection_that_was_kept_longest),
		cmocka_unit_test(a_console_has_room_for_a_post_beside_what_is_kept),
		cmocka_unit_test(a_post_waits_for_its_turn_and_no_longer),
		cmocka_unit_test(R56_a_login_that_belongs_to_a_connection_stays_there),
		cmocka_unit_test(a_target_that_is_configured_anew_is_dialled_anew),
		cmocka_unit_test(R29_what_runs_ends_and_what_waits_is_told_why),
		cmocka_unit_test(a_cut_leaves_other_sessions_alone),
		cmocka_unit_test(a_browser_that_goes_frees_its_place),
		cmocka_unit_test(more_than_128_streams_or_32_websockets_are_refused),
		cmocka_unit_test(other_protocols_than_websocket_and_service_workers_are_refused),
		cmocka_unit_test(
			R26_the_papercut_console_is_asked_as_others_would_and_not_for_its_interfaces),
		cmocka_unit_test(the_console_is_found_at_loopback_where_it_is_nowhere_else),
		cmocka_unit_test(R19_the_settings_page_is_not_reached_as_a_console),
		cmocka_unit_test(cupsd_is_asked_as_localhost),
		cmocka_unit_test(a_pinned_target_is_the_one_whose_certificate_was_confirmed),
		cmocka_unit_test(a_target_that_speaks_no_tls_is_said_to),
		cmocka_unit_test(an_address_is_looked_at_before_it_is_one),
	};

	return cmocka_run_group_tests_name("connector.gateway", tests, NULL, NULL);
}
