/* fetch_test.c - the client against a TLS server, and against a proxy of few words. */
#include "base/test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/exchange.h"
#include "net/fetch.h"
#include "net/server.h"
#include "net/test_net.h"
#include "net/tls.h"

#define CLIENTS 8

/* Reads until an empty line, says its words, and hangs up. */
struct fake_proxy {
	struct loop *loop;
	struct watch *watch, *clients[CLIENTS];
	int fd, fds[CLIENTS], port;
	const char *words;
	size_t len;
	struct buf heard;
};

struct place {
	struct loop *loop;
	struct fetcher *fetcher;
	struct test_cert cert;
	struct tls *tls;
	struct server *server;
	char url[64];
	struct fake_proxy proxy;
	/* of the last answer */
	bool done;
	int rc, status, proxy_status;
	enum fetch_leg leg;
	char issuer[256], version[16], detail[256];
	int64_t date_ms;
};

static void on_client(struct watch *w, unsigned events, void *owner)
{
	struct fake_proxy *p = owner;
	size_t i = 0;
	char data[4096];
	ssize_t n;

	while (p->clients[i] != w)
		i++;
	n = read(p->fds[i], data, sizeof(data));
	if (n > 0)
		buf_put(&p->heard, data, (size_t)n);
	if (n > 0 && !strstr((const char *)p->heard.data, "\r\n\r\n") && p->heard.data[0] != 5)
		return;
	if (n > 0)
		assert_int_equal(write(p->fds[i], p->words, p->len), p->len);
	watch_close(&p->clients[i]);
	close(p->fds[i]);
}

static void on_listener(struct watch *w, unsigned events, void *owner)
{
	struct fake_proxy *p = owner;
	size_t i = 0;
	int fd = accept4(p->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	while (i < CLIENTS && p->clients[i])
		i++;
	assert_true(fd >= 0 && i < CLIENTS);
	p->fds[i] = fd;
	assert_int_equal(watch_open(p->loop, fd, WATCH_READ, on_client, p, &p->clients[i]), 0);
}

static void proxy_open(struct fake_proxy *p, struct loop *l)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->loop = l;
	p->heard = buf_new(64 * KIB);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(p->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(p->fd, 8), 0);
	assert_int_equal(getsockname(p->fd, (struct sockaddr *)&at, &len), 0);
	p->port = ntohs(at.sin_port);
	assert_int_equal(watch_open(l, p->fd, WATCH_READ, on_listener, p, &p->watch), 0);
}

static void proxy_close(struct fake_proxy *p)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		if (!p->clients[i])
			continue;
		watch_close(&p->clients[i]);
		close(p->fds[i]);
	}
	watch_close(&p->watch);
	close(p->fd);
	buf_done(&p->heard);
}

static void on_request(struct exchange *x, void *owner)
{
	exchange_respond(x, 200, "text/plain", STR("hello"));
}

static void begin(struct place *k)
{
	static const struct server_ops ops = { .on_request = on_request };
	int port;

	*k = (struct place){};
	k->loop = loop_new();
	k->fetcher = fetcher_new(k->loop);
	test_cert_make(&k->cert, "localhost");
	k->tls = test_cert_server(&k->cert);
	k->server = server_new(k->loop, &(struct server_limits){}, &ops, k);
	assert_int_equal(server_listen(k->server, "127.0.0.1:0", k->tls, &port), 0);
	snprintf(k->url, sizeof(k->url), "https://localhost:%d/", port);
	proxy_open(&k->proxy, k->loop);
}

static void end(struct place *k)
{
	fetcher_free(&k->fetcher);
	proxy_close(&k->proxy);
	server_close(k->server);
	tls_free(&k->tls);
	loop_free(&k->loop);
	test_cert_done(&k->cert);
}

static void on_done(const struct fetch_result *r, void *owner)
{
	struct place *k = owner;

	k->done = true;
	k->rc = r->rc;
	k->status = r->status;
	k->proxy_status = r->proxy_status;
	k->leg = r->leg;
	snprintf(k->issuer, sizeof(k->issuer), "%s", r->issuer);
	snprintf(k->version, sizeof(k->version), "%s", r->tls_version);
	snprintf(k->detail, sizeof(k->detail), "%s", r->detail);
	k->date_ms = fetch_header_time_ms(r, "Date");
}

static bool is_done(void *arg)
{
	return ((struct place *)arg)->done;
}

static void get(struct place *k, const char *ca_file, const struct fetch_proxy *proxy)
{
	struct fetch_request r = { .url = k->url, .ca_file = ca_file, .proxy = proxy };

	k->done = false;
	fetch_start(k->fetcher, &r, on_done, k);
	assert_true(loop_run_until(k->loop, is_done, k, TEST_WAIT_MS));
}

/* Through the proxy of few words. */
static void get_by(struct place *k, enum fetch_proxy_kind kind, const void *words, size_t len)
{
	char authority[32];
	struct fetch_proxy way = { .kind = kind,
				   .authority = authority,
				   .user = "joe",
				   .password = "geheim",
				   .auth = FETCH_AUTH_BASIC };

	snprintf(authority, sizeof(authority), "127.0.0.1:%d", k->proxy.port);
	k->proxy.words = words;
	k->proxy.len = len;
	buf_clear(&k->proxy.heard);
	get(k, k->cert.cert, &way);
}

#define GET_BY(k, kind, words) get_by(k, kind, words, sizeof(words) - 1)

TEST(who_vouches_for_a_server_is_told)
{
	struct place k;

	begin(&k);
	get(&k, k.cert.cert, NULL);
	assert_int_equal(k.rc, 0);
	assert_int_equal(k.status, 200);
	assert_string_equal(k.issuer, "CN=localhost");
	assert_string_equal(k.version, "TLSv1.3");
	assert_in_range(k.date_ms / 1000, 1700000000, 9000000000);
	/* The same connection again, which shows nothing anew. */
	get(&k, k.cert.cert, NULL);
	assert_int_equal(k.rc, 0);
	assert_string_equal(k.issuer, "");
	end(&k);
}

TEST(R53_a_server_that_nobody_here_vouches_for_is_refused_and_its_issuer_named)
{
	struct test_cert other;
	struct place k;

	begin(&k);
	test_cert_make(&other, "localhost");
	get(&k, other.cert, NULL);
	assert_int_equal(k.rc, ERR_UNTRUSTED);
	assert_int_equal(k.leg, FETCH_TLS);
	assert_string_equal(k.issuer, "CN=localhost");
	test_cert_done(&other);
	end(&k);
}

TEST(R67_what_a_proxy_says_to_connect_is_told_apart)
{
	struct place k;

	begin(&k);
	GET_BY(&k, FETCH_PROXY_HTTP,
	       "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(k.rc, ERR_PROXY_AUTH);
	assert_int_equal(k.leg, FETCH_PROXY);
	assert_int_equal(k.proxy_status, 407);
	assert_non_null(strstr((const char *)k.proxy.heard.data, "CONNECT localhost:"));
	assert_null(strstr(k.detail, "geheim"));
	GET_BY(&k, FETCH_PROXY_HTTP, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(k.rc, ERR_PROXY);
	assert_int_equal(k.proxy_status, 503);
	GET_BY(&k, FETCH_PROXY_HTTP, "HTTP/1.1 302 Log in\r\nLocation: http://portal/\r\n\r\n");
	assert_int_equal(k.rc, ERR_PROXY);
	GET_BY(&k, FETCH_PROXY_HTTP, "");
	assert_int_equal(k.rc, ERR_PROXY);
	/* It lets us through to something that is no TLS server. */
	GET_BY(&k, FETCH_PROXY_HTTP, "HTTP/1.1 200 Yes\r\n\r\n<html>Log in</html>");
	assert_int_equal(k.rc, ERR_TLS);
	assert_int_equal(k.leg, FETCH_TLS);
	end(&k);
}

TEST(R67_socks_refusals_are_told_apart)
{
	struct place k;

	begin(&k);
	GET_BY(&k, FETCH_PROXY_SOCKS5, "\x05\xff"); /* RFC 1928: no acceptable method */
	assert_int_equal(k.rc, ERR_PROXY_AUTH);
	assert_int_equal(k.leg, FETCH_PROXY);
	GET_BY(&k, FETCH_PROXY_SOCKS5, "\x04\x5b");
	assert_int_equal(k.rc, ERR_PROXY);
	end(&k);
}

TEST(R67_a_proxy_that_is_not_there_is_not_the_servers_fault)
{
	struct fetch_proxy nowhere = { .kind = FETCH_PROXY_HTTP,
				       .authority = "127.0.0.1:1",
				       .auth = FETCH_AUTH_BASIC };
	struct place k;

	begin(&k);
	get(&k, k.cert.cert, &nowhere);
	assert_int_equal(k.rc, ERR_PROXY);
	assert_int_equal(k.leg, FETCH_PROXY);
	end(&k);
}

TEST(what_answers_but_speaks_no_http_was_reached)
{
	static const char *const words[] = { "{\"status\":\"OK\"}", "SSH-2.0-x\r\n",
					     "HTTP/3.0 200 OK\r\n\r\n{}",
					     "HTTP/1.1 000 Odd\r\n\r\n" };
	struct place k;

	begin(&k);
	snprintf(k.url, sizeof(k.url), "http://127.0.0.1:%d/", k.proxy.port);
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		k.proxy.words = words[i];
		k.proxy.len = strlen(words[i]);
		buf_clear(&k.proxy.heard);
		get(&k, NULL, NULL);
		assert_int_equal(k.rc, ERR_UPSTREAM);
		assert_int_equal(k.leg, FETCH_TRANSFER);
	}
	end(&k);
}

TEST(the_environment_names_no_proxy_here)
{
	struct place k;

	setenv("https_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	begin(&k);
	get(&k, k.cert.cert, NULL);
	assert_int_equal(k.rc, 0);
	end(&k);
	unsetenv("https_proxy");
	unsetenv("all_proxy");
}

TEST(a_fetch_that_is_cancelled_in_its_handshake_leaves_nothing_behind)
{
	struct fetch_request r = {};
	struct fetch *f;
	struct place k;

	begin(&k);
	r.url = k.url;
	r.ca_file = k.cert.cert;
	for (int turns = 0; turns < 6; turns++) {
		k.done = false;
		f = fetch_start(k.fetcher, &r, on_done, &k);
		for (int i = 0; i < turns && !k.done; i++)
			loop_run_until(k.loop, is_done, &k, 0);
		if (!k.done)
			fetch_cancel(&f);
	}
	get(&k, k.cert.cert, NULL);
	assert_int_equal(k.rc, 0);
	end(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(who_vouches_for_a_server_is_told),
		RUN(R53_a_server_that_nobody_here_vouches_for_is_refused_and_its_issuer_named),
		RUN(R67_what_a_proxy_says_to_connect_is_told_apart),
		RUN(R67_socks_refusals_are_told_apart),
		RUN(R67_a_proxy_that_is_not_there_is_not_the_servers_fault),
		RUN(what_answers_but_speaks_no_http_was_reached),
		RUN(the_environment_names_no_proxy_here),
		RUN(a_fetch_that_is_cancelled_in_its_handshake_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("net.fetch", tests, NULL, NULL);
}
