/* db.c - opens the store, runs its readers, closes it. */
#include "db/db.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/thread.h"
#include "db/db_int.h"
#include "db/engine.h"
#include "db/job.h"
#include "db/keyring.h"
#include "db/migrate.h"
#include "db/queue.h"
#include "db/stmt.h"

#include <errno.h>
#include <stdlib.h>

struct id tenant_id(const struct tenant_db *db)
{
	return db->provider;
}

int tenant_make_key(struct tenant_db *db, struct id customer)
{
	return keyring_make(db->work->keys, db->provider, customer);
}

int tenant_erase_key(struct tenant_db *db, struct id customer)
{
	return keyring_erase(db->work->keys, db->provider, customer);
}

bool tenant_key_erased(struct tenant_db *db, struct id customer)
{
	return keyring_is_erased(db->work->keys, db->provider, customer);
}

struct tenant_db *system_tenant(struct system_db *db, struct id provider)
{
	struct tenant_db *tenant = ARENA_NEW(db->work->mem, struct tenant_db);

	*tenant = (struct tenant_db){ db->work, provider };
	return tenant;
}

/* One job on one snapshot. */
static void read_job(struct work *w, struct job *job)
{
	int rc;

	if (atomic_load_explicit(&job->gone, memory_order_relaxed)) {
		job->rc = ERR_CANCELLED;
		return;
	}
	rc = engine_transact(w->engine, ENGINE_BEGIN_READ);
	if (rc < 0) {
		job->rc = rc;
		return;
	}
	job_run(job, w);
	if (engine_in_transaction(w->engine))
		(void)!engine_transact(w->engine, ENGINE_ROLLBACK);
}

struct reader {
	struct db *db;
	struct work *work;
};

static void reader_run(void *arg)
{
	struct reader *r = arg;
	struct jobs done;
	struct job *job;

	jobs_init(&done);
	while ((job = queue_wait(r->db->queue, 0))) {
		read_job(r->work, job);
		jobs_append(&done, job);
		jobs_deliver(&done);
	}
	free(r);
}

static void start_reader(struct db *db, int i)
{
	struct reader *r = xmalloc(sizeof(*r));

	*r = (struct reader){ db, &db->readers[i] };
	db->reader_threads[i] = thread_start("db-read", reader_run, r);
}

/* Opens one connection for a thread; NULL engines of a half-open db are closed like the others. */
static int open_work(struct db *db, enum engine_mode mode, struct work *w)
{
	struct engine *e = NULL;
	int rc = engine_open(db->path, mode, &e);

	work_init(w, e, db->keys);
	return rc;
}

/* A store that is about to change its schema is copied first: "hub.db.schema-1" is what the version
 * before can go on with. */
int db_upgrade(struct db *db, const struct migration *list)
{
	struct engine *e = db->writer.engine;
	struct buf copy = buf_new(4096);
	int have = 0, last = 0;
	int rc = migrate_versions(e, list, &have, &last);

	if (rc == 0 && have > 0 && have < last) {
		buf_printf(&copy, "%s.schema-%d", db->path, have);
		rc = buf_status(&copy);
		if (rc == 0)
			rc = file_remove((char *)copy.data); /* of an upgrade that did not end */
		if (rc == 0)
			rc = db_copy(db->path, (char *)copy.data);
	}
	buf_done(&copy);
	return rc < 0 ? rc : migrate(e, list);
}

static int open_all(struct db *db)
{
	int rc = open_work(db, ENGINE_WRITE, &db->writer);

	if (rc == 0)
		rc = db_upgrade(db, migrations);
	for (int i = 0; i < DB_READERS && rc == 0; i++)
		rc = open_work(db, ENGINE_READ, &db->readers[i]);
	if (rc == 0)
		rc = engine_open(db->path, ENGINE_WRITE, &db->checkpoint_engine);
	return rc;
}

int db_open(const char *path, struct keyring *keys, struct db **ret_db)
{
	struct db *db = xcalloc(1, sizeof(*db));
	int rc;

	db->path = xstrdup(path);
	db->keys = keys;
	db->queue = queue_new();
	db->batch_ms = DB_BATCH_MS;
	db->checkpoint_lock = mutex_new();
	db->checkpoint_wanted = cond_new();
	rc = open_all(db);
	if (rc < 0) {
		db_close(&db);
		return rc;
	}
	db->writer_thread = thread_start("db-write", writer_run, db);
	for (int i = 0; i < DB_READERS; i++)
		start_reader(db, i);
	db->checkpoint_thread = thread_start("db-checkpoint", checkpoint_run, db);
	*ret_db = db;
	return 0;
}

int db_versions(const char *path, int *ret_have, int *ret_last)
{
	struct engine *e = NULL;
	int rc = file_exists(path) ? engine_open(path, ENGINE_WRITE, &e) : -ENOENT;

	if (rc == 0)
		rc = migrate_versions(e, migrations, ret_have, ret_last);
	engine_close(&e);
	return rc;
}

static void stop_threads(struct db *db)
{
	queue_close(db->queue);
	for (int i = 0; i < DB_READERS; i++)
		thread_join(&db->reader_threads[i]);
	thread_join(&db->writer_thread);
	mutex_lock(db->checkpoint_lock);
	db->checkpoint_stop = true;
	cond_signal(db->checkpoint_wanted);
	mutex_unlock(db->checkpoint_lock);
	thread_join(&db->checkpoint_thread);
}

void db_close(struct db **ret_db)
{
	struct db *db = *ret_db;

	if (!db)
		return;
	if (db->checkpoint_thread)
		stop_threads(db);
	engine_close(&db->checkpoint_engine);
	for (int i = 0; i < DB_READERS; i++)
		work_done(&db->readers[i]);
	work_done(&db->writer); /* the last connection copies the log back */
	queue_free(&db->queue);
	mutex_free(&db->checkpoint_lock);
	cond_free(&db->checkpoint_wanted);
	free(db->path);
	free(db);
	*ret_db = NULL;
}

void db_on_changed(struct db *db, struct loop *loop,
		   void (*fn)(const struct change_note *note, void *arg), void *arg)
{
	assert(db->listeners_len < DB_LISTENERS);
	db->listeners[db->listeners_len++] = (struct listener){ loop, fn, arg };
}

int db_copy(const char *from, const char *to)
{
	return engine_copy(from, to);
}

int db_check_queries(struct db *db, const char **ret_name)
{
	struct engine *e;
	int rc = engine_open(db->path, ENGINE_READ, &e);

	for (size_t i = 0; i < query_count() && rc == 0; i++) {
		const struct query *q = query_at(i);
		struct engine_stmt *s = NULL;

		rc = engine_prepare(e, q->name, q->sql, &s);
		if (rc < 0)
			*ret_name = q->name;
		engine_finish(&s);
	}
	engine_close(&e);
	return rc;
}
