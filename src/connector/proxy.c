/* proxy.c - see proxy.h. */
#include "connector/proxy.h"
#include "connector/options.h"
#include "base/err.h"
#include "base/os.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define HOST_MAX    255 /* RFC 1035 section 2.3.4 */
#define ADDRESS_MAX 45  /* of IPv6 with IPv4 in it */

/* --- addresses ---------------------------------------------------------------------------------
 */

struct scheme {
	const char *name; /* in front of "://" */
	enum fetch_proxy_kind kind;
	const char *port;
};

/* The first of a kind is how it is shown.  socks5h is curl's word for what we always do. */
static const struct scheme schemes[] = {
	{ "http", FETCH_PROXY_HTTP, "80" },
	{ "https", FETCH_PROXY_HTTPS, "443" },
	{ "socks5", FETCH_PROXY_SOCKS5, "1080" },
	{ "socks5h", FETCH_PROXY_SOCKS5, "1080" },
};

/* Cuts "scheme://" off; without one it is an HTTP proxy, as the environment's often are. */
static const struct scheme *cut_scheme(struct str *url)
{
	static const struct str mark = { "://", 3 };

	for (size_t i = 0; i + mark.len <= url->len; i++) {
		struct str name = { url->p, i };

		if (memcmp(url->p + i, mark.p, mark.len) != 0)
			continue;
		*url = (struct str){ url->p + i + mark.len, url->len - i - mark.len };
		for (size_t k = 0; k < ARRAY_LEN(schemes); k++)
			if (str_eq_nocase(name, str_of(schemes[k].name)))
				return &schemes[k];
		return NULL;
	}
	return &schemes[0];
}

/* From 1 to `max` characters, each of `kind` or one of `others`. */
static bool made_of(struct str s, size_t max, int (*kind)(int c), const char *others)
{
	for (size_t i = 0; i < s.len; i++)
		if (!s.p[i] || (!kind((unsigned char)s.p[i]) && !strchr(others, s.p[i])))
			return false;
	return s.len > 0 && s.len <= max;
}

/* "host", "host:port", "[::1]", "[::1]:port": the length of the host part, 0 if it is none. */
static size_t host_part(struct str s)
{
	const char *end;
	size_t len;

	if (s.len && s.p[0] == '[') {
		end = memchr(s.p, ']', s.len);
		if (!end || !made_of((struct str){ s.p + 1, (size_t)(end - s.p) - 1 }, ADDRESS_MAX,
				     isxdigit, ":."))
			return 0;
		return (size_t)(end - s.p) + 1;
	}
	end = s.len ? memchr(s.p, ':', s.len) : NULL;
	len = end ? (size_t)(end - s.p) : s.len;
	return made_of((struct str){ s.p, len }, HOST_MAX, isalnum, ".-_") ? len : 0;
}

static const char *authority(struct str s, const struct scheme *scheme, struct arena *mem)
{
	size_t len = host_part(s);
	uint64_t port;

	if (!len)
		return NULL;
	if (len == s.len)
		return arena_printf(mem, "%.*s:%s", (int)len, s.p, scheme->port);
	if (s.p[len] != ':' || !str_to_u64((struct str){ s.p + len + 1, s.len - len - 1 }, &port) ||
	    port < 1 || port > 65535)
		return NULL;
	return arena_strndup(mem, s.p, s.len);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 3986 section 2.1; NULL for what decodes to a control character. */
static const char *percent_decode(struct str s, struct arena *mem)
{
	char *out = arena_alloc(mem, s.len + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++) {
		bool coded = s.p[i] == '%' && i + 2 < s.len && hex_digit(s.p[i + 1]) >= 0 &&
			     hex_digit(s.p[i + 2]) >= 0;

		out[n] = s.p[i];
		if (coded) {
			out[n] = (char)(hex_digit(s.p[i + 1]) * 16 + hex_digit(s.p[i + 2]));
			i += 2;
		}
		if (iscntrl((unsigned char)out[n++]))
			return NULL;
	}
	return out;
}

/* "user:password@" in front; the last '@' ends it, as passwords may hold one. */
static int cut_user(struct str *s, bool allowed, struct arena *mem, struct fetch_proxy *way)
{
	struct str user, password;
	size_t at = s->len;

	while (at && s->p[at - 1] != '@')
		at--;
	if (!at)
		return 0;
	if (!allowed)
		return ERR_CONFIG;
	password = (struct str){ s->p, at - 1 };
	str_split(&password, ':', &user);
	way->user = percent_decode(user, mem);
	way->password = password.p ? percent_decode(password, mem) : "";
	*s = (struct str){ s->p + at, s->len - at };
	return way->user && way->password ? 0 : ERR_CONFIG;
}

int proxy_parse(struct str url, bool users, struct arena *mem, struct fetch_proxy *ret_way)
{
	const struct scheme *scheme = cut_scheme(&url);
	struct fetch_proxy way = {};

	if (!scheme || cut_user(&url, users, mem, &way) < 0)
		return ERR_CONFIG;
	if (url.len && url.p[url.len - 1] == '/')
		url.len--;
	way.kind = scheme->kind;
	way.authority = authority(url, scheme, mem);
	if (!way.authority)
		return ERR_CONFIG;
	*ret_way = way;
	return 0;
}

/* --- exceptions --------------------------------------------------------------------------------
 */

static struct str without_brackets(struct str host)
{
	if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
		return (struct str){ host.p + 1, host.len - 2 };
	return host;
}

static bool name_exempts(struct str name, struct str host)
{
	struct str tail;

	if (str_eq(name, STR("*")))
		return true;
	if (name.len && name.p[0] == '.')
		name = (struct str){ name.p + 1, name.len - 1 };
	if (!name.len || name.len > host.len)
		return false;
	tail = (struct str){ host.p + host.len - name.len, name.len };
	return str_eq_nocase(tail, name) &&
	       (name.len == host.len || host.p[host.len - name.len - 1] == '.');
}

bool proxy_exempts(struct str list, struct str host)
{
	struct str part, word;

	host = without_brackets(host);
	while (str_split(&list, ',', &part))
		while (str_split(&part, ' ', &word))
			if (name_exempts(without_brackets(str_trim(word)), host))
				return true;
	return false;
}

/* --- choosing ----------------------------------------------------------------------------------
 */

/* The order of `proxy.auth`'s choices.  Without a word the ticket is left alone: who has none would
 * be asked for it first. */
static const unsigned auths[] = {
	FETCH_AUTH_BASIC | FETCH_AUTH_DIGEST | FETCH_AUTH_NTLM,
	FETCH_AUTH_BASIC,
	FETCH_AUTH_DIGEST,
	FETCH_AUTH_NTLM,
	FETCH_AUTH_NEGOTIATE,
};

static const char *first_of(const char *(*env)(const char *name), const char *const *names,
			    const char **ret_name)
{
	for (; *names; names++) {
		const char *value = env(*names);

		if (value && *value) {
			*ret_name = *names;
			return value;
		}
	}
	return NULL;
}

static bool exempted(const char *list, const char *hub_url)
{
	struct buf host = buf_new(400);
	bool yes;

	options_authority(hub_url, &host);
	yes = proxy_exempts(str_of(list),
			    (struct str){ (const char *)host.data, host_part(buf_str(&host)) });
	buf_done(&host);
	return yes;
}

static int use(struct str url, const char *exceptions, const struct options *o, struct arena *mem,
	       struct proxy *p)
{
	int rc = proxy_parse(url, p->origin == PROXY_ENVIRONMENT, mem, &p->way);

	if (rc < 0 || exempted(exceptions, o->hub_url))
		return rc;
	p->used = true;
	for (size_t i = ARRAY_LEN(schemes); i-- > 0;)
		if (schemes[i].kind == p->way.kind)
			p->url = arena_printf(mem, "%s://%s", schemes[i].name, p->way.authority);
	p->way.auth = auths[o->proxy_auth];
	p->way.ca_file = o->proxy_ca_file;
	p->way.ticket_program = os_program();
	return 0;
}

static int use_environment(const struct options *o, const char *(*env)(const char *name),
			   struct arena *mem, struct proxy *p)
{
	static const char *const proxies[] = { "https_proxy", "HTTPS_PROXY", "all_proxy",
					       "ALL_PROXY", NULL };
	static const char *const exceptions[] = { "no_proxy", "NO_PROXY", NULL };
	const char *unused, *url = first_of(env, proxies, &p->variable);

	if (!url)
		return 0;
	p->origin = PROXY_ENVIRONMENT;
	return use(str_of(url), first_of(env, exceptions, &unused), o, mem, p);
}

int proxy_choose(const struct options *o, const char *(*env)(const char *name), struct arena *mem,
		 struct proxy *ret_proxy, struct config_problem *ret_problem)
{
	struct proxy p = {};
	int rc = 0;

	if (!o->proxy_url) {
		rc = use_environment(o, env, mem, &p);
	} else {
		p.origin = PROXY_CONFIGURED;
		if (strcmp(o->proxy_url, PROXY_NONE_WORD) != 0)
			rc = use(str_of(o->proxy_url), o->proxy_no_proxy, o, mem, &p);
		if (p.used) {
			p.way.user = o->proxy_user;
			p.way.password = o->proxy_password;
		}
	}
	if (rc < 0) {
		ret_problem->line = 0;
		snprintf(ret_problem->text, sizeof(ret_problem->text),
			 "%s is not the address of a proxy", p.variable ? p.variable : "proxy.url");
		return rc;
	}
	*ret_proxy = p;
	return 0;
}
