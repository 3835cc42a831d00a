/* device_store.c - the devices of a site as its reports told them. */
#include "hub/report/report.h"
#include "hub/report/store.h"

#include "base/err.h"
#include <string.h>

#include "db/db.h"
#include "db/seal_row.h"
#include "db/stmt.h"

struct device_text {
	const char *label;
	struct json_list reasons;
	int64_t used_from_ms, used_to_ms, pages, jobs;
};

/* clang-format off */
static const struct json_field device_fields[] = {
	{ "label",	JSON_TEXT,  offsetof(struct device_text, label) },
	{ "reasons",	JSON_TEXTS, offsetof(struct device_text, reasons), .max = REPORT_REASONS_MAX },
	{ "from",	JSON_TIME,  offsetof(struct device_text, used_from_ms) },
	{ "to",		JSON_TIME,  offsetof(struct device_text, used_to_ms) },
	{ "pages",	JSON_INT,   offsetof(struct device_text, pages) },
	{ "jobs",	JSON_INT,   offsetof(struct device_text, jobs) },
	{ 0 }
};
const struct json_schema device_text_schema = {
	"device_text", sizeof(struct device_text), JSON_OPEN | JSON_PACKED, device_fields
};
/* clang-format on */

QUERY(q_told, "device_told",
      "SELECT device_key, state, accepting, state_ms, told_seq, sealed, gone FROM device"
      " WHERE provider_id = :provider AND site_id = :site AND device_key = :key");

QUERY(q_put, "device_put",
      "INSERT INTO device (provider_id, site_id, device_key, state, accepting, state_ms, told_seq, "
      "sealed, gone)"
      " VALUES (:provider, :site, :key, :state, :accepting, :state_ms, :seq, :sealed, :gone)"
      " ON CONFLICT (provider_id, site_id, device_key) DO UPDATE SET state = excluded.state,"
      " accepting = excluded.accepting, state_ms = excluded.state_ms, told_seq = excluded.told_seq,"
      " sealed = excluded.sealed, gone = excluded.gone");

QUERY(q_settle, "devices_settle",
      "DELETE FROM device WHERE provider_id = :provider AND site_id = :site AND gone = 1"
      " AND told_seq <= :seq");

QUERY(q_gone_before, "devices_gone_before",
      "DELETE FROM device WHERE provider_id = :provider AND site_id = :site AND told_seq < :seq"
      " RETURNING gone");

QUERY(q_whole, "devices_whole",
      "SELECT devices_seq FROM site WHERE provider_id = :provider AND site_id = :site");

QUERY(q_whole_put, "devices_whole_put",
      "UPDATE site SET devices_seq = :seq WHERE provider_id = :provider AND site_id = :site"
      " AND devices_seq < :seq");

QUERY(q_whole_forget, "devices_whole_forget",
      "UPDATE site SET devices_seq = 0 WHERE provider_id = :provider AND site_id = :site");

QUERY(q_epoch, "devices_new_epoch",
      "UPDATE device SET told_seq = 0 WHERE provider_id = :provider AND site_id = :site");

QUERY(q_list, "devices_list",
      "SELECT device_key, state, accepting, state_ms, told_seq, sealed, gone FROM device"
      " WHERE provider_id = :provider AND site_id = :site AND device_key > :after AND gone = 0"
      " ORDER BY device_key LIMIT :most");

QUERY(q_count, "devices_count",
      "SELECT count(*) FROM device WHERE provider_id = :provider AND site_id = :site AND gone = 0");

static struct row_key key_of(struct id site, const uint8_t key[static DEVICE_KEY_BYTES])
{
	struct row_key row = row_key_of("device", site);

	row_key_put(&row, key, DEVICE_KEY_BYTES);
	return row;
}

static int put(struct tenant_db *db, struct id customer, struct id site, const struct device_row *d)
{
	struct device_text text = { d->label,     d->reasons,   d->use.from_ms,
				    d->use.to_ms, d->use.pages, d->use.jobs };
	struct row_key row = key_of(site, d->key);
	struct stmt *st = tenant_query(db, &q_put);

	stmt_id(st, ":site", site);
	stmt_blob(st, ":key", d->key, DEVICE_KEY_BYTES);
	stmt_i64(st, ":state", d->state);
	stmt_i64(st, ":accepting", d->accepting);
	stmt_i64(st, ":state_ms", d->state_ms);
	stmt_i64(st, ":seq", d->told_seq);
	stmt_i64(st, ":gone", d->gone);
	stmt_sealed(st, ":sealed", customer, &row, &device_text_schema, &text);
	return stmt_run(st);
}

/* Of a row as q_told and q_list select it. */
static void read_row(struct stmt *st, struct id site, struct arena *mem, struct device_row *d)
{
	struct device_text text;
	struct row_key row;

	json_init(&device_text_schema, &text);
	col_octets(st, 0, d->key, sizeof(d->key));
	row = key_of(site, d->key);
	d->state = (int)col_i64(st, 1);
	d->accepting = (enum json_bool)col_i64(st, 2);
	d->state_ms = col_i64(st, 3);
	d->told_seq = col_i64(st, 4);
	col_sealed(st, 5, &row, &device_text_schema, mem, &text);
	d->gone = col_i64(st, 6) != 0;
	d->label = text.label;
	d->reasons = text.reasons;
	d->use = (struct device_use){ text.used_from_ms, text.used_to_ms, text.pages, text.jobs };
}

/* What is held of the device; ERR_NOT_FOUND. */
static int get(struct tenant_db *db, struct id site, const uint8_t key[static DEVICE_KEY_BYTES],
	       struct arena *mem, struct device_row *ret_row)
{
	struct stmt *st = tenant_query(db, &q_told);
	bool found;
	int rc;

	stmt_id(st, ":site", site);
	stmt_blob(st, ":key", key, DEVICE_KEY_BYTES);
	found = stmt_row(st);
	if (found)
		read_row(st, site, mem, ret_row);
	rc = stmt_end(st);
	return rc < 0 ? rc : found ? 0 : ERR_NOT_FOUND;
}

/* The first word of a device: nothing, if a whole list of later on does not have it. */
static int put_first(struct tenant_db *db, struct id customer, struct id site,
		     const struct device_row *row)
{
	struct stmt *st = tenant_query(db, &q_whole);
	int64_t whole_seq;
	int rc;

	stmt_id(st, ":site", site);
	rc = stmt_one_i64(st, &whole_seq);
	if (rc < 0)
		return rc;
	return row->told_seq < whole_seq ? 0 : put(db, customer, site, row);
}

int device_take(struct tenant_db *db, struct id customer, struct id site, struct arena *mem,
		const struct report_device *d, int64_t seq, int64_t at_ms)
{
	struct device_row before, row = {
		.label = d->label,
		.reasons = d->reasons,
		.state = d->state < 0 ? DEVICE_UNKNOWN : d->state,
		.accepting = d->accepting_jobs,
		.state_ms = at_ms,
		.told_seq = seq,
		.use = DEVICE_NO_USE,
	};
	int rc = device_key_decode(str_of(d->id), row.key);

	if (rc < 0)
		return rc;
	rc = get(db, site, row.key, mem, &before);
	if (rc < 0)
		return rc == ERR_NOT_FOUND ? put_first(db, customer, site, &row) : rc;
	if (before.told_seq > seq)
		return 0;
	row.use = before.use;
	if (!before.gone && before.state == row.state && before.accepting == row.accepting)
		row.state_ms = before.state_ms;
	rc = put(db, customer, site, &row);
	return rc < 0 ? rc : before.gone;
}

int device_used(struct tenant_db *db, struct id customer, struct id site, struct arena *mem,
		const struct report_day *day, const struct report_device_use *use)
{
	uint8_t key[DEVICE_KEY_BYTES];
	struct device_row row;
	int rc = device_key_decode(str_of(use->id), key);

	if (rc == 0)
		rc = get(db, site, key, mem, &row);
	/* A device that is gone since has nothing to be added to; an older day adds nothing. */
	if (rc < 0)
		return rc == ERR_NOT_FOUND ? 0 : rc;
	if (row.gone)
		return 0;
	if (row.use.to_ms != JSON_ABSENT_INT && row.use.to_ms >= day->to_ms)
		return 0;
	row.use = (struct device_use){ day->from_ms, day->to_ms, use->pages, use->jobs };
	return put(db, customer, site, &row);
}

/* Nothing of it is kept but that, so that no earlier record brings it back. */
int device_gone(struct tenant_db *db, struct id customer, struct id site, struct arena *mem,
		const char *id, int64_t seq)
{
	struct device_row before, row = { .accepting = JSON_UNSAID,
					  .state = DEVICE_UNKNOWN,
					  .told_seq = seq,
					  .use = DEVICE_NO_USE,
					  .gone = true };
	bool shown;
	int rc = device_key_decode(str_of(id), row.key);

	if (rc < 0)
		return rc;
	rc = get(db, site, row.key, mem, &before);
	if (rc < 0 && rc != ERR_NOT_FOUND)
		return rc;
	shown = rc == 0 && !before.gone;
	if (rc == 0 && before.told_seq > seq)
		return 0;
	rc = put(db, customer, site, &row);
	return rc < 0 ? rc : shown;
}

static int run_for(struct tenant_db *db, const struct query *q, struct id site, int64_t seq)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":site", site);
	stmt_i64(st, ":seq", seq);
	return stmt_run(st);
}

int devices_settle(struct tenant_db *db, struct id site, int64_t seq)
{
	return run_for(db, &q_settle, site, seq);
}

int devices_gone_before(struct tenant_db *db, struct id site, int64_t seq)
{
	struct stmt *st;
	int shown = 0, rc = run_for(db, &q_whole_put, site, seq);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_gone_before);
	stmt_id(st, ":site", site);
	stmt_i64(st, ":seq", seq);
	while (stmt_row(st))
		shown += !col_i64(st, 0);
	rc = stmt_end(st);
	return rc < 0 ? rc : shown;
}

static int forget(struct tenant_db *db, const struct query *q, struct id site)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":site", site);
	return stmt_run(st);
}

int devices_new_epoch(struct tenant_db *db, struct id site)
{
	int rc = devices_settle(db, site, INT64_MAX);

	if (rc >= 0)
		rc = forget(db, &q_whole_forget, site);
	return rc < 0 ? rc : forget(db, &q_epoch, site);
}

int devices_list(struct tenant_db *db, struct id site, const uint8_t *after, size_t limit,
		 struct arena *mem, struct json_list *ret_rows)
{
	static const uint8_t first[1] = { 0 };
	struct stmt *st = tenant_query(db, &q_list);
	struct json_list rows = { 0 };
	int rc;

	stmt_id(st, ":site", site);
	stmt_blob(st, ":after", after ? after : first, after ? DEVICE_KEY_BYTES : 0);
	stmt_i64(st, ":most", (int64_t)limit);
	while (stmt_row(st)) {
		struct device_row *d = ARENA_NEW(mem, struct device_row);

		read_row(st, site, mem, d);
		report_list_add(mem, &rows, d);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_rows = rows;
	return 0;
}

int devices_count(struct tenant_db *db, struct id site, int64_t *ret_total)
{
	struct stmt *st = tenant_query(db, &q_count);

	stmt_id(st, ":site", site);
	return stmt_one_i64(st, ret_total);
}
