/* conn_test.c - connections over socket pairs, each rule once plain and once with TLS where that
 * differs. */
#include "base/test.h"
#include "net/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "net/loop.h"
#include "net/test_net.h"
#include "net/tls.h"

struct both {
	struct loop *loop;
	struct test_cert cert;
	struct tls *server_tls, *client_tls; /* NULL: plain */
	struct test_peer server, client;
};

static void begin_loop(struct both *b)
{
	memset(b, 0, sizeof(*b));
	b->loop = loop_new();
}

static void begin(struct both *b, bool tls)
{
	int fds[2];

	begin_loop(b);
	test_pair_tcp(fds);
	if (tls) {
		test_cert_make(&b->cert, "localhost");
		b->server_tls = test_cert_server(&b->cert);
		b->client_tls = test_cert_client(&b->cert);
	}
	test_peer_open(&b->server, b->loop, fds[0], b->server_tls, NULL, 0, 0);
	test_peer_open(&b->client, b->loop, fds[1], b->client_tls, tls ? "localhost" : NULL, 0, 0);
	assert_true(test_peer_wait_open(&b->server));
	assert_true(test_peer_wait_open(&b->client));
}

static void end(struct both *b)
{
	if (b->server.conn)
		test_peer_close(&b->server);
	if (b->client.conn)
		test_peer_close(&b->client);
	loop_free(&b->loop);
	tls_free(&b->server_tls);
	tls_free(&b->client_tls);
	if (b->cert.dir[0])
		test_cert_done(&b->cert);
}

/* Each test runs for both kinds. */
#define BOTH(name)                                                                                 \
	static void name##_for(bool tls);                                                          \
	TEST(name##_plain)                                                                         \
	{                                                                                          \
		name##_for(false);                                                                 \
	}                                                                                          \
	TEST(name##_tls)                                                                           \
	{                                                                                          \
		name##_for(true);                                                                  \
	}                                                                                          \
	static void name##_for(bool tls)

BOTH(octets_go_both_ways_one_at_a_time)
{
	struct both b;
	char one[2] = "";

	begin(&b, tls);
	assert_int_equal(conn_is_tls(b.server.conn), tls);
	assert_string_equal(conn_peer(b.server.conn), "127.0.0.1");
	for (const char *s = "to the server"; *s; s++) {
		one[0] = *s;
		test_peer_say(&b.client, one);
		test_turns(b.loop, 1);
	}
	assert_true(test_peer_wait_text(&b.server, "to the server"));
	test_peer_say(&b.server, "to the client");
	assert_true(test_peer_wait_text(&b.client, "to the client"));
	end(&b);
}

struct progress {
	struct test_peer *peer;
	size_t len;
};

static bool has_all(void *arg)
{
	struct progress *p = arg;

	return p->peer->got.len >= p->len;
}

static bool is_blocked(void *arg)
{
	return conn_blocked(((struct test_peer *)arg)->conn);
}

BOTH(a_reader_that_pauses_blocks_the_writer_and_gets_everything_afterwards)
{
	const size_t len = 24 * MIB;
	struct both b;

	begin(&b, tls);
	b.client.pause_after = 1;
	b.server.generate = len;
	test_peer_say(&b.server, "");
	assert_true(loop_run_until(b.loop, is_blocked, &b.server, TEST_WAIT_MS));
	assert_true(b.server.generated < len);
	b.client.pause_after = 0;
	conn_resume(b.client.conn);
	assert_true(loop_run_until(b.loop, has_all, &(struct progress){ &b.client, len }, 20000));
	assert_int_equal(b.client.got.len, len);
	for (size_t i = 0; i < len; i++) {
		if (b.client.got.data[i] != test_octet(i))
			fail_msg("octet %zu is another", i);
	}
	assert_false(conn_blocked(b.server.conn));
	end(&b);
}

BOTH(a_paused_connection_gets_nothing_until_it_resumes)
{
	struct both b;

	begin(&b, tls);
	conn_pause(b.server.conn);
	test_peer_say(&b.client, "hello");
	test_turns(b.loop, 30);
	assert_int_equal(b.server.got.len, 0);
	conn_resume(b.server.conn);
	assert_true(test_peer_wait_text(&b.server, "hello"));
	end(&b);
}

BOTH(a_pause_with_octets_waiting_costs_no_turns)
{
	uint64_t before;
	struct both b;

	begin(&b, tls);
	conn_pause(b.server.conn);
	test_peer_say(&b.client, "hello");
	test_turns(b.loop, 20);
	before = loop_counts(b.loop).turns;
	test_turns(b.loop, 100);
	assert_true(loop_counts(b.loop).turns - before < 10);
	end(&b);
}

BOTH(a_peer_that_goes_is_noticed_while_reading_is_paused)
{
	struct both b;

	begin(&b, tls);
	conn_pause(b.server.conn);
	test_peer_say(&b.client, "unread");
	test_turns(b.loop, 10);
	test_peer_close(&b.client);
	b.client.conn = NULL;
	assert_true(test_peer_wait_end(&b.server));
	assert_int_equal(b.server.ends, 1);
	end(&b);
}

BOTH(a_peer_that_goes_is_noticed_after_its_last_octets)
{
	struct both b;

	begin(&b, tls);
	test_peer_say(&b.client, "last words");
	conn_wake(b.client.conn);
	test_turns(b.loop, 1);
	conn_finish(b.client.conn);
	assert_true(test_peer_wait_end(&b.server));
	assert_string_equal(test_peer_got(&b.server), "last words");
	assert_int_equal(b.server.why, 0);
	assert_true(test_peer_wait_end(&b.client));
	end(&b);
}

BOTH(an_end_reaches_the_peer_behind_the_last_answer_although_it_still_sends)
{
	struct both b;

	begin(&b, tls);
	b.client.generate = 2 * MIB; /* an upload that nobody reads */
	conn_pause(b.server.conn);
	test_peer_say(&b.client, "");
	test_peer_say(&b.server, "enough");
	test_turns(b.loop, 5);
	conn_finish(b.server.conn);
	conn_finish(b.server.conn);
	assert_true(test_peer_wait_text(&b.client, "enough"));
	assert_true(test_peer_wait_end(&b.client));
	assert_int_equal(b.client.why, 0);
	assert_true(test_peer_wait_end(&b.server));
	assert_int_equal(b.server.ends, 0);
	end(&b);
}

BOTH(a_reset_reaches_the_peer_as_one)
{
	struct both b;

	begin(&b, tls);
	test_peer_say(&b.server, "half");
	assert_true(test_peer_wait_text(&b.client, "half"));
	conn_reset(b.server.conn);
	conn_reset(b.server.conn);
	assert_true(test_peer_wait_end(&b.client));
	assert_int_equal(b.client.why, -ECONNRESET);
	assert_int_equal(b.server.ends, 0);
	end(&b);
}

TEST(a_peer_that_sends_for_ever_after_the_end_is_cut)
{
	struct both b;

	begin(&b, false);
	b.client.generate = 64 * MIB;
	test_peer_say(&b.client, "");
	conn_finish(b.server.conn);
	assert_true(test_peer_wait_end(&b.server));
	assert_true(b.client.generated < b.client.generate);
	end(&b);
}

BOTH(closing_is_legal_in_every_state_and_again)
{
	struct both b;
	int fds[2];

	/* While it connects or shakes hands. */
	begin(&b, tls);
	b.client.close_at_end = false;
	test_pair(fds);
	close(fds[1]);
	test_peer_close(&b.server);
	test_peer_open(&b.server, b.loop, fds[0], b.server_tls, NULL, 0, 0);
	conn_close(b.server.conn);
	conn_close(b.server.conn);
	conn_finish(b.server.conn);
	test_peer_close(&b.server);
	assert_int_equal(b.server.opened, 0);
	/* After its end. */
	assert_true(test_peer_wait_end(&b.client));
	assert_int_equal(b.client.ends, 1);
	conn_pause(b.client.conn);
	conn_resume(b.client.conn);
	conn_wake(b.client.conn);
	test_turns(b.loop, 5);
	assert_int_equal(b.client.closed, 0);
	conn_finish(b.client.conn);
	test_peer_close(&b.client);
	b.server.conn = b.client.conn = NULL;
	/* While it finishes. */
	test_pair(fds);
	test_peer_open(&b.server, b.loop, fds[0], NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&b.server));
	assert_string_equal(conn_peer(b.server.conn), "unix");
	conn_finish(b.server.conn);
	test_peer_close(&b.server);
	b.server.conn = NULL;
	close(fds[1]);
	end(&b);
}

TEST(a_handshake_has_a_deadline)
{
	struct both b;
	int fds[2];

	begin(&b, true);
	test_peer_close(&b.server);
	test_pair(fds);
	test_peer_open(&b.server, b.loop, fds[0], b.server_tls, NULL, 30, 0);
	assert_true(test_peer_wait_end(&b.server));
	assert_int_equal(b.server.why, ERR_TIMEOUT);
	close(fds[1]);
	end(&b);
}

TEST(octets_that_are_no_handshake_end_the_connection)
{
	struct both b;
	int fds[2];

	begin(&b, true);
	test_peer_close(&b.server);
	test_pair(fds);
	assert_int_equal(write(fds[1], "GET / HTTP/1.1\r\n\r\n", 18), 18);
	test_peer_open(&b.server, b.loop, fds[0], b.server_tls, NULL, 0, 0);
	assert_true(test_peer_wait_end(&b.server));
	assert_int_equal(b.server.why, ERR_TLS);
	assert_int_equal(b.server.opened, 0);
	close(fds[1]);
	end(&b);
}

TEST(a_handshake_may_come_one_octet_at_a_time)
{
	struct both b;
	int client[2], server[2];
	char octet;

	begin(&b, true);
	test_peer_close(&b.server);
	test_peer_close(&b.client);
	test_pair(client);
	test_pair(server);
	test_peer_open(&b.client, b.loop, client[0], b.client_tls, "localhost", 0, 0);
	test_peer_open(&b.server, b.loop, server[0], b.server_tls, NULL, 0, 0);
	test_peer_say(&b.client, "hello");
	for (int quiet = 0; quiet < 50 && !strstr(test_peer_got(&b.server), "hello"); quiet++) {
		char back[4096];
		ssize_t n = read(server[1], back, sizeof(back));

		if (n > 0)
			assert_int_equal(write(client[1], back, (size_t)n), n);
		while (read(client[1], &octet, 1) == 1) {
			assert_int_equal(write(server[1], &octet, 1), 1);
			test_turns(b.loop, 0);
			quiet = 0;
		}
		test_turns(b.loop, 2);
	}
	assert_string_equal(test_peer_got(&b.server), "hello");
	close(client[1]);
	close(server[1]);
	end(&b);
}

BOTH(a_peer_that_takes_nothing_is_cut_after_a_while)
{
	struct both b;
	int fds[2];

	begin(&b, tls);
	test_peer_close(&b.server);
	test_peer_close(&b.client);
	test_pair_tcp(fds);
	test_peer_open(&b.server, b.loop, fds[0], b.server_tls, NULL, 0, 100);
	test_peer_open(&b.client, b.loop, fds[1], b.client_tls, tls ? "localhost" : NULL, 0, 0);
	assert_true(test_peer_wait_open(&b.server));
	assert_true(test_peer_wait_open(&b.client));
	conn_pause(b.client.conn);
	b.server.generate = 64 * MIB;
	test_peer_say(&b.server, "");
	assert_true(test_peer_wait_end(&b.server));
	assert_true(b.server.why == ERR_TIMEOUT || b.server.why == -ETIMEDOUT);
	end(&b);
}

static bool is_unsent(void *arg)
{
	return conn_unsent(arg) > 64 * KIB;
}

static bool is_sent(void *arg)
{
	return conn_unsent(arg) == 0;
}

TEST(what_a_peer_does_not_take_is_said_to_be_unsent_until_it_takes_it)
{
	struct both b;
	int fds[2];

	begin_loop(&b);
	test_pair_tcp(fds);
	test_peer_open(&b.server, b.loop, fds[0], NULL, NULL, 0, 0);
	test_peer_open(&b.client, b.loop, fds[1], NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&b.server));
	assert_int_equal(conn_unsent(b.server.conn), 0);
	conn_pause(b.client.conn);
	b.server.generate = 16 * MIB;
	test_peer_say(&b.server, "");
	assert_true(loop_run_until(b.loop, is_unsent, b.server.conn, TEST_WAIT_MS));
	conn_resume(b.client.conn);
	assert_true(loop_run_until(b.loop, is_sent, b.server.conn, TEST_WAIT_MS));
	end(&b);
}

/* The system's own limit covers what it has taken from us; it counts a reader that pauses, too, so
 * that a shorter one would cut readers who have their time. */
TEST(what_was_sent_may_be_unacknowledged_as_long_as_a_peer_may_take_nothing)
{
	static const struct {
		int64_t stall_ms;
		unsigned unacked_ms;
	} cases[] = { { 0, 60000 }, { 1500, 1500 } };

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		unsigned ms = 0;
		socklen_t len = sizeof(ms);
		struct both b;
		int fds[2];

		begin_loop(&b);
		test_pair_tcp(fds);
		test_peer_open(&b.server, b.loop, fds[0], NULL, NULL, 0, cases[i].stall_ms);
		test_peer_open(&b.client, b.loop, fds[1], NULL, NULL, 0, 0);
		assert_int_equal(getsockopt(fds[0], IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, &len), 0);
		assert_int_equal(ms, cases[i].unacked_ms);
		end(&b);
	}
}

TEST(a_dial_that_is_refused_says_so)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(1) };
	struct both b;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	begin_loop(&b);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), -1);
	test_peer_open(&b.client, b.loop, fd, NULL, NULL, 0, 0);
	assert_true(test_peer_wait_end(&b.client));
	assert_int_equal(b.client.why, -ECONNREFUSED);
	end(&b);
}

/* ---- who is talked to ---- */

static void assert_client_refuses(const char *name, bool other_roots)
{
	struct test_cert other;
	struct both b;
	int fds[2];

	begin(&b, true);
	test_cert_make(&other, "localhost");
	test_peer_close(&b.server);
	test_peer_close(&b.client);
	if (other_roots) {
		tls_free(&b.client_tls);
		b.client_tls = test_cert_client(&other);
	}
	test_pair(fds);
	test_peer_open(&b.server, b.loop, fds[0], b.server_tls, NULL, 0, 0);
	test_peer_open(&b.client, b.loop, fds[1], b.client_tls, name, 0, 0);
	assert_true(test_peer_wait_end(&b.client));
	assert_int_equal(b.client.why, ERR_UNTRUSTED);
	assert_int_equal(b.client.opened, 0);
	test_cert_done(&other);
	end(&b);
}

TEST(a_client_refuses_a_certificate_of_another_name)
{
	assert_client_refuses("elsewhere.example", false);
	assert_client_refuses("127.0.0.1", false);
}

TEST(a_client_refuses_a_certificate_of_unknown_origin)
{
	assert_client_refuses("localhost", true);
}

TEST(the_server_learns_the_name_that_the_client_wants)
{
	struct both b;

	begin(&b, true);
	assert_string_equal(conn_server_name(b.server.conn), "localhost");
	end(&b);
	begin(&b, false);
	assert_null(conn_server_name(b.server.conn));
	end(&b);
}

/* Sockets that keep apart what each call has sent. */
static void begin_in_calls(struct both *b, int fds[static 2])
{
	begin_loop(b);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	test_cert_make(&b->cert, "localhost");
	b->server_tls = test_cert_server(&b->cert);
	b->client_tls = test_cert_client(&b->cert);
	test_peer_open(&b->server, b->loop, fds[0], b->server_tls, NULL, 0, 0);
	test_peer_open(&b->client, b->loop, fds[1], b->client_tls, "localhost", 0, 0);
	assert_true(test_peer_wait_open(&b->server));
	assert_true(test_peer_wait_open(&b->client));
}

TEST(records_that_are_filled_together_are_sent_by_one_call)
{
	struct both b;
	uint8_t first;
	int fds[2];

	begin_in_calls(&b, fds);
	conn_pause(b.client.conn);
	b.server.generate = 2 * LOOP_SCRATCH;
	test_peer_say(&b.server, "");
	test_turns(b.loop, 10);
	assert_int_equal(b.server.generated, 2 * LOOP_SCRATCH);
	/* MSG_TRUNC: how long it is.  Not longer than a segment of loopback by IPv6. */
	assert_in_range(recv(fds[1], &first, 1, MSG_PEEK | MSG_TRUNC), LOOP_SCRATCH - 256, 65464);
	end(&b);
}

static bool buffers_have_gone(void *arg)
{
	struct both *b = arg;

	return loop_counts(b->loop).timers == 1; /* that of the waiting */
}

static bool always(void *arg)
{
	return true;
}

BOTH(what_keeps_its_buffers_gives_them_back_in_silence_and_gets_new_ones)
{
	struct both b;
	size_t timers;

	begin(&b, tls);
	timers = loop_counts(b.loop).timers;
	conn_keep_buffers(b.server.conn);
	conn_keep_buffers(b.client.conn);
	for (int i = 0; i < 3; i++) {
		test_peer_say(&b.client, "to the server");
		test_peer_say(&b.server, "and back");
		assert_true(test_peer_wait_text(&b.server, "to the server"));
		assert_true(test_peer_wait_text(&b.client, "and back"));
		buf_clear(&b.server.got);
		buf_clear(&b.client.got);
		assert_int_equal(loop_counts(b.loop).timers, timers + (tls ? 2 : 0));
		assert_true(loop_skip_until(b.loop, buffers_have_gone, always, &b, 60000));
	}
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(octets_go_both_ways_one_at_a_time_plain),
		RUN(octets_go_both_ways_one_at_a_time_tls),
		RUN(a_reader_that_pauses_blocks_the_writer_and_gets_everything_afterwards_plain),
		RUN(a_reader_that_pauses_blocks_the_writer_and_gets_everything_afterwards_tls),
		RUN(a_paused_connection_gets_nothing_until_it_resumes_plain),
		RUN(a_paused_connection_gets_nothing_until_it_resumes_tls),
		RUN(a_pause_with_octets_waiting_costs_no_turns_plain),
		RUN(a_pause_with_octets_waiting_costs_no_turns_tls),
		RUN(a_peer_that_goes_is_noticed_while_reading_is_paused_plain),
		RUN(a_peer_that_goes_is_noticed_while_reading_is_paused_tls),
		RUN(a_peer_that_goes_is_noticed_after_its_last_octets_plain),
		RUN(a_peer_that_goes_is_noticed_after_its_last_octets_tls),
		RUN(an_end_reaches_the_peer_behind_the_last_answer_although_it_still_sends_plain),
		RUN(an_end_reaches_the_peer_behind_the_last_answer_although_it_still_sends_tls),
		RUN(a_reset_reaches_the_peer_as_one_plain),
		RUN(a_reset_reaches_the_peer_as_one_tls),
		RUN(a_peer_that_sends_for_ever_after_the_end_is_cut),
		RUN(closing_is_legal_in_every_state_and_again_plain),
		RUN(closing_is_legal_in_every_state_and_again_tls),
		RUN(a_handshake_has_a_deadline),
		RUN(octets_that_are_no_handshake_end_the_connection),
		RUN(a_handshake_may_come_one_octet_at_a_time),
		RUN(a_peer_that_takes_nothing_is_cut_after_a_while_plain),
		RUN(a_peer_that_takes_nothing_is_cut_after_a_while_tls),
		RUN(what_a_peer_does_not_take_is_said_to_be_unsent_until_it_takes_it),
		RUN(what_was_sent_may_be_unacknowledged_as_long_as_a_peer_may_take_nothing),
		RUN(a_dial_that_is_refused_says_so),
		RUN(a_client_refuses_a_certificate_of_another_name),
		RUN(a_client_refuses_a_certificate_of_unknown_origin),
		RUN(the_server_learns_the_name_that_the_client_wants),
		RUN(records_that_are_filled_together_are_sent_by_one_call),
		RUN(what_keeps_its_buffers_gives_them_back_in_silence_and_gets_new_ones_plain),
		RUN(what_keeps_its_buffers_gives_them_back_in_silence_and_gets_new_ones_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
