/* session.c - what is held in memory of sessions, and how they end; see session.h.
 *
 * sessions.live holds those that are not over, sessions.over those that were lately: a browser that
 * still has the cookie of one is told so.  One tick a second looks at all that are live, which are
 * at most SESSIONS_OPEN_MAX a provider. */
#include "hub/session/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/session/store.h"
#include "hub/status/status.h"
#include "wire/commands.h"

#define TICK_MS      1000
#define OVER_KEPT_MS (INT64_C(24) * 3600 * 1000)
#define OVER_MAX     4096
/* The connector says itself when nobody answered or its time is up; this is for one that cannot. */
#define GRACE_MS (30 * 1000)

struct session *session_by_id(const struct hub *hub, struct id id)
{
	return map_get(&hub->sessions->by_id, id.b, sizeof(id.b));
}

size_t sessions_of(const struct hub *hub, struct id provider)
{
	size_t n = 0;

	LIST_EACH(l, &hub->sessions->live)
		n += id_eq(LIST_ENTRY(l, struct session, link)->provider, provider);
	return n;
}

/* ---- what the relay knows ---- */

static struct session_pass pass_of(const struct session *s)
{
	struct session_pass pass = {
		.id = s->id,
		.site = s->site,
		.connector = s->connector,
		.cookie = s->cookie,
		.over = session_is_over(s->state),
	};

	memcpy(pass.label, s->label, sizeof(pass.label));
	return pass;
}

void session_tell(struct hub *hub, const struct session *s)
{
	const struct session_listener *l = &hub->sessions->listener;
	struct session_pass pass = pass_of(s);

	if (s->has_cookie && l->told)
		l->told(&pass, l->owner);
}

void sessions_listen(struct hub *hub, const struct session_listener *listener)
{
	struct sessions *all = hub->sessions;

	all->listener = *listener;
	LIST_EACH(l, &all->live)
		session_tell(hub, LIST_ENTRY(l, struct session, link));
	LIST_EACH(o, &all->over)
		session_tell(hub, LIST_ENTRY(o, struct session, link));
}

/* ---- coming and going ---- */

static void arm(struct hub *hub)
{
	if (!timer_running(&hub->sessions->tick) && !hub->draining && !hub->closed)
		timer_start(hub->loop, &hub->sessions->tick, TICK_MS);
}

static struct session *add(struct hub *hub, struct id id, const uint8_t label[static 16])
{
	struct sessions *all = hub->sessions;
	struct session *s = xcalloc(1, sizeof(*s));

	s->id = id;
	s->why = -1;
	s->ends_ms = JSON_ABSENT_INT;
	s->ask_until = s->login_until = s->ends = INT64_MAX;
	memcpy(s->label, label, sizeof(s->label));
	list_append(&all->live, &s->link);
	map_put(&all->by_id, id.b, sizeof(id.b), s);
	map_put(&all->by_label, s->label, sizeof(s->label), s);
	arm(hub);
	return s;
}

struct session *session_make(struct hub *hub, struct id id, struct id provider, struct id login)
{
	struct session *s;
	uint8_t label[16];

	rand_bytes(label, sizeof(label));
	s = add(hub, id, label);
	s->provider = provider;
	s->login = login;
	s->state = SESSION_REQUESTED;
	s->ask_until = clock_mono_ms() + SESSION_ASK_MS;
	s->pending = true;
	return s;
}

static void let_go(struct request *req)
{
	if (req)
		req->on_gone = NULL;
}

static void forget(struct hub *hub, struct session *s)
{
	struct sessions *all = hub->sessions;

	let_go(s->maker);
	let_go(s->asker);
	if (s->has_cookie && all->listener.told) {
		struct session_pass pass = pass_of(s);

		all->listener.forgotten(&pass, all->listener.owner);
	}
	list_remove(&s->link);
	map_remove(&all->by_id, s->id.b, sizeof(s->id.b));
	map_remove(&all->by_label, s->label, sizeof(s->label));
	secret_wipe(s, sizeof(*s));
	free(s);
}

void session_drop(struct hub *hub, struct session *s)
{
	forget(hub, s);
}

void session_opened(struct session *s, int64_t ends_ms)
{
	int64_t now_ms = clock_wall_ms(), left_ms = ends_ms - now_ms;

	/* A connector may say less than its ceiling, and nobody may say more. */
	if (left_ms > SESSION_CEILING_MS)
		left_ms = SESSION_CEILING_MS;
	s->state = SESSION_OPEN;
	s->ends_ms = now_ms + left_ms;
	s->ends = clock_mono_ms() + left_ms;
}

/* ---- the end ---- */

static void trim_over(struct hub *hub, int64_t now)
{
	struct sessions *all = hub->sessions;

	while (!list_empty(&all->over)) {
		struct session *s = LIST_ENTRY(all->over.next, struct session, link);

		if (all->over_len <= OVER_MAX && now - s->over_at < OVER_KEPT_MS)
			return;
		if (s->saving || s->unsaved || s->maker || s->asker)
			return;
		all->over_len--;
		forget(hub, s);
	}
}

void session_is_over_now(struct hub *hub, struct session *s, enum session_state state,
			 enum session_why why)
{
	char id[ID_TEXT_MAX];

	if (session_is_over(s->state))
		return;
	s->state = state;
	s->why = (int)why;
	s->over_at = clock_mono_ms();
	s->has_ticket = false;
	secret_wipe(&s->ticket, sizeof(s->ticket));
	list_remove(&s->link);
	list_append(&hub->sessions->over, &s->link);
	hub->sessions->over_len++;
	id_encode(ID_SESS, s->id, id);
	log_event(EV_SESSION_OVER, "session=%s state=%s why=%s", id, session_state_names[state],
		  session_why_names[why]);
	session_tell(hub, s);
}

struct end_job {
	struct id session, connector;
	struct session_told told;
	bool command;
	int64_t now_ms, n;
	char from[ADDRESS_GROUP_MAX];
	struct change_in change;
};

static int end_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct end_job *job = arg;
	int rc = session_note(db, job->session, &job->told, job->now_ms);

	if (rc <= 0)
		return rc;
	rc = command_forget(db, job->session);
	if (rc == 0 && job->command)
		rc = command_close(db, job->connector, job->session, job->now_ms);
	if (rc < 0)
		return rc;
	job->change.from = job->from[0] ? job->from : NULL;
	job->change.after = arena_printf(mem, "{\"why\":\"%s\"}", session_why_names[job->told.why]);
	return change_write(db, &job->change);
}

static void end_done(int rc, void *arg, void *owner)
{
	const struct end_job *job = arg;
	struct sessions *all = owner;
	struct session *s = session_by_id(all->hub, job->session);
	struct request *asker;

	if (!s)
		return;
	s->saving = false;
	s->unsaved = rc < 0;
	if (s->unsaved)
		arm(all->hub);
	asker = TAKE(s->asker);
	if (!asker)
		return;
	if (rc < 0)
		reply_error(asker, rc, NULL);
	else
		reply(asker, 204, NULL);
}

/* Its end, as it stands in memory, into the database. */
static void save_end(struct hub *hub, struct session *s)
{
	struct end_job job = {
		.session = s->id,
		.connector = s->connector,
		.told = { .state = (int)s->state,
			  .why = s->why,
			  .ends_ms = JSON_ABSENT_INT,
			  .bytes_up = s->bytes_up,
			  .bytes_down = s->bytes_down,
			  .requests = s->requests,
			  .desk_count = JSON_ABSENT_INT,
			  .more_why = -1,
			  .more_ask_ms = JSON_ABSENT_INT },
		.command = s->command,
		.now_ms = clock_wall_ms(),
		.change = {
			.verb = s->state == SESSION_REFUSED ? CHANGE_SESSION_REFUSED
							    : CHANGE_SESSION_ENDED,
			.actor_kind = s->ended_by,
			.actor = s->ended_by_user,
			.object_kind = ID_SESS,
			.object = s->id,
			.customer = s->customer,
			.site = s->site,
		},
	};

	memcpy(job.from, s->ended_from, sizeof(job.from));
	s->saving = true;
	s->unsaved = false;
	db_write(&hub->sessions->owner, s->provider, end_run, end_done, &job, sizeof(job));
}

static void end(struct hub *hub, struct session *s, enum session_state state, enum session_why why)
{
	const struct connector *c = connector_by_id(hub, s->connector);

	s->command = c && !c->revoked;
	/* The relay says first what passed; the tick does not wait for it. */
	s->unsaved = s->has_cookie && hub->sessions->listener.told;
	session_is_over_now(hub, s, state, why);
	if (!s->unsaved)
		save_end(hub, s);
}

void session_counted(struct hub *hub, struct id session, const struct session_counts *counts,
		     bool last)
{
	struct session *s = session_by_id(hub, session);

	if (!s || (session_is_over(s->state) && !s->unsaved))
		return;
	s->bytes_up += counts->up;
	s->bytes_down += counts->down;
	s->requests += counts->requests;
	if (last && s->unsaved)
		save_end(hub, s);
}

void session_end(struct hub *hub, struct session *s, enum session_why why)
{
	if (session_is_over(s->state))
		return;
	s->ended_by = ACTOR_HUB;
	end(hub, s, why == WHY_UNANSWERED ? SESSION_REFUSED : SESSION_ENDED, why);
}

static void asker_gone(struct request *req, void *arg)
{
	struct session *s = arg;

	s->asker = NULL;
}

void session_end_for(struct request *req, struct session *s)
{
	s->ended_by = ACTOR_USER;
	s->ended_by_user = req->who.id;
	snprintf(s->ended_from, sizeof(s->ended_from), "%s", request_address(req));
	s->asker = req;
	req->on_gone = asker_gone;
	req->gone_arg = s;
	end(hub_of(req->owner), s, SESSION_ENDED, WHY_TECHNICIAN);
}

/* ---- by time ---- */

/* Its connector has said nothing for so long. */
static bool is_away(struct hub *hub, const struct session *s)
{
	const struct live *l = status_live(hub, s->site);

	return l && status_quiet_ms(l) > SESSION_AWAY_MS;
}

/* It could not say itself that the time was up. */
static bool is_silent(struct hub *hub, const struct session *s)
{
	const struct live *l = status_live(hub, s->site);

	return l && status_silent_ms(l) != JSON_ABSENT_INT;
}

static void look(struct hub *hub, struct session *s, int64_t now)
{
	if (s->pending)
		return; /* its job makes it one, or drops it */
	if (now >= s->login_until)
		return session_end(hub, s, WHY_LOGIN_ENDED);
	if (s->state != SESSION_OPEN && now >= s->ask_until + GRACE_MS)
		return session_end(hub, s, WHY_UNANSWERED);
	if (s->state == SESSION_OPEN && now >= s->ends + GRACE_MS)
		return session_end(hub, s, is_silent(hub, s) ? WHY_OFFLINE : WHY_CEILING);
	if (s->state == SESSION_OPEN && is_away(hub, s))
		session_end(hub, s, WHY_OFFLINE);
}

static void on_tick(struct timer *t)
{
	struct sessions *all = CONTAINER_OF(t, struct sessions, tick);
	int64_t now = clock_mono_ms();
	bool more = false;

	LIST_EACH(l, &all->live)
		look(all->hub, LIST_ENTRY(l, struct session, link), now);
	LIST_EACH(o, &all->over) {
		struct session *s = LIST_ENTRY(o, struct session, link);

		if (s->unsaved)
			save_end(all->hub, s);
		more |= s->saving;
	}
	trim_over(all->hub, now);
	if (more || !list_empty(&all->live) || !list_empty(&all->over))
		arm(all->hub);
}

/* ---- what others' changes end ---- */

static bool concerns(const struct session *s, const struct change_note *n)
{
	if (!id_eq(s->provider, n->provider))
		return false;
	switch (n->verb) {
	case CHANGE_LOGIN_ENDED:
		return id_eq(s->login, n->object);
	case CHANGE_CONNECTOR_REVOKED:
	case CHANGE_CONNECTOR_REPLACED:
		return id_eq(s->site, n->site);
	case CHANGE_SITE_ARCHIVED:
		return id_eq(s->site, n->object);
	case CHANGE_CUSTOMER_ARCHIVED:
		return id_eq(s->customer, n->object);
	default:
		return false;
	}
}

/* Whether a command was written with it.  What was told before its end is noted after that, too. */
static bool take_command(struct session *s, enum change_verb verb)
{
	bool closes = s->command;

	switch (verb) {
	case CHANGE_SESSION_REQUESTED:
		s->pending = false;
		return true;
	case CHANGE_SESSION_MORE_ASKED:
		return true;
	case CHANGE_SESSION_ENDED:
	case CHANGE_SESSION_REFUSED:
		s->command = false;
		return closes;
	default:
		return false;
	}
}

static void sessions_on_change(struct hub *hub, const struct change_note *n)
{
	struct session *s = n->object_kind == ID_SESS ? session_by_id(hub, n->object) : NULL;

	if (s) {
		struct connector *c = connector_by_id(hub, s->connector);

		if (take_command(s, n->verb) && c)
			connector_commanded(c);
		return;
	}
	LIST_EACH(l, &hub->sessions->live) {
		struct session *one = LIST_ENTRY(l, struct session, link);

		if (!one->pending && concerns(one, n))
			session_end(hub, one,
				    n->verb == CHANGE_LOGIN_ENDED ? WHY_LOGIN_ENDED : WHY_REVOKED);
	}
}

/* ---- the slice ---- */

struct load {
	struct arena *mem;
	struct loaded {
		struct loaded *next;
		struct session_live_row row;
	} * first;
};

static void gather(const struct session_live_row *row, void *arg)
{
	struct load *load = arg;
	struct loaded *one = ARENA_NEW(load->mem, struct loaded);

	*one = (struct loaded){ load->first, *row };
	load->first = one;
}

static int load_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct load *load = arg;

	load->mem = mem;
	return sessions_load(db, gather, load);
}

static void take_over(struct hub *hub, const struct session_live_row *live)
{
	const struct session_row *row = &live->row;
	struct session *s = add(hub, row->id, row->label);
	int64_t ahead = clock_mono_ms() - clock_wall_ms();

	s->provider = live->provider;
	s->customer = row->customer_id;
	s->site = row->site_id;
	s->connector = row->connector;
	s->user = row->user_id;
	s->login = row->login;
	s->state = (enum session_state)row->state;
	s->ask_until = row->ask_until_ms + ahead;
	s->login_until = row->login_until_ms + ahead;
	s->bytes_up = row->bytes_up;
	s->bytes_down = row->bytes_down;
	s->requests = row->requests;
	s->has_cookie = live->has_cookie;
	s->cookie = live->cookie;
	s->taken_over = true;
	if (s->state == SESSION_OPEN)
		session_opened(s, row->ends_ms);
}

static int open_sessions(struct hub *hub)
{
	struct sessions *all = xcalloc(1, sizeof(*all));
	struct arena mem = {};
	struct load load = {};
	int rc;

	all->hub = hub;
	hub->sessions = all;
	list_init(&all->live);
	list_init(&all->over);
	timer_init(&all->tick, on_tick);
	db_owner_init(&all->owner, hub->db, hub->loop, all);
	rc = db_wait_system_read(hub->db, load_run, &load, &mem);
	for (const struct loaded *l = load.first; rc == 0 && l; l = l->next)
		take_over(hub, &l->row);
	arena_done(&mem);
	return rc;
}

static void drain_sessions(struct hub *hub)
{
	timer_stop(hub->loop, &hub->sessions->tick);
}

static void free_all(struct hub *hub, struct link *list)
{
	LIST_EACH(l, list)
		forget(hub, LIST_ENTRY(l, struct session, link));
}

static void close_sessions(struct hub *hub)
{
	struct sessions *all = hub->sessions;

	if (!all)
		return;
	timer_stop(hub->loop, &all->tick);
	db_owner_done(&all->owner, NULL);
	free_all(hub, &all->live);
	free_all(hub, &all->over);
	map_done(&all->by_id);
	map_done(&all->by_label);
	free(all);
	hub->sessions = NULL;
}

/* clang-format off */
const struct route session_routes[] = {
	{ METHOD_POST, "/api/v1/sites/{id}/sessions", RIGHT_SESSIONS, 2 * KIB, &session_in_schema, &session_made_schema,
	  CHANGE_SESSION_REQUESTED, sessions_post, .ids = { ID_SITE }, .status = 201,
	  .summary = "Ask a site to open its print server's or a device's own pages" },
	{ METHOD_GET, "/api/v1/sites/{id}/targets", RIGHT_VIEW, 0, NULL, &targets_schema,
	  CHANGE_NONE, targets_get, .ids = { ID_SITE },
	  .summary = "What of a site can be opened, and what the customer allows" },
	{ METHOD_GET, "/api/v1/sessions", RIGHT_VIEW, 0, NULL, &session_page_schema,
	  CHANGE_NONE, sessions_get, .query = &sessions_query_schema,
	  .summary = "Visits to sites' pages, the newest first" },
	{ METHOD_GET, "/api/v1/sessions/{session}", RIGHT_VIEW, 0, NULL, &session_schema,
	  CHANGE_NONE, session_get_one, .ids = { ID_SESS }, .summary = "One visit" },
	{ METHOD_POST, "/api/v1/sessions/{session}/more", RIGHT_SESSIONS, 0, NULL, &session_made_schema,
	  CHANGE_SESSION_MORE_ASKED, session_post_more, .ids = { ID_SESS },
	  .summary = "Ask for more time for an open visit of one's own" },
	{ METHOD_DELETE, "/api/v1/sessions/{session}", RIGHT_SESSIONS, 0, NULL, NULL,
	  CHANGE_SESSION_ENDED, session_delete, .ids = { ID_SESS }, .status = 204,
	  .summary = "End a visit, or ask no more for it" },
	{ METHOD_POST, "/api/v1/sessions/{session}/url", RIGHT_SESSIONS, 0, NULL, &session_made_schema,
	  CHANGE_NONE, session_post_url, .ids = { ID_SESS },
	  .summary = "A new way in to an open visit of one's own: good once, for a minute" },

	{ METHOD_POST, "/c/v1/sessions/{session}", RIGHT_SIGNED, 1 * KIB, &session_told_schema, NULL,
	  CHANGE_SESSION_OPENED, session_told_post, .ids = { ID_SESS }, .flags = ROUTE_GZIP, .status = 204,
	  .summary = "What has become of a visit that was asked for" },
	{ METHOD_POST, "/c/v1/targets", RIGHT_SIGNED, 128 * KIB, &targets_request_schema, NULL,
	  CHANGE_TARGETS_TOLD, targets_told_post, .flags = ROUTE_GZIP, .status = 204,
	  .summary = "What the customer has configured to be opened besides the console" },
	{}
};
/* clang-format on */

const struct slice session_slice = {
	.name = "session",
	.routes = session_routes,
	.open = open_sessions,
	.on_change = sessions_on_change,
	.drain = drain_sessions,
	.close = close_sessions,
};
