/* desk_api.c - what an approver sees and may do: visits that wait and that run; yes, no, end now.
 */
#include "connector/desk/slice.h"

#include "base/clock.h"
#include "connector/session/session.h"

struct desk_view {
	const char *provider, *customer, *site, *name;
	int64_t now_ms;
	struct json_list items; /* struct session_shown * */
};

#define AT(member) offsetof(struct desk_view, member)

/* clang-format off */
static const struct json_field view_fields[] = {
	{ "provider", JSON_TEXT, AT(provider), .flags = JSON_NULLABLE },
	{ "customer", JSON_TEXT, AT(customer), .flags = JSON_NULLABLE },
	{ "site", JSON_TEXT, AT(site), .flags = JSON_NULLABLE },
	{ "name", JSON_TEXT, AT(name), .flags = JSON_REQUIRED },
	{ "now", JSON_TIME, AT(now_ms), .flags = JSON_REQUIRED },
	{ "items", JSON_LIST, AT(items), JSON_REQUIRED, .max = SESSIONS_MAX, .sub = &session_shown_schema },
	{}
};
static const struct json_schema view_schema = {
	"desk", sizeof(struct desk_view), 0, view_fields
};
/* clang-format on */

static void reply_view(struct request *req)
{
	struct desk *d = desk_of(req);
	const struct approver *who = approvers_find(&d->approvers, req->who.id);
	struct desk_view view = {
		.provider = d->cfg.state->provider,
		.customer = d->cfg.state->customer,
		.site = d->cfg.state->site,
		.name = who ? who->name : "",
		.now_ms = clock_wall_ms(),
		.items = sessions_list(d->cfg.sessions, &req->mem),
	};

	reply(req, 200, &view);
}

static void reply_done(struct request *req, int rc)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply_view(req);
}

static void decide(struct request *req, sessions_decide_fn *fn)
{
	const struct session_answer *q = req->query;

	reply_done(req, fn(desk_of(req)->cfg.sessions, req->ids[0], q->question));
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
	reply_done(req, sessions_end(desk_of(req)->cfg.sessions, req->ids[0]));
}

/* clang-format off */
const struct route desk_session_routes[] = {
	{ METHOD_GET, "/api/visits", RIGHT_LOGIN, 0, NULL, &view_schema, CHANGE_NONE, reply_view,
	  .summary = "Visits that wait and that are open" },
	{ METHOD_POST, "/api/visits/{session}/approve", RIGHT_LOGIN, 0, NULL, &view_schema, CHANGE_NONE,
	  approve, .ids = { ID_SESS }, .query = &session_answer_schema, .summary = "Yes to this one visit" },
	{ METHOD_POST, "/api/visits/{session}/refuse", RIGHT_LOGIN, 0, NULL, &view_schema, CHANGE_NONE,
	  refuse, .ids = { ID_SESS }, .query = &session_answer_schema, .summary = "No to this one visit" },
	{ METHOD_DELETE, "/api/visits/{session}", RIGHT_LOGIN, 0, NULL, &view_schema, CHANGE_NONE, end,
	  .ids = { ID_SESS }, .summary = "End this visit now" },
	{}
};
/* clang-format on */
