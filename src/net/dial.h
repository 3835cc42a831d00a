/* dial.h - sockets that connect: for programs that hold thousands of connections to one place.
 * net/fetch dials for everybody else. */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "base/cc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address;
struct dial; /* a place, resolved once */

/* By the system's resolver, which may wait; IPv4 first.  ERR_UNREACHABLE with the resolver's words,
 * which are static. */
MUST_USE int dial_new(const char *host, uint16_t port, struct dial **ret_dial,
		      const char **ret_why);
void dial_free(struct dial **d);

/* It is on this machine: connections come from source addresses of their own then, since servers
 * bound those of one address. */
#define DIAL_SOURCES 250
bool dial_is_here(const struct dial *d);
/* A non-blocking descriptor that connects or has connected, for conn_open(); from the source-th
 * address of 127/8 (modulo DIAL_SOURCES, 0: 127.0.0.1) if the place is here.  -errno. */
MUST_USE int dial_start(const struct dial *d, size_t source, int *ret_fd);

/* The same to an address that somebody has looked up and looked at: that one and no other is
 * dialled.  From whatever source the system takes. */
MUST_USE int dial_address(const struct address *to, int *ret_fd);

#endif
