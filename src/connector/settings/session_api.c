/* session_api.c - visits to the pages of this site: those that wait for a yes, those that are open,
 * and those that were.
 *
 * The same calls are served to the command `sessions` (settings/control.h).  Who asks and why is
 * told from memory, to whoever may open this page, and written nowhere. */
#include "connector/settings/slice.h"

#include "connector/session/session.h"

static void reply_view(struct request *req, struct sessions *all)
{
	struct sessions_view view = { sessions_list(all, &req->mem),
				      sessions_past(all, &req->mem) };

	reply(req, 200, &view);
}

static void get(struct request *req)
{
	struct settings_facts f = settings_facts(req);

	reply_view(req, f.sessions);
}

static void reply_done(struct request *req, struct sessions *all, int rc)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply_view(req, all);
}

static void decide(struct request *req, sessions_decide_fn *fn)
{
	const struct session_answer *q = req->query;
	struct settings_facts f = settings_facts(req);

	reply_done(req, f.sessions, fn(f.sessions, req->ids[0], q->question));
}

static void approve(struct request *req)
{
	decide(req, sessions_approve);
}

static void refuse(struct request *req)
{
	decide(req, sessions_refuse);
}

static void end(struct request *req)
{
	struct settings_facts f = settings_facts(req);

	reply_done(req, f.sessions, sessions_end(f.sessions, req->ids[0]));
}

/* clang-format off */
const struct route settings_session_routes[] = {
	{ METHOD_GET, "/api/sessions", RIGHT_LOGIN, 0, NULL, &sessions_view_schema, CHANGE_NONE, get,
	  .summary = "Visits: those that wait, those that are open, those that were" },
	{ METHOD_POST, "/api/sessions/{session}/approve", RIGHT_LOGIN, 0, NULL, &sessions_view_schema,
	  CHANGE_NONE, approve, .ids = { ID_SESS }, .query = &session_answer_schema, .summary = "Yes to this one visit" },
	{ METHOD_POST, "/api/sessions/{session}/refuse", RIGHT_LOGIN, 0, NULL, &sessions_view_schema,
	  CHANGE_NONE, refuse, .ids = { ID_SESS }, .query = &session_answer_schema, .summary = "No to this one visit" },
	{ METHOD_DELETE, "/api/sessions/{session}", RIGHT_LOGIN, 0, NULL, &sessions_view_schema,
	  CHANGE_NONE, end, .ids = { ID_SESS }, .summary = "End this visit now" },
	{}
};
/* clang-format on */
