/* sessions.c - the table of visits and what moves them; see session.h.  Telling the hub is
 * tell.c's.
 */
#include "connector/session/slice.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "connector/hub.h"
#include "connector/permission.h"
#include "net/exchange.h"
#include "wire/commands.h"
#include "wire/tunnel.h"
#include <stdlib.h>
#include <string.h>

/*   NONE --asked for--> WAITING --yes, or the switch is on--> OPEN --any end--> NONE
 *     '------the switch is on----------------------------------^
 * Each deadline is the visit's own: until when a yes counts, and how long it may last. */
/* clang-format off */
static const struct sm_state states[] = {
	[VISIT_NONE] =    { "none",    SM_TO(VISIT_WAITING) | SM_TO(VISIT_OPEN), 0 },
	[VISIT_WAITING] = { "waiting", SM_TO(VISIT_OPEN) | SM_TO(VISIT_NONE),    SESSIONS_WAIT_MS },
	[VISIT_OPEN] =    { "open",    SM_TO(VISIT_NONE),                        SESSIONS_CEILING_MS },
};
/* clang-format on */

static void arm(struct sm *sm, int64_t deadline_ms)
{
	struct visit *v = CONTAINER_OF(sm, struct visit, sm);

	timer_stop(v->all->cfg.loop, &v->timer);
	if (deadline_ms)
		timer_start(v->all->cfg.loop, &v->timer, deadline_ms);
}

/* How much of an open visit a power cut may take along. */
#define NOTE_MS (60 * 1000)

static enum switch_state switch_of(struct sessions *s, const struct visit *v)
{
	return permission_ask(s->cfg.permission, target_permission(v->pub.kind));
}

struct visit *sessions_find(struct sessions *s, struct id id)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->visits[i].sm.state != VISIT_NONE && id_eq(s->visits[i].pub.id, id))
			return &s->visits[i];
	return NULL;
}

static size_t count(const struct sessions *s, int state)
{
	size_t n = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		n += s->visits[i].sm.state == state;
	return n;
}

/* An answer: to be opened, or to last longer. */
static bool awaits(const struct visit *v)
{
	return v->sm.state == VISIT_WAITING ||
	       (v->sm.state == VISIT_OPEN && v->more_ms != JSON_ABSENT_INT);
}

static unsigned questions(const struct sessions *s)
{
	unsigned n = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		n += awaits(&s->visits[i]);
	return n;
}

void sessions_counts(const struct sessions *s, unsigned *ret_waiting, unsigned *ret_open)
{
	*ret_waiting = questions(s);
	*ret_open = (unsigned)count(s, VISIT_OPEN);
}

static void changed(struct sessions *s)
{
	/* Those that wait are looked at when the switches change: sessions_look(). */
	if (count(s, VISIT_OPEN) && !timer_running(&s->look))
		timer_start(s->cfg.loop, &s->look, SESSIONS_LOOK_MS);
	loop_later(s->cfg.loop, &s->news);
}

static void save(struct sessions *s)
{
	if (!s->stopped && past_save(s->cfg.dir, &s->past) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "sessions");
}

static void log_session(struct id session, int state, int why)
{
	char id[ID_TEXT_MAX];

	id_encode(ID_SESS, session, id);
	log_event(EV_SESSION, "session=%s state=%s why=%s", id, session_state_names[state],
		  why < 0 ? "none" : session_why_names[why]);
}

/* --- the moves ---------------------------------------------------------------------------------
 */

/* In the record that stays. */
static void note(struct sessions *s, struct id id, int kind, int state, int why,
		 const struct visit *v)
{
	struct past_session *p = past_find(&s->past, id);

	if (!p)
		p = past_add(&s->past, id);
	p->kind = kind;
	p->state = state;
	p->why = why;
	p->told = JSON_UNSAID;
	p->seen_ms = clock_wall_ms();
	if (session_is_over((enum session_state)state))
		p->ended_ms = p->seen_ms;
	if (v) {
		p->opened_ms = v->opened_ms;
		p->bytes_up = v->counts.bytes_up;
		p->bytes_down = v->counts.bytes_down;
		p->requests = v->counts.requests;
	}
	save(s);
}

static void free_texts(struct visit *v)
{
	if (v->by)
		secret_wipe(v->by, strlen(v->by));
	if (v->reason)
		secret_wipe(v->reason, strlen(v->reason));
	free(v->by);
	free(v->reason);
	v->by = v->reason = NULL;
}

/* What is under way ends first; then it is written, and told. */
void sessions_over(struct sessions *s, struct visit *v, enum session_state state,
		   enum session_why why)
{
	bool was_open = v->sm.state == VISIT_OPEN;
	struct id id = v->pub.id;

	sm_go(&v->sm, VISIT_NONE);
	if (was_open)
		s->cfg.ops->cut(id, why, s->cfg.owner);
	log_session(id, (int)state, (int)why);
	note(s, id, (int)v->pub.kind, (int)state, (int)why, v);
	free_texts(v);
	if (was_open && count(s, VISIT_OPEN) == 0)
		s->cfg.ops->want(false, s->cfg.owner);
	changed(s);
	sessions_tell(s);
}

static void end(struct sessions *s, struct visit *v, enum session_why why)
{
	sessions_over(s, v, v->sm.state == VISIT_OPEN ? SESSION_ENDED : SESSION_REFUSED, why);
}

/* When it ends at the latest, as things are now, if its ceiling counts from `from_ms` and the
 * switch has to be `needed`: by that, or because the customer's hours, windows or the end of `on`
 * come first. */
static int64_t end_from(struct sessions *s, const struct visit *v, enum switch_state needed,
			int64_t from_ms)
{
	enum permission which = target_permission(v->pub.kind);
	int64_t until_ms = from_ms + s->cfg.ceiling_ms;
	int64_t allowed_ms = permissions_until(permission_rules(s->cfg.permission), which, needed,
					       clock_wall_ms());

	return allowed_ms < until_ms ? allowed_ms : until_ms;
}

/* A yes is worth its ceiling and no more, also to a visit that `on` has given more time since. */
static bool yes_counts(const struct sessions *s, const struct visit *v)
{
	return v->approved && clock_mono_ms() - v->yes_at < s->cfg.ceiling_ms;
}

static void say_yes(struct visit *v)
{
	v->approved = true;
	v->on_gave = false;
	v->yes_ms = clock_wall_ms();
	v->yes_at = clock_mono_ms();
}

/* What has changed is told. */
static void see_end(struct sessions *s, struct visit *v)
{
	bool on = switch_of(s, v) == SWITCH_ON;
	int64_t until_ms = v->approved ? end_from(s, v, SWITCH_ASK, v->yes_ms) : 0;

	if (!on && !v->approved) /* look_at() ends it */
		return;
	if (on && end_from(s, v, SWITCH_ON, v->from_ms) > until_ms)
		until_ms = end_from(s, v, SWITCH_ON, v->from_ms);
	if (until_ms == v->until_ms)
		return;
	v->until_ms = until_ms;
	v->told_state = -1;
}

static void see_off(struct sessions *s, struct visit *v)
{
	v->off_ms = permissions_until(permission_rules(s->cfg.permission),
				      target_permission(v->pub.kind), SWITCH_ASK, clock_wall_ms());
}

static void open_visit(struct sessions *s, struct visit *v)
{
	v->opened_ms = v->from_ms = clock_wall_ms();
	see_end(s, v);
	v->moved = 0;
	v->moved_at = v->noted_at = clock_mono_ms();
	sm_go_for(&v->sm, VISIT_OPEN, s->cfg.ceiling_ms);
	log_session(v->pub.id, SESSION_OPEN, -1);
	note(s, v->pub.id, (int)v->pub.kind, SESSION_OPEN, -1, v);
	s->cfg.ops->want(true, s->cfg.owner);
	changed(s);
	sessions_tell(s);
}

static void forget_more(struct visit *v)
{
	v->more_ms = JSON_ABSENT_INT;
	v->more_no.ask_ms = JSON_ABSENT_INT;
}

/* The hub's last question for more time is answered: the end stays. */
static void refuse_more(struct sessions *s, struct visit *v, enum session_why why)
{
	forget_more(v);
	v->more_no = (struct no){ v->ask_until_ms, why };
	changed(s);
	sessions_tell(s);
}

/* Its ceiling counts anew: by a yes, or by a switch that is `on`. */
static void extend(struct sessions *s, struct visit *v)
{
	forget_more(v);
	v->from_ms = clock_wall_ms();
	arm(&v->sm, s->cfg.ceiling_ms);
	see_end(s, v);
	log_session(v->pub.id, SESSION_OPEN, -1);
	changed(s);
	sessions_tell(s);
}

static void on_deadline(struct timer *t)
{
	struct visit *v = CONTAINER_OF(t, struct visit, timer);

	end(v->all, v, v->sm.state == VISIT_OPEN ? WHY_CEILING : WHY_UNANSWERED);
}

/* --- looking again -----------------------------------------------------------------------------
 */

static bool is_idle(struct sessions *s, struct visit *v, int64_t now)
{
	int64_t moved = v->counts.bytes_up + v->counts.bytes_down + v->counts.requests;

	if (moved != v->moved) {
		v->moved = moved;
		v->moved_at = now;
	}
	return now - v->moved_at >= s->cfg.idle_ms;
}

/* For a process that comes after this one without having been told. */
static void note_open(struct sessions *s, struct visit *v)
{
	int64_t now = clock_mono_ms();

	if (now - v->noted_at < NOTE_MS)
		return;
	v->noted_at = now;
	note(s, v->pub.id, (int)v->pub.kind, SESSION_OPEN, -1, v);
}

/* Less than it needs holds now: because the end has come that was foreseen, or because the customer
 * has set something else since. */
static enum session_why why_not_any_more(const struct visit *v)
{
	int64_t end_ms = v->sm.state == VISIT_OPEN ? v->until_ms : v->off_ms;

	return clock_wall_ms() >= end_ms ? WHY_TIME_OVER : WHY_SWITCHED_OFF;
}

/* Whether it may go on, as each request asks. */
static void look_at(struct sessions *s, struct visit *v)
{
	enum switch_state now = switch_of(s, v);

	if (now == SWITCH_OFF)
		return end(s, v, why_not_any_more(v));
	if (v->sm.state == VISIT_WAITING && now == SWITCH_ON)
		return open_visit(s, v);
	if (v->sm.state != VISIT_OPEN) {
		see_off(s, v);
		return;
	}
	/* It is open because nobody had to be asked; now somebody has to. */
	if (now == SWITCH_ASK && !yes_counts(s, v))
		return end(s, v, v->approved && !v->on_gave ? WHY_CEILING : why_not_any_more(v));
	if (is_idle(s, v, clock_mono_ms()))
		return end(s, v, WHY_IDLE);
	if (v->more_ms != JSON_ABSENT_INT && clock_mono_ms() >= v->more_at)
		refuse_more(s, v, WHY_UNANSWERED);
}

void sessions_look(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct visit *v = &s->visits[i];

		if (v->sm.state != VISIT_NONE)
			look_at(s, v);
		if (v->sm.state != VISIT_OPEN)
			continue;
		see_end(s, v);
		note_open(s, v);
	}
	sessions_tell(s);
}

static void on_look(struct timer *t)
{
	struct sessions *s = CONTAINER_OF(t, struct sessions, look);

	if (count(s, VISIT_OPEN) == 0)
		return;
	timer_start(s->cfg.loop, t, SESSIONS_LOOK_MS);
	sessions_look(s);
}

/* --- what the hub asks -------------------------------------------------------------------------
 */

/* Never in sessions.json: a flood of asks must not push out what really was. */
static void refuse_unnoted(struct sessions *s, struct id id, enum session_why why)
{
	size_t at = s->refused_len;

	log_session(id, SESSION_REFUSED, (int)why);
	if (at == REFUSED_MAX) {
		memmove(&s->refused[0], &s->refused[1], (REFUSED_MAX - 1) * sizeof(s->refused[0]));
		at--;
	}
	s->refused[at] = (struct refused){ id, why };
	s->refused_len = at + 1;
	sessions_tell(s);
}

static void refuse(struct sessions *s, const struct command *c, enum target_kind kind,
		   enum session_why why)
{
	log_session(c->session, SESSION_REFUSED, (int)why);
	note(s, c->session, (int)kind, SESSION_REFUSED, (int)why, NULL);
	changed(s);
	sessions_tell(s);
}

/* How long a yes would count: at most SESSIONS_WAIT_MS, the hub may say less. */
static int64_t wait_ms(const struct sessions *s, const struct command *c)
{
	int64_t left_ms = c->ask_until_ms - (clock_wall_ms() + hub_clock_offset_ms(s->cfg.hub));

	return left_ms < SESSIONS_WAIT_MS ? left_ms : SESSIONS_WAIT_MS;
}

static struct visit *free_visit(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->visits[i].sm.state == VISIT_NONE)
			return &s->visits[i];
	return NULL;
}

/* One question more is put to the customer. */
static bool may_ask(struct sessions *s)
{
	return questions(s) < SESSIONS_WAITING &&
	       rate_take(&s->asks, STR("asks"), clock_mono_ms(), NULL);
}

/* A switch is no secret to its hub; that there is a place is looked at only where one is needed. */
static void begin(struct sessions *s, const struct command *c, enum target_kind kind, int64_t ms)
{
	enum switch_state may = permission_ask(s->cfg.permission, target_permission(kind));
	struct visit *v = free_visit(s);

	if (may == SWITCH_OFF)
		return refuse(s, c, kind, WHY_NOT_ALLOWED);
	if (ms <= 0)
		return refuse(s, c, kind, WHY_UNANSWERED);
	if (!v || (may == SWITCH_ASK && !may_ask(s)))
		return refuse_unnoted(s, c->session, WHY_TOO_MANY);
	v->pub = (struct session_visit){ c->session, c->target, kind, &v->counts };
	v->counts = (struct session_counts){};
	v->by = xstrdup(c->by);
	v->reason = xstrdup(c->reason);
	v->approved = v->on_gave = false;
	v->question = 0;
	v->told_state = -1;
	v->asked_ms = clock_wall_ms();
	v->ask_until_ms = c->ask_until_ms;
	forget_more(v);
	v->opened_ms = JSON_ABSENT_INT;
	v->until_ms = v->asked_ms + ms;
	if (may == SWITCH_ON)
		return open_visit(s, v);
	v->question = 1;
	see_off(s, v);
	sm_go_for(&v->sm, VISIT_WAITING, ms);
	log_session(c->session, SESSION_WAITING, -1);
	note(s, c->session, (int)kind, SESSION_WAITING, -1, v);
	changed(s);
	sessions_tell(s);
}

static bool was_refused(const struct sessions *s, struct id id)
{
	for (size_t i = 0; i < s->refused_len; i++)
		if (id_eq(s->refused[i].id, id))
			return true;
	return false;
}

/* An id is good once.  What became of it is told again: the hub seems not to know. */
static bool is_known(struct sessions *s, struct id id)
{
	struct past_session *p = past_find(&s->past, id);

	if (p && session_is_over((enum session_state)p->state))
		p->told = JSON_UNSAID;
	if (p)
		sessions_tell(s);
	return p || was_refused(s, id);
}

/* More time for one that is open: by the same switch that opened it. */
static void ask_more(struct sessions *s, struct visit *v, const struct command *c)
{
	int64_t ms = wait_ms(s, c), now_ms = clock_wall_ms();

	/* The command that opened it comes again if its receipt was lost. */
	if (c->ask_until_ms <= v->ask_until_ms)
		return;
	v->ask_until_ms = c->ask_until_ms;
	if (ms <= 0)
		return refuse_more(s, v, WHY_UNANSWERED);
	if (end_from(s, v, SWITCH_ASK, now_ms) <= v->until_ms)
		return refuse_more(s, v, WHY_NOT_ALLOWED);
	if (!rate_take(&s->wishes, STR("wishes"), clock_mono_ms(), NULL))
		return refuse_more(s, v, WHY_TOO_MANY);
	if (switch_of(s, v) == SWITCH_ON && end_from(s, v, SWITCH_ON, now_ms) > v->until_ms) {
		v->on_gave = true;
		return extend(s, v);
	}
	forget_more(v);
	if (!may_ask(s))
		return refuse_more(s, v, WHY_TOO_MANY);
	v->question++;
	v->more_ms = now_ms + ms;
	v->more_at = clock_mono_ms() + ms;
	changed(s);
}

static void take_open(struct sessions *s, const struct command *c)
{
	enum target_kind kind = TARGET_CONSOLE;
	struct visit *v = sessions_find(s, c->session);

	if (v && v->sm.state == VISIT_OPEN)
		return ask_more(s, v, c);
	if (is_known(s, c->session))
		return;
	if (!rate_take(&s->wishes, STR("wishes"), clock_mono_ms(), NULL))
		return refuse_unnoted(s, c->session, WHY_TOO_MANY);
	if (!s->cfg.ops->target(c->target, &kind, s->cfg.owner))
		return refuse(s, c, id_is_zero(c->target) ? TARGET_CONSOLE : TARGET_MFP,
			      WHY_NO_TARGET);
	begin(s, c, kind, wait_ms(s, c));
}

enum session_why sessions_why_closed(const struct visit *v, const char *word)
{
	if (word && strcmp(word, session_why_names[WHY_LOGIN_ENDED]) == 0)
		return WHY_LOGIN_ENDED;
	if (word && strcmp(word, session_why_names[WHY_UNANSWERED]) == 0 &&
	    v->sm.state == VISIT_WAITING)
		return WHY_UNANSWERED;
	return WHY_TECHNICIAN;
}

void sessions_command(struct sessions *s, const struct command *c)
{
	struct visit *v;

	if (s->stopped)
		return;
	if (c->kind == COMMAND_OPEN_SESSION)
		return take_open(s, c);
	if (c->kind != COMMAND_CLOSE_SESSION)
		return;
	v = sessions_find(s, c->session);
	if (v)
		sessions_over(s, v, SESSION_ENDED, sessions_why_closed(v, c->why));
}

/* --- what the customer says --------------------------------------------------------------------
 */

/* Why a word for it comes too late, or too early. */
static int state_error(struct sessions *s, const struct visit *v, struct id session)
{
	if (v)
		return v->sm.state == VISIT_OPEN ? ERR_SESSION_OPEN : ERR_SESSION_NOT_OPEN;
	return past_find(&s->past, session) ? ERR_SESSION_OVER : ERR_NO_SESSION;
}

static bool is_put(const struct visit *v, int64_t question)
{
	return v && awaits(v) && (question == JSON_ABSENT_INT || question == v->question);
}

int sessions_approve(struct sessions *s, struct id session, int64_t question)
{
	struct visit *v = sessions_find(s, session);

	if (!is_put(v, question))
		return state_error(s, v, session);
	/* What a person reads as allowed may have been switched off since. */
	if (switch_of(s, v) == SWITCH_OFF)
		return ERR_DENIED;
	say_yes(v);
	if (v->sm.state == VISIT_OPEN)
		extend(s, v);
	else
		open_visit(s, v);
	return 0;
}

int sessions_refuse(struct sessions *s, struct id session, int64_t question)
{
	struct visit *v = sessions_find(s, session);

	if (!is_put(v, question))
		return state_error(s, v, session);
	if (v->sm.state == VISIT_WAITING) {
		end(s, v, WHY_CUSTOMER);
		return 0;
	}
	refuse_more(s, v, WHY_CUSTOMER);
	return 0;
}

int sessions_end(struct sessions *s, struct id session)
{
	struct visit *v = sessions_find(s, session);

	if (!v || v->sm.state != VISIT_OPEN)
		return state_error(s, v, session);
	end(s, v, WHY_CUSTOMER);
	return 0;
}

/* A target of another kind is another right's. */
static bool has_target(const struct sessions *s, const struct visit *v)
{
	enum target_kind kind;

	return s->cfg.ops->target(v->pub.target, &kind, s->cfg.owner) && kind == v->pub.kind;
}

void sessions_look_at_targets(struct sessions *s)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct visit *v = &s->visits[i];

		if (v->sm.state != VISIT_NONE && !has_target(s, v))
			end(s, v, v->sm.state == VISIT_OPEN ? WHY_CUSTOMER : WHY_NO_TARGET);
	}
}

void sessions_end_all(struct sessions *s, enum session_why why)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->visits[i].sm.state != VISIT_NONE)
			end(s, &s->visits[i], why);
}

void sessions_stop(struct sessions *s)
{
	s->stopped = true;
	teller_done(s);
	sessions_end_all(s, WHY_REVOKED);
}

/* --- requests ----------------------------------------------------------------------------------
 */

/* Told by a header, because the hub makes the page; who asks is not the target. */
static void answer(struct exchange *x, int rc)
{
	exchange_add_header(x, TUNNEL_ERROR_HEADER, err_code(rc));
	exchange_respond(x, err_status(rc), NULL, (struct str){});
}

static void on_next_turn(struct task *t)
{
	CONTAINER_OF(t, struct sessions, next_turn)->turn++;
}

/* Those that are read in one turn of the loop ask together: no more passes between two of them than
 * that turn's work. */
static void look_once(struct sessions *s, struct visit *v)
{
	if (v->looked_turn == s->turn)
		return;
	v->looked_turn = s->turn;
	loop_later(s->cfg.loop, &s->next_turn);
	look_at(s, v);
}

void sessions_on_request(struct sessions *s, struct exchange *x)
{
	struct visit *v = NULL;
	struct id id = {};

	if (id_decode(ID_SESS, exchange_header(x, TUNNEL_SESSION_HEADER), &id) == 0)
		v = sessions_find(s, id);
	if (v)
		look_once(s, v);
	if (v && v->sm.state == VISIT_OPEN) {
		v->counts.requests++;
		return s->cfg.ops->request(x, &v->pub, s->cfg.owner);
	}
	if (v && v->sm.state == VISIT_WAITING)
		return answer(x, ERR_SESSION_NOT_OPEN);
	answer(x, past_find(&s->past, id) ? ERR_SESSION_OVER : ERR_NO_SESSION);
}

/* --- what is shown -----------------------------------------------------------------------------
 */

static void show(const struct sessions *s, const struct visit *v, struct arena *mem,
		 struct json_list *list)
{
	struct session_shown *out = ARENA_NEW(mem, struct session_shown);
	const char *name = s->cfg.ops->target_name(v->pub.target, s->cfg.owner);

	*out = (struct session_shown){
		.id = v->pub.id,
		.target = v->pub.target,
		.kind = (int)v->pub.kind,
		.name = name ? arena_strdup(mem, name) : NULL,
		.state = v->sm.state == VISIT_OPEN ? SESSION_OPEN : SESSION_WAITING,
		.by = arena_strdup(mem, v->by),
		.reason = arena_strdup(mem, v->reason),
		.asked_ms = v->asked_ms,
		.until_ms = v->until_ms,
		.more_ms = v->sm.state == VISIT_OPEN ? v->more_ms : JSON_ABSENT_INT,
		.question = awaits(v) ? v->question : JSON_ABSENT_INT,
		.opened_ms = v->opened_ms,
		.bytes_up = v->counts.bytes_up,
		.bytes_down = v->counts.bytes_down,
		.requests = v->counts.requests,
	};
	list->items[list->len++] = out;
}

struct json_list sessions_list(const struct sessions *s, struct arena *mem)
{
	struct json_list list = { ARENA_ARRAY(mem, void *, SESSIONS_MAX), 0 };

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (s->visits[i].sm.state != VISIT_NONE)
			show(s, &s->visits[i], mem, &list);
	return list;
}

struct json_list sessions_past(const struct sessions *s, struct arena *mem)
{
	struct json_list list = { ARENA_ARRAY(mem, void *, PAST_MAX), 0 };

	for (size_t i = s->past.len; i-- > 0;)
		if (session_is_over((enum session_state)s->past.items[i].state))
			list.items[list.len++] =
				arena_dup(mem, &s->past.items[i], sizeof(struct past_session));
	return list;
}

/* --- life --------------------------------------------------------------------------------------
 */

static void on_news(struct task *t)
{
	struct sessions *s = CONTAINER_OF(t, struct sessions, news);

	s->cfg.ops->on_change(s->cfg.owner);
}

struct sessions *sessions_new(const struct sessions_config *cfg)
{
	struct sessions *s = xcalloc(1, sizeof(*s));

	s->cfg = *cfg;
	timer_init(&s->look, on_look);
	task_init(&s->next_turn, on_next_turn);
	s->turn = 1;
	task_init(&s->news, on_news);
	rate_init(&s->asks, SESSIONS_ASKS, SESSIONS_ASK_MS, 1);
	rate_init(&s->wishes, SESSIONS_WISHES, SESSIONS_WISH_MS, 1);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		s->visits[i].all = s;
		timer_init(&s->visits[i].timer, on_deadline);
		sm_init(&s->visits[i].sm, states, VISIT_NONE, arm);
	}
	past_load(cfg->dir, &s->past);
	teller_init(s);
	sessions_tell(s);
	return s;
}

/* The next process tells the hub. */
static void leave(struct sessions *s, struct visit *v)
{
	bool open = v->sm.state == VISIT_OPEN;

	if (v->sm.state == VISIT_NONE)
		return;
	if (open)
		s->cfg.ops->cut(v->pub.id, WHY_RESTARTED, s->cfg.owner);
	note(s, v->pub.id, (int)v->pub.kind, open ? SESSION_ENDED : SESSION_REFUSED, WHY_RESTARTED,
	     v);
}

void sessions_free(struct sessions **s)
{
	struct sessions *it = *s;

	if (!it)
		return;
	teller_done(it);
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct visit *v = &it->visits[i];

		leave(it, v);
		timer_stop(it->cfg.loop, &v->timer);
		free_texts(v);
	}
	timer_stop(it->cfg.loop, &it->look);
	task_cancel(&it->news);
	task_cancel(&it->next_turn);
	rate_done(&it->asks);
	rate_done(&it->wishes);
	free(it);
	*s = NULL;
}
