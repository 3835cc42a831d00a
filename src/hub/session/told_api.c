/* told_api.c - /c/v1: what a connector tells of sessions, and what its customer lets be opened. */
#include "hub/session/slice.h"

#include "base/clock.h"
#include "hub/connector/connector.h"
#include "hub/session/store.h"
#include "model/label.h"

static const enum change_verb verbs[SESSION_STATES] = {
	[SESSION_WAITING] = CHANGE_SESSION_WAITING,
	[SESSION_OPEN] = CHANGE_SESSION_OPENED,
	[SESSION_ENDED] = CHANGE_SESSION_ENDED,
	[SESSION_REFUSED] = CHANGE_SESSION_REFUSED,
};

struct told_job {
	struct id session;
	struct session_told told;
	int64_t now_ms;
	bool no; /* to the question for more time that counts now */
	struct change_in change;
};

/* More time is asked for no longer: what the question said is kept nowhere else. */
static int note_no(struct tenant_db *db, struct arena *mem, struct told_job *job)
{
	int rc = command_forget(db, job->session);

	if (rc < 0)
		return rc;
	job->change.verb = CHANGE_SESSION_MORE_REFUSED;
	job->change.after =
		arena_printf(mem, "{\"why\":\"%s\"}", session_why_names[job->told.more_why]);
	return change_write(db, &job->change);
}

/* An open one that was known as such: its end may be another. */
static int move_end(struct tenant_db *db, struct told_job *job)
{
	int rc = session_note_ends(db, job->session, job->told.ends_ms);

	if (rc <= 0)
		return rc;
	/* It may be the answer to a question for more time. */
	rc = command_forget(db, job->session);
	if (rc < 0)
		return rc;
	job->change.verb = CHANGE_SESSION_END_MOVED;
	return change_write(db, &job->change);
}

static int told_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct told_job *job = arg;
	int rc = session_note(db, job->session, &job->told, job->now_ms);

	if (rc == 0 && job->told.state == SESSION_OPEN) {
		rc = move_end(db, job);
		return rc == 0 && job->no ? note_no(db, mem, job) : rc;
	}
	if (rc <= 0)
		return rc;
	/* Answered: what the command said is kept in the session's row alone. */
	rc = command_forget(db, job->session);
	if (rc < 0)
		return rc;
	if (job->told.why >= 0)
		job->change.after =
			arena_printf(mem, "{\"why\":\"%s\"}", session_why_names[job->told.why]);
	return change_write(db, &job->change);
}

static void no_content(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

/* Whether this is the question that is open: a hub that was started anew has to believe the site.
 */
static bool is_asked(const struct session *s, int64_t ask_ms)
{
	if (s->state != SESSION_OPEN || ask_ms == JSON_ABSENT_INT)
		return false;
	return s->more_ms ? s->more_ms == ask_ms : s->taken_over;
}

/* In memory only once it is written: what is told again after a failure is still news. */
static void told_done(struct request *req, int rc, void *arg)
{
	const struct told_job *job = arg;
	struct session *s = session_by_id(hub_of(req->owner), job->session);

	if (rc == 0 && job->no && s && is_asked(s, job->told.more_ask_ms)) {
		s->more_ms = 0;
		s->taken_over = false;
		s->no_ms = job->now_ms;
		s->no_why = job->told.more_why;
	}
	no_content(req, rc, arg);
}

/* As a person can read it: what a site tells is shown to technicians. */
static void note_desk(struct session *s, const struct session_told *told)
{
	s->desk_count = told->desk_count == JSON_ABSENT_INT ? 0 : told->desk_count;
	text_visible(str_of(told->desk_name), s->desk_name, sizeof(s->desk_name));
}

/* A later end is the site's yes, and no message says both: where a no stands, to whichever
 * question, the clock there was turned. */
static void take_end(struct session *s, int64_t ends_ms, bool no)
{
	bool later = s->state == SESSION_OPEN && ends_ms > s->ends_ms + SAME_END_MS;

	if (later && no)
		return;
	if (later)
		s->more_ms = s->no_ms = 0;
	session_opened(s, ends_ms);
}

/* Into memory.  0; ERR_SESSION_OVER for another word after the last. */
static int take(struct hub *hub, struct session *s, const struct session_told *told)
{
	if (session_is_over(s->state))
		return told->state == (int)s->state && told->why == s->why ? 0 : ERR_SESSION_OVER;
	if (told->bytes_up != JSON_ABSENT_INT && told->bytes_up > s->bytes_up)
		s->bytes_up = told->bytes_up;
	if (told->bytes_down != JSON_ABSENT_INT && told->bytes_down > s->bytes_down)
		s->bytes_down = told->bytes_down;
	if (told->requests != JSON_ABSENT_INT && told->requests > s->requests)
		s->requests = told->requests;
	if (told->state == SESSION_WAITING && s->state != SESSION_OPEN) {
		/* Told again after a restart of the hub, it is news. */
		s->state = SESSION_WAITING;
		note_desk(s, told);
	}
	if (told->state == SESSION_OPEN)
		take_end(s, told->ends_ms, told->more_ask_ms != JSON_ABSENT_INT);
	else if (session_is_over(told->state))
		session_is_over_now(hub, s, told->state, told->why);
	return 0;
}

void session_told_post(struct request *req)
{
	const struct session_told *in = req->in;
	struct connector *c = connector_of(req);
	struct hub *hub = hub_of(req->owner);
	struct session *s = session_by_id(hub, req->ids[0]);
	struct told_job job = { .session = req->ids[0], .told = *in, .now_ms = clock_wall_ms() };
	int rc;

	if (!s || s->pending || !id_eq(s->connector, c->id))
		return reply_error(req, ERR_NO_SESSION, NULL);
	if (!session_told_ok(in))
		return reply_error(req, ERR_INVALID, "state");
	rc = take(hub, s, in);
	if (rc == ERR_SESSION_OVER)
		reply_why(req, session_why_names[s->why]);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	job.no = is_asked(s, in->more_ask_ms);
	job.told.bytes_up = s->bytes_up;
	job.told.bytes_down = s->bytes_down;
	job.told.requests = s->requests;
	if (in->state == SESSION_OPEN)
		job.told.ends_ms = s->ends_ms;
	job.change = hub_change(req, verbs[in->state]);
	job.change.object_kind = ID_SESS;
	job.change.object = s->id;
	job.change.customer = s->customer;
	job.change.site = s->site;
	hub_write(req, told_run, told_done, &job, sizeof(job));
}

/* ---- targets ---- */

struct targets_job {
	struct target_site where;
	struct targets_request told;
	struct change_in change;
};

static int targets_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct targets_job *job = arg;
	bool changed = false;
	int rc = targets_put(db, mem, &job->where, &job->told, &changed);

	return rc < 0 || !changed ? rc : change_write(db, &job->change);
}

/* Names as a person can read them: what a site tells is shown to technicians. */
static int clean_names(struct request *req, const struct targets_request *in)
{
	for (size_t i = 0; i < in->items.len; i++) {
		struct target_told *t = in->items.items[i];
		char *clean = arena_alloc(&req->mem, TARGET_NAME_MAX + 1);

		if (!text_visible(str_of(t->name), clean, TARGET_NAME_MAX + 1))
			return ERR_INVALID;
		t->name = clean;
	}
	return 0;
}

void targets_told_post(struct request *req)
{
	const struct targets_request *in = req->in;
	struct connector *c = connector_of(req);
	struct targets_job job = { .where = { c->customer, c->site, c->id },
				   .told = *in,
				   .change = hub_change(req, CHANGE_TARGETS_TOLD) };

	if (!targets_ok(in) || clean_names(req, in) < 0)
		return reply_error(req, ERR_INVALID, "items");
	job.change.object_kind = ID_SITE;
	job.change.object = c->site;
	job.change.customer = c->customer;
	job.change.site = c->site;
	hub_write(req, targets_run, no_content, &job, sizeof(job));
}
