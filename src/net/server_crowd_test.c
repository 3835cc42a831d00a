/* server_crowd_test.c - who has to wait for whom, and who has to go, where handshakes or
 * connections are full.  All come through a balancer, so that each can be of another network. */
#include "base/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/metric.h"
#include "net/bufq.h"
#include "net/exchange.h"
#include "net/server.h"
#include "net/test_net.h"
#include "net/tls.h"

struct fixture {
	struct loop *loop;
	struct server *server;
	struct test_cert cert;
	struct tls *server_tls, *client_tls;
	int port, plain_port;
	int fds[8]; /* of the silent, in the order in which they came */
	size_t fds_len;
	bool closed;
};

/* Much more than the kernel takes for who does not read. */
static const char large[32 * MIB];

static void on_request(struct exchange *x, void *owner)
{
	if (str_eq(exchange_request(x)->path, STR("/large")))
		exchange_respond(x, 200, "text/plain", (struct str){ large, sizeof(large) });
	else
		exchange_respond(x, 200, "text/plain", STR("hello"));
}

static void on_closed(void *owner)
{
	((struct fixture *)owner)->closed = true;
}

static const struct server_ops ops = { .on_request = on_request, .on_closed = on_closed };

static void begin(struct fixture *f, const struct server_limits *limits)
{
	struct address_ranges balancers;

	*f = (struct fixture){ .loop = loop_new() };
	test_cert_make(&f->cert, "hub.test");
	f->server_tls = test_cert_server(&f->cert);
	f->client_tls = test_cert_client(&f->cert);
	f->server = server_new(f->loop, limits, &ops, f);
	assert_int_equal(address_ranges_parse("127.0.0.0/8", &balancers), 0);
	server_expect_headers(f->server, &balancers);
	assert_int_equal(server_listen(f->server, "127.0.0.1:0", f->server_tls, &f->port), 0);
	assert_int_equal(server_listen(f->server, "127.0.0.1:0", NULL, &f->plain_port), 0);
}

static bool is_closed(void *arg)
{
	return ((struct fixture *)arg)->closed;
}

static void end(struct fixture *f)
{
	for (size_t i = 0; i < f->fds_len; i++)
		close(f->fds[i]);
	server_close(f->server);
	assert_true(loop_run_until(f->loop, is_closed, f, TEST_WAIT_MS));
	tls_free(&f->server_tls);
	tls_free(&f->client_tls);
	test_cert_done(&f->cert);
	loop_free(&f->loop);
}

/* A connection of 192.0.2.HOST that says nothing but that. */
static int come(int port, int host)
{
	int fd = test_dial(port);
	char header[64];
	int n = snprintf(header, sizeof(header), "PROXY TCP4 192.0.2.%d 198.51.100.1 1 2\r\n",
			 host);

	assert_int_equal(write(fd, header, (size_t)n), n);
	return fd;
}

struct expected {
	struct server *server;
	size_t connections, handshakes;
};

static bool are_so_many(void *arg)
{
	const struct expected *e = arg;
	struct server_counts n = server_counts(e->server);

	return n.connections == e->connections && n.handshakes == e->handshakes;
}

static void wait_for(const struct fixture *f, size_t connections, size_t handshakes)
{
	struct expected e = { f->server, connections, handshakes };

	assert_true(loop_run_until(f->loop, are_so_many, &e, TEST_WAIT_MS));
}

/* Clients of these hosts that never say hello, one after the other. */
static void fill(struct fixture *f, int port, const char *hosts)
{
	for (; *hosts; hosts++) {
		f->fds[f->fds_len++] = come(port, *hosts - '0');
		wait_for(f, server_counts(f->server).connections + 1,
			 server_counts(f->server).handshakes + (port == f->port));
	}
}

static bool is_full(void *arg)
{
	return bufq_all_memory() > *(const size_t *)arg;
}

/* A client of 192.0.2.HOST that asks for much and takes none of it; then more than `bytes` wait. */
static void want(struct fixture *f, int host, size_t bytes)
{
	static const char wish[] = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
	int fd = f->fds[f->fds_len++] = come(f->plain_port, host);

	assert_int_equal(write(fd, wish, strlen(wish)), strlen(wish));
	assert_true(loop_run_until(f->loop, is_full, &bytes, TEST_WAIT_MS));
}

static bool is_gone(void *arg)
{
	const int *fd = arg;
	char octet;
	ssize_t n = read(*fd, &octet, 1);

	return n == 0 || (n < 0 && errno != EAGAIN);
}

/* Of the silent, the one that came as number `at` has gone, and no other. */
static void check_gone(struct fixture *f, size_t at)
{
	assert_true(loop_run_until(f->loop, is_gone, &f->fds[at], TEST_WAIT_MS));
	for (size_t i = 0; i < f->fds_len; i++)
		if (i != at)
			assert_false(is_gone(&f->fds[i]));
}

/* A good client of 192.0.2.HOST. */
static void shake(const struct fixture *f, int host, struct test_peer *ret_peer)
{
	test_peer_open(ret_peer, f->loop, come(f->port, host), f->client_tls, "hub.test", 0, 0);
}

TEST(the_silent_of_one_network_have_its_share_of_handshakes_and_others_are_let_in_at_once)
{
	struct fixture f;
	struct test_peer good = {};

	begin(&f, &(struct server_limits){ .handshakes = 4, .handshakes_per_network = 2 });
	fill(&f, f.port, "11");
	f.fds[f.fds_len++] = come(f.port, 1);
	wait_for(&f, 3, 2);
	shake(&f, 2, &good);
	assert_true(test_peer_wait_open(&good));
	assert_int_equal(server_counts(f.server).refused, 0);
	test_peer_close(&good);
	end(&f);
}

TEST(where_handshakes_are_full_the_oldest_of_the_greediest_network_gives_way)
{
	struct fixture f;
	struct test_peer good = {};
	int64_t before = metric_get(M_GAVE_WAY);

	begin(&f, &(struct server_limits){ .handshakes = 4, .handshakes_per_network = 3 });
	fill(&f, f.port, "2111");
	shake(&f, 3, &good);
	assert_true(test_peer_wait_open(&good));
	assert_int_equal(metric_get(M_GAVE_WAY) - before, 1);
	check_gone(&f, 1);
	test_peer_close(&good);
	end(&f);
}

TEST(beyond_its_share_a_networks_own_oldest_handshake_gives_way)
{
	struct fixture f;
	struct test_peer good = {};

	begin(&f, &(struct server_limits){ .handshakes = 8, .handshakes_per_network = 2 });
	fill(&f, f.port, "211");
	shake(&f, 1, &good);
	assert_true(test_peer_wait_open(&good));
	check_gone(&f, 1);
	test_peer_close(&good);
	end(&f);
}

TEST(where_each_network_has_one_handshake_nobody_gives_way)
{
	struct fixture f;
	struct test_peer good = {};

	begin(&f, &(struct server_limits){ .handshakes = 2, .handshakes_per_network = 2 });
	fill(&f, f.port, "12");
	shake(&f, 3, &good);
	wait_for(&f, 3, 2);
	test_turns(f.loop, 800);
	assert_int_equal(good.opened, 0);
	assert_int_equal(server_counts(f.server).refused, 0);
	shutdown(f.fds[0], SHUT_RDWR);
	assert_true(test_peer_wait_open(&good));
	test_peer_close(&good);
	end(&f);
}

TEST(where_connections_are_full_the_oldest_without_a_request_of_the_greediest_network_gives_way)
{
	struct fixture f;
	struct test_peer asked = {}, good = {};

	begin(&f, &(struct server_limits){ .connections = 4 });
	test_peer_open(&asked, f.loop, come(f.plain_port, 1), NULL, NULL, 0, 0);
	test_peer_say(&asked, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(test_peer_wait_text(&asked, "hello"));
	fill(&f, f.plain_port, "112");
	test_peer_open(&good, f.loop, come(f.plain_port, 3), NULL, NULL, 0, 0);
	test_peer_say(&good, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(test_peer_wait_text(&good, "hello"));
	check_gone(&f, 0);
	assert_int_equal(asked.ends, 0);
	test_peer_close(&asked);
	test_peer_close(&good);
	end(&f);
}

TEST(where_memory_is_full_those_of_the_network_go_for_which_most_waits)
{
	struct test_peer asked = {}, good = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .buffered_bytes = 7 * sizeof(large) });
	test_peer_open(&asked, f.loop, come(f.plain_port, 1), NULL, NULL, 0, 0);
	test_peer_say(&asked, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(test_peer_wait_text(&asked, "hello"));
	want(&f, 2, sizeof(large) / 2);
	for (size_t i = 1; i <= 3; i++)
		want(&f, 1, i * sizeof(large));
	test_peer_open(&good, f.loop, come(f.plain_port, 3), NULL, NULL, 0, 0);
	test_peer_say(&good, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(test_peer_wait_text(&good, "hello"));
	wait_for(&f, 3, 0);
	assert_false(is_gone(&f.fds[0]));
	assert_int_equal(asked.ends, 0);
	test_peer_close(&asked);
	test_peer_close(&good);
	end(&f);
}

/* Others hold it: that the one goes would not help. */
TEST(where_no_network_holds_much_nobody_goes_and_all_are_refused)
{
	struct test_peer good = {};
	struct bufq held = {};
	struct fixture f;

	begin(&f, &(struct server_limits){ .buffered_bytes = 8 * sizeof(large) });
	want(&f, 1, sizeof(large) / 2);
	for (int i = 0; i < 4; i++)
		bufq_put(f.loop, &held, large, sizeof(large));
	test_peer_open(&good, f.loop, come(f.plain_port, 2), NULL, NULL, 0, 0);
	test_peer_say(&good, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(test_peer_wait_text(&good, " 503 "));
	assert_false(is_gone(&f.fds[0]));
	bufq_done(f.loop, &held);
	test_peer_close(&good);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_silent_of_one_network_have_its_share_of_handshakes_and_others_are_let_in_at_once),
		RUN(where_handshakes_are_full_the_oldest_of_the_greediest_network_gives_way),
		RUN(beyond_its_share_a_networks_own_oldest_handshake_gives_way),
		RUN(where_each_network_has_one_handshake_nobody_gives_way),
		RUN(where_connections_are_full_the_oldest_without_a_request_of_the_greediest_network_gives_way),
		RUN(where_memory_is_full_those_of_the_network_go_for_which_most_waits),
		RUN(where_no_network_holds_much_nobody_goes_and_all_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
