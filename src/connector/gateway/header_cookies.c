/* header_cookies.c - cookies in both directions.
 *
 * The session's origin has a cookie of ours, and no page of a target may reach it; and what a
 * target keeps from its own scripts (HttpOnly) must stay kept from scripts of other sessions'
 * origins, which share the suffix.  So those travel as `__Host-t-<name>`, which no other origin can
 * set (RFC 6265bis section 4.1.3.2), and come back under their own names. */
#include "connector/gateway/header_values.h"

#include <string.h>

#define OURS   STR("__Host-imprimatur")
#define PREFIX STR("__Host-t-")
#define MAX    (64 * KIB)

static bool starts_nocase(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq_nocase((struct str){ s.p, prefix.len }, prefix);
}

static struct str behind(struct str s, size_t len)
{
	return (struct str){ s.p + len, s.len - len };
}

/* "name=value"; without '=' all is the value (RFC 6265bis section 5.6). */
static struct str name_of(struct str pair)
{
	const char *equals = pair.len ? memchr(pair.p, '=', pair.len) : NULL;

	return str_trim((struct str){ pair.p, equals ? (size_t)(equals - pair.p) : 0 });
}

/* Whether the browser has sent the cookie `__Host-t-<name>`. */
static bool has_kept(struct str cookies, struct str name)
{
	struct str pair;

	while (str_split(&cookies, ';', &pair)) {
		struct str one = name_of(pair);

		if (str_starts(one, PREFIX) && str_eq(str_trim(behind(one, PREFIX.len)), name))
			return true;
	}
	return false;
}

static bool has_plain(struct str cookies, struct str name)
{
	struct str pair;

	while (str_split(&cookies, ';', &pair)) {
		if (str_eq(name_of(pair), name))
			return true;
	}
	return false;
}

bool value_cookie(struct value_call *c, struct str value, struct str *ret_value)
{
	struct buf out = buf_new(MAX);
	struct str rest = value, pair;

	while (str_split(&rest, ';', &pair)) {
		bool kept;

		pair = str_trim(pair);
		kept = str_starts(name_of(pair), PREFIX);
		if (kept) /* a blank may stand behind the prefix too */
			pair = str_trim(behind(pair, PREFIX.len));
		if (!pair.len || starts_nocase(name_of(pair), OURS))
			continue;
		if (!kept &&
		    has_kept(value, name_of(pair))) /* a script's, beside the target's own */
			continue;
		if (out.len)
			buf_puts(&out, "; ");
		buf_putstr(&out, pair);
	}
	*ret_value = (struct str){
		arena_strndup(c->mem, out.data ? (const char *)out.data : "", out.len), out.len
	};
	buf_wipe(&out);
	return ret_value->len > 0;
}

struct set_cookie {
	struct str pair;
	struct buf rest; /* attributes that stay, each with "; " before it */
	bool http_only, root;
};

/* The path that goes without saying (RFC 6265 section 5.1.4) is the root. */
static bool is_root_by_default(struct str path)
{
	size_t last = 0;

	for (size_t i = 0; i < path.len; i++) {
		if (path.p[i] == '/')
			last = i;
	}
	return last == 0;
}

static void take_attribute(struct set_cookie *k, struct str attribute, bool *path_said)
{
	struct str name = attribute, value = attribute;

	str_split(&value, '=', &name);
	name = str_trim(name);
	value = str_trim(value);
	if (str_eq_nocase(name, STR("domain")))
		return;
	if (str_eq_nocase(name, STR("httponly")))
		k->http_only = true;
	if (str_eq_nocase(name, STR("path"))) {
		if (value.len && value.p[0] == '/') { /* the last one counts */
			*path_said = true;
			k->root = value.len == 1;
		}
	}
	buf_puts(&k->rest, "; ");
	buf_putstr(&k->rest, attribute);
}

static void split(struct value_call *c, struct str value, struct set_cookie *k)
{
	struct str rest = value, attribute;
	bool path_said = false;

	k->rest = buf_new(MAX);
	str_split(&rest, ';', &k->pair);
	k->pair = str_trim(k->pair);
	while (rest.p && str_split(&rest, ';', &attribute)) {
		attribute = str_trim(attribute);
		if (attribute.len)
			take_attribute(k, attribute, &path_said);
	}
	if (!path_said)
		k->root = is_root_by_default(c->request->path);
}

/* ---- of two cookies with one name, ours and a plain one, the later counts ---- */

static struct str end_of_kept(struct value_call *c, struct str name)
{
	return str_of(arena_printf(c->mem, "__Host-t-%.*s=; Max-Age=0; Path=/; Secure",
				   (int)name.len, name.p));
}

static struct str end_of_plain(struct value_call *c, struct str name)
{
	return str_of(arena_printf(c->mem, "%.*s=; Max-Age=0; Path=/", (int)name.len, name.p));
}

static void put_end(struct value_call *c, struct str end)
{
	if (c->dead_len < DEAD_COOKIES_MAX)
		c->dead[c->dead_len++] = end;
}

static void take_end_back(struct value_call *c, struct str end)
{
	size_t len = 0;

	for (size_t i = 0; i < c->dead_len; i++) {
		if (!str_eq(c->dead[i], end))
			c->dead[len++] = c->dead[i];
	}
	c->dead_len = len;
}

/* As the browser sent them. */
static struct str cookies_of(const struct value_call *c)
{
	const struct http_header *cookie =
		http_find(c->request->headers, c->request->headers_len, STR("cookie"));

	return cookie ? cookie->value : (struct str){};
}

/* One of the whole server that scripts may read is set: one that they may not read ends. */
static void note_plain(struct value_call *c, struct str name)
{
	take_end_back(c, end_of_plain(c, name));
	if (has_kept(cookies_of(c), name) || has_kept(c->kept, name)) {
		take_end_back(c, end_of_kept(c, name));
		put_end(c, end_of_kept(c, name));
	}
	c->plain = str_of(arena_printf(c->mem, "%.*s%.*s=;", (int)c->plain.len, c->plain.p,
				       (int)name.len, name.p));
}

/* The other way round.  Of a plain one that the browser has its path is not known; it stays if that
 * is not the root, as it would on site. */
static void note_kept(struct value_call *c, struct str name)
{
	take_end_back(c, end_of_kept(c, name));
	if (has_plain(cookies_of(c), name) || has_plain(c->plain, name)) {
		take_end_back(c, end_of_plain(c, name));
		put_end(c, end_of_plain(c, name));
	}
	c->kept = str_of(arena_printf(c->mem, "%.*s__Host-t-%.*s=;", (int)c->kept.len, c->kept.p,
				      (int)name.len, name.p));
}

static void put_kept(const struct set_cookie *k, struct buf *out)
{
	struct str rest = buf_str(&k->rest), attribute;

	buf_putstr(out, PREFIX);
	buf_putstr(out, k->pair);
	while (rest.p && str_split(&rest, ';', &attribute)) {
		struct str name = attribute;
		struct str value = attribute;

		str_split(&value, '=', &name);
		name = str_trim(name);
		if (!name.len || str_eq_nocase(name, STR("path")) ||
		    str_eq_nocase(name, STR("secure")))
			continue;
		buf_puts(out, "; ");
		buf_putstr(out, str_trim(attribute));
	}
	buf_puts(out, "; Path=/; Secure");
}

bool value_set_cookie(struct value_call *c, struct str value, struct str *ret_value)
{
	struct buf out = buf_new(MAX);
	struct set_cookie k = {};
	struct str name;
	bool ok;

	split(c, value, &k);
	name = name_of(k.pair);
	/* One without a name could be written so that a browser finds ours in its value. */
	ok = name.len && !starts_nocase(name, OURS) && !starts_nocase(name, PREFIX);
	if (ok && k.http_only && k.root && !starts_nocase(name, STR("__"))) {
		put_kept(&k, &out);
		note_kept(c, name);
	} else if (ok) {
		buf_putstr(&out, k.pair);
		buf_putstr(&out, buf_str(&k.rest));
		if (k.root)
			note_plain(c, name);
	}
	*ret_value = (struct str){
		arena_strndup(c->mem, out.data ? (const char *)out.data : "", out.len), out.len
	};
	buf_wipe(&k.rest);
	buf_wipe(&out);
	return ok;
}
