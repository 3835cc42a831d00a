/* uplink.c - see uplink.h. */
#include "connector/uplink.h"
#include "connector/hold.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/os.h"
#include "base/rand.h"
#include "base/sm.h"
#include "net/loop.h"
#include "wire/commands.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define POLL_GRACE_MS 8000                        /* beyond the hold, for the way there and back */
#define REVOKED_MS    ((int64_t)24 * 3600 * 1000) /* design 6: tries once a day */
#define SLOW_MS                                                                                    \
	60000 /* where trying soon cannot help: another machine has our key, or none knows it */
#define OUTBOX_RETRY_MS 5000
#define NO_CREDIT_MS    1000
#define NO_PROGRESS_MS  1000
#define TRIM_FROM       (256 * KIB)

enum uplink_state { DOWN, UP, REVOKED, SILENT, CLOSED };

/* clang-format off */
static const struct sm_state states[] = {
	[DOWN] =    { "down",    SM_TO(UP) | SM_TO(DOWN) | SM_TO(REVOKED) | SM_TO(SILENT) | SM_TO(CLOSED), SLOW_MS },
	[UP] =      { "up",      SM_TO(DOWN) | SM_TO(REVOKED) | SM_TO(SILENT) | SM_TO(CLOSED), 0 }, /* the poll has one */
	[REVOKED] = { "revoked", SM_TO(UP) | SM_TO(SILENT) | SM_TO(CLOSED),                REVOKED_MS },
	[SILENT] =  { "silent",  SM_TO(DOWN) | SM_TO(CLOSED),                              0 }, /* the customer ends it */
	[CLOSED] =  { "closed",  0,                                                        0 },
};
/* clang-format on */

struct uplink {
	struct uplink_config cfg;
	struct sm sm;
	struct timer timer; /* of the machine's deadlines */
	struct backoff backoff;
	struct hub_call *poll, *mirror, *report;
	struct hold hold_known;
	int64_t poll_at_ms;      /* monotonic: when the open poll went out */
	struct timer poll_timer; /* running: the next poll waits */
	bool mirror_due;
	int64_t mirror_revision;   /* of the open call */
	struct timer report_timer; /* running: reports wait */
	struct backoff report_backoff;
	int64_t credit;
	size_t report_bytes;
	struct task tell;
	struct uplink_info info;
	int64_t run;      /* names this process to the hub, so that a second one is noticed */
	int revoked_news; /* to be told by `tell`: -1 none, else bool */
	bool report_now, hold;
};

static void start_poll(struct uplink *u);
static void start_mirror(struct uplink *u);

static void arm(struct sm *sm, int64_t deadline_ms)
{
	struct uplink *u = CONTAINER_OF(sm, struct uplink, sm);

	timer_stop(u->cfg.loop, &u->timer);
	if (deadline_ms)
		timer_start(u->cfg.loop, &u->timer, deadline_ms);
}

static void save_state(struct uplink *u)
{
	if (home_save(u->cfg.dir, HOME_STATE, &state_schema, u->cfg.state) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "state");
}

/* --- what the owner hears ----------------------------------------------------------------------
 */

static void changed(struct uplink *u)
{
	loop_later(u->cfg.loop, &u->tell);
}

static void on_tell(struct task *t)
{
	struct uplink *u = CONTAINER_OF(t, struct uplink, tell);
	int revoked = u->revoked_news;

	u->revoked_news = -1;
	if (revoked >= 0)
		u->cfg.on_revoked(revoked, u->cfg.owner);
	if (u->report_now) {
		u->report_now = false;
		u->cfg.on_report_now(u->cfg.owner);
	}
	u->cfg.on_change(u->cfg.owner);
}

static void set_online(struct uplink *u, bool online, int failure)
{
	u->info.failure = failure;
	if (u->info.online != online) {
		u->info.online = online;
		u->info.since_ms = clock_wall_ms();
		if (online)
			log_event(EV_HUB_UP, "");
		else
			log_event(EV_HUB_DOWN, "code=%s", err_code(failure));
	}
	changed(u);
}

static void set_copied(struct uplink *u, bool copied)
{
	int64_t *at_ms = &u->cfg.state->copied_at_ms;

	if ((*at_ms != JSON_ABSENT_INT) == copied)
		return;
	*at_ms = copied ? clock_wall_ms() : JSON_ABSENT_INT;
	save_state(u);
	changed(u);
}

/* --- moves of the machine ----------------------------------------------------------------------
 */

static void drop_calls(struct uplink *u)
{
	timer_stop(u->cfg.loop, &u->poll_timer);
	hub_cancel(&u->poll);
	hub_cancel(&u->mirror);
	hub_cancel(&u->report);
}

static void go_revoked(struct uplink *u, int why)
{
	struct state *s = u->cfg.state;
	enum json_bool replaced = why == ERR_REPLACED ? JSON_TRUE : JSON_UNSAID;

	drop_calls(u);
	timer_stop(u->cfg.loop, &u->report_timer);
	if (s->revoked_at_ms == JSON_ABSENT_INT || s->replaced != replaced) {
		log_event(EV_REVOKED, "code=%s", err_code(why));
		s->revoked_at_ms = clock_wall_ms();
		s->replaced = replaced;
		save_state(u);
	}
	u->revoked_news = true;
	set_online(u, false, why);
	sm_go(&u->sm, REVOKED);
}

/* Any good answer: the hub lives, and this connector is one of its.  The back-off is reset by an
 * answered poll alone: a line that lets calls through and cuts polls must not be hammered. */
static void heard(struct uplink *u)
{
	if (u->cfg.state->revoked_at_ms != JSON_ABSENT_INT) {
		u->cfg.state->revoked_at_ms = JSON_ABSENT_INT;
		u->cfg.state->replaced = JSON_UNSAID;
		save_state(u);
		u->revoked_news = false;
	}
	set_online(u, true, 0);
}

/* The customer has ended all contact, or begins it again. */
static void mind_silence(struct uplink *u)
{
	bool silent = permission_silent(u->cfg.permission);

	if (u->sm.state == CLOSED)
		return;
	if (silent && u->sm.state != SILENT) {
		drop_calls(u);
		timer_stop(u->cfg.loop, &u->report_timer);
		set_online(u, false, ERR_DENIED);
		sm_go(&u->sm, SILENT);
	} else if (!silent && u->sm.state == SILENT) {
		sm_go_for(&u->sm, DOWN, 1);
	}
}

static void log_refusal(const struct hub_answer *a)
{
	if (a->status)
		log_event(EV_HUB_REFUSED, "code=%s status=%d", err_code(a->rc), a->status);
}

static int64_t wait_ms(struct backoff *b, const struct hub_answer *a)
{
	int64_t ms = backoff_next_ms(b) + 1;

	/* Nobody gets better at these by being asked often. */
	if (a->rc == ERR_SUPERSEDED || a->rc == ERR_UNKNOWN_KEY || a->rc == ERR_KEY_RETIRED ||
	    a->rc == ERR_SIGNATURE)
		ms += SLOW_MS;
	/* Later than asked, and not all at once. */
	if (a->retry_after_ms)
		ms += a->retry_after_ms;
	return ms;
}

/* A poll or mirror failed: the line is down.  Reports keep their own time. */
static void failed(struct uplink *u, const struct hub_answer *a)
{
	log_refusal(a);
	if (a->rc == ERR_REVOKED || a->rc == ERR_REPLACED)
		return go_revoked(u, a->rc);
	if (a->rc == ERR_SUPERSEDED)
		set_copied(u, true);
	timer_stop(u->cfg.loop, &u->poll_timer);
	hub_cancel(&u->poll);
	hub_cancel(&u->mirror);
	set_online(u, false, a->rc);
	sm_go_for(&u->sm, DOWN, wait_ms(&u->backoff, a));
}

static void on_timer(struct timer *t)
{
	struct uplink *u = CONTAINER_OF(t, struct uplink, timer);

	if (u->sm.state != DOWN && u->sm.state != REVOKED)
		return;
	sm_go(&u->sm, UP);
	start_poll(u);
	/* The mirror is told on each new line: a hub that was restored may have forgotten it, and
	 * its answer is what first proves that the hub is there. */
	u->mirror_due = true;
	start_mirror(u);
	uplink_send(u);
}

/* --- the poll ----------------------------------------------------------------------------------
 */

static void take_command(struct uplink *u, const struct command *c)
{
	log_event(EV_COMMAND, "kind=%s n=%" PRId64,
		  c->kind == COMMAND_UNKNOWN ? "unknown" : command_names[c->kind], c->n);
	/* An update is for people to see. */
	if (c->kind == COMMAND_REPORT_NOW)
		u->report_now = true;
	else if (c->kind == COMMAND_OPEN_SESSION || c->kind == COMMAND_CLOSE_SESSION)
		u->cfg.on_session(c, u->cfg.owner);
}

static int take_commands(struct uplink *u, struct str body)
{
	struct state *s = u->cfg.state;
	struct json_problem problem;
	struct commands commands;
	struct arena mem = {};
	int64_t after = s->commands_after == JSON_ABSENT_INT ? 0 : s->commands_after;
	int rc;

	rc = commands_decode(body.p, body.len, &mem, &commands, &problem);
	if (rc == 0 && commands.len &&
	    commands.items[commands.len - 1].n - after > COMMAND_JUMP_MAX)
		rc = ERR_INVALID;
	for (size_t i = 0; rc == 0 && i < commands.len; i++) {
		if (commands.items[i].n <= after)
			continue;
		after = commands.items[i].n;
		take_command(u, &commands.items[i]);
	}
	if (rc == 0 && commands.schema_max != JSON_ABSENT_INT) {
		s->schema_min = commands.schema_min;
		s->schema_max = commands.schema_max;
	}
	if (rc == 0 && after != s->commands_after && commands.len) {
		s->commands_after = after;
		save_state(u);
	}
	/* Whoever sees it says so, until the provider or a change of the key has decided. */
	if (rc == 0)
		set_copied(u, commands.copied);
	arena_done(&mem);
	return rc == 0 ? 0 : ERR_UPSTREAM;
}

/* Something on the way broke it off, or gave up waiting and answered in the hub's place. */
static bool was_cut(const struct hub_answer *a)
{
	return a->sent && (a->rc == ERR_UNREACHABLE ||
			   (a->rc == ERR_NOT_HUB && (a->status == 502 || a->status == 504)));
}

static void on_polled(const struct hub_answer *a, void *owner)
{
	struct uplink *u = owner;
	int64_t open_ms = clock_mono_ms() - u->poll_at_ms, pause_ms;
	struct hub_answer bad = *a;

	u->poll = NULL;
	if (a->rc == 0)
		bad.rc = take_commands(u, a->body);
	if (bad.rc < 0) {
		if (was_cut(&bad))
			hold_cut(&u->hold_known, open_ms, clock_mono_ms());
		return failed(u, &bad);
	}
	heard(u);
	pause_ms = hold_answered(&u->hold_known, open_ms, clock_mono_ms());
	/* A hub that answers every poll at once and refuses all else would be dialled without an
	 * end if that started the back-off anew. */
	if (open_ms >= HOLD_QUICK_MS)
		backoff_reset(&u->backoff);
	if (pause_ms)
		timer_start(u->cfg.loop, &u->poll_timer, pause_ms);
	else
		start_poll(u);
	uplink_send(u);
}

static void on_poll_timer(struct timer *t)
{
	start_poll(CONTAINER_OF(t, struct uplink, poll_timer));
}

static void start_poll(struct uplink *u)
{
	const struct state *s = u->cfg.state;
	int64_t hubs_s = s->poll_hold_s == JSON_ABSENT_INT ? HOLD_MAX_S : s->poll_hold_s;
	int64_t now_ms = clock_mono_ms(), ours_s = hold_s(&u->hold_known, hubs_s, now_ms);
	struct hub_request request = {
		.method = "GET",
		.path = "/c/v1/commands",
		.timeout_ms = ours_s * 1000 + POLL_GRACE_MS,
	};
	struct outbox_info box;
	char query[128];
	int n;

	outbox_info(u->cfg.outbox, &box);
	n = snprintf(query, sizeof(query), "after=%" PRId64 "&run=%" PRId64 "&storage=%s",
		     s->commands_after == JSON_ABSENT_INT ? 0 : s->commands_after, u->run,
		     storage_state_names[box.storage]);
	if (ours_s < hubs_s)
		snprintf(query + n, sizeof(query) - (size_t)n, "&hold_s=%" PRId64, ours_s);
	request.query = query;
	u->poll_at_ms = now_ms;
	u->poll = hub_call(u->cfg.hub, &request, on_polled, u);
}

/* --- the mirror --------------------------------------------------------------------------------
 */

static void on_mirrored(const struct hub_answer *a, void *owner)
{
	struct uplink *u = owner;

	u->mirror = NULL;
	if (a->rc < 0)
		return failed(u, a);
	heard(u);
	if (u->cfg.state->permissions_told != u->mirror_revision) {
		u->cfg.state->permissions_told = u->mirror_revision;
		save_state(u);
	}
	start_mirror(u);
	uplink_send(u);
}

static void start_mirror(struct uplink *u)
{
	const struct permissions_request *now = permission_now(u->cfg.permission);
	struct buf body = buf_new(4 * KIB);
	struct hub_request request = {
		.method = "POST",
		.path = "/c/v1/permissions",
		.type = MEDIA_JSON,
	};

	if (u->sm.state != UP || u->mirror ||
	    (!u->mirror_due && now->revision == u->cfg.state->permissions_told))
		return;
	u->mirror_due = false;
	u->mirror_revision = now->revision;
	json_encode(&permissions_request_schema, now, 0, &body);
	request.body = buf_str(&body);
	u->mirror = hub_call(u->cfg.hub, &request, on_mirrored, u);
	buf_done(&body);
}

/* --- reports -----------------------------------------------------------------------------------
 */

static bool may_report(struct uplink *u)
{
	return permission_ask(u->cfg.permission, PERMISSION_MONITORING) == SWITCH_ON;
}

static void on_report_timer(struct timer *t)
{
	uplink_send(CONTAINER_OF(t, struct uplink, report_timer));
}

static void wait_to_report(struct uplink *u, int64_t ms)
{
	timer_start(u->cfg.loop, &u->report_timer, ms);
}

/* An answer that moved nothing: what is sent next must not follow at the speed of the line. */
static void paced(struct uplink *u, const struct hub_answer *a)
{
	wait_to_report(u, NO_PROGRESS_MS + wait_ms(&u->report_backoff, a));
}

/* Each new epoch writes the spool once more, so a hub that sees nothing but forks gets few. */
static void forked(struct uplink *u, const struct hub_answer *a)
{
	log_event(EV_FORK, "");
	set_copied(u, true);
	if (outbox_fork(u->cfg.outbox) < 0 || outbox_tidy(u->cfg.outbox, clock_wall_ms()) < 0)
		return wait_to_report(u, OUTBOX_RETRY_MS);
	paced(u, a);
}

static int64_t spooled(const struct uplink *u)
{
	struct outbox_info box;

	outbox_info(u->cfg.outbox, &box);
	return box.spooled;
}

static int take_answer(struct uplink *u, struct str body, bool *ret_progress)
{
	int64_t before = spooled(u);
	struct json_problem problem;
	struct reports_answer answer;
	struct arena mem = {};
	int rc = ERR_UPSTREAM;

	if (json_decode(&reports_answer_schema, body.p, body.len, &mem, &answer, &problem) == 0) {
		rc = outbox_answer(u->cfg.outbox, &answer);
		u->credit = answer.credit;
	}
	arena_done(&mem);
	*ret_progress = spooled(u) < before;
	if (rc == 0)
		rc = outbox_tidy(u->cfg.outbox, clock_wall_ms());
	return rc;
}

static void report_failed(struct uplink *u, const struct hub_answer *a)
{
	log_refusal(a);
	if (a->rc == ERR_REVOKED || a->rc == ERR_REPLACED)
		return go_revoked(u, a->rc);
	if (a->rc == ERR_FORK)
		return forked(u, a);
	/* Only what certainly never left counts as not sent. */
	if (!a->sent && outbox_untried(u->cfg.outbox) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "state");
	wait_to_report(u, wait_ms(&u->report_backoff, a));
}

static void on_reported(const struct hub_answer *a, void *owner)
{
	struct hub_answer bad = *a;
	struct uplink *u = owner;
	bool progress = false;

	u->report = NULL;
	if (u->report_bytes >= TRIM_FROM)
		os_trim_heap();
	if (a->rc == 0)
		bad.rc = take_answer(u, a->body, &progress);
	if (bad.rc < 0)
		return report_failed(u, &bad);
	if (progress)
		backoff_reset(&u->report_backoff);
	u->info.reported_at_ms = clock_wall_ms();
	u->info.reported_bytes = (int64_t)u->report_bytes;
	changed(u);
	if (u->credit < 1)
		return wait_to_report(u, NO_CREDIT_MS + a->retry_after_ms);
	if (!progress)
		return paced(u, a);
	uplink_send(u);
}

void uplink_send(struct uplink *u)
{
	struct hub_request request = {
		.method = "POST",
		.path = "/c/v1/reports",
		.type = MEDIA_RECORDS,
	};
	struct buf body;
	int n;

	if (u->report || timer_running(&u->report_timer) || u->sm.state == REVOKED ||
	    u->sm.state == SILENT || u->sm.state == CLOSED || u->hold || !may_report(u))
		return;
	body = buf_new(RECORD_CALL_MAX);
	n = outbox_batch(u->cfg.outbox, u->credit, &body);
	if (n > 0) {
		request.body = buf_str(&body);
		u->report_bytes = body.len;
		u->report = hub_call(u->cfg.hub, &request, on_reported, u);
	} else if (n < 0) {
		log_event(EV_OUTBOX_FAILED, "code=%s", err_code(n));
		wait_to_report(u, OUTBOX_RETRY_MS);
	}
	buf_done(&body);
}

/* --- life --------------------------------------------------------------------------------------
 */

struct uplink *uplink_new(const struct uplink_config *cfg)
{
	struct uplink *u = xcalloc(1, sizeof(*u));

	u->cfg = *cfg;
	u->credit = RECORD_CALL_COUNT;
	rand_bytes(&u->run, sizeof(u->run));
	u->run = (u->run & INT64_MAX) | 1;
	u->revoked_news = -1;
	u->info.since_ms = clock_wall_ms();
	u->info.reported_at_ms = JSON_ABSENT_INT;
	timer_init(&u->timer, on_timer);
	timer_init(&u->report_timer, on_report_timer);
	timer_init(&u->poll_timer, on_poll_timer);
	task_init(&u->tell, on_tell);
	sm_init(&u->sm, states, DOWN, arm);
	/* Also one that was revoked asks once when it starts: somebody may have repaired it. */
	sm_go_for(&u->sm, DOWN, backoff_next_ms(&u->backoff) + 1);
	mind_silence(u);
	return u;
}

void uplink_stop(struct uplink *u)
{
	drop_calls(u);
	timer_stop(u->cfg.loop, &u->report_timer);
	task_cancel(&u->tell);
	if (u->sm.state != CLOSED)
		sm_go(&u->sm, CLOSED);
}

void uplink_free(struct uplink **u)
{
	if (!*u)
		return;
	uplink_stop(*u);
	free(*u);
	*u = NULL;
}

void uplink_redial(struct uplink *u)
{
	if (u->sm.state != UP && u->sm.state != DOWN)
		return;
	drop_calls(u);
	sm_go_for(&u->sm, DOWN, 1);
	uplink_send(u);
}

void uplink_hold(struct uplink *u, bool hold)
{
	u->hold = hold;
	if (hold)
		hub_cancel(&u->report);
}

void uplink_look(struct uplink *u)
{
	mind_silence(u);
	if (!may_report(u))
		hub_cancel(&u->report);
	start_mirror(u);
	uplink_send(u);
}

void uplink_info(const struct uplink *u, struct uplink_info *ret_info)
{
	*ret_info = u->info;
	ret_info->clock_offset_ms = hub_clock_offset_ms(u->cfg.hub);
}
