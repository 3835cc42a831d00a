/* import_api.c - POST /api/v1/imports; drawn in import.h. */
#include "hub/import/import.h"

#include <stdlib.h>
#include <string.h>

#include "api/request.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mime.h"
#include "hub/auth/auth.h"
#include "hub/customer/customer.h"
#include "hub/site/site.h"
#include "wire/messages.h"

/* A new customer's key is on disk before its row: some milliseconds each, in which nobody else's
 * write begins. */
#define BATCH   16
#define CSV_MAX (2 * MIB)

struct row_in {
	const char *customer, *site, *mail_to;
	int language;
};

struct import_in {
	const char *csv;
	struct json_list rows; /* struct row_in * */
	enum json_bool apply, invite, mail;
	int language; /* of customers whose row does not say */
	int64_t valid_days;
};

struct import_out {
	enum json_bool applied;
	int64_t counts[IMPORT_VERDICTS];
	struct json_list rows; /* struct import_row * */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field row_in_fields[] = {
	{ "customer", JSON_TEXT, AT(row_in, customer), JSON_REQUIRED, .min = 1, .max = NAME_MAX_LEN },
	{ "site", JSON_TEXT, AT(row_in, site), JSON_NULLABLE, .min = 1, .max = NAME_MAX_LEN },
	{ "language", JSON_ENUM, AT(row_in, language), JSON_NULLABLE, .names = hub_language_names },
	{ "mail_to", JSON_TEXT, AT(row_in, mail_to), JSON_NULLABLE, .min = 1, .max = MIME_ADDRESS_MAX },
	{}
};
static const struct json_schema row_in_schema = {
	"import_row_in", sizeof(struct row_in), 0, row_in_fields
};

static const struct json_field in_fields[] = {
	{ "csv", JSON_TEXT, AT(import_in, csv), .max = CSV_MAX },
	{ "rows", JSON_LIST, AT(import_in, rows), .max = IMPORT_ROWS_MAX, .sub = &row_in_schema },
	{ "apply", JSON_BOOL, AT(import_in, apply) },
	{ "invite", JSON_BOOL, AT(import_in, invite) },
	{ "mail", JSON_BOOL, AT(import_in, mail) },
	{ "language", JSON_ENUM, AT(import_in, language), .names = hub_language_names },
	{ "valid_days", JSON_INT, AT(import_in, valid_days), .min = 1, .max = INVITATION_DAYS_MAX },
	{}
};
static const struct json_schema in_schema = { "import_in", sizeof(struct import_in), 0, in_fields };

static const struct json_field row_fields[] = {
	{ "line", JSON_INT, AT(import_row, line), .flags = JSON_REQUIRED },
	{ "verdict", JSON_ENUM, AT(import_row, verdict), JSON_REQUIRED, .names = import_verdict_names },
	{ "code", JSON_TEXT, AT(import_row, code), .flags = JSON_NULLABLE },
	{ "customer", JSON_TEXT, AT(import_row, customer), .flags = JSON_NULLABLE },
	{ "site", JSON_TEXT, AT(import_row, site), .flags = JSON_NULLABLE },
	{ "language", JSON_ENUM, AT(import_row, language), JSON_NULLABLE, .names = hub_language_names },
	{ "mail_to", JSON_TEXT, AT(import_row, mail_to), .flags = JSON_NULLABLE },
	{ "site_id", JSON_ID, AT(import_row, site_id), JSON_NULLABLE, .min = ID_SITE },
	{ "invitation", JSON_OBJECT, AT(import_row, invitation), JSON_NULLABLE, .sub = &invitation_schema },
	{}
};
static const struct json_schema row_schema = { "import_row", sizeof(struct import_row), 0, row_fields };

static const struct json_field out_fields[] = {
	{ "applied", JSON_BOOL, AT(import_out, applied), .flags = JSON_REQUIRED },
	{ "counts", JSON_COUNTS, AT(import_out, counts), JSON_REQUIRED, .names = import_verdict_names },
	{ "rows", JSON_LIST, AT(import_out, rows), JSON_REQUIRED, .max = IMPORT_ROWS_MAX, .sub = &row_schema },
	{}
};
static const struct json_schema out_schema = { "import", sizeof(struct import_out), 0, out_fields };
/* clang-format on */

/* One under way.  Its rows lie in its request's memory.  A request may die while a job is out: the
 * import then takes over that memory and ends with the job, so that nobody looks at what is there
 * before it is written. */
struct import {
	struct hub *hub;
	struct id provider;
	struct request *req;   /* NULL: gone */
	struct arena mem;      /* the request's, once it is gone */
	struct db_owner owner; /* of one job at a time */
	bool working;          /* it is out */
	struct import_rows rows;
	struct change_in change; /* who, and from where */
	int language;
	int64_t now_ms;
	struct invitation_mail mail; /* hub NULL: none is sent */
	size_t next;                 /* the first row of the next batch */
};

struct job {
	struct import *import;
};

/* ---- one at a time ---- */

struct imports {
	struct map running; /* struct import, by provider */
};

static void import_free(struct import *im)
{
	arena_wipe(&im->mem);
	free(im);
}

static void import_end(struct import *im)
{
	struct imports *all = im->hub->imports;

	if (all) /* NULL: the hub closes */
		map_remove(&all->running, im->provider.b, sizeof(im->provider.b));
	import_free(im);
}

/* The hub closes: what was given to be written is written, and nobody waits for it. */
static void import_leave(void *value, void *arg)
{
	struct import *im = value;

	db_owner_done(&im->owner, im->req ? &im->req->mem : &im->mem);
	im->working = false;
	if (!im->req)
		import_free(im);
}

static void request_ended(struct request *req, void *arg)
{
	struct import *im = arg;

	if (!im->working)
		return import_end(im);
	im->req = NULL;
	im->mem = req->mem;
	req->mem = (struct arena){};
}

static struct import *import_new(struct request *req)
{
	struct import *im = xcalloc(1, sizeof(*im));

	im->hub = hub_of(req->owner);
	im->provider = req->who.provider;
	im->req = req;
	db_owner_init(&im->owner, im->hub->db, im->hub->loop, im);
	map_put(&im->hub->imports->running, im->provider.b, sizeof(im->provider.b), im);
	request_at_end(req, request_ended, im);
	return im;
}

static bool is_running(const struct hub *hub, struct id provider)
{
	return map_get(&hub->imports->running, provider.b, sizeof(provider.b));
}

/* ---- the answer ---- */

static void answer(struct request *req, struct import *im, bool applied)
{
	struct import_out out = { .applied = applied ? JSON_TRUE : JSON_FALSE };

	out.rows.items = ARENA_ARRAY(&req->mem, void *, im->rows.len);
	for (size_t i = 0; i < im->rows.len; i++) {
		struct import_row *row = &im->rows.rows[i];

		out.counts[row->verdict]++;
		out.rows.items[out.rows.len++] = row;
	}
	reply(req, 200, &out);
}

/* ---- applying ---- */

static bool is_new(const struct import_row *row)
{
	return row->verdict == IMPORT_NEW_CUSTOMER || row->verdict == IMPORT_NEW_SITE;
}

static int make_customer(struct tenant_db *db, const struct import *im,
			 const struct import_row *row)
{
	struct change_in change = im->change;
	struct customer c = { row->customer_id, row->customer,
			      row->language >= 0 ? row->language : im->language, im->now_ms,
			      JSON_ABSENT_INT };

	change.verb = CHANGE_CUSTOMER_MADE;
	return customer_make(db, &c, &change);
}

static int make_site(struct tenant_db *db, struct arena *mem, const struct import *im,
		     const struct import_row *row)
{
	struct site_new site = { row->site_id, row->customer_id, row->site, im->now_ms };
	struct change_in change = im->change, invited = im->change;
	int rc;

	change.verb = CHANGE_SITE_MADE;
	rc = site_make(db, mem, &site, &change);
	if (rc < 0 || !row->made)
		return rc;
	invited.verb = CHANGE_INVITATION_MADE;
	rc = invitation_make(db, row->made, &invited);
	if (rc == 0 && im->mail.hub && row->mail_to) {
		struct invitation_mail mail = im->mail;

		mail.to = row->mail_to;
		rc = invitation_mail(db, mem, row->made, &mail);
	}
	return rc;
}

static size_t batch_end(const struct import *im)
{
	return im->next + BATCH < im->rows.len ? im->next + BATCH : im->rows.len;
}

static int batch_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct import *im = ((const struct job *)arg)->import;
	int rc = 0;

	for (size_t i = im->next; rc >= 0 && i < batch_end(im); i++) {
		const struct import_row *row = &im->rows.rows[i];

		if (is_new(row) && row->makes_customer)
			rc = make_customer(db, im, row);
		if (rc >= 0 && is_new(row) && row->site)
			rc = make_site(db, mem, im, row);
	}
	return rc < 0 ? rc : 0;
}

static void begin(struct import *im,
		  void (*submit)(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done,
				 const void *job, size_t size),
		  db_fn run, db_done_fn done)
{
	const struct job job = { im };

	im->working = true;
	submit(&im->owner, im->provider, run, done, &job, sizeof(job));
}

static void batch_done(int rc, void *arg, void *owner);

static void next_batch(struct import *im)
{
	while (im->next < im->rows.len && !is_new(&im->rows.rows[im->next]))
		im->next++;
	if (im->next == im->rows.len)
		answer(im->req, im, true);
	else
		begin(im, db_write, batch_run, batch_done);
}

/* What was made before stays made: the same rows again go on from there. */
static void give_up(struct import *im, int rc)
{
	for (size_t i = im->next; i < im->rows.len; i++) {
		struct import_row *row = &im->rows.rows[i];

		if (!is_new(row))
			continue;
		row->verdict = IMPORT_FAILED;
		row->code = err_code(rc);
		row->site_id = (struct id){};
		row->invitation = NULL;
	}
}

static void batch_done(int rc, void *arg, void *owner)
{
	struct import *im = owner;

	im->working = false;
	if (!im->req)
		return import_end(im);
	if (rc < 0) {
		give_up(im, rc);
		return answer(im->req, im, true);
	}
	im->next = batch_end(im);
	next_batch(im);
}

static int plan_invitations(struct request *req, struct import *im)
{
	const struct import_in *in = req->in;
	struct hub *hub = hub_of(req->owner);
	int64_t days = in->valid_days == JSON_ABSENT_INT ? 0 : in->valid_days;

	for (size_t i = 0; in->invite == JSON_TRUE && i < im->rows.len; i++) {
		struct import_row *row = &im->rows.rows[i];
		int rc;

		if (!is_new(row) || !row->site)
			continue;
		row->made = ARENA_NEW(&req->mem, struct invitation_new);
		rc = invitation_plan(hub->keys, hub->config->region, row->site_id, days, row->made);
		if (rc < 0)
			return rc;
		row->invitation = ARENA_NEW(&req->mem, struct invitation_out);
		*row->invitation = (struct invitation_out){ row->made->id, row->made->code,
							    row->made->expires_ms };
	}
	return 0;
}

/* ---- from the request to the plan ---- */

static int plan_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	return import_plan(db, mem, &((const struct job *)arg)->import->rows);
}

static void plan_done(int rc, void *arg, void *owner)
{
	struct import *im = owner;
	struct request *req = im->req;
	const struct import_in *in;

	im->working = false;
	if (!req)
		return import_end(im);
	in = req->in;
	if (rc == 0 && in->apply == JSON_TRUE)
		rc = plan_invitations(req, im);
	if (rc < 0)
		reply_error(req, rc == ERR_INVALID ? ERR_CONFIG : rc, NULL);
	else if (in->apply == JSON_TRUE)
		next_batch(im);
	else
		answer(req, im, false);
}

static void take_rows(struct request *req, const struct json_list *in, struct import_rows *rows)
{
	rows->rows = ARENA_ARRAY(&req->mem, struct import_row, in->len);
	for (size_t i = 0; i < in->len; i++) {
		const struct row_in *from = in->items[i];
		struct import_row *row = &rows->rows[rows->len++];

		*row = (struct import_row){ .line = (int64_t)i + 1,
					    .customer = from->customer,
					    .site = from->site,
					    .mail_to = from->mail_to,
					    .language = from->language };
		import_check(row);
	}
}

static int read_rows(struct request *req, struct import_rows *rows, const char **ret_why)
{
	const struct import_in *in = req->in;

	*ret_why = "either csv or rows";
	if (!in->csv == !in->rows.len)
		return ERR_INVALID;
	if (in->csv)
		return import_read_csv(str_of(in->csv), &req->mem, rows, ret_why);
	take_rows(req, &in->rows, rows);
	return 0;
}

static void post_import(struct request *req)
{
	const struct import_in *in = req->in;
	struct hub *hub = hub_of(req->owner);
	struct import_rows rows = {};
	struct import *im;
	const char *why;

	if (is_running(hub, req->who.provider))
		return reply_error(req, ERR_TOO_MANY, NULL);
	if (in->mail == JSON_TRUE && !hub_sends_mail(hub->config))
		return reply_error(req, ERR_MAIL_OFF, "mail");
	if (read_rows(req, &rows, &why) < 0)
		return reply_error_detail(req, ERR_INVALID, in->csv ? "csv" : "rows", why);
	im = import_new(req);
	im->rows = rows;
	im->change = hub_change(req, CHANGE_SITE_MADE);
	im->language = in->language < 0 ? 0 : in->language;
	im->now_ms = clock_wall_ms();
	if (in->mail == JSON_TRUE)
		im->mail = (struct invitation_mail){ .hub = hub, .user = req->who.id };
	begin(im, db_read, plan_run, plan_done);
}

/* ---- the slice ---- */

static int open_imports(struct hub *hub)
{
	hub->imports = xcalloc(1, sizeof(*hub->imports));
	return 0;
}

static void close_imports(struct hub *hub)
{
	if (!hub->imports)
		return;
	map_each(&hub->imports->running, import_leave, NULL);
	map_done(&hub->imports->running);
	free(hub->imports);
	hub->imports = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/api/v1/imports", RIGHT_IMPORT, 4 * MIB, &in_schema, &out_schema,
	  CHANGE_SITE_MADE, post_import,
	  .summary = "Add customers and sites from a table: what would become of each row, or with `apply` what became of it" },
	{}
};
/* clang-format on */

const struct slice import_slice = {
	.name = "import",
	.routes = routes,
	.open = open_imports,
	.close = close_imports,
};
