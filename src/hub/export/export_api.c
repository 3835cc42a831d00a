/* export_api.c - GET /api/v1/sites/{id}/export. */
#include "hub/export/export.h"

#include <stdlib.h>

#include "api/download.h"
#include "base/err.h"
#include "base/log.h"
#include "hub/auth/auth.h"
#include "hub/export/store.h"
#include "hub/site/site.h"
#include "net/loop.h"

#define ROUTE_PATH "/api/v1/sites/{id}/export"
#define TICK_MS    60000 /* in which a reader has to take a page */

struct exports {
	struct hub *hub;
	struct link open;  /* struct export */
	struct link asked; /* struct asked */
	struct timer tick;
};

struct export
{
	struct link link;
	struct hub *hub;
	struct id provider;
	struct download *download;
	struct db_owner owner;
	struct export_place place;
	bool reading;
	bool moved; /* a page was read since the last tick */
};

/* A place that is taken until the export begins, or its request ends without: so that what is in
 * the log is not refused afterwards. */
struct asked {
	struct link link;
	struct id provider;
};

/* ---- an export's life ---- */

static void export_free(struct export *e)
{
	list_remove(&e->link);
	db_owner_done(&e->owner, NULL);
	free(e);
}

static void cut(struct export *e)
{
	download_cut(e->download);
	export_free(e);
}

static void on_gone(struct download *d, void *arg)
{
	export_free(arg);
}

struct page_job {
	struct export_place place;
	struct str lines;
};

static int page_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct page_job *job = arg;

	return export_page(db, mem, &job->place, &job->lines);
}

static void read_on(struct export *e);

static void page_done(int rc, void *arg, void *owner)
{
	const struct page_job *job = arg;
	struct export *e = owner;

	e->reading = false;
	e->moved = true;
	if (rc < 0) {
		if (err_status(rc) >= 500)
			log_event(EV_HTTP_FAILED, "method=GET route=%s code=%s error=%d",
				  ROUTE_PATH, err_code(rc), rc);
		cut(e);
		return;
	}
	e->place = job->place;
	download_put(e->download, job->lines);
	if (!e->place.done) {
		read_on(e);
		return;
	}
	download_end(e->download);
	export_free(e);
}

/* The next page, unless it is under way or the reader has enough to take. */
static void read_on(struct export *e)
{
	struct page_job job = { .place = e->place };

	if (e->reading || download_full(e->download))
		return;
	e->reading = true;
	db_read(&e->owner, e->provider, page_run, page_done, &job, sizeof(job));
}

static void on_room(struct download *d, void *arg)
{
	read_on(arg);
}

/* ---- the route ---- */

struct export_query {
	enum json_bool ask;
};

static const struct json_field query_fields[] = {
	{ "ask", JSON_BOOL, offsetof(struct export_query, ask) },
	{},
};
static const struct json_schema query_schema = { "export_query", sizeof(struct export_query), 0,
						 query_fields };

static bool may_begin(const struct exports *all, struct id provider)
{
	size_t theirs = 0, len = 0;

	LIST_EACH(at, &all->open) {
		theirs += id_eq(LIST_ENTRY(at, struct export, link)->provider, provider);
		len++;
	}
	LIST_EACH(at, &all->asked) {
		theirs += id_eq(LIST_ENTRY(at, struct asked, link)->provider, provider);
		len++;
	}
	return theirs < EXPORTS_PROVIDER && len < EXPORTS_ALL;
}

static void asked_end(struct request *req, void *arg)
{
	struct asked *asked = arg;

	list_remove(&asked->link);
}

struct begin_job {
	struct change_in change;
};

/* That somebody has it is in the site's log before he has it. */
static int begin_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct begin_job *job = arg;
	int rc = site_customer(db, job->change.site, &job->change.customer);

	return rc < 0 ? rc : change_write(db, &job->change);
}

static void begin_done(struct request *req, int rc, void *arg)
{
	static const struct download_ops ops = { on_room, on_gone };
	struct hub *hub = hub_of(req->owner);
	char id[ID_TEXT_MAX];
	struct export *e;

	if (rc == 0 && hub->draining)
		rc = ERR_BUSY;
	if (rc < 0) {
		reply_error(req, rc, NULL);
		return;
	}
	e = xcalloc(1, sizeof(*e));
	e->hub = hub;
	e->provider = req->who.provider;
	e->place = (struct export_place){ .site = req->ids[0], .login = req->who.login };
	db_owner_init(&e->owner, hub->db, hub->loop, e);
	list_append(&hub->exports->open, &e->link);
	id_encode(ID_SITE, req->ids[0], id);
	e->download = download_open(req, arena_printf(&req->mem, "%s.ndjson", id), &ops, e);
	read_on(e);
}

static void get_export(struct request *req)
{
	struct begin_job job = { hub_change(req, CHANGE_SITE_EXPORTED) };
	struct exports *all = hub_of(req->owner)->exports;
	const struct export_query *q = req->query;
	struct asked *asked;

	if (!may_begin(all, req->who.provider)) {
		reply_error(req, ERR_TOO_MANY, NULL);
		return;
	}
	if (q->ask == JSON_TRUE) {
		reply_raw(req, 200, req->route->type, (struct str){});
		return;
	}
	asked = ARENA_NEW(&req->mem, struct asked);
	asked->provider = req->who.provider;
	list_append(&all->asked, &asked->link);
	request_at_end(req, asked_end, asked);
	job.change.object_kind = ID_SITE;
	job.change.object = job.change.site = req->ids[0];
	hub_write(req, begin_run, begin_done, &job, sizeof(job));
}

/* ---- the slice ---- */

/* The login is looked at with each page: so no export outlives it by more than two ticks, and
 * nobody keeps others from theirs by taking nothing. */
static void on_tick(struct timer *t)
{
	struct exports *all = CONTAINER_OF(t, struct exports, tick);

	LIST_EACH(at, &all->open) {
		struct export *e = LIST_ENTRY(at, struct export, link);

		if (!e->moved && !e->reading)
			cut(e);
		else
			e->moved = false;
	}
	timer_start(all->hub->loop, t, TICK_MS);
}

static int exports_open(struct hub *hub)
{
	struct exports *all = xcalloc(1, sizeof(*all));

	all->hub = hub;
	list_init(&all->open);
	list_init(&all->asked);
	timer_init(&all->tick, on_tick);
	timer_start(hub->loop, &all->tick, TICK_MS);
	hub->exports = all;
	return 0;
}

static void exports_drain(struct hub *hub)
{
	if (!hub->exports)
		return;
	timer_stop(hub->loop, &hub->exports->tick);
	LIST_EACH(at, &hub->exports->open)
		cut(LIST_ENTRY(at, struct export, link));
}

static void exports_close(struct hub *hub)
{
	exports_drain(hub);
	if (hub->exports) {
		LIST_EACH(at, &hub->exports->asked)
			list_remove(at);
	}
	free(hub->exports);
	hub->exports = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	/* A GET, so that a browser saves it as it comes; that it was is told like a look of support's. */
	{ METHOD_GET, ROUTE_PATH, RIGHT_EXPORT, 0, NULL, NULL, CHANGE_NONE, get_export,
	  .ids = { ID_SITE }, .query = &query_schema, .flags = ROUTE_BARE_OUT | ROUTE_DOWNLOAD, .type = "application/x-ndjson",
	  .summary = "All that the hub holds on a site, a line of JSON for each row; the last line counts them" },
	{}
};
/* clang-format on */

const struct slice export_slice = {
	.name = "export",
	.routes = routes,
	.open = exports_open,
	.drain = exports_drain,
	.close = exports_close,
};
