/* gateway_wait_test.c - who waits for a target, for how long, and behind whom. */
#include "base/test.h"
#include "connector/gateway/test_bench.h"

#include "base/clock.h"
#include "base/err.h"
#include "net/conn.h"

static bool nothing_runs(void *arg)
{
	return true;
}

static bool is_over(void *arg)
{
	const struct test_source *s = arg;

	return s->ended || s->aborted;
}

TEST(a_target_that_does_not_answer_is_given_up_in_time_for_a_clear_page)
{
	for (int resolves = 0; resolves < 2; resolves++) {
		struct bench *b = bench_new("http://mfp.example");
		int64_t began_ms = clock_mono_ms();
		struct test_source *s;

		b->mute = !resolves;
		s = ask(b, "/");
		if (resolves)
			assert_true(wait_device(b, 0, "\r\n\r\n"));
		assert_true(loop_skip_until(b->loop, is_over, nothing_runs, s, 100 * 1000));
		assert_in_range(loop_now_ms(b->loop) - began_ms, 13000, 15000);
		check_error(s, 504, "target_timeout");
		bench_free(b);
	}
}

static struct test_source *open_stream(struct bench *b, size_t device)
{
	static const char *const kinds[] = {
		"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\n\r\n:\n",
		"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=a\r\n\r\n:",
	};
	struct test_source *s = ask(b, "/events");

	assert_true(wait_device(b, device, "\r\n\r\n"));
	test_peer_say(&b->devices[device], kinds[device % ARRAY_LEN(kinds)]);
	assert_true(test_source_wait_text(s, ":"));
	return s;
}

/* Pages hold them as long as they are shown: who counted them would have no connection left for
 * the pages themselves.  With them it is no more than one browser would make. */
TEST(R56_event_streams_take_no_connection_from_others_until_they_are_many)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[6], *waits;

	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = open_stream(b, i);
	waits = ask(b, "/");
	test_turns(b->loop, 20);
	assert_int_equal(b->devices_len, 6);
	test_source_free(s[0]);
	test_turns(b->loop, 20);
	test_source_free(s[5]); /* one of the two that count */
	assert_true(wait_device(b, 6, "GET / HTTP/1.1\r\n"));
	answer(b, 6, "", "x");
	assert_true(test_source_wait(waits));
	test_source_free(waits);
	for (size_t i = 1; i < 5; i++)
		test_source_free(s[i]);
	bench_free(b);
}

/* News that are rare come, as long as the session may live without any. */
TEST(R56_a_quiet_stream_lasts_as_long_as_a_session_may_be_idle)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s;

	b->options.session_idle_ms = 8 * 60 * 60 * 1000;
	s = open_stream(b, 0);
	if (!clock_skip_ms(7 * 60 * 60 * 1000))
		skip();
	test_peer_say(&b->devices[0], "news");
	assert_true(test_source_wait_text(s, "news"));
	test_source_free(s);
	bench_free(b);
}

/* What others wait for: the next connection. */
struct wanted {
	const struct bench *b;
	size_t devices;
};

static bool has_dialled(void *owner)
{
	const struct wanted *w = owner;

	return w->b->devices_len >= w->devices;
}

TEST(R56_long_polls_give_way_to_who_waits)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *polls[2], *waits;
	int64_t began_ms = clock_mono_ms();

	for (size_t i = 0; i < ARRAY_LEN(polls); i++)
		polls[i] = ask(b, "/poll");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	waits = ask(b, "/");
	assert_true(loop_skip_until(b->loop, has_dialled, nothing_runs, &(struct wanted){ b, 3 },
				    100 * 1000));
	assert_in_range(loop_now_ms(b->loop) - began_ms, 0, 8000);
	assert_true(wait_device(b, 2, "GET / HTTP/1.1\r\n"));
	answer(b, 2, "", "x");
	assert_true(test_source_wait(waits));
	test_source_free(waits);
	for (size_t i = 0; i < ARRAY_LEN(polls); i++) {
		answer(b, i, "", "news");
		assert_true(test_source_wait(polls[i]));
		test_source_free(polls[i]);
	}
	/* It has two again: the one that was set apart has gone. */
	test_turns(b->loop, 20);
	waits = ask(b, "/2");
	assert_true(wait_device(b, 1, "GET /2 HTTP/1.1\r\n"));
	assert_int_equal(b->devices_len, 3);
	test_source_free(waits);
	bench_free(b);
}

/* A log that the device writes as it goes, a recording: browsers on site have other connections. */
TEST(R56_answers_that_go_on_for_long_give_way_to_who_waits)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *logs[2], *waits;

	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		logs[i] = ask(b, "/log");
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		test_peer_say(&b->devices[i], "HTTP/1.1 200 OK\r\n\r\n");
	waits = ask(b, "/");
	for (int i = 0; i < 10; i++) {
		if (!clock_skip_ms(1000))
			skip();
		test_peer_say(&b->devices[0], ".");
		test_peer_say(&b->devices[1], ".");
		test_turns(b->loop, 20);
		if (i == 1)
			assert_int_equal(b->devices_len, 2);
	}
	assert_int_equal(b->devices_len, 3);
	assert_true(wait_device(b, 2, "GET / HTTP/1.1\r\n"));
	answer(b, 2, "", "x");
	assert_true(test_source_wait(waits));
	test_source_free(waits);
	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		test_source_free(logs[i]);
	bench_free(b);
}

/* Those that their browser takes slowly always move. */
TEST(R56_a_session_that_holds_all_of_a_devices_connections_keeps_no_other_session_out)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *held[6], *waits;

	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		held[i] = i < 4 ? open_stream(b, i) : ask(b, "/log");
	assert_true(wait_device(b, 5, "GET /log HTTP/1.1\r\n"));
	b->visit.session = session_b;
	waits = ask(b, "/");
	assert_true(wait_device(b, 6, "GET / HTTP/1.1\r\n"));
	answer(b, 6, "", "x");
	assert_true(test_source_wait(waits));
	test_source_free(waits);
	/* One more, as there are sessions: not two. */
	waits = ask(b, "/1");
	assert_true(wait_device(b, 6, "GET /1 HTTP/1.1\r\n"));
	test_source_free(ask(b, "/2"));
	test_turns(b->loop, 20);
	assert_int_equal(b->devices_len, 7);
	test_source_free(waits);
	for (size_t i = 0; i < ARRAY_LEN(held); i++)
		test_source_free(held[i]);
	bench_free(b);
}

TEST(who_waits_in_vain_for_a_connection_is_told_so)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *stalled[6], *waits[2];

	for (size_t i = 0; i < ARRAY_LEN(stalled); i++) {
		stalled[i] = ask(b, "/log");
		assert_true(loop_skip_until(b->loop, has_dialled, nothing_runs,
					    &(struct wanted){ b, i + 1 }, 9000));
		assert_true(wait_device(b, i, "\r\n\r\n"));
		test_peer_say(&b->devices[i], "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n:");
		assert_true(test_source_wait_text(stalled[i], ":"));
	}
	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		waits[i] = ask(b, "/");
	assert_true(loop_skip_until(b->loop, is_over, nothing_runs, waits[1], 100 * 1000));
	assert_int_equal(b->devices_len, 6);
	for (size_t i = 0; i < ARRAY_LEN(waits); i++)
		check_error(waits[i], 503, "target_busy");
	for (size_t i = 0; i < ARRAY_LEN(stalled); i++)
		test_source_free(stalled[i]);
	bench_free(b);
}

struct interims {
	const struct test_source *source;
	int more_than;
};

static bool was_informed(void *arg)
{
	const struct interims *i = arg;

	return i->source->interims > i->more_than;
}

/* A device that takes 2 s for each answer, and a page of twenty parts. */
TEST(R56_who_waits_behind_others_that_are_answered_waits_for_its_turn)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s[20];

	for (size_t i = 0; i < ARRAY_LEN(s); i++)
		s[i] = ask(b, "/");
	for (size_t i = 0; i < ARRAY_LEN(s); i++) {
		assert_true(wait_device(b, i % 2, "\r\n\r\n"));
		if (i % 2 == 0) {
			if (!clock_skip_ms(2000))
				skip();
			test_turns(b->loop, 20);
		}
		buf_clear(&b->devices[i % 2].got);
		answer(b, i % 2, "", "x");
		assert_true(test_source_wait(s[i]));
		assert_int_equal(s[i]->status, 200);
		/* For longer than 15 s the hub does not wait without a sign. */
		assert_int_equal(s[i]->interims > 0, i >= 8);
		test_source_free(s[i]);
	}
	assert_int_equal(b->devices_len, 2);
	bench_free(b);
}

TEST(R56_a_script_waits_for_news_longer_than_a_page_for_itself)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *page = ask(b, "/"), *poll = request(b, "GET", "/poll");
	int64_t began_ms = clock_mono_ms();

	test_source_header(poll, "sec-fetch-dest", "empty");
	give(b, poll);
	assert_true(wait_device(b, 1, "\r\n\r\n"));
	assert_true(loop_skip_until(b->loop, is_over, nothing_runs, page, 100 * 1000));
	assert_in_range(loop_now_ms(b->loop) - began_ms, 13000, 15000);
	check_error(page, 504, "target_timeout");
	for (int i = 1; i < 8; i++)
		assert_true(loop_skip_until(b->loop, was_informed, nothing_runs,
					    &(struct interims){ poll, i }, 15 * 1000));
	answer(b, 1, "", "news");
	assert_true(test_source_wait(poll));
	assert_string_equal(test_source_body(poll), "news");
	test_source_free(poll);
	bench_free(b);
}

/* The HEAD that feels its pulse, on the n-th connection. */
static bool wait_pulse(struct bench *b, size_t n)
{
	assert_true(loop_skip_until(b->loop, has_dialled, nothing_runs,
				    &(struct wanted){ b, n + 1 }, 20 * 1000));
	return wait_device(b, n, "HEAD / HTTP/1.1\r\nHost: 192.0.2.7\r\n\r\n");
}

struct next {
	struct wanted wanted;
	struct test_source *source;
};

static bool goes_on(void *arg)
{
	struct next *w = arg;

	return has_dialled(&w->wanted) || is_over(w->source);
}

/* The n-th connection feels the pulse; false: the request has ended. */
static bool next_pulse(struct bench *b, size_t n, struct test_source *s)
{
	struct next next = { { b, n + 1 }, s };

	assert_true(loop_skip_until(b->loop, goes_on, nothing_runs, &next, 20 * 1000));
	return !is_over(s) && wait_device(b, n, "HEAD / ");
}

TEST(R56_a_page_of_a_target_that_lives_is_waited_for_as_long_as_a_browser_would)
{
	struct bench *b = bench_new("http://192.0.2.7");
	int64_t began_ms = clock_mono_ms();
	struct test_source *s = give(b, request(b, "POST", "/sync"));
	size_t n;

	assert_true(wait_device(b, 0, "\r\n\r\n"));
	for (n = 1; n <= 3; n++) {
		assert_true(wait_pulse(b, n));
		test_peer_say(&b->devices[n], "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
	}
	assert_true(loop_now_ms(b->loop) - began_ms > 25 * 1000);
	assert_true(s->interims > 1);
	answer(b, 0, "", "done");
	assert_true(test_source_wait(s));
	assert_string_equal(test_source_body(s), "done");
	test_source_free(s);

	/* Not for ever. */
	s = ask(b, "/never");
	began_ms = loop_now_ms(b->loop);
	for (; next_pulse(b, n, s); n++)
		test_peer_say(&b->devices[n], "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n");
	assert_in_range(loop_now_ms(b->loop) - began_ms, 280 * 1000, 320 * 1000);
	check_error(s, 504, "target_timeout");
	bench_free(b);
}

/* However it was doing before: what counts is its last sign of life. */
TEST(R56_a_target_that_hangs_after_it_has_answered_others_is_given_up_in_time)
{
	for (int pulses = 0; pulses < 2; pulses++) {
		struct bench *b = bench_new("http://192.0.2.7");
		struct test_source *s = ask(b, "/"), *other = ask(b, "/2");
		int64_t last_ms;

		assert_true(wait_device(b, 1, "GET /2"));
		answer(b, 1, "", "x");
		assert_true(test_source_wait(other));
		test_source_free(other);
		if (pulses) {
			assert_true(wait_pulse(b, 2));
			answer(b, 2, "", "");
		}
		last_ms = loop_now_ms(b->loop);
		assert_true(loop_skip_until(b->loop, is_over, nothing_runs, s, 100 * 1000));
		assert_in_range(loop_now_ms(b->loop) - last_ms, 13000, 15000);
		check_error(s, 504, "target_timeout");
		bench_free(b);
	}
}

static bool all_has_come(void *arg)
{
	const struct bench *b = arg;

	return b->devices[0].got.len > 8 * MIB;
}

/* As devices do that write what they got before they read on.  The hub sees that nothing moves, and
 * has to be told; and what moved gives the target its whole time again. */
TEST(R56_a_device_may_pause_in_the_midst_of_an_upload)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = test_source_new(b->loop, "POST", "/firmware", 8 * MIB);
	int64_t whole_ms;
	int interims;

	test_source_header(s, "host", "s.example");
	give(b, s);
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	b->devices[0].pause_after = 1;
	assert_true(wait_pulse(b, 1));
	interims = s->interims;
	answer(b, 1, "", "");
	assert_true(loop_skip_until(b->loop, was_informed, nothing_runs,
				    &(struct interims){ s, interims }, 2000));
	assert_true(wait_pulse(b, 2)); /* this one gets no sign */
	b->devices[0].pause_after = 0;
	conn_resume(b->devices[0].conn);
	assert_true(loop_run_until(b->loop, all_has_come, b, TEST_WAIT_MS));
	whole_ms = loop_now_ms(b->loop);
	assert_true(wait_pulse(b, 3)); /* nor does this */
	assert_true(loop_now_ms(b->loop) - whole_ms > 8000);
	assert_true(clock_skip_ms(3000));
	test_turns(b->loop, 20);
	answer(b, 0, "", "done");
	assert_true(test_source_wait(s));
	assert_string_equal(test_source_body(s), "done");
	test_source_free(s);
	bench_free(b);
}

TEST(R56_who_shakes_hands_by_tls_lives_and_is_asked_nothing)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_cert cert;
	struct test_source *s;

	test_cert_make(&cert, "printer");
	b->tls = test_cert_server(&cert);
	b->visit.target = NULL;
	b->options.papercut_url = "https://127.0.0.1:9192";
	s = ask(b, "/");
	assert_true(wait_device(b, 0, "\r\n\r\n"));
	for (size_t n = 1; n <= 3; n++) {
		assert_true(loop_skip_until(b->loop, has_dialled, nothing_runs,
					    &(struct wanted){ b, n + 1 }, 15 * 1000));
		assert_true(test_peer_wait_end(&b->devices[n]));
		assert_string_equal(test_peer_got(&b->devices[n]), "");
	}
	answer(b, 0, "", "done");
	assert_true(test_source_wait(s));
	test_source_free(s);
	bench_free(b);
	test_cert_done(&cert);
}

TEST(R28_an_address_that_the_customer_has_changed_is_not_dialled_for_a_pulse)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = ask(b, "/slow"), *other;

	assert_true(wait_device(b, 0, "GET /slow"));
	b->target.address = "http://192.0.2.8";
	other = ask(b, "/");
	assert_true(wait_device(b, 1, "GET /"));
	answer(b, 1, "", "x");
	assert_true(test_source_wait(other));
	test_source_free(other);
	assert_true(loop_skip_until(b->loop, is_over, nothing_runs, s, 100 * 1000));
	check_error(s, 504, "target_timeout");
	assert_string_equal(dialled(b), "192.0.2.7:80\n192.0.2.8:80\n");
	bench_free(b);
}

TEST(R56_others_that_are_answered_are_sign_enough)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = ask(b, "/slow"), *other;

	assert_true(wait_device(b, 0, "GET /slow"));
	for (int i = 0; i < 5; i++) {
		if (!clock_skip_ms(5000))
			skip();
		other = ask(b, "/");
		assert_true(wait_device(b, 1, "\r\n\r\n"));
		buf_clear(&b->devices[1].got);
		answer(b, 1, "", "x");
		assert_true(test_source_wait(other));
		test_source_free(other);
	}
	assert_false(is_over(s));
	assert_int_equal(b->devices_len, 2);
	answer(b, 0, "", "done");
	assert_true(test_source_wait(s));
	test_source_free(s);
	bench_free(b);
}

TEST(R29_a_session_that_ends_takes_its_pulse_with_it)
{
	struct bench *b = bench_new("http://192.0.2.7");
	struct test_source *s = ask(b, "/slow");

	assert_true(wait_pulse(b, 1));
	gateway_cut(b->gateway, session_a, ERR_SESSION_OVER);
	assert_true(test_peer_wait_end(&b->devices[1]));
	check_error(s, 410, "session_over");
	s = ask(b, "/slow");
	assert_true(wait_pulse(b, 3));
	test_source_free(s);
	bench_free(b); /* and the gateway, while one is felt */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_target_that_does_not_answer_is_given_up_in_time_for_a_clear_page),
		cmocka_unit_test(
			R56_event_streams_take_no_connection_from_others_until_they_are_many),
		cmocka_unit_test(R56_a_quiet_stream_lasts_as_long_as_a_session_may_be_idle),
		cmocka_unit_test(R56_long_polls_give_way_to_who_waits),
		cmocka_unit_test(R56_answers_that_go_on_for_long_give_way_to_who_waits),
		cmocka_unit_test(
			R56_a_session_that_holds_all_of_a_devices_connections_keeps_no_other_session_out),
		cmocka_unit_test(who_waits_in_vain_for_a_connection_is_told_so),
		cmocka_unit_test(R56_who_waits_behind_others_that_are_answered_waits_for_its_turn),
		cmocka_unit_test(R56_a_script_waits_for_news_longer_than_a_page_for_itself),
		cmocka_unit_test(
			R56_a_page_of_a_target_that_lives_is_waited_for_as_long_as_a_browser_would),
		cmocka_unit_test(
			R56_a_target_that_hangs_after_it_has_answered_others_is_given_up_in_time),
		cmocka_unit_test(R56_a_device_may_pause_in_the_midst_of_an_upload),
		cmocka_unit_test(R56_who_shakes_hands_by_tls_lives_and_is_asked_nothing),
		cmocka_unit_test(
			R28_an_address_that_the_customer_has_changed_is_not_dialled_for_a_pulse),
		cmocka_unit_test(R56_others_that_are_answered_are_sign_enough),
		cmocka_unit_test(R29_a_session_that_ends_takes_its_pulse_with_it),
	};

	return cmocka_run_group_tests_name("connector.gateway_wait", tests, NULL, NULL);
}
