/* address_range.c - see address_range.h. */
#include "net/address_range.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"

#define V4_AT   12 /* where an IPv4 address begins in its mapped form */
#define V4_BITS 96

static void map_v4(const struct in_addr *in, uint8_t out[static 16])
{
	static const uint8_t mapped[V4_AT] = { [10] = 0xff, [11] = 0xff };

	memcpy(out, mapped, V4_AT);
	memcpy(out + V4_AT, in, sizeof(*in));
}

static bool parse_host(struct str host, struct address_range *r)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr in;

	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.p, host.len);
	text[host.len] = 0;
	r->bits = 0;
	if (inet_pton(AF_INET6, text, r->octets) == 1)
		return true;
	if (inet_pton(AF_INET, text, &in) != 1)
		return false;
	map_v4(&in, r->octets);
	r->bits = V4_BITS;
	return true;
}

static bool parse_range(struct str text, struct address_range *ret_range)
{
	struct address_range r;
	struct str host;
	uint64_t bits;

	str_split(&text, '/', &host);
	if (!parse_host(host, &r))
		return false;
	bits = 128 - r.bits;
	if (text.p && (!str_to_u64(text, &bits) || bits > 128 - r.bits))
		return false;
	r.bits += (unsigned)bits;
	*ret_range = r;
	return true;
}

int address_ranges_parse(const char *text, struct address_ranges *ret_ranges)
{
	struct str rest = text && *text ? str_of(text) : (struct str){}, part;
	struct address_ranges all = {};

	while (str_split(&rest, ',', &part)) {
		if (all.len == ARRAY_LEN(all.items) ||
		    !parse_range(str_trim(part), &all.items[all.len++]))
			return ERR_CONFIG;
	}
	*ret_ranges = all;
	return 0;
}

static bool has(const struct address_range *r, const uint8_t octets[static 16])
{
	size_t whole = r->bits / 8;
	unsigned rest = r->bits % 8;

	return memcmp(r->octets, octets, whole) == 0 &&
	       (rest == 0 || (r->octets[whole] ^ octets[whole]) >> (8 - rest) == 0);
}

bool address_ranges_have(const struct address_ranges *r, const struct sockaddr_storage *sa)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
	uint8_t octets[16];

	if (sa->ss_family == AF_INET)
		map_v4(&in->sin_addr, octets);
	else if (sa->ss_family == AF_INET6)
		memcpy(octets, &in6->sin6_addr, sizeof(octets));
	else
		return false;
	for (size_t i = 0; i < r->len; i++)
		if (has(&r->items[i], octets))
			return true;
	return false;
}
