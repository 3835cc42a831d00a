/* ws_test.c - WebSocket frames as octets, and a connection of them; and who asks to switch. */
#include "base/test.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/test_net.h"
#include "net/upgrade.h"
#include "net/ws.h"

/* RFC 6455 section 1.3. */
TEST(the_handshake_is_answered_as_the_standard_shows)
{
	char key[WS_KEY_SIZE], accept[WS_ACCEPT_SIZE];

	ws_accept(STR("dGhlIHNhbXBsZSBub25jZQ=="), accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	ws_key(key);
	assert_true(ws_key_ok(str_of(key)));
	assert_true(ws_key_ok(STR("dGhlIHNhbXBsZSBub25jZQ==")));
	assert_false(ws_key_ok(STR("dGhlIHNhbXBsZSBub25jZQ=")));
	assert_false(ws_key_ok(STR("")));
	assert_false(ws_key_ok(STR("dGhlIHNhbXBsZSBub25jZ!==")));
}

/* Through a pair of them, cut in pieces of `step` octets. */
static void check_pair(size_t len, size_t step, bool client)
{
	struct ws *from = ws_new(client), *to = ws_new(!client);
	uint8_t *room = xmalloc(WS_ROOM + len + 1), *wire;
	size_t front, got = 0;

	for (size_t i = 0; i < len; i++)
		room[WS_ROOM + i] = test_octet(i);
	front = ws_encode(from, room + WS_ROOM, len);
	wire = room + WS_ROOM - front;
	for (size_t at = 0; at < front + len; at += step) {
		size_t n = front + len - at < step ? front + len - at : step, out = 0;

		assert_int_equal(ws_decode(to, wire + at, n, &out), 0);
		for (size_t i = 0; i < out; i++)
			assert_int_equal(wire[at + i], test_octet(got + i));
		got += out;
	}
	assert_int_equal(got, len);
	free(room);
	ws_free(&from);
	ws_free(&to);
}

TEST(what_is_framed_comes_out_as_it_was_in_whatever_pieces)
{
	static const size_t lengths[] = { 1, 125, 126, 127, 4096, 65535 };
	static const size_t steps[] = { 1, 3, 1000, 100000 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
			check_pair(lengths[i], steps[k], true);
			check_pair(lengths[i], steps[k], false);
		}
	}
}

struct frame_case {
	const char *name, *bytes;
	size_t len;
	int rc;
	const char *out;
};

#define CASE(name, bytes, rc, out)                                                                 \
	{                                                                                          \
		name, bytes, sizeof(bytes) - 1, rc, out                                            \
	}

/* To a client: unmasked. */
static const struct frame_case cases[] = {
	CASE("binary", "\x82\x02hi", 0, "hi"),
	CASE("two fragments", "\x02\x01h\x80\x01i", 0, "hi"),
	CASE("an empty one between", "\x82\x01h\x82\x00\x82\x01i", 0, "hi"),
	CASE("a ping within", "\x02\x01h\x89\x01x\x80\x01i", 0, "hi"),
	CASE("a pong", "\x8a\x01x\x82\x02hi", 0, "hi"),
	CASE("the end", "\x82\x01h\x88\x00\x82\x01i", 1, "h"),
	CASE("text", "\x81\x02hi", ERR_UPSTREAM, ""),
	CASE("an extension", "\xc2\x02hi", ERR_UPSTREAM, ""),
	CASE("an unknown opcode", "\x83\x02hi", ERR_UPSTREAM, ""),
	CASE("an unknown control", "\x8b\x00", ERR_UPSTREAM, ""),
	CASE("masked by a server", "\x82\x82\0\0\0\0hi", ERR_UPSTREAM, ""),
	CASE("a control of 126", "\x89\x7e\x00\x7e", ERR_UPSTREAM, ""),
	CASE("a control in parts", "\x09\x01x", ERR_UPSTREAM, ""),
	CASE("longer than can be", "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", ERR_UPSTREAM, ""),
};

TEST(frames_that_are_none_of_ours_end_it)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct frame_case *c = &cases[i];
		struct ws *w = ws_new(true);
		uint8_t data[64];
		size_t len = 0;
		int rc;

		memcpy(data, c->bytes, c->len);
		rc = ws_decode(w, data, c->len, &len);
		if (rc != c->rc)
			fail_msg("%s: %d", c->name, rc);
		if (rc >= 0 && !str_eq((struct str){ (char *)data, len }, str_of(c->out)))
			fail_msg("%s: %.*s", c->name, (int)len, data);
		ws_free(&w);
	}
}

TEST(a_client_that_does_not_mask_is_refused)
{
	struct ws *w = ws_new(false);
	uint8_t data[] = { 0x82, 1, 'x' };
	size_t len;

	assert_int_equal(ws_decode(w, data, sizeof(data), &len), ERR_UPSTREAM);
	ws_free(&w);
}

TEST(a_ping_is_answered_before_what_comes_next)
{
	struct ws *w = ws_new(false);
	uint8_t ping[] = { 0x89, 0x82, 0, 0, 0, 0, 'h', 'i' };
	uint8_t room[WS_ROOM + 1];
	size_t len;

	assert_int_equal(ws_decode(w, ping, sizeof(ping), &len), 0);
	assert_int_equal(len, 0);
	assert_true(ws_owes(w));
	room[WS_ROOM] = 'x';
	assert_int_equal(ws_encode(w, room + WS_ROOM, 1), 6);
	assert_memory_equal(room + WS_ROOM - 6, "\x8a\x02hi\x82\x01x", 7);
	assert_false(ws_owes(w));
	ws_free(&w);
}

/* ---- a connection ---- */

TEST(a_wrapped_connection_carries_what_a_plain_one_does)
{
	struct loop *l = loop_new();
	struct test_peer a, b;
	int fds[2];

	test_pair(fds);
	test_peer_open(&a, l, fds[0], NULL, NULL, 0, 0);
	test_peer_open(&b, l, fds[1], NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&a) && test_peer_wait_open(&b));
	ws_wrap(a.conn, ws_new(true));
	ws_wrap(b.conn, ws_new(false));
	test_peer_say(&a, "hello");
	assert_true(test_peer_wait_text(&b, "hello"));
	b.generate = 4 * MIB;
	test_peer_say(&b, "");
	while (a.got.len < 4 * MIB)
		test_turns(l, 1);
	for (size_t i = 0; i < 4 * MIB; i++)
		assert_int_equal(a.got.data[i], test_octet(i));
	test_peer_close(&a);
	assert_true(test_peer_wait_end(&b));
	test_peer_close(&b);
	loop_free(&l);
}

TEST(a_wrapped_connection_whose_peer_speaks_otherwise_ends)
{
	struct loop *l = loop_new();
	struct test_peer a, b;
	int fds[2];

	test_pair(fds);
	test_peer_open(&a, l, fds[0], NULL, NULL, 0, 0);
	test_peer_open(&b, l, fds[1], NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&a) && test_peer_wait_open(&b));
	ws_wrap(b.conn, ws_new(false));
	test_peer_say(&a, "hello");
	assert_true(test_peer_wait_end(&b));
	assert_int_equal(b.why, ERR_UPSTREAM);
	test_peer_close(&a);
	test_peer_close(&b);
	loop_free(&l);
}

/* ---- asking to switch ---- */

struct asker {
	int told, rc, status;
	bool sent;
	char first[64], body[64];
	struct conn *conn;
	bool closed;
};

static void asker_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	struct asker *a = owner;

	strncat(a->first, (const char *)data, len);
}

static size_t asker_fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	return 0;
}

static void asker_closed(void *owner)
{
	((struct asker *)owner)->closed = true;
}

static void asker_end(struct conn *c, int why, void *owner)
{
	conn_close(c);
}

static const struct conn_ops asker_ops = {
	.on_data = asker_data,
	.fill = asker_fill,
	.on_end = asker_end,
	.on_closed = asker_closed,
};

static void on_answer(const struct upgrade_answer *answer, void *owner)
{
	struct asker *a = owner;

	a->told++;
	a->rc = answer->rc;
	a->status = answer->status;
	a->sent = answer->sent;
	a->conn = answer->conn;
	assert_int_equal(!answer->conn, answer->rc != 0);
	strncat(a->first, answer->first.p ? answer->first.p : "", answer->first.len);
	strncat(a->body, answer->body.p ? answer->body.p : "", answer->body.len);
	if (answer->conn)
		conn_hand_over(answer->conn, &asker_ops, a);
}

struct answer_case {
	const char *name, *answer; /* the server ends after it */
	int rc, status;
	const char *rest;
};

static const struct answer_case answers[] = {
	{ "a switch",
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: Mine/1\r\n\r\nfirst",
	  0, 101, "first" },
	{ "a switch to something else",
	  "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
	  ERR_UPSTREAM, 101, "" },
	{ "a switch to two", "HTTP/1.1 101 Ok\r\nUpgrade: mine/1\r\nUpgrade: other\r\n\r\n",
	  ERR_UPSTREAM, 101, "" },
	{ "a switch to nothing", "HTTP/1.1 101 Ok\r\n\r\n", ERR_UPSTREAM, 101, "" },
	{ "a refusal", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnoooo", ERR_UPSTREAM,
	  403, "nooo" },
	{ "a refusal that is cut", "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\nno",
	  ERR_UPSTREAM, 403, "" },
	{ "one in chunks",
	  "HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", ERR_UPSTREAM,
	  502, "" },
	{ "no HTTP at all", "SSH-2.0-x\r\n\r\n", ERR_UPSTREAM, 0, "" },
	{ "an interim answer", "HTTP/1.1 100 Continue\r\n\r\n", ERR_UPSTREAM, 100, "" },
	{ "nothing", "", ERR_UPSTREAM, 0, "" },
};

TEST(who_asks_to_switch_believes_no_answer_more_than_it_says)
{
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		const struct answer_case *c = &answers[i];
		const struct upgrade_request request = {
			.authority = "a.example",
			.path = "/x",
			.protocol = "mine/1",
			.headers = STR("X-Own: 1\r\n"),
			.timeout_ms = 5000,
		};
		struct loop *l = loop_new();
		struct asker a = { 0 };
		struct test_peer peer;
		int fds[2];

		test_pair(fds);
		test_peer_open(&peer, l, fds[0], NULL, NULL, 0, 0);
		assert_non_null(upgrade_start(l, fds[1], &request, on_answer, &a));
		assert_true(test_peer_wait_text(&peer, "\r\n\r\n"));
		assert_string_equal(test_peer_got(&peer),
				    "GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n"
				    "Upgrade: mine/1\r\nX-Own: 1\r\n\r\n");
		test_peer_say(&peer, c->answer);
		test_turns(l, 5);
		if (!peer.ends && !peer.closed)
			conn_finish(peer.conn);
		for (int k = 0; !a.told && k < 5000; k++)
			test_turns(l, 1);
		test_turns(l, 5);
		if (a.told != 1 || a.rc != c->rc || a.status != c->status || !a.sent ||
		    strcmp(a.rc ? a.body : a.first, c->rest) != 0)
			fail_msg("%s: %d %d %s%s", c->name, a.rc, a.status, a.first, a.body);
		if (a.conn && !a.closed)
			conn_close(a.conn);
		test_peer_close(&peer);
		loop_free(&l);
	}
}

TEST(a_server_that_says_nothing_is_not_waited_for_without_end)
{
	const struct upgrade_request request = {
		.authority = "a", .path = "/", .protocol = "x", .timeout_ms = 50
	};
	struct loop *l = loop_new();
	struct asker a = { 0 };
	struct test_peer peer;
	struct upgrade *u;
	int fds[2];

	test_pair(fds);
	test_peer_open(&peer, l, fds[0], NULL, NULL, 0, 0);
	assert_non_null(upgrade_start(l, fds[1], &request, on_answer, &a));
	for (int k = 0; !a.told && k < 5000; k++)
		test_turns(l, 1);
	assert_int_equal(a.rc, ERR_TIMEOUT);
	test_peer_close(&peer);
	test_pair(fds);
	test_peer_open(&peer, l, fds[0], NULL, NULL, 0, 0);
	u = upgrade_start(l, fds[1], &request, on_answer, &a);
	upgrade_cancel(&u);
	assert_null(u);
	test_turns(l, 100);
	assert_int_equal(a.told, 1);
	test_peer_close(&peer);
	loop_free(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(the_handshake_is_answered_as_the_standard_shows),
		RUN(what_is_framed_comes_out_as_it_was_in_whatever_pieces),
		RUN(frames_that_are_none_of_ours_end_it),
		RUN(a_client_that_does_not_mask_is_refused),
		RUN(a_ping_is_answered_before_what_comes_next),
		RUN(a_wrapped_connection_carries_what_a_plain_one_does),
		RUN(a_wrapped_connection_whose_peer_speaks_otherwise_ends),
		RUN(who_asks_to_switch_believes_no_answer_more_than_it_says),
		RUN(a_server_that_says_nothing_is_not_waited_for_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
