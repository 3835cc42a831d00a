/* work.h - what a database thread has at hand while it runs a job; db/ only.
 *
 * One struct work a thread: its connection, its prepared statements, and of the running job the
 * memory, the statements not yet ended and the changes written. */
#ifndef DB_WORK_H
#define DB_WORK_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/list.h"
#include "base/map.h"
#include "db/change.h"

struct engine;
struct keyring;
struct stmt;
struct row_key;

struct work {
	struct engine *engine;
	struct keyring *keys;
	struct map stmts;          /* struct query * -> struct stmt *, idle or open */
	struct link open;          /* statements of the running job */
	struct arena *mem;         /* of the running job */
	struct change_note *notes; /* written since the owner set notes_len to 0 */
	size_t notes_len, notes_cap;
};

struct tenant_db {
	struct work *work;
	struct id provider;
};

struct system_db {
	struct work *work;
};

/* Takes the engine over. */
void work_init(struct work *w, struct engine *engine, struct keyring *keys);
void work_done(struct work *w);

void work_begin_job(struct work *w, struct arena *mem);
/* `rc` of the job; ERR_INTERNAL if it left a statement open. */
MUST_USE int work_end_job(struct work *w, int rc);

void work_note(struct work *w, const struct change_note *note);

/* stmt.c: ends what a job left open, the count / frees an idle statement. */
int stmt_drop_open(struct work *w);
void stmt_free(struct stmt *st);

/* seal_row.c: the box of a row, appended to `out`, and back. */
MUST_USE int row_seal(const struct tenant_db *db, struct id customer, const struct row_key *row,
		      const void *data, size_t len, struct buf *out);
MUST_USE int row_unseal(const struct tenant_db *db, const struct row_key *row, struct str box,
			struct buf *out);

/* stmt.c: a blob column without a copy, valid until the next row. */
struct str stmt_view(struct stmt *st, int col);
/* stmt.c: the statement's handle; NULL after an error or for a system query. */
const struct tenant_db *stmt_tenant(struct stmt *st);

#endif
