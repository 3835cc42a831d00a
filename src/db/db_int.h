/* db_int.h - inside of struct db; db/ and its tests only. */
#ifndef DB_DB_INT_H
#define DB_DB_INT_H

#include "db/db.h"
#include "db/work.h"

#define DB_READERS   2
#define DB_LISTENERS 8
/* With what a commit costs (writer.c), as long as the first of a batch may wait for the others. */
#define DB_BATCH_MS 5

struct cond;
struct mutex;
struct queue;
struct thread;

struct listener {
	struct loop *loop;
	void (*fn)(const struct change_note *note, void *arg);
	void *arg;
};

struct db {
	char *path;
	struct keyring *keys;
	struct queue *queue;
	struct work writer, readers[DB_READERS];
	struct thread *writer_thread, *reader_threads[DB_READERS];

	struct listener listeners[DB_LISTENERS];
	size_t listeners_len;

	/* The checkpointer, and what it waits for. */
	struct engine *checkpoint_engine;
	struct thread *checkpoint_thread;
	struct mutex *checkpoint_lock;
	struct cond *checkpoint_wanted;
	bool checkpoint_due, checkpoint_stop;
	int64_t log_pages_tried; /* writer thread */

	/* For how long a batch takes in who comes: DB_BATCH_MS but in tests, where what stands
	 * behind a gate is one batch also on a slow machine. */
	_Atomic int64_t batch_ms;
	/* Asked before each COMMIT, on the writer thread: a negative value fails it.  NULL but in
	 * tests, because a disk does not break on demand. */
	int (*_Atomic before_commit)(void *arg); /* the argument is set before it */
	void *_Atomic before_commit_arg;
};

/* db.c: brings the store to the end of `list`; migrate.h. */
struct migration;
MUST_USE int db_upgrade(struct db *db, const struct migration *list);

/* writer.c: the threads' functions; `arg` is the struct db. */
void writer_run(void *arg);
void checkpoint_run(void *arg);

#endif
