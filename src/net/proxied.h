/* proxied.h - reads the PROXY header that a connection from a load balancer begins with, and not an
 * octet more: TLS begins behind it.
 *
 * `done` is called once, from the loop, unless proxied_close() comes before; the reader is gone
 * then.  One loop. */
#ifndef NET_PROXIED_H
#define NET_PROXIED_H

#include "net/proxy_header.h"

struct loop;
struct proxied;

/* rc 0: `header` (good during the call).  ERR_INVALID: it begins in another way, or ends within;
 * ERR_TOO_LARGE; ERR_TIMEOUT; ERR_CANCELLED: it ended before its first octet, as a balancer's
 * check of the port does. */
typedef void proxied_fn(int rc, const struct proxy_header *header, void *owner);

/* fd is connected, and stays the caller's.  -errno for what cannot be polled. */
MUST_USE int proxied_open(struct loop *l, int fd, int64_t deadline_ms, proxied_fn *done,
			  void *owner, struct proxied **ret_proxied);
void proxied_close(struct proxied **p); /* NULL is harmless */

#endif
