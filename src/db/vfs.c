/* vfs.c - see vfs.h: first the log, then files without a name, then what opens them. */
#include "db/vfs.h"
#include "base/arena.h"
#include "base/os.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define VFS_NAME "imprimatur-writer"
#define ROOM     (128 * 1024) /* about 30 frames; more only fills the processor's cache */
#define TEMP_MIN (64 * 1024)  /* what a report's savepoint keeps */

/* ---- the log ---- */

/* What SQLite takes for its file; the system's own stands behind it, as long as that needs. */
struct log_file {
	sqlite3_file head;
	uint8_t *room; /* `len` octets that belong at `at` */
	sqlite3_int64 at;
	size_t len;
	sqlite3_file real[];
};

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)(void *)file;
}

static int flush(struct log_file *l)
{
	int rc = SQLITE_OK;

	/* What failed is not tried again: SQLite gives up the transaction, whose frames these are.
	 */
	if (l->len)
		rc = l->real->pMethods->xWrite(l->real, l->room, (int)l->len, l->at);
	l->len = 0;
	return rc;
}

static int write_log(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	struct log_file *l = log_of(file);
	size_t n = (size_t)len;
	int rc;

	if (at != l->at + (sqlite3_int64)l->len || l->len + n > ROOM) {
		rc = flush(l);
		if (rc != SQLITE_OK)
			return rc;
		l->at = at;
	}
	if (n > ROOM)
		return l->real->pMethods->xWrite(l->real, data, len, at);
	memcpy(l->room + l->len, data, n);
	l->len += n;
	return SQLITE_OK;
}

/* What fails here was written by statements that have ended: only an SQLITE_IOERR makes SQLite give
 * up the whole transaction, and not the statement that happens to read. */
static int flush_early(struct log_file *l)
{
	int rc = flush(l);

	if (rc == SQLITE_OK)
		return SQLITE_OK;
	return rc == SQLITE_FULL ? VFS_FULL_EARLY : SQLITE_IOERR_WRITE;
}

static int read_log(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	struct log_file *l = log_of(file);
	int rc = flush_early(l);

	return rc == SQLITE_OK ? l->real->pMethods->xRead(l->real, data, len, at) : rc;
}

static int truncate_log(sqlite3_file *file, sqlite3_int64 size)
{
	struct log_file *l = log_of(file);
	int rc = flush_early(l);

	return rc == SQLITE_OK ? l->real->pMethods->xTruncate(l->real, size) : rc;
}

static int sync_log(sqlite3_file *file, int flags)
{
	struct log_file *l = log_of(file);
	int rc = flush(l);

	return rc == SQLITE_OK ? l->real->pMethods->xSync(l->real, flags) : rc;
}

static int size_of_log(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	struct log_file *l = log_of(file);
	int rc = flush_early(l);

	return rc == SQLITE_OK ? l->real->pMethods->xFileSize(l->real, ret_size) : rc;
}

/* What was committed was synced. */
static int close_log(sqlite3_file *file)
{
	struct log_file *l = log_of(file);

	free(l->room);
	return l->real->pMethods->xClose(l->real);
}

static int lock_log(sqlite3_file *file, int level)
{
	return log_of(file)->real->pMethods->xLock(log_of(file)->real, level);
}

static int unlock_log(sqlite3_file *file, int level)
{
	return log_of(file)->real->pMethods->xUnlock(log_of(file)->real, level);
}

static int check_lock(sqlite3_file *file, int *ret_locked)
{
	return log_of(file)->real->pMethods->xCheckReservedLock(log_of(file)->real, ret_locked);
}

static int control_log(sqlite3_file *file, int what, void *arg)
{
	return log_of(file)->real->pMethods->xFileControl(log_of(file)->real, what, arg);
}

static int sector_size(sqlite3_file *file)
{
	return log_of(file)->real->pMethods->xSectorSize(log_of(file)->real);
}

static int traits(sqlite3_file *file)
{
	return log_of(file)->real->pMethods->xDeviceCharacteristics(log_of(file)->real);
}

/* Version 1: a log is neither mapped nor has shared memory. */
static const sqlite3_io_methods log_methods = {
	.iVersion = 1,
	.xClose = close_log,
	.xRead = read_log,
	.xWrite = write_log,
	.xTruncate = truncate_log,
	.xSync = sync_log,
	.xFileSize = size_of_log,
	.xLock = lock_log,
	.xUnlock = unlock_log,
	.xCheckReservedLock = check_lock,
	.xFileControl = control_log,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = traits,
};

/* ---- files without a name ---- */

struct temp_file {
	sqlite3_file head;
	uint8_t *data;
	sqlite3_int64 len, cap;
};

static struct temp_file *temp_of(sqlite3_file *file)
{
	return (struct temp_file *)(void *)file;
}

/* Doubles, so that a file that grows page by page is not copied with each. */
static void make_room(struct temp_file *t, sqlite3_int64 need)
{
	if (need <= t->cap)
		return;
	t->cap = t->cap ? t->cap : TEMP_MIN;
	while (t->cap < need)
		t->cap *= 2;
	t->data = xrealloc(t->data, (size_t)t->cap);
}

static int write_temp(sqlite3_file *file, const void *data, int len, sqlite3_int64 at)
{
	struct temp_file *t = temp_of(file);

	make_room(t, at + len);
	if (at > t->len)
		memset(t->data + t->len, 0, (size_t)(at - t->len));
	memcpy(t->data + at, data, (size_t)len);
	if (at + len > t->len)
		t->len = at + len;
	return SQLITE_OK;
}

/* What is beyond the end reads as zeros, and SQLite wants to know. */
static int read_temp(sqlite3_file *file, void *data, int len, sqlite3_int64 at)
{
	const struct temp_file *t = temp_of(file);
	sqlite3_int64 left = at < t->len ? t->len - at : 0;
	int n = left < len ? (int)left : len;

	if (n > 0)
		memcpy(data, t->data + at, (size_t)n);
	memset((char *)data + n, 0, (size_t)(len - n));
	return n < len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int truncate_temp(sqlite3_file *file, sqlite3_int64 size)
{
	struct temp_file *t = temp_of(file);

	if (size < t->len)
		t->len = size;
	return SQLITE_OK;
}

static int size_of_temp(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	*ret_size = temp_of(file)->len;
	return SQLITE_OK;
}

static int close_temp(sqlite3_file *file)
{
	free(temp_of(file)->data);
	return SQLITE_OK;
}

static int sync_temp(sqlite3_file *file, int flags)
{
	return SQLITE_OK;
}

static int lock_temp(sqlite3_file *file, int level)
{
	return SQLITE_OK;
}

static int check_temp_lock(sqlite3_file *file, int *ret_locked)
{
	*ret_locked = 0;
	return SQLITE_OK;
}

static int control_temp(sqlite3_file *file, int what, void *arg)
{
	return SQLITE_NOTFOUND;
}

static int no_traits(sqlite3_file *file)
{
	return 0; /* of a sector: SQLite's default */
}

static const sqlite3_io_methods temp_methods = {
	.iVersion = 1,
	.xClose = close_temp,
	.xRead = read_temp,
	.xWrite = write_temp,
	.xTruncate = truncate_temp,
	.xSync = sync_temp,
	.xFileSize = size_of_temp,
	.xLock = lock_temp,
	.xUnlock = lock_temp,
	.xCheckReservedLock = check_temp_lock,
	.xFileControl = control_temp,
	.xSectorSize = no_traits,
	.xDeviceCharacteristics = no_traits,
};

/* ---- the VFS ---- */

static sqlite3_vfs *system_vfs;
static sqlite3_vfs vfs;

static int open_log(const char *name, struct log_file *l, int flags, int *ret_flags)
{
	int rc;

	*l = (struct log_file){};
	rc = system_vfs->xOpen(system_vfs, name, l->real, flags, ret_flags);
	if (rc != SQLITE_OK)
		return rc;
	l->room = xmalloc(ROOM);
	l->head.pMethods = &log_methods;
	return SQLITE_OK;
}

static int open_file(sqlite3_vfs *self, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	if (flags & SQLITE_OPEN_WAL)
		return open_log(name, log_of(file), flags, ret_flags);
	if (name)
		return system_vfs->xOpen(system_vfs, name, file, flags, ret_flags);
	*temp_of(file) = (struct temp_file){ .head.pMethods = &temp_methods };
	if (ret_flags)
		*ret_flags = flags;
	return SQLITE_OK;
}

static void make_vfs(void)
{
	system_vfs = sqlite3_vfs_find(NULL);
	vfs = *system_vfs;
	vfs.zName = VFS_NAME;
	vfs.szOsFile += (int)(sizeof(struct log_file) + sizeof(struct temp_file));
	vfs.xOpen = open_file;
	vfs.pNext = NULL;
	if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK)
		die("SQLite takes no VFS");
}

const char *writer_vfs(void)
{
	sqlite3_mutex *lock;

	if (sqlite3_initialize() != SQLITE_OK)
		die("SQLite cannot be used");
	lock = sqlite3_mutex_alloc(SQLITE_MUTEX_STATIC_APP1);
	sqlite3_mutex_enter(lock);
	if (!system_vfs)
		make_vfs();
	sqlite3_mutex_leave(lock);
	return VFS_NAME;
}

void writer_vfs_forget(sqlite3 *db)
{
	sqlite3_file *file = NULL;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK &&
	    file && file->pMethods == &log_methods)
		log_of(file)->len = 0;
}
