/* test_visits.c - see test_visits.h. */
#include "base/test.h"

#include "connector/session/test_visits.h"

#include "base/clock.h"
#include "base/err.h"
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

/* ---- the hub ---- */

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
	bool refused = c->hub->old && (c->told.word.desk_count != JSON_ABSENT_INT ||
				       c->told.word.more_ask_ms != JSON_ABSENT_INT ||
				       c->told.word.why == WHY_TIME_OVER);
	int answer = refused ? ERR_INVALID : c->hub->answer;
	struct hub_answer a = { .rc = answer,
				.status = answer ? err_status(answer) : 204,
				.issuer = "",
				.detail = "" };
	char body[128];

	if (c->hub->why) {
		snprintf(body, sizeof(body), "{\"code\":\"session_over\",\"why\":\"%s\"}",
			 c->hub->why);
		a.body = str_of(body);
	}
	if (c->hub->answer == ERR_UNREACHABLE)
		a.status = 0;
	if (c->hub->answer == ERR_PROXY_AUTH)
		a.status = 407; /* the proxy's own */
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

void start(struct site *s)
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

void turn(struct site *s, enum permission which, enum switch_state to)
{
	struct permissions now;

	assert_int_equal(permissions_turn(test_path(s->dir, "permissions.json"), which, to,
					  JSON_ABSENT_INT, &now),
			 0);
}

void turn_until(struct site *s, int64_t until_ms)
{
	struct permissions now;

	assert_int_equal(permissions_turn(test_path(s->dir, "permissions.json"), PERMISSION_CONSOLE,
					  SWITCH_ON, until_ms, &now),
			 0);
}

struct site *begin(enum switch_state console)
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

void finish(struct site *s)
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

void pass(struct site *s, int64_t ms)
{
	loop_skip_until(s->loop, never, always, s, ms);
}

struct id ask_for(struct site *s, struct id session, struct id target)
{
	struct command c = { .n = ++s->n,
			     .kind = COMMAND_OPEN_SESSION,
			     .session = session,
			     .target = target,
			     .reason = "zzreason",
			     .by = "zzname",
			     .ask_until_ms = clock_wall_ms() + s->hub.offset_ms + 15 * MINUTE };

	s->asked = c;
	sessions_command(s->sessions, &c);
	return session;
}

void replay(struct site *s)
{
	s->asked.n = ++s->n;
	sessions_command(s->sessions, &s->asked);
}

struct id ask(struct site *s)
{
	return ask_for(s, id_new(), (struct id){});
}

void close_for(struct site *s, struct id session, const char *why)
{
	sessions_command(
		s->sessions,
		&(struct command){ .kind = COMMAND_CLOSE_SESSION, .session = session, .why = why });
}

void close_it(struct site *s, struct id session)
{
	close_for(s, session, NULL);
}

void check_counts(struct site *s, unsigned waiting, unsigned open)
{
	unsigned w, o;

	sessions_counts(s->sessions, &w, &o);
	assert_int_equal(w, waiting);
	assert_int_equal(o, open);
	assert_int_equal(s->wanted, open > 0);
}

/* The last word that the hub has of it. */
const struct told *last_told(struct site *s, struct id session)
{
	const struct told *last = NULL;

	pass(s, SECOND);
	for (size_t i = 0; i < s->hub.told_len; i++)
		if (id_eq(s->hub.told[i].session, session))
			last = &s->hub.told[i];
	assert_non_null(last);
	return last;
}

struct past_session last_past(struct site *s)
{
	struct arena mem = {};
	struct json_list past = sessions_past(s->sessions, &mem);
	struct past_session last = *(const struct past_session *)past.items[0];

	arena_done(&mem);
	return last;
}

void check_told(struct site *s, struct id session, int state, int why)
{
	const struct told *last = last_told(s, session);

	assert_string_equal(session_state_names[last->word.state], session_state_names[state]);
	assert_int_equal(last->word.why, why);
}

/* ---- a request of the tunnel's ---- */

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

struct asked request(struct site *s, const char *session)
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

struct asked request_of(struct site *s, struct id session)
{
	char text[ID_TEXT_MAX];

	id_encode(ID_SESS, session, text);
	return request(s, text);
}
