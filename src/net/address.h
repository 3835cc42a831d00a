/* address.h - "127.0.0.1:8443", "[::1]:0", "unix:/path" as socket addresses.  For net/ only. */
#ifndef NET_ADDRESS_H
#define NET_ADDRESS_H

#include "base/cc.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	struct sockaddr_storage sa;
	socklen_t len;
	bool local; /* loopback or a Unix socket */
};

/* Numbers only, no names.  ERR_CONFIG. */
MUST_USE int address_parse(const char *text, struct address *ret_address);
const char *address_unix_path(const struct address *a); /* NULL if it is none */
/* Where a socket is bound to.  -errno. */
MUST_USE int address_of(int fd, struct address *ret_address);
/* Without port: "192.0.2.1" (also if it is mapped into IPv6), "2001:db8::1", "unix"; "unknown" for
 * what is not connected. */
#define ADDRESS_TEXT_MAX 48
void address_text(const struct sockaddr_storage *sa, char out[static ADDRESS_TEXT_MAX]);
/* IPv6's octets, an IPv4 address as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).  False: no IP. */
bool address_octets(const struct sockaddr_storage *sa, uint8_t out[static 16]);
uint16_t address_port(const struct address *a);      /* of an IP address */
bool address_is_v4(const uint8_t octets[static 16]); /* of those */

#endif
