/* proxy_header.c - see proxy_header.h. */
#include "net/proxy_header.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"

/* ---- version 2: section 2.2 ---- */

#define V2_HEAD 16

static const uint8_t v2_signature[] = { '\r', '\n', '\r', '\n', 0,   '\r',
					'\n', 'Q',  'U',  'I',  'T', '\n' };

enum { V2_LOCAL = 0x20, V2_PROXY = 0x21 };

/* Family and protocol, and the octets of both ends.  What is not TCP over IP is valid, and says
 * nothing that we use. */
static const struct v2_kind {
	uint8_t code, octets;
	int family;
} v2_kinds[] = {
	{ 0x00, 0, AF_UNSPEC },   { 0x11, 12, AF_INET },   { 0x12, 12, AF_UNSPEC },
	{ 0x21, 36, AF_INET6 },   { 0x22, 36, AF_UNSPEC }, { 0x31, 216, AF_UNSPEC },
	{ 0x32, 216, AF_UNSPEC },
};

static size_t u16_at(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Type, length, value: each must lie within. */
static bool values_fit(const uint8_t *p, size_t len)
{
	while (len) {
		size_t value;

		if (len < 3)
			return false;
		value = u16_at(p + 1);
		if (value > len - 3)
			return false;
		p += 3 + value;
		len -= 3 + value;
	}
	return true;
}

static void take_v2(int family, const uint8_t *p, struct proxy_header *h)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&h->from;
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&h->from;

	h->told = family != AF_UNSPEC;
	h->from.ss_family = (sa_family_t)family;
	if (family == AF_INET)
		memcpy(&in->sin_addr, p, sizeof(in->sin_addr));
	else if (family == AF_INET6)
		memcpy(&in6->sin6_addr, p, sizeof(in6->sin6_addr));
}

static int parse_v2(const uint8_t *p, size_t len, struct proxy_header *h)
{
	const uint8_t *block = p + V2_HEAD;
	size_t room;

	if (len < V2_HEAD)
		return -EAGAIN;
	room = u16_at(p + 14);
	h->len = V2_HEAD + room;
	if (h->len > PROXY_HEADER_MAX)
		return ERR_TOO_LARGE;
	if (len < h->len)
		return -EAGAIN;
	if (p[12] == V2_LOCAL)
		return 0; /* "must discard the protocol block" */
	if (p[12] != V2_PROXY)
		return ERR_INVALID;
	for (size_t i = 0; i < ARRAY_LEN(v2_kinds); i++) {
		const struct v2_kind *k = &v2_kinds[i];

		if (k->code != p[13])
			continue;
		if (room < k->octets || !values_fit(block + k->octets, room - k->octets))
			return ERR_INVALID;
		take_v2(k->family, block, h);
		return 0;
	}
	return ERR_INVALID;
}

/* ---- version 1: section 2.1 ---- */

#define V1_LINE_MAX 107

static const uint8_t v1_signature[] = { 'P', 'R', 'O', 'X', 'Y', ' ' };

static bool is_address(int family, struct str s, void *out)
{
	char text[INET6_ADDRSTRLEN];

	if (s.len == 0 || s.len >= sizeof(text) || memchr(s.p, 0, s.len))
		return false;
	memcpy(text, s.p, s.len);
	text[s.len] = 0;
	return inet_pton(family, text, out) == 1;
}

static bool is_port(struct str s)
{
	uint64_t port;

	return str_to_u64(s, &port) && port <= 65535;
}

/* "192.0.2.1 198.51.100.1 56324 443" */
static int take_v1(int family, struct str rest, struct proxy_header *h)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&h->from;
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&h->from;
	void *from = family == AF_INET ? (void *)&in->sin_addr : (void *)&in6->sin6_addr;
	struct in6_addr to;
	struct str word[4];

	for (size_t i = 0; i < ARRAY_LEN(word); i++)
		if (!str_split(&rest, ' ', &word[i]))
			return ERR_INVALID;
	if (rest.p || !is_address(family, word[0], from) || !is_address(family, word[1], &to) ||
	    !is_port(word[2]) || !is_port(word[3]))
		return ERR_INVALID;
	h->told = true;
	h->from.ss_family = (sa_family_t)family;
	return 0;
}

static int parse_v1(const uint8_t *p, size_t len, struct proxy_header *h)
{
	const uint8_t *end = memmem(p, len < V1_LINE_MAX ? len : V1_LINE_MAX, "\r\n", 2);
	struct str rest, protocol;

	if (!end)
		return len < V1_LINE_MAX ? -EAGAIN : ERR_INVALID;
	h->len = (size_t)(end - p) + 2;
	rest = (struct str){ (const char *)p + sizeof(v1_signature),
			     (size_t)(end - p) - sizeof(v1_signature) };
	str_split(&rest, ' ', &protocol);
	if (str_eq(protocol, STR("TCP4")))
		return take_v1(AF_INET, rest, h);
	if (str_eq(protocol, STR("TCP6")))
		return take_v1(AF_INET6, rest, h);
	return str_eq(protocol, STR("UNKNOWN")) ? 0 : ERR_INVALID; /* the rest is for nobody */
}

/* ---- either ---- */

static const struct form {
	const uint8_t *signature;
	size_t len;
	int (*parse)(const uint8_t *p, size_t len, struct proxy_header *h);
} forms[] = {
	{ v2_signature, sizeof(v2_signature), parse_v2 },
	{ v1_signature, sizeof(v1_signature), parse_v1 },
};

int proxy_header_parse(const uint8_t *data, size_t len, struct proxy_header *ret_header)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		const struct form *f = &forms[i];
		struct proxy_header h = {};
		int rc;

		if (memcmp(data, f->signature, len < f->len ? len : f->len) != 0)
			continue;
		rc = len < f->len ? -EAGAIN : f->parse(data, len, &h);
		if (rc == 0)
			*ret_header = h;
		return rc;
	}
	return ERR_INVALID;
}
