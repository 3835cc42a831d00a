/* message.c - see message.h. */
#include "net/message.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"

/* Octets of Connection in all: each field is looked for in it, and what browsers and proxies say
 * there is a few words. */
#define CONNECTION_MAX 512

/* Fields that two readers could take differently if they came twice: the second time is an attack
 * or a fault. */
static const char *const unique[] = {
	"authorization",
	"content-digest",
	"content-encoding",
	"content-length",
	"content-type",
	"cookie",
	"expect",
	"host",
	"last-event-id",
	"origin",
	"sec-fetch-site",
	"signature",
	"signature-input",
	"transfer-encoding",
	NULL,
};

/* Fields about this connection, not about the request (RFC 9110 section 7.6.1); Content-Length is
 * body_bytes. */
static const char *const framing[] = {
	"connection", "content-length",    "expect",  "keep-alive", "proxy-connection", "te",
	"trailer",    "transfer-encoding", "upgrade", NULL,
};

static const char *const methods[] = {
	[METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
	[METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
	[METHOD_OPTIONS] = "OPTIONS",
};

static bool is_one_of(const char *const *names, struct str name)
{
	for (; *names; names++) {
		if (str_is(name, *names))
			return true;
	}
	return false;
}

static enum http_method method_of(struct str text)
{
	for (size_t i = METHOD_GET; i < ARRAY_LEN(methods); i++) {
		if (str_is(text, methods[i]))
			return (enum http_method)i;
	}
	return METHOD_OTHER;
}

/* host[:port] without user information (RFC 9110 section 7.2). */
static bool authority_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !memchr("-._~:[]", c, 7))
			return false;
	}
	return s.len > 0 && s.len <= 300;
}

static bool value_ok(struct str value)
{
	for (size_t i = str_plain_len(value); i < value.len; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static int check_fields(const struct http_head *head)
{
	const struct http_header *h = head->headers;
	size_t connection = 0;

	for (size_t i = 0; i < head->headers_len; i++) {
		if (!h[i].name.len || !value_ok(h[i].name) || !value_ok(h[i].value))
			return ERR_INVALID;
		if (is_one_of(unique, h[i].name) && http_find(h, i, h[i].name))
			return ERR_INVALID;
		if (str_eq(h[i].name, STR("connection")))
			connection += h[i].value.len;
	}
	return connection <= CONNECTION_MAX ? 0 : ERR_INVALID;
}

static int check_framing(const struct http_head *head, int64_t *ret_body_bytes,
			 bool *ret_expects_continue)
{
	const struct http_header *h = head->headers;
	const struct http_header *te = http_find(h, head->headers_len, STR("transfer-encoding"));
	const struct http_header *length = http_find(h, head->headers_len, STR("content-length"));
	const struct http_header *expect = http_find(h, head->headers_len, STR("expect"));
	uint64_t n = 0;

	if (te &&
	    (length || head->version != HTTP_1_1 || !str_eq_nocase(te->value, STR("chunked"))))
		return ERR_INVALID;
	if (length && (!str_to_u64(length->value, &n) || n > INT64_MAX))
		return ERR_INVALID;
	if (expect && !str_eq_nocase(expect->value, STR("100-continue")))
		return ERR_INVALID;
	*ret_body_bytes = te ? -1 : (int64_t)n;
	*ret_expects_continue = expect && head->version != HTTP_1_0;
	return 0;
}

/* A list of words (RFC 9110 section 5.6.1) has that one. */
static bool names(struct str list, struct str word)
{
	while (list.len) {
		const char *comma = memchr(list.p, ',', list.len);
		size_t len = comma ? (size_t)(comma - list.p) : list.len;

		if (str_eq_nocase(str_trim((struct str){ list.p, len }), word))
			return true;
		len += comma != NULL;
		list = (struct str){ list.p + len, list.len - len };
	}
	return false;
}

/* A protocol's name and perhaps its version (RFC 9110 section 7.8), and only one. */
static bool protocol_ok(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
		    !memchr("-._+/", c, 5))
			return false;
	}
	return s.len > 0 && s.len <= 64;
}

/* RFC 9110 section 7.8 lets a server pass over it, which is what is done with all that could be
 * taken in two ways. */
static struct str asked_protocol(const struct http_head *head, const struct http_request *req)
{
	const struct http_header *h = head->headers;
	size_t n = head->headers_len;
	const struct http_header *upgrade = http_find(h, n, STR("upgrade"));
	bool connected = false;

	if (head->version == HTTP_2)
		return head->protocol;
	if (!upgrade || head->version != HTTP_1_1 || req->method != METHOD_GET || req->body_bytes ||
	    http_find(upgrade + 1, n - (size_t)(upgrade - h) - 1, STR("upgrade")) ||
	    !protocol_ok(upgrade->value))
		return (struct str){ 0 };
	for (size_t i = 0; i < n; i++)
		connected |=
			str_eq(h[i].name, STR("connection")) && names(h[i].value, STR("upgrade"));
	return connected ? upgrade->value : (struct str){ 0 };
}

/* It is named by Connection, so it is for us alone (RFC 9110 section 7.6.1); but what decides about
 * a request is for everybody on its way, whatever is said there. */
static bool is_hop(const struct http_head *head, struct str name)
{
	const struct http_header *h = head->headers;

	if (is_one_of(unique, name) || is_one_of(framing, name))
		return false;
	for (size_t i = 0; i < head->headers_len; i++) {
		if (str_eq(h[i].name, STR("connection")) && names(h[i].value, name))
			return true;
	}
	return false;
}

/* In place: what is for the handler, or for the next on the way. */
static size_t keep_fields(const struct http_head *head)
{
	struct http_header *h = head->headers;
	bool names_some = http_find(h, head->headers_len, STR("connection")) != NULL;
	size_t len = 0;

	/* Connection itself is needed to the end, so nothing is overwritten before. */
	for (size_t i = 0; names_some && i < head->headers_len; i++) {
		if (is_hop(head, h[i].name))
			h[i].name.len = 0; /* which no field has: check_fields() */
	}
	for (size_t i = 0; i < head->headers_len; i++) {
		if (h[i].name.len && !is_one_of(framing, h[i].name))
			h[len++] = h[i];
	}
	return len;
}

static struct str cut(struct str s, size_t from)
{
	return (struct str){ s.p + from, s.len - from };
}

/* What a URI may be made of (RFC 3986): anything else is sent percent-encoded. */
static bool target_ok(struct str t)
{
	for (size_t i = 0; i < t.len; i++) {
		if (t.p[i] <= ' ' || t.p[i] >= 0x7f || t.p[i] == '#')
			return false;
	}
	return t.len > 0;
}

/* Origin form, absolute form with the Host's authority, or "*" (RFC 9112 section 3.2). */
static int split_target(struct str t, struct http_request *req)
{
	const char *question;

	if (t.p[0] != '/') {
		size_t scheme = 0, end;

		if (str_eq(t, STR("*")) && req->method == METHOD_OPTIONS) {
			req->path = t;
			return 0;
		}
		if (t.len > 8 && str_eq_nocase((struct str){ t.p, 8 }, STR("https://")))
			scheme = 8;
		else if (t.len > 7 && str_eq_nocase((struct str){ t.p, 7 }, STR("http://")))
			scheme = 7;
		if (!scheme)
			return ERR_INVALID;
		t = cut(t, scheme);
		for (end = 0; end < t.len && t.p[end] != '/' && t.p[end] != '?'; end++)
			;
		if (!str_eq_nocase((struct str){ t.p, end }, req->authority))
			return ERR_INVALID;
		t = cut(t, end);
	}
	question = t.len ? memchr(t.p, '?', t.len) : NULL;
	if (question) {
		req->query = cut(t, (size_t)(question - t.p) + 1);
		t.len = (size_t)(question - t.p);
	}
	req->path = t.len ? t : STR("/");
	return 0;
}

int http_check_head(const struct http_head *head, const struct http_limits *limits,
		    struct http_request *ret, bool *ret_expects_continue)
{
	struct http_request req = { .method_text = head->method, .headers = head->headers };
	const struct http_header *host;
	int rc = check_fields(head);

	if (rc == 0)
		rc = check_framing(head, &req.body_bytes, ret_expects_continue);
	if (rc < 0)
		return rc;
	if (str_eq(head->method, STR("CONNECT")))
		return ERR_METHOD;
	host = http_find(head->headers, head->headers_len, STR("host"));
	if (!host || !authority_ok(host->value) || !target_ok(head->target))
		return ERR_INVALID;
	if (head->target.len > limits->uri_bytes)
		return ERR_HEADERS_TOO_LARGE;
	req.authority = host->value;
	req.method = method_of(head->method);
	rc = split_target(head->target, &req);
	if (rc < 0)
		return rc;
	req.upgrade = asked_protocol(head, &req);
	req.headers_len = keep_fields(head);
	*ret = req;
	return 0;
}

/* Without the locale that strftime would bring. */
static void write_date(time_t now, char out[static HTTP_DATE_SIZE])
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct buf text = buf_new(HTTP_DATE_SIZE);
	struct tm tm;

	gmtime_r(&now, &tm);
	buf_printf(&text, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday], tm.tm_mday,
		   months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
	assert(!text.failed && text.len < HTTP_DATE_SIZE); /* until the year 10000 */
	memcpy(out, text.data, text.len + 1);
	buf_done(&text);
}

void http_date(char out[static HTTP_DATE_SIZE])
{
	/* Thousands of answers may bear the date of one second. */
	static _Thread_local char text[HTTP_DATE_SIZE];
	static _Thread_local time_t written = -1;
	time_t now = (time_t)(clock_wall_ms() / 1000);

	if (now != written)
		write_date(now, text);
	written = now;
	memcpy(out, text, HTTP_DATE_SIZE);
}

/* Each name, for each domain and path for which it can have been sent here. */
const char http_clear_script[] =
	"for(const c of document.cookie.split('; '))"
	"for(let h=location.hostname;h;h=h.replace(/^[^.]*\\.?/,''))"
	"for(let p=location.pathname;p;p=p.endsWith('/')?p.slice(0,-1):p.replace(/[^/]*$/,''))"
	"document.cookie=(c.includes('=')?c.split('=')[0]:'')+'=x;max-age=0;secure;domain='+h+';"
	"path='+p;"
	"if(document.cookie.length<4096)location.replace(location.href)";

size_t http_problem(char out[static HTTP_PROBLEM_SIZE], int status, int rc)
{
	const char *title = err_title(rc <= -1000 ? rc : ERR_INTERNAL);

	if (rc == ERR_COOKIES_TOO_LARGE)
		return (size_t)snprintf(out, HTTP_PROBLEM_SIZE,
					"<!doctype html><meta charset=utf-8><title>%d %s</title>"
					"<p>%s.</p><script>%s</script>\n",
					status, err_code(rc), title, http_clear_script);
	return (size_t)snprintf(out, HTTP_PROBLEM_SIZE,
				"{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,"
				"\"code\":\"%s\"}",
				title, status, err_code(rc));
}

const char *http_problem_type(int rc)
{
	return rc == ERR_COOKIES_TOO_LARGE ? "text/html; charset=utf-8"
					   : "application/problem+json";
}
