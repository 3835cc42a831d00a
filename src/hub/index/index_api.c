/* index_api.c - GET /api/v1/sites and GET /api/v1/sites/{id}. */
#include "hub/index/rows.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "hub/index/customers.h"
#include "hub/index/view.h"
#include "hub/status/status.h"

/* What the loop knows better than the store, which is told once a minute. */
static void show_live(struct hub *hub, struct site *s)
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

static void answer_list(struct request *req, struct list *rows)
{
	const char *field = NULL;
	struct list_page page;
	int rc;

	for (size_t i = 0; i < rows->len; i++)
		show_live(hub_of(req->owner), &rows->rows[i]->site);
	rc = list_ask(rows, req->who.provider, req->query, &req->mem, &page, &field);
	if (rc < 0)
		reply_error(req, rc, field);
	else
		reply(req, 200, &page);
}

static void get_sites(struct request *req)
{
	rows_wait(req, answer_list);
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
	reply(req, 200, &job->site);
}

static void get_site(struct request *req)
{
	struct page_job job = { .id = req->ids[0], .now_ms = clock_wall_ms() };

	hub_read(req, page_run, page_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/customers", RIGHT_VIEW, 0, NULL, &customer_page_schema,
	  CHANGE_NONE, customers_get, .query = &customer_query_schema, .summary = "Customers by name" },
	{ METHOD_GET, "/api/v1/sites", RIGHT_VIEW, 0, NULL, &list_page_schema,
	  CHANGE_NONE, get_sites, .query = &list_query_schema, .summary = "Sites, worst first" },
	{ METHOD_GET, "/api/v1/sites/{id}", RIGHT_VIEW, 0, NULL, &site_schema,
	  CHANGE_NONE, get_site, .ids = { ID_SITE }, .summary = "All that is known of a site" },
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
