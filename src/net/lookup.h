/* lookup.h - a name's addresses by the system's resolver, without making the loop wait: in libuv's
 * threads. */
#ifndef NET_LOOKUP_H
#define NET_LOOKUP_H

#include "net/address.h"

struct lookup;
struct loop;

#define LOOKUP_MAX 16 /* addresses; those beyond it are left out */

/* rc 0 and at least one address, in the resolver's order; else ERR_UNREACHABLE. */
typedef void lookup_fn(int rc, const struct address *list, size_t len, void *owner);

/* fn runs once, never from inside this call, unless it is cancelled. */
struct lookup *lookup_start(struct loop *l, const char *host, uint16_t port, lookup_fn *fn,
			    void *owner);
void lookup_cancel(struct lookup **k); /* NULL inside is harmless; sets it to NULL */

#endif
