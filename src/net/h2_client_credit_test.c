/* h2_client_credit_test.c - who may send how much on a tunnel, and in what order: none of its
 * streams may harm another. */
#include "base/test.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/bufq.h"
#include "net/h2_int.h"
#include "net/test_tunnel.h"

#define WINDOW (256 * KIB) /* of h2_tunnel_limits */

static bool is_gone(void *arg)
{
	return ((struct tunnel *)arg)->far.gone > 0;
}

static const char *text(const struct ask *k)
{
	return k->body.data ? (const char *)k->body.data : "";
}

static const struct h2_stream *stream_of(struct tunnel *t, const struct ask *k)
{
	LIST_EACH(l, &t->near.h2->streams) {
		const struct h2_stream *s = LIST_ENTRY(l, struct h2_stream, link);

		if (s->x == k->x)
			return s;
	}
	return NULL;
}

static bool is_narrow(void *arg)
{
	return ((struct tunnel *)arg)->near.h2->window == 16 * KIB;
}

static bool is_wide(void *arg)
{
	return ((struct tunnel *)arg)->near.h2->window == WINDOW;
}

static bool is_idle(void *arg)
{
	return true;
}

TEST(a_hundred_stalled_readers_hold_little_and_nobody_else_back)
{
	struct tunnel *t = tunnel_opened();
	struct ask *stalled[100], *late, *fast, *up;

	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		stalled[i] = tunnel_download(t, "/octets?67108864", true);
	tunnel_until(t, is_narrow);
	test_turns(t->far.loop, 1000);
	/* A window here, and what the other end may hold for each of them. */
	assert_true(loop_counts(t->far.loop).buffered_bytes <=
		    ARRAY_LEN(stalled) * (WINDOW + 256 * KIB + 16 * KIB));
	assert_in_range(t->near.h2->owed, MIB, ARRAY_LEN(stalled) * WINDOW);
	late = tunnel_download(t, "/octets?67108864", true);
	test_turns(t->far.loop, 1000);
	assert_in_range(stream_of(t, late)->owed, 1, 16 * KIB);
	fast = tunnel_download(t, "/octets?16777216", false);
	up = ask(&t->near, "POST", "/pipe", 2 * MIB);
	assert_true(ask_wait(fast));
	assert_true(ask_wait(up));
	assert_int_equal(fast->got, 16 * MIB);
	assert_int_equal(fast->wrong + up->wrong, 0);
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++) {
		assert_int_equal(stream_of(t, stalled[i])->window, 16 * KIB);
		ask_free(stalled[i]);
	}
	ask_free(late);
	ask_free(fast);
	ask_free(up);
	tunnel_end(t);
}

TEST(what_is_held_is_held_until_it_is_taken_and_then_as_much_as_before)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k[40], *next;

	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		k[i] = tunnel_download(t, "/octets?300000", true);
	tunnel_until(t, is_narrow);
	for (size_t i = 0; i < ARRAY_LEN(k); i++) {
		ask_go_on(k[i]);
		assert_true(ask_wait(k[i]));
		assert_int_equal(k[i]->got, 300000);
		assert_int_equal(k[i]->wrong, 0);
		ask_free(k[i]);
	}
	assert_int_equal(t->near.h2->owed, 0);
	loop_skip_until(t->far.loop, is_wide, is_idle, t, 5000);
	tunnel_check(t);
	tunnel_until(t, is_wide);
	next = tunnel_download(t, "/octets?300000", true);
	test_turns(t->far.loop, 1000);
	assert_int_equal(stream_of(t, next)->owed, WINDOW);
	ask_free(next);
	/* The next who hold much are met at once. */
	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		k[i] = tunnel_download(t, "/octets?300000", true);
	test_turns(t->far.loop, 1000);
	assert_true(is_narrow(t));
	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		ask_free(k[i]);
	tunnel_end(t);
}

TEST(a_reader_that_stops_and_goes_on_gets_all)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = tunnel_download(t, "/octets?10000000", true);

	for (int i = 0; i < 5; i++) {
		test_turns(t->far.loop, 10);
		ask_go_on(k);
		assert_true(ask_wait_got(k, k->got + MIB));
		k->hold = true;
	}
	ask_go_on(k);
	assert_true(ask_wait(k));
	assert_int_equal(k->got, 10000000);
	assert_int_equal(k->wrong, 0);
	ask_free(k);
	tunnel_end(t);
}

static bool has_rtt(void *arg)
{
	return ((struct tunnel *)arg)->near.h2->rtt_ms > 0;
}

TEST(the_window_of_a_reader_that_keeps_up_grows_as_far_as_all_together_may)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k[6];
	size_t grown = 0;

	tunnel_until(t, has_rtt);
	t->near.h2->rtt_ms = 10000; /* a long line: what is taken within two of them counts */
	for (size_t i = 0; i < ARRAY_LEN(k); i++) {
		k[i] = tunnel_download(t, "/octets?5000000000", false);
		assert_true(ask_wait_got(k[i], 12 * MIB)); /* 2/3 of 256 KiB, 512 KiB, ... 4 MiB */
		k[i]->hold = true;
		grown = 0;
		for (size_t j = 0; j <= i; j++)
			grown += stream_of(t, k[j])->window - t->near.h2->window;
		assert_int_equal(t->near.h2->grown, grown);
	}
	/* What waits by now has made all of them less. */
	assert_int_equal(stream_of(t, k[0])->window, 8 * MIB - WINDOW + 16 * KIB);
	assert_true(grown > 24 * MIB && grown <= 32 * MIB);
	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		ask_free(k[i]);
	tunnel_check(t);
	assert_int_equal(t->near.h2->grown, 0);
	tunnel_end(t);
}

TEST(the_window_of_a_reader_that_does_not_keep_up_stays)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = tunnel_download(t, "/octets?5000000000", true);

	tunnel_until(t, has_rtt);
	t->near.h2->rtt_ms = 10000;
	test_turns(t->far.loop, 20); /* the window is full */
	k->slow = true;
	ask_go_on(k);
	assert_true(ask_wait_got(k, 4 * MIB));
	assert_int_equal(stream_of(t, k)->window, WINDOW);
	ask_free(k);
	tunnel_end(t);
}

/* A browser that takes nothing looks like one that is fast, until the kernel's buffer is full. */
TEST(the_window_of_a_reader_for_whom_the_kernel_takes_stays)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = tunnel_download(t, "/octets?5000000000", true);

	tunnel_until(t, has_rtt);
	t->near.h2->rtt_ms = 10000;
	k->unsent = 64 * KIB;
	ask_go_on(k);
	assert_true(ask_wait_got(k, 4 * MIB));
	assert_int_equal(stream_of(t, k)->window, WINDOW);
	k->unsent = 0;
	assert_true(ask_wait_got(k, 12 * MIB));
	assert_true(stream_of(t, k)->window > WINDOW);
	ask_free(k);
	tunnel_end(t);
}

static bool has_all_waiting(void *arg)
{
	struct tunnel *t = arg;

	LIST_EACH(l, &t->near.h2->streams) {
		const struct h2_stream *s = LIST_ENTRY(l, struct h2_stream, link);

		if (!s->over)
			return false;
	}
	return true;
}

/* Or a person who opens one after the other could make the hub hold any amount. */
TEST(what_waits_of_a_whole_answer_counts_until_it_is_taken_and_outlives_the_tunnel)
{
	struct tunnel *t = tunnel_begin();
	struct ask *k[4], *more;

	t->near.setup.limits.streams = ARRAY_LEN(k);
	tunnel_open(t);
	for (size_t i = 0; i < ARRAY_LEN(k); i++)
		k[i] = tunnel_download(t, "/octets?60000", true);
	tunnel_until(t, has_all_waiting);
	more = ask(&t->near, "GET", "/", -1);
	assert_int_equal(more->refused, ERR_BUSY);
	ask_go_on(k[0]);
	assert_true(ask_wait(k[0]));
	ask_free(k[1]);
	tunnel_check(t);
	asker_close(&t->near);
	for (size_t i = 2; i < ARRAY_LEN(k); i++) {
		ask_go_on(k[i]);
		assert_true(ask_wait(k[i]));
		assert_int_equal(k[i]->got, 60000);
		ask_free(k[i]);
	}
	ask_free(k[0]);
	ask_free(more);
	tunnel_end(t);
}

TEST(an_upload_whose_answer_is_whole_stops_at_once)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask_later(&t->near, "POST", "/early", 0);

	k->request.body_bytes = -1;
	k->send = UINT64_MAX;
	k->hold = true; /* who asked may take the answer slowly */
	ask_now(k);
	tunnel_until(t, has_all_waiting);
	test_turns(t->far.loop, 20);
	assert_true(k->put <= MIB);
	ask_go_on(k);
	assert_true(ask_wait(k));
	assert_string_equal(text(k), "full");
	ask_free(k);
	tunnel_check(t);
	tunnel_end(t);
}

TEST(an_upload_that_nobody_takes_waits_and_is_given_up_in_the_end)
{
	struct tunnel *t = tunnel_begin();
	struct ask *k;

	t->near.setup.limits.stall_ms = 100;
	tunnel_open(t);
	k = ask_later(&t->near, "POST", "/unread", 0);
	k->request.body_bytes = -1;
	k->send = UINT64_MAX;
	ask_now(k);
	assert_false(ask_wait(k));
	assert_int_equal(k->why, ERR_TIMEOUT);
	assert_true(k->put <= (256 + 256 + 16) * KIB); /* a window there, and the queue here */
	tunnel_until(t, is_gone);
	ask_free(k);
	tunnel_check(t);
	tunnel_end(t);
}

/* ---- where memory is short ---- */

/* A tunnel for whose process memory is `share` of its limit in quarters, without its own. */
static struct tunnel *tunnel_in_need(struct bufq *held, size_t share)
{
	static const uint8_t some[MIB];
	struct tunnel *t = tunnel_begin();

	t->near.setup.limits.buffered_bytes = 32 * MIB;
	for (size_t i = 0; i < share * 8; i++)
		bufq_put(t->far.loop, held, some, sizeof(some));
	tunnel_open(t);
	return t;
}

static void end_need(struct tunnel *t, struct bufq *held)
{
	bufq_done(t->far.loop, held);
	tunnel_end(t);
}

TEST(where_memory_is_short_who_lets_much_wait_is_given_up)
{
	struct bufq held = {};
	struct tunnel *t = tunnel_in_need(&held, 3);
	struct ask *stalled[16], *fast, *little;
	size_t given_up = 0;

	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		stalled[i] = tunnel_download(t, "/octets?16777216", true);
	test_turns(t->far.loop, 1000);
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		given_up += stalled[i]->why == ERR_BUSY;
	/* As many as it takes for the tunnel to hold a MiB. */
	assert_in_range(given_up, 1, ARRAY_LEN(stalled) - 1);
	assert_in_range(t->near.h2->owed, 1, MIB);
	little = tunnel_download(t, "/octets?60000", true);
	fast = tunnel_download(t, "/octets?16777216", false);
	assert_true(ask_wait(fast));
	assert_int_equal(fast->got, 16 * MIB);
	ask_go_on(little);
	assert_true(ask_wait(little));
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		ask_free(stalled[i]);
	ask_free(little);
	ask_free(fast);
	end_need(t, &held);
}

/* Thousands who let 64 KiB wait hold much, too, where the peer does not heed what narrows them. */
TEST(where_there_is_none_left_who_lets_any_wait_is_given_up_if_his_tunnel_holds_much)
{
	struct bufq held = {};
	struct tunnel *t = tunnel_in_need(&held, 4);
	struct ask *stalled[100];

	tunnel_check(t);
	t->near.h2->asked_window = 1; /* as if it were told, and not acknowledged */
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		stalled[i] = tunnel_download(t, "/octets?60000", true);
	test_turns(t->far.loop, 500);
	assert_in_range(t->near.h2->owed, MIB / 2, MIB + ARRAY_LEN(stalled) * 16 * KIB);
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		ask_free(stalled[i]);
	tunnel_check(t);
	end_need(t, &held);
}

/* ---- what is small goes first ---- */

static uint64_t got_by(struct ask *const *all, size_t n)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += all[i]->got;
	return sum;
}

/* With equal shares 60 KiB would come with 50 times as much. */
TEST(a_small_answer_does_not_wait_behind_large_ones)
{
	struct tunnel *t = tunnel_opened();
	struct ask *bulk[50], *small;
	uint64_t before;

	for (size_t i = 0; i < ARRAY_LEN(bulk); i++)
		bulk[i] = tunnel_download(t, "/octets?5000000000", false);
	for (size_t i = 0; i < ARRAY_LEN(bulk); i++)
		assert_true(ask_wait_got(bulk[i], 128 * KIB));
	small = tunnel_download(t, "/octets?61440", false);
	assert_true(ask_wait_got(small, 1)); /* what was on its way before has come */
	before = got_by(bulk, ARRAY_LEN(bulk));
	assert_true(ask_wait(small));
	assert_true(got_by(bulk, ARRAY_LEN(bulk)) - before < MIB);
	ask_free(small);
	for (size_t i = 0; i < ARRAY_LEN(bulk); i++)
		ask_free(bulk[i]);
	tunnel_end(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_hundred_stalled_readers_hold_little_and_nobody_else_back),
		RUN(what_is_held_is_held_until_it_is_taken_and_then_as_much_as_before),
		RUN(a_reader_that_stops_and_goes_on_gets_all),
		RUN(the_window_of_a_reader_that_keeps_up_grows_as_far_as_all_together_may),
		RUN(the_window_of_a_reader_that_does_not_keep_up_stays),
		RUN(the_window_of_a_reader_for_whom_the_kernel_takes_stays),
		RUN(what_waits_of_a_whole_answer_counts_until_it_is_taken_and_outlives_the_tunnel),
		RUN(an_upload_whose_answer_is_whole_stops_at_once),
		RUN(an_upload_that_nobody_takes_waits_and_is_given_up_in_the_end),
		RUN(where_memory_is_short_who_lets_much_wait_is_given_up),
		RUN(where_there_is_none_left_who_lets_any_wait_is_given_up_if_his_tunnel_holds_much),
		RUN(a_small_answer_does_not_wait_behind_large_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
