/* file.h - files as this project uses them; with os.h the only door to the operating system's.
 *
 * All paths are UTF-8.  Builds with -Dtest_hooks=true honour the environment variable
 * IMPRIMATUR_TEST_FAULT=<call>:<what>:<n>: the n-th such call fails (n+: from the n-th on); call is
 * one of append sync cut replace overwrite read, what is ENOSPC EIO EACCES, or SHORT (half is
 * written, then ENOSPC). */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"

/* What root makes here does not become root's: a file that replaces one keeps its owner and group,
 * and a new file or folder gets those of the folder that it is in. */
enum file_mode { FILE_PRIVATE = 0600, FILE_PUBLIC = 0644 };

/* Appends the whole file.  -errno, ERR_TOO_LARGE beyond out->max; out is then unchanged. */
MUST_USE int file_read(const char *path, struct buf *out);
/* The same of what is a file and nothing else: -ELOOP for a link, -EINVAL for a folder, a pipe or a
 * device, which could keep us waiting. */
MUST_USE int file_read_regular(const char *path, struct buf *out);
/* Replaces the file atomically and durably: temporary file beside it, fsync, rename, fsync of the
 * folder. */
MUST_USE int file_replace(const char *path, const void *data, size_t len, enum file_mode mode);
/* Writes over the file that is there, for when there is no room for a second one; a crash may leave
 * a mixture.  -ENOSPC where the file would have to grow: it is then as it was, but for zeros at its
 * end. */
MUST_USE int file_overwrite(const char *path, const void *data, size_t len);
MUST_USE int file_make_dir(const char *path);   /* 0700, with parents; there already is no error */
MUST_USE int file_remove(const char *path);     /* absent is no error */
MUST_USE int file_remove_dir(const char *path); /* an empty folder; absent is no error */
/* Gives a file that is whole and on disk its name, durably.  -EEXIST: `to` is there. */
MUST_USE int file_move(const char *from, const char *to);
/* SHA-256 and length of a file of any size. */
MUST_USE int file_hash(const char *path, struct hash *ret_hash, int64_t *ret_bytes);
bool file_exists(const char *path);
/* Nothing is there; false, too, where one may not look. */
bool file_absent(const char *path);
/* The absolute path of the folder it lies in. */
char *file_folder(const char *path, struct arena *mem);
/* What we may still write on the disk that holds this file or folder; -1: not known. */
int64_t file_free_bytes(const char *path);
/* Per cent free of the disk's room and of its files (inodes), the lower; -1: not known.  A disk
 * that has no fixed number of files counts as free of that. */
int file_free_percent(const char *path);
/* Both are there and belong to the same account. */
bool file_same_owner(const char *a, const char *b);
/* Time, size and inode in one number, for "did it change"; 0 if absent. */
int64_t file_changed_ns(const char *path);

/* Nobody but its owner may read or write it; false also if there is none. */
bool file_is_private(const char *path);

/* Calls fn with each name in the folder (not "." and ".."), sorted; stops at its first non-zero
 * result. */
MUST_USE int file_list(const char *dir, int (*fn)(const char *name, void *arg), void *arg);

/* An append-only file of one thread.  A write is durable once file_log_sync returned 0.  After a
 * failed sync, or a write that could not be cut back, nobody knows what the disk holds: every
 * further append, sync and cut fails with -EIO until the file is opened (and its content checked)
 * again. */
struct file_log;
MUST_USE int file_log_open(const char *path, struct file_log **ret_log); /* creates it 0600 */
/* All or nothing: cut back on failure. */
MUST_USE int file_log_append(struct file_log *f, const void *data, size_t len);
MUST_USE int file_log_sync(struct file_log *f);
/* Writes over octets that are there (asserted).  A crash before the sync may leave a mixture. */
MUST_USE int file_log_overwrite(struct file_log *f, int64_t at, const void *data, size_t len);
MUST_USE int file_log_cut(struct file_log *f, int64_t size); /* shortens it: a torn tail */
/* The octets read, fewer at the end. */
MUST_USE int file_log_read(struct file_log *f, int64_t at, void *out, size_t len);
int64_t file_log_size(const struct file_log *f);
void file_log_close(struct file_log **f);

/* One process at a time: holds the file at path (made if absent, never removed) until freed, or
 * until the process ends.  -EWOULDBLOCK if another has it. */
struct file_lock;
MUST_USE int file_lock_take(const char *path, struct file_lock **ret_lock);
void file_lock_free(struct file_lock **l);

#endif
