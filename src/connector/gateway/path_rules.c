/* path_rules.c - see path_rules.h. */
#include "connector/gateway/path_rules.h"

#include <string.h>

/* Longer ones no console has; they are not looked at. */
#define PATH_MAX_OCTETS (8 * KIB)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return -1;
}

/* What is decoded into something that divides or ends a path, or is decoded once more, is read in
 * one way by one server and in another by the next.  None of our consoles' links has it. */
static bool is_two_faced(int octet)
{
	return octet < 0x20 || octet == 0x7f || strchr("/\\.;%?#", octet);
}

/* The path with its escapes decoded; false if one of them, or an octet, is not to be had. */
static bool decode(struct str path, struct buf *out)
{
	for (size_t i = 0; i < path.len; i++) {
		int octet = (uint8_t)path.p[i];

		if (octet == '%') {
			int high = i + 1 < path.len ? hex_digit(path.p[i + 1]) : -1;
			int low = i + 2 < path.len ? hex_digit(path.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			octet = high << 4 | low;
			if (is_two_faced(octet))
				return false;
			i += 2;
		} else if (octet == '\\' || octet < 0x20 || octet == 0x7f) {
			return false;
		}
		buf_putc(out, (char)octet);
	}
	/* Overlong forms of '/' and '.' are no UTF-8. */
	return buf_status(out) == 0 && utf8_valid(buf_str(out));
}

/* Without parameters and empty segments.  False where there is a "." or "..": servers differ in
 * what these take back (an empty segment, one that has parameters), and browsers never send them.
 */
static bool first_segment(struct str path, struct str *ret_first)
{
	struct str part, first = {};

	while (str_split(&path, '/', &part)) {
		struct str name;

		str_split(&part, ';', &name);
		if (str_eq(name, STR(".")) || str_eq(name, STR("..")))
			return false;
		if (!first.len)
			first = name;
	}
	*ret_first = first;
	return true;
}

/* Case counts on no server for which we know it does. */
static bool starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_nocase((struct str){ s.p, prefix.len }, prefix);
}

static bool is_for_machines(struct str first)
{
	struct str name = str_trim(first);

	return str_eq_nocase(name, STR("rpc")) || str_eq_nocase(name, STR("api")) ||
	       starts_nocase(name, STR("device"));
}

bool path_is_allowed(enum console_kind kind, struct str path)
{
	struct buf decoded = buf_new(PATH_MAX_OCTETS);
	struct str first;
	bool ok;

	if (kind == CONSOLE_NONE)
		return true;
	ok = path.len && path.p[0] == '/' && decode(path, &decoded) &&
	     first_segment(buf_str(&decoded), &first);
	if (ok && kind == CONSOLE_PAPERCUT)
		ok = !is_for_machines(first);
	buf_wipe(&decoded);
	return ok;
}

/* Without parameters; the empty view if there is none. */
static struct str media_type(const struct http_request *req)
{
	const struct http_header *type =
		http_find(req->headers, req->headers_len, STR("content-type"));
	struct str rest = type ? type->value : (struct str){}, name = {};

	str_split(&rest, ';', &name);
	return str_trim(name);
}

/* The forms of pages. */
static bool is_form(struct str type)
{
	return str_eq_nocase(type, STR("application/x-www-form-urlencoded")) ||
	       str_eq_nocase(type, STR("multipart/form-data"));
}

static bool cups_allows(const struct http_request *req)
{
	const struct http_header *type =
		http_find(req->headers, req->headers_len, STR("content-type"));

	switch (req->method) {
	case METHOD_GET:
	case METHOD_HEAD:
		return !type && req->body_bytes == 0 && !req->upgrade.p;
	case METHOD_POST:
		return is_form(media_type(req)) && !req->upgrade.p;
	default:
		return false; /* PUT writes its configuration; the pages do not need it */
	}
}

/* Methods that have the target send back what we asked it by, its own address within (RFC 9110
 * section 9.3.8), or connect to another place. */
static bool is_echo(const struct http_request *req)
{
	static const char *const names[] = { "TRACE", "TRACK", "CONNECT" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (str_eq_nocase(req->method_text, str_of(names[i])))
			return true;
	}
	return false;
}

/* The interface of printers and print servers for machines, which they take on any path by its
 * media type; no page asks by it. */
static bool is_ipp(const struct http_request *req)
{
	return str_eq_nocase(media_type(req), STR("application/ipp"));
}

bool request_is_allowed(enum console_kind kind, const struct http_request *req)
{
	if (is_echo(req) || is_ipp(req) || !path_is_allowed(kind, req->path))
		return false;
	return kind != CONSOLE_CUPS || cups_allows(req);
}
