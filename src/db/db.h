/* db.h - the hub's store: jobs that run on database threads.
 *
 * SQL blocks, loops must not: a handler submits a job, the job's function runs on a database thread
 * with its own copy of the job struct, and done() comes back on the loop that submitted it.
 *
 *   loop thread                     writer thread                        loop thread
 *   db_write(owner, ...) --copy-->  BEGIN  job job job ...  COMMIT  -->  on_changed()...  done()...
 *
 * Writes are committed in groups: the writer takes all jobs that wait (at most 256, at most 5 ms),
 * each in a SAVEPOINT, then one COMMIT that reaches the disk, then every done().  A failed job
 * rolls back alone; if the COMMIT fails, all jobs of the group get ERR_UNCERTAIN.  Reads run on
 * two more threads, each job on one snapshot; a read submitted after a write's done() sees that
 * write.
 *
 * Three kinds of handle, three C types:
 *   struct db         the store itself, in the loop's hands; any thread may submit
 *   struct tenant_db  one provider's data, within a job; its queries bind :provider themselves
 *   struct system_db  all providers' data, within a job: login by e-mail or token, enrolment by
 *                     code, connector by thumbprint, operator, start-up scans;
 *                     test/checks/system_uses.txt lists every use, any other fails a test
 *
 * Limits: DB_QUEUE_PROVIDER jobs waiting a provider, DB_QUEUE_ALL in all; beyond that done() gets
 * ERR_BUSY.  A batch that another process's write keeps from beginning for 5 s gets ERR_BUSY, too.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include "base/arena.h"
#include "base/err.h"
#include "base/id.h"
#include "base/list.h"

struct change_note;
struct db;
struct keyring;
struct loop;
struct system_db;
struct tenant_db;

#define DB_QUEUE_PROVIDER 512 /* system jobs share one such queue of DB_QUEUE_ALL */
#define DB_QUEUE_ALL      8192

/* Opens the file (made 0600 if absent), brings its schema up to date, starts the threads. `keys`
 * must outlive the db.  ERR_NEWER: written by a newer version; ERR_CORRUPT: no database, or a
 * migration was altered; ERR_BUSY; -errno. */
MUST_USE int db_open(const char *path, struct keyring *keys, struct db **ret_db);

/* The schema's version that the file has (0: none) and the one of this program; changes nothing,
 * a hub may run.  Errors as of db_open. */
MUST_USE int db_versions(const char *path, int *ret_have, int *ret_last);

/* Runs what waits, ends the threads, closes the file; *db becomes NULL.  No owner may submit any
 * more; done() of what ran is still delivered by loops that go on running. */
void db_close(struct db **db);

/* After each COMMIT, before the done() of its jobs: fn for each change row in it, in the order of
 * seq within a provider, on `loop`.  The note is valid during the call.  Register before the first
 * job; at most 8 listeners. */
void db_on_changed(struct db *db, struct loop *loop,
		   void (*fn)(const struct change_note *note, void *arg), void *arg);

/* Who waits for jobs; embedded in a request.  One loop's thread only. */
struct db_owner {
	struct db *db;
	struct loop *loop;
	void *arg;
	struct link jobs;
};

/* `owner` is handed to done(). */
void db_owner_init(struct db_owner *o, struct db *db, struct loop *loop, void *owner);

/* The owner goes away: no done() is called any more, reads that have not begun are not run, writes
 * are.  May be called in any state, more than once.
 *
 * A job struct is copied flat: the texts and lists it points to stay where they are and must not
 * change before done().  Hence `keep`: the arena they live in (a request's), or NULL.  If jobs are
 * still out, its memory moves to them and is wiped and freed after the last; the arena is empty
 * then.  Otherwise it is left alone. */
void db_owner_done(struct db_owner *o, struct arena *keep);

/* On a database thread.  A negative result rolls back; it becomes done()'s rc.  `job` is the job's
 * own copy; what is allocated in `mem` lives until done() returned. */
typedef int (*db_fn)(struct tenant_db *db, struct arena *mem, void *job);
typedef int (*db_system_fn)(struct system_db *db, struct arena *mem, void *job);

/* On the owner's loop, exactly once unless the owner is gone; never from inside the submitting
 * call.  `job` and what lives in `mem` are wiped and freed when it returns. */
typedef void (*db_done_fn)(int rc, void *job, void *owner);

/* `size` octets of *job are copied; done may be NULL.  Writing in a read job is ERR_INTERNAL. */
void db_read(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done, const void *job,
	     size_t size);
void db_write(struct db_owner *o, struct id provider, db_fn fn, db_done_fn done, const void *job,
	      size_t size);
void db_system_read(struct db_owner *o, db_system_fn fn, db_done_fn done, const void *job,
		    size_t size);
void db_system_write(struct db_owner *o, db_system_fn fn, db_done_fn done, const void *job,
		     size_t size);

/* The same, waiting for the result: for command lines, start-up and tests, never on a loop that
 * serves.  fn gets `job` itself and `mem`. */
MUST_USE int db_wait_read(struct db *db, struct id provider, db_fn fn, void *job,
			  struct arena *mem);
MUST_USE int db_wait_write(struct db *db, struct id provider, db_fn fn, void *job,
			   struct arena *mem);
MUST_USE int db_wait_system_read(struct db *db, db_system_fn fn, void *job, struct arena *mem);
MUST_USE int db_wait_system_write(struct db *db, db_system_fn fn, void *job, struct arena *mem);

/* A whole copy of the store `from`, which a running hub may be writing, in the new file `to`: one
 * moment of it, one file, 0600, on disk, its pages checked.  Text in it stays sealed; no key is
 * needed.  -EEXIST: `to` is there; ERR_CORRUPT; -ENOSPC; -errno; after a failure `to` is not there.
 */
MUST_USE int db_copy(const char *from, const char *to);

/* Within a job. */
struct id tenant_id(const struct tenant_db *db); /* the provider */
/* Makes the key that seals a customer's rows (zero: the provider's own rows), durably; call it
 * before the first row of a new customer or provider is written.  It is there already: 0. */
MUST_USE int tenant_make_key(struct tenant_db *db, struct id customer);
/* Erases a customer's key, at once and for good: what the transaction becomes does not matter to
 * it. */
MUST_USE int tenant_erase_key(struct tenant_db *db, struct id customer);
bool tenant_key_erased(struct tenant_db *db, struct id customer);

/* One provider's handle within the same job and transaction; valid as long as `db`. */
struct tenant_db *system_tenant(struct system_db *db, struct id provider);

/* Prepares every query of the program (stmt.h) against the store: 0, or ERR_INTERNAL with the
 * failing query's name in *ret_name. */
MUST_USE int db_check_queries(struct db *db, const char **ret_name);

#endif
