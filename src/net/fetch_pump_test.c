/* fetch_pump_test.c - between an owner's descriptor and a TLS server, by curl. */
#include "base/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "net/fetch_pump.h"
#include "net/test_net.h"
#include "net/tls.h"

#define MUCH (3 * MIB) /* more than sockets and the pump hold */

/* owner ==pair== pump ==TLS== far */
struct way {
	struct loop *loop;
	struct test_cert cert;
	struct tls *tls;
	CURLM *multi;
	CURL *easy;
	struct link pumps;
	struct test_peer owner, far;
};

static int listen_here(int *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static CURL *connecting(int port)
{
	CURL *easy = curl_easy_init();
	char url[64];

	snprintf(url, sizeof(url), "https://127.0.0.1:%d", port);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L); /* its octets are not HTTP/2 */
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
	return easy;
}

static void open_curl(struct way *w, int listener)
{
	int running = 1, fd = -1;

	assert_int_equal(curl_multi_add_handle(w->multi, w->easy), CURLM_OK);
	for (int turns = 0; running && turns < TEST_WAIT_MS; turns++) {
		assert_int_equal(curl_multi_perform(w->multi, &running), CURLM_OK);
		if (fd < 0)
			fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && !w->far.loop)
			test_peer_open(&w->far, w->loop, fd, w->tls, NULL, 5000, 0);
		test_turns(w->loop, 1);
	}
	assert_int_equal(running, 0);
	assert_true(test_peer_wait_open(&w->far));
}

static struct way *begin(void)
{
	struct way *w = xcalloc(1, sizeof(*w));
	int port, listener = listen_here(&port), fd;

	w->loop = loop_new();
	test_cert_make(&w->cert, "proxy.example");
	w->tls = test_cert_server(&w->cert);
	w->multi = curl_multi_init();
	w->easy = connecting(port);
	list_init(&w->pumps);
	open_curl(w, listener);
	close(listener);
	assert_int_equal(fetch_pump_open(w->loop, w->multi, w->easy, &w->pumps, &fd), 0);
	assert_false(list_empty(&w->pumps));
	test_peer_open(&w->owner, w->loop, fd, NULL, NULL, 0, 0);
	return w;
}

static void end(struct way *w)
{
	fetch_pumps_close(&w->pumps);
	assert_true(list_empty(&w->pumps));
	test_peer_close(&w->owner);
	test_peer_close(&w->far);
	curl_multi_cleanup(w->multi);
	tls_free(&w->tls);
	test_cert_done(&w->cert);
	loop_free(&w->loop);
	free(w);
}

static bool has_much(void *arg)
{
	const struct test_peer *p = arg;

	return p->got.len >= MUCH;
}

static void check_much(struct test_peer *p)
{
	assert_true(loop_run_until(p->loop, has_much, p, 20 * 1000));
	assert_int_equal(p->got.len, MUCH);
	for (size_t i = 0; i < MUCH; i++)
		assert_int_equal(p->got.data[i], test_octet(i));
}

TEST(what_goes_in_at_one_end_comes_out_at_the_other)
{
	struct way *w = begin();

	test_peer_say(&w->owner, "question");
	assert_true(test_peer_wait_text(&w->far, "question"));
	test_peer_say(&w->far, "answer");
	assert_true(test_peer_wait_text(&w->owner, "answer"));
	end(w);
}

TEST(much_goes_both_ways_at_once)
{
	struct way *w = begin();

	w->owner.generate = w->far.generate = MUCH;
	test_peer_say(&w->owner, "");
	test_peer_say(&w->far, "");
	check_much(&w->far);
	check_much(&w->owner);
	end(w);
}

TEST(who_does_not_read_holds_the_other_up)
{
	struct way *w = begin();

	w->owner.pause_after = 1;
	w->far.generate = 64 * MIB;
	test_peer_say(&w->far, "");
	test_turns(w->loop, 300);
	assert_in_range(w->far.generated, 1, 16 * MIB);
	/* The other direction goes on meanwhile. */
	test_peer_say(&w->owner, "still here");
	assert_true(test_peer_wait_text(&w->far, "still here"));
	end(w);
}

TEST(it_ends_with_either_end_and_what_was_said_before_arrives)
{
	for (int from_far = 0; from_far < 2; from_far++) {
		struct way *w = begin();
		struct test_peer *goes = from_far ? &w->far : &w->owner;
		struct test_peer *stays = from_far ? &w->owner : &w->far;

		test_peer_say(goes, "last words");
		assert_true(test_peer_wait_text(stays, "last words"));
		test_peer_close(goes);
		assert_true(test_peer_wait_end(stays));
		assert_true(list_empty(&w->pumps));
		end(w);
	}
}

TEST(it_ends_with_its_fetcher)
{
	struct way *w = begin();

	fetch_pumps_close(&w->pumps);
	assert_true(test_peer_wait_end(&w->owner));
	assert_true(test_peer_wait_end(&w->far));
	end(w);
}

TEST(what_is_not_connected_stays_the_callers)
{
	struct way w = { .multi = curl_multi_init(), .easy = connecting(9) };
	int fd = -1;

	w.loop = loop_new();
	list_init(&w.pumps);
	assert_int_equal(fetch_pump_open(w.loop, w.multi, w.easy, &w.pumps, &fd), -ENOTCONN);
	assert_int_equal(fd, -1);
	assert_true(list_empty(&w.pumps));
	curl_easy_cleanup(w.easy);
	curl_multi_cleanup(w.multi);
	loop_free(&w.loop);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(what_goes_in_at_one_end_comes_out_at_the_other),
		RUN(much_goes_both_ways_at_once),
		RUN(who_does_not_read_holds_the_other_up),
		RUN(it_ends_with_either_end_and_what_was_said_before_arrives),
		RUN(it_ends_with_its_fetcher),
		RUN(what_is_not_connected_stays_the_callers),
	};

	return cmocka_run_group_tests_name("net.fetch_pump", tests, NULL, NULL);
}
