/* nonetlink.c - a browser that does not see the machine's addresses come and go: LD_PRELOAD it.
 *
 * Chromium breaks off what it loads by HTTP/2 when an address of the machine changes
 * (ERR_NETWORK_CHANGED), and scenarios that make networks of their own change them under the
 * browsers of those that run beside them.  Without a netlink socket it takes the machine to be
 * online for good.  Never part of a product. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

typedef int socket_fn(int domain, int type, int protocol);

int socket(int domain, int type, int protocol)
{
	static socket_fn *real;

	if (domain == AF_NETLINK) {
		errno = EACCES;
		return -1;
	}
	if (!real) /* ISO C has no way from an object's address to a function's; POSIX does */
		*(void **)&real = dlsym(RTLD_NEXT, "socket");
	return real(domain, type, protocol);
}
