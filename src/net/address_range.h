/* address_range.h - "10.0.0.0/8, 2001:db8::/32, 192.0.2.7": whose connections are treated another
 * way.  Pure. */
#ifndef NET_ADDRESS_RANGE_H
#define NET_ADDRESS_RANGE_H

#include "base/cc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sockaddr_storage;

#define ADDRESS_RANGES_MAX 64

struct address_range {
	uint8_t octets[16]; /* IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) */
	unsigned bits;      /* of 128; those behind them do not count */
};

struct address_ranges {
	size_t len;
	struct address_range items[ADDRESS_RANGES_MAX];
};

/* Addresses or networks, by commas; numbers only.  NULL or "" is none.  ERR_CONFIG. */
MUST_USE int address_ranges_parse(const char *text, struct address_ranges *ret_ranges);
/* False for what is no IP address, and for an empty list. */
bool address_ranges_have(const struct address_ranges *r, const struct sockaddr_storage *sa);

#endif
