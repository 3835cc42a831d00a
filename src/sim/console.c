/* console.c - the admin console over HTTP: login, sessions, origin filter, forms, the log.
 *
 * Built from what was seen of real servers (22.0): absolute redirects made from Host, no Server
 * header, JSESSIONID, "service" parameters of Tapestry, a filter that compares Origin (else
 * Referer) of each POST with the server's own address. */
#include "sim/console.h"
#include "base/hash.h"
#include "sim/path.h"
#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FORM_VALUE_MAX (4 * KIB)
#define HSTS           "max-age=31536000"
#define LOG_LINE       64
#define LOG_DIGITS     15

static const char *scheme(const struct call *c)
{
	return c->rq->secure ? "https" : "http";
}

static void redirect(struct call *c, const char *path)
{
	c->a->status = 302;
	c->a->type = NULL;
	buf_clear(&c->a->body);
	answer_header(c, "Location", "%s://%.*s%s", scheme(c), (int)c->rq->host.len, c->rq->host.p,
		      path);
}

/* --- sessions ----------------------------------------------------------------------------------
 */

static struct str cookie(struct str all, const char *name)
{
	struct str part, key;

	while (str_split(&all, ';', &part)) {
		part = str_trim(part);
		if (str_split(&part, '=', &key) && str_eq(key, str_of(name)) && part.p)
			return part;
	}
	return (struct str){};
}

static struct session *begin_session(struct call *c)
{
	struct session *s = session_new(c->state->sessions);

	answer_header(c, "Set-Cookie", "JSESSIONID=%s; Path=/; HttpOnly%s", s->id,
		      c->rq->secure ? "; Secure" : "");
	answer_header(c, "Set-Cookie", "org.apache.tapestry.locale=en; Path=/");
	return s;
}

static struct session *session_of(struct call *c)
{
	struct session *s = session_find(c->state->sessions, cookie(c->rq->cookie, "JSESSIONID"));

	return s ? s : begin_session(c);
}

/* --- the origin filter -------------------------------------------------------------------------
 */

/* "scheme://authority" of an address. */
static struct str origin_of(struct str url)
{
	const char *at = url.len ? memmem(url.p, url.len, "://", 3) : NULL;
	const char *end;

	if (!at)
		return url;
	at += 3;
	end = memchr(at, '/', url.len - (size_t)(at - url.p));
	return end ? (struct str){ url.p, (size_t)(end - url.p) } : url;
}

static bool origin_allowed(const struct call *c)
{
	const struct sim_admin *admin = c->s->admin;
	struct str told = c->rq->origin.p ? c->rq->origin : origin_of(c->rq->referer);
	char own[600];

	if (admin->validate_origin != JSON_TRUE)
		return true;
	if (!told.p)
		return admin->deny_unknown_origin != JSON_TRUE;
	for (size_t i = 0; i < admin->allowed_domains.len; i++)
		if (str_eq(told, str_of(admin->allowed_domains.items[i])))
			return true;
	snprintf(own, sizeof(own), "%s://%.*s", scheme(c),
		 (int)(c->rq->host.len < 500 ? c->rq->host.len : 500), c->rq->host.p);
	return str_eq(told, str_of(own));
}

/* --- what a session may do ---------------------------------------------------------------------
 */

/* A field of the form or, if it is not there, of the query: decoded, cut to the room. */
static void field(const struct call *c, const char *name, char *out, size_t size)
{
	struct buf value = buf_new(FORM_VALUE_MAX);
	struct str raw = query_text(c->rq->body, name);

	form_decode(raw.p ? raw : query_text(c->rq->query, name), &value);
	snprintf(out, size, "%.*s", (int)value.len, value.data ? (const char *)value.data : "");
	buf_done(&value);
}

static void log_in(struct call *c, struct session *s)
{
	const struct sim_admin *admin = c->s->admin;
	char name[300], password[300];

	field(c, "inputUsername", name, sizeof(name));
	field(c, "inputPassword", password, sizeof(password));
	if (strcmp(name, admin->name) != 0 || strlen(password) != strlen(admin->password) ||
	    !secret_eq(password, admin->password, strlen(password)))
		return page_login(c, s, "The username or password is invalid.");
	if (cookie(c->rq->cookie, "JSESSIONID").p)
		s = begin_session(c); /* a new one: nobody may have planted the old */
	s->logged_in = true;
	redirect(c, "/app?service=page/Dashboard");
}

static void log_out(struct call *c, struct session *s)
{
	*s = (struct session){};
	redirect(c, "/admin");
}

static void save_note(struct call *c, struct session *s)
{
	field(c, "inputValue", s->note, sizeof(s->note));
	redirect(c, "/app?service=page/ConfigEditor");
}

static void take_upload(struct call *c, struct session *s)
{
	char text[100];

	snprintf(text, sizeof(text), "Received %lld octets", (long long)c->rq->body_bytes);
	answer_text(c, 200, text);
}

/* For a script of the page, which sends the page's token along. */
static void refresh(struct call *c, struct session *s)
{
	if (!str_eq(c->rq->csrf_token, str_of(s->csrf)))
		return answer_text(c, (int)c->s->admin->csrf_status, "CSRF validation error");
	c->a->status = 200;
	c->a->type = JSON_TYPE;
	buf_puts(&c->a->body, "{\"refreshed\":true}");
}

static void log_line(int64_t number, char out[static LOG_LINE])
{
	static const char line[] =
		"000000000000000 INFO  Server - a line of the simulated log     \n";

	static_assert(sizeof(line) == LOG_LINE + 1, "a line's length is its place");
	memcpy(out, line, LOG_LINE);
	for (char *digit = out + LOG_DIGITS - 1; number && digit >= out; digit--) {
		*digit = (char)('0' + number % 10);
		number /= 10;
	}
}

/* Any octet of the log can be told from its place: it is made while it is sent. */
static void log_octets(int64_t at, uint8_t *out, size_t len)
{
	char line[LOG_LINE];

	for (size_t n = 0, take; n < len; n += take, at += (int64_t)take) {
		size_t from = (size_t)(at % LOG_LINE);

		take = LOG_LINE - from < len - n ? LOG_LINE - from : len - n;
		log_line(at / LOG_LINE, line);
		memcpy(out + n, line + from, take);
	}
}

static void download_log(struct call *c, struct session *s)
{
	c->a->status = 200;
	c->a->type = "text/plain";
	answer_header(c, "Content-Disposition", "attachment; filename=\"server.log\"");
	c->a->make = log_octets;
	c->a->make_bytes = c->s->admin->download_bytes;
}

static void show_printer(struct call *c, struct session *s)
{
	struct str sp = query_text(c->rq->query, "sp");
	uint64_t id = 0;

	if (sp.len < 2 || !str_to_u64((struct str){ sp.p + 1, sp.len - 1 }, &id))
		return answer_page(c, 404, "Not found");
	for (size_t i = 0; i < c->s->printers.len; i++) {
		const struct sim_printer *p = c->s->printers.items[i];

		if (p->id == (int64_t)id)
			return answer_text(c, 200, p->name);
	}
	answer_page(c, 404, "Not found");
}

/* clang-format off */
static const struct service {
	const char *name; /* of "service=direct/1/<name>" */
	enum http_method method;
	bool open; /* without a login */
	void (*run)(struct call *c, struct session *s);
} services[] = {
	{ "Home/$Form",			METHOD_POST, true,  log_in },
	{ "Home/logout",		METHOD_POST, false, log_out },
	{ "ConfigEditor/$Form",		METHOD_POST, false, save_note },
	{ "OptionsAdvanced/$Upload",	METHOD_POST, false, take_upload },
	{ "OptionsAdvanced/downloadLog", METHOD_GET, false, download_log },
	{ "Dashboard/$Refresh",		METHOD_POST, false, refresh },
	{ "PrinterList/selectPrinter",	METHOD_GET,  false, show_printer },
};
/* clang-format on */

static void run_page(struct call *c, struct session *s, const char *name)
{
	for (const struct console_page *p = console_pages; p->name; p++)
		if (strcmp(p->name, name) == 0)
			return p->open || s->logged_in ? page_answer(c, p, s)
						       : page_login(c, s, NULL);
	answer_page(c, 404, "Not found");
}

static void run_service(struct call *c, struct session *s, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		if (strcmp(services[i].name, name) != 0)
			continue;
		if (services[i].method != c->rq->method)
			return answer_page(c, 405, "Method not allowed");
		if (!services[i].open && !s->logged_in)
			return page_login(c, s, "Your session has expired.");
		return services[i].run(c, s);
	}
	answer_page(c, 404, "Not found");
}

static void run_app(struct call *c, struct session *s)
{
	char service[200];

	field(c, "service", service, sizeof(service));
	if (strncmp(service, "direct/1/", 9) == 0)
		run_service(c, s, service + 9);
	else
		run_page(c, s, strncmp(service, "page/", 5) == 0 ? service + 5 : "Home");
}

bool console_answer(struct call *c, struct str path)
{
	if (c->rq->secure && c->s->admin->hsts == JSON_TRUE)
		answer_header(c, "Strict-Transport-Security", "%s", HSTS);
	if (!peer_allowed(&c->s->admin->allowed, c->rq->peer))
		answer_page(c, 403, "Access denied");
	else if (c->rq->method == METHOD_POST && !origin_allowed(c))
		answer_page(c, (int)c->s->admin->csrf_status, "CSRF validation error");
	else if (str_eq(path, STR("/")))
		redirect(c, "/user");
	else if (str_eq(path, STR("/content/help"))) /* a folder */
		redirect(c, "/content/help/");
	else if (str_eq(path, STR("/user")) || str_eq(path, STR("/admin")))
		page_login(c, session_of(c), NULL);
	else if (str_eq(path, STR("/app")))
		run_app(c, session_of(c));
	else if (str_starts(path, STR("/device")))
		answer_text(c, 200, "Embedded device interface");
	else
		return page_file(c, path);
	return true;
}
