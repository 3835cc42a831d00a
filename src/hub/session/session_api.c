/* session_api.c - /api/v1: asking for a visit, the way in, its end, and the list of all that were.
 */
#include "hub/session/slice.h"

#include <stdio.h>
#include <string.h>

#include "api/cursor.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/provider/provider.h"
#include "hub/session/store.h"
#include "hub/site/site.h"
#include "hub/status/status.h"
#include "model/label.h"
#include "wire/commands.h"

#define LIMIT        50
#define LIMIT_MAX    200
#define ONLINE_MS    10000 /* a poll is open, or ended less ago */
#define MANY_RETRY_S 60
#define NAME_ROOM    (SESSION_BY_MAX + 1)

struct session_in {
	const char *target, *reason;
};
struct session_made {
	struct id id;
	int state;
	const char *url; /* NULL: not open yet */
	int64_t expires_ms;
};
struct sessions_query {
	struct id site;
	int state;
	enum json_bool live;
	const char *cursor;
	int64_t limit;
};
struct session_page {
	struct json_list items; /* struct session_row * */
	const char *next_cursor;
};
struct target_out {
	const char *id;
	int kind;
	const char *name;
	int permission; /* enum switch_state */
};
struct targets_out {
	struct json_list items; /* struct target_out * */
	enum json_bool sessions;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
/* Both are needed; but whose site it is comes first, so that a foreign id answers as one that is not. */
static const struct json_field session_in_fields[] = {
	{ "target", JSON_TEXT, AT(session_in, target), JSON_LATER, .min = 1, .max = TARGET_WORD_MAX },
	{ "reason", JSON_TEXT, AT(session_in, reason), JSON_LATER, .min = 1, .max = SESSION_REASON_MAX },
	{}
};
const struct json_schema session_in_schema = { "session_in", sizeof(struct session_in), 0, session_in_fields };

static const struct json_field session_made_fields[] = {
	{ "id", JSON_ID, AT(session_made, id), JSON_REQUIRED, .min = ID_SESS },
	{ "state", JSON_ENUM, AT(session_made, state), JSON_REQUIRED, .names = session_state_names },
	{ "url", JSON_TEXT, AT(session_made, url), .flags = JSON_NULLABLE },
	{ "expires_at", JSON_TIME, AT(session_made, expires_ms), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema session_made_schema = {
	"session_made", sizeof(struct session_made), 0, session_made_fields
};

static const struct json_field query_fields[] = {
	{ "site", JSON_ID, AT(sessions_query, site), .min = ID_SITE },
	{ "state", JSON_ENUM, AT(sessions_query, state), .names = session_state_names },
	{ "live", JSON_BOOL, AT(sessions_query, live), .flags = 0 },
	{ "cursor", JSON_TEXT, AT(sessions_query, cursor), .max = 512 },
	{ "limit", JSON_INT, AT(sessions_query, limit), .min = 1, .max = LIMIT_MAX },
	{}
};
const struct json_schema sessions_query_schema = {
	"sessions_query", sizeof(struct sessions_query), 0, query_fields
};

static const struct json_field site_fields[] = {
	{ "id", JSON_ID, AT(session_ref, id), JSON_REQUIRED, .min = ID_SITE },
	{ "name", JSON_TEXT, AT(session_ref, name), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema site_ref = { "session_site", sizeof(struct session_ref), 0, site_fields };
static const struct json_field customer_fields[] = {
	{ "id", JSON_ID, AT(session_ref, id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, AT(session_ref, name), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema customer_ref = {
	"session_customer", sizeof(struct session_ref), 0, customer_fields
};
static const struct json_field user_fields[] = {
	{ "id", JSON_ID, AT(session_ref, id), JSON_REQUIRED, .min = ID_USER },
	{ "name", JSON_TEXT, AT(session_ref, name), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema user_ref = { "session_user", sizeof(struct session_ref), 0, user_fields };
static const struct json_field target_fields[] = {
	{ "id", JSON_TEXT, AT(session_target, id), .flags = JSON_REQUIRED },
	{ "kind", JSON_ENUM, AT(session_target, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "name", JSON_TEXT, AT(session_target, name), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema target_ref = { "session_target", sizeof(struct session_target), 0, target_fields };

static const struct json_field desk_fields[] = {
	{ "name", JSON_TEXT, AT(session_desk, name), .flags = JSON_NULLABLE },
	{ "count", JSON_INT, AT(session_desk, count), JSON_REQUIRED, .max = SESSION_DESK_MAX },
	{}
};
static const struct json_schema desk_ref = { "session_desk", sizeof(struct session_desk), 0, desk_fields };

static const struct json_field no_fields[] = {
	{ "at", JSON_TIME, AT(session_no, at_ms), .flags = JSON_REQUIRED },
	{ "why", JSON_ENUM, AT(session_no, why), JSON_REQUIRED, .names = session_why_names },
	{}
};
static const struct json_schema no_ref = { "session_more_refused", sizeof(struct session_no), 0, no_fields };

static const struct json_field session_fields[] = {
	{ "id", JSON_ID, AT(session_row, id), JSON_REQUIRED, .min = ID_SESS },
	{ "site", JSON_OBJECT, AT(session_row, site), JSON_REQUIRED, .sub = &site_ref },
	{ "customer", JSON_OBJECT, AT(session_row, customer), JSON_REQUIRED, .sub = &customer_ref },
	{ "user", JSON_OBJECT, AT(session_row, user), JSON_REQUIRED, .sub = &user_ref },
	{ "target", JSON_OBJECT, AT(session_row, target), JSON_REQUIRED, .sub = &target_ref },
	{ "reason", JSON_TEXT, AT(session_row, reason), .flags = JSON_REQUIRED },
	{ "state", JSON_ENUM, AT(session_row, state), JSON_REQUIRED, .names = session_state_names },
	{ "why", JSON_ENUM, AT(session_row, why), JSON_NULLABLE, .names = session_why_names },
	{ "desk", JSON_OBJECT, AT(session_row, desk), JSON_NULLABLE, .sub = &desk_ref },
	{ "created_at", JSON_TIME, AT(session_row, created_ms), .flags = JSON_REQUIRED },
	{ "ask_until", JSON_TIME, AT(session_row, ask_until_ms), .flags = JSON_REQUIRED },
	{ "waiting_at", JSON_TIME, AT(session_row, waiting_ms), .flags = JSON_NULLABLE },
	{ "opened_at", JSON_TIME, AT(session_row, opened_ms), .flags = JSON_NULLABLE },
	{ "ends_at", JSON_TIME, AT(session_row, ends_ms), .flags = JSON_NULLABLE },
	{ "more_until", JSON_TIME, AT(session_row, more_ms), .flags = JSON_NULLABLE },
	{ "more_refused", JSON_OBJECT, AT(session_row, no), JSON_NULLABLE, .sub = &no_ref },
	{ "site_silent_since", JSON_TIME, AT(session_row, silent_ms), .flags = JSON_NULLABLE },
	{ "ended_at", JSON_TIME, AT(session_row, ended_ms), .flags = JSON_NULLABLE },
	{ "bytes_up", JSON_INT, AT(session_row, bytes_up), JSON_REQUIRED, .max = INT64_MAX },
	{ "bytes_down", JSON_INT, AT(session_row, bytes_down), JSON_REQUIRED, .max = INT64_MAX },
	{ "requests", JSON_INT, AT(session_row, requests), JSON_REQUIRED, .max = INT64_MAX },
	{}
};
const struct json_schema session_schema = { "session", sizeof(struct session_row), 0, session_fields };

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(session_page, items), JSON_REQUIRED, .max = LIMIT_MAX, .sub = &session_schema },
	{ "next_cursor", JSON_TEXT, AT(session_page, next_cursor), .flags = JSON_NULLABLE },
	{}
};
const struct json_schema session_page_schema = {
	"session_list", sizeof(struct session_page), 0, page_fields
};

static const struct json_field target_out_fields[] = {
	{ "id", JSON_TEXT, AT(target_out, id), .flags = JSON_REQUIRED },
	{ "kind", JSON_ENUM, AT(target_out, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "name", JSON_TEXT, AT(target_out, name), .flags = JSON_NULLABLE },
	{ "permission", JSON_ENUM, AT(target_out, permission), JSON_REQUIRED, .names = switch_names },
	{}
};
static const struct json_schema target_out_schema = {
	"target", sizeof(struct target_out), 0, target_out_fields
};
static const struct json_field targets_fields[] = {
	{ "items", JSON_LIST, AT(targets_out, items), JSON_REQUIRED, .max = TARGETS_MAX + 1,
	  .sub = &target_out_schema },
	{ "sessions", JSON_BOOL, AT(targets_out, sessions), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema targets_schema = { "targets", sizeof(struct targets_out), 0, targets_fields };
/* clang-format on */

static bool hub_opens_sessions(const struct hub *hub)
{
	return hub->config->console_suffix && *hub->config->console_suffix;
}

/* ---- asking for one ---- */

/* The slice's job, not the request's: one that is written lives, whether or not its caller waits.
 */
struct make_job {
	struct session_row row;
	struct change_in change;
	char from[ADDRESS_GROUP_MAX];
	char target[TARGET_WORD_MAX + 1], reason[SESSION_REASON_MAX + 1]; /* as sent; "": absent */
	bool off, away, many; /* what the loop knows against it */
	const char *problem;  /* the member that does not fit */
};

/* What the customer's switch says of it, as far as the hub was told. */
static int switch_of(const struct connector_view *view, int kind)
{
	return target_permission((enum target_kind)kind) == PERMISSION_CONSOLE ? view->console
									       : view->mfp;
}

static int find_target(struct tenant_db *db, struct arena *mem, struct make_job *job)
{
	struct session_row *row = &job->row;
	struct target_row target;
	int rc;

	row->target = ARENA_NEW(mem, struct session_target);
	row->target->kind = TARGET_CONSOLE;
	job->problem = "target";
	rc = target_decode(str_of(job->target), &row->target_id);
	if (rc < 0)
		return rc;
	if (!id_is_zero(row->target_id)) {
		rc = target_get(db, mem, row->site_id, row->target_id, &target);
		if (rc < 0)
			return rc;
		row->target->kind = target.kind;
		row->target->name = target.name;
	}
	job->problem = NULL;
	return 0;
}

/* As it is shown to the person at the site. */
static int clean_reason(struct arena *mem, struct make_job *job)
{
	char *clean = arena_alloc(mem, SESSION_REASON_MAX + 1);

	if (!text_visible(str_of(job->reason), clean, SESSION_REASON_MAX + 1)) {
		job->problem = "reason";
		return ERR_INVALID;
	}
	job->row.reason = clean;
	return 0;
}

/* What speaks against it, once it is known to be a site of theirs. */
static int may_ask(struct tenant_db *db, struct arena *mem, struct make_job *job)
{
	struct connector_view view;
	int rc;

	if (job->off)
		return ERR_SESSIONS_OFF;
	rc = find_target(db, mem, job);
	if (rc == 0)
		rc = clean_reason(mem, job);
	if (rc == 0)
		rc = connector_view_get(db, job->row.site_id, mem, &view);
	if (rc == ERR_NOT_FOUND && !job->problem)
		rc = ERR_CONNECTOR_AWAY;
	if (rc < 0)
		return rc;
	if (switch_of(&view, job->row.target->kind) == SWITCH_OFF)
		return ERR_DENIED;
	/* Another one may have taken the place of the one that was to be asked. */
	if (job->away || view.revoked_ms != JSON_ABSENT_INT || !id_eq(view.id, job->row.connector))
		return ERR_CONNECTOR_AWAY;
	return job->many ? ERR_TOO_MANY : 0;
}

static int write_made(struct tenant_db *db, struct arena *mem, struct make_job *job)
{
	struct session_row *row = &job->row;
	struct person person;
	struct command command = { .kind = COMMAND_OPEN_SESSION,
				   .session = row->id,
				   .target = row->target_id,
				   .reason = row->reason,
				   .ask_until_ms = row->ask_until_ms };
	char by[NAME_ROOM];
	int rc = person_get(db, mem, row->user_id, &person);

	if (rc < 0)
		return rc;
	command.by = text_visible(str_of(person.name), by, sizeof(by)) ? by : "?";
	rc = session_insert(db, row);
	if (rc == 0)
		rc = command_open(db, row->customer_id, row->connector, &command, row->created_ms);
	if (rc < 0)
		return rc;
	job->change.from = job->from;
	job->change.customer = row->customer_id;
	job->change.after = session_change_text(mem, row->target->name, row->reason);
	return change_write(db, &job->change);
}

static int make_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct make_job *job = arg;
	int rc = site_customer_live(db, job->row.site_id, &job->row.customer_id);

	if (rc == 0)
		rc = may_ask(db, mem, job);
	if (rc == 0)
		rc = auth_login_until(db, job->row.login, &job->row.login_until_ms);
	return rc < 0 ? rc : write_made(db, mem, job);
}

static void answer_made(struct request *req, int rc, const struct make_job *job, int state)
{
	if (rc == ERR_TOO_MANY)
		reply_retry_after(req, MANY_RETRY_S);
	if (rc < 0)
		return reply_error(req, rc, job->problem);
	reply(req, 201,
	      &(struct session_made){
		      .id = job->row.id, .state = state, .expires_ms = job->row.ask_until_ms });
}

static void make_done(int rc, void *arg, void *owner)
{
	struct sessions *all = owner;
	const struct make_job *job = arg;
	struct session *s = session_by_id(all->hub, job->row.id);
	struct request *req;
	int state;

	if (!s)
		return; /* it was over before this, and is forgotten */
	req = TAKE(s->maker);
	state = (int)s->state; /* its connector may have been quicker than this answer */
	if (rc < 0)
		session_drop(all->hub, s);
	else
		s->login_until = clock_mono_ms() + job->row.login_until_ms - clock_wall_ms();
	if (req)
		answer_made(req, rc, job, state);
}

static void maker_gone(struct request *req, void *arg)
{
	struct session *s = arg;

	s->maker = NULL;
}

static bool is_online(const struct live *l)
{
	return l && !l->revoked &&
	       (l->polling || (l->last_seen_ms != JSON_ABSENT_INT &&
			       clock_wall_ms() - l->last_seen_ms < ONLINE_MS));
}

void sessions_post(struct request *req)
{
	struct hub *hub = hub_of(req->owner);
	const struct session_in *in = req->in;
	const struct live *l = status_live(hub, req->ids[0]);
	struct make_job job = {
		.change = hub_change(req, CHANGE_SESSION_REQUESTED),
		.off = !hub_opens_sessions(hub),
		.away = !is_online(l),
		.many = sessions_of(hub, req->who.provider) >= SESSIONS_OPEN_MAX,
	};
	struct session *s;

	if (l && !id_eq(l->provider, req->who.provider))
		l = NULL;
	/* In memory first: the connector may answer before this request's job comes back. */
	s = session_make(hub, id_new(), req->who.provider, req->who.login);
	s->user = req->who.id;
	s->site = req->ids[0];
	if (l) {
		s->customer = l->customer;
		s->connector = l->connector;
	}
	job.row = (struct session_row){
		.id = s->id,
		.site_id = s->site,
		.connector = s->connector,
		.user_id = s->user,
		.login = s->login,
		.state = SESSION_REQUESTED,
		.why = -1,
		.created_ms = clock_wall_ms(),
	};
	job.row.ask_until_ms = job.row.created_ms + SESSION_ASK_MS;
	memcpy(job.row.label, s->label, sizeof(s->label));
	snprintf(job.from, sizeof(job.from), "%s", request_address(req));
	snprintf(job.target, sizeof(job.target), "%s", in->target ? in->target : "");
	snprintf(job.reason, sizeof(job.reason), "%s", in->reason ? in->reason : "");
	job.change.object_kind = ID_SESS;
	job.change.object = s->id;
	job.change.site = s->site;
	s->maker = req;
	req->on_gone = maker_gone;
	req->gone_arg = s;
	db_write(&hub->sessions->owner, s->provider, make_run, make_done, &job, sizeof(job));
}

/* ---- one ---- */

struct one_job {
	struct id id;
	struct session_row row;
};

static int one_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct one_job *job = arg;

	return session_get(db, mem, job->id, &job->row);
}

/* Of one that waits: who may say yes. */
static struct session_desk *desk_of(struct arena *mem, const struct session *s)
{
	struct session_desk *desk;

	if (s->state != SESSION_WAITING || s->desk_count == 0)
		return NULL;
	desk = ARENA_NEW(mem, struct session_desk);
	desk->name = *s->desk_name ? arena_strdup(mem, s->desk_name) : NULL;
	desk->count = s->desk_count;
	return desk;
}

/* Of one that is open: that it has asked for more time, and what the answer was. */
static void add_more(struct arena *mem, const struct session *s, struct session_row *row)
{
	if (s->more_ms > clock_wall_ms())
		row->more_ms = s->more_ms;
	if (s->no_ms == 0)
		return;
	row->no = ARENA_NEW(mem, struct session_no);
	*row->no = (struct session_no){ s->no_ms, s->no_why };
}

/* It has not ended yet, but nothing passes. */
static int64_t silent_since(struct hub *hub, struct id site)
{
	const struct live *l = status_live(hub, site);

	return l ? status_silent_ms(l) : JSON_ABSENT_INT;
}

/* What memory knows of one that is not over, or has just been. */
static void add_live(struct request *req, struct session_row *row)
{
	struct hub *hub = hub_of(req->owner);
	const struct session *s = session_by_id(hub, row->id);

	row->more_ms = row->silent_ms = JSON_ABSENT_INT;
	if (!s)
		return;
	row->bytes_up = s->bytes_up;
	row->bytes_down = s->bytes_down;
	row->requests = s->requests;
	row->desk = desk_of(&req->mem, s);
	if (!session_is_over(s->state))
		row->silent_ms = silent_since(hub, row->site_id);
	if (s->state == SESSION_OPEN)
		add_more(&req->mem, s, row);
}

static void one_done(struct request *req, int rc, void *arg)
{
	struct one_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	add_live(req, &job->row);
	reply(req, 200, &job->row);
}

static void read_one(struct request *req, job_done_fn done)
{
	struct one_job job = { .id = req->ids[0] };

	hub_read(req, one_run, done, &job, sizeof(job));
}

void session_get_one(struct request *req)
{
	read_one(req, one_done);
}

/* Of one that memory does not have, or that is over: is it theirs at all? */
static void over_done(struct request *req, int rc, void *arg)
{
	bool ending = req->route->method == METHOD_DELETE;

	if (rc == 0 && ending)
		return reply(req, 204, NULL);
	reply_error(req, rc < 0 ? rc : ERR_SESSION_OVER, NULL);
}

/* The caller's provider's, and not over; else the request is answered. */
static struct session *live_one(struct request *req)
{
	struct session *s = session_by_id(hub_of(req->owner), req->ids[0]);

	if (s && !s->pending && id_eq(s->provider, req->who.provider) && !session_is_over(s->state))
		return s;
	read_one(req, over_done);
	return NULL;
}

void session_delete(struct request *req)
{
	struct session *s = live_one(req);

	if (s)
		session_end_for(req, s);
}

void session_post_url(struct request *req)
{
	struct session *s = live_one(req);
	char url[SESSION_URL_MAX];

	if (!s)
		return;
	if (!id_eq(s->user, req->who.id))
		return reply_error(req, ERR_FORBIDDEN, NULL);
	if (!hub_opens_sessions(hub_of(req->owner)))
		return reply_error(req, ERR_SESSIONS_OFF, NULL);
	if (s->state != SESSION_OPEN)
		return reply_error(req, ERR_SESSION_NOT_OPEN, NULL);
	session_url(hub_of(req->owner), s, url);
	reply(req, 200, &(struct session_made){ s->id, (int)s->state, url, s->ends_ms });
	secret_wipe(url, sizeof(url));
}

/* ---- more time ---- */

struct more_job {
	struct id session, user, connector;
	int64_t until_ms, now_ms;
	struct change_in change;
	struct session_row row;
};

/* The command that opened it, once more: its connector knows that it is open. */
static int more_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct more_job *job = arg;
	struct command command = { .kind = COMMAND_OPEN_SESSION, .session = job->session };
	struct person person;
	char by[NAME_ROOM];
	int rc = session_get(db, mem, job->session, &job->row);

	if (rc == 0)
		rc = person_get(db, mem, job->user, &person);
	if (rc < 0)
		return rc;
	command.target = job->row.target_id;
	command.reason = job->row.reason;
	command.by = text_visible(str_of(person.name), by, sizeof(by)) ? by : "?";
	command.ask_until_ms = job->until_ms;
	rc = command_open(db, job->change.customer, job->connector, &command, job->now_ms);
	return rc < 0 ? rc : change_write(db, &job->change);
}

static void more_done(struct request *req, int rc, void *arg)
{
	const struct more_job *job = arg;
	struct session *s = session_by_id(hub_of(req->owner), job->session);

	if (rc < 0) {
		if (s)
			s->more_ms = 0;
		return reply_error(req, rc, NULL);
	}
	reply(req, 200,
	      &(struct session_made){
		      .id = job->session, .state = SESSION_OPEN, .expires_ms = job->until_ms });
}

void session_post_more(struct request *req)
{
	struct session *s = live_one(req);
	struct more_job job = { .session = req->ids[0],
				.user = req->who.id,
				.now_ms = clock_wall_ms(),
				.change = hub_change(req, CHANGE_SESSION_MORE_ASKED) };

	if (!s)
		return;
	if (!id_eq(s->user, req->who.id))
		return reply_error(req, ERR_FORBIDDEN, NULL);
	if (s->state != SESSION_OPEN)
		return reply_error(req, ERR_SESSION_NOT_OPEN, NULL);
	/* One question at a time. */
	if (s->more_ms > job.now_ms) {
		reply_retry_after(req, (s->more_ms - job.now_ms + 999) / 1000);
		return reply_error(req, ERR_TOO_MANY, NULL);
	}
	job.until_ms = s->more_ms = job.now_ms + SESSION_ASK_MS;
	s->no_ms = 0;
	s->taken_over = false;
	job.connector = s->connector;
	job.change.object_kind = ID_SESS;
	job.change.object = s->id;
	job.change.customer = s->customer;
	job.change.site = s->site;
	hub_write(req, more_run, more_done, &job, sizeof(job));
}

/* ---- all ---- */

struct list_job {
	struct session_filter filter;
	struct str question;
	struct session_page page;
};

static int list_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct list_job *job = arg;
	struct json_list *items = &job->page.items;
	size_t limit = job->filter.limit;
	const struct session_row *last;
	struct id customer;
	int rc = id_is_zero(job->filter.site) ? 0 : site_customer(db, job->filter.site, &customer);

	/* One more tells whether there is another page. */
	job->filter.limit++;
	if (rc == 0)
		rc = session_list(db, mem, &job->filter, items);
	if (rc < 0 || items->len <= limit)
		return rc;
	items->len = limit;
	last = items->items[limit - 1];
	job->page.next_cursor = cursor_encode(
		mem, job->question, (struct str){ (const char *)last->id.b, sizeof(last->id.b) });
	return 0;
}

static void list_done(struct request *req, int rc, void *arg)
{
	const struct list_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, rc == ERR_NOT_FOUND ? "site" : NULL);
	for (size_t i = 0; i < job->page.items.len; i++)
		add_live(req, job->page.items.items[i]);
	reply(req, 200, &job->page);
}

/* What a cursor belongs to. */
static struct str question_of(struct request *req, const struct session_filter *f)
{
	struct buf text = buf_new(128);
	struct str question;

	buf_printf(&text, "sessions %d %d ", f->state, f->live);
	buf_put(&text, f->site.b, sizeof(f->site.b));
	buf_put(&text, req->who.provider.b, sizeof(req->who.provider.b));
	question = (struct str){ arena_dup(&req->mem, text.data, text.len), text.len };
	buf_done(&text);
	return question;
}

void sessions_get(struct request *req)
{
	const struct sessions_query *in = req->query;
	struct list_job job = {
		.filter = { .site = in->site,
			    .state = in->state,
			    .live = in->live == JSON_TRUE,
			    .limit = in->limit == JSON_ABSENT_INT ? LIMIT : (size_t)in->limit }
	};
	struct str last;

	memset(job.filter.before.b, 0xff, sizeof(job.filter.before.b));
	job.question = question_of(req, &job.filter);
	if (in->cursor) {
		if (cursor_decode(&req->mem, job.question, in->cursor, &last) < 0 ||
		    last.len != sizeof(job.filter.before.b))
			return reply_error(req, ERR_INVALID, "cursor");
		memcpy(job.filter.before.b, last.p, last.len);
	}
	hub_read(req, list_run, list_done, &job, sizeof(job));
}

/* ---- what there is to open ---- */

struct targets_job {
	struct id site;
	struct targets_out out;
};

static void show_target(struct arena *mem, const struct connector_view *view,
			const struct target_row *row, struct json_list *items)
{
	struct target_out *out = ARENA_NEW(mem, struct target_out);
	char id[ID_TEXT_MAX];

	target_encode(row->id, id);
	*out = (struct target_out){ arena_strdup(mem, id), row->kind, row->name,
				    switch_of(view, row->kind) };
	items->items[items->len++] = out;
}

static int targets_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	static const struct target_row console = { .kind = TARGET_CONSOLE };
	struct targets_job *job = arg;
	struct connector_view view;
	struct json_list rows;
	struct id customer;
	int rc = site_customer(db, job->site, &customer);

	if (rc < 0)
		return rc;
	rc = connector_view_get(db, job->site, mem, &view);
	if (rc == ERR_NOT_FOUND)
		return 0; /* it never had a connector: there is nothing to open */
	if (rc == 0)
		rc = target_list(db, mem, job->site, &rows);
	if (rc < 0)
		return rc;
	job->out.items.items = ARENA_ARRAY(mem, void *, rows.len + 1);
	show_target(mem, &view, &console, &job->out.items);
	for (size_t i = 0; i < rows.len; i++)
		show_target(mem, &view, rows.items[i], &job->out.items);
	return 0;
}

static void targets_done(struct request *req, int rc, void *arg)
{
	const struct targets_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 200, &job->out);
}

void targets_get(struct request *req)
{
	struct targets_job job = { .site = req->ids[0],
				   .out.sessions = hub_opens_sessions(hub_of(req->owner))
							   ? JSON_TRUE
							   : JSON_FALSE };

	hub_read(req, targets_run, targets_done, &job, sizeof(job));
}
