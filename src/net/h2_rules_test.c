/* h2_rules_test.c - what RFC 9113 forbids, frame by frame, and what it allows although few do it.
 *
 * The frames are written by hand: a library would refuse to send most of them.  Each case gets a
 * connection of its own, and says in which of the ways that the RFC names it must end. */
#include "base/test.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "net/test_frames.h"
#include "net/test_h2.h"

/* GET or POST / of https://a: by the static table (RFC 7541 appendix A). */
#define FIELDS       "\x82\x84\x87\x41\1a"
#define GET(stream)  F(HEADERS, 5, stream, FIELDS)
#define POST(stream) F(HEADERS, 4, stream, "\x83\x84\x87\x41\1a")

/* clang-format off */
static const struct rule rules[] = {
	{ "a request",
	  { GET(1) }, ANSWERED, 200 },
	{ "4.1 a frame of an unknown type is passed over",
	  { F(0x7f, 0, 0, "abcd"), GET(1) }, ANSWERED, 200 },
	{ "4.1 undefined flags are passed over",
	  { F(PING, 0xfe, 0, "12345678"), GET(1) }, ANSWERED, 200 },
	{ "4.2 a frame that is too long",
	  { { HEADERS, 5, 1, "", FRAME_MAX + 1 } }, GONE, SIZE },
	{ "4.3 a block that cannot be decoded",
	  { F(HEADERS, 5, 1, "\xff") }, GONE, COMPRESSION },
	{ "4.3 an index beyond the table",
	  { F(HEADERS, 5, 1, "\xc6") }, GONE, COMPRESSION },
	{ "4.3 a table larger than agreed",
	  { F(HEADERS, 5, 1, "\x3f\xe2\x1f" FIELDS) }, GONE, COMPRESSION },
	{ "5.1 DATA on an idle stream",
	  { F(DATA, 1, 1, "a") }, GONE, PROTOCOL },
	{ "5.1 RST_STREAM on an idle stream",
	  { F(RST_STREAM, 0, 1, "\0\0\0\x8") }, GONE, PROTOCOL },
	{ "5.1 WINDOW_UPDATE on an idle stream",
	  { F(WINDOW_UPDATE, 0, 1, "\0\0\0\x8") }, GONE, PROTOCOL },
	{ "5.1 CONTINUATION on an idle stream",
	  { F(CONTINUATION, 4, 1, FIELDS) }, GONE, PROTOCOL },
	{ "5.1 PRIORITY on an idle stream is allowed",
	  { F(PRIORITY, 0, 3, "\0\0\0\0\1"), GET(1) }, ANSWERED, 200 },
	{ "5.1.1 a stream of even number",
	  { GET(2) }, GONE, PROTOCOL },
	{ "5.3.1 a stream that depends on itself",
	  { F(HEADERS, 0x25, 1, "\0\0\0\1\1" FIELDS) }, GONE, PROTOCOL },
	{ "6.1 DATA on stream 0",
	  { F(DATA, 1, 0, "a") }, GONE, PROTOCOL },
	{ "6.1 padding longer than the frame",
	  { POST(1), F(DATA, 0x9, 1, "\5a") }, GONE, PROTOCOL },
	{ "6.2 HEADERS on stream 0",
	  { F(HEADERS, 5, 0, FIELDS) }, GONE, PROTOCOL },
	{ "6.2 padding longer than the block",
	  { F(HEADERS, 0xd, 1, "\x9" FIELDS) }, GONE, PROTOCOL },
	{ "6.2 another frame within a block",
	  { F(HEADERS, 1, 1, FIELDS), F(PING, 0, 0, "12345678") }, GONE, PROTOCOL },
	{ "6.2 a block in two frames",
	  { F(HEADERS, 1, 1, "\x82\x84\x87"), F(CONTINUATION, 4, 1, "\x41\1a") }, ANSWERED, 200 },
	{ "6.3 PRIORITY on stream 0",
	  { F(PRIORITY, 0, 0, "\0\0\0\0\1") }, GONE, PROTOCOL },
	{ "6.3 PRIORITY of a wrong size",
	  { F(PRIORITY, 0, 1, "\0\0\0\0") }, GONE, SIZE },
	{ "6.4 RST_STREAM on stream 0",
	  { F(RST_STREAM, 0, 0, "\0\0\0\x8") }, GONE, PROTOCOL },
	{ "6.4 RST_STREAM of a wrong size",
	  { POST(1), F(RST_STREAM, 0, 1, "\0\0\0") }, GONE, SIZE },
	{ "6.5 SETTINGS on a stream",
	  { F(SETTINGS, 0, 1, "") }, GONE, PROTOCOL },
	{ "6.5 an acknowledgement with a body",
	  { F(SETTINGS, 1, 0, "a") }, GONE, SIZE },
	{ "6.5 SETTINGS of a wrong size",
	  { F(SETTINGS, 0, 0, "\0\3\0") }, GONE, SIZE },
	{ "6.5.2 ENABLE_PUSH of 2",
	  { F(SETTINGS, 0, 0, "\0\2\0\0\0\2") }, GONE, PROTOCOL },
	{ "6.5.2 a window that is too large",
	  { F(SETTINGS, 0, 0, "\0\4\x80\0\0\0") }, GONE, FLOW },
	{ "6.5.2 frames that are too short",
	  { F(SETTINGS, 0, 0, "\0\5\0\0\x3f\xff") }, GONE, PROTOCOL },
	{ "6.5.2 an unknown setting is passed over",
	  { F(SETTINGS, 0, 0, "\0\xff\0\0\0\1"), GET(1) }, ANSWERED, 200 },
	{ "6.6 PUSH_PROMISE of a client",
	  { F(PUSH_PROMISE, 4, 1, "\0\0\0\2" FIELDS) }, GONE, PROTOCOL },
	{ "6.7 PING on a stream",
	  { F(PING, 0, 1, "12345678") }, GONE, PROTOCOL },
	{ "6.7 PING of a wrong size",
	  { F(PING, 0, 0, "123456") }, GONE, SIZE },
	{ "6.8 GOAWAY on a stream",
	  { F(GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0") }, GONE, PROTOCOL },
	{ "6.9 an increment of 0",
	  { F(WINDOW_UPDATE, 0, 0, "\0\0\0\0") }, GONE, PROTOCOL },
	{ "6.9 WINDOW_UPDATE of a wrong size",
	  { F(WINDOW_UPDATE, 0, 0, "\0\0\1") }, GONE, SIZE },
	{ "6.9.1 a connection's window that is too large",
	  { F(WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff") }, GONE, FLOW },
	{ "6.9.1 a stream's window that is too large",
	  { POST(1), F(WINDOW_UPDATE, 0, 1, "\x7f\xff\xff\xff") }, RESET, FLOW },
	{ "6.10 CONTINUATION after the block's end",
	  { GET(1), F(CONTINUATION, 4, 1, FIELDS) }, GONE, PROTOCOL },
	{ "6.10 CONTINUATION of another stream",
	  { F(HEADERS, 1, 1, FIELDS), F(CONTINUATION, 4, 3, "\x82") }, GONE, PROTOCOL },
	{ "8.1 two bodies' ends",
	  { GET(1), F(DATA, 1, 1, "a") }, GONE, STREAM },
	{ "8.1 a second head without the end",
	  { POST(1), F(HEADERS, 4, 1, "\x82") }, RESET, PROTOCOL },
	{ "8.1 pseudo-fields in trailers",
	  { POST(1), F(HEADERS, 5, 1, "\x82") }, RESET, PROTOCOL },
	{ "8.2 a name in capitals",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\1", "X", "\1", "b")) }, RESET, PROTOCOL },
	{ "8.2.1 a line end in a value",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\1", "x", "\3", "a\r\n")) }, RESET, PROTOCOL },
	{ "8.2.1 NUL in a value",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\1", "x", "\3", "a\0b")) }, RESET, PROTOCOL },
	{ "8.2.1 a blank in a name",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\2", "x ", "\1", "a")) }, RESET, PROTOCOL },
	{ "8.2.1 a blank before a value",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\1", "x", "\2", " a")) }, RESET, PROTOCOL },
	{ "8.2.2 Connection",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\xa", "connection", "\5", "close")) }, RESET, PROTOCOL },
	{ "8.2.2 Transfer-Encoding",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\x11", "transfer-encoding", "\7", "chunked")) }, RESET, PROTOCOL },
	{ "8.2.2 TE other than trailers",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\2", "te", "\4", "gzip")) }, RESET, PROTOCOL },
	{ "8.3 an unknown pseudo-field",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\2", ":x", "\1", "b")) }, RESET, PROTOCOL },
	{ "8.3 a pseudo-field of answers",
	  { F(HEADERS, 5, 1, FIELDS "\x88") }, RESET, PROTOCOL },
	{ "8.3 a pseudo-field after the others",
	  { F(HEADERS, 5, 1, "\x84\x87\x41\1a" FIELD("\1", "x", "\1", "b") "\x82") }, RESET, PROTOCOL },
	{ "8.3.1 no method",
	  { F(HEADERS, 5, 1, "\x84\x87\x41\1a") }, RESET, PROTOCOL },
	{ "8.3.1 no path",
	  { F(HEADERS, 5, 1, "\x82\x87\x41\1a") }, RESET, PROTOCOL },
	{ "8.3.1 no scheme",
	  { F(HEADERS, 5, 1, "\x82\x84\x41\1a") }, RESET, PROTOCOL },
	{ "8.3.1 an empty path",
	  { F(HEADERS, 5, 1, "\x82\x04\0\x87\x41\1a") }, RESET, PROTOCOL },
	{ "8.3.1 two methods",
	  { F(HEADERS, 5, 1, "\x82" FIELDS) }, RESET, PROTOCOL },
	{ "8.3.1 two paths",
	  { F(HEADERS, 5, 1, FIELDS "\x84") }, RESET, PROTOCOL },
	{ "8.3.1 no host at all",
	  { F(HEADERS, 5, 1, "\x82\x84\x87") }, RESET, PROTOCOL },
	{ "8.3.1 another scheme",
	  { F(HEADERS, 5, 1, "\x82\x84\x06\3" "ftp" "\x41\1a") }, ANSWERED, 400 },
	{ "8.3.1 a Host that says otherwise",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\4", "host", "\1", "b")) }, ANSWERED, 400 },
	{ "8.3.1 a Host that says the same",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\4", "host", "\1", "a")) }, ANSWERED, 200 },
	{ "8.3.1 a user in the host",
	  { F(HEADERS, 5, 1, "\x82\x84\x87\x41\3u@a") }, ANSWERED, 400 },
	{ "8.5 CONNECT",
	  { F(HEADERS, 5, 1, "\x02\7CONNECT\x41\1a") }, ANSWERED, 405 },
	{ "8.1.1 more body than announced",
	  { F(HEADERS, 4, 1, "\x83\x84\x87\x41\1a\x5c\1" "1"), F(DATA, 1, 1, "ab") }, RESET, PROTOCOL },
	{ "8.1.1 less body than announced",
	  { F(HEADERS, 4, 1, "\x83\x84\x87\x41\1a\x5c\1" "9"), F(DATA, 1, 1, "ab") }, RESET, PROTOCOL },
	{ "a field that must be unique comes twice",
	  { F(HEADERS, 5, 1, FIELDS FIELD("\6", "origin", "\1", "b") FIELD("\6", "origin", "\1", "b")) }, ANSWERED, 400 },
};
/* clang-format on */

struct wait {
	struct test_h2 *f;
	const struct rule *rule;
};

static bool has_come(void *arg)
{
	struct wait *w = arg;
	struct said said = listen_to(&w->f->peer);

	switch (w->rule->way) {
	case ANSWERED:
		return said.status >= 0 || said.gone >= 0 || said.reset >= 0;
	case RESET:
		return said.reset >= 0 || said.gone >= 0;
	case GONE:
		return w->f->peer.ends || w->f->peer.closed;
	}
	return false;
}

/* True if it was as it should be. */
static bool check(struct test_h2 *f, const struct rule *r)
{
	struct buf bytes = buf_new(64 * KIB);
	struct said said;
	int got;

	test_h2_open(f);
	buf_puts(&bytes, PREFACE);
	put_frame(&bytes, &(struct frame)F(SETTINGS, 0, 0, ""));
	for (size_t i = 0; i < ARRAY_LEN(r->frames) && r->frames[i].payload; i++)
		put_frame(&bytes, &r->frames[i]);
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
	loop_run_until(f->loop, has_come, &(struct wait){ f, r }, TEST_WAIT_MS);
	said = listen_to(&f->peer);
	got = r->way == ANSWERED ? said.status : r->way == RESET ? said.reset : said.gone;
	test_h2_close(f);
	if (got != (int)r->code)
		print_error("%s: %d instead of %u (status %d, reset %d, goaway %d)\n", r->name, got,
			    r->code, said.status, said.reset, said.gone);
	return got == (int)r->code;
}

TEST(what_RFC_9113_forbids_ends_the_stream_or_the_connection_as_it_says)
{
	struct test_h2 f;
	size_t right = 0;

	test_h2_begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		right += check(&f, &rules[i]);
	test_h2_end(&f);
	assert_int_equal(right, ARRAY_LEN(rules));
}

static bool has_ended(void *arg)
{
	struct test_h2 *f = arg;

	return f->peer.ends || f->peer.closed;
}

TEST(what_does_not_begin_with_the_preface_is_cut)
{
	struct test_h2 f;

	test_h2_begin(&f);
	test_h2_open(&f);
	test_peer_say(&f.peer, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(loop_run_until(f.loop, has_ended, &f, TEST_WAIT_MS));
	test_h2_close(&f);
	assert_int_equal(f.requests, 0);
	test_h2_end(&f);
}

TEST(streams_are_limited_and_the_rest_may_be_tried_again)
{
	static const struct rule three = { "", { POST(1), POST(3), POST(5) }, RESET, REFUSED };
	struct test_h2 f;

	test_h2_begin(&f);
	f.setup.limits.streams = 2;
	assert_true(check(&f, &three));
	assert_int_equal(f.requests, 2);
	test_h2_end(&f);
}

TEST(trailers_of_a_request_are_passed_over)
{
	static const struct rule rule = { "",
					  { POST(1), F(HEADERS, 5, 1, FIELD("\1", "x", "\1", "y")),
					    GET(3) },
					  ANSWERED,
					  200 };
	struct test_h2 f;

	test_h2_begin(&f);
	assert_true(check(&f, &rule));
	assert_int_equal(f.requests, 2);
	test_h2_end(&f);
}

/* RFC 9113 section 5.1.1 calls it an error of the connection; nghttp2 cannot tell it from a frame
 * that crossed with our own end of the stream, and passes over it.  What counts: no handler sees
 * it. */
TEST(a_stream_whose_number_goes_down_is_never_served)
{
	static const struct rule both = { "", { GET(5), GET(3), GET(7) }, ANSWERED, 200 };
	struct test_h2 f;

	test_h2_begin(&f);
	assert_true(check(&f, &both));
	assert_int_equal(f.requests, 2);
	test_h2_end(&f);
}

/* ---- floods: each row of h2_flood.c, and what the library limits ---- */

struct flood {
	const char *name;
	struct frame frame;
	unsigned times;    /* beyond the burst, within a second */
	unsigned harmless; /* below it */
	bool open;         /* a POST on stream 1 is open */
	bool fresh_stream; /* each on a stream of its own: a GET, then the frame */
};

static const struct flood floods[] = {
	{ "SETTINGS", F(SETTINGS, 0, 0, ""), 40, 15, false, false },
	{ "PING", F(PING, 0, 0, "12345678"), 100, 40, false, false },
	{ "PRIORITY", F(PRIORITY, 0, 3, "\0\0\0\0\1"), 1300, 900, false, false },
	{ "empty DATA", F(DATA, 0, 1, ""), 150, 90, true, false },
	{ "WINDOW_UPDATE", F(WINDOW_UPDATE, 0, 0, "\0\0\0\1"), 2600, 1900, false, false },
	{ "rapid reset", F(RST_STREAM, 0, 0, "\0\0\0\x8"), 400, 250, false, true },
	{ "made resets", F(WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff"), 150, 90, false, true },
};

static void send_flood(struct test_h2 *f, const struct flood *flood, unsigned times)
{
	struct buf bytes = buf_new(MIB);

	buf_puts(&bytes, PREFACE);
	put_frame(&bytes, &(struct frame)F(SETTINGS, 0, 0, ""));
	if (flood->open)
		put_frame(&bytes, &(struct frame)POST(1));
	for (unsigned i = 0; i < times; i++) {
		struct frame frame = flood->frame;
		struct frame get = POST(1);

		if (flood->fresh_stream) {
			get.stream = frame.stream = 2 * i + 1;
			put_frame(&bytes, &get);
		}
		put_frame(&bytes, &frame);
	}
	put_frame(&bytes, &(struct frame)F(PING, 0, 0, "12345678"));
	test_peer_send(&f->peer, bytes.data, bytes.len);
	buf_done(&bytes);
}

static bool has_ping(void *arg)
{
	struct test_h2 *f = arg;

	return listen_to(&f->peer).ping || has_ended(f);
}

TEST(a_flood_of_what_costs_nothing_ends_the_connection_and_less_of_it_does_not)
{
	struct test_h2 f;

	test_h2_begin(&f);
	for (size_t i = 0; i < ARRAY_LEN(floods); i++) {
		test_h2_open(&f);
		send_flood(&f, &floods[i], floods[i].harmless);
		if (!loop_run_until(f.loop, has_ping, &f, TEST_WAIT_MS) ||
		    listen_to(&f.peer).gone >= 0)
			fail_msg("%s: few are refused", floods[i].name);
		test_h2_close(&f);
		test_h2_open(&f);
		send_flood(&f, &floods[i], floods[i].times);
		if (!loop_run_until(f.loop, has_ended, &f, TEST_WAIT_MS))
			fail_msg("%s: goes on", floods[i].name);
		if (listen_to(&f.peer).gone != 11)
			fail_msg("%s: %d", floods[i].name, listen_to(&f.peer).gone);
		test_h2_close(&f);
	}
	test_h2_end(&f);
}

TEST(a_flood_of_CONTINUATION_is_cut)
{
	struct test_h2 f;
	struct buf bytes = buf_new(MIB);

	test_h2_begin(&f);
	test_h2_open(&f);
	buf_puts(&bytes, PREFACE);
	put_frame(&bytes, &(struct frame)F(SETTINGS, 0, 0, ""));
	put_frame(&bytes, &(struct frame)F(HEADERS, 1, 1, FIELDS));
	for (int i = 0; i < 1000; i++)
		put_frame(&bytes, &(struct frame)F(CONTINUATION, 0, 1, ""));
	test_peer_send(&f.peer, bytes.data, bytes.len);
	buf_done(&bytes);
	assert_true(loop_run_until(f.loop, has_ended, &f, TEST_WAIT_MS));
	assert_int_equal(f.requests, 0);
	test_h2_close(&f);
	test_h2_end(&f);
}

/* A field of 4,000 octets goes into the table once; then each octet of the block names it again. */
TEST(a_block_that_names_a_large_field_thousands_of_times_ends_the_connection)
{
	static const char plant[] =
		"\x40\1x\x7f\xa1\x1e"; /* a value of 4,000: 127 + 33 + 30 * 128 */
	struct test_h2 f;
	struct buf block = buf_new(64 * KIB), bytes = buf_new(64 * KIB);
	struct frame frame = { HEADERS, 5, 1, NULL, 0 };

	test_h2_begin(&f);
	test_h2_open(&f);
	buf_puts(&block, FIELDS);
	buf_put(&block, plant, sizeof(plant) - 1);
	memset(buf_reserve(&block, 4000), 'v', 4000);
	memset(buf_reserve(&block, 10000), 0xbe, 10000);
	frame.payload = (const char *)block.data;
	frame.len = block.len;
	buf_puts(&bytes, PREFACE);
	put_frame(&bytes, &(struct frame)F(SETTINGS, 0, 0, ""));
	put_frame(&bytes, &frame);
	test_peer_send(&f.peer, bytes.data, bytes.len);
	assert_true(loop_run_until(f.loop, has_ended, &f, TEST_WAIT_MS));
	assert_int_equal(listen_to(&f.peer).gone, 11);
	assert_int_equal(f.requests, 0);
	buf_done(&block);
	buf_done(&bytes);
	test_h2_close(&f);
	test_h2_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_RFC_9113_forbids_ends_the_stream_or_the_connection_as_it_says),
		RUN(streams_are_limited_and_the_rest_may_be_tried_again),
		RUN(trailers_of_a_request_are_passed_over),
		RUN(a_stream_whose_number_goes_down_is_never_served),
		RUN(what_does_not_begin_with_the_preface_is_cut),
		RUN(a_flood_of_what_costs_nothing_ends_the_connection_and_less_of_it_does_not),
		RUN(a_flood_of_CONTINUATION_is_cut),
		RUN(a_block_that_names_a_large_field_thousands_of_times_ends_the_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
