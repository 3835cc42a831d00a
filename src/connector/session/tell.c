/* tell.c - what has become of sessions, told to the hub until it has heard it.
 *
 * One call at a time; what is told is what holds when the call begins, so that a state which was
 * left meanwhile is passed over.  Ends come from sessions.json, so that they survive a crash. */
#include "connector/session/slice.h"
#include "base/err.h"
#include "base/log.h"
#include "connector/hub.h"
#include "connector/permission.h"
#include "wire/messages.h"
#include <stdio.h>
#include <string.h>

#define SLOW_MS 60000 /* where trying soon cannot help */

static void begin(struct sessions *s, struct id id, const struct session_told *told);

static struct session_told told_of(int state, int why)
{
	struct session_told told;

	json_init(&session_told_schema, &told);
	told.state = state;
	told.why = why;
	return told;
}

/* Who may say yes; a hub that knows nothing of it is told without. */
static void add_desk(struct sessions *s, struct session_told *told)
{
	struct session_desk desk = {};

	if (!(s->no_more & TOLD_DESK))
		s->cfg.ops->desk(&desk, s->cfg.owner);
	if (desk.count == 0)
		return;
	told->desk_name = desk.name;
	told->desk_count = desk.count;
	s->told_more = TOLD_DESK;
}

static bool says_no(const struct sessions *s, const struct visit *v)
{
	return v->more_no.ask_ms != JSON_ABSENT_INT && !(s->no_more & TOLD_NO);
}

static void add_no(struct sessions *s, const struct visit *v, struct session_told *told)
{
	s->telling_no_ms = JSON_ABSENT_INT;
	if (!says_no(s, v))
		return;
	told->more_why = (int)v->more_no.why;
	told->more_ask_ms = s->telling_no_ms = v->more_no.ask_ms;
	s->told_more = TOLD_NO;
}

/* A hub that does not know the word is told what it was before. */
static int why_for(struct sessions *s, int why)
{
	if (why != WHY_TIME_OVER)
		return why;
	if (s->no_more & TOLD_TIME_OVER)
		return WHY_SWITCHED_OFF;
	s->told_more = TOLD_TIME_OVER;
	return why;
}

static bool tell_visit(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		const struct visit *v = &s->visits[i];
		bool open = v->sm.state == VISIT_OPEN;
		struct session_told told = told_of(open ? SESSION_OPEN : SESSION_WAITING, -1);

		if (v->sm.state == VISIT_NONE ||
		    (v->told_state == told.state && !(open && says_no(s, v))))
			continue;
		s->telling_until_ms = v->until_ms;
		if (open) {
			told.ends_ms = v->until_ms + hub_clock_offset_ms(s->cfg.hub);
			add_no(s, v, &told);
		} else {
			add_desk(s, &told);
		}
		begin(s, v->pub.id, &told);
		return true;
	}
	return false;
}

static bool tell_past(struct sessions *s)
{
	for (size_t i = 0; i < s->past.len; i++) {
		const struct past_session *p = &s->past.items[i];
		struct session_told told = told_of(p->state, -1);

		if (p->told == JSON_TRUE || !session_is_over((enum session_state)p->state))
			continue;
		told.why = why_for(s, p->why);
		told.bytes_up = p->bytes_up;
		told.bytes_down = p->bytes_down;
		told.requests = p->requests;
		begin(s, p->id, &told);
		return true;
	}
	return false;
}

static bool tell_refused(struct sessions *s)
{
	struct session_told told;

	if (s->refused_len == 0)
		return false;
	told = told_of(SESSION_REFUSED, (int)s->refused[0].why);
	begin(s, s->refused[0].id, &told);
	return true;
}

void sessions_tell(struct sessions *s)
{
	if (s->stopped || s->call || timer_running(&s->retry) ||
	    permission_silent(s->cfg.permission))
		return;
	s->told_more = 0;
	if (!tell_visit(s) && !tell_past(s))
		(void)tell_refused(s);
}

/* It will not become better by being said again. */
static bool is_final(const struct hub_answer *a)
{
	return a->status >= 400 && a->status < 500 && a->status != 401 && a->status != 403 &&
	       a->status != 408 && a->status != 429 && a->rc != ERR_NOT_HUB &&
	       a->rc != ERR_PROXY_AUTH;
}

/* The hub has ended it, or never asked for it. */
static void over_there(struct sessions *s, struct visit *v, const struct hub_answer *a)
{
	enum session_why why = WHY_TECHNICIAN;
	struct json_problem unused;
	struct arena mem = {};
	struct problem p;

	if (a->body.len &&
	    json_decode(&problem_schema, a->body.p, a->body.len, &mem, &p, &unused) == 0)
		why = sessions_why_closed(v, p.why);
	arena_done(&mem);
	sessions_over(s, v, SESSION_ENDED, why);
}

static void note_told(struct sessions *s, const struct hub_answer *a)
{
	struct visit *v = sessions_find(s, s->telling);
	struct past_session *p = past_find(&s->past, s->telling);

	if (v && !session_is_over((enum session_state)s->telling_state)) {
		/* Its end may have become another meanwhile: then it is told again. */
		if (s->telling_state != SESSION_OPEN || v->until_ms == s->telling_until_ms)
			v->told_state = s->telling_state;
		/* Asked again meanwhile, there is another answer. */
		if (v->more_no.ask_ms == s->telling_no_ms)
			v->more_no.ask_ms = JSON_ABSENT_INT;
		if (a->rc < 0)
			over_there(s, v, a);
		return;
	}
	for (size_t i = 0; i < s->refused_len; i++) {
		if (!id_eq(s->refused[i].id, s->telling))
			continue;
		s->refused_len--;
		memmove(&s->refused[i], &s->refused[i + 1],
			(s->refused_len - i) * sizeof(s->refused[0]));
		return;
	}
	if (p && p->state == s->telling_state) {
		p->told = JSON_TRUE;
		if (past_save(s->cfg.dir, &s->past) < 0)
			log_event(EV_OUTBOX_FAILED, "code=%s", "sessions");
	}
}

static void on_told(const struct hub_answer *a, void *owner)
{
	struct sessions *s = owner;

	s->call = NULL;
	if (a->status == 400 && s->told_more) {
		s->no_more |= s->told_more;
		return sessions_tell(s);
	}
	if (a->rc == 0 || is_final(a)) {
		backoff_reset(&s->backoff);
		note_told(s, a);
		return sessions_tell(s);
	}
	timer_start(s->cfg.loop, &s->retry,
		    backoff_next_ms(&s->backoff) + 1 + a->retry_after_ms +
			    (a->status == 401 || a->status == 403 ? SLOW_MS : 0));
}

static void begin(struct sessions *s, struct id id, const struct session_told *told)
{
	struct buf body = buf_new(KIB);
	char text[ID_TEXT_MAX], path[64 + ID_TEXT_MAX];

	id_encode(ID_SESS, id, text);
	snprintf(path, sizeof(path), "/c/v1/sessions/%s", text);
	json_encode(&session_told_schema, told, 0, &body);
	s->telling = id;
	s->telling_state = told->state;
	s->call = hub_call(s->cfg.hub,
			   &(struct hub_request){ .method = "POST",
						  .path = path,
						  .type = MEDIA_JSON,
						  .body = buf_str(&body) },
			   on_told, s);
	buf_done(&body);
}

static void on_retry(struct timer *t)
{
	sessions_tell(CONTAINER_OF(t, struct sessions, retry));
}

/* Who may say yes is nowhere but in the memory of a hub, which may be another one now. */
static void tell_desk_again(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->visits[i].sm.state == VISIT_WAITING)
			s->visits[i].told_state = -1;
}

void sessions_online(struct sessions *s, bool back)
{
	if (back)
		tell_desk_again(s);
	else if (!timer_running(&s->retry))
		return;
	timer_stop(s->cfg.loop, &s->retry);
	sessions_tell(s);
}

void teller_init(struct sessions *s)
{
	timer_init(&s->retry, on_retry);
}

void teller_done(struct sessions *s)
{
	hub_cancel(&s->call);
	timer_stop(s->cfg.loop, &s->retry);
}
