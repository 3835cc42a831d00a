/* header_rules.c - the two tables; see header_rules.h.  What their rows do to a value stands in
 * header_values.c. */
#include "connector/gateway/header_rules.h"
#include "connector/gateway/header_values.h"
#include "base/err.h"

#include <string.h>

/* A name that ends with '*' stands for all that begin so. */
static bool is_named(struct str name, const char *row)
{
	size_t at = 0;

	while (at < name.len && row[at] && row[at] != '*' && name.p[at] == row[at])
		at++;
	return row[at] == '*' || (at == name.len && !row[at]);
}

struct row {
	const char *name;
	value_fn *fn; /* NULL: left out */
};

#define ROWS_MAX 64

/* A table, and where in it the names of a letter are: each field of each message is looked for. */
struct table {
	const struct row *rows;
	bool threaded;
	uint8_t first[32]; /* by the letter's low bits, counted from 1 */
	uint8_t next[ROWS_MAX];
};

static void thread_rows(struct table *t)
{
	size_t len = 0;

	while (t->rows[len].name)
		len++;
	assert(len < ROWS_MAX);
	while (len > 0) {
		uint8_t *first = &t->first[t->rows[len - 1].name[0] & 31];

		t->next[len - 1] = *first;
		*first = (uint8_t)len--;
	}
	t->threaded = true;
}

static const struct row *row_of(struct table *t, struct str name)
{
	if (!t->threaded)
		thread_rows(t);
	for (size_t at = name.len ? t->first[name.p[0] & 31] : 0; at; at = t->next[at - 1]) {
		if (is_named(name, t->rows[at - 1].name))
			return &t->rows[at - 1];
	}
	return NULL;
}

/* clang-format off */

/* From the browser to the target. */
static const struct row request_rows[] = {
	{ "origin",			value_own_origin },
	{ "referer",			value_own_uri },
	{ "destination",		value_own_uri },	/* of WebDAV */
	{ "cookie",			value_cookie },
	{ "authorization",		value_authorization },
	/* Ours and the hub's. */
	{ "host",			NULL },	/* the target's own goes first */
	{ "imprimatur-*",		NULL },
	/* What proxies say of others, or servers believe of them. */
	{ "forwarded",			NULL },
	{ "x-forwarded*",		NULL },
	{ "via",			NULL },
	{ "proxy-*",			NULL },
	{ "x-real-ip",			NULL },
	{ "x-client-ip",		NULL },
	{ "x-cluster-client-ip",	NULL },
	{ "true-client-ip",		NULL },
	{ "x-original-*",		NULL },
	{ "x-rewrite-url",		NULL },
	{ "x-host",			NULL },
	{ "client-ip",			NULL },
	{ "cluster-client-ip",		NULL },
	{ "cf-*",			NULL },
	{ "fastly-client-*",		NULL },
	{ "x-originating-*",		NULL },
	{ "x-remote-*",			NULL },
	{ "x-proxyuser-ip",		NULL },
	{ "x-envoy-*",			NULL },
	{ "x-url-scheme",		NULL },
	{ "remote-*",			NULL },
	{ "x-webauth-*",		NULL },
	{ "x-ssl-client*",		NULL },
	{ "x-client-cert*",		NULL },
	{ "client-cert*",		NULL },	/* RFC 9440 */
	/* Another method than the one that was looked at. */
	{ "x-http-method*",		value_unless_console },
	{ "x-method-override",		value_unless_console },
	/* About this connection, or about ways that there are not. */
	{ "expect",			NULL },
	{ "alt-used",			NULL },
	{ "early-data",			NULL },
	{ "http2-settings",		NULL },
	{ "priority",			NULL },
	{ "service-worker*",		NULL },
	{}
};

/* From the target to the browser. */
static const struct row answer_rows[] = {
	{ "location",			value_location },
	{ "refresh",			value_refresh },
	{ "content-location",		value_uri },
	{ "sourcemap",			value_uri },
	{ "x-sourcemap",		value_uri },
	{ "link",			value_link },
	{ "access-control-allow-origin", value_allowed_origin },
	{ "timing-allow-origin",	value_allowed_origin },
	{ "content-security-policy*",	value_policy },
	{ "permissions-policy*",	value_policy },
	{ "feature-policy",		value_policy },
	{ "set-cookie",			value_set_cookie },
	{ "cache-control",		value_cache_control },
	{ "www-authenticate",		value_challenge },
	/* They would speak for an origin that is not the target's own, or outlive the session. */
	{ "strict-transport-security",	NULL },
	{ "clear-site-data",		NULL },
	{ "alt-svc",			NULL },
	{ "nel",			NULL },
	{ "report-to",			NULL },
	{ "reporting-endpoints",	NULL },
	{ "service-worker-allowed",	NULL },
	{ "origin-agent-cluster",	NULL },
	{ "public-key-pins*",		NULL },
	{ "expect-ct",			NULL },
	{ "speculation-rules",		NULL },
	{ "sec-session-*",		NULL },
	{ "set-login",			NULL },
	{ "accept-ch*",			NULL },
	{ "critical-ch",		NULL },
	{ "use-as-dictionary",		NULL },
	{ "attribution-reporting-*",	NULL },
	{ "shared-storage-*",		NULL },
	{ "observe-browsing-topics",	NULL },
	{ "ad-auction-*",		NULL },
	{ "set-cookie2",		NULL },
	/* Ours, proxies', and what belongs into a request. */
	{ "imprimatur-*",		NULL },
	{ "proxy-*",			NULL },
	{ "via",			NULL },
	{ "accept-encoding",		NULL },
	{}
};
/* clang-format on */

static _Thread_local struct table request_table = { .rows = request_rows };
static _Thread_local struct table answer_table = { .rows = answer_rows };

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

/* Behind CGI '_' is '-' (RFC 3875 section 4.1.18), with some servers any other character, too:
 * another spelling of a field that has a row. */
static bool is_disguised(struct str name, struct arena *mem)
{
	size_t plain = 0;
	char *folded;

	while (plain < name.len && is_plain(name.p[plain]))
		plain++;
	if (plain == name.len)
		return false;
	folded = arena_strndup(mem, name.p, name.len);
	for (size_t i = plain; i < name.len; i++) {
		if (!is_plain(folded[i]))
			folded[i] = '-';
	}
	return row_of(&request_table, (struct str){ folded, name.len }) != NULL;
}

/* What becomes of a field: false if it is left out. */
static bool rewrite(struct table *t, struct value_call *c, struct http_header *f)
{
	const struct row *row = row_of(t, f->name);
	struct str value = f->value;

	if (!row)
		return true;
	if (!row->fn || !row->fn(c, value, &value))
		return false;
	f->value = value;
	return true;
}

static struct str host_of(const struct rules_between *b, struct arena *mem)
{
	struct buf text = buf_new(300);
	struct str host;

	target_authority(&b->place, &text);
	host = (struct str){ arena_strndup(mem, (const char *)text.data, text.len), text.len };
	buf_done(&text);
	return host;
}

void rules_request(const struct rules_between *b, const struct http_request *req, struct arena *mem,
		   struct http_request *ret)
{
	struct http_header *out = ARENA_ARRAY(mem, struct http_header, req->headers_len + 1);
	struct value_call c = { .between = b, .request = req, .mem = mem };
	size_t len = 0;

	out[len++] = (struct http_header){ STR("host"), host_of(b, mem) };
	for (size_t i = 0; i < req->headers_len; i++) {
		struct http_header f = req->headers[i];

		if (!is_disguised(f.name, mem) && rewrite(&request_table, &c, &f))
			out[len++] = f;
	}
	ret->headers = out;
	ret->headers_len = len;
}

bool rules_keep_trailer(struct str name)
{
	return !row_of(&answer_table, name);
}

/* Where the target has said nothing of caches. */
static void say_private(struct value_call *c, struct http_header *out, size_t *len)
{
	struct str value;

	if (!c->cache_said && value_cache_control(c, (struct str){}, &value))
		out[(*len)++] = (struct http_header){ STR("cache-control"), value };
}

/* The session's origin is https whatever the target is: what a page fetches from "http://" +
 * location.host, or opens as "ws://", browsers would refuse as mixed content.  A policy of its own,
 * because several hold together, and with each answer, because workers have theirs. */
static void say_upgrade(const struct rules_between *b, struct http_header *out, size_t *len)
{
	if (!b->place.secure)
		out[(*len)++] = (struct http_header){ STR("content-security-policy"),
						      STR("upgrade-insecure-requests") };
}

int rules_answer(const struct rules_between *b, const struct http_request *req, int status,
		 const struct http_header *in, size_t len, struct arena *mem,
		 struct http_header *out, size_t *ret_len)
{
	struct value_call c = { .between = b, .request = req, .mem = mem, .status = status };
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		struct http_header f = in[i];

		if (rewrite(&answer_table, &c, &f))
			out[n++] = f;
		if (c.rc < 0)
			return c.rc;
	}
	if (status >= 200) {
		say_private(&c, out, &n);
		say_upgrade(b, out, &n);
	}
	for (size_t i = 0; i < c.dead_len; i++)
		out[n++] = (struct http_header){ STR("set-cookie"), c.dead[i] };
	*ret_len = n;
	return 0;
}
