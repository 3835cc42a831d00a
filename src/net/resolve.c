/* resolve.c - see resolve.h. */
#include "net/resolve.h"

#include <netdb.h>
#include <stddef.h>
#include <sys/socket.h>

bool resolve_known(const char *host, const char **ret_why)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host, NULL, &hints, &found);

	if (rc != 0) {
		*ret_why = gai_strerror(rc);
		return false;
	}
	freeaddrinfo(found);
	return true;
}
