/* stmt.c - statements with sticky errors over engine.h, and the connection's store of prepared
 * ones.
 *
 * A prepared statement is found by its query's address.  If it is open already (a walk over rows
 * that asks the same query again), a second one is prepared for the moment. */
#include "db/stmt.h"
#include "base/json.h"
#include "base/err.h"
#include "base/log.h"
#include "db/engine.h"
#include "db/work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PARAMS_MAX 63

enum stmt_state { IDLE, BINDING, ON_ROW, AT_END };

struct stmt {
	struct link link; /* in work->open unless idle */
	struct work *work;
	struct engine_stmt *engine; /* NULL: could not be prepared, lives in the job's memory */
	const struct query *query;
	struct tenant_db tenant; /* work NULL: a system query */
	enum stmt_state state;
	uint64_t bound; /* bit n: parameter n */
	int rc;
	bool kept; /* by work->stmts */
	/* Parameter n as its binder spells it: found again by the literal's address, because the
	 * engine compares texts, a hundred times a report. */
	const char *names[PARAMS_MAX + 1];
};

static struct stmt *broken(struct work *w, const struct query *q, int rc)
{
	struct stmt *st = ARENA_NEW(w->mem, struct stmt);

	st->work = w;
	st->query = q;
	st->rc = rc;
	return st;
}

static struct stmt *prepare(struct work *w, const struct query *q, bool keep)
{
	struct engine_stmt *engine;
	struct stmt *st;
	int rc = engine_prepare(w->engine, q->name, q->sql, &engine);

	if (rc == 0 && engine_params(engine) > PARAMS_MAX) {
		engine_finish(&engine);
		rc = ERR_INTERNAL;
	}
	if (rc < 0)
		return broken(w, q, rc);
	st = xcalloc(1, sizeof(*st));
	st->work = w;
	st->query = q;
	st->engine = engine;
	if (keep) {
		st->kept = true;
		map_put(&w->stmts, &q, sizeof(q), st);
	}
	return st;
}

static struct stmt *begin(struct work *w, const struct query *q)
{
	struct stmt *st = map_get(&w->stmts, &q, sizeof(q));

	if (!st)
		st = prepare(w, q, true);
	else if (st->state != IDLE)
		st = prepare(w, q, false);
	st->state = BINDING;
	st->bound = 0;
	st->tenant = (struct tenant_db){};
	list_append(&w->open, &st->link);
	return st;
}

/* Our own mistake: the name of the query is all that anybody needs to find it. */
static void mistake(struct stmt *st, const char *what)
{
	if (st->rc < 0)
		return;
	log_event(EV_DB_FAILED, "query=%s mistake=%s", st->query->name, what);
	st->rc = ERR_INTERNAL;
}

struct stmt *system_query(struct system_db *db, const struct query *q)
{
	return begin(db->work, q);
}

struct stmt *tenant_query(struct tenant_db *db, const struct query *q)
{
	struct stmt *st = begin(db->work, q);

	st->tenant = *db;
	stmt_id(st, ":provider", db->provider);
	if (id_is_zero(db->provider))
		mistake(st, "no provider");
	return st;
}

const struct tenant_db *stmt_tenant(struct stmt *st)
{
	if (!st->tenant.work)
		mistake(st, "sealed column without provider");
	return st->rc < 0 ? NULL : &st->tenant;
}

static int number_of(struct stmt *st, const char *name)
{
	int n, params = engine_params(st->engine);

	for (n = 1; n <= params; n++) {
		if (st->names[n] == name)
			return n;
	}
	n = engine_param(st->engine, name);
	st->names[n] = name;
	return n;
}

/* The parameter to bind now; 0: do nothing. */
static int param(struct stmt *st, const char *name)
{
	int n;

	if (st->rc < 0)
		return 0;
	n = number_of(st, name);
	if (n == 0)
		mistake(st, name);
	else if (st->state != BINDING)
		mistake(st, "bound too late");
	else if (st->bound & (UINT64_C(1) << n))
		mistake(st, "bound twice");
	if (st->rc < 0)
		return 0;
	st->bound |= UINT64_C(1) << n;
	return n;
}

void stmt_null(struct stmt *st, const char *name)
{
	int n = param(st, name);

	if (n > 0)
		st->rc = engine_bind_null(st->engine, n);
}

void stmt_i64(struct stmt *st, const char *name, int64_t value)
{
	int n = param(st, name);

	if (n > 0)
		st->rc = engine_bind_i64(st->engine, n, value);
}

void stmt_time(struct stmt *st, const char *name, int64_t at_ms)
{
	if (at_ms == JSON_ABSENT_INT)
		stmt_null(st, name);
	else
		stmt_i64(st, name, at_ms);
}

void stmt_f64(struct stmt *st, const char *name, double value)
{
	int n = param(st, name);

	if (n > 0)
		st->rc = isnan(value) ? engine_bind_null(st->engine, n)
				      : engine_bind_f64(st->engine, n, value);
}

/* In the job's memory, which outlives the statement: cheaper than the engine's own copies. */
static struct str hold(struct stmt *st, const void *data, size_t len)
{
	return (struct str){ arena_dup(st->work->mem, data, len), len };
}

void stmt_text(struct stmt *st, const char *name, const char *value)
{
	int n = param(st, name);

	if (n > 0)
		st->rc = value ? engine_bind_text(st->engine, n, hold(st, value, strlen(value)))
			       : engine_bind_null(st->engine, n);
}

void stmt_blob(struct stmt *st, const char *name, const void *data, size_t len)
{
	int n = param(st, name);

	if (n > 0)
		st->rc = engine_bind_blob(st->engine, n, hold(st, data, len));
}

void stmt_id(struct stmt *st, const char *name, struct id id)
{
	if (id_is_zero(id))
		stmt_null(st, name);
	else
		stmt_blob(st, name, id.b, sizeof(id.b));
}

void stmt_hash(struct stmt *st, const char *name, const struct hash *value)
{
	stmt_blob(st, name, value->b, sizeof(value->b));
}

bool stmt_row(struct stmt *st)
{
	int rc;

	if (st->rc < 0 || st->state == AT_END)
		return false;
	if (st->state == BINDING) {
		uint64_t all = (UINT64_C(2) << engine_params(st->engine)) - 2;

		if (st->bound != all) {
			mistake(st, "parameter not bound");
			return false;
		}
	}
	rc = engine_step(st->engine);
	st->state = rc > 0 ? ON_ROW : AT_END;
	if (rc < 0)
		st->rc = rc;
	return rc > 0;
}

/* True if the column may be read as `type` or is NULL. */
static bool readable(struct stmt *st, int col, enum engine_type type, enum engine_type *ret_type)
{
	enum engine_type is;

	if (st->rc < 0)
		return false;
	if (st->state != ON_ROW || col < 0 || col >= engine_cols(st->engine)) {
		mistake(st, "no such column");
		return false;
	}
	is = engine_col_type(st->engine, col);
	if (is != type && is != ENGINE_NULL) {
		st->rc = ERR_CORRUPT;
		return false;
	}
	*ret_type = is;
	return true;
}

bool col_null(struct stmt *st, int col)
{
	if (st->rc < 0)
		return true;
	if (st->state != ON_ROW || col < 0 || col >= engine_cols(st->engine)) {
		mistake(st, "no such column");
		return true;
	}
	return engine_col_type(st->engine, col) == ENGINE_NULL;
}

int64_t col_i64_or(struct stmt *st, int col, int64_t none)
{
	enum engine_type type;

	if (!readable(st, col, ENGINE_I64, &type) || type == ENGINE_NULL)
		return none;
	return engine_col_i64(st->engine, col);
}

int64_t col_i64(struct stmt *st, int col)
{
	if (col_null(st, col)) {
		stmt_fail(st, ERR_CORRUPT);
		return 0;
	}
	return col_i64_or(st, col, 0);
}

double col_f64(struct stmt *st, int col)
{
	enum engine_type type;

	if (!readable(st, col, ENGINE_F64, &type) || type == ENGINE_NULL)
		return NAN;
	return engine_col_f64(st->engine, col);
}

const char *col_text(struct stmt *st, int col)
{
	enum engine_type type;
	struct str text;

	if (!readable(st, col, ENGINE_TEXT, &type) || type == ENGINE_NULL)
		return NULL;
	text = engine_col_text(st->engine, col);
	if (text.len > 0 && memchr(text.p, 0, text.len)) {
		st->rc = ERR_CORRUPT;
		return NULL;
	}
	return arena_strndup(st->work->mem, text.len > 0 ? text.p : "", text.len);
}

struct str stmt_view(struct stmt *st, int col)
{
	enum engine_type type;

	if (!readable(st, col, ENGINE_BLOB, &type) || type == ENGINE_NULL)
		return (struct str){};
	return engine_col_blob(st->engine, col);
}

struct str col_blob(struct stmt *st, int col)
{
	struct str b = stmt_view(st, col);

	if (b.len > 0)
		b.p = arena_dup(st->work->mem, b.p, b.len);
	return b;
}

void col_octets(struct stmt *st, int col, void *out, size_t len)
{
	struct str b = stmt_view(st, col);

	memset(out, 0, len);
	if (st->rc < 0)
		return;
	if (b.len != len)
		st->rc = ERR_CORRUPT;
	else if (len > 0)
		memcpy(out, b.p, len);
}

struct id col_id(struct stmt *st, int col)
{
	struct id id = {};

	if (!col_null(st, col))
		col_octets(st, col, id.b, sizeof(id.b));
	return id;
}

struct hash col_hash(struct stmt *st, int col)
{
	struct hash h;

	col_octets(st, col, h.b, sizeof(h.b));
	return h;
}

void stmt_fail(struct stmt *st, int rc)
{
	if (st->rc == 0)
		st->rc = rc;
}

void stmt_free(struct stmt *st)
{
	engine_finish(&st->engine);
	free(st);
}

static void drop(struct stmt *st)
{
	list_remove(&st->link);
	st->state = IDLE;
	st->rc = 0;
	if (!st->engine)
		return; /* broken: the job's memory */
	engine_reset(st->engine);
	if (!st->kept)
		stmt_free(st);
}

int stmt_drop_open(struct work *w)
{
	int count = 0;

	LIST_EACH(l, &w->open) {
		drop(LIST_ENTRY(l, struct stmt, link));
		count++;
	}
	return count;
}

int stmt_end(struct stmt *st)
{
	int rc = st->rc;

	drop(st);
	return rc;
}

int stmt_one_i64(struct stmt *st, int64_t *ret_value)
{
	int64_t value = stmt_row(st) ? col_i64(st, 0) : 0;
	int rc = stmt_end(st);

	if (rc == 0)
		*ret_value = value;
	return rc;
}

int stmt_one_id(struct stmt *st, struct id *ret_id)
{
	struct id id = stmt_row(st) ? col_id(st, 0) : (struct id){ 0 };
	int rc = stmt_end(st);

	if (rc == 0)
		*ret_id = id;
	return rc;
}

int stmt_run(struct stmt *st)
{
	int64_t changed = 0;

	if (stmt_row(st))
		mistake(st, "rows nobody reads");
	if (st->rc == 0)
		changed = engine_changed(st->engine);
	if (changed > INT32_MAX)
		stmt_fail(st, ERR_INTERNAL);
	if (st->rc < 0)
		return stmt_end(st);
	drop(st);
	return (int)changed;
}
