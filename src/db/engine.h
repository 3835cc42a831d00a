/* engine.h - what db/ asks of a database engine; the only file that knows SQLite is sqlite.c.
 *
 * One struct engine is one connection of one thread at a time.  Statements belong to their engine
 * and must be finished before it closes.  Errors: ERR_BUSY (another process writes), ERR_CONFLICT
 * (a unique key exists), ERR_CORRUPT, -ENOSPC, -EIO, else ERR_INTERNAL; failures other than
 * ERR_CONFLICT are logged here, by query name and the engine's number, never with its text. */
#ifndef DB_ENGINE_H
#define DB_ENGINE_H

#include "base/buf.h"

struct engine;
struct engine_stmt;

enum engine_mode {
	ENGINE_WRITE, /* makes the file if it is absent */
	ENGINE_READ,  /* refuses statements that write; ERR_INTERNAL */
};

MUST_USE int engine_open(const char *path, enum engine_mode mode, struct engine **ret_engine);
void engine_close(struct engine **e);

/* Runs a script of our own. */
MUST_USE int engine_exec(struct engine *e, const char *sql);
/* The same for a text of schema/: what stands there for this engine alone counts too. */
MUST_USE int engine_schema(struct engine *e, const char *sql);

/* The steps of transactions and of the one savepoint within them.  Prepared once, because a write
 * job takes two of them and parsing took longer than running. */
enum engine_transaction {
	ENGINE_BEGIN_READ,
	ENGINE_BEGIN_WRITE, /* takes the write lock at once */
	ENGINE_COMMIT,
	ENGINE_ROLLBACK,
	ENGINE_SAVE,
	ENGINE_RELEASE,
	ENGINE_ROLLBACK_TO,
	ENGINE_STEPS,
};
MUST_USE int engine_transact(struct engine *e, enum engine_transaction step);
bool engine_in_transaction(const struct engine *e);

/* Copies the log into the database file: what can be copied beside a writer, or, with `whole`, all
 * of it so that the log begins anew (waits for readers). */
MUST_USE int engine_checkpoint(struct engine *e, bool whole);
int64_t engine_log_pages(const struct engine *e); /* in the log after the last commit here */

/* Copies the database `from`, which others may be writing, as it is at one moment into the new file
 * `to` (0600): one file without a log, on disk, checked page by page.  -EEXIST: `to` is there;
 * after another failure it is not. */
MUST_USE int engine_copy(const char *from, const char *to);

MUST_USE int engine_prepare(struct engine *e, const char *name, const char *sql,
			    struct engine_stmt **ret_stmt);
void engine_finish(struct engine_stmt **s);
void engine_reset(struct engine_stmt *s); /* ends the run, forgets what was bound */

int engine_params(const struct engine_stmt *s);
int engine_param(const struct engine_stmt *s, const char *name); /* from 1; 0: none of this name */

/* What text and blob point to is not copied: it must stay as it is until engine_reset. */
MUST_USE int engine_bind_null(struct engine_stmt *s, int param);
MUST_USE int engine_bind_i64(struct engine_stmt *s, int param, int64_t value);
MUST_USE int engine_bind_f64(struct engine_stmt *s, int param, double value);
MUST_USE int engine_bind_text(struct engine_stmt *s, int param, struct str value);
MUST_USE int engine_bind_blob(struct engine_stmt *s, int param, struct str value);

MUST_USE int engine_step(struct engine_stmt *s);     /* 1: a row, 0: the end, negative: failed */
int64_t engine_changed(const struct engine_stmt *s); /* rows, by the run that just ended */

enum engine_type { ENGINE_NULL, ENGINE_I64, ENGINE_F64, ENGINE_TEXT, ENGINE_BLOB };

/* Of the current row; views are valid until the next engine_step or engine_reset. */
int engine_cols(const struct engine_stmt *s);
enum engine_type engine_col_type(struct engine_stmt *s, int col);
int64_t engine_col_i64(struct engine_stmt *s, int col);
double engine_col_f64(struct engine_stmt *s, int col);
struct str engine_col_text(struct engine_stmt *s, int col);
struct str engine_col_blob(struct engine_stmt *s, int col);

#endif
