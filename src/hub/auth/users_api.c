/* users_api.c - GET /api/v1/users: who may do what here, so that a provider can tell its customers
 * who is entitled (R73).  Users are made on the command line alone. */
#include "hub/auth/auth.h"

#include "api/request.h"

#define LIMIT     100
#define LIMIT_MAX 200

struct users_query {
	struct id cursor;
	int64_t limit;
};

struct user_row {
	struct id id;
	const char *email, *name, *role, *scope;
	struct json_list rights; /* const char * */
	int64_t created_ms, login_ms;
};

struct users_page {
	struct json_list items; /* struct user_row * */
	struct id next;         /* zero: that was all */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "cursor", JSON_ID, AT(users_query, cursor), .min = ID_USER },
	{ "limit", JSON_INT, AT(users_query, limit), .min = 1, .max = LIMIT_MAX },
	{}
};
static const struct json_schema query_schema = { "users_query", sizeof(struct users_query), 0, query_fields };

static const struct json_field row_fields[] = {
	{ "id", JSON_ID, AT(user_row, id), JSON_REQUIRED, .min = ID_USER },
	{ "email", JSON_TEXT, AT(user_row, email), .flags = JSON_REQUIRED },
	{ "name", JSON_TEXT, AT(user_row, name), .flags = JSON_REQUIRED },
	{ "role", JSON_TEXT, AT(user_row, role), .flags = JSON_NULLABLE },
	{ "scope", JSON_TEXT, AT(user_row, scope), .flags = JSON_REQUIRED },
	{ "rights", JSON_TEXTS, AT(user_row, rights), .flags = JSON_REQUIRED },
	{ "created_at", JSON_TIME, AT(user_row, created_ms), .flags = JSON_REQUIRED },
	{ "last_login_at", JSON_TIME, AT(user_row, login_ms), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema row_schema = { "user", sizeof(struct user_row), 0, row_fields };

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(users_page, items), JSON_REQUIRED, .max = LIMIT_MAX, .sub = &row_schema },
	{ "next_cursor", JSON_ID, AT(users_page, next), JSON_NULLABLE, .min = ID_USER },
	{}
};
static const struct json_schema page_schema = { "user_list", sizeof(struct users_page), 0, page_fields };
/* clang-format on */

struct list_job {
	struct id after;
	size_t limit;
	struct users_page page;
};

static struct user_row *shown(struct arena *mem, const struct person_row *from)
{
	const struct person *p = &from->person;
	struct user_row *row = ARENA_NEW(mem, struct user_row);

	*row = (struct user_row){
		.id = p->id,
		.email = p->email,
		.name = p->name,
		.role = role_name(p->role),
		.scope = role_scope(p->role),
		.rights = rights_words(mem, role_rights(p->role)),
		.created_ms = from->created_ms,
		.login_ms = from->login_ms,
	};
	return row;
}

static int list_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct list_job *job = arg;
	struct users_page *page = &job->page;
	struct person_row *rows;
	size_t len = 0;
	/* One more than is shown: it says that there are more. */
	int rc = person_list(db, mem, job->after, job->limit + 1, &rows, &len);

	if (rc < 0)
		return rc;
	page->items.items = ARENA_ARRAY(mem, void *, job->limit);
	for (size_t i = 0; i < len && i < job->limit; i++)
		page->items.items[page->items.len++] = shown(mem, &rows[i]);
	if (len > job->limit)
		page->next = rows[job->limit - 1].person.id;
	return 0;
}

static void list_done(struct request *req, int rc, void *arg)
{
	const struct list_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &job->page);
}

static void get_users(struct request *req)
{
	const struct users_query *q = req->query;
	struct list_job job = { .after = q->cursor,
				.limit = q->limit == JSON_ABSENT_INT ? LIMIT : (size_t)q->limit };

	hub_read(req, list_run, list_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/users", RIGHT_USERS, 0, NULL, &page_schema,
	  CHANGE_NONE, get_users, .query = &query_schema, .summary = "The provider's users, and what each may do" },
	{}
};
/* clang-format on */

const struct slice users_slice = { .name = "users", .routes = routes };
