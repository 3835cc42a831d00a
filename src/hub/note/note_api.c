/* note_api.c - GET and PUT of /api/v1/customers/{customer}/note and /api/v1/sites/{id}/note. */
#include "hub/note/note_store.h"

#include "api/request.h"
#include "hub/auth/auth.h"
#include "hub/customer/customer.h"
#include "hub/site/site.h"

struct note_in {
	const char *text;
	int64_t revision;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
/* Both are needed; but whose note it is comes first, so that a foreign id answers as one that is not. */
static const struct json_field note_in_fields[] = {
	{ "text", JSON_TEXT, AT(note_in, text), JSON_LATER, .max = NOTE_MAX },
	{ "revision", JSON_INT, AT(note_in, revision), JSON_LATER, .max = INT64_MAX },
	{}
};
static const struct json_schema note_in_schema = { "note_in", sizeof(struct note_in), 0, note_in_fields };

static const struct json_field note_fields[] = {
	{ "text", JSON_TEXT, AT(note, text), .flags = JSON_REQUIRED },
	{ "revision", JSON_INT, AT(note, revision), .flags = JSON_REQUIRED },
	{ "edited_at", JSON_TIME, AT(note, edited_ms), .flags = JSON_NULLABLE },
	{ "edited_by", JSON_TEXT, AT(note, edited_by), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema note_schema = { "note", sizeof(struct note), 0, note_fields };
/* clang-format on */

struct note_job {
	const struct note_in *in; /* NULL: it is read */
	struct change_in change;  /* object_kind and object: whose it is */
	const char *problem;      /* the member that does not fit */
	struct note note;
};

bool note_text_ok(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if ((*c < 0x20 && *c != '\n' && *c != '\r' && *c != '\t') || *c == 0x7f)
			return false;
	}
	return true;
}

static const char *problem_of(const struct note_in *in)
{
	if (!in->text || !note_text_ok(in->text))
		return "text";
	return in->revision == JSON_ABSENT_INT ? "revision" : NULL;
}

static int find_subject(struct tenant_db *db, struct arena *mem, struct change_in *c)
{
	struct customer customer;

	if (c->object_kind == ID_SITE) {
		c->site = c->object;
		return site_customer(db, c->object, &c->customer);
	}
	c->customer = c->object;
	return customer_get(db, mem, c->object, &customer);
}

static int note_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct note_job *job = arg;
	int rc = find_subject(db, mem, &job->change);

	if (rc == 0 && job->in) {
		job->problem = problem_of(job->in);
		rc = job->problem
			     ? ERR_INVALID
			     : note_put(db, mem, job->in->text, job->in->revision, &job->change);
	}
	return rc < 0 ? rc : note_get(db, mem, job->change.object, &job->note);
}

static void note_done(struct request *req, int rc, void *arg)
{
	const struct note_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, job->problem);
	else
		reply(req, 200, &job->note);
}

static struct note_job job_of(struct request *req)
{
	struct note_job job = { .in = req->in };

	if (job.in)
		job.change = hub_change(req, (enum change_verb)req->route->change);
	job.change.object_kind = req->route->ids[0];
	job.change.object = req->ids[0];
	return job;
}

static void get_note(struct request *req)
{
	struct note_job job = job_of(req);

	hub_read(req, note_run, note_done, &job, sizeof(job));
}

static void put_note(struct request *req)
{
	struct note_job job = job_of(req);

	hub_write(req, note_run, note_done, &job, sizeof(job));
}

/* A text may be twice as long in JSON: quotes and ends of lines are escaped. */
#define BODY_MAX (2 * NOTE_MAX + KIB)

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/customers/{customer}/note", RIGHT_VIEW, 0, NULL, &note_schema,
	  CHANGE_NONE, get_note, .ids = { ID_CUST }, .summary = "What was written down of a customer" },
	{ METHOD_PUT, "/api/v1/customers/{customer}/note", RIGHT_NOTES, BODY_MAX, &note_in_schema, &note_schema,
	  CHANGE_CUSTOMER_NOTED, put_note, .ids = { ID_CUST }, .summary = "Write the note of a customer anew" },
	{ METHOD_GET, "/api/v1/sites/{id}/note", RIGHT_VIEW, 0, NULL, &note_schema,
	  CHANGE_NONE, get_note, .ids = { ID_SITE }, .summary = "What was written down of a site" },
	{ METHOD_PUT, "/api/v1/sites/{id}/note", RIGHT_NOTES, BODY_MAX, &note_in_schema, &note_schema,
	  CHANGE_SITE_NOTED, put_note, .ids = { ID_SITE }, .summary = "Write the note of a site anew" },
	{}
};
/* clang-format on */

const struct slice note_slice = { .name = "note", .routes = routes };
