/* h2_client_test.c - the HTTP/2 codec's client role as a tunnel has it, against our own server
 * role: both ends of a socket pair on one loop.  What a peer of ours would not send is in
 * h2_client_rules_test.c. */
#include "base/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/h2_int.h"
#include "net/test_frames.h"
#include "net/test_tunnel.h"

static bool is_parked(void *arg)
{
	return ((struct tunnel *)arg)->far.parked != NULL;
}

static bool is_gone(void *arg)
{
	return ((struct tunnel *)arg)->far.gone > 0;
}

static const char *text(const struct ask *k)
{
	return k->body.data ? (const char *)k->body.data : "";
}

/* ---- heads ---- */

TEST(a_request_arrives_as_it_was_asked)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "BREW", "/head?q=%20a", -1);

	assert_true(ask_wait(k));
	assert_string_equal(t->far.head,
			    "BREW /head?q=%20a 0\nauthorization: Basic eA==\n"
			    "host: console.example\ncookie: a=0123456789012345678901\n");
	assert_int_equal(k->status, 200);
	ask_free(k);
	tunnel_end(t);
}

TEST(an_answer_without_a_body_has_none_and_keeps_its_length)
{
	static const struct {
		const char *method, *target;
		int status;
		int64_t length;
	} cases[] = {
		{ "HEAD", "/", 200, 5 },
		{ "GET", "/empty", 204, 0 },
		{ "HEAD", "/octets?5000000000", 200, 5000000000 },
		{ "GET", "/unmodified", 304, 1234 },
		{ "GET", "/octets?0", 200, 0 },
	};
	struct tunnel *t = tunnel_opened();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ask *k = ask(&t->near, cases[i].method, cases[i].target, -1);

		assert_true(ask_wait(k));
		assert_int_equal(k->status, cases[i].status);
		assert_int_equal(k->length, cases[i].length);
		assert_int_equal(k->got, 0);
		ask_free(k);
	}
	tunnel_end(t);
}

TEST(interim_answers_go_ahead_of_the_real_one)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "GET", "/hints", -1);

	assert_true(ask_wait(k));
	assert_int_equal(k->interims, 1);
	assert_string_equal(k->link, "</a.css>");
	assert_string_equal(k->own, "1");
	assert_int_equal(k->status, 200);
	assert_string_equal(text(k), "hello");
	ask_free(k);
	tunnel_end(t);
}

TEST(interim_answers_without_end_are_given_up)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "GET", "/flood-1xx", -1);

	assert_false(ask_wait(k));
	assert_int_equal(k->why, ERR_UPSTREAM);
	assert_int_equal(k->interims, 40);
	ask_free(k);
	tunnel_check(t);
	tunnel_end(t);
}

TEST(fields_after_the_body_arrive)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "GET", "/trailers", -1);

	assert_true(ask_wait(k));
	assert_string_equal(text(k), "hello");
	assert_string_equal(k->sum, "abc");
	assert_string_equal(k->more, "d");
	ask_free(k);
	tunnel_end(t);
}

/* Against a peer that shows the octets: what a table holds could be guessed at by others.  Short
 * cookies the library would keep out by itself. */
TEST(secrets_are_never_put_into_the_shared_tables)
{
	static const struct frame settings = F(SETTINGS, 0, 0, "");
	struct tunnel *t = tunnel_begin();
	struct test_peer peer;
	nghttp2_hd_inflater *inflater;
	struct buf bytes = buf_new(KIB);
	const uint8_t *at;
	size_t left, secrets = 0, others = 0;
	struct ask *k;
	int fds[2];

	test_pair(fds);
	test_peer_open(&peer, t->far.loop, fds[0], NULL, NULL, 0, 0);
	asker_open(&t->near, fds[1]);
	put_frame(&bytes, &settings);
	test_peer_send(&peer, bytes.data, bytes.len);
	k = ask(&t->near, "GET", "/", -1);
	assert_true(listen_for(&peer, HEADERS, &at, &left));
	nghttp2_hd_inflate_new(&inflater);
	while (left) {
		nghttp2_nv nv;
		int flags = 0;
		ssize_t n = nghttp2_hd_inflate_hd2(inflater, &nv, &flags, at, left, 1);

		assert_true(n >= 0);
		at += n;
		left -= (size_t)n;
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT))
			continue;
		if (nv.flags & NGHTTP2_NV_FLAG_NO_INDEX)
			secrets++;
		else
			others++;
		if (nv.name[0] == 'c' || nv.name[0] == 'a')
			assert_true(nv.flags & NGHTTP2_NV_FLAG_NO_INDEX);
	}
	nghttp2_hd_inflate_del(inflater);
	assert_int_equal(secrets, 2);
	assert_int_equal(others, 4);
	ask_free(k);
	buf_done(&bytes);
	asker_close(&t->near);
	test_peer_close(&peer);
	test_h2_end(&t->far);
	free(t);
}

/* ---- bodies ---- */

TEST(bodies_of_any_size_pass_both_ways_whole)
{
	static const int64_t sizes[] = {
		0,     1,         16383,         16384,        16385,    65535,
		65536, 256 * KIB, 256 * KIB + 1, 3 * MIB + 17, 20 * MIB,
	};
	struct tunnel *t = tunnel_opened();

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		struct ask *k = ask(&t->near, "POST", "/pipe", sizes[i]);

		assert_true(ask_wait(k));
		assert_int_equal(k->got, sizes[i]);
		assert_int_equal(k->wrong, 0);
		assert_int_equal(k->wanted > 0, sizes[i] > 0); /* 100 Continue, if one asked */
		ask_free(k);
	}
	tunnel_end(t);
}

TEST(an_upload_of_unknown_length_ends_where_it_ends)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask_later(&t->near, "POST", "/pipe", 300000);

	k->request.body_bytes = -1;
	ask_now(k);
	assert_true(ask_wait(k));
	assert_int_equal(k->got, 300000);
	assert_int_equal(k->wrong, 0);
	ask_free(k);
	tunnel_end(t);
}

TEST(an_answer_before_its_upload_ends_arrives_whole)
{
	struct tunnel *t = tunnel_opened();

	for (int i = 0; i < 20; i++) {
		struct ask *k = ask_later(&t->near, "POST", "/early", 0);

		k->request.body_bytes = -1;
		k->send = i % 2 ? UINT64_MAX : 10000; /* in one burst, or without end */
		ask_now(k);
		assert_true(ask_wait(k));
		assert_int_equal(k->status, 413);
		assert_string_equal(text(k), "full");
		ask_free(k);
	}
	tunnel_check(t);
	tunnel_end(t);
}

TEST(hundreds_of_requests_at_once_get_each_its_own_answer)
{
	struct tunnel *t = tunnel_opened();
	struct ask *all[128], *more;

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		all[i] = ask(&t->near, "POST", "/pipe", 1000 * (int64_t)i);
	more = ask(&t->near, "GET", "/", -1); /* as many as may be */
	assert_int_equal(more->refused, ERR_BUSY);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		assert_true(ask_wait(all[i]));
		assert_int_equal(all[i]->got, 1000 * i);
		assert_int_equal(all[i]->wrong, 0);
		ask_free(all[i]);
	}
	ask_free(more);
	tunnel_check(t);
	tunnel_end(t);
}

TEST(the_peer_may_allow_fewer_streams)
{
	struct tunnel *t = tunnel_begin();
	struct ask *a, *b;

	t->far.setup.limits.streams = 2;
	tunnel_open(t);
	tunnel_check(t); /* its SETTINGS have come */
	a = ask(&t->near, "GET", "/park", -1);
	b = ask(&t->near, "GET", "/park", -1);
	assert_int_equal(a->refused, 0);
	assert_int_equal(b->refused, 0);
	b = (ask_free(b), ask(&t->near, "GET", "/park", -1));
	assert_int_equal(b->refused, ERR_BUSY); /* until the other's end has gone out */
	ask_free(a);
	ask_free(b);
	tunnel_end(t);
}

/* ---- ends ---- */

TEST(thousands_of_downloads_that_are_given_up_do_no_harm)
{
	struct tunnel *t = tunnel_opened();
	struct ask *all[100];

	for (int round = 0; round < 22; round++) {
		for (size_t i = 0; i < ARRAY_LEN(all); i++)
			all[i] = tunnel_download(t, "/octets?100000000", false);
		for (size_t i = 0; i < ARRAY_LEN(all); i++) {
			assert_int_equal(all[i]->refused, 0);
			if (round < 20) /* the others are given up before they have begun */
				assert_true(ask_wait_got(all[i], 1));
			ask_free(all[i]);
		}
		tunnel_check(t); /* which comes after their ends */
	}
	assert_int_equal(t->near.rotated + t->near.closed, 0);
	tunnel_end(t);
}

TEST(a_request_that_is_given_up_tells_its_handler)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "GET", "/park", -1);

	tunnel_until(t, is_parked);
	ask_give_up(k);
	tunnel_until(t, is_gone);
	assert_int_equal(t->far.why, ERR_CANCELLED);
	ask_free(k);
	tunnel_end(t);
}

TEST(an_answer_that_breaks_off_is_not_taken_for_whole)
{
	static const char *const targets[] = { "/short", "/stream" };
	struct tunnel *t = tunnel_opened();

	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		struct ask *k = ask(&t->near, "GET", targets[i], -1);

		if (i == 1) {
			tunnel_until(t, is_parked);
			exchange_stream_put(t->far.parked, STR("some"));
			assert_true(ask_wait_got(k, 4));
			exchange_cut(t->far.parked);
		}
		assert_false(ask_wait(k));
		assert_int_equal(k->why, i == 1 ? ERR_CANCELLED : ERR_UPSTREAM);
		ask_free(k);
	}
	tunnel_check(t);
	tunnel_end(t);
}

TEST(a_connection_that_dies_in_mid_stream_aborts_all_that_is_not_whole)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k[3];

	k[0] = tunnel_download(t, "/octets?5000000000", false);
	k[1] = ask(&t->near, "GET", "/park", -1);
	k[2] = ask_later(&t->near, "POST", "/unread", 0);
	k[2]->request.body_bytes = -1;
	k[2]->send = UINT64_MAX;
	ask_now(k[2]);
	assert_true(ask_wait_got(k[0], MIB));
	conn_reset(t->far.conn);
	for (size_t i = 0; i < ARRAY_LEN(k); i++) {
		assert_false(ask_wait(k[i]));
		assert_int_equal(k[i]->why, ERR_UNREACHABLE);
		ask_free(k[i]);
	}
	tunnel_end(t);
}

TEST(closing_aborts_all_and_says_so)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask(&t->near, "GET", "/park", -1);

	tunnel_until(t, is_parked);
	h2_close(t->near.h2);
	assert_false(ask_wait(k));
	assert_int_equal(k->why, ERR_UNREACHABLE);
	asker_close(&t->near);
	assert_int_equal(t->near.why, ERR_CANCELLED);
	assert_int_equal(t->near.rotated, 0);
	ask_free(k);
	tunnel_end(t);
}

static bool near_is_closed(void *arg)
{
	return ((struct tunnel *)arg)->near.closed != 0;
}

TEST(either_end_may_drain_and_what_has_begun_is_finished)
{
	for (int far = 0; far < 2; far++) {
		struct tunnel *t = tunnel_opened();
		struct ask *k = ask(&t->near, "GET", "/park", -1), *late;

		tunnel_until(t, is_parked);
		h2_drain(far ? t->far.h2 : t->near.h2);
		test_turns(t->far.loop, 20);
		assert_int_equal(t->near.rotated, far); /* who drains knows */
		late = ask(&t->near, "GET", "/", -1);
		assert_int_equal(late->refused, ERR_UNREACHABLE);
		exchange_respond(t->far.parked, 200, NULL, STR("last"));
		t->far.parked = NULL;
		assert_true(ask_wait(k));
		assert_string_equal(text(k), "last");
		tunnel_until(t, near_is_closed);
		assert_int_equal(t->near.why, 0);
		assert_int_equal(t->near.rotated, far);
		ask_free(k);
		ask_free(late);
		tunnel_end(t);
	}
}

TEST(another_connection_is_asked_for_before_stream_ids_run_out)
{
	struct tunnel *t = tunnel_begin();
	struct ask *k, *held;

	t->near.setup.limits.requests = 3;
	tunnel_open(t);
	held = ask(&t->near, "GET", "/park", -1);
	tunnel_until(t, is_parked);
	tunnel_check(t);
	assert_int_equal(t->near.rotated, 0);
	tunnel_check(t);
	assert_int_equal(t->near.rotated, 1);
	assert_int_equal(t->far.rotated, 1); /* who dials has heard it, too */
	tunnel_check(t);
	nghttp2_session_set_next_stream_id(t->near.h2->session, INT32_MAX);
	tunnel_check(t);
	k = ask(&t->near, "GET", "/", -1);
	assert_int_equal(k->refused, ERR_UNREACHABLE);
	assert_int_equal(t->near.rotated, 1);
	ask_free(k);
	/* What has begun is finished, and then it ends in order. */
	exchange_respond(t->far.parked, 200, NULL, STR("late"));
	assert_true(ask_wait(held));
	ask_free(held);
	tunnel_until(t, near_is_closed);
	assert_int_equal(t->near.why, 0);
	tunnel_end(t);
}

/* ---- signs of life ---- */

static bool always(void *arg)
{
	return true;
}

static void say(struct test_peer *peer, const struct frame *frame)
{
	struct buf bytes = buf_new(KIB);

	put_frame(&bytes, frame);
	test_peer_send(peer, bytes.data, bytes.len);
	buf_done(&bytes);
}

/* To a peer whose frames are written by hand. */
static struct tunnel *tunnel_to(struct test_peer *peer)
{
	struct tunnel *t = tunnel_begin();
	int fds[2];

	test_pair(fds);
	test_peer_open(peer, t->far.loop, fds[0], NULL, NULL, 0, 0);
	asker_open(&t->near, fds[1]);
	say(peer, &(struct frame)F(SETTINGS, 0, 0, ""));
	return t;
}

static void end_tunnel_to(struct test_peer *peer, struct tunnel *t)
{
	test_peer_close(peer);
	test_h2_end(&t->far);
	free(t);
}

TEST(a_peer_that_falls_silent_is_dead_after_half_a_minute)
{
	struct test_peer peer;
	struct tunnel *t = tunnel_to(&peer);
	struct ask *k;
	int64_t from_ms;

	k = ask(&t->near, "GET", "/", -1);
	test_turns(t->far.loop, 20);
	from_ms = clock_mono_ms();
	assert_true(loop_skip_until(t->far.loop, near_is_closed, always, t, 60000));
	assert_in_range(clock_mono_ms() - from_ms, 29000, 35000);
	assert_int_equal(t->near.why, ERR_TIMEOUT);
	assert_true(k->aborted);
	assert_int_equal(k->why, ERR_UNREACHABLE);
	ask_free(k);
	end_tunnel_to(&peer, t);
}

/* Whatever it is told, it may go on as before: what narrows windows would be nothing to it. */
TEST(a_peer_that_lives_and_does_not_acknowledge_settings_is_given_up_after_a_minute)
{
	struct test_peer peer;
	struct tunnel *t = tunnel_to(&peer);
	int64_t from_ms = clock_mono_ms();

	for (int i = 0; i < 12 && !t->near.closed; i++) {
		loop_skip_until(t->far.loop, near_is_closed, always, t, 10000);
		say(&peer, &(struct frame)F(PING, 0, 0, "12345678"));
	}
	assert_true(t->near.closed);
	assert_in_range(clock_mono_ms() - from_ms, 59000, 85000);
	assert_int_equal(t->near.why, ERR_TIMEOUT);
	end_tunnel_to(&peer, t);
}

static bool never(void *arg)
{
	return false;
}

static bool nothing_asked(void *arg)
{
	struct tunnel *t = arg;

	return !t->near.h2->pinged_ms && !t->far.h2->pinged_ms &&
	       !nghttp2_session_want_write(t->near.h2->session) &&
	       !nghttp2_session_want_write(t->far.h2->session);
}

static bool both_know_the_way(void *arg)
{
	struct tunnel *t = arg;

	return t->near.h2->rtt_ms && t->far.h2->rtt_ms;
}

/* Later there may be a queue in it: windows would grow by what that makes of it. */
TEST(a_tunnel_measures_its_way_before_much_can_be_in_it)
{
	struct tunnel *t = tunnel_opened();
	int64_t from_ms = clock_mono_ms();

	tunnel_until(t, both_know_the_way);
	assert_true(clock_mono_ms() - from_ms < h2_tunnel_limits.ping_ms);
	tunnel_end(t);
}

TEST(an_idle_tunnel_lives_on_by_its_signs_of_life)
{
	struct tunnel *t = tunnel_opened();
	int64_t from_ms = clock_mono_ms();

	tunnel_check(t);
	loop_skip_until(t->far.loop, never, nothing_asked, t, 600000);
	assert_true(clock_mono_ms() - from_ms >= 600000);
	assert_int_equal(t->near.closed + t->far.closed, 0);
	tunnel_check(t);
	tunnel_end(t);
}

TEST(an_end_that_was_frozen_itself_asks_before_it_takes_its_peer_for_dead)
{
	struct tunnel *t = tunnel_opened();

	tunnel_check(t);
	if (!clock_skip_ms(60000))
		skip();
	test_turns(t->far.loop, 20);
	assert_int_equal(t->near.closed + t->far.closed, 0);
	tunnel_check(t);
	tunnel_end(t);
}

/* ---- after an upgrade ---- */

struct upgrade {
	struct tunnel *tunnel;
	struct buf got;
};

/* The preface may come together with the end of what went before. */
static void on_upgrade_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	static const char request[] = "UP\r\n\r\n";
	struct upgrade *u = owner;
	struct h2 *h;

	buf_put(&u->got, data, len);
	if (u->got.len < sizeof(request) - 1)
		return;
	h = h2_new(c, &u->tunnel->far.setup, &u->tunnel->far);
	u->tunnel->far.h2 = h;
	h2_feed(h, u->got.data + sizeof(request) - 1, u->got.len - (sizeof(request) - 1));
}

static const struct conn_ops upgrade_ops = { .on_data = on_upgrade_data };

static void on_upgrade_open(struct conn *c, void *owner)
{
	struct tunnel *t = owner;

	t->near.h2 = h2_client_new(c, &t->near.setup, &t->near);
}

static const struct conn_ops upgrade_near_ops = { .on_open = on_upgrade_open };

static bool is_up(void *arg)
{
	struct tunnel *t = arg;

	return t->near.h2 && t->far.h2;
}

TEST(a_connection_that_was_something_else_before_becomes_a_tunnel)
{
	struct tunnel *t = tunnel_begin();
	struct upgrade u = { t, buf_new(KIB) };
	struct conn_setup far = { .ops = &upgrade_ops, .owner = &u };
	struct conn_setup near = { .ops = &upgrade_near_ops, .owner = t };
	int fds[2];

	test_pair(fds);
	assert_int_equal(send(fds[1], "UP\r\n\r\n", 6, 0), 6);
	assert_int_equal(conn_open(t->far.loop, fds[1], &near, &t->near.conn), 0);
	test_turns(t->far.loop, 10); /* the preface is on its way, too */
	assert_int_equal(conn_open(t->far.loop, fds[0], &far, &t->far.conn), 0);
	tunnel_until(t, is_up);
	tunnel_check(t);
	buf_done(&u.got);
	tunnel_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_request_arrives_as_it_was_asked),
		RUN(an_answer_without_a_body_has_none_and_keeps_its_length),
		RUN(interim_answers_go_ahead_of_the_real_one),
		RUN(interim_answers_without_end_are_given_up),
		RUN(fields_after_the_body_arrive),
		RUN(secrets_are_never_put_into_the_shared_tables),
		RUN(bodies_of_any_size_pass_both_ways_whole),
		RUN(an_upload_of_unknown_length_ends_where_it_ends),
		RUN(an_answer_before_its_upload_ends_arrives_whole),
		RUN(hundreds_of_requests_at_once_get_each_its_own_answer),
		RUN(the_peer_may_allow_fewer_streams),
		RUN(thousands_of_downloads_that_are_given_up_do_no_harm),
		RUN(a_request_that_is_given_up_tells_its_handler),
		RUN(an_answer_that_breaks_off_is_not_taken_for_whole),
		RUN(a_connection_that_dies_in_mid_stream_aborts_all_that_is_not_whole),
		RUN(closing_aborts_all_and_says_so),
		RUN(either_end_may_drain_and_what_has_begun_is_finished),
		RUN(another_connection_is_asked_for_before_stream_ids_run_out),
		RUN(a_peer_that_falls_silent_is_dead_after_half_a_minute),
		RUN(a_tunnel_measures_its_way_before_much_can_be_in_it),
		RUN(a_peer_that_lives_and_does_not_acknowledge_settings_is_given_up_after_a_minute),
		RUN(an_idle_tunnel_lives_on_by_its_signs_of_life),
		RUN(an_end_that_was_frozen_itself_asks_before_it_takes_its_peer_for_dead),
		RUN(a_connection_that_was_something_else_before_becomes_a_tunnel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
