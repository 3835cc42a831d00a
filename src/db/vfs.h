/* vfs.h - the files of the connection that writes (https://www.sqlite.org/vfs.html).
 *
 * The log.  SQLite writes each frame of it in two calls, a header of 24 octets and a page.  Of a
 * commit that holds the pages of ten reports these are two hundred calls, a tenth of the writer's
 * time.  Here they are gathered and written when the log is synced, when something of it is read,
 * or when the room is full.  That is safe because nobody reads a frame before the log's index names
 * it, which SQLite writes after the sync that synchronous=FULL asks for with each commit; a writer
 * that dies before has acknowledged nothing.
 *
 * Files without a name: what a savepoint may have to put back, what a sort or a temporary table
 * spills.  They are kept in memory.  SQLite can do that itself (temp_store=MEMORY), but then keeps
 * them in pieces of a kilobyte: a hundred allocations a report, and a tenth of its time.
 *
 * All else goes to the system's own VFS. */
#ifndef DB_VFS_H
#define DB_VFS_H

struct sqlite3;

/* What a statement ends with that found the disk full because it read something that was gathered:
 * SQLITE_IOERR (10) with an extension that SQLite itself does not have. */
#define VFS_FULL_EARLY (10 | 200 << 8)

/* For sqlite3_open_v2(), of a connection with synchronous=FULL and temp_store=FILE.  Any thread. */
const char *writer_vfs(void);

/* After each ROLLBACK and before each BEGIN of such a connection: pages that a transaction wrote
 * before its end, because they did not fit the cache, may still be gathered.  Once it is given up
 * and the lock is gone, their place in the log is another process's. */
void writer_vfs_forget(struct sqlite3 *db);

#endif
