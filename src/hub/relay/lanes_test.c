/* lanes_test.c - sites on several lanes, each with a thread: browsers over TLS, tunnels, ends of
 * sessions and of keys, and the end of the hub, in any order; run under the thread sanitizer, too.
 *
 * All that is far away (browsers, connectors) runs on the hub's loop. */
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/arena.h"
#include "base/rand.h"
#include "hub/relay/relay.h"
#include "hub/relay/test_site.h"
#include "net/exchange.h"
#include "net/server.h"
#include "net/tls.h"
#include "wire/tunnel.h"

enum { SITES = 4, LANES = 3, BROWSERS = 24 };

static struct world *w;
static struct test_site sites[SITES];
static struct far fars[SITES];
static struct test_listener listener;
static struct test_cert cert;
static struct tls *server_tls, *client_tls;
static int plain_port, port;

static int setup_with(int64_t threads)
{
	w = world_new();
	w->config.relay_threads = threads;
	world_restart(w);
	test_cert_make(&cert, "*.console.example.test");
	server_tls = test_cert_server(&cert);
	client_tls = test_cert_client(&cert);
	listener_open(&listener, w);
	relay_serve(&w->hub, listener.server);
	assert_int_equal(server_listen(listener.server, "127.0.0.1:0", NULL, &plain_port), 0);
	assert_int_equal(server_listen(listener.server, "127.0.0.1:0", server_tls, &port), 0);
	for (int i = 0; i < SITES; i++) {
		char id[ID_TEXT_MAX];

		world_site(w, id);
		site_begin(&sites[i], w, id, &w->a);
		site_dial(&sites[i], &fars[i], plain_port, TUNNEL_PROTOCOL);
		assert_true(fars[i].up);
	}
	return 0;
}

static int setup(void **state)
{
	return setup_with(LANES);
}

/* The hub's own loop is the lane. */
static int setup_without(void **state)
{
	return setup_with(0);
}

static int teardown(void **state)
{
	listener_close(&listener);
	for (int i = 0; i < SITES; i++)
		far_hang_up(&fars[i]);
	for (int i = 0; i < SITES; i++)
		site_end(&sites[i]);
	world_free(&w);
	tls_free(&server_tls);
	tls_free(&client_tls);
	test_cert_done(&cert);
	return 0;
}

static const char *name_of(const struct test_site *s)
{
	static char name[SESSION_HOST_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(s->host, ":"), s->host);
	return name;
}

static void browse(struct test_peer *p, const struct test_site *s, const char *path,
		   const char *more)
{
	char text[1024];

	test_peer_open(p, w->f->loop, test_dial(port), client_tls, name_of(s), 0, 0);
	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\n%s\r\n", path,
		 s->host, s->cookie, more);
	test_peer_say(p, text);
}

static void expect(struct test_peer *p, const char *text)
{
	if (!test_peer_wait_text(p, text))
		fail_msg("%s: %s", text, test_peer_got(p));
}

TEST(each_sites_browsers_meet_its_tunnel_on_its_lane)
{
	struct test_peer p[SITES] = {};

	for (int i = 0; i < SITES; i++)
		browse(&p[i], &sites[i], "/", "");
	for (int i = 0; i < SITES; i++)
		expect(&p[i], "hello");
	for (int i = 0; i < SITES; i++) {
		assert_int_equal(fars[i].h2.requests, 1);
		test_peer_close(&p[i]);
	}
}

/* Each that comes beyond them ends the oldest, also where they come at once. */
TEST(a_site_has_four_tunnels_and_no_more)
{
	struct test_peer p[4] = {};
	struct far more[6];

	for (int i = 0; i < 4; i++) {
		struct far *f = i ? &more[i - 1] : &fars[0];

		if (i)
			site_dial(&sites[0], f, plain_port, TUNNEL_PROTOCOL);
		browse(&p[i], &sites[0], "/park", "");
		while (!f->h2.parked)
			test_turns(w->f->loop, 1);
	}
	for (int i = 3; i < 6; i++)
		site_dial_later(&sites[0], &more[i], plain_port, TUNNEL_PROTOCOL);
	for (int i = 0; i < 3; i++)
		expect(&p[i], "</code>");
	while (!more[3].asked || !more[4].asked || !more[5].asked)
		test_turns(w->f->loop, 1);
	test_turns(w->f->loop, 50);
	assert_non_null(more[2].h2.parked);
	for (int i = 0; i < 4; i++)
		test_peer_close(&p[i]);
	for (int i = 0; i < 6; i++)
		far_hang_up(&more[i]);
}

TEST(R54_another_sites_cookie_opens_nothing_on_whatever_lane)
{
	struct test_peer p = {};
	struct test_site thief = sites[1];

	memcpy(thief.cookie, sites[0].cookie, sizeof(thief.cookie));
	browse(&p, &thief, "/", "");
	expect(&p, "There is no such session.");
	test_peer_close(&p);
	assert_int_equal(fars[1].h2.requests, 0);
}

TEST(a_ticket_is_spent_on_the_hubs_loop_and_its_cookie_good_at_once_on_the_lane)
{
	const char *url = site_new_url(&sites[2]), *ticket = strchr(url, '#') + 1;
	struct test_peer p = {}, again = {};
	char text[600];
	const char *at;

	test_peer_open(&p, w->f->loop, test_dial(port), client_tls, name_of(&sites[2]), 0, 0);
	snprintf(text, sizeof(text),
		 "POST /.imprimatur/enter HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n"
		 "ticket=%s",
		 sites[2].host, strlen(ticket) + 7, ticket);
	test_peer_say(&p, text);
	expect(&p, "HTTP/1.1 303");
	at = strstr(test_peer_got(&p), SESSION_COOKIE "=");
	assert_non_null(at);
	snprintf(sites[2].cookie, sizeof(sites[2].cookie), "%.*s", (int)strcspn(at, ";"), at);
	browse(&again, &sites[2], "/", "");
	expect(&again, "hello");
	test_peer_close(&p);
	test_peer_close(&again);
}

static bool is_whole(void *arg)
{
	return ((struct test_peer *)arg)->ends != 0;
}

TEST(R29_an_end_cuts_what_runs_on_another_thread_and_what_passed_is_written)
{
	struct test_peer download = {}, after = {};
	const char *down;
	struct answer a;

	browse(&download, &sites[0], "/octets?1000000000", "");
	while (download.got.len < MIB)
		test_turns(w->f->loop, 1);
	test_expect(world_call(w, &w->a, "DELETE", sites[0].session_path, NULL), 204);
	assert_true(loop_run_until(w->f->loop, is_whole, &download, 1000));
	a = world_call(w, &w->a, "GET", sites[0].session_path, NULL);
	assert_int_equal(a.status, 200);
	assert_string_equal(answer_member(&a, "state"), "ended");
	assert_non_null(strstr((const char *)a.body.data, "\"requests\":1"));
	down = strstr((const char *)a.body.data, "\"bytes_down\":");
	assert_non_null(down);
	assert_true(strtoll(down + strlen("\"bytes_down\":"), NULL, 10) >= (long long)MIB);
	answer_done(&a);
	browse(&after, &sites[0], "/", "");
	expect(&after, "This session is over.");
	test_peer_close(&download);
	test_peer_close(&after);
}

static bool is_down(void *arg)
{
	return !((struct far *)arg)->up;
}

TEST(a_revoked_connector_loses_its_tunnel_on_another_thread)
{
	char path[128];

	snprintf(path, sizeof(path), "/api/v1/sites/%s/connector", sites[1].id);
	test_expect(world_call(w, &w->a, "DELETE", path, NULL), 204);
	assert_true(loop_run_until(w->f->loop, is_down, &fars[1], 1000));
	assert_true(fars[0].up);
}

/* A technician's, a customer's and a connector's moves by dice. */
static void move(struct test_peer *p, bool *there, uint8_t die)
{
	static const char *const paths[] = { "/", "/octets?3000000", "/park", "/pipe" };
	int i = die % SITES;

	if (!*there) {
		browse(p, &sites[i], paths[die % 4],
		       die % 4 == 3 ? "Connection: upgrade\r\nUpgrade: websocket\r\n" : "");
		*there = true;
	} else if (die < 32) {
		far_hang_up(&fars[i]);
		site_dial(&sites[i], &fars[i], plain_port, TUNNEL_PROTOCOL);
	} else if (die < 48) {
		session_end(&w->hub, sites[i].session, WHY_CUSTOMER);
		site_open_session(&sites[i]);
	} else if (die < 128) {
		test_turns(w->f->loop, die % 4);
	} else {
		test_peer_close(p);
		*there = false;
	}
}

TEST(all_comes_and_goes_in_any_order_and_the_hub_ends_in_the_midst)
{
	static struct test_peer peers[BROWSERS];
	bool there[BROWSERS] = {};

	for (int step = 0; step < 300; step++) {
		uint8_t dice[2];

		rand_bytes(dice, sizeof(dice));
		move(&peers[dice[0] % BROWSERS], &there[dice[0] % BROWSERS], dice[1]);
	}
	relay_slice.drain(&w->hub);
	server_drain(listener.server, 50);
	listener_wait_closed(&listener);
	for (int i = 0; i < BROWSERS; i++)
		if (there[i])
			test_peer_close(&peers[i]);
}

#define WITH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(each_sites_browsers_meet_its_tunnel_on_its_lane),
		cmocka_unit_test_setup_teardown(a_site_has_four_tunnels_and_no_more, setup_without,
						teardown),
		WITH(R54_another_sites_cookie_opens_nothing_on_whatever_lane),
		WITH(a_ticket_is_spent_on_the_hubs_loop_and_its_cookie_good_at_once_on_the_lane),
		WITH(R29_an_end_cuts_what_runs_on_another_thread_and_what_passed_is_written),
		WITH(a_revoked_connector_loses_its_tunnel_on_another_thread),
		WITH(all_comes_and_goes_in_any_order_and_the_hub_ends_in_the_midst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
