/* h1_client_test.c - the client codec against a peer that says exactly what it is told to. */
#include "base/test.h"
#include "net/h1_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/bufq.h"
#include "net/test_source.h"

struct line {
	struct loop *loop;
	struct h1_client_setup setup;
	struct h1_client *client;
	struct test_peer device;
	int idle, closed;
};

static void on_idle(struct h1_client *h, void *owner)
{
	((struct line *)owner)->idle++;
}

static void on_closed(struct h1_client *h, void *owner)
{
	struct line *t = owner;

	t->closed++;
	t->client = NULL;
}

static void on_open(struct conn *c, void *owner)
{
	struct line *t = owner;

	t->client = h1_client_new(c, &t->setup);
}

static bool is_open(void *arg)
{
	return ((struct line *)arg)->client != NULL;
}

static void line_open(struct line *t)
{
	static const struct conn_ops ops = { .on_open = on_open };
	const struct conn_setup setup = { .ops = &ops, .owner = t, .read_out = true };
	struct conn *c;
	int fds[2];

	t->loop = loop_new();
	t->setup.on_idle = on_idle;
	t->setup.on_closed = on_closed;
	t->setup.owner = t;
	test_pair(fds);
	test_peer_open(&t->device, t->loop, fds[1], NULL, NULL, 0, 0);
	assert_int_equal(conn_open(t->loop, fds[0], &setup, &c), 0);
	assert_true(loop_run_until(t->loop, is_open, t, TEST_WAIT_MS));
}

static bool is_closed(void *arg)
{
	return ((struct line *)arg)->closed != 0;
}

static bool is_idle(void *arg)
{
	return ((struct line *)arg)->idle != 0;
}

static bool wait_closed(struct line *t)
{
	return loop_run_until(t->loop, is_closed, t, TEST_WAIT_MS);
}

static bool wait_idle(struct line *t)
{
	return loop_run_until(t->loop, is_idle, t, TEST_WAIT_MS);
}

static void line_close(struct line *t)
{
	if (t->client)
		h1_client_close(t->client);
	assert_true(wait_closed(t));
	assert_int_equal(t->closed, 1);
	test_peer_close(&t->device);
	loop_free(&t->loop);
}

static void ask(struct line *t, struct test_source *s)
{
	h1_client_ask(t->client, test_source_ready(s), 10000);
}

static struct test_source *ask_get(struct line *t)
{
	struct test_source *s = test_source_new(t->loop, "GET", "/", -1);

	test_source_header(s, "host", "d");
	ask(t, s);
	assert_true(test_peer_wait_text(&t->device, "\r\n\r\n"));
	return s;
}

static void device_forget(struct line *t)
{
	buf_clear(&t->device.got);
}

static bool has_sent(void *arg)
{
	const struct test_peer *p = arg;

	return p->closed ||
	       (p->out_at == p->out.len && p->generated == p->generate && !conn_blocked(p->conn));
}

static void device_finish(struct line *t)
{
	assert_true(loop_run_until(t->loop, has_sent, &t->device, TEST_WAIT_MS));
	if (!t->device.closed)
		conn_finish(t->device.conn);
}

/* ---- requests ---- */

static void check_sent(struct h1_client_setup setup, const char *method, const char *body,
		       int64_t body_bytes, const char *expected)
{
	struct line t = { .setup = setup };
	struct test_source *s;

	line_open(&t);
	s = test_source_new(t.loop, method, "/a//b;c%2F?d=%20", body ? (int64_t)strlen(body) : -1);
	s->request.body_bytes = body_bytes;
	s->text = str_of(body);
	test_source_header(s, "host", "device:8000");
	test_source_header(s, "x-long-name2", "1");
	ask(&t, s);
	assert_true(test_peer_wait_text(&t.device, expected));
	assert_string_equal(test_peer_got(&t.device), expected);
	assert_true(s->wanted == (body_bytes != 0));
	test_peer_say(&t.device, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_true(test_source_wait(s));
	assert_int_equal(s->status, 204);
	test_source_free(s);
	line_close(&t);
}

#define LINE    " /a//b;c%2F?d=%20 HTTP/1.1\r\n"
#define HEADERS "Host: device:8000\r\nX-Long-Name2: 1\r\n"

TEST(a_request_goes_out_as_it_is_and_framed_anew)
{
	const struct h1_client_setup plain = {}, collecting = { .collect_bytes = 10 };

	check_sent(plain, "GET", NULL, 0, "GET" LINE HEADERS "\r\n");
	check_sent(plain, "POST", NULL, 0, "POST" LINE HEADERS "Content-Length: 0\r\n\r\n");
	check_sent(plain, "POST", "hello", 5, "POST" LINE HEADERS "Content-Length: 5\r\n\r\nhello");
	check_sent(plain, "BREW", "hello", -1,
		   "BREW" LINE HEADERS "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
	check_sent(collecting, "POST", "hello", -1,
		   "POST" LINE HEADERS "Content-Length: 5\r\n\r\nhello");
}

TEST(a_body_that_is_too_long_to_be_collected_is_refused)
{
	struct line t = { .setup = { .collect_bytes = 10 } };
	struct test_source *s;

	line_open(&t);
	s = test_source_new(t.loop, "POST", "/", 11);
	s->request.body_bytes = -1;
	ask(&t, s);
	assert_false(test_source_wait(s));
	assert_int_equal(s->why, ERR_TOO_LARGE);
	assert_int_equal(t.device.got.len, 0);
	test_source_free(s);
	line_close(&t);
}

/* ---- answers ---- */

TEST(an_answer_arrives_and_the_connection_is_asked_again)
{
	struct line t = {};

	line_open(&t);
	for (int i = 1; i <= 3; i++) {
		struct test_source *s = ask_get(&t);

		test_peer_say(&t.device,
			      "HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhel");
		assert_true(test_source_wait_text(s, "hel"));
		test_peer_say(&t.device, "lo");
		assert_true(test_source_wait(s));
		assert_int_equal(s->status, 200);
		assert_int_equal(s->length, 5);
		assert_string_equal(test_source_head(s), "x-a: b\n");
		assert_string_equal(test_source_body(s), "hello");
		assert_true(wait_idle(&t));
		assert_int_equal(t.idle, 1);
		assert_true(h1_client_idle(t.client));
		t.idle = 0;
		device_forget(&t);
		test_source_free(s);
	}
	line_close(&t);
}

TEST(interim_answers_and_trailers_are_passed_on)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	test_peer_say(&t.device, "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 H\r\nLink: </a>\r\n\r\n"
				 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
				 "2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n");
	assert_true(test_source_wait(s));
	assert_int_equal(s->interims, 1);
	assert_string_equal(test_source_head(s), "link: </a>\n");
	assert_string_equal(test_source_body(s), "ab");
	assert_string_equal((const char *)s->trailers.data, "x-sum: 1\n");
	assert_true(wait_idle(&t));
	test_source_free(s);
	line_close(&t);
}

TEST(interim_answers_without_end_are_given_up)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	for (int i = 0; i < 17; i++)
		test_peer_say(&t.device, "HTTP/1.1 102 P\r\n\r\n");
	assert_false(test_source_wait(s));
	assert_int_equal(s->why, ERR_UPSTREAM);
	test_source_free(s);
	line_close(&t);
}

TEST(a_connection_whose_framing_is_in_doubt_is_not_used_again)
{
	static const char *const answers[] = {
		"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nab",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 200 OK\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab",
		"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nab",
		("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "2\r\nab\r\n0\r\n\r\n"),
	};

	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct line t = {};
		struct test_source *s;

		line_open(&t);
		s = ask_get(&t);
		test_peer_say(&t.device, answers[i]);
		assert_true(test_source_wait(s));
		assert_string_equal(test_source_body(s), "ab");
		assert_true(wait_closed(&t));
		assert_int_equal(t.idle, 0);
		test_source_free(s);
		line_close(&t);
	}
}

TEST(octets_that_nobody_asked_for_end_an_idle_connection)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	test_peer_say(&t.device, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
	assert_true(wait_idle(&t));
	test_peer_say(&t.device, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
	assert_true(wait_closed(&t));
	test_source_free(s);
	line_close(&t);
}

TEST(an_answer_until_close_ends_in_order)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	test_peer_say(&t.device, "HTTP/1.0 200 OK\r\n\r\nhello");
	assert_true(test_source_wait_text(s, "hello"));
	device_finish(&t);
	assert_true(test_source_wait(s));
	assert_int_equal(s->length, -1);
	test_source_free(s);
	line_close(&t);
}

TEST(an_answer_that_ends_too_early_is_not_taken_for_whole)
{
	static const struct {
		const char *octets;
		int why, status;
	} cases[] = {
		{ "", ERR_UNREACHABLE, 0 },
		{ "HTTP/1.1 200 OK\r\nConte", ERR_UPSTREAM, 0 },
		{ "garbage\r\n\r\n", ERR_UPSTREAM, 0 },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", ERR_UPSTREAM, 200 },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n", ERR_UPSTREAM,
		  200 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line t = {};
		struct test_source *s;

		line_open(&t);
		s = ask_get(&t);
		test_peer_say(&t.device, cases[i].octets);
		device_finish(&t);
		assert_false(test_source_wait(s));
		assert_true(s->aborted);
		assert_int_equal(s->why, cases[i].why);
		assert_int_equal(s->status, cases[i].status);
		test_source_free(s);
		line_close(&t);
	}
}

/* ---- both ways at once ---- */

#define AHEAD (64 * KIB) /* of an answer that nobody takes: h1_client.h */

static bool is_full(void *arg)
{
	const struct test_source *s = arg;

	return exchange_waiting(s->x, SOURCE) >= AHEAD;
}

/* A device that goes with octets unread resets the connection, as on TCP; what it has sent is in
 * our socket by then, which on TCP it need not be. */
TEST(an_early_answer_is_read_to_its_end_though_writing_fails)
{
	const size_t length = AHEAD + 100 * KIB;

	for (int reads = 0; reads < 2; reads++) {
		struct line t = {};
		struct test_source *s;
		char head[80];

		line_open(&t);
		if (!reads)
			t.device.pause_after = 1;
		s = test_source_new(t.loop, "POST", "/", 1);
		s->send = UINT64_MAX;
		s->hold = true;
		s->request.body_bytes = -1;
		ask(&t, s);
		assert_true(test_peer_wait_text(&t.device, "POST"));
		t.device.generate = length;
		snprintf(head, sizeof(head), "HTTP/1.1 413 Much\r\nContent-Length: %zu\r\n\r\n",
			 length);
		test_peer_say(&t.device, head);
		assert_true(loop_run_until(t.loop, is_full, s, TEST_WAIT_MS));
		assert_true(loop_run_until(t.loop, has_sent, &t.device, TEST_WAIT_MS));
		conn_close(t.device.conn); /* with what was not read: a reset */
		test_turns(t.loop, 20);
		assert_false(s->aborted);
		test_source_go_on(s);
		assert_true(test_source_wait(s));
		assert_int_equal(s->status, 413);
		assert_int_equal(s->got, length);
		assert_int_equal(s->wrong, 0);
		test_source_free(s);
		line_close(&t);
	}
}

TEST(a_source_that_takes_nothing_stops_the_reading)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	s->hold = s->bulk = true;
	t.device.generate = 20 * MIB;
	test_peer_say(&t.device, "HTTP/1.0 200 OK\r\n\r\n");
	assert_true(test_source_wait_head(s));
	assert_true(loop_run_until(t.loop, is_full, s, TEST_WAIT_MS));
	test_turns(t.loop, 100);
	assert_true(exchange_waiting(s->x, SOURCE) < AHEAD + 64 * KIB);
	assert_true(t.device.generated < 20 * MIB);
	test_source_go_on(s);
	device_finish(&t);
	assert_true(test_source_wait(s));
	assert_int_equal(s->got, 20 * MIB);
	assert_int_equal(s->wrong, 0);
	test_source_free(s);
	line_close(&t);
}

static bool has_a_mib(void *arg)
{
	return ((struct test_source *)arg)->got >= MIB;
}

TEST(where_much_waits_for_others_next_to_nothing_is_read_ahead)
{
	static const uint8_t much[BUFQ_AMPLE];
	struct line t = {};
	struct bufq others = {};
	struct test_source *s;

	line_open(&t);
	bufq_put(t.loop, &others, much, sizeof(much));
	s = ask_get(&t);
	s->hold = s->bulk = true;
	t.device.generate = 20 * MIB;
	test_peer_say(&t.device, "HTTP/1.0 200 OK\r\n\r\n");
	assert_true(test_source_wait_head(s));
	test_turns(t.loop, 100);
	assert_in_range(exchange_waiting(s->x, SOURCE), 1, BUFQ_CHUNK);
	test_source_go_on(s);
	assert_true(loop_run_until(t.loop, has_a_mib, s, TEST_WAIT_MS));
	bufq_done(t.loop, &others);
	s->hold = true;
	assert_true(loop_run_until(t.loop, is_full, s, TEST_WAIT_MS));
	test_source_go_on(s);
	device_finish(&t);
	assert_true(test_source_wait(s));
	assert_int_equal(s->got, 20 * MIB);
	assert_int_equal(s->wrong, 0);
	test_source_free(s);
	line_close(&t);
}

/* The end of the connection must not overtake what was not read yet. */
TEST(a_device_that_goes_while_nothing_is_read_loses_nothing)
{
	const size_t length = AHEAD + 100 * KIB;
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	s->hold = true;
	t.device.generate = length;
	test_peer_say(&t.device, "HTTP/1.0 200 OK\r\n\r\n");
	device_finish(&t);
	test_turns(t.loop, 50);
	assert_false(s->aborted);
	test_source_go_on(s);
	assert_true(test_source_wait(s));
	assert_int_equal(s->got, length);
	test_source_free(s);
	line_close(&t);
}

TEST(a_source_that_gives_up_closes_the_connection)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_get(&t);
	test_source_give_up(s);
	assert_true(wait_closed(&t));
	assert_true(test_peer_wait_end(&t.device));
	test_source_free(s);
	line_close(&t);
}

/* ---- deadlines ---- */

static bool nothing_runs(void *arg)
{
	return true;
}

static bool source_is_over(void *arg)
{
	const struct test_source *s = arg;

	return s->ended || s->aborted;
}

static void skip_until_over(struct test_source *s)
{
	assert_true(loop_skip_until(s->loop, source_is_over, nothing_runs, s, 100 * 1000));
}

TEST(a_device_that_does_not_answer_is_given_up)
{
	struct line t = {};
	struct test_source *s;
	int64_t began_ms;

	line_open(&t);
	s = ask_get(&t);
	began_ms = loop_now_ms(t.loop);
	skip_until_over(s);
	assert_int_equal(s->why, ERR_TIMEOUT);
	assert_in_range(loop_now_ms(t.loop) - began_ms, 9900, 12000);
	test_source_free(s);
	line_close(&t);
}

/* Who sends slowly has a deadline of its own: none of the device's. */
static void check_pause(int64_t body_bytes, size_t collect_bytes)
{
	struct line t = { .setup.collect_bytes = collect_bytes };
	struct test_source *s;
	int64_t ended_ms;

	line_open(&t);
	s = test_source_new(t.loop, "POST", "/", 5);
	s->owes = true;
	s->text = STR("01234");
	s->request.body_bytes = body_bytes;
	ask(&t, s);
	test_turns(t.loop, 20);
	assert_false(loop_skip_until(t.loop, source_is_over, nothing_runs, s, 30 * 1000));
	test_source_say(s, "56789");
	test_source_end(s);
	ended_ms = loop_now_ms(t.loop);
	skip_until_over(s);
	assert_int_equal(s->why, ERR_TIMEOUT);
	assert_in_range(loop_now_ms(t.loop) - ended_ms, 9900, 12000);
	assert_non_null(strstr(test_peer_got(&t.device), "56789"));
	test_source_free(s);
	line_close(&t);
}

TEST(a_device_has_its_time_from_when_it_has_all_that_there_is)
{
	check_pause(10, 0);
	check_pause(-1, 0);
	check_pause(-1, KIB);
}

TEST(a_redirect_without_a_length_is_whole_when_nothing_follows)
{
	static const int status[] = { 201, 302, 303 };

	for (size_t i = 0; i < ARRAY_LEN(status); i++) {
		struct line t = { .setup = { .body_ms = 60000 } };
		struct test_source *s;
		char head[64];

		line_open(&t);
		s = ask_get(&t);
		snprintf(head, sizeof(head), "HTTP/1.1 %d Movtmp\r\nLocation: /a\r\n\r\nx",
			 status[i]);
		test_peer_say(&t.device, head);
		assert_true(test_source_wait_text(s, "x"));
		skip_until_over(s);
		assert_true(s->ended);
		assert_string_equal(test_source_body(s), "x");
		assert_true(wait_closed(&t));
		test_source_free(s);
		line_close(&t);
	}
}

TEST(a_page_without_a_length_may_be_silent_as_long_as_the_limit_allows)
{
	struct line t = { .setup = { .body_ms = 60000 } };
	struct test_source *s;
	int64_t began_ms;

	line_open(&t);
	s = ask_get(&t);
	test_peer_say(&t.device, "HTTP/1.1 200 OK\r\n\r\nx");
	assert_true(test_source_wait_text(s, "x"));
	began_ms = loop_now_ms(t.loop);
	skip_until_over(s);
	assert_int_equal(s->why, ERR_TIMEOUT);
	assert_in_range(loop_now_ms(t.loop) - began_ms, 59000, 70000);
	test_source_free(s);
	line_close(&t);
}

/* ---- switching protocols ---- */

#define KEY    "dGhlIHNhbXBsZSBub25jZQ=="     /* RFC 6455 section 1.3 */
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" /* its answer */

static struct test_source *ask_upgrade(struct line *t, const char *key)
{
	struct test_source *s = test_source_new(t->loop, "GET", "/ws", -1);

	s->request.upgrade = STR("websocket");
	test_source_header(s, "host", "d");
	test_source_header(s, "sec-websocket-version", "13");
	if (key)
		test_source_header(s, "sec-websocket-key", key);
	ask(t, s);
	assert_true(test_peer_wait_text(&t->device, "\r\n\r\n"));
	return s;
}

TEST(a_switched_connection_carries_octets_both_ways)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_upgrade(&t, KEY);
	assert_string_equal(test_peer_got(&t.device),
			    "GET /ws HTTP/1.1\r\nHost: d\r\nSec-WebSocket-Version: 13\r\n"
			    "Sec-WebSocket-Key: " KEY "\r\nConnection: Upgrade\r\n"
			    "Upgrade: websocket\r\n\r\n");
	test_peer_say(&t.device, "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
				 "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\nhello");
	assert_true(test_source_wait_text(s, "hello"));
	assert_true(s->switched);
	assert_string_equal(test_source_head(s), "sec-websocket-accept: " ACCEPT "\n");
	test_source_say(s, "and you\r\n\r\n");
	assert_true(test_peer_wait_text(&t.device, "and you\r\n\r\n"));
	test_peer_say(&t.device, "bye");
	assert_true(test_source_wait_text(s, "hellobye"));
	device_finish(&t);
	assert_true(test_source_wait(s));
	assert_true(wait_closed(&t));
	assert_int_equal(t.idle, 0);
	test_source_free(s);
	line_close(&t);
}

/* What RFC 6455 section 4.2.2 answers to the key that the device got. */
static void put_accept(const struct line *t, struct buf *out)
{
	const char *key = strstr(test_peer_got(&t->device), "Sec-WebSocket-Key: ");
	struct buf text = buf_new(128);
	uint8_t sum[20];

	assert_non_null(key);
	buf_put(&text, key + strlen("Sec-WebSocket-Key: "), strlen(KEY));
	buf_puts(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	SHA1(text.data, text.len, sum);
	buf_put_base64(out, sum, sizeof(sum));
	buf_done(&text);
}

TEST(a_client_without_a_key_gets_one_and_the_answer_to_it_is_checked)
{
	for (int right = 0; right < 2; right++) {
		struct buf head = buf_new(KIB);
		struct line t = {};
		struct test_source *s;

		line_open(&t);
		s = ask_upgrade(&t, NULL);
		buf_puts(&head, "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ");
		if (right)
			put_accept(&t, &head);
		else
			buf_puts(&head, ACCEPT);
		buf_puts(&head, "\r\n\r\n");
		test_peer_say(&t.device, (const char *)head.data);
		if (right) {
			assert_true(test_source_wait_head(s));
			assert_true(s->switched);
			assert_string_equal(test_source_head(s), "");
		} else {
			assert_false(test_source_wait(s));
			assert_int_equal(s->why, ERR_UPSTREAM);
		}
		buf_done(&head);
		test_source_free(s);
		line_close(&t);
	}
}

TEST(a_device_that_does_not_switch_answers_as_ever)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_upgrade(&t, NULL);
	test_peer_say(&t.device, "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno");
	assert_true(test_source_wait(s));
	assert_int_equal(s->status, 404);
	assert_string_equal(test_source_body(s), "no");
	assert_true(wait_idle(&t));
	test_source_free(s);
	line_close(&t);
}

TEST(a_switched_connection_ends_soon_after_the_client_has)
{
	struct line t = {};
	struct test_source *s;

	line_open(&t);
	s = ask_upgrade(&t, KEY);
	test_peer_say(&t.device, "HTTP/1.1 101 S\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n");
	assert_true(test_source_wait_head(s));
	test_source_say(s, "last words");
	test_source_end(s);
	assert_true(test_peer_wait_text(&t.device, "last words"));
	skip_until_over(s);
	assert_true(s->ended);
	assert_true(wait_closed(&t));
	test_source_free(s);
	line_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_goes_out_as_it_is_and_framed_anew),
		cmocka_unit_test(a_body_that_is_too_long_to_be_collected_is_refused),
		cmocka_unit_test(an_answer_arrives_and_the_connection_is_asked_again),
		cmocka_unit_test(interim_answers_and_trailers_are_passed_on),
		cmocka_unit_test(interim_answers_without_end_are_given_up),
		cmocka_unit_test(a_connection_whose_framing_is_in_doubt_is_not_used_again),
		cmocka_unit_test(octets_that_nobody_asked_for_end_an_idle_connection),
		cmocka_unit_test(an_answer_until_close_ends_in_order),
		cmocka_unit_test(an_answer_that_ends_too_early_is_not_taken_for_whole),
		cmocka_unit_test(an_early_answer_is_read_to_its_end_though_writing_fails),
		cmocka_unit_test(a_source_that_takes_nothing_stops_the_reading),
		cmocka_unit_test(where_much_waits_for_others_next_to_nothing_is_read_ahead),
		cmocka_unit_test(a_device_that_goes_while_nothing_is_read_loses_nothing),
		cmocka_unit_test(a_source_that_gives_up_closes_the_connection),
		cmocka_unit_test(a_device_that_does_not_answer_is_given_up),
		cmocka_unit_test(a_device_has_its_time_from_when_it_has_all_that_there_is),
		cmocka_unit_test(a_redirect_without_a_length_is_whole_when_nothing_follows),
		cmocka_unit_test(a_page_without_a_length_may_be_silent_as_long_as_the_limit_allows),
		cmocka_unit_test(a_switched_connection_carries_octets_both_ways),
		cmocka_unit_test(a_client_without_a_key_gets_one_and_the_answer_to_it_is_checked),
		cmocka_unit_test(a_device_that_does_not_switch_answers_as_ever),
		cmocka_unit_test(a_switched_connection_ends_soon_after_the_client_has),
	};

	return cmocka_run_group_tests_name("net.h1_client", tests, NULL, NULL);
}
