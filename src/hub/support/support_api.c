/* support_api.c - /api/v1/support: letting the operator's support in, and going in. */
#include "hub/support/support.h"
#include "hub/support/support_store.h"

#include "api/request.h"
#include "base/clock.h"
#include "net/loop.h"
#include <stdlib.h>

#define HOURS_MAX 168 /* a week */
#define HOUR_MS   (INT64_C(3600) * 1000)
#define TICK_MS   10000

struct support {
	struct hub *hub;
	struct timer tick; /* notes grants whose time is up */
	struct db_owner owner;
	bool looking;
};

/* ---- forms ---- */

struct grant_in {
	int64_t hours;
	const char *reason;
};

struct support_out {
	struct grant *grant; /* NULL: nobody is let in */
	struct json_list history, looks;
};

struct let_in_list {
	struct json_list items;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field grant_in_fields[] = {
	{ "hours", JSON_INT, AT(grant_in, hours), JSON_REQUIRED, .min = 1, .max = HOURS_MAX },
	{ "reason", JSON_TEXT, AT(grant_in, reason), JSON_REQUIRED, .min = 1, .max = GRANT_REASON_MAX },
	{}
};
static const struct json_schema grant_in_schema = { "support_in", sizeof(struct grant_in), 0, grant_in_fields };

static const struct json_field grant_fields[] = {
	{ "granted_at", JSON_TIME, AT(grant, created_ms), .flags = JSON_REQUIRED },
	{ "until", JSON_TIME, AT(grant, until_ms), .flags = JSON_REQUIRED },
	{ "ended_at", JSON_TIME, AT(grant, ended_ms), .flags = JSON_NULLABLE },
	{ "granted_by", JSON_TEXT, AT(grant, by), .flags = JSON_NULLABLE },
	{ "reason", JSON_TEXT, AT(grant, reason), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema grant_schema = { "support_grant", sizeof(struct grant), 0, grant_fields };

static const struct json_field look_fields[] = {
	{ "at", JSON_TIME, AT(look, at_ms), .flags = JSON_REQUIRED },
	{ "verb", JSON_TEXT, AT(look, verb), .flags = JSON_REQUIRED },
	{ "by", JSON_TEXT, AT(look, name), .flags = JSON_NULLABLE },
	{ "object", JSON_TEXT, AT(look, object), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema look_schema = { "support_look", sizeof(struct look), 0, look_fields };

static const struct json_field support_fields[] = {
	{ "grant", JSON_OBJECT, AT(support_out, grant), JSON_NULLABLE, .sub = &grant_schema },
	{ "history", JSON_LIST, AT(support_out, history), JSON_REQUIRED, .max = GRANTS_SHOWN, .sub = &grant_schema },
	{ "looks", JSON_LIST, AT(support_out, looks), JSON_REQUIRED, .max = LOOKS_SHOWN, .sub = &look_schema },
	{}
};
static const struct json_schema support_schema = { "support", sizeof(struct support_out), 0, support_fields };

static const struct json_field let_in_fields[] = {
	{ "id", JSON_ID, AT(let_in, provider), JSON_REQUIRED, .min = ID_PROV },
	{ "name", JSON_TEXT, AT(let_in, name), .flags = JSON_REQUIRED },
	{ "until", JSON_TIME, AT(let_in, until_ms), .flags = JSON_REQUIRED },
	{ "reason", JSON_TEXT, AT(let_in, reason), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema let_in_schema = { "support_provider", sizeof(struct let_in), 0, let_in_fields };
static const struct json_field let_in_list_fields[] = {
	{ "items", JSON_LIST, AT(let_in_list, items), JSON_REQUIRED, .max = 10000, .sub = &let_in_schema },
	{}
};
static const struct json_schema let_in_list_schema = {
	"support_providers", sizeof(struct let_in_list), 0, let_in_list_fields
};
/* clang-format on */

/* ---- the provider's side ---- */

struct read_job {
	int64_t now_ms;
	struct grant grant;
	bool granted;
	struct support_out out;
};

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct read_job *job = arg;
	int rc = grant_now(db, mem, job->now_ms, &job->grant);

	job->granted = rc == 0;
	if (rc == 0 || rc == ERR_NOT_FOUND)
		rc = grant_list(db, mem, &job->out.history);
	return rc < 0 ? rc : look_list(db, mem, &job->out.looks);
}

static void read_done(struct request *req, int rc, void *arg)
{
	struct read_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	job->out.grant = job->granted ? &job->grant : NULL;
	reply(req, 200, &job->out);
}

static void get_support(struct request *req)
{
	struct read_job job = { .now_ms = clock_wall_ms() };

	hub_read(req, read_run, read_done, &job, sizeof(job));
}

struct let_job {
	struct grant grant;
	struct change_in change;
};

static int let_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct let_job *job = arg;
	struct grant before;
	int rc = grant_now(db, mem, job->grant.created_ms, &before);

	if (rc == 0)
		return ERR_CONFLICT;
	if (rc == ERR_NOT_FOUND)
		rc = grant_insert(db, &job->grant);
	if (rc == 0)
		rc = change_write(db, &job->change);
	return rc < 0 ? rc : grant_now(db, mem, job->grant.created_ms, &job->grant);
}

static void let_done(struct request *req, int rc, void *arg)
{
	const struct let_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 201, &job->grant);
}

static void post_support(struct request *req)
{
	const struct grant_in *in = req->in;
	int64_t now_ms = clock_wall_ms();
	struct let_job job = { .grant = { .id = id_new(),
					  .user = req->who.id,
					  .created_ms = now_ms,
					  .until_ms = now_ms + in->hours * HOUR_MS,
					  .reason = in->reason },
			       .change = hub_change(req, CHANGE_SUPPORT_GRANTED) };

	if (!hub_name_ok(in->reason))
		return reply_error(req, ERR_INVALID, "reason");
	job.change.object_kind = ID_PROV;
	job.change.object = req->who.provider;
	hub_write(req, let_run, let_done, &job, sizeof(job));
}

struct end_job {
	int64_t now_ms;
	struct change_in actor;
};

static int end_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct end_job *job = arg;
	struct grant g;
	int rc = grant_now(db, mem, job->now_ms, &g);

	if (rc == ERR_NOT_FOUND) /* ended already: that is what was wanted */
		return 0;
	return rc < 0 ? rc : grant_end(db, mem, g.id, job->now_ms, &job->actor);
}

static void end_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 204, NULL);
}

static void delete_support(struct request *req)
{
	struct end_job job = { clock_wall_ms(), hub_change(req, CHANGE_SUPPORT_ENDED) };

	hub_write(req, end_run, end_done, &job, sizeof(job));
}

/* ---- support's side ---- */

struct list_job {
	int64_t now_ms;
	struct let_in_list list;
};

static int list_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct list_job *job = arg;

	return grants_now(db, mem, job->now_ms, &job->list.items);
}

static void list_done(struct request *req, int rc, void *arg)
{
	const struct list_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &job->list);
}

static void get_providers(struct request *req)
{
	struct list_job job = { .now_ms = clock_wall_ms() };

	hub_system_read(req, list_run, list_done, &job, sizeof(job));
}

struct enter_job {
	struct id provider;
	int64_t now_ms;
	struct auth_visit visit;
	struct change_in change;
};

/* In both logs: of the provider, and of the operator. */
static int enter_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct enter_job *job = arg;
	struct tenant_db *home = system_tenant(db, job->visit.home);
	struct tenant_db *there = system_tenant(db, job->provider);
	struct person person;
	struct grant g;
	int rc = grant_now(there, mem, job->now_ms, &g);

	if (rc == 0)
		rc = person_get(home, mem, job->visit.user, &person);
	if (rc < 0)
		return rc;
	job->visit.grant = g.id;
	job->visit.until_ms = g.until_ms;
	rc = auth_visit_write(there, &job->visit);
	if (rc == 0)
		rc = change_write(home, &job->change);
	if (rc < 0)
		return rc;
	job->change.actor_kind = ACTOR_OPERATOR;
	job->change.actor = (struct id){};
	job->change.after = auth_named(mem, person.name);
	return change_write(there, &job->change);
}

static void enter_done(struct request *req, int rc, void *arg)
{
	struct enter_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	auth_visit_tell(req, &job->visit);
	reply(req, 204, NULL);
}

static void post_login(struct request *req)
{
	struct enter_job job = { .provider = req->ids[0],
				 .now_ms = clock_wall_ms(),
				 .visit = { .user = req->who.id, .home = req->who.provider },
				 .change = hub_change(req, CHANGE_SUPPORT_ENTERED) };

	job.change.object_kind = ID_PROV;
	job.change.object = job.provider;
	auth_visit_new(&job.visit);
	hub_system_write(req, enter_run, enter_done, &job, sizeof(job));
	secret_wipe(&job.visit, sizeof(job.visit));
}

/* ---- grants whose time is up ---- */

struct due_job {
	int64_t now_ms;
	struct id provider, grant;
};

static int due_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct due_job *job = arg;

	return grant_due(db, job->now_ms, &job->provider, &job->grant);
}

static int over_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct change_in by_hub = { .actor_kind = ACTOR_HUB };
	const struct due_job *job = arg;

	return grant_end(db, mem, job->grant, job->now_ms, &by_hub);
}

static void look(struct support *s);

static void over_done(int rc, void *arg, void *owner)
{
	struct support *s = owner;

	s->looking = false;
	if (rc == 0) /* there may be another */
		look(s);
}

static void due_done(int rc, void *arg, void *owner)
{
	const struct due_job *job = arg;
	struct support *s = owner;

	s->looking = rc == 0;
	if (rc == 0)
		db_write(&s->owner, job->provider, over_run, over_done, job, sizeof(*job));
}

static void look(struct support *s)
{
	struct due_job job = { .now_ms = clock_wall_ms() };

	s->looking = true;
	db_system_read(&s->owner, due_run, due_done, &job, sizeof(job));
}

static void on_tick(struct timer *t)
{
	struct support *s = CONTAINER_OF(t, struct support, tick);

	timer_start(s->hub->loop, t, TICK_MS);
	if (!s->looking)
		look(s);
}

/* ---- the slice ---- */

static int open_support(struct hub *hub)
{
	struct support *s = xcalloc(1, sizeof(*s));

	s->hub = hub;
	hub->support = s;
	db_owner_init(&s->owner, hub->db, hub->loop, s);
	timer_init(&s->tick, on_tick);
	timer_start(hub->loop, &s->tick, 0);
	return 0;
}

static void drain_support(struct hub *hub)
{
	timer_stop(hub->loop, &hub->support->tick);
}

static void close_support(struct hub *hub)
{
	if (!hub->support)
		return;
	timer_stop(hub->loop, &hub->support->tick);
	db_owner_done(&hub->support->owner, NULL);
	free(hub->support);
	hub->support = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/support", RIGHT_LET_SUPPORT_IN, 0, NULL, &support_schema,
	  CHANGE_NONE, get_support, .summary = "Whether the operator's support may look, and what it looked at" },
	{ METHOD_POST, "/api/v1/support", RIGHT_LET_SUPPORT_IN, 4 * KIB, &grant_in_schema, &grant_schema,
	  CHANGE_SUPPORT_GRANTED, post_support, .status = 201, .summary = "Let the operator's support look, for a time" },
	{ METHOD_DELETE, "/api/v1/support", RIGHT_LET_SUPPORT_IN, 0, NULL, NULL,
	  CHANGE_SUPPORT_ENDED, delete_support, .status = 204, .summary = "Let it look no more" },
	{ METHOD_GET, "/api/v1/support/providers", RIGHT_SUPPORT, 0, NULL, &let_in_list_schema,
	  CHANGE_NONE, get_providers, .summary = "Which providers let support in now" },
	{ METHOD_POST, "/api/v1/support/providers/{provider}/logins", RIGHT_SUPPORT, 0, NULL, NULL,
	  CHANGE_SUPPORT_ENTERED, post_login, .ids = { ID_PROV }, .status = 204,
	  .summary = "Go in there: a second cookie, which may view" },
	{}
};
/* clang-format on */

const struct slice support_slice = {
	.name = "support",
	.routes = routes,
	.open = open_support,
	.drain = drain_support,
	.close = close_support,
};
