/* address.c - see address.h. */
#include "net/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/err.h"

static int parse_unix(const char *path, struct address *a)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)&a->sa;
	size_t len = strlen(path);

	if (len == 0 || len >= sizeof(un->sun_path))
		return ERR_CONFIG;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, path, len + 1);
	a->len = sizeof(*un);
	a->local = true;
	return 0;
}

static int parse_port(const char *text, uint16_t *ret_port)
{
	uint64_t port;

	if (!str_to_u64(str_of(text), &port) || port > 65535)
		return ERR_CONFIG;
	*ret_port = htons((uint16_t)port);
	return 0;
}

static int parse_v6(const char *host, uint16_t port, struct address *a)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&a->sa;

	if (inet_pton(AF_INET6, host, &in6->sin6_addr) != 1)
		return ERR_CONFIG;
	in6->sin6_family = AF_INET6;
	in6->sin6_port = port;
	a->len = sizeof(*in6);
	a->local = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
	return 0;
}

static int parse_v4(const char *host, uint16_t port, struct address *a)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)&a->sa;

	if (inet_pton(AF_INET, host, &in->sin_addr) != 1)
		return ERR_CONFIG;
	in->sin_family = AF_INET;
	in->sin_port = port;
	a->len = sizeof(*in);
	a->local = ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return 0;
}

int address_parse(const char *text, struct address *ret_address)
{
	const char *colon = strrchr(text, ':');
	struct address a = {};
	char host[64];
	uint16_t port;
	size_t len;
	int rc;

	if (strncmp(text, "unix:", 5) == 0) {
		rc = parse_unix(text + 5, &a);
	} else if (!colon || (len = (size_t)(colon - text)) >= sizeof(host) ||
		   parse_port(colon + 1, &port) < 0) {
		return ERR_CONFIG;
	} else if (len > 2 && text[0] == '[' && colon[-1] == ']') {
		snprintf(host, sizeof(host), "%.*s", (int)(len - 2), text + 1);
		rc = parse_v6(host, port, &a);
	} else {
		snprintf(host, sizeof(host), "%.*s", (int)len, text);
		rc = parse_v4(host, port, &a);
	}
	if (rc < 0)
		return rc;
	*ret_address = a;
	return 0;
}

int address_of(int fd, struct address *ret_address)
{
	struct address a = { .len = sizeof(a.sa) };
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)&a.sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&a.sa;

	if (getsockname(fd, (struct sockaddr *)&a.sa, &a.len) < 0)
		return -errno;
	a.local = a.sa.ss_family == AF_UNIX ||
		  (a.sa.ss_family == AF_INET && ntohl(in->sin_addr.s_addr) >> 24 == 127) ||
		  (a.sa.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr));
	*ret_address = a;
	return 0;
}

const char *address_unix_path(const struct address *a)
{
	const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&a->sa;

	return a->sa.ss_family == AF_UNIX ? un->sun_path : NULL;
}

void address_text(const struct sockaddr_storage *sa, char out[static ADDRESS_TEXT_MAX])
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;

	if (sa->ss_family == AF_INET)
		inet_ntop(AF_INET, &in->sin_addr, out, ADDRESS_TEXT_MAX);
	else if (sa->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		inet_ntop(AF_INET, &in6->sin6_addr.s6_addr[12], out, ADDRESS_TEXT_MAX);
	else if (sa->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &in6->sin6_addr, out, ADDRESS_TEXT_MAX);
	else
		strcpy(out, sa->ss_family == AF_UNIX ? "unix" : "unknown");
}

static const uint8_t v4_prefix[12] = { [10] = 0xff, [11] = 0xff };

bool address_octets(const struct sockaddr_storage *sa, uint8_t out[static 16])
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)sa;
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)sa;

	if (sa->ss_family == AF_INET) {
		memcpy(out, v4_prefix, sizeof(v4_prefix));
		memcpy(out + sizeof(v4_prefix), &in->sin_addr, sizeof(in->sin_addr));
	} else if (sa->ss_family == AF_INET6) {
		memcpy(out, &in6->sin6_addr, sizeof(in6->sin6_addr));
	}
	return sa->ss_family == AF_INET || sa->ss_family == AF_INET6;
}

uint16_t address_port(const struct address *a)
{
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)&a->sa;

	return ntohs(in6->sin6_port); /* at the same place in both families */
}

bool address_is_v4(const uint8_t octets[static 16])
{
	return memcmp(octets, v4_prefix, sizeof(v4_prefix)) == 0;
}
