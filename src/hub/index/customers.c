/* customers.c - see customers.h.
 *
 * A customer is looked for when a site is added, a few times a day: the rows are opened for the
 * question and not kept.  Names lie sealed, so that neither order nor search can be the store's. */
#include "hub/index/customers.h"

#include "api/cursor.h"
#include "api/request.h"
#include "hub/customer/customer.h"
#include "hub/index/fold.h"
#include <stdlib.h>
#include <string.h>

#define LIMIT     50
#define LIMIT_MAX 200

struct customer_query {
	const char *query, *cursor; /* NULL: absent */
	int64_t limit;
	enum json_bool archived; /* true: only what is; else only what is not */
};

struct customer_page {
	struct json_list items; /* struct customer * */
	char *next_cursor;
	int64_t total;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "query", JSON_TEXT, AT(customer_query, query), .max = 200 },
	{ "cursor", JSON_TEXT, AT(customer_query, cursor), .max = 512 },
	{ "limit", JSON_INT, AT(customer_query, limit), .min = 1, .max = LIMIT_MAX },
	{ "archived", JSON_BOOL, AT(customer_query, archived) },
	{}
};
const struct json_schema customer_query_schema = {
	"customer_query", sizeof(struct customer_query), 0, query_fields
};

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(customer_page, items), JSON_REQUIRED, .max = LIMIT_MAX, .sub = &customer_schema },
	{ "next_cursor", JSON_TEXT, AT(customer_page, next_cursor), .flags = JSON_NULLABLE },
	{ "total", JSON_INT, AT(customer_page, total), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema customer_page_schema = {
	"customer_list", sizeof(struct customer_page), 0, page_fields
};
/* clang-format on */

struct entry {
	struct customer *customer;
	const char *name; /* folded */
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : memcmp(&x->customer->id, &y->customer->id, sizeof(struct id));
}

static bool matches(const struct customer *c, const char *name, struct str words, bool archived)
{
	struct str word;

	if ((c->archived_ms != JSON_ABSENT_INT) != archived)
		return false;
	while (words.len && str_split(&words, ' ', &word)) {
		if (!memmem(name, strlen(name), word.p, word.len))
			return false;
	}
	return true;
}

struct list_job {
	const struct customer_query *in;
	struct str words;    /* folded */
	struct str question; /* what a cursor belongs to */
	struct customer_page page;
};

/* The place behind the row that the cursor names, or behind none. */
static int find_start(const struct list_job *job, struct arena *mem, const struct entry *found,
		      size_t len, size_t *ret_at)
{
	struct str last;
	size_t at = 0;

	*ret_at = 0;
	if (!job->in->cursor)
		return 0;
	if (cursor_decode(mem, job->question, job->in->cursor, &last) < 0 ||
	    last.len != sizeof(struct id))
		return ERR_INVALID;
	while (at < len && memcmp(&found[at].customer->id, last.p, last.len) != 0)
		at++;
	if (at == len)
		return ERR_INVALID;
	*ret_at = at + 1;
	return 0;
}

static int list_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct list_job *job = arg;
	struct customer_page *page = &job->page;
	struct customer **all;
	struct entry *found;
	size_t limit = job->in->limit == JSON_ABSENT_INT ? LIMIT : (size_t)job->in->limit;
	size_t len, n = 0, at;
	int rc = customer_list(db, mem, &all, &len);

	if (rc < 0)
		return rc;
	found = ARENA_ARRAY(mem, struct entry, len + 1);
	for (size_t i = 0; i < len; i++) {
		const char *name = fold_text(mem, all[i]->name);

		if (matches(all[i], name, job->words, job->in->archived == JSON_TRUE))
			found[n++] = (struct entry){ all[i], name };
	}
	qsort(found, n, sizeof(*found), compare);
	rc = find_start(job, mem, found, n, &at);
	if (rc < 0)
		return rc;
	page->total = (int64_t)n;
	page->items.items = ARENA_ARRAY(mem, void *, limit + 1);
	for (; at < n && page->items.len < limit; at++)
		page->items.items[page->items.len++] = found[at].customer;
	if (at < n)
		page->next_cursor =
			cursor_encode(mem, job->question,
				      (struct str){ (const char *)&found[at - 1].customer->id,
						    sizeof(struct id) });
	return 0;
}

static void list_done(struct request *req, int rc, void *arg)
{
	const struct list_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, rc == ERR_INVALID ? "cursor" : NULL);
	else
		reply(req, 200, &job->page);
}

void customers_get(struct request *req)
{
	const struct customer_query *in = req->query;
	struct list_job job = { .in = in };
	struct buf question = buf_new(KIB);

	job.words = str_of(fold_text(&req->mem, in->query ? in->query : ""));
	buf_puts(&question, in->archived == JSON_TRUE ? "archived" : "customers");
	buf_put(&question, req->who.provider.b, sizeof(req->who.provider.b));
	buf_putstr(&question, job.words);
	job.question =
		(struct str){ arena_dup(&req->mem, question.data, question.len), question.len };
	buf_done(&question);
	hub_read(req, list_run, list_done, &job, sizeof(job));
}
