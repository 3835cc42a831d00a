/* listen.c - see listen.h. */
#include "net/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"

#define BACKLOG      1024
#define HANDED_FIRST 3 /* SD_LISTEN_FDS_START */
#define HANDED_MAX   64

/* A socket that a dead process left behind, and nothing else that may have this name. */
static void remove_stale(const char *path)
{
	struct stat st;

	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
}

static int open_socket(const struct address *at, int *ret_fd)
{
	const char *path = address_unix_path(at);
	int on = 1, rc = 0;
	int fd = socket(at->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (path) {
		fchmod(fd, 0600); /* the socket's file is made with this mode: nobody gets in before
				     it */
		remove_stale(path);
	}
	if (bind(fd, (const struct sockaddr *)&at->sa, at->len) < 0 || listen(fd, BACKLOG) < 0) {
		rc = -errno;
		close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

int listen_open(const char *where, enum listen_kind kind, struct address *ret_at, int *ret_fd)
{
	struct address at;
	int rc = address_parse(where, &at);

	if (rc == 0 && kind == LISTEN_PLAIN && !at.local)
		rc = ERR_CONFIG;
	if (rc == 0)
		rc = open_socket(&at, ret_fd);
	if (rc == 0)
		*ret_at = at;
	return rc;
}

static uint64_t number_in(const char *variable)
{
	uint64_t n = 0;

	return str_to_u64(str_of(getenv(variable)), &n) ? n : 0;
}

/* sd_listen_fds(3), without its library: the descriptor of that name, or -ENOENT. */
static int handed_over(const char *name)
{
	struct str rest = str_of(getenv("LISTEN_FDNAMES")), word;
	uint64_t count = number_in("LISTEN_FDS");

	if (number_in("LISTEN_PID") != (uint64_t)getpid() || count > HANDED_MAX)
		return -ENOENT;
	for (uint64_t i = 0; i < count && str_split(&rest, ':', &word); i++)
		if (str_eq(word, str_of(name)))
			return HANDED_FIRST + (int)i;
	return -ENOENT;
}

int listen_adopt(const char *name, struct address *ret_at, int *ret_fd)
{
	int on = 0, fd = handed_over(name);
	socklen_t len = sizeof(on);
	struct address at;

	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &len) < 0 || !on ||
	    address_of(fd, &at) < 0 || !at.local || address_unix_path(&at))
		return ERR_CONFIG;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	*ret_at = at;
	*ret_fd = fd;
	return 0;
}

int listen_accept(int fd, struct sockaddr_storage *ret_from)
{
	struct sockaddr_storage from = {};
	socklen_t len = sizeof(from);
	int client = accept4(fd, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (client < 0)
		return -errno;
	if (ret_from)
		*ret_from = from;
	return client;
}

int listen_port(int fd)
{
	struct sockaddr_storage sa = {};
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return 0;
	if (sa.ss_family == AF_INET)
		return ntohs(((struct sockaddr_in *)(void *)&sa)->sin_port);
	if (sa.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)(void *)&sa)->sin6_port);
	return 0;
}

void listen_close(int fd, const struct address *at)
{
	const char *path = address_unix_path(at);

	close(fd);
	if (path)
		unlink(path);
}
