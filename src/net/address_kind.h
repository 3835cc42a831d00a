/* address_kind.h - whose an IP address is, by its octets: what may be dialled for somebody else.
 *
 * Pure but for address_is_here(). */
#ifndef NET_ADDRESS_KIND_H
#define NET_ADDRESS_KIND_H

#include "base/buf.h"

/* By the registries of special-purpose addresses (RFC 6890) and the formats that hold an IPv4
 * address in an IPv6 one: what counts is the address that is meant. */
enum address_kind {
	ADDRESS_ORDINARY,   /* private ranges, too */
	ADDRESS_LOOPBACK,   /* 127/8, ::1 */
	ADDRESS_LINK_LOCAL, /* 169.254/16, fe80::/10 */
	ADDRESS_NOBODYS,    /* 0/8, multicast, broadcast, reserved, ::/96 */
};
/* IPv4 as ::ffff:a.b.c.d, as address_octets() gives it. */
enum address_kind address_kind_of(const uint8_t octets[static 16]);

/* A host that is written as an address: "192.0.2.7", "2001:db8::1" without brackets or zone. */
bool address_literal(struct str host, uint8_t ret_octets[static 16]);
/* The system's resolver would take it for an IPv4 address though it is not written as one
 * ("127.1", "0x7f000001", "017700000001"). */
bool address_looks_numeric(struct str host);
/* One of this machine's interfaces has it, or it is loopback. */
bool address_is_here(const uint8_t octets[static 16]);

/* The addresses of this machine's interfaces that others can reach, IPv4 first; at most max. */
struct address_here {
	char text[48];
};
size_t address_list_here(struct address_here *out, size_t max);

#endif
