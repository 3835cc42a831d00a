/* report_api.c - the routes of reports and devices, and how long records are kept. */
#include "hub/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "api/cursor.h"
#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "db/change.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/report/ingest.h"
#include "hub/site/site.h"
#include "net/loop.h"
#include "wire/http_sig.h"

#define KEEP_MS              (REPORT_KEEP_DAYS * 24 * 3600 * (int64_t)1000)
#define TRIM_EVERY_MS        (10 * 60 * 1000)
#define DEVICES_PER_PAGE     100
#define DEVICES_PER_PAGE_MAX 500

struct reports {
	struct hub *hub;
	struct db_owner owner;
	struct timer trim;
};

/* -- POST /c/v1/reports */

#define RECORDS_MIN 4 /* everyday calls have one */

/* Room for one more than `len`. */
static struct record *more_room(struct arena *mem, struct record *records, size_t len, size_t *cap)
{
	struct record *more = records;

	if (len == *cap) {
		*cap = *cap ? 4 * *cap : RECORDS_MIN;
		more = ARENA_ARRAY(mem, struct record, *cap);
		if (len > 0)
			memcpy(more, records, len * sizeof(*more));
	}
	return more;
}

/* All records of a call belong to one epoch; their data stay views into the call's content. */
static int read_records(struct request *req, struct ingest *in)
{
	struct cur cur = cur_of(req->content.p, req->content.len);
	struct record *records = NULL;
	size_t n = 0, cap = 0;

	while (cur.left > 0) {
		int rc;

		if (n == RECORD_CALL_COUNT)
			return ERR_TOO_LARGE;
		records = more_room(&req->mem, records, n, &cap);
		rc = record_decode(&cur, &records[n]);
		if (rc < 0)
			return rc;
		if (!epoch_eq(&records[n].epoch, &records[0].epoch))
			return ERR_RECORD;
		n++;
	}
	if (n == 0)
		return ERR_RECORD;
	in->records = records;
	in->records_len = n;
	return 0;
}

static int read_call(struct request *req, struct ingest *in)
{
	struct str input = request_header(req, "signature-input");
	struct str signature = request_header(req, "signature");

	in->call.id = id_new();
	in->call.connector = req->who.id;
	in->call.received_ms = clock_wall_ms();
	in->call.input = arena_strndup(&req->mem, input.p, input.len);
	if (http_sig_digest_read(request_header(req, "content-digest"), &in->call.content_digest) <
	    0)
		return ERR_SIGNATURE;
	/* "sig=:" base64 ":" was checked before the handler ran. */
	if (signature.len < 6 ||
	    base64_decode((struct str){ signature.p + 5, signature.len - 6 }, in->call.signature,
			  sizeof(in->call.signature)) != sizeof(in->call.signature))
		return ERR_SIGNATURE;
	return 0;
}

static void note_fork(struct request *req)
{
	struct connector *c = connector_of(req);
	char id[ID_TEXT_MAX];

	id_encode(ID_CONN, c->id, id);
	log_event(EV_FORK, "connector=%s", id);
	metric_add(M_FORKS, 1);
	connector_reply_fork(req);
}

static void take_done(struct request *req, int rc, void *arg)
{
	struct ingest *in = arg;
	struct connector *c = connector_of(req);
	char epoch[EPOCH_TEXT_SIZE];

	if (rc == ERR_FORK)
		return note_fork(req);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	metric_add(M_REPORTS, (int64_t)in->stored);
	metric_add(M_REPORTS_AGAIN, (int64_t)in->again);
	metric_add(M_REPORTS_REFUSED, (int64_t)in->refused);
	c->noted = in->noted;
	if (in->turn == c->tail_turn) {
		c->tail = xmalloc(sizeof(*c->tail));
		*c->tail = in->tail;
	}
	if (in->skew_ms != in->skew_before_ms) {
		c->live->skew_before_ms = in->skew_before_ms;
		c->live->skew_ms = in->skew_ms;
	}
	if (in->report_ms != JSON_ABSENT_INT) {
		c->live->report_ms = in->report_ms;
		status_concluded(c->live, &in->facts, in->status);
		if (in->other_server)
			hub_site_touched(hub_of(req->owner), c->provider, c->site);
		else
			hub_devices_counted(hub_of(req->owner), c->provider, c->site, &in->devices);
	}
	epoch_encode(&in->records[0].epoch, epoch);
	in->answer.epoch = epoch;
	in->answer.credit = RECORD_CALL_COUNT;
	reply(req, 200, &in->answer);
}

static void take_reports(struct request *req)
{
	struct connector *c = connector_of(req);
	struct ingest in = {
		.site = c->site,
		.customer = c->customer,
		.known = hub_of(req->owner)->known,
		.from = arena_strdup(&req->mem, request_address(req)),
		.skew_before_ms = c->live->skew_ms,
		.skew_ms = c->live->skew_ms,
		.report_ms = JSON_ABSENT_INT,
		.status = -1,
		.noted = c->noted,
	};
	int rc = read_records(req, &in);

	if (rc == 0)
		rc = read_call(req, &in);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	status_facts(c->live, &in.facts);
	/* A second call beside this one knows nothing. */
	c->noted = 0;
	if (c->tail)
		in.tail = *c->tail;
	in.turn = connector_take_tail(c);
	hub_write(req, ingest_run, take_done, &in, sizeof(in));
}

/* -- GET /api/v1/sites/{id}/devices */

struct devices_query {
	const char *cursor;
	int64_t limit;
};

struct device_out {
	const char *id, *label;
	int state;
	struct json_list reasons;
	enum json_bool accepting;
	int64_t since_ms;
	const struct device_use *use;
};

struct device_page {
	struct json_list items;
	const char *next_cursor;
	int64_t total;
};

/* clang-format off */
static const struct json_field query_fields[] = {
	{ "cursor",	JSON_TEXT, offsetof(struct devices_query, cursor), .max = 64 },
	{ "limit",	JSON_INT,  offsetof(struct devices_query, limit), .min = 1, .max = DEVICES_PER_PAGE_MAX },
	{ 0 }
};
static const struct json_schema query_schema = {
	"devices_query", sizeof(struct devices_query), 0, query_fields
};

static const struct json_field use_fields[] = {
	{ "from",	JSON_TIME, offsetof(struct device_use, from_ms), JSON_REQUIRED },
	{ "to",		JSON_TIME, offsetof(struct device_use, to_ms), JSON_REQUIRED },
	{ "pages",	JSON_INT,  offsetof(struct device_use, pages), JSON_REQUIRED | JSON_NULLABLE },
	{ "jobs",	JSON_INT,  offsetof(struct device_use, jobs), JSON_REQUIRED | JSON_NULLABLE },
	{ 0 }
};
static const struct json_schema use_schema = {
	"device_usage", sizeof(struct device_use), 0, use_fields
};

static const struct json_field device_fields[] = {
	{ "id",			JSON_TEXT,  offsetof(struct device_out, id), JSON_REQUIRED },
	{ "label",		JSON_TEXT,  offsetof(struct device_out, label), JSON_REQUIRED | JSON_NULLABLE },
	{ "state",		JSON_ENUM,  offsetof(struct device_out, state), JSON_REQUIRED, .names = device_state_names },
	{ "reasons",		JSON_TEXTS, offsetof(struct device_out, reasons), JSON_REQUIRED },
	{ "accepting_jobs",	JSON_BOOL,  offsetof(struct device_out, accepting), JSON_REQUIRED | JSON_NULLABLE },
	{ "since",		JSON_TIME,  offsetof(struct device_out, since_ms), JSON_REQUIRED | JSON_NULLABLE },
	{ "usage",		JSON_OBJECT, offsetof(struct device_out, use), JSON_NULLABLE, .sub = &use_schema },
	{ 0 }
};
static const struct json_schema device_schema = {
	"device", sizeof(struct device_out), 0, device_fields
};

static const struct json_field page_fields[] = {
	{ "items",	 JSON_LIST, offsetof(struct device_page, items), JSON_REQUIRED, .sub = &device_schema },
	{ "next_cursor", JSON_TEXT, offsetof(struct device_page, next_cursor), JSON_REQUIRED | JSON_NULLABLE },
	{ "total",	 JSON_INT,  offsetof(struct device_page, total), JSON_REQUIRED },
	{ 0 }
};
static const struct json_schema page_schema = {
	"device_list", sizeof(struct device_page), 0, page_fields
};
/* clang-format on */

struct devices_job {
	struct id site;
	uint8_t after[DEVICE_KEY_BYTES];
	bool has_after;
	size_t limit;
	struct json_list rows;
	int64_t total;
};

static int devices_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct devices_job *job = arg;
	struct id customer;
	int rc = site_customer(db, job->site, &customer);

	if (rc == 0)
		rc = devices_count(db, job->site, &job->total);
	/* One more than asked for tells whether there is a next page. */
	if (rc == 0)
		rc = devices_list(db, job->site, job->has_after ? job->after : NULL, job->limit + 1,
				  mem, &job->rows);
	return rc;
}

static void *device_shown(struct arena *mem, const struct device_row *row)
{
	struct device_out *d = ARENA_NEW(mem, struct device_out);
	char key[DEVICE_KEY_LEN + 1];

	device_key_encode(row->key, key);
	*d = (struct device_out){
		.id = arena_strdup(mem, key),
		.label = row->label,
		.state = row->state,
		.reasons = row->reasons,
		.accepting = row->accepting,
		.since_ms = row->state_ms,
		.use = row->use.to_ms == JSON_ABSENT_INT ? NULL : &row->use,
	};
	return d;
}

static void devices_done(struct request *req, int rc, void *arg)
{
	struct devices_job *job = arg;
	struct device_page page = { .total = job->total };
	bool more = job->rows.len > job->limit;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	for (size_t i = 0; i < job->rows.len - more; i++)
		report_list_add(&req->mem, &page.items,
				device_shown(&req->mem, job->rows.items[i]));
	if (more) {
		const struct device_out *last = page.items.items[page.items.len - 1];

		page.next_cursor = last->id;
	}
	reply(req, 200, &page);
}

static void list_devices(struct request *req)
{
	const struct devices_query *query = req->query;
	struct devices_job job = {
		.site = req->ids[0],
		.limit = query->limit == JSON_ABSENT_INT ? DEVICES_PER_PAGE : (size_t)query->limit,
		.has_after = query->cursor != NULL,
	};

	/* The cursor is the last id shown: nothing in it is ours to hide. */
	if (query->cursor && device_key_decode(str_of(query->cursor), job.after) < 0)
		return reply_error(req, ERR_INVALID, "cursor");
	hub_read(req, devices_run, devices_done, &job, sizeof(job));
}

/* -- The slice */

static int trim_one(struct tenant_db *db, void *arg)
{
	const int64_t *before_ms = arg;

	return reports_trim(db, *before_ms);
}

static int trim_run(struct system_db *db, struct arena *mem, void *arg)
{
	int rc = providers_each(db, trim_one, arg);

	return rc < 0 ? rc : 0;
}

static void on_trim(struct timer *t)
{
	struct reports *r = CONTAINER_OF(t, struct reports, trim);
	int64_t before_ms = clock_wall_ms() - KEEP_MS;

	db_system_write(&r->owner, trim_run, NULL, &before_ms, sizeof(before_ms));
	timer_start(r->hub->loop, &r->trim, TRIM_EVERY_MS);
}

static int open_reports(struct hub *hub)
{
	struct reports *r = xcalloc(1, sizeof(*r));

	r->hub = hub;
	hub->reports = r;
	db_owner_init(&r->owner, hub->db, hub->loop, r);
	timer_init(&r->trim, on_trim);
	timer_start(hub->loop, &r->trim, TRIM_EVERY_MS);
	return 0;
}

static void close_reports(struct hub *hub)
{
	struct reports *r = hub->reports;

	if (!r)
		return;
	timer_stop(hub->loop, &r->trim);
	db_owner_done(&r->owner, NULL);
	free(r);
	hub->reports = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/c/v1/reports", RIGHT_SIGNED, RECORD_CALL_MAX, NULL, &reports_answer_schema,
	  CHANGE_NONE, take_reports, .flags = ROUTE_RAW | ROUTE_GZIP, .type = MEDIA_RECORDS,
	  .summary = "Records of the outbox: reports and gaps" },
	{ METHOD_GET, "/api/v1/sites/{id}/devices", RIGHT_VIEW, 0, NULL, &page_schema,
	  CHANGE_NONE, list_devices, .ids = { ID_SITE }, .query = &query_schema,
	  .summary = "The devices of a site" },
	{ 0 }
};
/* clang-format on */

const struct slice report_slice = {
	.name = "report",
	.routes = routes,
	.open = open_reports,
	.close = close_reports,
};
