/* tunnels_test.c - tunnels that break, are replaced, lose their right or have no room, and the
 * visits that go through them. */
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
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
