/* file.c - POSIX files: what must be durable is synced, what must be whole is renamed into place.
 */
#include "base/file.h"
#include "base/err.h"
#include "base/os.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HASH_CHUNK (256 * KIB)

struct file_log {
	int fd;
	int64_t size;
	bool broken; /* what the disk holds is not known any more */
};

struct file_lock {
	int fd;
};

enum call { APPEND, SYNC, CUT, REPLACE, OVERWRITE, READ };

#if TEST_HOOKS
#include <pthread.h>

/* The fault that this call shall meet: 0, an errno value, or SHORT_WRITE. */
#define SHORT_WRITE (-1)

static int fault_named(struct str what)
{
	static const struct {
		const char *name;
		int fault;
	} faults[] = {
		{ "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EACCES", EACCES }, { "SHORT", SHORT_WRITE }
	};

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (str_eq(str_of(faults[i].name), what))
			return faults[i].fault;
	}
	return 0;
}

/* How many times the call that `spec` names was made, this one included. */
static uint64_t count_call(const char *spec)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static char current[64];
	static uint64_t seen;
	uint64_t now;

	pthread_mutex_lock(&lock);
	if (strncmp(current, spec, sizeof(current) - 1) != 0) {
		strncpy(current, spec, sizeof(current) - 1);
		seen = 0;
	}
	now = ++seen;
	pthread_mutex_unlock(&lock);
	return now;
}

static int fault_of(enum call call)
{
	static const char *const calls[] = {
		"append", "sync", "cut", "replace", "overwrite", "read"
	};
	const char *spec = getenv("IMPRIMATUR_TEST_FAULT");
	struct str nth = str_of(spec), name, what;
	uint64_t from, now;
	bool on;

	if (!str_split(&nth, ':', &name) || !str_eq(name, str_of(calls[call])) ||
	    !str_split(&nth, ':', &what) || nth.len == 0)
		return 0;
	on = nth.p[nth.len - 1] == '+';
	nth.len -= on;
	if (!str_to_u64(nth, &from))
		return 0;
	now = count_call(spec);
	return now == from || (on && now > from) ? fault_named(what) : 0;
}
#else
#define SHORT_WRITE (-1)

static inline int fault_of(enum call call)
{
	return 0;
}
#endif

static void close_fdp(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int open_file(const char *path, int flags, mode_t mode)
{
	int fd;

	do {
		fd = open(path, flags | O_CLOEXEC, mode);
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : fd;
}

/* `len` octets at `at`, or -errno. */
static int write_all(int fd, const void *data, size_t len, int64_t at, enum call call)
{
	int fault = fault_of(call);
	const char *p = data;

	if (fault > 0)
		return -fault;
	if (fault == SHORT_WRITE)
		len /= 2;
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		len -= (size_t)n;
		at += n;
	}
	return fault == SHORT_WRITE ? -ENOSPC : 0;
}

char *file_folder(const char *path, struct arena *mem)
{
	const char *slash = strrchr(path, '/');
	char here[PATH_MAX];

	if (slash == path)
		return arena_strdup(mem, "/");
	if (path[0] == '/')
		return arena_strndup(mem, path, (size_t)(slash - path));
	if (!getcwd(here, sizeof(here)))
		die("the working folder is gone: %s", strerror(errno));
	if (!slash)
		return arena_strdup(mem, here);
	return arena_printf(mem, "%s/%.*s", here, (int)(slash - path), path);
}

/* A name is durable only once its folder is. */
static int sync_folder_of(const char *path)
{
	struct arena mem = {};
	int fd = open_file(file_folder(path, &mem), O_RDONLY | O_DIRECTORY, 0);
	int rc = 0;

	arena_done(&mem);
	if (fd < 0)
		return fd;
	if (fsync(fd) < 0)
		rc = -errno;
	close(fd);
	return rc;
}

static int stat_folder_of(const char *path, struct stat *ret_st)
{
	struct arena mem = {};
	int rc = stat(file_folder(path, &mem), ret_st) < 0 ? -errno : 0;

	arena_done(&mem);
	return rc;
}

/* What a command run as root makes must not be taken away from the service: it is the property of
 * whoever owns `kin`. */
static int give(int fd, const struct stat *kin)
{
	struct stat made;

	if (geteuid() != 0)
		return 0;
	if (fstat(fd, &made) < 0)
		return -errno;
	/* The folder's owner may have made it a second name of a file that is not his. */
	if (!S_ISDIR(made.st_mode) && made.st_nlink != 1)
		return -EMLINK;
	if (made.st_uid == kin->st_uid && made.st_gid == kin->st_gid)
		return 0;
	return fchown(fd, kin->st_uid, kin->st_gid) < 0 ? -errno : 0;
}

static int give_to_folder(int fd, const char *path)
{
	struct stat folder;
	int rc = stat_folder_of(path, &folder);

	return rc < 0 ? rc : give(fd, &folder);
}

/* The file at path, which is made if absent.  Only what was made here is given away: a name that
 * was there may lead anywhere. */
static int open_or_make(const char *path)
{
	int fd = open_file(path, O_RDWR | O_CREAT | O_EXCL, FILE_PRIVATE);
	int rc;

	if (fd == -EEXIST)
		return open_file(path, O_RDWR | O_CREAT, FILE_PRIVATE);
	if (fd < 0)
		return fd;
	rc = give_to_folder(fd, path);
	if (rc == 0)
		return fd;
	close(fd);
	unlink(path);
	return rc;
}

static int read_into(int fd, struct buf *out)
{
	char step[16 * KIB];
	ssize_t n;

	do {
		n = read(fd, step, sizeof(step));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		buf_put(out, step, (size_t)n);
		if (out->failed) {
			explicit_bzero(step, sizeof(step));
			return ERR_TOO_LARGE;
		}
	} while (n != 0);
	explicit_bzero(step, sizeof(step)); /* it may have been a key */
	return 0;
}

static int open_regular(const char *path)
{
	int fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -EINVAL;
}

static int read_opened(int opened, struct buf *out)
{
	CLEANUP(close_fdp) int fd = opened;
	size_t before = out->len;
	int fault = fault_of(READ);
	int rc;

	if (fd < 0)
		return fd;
	if (out->failed)
		return ERR_TOO_LARGE;
	if (fault > 0)
		return -fault;
	rc = read_into(fd, out);
	if (rc < 0) {
		out->len = before;
		out->failed = false;
		if (out->data)
			out->data[before] = 0;
	}
	return rc;
}

int file_read(const char *path, struct buf *out)
{
	return read_opened(open_file(path, O_RDONLY, 0), out);
}

int file_read_regular(const char *path, struct buf *out)
{
	return read_opened(open_regular(path), out);
}

/* Opens the temporary file that several processes may want at once: whoever holds its lock writes
 * it, and renames it away, after which those who waited find that it is not the file of that name
 * any more. */
static int open_new(const char *path, enum file_mode mode)
{
	for (;;) {
		int fd = open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW, mode);
		struct stat held, named;

		if (fd < 0)
			return fd;
		if (flock(fd, LOCK_EX) == 0 && fstat(fd, &held) == 0) {
			if (stat(path, &named) == 0 && held.st_ino == named.st_ino &&
			    held.st_dev == named.st_dev)
				return fd;
		} else if (errno != EINTR) {
			int rc = -errno;

			close(fd);
			return rc;
		}
		close(fd);
	}
}

static int write_new(int fd, const void *data, size_t len, enum file_mode mode)
{
	int rc;

	if (ftruncate(fd, 0) < 0 || fchmod(fd, mode) < 0)
		return -errno;
	rc = write_all(fd, data, len, 0, REPLACE);
	if (rc < 0)
		return rc;
	return fsync(fd) < 0 ? -errno : 0;
}

static int give_as_old(int fd, const char *path)
{
	struct stat old;

	return lstat(path, &old) == 0 ? give(fd, &old) : give_to_folder(fd, path);
}

int file_replace(const char *path, const void *data, size_t len, enum file_mode mode)
{
	CLEANUP(close_fdp) int fd = -1;
	char temporary[PATH_MAX];
	size_t n = strlen(path);
	int rc;

	if (n + sizeof(".new") > sizeof(temporary))
		return -ENAMETOOLONG;
	memcpy(temporary, path, n);
	memcpy(temporary + n, ".new", sizeof(".new"));
	fd = open_new(temporary, mode);
	if (fd < 0)
		return fd;
	rc = give_as_old(fd, path);
	if (rc == 0)
		rc = write_new(fd, data, len, mode);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = -errno;
	if (rc < 0) {
		unlink(temporary);
		return rc;
	}
	return sync_folder_of(path);
}

static int give_dir(const char *path)
{
	int fd = open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	int rc;

	if (fd < 0)
		return fd;
	rc = give_to_folder(fd, path);
	close(fd);
	return rc;
}

static int make_dir(const char *path)
{
	struct stat st;
	int rc;

	if (mkdir(path, 0700) == 0) {
		rc = give_dir(path);
		return rc < 0 ? rc : sync_folder_of(path);
	}
	if (errno != EEXIST)
		return -errno;
	if (stat(path, &st) < 0)
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int file_overwrite(const char *path, const void *data, size_t len)
{
	CLEANUP(close_fdp) int fd = open_file(path, O_WRONLY | O_NOFOLLOW, 0);
	int rc;

	if (fd < 0)
		return fd;
	rc = -posix_fallocate(fd, 0, (off_t)len);
	if (rc == 0)
		rc = write_all(fd, data, len, 0, OVERWRITE);
	if (rc == 0 && (ftruncate(fd, (off_t)len) < 0 || fsync(fd) < 0))
		rc = -errno;
	return rc;
}

int file_make_dir(const char *path)
{
	char *part, *slash;
	int rc = 0;

	if (!*path)
		return -ENOENT;
	part = xstrdup(path);
	for (slash = strchr(part + 1, '/'); slash && rc == 0; slash = strchr(slash + 1, '/')) {
		struct stat st;

		*slash = 0;
		/* A parent may be there and yet not ours to make (read-only, or no right to look).
		 */
		rc = stat(part, &st) == 0 && S_ISDIR(st.st_mode) ? 0 : make_dir(part);
		*slash = '/';
	}
	free(part);
	return rc < 0 ? rc : make_dir(path);
}

int file_remove(const char *path)
{
	if (unlink(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder_of(path);
}

int file_move(const char *from, const char *to)
{
	int rc;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		return -errno;
	rc = sync_folder_of(to);
	return rc < 0 ? rc : sync_folder_of(from);
}

int file_hash(const char *path, struct hash *ret_hash, int64_t *ret_bytes)
{
	CLEANUP(close_fdp) int fd = open_file(path, O_RDONLY, 0);
	struct hash_parts *parts;
	int64_t bytes = 0;
	uint8_t *chunk;
	ssize_t n;

	if (fd < 0)
		return fd;
	parts = hash_begin();
	chunk = xmalloc(HASH_CHUNK);
	while ((n = read(fd, chunk, HASH_CHUNK)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0) {
			hash_add(parts, chunk, (size_t)n);
			bytes += n;
		}
	}
	free(chunk);
	*ret_hash = hash_end(&parts);
	*ret_bytes = bytes;
	return n < 0 ? -errno : 0;
}

int file_remove_dir(const char *path)
{
	if (rmdir(path) < 0)
		return errno == ENOENT ? 0 : -errno;
	return sync_folder_of(path);
}

bool file_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool file_absent(const char *path)
{
	return access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The kernel's file times are coarse (4 ms): two changes may share one, hence size and inode too.
 */
int64_t file_free_bytes(const char *path)
{
	struct statvfs st;

	if (statvfs(path, &st) < 0)
		return -1;
	return (int64_t)st.f_bavail * (int64_t)st.f_frsize;
}

static int percent(uint64_t part, uint64_t all)
{
	return all ? (int)((double)part * 100 / (double)all) : 100;
}

int file_free_percent(const char *path)
{
	struct statvfs st;
	int room, files;

	if (statvfs(path, &st) < 0)
		return -1;
	room = percent(st.f_bavail, st.f_blocks);
	files = percent(st.f_favail, st.f_files);
	return room < files ? room : files;
}

bool file_same_owner(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 && sa.st_uid == sb.st_uid;
}

bool file_is_private(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & 077) == 0;
}

int64_t file_changed_ns(const char *path)
{
	struct stat st;
	int64_t ns;

	if (stat(path, &st) < 0)
		return 0;
	ns = ((int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec) ^
	     (int64_t)((uint64_t)st.st_ino << 40) ^ st.st_size;
	return ns ? ns : 1;
}

struct names {
	char **items;
	size_t len, cap;
};

static int read_names(const char *dir, struct names *ret_names)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int rc;

	if (!d)
		return -errno;
	while (errno = 0, (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (ret_names->len == ret_names->cap) {
			ret_names->cap = ret_names->cap ? 2 * ret_names->cap : 16;
			ret_names->items = xrealloc(ret_names->items,
						    ret_names->cap * sizeof(*ret_names->items));
		}
		ret_names->items[ret_names->len++] = xstrdup(e->d_name);
	}
	rc = -errno;
	closedir(d);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int file_list(const char *dir, int (*fn)(const char *name, void *arg), void *arg)
{
	struct names names = {};
	int rc = read_names(dir, &names);

	if (names.len > 0)
		qsort(names.items, names.len, sizeof(*names.items), by_name);
	for (size_t i = 0; i < names.len; i++) {
		if (rc == 0)
			rc = fn(names.items[i], arg);
		free(names.items[i]);
	}
	free(names.items);
	return rc;
}

int file_log_open(const char *path, struct file_log **ret_log)
{
	CLEANUP(close_fdp) int fd = -1;
	struct file_log *f;
	struct stat st;
	int rc;

	fd = open_or_make(path);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	rc = sync_folder_of(path);
	if (rc < 0)
		return rc;
	f = xcalloc(1, sizeof(*f));
	f->size = st.st_size;
	f->fd = TAKE_FD(fd);
	*ret_log = f;
	return 0;
}

int file_log_append(struct file_log *f, const void *data, size_t len)
{
	int rc;

	if (f->broken)
		return -EIO;
	rc = write_all(f->fd, data, len, f->size, APPEND);
	if (rc < 0) {
		if (ftruncate(f->fd, f->size) < 0)
			f->broken = true;
		return rc;
	}
	f->size += (int64_t)len;
	return 0;
}

int file_log_overwrite(struct file_log *f, int64_t at, const void *data, size_t len)
{
	int rc;

	assert(at >= 0 && at + (int64_t)len <= f->size);
	if (f->broken)
		return -EIO;
	rc = write_all(f->fd, data, len, at, OVERWRITE);
	if (rc < 0)
		f->broken = true;
	return rc;
}

int file_log_sync(struct file_log *f)
{
	int fault;

	if (f->broken)
		return -EIO;
	fault = fault_of(SYNC);
	if (fault <= 0 && fdatasync(f->fd) == 0)
		return 0;
	fault = fault > 0 ? fault : errno;
	/* The kernel reports a lost page once and then calls it clean: a second sync would lie. */
	f->broken = true;
	return -fault;
}

int file_log_cut(struct file_log *f, int64_t size)
{
	int fault;

	assert(size >= 0 && size <= f->size);
	if (f->broken)
		return -EIO;
	fault = fault_of(CUT);
	if (fault > 0)
		return -fault;
	if (ftruncate(f->fd, size) < 0)
		return -errno;
	f->size = size;
	return file_log_sync(f);
}

int file_log_read(struct file_log *f, int64_t at, void *out, size_t len)
{
	char *p = out;
	size_t done = 0;
	int fault = fault_of(READ);

	if (fault > 0)
		return -fault;
	if (len > INT_MAX)
		len = INT_MAX;
	while (done < len) {
		ssize_t n = pread(f->fd, p + done, len - done, at + (int64_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (int)done;
}

int64_t file_log_size(const struct file_log *f)
{
	return f->size;
}

void file_log_close(struct file_log **f)
{
	if (!*f)
		return;
	close((*f)->fd);
	free(TAKE(*f));
}

int file_lock_take(const char *path, struct file_lock **ret_lock)
{
	CLEANUP(close_fdp) int fd = -1;
	struct file_lock *l;

	fd = open_or_make(path);
	if (fd < 0)
		return fd;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	l = xcalloc(1, sizeof(*l));
	l->fd = TAKE_FD(fd);
	*ret_lock = l;
	return 0;
}

void file_lock_free(struct file_lock **l)
{
	if (!*l)
		return;
	close((*l)->fd);
	free(TAKE(*l));
}
