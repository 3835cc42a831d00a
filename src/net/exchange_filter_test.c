/* exchange_filter_test.c - an owner between two ends, each of which only notes what it is told. */
#include "base/test.h"
#include "net/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/loop.h"

struct joint {
	struct loop *loop;
	struct exchange *x;
	struct http_request request;
	int heads, source_aborts, source_why;
	char seen[64]; /* the answer's headers as the source saw them */
	int starts, target_aborts, target_why;
	bool refuse, respond, again; /* what the owner does */
	int answers, insteads, why, overs;
	uint64_t down;
};

/* ---- the ends ---- */

static void source_headers(struct exchange *x, void *end)
{
	struct joint *j = end;
	const struct http_header *h;

	j->heads++;
	j->seen[0] = '\0';
	for (size_t i = 0; (h = exchange_answer_header(x, i)); i++) {
		strncat(j->seen, h->name.p, sizeof(j->seen) - strlen(j->seen) - 1);
		strncat(j->seen, " ", sizeof(j->seen) - strlen(j->seen) - 1);
	}
}

static void nothing(struct exchange *x, void *end)
{
}

static void not_consumed(struct exchange *x, size_t n, void *end)
{
}

static void source_abort(struct exchange *x, int why, void *end)
{
	struct joint *j = end;

	j->source_aborts++;
	j->source_why = why;
}

static const struct end_ops source_ops = {
	.headers = source_headers,
	.kick = nothing,
	.consumed = not_consumed,
	.abort = source_abort,
};

static void target_start(struct exchange *x, void *end)
{
	((struct joint *)end)->starts++;
}

static void target_abort(struct exchange *x, int why, void *end)
{
	struct joint *j = end;

	j->target_aborts++;
	j->target_why = why;
}

static const struct end_ops target_ops = {
	.start = target_start,
	.kick = nothing,
	.consumed = not_consumed,
	.abort = target_abort,
};

/* ---- the owner ---- */

static bool on_answer(struct exchange *x, void *owner)
{
	struct joint *j = owner;
	size_t len, n = 0;
	const struct http_header *all = exchange_answer_headers(x, &len);
	struct http_header *kept = ARENA_ARRAY(exchange_arena(x), struct http_header, len + 1);

	j->answers++;
	for (size_t i = 0; i < len; i++) {
		if (!str_eq(all[i].name, STR("x-secret")))
			kept[n++] = all[i];
	}
	exchange_set_headers(x, kept, n);
	exchange_add_header(x, "x-own", "1");
	return !j->refuse;
}

static void on_instead(struct exchange *x, int why, void *owner)
{
	struct joint *j = owner;

	j->insteads++;
	j->why = why;
	if (j->again)
		exchange_attach(x, &target_ops, j);
	else if (j->respond)
		exchange_respond(x, 502, "text/plain", STR("page"));
}

static void on_over(struct exchange *x, void *owner)
{
	struct joint *j = owner;

	j->overs++;
	j->down = exchange_put_bytes(x, TARGET);
}

static const struct exchange_filter filter = { on_answer, on_instead, on_over };

static struct joint begin(void)
{
	return (struct joint){ .loop = loop_new(), .respond = true };
}

static void join(struct joint *j)
{
	static const struct exchange_from from = { "192.0.2.7", true };

	j->request = (struct http_request){ .method = METHOD_GET, .path = STR("/") };
	j->x = exchange_new(j->loop, &from, &source_ops, j);
	exchange_set_request(j->x, &j->request);
	exchange_put_end(j->x, SOURCE);
	exchange_filter_answer(j->x, &filter, j);
	exchange_attach(j->x, &target_ops, j);
}

static void turn(struct joint *j)
{
	loop_stop(j->loop);
	loop_run(j->loop);
}

/* What the source takes of the answer. */
static void check_body(struct joint *j, const char *text)
{
	char out[64];
	size_t n = exchange_take(j->x, SOURCE, out, sizeof(out));

	assert_true(str_eq((struct str){ out, n }, str_of(text)));
	assert_true(exchange_ended(j->x, SOURCE));
	exchange_leave(j->x, SOURCE);
}

static void end(struct joint *j)
{
	turn(j);
	assert_int_equal(j->overs, 1);
	assert_int_equal(loop_counts(j->loop).buffered_bytes, 0);
	loop_free(&j->loop);
}

static void answer(struct joint *j)
{
	exchange_add_header(j->x, "x-secret", "a");
	exchange_add_header(j->x, "x-kept", "b");
	exchange_answer(j->x, 200, 4);
	exchange_put(j->x, TARGET, "body", 4);
	exchange_put_end(j->x, TARGET);
	exchange_leave(j->x, TARGET);
}

TEST(the_source_sees_the_head_as_the_owner_left_it)
{
	struct joint j = begin();

	join(&j);
	exchange_add_header(j.x, "x-secret", "hint");
	exchange_inform(j.x, 103);
	assert_string_equal(j.seen, "x-own ");
	answer(&j);
	assert_string_equal(j.seen, "x-kept x-own ");
	assert_int_equal(j.answers, 2);
	turn(&j);
	check_body(&j, "body");
	end(&j);
	assert_int_equal(j.down, 4);
	assert_int_equal(j.insteads + j.source_aborts + j.target_aborts, 0);
}

TEST(an_interim_answer_that_is_not_passed_on_takes_nothing_from_the_target)
{
	struct joint j = begin();

	join(&j);
	j.refuse = true;
	exchange_add_header(j.x, "x-secret", "hint");
	exchange_inform(j.x, 102);
	assert_int_equal(j.heads, 0);
	j.refuse = false;
	answer(&j);
	assert_string_equal(j.seen, "x-kept x-own ");
	turn(&j);
	check_body(&j, "body");
	end(&j);
	assert_int_equal(j.insteads + j.source_aborts + j.target_aborts, 0);
}

/* The target goes on in the midst of its own call: nothing of it counts. */
TEST(an_answer_that_is_not_passed_on_leaves_no_trace)
{
	struct joint j = begin();

	j.refuse = true;
	join(&j);
	answer(&j);
	assert_int_equal(j.heads, 0);
	assert_int_equal(exchange_status(j.x), 0);
	turn(&j);
	assert_int_equal(j.insteads, 1);
	assert_int_equal(j.why, 0);
	assert_int_equal(j.target_aborts, 0); /* it had left */
	assert_string_equal(j.seen, "content-type ");
	check_body(&j, "page");
	end(&j);
}

TEST(a_target_that_stays_after_a_refused_answer_is_told)
{
	struct joint j = begin();

	j.refuse = true;
	join(&j);
	exchange_answer(j.x, 200, -1);
	exchange_put(j.x, TARGET, "body", 4);
	assert_int_equal(j.target_aborts, 0);
	turn(&j);
	assert_int_equal(j.target_aborts, 1);
	assert_int_equal(j.target_why, ERR_CANCELLED);
	check_body(&j, "page");
	end(&j);
}

TEST(a_target_that_gives_up_before_its_answer_is_answered_for)
{
	struct joint j = begin();

	join(&j);
	exchange_abort(j.x, TARGET, ERR_UNREACHABLE);
	assert_int_equal(j.source_aborts, 0);
	turn(&j);
	assert_int_equal(j.why, ERR_UNREACHABLE);
	assert_int_equal(j.target_aborts, 0);
	check_body(&j, "page");
	end(&j);
}

TEST(a_target_that_gives_up_in_its_answer_breaks_it_off)
{
	struct joint j = begin();

	join(&j);
	exchange_answer(j.x, 200, 10);
	exchange_abort(j.x, TARGET, ERR_UPSTREAM);
	assert_int_equal(j.source_aborts, 1);
	assert_int_equal(j.source_why, ERR_UPSTREAM);
	end(&j);
	assert_int_equal(j.insteads, 0);
}

TEST(an_exchange_is_taken_back_until_it_is_answered)
{
	struct joint j = begin();

	join(&j);
	assert_true(exchange_take_back(j.x, ERR_TIMEOUT));
	assert_false(exchange_take_back(j.x, ERR_TIMEOUT));
	turn(&j);
	assert_int_equal(j.why, ERR_TIMEOUT);
	assert_int_equal(j.target_aborts, 1);
	check_body(&j, "page");
	end(&j);

	j = begin();
	join(&j);
	exchange_answer(j.x, 200, 10);
	assert_false(exchange_take_back(j.x, ERR_TIMEOUT));
	exchange_abort(j.x, SOURCE, ERR_CANCELLED);
	end(&j);
}

TEST(another_target_may_take_the_place_of_one_that_gave_up)
{
	struct joint j = begin();

	j.again = true;
	join(&j);
	exchange_abort(j.x, TARGET, ERR_UNREACHABLE);
	turn(&j);
	assert_int_equal(j.starts, 2);
	answer(&j);
	assert_string_equal(j.seen, "x-kept x-own ");
	check_body(&j, "body");
	end(&j);
}

TEST(a_client_that_goes_meanwhile_needs_no_answer)
{
	struct joint j = begin();

	j.refuse = true;
	join(&j);
	exchange_answer(j.x, 200, 10);
	exchange_abort(j.x, SOURCE, ERR_CANCELLED);
	assert_int_equal(j.target_aborts, 1);
	end(&j);
	assert_int_equal(j.insteads, 0);

	j = begin();
	join(&j);
	exchange_abort(j.x, TARGET, ERR_UNREACHABLE);
	exchange_abort(j.x, SOURCE, ERR_CANCELLED);
	end(&j);
	assert_int_equal(j.insteads + j.target_aborts, 0);
}

TEST(an_exchange_that_is_broken_off_tells_both_ends)
{
	struct joint j = begin();

	join(&j);
	exchange_answer(j.x, 200, 10);
	exchange_break(j.x, ERR_CANCELLED);
	assert_int_equal(j.source_aborts, 1);
	assert_int_equal(j.target_aborts, 1);
	exchange_break(j.x, ERR_CANCELLED);
	assert_int_equal(j.source_aborts + j.target_aborts, 2);
	end(&j);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RUN(the_source_sees_the_head_as_the_owner_left_it),
		RUN(an_interim_answer_that_is_not_passed_on_takes_nothing_from_the_target),
		RUN(an_answer_that_is_not_passed_on_leaves_no_trace),
		RUN(a_target_that_stays_after_a_refused_answer_is_told),
		RUN(a_target_that_gives_up_before_its_answer_is_answered_for),
		RUN(a_target_that_gives_up_in_its_answer_breaks_it_off),
		RUN(an_exchange_is_taken_back_until_it_is_answered),
		RUN(another_target_may_take_the_place_of_one_that_gave_up),
		RUN(a_client_that_goes_meanwhile_needs_no_answer),
		RUN(an_exchange_that_is_broken_off_tells_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
