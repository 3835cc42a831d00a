/* resolve.h - does a name have an address?  For programs that may wait; a server's loop may not. */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stdbool.h>

/* A name or an address, by the system's resolver and with its timeouts.  *ret_why: the resolver's
 * words if it has none, static. */
bool resolve_known(const char *host, const char **ret_why);

#endif
