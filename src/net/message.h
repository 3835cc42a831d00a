/* message.h - what HTTP/1.1 and HTTP/2 share (RFC 9110): which heads are let through, and how we
 * speak of ourselves.  For net/ and src/sim. */
#ifndef NET_MESSAGE_H
#define NET_MESSAGE_H

#include "net/exchange.h"

struct http_limits {          /* 0 takes the default */
	size_t header_bytes;  /* 16 KiB: request line and fields */
	size_t header_fields; /* 100 */
	size_t uri_bytes;     /* 16 KiB */
	int64_t header_ms;    /* 10 s from the first octet to the end of the head */
	int64_t body_ms;      /* 20 s without an octet of the body, while we would read */
	int64_t idle_ms;      /* 75 s between requests */
};

enum http_version { HTTP_1_0, HTTP_1_1, HTTP_2 };

/* A head as a codec has split it. */
struct http_head {
	enum http_version version;
	struct str method, target;
	struct str protocol; /* of an extended CONNECT, whose method is GET here; p NULL: none */
	struct http_header *headers; /* names in lower case, values trimmed, Host included */
	size_t headers_len;
};

/* Refuses what two readers could take differently: control octets, a target that is neither a path
 * nor an URL of the same host nor "*" with OPTIONS, CONNECT, Host not exactly once, each of a table
 * of fields more than once, Transfer-Encoding beside Content-Length, other than `chunked` or not on
 * HTTP/1.1, an expectation other than 100-continue.  Upgrade is passed over unless it is a GET of
 * HTTP/1.1 without a body that names one protocol, and Connection names Upgrade.  Fields that
 * Connection names are left out, but none of that table; over 512 octets of Connection are refused.
 * Fills *ret and *ret_expects_continue; framing fields are left out of head->headers, which ret
 * points to as to the rest of head.  body_bytes is what the fields say: 0 without any.
 * ERR_INVALID, ERR_HEADERS_TOO_LARGE (the target), ERR_METHOD. */
MUST_USE int http_check_head(const struct http_head *head, const struct http_limits *limits,
			     struct http_request *ret, bool *ret_expects_continue);

/* "Sun, 06 Nov 1994 08:49:37 GMT" of now (RFC 9110 section 5.6.7). */
#define HTTP_DATE_SIZE 30
void http_date(char out[static HTTP_DATE_SIZE]);

/* Of an answer to ERR_COOKIES_TOO_LARGE, besides its body: what a page has set for a whole domain
 * would else shut its browser out of every name below it until somebody clears that by hand.  Of
 * nothing else: another site's page must not be able to log anybody out.  Chromium drops all that
 * it sent; Firefox drops by Clear-Site-Data what was set for this very name, so the body is a page
 * whose script takes away the rest and asks again (scripts alone can have set it for more than one
 * name: header_cookies.c). */
#define HTTP_CLEAR_COOKIES "\"cookies\""
#define HTTP_CLEAR_POLICY                                                                          \
	"default-src 'none'; script-src 'sha256-WsAw/UTa+UGCmPP0enqIkG0K2RN2tPWI3EyWs3BgEYM='; "   \
	"frame-ancestors 'none'"
extern const char http_clear_script[];

/* Problem details (RFC 9457) of an error: title and code from err.def; of ERR_COOKIES_TOO_LARGE the
 * page.  The length. */
#define HTTP_PROBLEM_SIZE 1024
size_t http_problem(char out[static HTTP_PROBLEM_SIZE], int status, int rc);
const char *http_problem_type(int rc); /* its Content-Type */

#endif
