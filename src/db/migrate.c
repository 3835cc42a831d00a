/* migrate.c - runs what the store lacks, and refuses a store that ran something else.
 *
 * All in one transaction that begins by taking the writer's lock, so that two programs that start
 * at once do not both begin. */
#include "db/migrate.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "db/engine.h"

#include <string.h>

static const char make_table[] = "CREATE TABLE IF NOT EXISTS schema_version ("
				 "version BIGINT NOT NULL PRIMARY KEY,"
				 "name TEXT NOT NULL,"
				 "sha256 BYTEA NOT NULL,"
				 "applied_ms BIGINT NOT NULL)";
static const char read_all[] = "SELECT version, sha256 FROM schema_version ORDER BY version";
static const char insert[] = "INSERT INTO schema_version (version, name, sha256, applied_ms) "
			     "VALUES (:version, :name, :sha256, :applied)";

static struct hash sum(const struct migration *m)
{
	return hash_of(m->sql, strlen(m->sql));
}

/* One row of schema_version against the list, of which `i` rows have been met. */
static int compare(struct engine_stmt *s, const struct migration *m)
{
	struct hash expected;

	if (m->version == 0)
		return ERR_NEWER;
	expected = sum(m);
	if (engine_col_i64(s, 0) != m->version ||
	    !str_eq(engine_col_blob(s, 1), (struct str){ (char *)expected.b, sizeof(expected.b) }))
		return ERR_CORRUPT;
	return 0;
}

/* How many of the list have run. */
static int applied(struct engine *e, const struct migration *list, int *ret_count)
{
	CLEANUP(engine_finish) struct engine_stmt *s = NULL;
	int rc = engine_prepare(e, "schema_version", read_all, &s);
	int count = 0;

	while (rc == 0) {
		rc = engine_step(s);
		if (rc == 0) {
			*ret_count = count;
			return 0;
		}
		if (rc > 0)
			rc = compare(s, &list[count++]);
	}
	return rc;
}

static int note(struct engine *e, const struct migration *m)
{
	CLEANUP(engine_finish) struct engine_stmt *s = NULL;
	struct hash h = sum(m);
	int rc = engine_prepare(e, "schema_version", insert, &s);

	if (rc == 0)
		rc = engine_bind_i64(s, engine_param(s, ":version"), m->version);
	if (rc == 0)
		rc = engine_bind_text(s, engine_param(s, ":name"), str_of(m->name));
	if (rc == 0)
		rc = engine_bind_blob(s, engine_param(s, ":sha256"),
				      (struct str){ (char *)h.b, sizeof(h.b) });
	if (rc == 0)
		rc = engine_bind_i64(s, engine_param(s, ":applied"), clock_wall_ms());
	if (rc == 0)
		rc = engine_step(s);
	return rc;
}

static int run_missing(struct engine *e, const struct migration *list)
{
	int done = 0;
	int rc = engine_exec(e, make_table);

	if (rc == 0)
		rc = applied(e, list, &done);
	for (const struct migration *m = &list[done]; rc == 0 && m->version != 0; m++) {
		rc = engine_schema(e, m->sql);
		if (rc == 0)
			rc = note(e, m);
		if (rc == 0)
			log_event(EV_DB_MIGRATED, "version=%d", m->version);
	}
	return rc;
}

int migrate_versions(struct engine *e, const struct migration *list, int *ret_have, int *ret_last)
{
	int rc = engine_exec(e, "BEGIN"), done = 0;

	if (rc == 0)
		rc = engine_exec(
			e, make_table); /* taken back: a store that is refused stays as it is */
	if (rc == 0)
		rc = applied(e, list, &done);
	if (engine_in_transaction(e))
		(void)!engine_exec(e, "ROLLBACK");
	*ret_have = done > 0 ? list[done - 1].version : 0;
	*ret_last = 0;
	for (const struct migration *m = list; m->version != 0; m++)
		*ret_last = m->version;
	return rc;
}

int migrate(struct engine *e, const struct migration *list)
{
	int rc = engine_transact(e, ENGINE_BEGIN_WRITE);

	if (rc < 0)
		return rc;
	rc = run_missing(e, list);
	if (rc == 0)
		rc = engine_transact(e, ENGINE_COMMIT);
	if (rc < 0 && engine_in_transaction(e))
		(void)!engine_transact(e, ENGINE_ROLLBACK);
	return rc;
}
