/* server_branch_test.c - a server whose connections are served by loops of other threads, over TLS;
 * run under the thread sanitizer, too. */
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/rand.h"
#include "net/bufq.h"
#include "net/exchange.h"
#include "net/loop_thread.h"
#include "net/server_branch.h"
#include "net/test_net.h"
#include "net/tls.h"

enum { BRANCHES = 3, CLIENTS = 48 };

struct place {
	struct loop_thread *thread;
	struct loop *loop;
	struct branch *branch;
	struct exchange *parked; /* on its own thread only */
	char name[16];
};

struct fixture {
	struct loop *loop;
	struct server *server;
	struct test_cert cert;
	struct tls *server_tls, *client_tls;
	struct place places[BRANCHES];
	int port;
	bool closed;
};

static void on_gone(struct exchange *x, int why, void *owner)
{
	((struct place *)owner)->parked = NULL;
}

static void at_branch(struct exchange *x, void *owner)
{
	struct place *p = owner;

	assert_ptr_equal(exchange_loop(x), p->loop);
	if (str_eq(exchange_request(x)->path, STR("/park"))) {
		exchange_on_gone(x, on_gone, p);
		p->parked = x;
	} else {
		exchange_respond(x, 200, "text/plain", str_of(p->name));
	}
}

static void at_home(struct exchange *x, void *owner)
{
	exchange_respond(x, 200, "text/plain", STR("home."));
}

static void on_closed(void *owner)
{
	((struct fixture *)owner)->closed = true;
}

/* "1.branch.test": the place of that number. */
static struct branch *branch_of(const char *server_name, void *owner)
{
	struct fixture *f = owner;

	if (!server_name || server_name[0] < '0' || server_name[0] >= '0' + BRANCHES)
		return NULL;
	return f->places[server_name[0] - '0'].branch;
}

/* The place 0 is on the server's own loop. */
static void begin(struct fixture *f, const struct server_limits *limits)
{
	static const struct server_ops ops = { at_home, on_closed };

	*f = (struct fixture){ .loop = loop_new() };
	test_cert_make(&f->cert, "*.branch.test");
	f->server_tls = test_cert_server(&f->cert);
	f->client_tls = test_cert_client(&f->cert);
	f->server = server_new(f->loop, limits, &ops, f);
	for (int i = 0; i < BRANCHES; i++) {
		struct place *p = &f->places[i];

		snprintf(p->name, sizeof(p->name), "place %d.", i);
		p->thread = i ? loop_thread_start(p->name) : NULL;
		p->loop = i ? loop_thread_loop(p->thread) : f->loop;
		p->branch = server_branch_new(f->server, p->loop, at_branch, p);
	}
	server_branch_by(f->server, branch_of, f);
	assert_int_equal(server_listen(f->server, "127.0.0.1:0", f->server_tls, &f->port), 0);
}

static bool is_closed(void *arg)
{
	return ((struct fixture *)arg)->closed;
}

static void end(struct fixture *f)
{
	if (!f->closed)
		server_close(f->server);
	assert_true(loop_run_until(f->loop, is_closed, f, TEST_WAIT_MS));
	for (int i = 0; i < BRANCHES; i++)
		loop_thread_free(&f->places[i].thread);
	tls_free(&f->server_tls);
	tls_free(&f->client_tls);
	test_cert_done(&f->cert);
	loop_free(&f->loop);
}

static void come(struct fixture *f, struct test_peer *p, const char *name)
{
	test_peer_open(p, f->loop, test_dial(f->port), f->client_tls, name, 0, 0);
}

static void ask(struct test_peer *p, const char *name, const char *path)
{
	char text[128];

	snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", path, name);
	test_peer_say(p, text);
}

static const char *const names[] = { "0.branch.test", "1.branch.test", "2.branch.test" };

TEST(the_server_name_says_which_loop_serves_a_connection)
{
	struct fixture f;
	struct test_peer peers[BRANCHES] = {}, home = {};

	begin(&f, NULL);
	for (int i = 0; i < BRANCHES; i++) {
		come(&f, &peers[i], names[i]);
		ask(&peers[i], names[i], "/");
	}
	come(&f, &home, "x.branch.test");
	ask(&home, "x.branch.test", "/");
	for (int i = 0; i < BRANCHES; i++)
		assert_true(test_peer_wait_text(&peers[i], f.places[i].name));
	assert_true(test_peer_wait_text(&home, "home."));
	/* And its next request, too; another name's is refused. */
	ask(&peers[1], names[2], "/");
	assert_true(test_peer_wait_text(&peers[1], "421 "));
	for (int i = 0; i < BRANCHES; i++)
		test_peer_close(&peers[i]);
	test_peer_close(&home);
	end(&f);
}

static bool has_ended(void *arg)
{
	return ((struct test_peer *)arg)->ends != 0;
}

static bool are_none(void *arg)
{
	return server_counts(((struct fixture *)arg)->server).connections == 0;
}

TEST(a_network_has_its_share_of_connections_at_branches)
{
	struct fixture f;
	struct test_peer first = {}, second = {}, third = {}, fourth = {}, fifth = {}, sixth = {},
			 home = {};

	begin(&f, &(struct server_limits){ .branched_per_network = 2 });
	come(&f, &first, names[0]);
	ask(&first, names[0], "/");
	assert_true(test_peer_wait_text(&first, "place 0."));
	come(&f, &second, names[1]);
	ask(&second, names[1], "/");
	assert_true(test_peer_wait_text(&second, "place 1."));
	/* The oldest of them has nothing to do: it goes. */
	come(&f, &third, names[2]);
	ask(&third, names[2], "/park");
	assert_true(test_peer_wait_end(&first));
	assert_int_equal(second.ends, 0);
	come(&f, &home, "x.branch.test");
	ask(&home, "x.branch.test", "/");
	assert_true(test_peer_wait_text(&home, "home."));
	/* And so does the next, but then all have to do, and who comes waits in vain. */
	come(&f, &fourth, names[1]);
	ask(&fourth, names[1], "/park");
	assert_true(test_peer_wait_end(&second));
	come(&f, &fifth, names[0]);
	ask(&fifth, names[0], "/");
	assert_false(loop_run_until(f.loop, has_ended, &fifth, 300));
	assert_int_equal(fifth.got.len, 0);
	if (!clock_skip_ms(10000))
		skip();
	assert_true(test_peer_wait_end(&fifth));
	assert_int_equal(fifth.got.len, 0);
	assert_int_equal(third.ends + fourth.ends, 0);
	/* The place of who leaves of himself is given to who waits. */
	come(&f, &sixth, names[0]);
	ask(&sixth, names[0], "/");
	test_peer_close(&fourth);
	assert_true(test_peer_wait_text(&sixth, "place 0."));
	test_peer_close(&first);
	test_peer_close(&second);
	test_peer_close(&third);
	test_peer_close(&fifth);
	test_peer_close(&sixth);
	test_peer_close(&home);
	assert_true(loop_run_until(f.loop, are_none, &f, TEST_WAIT_MS));
	end(&f);
}

TEST(who_was_told_to_go_and_does_not_holds_up_nobody)
{
	struct test_peer busy = {}, idle = {}, next = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .branched_per_network = 2 });
	come(&f, &busy, names[0]);
	ask(&busy, names[0], "/park");
	while (!f.places[0].parked)
		test_turns(f.loop, 1);
	come(&f, &idle, names[1]);
	ask(&idle, names[1], "/");
	assert_true(test_peer_wait_text(&idle, "place 1."));
	/* Of the two that have asked, the one that is there longest has to do. */
	come(&f, &next, names[2]);
	ask(&next, names[2], "/");
	assert_true(test_peer_wait_text(&next, "place 2."));
	assert_int_equal(busy.ends, 0);
	assert_int_equal(idle.ends, 1);
	test_peer_close(&busy);
	test_peer_close(&idle);
	test_peer_close(&next);
	end(&f);
}

/* What happens to them is one batch of the server's loop, with the word of the place last: when it
 * is heard, most of those who wait have been closed, and none of them is freed. */
TEST(a_place_is_not_given_to_who_has_gone_while_he_waited)
{
	enum { WAIT = 24 };
	static struct test_peer waiting[WAIT];
	struct test_peer seated = {}, last = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .branched_per_network = 1 });
	come(&f, &seated, names[1]);
	ask(&seated, names[1], "/park");
	assert_true(test_peer_wait_open(&seated));
	for (int i = 0; i < WAIT; i++) {
		waiting[i] = (struct test_peer){};
		come(&f, &waiting[i], names[1]);
		assert_true(test_peer_wait_open(&waiting[i]));
	}
	test_turns(f.loop, 50);
	for (int i = 0; i < WAIT; i++)
		conn_close(waiting[i].conn);
	conn_close(seated.conn);
	/* The place's own thread sees it, and says so. */
	nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	test_turns(f.loop, 50);
	come(&f, &last, names[1]);
	ask(&last, names[1], "/");
	assert_true(test_peer_wait_text(&last, "place 1."));
	test_peer_close(&seated);
	test_peer_close(&last);
	for (int i = 0; i < WAIT; i++)
		test_peer_close(&waiting[i]);
	end(&f);
}

TEST(who_has_asked_nothing_gives_way_wherever_he_is_served)
{
	struct fixture f;
	struct test_peer asked = {}, silent = {}, other = {}, good = {};

	begin(&f, &(struct server_limits){ .connections = 3 });
	come(&f, &asked, names[1]);
	ask(&asked, names[1], "/");
	assert_true(test_peer_wait_text(&asked, "place 1."));
	come(&f, &silent, names[1]);
	assert_true(test_peer_wait_open(&silent));
	come(&f, &other, names[2]);
	assert_true(test_peer_wait_open(&other));
	come(&f, &good, names[2]);
	ask(&good, names[2], "/");
	assert_true(test_peer_wait_text(&good, "place 2."));
	assert_true(test_peer_wait_end(&silent));
	assert_int_equal(asked.ends, 0);
	test_peer_close(&asked);
	test_peer_close(&silent);
	test_peer_close(&other);
	test_peer_close(&good);
	end(&f);
}

TEST(a_drain_ends_what_is_idle_at_once_and_a_close_what_is_not)
{
	struct fixture f;
	struct test_peer idle = {}, busy = {};

	begin(&f, NULL);
	come(&f, &idle, names[1]);
	ask(&idle, names[1], "/");
	assert_true(test_peer_wait_text(&idle, "place 1."));
	come(&f, &busy, names[2]);
	ask(&busy, names[2], "/park");
	test_turns(f.loop, 100);
	server_drain(f.server, 10 * TEST_WAIT_MS);
	assert_true(test_peer_wait_end(&idle));
	assert_int_equal(busy.ends, 0);
	server_close(f.server);
	assert_true(test_peer_wait_end(&busy));
	test_peer_close(&idle);
	test_peer_close(&busy);
	end(&f);
}

TEST(connections_come_and_go_in_any_order)
{
	struct fixture f;
	static struct test_peer peers[CLIENTS];
	bool there[CLIENTS] = {};

	begin(&f, &(struct server_limits){ .branched_per_network = CLIENTS / 2 });
	for (int step = 0; step < 400; step++) {
		uint8_t dice[2];
		int i;

		rand_bytes(dice, sizeof(dice));
		i = dice[0] % CLIENTS;
		if (!there[i]) {
			come(&f, &peers[i], names[i % BRANCHES]);
			if (dice[1] % 3)
				ask(&peers[i], names[i % BRANCHES],
				    dice[1] % 3 == 1 ? "/" : "/park");
			there[i] = true;
		} else if (dice[1] % 4 == 0) {
			assert_true(test_peer_wait_open(&peers[i]) || peers[i].ends);
		} else {
			test_peer_close(&peers[i]);
			there[i] = false;
		}
	}
	/* The end comes upon some in their handshake, some on their way, some in the midst. */
	server_close(f.server);
	assert_true(loop_run_until(f.loop, is_closed, &f, TEST_WAIT_MS));
	for (int i = 0; i < CLIENTS; i++)
		if (there[i])
			test_peer_close(&peers[i]);
	end(&f);
}

/* What one loop holds leaves less to all others. */
TEST(all_loops_together_hold_so_much_and_no_more)
{
	static const uint8_t some[64 * KIB];
	struct test_peer before[BRANCHES] = {}, after[BRANCHES] = {}, home = {};
	struct bufq held = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .buffered_bytes = sizeof(some) });
	bufq_put(f.loop, &held, some, sizeof(some));
	bufq_put(f.loop, &held, some, 1);
	come(&f, &home, "x.branch.test");
	ask(&home, "x.branch.test", "/");
	assert_true(test_peer_wait_text(&home, " 503 "));
	for (int i = 0; i < BRANCHES; i++) {
		come(&f, &before[i], names[i]);
		ask(&before[i], names[i], "/");
		assert_true(test_peer_wait_text(&before[i], " 503 "));
		test_peer_close(&before[i]);
	}
	bufq_done(f.loop, &held);
	for (int i = 0; i < BRANCHES; i++) {
		come(&f, &after[i], names[i]);
		ask(&after[i], names[i], "/");
		assert_true(test_peer_wait_text(&after[i], f.places[i].name));
		test_peer_close(&after[i]);
	}
	test_peer_close(&home);
	end(&f);
}

TEST(what_branches_hold_keeps_nobody_out_who_is_served_at_home)
{
	static const uint8_t some[64 * KIB];
	struct test_peer at_branch = {}, home = {};
	struct loop *other = loop_new();
	struct bufq held = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .buffered_bytes = sizeof(some) });
	for (int i = 0; i < 4; i++)
		bufq_put(other, &held, some, sizeof(some));
	come(&f, &at_branch, names[1]);
	ask(&at_branch, names[1], "/");
	assert_true(test_peer_wait_text(&at_branch, " 503 "));
	come(&f, &home, "x.branch.test");
	ask(&home, "x.branch.test", "/");
	assert_true(test_peer_wait_text(&home, "home."));
	bufq_done(other, &held);
	test_peer_close(&at_branch);
	test_peer_close(&home);
	end(&f);
	loop_free(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(all_loops_together_hold_so_much_and_no_more),
		RUN(what_branches_hold_keeps_nobody_out_who_is_served_at_home),
		RUN(the_server_name_says_which_loop_serves_a_connection),
		RUN(a_network_has_its_share_of_connections_at_branches),
		RUN(who_was_told_to_go_and_does_not_holds_up_nobody),
		RUN(a_place_is_not_given_to_who_has_gone_while_he_waited),
		RUN(who_has_asked_nothing_gives_way_wherever_he_is_served),
		RUN(a_drain_ends_what_is_idle_at_once_and_a_close_what_is_not),
		RUN(connections_come_and_go_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
