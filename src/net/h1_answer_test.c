/* h1_answer_test.c - answers as devices send them: what is repaired, what is refused, and when a
 * connection may be used again.  Each is read in one piece and octet by octet. */
#include "base/test.h"
#include "net/h1_answer.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_ASKED = 1, UPGRADE_ASKED = 2 };

/* The outcome in one line: interim statuses, status, headers, length; then the body, trailers in
 * brackets, and what was left of the octets. */
static void on_body(const uint8_t *data, size_t len, void *arg)
{
	buf_put(arg, data, len);
}

static void on_trailer(struct str name, struct str value, void *arg)
{
	buf_puts(arg, "[");
	buf_putstr(arg, name);
	buf_puts(arg, "=");
	buf_putstr(arg, value);
	buf_puts(arg, "]");
}

static void put_head(const struct h1_answer_head *head, struct buf *out)
{
	buf_printf(out, "%d", head->status);
	for (size_t i = 0; i < head->headers_len; i++) {
		buf_puts(out, " ");
		buf_putstr(out, head->headers[i].name);
		buf_puts(out, "=");
		buf_putstr(out, head->headers[i].value);
	}
	if (head->body_bytes >= 0)
		buf_printf(out, " %lld", (long long)head->body_bytes);
	buf_puts(out, head->wants_tls ? " wants-tls" : "");
	buf_puts(out, head->switched ? " switched" : head->until_close ? " until close" : "");
	buf_puts(out, head->keep_alive ? " again|" : head->stays_open ? " stays|" : "|");
}

static void read_octets(unsigned asked, const char *octets, size_t len, size_t step,
			struct buf *out)
{
	const struct h1_answer_setup setup = {
		.header_bytes = 1024,
		.header_fields = 10,
		.head = asked & HEAD_ASKED,
		.upgrade = asked & UPGRADE_ASKED,
		.on_body = on_body,
		.on_trailer = on_trailer,
		.arg = out,
	};
	struct h1_answer *r = h1_answer_new(&setup);
	enum h1_answer_event event = ANSWER_MORE;
	bool again = false;
	size_t at = 0;

	while (at < len && event != ANSWER_COMPLETE && event != ANSWER_BAD) {
		size_t n = len - at < step ? len - at : step, used;
		struct h1_answer_head head;

		event = h1_answer_feed(r, (const uint8_t *)octets + at, n, &used);
		at += used;
		if (event != ANSWER_INTERIM && event != ANSWER_HEAD)
			continue;
		head = h1_answer_head(r);
		again = head.keep_alive;
		put_head(&head, out);
		if (event == ANSWER_HEAD && head.complete)
			event = ANSWER_COMPLETE;
	}
	if (event == ANSWER_BAD) {
		buf_puts(out, "bad");
	} else {
		if (event != ANSWER_COMPLETE && h1_answer_end(r) == ANSWER_BAD)
			buf_puts(out, " cut");
		if (again && !h1_answer_head(r).keep_alive)
			buf_puts(out, " once");
		if (at < len)
			buf_printf(out, " +%zu", len - at);
	}
	h1_answer_free(&r);
}

struct sample {
	const char *octets, *outcome;
	unsigned asked;
};

static void check(const struct sample *samples, size_t len)
{
	static const size_t steps[] = { 4096, 1, 2, 5 };

	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
			const struct sample *s = &samples[i];
			struct buf out = buf_new(8 * KIB);

			read_octets(s->asked, s->octets, strlen(s->octets), steps[k], &out);
			if (!str_eq(buf_str(&out), str_of(s->outcome)))
				fail_msg("%s\nin steps of %zu gave\n%s\nnot\n%s", s->octets,
					 steps[k], (const char *)out.data, s->outcome);
			buf_done(&out);
		}
	}
}

#define OK "HTTP/1.1 200 OK\r\n"

/* clang-format off */
TEST(an_answer_in_order_is_read_as_it_is)
{
	static const struct sample samples[] = {
		{ OK "Content-Length: 3\r\n\r\nabc", "200 3 again|abc" },
		{ OK "Content-Length: 0\r\nX-A:  b \r\n\r\n", "200 x-a=b 0 again|" },
		{ OK "Content-Length: 3\r\nConnection: close\r\n\r\nabc", "200 3|abc" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\n\r\n", "200 again|abc" },
		{ OK "Transfer-Encoding: chunked\r\nTrailer: x\r\n\r\n1\r\na\r\n0\r\nX: 1 \r\nY:\r\n\r\n", "200 again|a[x=1][y=]" },
		{ OK "Content-Length: 3\r\n\r\nabcd", "200 3 again|abc +1" },
		{ OK "Content-Length: 3\r\n\r\nab", "200 3 again|ab cut" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\na", "100 again|200 1 again|a" },
		{ "HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" OK "Content-Length: 0\r\n\r\n", "103 link=</a> again|200 0 again|" },
		{ "HTTP/1.1 204 No\r\n\r\n", "204 again|" },
		{ "HTTP/1.1 426 No\r\nUpgrade: TLS/1.2,TLS/1.1\r\nContent-Length: 0\r\n\r\n", "426 0 wants-tls again|" },
		{ "HTTP/1.1 426 No\r\nUpgrade: h2c, tls/1.0\r\nContent-Length: 0\r\n\r\n", "426 0 wants-tls again|" },
		{ "HTTP/1.1 426 No\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n", "426 0 again|" },
		{ "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n", "426 0 again|" },
		{ OK "Upgrade: TLS/1.2\r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
		{ "HTTP/1.1 304 Not\r\nContent-Length: 10\r\n\r\n", "304 10 again|" },
		{ OK "Content-Length: 10\r\n\r\n", "200 10 again|", HEAD_ASKED },
		{ OK "Transfer-Encoding: chunked\r\n\r\n", "200 again|", HEAD_ASKED },
		{ "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nopaque",
		  "101 sec-websocket-accept=x switched stays| +6", UPGRADE_ASKED },
	};

	check(samples, ARRAY_LEN(samples));
}

TEST(what_odd_devices_send_is_repaired)
{
	static const struct sample samples[] = {
		/* No length: the connection's end; 201 and 302 too, which owe nobody a body. */
		{ OK "\r\nabc", "200 until close stays|abc" },
		{ "HTTP/1.1 201 Created\r\n\r\n", "201 until close stays|" },
		{ "HTTP/1.1 302 Movtmp\r\nLocation: https://192.0.2.7:443/a\r\n\r\n", "302 location=https://192.0.2.7:443/a until close stays|" },
		{ "HTTP/1.0 200 OK\r\n\r\nabc", "200 until close|abc" },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", "200 1|a" },
		{ "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\na", "200 1 again|a" },
		/* Reason phrases. */
		{ "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
		{ "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
		{ "HTTP/1.1 200 \xc3\xa4\xff:x\r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
		{ "HTTP/1.1  404  \r\nContent-Length: 0\r\n\r\n", "404 0 again|" },
		/* Dates. */
		{ OK "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\nDATE: Fri, 02 Jan 1970 00:00:00 GMT\r\nContent-Length: 0\r\n\r\n",
		  "200 date=Thu, 01 Jan 1970 00:00:00 GMT 0 again|" },
		{ OK "Date: yesterday\r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
		/* Names, blanks, lines that are none: the connection is not used again. */
		{ OK "cOnTeNt-LeNgTh: 1\r\nSERVER:x\r\n\r\na", "200 server=x 1 again|a" },
		{ OK "Content-Length : 1\r\n\r\na", "200 1 stays|a" },
		{ OK "garbage\r\nb\xc3\xa4: 1\r\n: 2\r\nContent-Length: 1\r\n\r\na", "200 1 stays|a" },
		{ OK "X: a\r\n  b\r\nContent-Length: 0\r\n\r\n", "200 x=a b 0 stays|" },
		{ OK "X: a\x01\rb\r\nContent-Length: 0\r\n\r\n", "200 x=a  b 0 stays|" },
		{ OK "X: a\rb\r\nContent-Length: 0\r\n\r\n", "200 x=a b 0 stays|" },
		{ OK "X: a\x7f" "b\r\nContent-Length: 0\r\n\r\n", "200 x=a b 0 stays|" },
		{ OK "X: a\tb\r\nContent-Length: 0\r\n\r\n", "200 x=a\tb 0 again|" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0\r\nX: a\rb\x7f" "c\r\n\r\n", "200 again|[x=a b c] once" },
		{ "\r\n" OK "Content-Length: 0\r\n\r\n", "200 0 stays|" },
		{ OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", "200 1 stays|a" },
		{ OK "Content-Length: 1, 1\r\n\r\na", "200 1 stays|a" },
		{ OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "200 stays|a" },
		{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "200 stays|" },
		{ OK "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na", "200 1 stays|a" },
		{ OK "Transfer-Encoding: identity, ,Chunked,\r\n\r\n1\r\na\r\n0\r\n\r\n", "200 stays|a" },
		{ OK "Transfer-Encoding:\r\nContent-Length: 1\r\n\r\na", "200 1 stays|a" },
		/* Sizes that are filled up to a width. */
		{ OK "Transfer-Encoding: chunked\r\n\r\n3   \r\nabc\r\n001 ;x=y\r\nd\r\n0\t \r\nX: 1\r\n\r\n", "200 again|abcd[x=1]" },
		/* What Connection names is for us alone. */
		{ OK "Connection: X-Hop, close\r\nX-Hop: 1\r\nX: 2\r\nKeep-Alive: 3\r\nContent-Length: 0\r\n\r\n", "200 x=2 0|" },
	};

	check(samples, ARRAY_LEN(samples));
}

TEST(lengths_and_lines_are_read_as_browsers_read_them)
{
	static const struct sample samples[] = {
		/* A length that is no number: the connection's end. */
		{ OK "Content-Length: -1\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length: +1\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length: 1 1\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length:\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length: 99999999999999999999\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length: 1\r\n 1\r\n\r\nab", "200 until close stays|ab" },
		{ OK "Content-Length: -1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "200 stays|a" },
		{ "HTTP/1.1 304 Not\r\nContent-Length: -1\r\n\r\n", "304 stays|" },
		/* Lines that end without CR, all or some. */
		{ "HTTP/1.1 200 OK\nContent-Length: 1\n\nab", "200 1 stays|a +1" },
		{ OK "X: a\nContent-Length: 1\r\n\nab", "200 x=a 1 stays|a +1" },
		{ OK "X: a\n\r\n", "200 x=a until close stays|" },
		{ "http/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "200 1 again|a" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\na\n2 ;x\r\nbc\r\n0\nX: 1\n\n", "200 again|abc[x=1] once" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\nb", "200 again|a once +1" },
		/* What is said of a chunk besides its size. */
		{ OK "Transfer-Encoding: chunked\r\n\r\n1;a=b;c=\"d e\\\"\" ; f\r\na\r\n0;g\r\n\r\n", "200 again|a" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\ngarbage\r\n b: 1\r\nTrailer: x\r\n\r\n", "200 again|a once" },
		/* Codes of no class, and what stands behind a code. */
		{ "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n", "600 0 again|" },
		{ "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n", "999 0 again|" },
		{ "HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n", "200 0 again|" },
	};

	check(samples, ARRAY_LEN(samples));
}

TEST(what_two_readers_could_read_as_two_messages_is_refused)
{
	static const struct sample samples[] = {
		{ OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", "bad" },
		{ OK "Content-Length: 1, 2\r\n\r\nab", "bad" },
		{ OK "Content-Length: +1\r\nContent-Length: 1\r\n\r\na", "bad" },
		{ OK "Content-Length: 1,\r\n\r\na", "bad" },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "bad" },
		{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "bad" },
		{ OK "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "200 again|abad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\nab\r\n", "200 again|abad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r;x\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1;x\ry\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n;x\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n\r\n0\r\n\r\n", "200 again|abad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1 1\r\nab\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n 1\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n \r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n", "200 again|bad" },
		{ OK "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", "200 again|bad" },
		{ OK " X: a\r\n\r\n", "bad" },
		{ "HTTP/2.0 200 OK\r\n\r\n", "bad" },
		{ "ICY 200 OK\r\n\r\n", "bad" },
		{ "HTTP/1.1 2000 OK\r\n\r\n", "bad" },
		{ "HTTP/1.1 099 OK\r\n\r\n", "bad" },
		{ "HTTP/1.1 20 OK\r\n\r\n", "bad" },
		{ "\r\n\r\n" OK "\r\n", "bad" },
		{ "<html></html>\r\n\r\n", "bad" },
		{ "HTTP/1.1 101 Go\r\nUpgrade: websocket\r\n\r\n", "bad" },
		{ OK "Content-Len", " cut" },
	};

	check(samples, ARRAY_LEN(samples));
}
/* clang-format on */

TEST(a_head_has_a_limit_in_octets_and_in_fields)
{
	struct buf octets = buf_new(8 * KIB), out = buf_new(KIB);

	buf_puts(&octets, OK);
	for (int i = 0; i < 11; i++)
		buf_printf(&octets, "X-%d: 1\r\n", i);
	buf_puts(&octets, "\r\n");
	read_octets(0, (const char *)octets.data, octets.len, 7, &out);
	assert_string_equal((const char *)out.data, "bad");
	buf_clear(&octets);
	buf_clear(&out);
	buf_printf(&octets, "%sX: %01100d\r\n\r\n", OK, 1);
	read_octets(0, (const char *)octets.data, octets.len, 7, &out);
	assert_string_equal((const char *)out.data, "bad");
	buf_done(&octets);
	buf_done(&out);
}

TEST(a_nul_in_a_head_is_refused)
{
	static const char octets[] = OK "X: a\0b\r\n\r\n";
	struct buf out = buf_new(KIB);

	read_octets(0, octets, sizeof(octets) - 1, 3, &out);
	assert_string_equal((const char *)out.data, "bad");
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_in_order_is_read_as_it_is),
		cmocka_unit_test(what_odd_devices_send_is_repaired),
		cmocka_unit_test(lengths_and_lines_are_read_as_browsers_read_them),
		cmocka_unit_test(what_two_readers_could_read_as_two_messages_is_refused),
		cmocka_unit_test(a_head_has_a_limit_in_octets_and_in_fields),
		cmocka_unit_test(a_nul_in_a_head_is_refused),
	};

	return cmocka_run_group_tests_name("net.h1_answer", tests, NULL, NULL);
}
