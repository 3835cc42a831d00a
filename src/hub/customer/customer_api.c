/* customer_api.c - POST /api/v1/customers and PATCH /api/v1/customers/{customer}. */
#include "hub/customer/customer.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/auth/auth.h"
#include "wire/messages.h"

struct customer_in {
	const char *name;
	int language;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field customer_in_fields[] = {
	{ "name", JSON_TEXT, AT(customer_in, name), JSON_REQUIRED, .min = 1, .max = NAME_MAX_LEN },
	{ "language", JSON_ENUM, AT(customer_in, language), .names = hub_language_names },
	{}
};
static const struct json_schema customer_in_schema = {
	"customer_in", sizeof(struct customer_in), 0, customer_in_fields
};

/* What is absent stays as it is. */
static const struct json_field customer_edit_fields[] = {
	{ "name", JSON_TEXT, AT(customer_in, name), .min = 1, .max = NAME_MAX_LEN },
	{ "language", JSON_ENUM, AT(customer_in, language), .names = hub_language_names },
	{}
};
static const struct json_schema customer_edit_schema = {
	"customer_edit", sizeof(struct customer_in), 0, customer_edit_fields
};

static const struct json_field customer_fields[] = {
	{ "id", JSON_ID, AT(customer, id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, AT(customer, name), .flags = JSON_REQUIRED },
	{ "language", JSON_ENUM, AT(customer, language), JSON_REQUIRED, .names = hub_language_names },
	{ "created_at", JSON_TIME, AT(customer, created_ms), .flags = JSON_REQUIRED },
	{ "archived_at", JSON_TIME, AT(customer, archived_ms), .flags = JSON_NULLABLE },
	{}
};
const struct json_schema customer_schema = {
	"customer", sizeof(struct customer), 0, customer_fields
};
/* clang-format on */

struct make_job {
	struct customer customer;
	struct change_in change;
};

static int make_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct make_job *job = arg;

	return customer_make(db, &job->customer, &job->change);
}

static void make_done(struct request *req, int rc, void *arg)
{
	const struct make_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 201, &job->customer);
}

static void post_customer(struct request *req)
{
	const struct customer_in *in = req->in;
	struct make_job job = {};

	if (!hub_name_ok(in->name)) {
		reply_error(req, ERR_INVALID, "name");
		return;
	}
	job.customer = (struct customer){ id_new(), in->name, in->language < 0 ? 0 : in->language,
					  clock_wall_ms(), JSON_ABSENT_INT };
	job.change = hub_change(req, CHANGE_CUSTOMER_MADE);
	hub_write(req, make_run, make_done, &job, sizeof(job));
}

struct change_job {
	struct id id;
	const struct customer_in *in;
	struct change_in change;
	struct customer customer;
};

static int change_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct change_job *job = arg;

	return customer_change(db, mem, job->id, job->in->name, job->in->language, &job->change,
			       &job->customer);
}

static void change_done(struct request *req, int rc, void *arg)
{
	const struct change_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &job->customer);
}

static void patch_customer(struct request *req)
{
	struct change_job job = { .id = req->ids[0], .in = req->in };

	if (job.in->name && !hub_name_ok(job.in->name)) {
		reply_error(req, ERR_INVALID, "name");
		return;
	}
	job.change = hub_change(req, CHANGE_CUSTOMER_CHANGED);
	hub_write(req, change_run, change_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/api/v1/customers", RIGHT_CUSTOMERS, 4 * KIB, &customer_in_schema, &customer_schema,
	  CHANGE_CUSTOMER_MADE, post_customer, .status = 201, .summary = "Add a customer" },
	{ METHOD_PATCH, "/api/v1/customers/{customer}", RIGHT_CUSTOMERS, 4 * KIB, &customer_edit_schema, &customer_schema,
	  CHANGE_CUSTOMER_CHANGED, patch_customer, .ids = { ID_CUST }, .summary = "Give a customer another name or language" },
	{}
};
/* clang-format on */

const struct slice customer_slice = { .name = "customer", .routes = routes };
