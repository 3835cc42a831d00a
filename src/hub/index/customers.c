/* customers.c - see customers.h.
 *
 *   question --(a customer has changed)--> read all --> kept --.
 *       '-----------(kept rows are true)------------------------'--> sites counted --> answer
 *
 * What is counted by customer are the rows of the sites' list, at each question. */
#include "hub/index/customers.h"

#include "api/cursor.h"
#include "api/request.h"
#include "base/map.h"
#include "hub/customer/customer.h"
#include "hub/index/rows.h"
#include "model/fold.h"
#include <stdlib.h>
#include <string.h>

#define LIMIT     50
#define LIMIT_MAX 200

struct customer_row {
	struct customer customer;
	const char *folded;
	/* As of the question under way: */
	int64_t sites;
	int status; /* the worst of them; -1: no site */
	int64_t counts[SITE_STATUSES];
};

struct customer_query {
	const char *query, *sort, *cursor; /* NULL: absent */
	int64_t limit;
	enum json_bool archived; /* true: only what is; else only what is not */
};

struct customer_page {
	struct json_list items; /* struct customer_row * */
	char *next_cursor;
	int64_t total;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "query", JSON_TEXT, AT(customer_query, query), .max = 200 },
	{ "sort", JSON_TEXT, AT(customer_query, sort), .max = 32 },
	{ "cursor", JSON_TEXT, AT(customer_query, cursor), .max = 512 },
	{ "limit", JSON_INT, AT(customer_query, limit), .min = 1, .max = LIMIT_MAX },
	{ "archived", JSON_BOOL, AT(customer_query, archived) },
	{}
};
const struct json_schema customer_query_schema = {
	"customer_query", sizeof(struct customer_query), 0, query_fields
};

static const struct json_field row_fields[] = {
	{ "id", JSON_ID, AT(customer_row, customer.id), JSON_REQUIRED, .min = ID_CUST },
	{ "name", JSON_TEXT, AT(customer_row, customer.name), .flags = JSON_REQUIRED },
	{ "language", JSON_ENUM, AT(customer_row, customer.language), JSON_REQUIRED, .names = hub_language_names },
	{ "created_at", JSON_TIME, AT(customer_row, customer.created_ms), .flags = JSON_REQUIRED },
	{ "archived_at", JSON_TIME, AT(customer_row, customer.archived_ms), .flags = JSON_NULLABLE },
	{ "sites", JSON_INT, AT(customer_row, sites), .flags = JSON_REQUIRED },
	{ "status", JSON_ENUM, AT(customer_row, status), JSON_NULLABLE, .names = site_status_names },
	{ "counts", JSON_COUNTS, AT(customer_row, counts), JSON_REQUIRED, .names = site_status_names },
	{}
};
const struct json_schema customer_row_schema = {
	"customer_row", sizeof(struct customer_row), 0, row_fields
};

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(customer_page, items), JSON_REQUIRED, .max = LIMIT_MAX, .sub = &customer_row_schema },
	{ "next_cursor", JSON_TEXT, AT(customer_page, next_cursor), .flags = JSON_NULLABLE },
	{ "total", JSON_INT, AT(customer_page, total), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema customer_page_schema = {
	"customer_list", sizeof(struct customer_page), 0, page_fields
};
/* clang-format on */

/* ---- what is kept ---- */

void customers_changed(struct customers *c)
{
	c->changes++;
}

void customers_done(struct customers *c)
{
	arena_done(&c->mem);
	*c = (struct customers){};
}

static void keep(struct customers *c, struct customer **list, size_t len, uint64_t read)
{
	arena_done(&c->mem);
	c->rows = ARENA_ARRAY(&c->mem, struct customer_row, len + 1);
	c->len = len;
	c->read = read;
	for (size_t i = 0; i < len; i++) {
		struct customer_row *r = &c->rows[i];

		*r = (struct customer_row){ .customer = *list[i] };
		r->customer.name = arena_strdup(&c->mem, list[i]->name);
		r->folded = fold_text(&c->mem, r->customer.name);
	}
}

static bool is_archived(int64_t archived_ms)
{
	return archived_ms != JSON_ABSENT_INT;
}

static void count(struct customers *c, const struct list *sites)
{
	struct map by_id = {};

	for (size_t i = 0; i < c->len; i++) {
		struct customer_row *r = &c->rows[i];

		r->sites = 0;
		r->status = -1;
		memset(r->counts, 0, sizeof(r->counts));
		map_put(&by_id, r->customer.id.b, sizeof(struct id), r);
	}
	for (size_t i = 0; i < sites->len; i++) {
		const struct site *s = &sites->rows[i]->site;
		struct customer_row *r = map_get(&by_id, s->customer->id.b, sizeof(struct id));

		/* An archived site counts for an archived customer alone. */
		if (!r || (is_archived(s->archived_ms) && !is_archived(r->customer.archived_ms)))
			continue;
		r->sites++;
		r->counts[s->status]++;
		if (r->status < 0 || list_attention(s->status) < list_attention(r->status))
			r->status = s->status;
	}
	map_done(&by_id);
}

/* ---- a question ---- */

struct entry {
	struct customer_row *row;
	int64_t number; /* by which it is sorted first */
	bool down;
};

static int64_t by_name(const struct customer_row *r)
{
	return 0;
}

static int64_t by_sites(const struct customer_row *r)
{
	return r->sites;
}

static int64_t by_attention(const struct customer_row *r)
{
	return r->status < 0 ? SITE_STATUSES : list_attention(r->status);
}

static const struct order {
	const char *name;
	int64_t (*number)(const struct customer_row *r);
} orders[] = { { "name", by_name }, { "sites", by_sites }, { "attention", by_attention } };

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (x->number > y->number) - (x->number < y->number);

	if (!order)
		order = strcmp(x->row->folded, y->row->folded);
	if (!order)
		order = memcmp(&x->row->customer.id, &y->row->customer.id, sizeof(struct id));
	return x->down ? -order : order;
}

struct question {
	struct str words; /* folded */
	const struct order *order;
	bool down;
	size_t limit;
	struct str text; /* what a cursor belongs to */
};

static const struct order *order_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		if (strcmp(orders[i].name, name) == 0)
			return &orders[i];
	}
	return NULL;
}

static bool read_question(struct request *req, struct question *q)
{
	const struct customer_query *in = req->query;
	const char *sort = in->sort ? in->sort : "name";
	struct buf text = buf_new(KIB);

	q->down = sort[0] == '-';
	q->order = order_named(sort + q->down);
	if (!q->order)
		return false;
	q->words = str_of(fold_text(&req->mem, in->query ? in->query : ""));
	q->limit = in->limit == JSON_ABSENT_INT ? LIMIT : (size_t)in->limit;
	buf_puts(&text, in->archived == JSON_TRUE ? "archived" : "customers");
	buf_put(&text, req->who.provider.b, sizeof(req->who.provider.b));
	buf_puts(&text, sort);
	buf_putc(&text, ' ');
	buf_putstr(&text, q->words);
	q->text = (struct str){ arena_dup(&req->mem, text.data, text.len), text.len };
	buf_done(&text);
	return true;
}

static bool matches(const struct customer *c, const char *name, struct str words, bool archived)
{
	struct str word;

	if (is_archived(c->archived_ms) != archived)
		return false;
	while (words.len && str_split(&words, ' ', &word)) {
		if (!memmem(name, strlen(name), word.p, word.len))
			return false;
	}
	return true;
}

/* A cursor names the last customer shown and the number it was sorted by. */
static int find_start(const struct question *q, const char *cursor, struct arena *mem,
		      const struct entry *found, size_t len, struct customers *c, size_t *ret_at)
{
	struct entry last = { .down = q->down };
	struct str where;
	struct cur in;
	struct id id;
	size_t at = 0;

	if (cursor_decode(mem, q->text, cursor, &where) < 0)
		return ERR_INVALID;
	in = cur_of(where.p, where.len);
	last.number = (int64_t)cur_le(&in, 8);
	cur_copy(&in, id.b, sizeof(id.b));
	for (size_t i = 0; i < c->len && !in.failed; i++) {
		if (id_eq(c->rows[i].customer.id, id))
			last.row = &c->rows[i];
	}
	if (!last.row)
		return ERR_INVALID;
	while (at < len && compare(&found[at], &last) <= 0)
		at++;
	*ret_at = at;
	return 0;
}

static char *make_cursor(const struct entry *last, const struct question *q, struct arena *mem)
{
	struct buf where = buf_new(CURSOR_MAX);
	char *cursor;

	buf_put_le(&where, (uint64_t)last->number, 8);
	buf_put(&where, last->row->customer.id.b, sizeof(struct id));
	cursor = cursor_encode(mem, q->text, buf_str(&where));
	buf_done(&where);
	return cursor;
}

static void answer_list(struct request *req, struct list *sites)
{
	struct customers *c = customers_of(hub_of(req->owner), req->who.provider);
	const struct customer_query *in = req->query;
	struct entry *found = ARENA_ARRAY(&req->mem, struct entry, c->len + 1);
	struct customer_page page = {};
	struct question q = {};
	size_t n = 0, at = 0;

	if (!read_question(req, &q))
		return reply_error(req, ERR_INVALID, "sort");
	count(c, sites);
	for (size_t i = 0; i < c->len; i++) {
		struct customer_row *r = &c->rows[i];

		if (matches(&r->customer, r->folded, q.words, in->archived == JSON_TRUE))
			found[n++] = (struct entry){ r, q.order->number(r), q.down };
	}
	qsort(found, n, sizeof(*found), compare);
	if (in->cursor && find_start(&q, in->cursor, &req->mem, found, n, c, &at) < 0)
		return reply_error(req, ERR_INVALID, "cursor");
	page.total = (int64_t)n;
	page.items.items = ARENA_ARRAY(&req->mem, void *, q.limit + 1);
	for (; at < n && page.items.len < q.limit; at++)
		page.items.items[page.items.len++] = found[at].row;
	if (at < n)
		page.next_cursor = make_cursor(&found[at - 1], &q, &req->mem);
	reply(req, 200, &page);
}

static void answer_one(struct request *req, struct list *sites)
{
	struct customers *c = customers_of(hub_of(req->owner), req->who.provider);

	count(c, sites);
	for (size_t i = 0; i < c->len; i++) {
		if (id_eq(c->rows[i].customer.id, req->ids[0]))
			return reply(req, 200, &c->rows[i]);
	}
	reply_error(req, ERR_NOT_FOUND, NULL);
}

/* ---- reading again ---- */

struct load_job {
	void (*answer)(struct request *req, struct list *sites);
	uint64_t read;
	struct customer **list;
	size_t len;
};

static int load_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct load_job *job = arg;

	return customer_list(db, mem, &job->list, &job->len);
}

static void load_done(struct request *req, int rc, void *arg)
{
	const struct load_job *job = arg;
	struct customers *c = customers_of(hub_of(req->owner), req->who.provider);

	if (rc < 0)
		return reply_error(req, rc, NULL);
	/* Another request may have read later and be done sooner. */
	if (job->read > c->read)
		keep(c, job->list, job->len, job->read);
	rows_wait(req, job->answer);
}

static void ask(struct request *req, void (*answer)(struct request *req, struct list *sites))
{
	struct customers *c = customers_of(hub_of(req->owner), req->who.provider);
	struct load_job job = { .answer = answer, .read = c->changes + 1 };

	if (c->read == job.read)
		rows_wait(req, answer);
	else
		hub_read(req, load_run, load_done, &job, sizeof(job));
}

void customers_get(struct request *req)
{
	ask(req, answer_list);
}

void customers_get_one(struct request *req)
{
	ask(req, answer_one);
}
