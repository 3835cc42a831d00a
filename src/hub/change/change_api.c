/* change_api.c - GET /api/v1/changes: the change log as it grows.
 *
 *   a note comes: seq follows what was sent      -> written at once, from the note
 *                 there is a gap, or we catch up -> read from the log until there is none
 *
 * So nothing is lost or sent twice, whoever wrote the log and however late the reader comes.  A
 * stream ends with its login, and after an hour in any case: the browser comes again by itself and
 * is asked for its login anew. */
#include "hub/change/change.h"

#include "api/request.h"
#include "api/stream.h"
#include "base/map.h"
#include "hub/auth/auth.h"
#include "net/loop.h"
#include <stdlib.h>

#define BATCH                100
#define STREAM_LIFE_MS       (60 * 60 * 1000)
#define STREAMS_MAX_PROVIDER 200

struct changes {
	struct link streams;
};

struct listener {
	struct link link;
	struct hub *hub;
	struct stream *stream;
	struct db_owner owner;
	struct timer life;
	struct id provider, login;
	int64_t sent;   /* the last number written */
	int64_t newest; /* the last number heard of */
	bool reading;
};

/* ---- forms ---- */

struct named {
	const char *kind, *id;
};

struct change_out {
	int64_t seq, at_ms;
	const char *verb;
	struct named *actor, *object;
	struct id customer, site;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field named_fields[] = {
	{ "kind", JSON_TEXT, AT(named, kind), .flags = JSON_REQUIRED },
	{ "id", JSON_TEXT, AT(named, id), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema named_schema = { "change_ref", sizeof(struct named), 0, named_fields };

static const struct json_field change_fields[] = {
	{ "seq", JSON_INT, AT(change_out, seq), .flags = JSON_REQUIRED },
	{ "at", JSON_TIME, AT(change_out, at_ms), .flags = JSON_REQUIRED },
	{ "verb", JSON_TEXT, AT(change_out, verb), .flags = JSON_REQUIRED },
	{ "actor", JSON_OBJECT, AT(change_out, actor), JSON_REQUIRED, .sub = &named_schema },
	{ "object", JSON_OBJECT, AT(change_out, object), JSON_REQUIRED, .sub = &named_schema },
	{ "customer_id", JSON_ID, AT(change_out, customer), JSON_NULLABLE, .min = ID_CUST },
	{ "site_id", JSON_ID, AT(change_out, site), JSON_NULLABLE, .min = ID_SITE },
	{}
};
static const struct json_schema change_schema = {
	"change", sizeof(struct change_out), 0, change_fields
};
/* clang-format on */

/* The API's words for kinds of objects. */
static const char *const kind_words[ID_KINDS] = {
	[ID_NONE] = "none",      [ID_PROV] = "provider",  [ID_USER] = "user",
	[ID_LOGIN] = "login",    [ID_CUST] = "customer",  [ID_SITE] = "site",
	[ID_CONN] = "connector", [ID_INV] = "invitation", [ID_CHG] = "change",
	[ID_SESS] = "session",   [ID_TGT] = "target",
};

static struct named name(enum id_kind kind, const char *word, struct id id,
			 char text[static ID_TEXT_MAX])
{
	if (kind == ID_NONE || id_is_zero(id))
		return (struct named){ word, NULL };
	id_encode(kind, id, text);
	return (struct named){ word, text };
}

static void send_change(struct listener *l, const struct change_note *n)
{
	static const enum id_kind actors[] = {
		[ACTOR_NOBODY] = ID_NONE, [ACTOR_USER] = ID_USER,     [ACTOR_CONNECTOR] = ID_CONN,
		[ACTOR_HUB] = ID_NONE,    [ACTOR_OPERATOR] = ID_NONE,
	};
	char actor_text[ID_TEXT_MAX], object_text[ID_TEXT_MAX];
	struct named actor, object;
	struct buf text = buf_new(4 * KIB);
	struct change_out out = { n->seq,      n->at_ms, change_word(n->verb), &actor, &object,
				  n->customer, n->site };

	actor = name(actors[n->actor_kind], actor_word(n->actor_kind), n->actor, actor_text);
	object = name(n->object_kind, kind_words[n->object_kind], n->object, object_text);
	json_encode(&change_schema, &out, 0, &text);
	assert(buf_status(&text) == 0);
	stream_event(l->stream, n->seq, "change", buf_str(&text));
	l->sent = n->seq;
	buf_done(&text);
}

/* ---- a listener's life ---- */

static void listener_free(struct listener *l)
{
	timer_stop(l->hub->loop, &l->life);
	list_remove(&l->link);
	db_owner_done(&l->owner, NULL);
	free(l);
}

static void on_gone(struct stream *s, void *arg)
{
	listener_free(arg);
}

static void end(struct listener *l)
{
	stream_close(l->stream);
	listener_free(l);
}

static void on_life(struct timer *t)
{
	end(CONTAINER_OF(t, struct listener, life));
}

struct read_job {
	int64_t after;
	struct change *changes;
	size_t len;
};

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct read_job *job = arg;

	return change_read(db, job->after, BATCH, mem, &job->changes, &job->len);
}

static void catch_up(struct listener *l);

static void read_done(int rc, void *arg, void *owner)
{
	const struct read_job *job = arg;
	struct listener *l = owner;

	l->reading = false;
	if (rc < 0) {
		end(l);
		return;
	}
	for (size_t i = 0; i < job->len; i++)
		send_change(l, &job->changes[i].note);
	/* What was noted while this read ran may have been committed after its snapshot. */
	if (job->len == BATCH || l->newest > l->sent)
		catch_up(l);
}

static void catch_up(struct listener *l)
{
	struct read_job job = { .after = l->sent };

	l->reading = true;
	db_read(&l->owner, l->provider, read_run, read_done, &job, sizeof(job));
}

static void on_change(struct hub *hub, const struct change_note *n)
{
	LIST_EACH(at, &hub->changes->streams) {
		struct listener *l = LIST_ENTRY(at, struct listener, link);

		if (!id_eq(l->provider, n->provider))
			continue;
		if (n->verb == CHANGE_LOGIN_ENDED && id_eq(l->login, n->object)) {
			end(l);
			continue;
		}
		l->newest = n->seq;
		if (l->reading)
			continue;
		if (n->seq == l->sent + 1)
			send_change(l, n);
		else if (n->seq > l->sent)
			catch_up(l);
	}
}

/* ---- the route ---- */

struct open_job {
	int64_t after; /* -1: from what happens now on */
	int64_t last;
};

static int open_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct open_job *job = arg;

	return change_last(db, &job->last);
}

static void open_done(struct request *req, int rc, void *arg)
{
	const struct open_job *job = arg;
	struct hub *hub = hub_of(req->owner);
	struct listener *l;

	if (rc < 0 || hub->draining) {
		reply_error(req, rc < 0 ? rc : ERR_BUSY, NULL);
		return;
	}
	l = xcalloc(1, sizeof(*l));
	l->hub = hub;
	l->provider = req->who.provider;
	l->login = req->who.login;
	/* A number that was never given (another store's) begins at the end. */
	l->sent = job->after < 0 || job->after > job->last ? job->last : job->after;
	l->newest = job->last;
	db_owner_init(&l->owner, hub->db, hub->loop, l);
	timer_init(&l->life, on_life);
	timer_start(hub->loop, &l->life, STREAM_LIFE_MS);
	list_append(&hub->changes->streams, &l->link);
	l->stream = stream_open(req, on_gone, l);
	/* Also when nothing seems to be missing: between the read and now a note may have passed.
	 */
	catch_up(l);
}

static size_t streams_of(struct hub *hub, struct id provider)
{
	size_t n = 0;

	LIST_EACH(at, &hub->changes->streams)
		n += id_eq(LIST_ENTRY(at, struct listener, link)->provider, provider);
	return n;
}

static void get_changes(struct request *req)
{
	struct open_job job = {};

	if (stream_last_id(req, &job.after) < 0) {
		reply_error(req, ERR_INVALID, "Last-Event-ID");
		return;
	}
	if (streams_of(hub_of(req->owner), req->who.provider) >= STREAMS_MAX_PROVIDER) {
		reply_error(req, ERR_TOO_MANY, NULL);
		return;
	}
	hub_read(req, open_run, open_done, &job, sizeof(job));
}

/* ---- the slice ---- */

static int changes_open(struct hub *hub)
{
	hub->changes = xcalloc(1, sizeof(*hub->changes));
	list_init(&hub->changes->streams);
	return 0;
}

static void changes_drain(struct hub *hub)
{
	if (!hub->changes)
		return;
	LIST_EACH(at, &hub->changes->streams)
		end(LIST_ENTRY(at, struct listener, link));
}

static void changes_close(struct hub *hub)
{
	changes_drain(hub);
	free(hub->changes);
	hub->changes = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/changes", RIGHT_VIEW, 0, NULL, &change_schema,
	  CHANGE_NONE, get_changes, .flags = ROUTE_STREAM, .summary = "What changes, as it happens" },
	{}
};
/* clang-format on */

const struct slice change_slice = {
	.name = "change",
	.routes = routes,
	.open = changes_open,
	.on_change = on_change,
	.drain = changes_drain,
	.close = changes_close,
};
