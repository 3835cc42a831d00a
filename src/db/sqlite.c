/* sqlite.c - engine.h on SQLite 3.40: write-ahead log, one writer, readers beside it.
 *
 * The log is synced at each COMMIT (synchronous=FULL), so what was acknowledged survives a power
 * cut.  Automatic checkpoints are off: they would run in the writer, and were its p99 (15 ms
 * against 4); db.c runs them on a thread of their own.  secure_delete overwrites what is deleted,
 * because a customer's erasure must not leave rows in free pages. */
#include "db/engine.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "db/vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define BUSY_MS            5000 /* how long another process may keep the file, db.h */
#define CHECKPOINT_BUSY_MS 100  /* how long the writer may wait for readers */

struct engine {
	sqlite3 *sqlite;
	int64_t log_pages;
	struct engine_stmt *steps[ENGINE_STEPS]; /* prepared at their first use */
};

struct engine_stmt {
	sqlite3_stmt *sqlite;
	const char *name;
	int64_t changed;
};

/* Ours for SQLite's; `name` says whose failure it was. */
static int fail(int code, const char *name)
{
	int rc = ERR_INTERNAL;

	switch (code & 0xff) {
	case SQLITE_NOMEM:
		die("out of memory in SQLite");
	case SQLITE_CONSTRAINT:
		if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY ||
		    code == SQLITE_CONSTRAINT_ROWID)
			return ERR_CONFLICT;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		rc = ERR_BUSY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
		rc = ERR_CORRUPT;
		break;
	case SQLITE_FULL:
		rc = -ENOSPC;
		break;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		rc = code == VFS_FULL_EARLY ? -ENOSPC : -EIO;
		break;
	default:
		break;
	}
	log_event(EV_DB_FAILED, "query=%s code=%d", name, code);
	return rc;
}

static int on_commit(void *arg, sqlite3 *sqlite, const char *schema, int pages)
{
	struct engine *e = arg;

	e->log_pages = pages;
	return SQLITE_OK;
}

/* Where the log cannot be had (some network folders), SQLite silently stays without it. */
static int check_log(struct engine *e)
{
	CLEANUP(engine_finish) struct engine_stmt *s = NULL;
	int rc = engine_prepare(e, "journal_mode", "PRAGMA journal_mode", &s);

	if (rc == 0)
		rc = engine_step(s);
	if (rc <= 0)
		return rc < 0 ? rc : ERR_INTERNAL;
	return str_eq(engine_col_text(s, 0), STR("wal")) ? 0 : fail(SQLITE_CANTOPEN, "wal");
}

static int set_up(struct engine *e, enum engine_mode mode)
{
	static const char common[] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
				     "PRAGMA secure_delete=ON; PRAGMA temp_store=MEMORY;"
				     "PRAGMA trusted_schema=OFF;"
				     "PRAGMA journal_size_limit=67108864";
	int rc;

	sqlite3_extended_result_codes(e->sqlite, 1);
	sqlite3_busy_timeout(e->sqlite, BUSY_MS);
	sqlite3_db_config(e->sqlite, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* "text" in double quotes is a name that was mistyped, not a text. */
	sqlite3_db_config(e->sqlite, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(e->sqlite, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_wal_hook(e->sqlite, on_commit, e);
	rc = engine_exec(e, common);
	if (rc == 0)
		rc = check_log(e);
	/* Files that the writer's VFS keeps in memory. */
	if (rc == 0 && mode == ENGINE_WRITE)
		rc = engine_exec(e, "PRAGMA temp_store=FILE");
	/* KiB: the writer comes back to the same pages with each batch, readers hardly ever. */
	if (rc == 0)
		rc = engine_exec(e, mode == ENGINE_READ ? "PRAGMA cache_size=-1024"
							: "PRAGMA cache_size=-2048");
	if (rc == 0 && mode == ENGINE_READ)
		rc = engine_exec(e, "PRAGMA query_only=ON");
	return rc;
}

/* SQLite counts its memory under a lock that all connections share, at each allocation; nobody asks
 * for the count.  What a savepoint keeps goes to the VFS from its first octet on.  Must come before
 * anything else of it, and changes nothing after that. */
static void configure(void)
{
	static atomic_flag done = ATOMIC_FLAG_INIT;

	if (atomic_flag_test_and_set(&done))
		return;
	(void)!sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)!sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, 0);
}

int engine_open(const char *path, enum engine_mode mode, struct engine **ret_engine)
{
	struct engine *e;
	int rc;

	if (mode == ENGINE_WRITE && !file_exists(path)) {
		/* SQLite would make it readable for all; an empty file is an empty database. */
		struct file_log *f;

		rc = file_log_open(path, &f);
		if (rc < 0)
			return rc;
		file_log_close(&f);
	}
	configure();
	e = xcalloc(1, sizeof(*e));
	rc = sqlite3_open_v2(path, &e->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			     mode == ENGINE_WRITE ? writer_vfs() : NULL);
	if (rc != SQLITE_OK)
		rc = fail(rc, "open");
	else
		rc = set_up(e, mode);
	if (rc < 0) {
		engine_close(&e);
		return rc;
	}
	*ret_engine = e;
	return 0;
}

void engine_close(struct engine **e)
{
	if (!*e)
		return;
	for (int i = 0; i < ENGINE_STEPS; i++)
		engine_finish(&(*e)->steps[i]);
	if (sqlite3_close((*e)->sqlite) != SQLITE_OK)
		die("a statement outlives its connection");
	free(TAKE(*e));
}

int engine_exec(struct engine *e, const char *sql)
{
	int rc = sqlite3_exec(e->sqlite, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? 0 : fail(sqlite3_extended_errcode(e->sqlite), "exec");
}

/* Blanks the marks of what is for SQLite alone; any other engine reads a comment there. */
int engine_schema(struct engine *e, const char *sql)
{
	static const char mark[] = "/*sqlite", end[] = "*/";
	char *copy = xstrdup(sql), *p = copy;
	int rc;

	while ((p = strstr(p, mark))) {
		memset(p, ' ', sizeof(mark) - 1);
		p = strstr(p, end);
		assert(p);
		memset(p, ' ', sizeof(end) - 1);
	}
	rc = engine_exec(e, copy);
	free(copy);
	return rc;
}

static const char *const step_sql[ENGINE_STEPS] = {
	[ENGINE_BEGIN_READ] = "BEGIN",
	[ENGINE_BEGIN_WRITE] = "BEGIN IMMEDIATE",
	[ENGINE_COMMIT] = "COMMIT",
	[ENGINE_ROLLBACK] = "ROLLBACK",
	[ENGINE_SAVE] = "SAVEPOINT job",
	[ENGINE_RELEASE] = "RELEASE job",
	[ENGINE_ROLLBACK_TO] = "ROLLBACK TO job",
};

int engine_transact(struct engine *e, enum engine_transaction step)
{
	struct engine_stmt **s = &e->steps[step];
	int rc = *s ? 0 : engine_prepare(e, step_sql[step], step_sql[step], s);

	if (rc < 0)
		return rc;
	if (step == ENGINE_BEGIN_WRITE) /* SQLite may have given up the last one by itself */
		writer_vfs_forget(e->sqlite);
	rc = engine_step(*s);
	if (step == ENGINE_ROLLBACK)
		writer_vfs_forget(e->sqlite);
	engine_reset(*s);
	return rc;
}

bool engine_in_transaction(const struct engine *e)
{
	return !sqlite3_get_autocommit(e->sqlite);
}

int engine_checkpoint(struct engine *e, bool whole)
{
	int mode = whole ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
	int rc;

	writer_vfs_forget(e->sqlite);
	sqlite3_busy_timeout(e->sqlite, CHECKPOINT_BUSY_MS);
	rc = sqlite3_wal_checkpoint_v2(e->sqlite, NULL, mode, NULL, NULL);
	sqlite3_busy_timeout(e->sqlite, BUSY_MS);
	if (rc == SQLITE_OK)
		return 0;
	/* Somebody else is at it, or a long read is in the way: the next one will do. */
	return (rc & 0xff) == SQLITE_BUSY ? ERR_BUSY : fail(rc, "checkpoint");
}

int64_t engine_log_pages(const struct engine *e)
{
	return e->log_pages;
}

/* One step: a copy in several would begin again at each write of another process. */
static int copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (!b)
		return fail(sqlite3_extended_errcode(to), "copy");
	(void)sqlite3_backup_step(b, -1);
	rc = sqlite3_backup_finish(b);
	return rc == SQLITE_OK ? 0 : fail(rc, "copy");
}

/* The check's first row is "ok", or what is wrong. */
static int check_pages(struct engine *e)
{
	CLEANUP(engine_finish) struct engine_stmt *s = NULL;
	int rc = engine_prepare(e, "integrity_check", "PRAGMA integrity_check(1)", &s);

	if (rc == 0)
		rc = engine_step(s);
	if (rc <= 0)
		return rc < 0 ? rc : ERR_CORRUPT;
	return str_eq(engine_col_text(s, 0), STR("ok")) ? 0 : ERR_CORRUPT;
}

/* No set_up(): the source stays as it is, and the copy shall have no log. */
static int open_plain(const char *path, int flags, struct engine **ret_engine)
{
	struct engine *e = xcalloc(1, sizeof(*e));
	int rc = sqlite3_open_v2(path, &e->sqlite, flags | SQLITE_OPEN_NOMUTEX, NULL);

	*ret_engine = e;
	if (rc != SQLITE_OK)
		return fail(rc, "open");
	sqlite3_extended_result_codes(e->sqlite, 1);
	sqlite3_busy_timeout(e->sqlite, BUSY_MS);
	return 0;
}

static int copy_into(const char *from, const char *to)
{
	CLEANUP(engine_close) struct engine *source = NULL, *target = NULL;
	int rc = open_plain(from, SQLITE_OPEN_READONLY, &source);

	if (rc == 0)
		rc = open_plain(to, SQLITE_OPEN_READWRITE, &target);
	if (rc == 0)
		rc = copy_pages(source->sqlite, target->sqlite);
	if (rc == 0)
		rc = engine_exec(target, "PRAGMA journal_mode=DELETE");
	return rc == 0 ? check_pages(target) : rc;
}

int engine_copy(const char *from, const char *to)
{
	struct file_log *f;
	int rc;

	if (!file_exists(from))
		return -ENOENT;
	if (file_exists(to))
		return -EEXIST;
	rc = file_log_open(to, &f); /* SQLite would make it readable for all */
	if (rc < 0)
		return rc;
	file_log_close(&f);
	rc = copy_into(from, to);
	if (rc < 0)
		(void)!file_remove(to);
	return rc;
}

int engine_prepare(struct engine *e, const char *name, const char *sql,
		   struct engine_stmt **ret_stmt)
{
	struct engine_stmt *s;
	sqlite3_stmt *sqlite;
	const char *rest;
	int rc;

	rc = sqlite3_prepare_v3(e->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &sqlite, &rest);
	if (rc != SQLITE_OK)
		return fail(rc, name);
	if (!sqlite || *rest) { /* not exactly one statement */
		sqlite3_finalize(sqlite);
		return fail(SQLITE_MISUSE, name);
	}
	s = xcalloc(1, sizeof(*s));
	s->sqlite = sqlite;
	s->name = name;
	*ret_stmt = s;
	return 0;
}

void engine_finish(struct engine_stmt **s)
{
	if (!*s)
		return;
	sqlite3_finalize((*s)->sqlite);
	free(TAKE(*s));
}

void engine_reset(struct engine_stmt *s)
{
	sqlite3_reset(s->sqlite); /* repeats the failure of the last step, which is known */
	sqlite3_clear_bindings(s->sqlite);
}

int engine_params(const struct engine_stmt *s)
{
	return sqlite3_bind_parameter_count(s->sqlite);
}

int engine_param(const struct engine_stmt *s, const char *name)
{
	return sqlite3_bind_parameter_index(s->sqlite, name);
}

static int bound(struct engine_stmt *s, int code)
{
	return code == SQLITE_OK ? 0 : fail(code, s->name);
}

int engine_bind_null(struct engine_stmt *s, int param)
{
	return bound(s, sqlite3_bind_null(s->sqlite, param));
}

int engine_bind_i64(struct engine_stmt *s, int param, int64_t value)
{
	return bound(s, sqlite3_bind_int64(s->sqlite, param, value));
}

int engine_bind_f64(struct engine_stmt *s, int param, double value)
{
	return bound(s, sqlite3_bind_double(s->sqlite, param, value));
}

int engine_bind_text(struct engine_stmt *s, int param, struct str value)
{
	return bound(s, sqlite3_bind_text64(s->sqlite, param, value.len > 0 ? value.p : "",
					    value.len, SQLITE_STATIC, SQLITE_UTF8));
}

int engine_bind_blob(struct engine_stmt *s, int param, struct str value)
{
	if (value.len == 0) /* a NULL pointer would bind NULL */
		return bound(s, sqlite3_bind_zeroblob(s->sqlite, param, 0));
	return bound(s, sqlite3_bind_blob64(s->sqlite, param, value.p, value.len, SQLITE_STATIC));
}

int engine_step(struct engine_stmt *s)
{
	sqlite3 *db = sqlite3_db_handle(s->sqlite);
	int rc = sqlite3_step(s->sqlite);

	switch (rc) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		s->changed = sqlite3_stmt_readonly(s->sqlite) ? 0 : sqlite3_changes64(db);
		return 0;
	default:
		return fail(sqlite3_extended_errcode(db), s->name);
	}
}

int64_t engine_changed(const struct engine_stmt *s)
{
	return s->changed;
}

int engine_cols(const struct engine_stmt *s)
{
	return sqlite3_column_count(s->sqlite);
}

enum engine_type engine_col_type(struct engine_stmt *s, int col)
{
	switch (sqlite3_column_type(s->sqlite, col)) {
	case SQLITE_INTEGER:
		return ENGINE_I64;
	case SQLITE_FLOAT:
		return ENGINE_F64;
	case SQLITE_TEXT:
		return ENGINE_TEXT;
	case SQLITE_BLOB:
		return ENGINE_BLOB;
	default:
		return ENGINE_NULL;
	}
}

int64_t engine_col_i64(struct engine_stmt *s, int col)
{
	return sqlite3_column_int64(s->sqlite, col);
}

double engine_col_f64(struct engine_stmt *s, int col)
{
	return sqlite3_column_double(s->sqlite, col);
}

struct str engine_col_text(struct engine_stmt *s, int col)
{
	const unsigned char *p = sqlite3_column_text(s->sqlite, col);

	return (struct str){ (const char *)p, (size_t)sqlite3_column_bytes(s->sqlite, col) };
}

struct str engine_col_blob(struct engine_stmt *s, int col)
{
	const void *p = sqlite3_column_blob(s->sqlite, col);

	return (struct str){ p, (size_t)sqlite3_column_bytes(s->sqlite, col) };
}
