/* dial.c - see dial.h. */
#include "net/dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "net/address.h"

/* A port is chosen at connect(2), when the peer is known: each source address has all of them for
 * each peer (ip(7), since Linux 4.2). */
#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

struct dial {
	struct sockaddr_storage to;
	socklen_t len;
};

int dial_new(const char *host, uint16_t port, struct dial **ret_dial, const char **ret_why)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = AF_INET };
	struct addrinfo *found = NULL;
	struct dial *d;
	char service[8];
	int rc;

	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(host, service, &hints, &found);
	if (rc != 0) {
		hints.ai_family = AF_UNSPEC;
		rc = getaddrinfo(host, service, &hints, &found);
	}
	if (rc != 0) {
		*ret_why = gai_strerror(rc);
		return ERR_UNREACHABLE;
	}
	d = xcalloc(1, sizeof(*d));
	memcpy(&d->to, found->ai_addr, found->ai_addrlen);
	d->len = found->ai_addrlen;
	freeaddrinfo(found);
	*ret_dial = d;
	return 0;
}

void dial_free(struct dial **d)
{
	free(*d);
	*d = NULL;
}

bool dial_is_here(const struct dial *d)
{
	const struct sockaddr_in *to = (const struct sockaddr_in *)(const void *)&d->to;

	return to->sin_family == AF_INET && ntohl(to->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static int bind_source(int fd, size_t source)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int on = 1;

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(source % DIAL_SOURCES));
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	return bind(fd, (const struct sockaddr *)&from, sizeof(from)) < 0 ? -errno : 0;
}

static int connect_to(int fd, const struct sockaddr_storage *to, socklen_t len)
{
	if (connect(fd, (const struct sockaddr *)to, len) == 0 || errno == EINPROGRESS)
		return 0;
	return -errno;
}

static int new_socket(int family, int *ret_fd)
{
	*ret_fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return *ret_fd < 0 ? -errno : 0;
}

static int give(int fd, int rc, int *ret_fd)
{
	if (rc < 0 && fd >= 0)
		close(fd);
	if (rc == 0)
		*ret_fd = fd;
	return rc;
}

int dial_start(const struct dial *d, size_t source, int *ret_fd)
{
	int fd;
	int rc = new_socket(d->to.ss_family, &fd);

	if (rc == 0 && dial_is_here(d))
		rc = bind_source(fd, source);
	if (rc == 0)
		rc = connect_to(fd, &d->to, d->len);
	return give(fd, rc, ret_fd);
}

int dial_address(const struct address *to, int *ret_fd)
{
	int fd;
	int rc = new_socket(to->sa.ss_family, &fd);

	if (rc == 0)
		rc = connect_to(fd, &to->sa, to->len);
	return give(fd, rc, ret_fd);
}
