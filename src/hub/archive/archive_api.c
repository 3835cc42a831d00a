/* archive_api.c - archive, take back, erase: customers and sites. */
#include "hub/archive/archive.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/archive/store.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/erase/erase.h"
#include "hub/site/site.h"

struct job {
	struct change_in change;
	int64_t now_ms;
};

/* Who is meant: a customer, or a site and whose it is. */
static int find(struct tenant_db *db, struct change_in *change)
{
	if (change->object_kind == ID_SITE)
		return site_customer(db, change->site, &change->customer);
	change->customer = change->object;
	return 0;
}

static int archive_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct job *job = arg;
	struct change_in *c = &job->change;
	int rc = find(db, c);

	if (rc == 0)
		rc = archive_mark(db, c->object_kind, c->object, job->now_ms);
	if (rc == 0)
		rc = connectors_retire(db, c->customer, c->site, job->now_ms);
	return rc < 0 ? rc : change_write(db, c);
}

static int back_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct job *job = arg;
	struct change_in *c = &job->change;
	int rc = find(db, c);

	if (rc == 0)
		rc = archive_mark(db, c->object_kind, c->object, JSON_ABSENT_INT);
	return rc < 0 ? rc : change_write(db, c);
}

static int erase_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct job *job = arg;
	struct change_in *c = &job->change;
	int rc = find(db, c);

	if (rc == 0)
		rc = archive_is_marked(db, c->object_kind, c->object);
	if (rc == 0)
		rc = erase_begin(db, c->customer, c->site, job->now_ms);
	/* That it was erased, and by whom, is for the provider to read: not sealed by the
	 * customer's key, which goes. */
	c->customer = (struct id){};
	return rc < 0 ? rc : change_write(db, c);
}

static void done(struct request *req, int rc, void *arg)
{
	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, req->route->status, NULL);
}

static void begin(struct request *req, db_fn run)
{
	struct job job = {
		.change = hub_change(req, (enum change_verb)req->route->change),
		.now_ms = clock_wall_ms(),
	};

	job.change.object_kind = req->route->ids[0];
	job.change.object = req->ids[0];
	if (job.change.object_kind == ID_SITE)
		job.change.site = req->ids[0];
	hub_write(req, run, done, &job, sizeof(job));
}

static void archive(struct request *req)
{
	begin(req, archive_run);
}

static void take_back(struct request *req)
{
	begin(req, back_run);
}

static void erase(struct request *req)
{
	begin(req, erase_run);
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/api/v1/customers/{customer}/archive", RIGHT_ARCHIVE, 0, NULL, NULL,
	  CHANGE_CUSTOMER_ARCHIVED, archive, .ids = { ID_CUST }, .status = 204,
	  .summary = "Archive a customer with its sites: their connectors are revoked" },
	{ METHOD_DELETE, "/api/v1/customers/{customer}/archive", RIGHT_ARCHIVE, 0, NULL, NULL,
	  CHANGE_CUSTOMER_UNARCHIVED, take_back, .ids = { ID_CUST }, .status = 204,
	  .summary = "Take an archived customer back" },
	{ METHOD_DELETE, "/api/v1/customers/{customer}", RIGHT_ERASE, 0, NULL, NULL,
	  CHANGE_CUSTOMER_ERASED, erase, .ids = { ID_CUST }, .status = 202,
	  .summary = "Erase an archived customer for good" },
	{ METHOD_POST, "/api/v1/sites/{id}/archive", RIGHT_ARCHIVE, 0, NULL, NULL,
	  CHANGE_SITE_ARCHIVED, archive, .ids = { ID_SITE }, .status = 204,
	  .summary = "Archive a site: its connector is revoked" },
	{ METHOD_DELETE, "/api/v1/sites/{id}/archive", RIGHT_ARCHIVE, 0, NULL, NULL,
	  CHANGE_SITE_UNARCHIVED, take_back, .ids = { ID_SITE }, .status = 204,
	  .summary = "Take an archived site back" },
	{ METHOD_DELETE, "/api/v1/sites/{id}", RIGHT_ERASE, 0, NULL, NULL,
	  CHANGE_SITE_ERASED, erase, .ids = { ID_SITE }, .status = 202,
	  .summary = "Erase an archived site for good" },
	{}
};
/* clang-format on */

const struct slice archive_slice = { .name = "archive", .routes = routes };
