/* wal.h - the writer's way to SQLite's write-ahead log: many small writes become few.
 *
 * SQLite writes each frame of the log in two calls, a header of 24 octets and a page.  Of a commit
 * that holds the pages of ten reports these are two hundred calls, a tenth of the writer's time.
 * Through this VFS (https://www.sqlite.org/vfs.html) they are gathered and written when the log is
 * synced, when something of it is read, or when the room is full.
 *
 * That is safe because nobody reads a frame before the log's index names it, which SQLite writes
 * after the sync that synchronous=FULL asks for with each commit; a writer that dies before it has
 * acknowledged nothing.  Only the log is treated so; all else goes to the system's own VFS. */
#ifndef DB_WAL_H
#define DB_WAL_H

/* For sqlite3_open_v2(), of a connection that writes and has synchronous=FULL.  Any thread. */
const char *wal_vfs(void);

#endif
