/* proxy_header.h - what a load balancer puts before a connection to say whose it is: the PROXY
 * protocol (haproxy's doc/proxy-protocol.txt).
 *
 * Version 2 (binary) and version 1 (one line of text, which is all that the nginx stream module of
 * Debian 12 sends).  Version 2's type-length-values are checked for their lengths and skipped; its
 * optional checksum is not looked at, for TCP has its own.  Pure; fuzzed. */
#ifndef NET_PROXY_HEADER_H
#define NET_PROXY_HEADER_H

#include "base/cc.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* The most that we take: addresses need 52 octets, values what a balancer tells of its own TLS. */
#define PROXY_HEADER_MAX 2048

struct proxy_header {
	size_t len; /* octets that it takes */
	/* False: the balancer speaks for itself (its checks: LOCAL, UNKNOWN), or of something
	 * that is no TCP over IP; the connection's own address holds. */
	bool told;
	struct sockaddr_storage from;
};

/* 0; -EAGAIN: a beginning, of which more must come; ERR_TOO_LARGE; ERR_INVALID. */
MUST_USE int proxy_header_parse(const uint8_t *data, size_t len, struct proxy_header *ret_header);

#endif
