/* licence_api.c - PUT of /api/v1/sites/{id}/licence.  It is read with the site, and in the list of
 * licences (hub/index). */
#include "hub/licence/licence_store.h"

#include "api/request.h"
#include "hub/auth/auth.h"
#include "hub/note/note.h"
#include "model/licence.h"
#include "model/report.h"

#define AT(member) offsetof(struct site_licence_entry, member)

/* clang-format off */
/* The revision is needed; but whose licence it is comes first, so that a foreign id answers as one that is not. */
static const struct json_field in_fields[] = {
	{ "organisation", JSON_TEXT, AT(organisation), .max = STATED_MAX },
	{ "customer_reference", JSON_TEXT, AT(customer_reference), .max = STATED_MAX },
	{ "support_ends_on", JSON_TEXT, AT(support_ends_on), .max = LICENCE_DATE_LEN },
	{ "licence_ends_on", JSON_TEXT, AT(licence_ends_on), .max = LICENCE_DATE_LEN },
	{ "note", JSON_TEXT, AT(note), .max = LICENCE_NOTE_MAX },
	{ "revision", JSON_INT, AT(revision), JSON_LATER, .max = INT64_MAX },
	{}
};
static const struct json_schema in_schema = {
	"licence_entry_in", sizeof(struct site_licence_entry), 0, in_fields
};
/* clang-format on */

struct put_job {
	struct site_licence_entry entry;
	struct change_in change;
	const char *problem; /* the member that does not fit */
};

/* What is empty says nothing. */
static const char *said(const char *text)
{
	return text && *text ? text : NULL;
}

static bool date_ok(const char *text)
{
	int64_t ms;

	return !text || licence_date_parse(str_of(text), &ms) == 0;
}

static const char *problem_of(const struct site_licence_entry *e)
{
	if (e->organisation && !hub_name_ok(e->organisation))
		return "organisation";
	if (e->customer_reference && !hub_name_ok(e->customer_reference))
		return "customer_reference";
	if (!date_ok(e->support_ends_on))
		return "support_ends_on";
	if (!date_ok(e->licence_ends_on))
		return "licence_ends_on";
	if (e->note && !note_text_ok(e->note))
		return "note";
	return e->revision == JSON_ABSENT_INT ? "revision" : NULL;
}

static int put_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct put_job *job = arg;
	struct change_in *c = &job->change;
	int rc = site_customer(db, c->object, &c->customer);

	if (rc < 0)
		return rc;
	job->problem = problem_of(&job->entry);
	if (job->problem)
		return ERR_INVALID;
	c->site = c->object;
	rc = licence_entry_put(db, mem, &job->entry, c);
	return rc < 0 ? rc : licence_entry_get(db, mem, c->object, &job->entry);
}

static void put_done(struct request *req, int rc, void *arg)
{
	const struct put_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, job->problem);
	else
		reply(req, 200, &job->entry);
}

static void put_licence(struct request *req)
{
	const struct site_licence_entry *in = req->in;
	struct put_job job = { .entry = *in, .change = hub_change(req, CHANGE_SITE_LICENCE) };

	job.entry.organisation = said(in->organisation);
	job.entry.customer_reference = said(in->customer_reference);
	job.entry.support_ends_on = said(in->support_ends_on);
	job.entry.licence_ends_on = said(in->licence_ends_on);
	job.entry.note = said(in->note);
	job.change.object_kind = ID_SITE;
	job.change.object = req->ids[0];
	hub_write(req, put_run, put_done, &job, sizeof(job));
}

/* A text may be twice as long in JSON: quotes and ends of lines are escaped. */
#define BODY_MAX (2 * (LICENCE_NOTE_MAX + 2 * STATED_MAX) + KIB)

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_PUT, "/api/v1/sites/{id}/licence", RIGHT_LICENCES, BODY_MAX, &in_schema, &site_licence_entry_schema,
	  CHANGE_SITE_LICENCE, put_licence, .ids = { ID_SITE },
	  .summary = "Write down anew what the print server does not tell of its licence" },
	{}
};
/* clang-format on */

const struct slice licence_slice = { .name = "licence", .routes = routes };
