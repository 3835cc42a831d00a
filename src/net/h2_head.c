/* h2_head.c - a header block's fields, as nghttp2 decodes them, to a head like that of HTTP/1.1. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "net/h2_int.h"

#define FIELD_EXTRA 32 /* RFC 9113 section 6.5.2 */
/* What is too large is decoded to its end, or the tables of both sides would part; but a block that
 * is so much too large is an attack: a small frame can name a large field thousands of times. */
#define PATIENCE 4
/* A browser may hold some hundred KB of cookies for a domain, set by whoever has a page below it,
 * and can only be told to drop them by an answer.  Bytes cost less than fields: those of a field
 * that is named again are not even copied. */
#define PATIENCE_BYTES 64

struct h2_head *h2_head_new(int32_t id)
{
	struct h2_head *head = xcalloc(1, sizeof(*head));

	head->id = id;
	head->http.version = HTTP_2;
	return head;
}

void h2_head_free(struct h2_head **head)
{
	if (!*head)
		return;
	arena_wipe(&(*head)->mem);
	free(*head);
	*head = NULL;
}

static bool count(struct h2_head *head, const struct http_limits *limits, struct str name,
		  struct str value)
{
	size_t bytes = name.len + value.len + FIELD_EXTRA;

	head->bytes += bytes;
	head->fields++;
	if (str_eq(name, STR("cookie")))
		head->cookie_bytes += bytes;
	if (head->bytes > limits->header_bytes || head->fields > limits->header_fields)
		head->rc = head->cookie_bytes > limits->header_bytes / 2 ? ERR_COOKIES_TOO_LARGE
									 : ERR_HEADERS_TOO_LARGE;
	return head->bytes <= PATIENCE_BYTES * limits->header_bytes &&
	       head->fields <= PATIENCE * limits->header_fields;
}

static struct str keep(struct h2_head *head, struct str s)
{
	return (struct str){ arena_strndup(&head->mem, s.p, s.len), s.len };
}

static void append(struct h2_head *head, struct str name, struct str value)
{
	struct http_head *http = &head->http;

	if (http->headers_len == head->cap) {
		size_t cap = head->cap ? head->cap * 2 : 16;
		struct http_header *more = ARENA_ARRAY(&head->mem, struct http_header, cap);

		if (head->cap)
			memcpy(more, http->headers, head->cap * sizeof(*more));
		http->headers = more;
		head->cap = cap;
	}
	http->headers[http->headers_len++] = (struct http_header){ name, value };
}

/* A browser may send each of its cookies as a field (RFC 9113 section 8.2.3). */
static void join_cookie(struct h2_head *head, struct str value)
{
	if (head->cookie.p)
		value = str_of(arena_printf(&head->mem, "%.*s; %.*s", (int)head->cookie.len,
					    head->cookie.p, (int)value.len, value.p));
	head->cookie = value;
}

/* False: it is none of those that there are. */
static bool put_pseudo(struct h2_head *head, struct str name, struct str value)
{
	const struct {
		struct str name, *to;
	} pseudo[] = {
		{ STR(":method"), &head->http.method }, { STR(":path"), &head->http.target },
		{ STR(":scheme"), &head->scheme },      { STR(":authority"), &head->authority },
		{ STR(":status"), &head->status },      { STR(":protocol"), &head->http.protocol },
	};

	for (size_t i = 0; i < ARRAY_LEN(pseudo); i++) {
		if (str_eq(name, pseudo[i].name)) {
			*pseudo[i].to = value;
			return true;
		}
	}
	return false;
}

bool h2_head_add(struct h2_head *head, const struct http_limits *limits, struct str name,
		 struct str value)
{
	if (!count(head, limits, name, value))
		return false;
	if (head->rc < 0)
		return true;
	value = keep(head, value);
	if (str_starts(name, STR(":")) && put_pseudo(head, name, value))
		return true;
	if (str_eq(name, STR("cookie")))
		join_cookie(head, value);
	else
		append(head, keep(head, name), value);
	return true;
}

/* :authority takes the place of Host; both must say the same (RFC 9113 section 8.3.1). */
static int place_host(struct h2_head *head)
{
	const struct http_header *host;

	if (!head->authority.p)
		return 0;
	host = http_find(head->http.headers, head->http.headers_len, STR("host"));
	if (host)
		return str_eq_nocase(host->value, head->authority) ? 0 : ERR_INVALID;
	append(head, STR("host"), head->authority);
	return 0;
}

int h2_head_check(struct h2_head *head, const struct http_limits *limits, struct http_request *ret,
		  bool *ret_expects_continue)
{
	int rc;

	if (head->rc == 0)
		head->rc = place_host(head);
	if (head->rc < 0)
		return head->rc;
	if (head->cookie.p)
		append(head, STR("cookie"), head->cookie);
	/* An extended CONNECT is what HTTP/1.1 says as GET (RFC 8441 section 4). */
	if (head->http.protocol.p && str_eq(head->http.method, STR("CONNECT")))
		head->http.method = STR("GET");
	else if (head->http.protocol.p)
		return ERR_INVALID;
	if (!str_eq(head->scheme, STR("https")) && !str_eq(head->scheme, STR("http")) &&
	    !str_eq(head->http.method, STR("CONNECT")))
		return ERR_INVALID;
	rc = http_check_head(&head->http, limits, ret, ret_expects_continue);
	return rc == 0 && ret->upgrade.p && ret->body_bytes ? ERR_INVALID : rc;
}

static bool take_length(struct h2_head *head, int64_t *ret)
{
	struct http_head *http = &head->http;
	size_t kept = 0;
	uint64_t n = 0;

	*ret = -1;
	for (size_t i = 0; i < http->headers_len; i++) {
		if (!str_eq(http->headers[i].name, STR("content-length"))) {
			http->headers[kept++] = http->headers[i];
			continue;
		}
		if (!str_to_u64(http->headers[i].value, &n) || n > INT64_MAX)
			return false;
		*ret = (int64_t)n;
	}
	http->headers_len = kept;
	return true;
}

int h2_head_answer(struct h2_head *head, int *ret_status, int64_t *ret_body_bytes)
{
	int64_t body_bytes;
	uint64_t status;

	if (head->rc < 0)
		return head->rc;
	if (head->cookie.p)
		append(head, STR("cookie"), head->cookie);
	if (!str_to_u64(head->status, &status) || status < 100 || status > HTTP_STATUS_MAX ||
	    status == 101 || !take_length(head, &body_bytes))
		return ERR_INVALID;
	*ret_status = (int)status;
	*ret_body_bytes = body_bytes;
	return 0;
}
