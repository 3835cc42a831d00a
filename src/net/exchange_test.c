/* exchange_test.c - the joint between two ends, with a source that only notes what it is told. */
#include "base/test.h"
#include "net/exchange.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "net/loop.h"
#include "net/test_net.h"

struct source {
	struct loop *loop;
	struct exchange *x;
	int headers, kicks, wants, aborts, why;
	size_t credit;
	bool in_call;   /* inside a call of the source's: it must not be told anything then */
	char told[256]; /* the answer's headers */
	size_t told_len;
};

static void source_headers(struct exchange *x, void *end)
{
	const struct http_header *h;
	struct source *s = end;

	s->headers++;
	for (size_t i = 0; (h = exchange_answer_header(x, i)); i++)
		s->told_len += (size_t)snprintf(
			s->told + s->told_len, sizeof(s->told) - s->told_len, "%.*s: %.*s\n",
			(int)h->name.len, h->name.p, (int)h->value.len, h->value.p);
}

static void source_kick(struct exchange *x, void *end)
{
	((struct source *)end)->kicks++;
}

static void source_consumed(struct exchange *x, size_t n, void *end)
{
	struct source *s = end;

	assert_false(s->in_call);
	s->credit += n;
	s->wants += n == 0;
}

static void source_abort(struct exchange *x, int why, void *end)
{
	struct source *s = end;

	s->aborts++;
	s->why = why;
}

static const struct end_ops source_ops = {
	.headers = source_headers,
	.kick = source_kick,
	.consumed = source_consumed,
	.abort = source_abort,
};

/* What a handler was told. */
struct handler {
	int bodies, rc, gones, why, rooms;
	char body[64];
	bool in_call; /* inside a call of the handler's */
};

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	struct handler *h = owner;

	assert_false(h->in_call);
	h->bodies++;
	h->rc = rc;
	assert_true(body.len < sizeof(h->body));
	memcpy(h->body, body.p ? body.p : "", body.len);
	h->body[body.len] = '\0';
}

static void on_gone(struct exchange *x, int why, void *owner)
{
	struct handler *h = owner;

	assert_false(h->in_call);
	h->gones++;
	h->why = why;
}

static void on_room(struct exchange *x, void *owner)
{
	struct handler *h = owner;

	assert_false(h->in_call);
	h->rooms++;
}

static void begin(struct source *s, int64_t body_bytes)
{
	static const struct exchange_from from = { "192.0.2.7", true };
	struct http_request *r;
	struct http_header *h;

	*s = (struct source){ .loop = loop_new() };
	s->x = exchange_new(s->loop, &from, &source_ops, s);
	r = ARENA_NEW(exchange_arena(s->x), struct http_request);
	h = ARENA_ARRAY(exchange_arena(s->x), struct http_header, 2);
	h[0] = (struct http_header){ STR("host"), STR("a") };
	h[1] = (struct http_header){ STR("empty"), STR("") };
	r->method = METHOD_POST;
	r->path = STR("/");
	r->headers = h;
	r->headers_len = 2;
	r->body_bytes = body_bytes;
	exchange_set_request(s->x, r);
}

static void turn(struct source *s)
{
	loop_stop(s->loop);
	loop_run(s->loop);
}

/* The exchange has died: the sanitizer sees if it was touched afterwards, or never freed. */
static void end(struct source *s)
{
	turn(s);
	assert_int_equal(loop_counts(s->loop).buffered_bytes, 0);
	loop_free(&s->loop);
}

static struct str take(struct source *s, char *out, size_t room)
{
	return (struct str){ out, exchange_take(s->x, SOURCE, out, room) };
}

TEST(an_answer_reaches_the_source_whole)
{
	struct source s;
	char out[64];

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	assert_string_equal(exchange_peer(s.x), "192.0.2.7");
	assert_true(exchange_secure(s.x));
	exchange_add_header(s.x, "x-one", "1");
	exchange_respond(s.x, 201, "text/plain", STR("made"));
	assert_int_equal(s.headers, 1);
	assert_int_equal(exchange_status(s.x), 201);
	assert_int_equal(exchange_answer_bytes(s.x), 4);
	assert_string_equal(s.told, "x-one: 1\ncontent-type: text/plain\n");
	assert_true(str_eq(take(&s, out, 2), STR("ma")));
	assert_false(exchange_ended(s.x, SOURCE));
	assert_true(str_eq(take(&s, out, sizeof(out)), STR("de")));
	assert_true(exchange_ended(s.x, SOURCE));
	exchange_leave(s.x, SOURCE);
	assert_int_equal(s.aborts, 0);
	end(&s);
}

TEST(a_header_is_absent_empty_or_there)
{
	struct source s;

	begin(&s, 0);
	assert_true(str_eq(exchange_header(s.x, "host"), STR("a")));
	assert_non_null(exchange_header(s.x, "empty").p);
	assert_null(exchange_header(s.x, "none").p);
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	end(&s);
}

TEST(a_body_is_collected_from_its_pieces_and_told_at_the_end_of_a_turn)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, -1);
	exchange_put(s.x, SOURCE, "one ", 4);
	h.in_call = true;
	exchange_read_body(s.x, 64, on_body, &h);
	h.in_call = false;
	assert_int_equal(s.wants, 1); /* 100 Continue */
	turn(&s);
	assert_int_equal(h.bodies, 0);
	assert_int_equal(s.credit, 4);
	exchange_put(s.x, SOURCE, "two", 3);
	exchange_put_end(s.x, SOURCE);
	assert_int_equal(h.bodies, 0);
	turn(&s);
	assert_int_equal(h.bodies, 1);
	assert_string_equal(h.body, "one two");
	exchange_respond(s.x, 204, NULL, (struct str){ 0 });
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(a_body_that_is_announced_too_large_is_not_read)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, 65);
	exchange_read_body(s.x, 64, on_body, &h);
	assert_int_equal(s.wants, 0);
	turn(&s);
	assert_int_equal(h.rc, ERR_TOO_LARGE);
	exchange_respond_error(s.x, h.rc);
	assert_int_equal(exchange_status(s.x), 413);
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	end(&s);
}

TEST(a_body_that_becomes_too_large_is_refused_then)
{
	struct handler h = { 0 };
	struct source s;
	char part[40] = "";

	begin(&s, -1);
	exchange_read_body(s.x, 64, on_body, &h);
	exchange_put(s.x, SOURCE, part, sizeof(part));
	turn(&s);
	assert_int_equal(h.bodies, 0);
	exchange_put(s.x, SOURCE, part, sizeof(part));
	turn(&s);
	assert_int_equal(h.bodies, 1);
	assert_int_equal(h.rc, ERR_TOO_LARGE);
	exchange_put(s.x, SOURCE, part, sizeof(part));
	turn(&s);
	assert_int_equal(h.bodies, 1);
	exchange_respond_error(s.x, h.rc);
	exchange_put(s.x, SOURCE, part, sizeof(part)); /* dropped: nobody reads any more */
	assert_int_equal(exchange_waiting(s.x, TARGET), 0);
	exchange_put_end(s.x, SOURCE);
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	end(&s);
}

TEST(a_handler_is_told_once_that_its_client_has_gone)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, 0);
	exchange_on_gone(s.x, on_gone, &h);
	exchange_park(s.x);
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	assert_int_equal(h.gones, 1);
	assert_int_equal(h.why, ERR_CANCELLED);
	assert_int_equal(s.aborts, 0);
	end(&s);
	assert_int_equal(h.gones, 1);
}

TEST(a_handler_that_has_answered_is_not_told_that_its_client_goes)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_on_gone(s.x, on_gone, &h);
	exchange_respond(s.x, 200, NULL, STR("never read"));
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	end(&s);
	assert_int_equal(h.gones, 0);
}

TEST(a_parked_exchange_holds_no_memory_and_can_be_answered)
{
	struct source s;
	char out[16];

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	assert_true(exchange_arena(s.x)->used_bytes > 0);
	exchange_park(s.x);
	assert_null(exchange_arena(s.x)->chunks);
	assert_null(exchange_request(s.x));
	assert_null(exchange_header(s.x, "host").p);
	turn(&s);
	exchange_add_header(s.x, "x", "y");
	exchange_respond(s.x, 200, "text/plain", STR("late"));
	assert_int_equal(s.headers, 1);
	assert_true(str_eq(take(&s, out, sizeof(out)), STR("late")));
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(an_answer_that_waits_for_its_reader_keeps_nothing_of_the_request)
{
	struct source s;
	char out[64];

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_respond(s.x, 200, "text/plain", STR("hello"));
	assert_int_equal(exchange_arena(s.x)->used_bytes, 0);
	assert_null(exchange_request(s.x));
	assert_true(str_eq(take(&s, out, sizeof(out)), STR("hello")));
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(a_body_that_outlives_us_is_not_copied)
{
	static char asset[100000];
	size_t left = sizeof(asset);
	struct source s;
	char out[30000];

	memset(asset, 'a', sizeof(asset));
	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_respond_static(s.x, 200, "text/css", (struct str){ asset, sizeof(asset) });
	assert_int_equal(loop_counts(s.loop).buffered_bytes, 0);
	assert_int_equal(exchange_waiting(s.x, SOURCE), sizeof(asset));
	while (left) {
		size_t n = exchange_take(s.x, SOURCE, out, sizeof(out));

		assert_true(n > 0 && out[0] == 'a' && out[n - 1] == 'a');
		left -= n;
	}
	assert_true(exchange_ended(s.x, SOURCE));
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(octets_that_could_split_a_header_do_not_pass)
{
	struct source s;

	begin(&s, 0);
	exchange_add_header(s.x, "x", "a\r\nSet-Cookie: b\tc\x7f");
	assert_true(str_eq(exchange_answer_header(s.x, 0)->value, STR("a??Set-Cookie: b\tc?")));
	exchange_abort(s.x, SOURCE, ERR_CANCELLED);
	end(&s);
}

static void assert_problem(int rc, int status, const char *words)
{
	struct source s;
	char out[512] = "";

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_respond_error(s.x, rc);
	assert_int_equal(exchange_status(s.x), status);
	assert_string_equal(s.told, "content-type: application/problem+json\n");
	take(&s, out, sizeof(out) - 1);
	assert_non_null(strstr(out, words));
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(errors_are_answered_by_their_row_and_ours_do_not_tell_what_broke)
{
	assert_problem(ERR_NOT_FOUND, 404, "\"code\":\"not_found\"");
	assert_problem(ERR_BUSY, 503, "\"status\":503");
	assert_problem(-EIO, 500, "\"title\":\"Something went wrong on our side\"");
}

/* ---- streams ---- */

TEST(a_stream_is_parked_written_to_and_ended)
{
	struct handler h = { 0 };
	struct source s;
	char out[64];

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_on_gone(s.x, on_gone, &h);
	exchange_stream(s.x, 200, "text/event-stream", 100, NULL, NULL);
	exchange_park(s.x);
	assert_int_equal(s.headers, 1);
	assert_int_equal(exchange_answer_bytes(s.x), -1);
	exchange_stream_put(s.x, STR("data: 1\n\n"));
	assert_int_equal(exchange_stream_waiting(s.x), 9);
	assert_true(str_eq(take(&s, out, sizeof(out)), STR("data: 1\n\n")));
	exchange_stream_put(s.x, STR("data: 2\n\n"));
	exchange_stream_end(s.x);
	assert_false(exchange_ended(s.x, SOURCE));
	take(&s, out, sizeof(out));
	assert_true(exchange_ended(s.x, SOURCE));
	exchange_leave(s.x, SOURCE);
	end(&s);
	assert_int_equal(h.gones, 0);
}

TEST(a_reader_that_is_too_slow_for_a_stream_is_cut_but_not_inside_the_call)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, 0);
	exchange_on_gone(s.x, on_gone, &h);
	exchange_stream(s.x, 200, "text/event-stream", 20, NULL, NULL);
	h.in_call = true;
	for (int i = 0; i < 10; i++)
		exchange_stream_put(s.x, STR("data: 1\n\n"));
	h.in_call = false;
	assert_int_equal(exchange_stream_waiting(s.x),
			 27); /* the third went beyond, the rest nowhere */
	assert_int_equal(s.aborts, 0);
	turn(&s);
	assert_int_equal(s.aborts, 1);
	assert_int_equal(h.gones, 1);
	assert_int_equal(h.why, ERR_TOO_LARGE);
	end(&s);
}

TEST(a_stream_that_was_too_much_may_be_ended_before_it_is_told)
{
	struct source s;

	begin(&s, 0);
	exchange_stream(s.x, 200, NULL, 2, NULL, NULL);
	exchange_stream_put(s.x, STR("abc"));
	exchange_stream_end(s.x);
	assert_int_equal(s.aborts, 1);
	end(&s);
}

TEST(a_producer_is_called_when_there_is_room_again)
{
	static char much[EXCHANGE_HIGH];
	struct handler h = { 0 };
	struct source s;

	begin(&s, 0);
	exchange_put_end(s.x, SOURCE);
	exchange_stream(s.x, 200, "text/csv", 0, on_room, &h);
	exchange_stream_put(s.x, (struct str){ much, sizeof(much) });
	assert_true(exchange_stream_waiting(s.x) >= EXCHANGE_HIGH);
	turn(&s);
	assert_int_equal(h.rooms, 0);
	exchange_take(s.x, SOURCE, much, EXCHANGE_HIGH - EXCHANGE_LOW);
	turn(&s);
	assert_int_equal(h.rooms, 0);
	exchange_take(s.x, SOURCE, much, 1);
	assert_int_equal(h.rooms, 0);
	turn(&s);
	turn(&s);
	assert_int_equal(h.rooms, 1);
	exchange_take(s.x, SOURCE, much, sizeof(much));
	turn(&s);
	assert_int_equal(h.rooms, 1);
	exchange_stream_end(s.x);
	exchange_leave(s.x, SOURCE);
	end(&s);
}

TEST(an_exchange_may_be_cut_in_any_state)
{
	struct handler h = { 0 };
	struct source s;

	begin(&s, 10);
	exchange_on_gone(s.x, on_gone, &h);
	exchange_read_body(s.x, 64, on_body, &h);
	exchange_put(s.x, SOURCE, "half", 4);
	exchange_cut(s.x);
	assert_int_equal(s.aborts, 1);
	assert_int_equal(s.why, ERR_CANCELLED);
	end(&s);
	assert_int_equal(h.gones + h.bodies, 0);
}

/* ---- another target ---- */

struct target {
	int starts, kicks, aborts;
	size_t credit;
};

static void target_start(struct exchange *x, void *end)
{
	((struct target *)end)->starts++;
}

static void target_kick(struct exchange *x, void *end)
{
	((struct target *)end)->kicks++;
}

static void target_consumed(struct exchange *x, size_t n, void *end)
{
	((struct target *)end)->credit += n;
}

static void target_abort(struct exchange *x, int why, void *end)
{
	((struct target *)end)->aborts++;
}

static const struct end_ops target_ops = {
	.start = target_start,
	.kick = target_kick,
	.consumed = target_consumed,
	.abort = target_abort,
};

TEST(a_target_that_is_attached_gets_what_came_before_and_credit_goes_both_ways)
{
	struct target t = { 0 };
	struct source s;
	char out[16];

	begin(&s, -1);
	exchange_put(s.x, SOURCE, "early", 5);
	exchange_attach(s.x, &target_ops, &t);
	assert_int_equal(t.starts, 1);
	assert_int_equal(t.kicks, 1);
	assert_int_equal(exchange_take(s.x, TARGET, out, sizeof(out)), 5);
	assert_int_equal(s.credit, 5);
	exchange_answer(s.x, 200, -1); /* before the request has ended */
	exchange_put(s.x, TARGET, "answer", 6);
	assert_int_equal(s.kicks, 1);
	take(&s, out, 4);
	assert_int_equal(t.credit, 4);
	exchange_put_end(s.x, SOURCE);
	assert_int_equal(t.kicks, 2);
	assert_true(exchange_ended(s.x, TARGET));
	exchange_put_end(s.x, TARGET);
	exchange_leave(s.x, TARGET);
	assert_false(exchange_ended(s.x, SOURCE));
	take(&s, out, sizeof(out));
	assert_true(exchange_ended(s.x, SOURCE));
	exchange_leave(s.x, SOURCE);
	end(&s);
	assert_int_equal(t.aborts + s.aborts, 0);
}

TEST(an_end_that_leaves_in_the_middle_has_given_up)
{
	struct target t = { 0 };
	struct source s;

	begin(&s, 0);
	exchange_attach(s.x, &target_ops, &t);
	exchange_answer(s.x, 200, 100);
	exchange_put(s.x, TARGET, "half", 4);
	exchange_leave(s.x, TARGET);
	assert_int_equal(s.aborts, 1);
	assert_int_equal(s.why, ERR_UPSTREAM);
	exchange_leave(s.x, SOURCE); /* has left: harmless */
	assert_int_equal(t.aborts, 0);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_answer_reaches_the_source_whole),
		RUN(a_header_is_absent_empty_or_there),
		RUN(a_body_is_collected_from_its_pieces_and_told_at_the_end_of_a_turn),
		RUN(a_body_that_is_announced_too_large_is_not_read),
		RUN(a_body_that_becomes_too_large_is_refused_then),
		RUN(a_handler_is_told_once_that_its_client_has_gone),
		RUN(a_handler_that_has_answered_is_not_told_that_its_client_goes),
		RUN(a_parked_exchange_holds_no_memory_and_can_be_answered),
		RUN(an_answer_that_waits_for_its_reader_keeps_nothing_of_the_request),
		RUN(a_body_that_outlives_us_is_not_copied),
		RUN(octets_that_could_split_a_header_do_not_pass),
		RUN(errors_are_answered_by_their_row_and_ours_do_not_tell_what_broke),
		RUN(a_stream_is_parked_written_to_and_ended),
		RUN(a_reader_that_is_too_slow_for_a_stream_is_cut_but_not_inside_the_call),
		RUN(a_stream_that_was_too_much_may_be_ended_before_it_is_told),
		RUN(a_producer_is_called_when_there_is_room_again),
		RUN(an_exchange_may_be_cut_in_any_state),
		RUN(a_target_that_is_attached_gets_what_came_before_and_credit_goes_both_ways),
		RUN(an_end_that_leaves_in_the_middle_has_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
