/* header_values.c - addresses in values; cookies are in header_cookies.c. */
#include "connector/gateway/header_values.h"
#include "base/err.h"
#include "net/address_kind.h"

#include <string.h>

#define VALUE_MAX (64 * KIB)

/* What buf holds, in mem; the buf is done. */
static struct str keep(struct arena *mem, struct buf *text)
{
	struct str s = { arena_strndup(mem, text->data ? (const char *)text->data : "", text->len),
			 text->len };

	buf_done(text);
	return s;
}

/* ---- whose an address is ---- */

/* An IPv6 address can be written in many ways (RFC 4291 section 2.2). */
static bool is_same_host(struct str a, struct str b)
{
	uint8_t first[16], second[16];

	return str_eq_nocase(a, b) || (address_literal(a, first) && address_literal(b, second) &&
				       memcmp(first, second, sizeof(first)) == 0);
}

static bool is_own_host(const struct rules_between *b, struct str host)
{
	if (is_same_host(host, str_of(b->place.host)))
		return true;
	for (size_t i = 0; i < b->hosts_len; i++) {
		if (is_same_host(host, b->hosts[i]))
			return true;
	}
	return false;
}

/* What the target calls by http comes back by https; never the other way, for then a page of the
 * target's would be asked for in clear. */
static bool is_own_port(const struct rules_between *b, bool secure, uint64_t port)
{
	if (secure == b->place.secure)
		return b->any_port || port == b->place.port;
	return b->place.secure && (port == 80 || port == b->place.port || port == b->plain_port);
}

static bool is_own_authority(const struct rules_between *b, bool secure, struct str text)
{
	struct str host = text, port = {};
	uint64_t n = secure ? 443 : 80;
	const char *colon = NULL;

	for (size_t i = text.len; i > 0 && text.p[i - 1] != ']' && !colon; i--) {
		if (text.p[i - 1] == ':')
			colon = text.p + i - 1;
	}
	if (colon) {
		host.len = (size_t)(colon - text.p);
		port = (struct str){ colon + 1, text.len - host.len - 1 };
	}
	if (port.len && !str_to_u64(port, &n))
		return false;
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		host = (struct str){ host.p + 1, host.len - 2 };
	return is_own_port(b, secure, n) && is_own_host(b, host);
}

static bool is_slash(char c)
{
	return c == '/' || c == '\\';
}

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* The scheme's length if the reference has one, else 0 (RFC 3986 section 3.1). */
static size_t scheme_len(struct str uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		char c = uri.p[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (c == ':')
			return i;
		if (!letter && (i == 0 || (!(c >= '0' && c <= '9') && !memchr("+-.", c, 3))))
			return 0;
	}
	return 0;
}

/* Browsers drop control octets and take '\' for '/'; so an address with either is none of ours. */
static bool is_plain(struct str uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.p[i];

		if (c < 0x20 || c == 0x7f)
			return false;
	}
	return true;
}

static struct str from(struct str s, size_t at)
{
	return (struct str){ s.p + at, s.len - at };
}

enum rules_uri rules_map_uri(const struct rules_between *b, struct str uri, struct arena *mem,
			     struct str *ret_uri)
{
	size_t scheme = scheme_len(uri), end = 0;
	bool secure = b->place.secure;
	const char *as = "https";
	struct str rest = uri;

	if (!is_plain(uri))
		return URI_ELSEWHERE;
	if (scheme) {
		struct str name = { uri.p, scheme };

		secure = str_eq_nocase(name, STR("https")) || str_eq_nocase(name, STR("wss"));
		if (str_eq_nocase(name, STR("wss")) || str_eq_nocase(name, STR("ws")))
			as = "wss";
		else if (!secure && !str_eq_nocase(name, STR("http")))
			return URI_ELSEWHERE;
		rest = from(uri, scheme + 1);
	} else if (uri.len < 2 || !is_slash(uri.p[0]) || !is_slash(uri.p[1])) {
		return URI_RELATIVE;
	}
	if (!str_starts(rest, STR("//")) || (rest.len > 2 && is_slash(rest.p[2])))
		return URI_ELSEWHERE;
	rest = from(rest, 2);
	while (end < rest.len && !memchr("/\\?#", rest.p[end], 4))
		end++;
	if (!is_own_authority(b, secure, (struct str){ rest.p, end }))
		return URI_ELSEWHERE;
	rest = from(rest, end);
	if (rest.len && rest.p[0] == '\\')
		return URI_ELSEWHERE;
	*ret_uri = str_of(arena_printf(mem, "%s://%.*s%.*s", as, (int)b->session.len, b->session.p,
				       (int)rest.len, rest.p));
	return URI_OWN;
}

/* ---- towards the target ---- */

static struct str session_origin(struct value_call *c)
{
	return str_of(arena_printf(c->mem, "https://%.*s", (int)c->between->session.len,
				   c->between->session.p));
}

static struct str target_origin(struct value_call *c)
{
	struct buf text = buf_new(400);

	buf_puts(&text, c->between->place.secure ? "https://" : "http://");
	target_authority(&c->between->place, &text);
	return keep(c->mem, &text);
}

/* Any other stays what it is: the target's own defence decides about it. */
bool value_own_origin(struct value_call *c, struct str value, struct str *ret_value)
{
	if (str_eq(value, session_origin(c)))
		*ret_value = target_origin(c);
	return true;
}

bool value_own_uri(struct value_call *c, struct str value, struct str *ret_value)
{
	struct str own = session_origin(c), origin, rest;

	if (!str_starts(value, own) || (value.len > own.len && value.p[own.len] != '/'))
		return true;
	origin = target_origin(c);
	rest = from(value, own.len);
	*ret_value = str_of(
		arena_printf(c->mem, "%.*s%.*s", (int)origin.len, origin.p, (int)rest.len, rest.p));
	return true;
}

/* cupsd trusts what comes over its socket by who we are (PeerCred) or by a file that only this
 * machine has (Local): such words are not the technician's to say (R26). */
bool value_authorization(struct value_call *c, struct str value, struct str *ret_value)
{
	static const char *const schemes[] = { "basic ", "digest ", "negotiate " };

	if (c->between->console != CONSOLE_CUPS)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		struct str scheme = str_of(schemes[i]);

		if (value.len > scheme.len &&
		    str_eq_nocase((struct str){ value.p, scheme.len }, scheme))
			return true;
	}
	return false;
}

bool value_unless_console(struct value_call *c, struct str value, struct str *ret_value)
{
	return c->between->console == CONSOLE_NONE;
}

/* ---- towards the browser ---- */

static bool map(struct value_call *c, struct str uri, struct str *ret_value)
{
	return rules_map_uri(c->between, uri, c->mem, ret_value) != URI_ELSEWHERE;
}

bool value_uri(struct value_call *c, struct str value, struct str *ret_value)
{
	return map(c, value, ret_value);
}

/* Browsers follow it at 3xx alone (RFC 9110 section 10.2.2). */
bool value_location(struct value_call *c, struct str value, struct str *ret_value)
{
	if (map(c, value, ret_value))
		return true;
	if (c->status >= 300 && c->status < 400)
		c->rc = ERR_TARGET_ELSEWHERE;
	return false;
}

/* What stands behind the time of "5; url=/there" (WHATWG HTML section 4.2.5.3): ';' or ',' between
 * them may be missing, "url=" too, and the address may be quoted. */
static struct str refresh_uri(struct str rest)
{
	rest = str_trim(rest);
	if (rest.len && (rest.p[0] == ';' || rest.p[0] == ','))
		rest = str_trim(from(rest, 1));
	if (rest.len >= 3 && str_eq_nocase((struct str){ rest.p, 3 }, STR("url"))) {
		struct str behind = str_trim(from(rest, 3));

		if (str_starts(behind, STR("=")))
			rest = str_trim(from(behind, 1));
	}
	if (rest.len && is_quote(rest.p[0])) {
		const char *end = memchr(rest.p + 1, rest.p[0], rest.len - 1);

		rest = from(rest, 1);
		if (end)
			rest.len = (size_t)(end - rest.p);
	}
	return rest;
}

bool value_refresh(struct value_call *c, struct str value, struct str *ret_value)
{
	struct str uri, mapped;
	size_t time = 0;

	while (time < value.len && memchr("0123456789.", value.p[time], 11))
		time++;
	/* Browsers pass over what begins with no time, unless another field's stands before it. */
	if (!time || (time < value.len && !memchr(";, \t", value.p[time], 4)))
		return false;
	uri = mapped = refresh_uri(from(value, time));
	/* Without its quotes, one more of them would begin the address anew. */
	if ((uri.len && is_quote(uri.p[0])) || !map(c, uri, &mapped)) {
		c->rc = ERR_TARGET_ELSEWHERE;
		return false;
	}
	if (mapped.len)
		*ret_value = str_of(arena_printf(c->mem, "%.*s; url=%.*s", (int)time, value.p,
						 (int)mapped.len, mapped.p));
	else
		ret_value->len = time;
	return true;
}

/* The next of "<uri>; a="b, c", <uri>" (RFC 8288 section 3). */
static struct str next_link(struct str *rest)
{
	bool quoted = false, bracketed = false;
	struct str one = *rest;

	for (size_t i = 0; i < one.len; i++) {
		char ch = one.p[i];

		if (ch == '"' && !bracketed)
			quoted = !quoted;
		else if (ch == '<' && !quoted)
			bracketed = true;
		else if (ch == '>' && !quoted)
			bracketed = false;
		else if (ch == ',' && !quoted && !bracketed) {
			*rest = from(one, i + 1);
			one.len = i;
			return str_trim(one);
		}
	}
	*rest = (struct str){};
	return str_trim(one);
}

/* Whether its parameters name addresses besides (RFC 8288 section 3.2; HTML, link's imagesrcset).
 */
static bool names_more(struct str parameters)
{
	static const char *const names[] = { "anchor", "imagesrcset" };
	struct str rest = parameters, one, name;

	while (str_split(&rest, ';', &one)) {
		str_split(&one, '=', &name);
		for (size_t i = 0; i < ARRAY_LEN(names); i++) {
			if (str_eq_nocase(str_trim(name), str_of(names[i])))
				return true;
		}
	}
	return false;
}

/* Links to other places are left out, for browsers fetch some of them. */
bool value_link(struct value_call *c, struct str value, struct str *ret_value)
{
	struct buf out = buf_new(VALUE_MAX);

	while (value.len) {
		struct str link = next_link(&value), uri, mapped;
		const char *end = link.len ? memchr(link.p, '>', link.len) : NULL;

		if (!end || link.p[0] != '<')
			continue;
		uri = mapped = (struct str){ link.p + 1, (size_t)(end - link.p) - 1 };
		link = from(link, (size_t)(end - link.p));
		if (names_more(link) || !map(c, uri, &mapped))
			continue;
		buf_printf(&out, "%s<%.*s%.*s", out.len ? ", " : "", (int)mapped.len, mapped.p,
			   (int)link.len, link.p);
	}
	*ret_value = keep(c->mem, &out);
	return ret_value->len > 0;
}

/* The next of "Digest realm="a, b", nonce="c", Basic realm="d"" (RFC 9110 section 11.6.1), which
 * are challenges' beginnings and parameters alike. */
static struct str next_part(struct str *rest)
{
	bool quoted = false;
	struct str one = *rest;

	for (size_t i = 0; i < one.len; i++) {
		if (quoted && one.p[i] == '\\') {
			i++;
		} else if (one.p[i] == '"') {
			quoted = !quoted;
		} else if (one.p[i] == ',' && !quoted) {
			*rest = from(one, i + 1);
			one.len = i;
			return str_trim(one);
		}
	}
	*rest = (struct str){};
	return str_trim(one);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str first_word(struct str s)
{
	size_t len = 0;

	while (len < s.len && !is_blank(s.p[len]))
		len++;
	return (struct str){ s.p, len };
}

/* The name of "name=value"; empty if a scheme stands before it, or alone. */
static struct str parameter_name(struct str part)
{
	const char *equals = part.len ? memchr(part.p, '=', part.len) : NULL;
	struct str name = str_trim((struct str){ part.p, equals ? (size_t)(equals - part.p) : 0 });

	return first_word(name).len == name.len ? name : (struct str){};
}

/* The scheme that the part begins with, and in *part what is behind it. */
static struct str split_scheme(struct str *part)
{
	struct str scheme = {};

	if (!parameter_name(*part).len) {
		scheme = first_word(*part);
		*part = str_trim(from(*part, scheme.len));
	}
	return scheme;
}

/* "domain" with anything but paths (RFC 7616 section 3.3). */
static bool is_far_domain(struct value_call *c, struct str parameter)
{
	struct str uris = parameter, uri, unused;

	if (!str_eq_nocase(parameter_name(parameter), STR("domain")))
		return false;
	str_split(&uris, '=', &uri);
	uris = str_trim(uris);
	if (uris.len > 1 && uris.p[0] == '"' && uris.p[uris.len - 1] == '"')
		uris = (struct str){ uris.p + 1, uris.len - 2 };
	if (uris.len && memchr(uris.p, '\\', uris.len))
		return true;
	while (str_split(&uris, ' ', &uri)) {
		if (rules_map_uri(c->between, uri, c->mem, &unused) != URI_RELATIVE)
			return true;
	}
	return false;
}

/* A Digest's "domain" names the target's address, and would have the browser send its login there
 * instead; without it the login is for all of the server, that is of the session. */
bool value_challenge(struct value_call *c, struct str value, struct str *ret_value)
{
	bool behind_scheme = false, left_out = false;
	struct buf out = buf_new(VALUE_MAX);
	struct str rest = value;

	while (rest.len) {
		struct str part = next_part(&rest), scheme = split_scheme(&part);
		bool far = is_far_domain(c, part);

		left_out |= far;
		if (far)
			part.len = 0;
		if (scheme.len) {
			buf_puts(&out, out.len ? ", " : "");
			buf_putstr(&out, scheme);
			behind_scheme = true;
		}
		if (part.len) {
			buf_puts(&out, behind_scheme ? " " : out.len ? ", " : "");
			buf_putstr(&out, part);
			behind_scheme = false;
		}
	}
	if (left_out)
		*ret_value = keep(c->mem, &out);
	else
		buf_done(&out);
	return true;
}

bool value_allowed_origin(struct value_call *c, struct str value, struct str *ret_value)
{
	if (str_eq(value, STR("*")) || str_eq(value, STR("null")))
		return true;
	return rules_map_uri(c->between, value, c->mem, ret_value) == URI_OWN;
}

/* Policies name origins among their words; those that are the target's become the session's, so
 * that the policy holds and the address stays where it is. */
bool value_policy(struct value_call *c, struct str value, struct str *ret_value)
{
	static const char between_words[] = " \t,;\"'()=";
	struct buf out = buf_new(VALUE_MAX);
	size_t at = 0;

	while (at < value.len) {
		struct str word = from(value, at), mapped;
		size_t len = 0;

		while (len < word.len && !memchr(between_words, word.p[len], sizeof(between_words)))
			len++;
		word.len = len;
		mapped = word;
		/* A host with its port looks like a scheme. */
		if (len && rules_map_uri(c->between, word, c->mem, &mapped) != URI_OWN &&
		    is_own_authority(c->between, c->between->place.secure, word))
			mapped = c->between->session;
		buf_putstr(&out, mapped);
		at += len;
		if (at < value.len)
			buf_putc(&out, value.p[at++]);
	}
	*ret_value = keep(c->mem, &out);
	return true;
}

/* Pages, frames and data; what they are made of (scripts, styles, images) shows nobody anything. */
static bool is_content(const struct http_request *req)
{
	static const char *const parts[] = { "script", "style", "image", "font" };
	const struct http_header *dest =
		http_find(req->headers, req->headers_len, STR("sec-fetch-dest"));

	for (size_t i = 0; dest && i < ARRAY_LEN(parts); i++) {
		if (str_is(dest->value, parts[i]))
			return false;
	}
	return true;
}

/* No cache between the target and this one browser keeps what it may not (R59), and the browser
 * itself shows no content without asking: the session may be over (R57). */
bool value_cache_control(struct value_call *c, struct str value, struct str *ret_value)
{
	struct buf out = buf_new(VALUE_MAX);
	struct str part;

	while (str_split(&value, ',', &part)) {
		part = str_trim(part);
		if (!part.len || str_eq_nocase(part, STR("public")) ||
		    str_eq_nocase(part, STR("private")) ||
		    (part.len > 8 && str_eq_nocase((struct str){ part.p, 8 }, STR("s-maxage"))))
			continue;
		buf_putstr(&out, part);
		buf_puts(&out, ", ");
	}
	if (!c->cache_said)
		buf_puts(&out, is_content(c->request) ? "private, no-cache" : "private");
	else if (out.len)
		out.len -= 2;
	c->cache_said = true;
	*ret_value = keep(c->mem, &out);
	return ret_value->len > 0;
}
