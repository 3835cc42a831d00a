/* index_api.c - GET /api/v1/sites and /api/v1/licences, and GET and PATCH of /api/v1/sites/{id}. */
#include "hub/index/rows.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "hub/index/customers.h"
#include "hub/index/told.h"
#include "hub/index/view.h"
#include "hub/status/status.h"
#include "wire/messages.h"

void show_live(struct hub *hub, struct site *s)
{
	const struct live *l = status_live(hub, s->id);

	/* No change says so when one lapses. */
	if (s->invitation && s->invitation->expires_ms <= clock_wall_ms())
		s->invitation = NULL;
	if (!l)
		return;
	/* A revocation counts from its commit on; what follows from it is concluded a moment later.
	 * It is said of one connector: the page may show the one that has just taken its place. */
	if (l->revoked && (!s->connector || id_eq(s->connector->id, l->connector)))
		s->status = SITE_REVOKED;
	if (l->polling)
		s->last_seen_ms = clock_wall_ms();
	else if (l->last_seen_ms != JSON_ABSENT_INT)
		s->last_seen_ms = l->last_seen_ms;
	if (s->connector && l->skew_ms != JSON_ABSENT_INT)
		s->connector->clock_skew_ms = l->skew_ms;
}

/* Whoever polls was seen now: so many change places by that all the time that they have none of
 * their own, but stand together in the order of their names. */
static void show_seen(struct hub *hub, struct list *rows)
{
	for (size_t i = 0; i < rows->len; i++) {
		struct row *r = rows->rows[i];
		const struct live *l = status_live(hub, r->site.id);

		if (l)
			r->seen_ms = status_online(l) ? INT64_MAX : l->last_seen_ms;
	}
}

static void answer(struct request *req, struct list *rows, const struct list_query *q)
{
	struct hub *hub = hub_of(req->owner);
	int64_t now_ms = clock_wall_ms();
	const char *field = NULL;
	struct list_page page;
	int rc;

	list_look_at(rows, now_ms);
	if (list_sorts_by_seen(q))
		show_seen(hub, rows);
	rc = list_ask(rows, req->who.provider, q, &req->mem, &page, &field);
	if (rc < 0)
		return reply_error(req, rc, field);
	/* On copies: the rows are what was counted. */
	for (size_t i = 0; i < page.items.len; i++) {
		page.items.items[i] =
			arena_dup(&req->mem, page.items.items[i], sizeof(struct site));
		show_live(hub, page.items.items[i]);
		show_days_left(&req->mem, page.items.items[i], now_ms);
	}
	reply(req, 200, &page);
}

static void answer_sites(struct request *req, struct list *rows)
{
	answer(req, rows, req->query);
}

static void answer_licences(struct request *req, struct list *rows)
{
	struct list_query q = *(const struct list_query *)req->query;

	if (!q.sort)
		q.sort = "renewal";
	answer(req, rows, &q);
}

static void get_sites(struct request *req)
{
	rows_wait(req, answer_sites);
}

static void get_licences(struct request *req)
{
	rows_wait(req, answer_licences);
}

struct page_job {
	struct id id;
	int64_t now_ms;
	struct site site;
};

static int page_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct page_job *job = arg;

	return view_page(db, mem, job->id, job->now_ms, &job->site);
}

static void page_done(struct request *req, int rc, void *arg)
{
	struct page_job *job = arg;

	if (rc < 0) {
		reply_error(req, rc, NULL);
		return;
	}
	show_live(hub_of(req->owner), &job->site);
	show_days_left(&req->mem, &job->site, clock_wall_ms());
	reply(req, 200, &job->site);
}

static void get_site(struct request *req)
{
	struct page_job job = { .id = req->ids[0], .now_ms = clock_wall_ms() };

	hub_read(req, page_run, page_done, &job, sizeof(job));
}

struct site_edit {
	const char *name; /* NULL: as it is */
};

/* clang-format off */
static const struct json_field site_edit_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct site_edit, name), .min = 1, .max = NAME_MAX_LEN },
	{}
};
static const struct json_schema site_edit_schema = { "site_edit", sizeof(struct site_edit), 0, site_edit_fields };
/* clang-format on */

struct edit_job {
	struct page_job page; /* first: page_done answers */
	const char *name;
	struct change_in change;
};

static int edit_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct edit_job *job = arg;
	int rc = job->name ? site_rename(db, mem, job->page.id, job->name, &job->change) : 0;

	return rc < 0 ? rc : page_run(db, mem, &job->page);
}

static void patch_site(struct request *req)
{
	const struct site_edit *in = req->in;
	struct edit_job job = { .page = { .id = req->ids[0], .now_ms = clock_wall_ms() } };

	if (in->name && !hub_name_ok(in->name)) {
		reply_error(req, ERR_INVALID, "name");
		return;
	}
	job.name = in->name;
	job.change = hub_change(req, CHANGE_SITE_CHANGED);
	hub_write(req, edit_run, page_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/customers", RIGHT_VIEW, 0, NULL, &customer_page_schema,
	  CHANGE_NONE, customers_get, .query = &customer_query_schema, .summary = "Customers by name" },
	{ METHOD_GET, "/api/v1/customers/{customer}", RIGHT_VIEW, 0, NULL, &customer_row_schema,
	  CHANGE_NONE, customers_get_one, .ids = { ID_CUST }, .summary = "A customer, and how its sites are" },
	{ METHOD_GET, "/api/v1/sites", RIGHT_VIEW, 0, NULL, &list_page_schema,
	  CHANGE_NONE, get_sites, .query = &list_query_schema, .summary = "Sites, worst first" },
	{ METHOD_GET, "/api/v1/licences", RIGHT_VIEW, 0, NULL, &list_licences_schema,
	  CHANGE_NONE, get_licences, .query = &list_query_schema, .summary = "Licences of all sites, those that end first" },
	{ METHOD_GET, "/api/v1/sites/{id}", RIGHT_VIEW, 0, NULL, &site_schema,
	  CHANGE_NONE, get_site, .ids = { ID_SITE }, .summary = "All that is known of a site" },
	{ METHOD_PATCH, "/api/v1/sites/{id}", RIGHT_SITES, 4 * KIB, &site_edit_schema, &site_schema,
	  CHANGE_SITE_CHANGED, patch_site, .ids = { ID_SITE }, .summary = "Give a site another name" },
	{}
};
/* clang-format on */

const struct slice index_slice = {
	.name = "index",
	.routes = routes,
	.open = index_open,
	.on_change = index_on_change,
	.on_site = index_on_site,
	.on_devices = index_on_devices,
	.close = index_close,
};
