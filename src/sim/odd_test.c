/* odd_test.c - each way of putting an answer onto the wire, seen octet by octet. */
#include "base/test.h"
#include "net/message.h"
#include "net/test_net.h"
#include "sim/odd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct world {
	struct loop *loop;
	struct odd_server *server;
	struct test_peer peer;
	int port, calls, status;
	enum odd_form form;
	int64_t delay_ms, make_bytes, body_bytes;
};

static void make_x(int64_t at, uint8_t *out, size_t len)
{
	memset(out, 'x', len);
}

static void on_call(const struct odd_call *call, struct odd_answer *a, void *owner)
{
	struct world *w = owner;

	w->calls++;
	w->body_bytes = call->body_bytes;
	a->status = w->status ? w->status : 200;
	a->form = w->form;
	a->delay_ms = w->delay_ms;
	if (w->status)
		return;
	buf_puts(&a->head, "X-Test: yes\r\n");
	buf_puts(&a->body, "0123456789");
	if (w->make_bytes) {
		a->make = make_x;
		a->make_bytes = w->make_bytes;
	}
}

static struct world *begin(void)
{
	static const struct odd_ops ops = { on_call };
	struct world *w = xcalloc(1, sizeof(*w));

	w->loop = loop_new();
	w->server = odd_new(w->loop, &ops, w);
	assert_int_equal(odd_listen(w->server, "127.0.0.1:0", NULL, &w->port), 0);
	return w;
}

static void dial(struct world *w)
{
	test_peer_open(&w->peer, w->loop, test_dial(w->port), NULL, NULL, 0, 0);
	assert_true(test_peer_wait_open(&w->peer));
}

static void end(struct world *w)
{
	test_peer_close(&w->peer);
	odd_close(&w->server);
	loop_free(&w->loop);
	free(w);
}

#define GET_IT "GET /x HTTP/1.1\r\nHost: h\r\n\r\n"

/* clang-format off */
static const struct {
	enum odd_form form;
	const char *says, *says_not;
	bool ends;
	int why;
} rows[] = {
	{ ODD_COUNTED,	   "Content-Length: 10\r\n\r\n0123456789", "close", false, 0 },
	{ ODD_CHUNKED,	   "chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", "Length", false, 0 },
	{ ODD_UNTIL_CLOSE, "Connection: close\r\n\r\n0123456789", "Length", true, 0 },
	{ ODD_HTTP10,	   "HTTP/1.0 200 OK", "Length", true, 0 },
	{ ODD_SHORT,	   "Content-Length: 10\r\nConnection: close\r\n\r\n01234", "567", true, 0 },
	{ ODD_RESET,	   "\r\n\r\n01234", "567", true, -ECONNRESET },
	{ ODD_STALL,	   "\r\n\r\n01234", "567", false, 0 },
	{ ODD_CHUNK_CUT,   "\r\n\r\n5\r\n01234\r\n", "0\r\n\r\n", true, 0 },
	{ ODD_CHUNK_BAD,   "\r\n01234\r\nzz\r\n", "567", true, 0 },
	{ ODD_TWO_LENGTHS, "Content-Length: 1\r\nContent-Length: 10\r\n", "chunked", true, 0 },
	{ ODD_SILENT,	   "", "HTTP", false, 0 },
	{ ODD_HANG_UP,	   "", "HTTP", true, 0 },
	{ ODD_GARBAGE,	   "no HTTP", "HTTP/1", true, 0 },
	{ ODD_LONG,	   "Content-Length: 5\r\nConnection: close\r\n\r\n0123456789", "chunked", true, 0 },
};
/* clang-format on */

static bool was_called(void *arg)
{
	return ((struct world *)arg)->calls > 0;
}

TEST(each_form_is_on_the_wire_what_it_says)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world *w = begin();

		w->form = rows[i].form;
		dial(w);
		test_peer_say(&w->peer, GET_IT);
		assert_true(loop_run_until(w->loop, was_called, w, TEST_WAIT_MS));
		if (rows[i].ends)
			assert_true(test_peer_wait_end(&w->peer));
		assert_true(test_peer_wait_text(&w->peer, rows[i].says));
		test_turns(w->loop, 20);
		if (strstr(test_peer_got(&w->peer), rows[i].says_not) ||
		    w->peer.ends != rows[i].ends || w->peer.why != rows[i].why)
			fail_msg("form %zu: ends %d, why %d: %s", i, w->peer.ends, w->peer.why,
				 test_peer_got(&w->peer));
		end(w);
	}
}

/* As of version 22. */
TEST(a_redirect_is_dated_and_empty_and_names_no_server)
{
	struct world *w = begin();
	char before[HTTP_DATE_SIZE], after[HTTP_DATE_SIZE];
	const size_t day = strlen("Thu, 26 Nov 2026 "),
		     end_at = strlen("Thu, 26 Nov 2026 21:58:57");
	const char *told;

	w->status = 302;
	dial(w);
	http_date(before);
	test_peer_say(&w->peer, GET_IT);
	assert_true(test_peer_wait_text(&w->peer, "Content-Length: 0\r\n\r\n"));
	assert_memory_equal(test_peer_got(&w->peer), "HTTP/1.1 302 Found\r\nDate: ", 26);
	told = test_peer_got(&w->peer) + 26;
	http_date(after);
	assert_true(memcmp(told, before, day) == 0 || memcmp(told, after, day) == 0);
	assert_memory_equal(told + end_at, " GMT\r\n", 6);
	assert_null(strstr(told, "Server:"));
	end(w);
}

TEST(a_connection_serves_one_call_after_the_other)
{
	struct world *w = begin();

	dial(w);
	for (int i = 1; i <= 3; i++) {
		test_peer_say(&w->peer,
			      "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
		while (w->calls < i)
			test_turns(w->loop, 5);
		test_turns(w->loop, 20);
		assert_int_equal(w->body_bytes, 3);
	}
	assert_int_equal(w->peer.ends, 0);
	end(w);
}

TEST(an_answer_may_be_late)
{
	struct world *w = begin();

	w->delay_ms = 60;
	dial(w);
	test_peer_say(&w->peer, GET_IT);
	test_turns(w->loop, 30);
	assert_int_equal(w->calls, 1);
	assert_int_equal(w->peer.got.len, 0);
	assert_true(test_peer_wait_text(&w->peer, "0123456789"));
	end(w);
}

static bool got_all(void *arg)
{
	struct world *w = arg;

	return w->peer.got.len >= (size_t)w->make_bytes;
}

TEST(a_made_body_has_its_length_and_more_than_a_socket_takes_at_once)
{
	struct world *w = begin();

	w->make_bytes = 20 * MIB;
	dial(w);
	test_peer_say(&w->peer, GET_IT);
	assert_true(loop_run_until(w->loop, got_all, w, TEST_WAIT_MS));
	assert_true(test_peer_wait_text(&w->peer, "Content-Length: 20971520\r\n"));
	end(w);
}

TEST(a_request_that_is_none_is_refused_and_the_connection_ends)
{
	struct world *w = begin();

	dial(w);
	test_peer_say(&w->peer, "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
	assert_true(test_peer_wait_text(&w->peer, "HTTP/1.1 400 Error"));
	assert_true(test_peer_wait_end(&w->peer));
	assert_int_equal(w->calls, 0);
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_form_is_on_the_wire_what_it_says),
		RUN(a_redirect_is_dated_and_empty_and_names_no_server),
		RUN(a_connection_serves_one_call_after_the_other),
		RUN(an_answer_may_be_late),
		RUN(a_made_body_has_its_length_and_more_than_a_socket_takes_at_once),
		RUN(a_request_that_is_none_is_refused_and_the_connection_ends),
	};

	return cmocka_run_group_tests_name("sim.odd", tests, NULL, NULL);
}
