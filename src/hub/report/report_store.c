/* report_store.c - records: what is held of each chain. */
#include "hub/report/store.h"

#include <string.h>

#include "db/db.h"
#include "db/seal_row.h"
#include "db/stmt.h"

#define TRIM_ROWS 2000

QUERY(q_call, "report_call_insert",
      "INSERT INTO report_call (provider_id, call_id, connector_id, received_ms, content_digest,"
      " signature, input)"
      " VALUES (:provider, :call, :connector, :received, :digest, :signature, :input)");

QUERY(q_around, "report_around",
      "SELECT seq, digest, prev FROM report"
      " WHERE provider_id = :provider AND connector_id = :connector AND epoch = :epoch"
      " AND seq >= :first AND seq <= :last");

QUERY(q_insert, "report_insert",
      "INSERT INTO report (provider_id, connector_id, epoch, seq, digest, prev, kind, accepted, "
      "at_ms,"
      " received_ms, call_id, sealed)"
      " VALUES (:provider, :connector, :epoch, :seq, :digest, :prev, :kind, :accepted, :at, "
      ":received,"
      " :call, :sealed)");

QUERY(q_head, "report_head",
      "SELECT acked FROM report_head"
      " WHERE provider_id = :provider AND connector_id = :connector AND epoch = :epoch");

QUERY(q_head_put, "report_head_put",
      "INSERT INTO report_head (provider_id, connector_id, epoch, acked, last_ms)"
      " VALUES (:provider, :connector, :epoch, :acked, :now)"
      " ON CONFLICT (provider_id, connector_id, epoch) DO UPDATE SET acked = excluded.acked,"
      " last_ms = excluded.last_ms");

QUERY(q_beyond, "report_beyond",
      "SELECT seq FROM report"
      " WHERE provider_id = :provider AND connector_id = :connector AND epoch = :epoch AND seq > "
      ":acked"
      " ORDER BY seq");

QUERY(q_trim, "report_trim",
      "DELETE FROM report WHERE provider_id = :provider AND received_ms < :before"
      " AND (connector_id, epoch, seq) IN (SELECT connector_id, epoch, seq FROM report"
      " WHERE provider_id = :provider AND received_ms < :before LIMIT :most)");

QUERY(q_trim_calls, "report_call_trim",
      "DELETE FROM report_call WHERE provider_id = :provider AND call_id IN"
      " (SELECT call_id FROM report_call WHERE provider_id = :provider AND received_ms < :before"
      " LIMIT :most)");

QUERY(q_providers, "system_trim_providers",
      "SELECT provider_id FROM provider ORDER BY provider_id");

QUERY(q_verify, "report_verify",
      "SELECT count(*), COALESCE(sum(CASE WHEN EXISTS (SELECT 1 FROM report b"
      " WHERE b.provider_id = r.provider_id AND b.connector_id = r.connector_id"
      " AND b.epoch = r.epoch AND b.seq = r.seq - 1 AND b.digest <> r.prev)"
      " THEN 1 ELSE 0 END), 0) FROM report r WHERE r.provider_id = :provider");

int report_call_insert(struct tenant_db *db, const struct report_call *call)
{
	struct stmt *st = tenant_query(db, &q_call);

	stmt_id(st, ":call", call->id);
	stmt_id(st, ":connector", call->connector);
	stmt_i64(st, ":received", call->received_ms);
	stmt_hash(st, ":digest", &call->content_digest);
	stmt_blob(st, ":signature", call->signature, sizeof(call->signature));
	stmt_text(st, ":input", call->input);
	return stmt_run(st);
}

static void bind_epoch(struct stmt *st, struct id connector, const struct epoch *epoch)
{
	stmt_id(st, ":connector", connector);
	stmt_blob(st, ":epoch", epoch->b, sizeof(epoch->b));
}

int report_place(struct tenant_db *db, struct id connector, const struct record *r,
		 const struct hash *digest, int64_t acked, enum record_place *ret_place)
{
	struct stmt *st = tenant_query(db, &q_around);
	int64_t seq = (int64_t)r->seq;
	bool held = false, fork = false;
	int rc;

	bind_epoch(st, connector, &r->epoch);
	stmt_i64(st, ":first", seq - 1);
	stmt_i64(st, ":last", seq == INT64_MAX ? seq : seq + 1);
	while (stmt_row(st)) {
		int64_t at = col_i64(st, 0);
		struct hash its = col_hash(st, 1), its_prev = col_hash(st, 2);

		if (at == seq) {
			held = true;
			fork |= !hash_eq(&its, digest);
		} else if (at == seq - 1) {
			fork |= !hash_eq(&its, &r->prev);
		} else {
			fork |= !hash_eq(&its_prev, digest);
		}
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (fork)
		return ERR_FORK;
	/* What was acknowledged may have been trimmed since: it is held all the same. */
	*ret_place = held || seq <= acked ? RECORD_HELD : RECORD_NEW;
	return 0;
}

int report_insert(struct tenant_db *db, const struct report_call *call, struct id customer,
		  const struct record *r, const struct hash *digest, bool accepted)
{
	struct stmt *st = tenant_query(db, &q_insert);
	struct row_key row = row_key_of("report", call->connector);

	row_key_put(&row, r->epoch.b, sizeof(r->epoch.b));
	row_key_i64(&row, (int64_t)r->seq);
	bind_epoch(st, call->connector, &r->epoch);
	stmt_i64(st, ":seq", (int64_t)r->seq);
	stmt_hash(st, ":digest", digest);
	stmt_hash(st, ":prev", &r->prev);
	stmt_i64(st, ":kind", r->kind);
	stmt_i64(st, ":accepted", accepted);
	stmt_i64(st, ":at", r->at_ms);
	stmt_i64(st, ":received", call->received_ms);
	stmt_id(st, ":call", call->id);
	stmt_sealed_bytes(st, ":sealed", customer, &row, r->data.p, r->data.len);
	return stmt_run(st);
}

int report_head_get(struct tenant_db *db, struct id connector, const struct epoch *epoch,
		    int64_t *ret_acked)
{
	struct stmt *st = tenant_query(db, &q_head);
	int64_t acked = 0;
	bool found;
	int rc;

	bind_epoch(st, connector, epoch);
	found = stmt_row(st);
	if (found)
		acked = col_i64(st, 0);
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_acked = acked;
	return 0;
}

int report_head_put(struct tenant_db *db, struct id connector, const struct epoch *epoch,
		    int64_t acked, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_head_put);

	bind_epoch(st, connector, epoch);
	stmt_i64(st, ":acked", acked);
	stmt_i64(st, ":now", now_ms);
	return stmt_run(st);
}

static struct record_range *add_range(struct arena *mem, struct json_list *list, int64_t seq)
{
	struct record_range *range = ARENA_NEW(mem, struct record_range);

	range->from = range->to = seq;
	report_list_add(mem, list, range);
	return range;
}

int report_held(struct tenant_db *db, struct id connector, const struct epoch *epoch,
		struct arena *mem, int64_t *acked, struct json_list *ret_ranges)
{
	struct stmt *st = tenant_query(db, &q_beyond);
	struct json_list ranges = { 0 };
	struct record_range *last = NULL;
	int64_t held = *acked;
	int rc;

	bind_epoch(st, connector, epoch);
	stmt_i64(st, ":acked", held);
	while (stmt_row(st)) {
		int64_t seq = col_i64(st, 0);

		if (!last && seq == held + 1)
			held = seq;
		else if (last && seq == last->to + 1)
			last->to = seq;
		else if (ranges.len < REPORTS_RANGES_MAX)
			last = add_range(mem, &ranges, seq);
		else
			break; /* the connector will send the rest again and be told then */
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*acked = held;
	*ret_ranges = ranges;
	return 0;
}

static int trim(struct tenant_db *db, const struct query *q, int64_t before_ms)
{
	struct stmt *st = tenant_query(db, q);

	stmt_i64(st, ":before", before_ms);
	stmt_i64(st, ":most", TRIM_ROWS);
	return stmt_run(st);
}

int reports_trim(struct tenant_db *db, int64_t before_ms)
{
	int rc = trim(db, &q_trim, before_ms);

	return rc < 0 ? rc : trim(db, &q_trim_calls, before_ms);
}

int reports_verify(struct tenant_db *db, int64_t *ret_records, int64_t *ret_torn)
{
	struct stmt *st = tenant_query(db, &q_verify);
	int64_t records = 0, torn = 0;
	int rc;

	if (stmt_row(st)) {
		records = col_i64(st, 0);
		torn = col_i64(st, 1);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_records = records;
	*ret_torn = torn;
	return 0;
}

int providers_each(struct system_db *db, int (*fn)(struct tenant_db *db, void *arg), void *arg)
{
	struct stmt *st = system_query(db, &q_providers);
	int rc = 0, end;

	while (rc >= 0 && stmt_row(st))
		rc = fn(system_tenant(db, col_id(st, 0)), arg);
	end = stmt_end(st);
	return rc < 0 ? rc : end;
}
