/* route.c - matching a path with a row, and the start-up check of rows.
 *
 * Tables are short (some hundred rows, most of which differ early), so a linear walk is as fast as
 * anything and has nothing to build. */
#include "api/route.h"

#include <string.h>

const char *method_name(enum http_method m)
{
	switch (m) {
	case METHOD_GET:
		return "GET";
	case METHOD_HEAD:
		return "HEAD";
	case METHOD_POST:
		return "POST";
	case METHOD_PUT:
		return "PUT";
	case METHOD_PATCH:
		return "PATCH";
	case METHOD_DELETE:
		return "DELETE";
	case METHOD_OPTIONS:
		return "OPTIONS";
	case METHOD_OTHER:
		break;
	}
	return "OTHER";
}

static bool is_param(struct str part)
{
	return part.len > 2 && part.p[0] == '{' && part.p[part.len - 1] == '}';
}

/* The part up to the next slash; *rest then begins with that slash or is empty. */
static struct str next_part(struct str *rest)
{
	struct str part = { rest->p + 1, 0 };

	while (part.len + 1 < rest->len && part.p[part.len] != '/')
		part.len++;
	*rest = (struct str){ rest->p + part.len + 1, rest->len - part.len - 1 };
	return part;
}

/* Do they differ before the row's first {}?  Most rows do from most paths: found at a glance. */
static bool differs_early(const char *want, struct str path)
{
	size_t at = 0;

	while (at < path.len && want[at] == path.p[at] && want[at] && want[at] != '{')
		at++;
	return want[at] != '{' && (want[at] || at < path.len);
}

bool route_match(const struct route *row, struct str path, struct str *ret_parts)
{
	struct str want = str_of(row->path), found[ROUTE_IDS_MAX] = {};
	size_t n = 0;

	if (differs_early(row->path, path))
		return false;
	while (want.len && path.len) {
		struct str want_part = next_part(&want), part;

		if (path.p[0] != '/')
			return false;
		part = next_part(&path);
		if (is_param(want_part) && part.len) {
			assert(n < ROUTE_IDS_MAX);
			found[n++] = part;
		} else if (!str_eq(want_part, part)) {
			return false;
		}
	}
	if (want.len || path.len)
		return false;
	for (size_t i = 0; i < n; i++)
		ret_parts[i] = found[i];
	return true;
}

static bool alphanumeric(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool route_name_ok(struct str name)
{
	if (!name.len || name.len > ROUTE_NAME_MAX || !alphanumeric(name.p[0]))
		return false;
	for (size_t i = 1; i < name.len; i++) {
		if (!alphanumeric(name.p[i]) && !memchr("+-._~", name.p[i], 5))
			return false;
	}
	return true;
}

static size_t count_params(const char *path)
{
	struct str rest = str_of(path);
	size_t n = 0;

	while (rest.len)
		n += is_param(next_part(&rest));
	return n;
}

bool route_check(const struct route *row, struct buf *why)
{
	size_t start = why->len, params = count_params(row->path), kinds = 0, names = 0;

#define WRONG(condition, text)                                                                     \
	if (condition)                                                                             \
	buf_printf(why, "%s %s: %s\n", method_name(row->method), row->path, text)

	while (kinds < ROUTE_IDS_MAX && row->ids[kinds] != ID_NONE)
		names += row->ids[kinds++] == ROUTE_NAME;
	WRONG(row->path[0] != '/', "the path does not begin with a slash");
	WRONG(row->right == RIGHT_UNSET, "no right: RIGHT_PUBLIC has to be spelt");
	WRONG(row->right < 0 || row->right >= RIGHT_MAX, "the right is none");
	WRONG(!row->handler, "no handler");
	WRONG(params > ROUTE_IDS_MAX, "too many {}");
	WRONG(params != kinds, "ids do not fit the path's {}");
	WRONG(names > 1, "more than one name");
	WRONG(row->method != METHOD_GET && row->change == CHANGE_UNSAID,
	      "a call that writes has to say what it writes to the change log");
	WRONG(row->method == METHOD_GET && row->change > 0, "GET must not change anything");
	WRONG(row->method == METHOD_GET && row->body_max, "GET takes no body");
	WRONG((row->in || row->flags & ROUTE_RAW) && !row->body_max, "a body, but no limit for it");
	WRONG(row->in && row->flags & ROUTE_RAW, "the body is either JSON or raw");
	WRONG(row->flags & ROUTE_RAW && !row->type, "a raw body has to have a type");
	WRONG(row->flags & ROUTE_DOWNLOAD && (!row->type || !(row->flags & ROUTE_BARE_OUT)),
	      "a download has to have a type, and is no JSON");
	WRONG(!row->out && !(row->flags & ROUTE_BARE_OUT) && row->status != 202 &&
		      row->status != 204,
	      "no answer described, and the status is neither 202 nor 204");
#undef WRONG
	return why->len == start;
}
