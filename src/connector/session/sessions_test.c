/* sessions_test.c - visits against switches, clocks, hostile commands and a hub that hears badly.
 *
 * What serves a session is stood in for by this file, and so is hub.h: what the hub is told is
 * written down, and answered as the test wants it.  Nobody waits: the clock is moved. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/hub.h"
#include "connector/permission.h"
#include "connector/session/session.h"
#include "connector/test_dir.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "wire/commands.h"
#include "wire/messages.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND   ((int64_t)1000)
#define MINUTE   (60 * SECOND)
#define TOLD_MAX 64

struct told {
	struct id session;
	struct session_told word;
};

/* ---- the hub ---- */

struct hub {
	struct loop *loop;
	int64_t offset_ms;
	int answer; /* what each call is answered with */
	bool refuses_desk;
	struct told told[TOLD_MAX];
	size_t told_len;
};

struct hub_call {
	struct task task;
	struct hub *hub;
	struct told told;
	hub_done_fn *done;
	void *owner;
};

static void on_call(struct task *t)
{
	struct hub_call *c = CONTAINER_OF(t, struct hub_call, task);
	bool refused = c->hub->refuses_desk && c->told.word.desk_count != JSON_ABSENT_INT;
	int answer = refused ? ERR_INVALID : c->hub->answer;
	struct hub_answer a = { .rc = answer,
				.status = answer ? err_status(answer) : 204,
				.issuer = "",
				.detail = "" };

	if (c->hub->answer == ERR_UNREACHABLE)
		a.status = 0;
	if (a.rc == 0 && c->hub->told_len < TOLD_MAX)
		c->hub->told[c->hub->told_len++] = c->told;
	c->done(&a, c->owner);
	free(c);
}

struct hub_call *hub_call(struct hub *h, const struct hub_request *request, hub_done_fn *done,
			  void *owner)
{
	static const char path[] = "/c/v1/sessions/";
	struct hub_call *c = xcalloc(1, sizeof(*c));
	struct json_problem problem;
	struct arena mem = {};

	c->hub = h;
	c->done = done;
	c->owner = owner;
	assert_string_equal(request->method, "POST");
	assert_memory_equal(request->path, path, sizeof(path) - 1);
	assert_int_equal(
		id_decode(ID_SESS, str_of(request->path + sizeof(path) - 1), &c->told.session), 0);
	assert_int_equal(json_decode(&session_told_schema, request->body.p, request->body.len, &mem,
				     &c->told.word, &problem),
			 0);
	assert_true(session_told_ok(&c->told.word));
	arena_done(&mem);
	task_init(&c->task, on_call);
	loop_later(h->loop, &c->task);
	return c;
}

void hub_cancel(struct hub_call **c)
{
	if (!*c)
		return;
	task_cancel(&(*c)->task);
	free(*c);
	*c = NULL;
}

int64_t hub_clock_offset_ms(const struct hub *h)
{
	return h->offset_ms;
}

/* ---- a site ---- */

struct site {
	struct loop *loop;
	struct hub hub;
	struct permission_view *permission;
	const char *dir;
	struct sessions *sessions;
	struct id mfp; /* the one target there is */
	bool wanted;

	unsigned cuts, served;
	struct session_desk desk;
	struct id cut;
	enum session_why cut_why;
	struct session_counts *counts; /* of the session served last */
	int64_t n;
	int64_t idle_ms, ceiling_ms;
};

static bool find_target(struct id target, enum target_kind *ret_kind, void *owner)
{
	const struct site *s = owner;

	*ret_kind = id_is_zero(target) ? TARGET_CONSOLE : TARGET_MFP;
	return id_is_zero(target) || id_eq(target, s->mfp);
}

static const char *target_name(struct id target, void *owner)
{
	return id_is_zero(target) ? NULL : "Ricoh";
}

static void want(bool wanted, void *owner)
{
	((struct site *)owner)->wanted = wanted;
}

static void serve(struct exchange *x, const struct session_visit *v, void *owner)
{
	struct site *s = owner;

	s->served++;
	s->counts = v->counts;
	exchange_respond(x, 200, NULL, (struct str){});
}

static void cut(struct id session, enum session_why why, void *owner)
{
	struct site *s = owner;

	s->cuts++;
	s->cut = session;
	s->cut_why = why;
}

static void on_change(void *owner)
{
}

static void tell_desk(struct session_desk *ret_desk, void *owner)
{
	const struct site *s = owner;

	*ret_desk = s->desk;
}

static const struct sessions_ops ops = { find_target, target_name, want,     serve,
					 cut,         on_change,   tell_desk };

static void on_permission(void *owner)
{
	struct site *s = owner;

	if (s->sessions)
		sessions_look(s->sessions);
}

static void start(struct site *s)
{
	s->sessions = sessions_new(&(struct sessions_config){ .loop = s->loop,
							      .hub = &s->hub,
							      .permission = s->permission,
							      .dir = s->dir,
							      .idle_ms = s->idle_ms,
							      .ceiling_ms = s->ceiling_ms,
							      .ops = &ops,
							      .owner = s });
}

static void turn(struct site *s, enum permission which, enum switch_state to)
{
	struct permissions now;

	assert_int_equal(permissions_turn(test_path(s->dir, "permissions.json"), which, to,
					  JSON_ABSENT_INT, &now),
			 0);
}

static struct site *begin(enum switch_state console)
{
	struct site *s = xcalloc(1, sizeof(*s));
	struct permissions first;

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	rand_greatest(true);
	log_set_level(LOG_ERROR);
	s->dir = test_dir("sessions");
	s->loop = s->hub.loop = loop_new();
	s->mfp = id_new();
	s->idle_ms = 15 * MINUTE;
	s->ceiling_ms = SESSIONS_CEILING_MS;
	permissions_first(&first);
	assert_int_equal(permissions_save(test_path(s->dir, "permissions.json"), &first), 0);
	turn(s, PERMISSION_CONSOLE, console);
	s->permission =
		permission_open(s->loop, test_path(s->dir, "permissions.json"), on_permission, s);
	start(s);
	return s;
}

static void finish(struct site *s)
{
	sessions_free(&s->sessions);
	permission_close(&s->permission);
	loop_free(&s->loop);
	free(s);
}

static bool never(void *arg)
{
	return false;
}

static bool always(void *arg)
{
	return true;
}

static void pass(struct site *s, int64_t ms)
{
	loop_skip_until(s->loop, never, always, s, ms);
}

static struct id ask_for(struct site *s, struct id session, struct id target)
{
	struct command c = { .n = ++s->n,
			     .kind = COMMAND_OPEN_SESSION,
			     .session = session,
			     .target = target,
			     .reason = "zzreason",
			     .by = "zzname",
			     .ask_until_ms = clock_wall_ms() + s->hub.offset_ms + 15 * MINUTE };

	sessions_command(s->sessions, &c);
	return session;
}

static struct id ask(struct site *s)
{
	return ask_for(s, id_new(), (struct id){});
}

static void close_it(struct site *s, struct id session)
{
	sessions_command(s->sessions,
			 &(struct command){ .kind = COMMAND_CLOSE_SESSION, .session = session });
}

static void check_counts(struct site *s, unsigned waiting, unsigned open)
{
	unsigned w, o;

	sessions_counts(s->sessions, &w, &o);
	assert_int_equal(w, waiting);
	assert_int_equal(o, open);
	assert_int_equal(s->wanted, open > 0);
}

/* The last word that the hub has of it. */
static const struct told *last_told(struct site *s, struct id session)
{
	const struct told *last = NULL;

	pass(s, SECOND);
	for (size_t i = 0; i < s->hub.told_len; i++)
		if (id_eq(s->hub.told[i].session, session))
			last = &s->hub.told[i];
	assert_non_null(last);
	return last;
}

static void check_told(struct site *s, struct id session, int state, int why)
{
	const struct told *last = last_told(s, session);

	assert_string_equal(session_state_names[last->word.state], session_state_names[state]);
	assert_int_equal(last->word.why, why);
}

/* ---- a request of the tunnel's ---- */

struct asked {
	int status;
	char code[32];
};

static void see_headers(struct exchange *x, void *end)
{
	struct asked *a = end;

	a->status = exchange_status(x);
	for (size_t i = 0; exchange_answer_header(x, i); i++) {
		const struct http_header *h = exchange_answer_header(x, i);

		if (str_eq(h->name, STR("imprimatur-error")))
			snprintf(a->code, sizeof(a->code), "%.*s", (int)h->value.len, h->value.p);
	}
}

static void leave_at_end(struct exchange *x, void *end)
{
	if (exchange_ended(x, SOURCE))
		exchange_leave(x, SOURCE);
}

static void no_consumed(struct exchange *x, size_t n, void *end)
{
}

static void aborted(struct exchange *x, int why, void *end)
{
}

static struct asked request(struct site *s, const char *session)
{
	static const struct end_ops source = { .headers = see_headers,
					       .kick = leave_at_end,
					       .consumed = no_consumed,
					       .abort = aborted };
	struct asked a = {};
	struct exchange *x =
		exchange_new(s->loop, &(struct exchange_from){ "test", true }, &source, &a);
	struct http_header *h = ARENA_NEW(exchange_arena(x), struct http_header);

	*h = (struct http_header){ STR("imprimatur-session"), str_of(session) };
	exchange_set_request(x, &(struct http_request){ .method = METHOD_GET,
							.method_text = STR("GET"),
							.authority = STR("x.example.test"),
							.path = STR("/"),
							.headers = h,
							.headers_len = 1 });
	exchange_put_end(x, SOURCE);
	sessions_on_request(s->sessions, x);
	pass(s, 1);
	return a;
}

static struct asked request_of(struct site *s, struct id session)
{
	char text[ID_TEXT_MAX];

	id_encode(ID_SESS, session, text);
	return request(s, text);
}

/* ---- tests ---- */

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
	assert_int_equal(sessions_approve(s->sessions, b), 0);
	check_counts(s, 1, 1);
	check_told(s, b, SESSION_OPEN, -1);
	check_told(s, a, SESSION_WAITING, -1);
	assert_string_equal(request_of(s, a).code, "session_not_open");
	assert_int_equal(sessions_refuse(s->sessions, a), 0);
	check_told(s, a, SESSION_REFUSED, WHY_CUSTOMER);
	/* Said once, it is said. */
	assert_int_equal(sessions_approve(s->sessions, a), ERR_NO_SESSION);
	assert_int_equal(sessions_refuse(s->sessions, b), ERR_NO_SESSION);
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

	assert_int_equal(sessions_approve(s->sessions, open), 0);
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
}

TEST(what_on_opened_ends_when_somebody_has_to_be_asked)
{
	struct site *s = begin(SWITCH_ON);
	struct id a = ask(s), b;

	turn(s, PERMISSION_CONSOLE, SWITCH_ASK);
	pass(s, SECOND);
	check_told(s, a, SESSION_ENDED, WHY_SWITCHED_OFF);
	b = ask(s);
	assert_int_equal(sessions_approve(s->sessions, b), 0);
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

TEST(R9_an_id_is_good_for_one_visit)
{
	struct site *s = begin(SWITCH_ASK);
	struct id a = ask(s);

	ask_for(s, a, (struct id){}); /* replayed */
	check_counts(s, 1, 0);
	assert_int_equal(sessions_approve(s->sessions, a), 0);
	ask_for(s, a, (struct id){});
	check_counts(s, 0, 1);
	close_it(s, a);
	close_it(s, a);
	turn(s, PERMISSION_CONSOLE, SWITCH_ON);
	ask_for(s, a, (struct id){});
	check_counts(s, 0, 0);
	check_told(s, a, SESSION_ENDED, WHY_TECHNICIAN);
	/* Nor after a restart. */
	sessions_free(&s->sessions);
	start(s);
	ask_for(s, a, (struct id){});
	check_counts(s, 0, 0);
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

TEST(three_may_wait_eight_be_open_and_ten_be_asked_for_an_hour)
{
	struct site *s = begin(SWITCH_ASK);
	struct id ids[12];

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
	ids[10] = ask(s); /* there is room, but it is the eleventh */
	check_told(s, ids[10], SESSION_REFUSED, WHY_TOO_MANY);
	pass(s, SESSIONS_ASK_MS);
	ids[11] = ask(s);
	check_told(s, ids[11], SESSION_OPEN, -1);
	finish(s);
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
	assert_true(sessions_past(s->sessions, &mem).len <= SESSIONS_ASKS);
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
	sessions_online(s->sessions);
	check_told(s, a, SESSION_ENDED, WHY_TECHNICIAN);
	assert_int_equal(s->hub.told_len, 1);
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

TEST(after_a_crash_what_was_open_is_told_as_ended)
{
	struct site *s = begin(SWITCH_ASK);
	struct id open = ask(s), waiting = ask(s);

	assert_int_equal(sessions_approve(s->sessions, open), 0);
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

	assert_int_equal(sessions_approve(s->sessions, a), 0);
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

	assert_int_equal(sessions_approve(s->sessions, a), 0);
	ask(s);
	sessions_end_all(s->sessions, WHY_REVOKED);
	check_counts(s, 0, 0);
	assert_int_equal(s->cut_why, WHY_REVOKED);
	finish(s);
}

static void turn_until(struct site *s, int64_t until_ms)
{
	struct permissions now;

	assert_int_equal(permissions_turn(test_path(s->dir, "permissions.json"), PERMISSION_CONSOLE,
					  SWITCH_ON, until_ms, &now),
			 0);
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
	check_told(s, a, SESSION_ENDED, WHY_SWITCHED_OFF);
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
	assert_int_equal(sessions_approve(s->sessions, b), 0);
	assert_int_equal(last_told(s, b)->word.state, SESSION_OPEN);
	assert_int_equal(last_told(s, b)->word.desk_count, JSON_ABSENT_INT);
	s->hub.refuses_desk = true; /* it is older: told without */
	assert_int_equal(last_told(s, ask(s))->word.state, SESSION_WAITING);
	check_counts(s, 2, 1);
	finish(s);
}

/* ---- more time ---- */

static struct site *begin_long(enum switch_state may)
{
	struct site *s = begin(may);

	sessions_free(&s->sessions);
	s->idle_ms = 60 * (int64_t)MINUTE;
	s->ceiling_ms = 4 * (int64_t)MINUTE;
	start(s);
	return s;
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

TEST(more_time_is_asked_for_and_given_by_a_yes_and_counts_from_then)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct id a = ask(s);
	int64_t first;

	assert_int_equal(sessions_approve(s->sessions, a), 0);
	first = last_told(s, a)->word.ends_ms;
	pass(s, 2 * MINUTE);
	ask_for(s, a, (struct id){});
	assert_true(asks_more(s));
	assert_int_equal(last_told(s, a)->word.ends_ms, first);
	assert_int_equal(sessions_approve(s->sessions, a), 0);
	assert_false(asks_more(s));
	assert_in_range(last_told(s, a)->word.ends_ms - first, 2 * MINUTE, 3 * MINUTE);
	pass(s, 3 * MINUTE);
	check_counts(s, 0, 1);
	pass(s, 2 * MINUTE);
	check_told(s, a, SESSION_ENDED, WHY_CEILING);
	finish(s);
}

TEST(a_no_and_no_answer_leave_the_end_where_it_is)
{
	struct site *s = begin_long(SWITCH_ASK);
	struct command c = { .kind = COMMAND_OPEN_SESSION, .reason = "r", .by = "b" };
	struct id a = ask(s);
	int64_t first;

	assert_int_equal(sessions_approve(s->sessions, a), 0);
	first = last_told(s, a)->word.ends_ms;
	pass(s, 10 * SECOND);
	ask_for(s, a, (struct id){});
	assert_int_equal(sessions_refuse(s->sessions, a), 0);
	assert_false(asks_more(s));
	c.session = a;
	c.ask_until_ms = clock_wall_ms() + s->hub.offset_ms + 16 * MINUTE;
	s->hub.offset_ms += 15 * MINUTE; /* a minute is left of it */
	sessions_command(s->sessions, &c);
	assert_true(asks_more(s));
	pass(s, 70 * SECOND);
	assert_false(asks_more(s));
	assert_int_equal(sessions_approve(s->sessions, a), ERR_NO_SESSION);
	assert_int_equal(last_told(s, a)->word.ends_ms, first);
	check_counts(s, 0, 1);
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
		cmocka_unit_test(R9_an_id_is_good_for_one_visit),
		cmocka_unit_test(R9_a_session_that_was_never_asked_for_is_served_nothing),
		cmocka_unit_test(three_may_wait_eight_be_open_and_ten_be_asked_for_an_hour),
		cmocka_unit_test(a_flood_of_asks_pushes_no_visit_out_of_what_is_kept),
		cmocka_unit_test(the_ceiling_and_the_idle_limit_run_here),
		cmocka_unit_test(a_hub_that_hears_badly_is_told_until_it_has_heard),
		cmocka_unit_test(a_session_that_the_hub_does_not_know_ends),
		cmocka_unit_test(after_a_crash_what_was_open_is_told_as_ended),
		cmocka_unit_test(R61_no_name_and_no_reason_is_written_down),
		cmocka_unit_test(everything_ends_when_consent_does),
		cmocka_unit_test(the_first_end_is_told_and_again_when_it_moves),
		cmocka_unit_test(R61_how_many_may_say_yes_is_told_and_no_more),
		cmocka_unit_test(more_time_is_asked_for_and_given_by_a_yes_and_counts_from_then),
		cmocka_unit_test(a_no_and_no_answer_leave_the_end_where_it_is),
		cmocka_unit_test(
			R9_where_nobody_is_asked_more_time_is_given_at_once_and_never_by_the_same_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
