/* listen.h - listening sockets: what server.c is made of, for a server with a codec of its own. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "base/cc.h"
#include "net/address.h"

enum listen_kind {
	LISTEN_TLS,
	LISTEN_PLAIN, /* for loopback and Unix sockets only */
};

/* `where`: "127.0.0.1:8443", "[::1]:0", "unix:/path".  Non-blocking, close-on-exec.  A Unix socket
 * gets mode 0600 and replaces one that a dead process left behind.  ERR_CONFIG if `where` is not
 * understood or may not be plain, -errno. */
MUST_USE int listen_open(const char *where, enum listen_kind kind, struct address *ret_at,
			 int *ret_fd);
/* A listening socket of that name which the service manager holds for us (sd_listen_fds(3):
 * LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES); close-on-exec from now on.  -ENOENT if there is none;
 * ERR_CONFIG if it does not listen, or not at loopback. */
MUST_USE int listen_adopt(const char *name, struct address *ret_at, int *ret_fd);
/* The next connection's descriptor, non-blocking; -errno: -EAGAIN if none waits.  ret_from may be
 * NULL. */
MUST_USE int listen_accept(int fd, struct sockaddr_storage *ret_from);
int listen_port(int fd); /* 0 for a Unix socket */
void listen_close(int fd, const struct address *at);

#endif
