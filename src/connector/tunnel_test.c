/* tunnel_test.c - the tunnel against a hub on loopback: when it is there, by which of its forms,
 * and what becomes of it. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/fake_hub_test.h"
#include "connector/test_dir.h"
#include "connector/tunnel.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/test_net.h"

#include <stdlib.h>
#include <string.h>

struct site {
	struct loop *loop;
	struct test_hub *hub;
	struct fetcher *fetcher;
	struct sign_key *key;
	struct hub *to;
	struct tunnel *tunnel;
	unsigned requests, news, gone;
	struct exchange *held; /* the request that is not answered */
};

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct site *s = owner;

	s->gone++;
	s->held = NULL;
}

static void on_request(struct exchange *x, void *owner)
{
	struct site *s = owner;

	s->requests++;
	if (str_eq(exchange_request(x)->path, STR("/hold"))) {
		exchange_on_gone(x, on_gone, s);
		s->held = x;
		return;
	}
	exchange_respond(x, 200, "text/plain", exchange_request(x)->authority);
}

static void on_state(void *owner)
{
	((struct site *)owner)->news++;
}

static struct site *begin(void)
{
	struct site *s = xcalloc(1, sizeof(*s));

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	log_set_level(LOG_ERROR);
	rand_greatest(true); /* back-offs are as long as can be */
	s->loop = loop_new();
	s->hub = test_hub_new(s->loop, test_dir("hub"));
	s->key = sign_key_new();
	sign_key_public(s->key, s->hub->public_key);
	s->hub->has_key = true;
	s->fetcher = fetcher_new(s->loop);
	s->to = hub_new(s->fetcher, &(struct hub_way){ s->hub->url, s->hub->ca_file, NULL },
			s->key);
	s->tunnel = tunnel_new(&(struct tunnel_config){
		.loop = s->loop,
		.fetcher = s->fetcher,
		.hub = s->to,
		.on_request = on_request,
		.on_state = on_state,
		.owner = s,
	});
	return s;
}

static void end(struct site *s)
{
	tunnel_free(&s->tunnel);
	hub_free(&s->to);
	fetcher_free(&s->fetcher);
	sign_key_free(&s->key);
	test_turns(s->loop, 20);
	test_hub_free(&s->hub);
	loop_free(&s->loop);
	rand_greatest(false);
	free(s);
}

static struct tunnel_info info(struct site *s)
{
	struct tunnel_info i;

	tunnel_info(s->tunnel, &i);
	return i;
}

static bool is_up(void *arg)
{
	return info(arg).state == TUNNEL_UP;
}

static bool is_down(void *arg)
{
	return info(arg).state == TUNNEL_DOWN;
}

static void until(struct site *s, bool (*is)(void *arg))
{
	assert_true(loop_run_until(s->loop, is, s, TEST_WAIT_MS));
}

/* In steps within which PINGs are answered. */
static void pass(struct site *s, int64_t ms)
{
	for (; ms > 0; ms -= 5000) {
		clock_skip_ms(ms < 5000 ? ms : 5000);
		test_turns(s->loop, 20);
	}
}

/* The hub asks, and the answer comes. */
static void check_answers(struct site *s)
{
	struct asker *a = &s->hub->tunnels[s->hub->tunnels_len - 1];
	struct ask *k = ask(a, "GET", "/", -1);

	assert_true(ask_wait(k));
	assert_int_equal(k->status, 200);
	assert_string_equal((const char *)k->body.data, "console.example");
	ask_free(k);
}

TEST(R26_nothing_is_dialled_unless_it_is_wanted)
{
	struct site *s = begin();

	test_turns(s->loop, 50);
	assert_int_equal(s->hub->asked_plain, 0);
	assert_int_equal(info(s).state, TUNNEL_DOWN);
	tunnel_want(s->tunnel, true);
	assert_int_equal(info(s).state, TUNNEL_DIALLING);
	until(s, is_up);
	check_answers(s);
	assert_int_equal(s->hub->bad_signatures, 0);
	assert_int_equal(s->hub->asked_plain, 1);
	assert_true(s->news >= 1);
	end(s);
}

TEST(it_closes_a_minute_after_nobody_wants_it)
{
	struct site *s = begin();

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	pass(s, 300000);
	check_answers(s);
	tunnel_want(s->tunnel, false);
	pass(s, 50000);
	check_answers(s);
	tunnel_want(s->tunnel, true);
	pass(s, 50000);
	check_answers(s);
	assert_int_equal(s->hub->tunnels_len, 1);
	tunnel_want(s->tunnel, false);
	pass(s, 61000);
	assert_int_equal(info(s).state, TUNNEL_DOWN);
	assert_null(s->hub->tunnels[0].h2);
	pass(s, 60000);
	assert_int_equal(s->hub->tunnels_len, 1);
	end(s);
}

TEST(what_is_dropped_closes_at_once_and_is_dialled_when_it_is_wanted_again)
{
	struct site *s = begin();

	tunnel_drop(s->tunnel); /* there is none */
	tunnel_want(s->tunnel, true);
	until(s, is_up);
	tunnel_drop(s->tunnel);
	until(s, is_down);
	assert_null(s->hub->tunnels[0].h2);
	tunnel_want(s->tunnel, true);
	until(s, is_up);
	check_answers(s);
	tunnel_want(s->tunnel, false);
	tunnel_drop(s->tunnel); /* while it lingers */
	until(s, is_down);
	tunnel_want(s->tunnel, true);
	tunnel_drop(s->tunnel); /* while it is dialled */
	test_turns(s->loop, 50);
	assert_int_equal(info(s).state, TUNNEL_DOWN);
	assert_int_equal(s->hub->tunnels_len, 2);
	end(s);
}

TEST(what_was_given_up_while_it_dialled_does_not_come_up)
{
	struct site *s = begin();

	tunnel_want(s->tunnel, true);
	tunnel_want(s->tunnel, false);
	assert_int_equal(info(s).state, TUNNEL_DOWN);
	test_turns(s->loop, 100);
	assert_int_equal(s->hub->tunnels_len, 0);
	end(s);
}

TEST(a_line_that_lets_only_websockets_pass_is_used_as_one)
{
	struct site *s = begin();

	s->hub->frames_only = true;
	tunnel_want(s->tunnel, true);
	until(s, is_up);
	assert_true(info(s).framed);
	assert_int_equal(s->hub->asked_plain, 1);
	assert_int_equal(s->hub->asked_framed, 1);
	check_answers(s);
	pass(s, 60000);
	check_answers(s);
	end(s);
}

static bool was_asked_twice(void *arg)
{
	struct site *s = arg;

	return s->hub->refused >= 2 && is_down(s);
}

TEST(a_line_that_lets_neither_pass_is_said_so_and_not_hammered)
{
	struct site *s = begin();

	s->hub->portal = "<p>Please log in";
	tunnel_want(s->tunnel, true);
	until(s, was_asked_twice);
	assert_int_equal(info(s).why, ERR_NOT_HUB);
	pass(s, 55000);
	assert_int_equal(s->hub->refused, 2);
	s->hub->portal = NULL;
	pass(s, 10000);
	until(s, is_up);
	assert_false(info(s).framed);
	end(s);
}

static bool was_refused(void *arg)
{
	struct site *s = arg;

	return s->hub->refused > 0 && is_down(s);
}

TEST(what_the_hub_refuses_is_told_and_asked_in_no_other_form)
{
	struct site *s = begin();

	s->hub->refuse = ERR_REVOKED;
	tunnel_want(s->tunnel, true);
	until(s, was_refused);
	assert_int_equal(info(s).why, ERR_REVOKED);
	assert_int_equal(s->hub->refused, 1);
	assert_int_equal(s->hub->asked_framed, 0);
	tunnel_hub_is_back(s->tunnel);
	pass(s, 50000);
	assert_int_equal(s->hub->refused, 1);
	end(s);
}

TEST(a_clock_that_is_off_is_learnt_from_the_refusal)
{
	struct site *s = begin();

	s->hub->clock_offset_ms = (int64_t)3600 * 1000;
	tunnel_want(s->tunnel, true);
	until(s, is_up);
	assert_int_equal(s->hub->refused, 1);
	end(s);
}

static bool has_second(void *arg)
{
	return ((struct site *)arg)->hub->tunnels_len == 2;
}

static bool is_held(void *arg)
{
	return ((struct site *)arg)->held != NULL;
}

/* The hub has taken leave of the first tunnel, where an answer is still awaited. */
static struct ask *hold_first(struct site *s)
{
	struct ask *k;

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	pass(s, 61000);
	k = ask(&s->hub->tunnels[0], "GET", "/hold", -1);
	until(s, is_held);
	h2_drain(s->hub->tunnels[0].h2);
	until(s, has_second);
	return k;
}

TEST(when_the_hub_takes_leave_another_is_there_before_the_old_one_ends)
{
	struct site *s = begin();
	struct ask *k = hold_first(s);

	check_answers(s);
	assert_non_null(s->hub->tunnels[0].h2);
	exchange_respond(s->held, 200, NULL, STR("late"));
	assert_true(ask_wait(k));
	assert_string_equal((const char *)k->body.data, "late");
	ask_free(k);
	test_turns(s->loop, 50);
	assert_null(s->hub->tunnels[0].h2);
	assert_true(is_up(s));
	end(s);
}

TEST(what_the_hub_took_leave_of_ends_with_the_tunnel_too)
{
	struct site *s = begin();
	struct ask *k = hold_first(s);

	tunnel_want(s->tunnel, false);
	pass(s, 61000);
	until(s, is_down);
	test_turns(s->loop, 50);
	assert_null(s->hub->tunnels[0].h2);
	ask_free(k);
	end(s);
	s = begin();
	k = hold_first(s);
	tunnel_drop(s->tunnel);
	until(s, is_down);
	test_turns(s->loop, 50);
	assert_null(s->hub->tunnels[0].h2);
	ask_free(k);
	end(s);
}

TEST(a_hub_that_takes_leave_at_once_is_not_hammered)
{
	struct site *s = begin();

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	h2_drain(s->hub->tunnels[0].h2);
	until(s, is_down);
	test_turns(s->loop, 100);
	assert_int_equal(s->hub->tunnels_len, 1);
	pass(s, 250);
	until(s, is_up);
	h2_drain(s->hub->tunnels[1].h2);
	until(s, is_down);
	pass(s, 900);
	assert_int_equal(s->hub->tunnels_len, 2);
	pass(s, 200);
	until(s, is_up);
	end(s);
}

TEST(a_tunnel_that_is_lost_is_dialled_again_at_once)
{
	struct site *s = begin();
	struct ask *k;

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	k = ask(&s->hub->tunnels[0], "GET", "/hold", -1);
	until(s, is_held);
	pass(s, 61000);
	h2_close(s->hub->tunnels[0].h2);
	until(s, is_down);
	assert_int_equal(s->gone, 1);
	assert_false(ask_wait(k));
	ask_free(k);
	pass(s, 260);
	until(s, is_up);
	check_answers(s);
	end(s);
}

TEST(a_hub_that_is_not_there_is_tried_by_the_back_off)
{
	struct site *s = begin();

	server_close(s->hub->server);
	test_turns(s->loop, 20);
	tunnel_want(s->tunnel, true);
	until(s, is_down);
	assert_int_equal(info(s).why, ERR_UNREACHABLE);
	/* Polls have found it again: whoever is in a session does not wait for the back-off. */
	tunnel_hub_is_back(s->tunnel);
	assert_int_equal(info(s).state, TUNNEL_DIALLING);
	tunnel_hub_is_back(s->tunnel);
	until(s, is_down);
	s->hub->server = NULL;
	end(s);
}

/* One that does not come about would otherwise be told by the reason of the one before. */
TEST(a_visit_after_the_tunnel_lingered_begins_without_the_reason_of_the_one_before)
{
	struct site *s = begin();

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	tunnel_want(s->tunnel, false);
	pass(s, 61000);
	assert_int_equal(info(s).state, TUNNEL_DOWN);
	tunnel_want(s->tunnel, true);
	assert_int_equal(info(s).state, TUNNEL_DIALLING);
	assert_int_equal(info(s).why, 0);
	until(s, is_up);
	/* Lost while it lingers. */
	tunnel_want(s->tunnel, false);
	h2_close(s->hub->tunnels[1].h2);
	until(s, is_down);
	assert_int_not_equal(info(s).why, 0);
	tunnel_want(s->tunnel, true);
	assert_int_equal(info(s).why, 0);
	until(s, is_up);
	assert_int_equal(info(s).why, 0);
	/* Refused, given up, and wanted anew. */
	tunnel_drop(s->tunnel);
	until(s, is_down);
	s->hub->refuse = ERR_REVOKED;
	tunnel_want(s->tunnel, true);
	until(s, was_refused);
	assert_int_equal(info(s).why, ERR_REVOKED);
	tunnel_want(s->tunnel, false);
	tunnel_want(s->tunnel, true);
	assert_int_equal(info(s).why, 0);
	end(s);
}

TEST(what_is_open_is_aborted_when_it_is_freed)
{
	struct site *s = begin();
	struct ask *k;

	tunnel_want(s->tunnel, true);
	until(s, is_up);
	k = ask(&s->hub->tunnels[0], "GET", "/hold", -1);
	until(s, is_held);
	tunnel_free(&s->tunnel);
	assert_false(ask_wait(k));
	assert_int_equal(s->gone, 1);
	ask_free(k);
	end(s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(R26_nothing_is_dialled_unless_it_is_wanted),
		RUN(it_closes_a_minute_after_nobody_wants_it),
		RUN(what_is_dropped_closes_at_once_and_is_dialled_when_it_is_wanted_again),
		RUN(what_was_given_up_while_it_dialled_does_not_come_up),
		RUN(a_line_that_lets_only_websockets_pass_is_used_as_one),
		RUN(a_line_that_lets_neither_pass_is_said_so_and_not_hammered),
		RUN(what_the_hub_refuses_is_told_and_asked_in_no_other_form),
		RUN(a_clock_that_is_off_is_learnt_from_the_refusal),
		RUN(when_the_hub_takes_leave_another_is_there_before_the_old_one_ends),
		RUN(what_the_hub_took_leave_of_ends_with_the_tunnel_too),
		RUN(a_hub_that_takes_leave_at_once_is_not_hammered),
		RUN(a_tunnel_that_is_lost_is_dialled_again_at_once),
		RUN(a_hub_that_is_not_there_is_tried_by_the_back_off),
		RUN(a_visit_after_the_tunnel_lingered_begins_without_the_reason_of_the_one_before),
		RUN(what_is_open_is_aborted_when_it_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
