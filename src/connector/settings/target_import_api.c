/* target_import_api.c - candidates for targets, each with what speaks against it: from the queues
 * of the print server of this machine, and from a table.  Nothing is added here: the page looks at
 * each address first, and adds it as it does one that was typed. */
#include "connector/settings/slice.h"

#include "connector/source/source.h"
#include "connector/target.h"
#include "model/report.h"
#include "net/fetch.h"
#include <string.h>

#define TABLE_MAX (200 * 1000) /* octets; 500 rows are far less */

struct candidate_view {
	int64_t line;
	const char *problem; /* of target_problem_names; NULL: none */
	const char *name, *address, *certificate;
	int kind, tls;
};
struct candidates_view {
	struct json_list items; /* struct candidate_view * */
};
struct table_in {
	const char *text;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field candidate_fields[] = {
	{ "line", JSON_INT, AT(candidate_view, line), JSON_REQUIRED },
	{ "problem", JSON_TEXT, AT(candidate_view, problem), .flags = JSON_NULLABLE },
	{ "name", JSON_TEXT, AT(candidate_view, name), .flags = JSON_NULLABLE },
	{ "kind", JSON_ENUM, AT(candidate_view, kind), JSON_NULLABLE, .names = target_kind_names },
	{ "address", JSON_TEXT, AT(candidate_view, address), .flags = JSON_NULLABLE },
	{ "tls", JSON_ENUM, AT(candidate_view, tls), JSON_NULLABLE, .names = target_tls_names },
	{ "certificate", JSON_TEXT, AT(candidate_view, certificate), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema candidate_schema = {
	"target_candidate", sizeof(struct candidate_view), 0, candidate_fields
};
static const struct json_field candidates_fields[] = {
	{ "items", JSON_LIST, AT(candidates_view, items), JSON_REQUIRED, .max = TARGETS_MAX, .sub = &candidate_schema },
	{}
};
static const struct json_schema candidates_schema = {
	"target_candidates", sizeof(struct candidates_view), 0, candidates_fields
};
static const struct json_field table_fields[] = {
	{ "text", JSON_TEXT, AT(table_in, text), JSON_REQUIRED, .min = 1, .max = TABLE_MAX },
	{}
};
static const struct json_schema table_schema = { "target_table", sizeof(struct table_in), 0, table_fields };
/* clang-format on */

static void reply_rows(struct request *req, const struct json_list *rows)
{
	struct candidates_view view = { { ARENA_ARRAY(&req->mem, void *, rows->len + 1), 0 } };

	for (size_t i = 0; i < rows->len && i < TARGETS_MAX; i++) {
		const struct target_row *row = rows->items[i];
		struct candidate_view *v = ARENA_NEW(&req->mem, struct candidate_view);

		*v = (struct candidate_view){
			.line = row->line,
			.problem = row->problem < 0 ? NULL : target_problem_names[row->problem],
			.name = row->target.name,
			.address = row->target.address,
			.certificate = row->target.certificate,
			.kind = row->target.kind,
			.tls = row->target.tls,
		};
		view.items.items[view.items.len++] = v;
	}
	reply(req, 200, &view);
}

static void read_table(struct request *req)
{
	const struct table_in *in = req->in;
	struct json_list rows = {};
	struct targets known = {};
	int rc = targets_load(settings_of(req)->cfg.dir, &known);

	if (rc == 0)
		rc = targets_from_csv(str_of(in->text), &known, &req->mem, &rows);
	if (rc < 0)
		reply_error(req, rc, "text");
	else
		reply_rows(req, &rows);
	targets_free(&known);
}

/* --- queues ------------------------------------------------------------------------------------
 */

struct asking {
	struct request *req;
	struct cups_devices *devices;
};

/* At whichever port, and by whatever name. */
static bool is_listed(const struct targets *known, const struct target *one)
{
	struct target_place place, other;

	if (target_place_of(one->address, &place) < 0)
		return false;
	for (size_t i = 0; i < known->items.len; i++) {
		const struct target *t = known->items.items[i];

		if (target_place_of(t->address, &other) == 0 && strcmp(other.host, place.host) == 0)
			return true;
	}
	return false;
}

/* Several queues of one device are one candidate; a device that is a target already is none.  A
 * queue whose device has no address is shown all the same, so that nobody looks for it. */
static void add_queue(struct request *req, const struct targets *known, const struct cups_queue *q,
		      struct json_list *rows)
{
	struct target_row *row = ARENA_NEW(&req->mem, struct target_row);
	bool found = target_from_device_uri(q->device_uri, q->name, &req->mem, &row->target);

	if (rows->len >= TARGETS_MAX || (found && is_listed(known, &row->target)))
		return;
	row->problem = found ? target_row_problem(known, rows, &row->target) : TARGET_NO_ADDRESS;
	if (row->problem == TARGET_ADDRESS_TAKEN)
		return;
	row->line = (int)rows->len + 1;
	report_list_add(&req->mem, rows, row);
}

static void on_queues(int rc, const struct json_list *queues, void *owner)
{
	struct asking *a = owner;
	struct json_list rows = {};
	struct targets known = {};

	a->devices = NULL;
	if (rc == 0)
		rc = targets_load(settings_of(a->req)->cfg.dir, &known);
	for (size_t i = 0; rc == 0 && i < queues->len; i++)
		add_queue(a->req, &known, queues->items[i], &rows);
	if (rc < 0)
		reply_error(a->req, rc, NULL);
	else
		reply_rows(a->req, &rows);
	targets_free(&known);
}

static void end_asking(struct request *req, void *arg)
{
	struct asking *a = arg;

	cups_devices_cancel(&a->devices);
}

static void ask_queues(struct request *req)
{
	struct settings *s = settings_of(req);
	struct asking *a = ARENA_NEW(&req->mem, struct asking);

	a->req = req;
	request_at_end(req, end_asking, a);
	if (!s->fetcher)
		s->fetcher = fetcher_new(s->cfg.loop);
	a->devices = cups_devices_start(s->fetcher, settings_facts(req).options, on_queues, a);
}

/* clang-format off */
const struct route settings_target_import_routes[] = {
	{ METHOD_GET, "/api/targets/queues", RIGHT_LOGIN, 0, NULL, &candidates_schema, CHANGE_NONE, ask_queues,
	  .summary = "The devices behind this machine's CUPS queues that are no targets yet" },
	{ METHOD_POST, "/api/targets/table", RIGHT_LOGIN, 256 * KIB, &table_schema, &candidates_schema, CHANGE_NONE,
	  read_table, .summary = "What a table (CSV) has, line by line, with what speaks against it" },
	{}
};
/* clang-format on */
