/* site_api.c - POST /api/v1/sites. */
#include "hub/site/site.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "wire/messages.h"

struct site_in {
	struct id customer_id;
	const char *name;
};

/* clang-format off */
static const struct json_field site_in_fields[] = {
	{ "customer_id", JSON_ID, offsetof(struct site_in, customer_id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, offsetof(struct site_in, name), JSON_REQUIRED, .min = 1, .max = NAME_MAX_LEN },
	{}
};
static const struct json_schema site_in_schema = { "site_in", sizeof(struct site_in), 0, site_in_fields };
/* clang-format on */

struct make_job {
	struct site_new site_new;
	struct change_in change;
	struct site site;
};

static int make_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct make_job *job = arg;
	int rc = site_make(db, mem, &job->site_new, &job->change);

	return rc < 0 ? rc : site_get(db, mem, job->site_new.id, &job->site);
}

static void make_done(struct request *req, int rc, void *arg)
{
	const struct make_job *job = arg;

	if (rc < 0)
		reply_error(req, rc,
			    rc == ERR_NOT_FOUND || rc == ERR_ARCHIVED ? "customer_id" : NULL);
	else
		reply(req, 201, &job->site);
}

static void post_site(struct request *req)
{
	const struct site_in *in = req->in;
	struct make_job job = {};

	if (!hub_name_ok(in->name)) {
		reply_error(req, ERR_INVALID, "name");
		return;
	}
	job.site_new = (struct site_new){ id_new(), in->customer_id, in->name, clock_wall_ms() };
	job.change = hub_change(req, CHANGE_SITE_MADE);
	hub_write(req, make_run, make_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/api/v1/sites", RIGHT_SITES, 4 * KIB, &site_in_schema, &site_schema,
	  CHANGE_SITE_MADE, post_site, .status = 201, .summary = "Add a site" },
	{}
};
/* clang-format on */

const struct slice site_slice = { .name = "site", .routes = routes };
