/* h2_client_rules_test.c - what a peer that answers may not send, frame by frame, in the manner of
 * h2_rules_test.c: the hub does not trust who is at the other end of a tunnel. */
#include "base/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/h2_int.h"
#include "net/test_ask.h"
#include "net/test_frames.h"

#define OK        "\x88" /* :status 200, by the static table (RFC 7541 appendix A) */
#define HEAD(end) F(HEADERS, 4 | (end), 1, OK)
#define STATUS(s) "\x08\3" s /* not indexed */
#define HINT      F(HEADERS, 4, 1, STATUS("103"))
#define LENGTH(l) "\x0f\x0d\1" l

/* Each peer gets a GET on stream 1; ANSWERED says with which status, whole. */
/* clang-format off */
static const struct rule rules[] = {
	{ "an answer", { HEAD(1) }, ANSWERED, 200 },
	{ "an answer with a body", { HEAD(0), F(DATA, 1, 1, "abc") }, ANSWERED, 200 },
	{ "an interim answer", { HINT, HEAD(1) }, ANSWERED, 200 },
	{ "a status of no class", { F(HEADERS, 5, 1, STATUS("600")) }, ANSWERED, 600 },
	{ "100 that nobody asked for", { F(HEADERS, 4, 1, STATUS("100")), HEAD(1) }, ANSWERED, 200 },
	{ "trailers", { HEAD(0), F(HEADERS, 5, 1, FIELD("\1", "x", "\1", "y")) }, ANSWERED, 200 },
	{ "PRIORITY is allowed", { F(PRIORITY, 0, 1, "\0\0\0\0\1"), HEAD(1) }, ANSWERED, 200 },
	{ "a frame of an unknown type is passed over", { F(0x7f, 0, 0, "abcd"), HEAD(1) }, ANSWERED, 200 },
	{ "an answer that ended and is then reset in order",
	  { HEAD(1), F(RST_STREAM, 0, 1, "\0\0\0\0") }, ANSWERED, 200 },
	{ "5.1 DATA on an idle stream", { F(DATA, 1, 3, "a") }, GONE, PROTOCOL },
	{ "5.1 HEADERS on an idle stream", { F(HEADERS, 5, 3, OK) }, GONE, PROTOCOL },
	{ "5.1 RST_STREAM on an idle stream", { F(RST_STREAM, 0, 3, "\0\0\0\x8") }, GONE, PROTOCOL },
	{ "5.1 WINDOW_UPDATE on an idle stream", { F(WINDOW_UPDATE, 0, 3, "\0\0\0\x8") }, GONE, PROTOCOL },
	{ "5.1.1 a stream that the peer opens", { F(HEADERS, 5, 2, OK) }, GONE, PROTOCOL },
	{ "6.1 DATA on stream 0", { F(DATA, 1, 0, "a") }, GONE, PROTOCOL },
	{ "6.1 padding longer than the frame", { HEAD(0), F(DATA, 0x9, 1, "\5a") }, GONE, PROTOCOL },
	{ "6.2 another frame within a block", { F(HEADERS, 1, 1, OK), F(PING, 0, 0, "12345678") }, GONE, PROTOCOL },
	{ "6.5.2 a server that enables push", { F(SETTINGS, 0, 0, "\0\2\0\0\0\1") }, GONE, PROTOCOL },
	{ "6.5.2 a window that is too large", { F(SETTINGS, 0, 0, "\0\4\x80\0\0\0") }, GONE, FLOW },
	{ "6.6 PUSH_PROMISE, which we do not take",
	  { F(PUSH_PROMISE, 4, 1, "\0\0\0\2\x82\x84\x87\x41\1a") }, GONE, CALM },
	{ "6.9 an increment of 0", { F(WINDOW_UPDATE, 0, 0, "\0\0\0\0") }, GONE, PROTOCOL },
	{ "6.9.1 a connection's window that is too large", { F(WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff") }, GONE, FLOW },
	{ "4.3 a block that cannot be decoded", { F(HEADERS, 5, 1, "\xff") }, GONE, COMPRESSION },
	{ "8.1 DATA before the head", { F(DATA, 1, 1, "a") }, GONE, PROTOCOL },
	{ "8.1 an interim answer that ends", { F(HEADERS, 5, 1, STATUS("103")) }, RESET, PROTOCOL },
	{ "8.1 DATA after an interim answer", { HINT, F(DATA, 1, 1, "a") }, RESET, PROTOCOL },
	{ "8.1 a second head without the end", { HEAD(0), HEAD(0) }, RESET, PROTOCOL },
	{ "8.1 pseudo-fields in trailers", { HEAD(0), HEAD(1) }, RESET, PROTOCOL },
	{ "8.1.1 more body than announced", { F(HEADERS, 4, 1, OK LENGTH("1")), F(DATA, 1, 1, "ab") }, RESET, PROTOCOL },
	{ "8.1.1 less body than announced", { F(HEADERS, 4, 1, OK LENGTH("9")), F(DATA, 1, 1, "ab") }, RESET, PROTOCOL },
	{ "8.1.1 an announced body that does not come", { F(HEADERS, 5, 1, OK LENGTH("9")) }, RESET, PROTOCOL },
	{ "8.2 a name in capitals", { F(HEADERS, 5, 1, OK FIELD("\1", "X", "\1", "b")) }, RESET, PROTOCOL },
	{ "8.2.1 a line end in a value", { F(HEADERS, 5, 1, OK FIELD("\1", "x", "\3", "a\r\n")) }, RESET, PROTOCOL },
	{ "8.2.1 NUL in a value", { F(HEADERS, 5, 1, OK FIELD("\1", "x", "\3", "a\0b")) }, RESET, PROTOCOL },
	{ "8.2.2 Transfer-Encoding",
	  { F(HEADERS, 5, 1, OK FIELD("\x11", "transfer-encoding", "\7", "chunked")) }, RESET, PROTOCOL },
	{ "8.3 a pseudo-field of requests", { F(HEADERS, 5, 1, OK "\x82") }, RESET, PROTOCOL },
	{ "8.3.2 no status", { F(HEADERS, 5, 1, FIELD("\1", "x", "\1", "b")) }, RESET, PROTOCOL },
	{ "8.3.2 two of them", { F(HEADERS, 5, 1, OK OK) }, RESET, PROTOCOL },
	{ "8.3.2 one that is no number", { F(HEADERS, 5, 1, STATUS("2x0")) }, RESET, PROTOCOL },
	{ "8.6 switching protocols", { F(HEADERS, 4, 1, STATUS("101")) }, RESET, PROTOCOL },
	{ "a status below 100", { F(HEADERS, 5, 1, STATUS("099")) }, RESET, CANCEL },
};
/* clang-format on */

struct far {
	struct loop *loop;
	struct asker near;
	struct test_peer peer;
	int fd; /* the peer's */
};

static struct far *begin(void)
{
	struct far *f = xcalloc(1, sizeof(*f));

	f->loop = loop_new();
	asker_begin(&f->near, f->loop);
	return f;
}

static void open_far(struct far *f)
{
	struct buf bytes = buf_new(64);
	int fds[2];

	test_pair(fds);
	f->fd = fds[0];
	test_peer_open(&f->peer, f->loop, fds[0], NULL, NULL, 0, 0);
	asker_open(&f->near, fds[1]);
	put_frame(&bytes, &(struct frame)F(SETTINGS, 0, 0, ""));
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
}

static void close_far(struct far *f)
{
	asker_close(&f->near);
	test_peer_close(&f->peer);
}

static void end(struct far *f)
{
	test_turns(f->loop, 1);
	assert_int_equal(loop_counts(f->loop).buffered_bytes, 0);
	loop_free(&f->loop);
	free(f);
}

struct wait {
	struct far *far;
	const struct ask *ask;
	enum way way;
};

static bool has_come(void *arg)
{
	struct wait *w = arg;
	struct said said = listen_to(&w->far->peer);

	if (!w->ask->ended && !w->ask->aborted)
		return false;
	return w->way == ANSWERED || said.gone >= 0 || (w->way == RESET && said.reset >= 0);
}

static void send_frames(struct far *f, const struct rule *r)
{
	struct buf bytes = buf_new(64 * KIB);

	for (size_t i = 0; i < ARRAY_LEN(r->frames) && r->frames[i].payload; i++)
		put_frame(&bytes, &r->frames[i]);
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
}

/* True if it was as it should be: and never is an answer that broke a rule taken for whole. */
static bool check(struct far *f, const struct rule *r)
{
	struct said said;
	const uint8_t *head;
	size_t len;
	struct ask *k;
	int got;

	open_far(f);
	k = ask(&f->near, "GET", "/", -1);
	assert_true(listen_for(&f->peer, HEADERS, &head, &len));
	send_frames(f, r);
	loop_run_until(f->loop, has_come, &(struct wait){ f, k, r->way }, TEST_WAIT_MS);
	said = listen_to(&f->peer);
	got = r->way == ANSWERED ? k->status : r->way == RESET ? said.reset : said.gone;
	if (k->ended != (r->way == ANSWERED))
		got = -2;
	if (got != (int)r->code)
		print_error("%s: %d instead of %u (status %d, reset %d, goaway %d)\n", r->name, got,
			    r->code, k->status, said.reset, said.gone);
	ask_free(k);
	close_far(f);
	return got == (int)r->code;
}

TEST(what_a_peer_may_not_answer_ends_the_stream_or_the_connection)
{
	struct far *f = begin();
	size_t right = 0;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		right += check(f, &rules[i]);
	assert_int_equal(right, ARRAY_LEN(rules));
	end(f);
}

TEST(what_is_no_HTTP_2_ends_the_connection)
{
	struct far *f = begin();
	struct ask *k;

	open_far(f);
	k = ask(&f->near, "GET", "/", -1);
	test_peer_say(&f->peer, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
	assert_false(ask_wait(k));
	assert_int_equal(k->why, ERR_UNREACHABLE);
	ask_free(k);
	close_far(f);
	end(f);
}

/* ---- heads that are too large ---- */

static void send_head(struct far *f, size_t value_len, unsigned fields)
{
	struct buf block = buf_new(64 * KIB), bytes = buf_new(64 * KIB);
	struct frame frame = { HEADERS, 5, 1, NULL, 0 };

	buf_puts(&block, OK);
	for (unsigned i = 0; i < fields; i++) {
		const uint8_t head[] = { 0,
					 1,
					 'x',
					 0x7f,
					 (uint8_t)((value_len - 127) % 128 + 128),
					 (uint8_t)((value_len - 127) / 128) };

		buf_put(&block, head, sizeof(head));
		memset(buf_reserve(&block, value_len), 'v', value_len);
	}
	frame.payload = (const char *)block.data;
	frame.len = block.len;
	assert_true(frame.len <= FRAME_MAX);
	put_frame(&bytes, &frame);
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&block);
	buf_done(&bytes);
}

TEST(an_answer_whose_head_is_too_large_is_given_up_alone)
{
	static const struct {
		size_t value_len;
		unsigned fields;
		bool whole;
	} cases[] = { { 200, 60, true }, { 150, 100, false }, { 10000, 1, false } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct far *f = begin();
		struct ask *k;
		const uint8_t *head;
		size_t len;

		f->near.setup.http.header_bytes = i == 2 ? 8 * KIB : 20 * KIB;
		open_far(f);
		k = ask(&f->near, "GET", "/", -1);
		assert_true(listen_for(&f->peer, HEADERS, &head, &len));
		send_head(f, cases[i].value_len, cases[i].fields);
		assert_int_equal(ask_wait(k), cases[i].whole);
		assert_int_equal(listen_to(&f->peer).gone, -1);
		ask_free(k);
		close_far(f);
		end(f);
	}
}

/* What broke behind the peer is told apart from what the peer itself does. */
TEST(a_stream_that_the_peer_resets_says_whose_fault_it_is)
{
	static const struct {
		const char *code;
		int why;
	} cases[] = {
		{ "\0\0\0\2", ERR_UPSTREAM },    /* INTERNAL_ERROR */
		{ "\0\0\0\7", ERR_UNREACHABLE }, /* REFUSED_STREAM */
		{ "\0\0\0\x8", ERR_CANCELLED },
		{ "\0\0\0\1", ERR_CANCELLED }, /* PROTOCOL_ERROR */
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct frame reset = { RST_STREAM, 0, 1, cases[i].code, 4 };
		struct buf bytes = buf_new(KIB);
		struct far *f = begin();
		const uint8_t *head;
		struct ask *k;
		size_t len;

		open_far(f);
		k = ask(&f->near, "GET", "/", -1);
		assert_true(listen_for(&f->peer, HEADERS, &head, &len));
		put_frame(&bytes, &reset);
		test_peer_send(&f->peer, bytes.data, bytes.len);
		buf_done(&bytes);
		assert_false(ask_wait(k));
		assert_int_equal(k->why, cases[i].why);
		ask_free(k);
		close_far(f);
		end(f);
	}
}

TEST(interim_answers_that_say_nothing_are_counted_too)
{
	struct buf bytes = buf_new(4 * KIB);
	struct far *f = begin();
	const uint8_t *head;
	struct ask *k;
	size_t len;

	open_far(f);
	k = ask(&f->near, "GET", "/", -1);
	assert_true(listen_for(&f->peer, HEADERS, &head, &len));
	for (int i = 0; i < 41; i++)
		put_frame(&bytes, &(struct frame)F(HEADERS, 4, 1, STATUS("100")));
	put_frame(&bytes, &(struct frame)HEAD(1));
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
	assert_false(ask_wait(k));
	assert_int_equal(k->why, ERR_UPSTREAM);
	ask_free(k);
	close_far(f);
	end(f);
}

/* ---- floods ---- */

struct flood {
	const char *name;
	struct frame frame;
	unsigned times;
	unsigned harmless;
};

static const struct flood floods[] = {
	{ "SETTINGS", F(SETTINGS, 0, 0, ""), 40, 15 },
	{ "PING", F(PING, 0, 0, "12345678"), 100, 40 },
	{ "PRIORITY", F(PRIORITY, 0, 1, "\0\0\0\0\1"), 100, 40 },
	{ "empty DATA", F(DATA, 0, 1, ""), 150, 90 },
	{ "WINDOW_UPDATE", F(WINDOW_UPDATE, 0, 0, "\0\0\0\1"), 30000, 9900 },
};

static bool has_ping_or_end(void *arg)
{
	struct far *f = arg;

	return listen_to(&f->peer).ping || f->near.closed;
}

static struct said flood_with(struct far *f, const struct flood *flood, unsigned times)
{
	struct buf bytes = buf_new(MIB);
	struct said said;
	const uint8_t *head;
	size_t len;
	struct ask *k;

	open_far(f);
	k = ask(&f->near, "GET", "/", -1);
	assert_true(listen_for(&f->peer, HEADERS, &head, &len));
	put_frame(&bytes, &(struct frame)HEAD(0));
	for (unsigned i = 0; i < times; i++)
		put_frame(&bytes, &flood->frame);
	put_frame(&bytes, &(struct frame)F(PING, 0, 0, "12345678"));
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
	assert_true(loop_run_until(f->loop, has_ping_or_end, f, TEST_WAIT_MS));
	said = listen_to(&f->peer);
	ask_free(k);
	close_far(f);
	return said;
}

TEST(a_flood_of_what_costs_nothing_ends_the_tunnel_and_less_of_it_does_not)
{
	struct far *f = begin();

	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		if (flood_with(f, &floods[i], floods[i].harmless).gone >= 0)
			fail_msg("%s: few are refused", floods[i].name);
		if (flood_with(f, &floods[i], floods[i].times).gone != CALM)
			fail_msg("%s: goes on", floods[i].name);
	}
	end(f);
}

/* ---- how long the way is ---- */

#define LATE_MS 60

static void *answer_late(void *arg)
{
	static const uint8_t ack[9 + 8] = { 0, 0, 8, PING, 1 };
	const struct timespec pause = { .tv_nsec = LATE_MS * 1000000L };

	nanosleep(&pause, NULL);
	assert_int_equal(write(*(int *)arg, ack, sizeof(ack)), sizeof(ack));
	return NULL;
}

static bool has_rtt(void *arg)
{
	return ((struct far *)arg)->near.h2->rtt_ms > 0;
}

/* By another thread: else the loop would not sleep until the answer comes. */
TEST(the_way_to_a_peer_is_as_long_as_its_answer_takes)
{
	struct far *f = begin();
	const uint8_t *payload;
	pthread_t thread;
	size_t len;
	int fd;

	open_far(f);
	fd = dup(f->fd);
	assert_true(listen_for(&f->peer, PING, &payload, &len));
	test_turns(f->loop, 5); /* all that it has to say has come */
	assert_int_equal(pthread_create(&thread, NULL, answer_late, &fd), 0);
	assert_true(loop_run_until(f->loop, has_rtt, f, TEST_WAIT_MS));
	pthread_join(thread, NULL);
	assert_true(f->near.h2->rtt_ms >= LATE_MS);
	close(fd);
	close_far(f);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_a_peer_may_not_answer_ends_the_stream_or_the_connection),
		RUN(what_is_no_HTTP_2_ends_the_connection),
		RUN(an_answer_whose_head_is_too_large_is_given_up_alone),
		RUN(a_stream_that_the_peer_resets_says_whose_fault_it_is),
		RUN(interim_answers_that_say_nothing_are_counted_too),
		RUN(a_flood_of_what_costs_nothing_ends_the_tunnel_and_less_of_it_does_not),
		RUN(the_way_to_a_peer_is_as_long_as_its_answer_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
