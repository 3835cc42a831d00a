/* customers.c - see customers.h.  How a customer's sites are is told by the sites' list. */
#include "hub/index/customers.h"

#include "api/cursor.h"
#include "api/request.h"
#include "base/top.h"
#include "hub/customer/customer.h"
#include "hub/index/rows.h"
#include "model/fold.h"
#include <stdlib.h>
#include <string.h>

#define LIMIT     50
#define LIMIT_MAX 200

struct customer_row {
	struct customer customer;
	struct str folded; /* its name */
	size_t place;      /* in customers.rows */
	struct arena mem;
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

/* ---- rows ---- */

static struct customer_row *find(const struct customers *c, struct id id)
{
	return map_get(&c->by_id, id.b, sizeof(id.b));
}

static struct customer_row *add(struct customers *c, struct id id)
{
	struct customer_row *r = xcalloc(1, sizeof(*r));

	if (c->len == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 16;
		c->rows = xrealloc(c->rows, c->cap * sizeof(*c->rows));
	}
	r->place = c->len;
	c->rows[c->len++] = r;
	map_put(&c->by_id, id.b, sizeof(id.b), r);
	return r;
}

void customers_put(struct customers *c, const struct customer *from)
{
	struct customer_row *r = find(c, from->id);

	if (!r)
		r = add(c, from->id);
	arena_done(&r->mem);
	r->customer = *from;
	r->customer.name = arena_strdup(&r->mem, from->name);
	r->folded = str_of(fold_text(&r->mem, from->name));
}

static void row_free(struct customer_row *r)
{
	arena_done(&r->mem);
	free(r);
}

void customers_drop(struct customers *c, struct id id)
{
	struct customer_row *r = map_remove(&c->by_id, id.b, sizeof(id.b));

	if (!r)
		return;
	c->rows[r->place] = c->rows[--c->len];
	c->rows[r->place]->place = r->place;
	row_free(r);
}

void customers_done(struct customers *c)
{
	for (size_t i = 0; i < c->len; i++)
		row_free(c->rows[i]);
	free(c->rows);
	map_done(&c->by_id);
	*c = (struct customers){};
}

static bool is_archived(const struct customer_row *r)
{
	return r->customer.archived_ms != JSON_ABSENT_INT;
}

/* An archived site counts for an archived customer alone. */
static void count(struct customer_row *r, const struct list *sites)
{
	const struct tally *t = list_tally(sites, r->customer.id);

	r->sites = 0;
	r->status = -1;
	for (int status = 0; status < SITE_STATUSES; status++) {
		int64_t n = t ? t->counts[status] : 0;

		if (t && is_archived(r))
			n += t->archived_counts[status];
		r->counts[status] = n;
		r->sites += n;
		if (n && (r->status < 0 || list_attention(status) < list_attention(r->status)))
			r->status = status;
	}
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
		order = strcmp(x->row->folded.p, y->row->folded.p);
	if (!order)
		order = memcmp(&x->row->customer.id, &y->row->customer.id, sizeof(struct id));
	return x->down ? -order : order;
}

struct question {
	struct str words; /* folded */
	const struct order *order;
	bool down, archived;
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
	q->archived = in->archived == JSON_TRUE;
	buf_puts(&text, q->archived ? "archived" : "customers");
	buf_put(&text, req->who.provider.b, sizeof(req->who.provider.b));
	buf_puts(&text, sort);
	buf_putc(&text, ' ');
	buf_putstr(&text, q->words);
	q->text = (struct str){ arena_dup(&req->mem, text.data, text.len), text.len };
	buf_done(&text);
	return true;
}

static bool matches(const struct customer_row *r, struct str words, bool archived)
{
	struct str word;

	if (is_archived(r) != archived)
		return false;
	while (words.len && str_split(&words, ' ', &word)) {
		if (!memmem(r->folded.p, r->folded.len, word.p, word.len))
			return false;
	}
	return true;
}

/* A cursor names the last customer shown and the number it was sorted by. */
static int read_cursor(const struct customers *c, const char *cursor, const struct question *q,
		       struct arena *mem, struct entry *ret_last)
{
	struct entry last = { .down = q->down };
	struct str where;
	struct cur in;
	struct id id;

	if (cursor_decode(mem, q->text, cursor, &where) < 0)
		return ERR_INVALID;
	in = cur_of(where.p, where.len);
	last.number = (int64_t)cur_le(&in, 8);
	cur_copy(&in, id.b, sizeof(id.b));
	last.row = in.failed ? NULL : find(c, id);
	if (!last.row)
		return ERR_INVALID;
	*ret_last = last;
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

/* As list.c's gather(). */
static size_t gather(const struct customers *c, const struct list *sites, const struct question *q,
		     const struct entry *last, struct top *page)
{
	size_t n = 0;

	for (size_t i = 0; i < c->len; i++) {
		struct customer_row *r = c->rows[i];
		struct entry e;

		if (!matches(r, q->words, q->archived))
			continue;
		n++;
		count(r, sites);
		e = (struct entry){ r, q->order->number(r), q->down };
		if (!last || compare(&e, last) > 0)
			top_offer(page, &e);
	}
	top_sort(page);
	return n;
}

static void answer_list(struct request *req, struct list *sites)
{
	const struct customers *c = customers_of(hub_of(req->owner), req->who.provider);
	const struct customer_query *in = req->query;
	struct customer_page page = {};
	struct question q = {};
	struct entry *found, last;
	struct top top;

	if (!read_question(req, &q))
		return reply_error(req, ERR_INVALID, "sort");
	if (in->cursor && read_cursor(c, in->cursor, &q, &req->mem, &last) < 0)
		return reply_error(req, ERR_INVALID, "cursor");
	/* One more than is shown: it says that there are more. */
	found = ARENA_ARRAY(&req->mem, struct entry, q.limit + 1);
	top = (struct top){ found, sizeof(*found), q.limit + 1, compare, 0 };
	page.total = (int64_t)gather(c, sites, &q, in->cursor ? &last : NULL, &top);
	page.items.items = ARENA_ARRAY(&req->mem, void *, q.limit);
	for (size_t i = 0; i < top.len && i < q.limit; i++)
		page.items.items[page.items.len++] = found[i].row;
	if (top.len > q.limit)
		page.next_cursor = make_cursor(&found[q.limit - 1], &q, &req->mem);
	reply(req, 200, &page);
}

static void answer_one(struct request *req, struct list *sites)
{
	struct customer_row *r =
		find(customers_of(hub_of(req->owner), req->who.provider), req->ids[0]);

	if (!r)
		return reply_error(req, ERR_NOT_FOUND, NULL);
	count(r, sites);
	reply(req, 200, r);
}

void customers_get(struct request *req)
{
	rows_wait(req, answer_list);
}

void customers_get_one(struct request *req)
{
	rows_wait(req, answer_one);
}
