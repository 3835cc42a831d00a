/* address_kind.c - see address_kind.h. */
#include "net/address_kind.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <string.h>

#include "net/address.h"

/* First octets, how many bits of them count, and whose it is; the first row that fits decides. */
struct range {
	uint8_t octets[8];
	uint8_t bits;
	uint8_t kind;
};

static const struct range v4_ranges[] = {
	{ { 0 }, 8, ADDRESS_NOBODYS },            /* RFC 1122 section 3.2.1.3 */
	{ { 127 }, 8, ADDRESS_LOOPBACK },         /* the same */
	{ { 169, 254 }, 16, ADDRESS_LINK_LOCAL }, /* RFC 3927 */
	{ { 224 }, 4, ADDRESS_NOBODYS },          /* multicast, RFC 5771 */
	{ { 240 }, 4, ADDRESS_NOBODYS },          /* reserved and broadcast, RFC 1112 section 4 */
};

static const struct range v6_ranges[] = {
	{ { 0xfe, 0x80 }, 10, ADDRESS_LINK_LOCAL }, /* RFC 4291 section 2.5.6 */
	{ { 0xfe, 0xc0 }, 10, ADDRESS_LINK_LOCAL }, /* site-local, given up by RFC 3879 */
	{ { 0xff }, 8, ADDRESS_NOBODYS },           /* multicast, section 2.7 */
};

static bool is_within(const uint8_t *octets, const struct range *r)
{
	unsigned whole = r->bits / 8, rest = r->bits % 8;

	if (memcmp(octets, r->octets, whole) != 0)
		return false;
	return !rest || (octets[whole] ^ r->octets[whole]) >> (8 - rest) == 0;
}

static enum address_kind look_up(const struct range *ranges, size_t len, const uint8_t *octets)
{
	for (size_t i = 0; i < len; i++) {
		if (is_within(octets, &ranges[i]))
			return (enum address_kind)ranges[i].kind;
	}
	return ADDRESS_ORDINARY;
}

static enum address_kind v4_kind(const uint8_t *octets)
{
	return look_up(v4_ranges, ARRAY_LEN(v4_ranges), octets);
}

enum address_kind address_kind_of(const uint8_t octets[static 16])
{
	static const uint8_t zero[16], nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const uint8_t sixto4[2] = { 0x20, 0x02 };

	if (address_is_v4(octets))
		return v4_kind(octets + 12);
	if (memcmp(octets, zero, 15) == 0 && octets[15] == 1)
		return ADDRESS_LOOPBACK;
	if (memcmp(octets, zero, 12) == 0) /* RFC 4291 section 2.5.5.1, given up */
		return ADDRESS_NOBODYS;
	if (memcmp(octets, nat64, sizeof(nat64)) == 0) /* RFC 6052 section 2.1 */
		return v4_kind(octets + 12);
	if (memcmp(octets, sixto4, sizeof(sixto4)) == 0) /* RFC 3056 */
		return v4_kind(octets + 2);
	return look_up(v6_ranges, ARRAY_LEN(v6_ranges), octets);
}

bool address_literal(struct str host, uint8_t ret_octets[static 16])
{
	struct sockaddr_storage sa = {};
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&sa;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&sa;
	char text[ADDRESS_TEXT_MAX];

	if (!host.len || host.len >= sizeof(text))
		return false;
	memcpy(text, host.p, host.len);
	text[host.len] = 0;
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		sa.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		sa.ss_family = AF_INET6;
	return address_octets(&sa, ret_octets);
}

bool address_looks_numeric(struct str host)
{
	struct in_addr in;
	uint8_t octets[16];
	char text[300];

	if (!host.len || host.len >= sizeof(text) || address_literal(host, octets))
		return false;
	memcpy(text, host.p, host.len);
	text[host.len] = 0;
	return inet_aton(text, &in) == 1;
}

static bool octets_of(const struct ifaddrs *i, uint8_t out[static 16])
{
	struct sockaddr_storage sa = {};

	if (!i->ifa_addr)
		return false;
	if (i->ifa_addr->sa_family == AF_INET)
		memcpy(&sa, i->ifa_addr, sizeof(struct sockaddr_in));
	else if (i->ifa_addr->sa_family == AF_INET6)
		memcpy(&sa, i->ifa_addr, sizeof(struct sockaddr_in6));
	else
		return false;
	return address_octets(&sa, out);
}

bool address_is_here(const uint8_t octets[static 16])
{
	bool here = address_kind_of(octets) == ADDRESS_LOOPBACK;
	struct ifaddrs *all = NULL;
	uint8_t own[16];

	/* Without a list nothing is known to be elsewhere. */
	if (!here && getifaddrs(&all) < 0)
		return true;
	for (struct ifaddrs *i = all; i && !here; i = i->ifa_next)
		here = octets_of(i, own) && memcmp(own, octets, sizeof(own)) == 0;
	freeifaddrs(all);
	return here;
}

size_t address_list_here(struct address_here *out, size_t max)
{
	struct ifaddrs *all = NULL;
	uint8_t own[16];
	size_t len = 0;

	if (getifaddrs(&all) < 0)
		return 0;
	for (int v4 = 1; v4 >= 0; v4--) {
		for (struct ifaddrs *i = all; i && len < max; i = i->ifa_next) {
			if (!octets_of(i, own) || address_is_v4(own) != (v4 == 1) ||
			    address_kind_of(own) != ADDRESS_ORDINARY)
				continue;
			inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? own + 12 : own, out[len++].text,
				  sizeof(out->text));
		}
	}
	freeifaddrs(all);
	return len;
}
