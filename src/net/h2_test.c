/* h2_test.c - the HTTP/2 server codec against a client made of nghttp2: requests, answers, credit,
 * deadlines and ends.  What a library would not send is in h2_rules_test.c. */
#include "base/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nghttp2/nghttp2.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "net/exchange.h"
#include "net/message.h"
#include "net/test_h2.h"

/* What a stream of the client has got. */
struct reply {
	int32_t id;
	int status, informational;
	char length[24], cookie[16];
	struct buf body;
	bool ended, closed;
	uint32_t code;
	/* what it sends */
	size_t send, sent; /* octets */
	bool stays_open;   /* the request never ends */
};

struct client {
	struct test_h2 h2;
	nghttp2_session *session;
	size_t at; /* of peer.got: what the session has seen */
	struct reply replies[160];
	size_t replies_len;
	int goaway; /* its code; -1 none */
	bool hold;  /* gives no credit for streams */
};

static struct reply *reply_of(struct client *c, int32_t id)
{
	for (size_t i = 0; i < c->replies_len; i++) {
		if (c->replies[i].id == id)
			return &c->replies[i];
	}
	return NULL;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
		     void *user)
{
	struct reply *r = reply_of(user, frame->hd.stream_id);
	struct str n = { (const char *)name, name_len };
	int number = (int)strtol((const char *)value, NULL, 10);

	if (str_eq(n, STR(":status")) && number < 200)
		r->informational = number;
	else if (str_eq(n, STR(":status")))
		r->status = number;
	else if (str_eq(n, STR("content-length")))
		snprintf(r->length, sizeof(r->length), "%s", (const char *)value);
	else if (str_eq(n, STR("set-cookie")))
		snprintf(r->cookie, sizeof(r->cookie), "%s%s", (const char *)value,
			 flags & NGHTTP2_NV_FLAG_NO_INDEX ? " kept out" : "");
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
		   size_t len, void *user)
{
	struct client *c = user;

	buf_put(&reply_of(c, id)->body, data, len);
	nghttp2_session_consume_connection(session, len);
	if (!c->hold)
		nghttp2_session_consume_stream(session, id, len);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct client *c = user;
	struct reply *r = reply_of(c, frame->hd.stream_id);

	if (frame->hd.type == NGHTTP2_GOAWAY)
		c->goaway = (int)frame->goaway.error_code;
	else if (r && frame->hd.flags & NGHTTP2_FLAG_END_STREAM)
		r->ended = true;
	return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
	struct reply *r = reply_of(user, id);

	r->closed = true;
	r->code = code;
	return 0;
}

static void open_client(struct client *c)
{
	nghttp2_session_callbacks *cb;
	nghttp2_option *o;

	c->goaway = -1;
	c->at = c->replies_len = 0;
	test_h2_open(&c->h2);
	nghttp2_option_new(&o);
	nghttp2_option_set_no_auto_window_update(o, 1);
	nghttp2_session_callbacks_new(&cb);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_close);
	assert_int_equal(nghttp2_session_client_new2(&c->session, cb, c, o), 0);
	nghttp2_session_callbacks_del(cb);
	nghttp2_option_del(o);
	nghttp2_submit_settings(c->session, 0, NULL, 0);
}

static void close_client(struct client *c)
{
	for (size_t i = 0; i < c->replies_len; i++)
		buf_done(&c->replies[i].body);
	nghttp2_session_del(c->session);
	memset(c->replies, 0, sizeof(c->replies));
	test_h2_close(&c->h2);
}

static struct client *begin(void)
{
	struct client *c = xcalloc(1, sizeof(*c));

	test_h2_begin(&c->h2);
	return c;
}

static void end(struct client *c)
{
	test_h2_end(&c->h2);
	free(c);
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t room,
			 uint32_t *flags, nghttp2_data_source *source, void *user)
{
	struct reply *r = reply_of(user, id);
	size_t n = r->send - r->sent;

	n = n < room ? n : room;
	memset(buf, 'b', n);
	r->sent += n;
	if (!n && r->stays_open)
		return NGHTTP2_ERR_DEFERRED;
	if (r->sent == r->send && !r->stays_open)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static nghttp2_nv field(const char *name, const char *value)
{
	return (nghttp2_nv){ (uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0 };
}

/* Sends it; `more`: up to 4 fields, ended by a NULL name; `send` octets of a body, -1: none. */
static struct reply *ask(struct client *c, const char *method, const char *path,
			 const char *const more[][2], int64_t send)
{
	struct reply *r = &c->replies[c->replies_len++];
	nghttp2_data_provider body = { .read_callback = read_body };
	nghttp2_nv nv[8] = { field(":method", method), field(":scheme", "https"),
			     field(":authority", "hub.example"), field(":path", path) };
	size_t n = 4;

	for (; more && (*more)[0]; more++)
		nv[n++] = field((*more)[0], (*more)[1]);
	r->body = buf_new(8 * MIB);
	r->send = send > 0 ? (size_t)send : 0;
	r->id = nghttp2_submit_request(c->session, NULL, nv, n, send < 0 ? NULL : &body, NULL);
	assert_true(r->id > 0);
	return r;
}

static void pump(struct client *c)
{
	struct test_peer *p = &c->h2.peer;
	const uint8_t *out;
	ssize_t n;

	while (c->at < p->got.len) {
		n = nghttp2_session_mem_recv(c->session, p->got.data + c->at, p->got.len - c->at);
		assert_true(n > 0);
		c->at += (size_t)n;
	}
	while (!p->ends && (n = nghttp2_session_mem_send(c->session, &out)) > 0)
		test_peer_send(p, out, (size_t)n);
}

struct wait {
	struct client *c;
	const struct reply *r;
};

static bool is_done(void *arg)
{
	struct wait *w = arg;

	pump(w->c);
	return w->r->closed || w->c->h2.peer.ends;
}

static void wait_for(struct client *c, const struct reply *r)
{
	assert_true(loop_run_until(c->h2.loop, is_done, &(struct wait){ c, r }, TEST_WAIT_MS));
}

static bool has_head(void *arg)
{
	struct wait *w = arg;

	pump(w->c);
	return w->r->status || w->r->closed;
}

static bool is_parked(void *arg)
{
	pump(arg);
	return ((struct client *)arg)->h2.parked != NULL;
}

static bool is_gone(void *arg)
{
	pump(arg);
	return ((struct client *)arg)->h2.gone > 0;
}

static bool has_ended(void *arg)
{
	struct client *c = arg;

	pump(c);
	return c->h2.peer.ends || c->h2.peer.closed;
}

static bool never(void *arg)
{
	pump(arg);
	return false;
}

static void turns(struct client *c, int64_t ms)
{
	loop_run_until(c->h2.loop, never, c, ms);
}

/* ---- requests and answers ---- */

TEST(requests_get_their_answers)
{
	struct client *c = begin();
	struct reply *get, *head, *empty, *echo, *fixed, *none;

	open_client(c);
	get = ask(c, "GET", "/", NULL, -1);
	head = ask(c, "HEAD", "/", NULL, -1);
	empty = ask(c, "GET", "/empty", NULL, -1);
	echo = ask(c, "POST", "/echo", NULL, 1000);
	fixed = ask(c, "GET", "/static", NULL, -1);
	none = ask(c, "POST", "/echo", NULL, 0);
	wait_for(c, get);
	wait_for(c, head);
	wait_for(c, empty);
	wait_for(c, echo);
	wait_for(c, fixed);
	wait_for(c, none);
	assert_int_equal(get->status, 200);
	assert_string_equal((const char *)get->body.data, "hello");
	assert_string_equal(get->length, "5");
	assert_int_equal(head->status, 200);
	assert_int_equal(head->body.len, 0);
	assert_string_equal(head->length, "5");
	assert_int_equal(empty->status, 204);
	assert_string_equal(empty->length, "");
	assert_int_equal(echo->body.len, 1000);
	assert_int_equal(fixed->body.len, 200 * KIB);
	assert_int_equal(none->status, 200);
	assert_int_equal(none->body.len, 0);
	close_client(c);
	end(c);
}

TEST(a_head_arrives_as_that_of_HTTP_1_would)
{
	static const char *const more[][2] = {
		{ "cookie", "a=1" }, { "cookie", "b=2" }, { "x-other", "c" }, { NULL }
	};
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "GET", "/head?q=1", more, -1);
	wait_for(c, r);
	assert_string_equal(c->h2.head, "GET /head?q=1 0\nx-other: c\nhost: hub.example\n"
					"cookie: a=1; b=2\n");
	assert_string_equal(r->cookie, "a=b kept out");
	r = ask(c, "POST", "/head", NULL, 3); /* no length: unknown */
	wait_for(c, r);
	assert_string_equal(c->h2.head, "POST /head -1\nhost: hub.example\n");
	close_client(c);
	end(c);
}

TEST(what_the_common_check_refuses_gets_an_answer_and_the_connection_goes_on)
{
	static const struct {
		const char *method, *path, *more[3][2];
		int status;
	} cases[] = {
		{ "GET", "/", { { "origin", "a" }, { "origin", "b" } }, 400 },
		{ "GET", "/", { { "expect", "else" } }, 400 },
		{ "GET", "/#a", { { NULL } }, 400 },
		{ "GET", "/\xc3\xa4", { { NULL } }, 400 },
		{ "GET", "/", { { "host", "other.example" } }, 400 },
		{ "OPTIONS", "*", { { NULL } }, 200 },
		{ "BREW", "/", { { NULL } }, 200 },
	};
	struct client *c = begin();

	open_client(c);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reply *r = ask(c, cases[i].method, cases[i].path, cases[i].more, -1);

		wait_for(c, r);
		if (r->status != cases[i].status)
			fail_msg("%zu: %d", i, r->status);
	}
	close_client(c);
	end(c);
}

/* A page can have its browser send them to every name of its domain. */
TEST(cookies_without_end_are_answered_so_that_the_browser_drops_them)
{
	struct client *c = begin();
	char value[15000];
	const char *const fields[][2] = {
		{ "cookie", value }, { "cookie", value }, { "cookie", value }, { NULL }
	};
	struct buf hash = buf_new(64);
	struct hash sum;
	struct reply *r;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = 0;
	open_client(c);
	r = ask(c, "GET", "/", fields, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 431);
	assert_non_null(memmem(r->body.data, r->body.len, "cookies_too_large", 17));
	assert_non_null(
		memmem(r->body.data, r->body.len, http_clear_script, strlen(http_clear_script)));
	sum = hash_of(http_clear_script, strlen(http_clear_script));
	buf_put_base64(&hash, sum.b, sizeof(sum.b));
	assert_non_null(strstr(HTTP_CLEAR_POLICY, (const char *)hash.data));
	buf_done(&hash);
	r = ask(c, "GET", "/", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 200);
	close_client(c);
	end(c);
}

TEST(a_head_or_path_that_is_too_large_gets_431)
{
	struct client *c = begin();
	char path[9000], value[15000];
	const char *const more[][2] = { { "a", value }, { "b", value }, { NULL } };
	struct reply *r;

	memset(value, 'v', sizeof(value));
	value[sizeof(value) - 1] = 0;
	memset(path, '/', sizeof(path));
	path[sizeof(path) - 1] = 0;
	open_client(c);
	r = ask(c, "GET", path, NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 431);
	r = ask(c, "GET", "/", more, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 431);
	r = ask(c, "GET", "/", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 200);
	close_client(c);
	end(c);
}

TEST(an_expectation_is_answered_when_the_body_is_wanted)
{
	static const char *const more[][2] = { { "expect", "100-continue" }, { NULL } };
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "POST", "/echo", more, 5);
	wait_for(c, r);
	assert_int_equal(r->informational, 100);
	assert_int_equal(r->status, 200);
	r = ask(c, "POST", "/", more, 5); /* nobody wants it */
	wait_for(c, r);
	assert_int_equal(r->informational, 0);
	close_client(c);
	end(c);
}

TEST(an_answer_may_grow_and_its_stream_may_wait_while_others_are_served)
{
	struct client *c = begin();
	struct reply *stream, *other;

	open_client(c);
	stream = ask(c, "GET", "/stream", NULL, -1);
	assert_true(
		loop_run_until(c->h2.loop, has_head, &(struct wait){ c, stream }, TEST_WAIT_MS));
	for (int i = 0; i < 3; i++) {
		exchange_stream_put(c->h2.parked, STR("more "));
		other = ask(c, "GET", "/", NULL, -1);
		wait_for(c, other);
		assert_int_equal(stream->body.len, 5 * (i + 1));
	}
	exchange_stream_end(c->h2.parked);
	wait_for(c, stream);
	assert_string_equal((const char *)stream->body.data, "more more more ");
	assert_int_equal(stream->code, NGHTTP2_NO_ERROR);
	close_client(c);
	end(c);
}

TEST(an_answer_shorter_than_it_announced_is_not_taken_for_whole)
{
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "GET", "/short", NULL, -1);
	wait_for(c, r);
	assert_false(r->ended);
	assert_int_equal(r->code, NGHTTP2_INTERNAL_ERROR);
	close_client(c);
	end(c);
}

/* ---- credit ---- */

TEST(an_upload_that_nobody_reads_stops_at_its_window_and_goes_on_later)
{
	struct client *c = begin();
	struct reply *unread, *other;

	open_client(c);
	unread = ask(c, "POST", "/unread", NULL, 4 * MIB);
	turns(c, 50);
	assert_int_equal(unread->sent, 256 * KIB);
	assert_int_equal(loop_counts(c->h2.loop).buffered_bytes, 256 * KIB);
	other = ask(c, "POST", "/echo", NULL, 60 * KIB); /* others have credit of their own */
	wait_for(c, other);
	assert_int_equal(other->body.len, 60 * KIB);
	/* An early answer: the rest is taken and dropped. */
	exchange_respond(c->h2.parked, 200, NULL, STR("done"));
	wait_for(c, unread);
	assert_int_equal(unread->status, 200);
	assert_true(unread->ended);
	close_client(c);
	end(c);
}

TEST(all_streams_of_a_connection_together_hold_no_more_than_its_window)
{
	struct client *c = begin();

	open_client(c);
	for (int i = 0; i < 10; i++)
		ask(c, "POST", "/unread", NULL, MIB);
	turns(c, 100);
	assert_int_equal(loop_counts(c->h2.loop).buffered_bytes, MIB);
	close_client(c);
	test_turns(c->h2.loop, 10);
	end(c);
}

TEST(credit_comes_back_from_streams_that_died)
{
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	for (int i = 0; i < 10; i++) {
		r = ask(c, "POST", "/unread", NULL, 200 * KIB);
		turns(c, 10);
		nghttp2_submit_rst_stream(c->session, 0, r->id, NGHTTP2_CANCEL);
		wait_for(c, r);
	}
	r = ask(c, "POST", "/echo", NULL, 64 * KIB);
	wait_for(c, r);
	assert_int_equal(r->body.len, 64 * KIB);
	assert_int_equal(c->h2.gone, 10);
	close_client(c);
	end(c);
}

static bool has_window(void *arg)
{
	struct wait *w = arg;

	pump(w->c);
	return w->r->body.len >= 65535;
}

TEST(a_large_answer_arrives_whole_beside_one_that_is_not_read)
{
	struct client *c = begin();
	struct reply *stalled, *r;

	open_client(c);
	c->hold = true;
	stalled = ask(c, "GET", "/big", NULL, -1);
	assert_true(
		loop_run_until(c->h2.loop, has_window, &(struct wait){ c, stalled }, TEST_WAIT_MS));
	turns(c, 10);
	assert_int_equal(stalled->body.len, 65535);
	c->hold = false;
	r = ask(c, "GET", "/big", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->body.len, TEST_H2_BIG);
	for (size_t i = 0; i < r->body.len; i++)
		assert_int_equal(r->body.data[i], test_octet(i));
	close_client(c);
	test_turns(c->h2.loop, 10);
	end(c);
}

/* ---- ends ---- */

TEST(a_stream_that_is_given_up_tells_its_handler)
{
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "GET", "/park", NULL, -1);
	assert_true(loop_run_until(c->h2.loop, is_parked, c, TEST_WAIT_MS));
	nghttp2_submit_rst_stream(c->session, 0, r->id, NGHTTP2_CANCEL);
	assert_true(loop_run_until(c->h2.loop, is_gone, c, TEST_WAIT_MS));
	assert_int_equal(c->h2.why, ERR_CANCELLED);
	close_client(c);
	end(c);
}

TEST(a_connection_that_breaks_tells_every_handler)
{
	struct client *c = begin();

	open_client(c);
	for (int i = 0; i < 5; i++)
		ask(c, "GET", "/park", NULL, -1);
	turns(c, 20);
	close_client(c);
	assert_int_equal(c->h2.gone, 5);
	end(c);
}

TEST(an_exchange_that_is_cut_resets_its_stream_alone)
{
	struct client *c = begin();
	struct reply *cut, *r;

	open_client(c);
	cut = ask(c, "GET", "/stream", NULL, -1);
	assert_true(loop_run_until(c->h2.loop, is_parked, c, TEST_WAIT_MS));
	exchange_cut(c->h2.parked);
	wait_for(c, cut);
	assert_false(cut->ended);
	assert_int_equal(cut->code, NGHTTP2_CANCEL);
	r = ask(c, "GET", "/", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 200);
	close_client(c);
	end(c);
}

TEST(draining_finishes_what_has_begun)
{
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "GET", "/park", NULL, -1);
	assert_true(loop_run_until(c->h2.loop, is_parked, c, TEST_WAIT_MS));
	h2_drain(c->h2.h2);
	turns(c, 20);
	assert_int_equal(c->goaway, NGHTTP2_NO_ERROR);
	assert_int_equal(c->h2.peer.ends, 0);
	exchange_respond(c->h2.parked, 200, NULL, STR("last"));
	wait_for(c, r);
	assert_string_equal((const char *)r->body.data, "last");
	assert_true(loop_run_until(c->h2.loop, has_ended, c, TEST_WAIT_MS));
	close_client(c);
	end(c);
}

TEST(draining_ends_an_idle_connection_at_once)
{
	struct client *c = begin();
	struct reply *r;

	open_client(c);
	r = ask(c, "GET", "/", NULL, -1);
	wait_for(c, r);
	h2_drain(c->h2.h2);
	assert_true(loop_run_until(c->h2.loop, has_ended, c, TEST_WAIT_MS));
	assert_int_equal(c->goaway, NGHTTP2_NO_ERROR);
	close_client(c);
	end(c);
}

/* ---- deadlines ---- */

TEST(an_idle_connection_ends_and_one_with_a_stream_does_not)
{
	struct client *c = begin();

	c->h2.setup.http.idle_ms = 50;
	open_client(c);
	ask(c, "GET", "/park", NULL, -1);
	turns(c, 200);
	assert_int_equal(c->h2.peer.ends, 0);
	exchange_respond(c->h2.parked, 200, NULL, STR(""));
	assert_true(loop_run_until(c->h2.loop, has_ended, c, TEST_WAIT_MS));
	assert_int_equal(c->goaway, NGHTTP2_NO_ERROR);
	close_client(c);
	end(c);
}

TEST(a_connection_that_says_nothing_ends)
{
	struct client *c = begin();

	c->h2.setup.http.header_ms = 50;
	test_h2_open(&c->h2);
	assert_true(test_peer_wait_end(&c->h2.peer));
	test_h2_close(&c->h2);
	end(c);
}

TEST(a_head_that_never_ends_ends_the_connection)
{
	/* GET / in a HEADERS without END_HEADERS */
	static const uint8_t half[] = "\0\0\3\1\1\0\0\0\1\x82\x84\x87";
	struct client *c = begin();

	c->h2.setup.http.header_ms = 100;
	open_client(c);
	turns(c, 20);
	test_peer_send(&c->h2.peer, half, sizeof(half) - 1);
	assert_true(loop_run_until(c->h2.loop, has_ended, c, TEST_WAIT_MS));
	assert_int_equal(c->goaway, NGHTTP2_ENHANCE_YOUR_CALM);
	close_client(c);
	end(c);
}

TEST(a_body_that_does_not_come_gets_408)
{
	struct client *c = begin();
	struct reply *r;

	c->h2.setup.http.body_ms = 50;
	open_client(c);
	r = ask(c, "POST", "/echo", NULL, 10);
	r->stays_open = true;
	assert_true(loop_run_until(c->h2.loop, has_head, &(struct wait){ c, r }, TEST_WAIT_MS));
	assert_int_equal(r->status, 408);
	assert_int_equal(c->h2.gone, 1);
	r = ask(c, "GET", "/", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->status, 200);
	close_client(c);
	end(c);
}

TEST(a_body_that_waits_for_us_is_not_late)
{
	struct client *c = begin();
	struct reply *r;

	c->h2.setup.http.body_ms = 50;
	open_client(c);
	r = ask(c, "POST", "/unread", NULL, MIB);
	turns(c, 300);
	assert_int_equal(c->h2.gone, 0);
	assert_false(r->closed);
	close_client(c);
	test_turns(c->h2.loop, 10);
	end(c);
}

TEST(an_answer_that_nobody_takes_is_given_up)
{
	struct client *c = begin();
	struct reply *r;

	c->h2.setup.limits.stall_ms = 50;
	open_client(c);
	c->hold = true;
	r = ask(c, "GET", "/big", NULL, -1);
	wait_for(c, r);
	assert_int_equal(r->code, NGHTTP2_CANCEL);
	assert_int_equal(r->body.len, 65535);
	assert_int_equal(loop_counts(c->h2.loop).buffered_bytes, 0);
	close_client(c);
	end(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(requests_get_their_answers),
		RUN(a_head_arrives_as_that_of_HTTP_1_would),
		RUN(what_the_common_check_refuses_gets_an_answer_and_the_connection_goes_on),
		RUN(cookies_without_end_are_answered_so_that_the_browser_drops_them),
		RUN(a_head_or_path_that_is_too_large_gets_431),
		RUN(an_expectation_is_answered_when_the_body_is_wanted),
		RUN(an_answer_may_grow_and_its_stream_may_wait_while_others_are_served),
		RUN(an_answer_shorter_than_it_announced_is_not_taken_for_whole),
		RUN(an_upload_that_nobody_reads_stops_at_its_window_and_goes_on_later),
		RUN(all_streams_of_a_connection_together_hold_no_more_than_its_window),
		RUN(credit_comes_back_from_streams_that_died),
		RUN(a_large_answer_arrives_whole_beside_one_that_is_not_read),
		RUN(a_stream_that_is_given_up_tells_its_handler),
		RUN(a_connection_that_breaks_tells_every_handler),
		RUN(an_exchange_that_is_cut_resets_its_stream_alone),
		RUN(draining_finishes_what_has_begun),
		RUN(draining_ends_an_idle_connection_at_once),
		RUN(an_idle_connection_ends_and_one_with_a_stream_does_not),
		RUN(a_connection_that_says_nothing_ends),
		RUN(a_head_that_never_ends_ends_the_connection),
		RUN(a_body_that_does_not_come_gets_408),
		RUN(a_body_that_waits_for_us_is_not_late),
		RUN(an_answer_that_nobody_takes_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
