/* key_store.c - the keys of connectors in the database.  One counts; one more may wait for its
 * first call; the rest are retired, and kept because what they signed is evidence. */
#include "hub/connector/store.h"

#include "db/db.h"
#include "db/stmt.h"

QUERY(q_load, "system_connector_keys",
      "SELECT connector_id, public_key, used_ms, retired_ms FROM connector_key"
      " ORDER BY added_ms, thumbprint");

QUERY(q_load_erased, "system_erased_keys", "SELECT public_key FROM erased_key");

QUERY(q_offer, "connector_key_offer",
      "INSERT INTO connector_key (provider_id, thumbprint, connector_id, public_key, added_ms)"
      " VALUES (:provider, :thumbprint, :connector, :key, :now)");

QUERY(q_waits, "connector_key_waits",
      "SELECT 1 FROM connector_key WHERE provider_id = :provider AND connector_id = :connector"
      " AND thumbprint = :thumbprint AND used_ms IS NULL");

QUERY(q_unoffer, "connector_key_unoffer",
      "DELETE FROM connector_key WHERE provider_id = :provider AND connector_id = :connector"
      " AND used_ms IS NULL");

QUERY(q_trim, "connector_key_trim",
      "DELETE FROM connector_key WHERE provider_id = :provider AND connector_id = :connector"
      " AND retired_ms IS NOT NULL AND thumbprint NOT IN (SELECT thumbprint FROM connector_key"
      " WHERE provider_id = :provider AND connector_id = :connector"
      " ORDER BY added_ms DESC, thumbprint DESC LIMIT :most)");

QUERY(q_use, "connector_key_use",
      "INSERT INTO connector_key (provider_id, thumbprint, connector_id, public_key, added_ms, "
      "used_ms)"
      " VALUES (:provider, :thumbprint, :connector, :key, :now, :used)"
      " ON CONFLICT (provider_id, thumbprint) DO UPDATE SET used_ms = excluded.used_ms");

QUERY(q_retire, "connector_key_retire",
      "UPDATE connector_key SET retired_ms = :now"
      " WHERE provider_id = :provider AND connector_id = :connector AND thumbprint <> :thumbprint"
      " AND retired_ms IS NULL");

static int load_erased(struct system_db *db, void (*fn)(const struct key_row *row, void *arg),
		       void *arg)
{
	struct stmt *st = system_query(db, &q_load_erased);

	while (stmt_row(st)) {
		struct key_row row = { .state = KEY_RETIRED };

		col_octets(st, 0, row.public_key, sizeof(row.public_key));
		fn(&row, arg);
	}
	return stmt_end(st);
}

int keys_load(struct system_db *db, void (*fn)(const struct key_row *row, void *arg), void *arg)
{
	struct stmt *st = system_query(db, &q_load);
	int rc;

	while (stmt_row(st)) {
		struct key_row row = { .connector = col_id(st, 0), .state = KEY_CURRENT };

		col_octets(st, 1, row.public_key, sizeof(row.public_key));
		if (col_i64_or(st, 2, JSON_ABSENT_INT) == JSON_ABSENT_INT)
			row.state = KEY_WAITS;
		if (col_i64_or(st, 3, JSON_ABSENT_INT) != JSON_ABSENT_INT)
			row.state = KEY_RETIRED;
		fn(&row, arg);
	}
	rc = stmt_end(st);
	return rc < 0 ? rc : load_erased(db, fn, arg);
}

static struct stmt *query_of(struct tenant_db *db, const struct query *q, struct id connector)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":connector", connector);
	return st;
}

static void bind_key(struct stmt *st, const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_ms)
{
	char thumbprint[THUMBPRINT_LEN + 1];

	sign_thumbprint(public_key, thumbprint);
	stmt_text(st, ":thumbprint", thumbprint);
	stmt_blob(st, ":key", public_key, SIGN_KEY_LEN);
	stmt_i64(st, ":now", now_ms);
}

/* 1 if the key waits already, 0 if not. */
static int waits(struct tenant_db *db, struct id connector,
		 const uint8_t public_key[static SIGN_KEY_LEN])
{
	char thumbprint[THUMBPRINT_LEN + 1];
	struct stmt *st = query_of(db, &q_waits, connector);
	bool found;
	int rc;

	sign_thumbprint(public_key, thumbprint);
	stmt_text(st, ":thumbprint", thumbprint);
	found = stmt_row(st);
	rc = stmt_end(st);
	return rc < 0 ? rc : found;
}

int key_offer(struct tenant_db *db, struct id connector,
	      const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_ms)
{
	struct stmt *st;
	int rc = waits(db, connector, public_key);

	if (rc != 0)
		return rc;
	rc = stmt_run(query_of(db, &q_unoffer, connector));
	if (rc < 0)
		return rc;
	st = query_of(db, &q_offer, connector);
	bind_key(st, public_key, now_ms);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	st = query_of(db, &q_trim, connector);
	stmt_i64(st, ":most", CONNECTOR_KEYS_MAX);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int key_use(struct tenant_db *db, struct id connector,
	    const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_ms)
{
	char thumbprint[THUMBPRINT_LEN + 1];
	struct stmt *st = query_of(db, &q_use, connector);
	int rc;

	bind_key(st, public_key, now_ms);
	stmt_i64(st, ":used", now_ms);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	sign_thumbprint(public_key, thumbprint);
	st = query_of(db, &q_retire, connector);
	stmt_text(st, ":thumbprint", thumbprint);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}
