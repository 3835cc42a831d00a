/* stmt.h - named queries: bound by name, read by column, one place to fail.
 *
 *	QUERY(q_by_id, "site_by_id",
 *	      "SELECT seen_ms FROM site WHERE provider_id = :provider AND site_id = :site");
 *
 *	struct stmt *st = tenant_query(db, &q_by_id);
 *	stmt_id(st, ":site", id);
 *	found = stmt_row(st);
 *	if (found)
 *		seen_ms = col_i64(st, 0);
 *	rc = stmt_end(st);
 *
 * Errors are sticky: after the first, binds do nothing, stmt_row is false, columns are zero, and
 * stmt_end (or stmt_run) says what it was.  A statement lives from tenant_query to stmt_end; one
 * left open fails its job.  The prepared form is kept by the connection.
 *
 * QUERY puts the query into the linker section "queries", so that a test can PREPARE each of them
 * on SQLite and on PostgreSQL and none can be forgotten.  What both engines understand: base types
 * as in schema/, `:name` parameters, ON CONFLICT, RETURNING, row values; never a quoted literal,
 * LIKE, COLLATE, JSON or date functions (src/db/queries_test.c).  A query without :provider is run
 * by system_query only and its name begins with "system_". */
#ifndef DB_STMT_H
#define DB_STMT_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/id.h"

struct stmt;
struct system_db;
struct tenant_db;

struct query {
	const char *name, *sql;
};

#define QUERY(variable, name, sql)                                                                 \
	static const struct query variable = { name, sql };                                        \
	static const struct query *const variable##_listed                                         \
		__attribute__((used, section("queries"))) = &variable

/* All queries of the program, in no order. */
size_t query_count(void);
const struct query *query_at(size_t i);

/* Appends the same text with $1, $2, ... for the names, in the order of their first appearance, as
 * PostgreSQL wants it.  The number of different names, or ERR_INVALID. */
MUST_USE int query_positional(const char *sql, struct buf *out);

/* Begins a statement; never NULL.  A query that lacks :provider: ERR_INTERNAL. */
struct stmt *tenant_query(struct tenant_db *db, const struct query *q);
struct stmt *system_query(struct system_db *db, const struct query *q);

/* Binds by name.  A name that the query does not have, one bound twice, or one left unbound at the
 * first row is ERR_INTERNAL.  All values are copied: texts and octets into the
 * job's memory, where they stay until it ends. */
void stmt_id(struct stmt *st, const char *name, struct id id);        /* zero id: NULL */
void stmt_i64(struct stmt *st, const char *name, int64_t value);      /* also bool, SMALLINT */
void stmt_time(struct stmt *st, const char *name, int64_t at_ms);     /* JSON_ABSENT_INT: NULL */
void stmt_f64(struct stmt *st, const char *name, double value);       /* NaN: NULL */
void stmt_text(struct stmt *st, const char *name, const char *value); /* NULL: NULL */
void stmt_blob(struct stmt *st, const char *name, const void *data, size_t len);
void stmt_hash(struct stmt *st, const char *name, const struct hash *value);
void stmt_null(struct stmt *st, const char *name);

/* The next row; false at the end or after an error. */
bool stmt_row(struct stmt *st);

/* Columns of the current row, from 0.  A column of another type, or a blob of another length, is
 * ERR_CORRUPT.  What is returned by pointer lives in the job's memory. */
bool col_null(struct stmt *st, int col);
int64_t col_i64(struct stmt *st, int col);                  /* NULL: ERR_CORRUPT */
int64_t col_i64_or(struct stmt *st, int col, int64_t none); /* NULL: none */
double col_f64(struct stmt *st, int col);                   /* NULL: NaN */
const char *col_text(struct stmt *st, int col);             /* NULL: NULL */
struct str col_blob(struct stmt *st, int col);              /* NULL: empty */
struct id col_id(struct stmt *st, int col);                 /* NULL: zero */
struct hash col_hash(struct stmt *st, int col);
/* The blob, which must have exactly `len` octets. */
void col_octets(struct stmt *st, int col, void *out, size_t len);

/* Notes a failure found by the caller; the first one counts. */
void stmt_fail(struct stmt *st, int rc);

/* Ends the statement: 0 or what failed first.  ERR_CONFLICT: a unique key exists already. */
MUST_USE int stmt_end(struct stmt *st);

/* Ends a statement that has one column and at most one row; without a row its value is 0, or the
 * zero id. */
MUST_USE int stmt_one_i64(struct stmt *st, int64_t *ret_value);
MUST_USE int stmt_one_id(struct stmt *st, struct id *ret_id);

/* Runs a statement that returns no rows and ends it: the number of rows changed, or what failed. */
MUST_USE int stmt_run(struct stmt *st);

#endif
