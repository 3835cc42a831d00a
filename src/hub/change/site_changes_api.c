/* site_changes_api.c - GET /api/v1/sites/{id}/changes: what changed at a site, newest first, with
 * what was before and after where the log holds it. */
#include "hub/change/change.h"

#include "api/request.h"
#include "hub/auth/auth.h"
#include "hub/provider/provider.h"
#include "model/facts.h"
#include "hub/site/site.h"

#define PAGE_MAX   200
#define PAGE_USUAL 50

struct changes_query {
	int64_t since_ms, cursor, limit;
};

struct actor_out {
	const char *kind, *name;
};

struct site_change {
	int64_t seq, at_ms;
	const char *verb;
	struct actor_out *actor;
	struct json_list facts; /* struct fact * */
	enum json_bool erased;
};

struct changes_page {
	struct json_list items; /* struct site_change * */
	const char *next_cursor;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "since", JSON_TIME, AT(changes_query, since_ms), .flags = 0 },
	{ "cursor", JSON_INT, AT(changes_query, cursor), 0, .min = 1, .max = INT64_MAX },
	{ "limit", JSON_INT, AT(changes_query, limit), 0, .min = 1, .max = PAGE_MAX },
	{}
};
static const struct json_schema query_schema = {
	"site_changes_query", sizeof(struct changes_query), 0, query_fields
};

static const struct json_field actor_fields[] = {
	{ "kind", JSON_TEXT, AT(actor_out, kind), .flags = JSON_REQUIRED },
	{ "name", JSON_TEXT, AT(actor_out, name), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema actor_schema = {
	"change_actor", sizeof(struct actor_out), 0, actor_fields
};

static const struct json_field fact_fields[] = {
	{ "name", JSON_TEXT, AT(fact, name), .flags = JSON_REQUIRED },
	{ "before", JSON_TEXT, AT(fact, before), .flags = JSON_NULLABLE },
	{ "after", JSON_TEXT, AT(fact, after), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema fact_schema = { "fact", sizeof(struct fact), 0, fact_fields };

static const struct json_field change_fields[] = {
	{ "seq", JSON_INT, AT(site_change, seq), .flags = JSON_REQUIRED },
	{ "at", JSON_TIME, AT(site_change, at_ms), .flags = JSON_REQUIRED },
	{ "verb", JSON_TEXT, AT(site_change, verb), .flags = JSON_REQUIRED },
	{ "actor", JSON_OBJECT, AT(site_change, actor), JSON_REQUIRED, .sub = &actor_schema },
	{ "facts", JSON_LIST, AT(site_change, facts), JSON_REQUIRED, .max = 64, .sub = &fact_schema },
	{ "erased", JSON_BOOL, AT(site_change, erased), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema change_schema = {
	"site_change", sizeof(struct site_change), 0, change_fields
};

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(changes_page, items), JSON_REQUIRED, .max = PAGE_MAX, .sub = &change_schema },
	{ "next_cursor", JSON_TEXT, AT(changes_page, next_cursor), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema page_schema = {
	"site_changes", sizeof(struct changes_page), 0, page_fields
};
/* clang-format on */

struct read_job {
	struct id site;
	int64_t since_ms, before;
	size_t limit;
	struct changes_page page;
};

static int name_actor(struct tenant_db *db, struct arena *mem, const struct change_note *n,
		      struct actor_out *actor)
{
	actor->kind = actor_word(n->actor_kind);
	return n->actor_kind == ACTOR_USER ? person_name(db, mem, n->actor, &actor->name) : 0;
}

static int show(struct tenant_db *db, struct arena *mem, const struct change *c,
		struct json_list *items)
{
	struct site_change *out = ARENA_NEW(mem, struct site_change);

	*out = (struct site_change){
		.seq = c->note.seq,
		.at_ms = c->note.at_ms,
		.verb = change_word(c->note.verb),
		.actor = ARENA_NEW(mem, struct actor_out),
		.facts = facts_between(mem, c->before, c->after),
		.erased = c->erased ? JSON_TRUE : JSON_FALSE,
	};
	items->items[items->len++] = out;
	return name_actor(db, mem, &c->note, out->actor);
}

static int read_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct read_job *job = arg;
	struct changes_page *page = &job->page;
	struct change *changes;
	struct id customer;
	size_t len = 0;
	int rc = site_customer(db, job->site, &customer);

	/* One more than asked for tells whether there is a next page. */
	if (rc == 0)
		rc = change_read_site(db, job->site, job->before, job->since_ms, job->limit + 1,
				      mem, &changes, &len);
	if (rc < 0)
		return rc;
	page->items.items = ARENA_ARRAY(mem, void *, len + 1);
	for (size_t i = 0; rc == 0 && i < len && i < job->limit; i++)
		rc = show(db, mem, &changes[i], &page->items);
	if (rc == 0 && len > job->limit)
		page->next_cursor =
			arena_printf(mem, "%lld", (long long)changes[job->limit - 1].note.seq);
	return rc;
}

static void read_done(struct request *req, int rc, void *arg)
{
	const struct read_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply(req, 200, &job->page);
}

static void get_site_changes(struct request *req)
{
	const struct changes_query *q = req->query;
	struct read_job job = {
		.site = req->ids[0],
		.since_ms = q->since_ms == JSON_ABSENT_INT ? 0 : q->since_ms,
		.before = q->cursor == JSON_ABSENT_INT ? INT64_MAX : q->cursor,
		.limit = q->limit == JSON_ABSENT_INT ? PAGE_USUAL : (size_t)q->limit,
	};

	hub_read(req, read_run, read_done, &job, sizeof(job));
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_GET, "/api/v1/sites/{id}/changes", RIGHT_VIEW, 0, NULL, &page_schema,
	  CHANGE_NONE, get_site_changes, .ids = { ID_SITE }, .query = &query_schema,
	  .summary = "What changed at a site, the newest first" },
	{}
};
/* clang-format on */

const struct slice site_changes_slice = { .name = "site_changes", .routes = routes };
