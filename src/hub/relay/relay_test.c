/* relay_test.c - a session's requests from a browser's socket to a site's connector and back: a
 * whole hub without its listener's TLS, and a connector that is net/'s own codec.
 *
 *   test_peer --h1--> server --> relay --h2--> far (test_h2.h, and what `answer` adds) */
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/rand.h"
#include "hub/relay/slice.h"
#include "hub/relay/test_site.h"
#include "net/server.h"
#include "wire/tunnel.h"

#define STEP_MS 250 /* as often as a visit is looked at */

static struct world *w;
static struct test_site site;
static struct test_listener listener;
static int port;

static int setup(void **state)
{
	w = world_new();
	listener_open(&listener, w);
	assert_int_equal(server_listen(listener.server, "127.0.0.1:0", NULL, &port), 0);
	site_begin(&site, w, w->site, &w->a);
	return 0;
}

static int teardown(void **state)
{
	listener_close(&listener);
	test_turns(w->f->loop, 20);
	site_end(&site);
	world_free(&w);
	return 0;
}

/* ---- the browser ---- */

static struct test_peer *browse_raw(const char *text)
{
	struct test_peer *p = xcalloc(1, sizeof(*p));

	test_peer_open(p, w->f->loop, test_dial(port), NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(p));
	test_peer_say(p, text);
	return p;
}

/* With our cookie; `more` are header fields, each with its CRLF. */
static struct test_peer *browse(const char *method, const char *path, const char *more)
{
	struct buf text = buf_new(32 * KIB);
	struct test_peer *p;

	buf_printf(&text, "%s %s HTTP/1.1\r\nHost: %s\r\nCookie: a=1; %s; b=2\r\n%s\r\n", method,
		   path, site.host, site.cookie, more);
	p = browse_raw((const char *)text.data);
	buf_done(&text);
	return p;
}

/* At another session's name, without a cookie. */
static struct test_peer *browse_at(const char *host, const char *path, const char *more)
{
	struct buf text = buf_new(KIB);
	struct test_peer *p;

	buf_printf(&text, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, host, more);
	p = browse_raw((const char *)text.data);
	buf_done(&text);
	return p;
}

static void leave(struct test_peer *p)
{
	test_peer_close(p);
	free(p);
}

static bool has_visit(void *arg)
{
	return !list_empty(&w->hub.relay->lanes[0]->visits);
}

/* The relay has it: from now on its time runs. */
static struct test_peer *browse_until_taken(const char *path)
{
	struct test_peer *p = browse("GET", path, "");

	assert_true(loop_run_until(w->f->loop, has_visit, NULL, TEST_WAIT_MS));
	return p;
}

/* What comes does not have that. */
static void expect_none(struct test_peer *p, const char *text)
{
	assert_true(test_peer_wait_text(p, "</code>"));
	assert_null(strstr(test_peer_got(p), text));
	leave(p);
}

/* The status and a text of what comes; then it leaves. */
static void expect(struct test_peer *p, int status, const char *text)
{
	char line[32];

	snprintf(line, sizeof(line), "HTTP/1.1 %d", status);
	if (!test_peer_wait_text(p, text) || strncmp(test_peer_got(p), line, strlen(line)) != 0)
		fail_msg("%d %s: %s", status, text, test_peer_got(p));
	leave(p);
}

/* The process does not live meanwhile. */
static void leap(int64_t ms)
{
	if (!clock_skip_ms(ms))
		skip();
	test_turns(w->f->loop, 30);
}

static void pass(int64_t ms)
{
	for (; ms > STEP_MS; ms -= STEP_MS) {
		if (!clock_skip_ms(STEP_MS))
			skip();
		test_turns(w->f->loop, 1);
	}
	leap(ms);
}

/* ---- tests ---- */

TEST(R56_a_request_reaches_the_site_and_its_answer_comes_back)
{
	struct far f;
	struct test_peer *p;
	char id[ID_TEXT_MAX], own[128];

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	assert_true(f.up);
	expect(browse("GET", "/", ""), 200, "hello");
	p = browse("GET", "/head?q=1",
		   "X-Forwarded-For: 1.2.3.4\r\nVia: x\r\n"
		   "Imprimatur-Session: sess_0\r\nX-Own: 1\r\n"
		   "Connection: keep-alive, X-Hop\r\nX-Hop: 5.6.7.8\r\n");
	assert_true(test_peer_wait_text(p, "x-own: 1"));
	id_encode(ID_SESS, site.session->id, id);
	snprintf(own, sizeof(own), "imprimatur-session: %s\n", id);
	assert_non_null(strstr(test_peer_got(p), own));
	assert_non_null(strstr(test_peer_got(p), "GET /head?q=1 0"));
	assert_non_null(strstr(test_peer_got(p), "cookie: a=1; b=2\n"));
	assert_null(strstr(test_peer_got(p), "sess_0\n"));
	assert_null(strstr(test_peer_got(p), "1.2.3.4"));
	assert_null(strstr(test_peer_got(p), "5.6.7.8"));
	assert_null(strstr(test_peer_got(p), "via"));
	assert_null(strstr(test_peer_got(p), "__Host-imprimatur"));
	assert_non_null(strstr(test_peer_got(p), "origin-agent-cluster: ?1"));
	leave(p);
	far_hang_up(&f);
}

TEST(R56_an_address_may_be_as_long_as_a_head)
{
	struct far f;
	struct test_peer *p;
	char path[15001];

	memset(path, 'x', sizeof(path));
	memcpy(path, "/head?", 6);
	path[sizeof(path) - 1] = 0;
	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("GET", path, "");
	assert_true(test_peer_wait_text(p, "cookie: a=1; b=2\n"));
	assert_non_null(strstr(test_peer_got(p), path));
	leave(p);
	far_hang_up(&f);
}

TEST(R54_without_its_cookie_every_name_says_the_same)
{
	struct far f;
	struct test_peer *p[4];
	char text[400];

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\nDate: x\r\n\r\n", site.host);
	p[0] = browse_raw(text);
	p[1] = browse_raw("GET / HTTP/1.1\r\nHost: nobody.console.example.test\r\n\r\n");
	snprintf(text, sizeof(text),
		 "GET / HTTP/1.1\r\nHost: %s\r\nCookie: " SESSION_COOKIE
		 "=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\r\n\r\n",
		 site.host);
	p[2] = browse_raw(text);
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: %s\r\nCookie: %s; %s\r\n\r\n",
		 site.host, site.cookie, site.cookie);
	p[3] = browse_raw(text);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		assert_true(test_peer_wait_text(p[i], "There is no such session."));
	for (size_t i = 1; i < ARRAY_LEN(p); i++)
		assert_string_equal(strstr(test_peer_got(p[0]), "cache-control"),
				    strstr(test_peer_got(p[i]), "cache-control"));
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		expect(p[i], 404, "</p>");
	assert_int_equal(f.h2.requests, 0);
	far_hang_up(&f);
}

TEST(a_ticket_is_posted_by_our_page_and_becomes_a_cookie)
{
	char text[600];
	const char *ticket;
	struct test_peer *p;

	snprintf(text, sizeof(text),
		 "GET /.imprimatur/enter HTTP/1.1\r\nHost: %s\r\n"
		 "Accept-Language: xx, de-CH;q=0.9, en\r\n\r\n",
		 site.host);
	expect(browse_raw(text), 200,
	       "Die Sitzung wird ge\xc3\xb6"
	       "ffnet");
	expect(browse_raw(text), 200, "frame-ancestors 'none'");
	expect(browse_raw("GET /.imprimatur/enter.js HTTP/1.1\r\nHost: "
			  "x.console.example.test\r\n\r\n"),
	       200, "replaceState");
	ticket = strchr(site_new_url(&site), '#') + 1;
	snprintf(text, sizeof(text),
		 "POST /.imprimatur/enter HTTP/1.1\r\nHost: %s\r\nSec-Fetch-Site: same-site\r\n"
		 "Content-Length: %zu\r\n\r\nticket=%s",
		 site.host, strlen(ticket) + 7, ticket);
	expect(browse_raw(text), 403, "</p>");
	snprintf(text, sizeof(text),
		 "POST /.imprimatur/enter HTTP/1.1\r\nHost: %s\r\nOrigin: https://%s\r\n"
		 "Content-Length: %zu\r\n\r\nticket=%s",
		 site.host, site.host, strlen(ticket) + 7, ticket);
	p = browse_raw(text);
	assert_true(test_peer_wait_text(p, "referrer-policy: no-referrer\r\n"));
	expect(p, 303, "location: /\r\n");
	expect(browse_raw(text), 404, "There is no such session.");
}

TEST(a_cookie_from_before_another_entrance_does_not_count_any_more)
{
	char value[SESSION_SECRET_TEXT_MAX], host[SESSION_HOST_MAX];
	struct far f;
	const char *ticket;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/", ""), 200, "hello"); /* it has counted */
	ticket = strchr(site_new_url(&site), '#') + 1;
	assert_int_equal(session_enter(&w->hub, site.session, str_of(ticket), value), 0);
	expect(browse("GET", "/", ""), 404, "There is no such session.");
	/* What a target of a forgotten session left in the browser goes, and of no other one. */
	snprintf(host, sizeof(host), "%s", site.host);
	host[0] = host[0] == 'a' ? 'b' : 'a';
	expect(browse_at(host, "/", "Sec-Fetch-Dest: document\r\n"), 404,
	       "clear-site-data: \"cache\", \"storage\"");
	expect_none(browse_at(host, "/", "Sec-Fetch-Dest: image\r\n"), "clear-site-data");
	expect_none(browse("GET", "/", "Sec-Fetch-Dest: document\r\n"), "clear-site-data");
	expect_none(browse("GET", "/.imprimatur/x", "Sec-Fetch-Dest: document\r\n"),
		    "clear-site-data");
	far_hang_up(&f);
}

TEST(only_links_lead_here_from_other_sites)
{
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"), 403,
	       "</p>");
	expect(browse("POST", "/",
		      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
		      "Sec-Fetch-Dest: document\r\nContent-Length: 0\r\n"),
	       403, "</p>");
	expect(browse("GET", "/",
		      "Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\n"
		      "Sec-Fetch-Dest: iframe\r\n"),
	       403, "</p>");
	expect(browse("GET", "/sw.js", "Sec-Fetch-Site: same-origin\r\nService-Worker: script\r\n"),
	       403, "</p>");
	/* What a browser asks for ahead, it may ask for another session's page, without saying so.
	 */
	expect(browse("GET", "/", "Sec-Fetch-Site: none\r\nSec-Purpose: prefetch\r\n"), 403,
	       "</p>");
	expect(browse("GET", "/", "Sec-Fetch-Site: none\r\nPurpose: prefetch\r\n"), 403, "</p>");
	assert_int_equal(f.h2.requests, 0);
	expect(browse("GET", "/", "Sec-Fetch-Site: same-origin\r\nSec-Purpose: prefetch\r\n"), 200,
	       "hello");
	expect(browse("GET", "/",
		      "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\n"
		      "Sec-Fetch-Dest: document\r\n"),
	       200, "hello");
	far_hang_up(&f);
}

static struct test_peer *browse_from(const char *origin, const char *method, const char *more)
{
	const char *path = strstr(more, "Upgrade:") ? "/pipe" : "/";
	struct buf fields = buf_new(KIB);
	struct test_peer *p;

	buf_printf(&fields, "Origin: %s\r\n%s", origin, more);
	p = browse(method, path, (const char *)fields.data);
	buf_done(&fields);
	return p;
}

/* Browsers say Sec-Fetch-Site of no WebSocket, old ones of nothing: then Origin tells. */
TEST(R54_a_page_of_another_origin_makes_no_websocket_and_posts_nothing)
{
	static const char upgrade[] = "Connection: upgrade\r\nUpgrade: websocket\r\n";
	static const char *const foreign[] = { "https://00.console.example.test", "null",
					       "https://evil.test" };
	char own[SESSION_HOST_MAX + 16];
	struct test_peer *socket;
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	snprintf(own, sizeof(own), "http://%s", site.host);
	expect(browse_from(own, "GET", upgrade), 403, "</p>");
	snprintf(own, sizeof(own), "https://%s", site.host);
	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		expect(browse_from(foreign[i], "GET", upgrade), 403, "</p>");
		expect(browse_from(foreign[i], "POST", "Content-Length: 0\r\n"), 403, "</p>");
	}
	assert_int_equal(f.h2.requests, 0);
	socket = browse_from(own, "GET", upgrade);
	assert_true(test_peer_wait_text(socket, "101 Switching"));
	leave(socket);
	/* Pages that hide where they are say "null" of their own forms (Fetch section 3.2). */
	expect(browse_from("null", "POST", "Sec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n"),
	       200, "hello");
	far_hang_up(&f);
}

TEST(R59_what_a_site_must_not_say_to_a_browser_goes_no_further)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("GET", "/ill", "");
	assert_true(test_peer_wait_text(p, "\r\n\r\nill"));
	assert_non_null(strstr(test_peer_got(p), "set-cookie: a=1; Path=/\r\n"));
	assert_null(strstr(test_peer_got(p), "b=1"));
	assert_null(strstr(test_peer_got(p), "set-cookie: ;"));
	assert_null(strstr(test_peer_got(p), SESSION_COOKIE));
	assert_null(strstr(test_peer_got(p), "clear-site-data"));
	assert_null(strstr(test_peer_got(p), "strict-transport-security"));
	leave(p);
	far_hang_up(&f);
}

TEST(an_error_of_the_connectors_is_a_page_that_says_which_leg_is_down)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("GET", "/refused", "Accept-Language: fr\r\n");
	assert_true(test_peer_wait_text(p, "</ol>"));
	assert_non_null(strstr(test_peer_got(p), "<li class=\"ok\">Connecteur sur le site</li>"));
	assert_non_null(strstr(test_peer_got(p), "<li class=\"down\">Appareil ou serveur</li>"));
	assert_null(strstr(test_peer_got(p), TUNNEL_ERROR_HEADER));
	assert_non_null(strstr(test_peer_got(p), "<code>target_refused</code>"));
	/* What may be better in a moment is asked for again by a link, but nothing is sent twice.
	 */
	expect(p, 502, "<a href=\"\">Réessayer</a>");
	p = browse("POST", "/refused", "Content-Length: 0\r\n");
	assert_true(test_peer_wait_text(p, "<code>target_refused</code>"));
	assert_null(strstr(test_peer_got(p), "<a "));
	expect(p, 502, "may have been carried out all the same");
	p = browse("POST", "/busy", "Content-Length: 0\r\n");
	assert_true(test_peer_wait_text(p, "<code>connector_busy</code>"));
	assert_null(strstr(test_peer_got(p), "carried out"));
	leave(p);
	far_hang_up(&f);
}

/* What has come down, whether the hub's loop has been told or not. */
static int64_t counted_down(void)
{
	const struct pass *pass = lane_pass(w->hub.relay->lanes[0], str_of(site.host));

	test_turns(w->f->loop, 30);
	return site.session->bytes_down + pass->counts.down;
}

TEST(R58_a_page_of_ours_in_the_sites_place_is_not_counted_as_what_came_from_it)
{
	struct test_peer *p;
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/refused", ""), 502, "</ol>");
	assert_int_equal(counted_down(), 0);
	expect(browse("GET", "/", ""), 200, "hello");
	assert_int_equal(counted_down(), 5);
	far_hang_up(&f);
	p = browse_until_taken("/");
	pass(15100);
	expect(p, 502, "</ol>");
	assert_int_equal(counted_down(), 5);
}

TEST(a_request_waits_for_its_tunnel_and_not_without_end)
{
	struct far f;
	struct test_peer *p = browse("GET", "/", "");

	pass(14000);
	assert_string_equal(test_peer_got(p), "");
	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(p, 200, "hello");
	far_hang_up(&f);
	p = browse_until_taken("/");
	pass(14000);
	assert_string_equal(test_peer_got(p), "");
	pass(1100);
	expect(p, 502, "<li class=\"down\">Connector at the site</li>");
}

TEST(a_connector_that_does_not_answer_gives_a_page_after_15_s)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse_until_taken("/park");
	pass(14000);
	assert_string_equal(test_peer_got(p), "");
	pass(1100);
	expect(p, 504, "does not answer");
	test_turns(w->f->loop, 30);
	assert_int_equal(f.h2.gone, 1);
	expect(browse("GET", "/", ""), 200, "hello");
	far_hang_up(&f);
}

/* The time counts from when the last of it has gone. */
TEST(a_form_that_is_not_answered_gives_a_page_after_15_s_too)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("POST", "/park", "Content-Length: 3\r\n\r\nabc");
	assert_true(loop_run_until(w->f->loop, has_visit, NULL, TEST_WAIT_MS));
	test_turns(w->f->loop, 30); /* it has gone */
	pass(500);
	pass(13500);
	assert_string_equal(test_peer_got(p), "");
	pass(1000);
	expect(p, 504, "does not answer");
	far_hang_up(&f);
}

/* A target that is slow is the connector's to judge, which says that it still waits. */
TEST(a_connector_that_waits_for_its_target_has_more_time)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse_until_taken("/park");
	test_turns(w->f->loop, 30);
	for (int i = 0; i < 3; i++) {
		pass(14000);
		exchange_inform(f.h2.parked, TUNNEL_WAITS_STATUS);
		test_turns(w->f->loop, 30);
	}
	assert_string_equal(test_peer_got(p), "");
	exchange_respond(f.h2.parked, 200, "text/plain", STR("late"));
	expect(p, 200, "\r\n\r\nlate");
	far_hang_up(&f);
}

TEST(an_upload_that_moves_takes_its_time)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("POST", "/echo", "Content-Length: 3\r\n");
	for (int i = 0; i < 3; i++) {
		pass(9000);
		test_peer_say(p, "x");
		test_turns(w->f->loop, 10);
	}
	expect(p, 200, "xxx");
	far_hang_up(&f);
}

TEST(the_time_in_which_the_hub_was_stopped_is_not_the_sites)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("POST", "/park", "Content-Length: 3\r\n\r\nabc");
	assert_true(loop_run_until(w->f->loop, has_visit, NULL, TEST_WAIT_MS));
	test_turns(w->f->loop, 30);
	pass(500);
	leap(21000);
	pass(13500);
	assert_string_equal(test_peer_got(p), "");
	pass(1000);
	expect(p, 504, "does not answer");
	far_hang_up(&f);
}

/* Its codec waits 20 s for the next octet. */
TEST(an_upload_whose_browser_pauses_is_not_the_connectors_fault)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("POST", "/park", "Content-Length: 4\r\n");
	assert_true(loop_run_until(w->f->loop, has_visit, NULL, TEST_WAIT_MS));
	pass(12000);
	test_peer_say(p, "ab");
	test_turns(w->f->loop, 30);
	pass(3100);
	pass(15100);
	assert_string_equal(test_peer_got(p), "");
	pass(2000);
	expect(p, 408, "\r\n\r\n");
	far_hang_up(&f);
}

/* More than libnghttp2's own guard against resets lets pass (facts of the network core, 1). */
TEST(downloads_that_are_left_by_the_thousand_do_the_tunnel_no_harm)
{
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	for (int i = 0; i < 1200; i++) {
		struct test_peer *p = browse("GET", "/octets?100000000", "");

		assert_true(test_peer_wait_text(p, "Content-Length: 100000000"));
		leave(p);
	}
	expect(browse("GET", "/", ""), 200, "hello");
	test_turns(w->f->loop, 50);
	assert_int_equal(loop_counts(w->f->loop).buffered_bytes, 0);
	far_hang_up(&f);
}

TEST(answers_of_every_form_pass)
{
	struct far f;
	struct test_peer *p;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	p = browse("GET", "/hints", "");
	assert_true(test_peer_wait_text(p, "hello"));
	assert_non_null(strstr(test_peer_got(p), "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n"));
	leave(p);
	expect(browse("GET", "/trailers", ""), 200, "\r\n5\r\nhello\r\n0\r\n\r\n");
	expect(browse("HEAD", "/octets?5000000000", ""), 200, "Content-Length: 5000000000");
	expect(browse("GET", "/empty", ""), 204, "\r\n\r\n");
	expect(browse("GET", "/unmodified", ""), 304, "Content-Length: 1234");
	/* An answer before its upload has ended. */
	p = browse("POST", "/early", "Content-Length: 100000000\r\n");
	p->generate = 1000000;
	test_peer_say(p, "x");
	expect(p, 413, "full");
	expect(browse("POST", "/echo", "Expect: 100-continue\r\nContent-Length: 2\r\n"), 100,
	       "\r\n\r\n");
	expect(browse("GET", "/", ""), 200, "hello");
	far_hang_up(&f);
}

TEST(a_tunnel_that_breaks_gives_a_page_and_cuts_what_has_begun)
{
	struct far f;
	struct test_peer *p, *running;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	running = browse("GET", "/octets?1000000000", "");
	assert_true(test_peer_wait_text(running, "Content-Length: 1000000000"));
	p = browse("GET", "/park", "");
	while (!f.h2.parked)
		test_turns(w->f->loop, 1);
	far_hang_up(&f);
	expect(p, 502, "broke off");
	assert_true(test_peer_wait_end(running));
	leave(running);
}

static bool has_end(void *arg)
{
	return ((struct test_peer *)arg)->ends != 0;
}

TEST(R29_the_end_of_a_session_cuts_what_runs_and_says_that_it_is_over)
{
	struct far f;
	struct test_peer *download, *socket, *parked;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	download = browse("GET", "/octets?1000000000", "");
	socket = browse("GET", "/pipe", "Connection: upgrade\r\nUpgrade: websocket\r\n");
	parked = browse("GET", "/park", "");
	assert_true(test_peer_wait_text(socket, "101 Switching"));
	test_peer_say(socket, "hello through the hub");
	assert_true(test_peer_wait_text(socket, "hello through the hub"));
	while (download->got.len < MIB || !f.h2.parked)
		test_turns(w->f->loop, 1);
	session_end(&w->hub, site.session, WHY_CUSTOMER);
	assert_true(loop_run_until(w->f->loop, has_end, download, 1000));
	assert_true(loop_run_until(w->f->loop, has_end, socket, 1000));
	expect(parked, 410, "This session is over.");
	expect(browse("GET", "/", ""), 410, "clear-site-data: \"cache\", \"storage\"");
	leave(download);
	leave(socket);
	/* The tunnel is other sessions', too. */
	assert_true(f.up);
	far_hang_up(&f);
}

TEST(the_newest_tunnel_counts_and_the_old_one_ends_what_it_began)
{
	struct far old, new;
	struct test_peer *p;

	site_dial(&site, &old, port, TUNNEL_PROTOCOL);
	p = browse("GET", "/park", "");
	while (!old.h2.parked)
		test_turns(w->f->loop, 1);
	site_dial(&site, &new, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/", ""), 200, "hello");
	assert_int_equal(new.h2.requests, 1);
	assert_true(old.up);
	exchange_respond(old.h2.parked, 200, NULL, STR("late"));
	expect(p, 200, "late");
	test_turns(w->f->loop, 50);
	/* Its late end leaves the new one alone. */
	assert_false(old.up);
	expect(browse("GET", "/", ""), 200, "hello");
	far_hang_up(&new);
	assert_null(map_get(&w->hub.relay->lanes[0]->sites, site.session->site.b,
			    sizeof(site.session->site.b)));
}

TEST(a_tunnel_asked_for_in_another_way_is_refused)
{
	struct far f;

	site_dial(&site, &f, port, "something/2");
	assert_int_equal(f.status, 400);
	site_dial(&site, &f, port, "websocket"); /* without its key */
	assert_int_equal(f.status, 400);
}

static bool is_down(void *arg)
{
	return !((struct far *)arg)->up;
}

TEST(a_revoked_connector_loses_its_tunnel_at_once)
{
	struct far f;
	char path[128];

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	snprintf(path, sizeof(path), "/api/v1/sites/%s/connector", w->site);
	test_expect(world_call(w, &w->a, "DELETE", path, NULL), 204);
	assert_true(loop_run_until(w->f->loop, is_down, &f, 1000));
	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	assert_int_equal(f.status, 403);
}

/* Before the new one has dialled. */
TEST(a_replaced_connector_loses_its_tunnel_at_once)
{
	struct far f;
	struct sign_key *new_key;
	char code[64], invitation[ID_TEXT_MAX];

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	world_invite(w, w->site, code, invitation);
	new_key = world_connector(w, code);
	assert_true(loop_run_until(w->f->loop, is_down, &f, 1000));
	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	assert_int_equal(f.status, 403);
	sign_key_free(&new_key);
}

TEST(a_session_goes_to_no_other_connectors_tunnel)
{
	struct test_peer *p;
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/", ""), 200, "hello");
	lane_pass(w->hub.relay->lanes[0], str_of(site.host))->told.connector = id_new();
	p = browse_until_taken("/");
	pass(15100);
	expect(p, 502, "<li class=\"down\">Connector at the site</li>");
	assert_int_equal(f.h2.requests, 1);
	far_hang_up(&f);
}

TEST(so_many_requests_of_a_site_at_once_and_no_more)
{
	struct test_peer *p[RELAY_SITE_EXCHANGES];
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		p[i] = browse("GET", "/park", "");
	while (f.h2.requests < 128)
		test_turns(w->f->loop, 1);
	expect(browse("GET", "/", ""), 503, "retry-after: 5");
	/* As many as a tunnel takes at a time; the others wait for room. */
	test_turns(w->f->loop, 50);
	assert_int_equal(f.h2.requests, 128);
	for (size_t i = 0; i < 200; i++)
		leave(p[i]);
	test_turns(w->f->loop, 50);
	assert_int_equal(f.h2.requests, RELAY_SITE_EXCHANGES);
	for (size_t i = 200; i < ARRAY_LEN(p); i++)
		leave(p[i]);
	expect(browse("GET", "/", ""), 200, "hello");
	far_hang_up(&f);
}

static bool one_waits(void *arg)
{
	const struct relay_site *s =
		map_get(&w->hub.relay->lanes[0]->sites, site.session->site.b, sizeof(struct id));

	return !list_empty(&s->waiting);
}

TEST(a_request_for_which_the_tunnel_has_no_room_says_that_the_connector_has_as_much_as_it_may)
{
	struct test_peer *p[128], *more;
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = browse("GET", "/pipe", "Connection: upgrade\r\nUpgrade: websocket\r\n");
		assert_true(test_peer_wait_text(p[i], "101 Switching"));
	}
	leave(p[0]);
	expect(browse("GET", "/", ""), 200, "hello");
	p[0] = browse("GET", "/pipe", "Connection: upgrade\r\nUpgrade: websocket\r\n");
	assert_true(test_peer_wait_text(p[0], "101 Switching"));
	more = browse("GET", "/", "");
	assert_true(loop_run_until(w->f->loop, one_waits, NULL, TEST_WAIT_MS));
	pass(15100);
	expect(more, 503, "<li class=\"down\">Connector at the site</li>");
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		leave(p[i]);
	far_hang_up(&f);
}

/* Its stream of the tunnel ends when the connector is told so, which is after the visit is over. */
TEST(a_request_that_waits_for_room_has_that_of_a_browser_that_leaves)
{
	struct test_peer *p[127], *more;
	struct h2_browser browser;
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	h2_browser_ask(&browser, &site, "/park");
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		p[i] = browse("GET", "/park", "");
	while (f.h2.requests < (int)ARRAY_LEN(p) + 1)
		test_turns(w->f->loop, 1);
	more = browse("GET", "/", "");
	assert_true(loop_run_until(w->f->loop, one_waits, NULL, TEST_WAIT_MS));
	h2_browser_leave(&browser);
	expect(more, 200, "hello");
	for (size_t i = 0; i < ARRAY_LEN(p); i++)
		leave(p[i]);
	far_hang_up(&f);
}

TEST(a_connector_that_has_as_much_to_do_as_it_may_is_not_a_hub_that_is_busy)
{
	struct far f;

	site_dial(&site, &f, port, TUNNEL_PROTOCOL);
	expect(browse("GET", "/busy", ""), 503, "<li class=\"down\">Connector at the site</li>");
	expect(browse("GET", "/busy-before", ""), 503,
	       "<li class=\"down\">Connector at the site</li>");
	far_hang_up(&f);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(R56_a_request_reaches_the_site_and_its_answer_comes_back),
		WITH(R56_an_address_may_be_as_long_as_a_head),
		WITH(R54_without_its_cookie_every_name_says_the_same),
		WITH(a_ticket_is_posted_by_our_page_and_becomes_a_cookie),
		WITH(a_cookie_from_before_another_entrance_does_not_count_any_more),
		WITH(only_links_lead_here_from_other_sites),
		WITH(R54_a_page_of_another_origin_makes_no_websocket_and_posts_nothing),
		WITH(R59_what_a_site_must_not_say_to_a_browser_goes_no_further),
		WITH(an_error_of_the_connectors_is_a_page_that_says_which_leg_is_down),
		WITH(R58_a_page_of_ours_in_the_sites_place_is_not_counted_as_what_came_from_it),
		WITH(a_request_waits_for_its_tunnel_and_not_without_end),
		WITH(a_connector_that_does_not_answer_gives_a_page_after_15_s),
		WITH(a_form_that_is_not_answered_gives_a_page_after_15_s_too),
		WITH(a_connector_that_waits_for_its_target_has_more_time),
		WITH(an_upload_that_moves_takes_its_time),
		WITH(the_time_in_which_the_hub_was_stopped_is_not_the_sites),
		WITH(an_upload_whose_browser_pauses_is_not_the_connectors_fault),
		WITH(downloads_that_are_left_by_the_thousand_do_the_tunnel_no_harm),
		WITH(answers_of_every_form_pass),
		WITH(a_tunnel_that_breaks_gives_a_page_and_cuts_what_has_begun),
		WITH(R29_the_end_of_a_session_cuts_what_runs_and_says_that_it_is_over),
		WITH(the_newest_tunnel_counts_and_the_old_one_ends_what_it_began),
		WITH(a_tunnel_asked_for_in_another_way_is_refused),
		WITH(a_revoked_connector_loses_its_tunnel_at_once),
		WITH(a_replaced_connector_loses_its_tunnel_at_once),
		WITH(a_session_goes_to_no_other_connectors_tunnel),
		WITH(so_many_requests_of_a_site_at_once_and_no_more),
		WITH(a_request_for_which_the_tunnel_has_no_room_says_that_the_connector_has_as_much_as_it_may),
		WITH(a_request_that_waits_for_room_has_that_of_a_browser_that_leaves),
		WITH(a_connector_that_has_as_much_to_do_as_it_may_is_not_a_hub_that_is_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
