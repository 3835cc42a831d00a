/* relay_test.c - a session's requests from a browser's socket to a site's connector and back: who
 * is let through, what is waited for, and what is said where it fails. */
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
#include "hub/relay/test_visitor.h"
#include "net/server.h"
#include "wire/tunnel.h"

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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
