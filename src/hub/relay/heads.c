/* heads.c - what of a request's and an answer's head goes through the relay.
 *
 * The rules that belong to the target are the connector's (its gateway): names, addresses, cookies.
 * These are the hub's own: what a browser must not say to the connector, and what a site, whose
 * connector may be anybody's, must not say to the browser of a technician who visits others, too.
 */
#include "hub/relay/slice.h"

#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "wire/tunnel.h"

/* A cookie of another name may follow. */
#define OWN_COOKIES STR("__Host-imprimatur")

static const char *const not_to_site[] = {
	"forwarded",        "via",       TUNNEL_SESSION_HEADER, TUNNEL_ERROR_HEADER,
	"x-forwarded-for",  "x-real-ip", "x-forwarded-host",    "x-forwarded-proto",
	"x-forwarded-port", NULL,
};

static const char *const not_to_browser[] = {
	"alt-svc",
	"clear-site-data",
	"expect-ct",
	"nel",
	"origin-agent-cluster",
	"public-key-pins",
	"report-to",
	"reporting-endpoints",
	"service-worker-allowed",
	"strict-transport-security",
	TUNNEL_SESSION_HEADER,
	NULL,
};

static bool is_one_of(const char *const *names, struct str name)
{
	for (; *names; names++) {
		if (str_is(name, *names))
			return true;
	}
	return false;
}

/* ---- requests ---- */

static bool is_own(struct str pair)
{
	return pair.len > OWN_COOKIES.len &&
	       str_eq((struct str){ pair.p, OWN_COOKIES.len }, OWN_COOKIES);
}

struct str head_cookie(const struct exchange *x)
{
	struct str rest = exchange_header(x, "cookie"), pair, found = {};
	struct str want = STR(SESSION_COOKIE "=");
	unsigned times = 0;

	while (rest.len && str_split(&rest, ';', &pair)) {
		pair = str_trim(pair);
		if (!str_starts(pair, want))
			continue;
		found = (struct str){ pair.p + want.len, pair.len - want.len };
		times++;
	}
	return times == 1 ? found : (struct str){};
}

/* The cookies of the target alone; the empty view if there is none. */
static struct str targets_cookies(struct arena *mem, struct str cookie)
{
	char *out = arena_alloc(mem, cookie.len + 1);
	struct str rest = cookie, pair;
	size_t n = 0;

	while (rest.len && str_split(&rest, ';', &pair)) {
		pair = str_trim(pair);
		if (!pair.len || is_own(pair))
			continue;
		if (n) {
			memcpy(out + n, "; ", 2);
			n += 2;
		}
		memcpy(out + n, pair.p, pair.len);
		n += pair.len;
	}
	return (struct str){ out, n };
}

const struct http_request *head_to_site(struct exchange *x, const char *session)
{
	const struct http_request *from = exchange_request(x);
	struct arena *mem = exchange_arena(x);
	struct http_request *to = ARENA_NEW(mem, struct http_request);
	struct http_header *h = ARENA_ARRAY(mem, struct http_header, from->headers_len + 1);
	size_t n = 0;

	/* A copy: the session may be forgotten before the exchange. */
	h[n++] = (struct http_header){ STR(TUNNEL_SESSION_HEADER),
				       str_of(arena_strdup(mem, session)) };
	for (size_t i = 0; i < from->headers_len; i++) {
		struct http_header one = from->headers[i];

		if (is_one_of(not_to_site, one.name))
			continue;
		if (str_eq(one.name, STR("cookie")))
			one.value = targets_cookies(mem, one.value);
		if (one.value.len || !str_eq(one.name, STR("cookie")))
			h[n++] = one;
	}
	*to = *from;
	to->headers = h;
	to->headers_len = n;
	return to;
}

static bool says(const struct exchange *x, const char *name, const char *value)
{
	return str_eq(exchange_header(x, name), str_of(value));
}

/* Without an Origin it is nobody's page that asks (RFC 6454 section 7.3), or a link. */
static bool origin_is_own(const struct exchange *x)
{
	struct str origin = exchange_header(x, "origin"), scheme = STR("https://");

	return !origin.p ||
	       (str_starts(origin, scheme) &&
		str_eq_nocase((struct str){ origin.p + scheme.len, origin.len - scheme.len },
			      exchange_request(x)->authority));
}

/* Browsers say Sec-Fetch-Site of no WebSocket, and old ones of nothing. */
static bool is_foreign(const struct exchange *x)
{
	struct str site = exchange_header(x, "sec-fetch-site");

	if (exchange_request(x)->upgrade.p || !site.p)
		return !origin_is_own(x);
	return str_eq(site, STR("cross-site")) || str_eq(site, STR("same-site"));
}

/* Asked for ahead of anybody's wish to go there.  A page may have that done at another origin, and
 * then the browser says of it what it says of a person's own (Sec-Fetch-Site: none), with all
 * cookies (Chromium's speculation rules). */
static bool is_ahead(const struct exchange *x)
{
	return (exchange_header(x, "sec-purpose").p || exchange_header(x, "purpose").p) &&
	       !says(x, "sec-fetch-site", "same-origin");
}

int head_refusal(const struct exchange *x)
{
	bool follows_link = exchange_request(x)->method == METHOD_GET &&
			    says(x, "sec-fetch-mode", "navigate") &&
			    says(x, "sec-fetch-dest", "document");

	if (is_ahead(x) || (is_foreign(x) && !follows_link))
		return ERR_ORIGIN;
	/* It would stay in the browser after the session, and see the next one's pages. */
	return says(x, "service-worker", "script") ? ERR_FORBIDDEN : 0;
}

/* ---- answers ---- */

/* Not a cookie for more than this origin, nor one in the place of ours: also not one without a
 * name, whose value some browsers send back as if it were name and value (RFC 6265bis section 5.7
 * forbids that of "__Host-" alone, and is young). */
static bool cookie_ok(struct str value)
{
	struct str rest = value, part;

	if (!str_split(&rest, ';', &part))
		return false;
	part = str_trim(part);
	if (!part.len || part.p[0] == '=' || is_own(part))
		return false;
	while (rest.len && str_split(&rest, ';', &part)) {
		part = str_trim(part);
		if (part.len >= 6 && str_eq_nocase((struct str){ part.p, 6 }, STR("domain")))
			return false;
	}
	return true;
}

static bool passes(const struct http_header *h)
{
	return str_eq(h->name, STR("set-cookie")) ? cookie_ok(h->value)
						  : !is_one_of(not_to_browser, h->name);
}

void head_to_browser(struct exchange *x)
{
	size_t len, n = 0;
	const struct http_header *h = exchange_answer_headers(x, &len);
	struct http_header *good = ARENA_ARRAY(exchange_arena(x), struct http_header, len + 1);

	for (size_t i = 0; i < len; i++) {
		if (passes(&h[i]))
			good[n++] = h[i];
	}
	good[n++] = (struct http_header){ STR("origin-agent-cluster"), STR("?1") };
	exchange_set_headers(x, good, n);
}
