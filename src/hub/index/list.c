/* list.c - see list.h.
 *
 * A provider's rows are walked for each question, and the first of the matching ones kept in order:
 * 10,000 rows take a millisecond or two, and there is no second order to keep.  What a question
 * looks at is made ready when a row is put.  A cursor names the last row shown and the number it
 * was sorted by, so that a row whose status changed between two pages moves by itself and not the
 * page with it. */
#include "hub/index/list.h"

#include "api/cursor.h"
#include "base/top.h"
#include "model/fold.h"
#include "model/label.h"
#include "model/licence.h"
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 8

/* ---- words ---- */

static uint64_t bit(int word)
{
	return word < 0 ? 0 : UINT64_C(1) << word;
}

static uint64_t status_of(const struct site *s)
{
	return bit(s->status);
}

static uint64_t monitoring_of(const struct site *s)
{
	return s->permissions ? bit(s->permissions->monitoring) : 0;
}

static uint64_t console_of(const struct site *s)
{
	return s->permissions ? bit(s->permissions->console) : 0;
}

static uint64_t mfp_of(const struct site *s)
{
	return s->permissions ? bit(s->permissions->mfp) : 0;
}

static uint64_t product_of(const struct site *s)
{
	return s->server && s->server->product
		       ? bit(word_find(product_names, str_of(s->server->product)))
		       : 0;
}

static uint64_t rules_of(const struct site *s)
{
	uint64_t rules = 0;

	for (size_t i = 0; i < s->reasons.len; i++) {
		const struct site_reason *r = s->reasons.items[i];

		if (r->rule)
			rules |= bit(word_find(rule_names, str_of(r->rule)));
	}
	return rules;
}

static_assert(RULES <= 64, "one bit a word");

/* By words: a site passes that has one of those asked for. */
static const struct filter {
	const char *name;
	size_t offset; /* in struct list_query */
	const char *const *words;
	uint64_t (*of)(const struct site *s); /* NULL: it moves with the day, list_look_at() */
} filters[] = {
	{ "status", offsetof(struct list_query, status), site_status_names, status_of },
	{ "monitoring", offsetof(struct list_query, monitoring), monitoring_names, monitoring_of },
	{ "console", offsetof(struct list_query, console), switch_names, console_of },
	{ "mfp", offsetof(struct list_query, mfp), switch_names, mfp_of },
	{ "product", offsetof(struct list_query, product), product_names, product_of },
	{ "rule", offsetof(struct list_query, rule), rule_names, rules_of },
	{ "renewal", offsetof(struct list_query, renewal), renewal_names, NULL },
};
static_assert(ARRAY_LEN(filters) == LIST_FILTERS, "a place a row");

#define FILTER_STATUS  0
#define FILTER_RENEWAL (LIST_FILTERS - 1)

/* ---- rows ---- */

/* Whoever tells none stands behind all that do. */
static int64_t version_rank(const char *version)
{
	int64_t number;

	return version && version_number(str_of(version), &number) ? number : INT64_MAX;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static void *copy(struct arena *mem, const void *from, size_t size)
{
	return from ? arena_dup(mem, from, size) : NULL;
}

static struct site_invitation *copy_invitation(struct arena *mem,
					       const struct site_invitation *from)
{
	struct site_invitation *to = copy(mem, from, sizeof(*from));

	if (to && to->mail) {
		to->mail = copy(mem, from->mail, sizeof(*from->mail));
		to->mail->to = arena_strdup(mem, from->mail->to);
	}
	return to;
}

static struct report_stated *copy_stated(struct arena *mem, const struct report_stated *from)
{
	struct report_stated *to = copy(mem, from, sizeof(*from));

	if (to)
		to->value = arena_strdup(mem, from->value);
	return to;
}

static struct site_licence_entry *copy_entry(struct arena *mem,
					     const struct site_licence_entry *from)
{
	struct site_licence_entry *to = copy(mem, from, sizeof(*from));

	if (!to)
		return NULL;
	to->organisation = arena_strdup(mem, from->organisation);
	to->customer_reference = arena_strdup(mem, from->customer_reference);
	to->note = arena_strdup(mem, from->note);
	to->support_ends_on = arena_strdup(mem, from->support_ends_on);
	to->licence_ends_on = arena_strdup(mem, from->licence_ends_on);
	to->edited_by = arena_strdup(mem, from->edited_by);
	return to;
}

static struct site_licence *copy_licence(struct arena *mem, const struct site_licence *from)
{
	struct site_licence *to = copy(mem, from, sizeof(*from));

	if (!to)
		return NULL;
	to->organisation = copy_stated(mem, from->organisation);
	to->customer_reference = copy_stated(mem, from->customer_reference);
	to->support_end = copy(mem, from->support_end, sizeof(*from->support_end));
	to->licence_end = copy(mem, from->licence_end, sizeof(*from->licence_end));
	to->provider = copy_entry(mem, from->provider);
	to->seats = (struct json_list){};
	for (size_t i = 0; i < from->seats.len; i++)
		report_list_add(mem, &to->seats,
				copy(mem, from->seats.items[i], sizeof(struct site_seats)));
	return to;
}

static const char *stated(const struct report_stated *s)
{
	return s ? s->value : NULL;
}

/* Both the word that counts and the provider's own. */
static const char *searched_licence(struct arena *mem, const struct site_licence *l)
{
	const struct site_licence_entry *e = l ? l->provider : NULL;

	return !l ? ""
		  : arena_printf(mem, "%s %s %s %s %s", or_empty(stated(l->organisation)),
				 or_empty(stated(l->customer_reference)),
				 or_empty(e ? e->organisation : NULL),
				 or_empty(e ? e->customer_reference : NULL),
				 or_empty(e ? e->note : NULL));
}

/* All that somebody may remember of a site. */
static const char *searched(struct arena *mem, const struct site *s)
{
	const struct site_server *server = s->server;

	return arena_printf(mem, "%s %s %s %s %s %s %s", s->customer->name, s->name,
			    or_empty(server ? server->product : NULL),
			    or_empty(server ? server->version : NULL), or_empty(s->public_ip),
			    or_empty(s->note), searched_licence(mem, s->licence));
}

static int64_t end_ms(const struct site_end *end)
{
	return end ? end->at_ms : JSON_ABSENT_INT;
}

static void look_at(struct row *r, int64_t now_ms)
{
	const struct site_licence *l = r->site.licence;

	r->renewal = l ? licence_renewal(l->valid, end_ms(l->support_end), end_ms(l->licence_end),
					 now_ms)
		       : RENEWAL_UNKNOWN;
	r->words[FILTER_RENEWAL] = bit(r->renewal);
}

void list_look_at(struct list *l, int64_t now_ms)
{
	if (licence_days_left(now_ms, l->now_ms) == 0)
		return;
	l->now_ms = now_ms;
	for (size_t i = 0; i < l->len; i++)
		look_at(l->rows[i], now_ms);
}

static struct row *row_new(const struct site *s)
{
	struct row *r = xcalloc(1, sizeof(*r));
	struct arena *mem = &r->mem, scratch = {};
	struct site *to = &r->site;

	json_init(&site_schema, to);
	to->id = s->id;
	to->name = arena_strdup(mem, s->name);
	to->customer = copy(mem, s->customer, sizeof(*s->customer));
	to->customer->name = arena_strdup(mem, s->customer->name);
	to->created_ms = s->created_ms;
	to->archived_ms = s->archived_ms;
	to->status = s->status;
	to->last_seen_ms = s->last_seen_ms;
	to->permissions = copy(mem, s->permissions, sizeof(*s->permissions));
	to->devices = copy(mem, s->devices, sizeof(*s->devices));
	to->invitation = copy_invitation(mem, s->invitation);
	to->server = copy(mem, s->server, sizeof(*s->server));
	if (to->server)
		to->server->version = arena_strdup(mem, s->server->version);
	to->licence = copy_licence(mem, s->licence);
	for (size_t i = 0; i < s->reasons.len; i++) {
		struct site_reason *reason = copy(mem, s->reasons.items[i], sizeof(*reason));

		reason->detail = arena_strdup(mem, reason->detail);
		report_list_add(mem, &to->reasons, reason);
	}
	r->name = fold_text(mem, to->name);
	r->customer = fold_text(mem, to->customer->name);
	r->text = str_of(fold_text(mem, searched(&scratch, s)));
	arena_done(&scratch);
	r->version = version_rank(to->server ? to->server->version : NULL);
	r->seen_ms = to->last_seen_ms;
	r->archived = to->archived_ms != JSON_ABSENT_INT;
	if (to->licence) {
		r->organisation = fold_text(mem, or_empty(stated(to->licence->organisation)));
		r->reference = fold_text(mem, or_empty(stated(to->licence->customer_reference)));
	}
	for (size_t i = 0; i < LIST_FILTERS; i++) {
		if (filters[i].of)
			r->words[i] = filters[i].of(to);
	}
	return r;
}

static void row_free(struct row *r)
{
	arena_done(&r->mem);
	free(r);
}

struct row *list_find(const struct list *l, struct id site)
{
	return map_get(&l->by_id, site.b, sizeof(site.b));
}

const struct tally *list_tally(const struct list *l, struct id customer)
{
	return map_get(&l->tallies, customer.b, sizeof(customer.b));
}

static int64_t *counted(struct row *r)
{
	struct tally *t = r->tally;

	return &(r->archived ? t->archived_counts : t->counts)[r->site.status];
}

static void count(struct list *l, struct row *r)
{
	struct id customer = r->site.customer->id;

	r->tally = map_get(&l->tallies, customer.b, sizeof(customer.b));
	if (!r->tally) {
		r->tally = xcalloc(1, sizeof(*r->tally));
		r->tally->customer = customer;
		map_put(&l->tallies, customer.b, sizeof(customer.b), r->tally);
	}
	r->tally->sites++;
	++*counted(r);
}

static void uncount(struct list *l, struct row *r)
{
	struct tally *t = r->tally;

	--*counted(r);
	if (--t->sites > 0)
		return;
	map_remove(&l->tallies, t->customer.b, sizeof(t->customer.b));
	free(t);
}

void list_put(struct list *l, const struct site *s)
{
	struct row *r = row_new(s), *old = map_put(&l->by_id, s->id.b, sizeof(s->id.b), r);

	look_at(r, l->now_ms);
	count(l, r);
	if (old) {
		uncount(l, old);
		r->place = old->place;
		l->rows[r->place] = r;
		row_free(old);
		return;
	}
	if (l->len == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->rows = xrealloc(l->rows, l->cap * sizeof(*l->rows));
	}
	r->place = l->len;
	l->rows[l->len++] = r;
}

void list_drop(struct list *l, struct id site)
{
	struct row *r = map_remove(&l->by_id, site.b, sizeof(site.b));

	if (!r)
		return;
	uncount(l, r);
	l->rows[r->place] = l->rows[--l->len];
	l->rows[r->place]->place = r->place;
	row_free(r);
}

void list_done(struct list *l)
{
	for (size_t i = 0; i < l->len; i++) {
		uncount(l, l->rows[i]);
		row_free(l->rows[i]);
	}
	free(l->rows);
	map_done(&l->by_id);
	map_done(&l->tallies);
	*l = (struct list){};
}

/* ---- order ---- */

struct entry {
	const struct row *row;
	const struct order *order;
	int64_t number; /* by which it is sorted first */
	bool down;
};

static const int attention[SITE_STATUSES] = {
	[SITE_ERROR] = 0,   [SITE_WARNING] = 1,
	[SITE_OFFLINE] = 2, [SITE_NEVER_CONNECTED] = 3,
	[SITE_REVOKED] = 4, [SITE_MONITORING_OFF] = 5,
	[SITE_OK] = 6,
};

int list_attention(int status)
{
	return attention[status];
}

static int64_t by_attention(const struct row *r)
{
	return attention[r->site.status];
}

static int64_t by_nothing(const struct row *r)
{
	return 0;
}

static int64_t by_version(const struct row *r)
{
	return r->version;
}

static int64_t by_devices(const struct row *r)
{
	return r->site.devices->total;
}

static int64_t by_last_seen(const struct row *r)
{
	return r->seen_ms;
}

/* By the day: what the server tells moves within it with each report. */
static int64_t by_end(const struct site_end *end)
{
	return end ? licence_days_left(end->at_ms, 0) : INT64_MAX;
}

static int64_t by_support_end(const struct row *r)
{
	return r->site.licence ? by_end(r->site.licence->support_end) : INT64_MAX;
}

static int64_t by_licence_end(const struct row *r)
{
	return r->site.licence ? by_end(r->site.licence->licence_end) : INT64_MAX;
}

static int64_t by_renewal(const struct row *r)
{
	int64_t support = by_support_end(r), licence = by_licence_end(r);

	/* What is not valid has no day at which that began. */
	if (r->site.licence && r->site.licence->valid == JSON_FALSE)
		return INT64_MIN + 1;
	return support < licence ? support : licence;
}

static int64_t by_text(const char *text)
{
	return text && *text ? 0 : INT64_MAX;
}

static int64_t by_organisation(const struct row *r)
{
	return by_text(r->organisation);
}

static int64_t by_reference(const struct row *r)
{
	return by_text(r->reference);
}

static const char *name_of(const struct row *r)
{
	return r->name;
}

static const char *organisation_of(const struct row *r)
{
	return or_empty(r->organisation);
}

static const char *reference_of(const struct row *r)
{
	return or_empty(r->reference);
}

/* First by a number, then by a text if there is one, then by customer and name. */
static const struct order {
	const char *name;
	int64_t (*number)(const struct row *r);
	const char *(*text)(const struct row *r);
	bool unknown_last; /* INT64_MAX is "not known": last, whichever way round */
} orders[] = {
	{ "attention", by_attention },
	{ "name", by_nothing, name_of },
	{ "customer", by_nothing },
	{ "version", by_version },
	{ "devices", by_devices },
	{ "last_seen", by_last_seen },
	{ "renewal", by_renewal, .unknown_last = true },
	{ "support_end", by_support_end, .unknown_last = true },
	{ "licence_end", by_licence_end, .unknown_last = true },
	{ "organisation", by_organisation, organisation_of, true },
	{ "customer_reference", by_reference, reference_of, true },
};

static int compare(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (x->number > y->number) - (x->number < y->number);

	if (!order && x->order->text)
		order = strcmp(x->order->text(x->row), x->order->text(y->row));
	if (!order)
		order = strcmp(x->row->customer, y->row->customer);
	if (!order)
		order = strcmp(x->row->name, y->row->name);
	if (!order)
		order = memcmp(x->row->site.id.b, y->row->site.id.b, sizeof(struct id));
	return x->down ? -order : order;
}

/* ---- filters ---- */

/* "22" is the beginning of "22.0.4" and of "22", not of "220.1". */
static bool version_begins(const struct site *s, struct str begin)
{
	struct str version = str_of(s->server ? s->server->version : NULL);

	return version.len >= begin.len && memcmp(version.p, begin.p, begin.len) == 0 &&
	       (version.len == begin.len ||
		!(version.p[begin.len] >= '0' && version.p[begin.len] <= '9'));
}

/* ---- a question ---- */

struct question {
	struct str words[WORDS_MAX];
	size_t words_len;
	uint64_t wanted[LIST_FILTERS]; /* one bit a word; 0: whatever it is */
	struct id customer;
	struct str version;
	const struct order *order;
	bool down, archived;
	size_t limit;
	struct str text; /* what a cursor belongs to */
};

static bool read_sort(const char *sort, struct question *q)
{
	struct str name = str_of(sort ? sort : "attention");

	q->down = name.len && name.p[0] == '-';
	if (q->down)
		name = (struct str){ name.p + 1, name.len - 1 };
	for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
		if (str_eq(name, str_of(orders[i].name)))
			q->order = &orders[i];
	}
	return q->order;
}

static bool read_filter(const struct filter *f, const struct list_query *in, uint64_t *wanted)
{
	struct str rest = str_of(*(const char *const *)((const char *)in + f->offset)), part;

	while (rest.len && str_split(&rest, ',', &part)) {
		int word = word_find(f->words, part);

		if (word < 0)
			return false;
		*wanted |= bit(word);
	}
	return true;
}

static bool read_words(const char *query, struct arena *mem, struct question *q)
{
	struct str rest = str_of(query ? fold_text(mem, query) : NULL), word;

	while (rest.len && str_split(&rest, ' ', &word)) {
		if (!word.len)
			continue;
		if (q->words_len == WORDS_MAX)
			return false;
		q->words[q->words_len++] = word;
	}
	return true;
}

bool list_sorts_by_seen(const struct list_query *in)
{
	struct question q = {};

	return read_sort(in->sort, &q) && q.order->number == by_last_seen;
}

static const char *read_question(struct id provider, const struct list_query *in, struct arena *mem,
				 struct question *q)
{
	struct buf text = buf_new(4 * KIB);

	if (!read_words(in->query, mem, q))
		return "query";
	for (size_t i = 0; i < LIST_FILTERS; i++) {
		if (!read_filter(&filters[i], in, &q->wanted[i]))
			return filters[i].name;
	}
	q->customer = in->customer;
	q->version = str_of(in->version);
	if (!read_sort(in->sort, q))
		return "sort";
	q->archived = in->archived == JSON_TRUE;
	q->limit = in->limit == JSON_ABSENT_INT ? LIST_LIMIT : (size_t)in->limit;
	buf_puts(&text, "sites");
	buf_put(&text, provider.b, sizeof(provider.b));
	buf_put(&text, q->customer.b, sizeof(q->customer.b));
	buf_put(&text, q->wanted, sizeof(q->wanted));
	buf_printf(&text, "%d %d %s ", q->archived, q->down, q->order->name);
	buf_putstr(&text, q->version);
	for (size_t i = 0; i < q->words_len; i++) {
		buf_putc(&text, ' ');
		buf_putstr(&text, q->words[i]);
	}
	q->text = (struct str){ arena_dup(mem, text.data, text.len), text.len };
	buf_done(&text);
	return NULL;
}

static bool matches(const struct row *r, const struct question *q)
{
	if (r->archived != q->archived)
		return false;
	for (size_t i = 0; i < q->words_len; i++) {
		if (!memmem(r->text.p, r->text.len, q->words[i].p, q->words[i].len))
			return false;
	}
	return (id_is_zero(q->customer) || id_eq(r->site.customer->id, q->customer)) &&
	       (!q->version.len || version_begins(&r->site, q->version));
}

/* The filters that it does not pass, one bit each. */
static unsigned failed(const struct row *r, const struct question *q)
{
	unsigned not_passed = 0;

	for (size_t i = 0; i < LIST_FILTERS; i++) {
		if (q->wanted[i] && !(q->wanted[i] & r->words[i]))
			not_passed |= 1U << i;
	}
	return not_passed;
}

static struct entry entry_of(const struct row *r, const struct question *q)
{
	struct entry e = { r, q->order, q->order->number(r), q->down };

	if (q->down && q->order->unknown_last && e.number == INT64_MAX)
		e.number = INT64_MIN;
	return e;
}

static int read_cursor(const struct list *l, const char *cursor, const struct question *q,
		       struct arena *mem, struct entry *ret_last)
{
	struct entry last = {};
	struct str where;
	struct cur in;
	struct id id;

	if (cursor_decode(mem, q->text, cursor, &where) < 0)
		return ERR_INVALID;
	in = cur_of(where.p, where.len);
	last.number = (int64_t)cur_le(&in, 8);
	cur_copy(&in, id.b, sizeof(id.b));
	last.row = in.failed ? NULL : list_find(l, id);
	if (!last.row)
		return ERR_INVALID;
	last.down = q->down;
	last.order = q->order;
	*ret_last = last;
	return 0;
}

static char *make_cursor(const struct entry *last, const struct question *q, struct arena *mem)
{
	struct buf where = buf_new(CURSOR_MAX);
	char *cursor;

	buf_put_le(&where, (uint64_t)last->number, 8);
	buf_put(&where, last->row->site.id.b, sizeof(struct id));
	cursor = cursor_encode(mem, q->text, buf_str(&where));
	buf_done(&where);
	return cursor;
}

/* Counts by status what everything but the statuses matches, and the same by renewal; what all
 * matches and comes behind `last` (NULL: from the beginning) is offered to `page`.  The number of
 * all that match. */
static size_t gather(const struct list *l, const struct question *q, const struct entry *last,
		     struct top *page, struct list_page *counted)
{
	size_t n = 0;

	for (size_t i = 0; i < l->len; i++) {
		const struct row *r = l->rows[i];
		unsigned not_passed;
		struct entry e;

		if (!matches(r, q))
			continue;
		not_passed = failed(r, q);
		if (!(not_passed & ~(1U << FILTER_STATUS)))
			counted->counts[r->site.status]++;
		if (!(not_passed & ~(1U << FILTER_RENEWAL)))
			counted->renewals[r->renewal]++;
		if (not_passed)
			continue;
		n++;
		e = entry_of(r, q);
		if (!last || compare(&e, last) > 0)
			top_offer(page, &e);
	}
	top_sort(page);
	return n;
}

int list_ask(const struct list *l, struct id provider, const struct list_query *in,
	     struct arena *mem, struct list_page *ret_page, const char **ret_field)
{
	struct list_page page = {};
	struct question q = {};
	struct entry *found, last;
	struct top top;

	*ret_field = read_question(provider, in, mem, &q);
	if (*ret_field)
		return ERR_INVALID;
	*ret_field = "cursor";
	if (in->cursor && read_cursor(l, in->cursor, &q, mem, &last) < 0)
		return ERR_INVALID;
	/* One more than is shown: it says that there are more. */
	found = ARENA_ARRAY(mem, struct entry, q.limit + 1);
	top = (struct top){ found, sizeof(*found), q.limit + 1, compare, 0 };
	page.total = (int64_t)gather(l, &q, in->cursor ? &last : NULL, &top, &page);
	page.items.items = ARENA_ARRAY(mem, void *, q.limit);
	for (size_t i = 0; i < top.len && i < q.limit; i++)
		page.items.items[page.items.len++] = (void *)(uintptr_t)&found[i].row->site;
	if (top.len > q.limit)
		page.next_cursor = make_cursor(&found[q.limit - 1], &q, mem);
	*ret_page = page;
	return 0;
}

/* ---- forms ---- */

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "query", JSON_TEXT, AT(list_query, query), .max = 200 },
	{ "customer", JSON_ID, AT(list_query, customer), .min = ID_CUST },
	{ "status", JSON_TEXT, AT(list_query, status), .max = 200 },
	{ "monitoring", JSON_TEXT, AT(list_query, monitoring), .max = 200 },
	{ "console", JSON_TEXT, AT(list_query, console), .max = 200 },
	{ "mfp", JSON_TEXT, AT(list_query, mfp), .max = 200 },
	{ "product", JSON_TEXT, AT(list_query, product), .max = 200 },
	{ "version", JSON_TEXT, AT(list_query, version), .max = 40 },
	{ "rule", JSON_TEXT, AT(list_query, rule), .max = 400 },
	{ "renewal", JSON_TEXT, AT(list_query, renewal), .max = 200 },
	{ "sort", JSON_TEXT, AT(list_query, sort), .max = 32 },
	{ "cursor", JSON_TEXT, AT(list_query, cursor), .max = 512 },
	{ "limit", JSON_INT, AT(list_query, limit), .min = 1, .max = LIST_LIMIT_MAX },
	{ "archived", JSON_BOOL, AT(list_query, archived) },
	{}
};
const struct json_schema list_query_schema = {
	"site_query", sizeof(struct list_query), 0, query_fields
};

static const struct json_field page_fields[] = {
	{ "items", JSON_LIST, AT(list_page, items), JSON_REQUIRED, .max = LIST_LIMIT_MAX, .sub = &site_row_schema },
	{ "next_cursor", JSON_TEXT, AT(list_page, next_cursor), .flags = JSON_NULLABLE },
	{ "total", JSON_INT, AT(list_page, total), .flags = JSON_REQUIRED },
	{ "counts", JSON_COUNTS, AT(list_page, counts), JSON_REQUIRED, .names = site_status_names },
	{}
};
const struct json_schema list_page_schema = { "site_list", sizeof(struct list_page), 0, page_fields };

static const struct json_field licences_fields[] = {
	{ "items", JSON_LIST, AT(list_page, items), JSON_REQUIRED, .max = LIST_LIMIT_MAX, .sub = &site_licence_row_schema },
	{ "next_cursor", JSON_TEXT, AT(list_page, next_cursor), .flags = JSON_NULLABLE },
	{ "total", JSON_INT, AT(list_page, total), .flags = JSON_REQUIRED },
	{ "renewals", JSON_COUNTS, AT(list_page, renewals), JSON_REQUIRED, .names = renewal_names },
	{}
};
const struct json_schema list_licences_schema = {
	"licence_list", sizeof(struct list_page), 0, licences_fields
};
/* clang-format on */
