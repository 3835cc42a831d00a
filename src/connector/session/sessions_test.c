/* sessions_test.c - visits against switches, clocks, hostile commands and a hub that hears badly.
 */
#include "base/test.h"

#include "connector/session/test_visits.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/hub.h"
#include "connector/session/past.h"
#include "connector/test_dir.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "wire/commands.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TEST(R25_off_is_refused_by_the_connector_itself)
{
	struct site *s = begin(SWITCH_OFF);
	struct id a = ask(s);

	check_counts(s, 0, 0);
	check_told(s, a, SESSION_REFUSED, WHY_NOT_ALLOWED);
	assert_string_equal(request_of(s, a).code, "session_over");
	assert_int_equal(s->served, 0);
	finish(s);
}

TEST(on_opens_at_once_and_serves)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s);

	check_counts(s, 0, 1);
	check_told(s, a, SESSION_OPEN, -1);
	assert_int_equal(request_of(s, a).status, 200);
	assert_int_equal(s->served, 1);
	close_it(s, a);
	check_counts(s, 0, 0);
	assert_int_equal(s->cuts, 1);
	check_told(s, a, SESSION_ENDED, WHY_TECHNICIAN);
	assert_int_equal(s->hub.told[s->hub.told_len - 1].word.requests, 1);
	finish(s);
}

TEST(ask_opens_nothing_without_a_yes_to_that_one_session)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s), b = ask(s);

	check_counts(s, 2, 0);
	check_told(s, a, SESSION_WAITING, -1);
	assert_string_equal(request_of(s, a).code, "session_not_open");
	assert_int_equal(sessions_end(s->sessions, b), ERR_SESSION_NOT_OPEN);
	assert_int_equal(sessions_approve(s->sessions, b, JSON_ABSENT_INT), 0);
	check_counts(s, 1, 1);
	check_told(s, b, SESSION_OPEN, -1);
	check_told(s, a, SESSION_WAITING, -1);
	assert_string_equal(request_of(s, a).code, "session_not_open");
	assert_int_equal(sessions_refuse(s->sessions, a, JSON_ABSENT_INT), 0);
	check_told(s, a, SESSION_REFUSED, WHY_CUSTOMER);
	/* Said once, it is said. */
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), ERR_SESSION_OVER);
	assert_int_equal(sessions_approve(s->sessions, b, JSON_ABSENT_INT), ERR_SESSION_OPEN);
	assert_int_equal(sessions_refuse(s->sessions, b, JSON_ABSENT_INT), ERR_SESSION_OPEN);
	assert_int_equal(sessions_refuse(s->sessions, (struct id){ { 77 } }, JSON_ABSENT_INT),
			 ERR_NO_SESSION);
	assert_int_equal(sessions_end(s->sessions, b), 0);
	check_told(s, b, SESSION_ENDED, WHY_CUSTOMER);
	finish(s);
}

TEST(unanswered_is_refused_after_a_quarter_of_an_hour)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);

	pass(s, 14 * MINUTE);
	check_counts(s, 1, 0);
	pass(s, MINUTE + SECOND);
	check_counts(s, 0, 0);
	check_told(s, a, SESSION_REFUSED, WHY_UNANSWERED);
	finish(s);
}

TEST(a_hub_may_shorten_the_asking_and_never_lengthen_it)
{
	struct site *s = begin(SWITCH_ASK);
	struct command c = { .kind = COMMAND_OPEN_SESSION,
			     .session = id_new(),
			     .reason = "r",
			     .by = "b",
			     .ask_until_ms = clock_wall_ms() + MINUTE };
	struct id shorter = c.session;

	sessions_command(s->sessions, &c);
	c.session = id_new();
	c.ask_until_ms = clock_wall_ms() + 100 * 60 * MINUTE;
	sessions_command(s->sessions, &c);
	pass(s, MINUTE + SECOND);
	check_told(s, shorter, SESSION_REFUSED, WHY_UNANSWERED);
	check_counts(s, 1, 0);
	pass(s, 15 * MINUTE);
	check_told(s, c.session, SESSION_REFUSED, WHY_UNANSWERED);
	finish(s);
}

TEST(R29_a_switch_turned_off_cuts_within_a_second)
{
	struct site *s = begin(SWITCH_ASK);
	struct id open = ask(s), waiting = ask(s);

	assert_int_equal(sessions_approve(s->sessions, open, JSON_ABSENT_INT), 0);
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	pass(s, SECOND);
	check_counts(s, 0, 0);
	assert_int_equal(s->cuts, 1);
	assert_true(id_eq(s->cut, open));
	assert_int_equal(s->cut_why, WHY_SWITCHED_OFF);
	check_told(s, open, SESSION_ENDED, WHY_SWITCHED_OFF);
	check_told(s, waiting, SESSION_REFUSED, WHY_SWITCHED_OFF);
	finish(s);
}

TEST(R29_a_request_finds_the_switch_off_before_any_look)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s);

	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	assert_string_equal(request_of(s, a).code, "session_over");
	assert_int_equal(s->served, 0);
	assert_int_equal(s->cuts, 1);
	finish(s);
	/* So does one after others that found it on: each turn of the loop looks anew. */
	s = begin(SWITCH_ON);
	a = ask(s);
	for (unsigned i = 1; i <= 3; i++) {
		request_of(s, a);
		assert_int_equal(s->served, i);
	}
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	assert_string_equal(request_of(s, a).code, "session_over");
	assert_int_equal(s->served, 3);
	finish(s);
}

TEST(what_on_opened_ends_when_somebody_has_to_be_asked)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s), b;

	turn(s, PERMISSION_CONSOLE, SWITCH_ASK);
	pass(s, SECOND);
	check_told(s, a, SESSION_ENDED, WHY_SWITCHED_OFF);
	b = ask(s);
	assert_int_equal(sessions_approve(s->sessions, b, JSON_ABSENT_INT), 0);
	pass(s, SECOND);
	check_counts(s, 0, 1);
	finish(s);
}

TEST(the_two_switches_stand_for_themselves)
{
	struct site *s = begin(SWITCH_ON);
	struct id mfp = ask_for(s, id_new(), s->mfp), console = ask(s);

	check_told(s, mfp, SESSION_REFUSED, WHY_NOT_ALLOWED);
	check_told(s, console, SESSION_OPEN, -1);
	turn(s, PERMISSION_MFP, SWITCH_ON);
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	mfp = ask_for(s, id_new(), s->mfp);
	pass(s, SECOND);
	check_told(s, mfp, SESSION_OPEN, -1);
	check_told(s, console, SESSION_ENDED, WHY_SWITCHED_OFF);
	finish(s);
}

TEST(R27_a_device_that_is_not_configured_is_no_target)
{
	struct site *s = begin(SWITCH_OFF);
	struct id a;

	turn(s, PERMISSION_MFP, SWITCH_ON);
	a = ask_for(s, id_new(), id_new());
	check_told(s, a, SESSION_REFUSED, WHY_NO_TARGET);
	finish(s);
}

TEST(why_the_hub_closes_a_visit_is_noted_as_far_as_it_is_the_hubs_to_say)
{
	static const struct {
		const char *word;
		int why;
	} cases[] = {
		{ "login_ended", WHY_LOGIN_ENDED },
		{ "unanswered", WHY_TECHNICIAN }, /* of one that is open */
		{ "offline", WHY_TECHNICIAN },
		{ "revoked", WHY_TECHNICIAN },
		{ "technician", WHY_TECHNICIAN },
		{ NULL, WHY_TECHNICIAN },
		{ "newer", WHY_TECHNICIAN },
		{ "customer", WHY_TECHNICIAN },
		{ "switched_off", WHY_TECHNICIAN },
		{ "", WHY_TECHNICIAN },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct site *s = begin(SWITCH_ON);
		struct id a = ask(s);

		close_for(s, a, cases[i].word);
		assert_int_equal(s->cut_why, cases[i].why);
		check_told(s, a, SESSION_ENDED, cases[i].why);
		finish(s);
	}
}

TEST(of_a_visit_that_waits_the_hub_may_say_that_nobody_answered)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);

	close_for(s, a, "unanswered");
	check_told(s, a, SESSION_ENDED, WHY_UNANSWERED);
	finish(s);
}

TEST(R9_an_id_is_good_for_one_visit)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);

	replay(s);
	check_counts(s, 1, 0);
	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	replay(s);
	check_counts(s, 0, 1);
	close_it(s, a);
	close_it(s, a);
	turn(s, PERMISSION_CONSOLE, SWITCH_ON);
	replay(s);
	check_counts(s, 0, 0);
	check_told(s, a, SESSION_ENDED, WHY_TECHNICIAN);
	/* Nor after a restart. */
	sessions_free(&s->sessions);
	start(s);
	replay(s);
	check_counts(s, 0, 0);
	finish(s);
}

static const struct session_told *expect_restarted(struct site *s, struct id id)
{
	check_told(s, id, SESSION_ENDED, WHY_RESTARTED);
	assert_int_equal(last_told(s, id)->word.bytes_up, 7);
	assert_int_equal(last_told(s, id)->word.bytes_down, 1000);
	return &last_told(s, id)->word;
}

TEST(R58_what_passed_and_when_it_ended_is_known_after_a_restart)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s);
	int64_t stopped_ms;

	assert_int_equal(request_of(s, a).status, 200);
	*s->counts = (struct session_counts){ 7, 1000, 1 };
	stopped_ms = clock_wall_ms();
	sessions_free(&s->sessions);
	pass(s, 10 * MINUTE);
	start(s);
	assert_int_equal(expect_restarted(s, a)->requests, 1);
	assert_in_range(last_past(s).ended_ms, stopped_ms, stopped_ms + MINUTE);
	finish(s);
}

TEST(R58_a_power_cut_takes_a_minute_of_the_counts_at_most)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s);
	struct sessions *gone = s->sessions;
	int64_t seen_ms;

	assert_int_equal(request_of(s, a).status, 200);
	*s->counts = (struct session_counts){ 7, 1000, 1 };
	pass(s, 61 * SECOND);
	seen_ms = clock_wall_ms();
	clock_skip_ms(5 * MINUTE); /* the machine is off */
	start(s);                  /* beside the one that says nothing any more */
	assert_int_equal(expect_restarted(s, a)->requests, 1);
	assert_in_range(last_past(s).ended_ms, seen_ms - MINUTE, seen_ms);
	sessions_free(&gone);
	finish(s);
}

TEST(R9_a_session_that_was_never_asked_for_is_served_nothing)
{
	struct site *s = begin(SWITCH_ON);

	close_it(s, id_new());
	assert_string_equal(request_of(s, id_new()).code, "no_session");
	assert_string_equal(request(s, "").code, "no_session");
	assert_string_equal(request(s, "sess_").code, "no_session");
	assert_int_equal(s->served, 0);
	check_counts(s, 0, 0);
	finish(s);
}

TEST(R27_visits_of_a_target_that_is_gone_end)
{
	struct site *s = begin(SWITCH_ASK);
	struct id open, waiting, other = ask(s);

	turn(s, PERMISSION_MFP, SWITCH_ASK);
	open = ask_for(s, id_new(), s->mfp);
	waiting = ask_for(s, id_new(), s->mfp);
	assert_int_equal(sessions_approve(s->sessions, open, JSON_ABSENT_INT), 0);
	sessions_look_at_targets(s->sessions);
	check_counts(s, 2, 1);
	s->mfp = id_new();
	sessions_look_at_targets(s->sessions);
	check_counts(s, 1, 0);
	assert_true(id_eq(s->cut, open));
	check_told(s, open, SESSION_ENDED, WHY_CUSTOMER);
	check_told(s, waiting, SESSION_REFUSED, WHY_NO_TARGET);
	check_told(s, other, SESSION_WAITING, -1);
	finish(s);
}

TEST(three_may_wait_and_eight_be_open)
{
	struct site *s = begin(SWITCH_ASK);
	struct id ids[14];

	for (size_t i = 0; i < 4; i++)
		ids[i] = ask(s);
	check_counts(s, 3, 0);
	check_told(s, ids[3], SESSION_REFUSED, WHY_TOO_MANY);
	turn(s, PERMISSION_CONSOLE, SWITCH_ON);
	pass(s, SECOND);
	check_counts(s, 0, 3);
	for (size_t i = 4; i < 10; i++)
		ids[i] = ask(s);
	check_counts(s, 0, 8);
	check_told(s, ids[9], SESSION_REFUSED, WHY_TOO_MANY);
	close_it(s, ids[0]);
	/* Where nobody is asked, the number of questions is no limit. */
	for (size_t i = 10; i < 14; i++) {
		ids[i] = ask(s);
		check_told(s, ids[i], SESSION_OPEN, -1);
		close_it(s, ids[i]);
	}
	finish(s);
}

TEST(ten_questions_are_put_at_once_and_then_one_in_six_minutes)
{
	struct site *s = begin(SWITCH_ASK);
	struct id id;

	for (size_t i = 0; i < SESSIONS_ASKS; i++) {
		id = ask(s);
		assert_int_equal(sessions_refuse(s->sessions, id, JSON_ABSENT_INT), 0);
	}
	id = ask(s);
	check_told(s, id, SESSION_REFUSED, WHY_TOO_MANY);
	pass(s, SESSIONS_ASK_MS);
	id = ask(s);
	check_told(s, id, SESSION_WAITING, -1);
	/* What is refused without being put to anybody costs no question. */
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	pass(s, SESSIONS_ASK_MS);
	for (size_t i = 0; i < SESSIONS_WISHES / 2; i++)
		ask(s);
	turn(s, PERMISSION_CONSOLE, SWITCH_ASK);
	id = ask(s);
	check_told(s, id, SESSION_WAITING, -1);
	finish(s);
}

static void add_past(struct past *p, struct id id, enum session_state state, int64_t opened_ms)
{
	struct past_session *one = past_add(p, id);

	one->state = (int)state;
	one->opened_ms = opened_ms;
	one->told = JSON_TRUE;
}

TEST(what_was_only_asked_for_pushes_nothing_out_that_was)
{
	struct past p = {};
	struct id was = id_new(), is = id_new();

	add_past(&p, was, SESSION_ENDED, 1);
	add_past(&p, is, SESSION_WAITING, JSON_ABSENT_INT);
	for (size_t i = 0; i < 2 * PAST_MAX; i++)
		add_past(&p, id_new(), SESSION_REFUSED, JSON_ABSENT_INT);
	assert_int_equal(p.len, PAST_MAX);
	assert_non_null(past_find(&p, was));
	assert_non_null(past_find(&p, is));
	for (size_t i = 0; i < 2 * PAST_MAX; i++)
		add_past(&p, id_new(), SESSION_ENDED, 2);
	assert_null(past_find(&p, was));
	assert_non_null(past_find(&p, is));
	/* And a share of what was only asked for stays; what the hub has not heard stays, too. */
	was = id_new();
	add_past(&p, was, SESSION_REFUSED, JSON_ABSENT_INT);
	past_find(&p, was)->told = JSON_UNSAID;
	for (size_t i = 0; i < PAST_ASKED; i++)
		add_past(&p, id_new(), SESSION_REFUSED, JSON_ABSENT_INT);
	is = id_new();
	add_past(&p, is, SESSION_REFUSED, JSON_ABSENT_INT);
	for (size_t i = 0; i < 2 * PAST_MAX; i++)
		add_past(&p, id_new(), SESSION_ENDED, 3);
	assert_non_null(past_find(&p, was));
	assert_null(past_find(&p, is));
}

TEST(a_hub_that_hears_of_no_refusal_pushes_out_no_visit_either)
{
	struct past p = {};
	struct id was = id_new();

	add_past(&p, was, SESSION_ENDED, 1);
	for (size_t i = 0; i < 2 * PAST_MAX; i++) {
		struct id id = id_new();

		add_past(&p, id, SESSION_REFUSED, JSON_ABSENT_INT);
		past_find(&p, id)->told = JSON_UNSAID;
	}
	assert_int_equal(p.len, PAST_MAX);
	assert_non_null(past_find(&p, was));
}

TEST(a_flood_of_asks_pushes_no_visit_out_of_what_is_kept)
{
	struct site *s = begin(SWITCH_ON);
	struct arena mem = {};
	struct id a = ask(s);

	close_it(s, a);
	for (size_t i = 0; i < 1000; i++)
		ask(s);
	turn(s, PERMISSION_CONSOLE, SWITCH_OFF);
	pass(s, SECOND);
	assert_true(sessions_past(s->sessions, &mem).len <= SESSIONS_WISHES);
	assert_true(id_eq(((struct past_session *)sessions_past(s->sessions, &mem)
				   .items[sessions_past(s->sessions, &mem).len - 1])
				  ->id,
			  a));
	arena_done(&mem);
	finish(s);
}

TEST(the_ceiling_and_the_idle_limit_run_here)
{
	struct site *s = begin(SWITCH_ON);
	struct id busy, idle;

	sessions_free(&s->sessions);
	s->idle_ms = 20 * SECOND;
	s->ceiling_ms = 2 * MINUTE;
	start(s);
	busy = ask(s);
	idle = ask(s);
	assert_int_equal(request_of(s, busy).status, 200);
	for (int i = 0; i < 11; i++) {
		pass(s, 10 * SECOND);
		s->counts->bytes_down++;
	}
	check_told(s, idle, SESSION_ENDED, WHY_IDLE);
	check_counts(s, 0, 1);
	pass(s, 10 * SECOND);
	check_told(s, busy, SESSION_ENDED, WHY_CEILING);
	assert_int_equal(s->hub.told[s->hub.told_len - 1].word.bytes_down, 11);
	finish(s);
}

TEST(a_hub_that_hears_badly_is_told_until_it_has_heard)
{
	struct site *s = begin(SWITCH_ON);
	struct id a;

	s->hub.answer = ERR_UNREACHABLE;
	a = ask(s);
	pass(s, MINUTE);
	close_it(s, a);
	pass(s, MINUTE);
	assert_int_equal(s->hub.told_len, 0);
	s->hub.answer = 0;
	sessions_online(s->sessions, false);
	check_told(s, a, SESSION_ENDED, WHY_TECHNICIAN);
	assert_int_equal(s->hub.told_len, 1);
	finish(s);
}

TEST(a_proxy_that_wants_a_password_is_no_hub_that_has_spoken)
{
	struct site *s = begin(SWITCH_ON);
	struct id a;

	s->hub.answer = ERR_PROXY_AUTH;
	a = ask(s);
	pass(s, SECOND);
	check_counts(s, 0, 1);
	s->hub.answer = 0;
	sessions_online(s->sessions, true);
	pass(s, SECOND);
	check_told(s, a, SESSION_OPEN, -1);
	finish(s);
}

TEST(a_hub_that_comes_back_is_told_anew_who_may_say_yes)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);
	size_t told;

	check_told(s, a, SESSION_WAITING, -1);
	told = s->hub.told_len;
	sessions_online(s->sessions, false);
	pass(s, SECOND);
	assert_int_equal(s->hub.told_len, told);
	sessions_online(s->sessions, true);
	pass(s, SECOND);
	assert_int_equal(s->hub.told_len, told + 1);
	check_told(s, a, SESSION_WAITING, -1);
	finish(s);
}

TEST(a_session_that_the_hub_does_not_know_ends)
{
	struct site *s = begin(SWITCH_ON);

	s->hub.answer = ERR_SESSION_OVER;
	ask(s);
	pass(s, SECOND);
	check_counts(s, 0, 0);
	assert_int_equal(s->cuts, 1);
	finish(s);
}

TEST(why_the_hub_has_ended_what_has_just_been_opened_is_its_answers_word)
{
	static const struct {
		const char *word;
		int why;
	} cases[] = {
		{ "login_ended", WHY_LOGIN_ENDED },
		{ "customer", WHY_TECHNICIAN }, /* not the hub's to say */
		{ "newer", WHY_TECHNICIAN },
		{ NULL, WHY_TECHNICIAN },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct site *s = begin(SWITCH_ON);

		s->hub.answer = ERR_SESSION_OVER;
		s->hub.why = cases[i].word;
		ask(s);
		pass(s, SECOND);
		check_counts(s, 0, 0);
		assert_int_equal(last_past(s).why, cases[i].why);
		finish(s);
	}
}

TEST(after_a_crash_what_was_open_is_told_as_ended)
{
	struct site *s = begin(SWITCH_ASK);
	struct id open = ask(s), waiting = ask(s);

	assert_int_equal(sessions_approve(s->sessions, open, JSON_ABSENT_INT), 0);
	pass(s, SECOND);
	sessions_free(&s->sessions);
	assert_int_equal(s->cuts, 1);
	start(s);
	assert_string_equal(request_of(s, open).code, "session_over");
	check_told(s, open, SESSION_ENDED, WHY_RESTARTED);
	check_told(s, waiting, SESSION_REFUSED, WHY_RESTARTED);
	finish(s);
}

TEST(R61_no_name_and_no_reason_is_written_down)
{
	struct site *s = begin(SWITCH_ASK);
	struct buf text = buf_new(MIB);
	struct arena mem = {};
	struct json_list list;
	struct id a = ask(s);

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	list = sessions_list(s->sessions, &mem);
	assert_int_equal(list.len, 1);
	assert_string_equal(((struct session_shown *)list.items[0])->by, "zzname");
	assert_string_equal(((struct session_shown *)list.items[0])->reason, "zzreason");
	pass(s, SECOND);
	close_it(s, a);
	assert_int_equal(file_read(test_path(s->dir, "sessions.json"), &text), 0);
	buf_putc(&text, '\0');
	assert_non_null(strstr((const char *)text.data, "\"state\":\"ended\""));
	/* Not "zz", which an id may hold by chance. */
	assert_null(strstr((const char *)text.data, "zzname"));
	assert_null(strstr((const char *)text.data, "zzreason"));
	buf_done(&text);
	arena_done(&mem);
	finish(s);
}

TEST(everything_ends_when_consent_does)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);

	assert_int_equal(sessions_approve(s->sessions, a, JSON_ABSENT_INT), 0);
	ask(s);
	sessions_end_all(s->sessions, WHY_REVOKED);
	check_counts(s, 0, 0);
	assert_int_equal(s->cut_why, WHY_REVOKED);
	finish(s);
}

TEST(the_first_end_is_told_and_again_when_it_moves)
{
	struct site *s = begin(SWITCH_ON);
	int64_t hour = 60 * (int64_t)MINUTE, now = clock_wall_ms();
	struct id a = (turn_until(s, now + hour), ask(s));

	assert_int_equal(last_told(s, a)->word.ends_ms, now + hour);
	turn_until(s, now + 2 * hour);
	pass(s, SECOND);
	assert_int_equal(last_told(s, a)->word.ends_ms, now + 2 * hour);
	turn_until(s, JSON_ABSENT_INT);
	pass(s, SECOND);
	assert_true(last_told(s, a)->word.ends_ms > now + SESSIONS_CEILING_MS - 1);
	turn_until(s, clock_wall_ms() + MINUTE);
	pass(s, 2 * MINUTE);
	check_told(s, a, SESSION_ENDED, WHY_TIME_OVER);
	finish(s);
}

TEST(R61_how_many_may_say_yes_is_told_and_no_more)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s), b;

	assert_int_equal(last_told(s, a)->word.desk_count, JSON_ABSENT_INT);
	s->desk = (struct session_desk){ "IT desk", 3 };
	b = ask(s);
	assert_int_equal(last_told(s, b)->word.desk_count, 3);
	assert_int_equal(sessions_approve(s->sessions, b, JSON_ABSENT_INT), 0);
	assert_int_equal(last_told(s, b)->word.state, SESSION_OPEN);
	assert_int_equal(last_told(s, b)->word.desk_count, JSON_ABSENT_INT);
	s->hub.old = true; /* told without */
	assert_int_equal(last_told(s, ask(s))->word.state, SESSION_WAITING);
	check_counts(s, 2, 1);
	finish(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(R25_off_is_refused_by_the_connector_itself),
		cmocka_unit_test(on_opens_at_once_and_serves),
		cmocka_unit_test(ask_opens_nothing_without_a_yes_to_that_one_session),
		cmocka_unit_test(unanswered_is_refused_after_a_quarter_of_an_hour),
		cmocka_unit_test(a_hub_may_shorten_the_asking_and_never_lengthen_it),
		cmocka_unit_test(R29_a_switch_turned_off_cuts_within_a_second),
		cmocka_unit_test(R29_a_request_finds_the_switch_off_before_any_look),
		cmocka_unit_test(what_on_opened_ends_when_somebody_has_to_be_asked),
		cmocka_unit_test(the_two_switches_stand_for_themselves),
		cmocka_unit_test(R27_a_device_that_is_not_configured_is_no_target),
		cmocka_unit_test(
			why_the_hub_closes_a_visit_is_noted_as_far_as_it_is_the_hubs_to_say),
		cmocka_unit_test(of_a_visit_that_waits_the_hub_may_say_that_nobody_answered),
		cmocka_unit_test(R9_an_id_is_good_for_one_visit),
		cmocka_unit_test(R58_what_passed_and_when_it_ended_is_known_after_a_restart),
		cmocka_unit_test(R58_a_power_cut_takes_a_minute_of_the_counts_at_most),
		cmocka_unit_test(R9_a_session_that_was_never_asked_for_is_served_nothing),
		cmocka_unit_test(R27_visits_of_a_target_that_is_gone_end),
		cmocka_unit_test(three_may_wait_and_eight_be_open),
		cmocka_unit_test(ten_questions_are_put_at_once_and_then_one_in_six_minutes),
		cmocka_unit_test(what_was_only_asked_for_pushes_nothing_out_that_was),
		RUN(a_hub_that_hears_of_no_refusal_pushes_out_no_visit_either),
		cmocka_unit_test(a_flood_of_asks_pushes_no_visit_out_of_what_is_kept),
		cmocka_unit_test(the_ceiling_and_the_idle_limit_run_here),
		cmocka_unit_test(a_hub_that_hears_badly_is_told_until_it_has_heard),
		cmocka_unit_test(a_proxy_that_wants_a_password_is_no_hub_that_has_spoken),
		cmocka_unit_test(a_hub_that_comes_back_is_told_anew_who_may_say_yes),
		cmocka_unit_test(a_session_that_the_hub_does_not_know_ends),
		cmocka_unit_test(
			why_the_hub_has_ended_what_has_just_been_opened_is_its_answers_word),
		cmocka_unit_test(after_a_crash_what_was_open_is_told_as_ended),
		cmocka_unit_test(R61_no_name_and_no_reason_is_written_down),
		cmocka_unit_test(everything_ends_when_consent_does),
		cmocka_unit_test(the_first_end_is_told_and_again_when_it_moves),
		cmocka_unit_test(R61_how_many_may_say_yes_is_told_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
