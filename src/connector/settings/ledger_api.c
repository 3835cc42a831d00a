/* ledger_api.c - what was sent, newest first, and the exact bytes of each record.
 *
 * An answer reads one segment of the outbox (4 MiB at most) or few, so that a ledger of any size
 * costs the loop no more than some milliseconds. */
#include "connector/settings/slice.h"

#include "model/report.h"
#include "wire/record.h"
#include <string.h>

#define PAGE_MAX     100
#define PAGE_DEFAULT 30
#define EMPTY_MAX    4 /* segments that have nothing to show, an answer */

struct ledger_query {
	int64_t segment, before, limit;
};

struct record_query {
	int64_t segment, seq;
};

struct record_view {
	int64_t segment, seq, at_ms, bytes;
	const char *epoch;
	int kind, state;
	struct json_list purposes; /* const char * */
};

struct ledger_place {
	int64_t segment, before;
};

struct ledger_view {
	struct json_list items;
	struct ledger_place *next;
};

static const char *const kind_names[] = { "report", "gap", NULL };
static const char *const state_names[] = {
	[LEDGER_WAITING] = "waiting", [LEDGER_TRIED] = "tried", [LEDGER_ACKED] = "acked", NULL
};

/* clang-format off */
#define AT(member) offsetof(struct ledger_query, member)
static const struct json_field query_fields[] = {
	{ "segment", JSON_INT, AT(segment), .min = 1, .max = INT64_MAX - 1 },
	{ "before", JSON_INT, AT(before), .min = 1, .max = INT64_MAX },
	{ "limit", JSON_INT, AT(limit), .min = 1, .max = PAGE_MAX },
	{}
};
static const struct json_schema query_schema = {
	"ledger_query", sizeof(struct ledger_query), 0, query_fields
};
#undef AT

#define AT(member) offsetof(struct record_query, member)
static const struct json_field record_query_fields[] = {
	{ "segment", JSON_INT, AT(segment), JSON_REQUIRED, .min = 1, .max = INT64_MAX - 1 },
	{ "seq", JSON_INT, AT(seq), JSON_REQUIRED, .min = 1, .max = INT64_MAX },
	{}
};
static const struct json_schema record_query_schema = {
	"record_query", sizeof(struct record_query), 0, record_query_fields
};
#undef AT

#define AT(member) offsetof(struct record_view, member)
static const struct json_field record_fields[] = {
	{ "segment", JSON_INT, AT(segment), JSON_REQUIRED },
	{ "epoch", JSON_TEXT, AT(epoch), JSON_REQUIRED },
	{ "seq", JSON_INT, AT(seq), JSON_REQUIRED },
	{ "at", JSON_TIME, AT(at_ms), .flags = JSON_REQUIRED },
	{ "bytes", JSON_INT, AT(bytes), JSON_REQUIRED },
	{ "kind", JSON_ENUM, AT(kind), JSON_REQUIRED, .names = kind_names },
	{ "state", JSON_ENUM, AT(state), JSON_REQUIRED, .names = state_names },
	{ "purposes", JSON_TEXTS, AT(purposes), JSON_REQUIRED, .max = 32 },
	{}
};
static const struct json_schema record_schema = {
	"record", sizeof(struct record_view), 0, record_fields
};
#undef AT

#define AT(member) offsetof(struct ledger_place, member)
static const struct json_field place_fields[] = {
	{ "segment", JSON_INT, AT(segment), JSON_REQUIRED },
	{ "before", JSON_INT, AT(before), JSON_REQUIRED },
	{}
};
static const struct json_schema place_schema = {
	"ledger_place", sizeof(struct ledger_place), 0, place_fields
};
#undef AT

#define AT(member) offsetof(struct ledger_view, member)
static const struct json_field ledger_fields[] = {
	{ "items", JSON_LIST, AT(items), JSON_REQUIRED, .max = PAGE_MAX, .sub = &record_schema },
	{ "next", JSON_OBJECT, AT(next), JSON_NULLABLE, .sub = &place_schema },
	{}
};
static const struct json_schema ledger_schema = {
	"ledger", sizeof(struct ledger_view), 0, ledger_fields
};
#undef AT
/* clang-format on */

/* The last `limit` records below `before` of one segment, as they come by. */
struct page {
	struct arena *mem;
	struct record_view rows[PAGE_MAX];
	uint64_t limit, count; /* count: all that fitted */
	int64_t before, segment;
};

static int take(const struct record *r, enum ledger_state state, void *arg)
{
	struct page *page = arg;
	struct record_view *v = &page->rows[page->count % page->limit];
	char epoch[EPOCH_TEXT_SIZE];

	if ((int64_t)r->seq >= page->before)
		return 0;
	epoch_encode(&r->epoch, epoch);
	*v = (struct record_view){
		.seq = (int64_t)r->seq,
		.at_ms = r->at_ms,
		.bytes = (int64_t)r->data.len,
		.epoch = arena_strdup(page->mem, epoch),
		.kind = r->kind == RECORD_GAP,
		.state = state,
		.purposes.items = ARENA_ARRAY(page->mem, void *, SECTIONS),
	};
	for (int i = 0; i < SECTIONS; i++)
		if (r->purposes & 1u << i)
			v->purposes.items[v->purposes.len++] = (void *)report_section_names[i];
	page->count++;
	return 0;
}

static void give(struct request *req, struct page *page, uint64_t segment)
{
	uint64_t n = page->count < page->limit ? page->count : page->limit;
	struct ledger_view v = { .items.items = ARENA_ARRAY(&req->mem, void *, n + 1) };
	struct ledger_place place = { (int64_t)segment, 1 };

	for (uint64_t i = 0; i < n; i++) {
		struct record_view *row = &page->rows[(page->count - 1 - i) % page->limit];

		row->segment = place.segment;
		place.before = row->seq;
		v.items.items[v.items.len++] = row;
	}
	if (segment)
		v.next = &place;
	reply(req, 200, &v);
}

static void list(struct request *req)
{
	const struct ledger_query *q = req->query;
	const char *dir = settings_path(req, HOME_OUTBOX);
	uint64_t segment = q->segment == JSON_ABSENT_INT ? UINT64_MAX : (uint64_t)q->segment + 1;
	struct page page = {
		.mem = &req->mem,
		.limit = q->limit == JSON_ABSENT_INT ? PAGE_DEFAULT : (uint64_t)q->limit,
		.before = q->before == JSON_ABSENT_INT ? INT64_MAX : q->before,
	};
	int rc = dir ? 0 : ERR_INVALID;

	for (int i = 0; rc == 0 && segment && !page.count && i < EMPTY_MAX; i++) {
		rc = outbox_ledger_segment(dir, &segment, take, &page);
		/* Older segments are older as a whole, and another epoch counts anew. */
		page.before = page.count ? page.before : INT64_MAX;
	}
	if (rc < 0)
		return reply_error(req, rc, NULL);
	give(req, &page, segment);
}

struct wanted {
	uint64_t seq;
	struct buf data;
	bool found;
};

static int find(const struct record *r, enum ledger_state state, void *arg)
{
	struct wanted *w = arg;

	if (r->seq != w->seq)
		return 0;
	buf_putstr(&w->data, r->data);
	w->found = true;
	return 1;
}

static void show(struct request *req)
{
	const struct record_query *q = req->query;
	const char *dir = settings_path(req, HOME_OUTBOX);
	struct wanted w = { .seq = (uint64_t)q->seq, .data = buf_new(RECORD_MAX) };
	uint64_t segment = (uint64_t)q->segment + 1;
	int rc = dir ? outbox_ledger_segment(dir, &segment, find, &w) : ERR_INVALID;

	if (rc >= 0 && (!w.found || segment != (uint64_t)q->segment))
		rc = ERR_NOT_FOUND;
	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		reply_raw(req, 200, "application/json", buf_str(&w.data));
	buf_done(&w.data);
}

/* clang-format off */
const struct route settings_ledger_routes[] = {
	{ METHOD_GET, "/api/ledger", RIGHT_LOGIN, 0, NULL, &ledger_schema, CHANGE_NONE, list,
	  .query = &query_schema, .summary = "What was sent, newest first" },
	{ METHOD_GET, "/api/records", RIGHT_LOGIN, 0, NULL, NULL, CHANGE_NONE, show,
	  .query = &record_query_schema, .flags = ROUTE_BARE_OUT,
	  .summary = "The exact bytes of one record" },
	{}
};
/* clang-format on */
