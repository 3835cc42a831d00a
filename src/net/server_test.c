/* server_test.c - listener, HTTP/1.1 codec, exchange and client together, on one loop over
 * loopback.
 *
 * Hostile octets are sent by a raw socket, because no client of ours would. */
#include "base/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/metric.h"
#include "net/exchange.h"
#include "net/fetch.h"
#include "net/loop.h"
#include "net/server.h"

#define WAIT_MS   5000
#define HANDED_FD 50 /* the last of 48, which begin at 3 */

struct fixture {
	struct loop *loop;
	struct server *server;
	struct fetcher *fetcher;
	struct timer tick; /* turns the loop while only a raw socket has news */
	struct exchange *parked;
	int port, requests, gone;
	bool closed;
};

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct fixture *f = owner;

	f->gone++;
	f->parked = NULL;
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	if (rc < 0)
		exchange_respond_error(x, rc);
	else
		exchange_respond(x, 200, "text/plain", body);
}

static void on_request(struct exchange *x, void *owner)
{
	struct fixture *f = owner;
	struct str path = exchange_request(x)->path;

	f->requests++;
	if (str_eq(path, STR("/echo"))) {
		exchange_on_gone(x, on_gone, f);
		exchange_read_body(x, 64, on_body, f);
	} else if (str_eq(path, STR("/park"))) {
		exchange_on_gone(x, on_gone, f);
		exchange_park(x);
		f->parked = x;
	} else if (str_eq(path, STR("/owes"))) {
		exchange_owes_next(x, 100);
		exchange_respond(x, 200, "text/plain", STR("next"));
	} else if (str_eq(path, STR("/hints"))) {
		exchange_add_header(x, "link", "</a.css>");
		exchange_inform(x, 103);
		exchange_add_header(x, "date", "Sun, 06 Nov 1994 08:49:37 GMT");
		exchange_respond(x, 200, "text/plain", STR("hello"));
	} else if (str_eq(path, STR("/who"))) {
		exchange_respond(x, 200, "text/plain", str_of(exchange_peer(x)));
	} else if (str_eq(path, STR("/empty"))) {
		exchange_respond(x, 204, NULL, (struct str){ 0 });
	} else if (str_eq(path, STR("/elsewhere"))) {
		exchange_add_header(x, "location", "http://127.0.0.1:1/");
		exchange_respond(x, 302, NULL, (struct str){ 0 });
	} else {
		exchange_respond(x, 200, "text/plain", STR("hello"));
	}
}

static void on_closed(void *owner)
{
	((struct fixture *)owner)->closed = true;
}

static const struct server_ops ops = { .on_request = on_request, .on_closed = on_closed };

static void on_tick(struct timer *t)
{
	timer_start(CONTAINER_OF(t, struct fixture, tick)->loop, t, 1);
}

static struct fixture *begin(const struct server_limits *limits)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	f->loop = loop_new();
	f->server = server_new(f->loop, limits, &ops, f);
	f->fetcher = fetcher_new(f->loop);
	timer_init(&f->tick, on_tick);
	timer_start(f->loop, &f->tick, 1);
	assert_int_equal(server_listen(f->server, "127.0.0.1:0", NULL, &f->port), 0);
	assert_int_not_equal(f->port, 0);
	return f;
}

static bool is_closed(void *arg)
{
	return ((struct fixture *)arg)->closed;
}

static void end(struct fixture *f)
{
	fetcher_free(&f->fetcher);
	server_close(f->server);
	assert_true(loop_run_until(f->loop, is_closed, f, WAIT_MS));
	timer_stop(f->loop, &f->tick);
	loop_free(&f->loop);
	free(f);
}

/* -- A raw client */

struct raw {
	int fd;
	char got[8192];
	size_t len;
	bool ended;
	const char *want; /* NULL: until the end */
};

static int dial(const struct fixture *f)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)f->port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static bool has_answer(void *arg)
{
	struct raw *r = arg;
	ssize_t n = read(r->fd, r->got + r->len, sizeof(r->got) - 1 - r->len);

	if (n > 0)
		r->len += (size_t)n;
	r->got[r->len] = 0;
	if (n == 0 || (n < 0 && errno != EAGAIN))
		r->ended = true;
	return r->ended || (r->want && strstr(r->got, r->want));
}

static void ask(struct fixture *f, struct raw *r, const void *data, size_t len, const char *want)
{
	*r = (struct raw){ .fd = dial(f), .want = want };
	assert_int_equal(write(r->fd, data, len), len);
	assert_true(loop_run_until(f->loop, has_answer, r, WAIT_MS));
}

struct hostile {
	const char *name, *bytes;
	size_t len;
	int status; /* 0: closed without an answer is right, too */
};

#define CASE(name, bytes, status)                                                                  \
	{                                                                                          \
		name, bytes, sizeof(bytes) - 1, status                                             \
	}

static const struct hostile cases[] = {
	CASE("a good one", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
	CASE("bare LF line ends", "GET / HTTP/1.1\nHost: a\n\n", 400),
	CASE("a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
	CASE("header end CR CR", "GET / HTTP/1.1\r\nHost: a\r\n\r\r\n\r\n", 400),
	CASE("a line that begins with a blank", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
	CASE("folding", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
	CASE("length and coding",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	     400),
	CASE("two lengths",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
	     "Content-Length: 1\r\n\r\nx",
	     400),
	CASE("a list of lengths", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx",
	     400),
	CASE("another coding",
	     "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", 400),
	CASE("no host", "GET / HTTP/1.1\r\n\r\n", 400),
	CASE("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
	CASE("coding on 1.0",
	     "POST /echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
	CASE("a version that is none", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 400),
	CASE("NUL in a field", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
	CASE("no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
};

static const char owes[] = "GET /owes HTTP/1.1\r\nHost: a\r\n\r\n";
static const char plain[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(a_client_that_owes_its_next_request_and_sends_none_is_cut)
{
	struct fixture *f = begin(NULL);
	struct raw r;

	ask(f, &r, owes, sizeof(owes) - 1, "next");
	assert_false(r.ended);
	r.want = NULL;
	assert_true(loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	close(r.fd);
	/* One that pays is a client like others from then on. */
	ask(f, &r, owes, sizeof(owes) - 1, "next");
	assert_int_equal(write(r.fd, plain, sizeof(plain) - 1), sizeof(plain) - 1);
	r.want = "hello";
	assert_true(loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	r.want = NULL;
	assert_false(loop_run_until(f->loop, has_answer, &r, 300));
	close(r.fd);
	end(f);
}

TEST(hostile_heads_are_refused_and_close_the_connection)
{
	struct fixture *f = begin(NULL);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct hostile *c = &cases[i];
		struct raw r;
		int status = 0;

		ask(f, &r, c->bytes, c->len, NULL);
		close(r.fd);
		if (strncmp(r.got, "HTTP/1.1 ", 9) == 0)
			status = (int)strtol(r.got + 9, NULL, 10);
		/* A refusal may name its reason more exactly than "400". */
		if (c->status == 400 ? status < 400 || status > 505 : status != c->status)
			fail_msg("%s: %d instead of %d", c->name, status, c->status);
	}
	assert_int_equal(f->requests, 1);
	end(f);
}

static void ask_large(struct fixture *f, struct raw *r, const char *name)
{
	char *big = xcalloc(1, 70000);
	int n = snprintf(big, 70000, "GET / HTTP/1.1\r\nHost: a\r\n%s: ", name);

	memset(big + n, 'x', 20000);
	memcpy(big + n + 20000, "\r\n\r\n", 4);
	ask(f, r, big, (size_t)n + 20004, NULL);
	close(r->fd);
	free(big);
}

/* Who has cookies is told to drop them, and nobody else: no other site's page may do that. */
TEST(a_head_that_is_too_large_is_refused)
{
	struct fixture *f = begin(NULL);
	struct raw r;

	ask_large(f, &r, "X");
	assert_non_null(strstr(r.got, "HTTP/1.1 431"));
	assert_null(strstr(r.got, "Clear-Site-Data"));
	ask_large(f, &r, "cOOKIE");
	assert_non_null(strstr(r.got, "HTTP/1.1 431"));
	assert_non_null(strstr(r.got, "Clear-Site-Data: \"cookies\"\r\n"));
	end(f);
}

TEST(octets_may_come_one_at_a_time_and_requests_in_one_go)
{
	static const char one[] =
		"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
	static const char two[] = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n"
				  "Connection: close\r\n\r\n";
	struct fixture *f = begin(NULL);
	struct raw r = { .fd = dial(f), .want = "abcde" };

	for (size_t i = 0; i < sizeof(one) - 1; i++) {
		struct raw pause = { .fd = r.fd, .want = "never" };

		assert_int_equal(write(r.fd, one + i, 1), 1);
		loop_run_until(f->loop, has_answer, &pause, i % 8 ? 0 : 1);
		memcpy(r.got + r.len, pause.got, pause.len);
		r.len += pause.len;
	}
	assert_true(strstr(r.got, "abcde") || loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	close(r.fd);
	ask(f, &r, two, sizeof(two) - 1, NULL);
	assert_non_null(strstr(r.got, "hello"));
	assert_non_null(strstr(strstr(r.got, "hello") + 5, "hello"));
	close(r.fd);
	assert_int_equal(f->requests, 3);
	end(f);
}

/* -- The client */

TEST(an_interim_answer_goes_ahead_to_clients_that_know_of_them)
{
	static const char both[] = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"
				   "HTTP/1.1 200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
				   "content-type: text/plain\r\nContent-Length: 5\r\n\r\nhello";
	static const char new[] = "GET /hints HTTP/1.1\r\nHost: a\r\n\r\n";
	static const char old[] = "GET /hints HTTP/1.0\r\nHost: a\r\n\r\n";
	struct fixture *f = begin(NULL);
	struct raw r;

	ask(f, &r, new, sizeof(new) - 1, "hello");
	close(r.fd);
	assert_string_equal(r.got, both);
	ask(f, &r, old, sizeof(old) - 1, "hello");
	close(r.fd);
	assert_ptr_equal(strstr(r.got, "HTTP/1.1 200 OK\r\n"), r.got);
	end(f);
}

struct answer {
	int rc, status, calls;
	enum fetch_leg leg;
	char body[256], location[64];
};

static void on_answer(const struct fetch_result *r, void *owner)
{
	struct answer *a = owner;
	struct str location = fetch_header(r, "LOCATION");

	a->rc = r->rc;
	a->leg = r->leg;
	a->status = r->status;
	snprintf(a->body, sizeof(a->body), "%.*s", (int)r->body.len, r->body.p);
	snprintf(a->location, sizeof(a->location), "%.*s", (int)location.len,
		 location.p ? location.p : "");
	a->calls++;
}

static bool is_answered(void *arg)
{
	return ((struct answer *)arg)->calls > 0;
}

static struct answer get(struct fixture *f, const char *path, const struct fetch_request *like)
{
	struct fetch_request r = like ? *like : (struct fetch_request){ 0 };
	struct answer a = { 0 };
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", f->port, path);
	if (!r.url)
		r.url = url;
	fetch_start(f->fetcher, &r, on_answer, &a);
	assert_int_equal(a.calls, 0);
	assert_true(loop_run_until(f->loop, is_answered, &a, WAIT_MS));
	assert_int_equal(a.calls, 1);
	return a;
}

TEST(the_client_gets_what_the_handler_answers)
{
	struct fixture *f = begin(NULL);
	struct answer a = get(f, "/", NULL);

	assert_int_equal(a.rc, 0);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "hello");
	a = get(f, "/echo", &(struct fetch_request){ .body = STR("what I say") });
	assert_string_equal(a.body, "what I say");
	a = get(f, "/empty", NULL);
	assert_int_equal(a.status, 204);
	a = get(f, "/elsewhere", NULL); /* not followed */
	assert_int_equal(a.status, 302);
	assert_string_equal(a.location, "http://127.0.0.1:1/");
	end(f);
}

TEST(bodies_have_a_limit_on_both_sides)
{
	struct fixture *f = begin(NULL);
	char big[100];
	struct answer a;

	memset(big, 'x', sizeof(big));
	a = get(f, "/echo", &(struct fetch_request){ .body = { big, sizeof(big) } });
	assert_int_equal(a.status, 413);
	a = get(f, "/", &(struct fetch_request){ .max_response_bytes = 3 });
	assert_int_equal(a.rc, ERR_TOO_LARGE);
	end(f);
}

TEST(the_client_says_which_leg_failed)
{
	struct fixture *f = begin(NULL);
	struct answer a = get(f, "", &(struct fetch_request){ .url = "http://127.0.0.1:1/" });

	assert_int_equal(a.rc, ERR_UNREACHABLE);
	assert_int_equal(a.leg, FETCH_CONNECT);
	a = get(f, "/park", &(struct fetch_request){ .timeout_ms = 50 });
	assert_int_equal(a.rc, ERR_TIMEOUT);
	assert_int_equal(a.leg, FETCH_TRANSFER);
	a = get(f, "", &(struct fetch_request){ .url = "ftp://127.0.0.1/" });
	assert_int_equal(a.rc, ERR_INVALID);
	a = get(f, "/",
		&(struct fetch_request){ .headers = &(struct fetch_header){ "x", "a\r\nb: c" },
					 .headers_len = 1 });
	assert_int_equal(a.rc, ERR_INVALID);
	end(f);
}

TEST(a_cancelled_fetch_says_nothing)
{
	struct fixture *f = begin(NULL);
	struct answer cancelled = { 0 };
	struct fetch_request r = { 0 };
	struct fetch *fetch;
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/park", f->port);
	r.url = url;
	fetch = fetch_start(f->fetcher, &r, on_answer, &cancelled);
	fetch_cancel(&fetch);
	assert_null(fetch);
	get(f, "/", NULL);
	assert_int_equal(cancelled.calls, 0);
	end(f);
}

/* -- Exchanges that wait */

static bool is_parked(void *arg)
{
	return ((struct fixture *)arg)->parked != NULL;
}

static bool is_gone(void *arg)
{
	return ((struct fixture *)arg)->gone > 0;
}

TEST(a_parked_exchange_is_answered_later)
{
	struct fixture *f = begin(NULL);
	struct answer a = { 0 };
	struct fetch_request r = { 0 };
	char url[128];

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/park", f->port);
	r.url = url;
	fetch_start(f->fetcher, &r, on_answer, &a);
	assert_true(loop_run_until(f->loop, is_parked, f, WAIT_MS));
	exchange_respond(f->parked, 200, "text/plain", STR("at last"));
	assert_true(loop_run_until(f->loop, is_answered, &a, WAIT_MS));
	assert_string_equal(a.body, "at last");
	assert_int_equal(f->gone, 0);
	end(f);
}

TEST(a_client_that_goes_away_is_noticed_while_its_exchange_is_parked)
{
	static const char park[] = "GET /park HTTP/1.1\r\nHost: a\r\n\r\n";
	struct fixture *f = begin(NULL);
	int fd = dial(f);

	assert_int_equal(write(fd, park, sizeof(park) - 1), sizeof(park) - 1);
	assert_true(loop_run_until(f->loop, is_parked, f, WAIT_MS));
	close(fd);
	assert_true(loop_run_until(f->loop, is_gone, f, WAIT_MS));
	end(f);
}

/* -- Listeners */

TEST(an_address_has_a_limited_number_of_connections)
{
	struct server_limits limits = { .connections_per_network = 2 };
	struct fixture *f = begin(&limits);
	struct raw third = { .want = "never" };
	int a = dial(f), b = dial(f);

	third.fd = dial(f);
	assert_true(loop_run_until(f->loop, has_answer, &third, WAIT_MS));
	assert_true(third.ended);
	assert_int_equal(server_counts(f->server).connections, 2);
	assert_int_equal(server_counts(f->server).refused, 1);
	close(a);
	close(b);
	close(third.fd);
	end(f);
}

/* -- Behind a load balancer */

static const char v1[] = "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n";
#define V1_GET(path)                                                                               \
	"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

static struct fixture *begin_behind(const char *from, const struct server_limits *limits)
{
	struct fixture *f = begin(limits);
	struct address_ranges ranges;

	assert_int_equal(address_ranges_parse(from, &ranges), 0);
	server_expect_headers(f->server, &ranges);
	return f;
}

TEST(R34_behind_a_balancer_the_client_is_who_its_header_says)
{
	struct fixture *f = begin_behind("127.0.0.0/8", NULL);
	struct raw r;

	ask(f, &r, V1_GET("/who"), sizeof(V1_GET("/who")) - 1, "192.0.2.1");
	assert_false(r.ended);
	close(r.fd);
	end(f);
}

TEST(a_balancers_header_may_come_an_octet_at_a_time)
{
	struct fixture *f = begin_behind("127.0.0.0/8", NULL);
	struct raw r = { .fd = dial(f), .want = "192.0.2.1" };

	for (const char *c = V1_GET("/who"); *c; c++) {
		struct raw pause = { .fd = r.fd, .want = "never" };

		assert_int_equal(write(r.fd, c, 1), 1);
		loop_run_until(f->loop, has_answer, &pause, (c - V1_GET("")) % 8 ? 0 : 1);
		memcpy(r.got + r.len, pause.got, pause.len);
		r.len += pause.len;
	}
	assert_true(strstr(r.got, r.want) || loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	assert_false(r.ended);
	close(r.fd);
	end(f);
}

TEST(a_balancer_that_sends_no_header_is_cut_off)
{
	static const char torn[] = "PROXY TCP4 192.0.2.1 198.";
	struct fixture *f = begin_behind("127.0.0.0/8", NULL);
	int64_t before = metric_get(M_PROXY_HEADERS_BAD);
	struct raw r;

	ask(f, &r, plain, sizeof(plain) - 1, NULL);
	assert_int_equal(r.len, 0);
	close(r.fd);
	r = (struct raw){ .fd = dial(f) };
	assert_int_equal(write(r.fd, torn, sizeof(torn) - 1), sizeof(torn) - 1);
	shutdown(r.fd, SHUT_WR);
	assert_true(loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	close(r.fd);
	assert_int_equal(metric_get(M_PROXY_HEADERS_BAD) - before, 2);
	/* One that only looks whether the port is open has done nothing wrong. */
	r = (struct raw){ .fd = dial(f) };
	shutdown(r.fd, SHUT_WR);
	assert_true(loop_run_until(f->loop, has_answer, &r, WAIT_MS));
	close(r.fd);
	assert_int_equal(metric_get(M_PROXY_HEADERS_BAD) - before, 2);
	assert_int_equal(server_counts(f->server).connections, 0);
	assert_int_equal(f->requests, 0);
	end(f);
}

TEST(R34_nobody_else_may_say_who_he_is)
{
	struct fixture *f = begin_behind("192.0.2.0/24", NULL);
	struct raw r;

	ask(f, &r, V1_GET("/who"), sizeof(V1_GET("/who")) - 1, NULL);
	assert_null(strstr(r.got, "192.0.2.1"));
	assert_int_equal(f->requests, 0);
	close(r.fd);
	ask(f, &r, plain, sizeof(plain) - 1, "hello");
	close(r.fd);
	end(f);
}

TEST(behind_a_balancer_the_limit_counts_the_clients_of_each_address)
{
	struct server_limits limits = { .connections_per_network = 1 };
	struct fixture *f = begin_behind("127.0.0.0/8", &limits);
	static const char other[] =
		"PROXY TCP4 192.0.2.2 198.51.100.1 1 2\r\nGET /who HTTP/1.1\r\nHost: a\r\n\r\n";
	struct raw first, second, third;

	ask(f, &first, V1_GET("/who"), sizeof(V1_GET("/who")) - 1, "192.0.2.1");
	ask(f, &second, V1_GET("/who"), sizeof(V1_GET("/who")) - 1, NULL);
	assert_int_equal(second.len, 0);
	ask(f, &third, other, sizeof(other) - 1, "192.0.2.2");
	close(first.fd);
	close(second.fd);
	close(third.fd);
	end(f);
}

static bool are_two(void *arg)
{
	return server_counts(((struct fixture *)arg)->server).connections == 2;
}

TEST(a_balancers_connections_without_a_header_do_not_hold_up_the_end)
{
	struct fixture *f = begin_behind("127.0.0.0/8", NULL);
	int a = dial(f), b = dial(f);

	assert_int_equal(write(b, v1, 8), 8);
	assert_true(loop_run_until(f->loop, are_two, f, WAIT_MS));
	end(f);
	close(a);
	close(b);
}

TEST(R53_without_tls_only_loopback_and_unix_sockets_are_listened_at)
{
	struct fixture *f = begin(NULL);
	char path[64], where[80];
	struct answer a;

	assert_int_equal(server_listen(f->server, "0.0.0.0:0", NULL, NULL), ERR_CONFIG);
	assert_int_equal(server_listen(f->server, "localhost:0", NULL, NULL), ERR_CONFIG);
	assert_int_equal(server_listen(f->server, "127.0.0.1:70000", NULL, NULL), ERR_CONFIG);
	snprintf(path, sizeof(path), "/tmp/imprimatur-server-test-%d", (int)getpid());
	snprintf(where, sizeof(where), "unix:%s", path);
	assert_int_equal(server_listen(f->server, where, NULL, NULL), 0);
	a = get(f, "",
		&(struct fetch_request){ .url = "http://localhost/", .unix_socket_path = path });
	assert_string_equal(a.body, "hello");
	end(f);
	assert_int_not_equal(access(path, F_OK), 0);
}

/* A listening socket as the service manager hands it over: at a known number, by its name. */
static void hand_over(uint32_t address, const char *pid)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 5), 0);
	assert_int_equal(dup2(fd, HANDED_FD), HANDED_FD);
	close(fd);
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "48", 1);
	setenv("LISTEN_FDNAMES", ":::::::::::::::::::::::::::::::::::::::::::::::settings", 1);
}

TEST(a_socket_that_the_service_manager_holds_is_served)
{
	struct fixture *f = begin(NULL);
	char pid[24], url[64];
	struct answer a;
	int port = 0;

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_int_equal(server_adopt(f->server, "settings", &port), -ENOENT);
	hand_over(INADDR_LOOPBACK, "1");
	assert_int_equal(server_adopt(f->server, "settings", &port), -ENOENT);
	setenv("LISTEN_PID", pid, 1);
	assert_int_equal(server_adopt(f->server, "other", &port), -ENOENT);
	assert_int_equal(server_adopt(f->server, "settings", &port), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
	a = get(f, "", &(struct fetch_request){ .url = url });
	assert_string_equal(a.body, "hello");
	end(f);
}

TEST(R53_a_socket_that_is_not_loopbacks_is_not_taken_over)
{
	struct fixture *f = begin(NULL);
	char pid[24];
	int port;

	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	hand_over(INADDR_ANY, pid);
	assert_int_equal(server_adopt(f->server, "settings", &port), ERR_CONFIG);
	close(HANDED_FD);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_client_that_owes_its_next_request_and_sends_none_is_cut),
		RUN(hostile_heads_are_refused_and_close_the_connection),
		RUN(a_head_that_is_too_large_is_refused),
		RUN(an_interim_answer_goes_ahead_to_clients_that_know_of_them),
		RUN(octets_may_come_one_at_a_time_and_requests_in_one_go),
		RUN(the_client_gets_what_the_handler_answers),
		RUN(bodies_have_a_limit_on_both_sides),
		RUN(the_client_says_which_leg_failed),
		RUN(a_cancelled_fetch_says_nothing),
		RUN(a_parked_exchange_is_answered_later),
		RUN(a_client_that_goes_away_is_noticed_while_its_exchange_is_parked),
		RUN(an_address_has_a_limited_number_of_connections),
		RUN(R34_behind_a_balancer_the_client_is_who_its_header_says),
		RUN(a_balancers_header_may_come_an_octet_at_a_time),
		RUN(a_balancer_that_sends_no_header_is_cut_off),
		RUN(R34_nobody_else_may_say_who_he_is),
		RUN(behind_a_balancer_the_limit_counts_the_clients_of_each_address),
		RUN(a_balancers_connections_without_a_header_do_not_hold_up_the_end),
		RUN(R53_without_tls_only_loopback_and_unix_sockets_are_listened_at),
		RUN(a_socket_that_the_service_manager_holds_is_served),
		RUN(R53_a_socket_that_is_not_loopbacks_is_not_taken_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
