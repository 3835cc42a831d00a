/* invited_api.c - GET /api/v1/invitations: whom to ask again. */
#include "hub/connector/slice.h"

#include "api/cursor.h"
#include "api/request.h"
#include "hub/connector/store.h"
#include "hub/site/site.h"
#include <string.h>

#define LIMIT     50
#define LIMIT_MAX 200

struct invited_query {
	const char *cursor; /* NULL: absent */
	int64_t limit;
};

struct invited_page {
	struct json_list items; /* struct invited * */
	const char *next_cursor;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "cursor", JSON_TEXT, AT(invited_query, cursor), .max = 512 },
	{ "limit", JSON_INT, AT(invited_query, limit), .min = 1, .max = LIMIT_MAX },
	{ 0 }
};
const struct json_schema invited_query_schema = {
	"invited_query", sizeof(struct invited_query), 0, query_fields
};

static const struct json_field site_fields[] = {
	{ "id", JSON_ID, AT(invited_ref, id), JSON_REQUIRED, .min = ID_SITE },
	{ "name", JSON_TEXT, AT(invited_ref, name), JSON_REQUIRED },
	{ 0 }
};
static const struct json_schema site_schema_ref = { "invited_site", sizeof(struct invited_ref), 0, site_fields };

static const struct json_field customer_fields[] = {
	{ "id", JSON_ID, AT(invited_ref, id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, AT(invited_ref, name), JSON_REQUIRED },
	{ 0 }
};
static const struct json_schema customer_schema_ref = {
	"invited_customer", sizeof(struct invited_ref), 0, customer_fields
};

static const struct json_field invited_fields[] = {
	{ "id", JSON_ID, AT(invited, id), JSON_REQUIRED, .min = ID_INV },
	{ "site", JSON_OBJECT, AT(invited, site), JSON_REQUIRED, .sub = &site_schema_ref },
	{ "customer", JSON_OBJECT, AT(invited, customer), JSON_REQUIRED, .sub = &customer_schema_ref },
	{ "created_at", JSON_TIME, AT(invited, created_ms), JSON_REQUIRED },
	{ "expires_at", JSON_TIME, AT(invited, expires_ms), JSON_REQUIRED },
	{ "mail", JSON_OBJECT, AT(invited, mail), JSON_NULLABLE, .sub = &site_mail_schema },
	{ 0 }
};
static const struct json_schema invited_schema = { "invited", sizeof(struct invited), 0, invited_fields };

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(invited_page, items), JSON_REQUIRED, .max = LIMIT_MAX, .sub = &invited_schema },
	{ "next_cursor", JSON_TEXT, AT(invited_page, next_cursor), JSON_NULLABLE },
	{ 0 }
};
const struct json_schema invited_page_schema = {
	"invited_list", sizeof(struct invited_page), 0, page_fields
};
/* clang-format on */

struct list_job {
	struct id before;
	size_t limit;
	struct str question; /* what a cursor belongs to */
	struct invited_page page;
};

static int list_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct list_job *job = arg;
	struct json_list *items = &job->page.items;
	const struct invited *last;
	/* One more tells whether there is another page. */
	int rc = invited_list(db, mem, job->before, job->limit + 1, items);

	if (rc < 0 || items->len <= job->limit)
		return rc;
	items->len = job->limit;
	last = items->items[items->len - 1];
	job->page.next_cursor = cursor_encode(
		mem, job->question, (struct str){ (const char *)last->id.b, sizeof(last->id.b) });
	return 0;
}

static void list_done(struct request *req, int rc, void *arg)
{
	const struct list_job *job = arg;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply(req, 200, &job->page);
}

/* Behind the row that the cursor names; without one, behind all that can be. */
static int find_start(struct request *req, const char *cursor, struct list_job *job)
{
	struct str last;

	memset(job->before.b, 0xff, sizeof(job->before.b));
	if (!cursor)
		return 0;
	if (cursor_decode(&req->mem, job->question, cursor, &last) < 0 ||
	    last.len != sizeof(job->before.b))
		return ERR_INVALID;
	memcpy(job->before.b, last.p, last.len);
	return 0;
}

void invitations_get(struct request *req)
{
	const struct invited_query *in = req->query;
	struct buf question = buf_new(64);
	struct list_job job = { .limit = in->limit == JSON_ABSENT_INT ? LIMIT : (size_t)in->limit };

	buf_puts(&question, "invited");
	buf_put(&question, req->who.provider.b, sizeof(req->who.provider.b));
	job.question =
		(struct str){ arena_dup(&req->mem, question.data, question.len), question.len };
	buf_done(&question);
	if (find_start(req, in->cursor, &job) < 0)
		return reply_error(req, ERR_INVALID, "cursor");
	hub_read(req, list_run, list_done, &job, sizeof(job));
}
