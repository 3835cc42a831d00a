/* switch_test.c - switching protocols: in HTTP/1.1, in HTTP/2, and through both codecs in a row.
 *
 *   raw socket --> h1 server --> [h2 client --> h2 server] --> a target that echoes */
#include "base/test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/server.h"
#include "net/test_frames.h"
#include "net/test_tunnel.h"

struct chain {
	struct tunnel *tunnel;
	struct loop *loop;
	struct server *server;
	struct test_peer client;
	bool direct; /* the target is the h1 server's own */
	bool take;   /* the connection is taken */
	bool closed;
	int port, refused, fd;
	struct conn *taken;
	char first[64];
	struct buf got;
	int taken_closed;
};

static void taken_data(struct conn *c, const uint8_t *data, size_t len, void *owner)
{
	buf_put(&((struct chain *)owner)->got, data, len);
	conn_wake(c);
}

static size_t taken_fill(struct conn *c, uint8_t *out, size_t room, void *owner)
{
	struct chain *f = owner;
	size_t n = f->got.len < room ? f->got.len : room;

	if (n)
		memcpy(out, f->got.data, n);
	buf_wipe(&f->got);
	return n;
}

static void taken_end(struct conn *c, int why, void *owner)
{
	conn_close(c);
}

static void taken_closed(void *owner)
{
	((struct chain *)owner)->taken_closed++;
}

static const struct conn_ops taken_ops = {
	.on_data = taken_data,
	.fill = taken_fill,
	.on_end = taken_end,
	.on_closed = taken_closed,
};

static void on_taken(struct conn *c, struct str first, void *owner)
{
	struct chain *f = owner;

	f->taken = c;
	assert_true(first.len < sizeof(f->first));
	memcpy(f->first, first.p ? first.p : "", first.len);
	conn_hand_over(c, &taken_ops, f);
}

static void on_request(struct exchange *x, void *owner)
{
	struct chain *f = owner;

	if (f->take) {
		exchange_add_header(x, "x-own", "1");
		f->refused = exchange_take_conn(x, on_taken, f);
		if (f->refused < 0)
			exchange_respond_error(x, f->refused);
	} else if (f->direct) {
		test_h2_answer(x, &f->tunnel->far);
	} else if (h2_ask(f->tunnel->near.h2, x) < 0) {
		exchange_respond_error(x, ERR_BUSY);
	}
}

static void on_closed(void *owner)
{
	((struct chain *)owner)->closed = true;
}

static const struct server_ops server_ops = { on_request, on_closed };

static struct chain *begin(bool direct)
{
	struct chain *f = xcalloc(1, sizeof(*f));

	f->tunnel = tunnel_opened();
	f->loop = f->tunnel->far.loop;
	f->direct = direct;
	f->got = buf_new(MIB);
	f->server = server_new(f->loop, NULL, &server_ops, f);
	assert_int_equal(server_listen(f->server, "127.0.0.1:0", NULL, &f->port), 0);
	return f;
}

static void dial(struct chain *f, const char *text)
{
	f->fd = test_dial(f->port);
	test_peer_open(&f->client, f->loop, f->fd, NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&f->client));
	test_peer_say(&f->client, text);
}

static bool is_closed(void *arg)
{
	return ((struct chain *)arg)->closed;
}

static void end(struct chain *f)
{
	if (!f->closed)
		server_close(f->server);
	assert_true(loop_run_until(f->loop, is_closed, f, TEST_WAIT_MS));
	buf_done(&f->got);
	tunnel_end(f->tunnel);
	free(f);
}

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: console.example\r\n"
#define UPGRADE   "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"

static const char agreed[] = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
			     "Upgrade: websocket\r\nsec-websocket-accept: yes\r\n\r\n";

static void check_octets_go_both_ways(bool direct)
{
	struct chain *f = begin(direct);

	dial(f, ASK("/pipe") UPGRADE "Sec-WebSocket-Key: a\r\n\r\nearly");
	assert_true(test_peer_wait_text(&f->client, "early"));
	assert_ptr_equal(strstr(test_peer_got(&f->client), agreed), test_peer_got(&f->client));
	test_peer_say(&f->client, " and GET / HTTP/1.1\r\nHost: a\r\n\r\n is only octets");
	assert_true(test_peer_wait_text(&f->client, "only octets"));
	assert_string_equal(test_peer_got(&f->client) + strlen(agreed),
			    "early and GET / HTTP/1.1\r\nHost: a\r\n\r\n is only octets");
	assert_int_equal(f->tunnel->far.requests, 1);
	test_peer_close(&f->client);
	end(f);
}

TEST(after_a_switch_octets_go_both_ways)
{
	check_octets_go_both_ways(true);
}

TEST(after_a_switch_octets_go_both_ways_through_a_tunnel)
{
	check_octets_go_both_ways(false);
}

/* What could be taken in two ways is an ordinary request. */
TEST(what_does_not_ask_properly_is_answered_as_if_it_did_not_ask)
{
	static const char *const heads[] = {
		ASK("/pipe") "Upgrade: websocket\r\n\r\n",
		ASK("/pipe") "Connection: upgrades\r\nUpgrade: websocket\r\n\r\n",
		ASK("/pipe") UPGRADE "Content-Length: 1\r\n\r\nx",
		ASK("/pipe") UPGRADE "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		ASK("/pipe") "Connection: upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
		ASK("/pipe") UPGRADE "Upgrade: h2c\r\n\r\n",
		ASK("/pipe") "Connection: upgrade\r\nUpgrade: \r\n\r\n",
		ASK("/pipe") "Connection: upgrade\r\n\r\n",
		"GET /pipe HTTP/1.0\r\nHost: console.example\r\n" UPGRADE "\r\n",
		"POST /pipe HTTP/1.1\r\nHost: console.example\r\n" UPGRADE "\r\n",
		"POST /pipe HTTP/1.1\r\nHost: console.example\r\nContent-Length: 0\r\n" UPGRADE
		"\r\n",
	};

	for (size_t i = 0; i < 2 * ARRAY_LEN(heads); i++) {
		struct chain *f = begin(i % 2);

		dial(f, heads[i / 2]);
		assert_true(test_peer_wait_text(&f->client, "\r\n\r\n"));
		if (!strstr(test_peer_got(&f->client), "HTTP/1.1 200"))
			fail_msg("%s\n%s", heads[i / 2], test_peer_got(&f->client));
		test_peer_close(&f->client);
		end(f);
	}
}

TEST(a_switch_that_is_not_agreed_to_leaves_the_connection_as_it_was)
{
	struct chain *f = begin(true);

	dial(f, ASK("/") UPGRADE "\r\n" ASK("/hints") "\r\n");
	assert_true(test_peer_wait_text(&f->client, "103 Early Hints"));
	assert_ptr_equal(strstr(test_peer_got(&f->client), "HTTP/1.1 200"),
			 test_peer_got(&f->client));
	assert_null(strstr(test_peer_got(&f->client), "101"));
	assert_int_equal(f->tunnel->far.requests, 2);
	test_peer_close(&f->client);
	end(f);
}

/* In HTTP/2 an ordinary 200 would mean that it was agreed to. */
TEST(an_ordinary_answer_to_an_extended_connect_is_not_taken_for_a_switch)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask_later(&t->near, "GET", "/", -1);

	k->request.upgrade = STR("websocket");
	ask_now(k);
	assert_true(ask_wait(k));
	assert_int_equal(k->status, 501);
	ask_free(k);
	k = ask_later(&t->near, "GET", "/unmodified", -1);
	k->request.upgrade = STR("websocket");
	ask_now(k);
	assert_true(ask_wait(k));
	assert_int_equal(k->status, 304);
	ask_free(k);
	tunnel_check(t);
	tunnel_end(t);
}

static void check_half_close(bool direct)
{
	struct chain *f = begin(direct);
	struct test_peer *p = &f->client;

	dial(f, ASK("/pipe") UPGRADE "\r\n");
	assert_true(test_peer_wait_text(p, agreed));
	p->generate = 3 * MIB;
	test_peer_say(p, "");
	while (p->generated < p->generate || conn_blocked(p->conn))
		test_turns(f->loop, 1);
	shutdown(f->fd, SHUT_WR);
	assert_true(test_peer_wait_end(p));
	assert_int_equal(p->why, 0);
	assert_int_equal(p->got.len, strlen(agreed) + 3 * MIB);
	for (size_t i = 0; i < 3 * MIB; i++)
		assert_int_equal(p->got.data[strlen(agreed) + i], test_octet(i));
	test_peer_close(p);
	end(f);
}

TEST(a_client_that_closes_its_half_still_gets_all)
{
	check_half_close(true);
}

TEST(a_client_that_closes_its_half_still_gets_all_through_a_tunnel)
{
	check_half_close(false);
}

TEST(when_the_target_ends_all_ends_after_its_last_octet)
{
	for (int direct = 0; direct < 2; direct++) {
		struct chain *f = begin(direct);

		dial(f, ASK("/last") UPGRADE "\r\n");
		assert_true(test_peer_wait_end(&f->client));
		assert_int_equal(f->client.why, 0);
		assert_non_null(strstr(test_peer_got(&f->client), "\r\n\r\nbye"));
		test_peer_close(&f->client);
		if (!direct)
			tunnel_check(f->tunnel);
		end(f);
	}
}

TEST(a_client_that_goes_is_told_to_the_target)
{
	struct chain *f = begin(false);

	dial(f, ASK("/deaf") UPGRADE "\r\n");
	assert_true(test_peer_wait_text(&f->client, "101"));
	conn_reset(f->client.conn);
	while (!f->tunnel->far.gone)
		test_turns(f->loop, 1);
	test_peer_close(&f->client);
	tunnel_check(f->tunnel);
	end(f);
}

static void check_held(bool direct, size_t most)
{
	struct chain *f = begin(direct);

	dial(f, ASK("/deaf") UPGRADE "\r\n");
	assert_true(test_peer_wait_text(&f->client, "101"));
	f->client.generate = 64 * MIB;
	test_peer_say(&f->client, "");
	test_turns(f->loop, 300);
	assert_true(loop_counts(f->loop).buffered_bytes >= EXCHANGE_LOW);
	assert_true(loop_counts(f->loop).buffered_bytes <= most);
	assert_false(f->client.generated == f->client.generate);
	test_peer_close(&f->client);
	if (!direct)
		tunnel_check(f->tunnel);
	end(f);
}

TEST(a_target_that_takes_nothing_holds_the_client_back)
{
	check_held(true, EXCHANGE_HIGH + 128 * KIB);
	check_held(false, 2 * EXCHANGE_HIGH + 256 * KIB);
}

/* ---- HTTP/2 alone ---- */

TEST(streams_of_another_protocol_go_beside_others)
{
	struct tunnel *t = tunnel_opened();
	struct ask *k = ask_later(&t->near, "GET", "/pipe", 2 * MIB);

	k->request.upgrade = STR("websocket");
	k->request.body_bytes = 0;
	k->bulk = true;
	ask_now(k);
	tunnel_check(t);
	assert_true(ask_wait(k));
	assert_int_equal(k->status, 101);
	assert_int_equal(k->got, 2 * MIB);
	assert_int_equal(k->wrong, 0);
	ask_free(k);
	tunnel_end(t);
}

/* RFC 8441 section 3: not before the peer has said that it understands. */
static void check_greeting(const char *settings, size_t len, int why)
{
	struct tunnel *t = tunnel_begin();
	struct frame greeting = { SETTINGS, 0, 0, settings, len };
	struct buf bytes = buf_new(KIB);
	struct test_peer peer;
	const uint8_t *at;
	size_t left;
	struct ask *k;
	int fds[2];

	test_pair(fds);
	test_peer_open(&peer, t->far.loop, fds[0], NULL, NULL, 0, 0);
	asker_open(&t->near, fds[1]);
	k = ask_later(&t->near, "GET", "/pipe", -1);
	k->request.upgrade = STR("websocket");
	ask_now(k);
	assert_int_equal(k->refused, 0);
	test_turns(t->far.loop, 50);
	assert_false(k->aborted);
	put_frame(&bytes, &greeting);
	test_peer_send(&peer, bytes.data, bytes.len);
	if (why) {
		assert_false(ask_wait(k));
		assert_int_equal(k->why, why);
		ask_free(k);
		k = ask_later(&t->near, "GET", "/pipe", -1);
		k->request.upgrade = STR("websocket");
		ask_now(k);
		assert_int_equal(k->refused, ERR_UPSTREAM);
	} else {
		assert_true(listen_for(&peer, HEADERS, &at, &left));
	}
	ask_free(k);
	test_peer_close(&peer);
	buf_done(&bytes);
	asker_close(&t->near);
	test_h2_end(&t->far);
	free(t);
}

TEST(who_has_not_said_that_it_switches_is_not_asked)
{
	check_greeting("", 0, ERR_UPSTREAM);
	check_greeting("\0\x8\0\0\0\0", 6, ERR_UPSTREAM);
	check_greeting("\0\x8\0\0\0\1", 6, 0);
}

/* ---- the connection itself ---- */

static bool is_taken(void *arg)
{
	return ((struct chain *)arg)->taken != NULL;
}

static bool has_closed(void *arg)
{
	return ((struct chain *)arg)->taken_closed != 0;
}

TEST(a_connection_is_taken_with_what_came_already)
{
	struct chain *f = begin(true);

	f->take = true;
	dial(f, ASK("/") "Connection: upgrade\r\nUpgrade: imprimatur/1\r\n\r\nfirst");
	assert_true(loop_run_until(f->loop, is_taken, f, TEST_WAIT_MS));
	assert_string_equal(f->first, "first");
	assert_true(test_peer_wait_text(&f->client, "\r\n\r\n"));
	assert_string_equal(test_peer_got(&f->client),
			    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
			    "Upgrade: imprimatur/1\r\nx-own: 1\r\n\r\n");
	test_peer_say(&f->client, "and more");
	assert_true(test_peer_wait_text(&f->client, "and more"));
	assert_int_equal(server_counts(f->server).connections, 0);
	/* The server's end is not the connection's. */
	server_close(f->server);
	test_turns(f->loop, 20);
	assert_int_equal(f->taken_closed, 0);
	test_peer_close(&f->client);
	assert_true(loop_run_until(f->loop, has_closed, f, TEST_WAIT_MS));
	end(f);
}

TEST(a_connection_that_did_not_ask_is_not_taken)
{
	struct chain *f = begin(true);

	f->take = true;
	dial(f, ASK("/") "\r\n");
	assert_true(test_peer_wait_text(&f->client, "HTTP/1.1 400"));
	assert_int_equal(f->refused, ERR_INVALID);
	test_peer_close(&f->client);
	end(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(after_a_switch_octets_go_both_ways),
		RUN(after_a_switch_octets_go_both_ways_through_a_tunnel),
		RUN(what_does_not_ask_properly_is_answered_as_if_it_did_not_ask),
		RUN(a_switch_that_is_not_agreed_to_leaves_the_connection_as_it_was),
		RUN(an_ordinary_answer_to_an_extended_connect_is_not_taken_for_a_switch),
		RUN(a_client_that_closes_its_half_still_gets_all),
		RUN(a_client_that_closes_its_half_still_gets_all_through_a_tunnel),
		RUN(when_the_target_ends_all_ends_after_its_last_octet),
		RUN(a_client_that_goes_is_told_to_the_target),
		RUN(a_target_that_takes_nothing_holds_the_client_back),
		RUN(streams_of_another_protocol_go_beside_others),
		RUN(who_has_not_said_that_it_switches_is_not_asked),
		RUN(a_connection_is_taken_with_what_came_already),
		RUN(a_connection_that_did_not_ask_is_not_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
