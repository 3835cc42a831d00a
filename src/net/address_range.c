/* address_range.c - see address_range.h. */
#include "net/address_range.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "base/err.h"
#include "net/address.h"

#define V4_BITS 96 /* before an IPv4 address in its mapped form */

static bool parse_host(struct str host, struct address_range *r)
{
	char text[INET6_ADDRSTRLEN];
	struct sockaddr_storage sa = { .ss_family = AF_INET };

	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.p, host.len);
	text[host.len] = 0;
	r->bits = 0;
	if (inet_pton(AF_INET6, text, r->octets) == 1)
		return true;
	r->bits = V4_BITS;
	return inet_pton(AF_INET, text, &((struct sockaddr_in *)(void *)&sa)->sin_addr) == 1 &&
	       address_octets(&sa, r->octets);
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
	uint8_t octets[16];

	if (!address_octets(sa, octets))
		return false;
	for (size_t i = 0; i < r->len; i++)
		if (has(&r->items[i], octets))
			return true;
	return false;
}
