/* sessions_more_test.c - an open visit for which more time is asked. */
#include "base/test.h"

#include "connector/session/test_visits.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/hub.h"
#include "connector/test_dir.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "wire/commands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct site *begin_long(enum switch_state may)
{
	struct site *s = begin(may);

	sessions_free(&s->sessions);
	s->idle_ms = 60 * (int64_t)MINUTE;
	s->ceiling_ms = 4 * (int64_t)MINUTE;
	start(s);
	return s;
}

static int64_t question(struct site *s)
{
	struct arena mem = {};
	struct json_list list = sessions_list(s->sessions, &mem);
	int64_t question = ((const struct session_shown *)list.items[0])->question;

	arena_done(&mem);
	return question;
}

static bool asks_more(struct site *s)
{
	struct arena mem = {};
	struct json_list list = sessions_list(s->sessions, &mem);
	const struct session_shown *one = list.items[0];
	bool asks = one->more_ms != JSON_ABSENT_INT;

	assert_int_equal(list.len, 1);
	arena_done(&mem);
	return asks;
}

TEST(R9_a_word_for_a_question_that_somebody_else_has_answered_counts_for_no_other)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	int64_t first = question(s), more;

	assert_int_equal(sessions_approve(s->sessions, a, first), 0);
	assert_int_equal(question(s), JSON_ABSENT_INT);
	assert_int_equal(sessions_refuse(s->sessions, a, first), ERR_SESSION_OPEN);
	pass(s, 2 * MINUTE);
	ask_for(s, a, (struct id){});
	more = question(s);
	assert_int_not_equal(more, first);
	assert_int_equal(sessions_refuse(s->sessions, a, first), ERR_SESSION_OPEN);
	assert_int_equal(sessions_approve(s->sessions, a, first), ERR_SESSION_OPEN);
	assert_true(asks_more(s));
	assert_int_equal(sessions_refuse(s->sessions, a, more), 0);
	assert_false(asks_more(s));
	check_counts(s, 0, 1);
	finish(s);
}

TEST(more_time_is_asked_for_and_given_by_a_yes_and_counts_from_then)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	int64_t first;

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	first = last_told(s, a)->word.ends_ms;
	pass(s, 2 * MINUTE);
	ask_for(s, a, (struct id){});
	assert_true(asks_more(s));
	assert_int_equal(last_told(s, a)->word.ends_ms, first);
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	assert_false(asks_more(s));
	assert_in_range(last_told(s, a)->word.ends_ms - first, 2 * MINUTE, 3 * MINUTE);
	pass(s, 3 * MINUTE);
	check_counts(s, 0, 1);
	pass(s, 2 * MINUTE);
	check_told(s, a, SESSION_ENDED, WHY_CEILING);
	finish(s);
}

/* That the last asking for more time was answered so, and that the visit stays open. */
static void check_more(struct site *s, struct id id, int why)
{
	const struct session_told *word = &last_told(s, id)->word;

	assert_int_equal(word->state, SESSION_OPEN);
	assert_int_equal(word->more_why, why);
	assert_int_equal(word->more_ask_ms, s->asked.ask_until_ms);
	assert_false(asks_more(s));
	check_counts(s, 0, 1);
}

TEST(a_no_to_more_time_is_told_with_the_question_that_it_answers)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	size_t told;

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	assert_int_equal(last_told(s, a)->word.more_ask_ms, JSON_ABSENT_INT);
	pass(s, 10 * SECOND);
	ask_for(s, a, (struct id){});
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	check_more(s, a, WHY_CUSTOMER);
	/* Said once; the next question is another. */
	told = s->hub.told_len;
	pass(s, 10 * SECOND);
	assert_int_equal(s->hub.told_len, told);
	pass(s, SECOND);
	ask_for(s, a, (struct id){});
	assert_true(asks_more(s));
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	assert_int_equal(last_told(s, a)->word.more_ask_ms, JSON_ABSENT_INT);
	finish(s);
}

TEST(a_no_to_more_time_is_told_until_the_hub_has_heard_it_and_never_of_a_later_question)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	size_t told;

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	pass(s, 10 * SECOND);
	ask_for(s, a, (struct id){});
	s->hub.answer = ERR_UNREACHABLE;
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	pass(s, 5 * SECOND);
	s->hub.answer = 0;
	pass(s, 60 * SECOND);
	check_more(s, a, WHY_CUSTOMER);
	/* A hub that knows nothing of it has heard all that it can. */
	s->hub.old = true;
	told = s->hub.told_len;
	ask_for(s, a, (struct id){});
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	pass(s, 30 * SECOND);
	assert_int_equal(s->hub.told_len, told);
	assert_int_equal(sessions_end(s->sessions, a), 0);
	check_told(s, a, SESSION_ENDED, WHY_CUSTOMER);
	finish(s);
}

TEST(more_time_that_is_asked_for_too_often_or_that_the_hours_do_not_give_is_refused_and_told)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	for (unsigned i = 1; i < SESSIONS_ASKS; i++) {
		pass(s, SECOND);
		ask_for(s, a, (struct id){});
		assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
		check_more(s, a, WHY_CUSTOMER);
	}
	pass(s, SECOND);
	ask_for(s, a, (struct id){});
	check_more(s, a, WHY_TOO_MANY);
	finish(s);
	/* Three questions are open at a time, of whichever kind. */
	s = begin_long(SWITCH_ASK);
	a = ask(s);
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	for (unsigned i = 0; i < SESSIONS_WAITING; i++)
		ask(s);
	check_counts(s, SESSIONS_WAITING, 1);
	pass(s, SECOND);
	ask_for(s, a, (struct id){});
	check_counts(s, SESSIONS_WAITING, 1); /* of questions, and open */
	finish(s);
	s = begin_long(SWITCH_ON);
	turn_until(s, clock_wall_ms() + MINUTE);
	a = ask(s);
	pass(s, 10 * SECOND);
	ask_for(s, a, (struct id){});
	check_more(s, a, WHY_NOT_ALLOWED);
	finish(s);
}

TEST(a_no_and_no_answer_leave_the_end_where_it_is)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct command c = { .kind = COMMAND_OPEN_SESSION, .reason = "r", .by = "b" };
	struct id a = ask(s);
	int64_t first;

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	first = last_told(s, a)->word.ends_ms;
	pass(s, 10 * SECOND);
	ask_for(s, a, (struct id){});
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	assert_false(asks_more(s));
	c.session = a;
	c.ask_until_ms = clock_wall_ms() + s->hub.offset_ms + 16 * MINUTE;
	s->hub.offset_ms += 15 * MINUTE; /* a minute is left of it */
	sessions_command(s->sessions, &c);
	assert_true(asks_more(s));
	pass(s, 70 * SECOND);
	assert_false(asks_more(s));
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), ERR_SESSION_OPEN);
	assert_int_equal(last_told(s, a)->word.ends_ms, first + 15 * MINUTE); /* the hub's clock */
	s->asked = c;
	check_more(s, a, WHY_UNANSWERED);
	finish(s);
}

TEST(R9_where_nobody_is_asked_more_time_is_given_at_once_and_never_by_the_same_command)
{
	struct site *s = begin_long(SWITCH_ON);
	int64_t half = MINUTE / 2, first;
	struct command c = { .n = 1,
			     .kind = COMMAND_OPEN_SESSION,
			     .session = id_new(),
			     .reason = "r",
			     .by = "b",
			     .ask_until_ms = clock_wall_ms() + s->hub.offset_ms + MINUTE };

	sessions_command(s->sessions, &c);
	first = last_told(s, c.session)->word.ends_ms;
	pass(s, MINUTE);
	sessions_command(s->sessions, &c);
	assert_int_equal(last_told(s, c.session)->word.ends_ms, first);
	c.ask_until_ms += MINUTE;
	sessions_command(s->sessions, &c);
	assert_in_range(last_told(s, c.session)->word.ends_ms - first, MINUTE, 2 * MINUTE);
	/* The customer's own end is not moved by anybody else. */
	turn_until(s, clock_wall_ms() + half);
	pass(s, SECOND);
	first = last_told(s, c.session)->word.ends_ms;
	c.ask_until_ms += MINUTE;
	sessions_command(s->sessions, &c);
	assert_int_equal(last_told(s, c.session)->word.ends_ms, first);
	finish(s);
}

TEST(R29_what_on_gives_to_an_approved_visit_ends_with_on_and_a_yes_with_its_own_ceiling)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	int64_t by_yes;

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	by_yes = last_told(s, a)->word.ends_ms;
	/* On for less than the yes: nothing that it could give, so that the question is put. */
	pass(s, MINUTE);
	turn_until(s, clock_wall_ms() + MINUTE);
	ask_for(s, a, (struct id){});
	assert_true(asks_more(s));
	assert_int_equal(last_told(s, a)->word.ends_ms, by_yes);
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	/* On for longer: its time, and nothing after it. */
	turn_until(s, clock_wall_ms() + 4 * (int64_t)MINUTE - 10 * SECOND);
	ask_for(s, a, (struct id){});
	assert_false(asks_more(s));
	assert_in_range(last_told(s, a)->word.ends_ms - by_yes, 30 * SECOND, 55 * SECOND);
	pass(s, 3 * MINUTE + 20 * SECOND);
	check_counts(s, 0, 1);
	pass(s, 31 * SECOND);
	check_told(s, a, SESSION_ENDED, WHY_TIME_OVER);
	finish(s);
	/* On is taken back: the yes is worth what it was. */
	s = begin_long(SWITCH_ASK);
	a = ask(s);
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	pass(s, 2 * MINUTE);
	turn(s, PERMISSION_CONSOLE, SWITCH_ON);
	ask_for(s, a, (struct id){});
	turn(s, PERMISSION_CONSOLE, SWITCH_ASK);
	pass(s, MINUTE + 50 * SECOND);
	check_counts(s, 0, 1);
	pass(s, 11 * SECOND);
	check_told(s, a, SESSION_ENDED, WHY_TIME_OVER);
	finish(s);
}

static struct permission_window grant_minutes(struct site *s, int minutes)
{
	int64_t now_ms = clock_wall_ms();
	struct permission_window window = { now_ms, now_ms + minutes * (int64_t)MINUTE };
	struct permissions now;

	assert_int_equal(permissions_grant(test_path(s->dir, "permissions.json"),
					   PERMISSION_CONSOLE, window, &now),
			 0);
	return window;
}

TEST(R29_a_granted_time_that_reaches_its_end_is_no_switch_that_was_turned)
{
	struct site *s = begin(SWITCH_ASK);
	struct permission_window window = grant_minutes(s, 10);
	struct permissions now;
	struct id a = ask(s);

	check_counts(s, 0, 1);
	pass(s, 10 * MINUTE + SECOND);
	check_told(s, a, SESSION_ENDED, WHY_TIME_OVER);
	assert_int_equal(last_past(s).why, WHY_TIME_OVER);
	/* Taken back by the customer before its end. */
	window = grant_minutes(s, 10);
	a = ask(s);
	check_counts(s, 0, 1);
	assert_int_equal(permissions_ungrant(test_path(s->dir, "permissions.json"),
					     PERMISSION_CONSOLE, window, &now),
			 0);
	pass(s, SECOND);
	check_told(s, a, SESSION_ENDED, WHY_SWITCHED_OFF);
	finish(s);
}

/* Of today alone, and over in two minutes at the latest. */
static void set_hours(struct site *s)
{
	time_t now = clock_wall_ms() / 1000;
	struct hours h = { .len = 1 };
	struct permissions p;
	struct tm tm;

	localtime_r(&now, &tm);
	h.items[0].days = 1u << (tm.tm_wday + 6) % 7;
	h.items[0].to = tm.tm_hour * 60 + tm.tm_min + 2;
	if (h.items[0].to > 24 * 60)
		h.items[0].to = 24 * 60;
	assert_int_equal(permissions_set_hours(test_path(s->dir, "permissions.json"),
					       PERMISSION_CONSOLE, &h, SWITCH_OFF, &p),
			 0);
}

TEST(R29_hours_that_end_while_somebody_waits_are_no_switch_that_was_turned)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a;

	set_hours(s);
	a = ask(s);
	check_counts(s, 1, 0);
	pass(s, 2 * MINUTE + SECOND);
	check_told(s, a, SESSION_REFUSED, WHY_TIME_OVER);
	finish(s);
	s = begin(SWITCH_ASK);
	a = ask(s);
	set_hours(s); /* while it waits */
	pass(s, 2 * MINUTE + SECOND);
	check_told(s, a, SESSION_REFUSED, WHY_TIME_OVER);
	finish(s);
	s = begin(SWITCH_ASK);
	set_hours(s);
	a = ask(s);
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	pass(s, SECOND);
	check_told(s, a, SESSION_REFUSED, WHY_SWITCHED_OFF);
	finish(s);
}

TEST(a_hub_that_does_not_know_that_a_time_is_over_is_told_the_older_word)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a;

	s->hub.old = true;
	grant_minutes(s, 10);
	a = ask(s);
	pass(s, 10 * MINUTE + SECOND);
	check_told(s, a, SESSION_ENDED, WHY_SWITCHED_OFF);
	assert_int_equal(last_past(s).why, WHY_TIME_OVER);
	finish(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			R9_a_word_for_a_question_that_somebody_else_has_answered_counts_for_no_other),
		cmocka_unit_test(more_time_is_asked_for_and_given_by_a_yes_and_counts_from_then),
		cmocka_unit_test(a_no_and_no_answer_leave_the_end_where_it_is),
		cmocka_unit_test(a_no_to_more_time_is_told_with_the_question_that_it_answers),
		cmocka_unit_test(
			a_no_to_more_time_is_told_until_the_hub_has_heard_it_and_never_of_a_later_question),
		cmocka_unit_test(
			more_time_that_is_asked_for_too_often_or_that_the_hours_do_not_give_is_refused_and_told),
		cmocka_unit_test(
			R9_where_nobody_is_asked_more_time_is_given_at_once_and_never_by_the_same_command),
		cmocka_unit_test(
			R29_what_on_gives_to_an_approved_visit_ends_with_on_and_a_yes_with_its_own_ceiling),
		cmocka_unit_test(
			R29_a_granted_time_that_reaches_its_end_is_no_switch_that_was_turned),
		RUN(R29_hours_that_end_while_somebody_waits_are_no_switch_that_was_turned),
		cmocka_unit_test(
			a_hub_that_does_not_know_that_a_time_is_over_is_told_the_older_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
