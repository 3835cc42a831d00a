/* h1_reader_test.c - requests as octets: what is refused, what is read, and that no split of them
 * matters. */
#include "base/test.h"
#include "net/h1_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct http_limits limits = {
	.header_bytes = 16 * KIB,
	.header_fields = 100,
	.uri_bytes = 8 * KIB,
	.header_ms = 1,
	.body_ms = 1,
	.idle_ms = 1,
};

/* What became of some octets. */
struct outcome {
	struct h1_reader *reader;
	struct arena mem;
	struct h1_head head; /* points into mem */
	struct buf body;
	int status; /* of the refusal; 0 none */
	bool has_head, complete;
	size_t left; /* behind the request */
};

static void on_body(const uint8_t *data, size_t len, void *arg)
{
	buf_put(&((struct outcome *)arg)->body, data, len);
}

static void begin(struct outcome *o)
{
	*o = (struct outcome){ .body = buf_new(MIB) };
	o->reader = h1_reader_new(&limits, on_body, o);
}

static void end(struct outcome *o)
{
	h1_reader_free(&o->reader);
	arena_done(&o->mem);
	buf_done(&o->body);
}

/* False when the rest is not the request's any more. */
static bool feed(struct outcome *o, const char *data, size_t len)
{
	while (len) {
		size_t used = 0;
		enum h1_event event = h1_reader_feed(o->reader, (const uint8_t *)data, len, &used);

		assert_true(used <= len);
		data += used;
		len -= used;
		if (event == H1_REFUSED) {
			o->status = h1_reader_refusal(o->reader).status;
			return false;
		}
		if (event == H1_HEAD) {
			assert_false(o->has_head);
			o->head = h1_reader_head(o->reader, &o->mem);
			o->has_head = true;
		}
		if (event == H1_COMPLETE || (event == H1_HEAD && o->head.complete)) {
			o->complete = true;
			o->left = len;
			return false;
		}
	}
	return true;
}

static void feed_in_steps(struct outcome *o, const char *data, size_t len, size_t step)
{
	begin(o);
	for (size_t i = 0; i < len; i += step) {
		size_t n = len - i < step ? len - i : step;

		if (!feed(o, data + i, n)) {
			o->left = o->complete ? o->left + len - i - n : 0;
			return;
		}
	}
}

static void assert_same(const char *name, const struct outcome *a, const struct outcome *b)
{
	if (a->status != b->status || a->has_head != b->has_head || a->complete != b->complete ||
	    a->left != b->left || !str_eq(buf_str(&a->body), buf_str(&b->body)))
		fail_msg("%s: another outcome when split: %d %d", name, a->status, b->status);
}

struct sample {
	const char *name, *octets;
	size_t len;
	int status; /* of the refusal; 0: read to its end */
	const char *body;
};

#define REFUSED(name, octets, status)                                                              \
	{                                                                                          \
		name, octets, sizeof(octets) - 1, status, NULL                                     \
	}
#define TAKEN(name, octets, body)                                                                  \
	{                                                                                          \
		name, octets, sizeof(octets) - 1, 0, body                                          \
	}
#define GET     "GET / HTTP/1.1\r\nHost: a\r\n"
#define POST    "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

/* clang-format off */
static const struct sample samples[] = {
	TAKEN("a plain one", GET "\r\n", ""),
	TAKEN("one empty line before", "\r\n" GET "\r\n", ""),
	TAKEN("HTTP/1.0 with a host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", ""),
	TAKEN("a length", POST "Content-Length: 3\r\n\r\nabc", "abc"),
	TAKEN("a length of nothing", POST "Content-Length: 0\r\n\r\n", ""),
	TAKEN("chunks", CHUNKED "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789"),
	TAKEN("no chunks", CHUNKED "0\r\n\r\n", ""),
	TAKEN("a chunk extension", CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", "abc"),
	TAKEN("trailers", CHUNKED "1\r\na\r\n0\r\nX: y\r\nHost: b\r\n\r\n", "a"),
	TAKEN("an upgrade that is not followed", GET "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", ""),
	TAKEN("octets above ASCII in a value", GET "X: \xc3\xa4\r\n\r\n", ""),
	TAKEN("a tab in a value", GET "X: a\tb\r\n\r\n", ""),
	TAKEN("an empty value", GET "X:\r\n\r\n", ""),
	TAKEN("absolute form", "GET http://a/x?y HTTP/1.1\r\nHost: a\r\n\r\n", ""),
	TAKEN("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", ""),

	REFUSED("bare LF line ends", "GET / HTTP/1.1\nHost: a\n\n", 400),
	REFUSED("bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
	REFUSED("bare LF after a field", GET "X: a\nY: b\r\n\r\n", 400),
	REFUSED("bare CR as a separator", GET "X: a\rY: b\r\n\r\n", 400),
	REFUSED("CR in a value", GET "X: a\r b\r\n\r\n", 400),
	REFUSED("header end CRLF CR X", GET "X: a\r\n\rX\r\n\r\n", 400),
	REFUSED("header end LF", GET "X: a\r\n\n", 400),
	REFUSED("NUL in a value", GET "X: a\0b\r\n\r\n", 400),
	REFUSED("NUL in a name", GET "X\0: a\r\n\r\n", 400),
	REFUSED("NUL in the target", "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("DEL in a value", GET "X: a\x7f\r\n\r\n", 400),
	REFUSED("an escape sequence", GET "X: \x1b[2J\r\n\r\n", 400),
	REFUSED("folding", GET "X: a\r\n b\r\n\r\n", 400),
	REFUSED("folding by a tab", GET "X: a\r\n\tb\r\n\r\n", 400),
	REFUSED("a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
	REFUSED("a space before the colon", GET "Content-Length : 5\r\n\r\n", 400),
	REFUSED("a field without name", GET ": a\r\n\r\n", 400),
	REFUSED("a field without colon", GET "abc\r\n\r\n", 400),
	REFUSED("two empty lines before", "\r\n\r\n" GET "\r\n", 400),
	REFUSED("a blank before the method", " " GET "\r\n", 400),
	REFUSED("an unknown method", "GOT / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("a method in lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 405),
	REFUSED("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
	REFUSED("two blanks in the request line", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("HTTP/0.9", "GET /\r\n", 400),
	REFUSED("HTTP/0.9 spelt", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505),
	REFUSED("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505),
	REFUSED("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
	REFUSED("HTTP/11.1", "GET / HTTP/11.1\r\nHost: a\r\n\r\n", 505),
	REFUSED("a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("a TLS record", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", 400),

	REFUSED("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
	REFUSED("no Host on 1.0", "GET / HTTP/1.0\r\n\r\n", 400),
	REFUSED("two Hosts", GET "Host: a\r\n\r\n", 400),
	REFUSED("an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
	REFUSED("a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
	REFUSED("a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
	REFUSED("a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
	REFUSED("absolute form of another host", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("absolute form of another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("a target that is no path", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
	REFUSED("octets above ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400),

	REFUSED("length and coding", POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
	REFUSED("coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400),
	REFUSED("two lengths that differ", POST "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
	REFUSED("two lengths that agree", POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
	REFUSED("a list of lengths", POST "Content-Length: 1, 1\r\n\r\n", 400),
	REFUSED("a signed length", POST "Content-Length: +1\r\n\r\n", 400),
	REFUSED("a negative length", POST "Content-Length: -1\r\n\r\n", 400),
	REFUSED("a length in hex", POST "Content-Length: 0x1\r\n\r\n", 400),
	REFUSED("an empty length", POST "Content-Length:\r\n\r\n", 400),
	REFUSED("a length past 64 bits", POST "Content-Length: 18446744073709551616\r\n\r\n", 400),
	REFUSED("a length past 63 bits", POST "Content-Length: 9223372036854775808\r\n\r\n", 400),
	REFUSED("another coding", POST "Transfer-Encoding: xchunked\r\n\r\n", 400),
	REFUSED("a coding before chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 400),
	REFUSED("a coding after chunked", POST "Transfer-Encoding: chunked, gzip\r\n\r\n", 400),
	REFUSED("chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
	REFUSED("identity", POST "Transfer-Encoding: identity\r\n\r\n", 400),
	REFUSED("coding on 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
	REFUSED("two content types", POST "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", 400),
	REFUSED("two signatures", POST "Signature: a\r\nsignature: b\r\n\r\n", 400),
	REFUSED("another expectation", POST "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n", 400),

	REFUSED("a chunk size with a sign", CHUNKED "+2\r\nab\r\n0\r\n\r\n", 400),
	REFUSED("a chunk size in 0x", CHUNKED "0x2\r\nab\r\n0\r\n\r\n", 400),
	REFUSED("a chunk size with a blank", CHUNKED " 2\r\nab\r\n0\r\n\r\n", 400),
	REFUSED("a chunk size past 64 bits", CHUNKED "FFFFFFFFFFFFFFFFF\r\n", 400),
	REFUSED("a chunk without its line end", CHUNKED "2\r\nabc\r\n0\r\n\r\n", 400),
	REFUSED("LF in a chunk extension", CHUNKED "2;a\nb\r\nab\r\n0\r\n\r\n", 400),
	REFUSED("bare LF after a chunk size", CHUNKED "2\nab\r\n0\r\n\r\n", 400),
};
/* clang-format on */

TEST(what_parsers_disagree_about_is_refused_and_no_split_of_the_octets_matters)
{
	for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
		const struct sample *s = &samples[i];
		struct outcome whole, split;

		feed_in_steps(&whole, s->octets, s->len, s->len);
		if (whole.status != s->status || whole.complete != (s->status == 0))
			fail_msg("%s: status %d, complete %d", s->name, whole.status,
				 whole.complete);
		if (s->body)
			assert_string_equal(whole.body.len ? (char *)whole.body.data : "", s->body);
		assert_int_equal(whole.left, 0);
		for (size_t step = 1; step < s->len; step++) {
			feed_in_steps(&split, s->octets, s->len, step);
			assert_same(s->name, &whole, &split);
			end(&split);
		}
		end(&whole);
	}
}

static struct str field(const struct outcome *o, const char *name)
{
	for (size_t i = 0; i < o->head.request.headers_len; i++) {
		if (str_eq(o->head.request.headers[i].name, str_of(name)))
			return o->head.request.headers[i].value;
	}
	return (struct str){ 0 };
}

static void read_whole(struct outcome *o, const char *octets)
{
	feed_in_steps(o, octets, strlen(octets), strlen(octets));
	assert_true(o->has_head);
}

TEST(a_head_is_split_into_its_parts)
{
	struct outcome o;
	const struct http_request *r = &o.head.request;

	read_whole(&o,
		   "PUT /a%20b/c?d=e?f HTTP/1.1\r\nHost: Hub.example:8443\r\nX-Thing: \t a b \t\r\n"
		   "EMPTY:\r\nConnection: keep-alive, TE\r\nTE: trailers\r\n"
		   "Expect: 100-Continue\r\nContent-Length: 7\r\n\r\n");
	assert_int_equal(r->method, METHOD_PUT);
	assert_true(str_eq(r->method_text, STR("PUT")));
	assert_true(str_eq(r->authority, STR("Hub.example:8443")));
	assert_true(str_eq(r->path, STR("/a%20b/c")));
	assert_true(str_eq(r->query, STR("d=e?f")));
	assert_int_equal(r->body_bytes, 7);
	assert_int_equal(r->headers_len, 3);
	assert_true(str_eq(field(&o, "x-thing"), STR("a b")));
	assert_true(str_eq(field(&o, "host"), r->authority));
	assert_non_null(field(&o, "empty").p);
	assert_null(field(&o, "te").p);
	assert_null(field(&o, "connection").p);
	assert_true(o.head.keep_alive);
	assert_true(o.head.expects_continue);
	assert_false(o.head.complete);
	end(&o);
}

/* RFC 9110 section 7.6.1.  What decides about a request is not taken out of sight that way. */
TEST(fields_that_connection_names_end_here)
{
	struct outcome o;

	read_whole(&o,
		   GET "Connection: X-Hop ,keep-alive\r\nX-Hop: 1\r\nX: 2\r\nX-Hop: 3\r\n"
		       "CONNECTION: y-hop,, Origin,host,COOKIE,sec-fetch-site\r\nY-Hop: 4\r\n"
		       "Origin: https://a\r\nCookie: b=c\r\nSec-Fetch-Site: cross-site\r\n\r\n");
	assert_int_equal(o.head.request.headers_len, 5);
	assert_null(field(&o, "x-hop").p);
	assert_null(field(&o, "y-hop").p);
	for (size_t i = 0; i < o.head.request.headers_len; i++)
		assert_false(str_eq(o.head.request.headers[i].name, STR("connection")));
	assert_true(str_eq(field(&o, "x"), STR("2")));
	assert_true(str_eq(field(&o, "host"), o.head.request.authority));
	assert_true(str_eq(field(&o, "origin"), STR("https://a")));
	assert_true(str_eq(field(&o, "cookie"), STR("b=c")));
	assert_true(str_eq(field(&o, "sec-fetch-site"), STR("cross-site")));
	end(&o);
}

TEST(connection_names_a_few_fields)
{
	char head[1000];
	struct outcome o;

	snprintf(head, sizeof(head), GET "Connection: %0512d\r\n\r\n", 0);
	read_whole(&o, head);
	end(&o);
	snprintf(head, sizeof(head), GET "Connection: %0512d\r\nConnection: x\r\n\r\n", 0);
	feed_in_steps(&o, head, strlen(head), strlen(head));
	assert_false(o.has_head);
	end(&o);
}

TEST(an_absent_query_is_not_an_empty_one)
{
	struct outcome o;

	read_whole(&o, "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_null(o.head.request.query.p);
	end(&o);
	read_whole(&o, "GET /a? HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_non_null(o.head.request.query.p);
	assert_int_equal(o.head.request.query.len, 0);
	end(&o);
	read_whole(&o, "GET HTTPS://A?b HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(str_eq(o.head.request.path, STR("/")));
	assert_true(str_eq(o.head.request.query, STR("b")));
	end(&o);
}

TEST(a_connection_is_kept_only_by_http_1_1_without_close)
{
	struct outcome o;

	read_whole(&o, GET "\r\n");
	assert_true(o.head.keep_alive);
	end(&o);
	read_whole(&o, GET "Connection: Close\r\n\r\n");
	assert_false(o.head.keep_alive);
	end(&o);
	read_whole(&o, "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
	assert_false(o.head.keep_alive);
	assert_true(o.head.http10);
	end(&o);
}

TEST(what_follows_a_request_is_left_alone)
{
	static const char two[] = POST "Content-Length: 3\r\n\r\nabc" GET "\r\n";
	struct outcome o;

	for (size_t step = 1; step < sizeof(two); step++) {
		feed_in_steps(&o, two, sizeof(two) - 1, step);
		assert_true(o.complete);
		assert_int_equal(o.left, sizeof(GET "\r\n") - 1);
		assert_string_equal((char *)o.body.data, "abc");
		end(&o);
	}
}

/* A head with `fields` fields besides Host, its last value padded so that all is `bytes` long. */
static struct buf make_head(size_t uri_bytes, size_t fields, size_t bytes)
{
	struct buf b = buf_new(MIB);

	buf_puts(&b, "GET /");
	for (size_t i = 1; i < uri_bytes; i++)
		buf_putc(&b, 'u');
	buf_puts(&b, " HTTP/1.1\r\nHost: a\r\n");
	for (size_t i = 0; i < fields; i++)
		buf_printf(&b, "%sX: ", i ? "\r\n" : "");
	while (b.len + 4 < bytes)
		buf_putc(&b, 'v');
	buf_puts(&b, fields ? "\r\n\r\n" : "\r\n");
	return b;
}

static int status_of(struct buf b)
{
	struct outcome o;
	int status;

	feed_in_steps(&o, (const char *)b.data, b.len, 4096);
	status = o.status;
	assert_true(status || o.complete);
	end(&o);
	buf_done(&b);
	return status;
}

TEST(a_head_may_reach_its_limits_and_not_pass_them)
{
	assert_int_equal(status_of(make_head(1, 1, 16 * KIB)), 0);
	assert_int_equal(status_of(make_head(1, 1, 16 * KIB + 1)), 431);
	assert_int_equal(status_of(make_head(1, 99, 0)), 0);
	assert_int_equal(status_of(make_head(1, 100, 0)), 431);
	assert_int_equal(status_of(make_head(8 * KIB, 0, 0)), 0);
	assert_int_equal(status_of(make_head(8 * KIB + 1, 0, 0)), 431);
	assert_int_equal(status_of(make_head(12 * KIB, 0, 0)), 431);
}

TEST(a_head_that_never_ends_is_refused_when_it_passes_its_limit)
{
	struct outcome o;

	begin(&o);
	assert_true(feed(&o, GET "X: ", sizeof(GET "X: ") - 1));
	for (size_t i = 0; o.status == 0; i++) {
		assert_true(i < 16 * KIB);
		feed(&o, "v", 1);
	}
	assert_int_equal(o.status, 431);
	end(&o);
}

TEST(chunk_extensions_and_trailers_without_end_are_refused)
{
	static const char *const starts[] = { CHUNKED "1;", CHUNKED "1\r\na\r\n0\r\nX: " };
	char junk[1024];

	memset(junk, 'x', sizeof(junk));
	for (size_t k = 0; k < ARRAY_LEN(starts); k++) {
		struct outcome o;

		begin(&o);
		feed(&o, starts[k], strlen(starts[k]));
		for (int i = 0; o.status == 0; i++) {
			assert_true(i < 20);
			feed(&o, junk, sizeof(junk));
		}
		assert_int_equal(o.status, 431);
		end(&o);
	}
}

TEST(a_long_body_is_not_taken_for_framing)
{
	struct outcome o;
	char part[1024];

	memset(part, 'x', sizeof(part));
	begin(&o);
	feed(&o, POST "Content-Length: 65536\r\n\r\n",
	     sizeof(POST "Content-Length: 65536\r\n\r\n") - 1);
	for (int i = 0; i < 64; i++)
		feed(&o, part, sizeof(part));
	assert_true(o.complete);
	assert_int_equal(o.body.len, 65536);
	end(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_parsers_disagree_about_is_refused_and_no_split_of_the_octets_matters),
		RUN(a_head_is_split_into_its_parts),
		RUN(fields_that_connection_names_end_here),
		RUN(connection_names_a_few_fields),
		RUN(an_absent_query_is_not_an_empty_one),
		RUN(a_connection_is_kept_only_by_http_1_1_without_close),
		RUN(what_follows_a_request_is_left_alone),
		RUN(a_head_may_reach_its_limits_and_not_pass_them),
		RUN(a_head_that_never_ends_is_refused_when_it_passes_its_limit),
		RUN(chunk_extensions_and_trailers_without_end_are_refused),
		RUN(a_long_body_is_not_taken_for_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
