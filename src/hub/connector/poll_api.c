/* poll_api.c - what connectors that are enrolled say all day: polls and the mirror of the switches.
 *
 * An open poll is the most frequent thing in this program: ten thousand wait at a time.  What it
 * keeps is a struct poll; its request is parked, so that the head it came with is freed. */
#include "hub/connector/slice.h"

#include <stdlib.h>
#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/change.h"
#include "hub/connector/store.h"
#include "hub/series/series.h"
#include "hub/site/site.h"
#include "model/report.h"
#include "net/loop.h"
#include "wire/commands.h"
#include "wire/messages.h"

#define NOTE_SEEN_MS 60000
#define ASK_EVERY_MS 60000
/* A connector asks again at once: one that does not is gone, and its half-open connection with it.
 */
#define NEXT_WITHIN_MS 10000

struct poll {
	struct connector *connector;
	struct request *req;
	struct timer hold;
};

struct commands_query {
	int64_t after, run;
	int64_t hold_s; /* the connector's wish for a shorter hold; absent: none */
	int storage;    /* enum storage_state; -1: not said */
};

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "hold_s", JSON_INT, offsetof(struct commands_query, hold_s), .min = POLL_HOLD_MIN_S, .max = 600 },
	{ "after", JSON_INT, offsetof(struct commands_query, after), .min = 0, .max = COMMAND_N_MAX },
	{ "run", JSON_INT, offsetof(struct commands_query, run), .min = 1, .max = INT64_MAX },
	{ "storage", JSON_ENUM, offsetof(struct commands_query, storage), .names = storage_state_names },
	{ 0 }
};
const struct json_schema commands_query_schema = {
	"commands_query", sizeof(struct commands_query), 0, query_fields
};
/* clang-format on */

static struct hub *hub_here(const struct connector *c)
{
	return c->live->hub;
}

/* Presence is kept in the database once a minute: after a restart the page still knows roughly. */
struct seen_job {
	struct id connector;
	int64_t seen_ms, skew_ms;
};

static int seen_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct seen_job *job = arg;
	int rc = connector_note_seen(db, job->connector, job->seen_ms, job->skew_ms);

	return rc < 0 ? rc : 0;
}

static void note_seen(struct connector *c)
{
	struct live *l = c->live;
	struct seen_job job = { c->id, l->last_seen_ms, l->skew_ms };

	if (l->noted_ms != JSON_ABSENT_INT && l->last_seen_ms - l->noted_ms < NOTE_SEEN_MS)
		return;
	l->noted_ms = l->last_seen_ms;
	db_write(&hub_here(c)->connectors->owner, c->provider, seen_run, NULL, &job, sizeof(job));
}

/* Takes the poll off its connector; the request is the caller's to answer. */
static struct request *take_off(struct poll *p)
{
	struct connector *c = p->connector;
	struct request *req = p->req;

	timer_stop(hub_here(c)->loop, &p->hold);
	c->poll = NULL;
	c->live->polling = false;
	status_seen(c->live);
	note_seen(c);
	/* The status is due anew: without a next poll the site will be offline. */
	status_arm(c->live);
	metric_add(M_POLLS, -1);
	free(p);
	return req;
}

static void reply_commands(struct request *req, const struct commands *commands)
{
	struct buf out = buf_new(64 * KIB);
	int rc = commands_encode(commands, &out);

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply_raw(req, 200, MEDIA_JSON, buf_str(&out));
	buf_done(&out);
}

void poll_end(struct poll *p, int rc)
{
	const struct commands none = { .schema_min = JSON_ABSENT_INT,
				       .schema_max = JSON_ABSENT_INT,
				       .copied = p->connector->live->copied };
	struct request *req = take_off(p);

	req->on_gone = NULL;
	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply_commands(req, &none);
}

static void on_hold_over(struct timer *t)
{
	poll_end(CONTAINER_OF(t, struct poll, hold), 0);
}

static void on_gone(struct request *req, void *arg)
{
	take_off(arg);
}

/* As configured, or shorter if the connector's line cuts what is silent for as long. */
static int64_t hold_ms(const struct request *req, const struct hub *hub)
{
	const struct commands_query *query = req->query;
	int64_t ms = hub->config->poll_hold_ms;

	return query->hold_s != JSON_ABSENT_INT && query->hold_s * 1000 < ms ? query->hold_s * 1000
									     : ms;
}

static void hold(struct request *req, struct connector *c)
{
	struct hub *hub = hub_here(c);
	struct poll *p = xcalloc(1, sizeof(*p));

	p->connector = c;
	p->req = req;
	request_owes_next(req, NEXT_WITHIN_MS);
	timer_init(&p->hold, on_hold_over);
	timer_start(hub->loop, &p->hold, hold_ms(req, hub));
	req->on_gone = on_gone;
	req->gone_arg = p;
	c->poll = p;
	c->live->polling = true;
	metric_add(M_POLLS, 1);
	request_park(req);
}

struct commands_job {
	struct id connector;
	int64_t after;
	struct commands commands;
};

static int commands_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct commands_job *job = arg;

	return commands_after(db, job->connector, job->after, clock_wall_ms(), mem, &job->commands);
}

static void commands_done(struct request *req, int rc, void *arg)
{
	struct commands_job *job = arg;
	struct connector *c = connector_of(req);

	if (rc < 0)
		return reply_error(req, rc, NULL);
	if (c->revoked)
		return reply_error(req, connector_refusal(c), NULL);
	if (job->commands.len == 0) {
		if (c->poll)
			poll_end(c->poll, ERR_SUPERSEDED);
		return hold(req, c);
	}
	job->commands.schema_min = REPORT_SCHEMA_MIN;
	job->commands.schema_max = REPORT_SCHEMA_MAX;
	job->commands.copied = c->live->copied;
	reply_commands(req, &job->commands);
}

/* This store was set back by a restored backup: what is given next must be new to the connector. */
struct raise_job {
	struct id connector;
	int64_t seen;
};

static int raise_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct raise_job *job = arg;

	return command_seq_raise(db, job->connector, job->seen);
}

static void raise_commands(struct connector *c, int64_t seen)
{
	struct raise_job job = { c->id, seen };

	if (seen <= c->command_seq)
		return;
	c->command_seq = seen;
	db_write(&hub_here(c)->connectors->owner, c->provider, raise_run, NULL, &job, sizeof(job));
}

/* In memory only: each poll says it anew. */
static void take_storage_state(struct connector *c, int state)
{
	struct live *l = c->live;

	if (state < 0 || l->storage == state)
		return;
	l->storage = state;
	l->storage_ms = clock_wall_ms();
	status_refresh(l);
}

void commands_poll(struct request *req)
{
	const struct commands_query *query = req->query;
	struct connector *c = connector_of(req);
	struct commands_job job = {
		.connector = c->id,
		.after = query->after == JSON_ABSENT_INT ? 0 : query->after,
	};

	note_seen(c);
	if (query->run != JSON_ABSENT_INT)
		connector_saw_run(c, query->run, request_address(req));
	take_storage_state(c, query->storage);
	raise_commands(c, job.after);
	if (c->poll)
		poll_end(c->poll, ERR_SUPERSEDED);
	if (hub_here(c)->draining)
		return reply_error(req, ERR_BUSY, NULL);
	if (c->command_seq <= job.after)
		return hold(req, c);
	hub_read(req, commands_run, commands_done, &job, sizeof(job));
}

void connector_wake(struct connector *c)
{
	/* The empty answer: the connector asks again at once and is given what waits. */
	if (c->poll)
		poll_end(c->poll, 0);
}

void connector_commanded(struct connector *c)
{
	c->command_seq++;
	connector_wake(c);
}

struct mirror_job {
	struct id connector;
	struct permissions held;
	int64_t at_ms; /* the site's time */
	struct change_in change;
	struct known *known;
	struct site_facts facts;
};

static const char *permissions_json(struct arena *mem, const struct permissions *p)
{
	return arena_printf(
		mem, "{\"revision\":%lld,\"monitoring\":\"%s\",\"console\":\"%s\",\"mfp\":\"%s\"}",
		(long long)p->revision, switch_names[p->monitoring], switch_names[p->console],
		switch_names[p->mfp]);
}

static bool same_switches(const struct permissions *a, const struct permissions *b)
{
	return a->monitoring == b->monitoring && a->console == b->console && a->mfp == b->mfp;
}

static int mirror_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct mirror_job *job = arg;
	struct permissions before;
	struct site_state state;
	bool newer = false;
	int rc = permissions_get(db, job->connector, &before);

	if (rc == 0)
		rc = permissions_put(db, job->connector, &job->held, &newer);
	/* The first mirror confirms what enrolling set: nobody changed anything. */
	if (rc < 0 || !newer || same_switches(&before, &job->held))
		return rc;
	job->change.before = permissions_json(mem, &before);
	job->change.after = permissions_json(mem, &job->held);
	if (before.monitoring != job->held.monitoring)
		rc = series_monitoring(db, job->change.site, job->at_ms,
				       job->held.monitoring == SWITCH_ON);
	if (rc == 0)
		rc = change_write(db, &job->change);
	/* With the switches, so that no answer shows these and the status of those before. */
	return rc < 0 ? rc
		      : state_renew(db, job->known, job->change.customer, job->change.site, mem,
				    &job->facts, &state);
}

static void mirror_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

void permissions_mirror(struct request *req)
{
	const struct permissions_request *in = req->in;
	struct connector *c = connector_of(req);
	struct live *l = c->live;
	struct mirror_job job = {
		.connector = c->id,
		.held = { in->revision, permission_switch(in->monitoring), in->console, in->mfp },
		.at_ms = in->at_ms,
		.change = hub_change(req, CHANGE_PERMISSION_CHANGED),
		.known = hub_of(req->owner)->known,
	};
	bool newer = in->revision > c->perm_revision;

	job.change.object_kind = ID_CONN;
	job.change.object = c->id;
	job.change.customer = c->customer;
	job.change.site = c->site;
	/* At once: jobs run in the order in which they are given, so that what concludes after this
	 * one goes by the new switch, and what concludes before by the old.  Should the write fail,
	 * the connector says it again. */
	if (newer) {
		c->perm_revision = in->revision;
		if (l->monitoring != job.held.monitoring)
			l->monitoring_ms = clock_wall_ms();
		l->monitoring = job.held.monitoring;
	}
	status_facts(l, &job.facts);
	connector_take_tail(c); /* a switch of monitoring is a row in all series */
	hub_write(req, mirror_run, mirror_done, &job, sizeof(job));
	/* Behind it, for what the loop itself has to look at from now on: also if nobody waits for
	 * the answer any more. */
	if (newer)
		status_refresh(l);
}

/* POST /sites/{id}/refresh */
struct ask_job {
	struct id connector, site;
	int64_t now_ms;
	struct change_in change;
};

static int ask_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct ask_job *job = arg;
	int rc = site_customer(db, job->site, &job->change.customer);

	if (rc == 0 && id_is_zero(job->connector))
		rc = ERR_CONFLICT;
	if (rc == 0)
		rc = command_insert(db, (struct id){}, job->connector,
				    &(struct command){ .kind = COMMAND_REPORT_NOW }, job->now_ms);
	return rc < 0 ? rc : change_write(db, &job->change);
}

static void ask_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 202, NULL);
}

void report_ask(struct request *req)
{
	struct hub *hub = hub_of(req->owner);
	struct live *l = status_live(hub, req->ids[0]);
	struct connector *c = l && id_eq(l->provider, req->who.provider) && !l->revoked
				      ? connector_by_id(hub, l->connector)
				      : NULL;
	struct ask_job job = {
		.site = req->ids[0],
		.now_ms = clock_wall_ms(),
		.change = hub_change(req, CHANGE_REPORT_ASKED),
	};

	if (c) {
		int64_t now_ms = clock_mono_ms();

		if (c->asked_mono_ms && now_ms - c->asked_mono_ms < ASK_EVERY_MS) {
			reply_retry_after(req,
					  (c->asked_mono_ms + ASK_EVERY_MS - now_ms) / 1000 + 1);
			return reply_error(req, ERR_TOO_MANY, NULL);
		}
		c->asked_mono_ms = now_ms;
		job.connector = c->id;
	}
	job.change.object_kind = ID_SITE;
	job.change.object = job.site;
	job.change.site = job.site;
	hub_write(req, ask_run, ask_done, &job, sizeof(job));
}

/* DELETE /sites/{id}/connector */
struct revoke_job {
	struct id site;
	int64_t now_ms;
	struct change_in change;
};

static int revoke_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct revoke_job *job = arg;
	int rc = site_customer(db, job->site, &job->change.customer);

	if (rc == 0)
		rc = connector_revoke(db, job->site, (struct id){}, job->now_ms,
				      &job->change.object);
	if (rc == 0 && id_is_zero(job->change.object))
		rc = ERR_NOT_FOUND;
	return rc < 0 ? rc : change_write(db, &job->change);
}

static void revoke_done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 204, NULL);
}

static void revoke(struct request *req, struct id site)
{
	struct revoke_job job = {
		.site = site,
		.now_ms = clock_wall_ms(),
		.change = hub_change(req, CHANGE_CONNECTOR_REVOKED),
	};

	job.change.object_kind = ID_CONN;
	job.change.site = site;
	hub_write(req, revoke_run, revoke_done, &job, sizeof(job));
}

void connector_delete(struct request *req)
{
	revoke(req, req->ids[0]);
}

/* DELETE /c/v1/connector: the customer withdraws consent, at the site itself */
void connector_leave(struct request *req)
{
	revoke(req, connector_of(req)->site);
}

static void revoked(struct connector *c, struct live *l, int64_t at_ms)
{
	connector_cut(c, ERR_REVOKED);
	if (l && id_eq(l->connector, c->id)) {
		l->revoked = true;
		l->revoked_ms = at_ms;
	}
}

static void retire(void *value, void *arg)
{
	const struct change_note *note = arg;
	struct connector *c = value;

	if (c->revoked || !id_eq(c->provider, note->provider) ||
	    !id_eq(note->object, note->object_kind == ID_SITE ? c->site : c->customer))
		return;
	revoked(c, c->live, note->at_ms);
	status_refresh_in_turn(c->live);
}

/* What is held in memory follows the log, so that it is right whether or not the caller waited. */
void connector_on_change(struct hub *hub, const struct change_note *note)
{
	struct connector *c =
		note->object_kind == ID_CONN ? connector_by_id(hub, note->object) : NULL;
	struct live *l = id_is_zero(note->site) ? NULL : status_live(hub, note->site);

	if (note->verb == CHANGE_REPORT_ASKED && l) {
		c = connector_by_id(hub, l->connector);
		if (c)
			connector_commanded(c);
		return;
	}
	if (note->verb == CHANGE_CONNECTOR_ACCEPTED && l) {
		l->copied = false;
		l->copied_ms = JSON_ABSENT_INT;
		status_refresh(l);
		if (c) {
			memset(c->runs, 0, sizeof(c->runs));
			connector_wake(c); /* it hears of it at once */
		}
		return;
	}
	/* Now, and not when the enrolment's own job is back: the others that hear of it ask. */
	if (note->verb == CHANGE_CONNECTOR_REPLACED && c)
		connector_cut(c, ERR_REPLACED);
	if (note->verb == CHANGE_SITE_ARCHIVED || note->verb == CHANGE_CUSTOMER_ARCHIVED)
		map_each(&hub->connectors->by_id, retire, (void *)note);
	if (note->verb != CHANGE_CONNECTOR_REVOKED || !c)
		return;
	revoked(c, l, note->at_ms);
	if (l && l->revoked)
		status_refresh(l);
}
