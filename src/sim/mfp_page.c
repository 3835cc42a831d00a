/* mfp_page.c - what the device answers; see mfp.h.  The odd things are those that are known of real
 * ones: refused hosts, absolute redirects, answers without a length, reason phrases and dates of
 * their own, frames, Digest. */
#include "sim/mfp.h"
#include "base/err.h"
#include "base/hash.h"
#include "sim/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define REALM   "mfp"
#define POLL_MS 10000
#define NONCE   "5d1c0a27f0e24c1f" /* a device's is no better */

/* clang-format off */
#define AT(member) offsetof(struct mfp_scenario, member)
static const struct json_field fields[] = {
	{ "host_check",		JSON_BOOL, AT(host_check) },
	{ "absolute_redirect",	JSON_BOOL, AT(absolute_redirect) },
	{ "no_length",		JSON_BOOL, AT(no_length) },
	{ "http10",		JSON_BOOL, AT(http10) },
	{ "frameset",		JSON_BOOL, AT(frameset) },
	{ "odd_reason",		JSON_BOOL, AT(odd_reason) },
	{ "odd_date",		JSON_BOOL, AT(odd_date) },
	{ "digest",		JSON_BOOL, AT(digest) },
	{ "basic",		JSON_BOOL, AT(basic) },
	{ "bare_lf",		JSON_BOOL, AT(bare_lf) },
	{ "no_chunks",		JSON_BOOL, AT(no_chunks) },
	{ "form",		JSON_ENUM, AT(form), .names = odd_form_names },
	{ "host",		JSON_TEXT, AT(host), .max = 253 },
	{ "redirect",		JSON_TEXT, AT(redirect), .max = 500 },
	{ "name",		JSON_TEXT, AT(name), .max = 64 },
	{ "password",		JSON_TEXT, AT(password), .max = 64 },
	{ "title",		JSON_TEXT, AT(title), .max = 64 },
	{ "slow_first_byte_ms",	JSON_INT,  AT(slow_first_byte_ms), .max = 600000 },
	{}
};
static const struct json_schema schema = { "mfp", sizeof(struct mfp_scenario), 0, fields };
#undef AT
/* clang-format on */

int mfp_scenario_decode(struct str json, struct arena *mem, struct mfp_scenario *ret_scenario,
			struct json_problem *ret_problem)
{
	struct mfp_scenario s;
	int rc = json_decode(&schema, json.p, json.len, mem, &s, ret_problem);

	if (rc < 0)
		return rc;
	if (!s.name)
		s.name = "admin";
	if (!s.password)
		s.password = "sim-password";
	if (!s.title)
		s.title = "Simulated MFP";
	if (s.slow_first_byte_ms == JSON_ABSENT_INT)
		s.slow_first_byte_ms = 0;
	if (s.form < 0)
		s.form = ODD_COUNTED;
	*ret_scenario = s;
	return 0;
}

/* ---- parts of a request ---- */

static struct str header(const struct odd_call *call, const char *name)
{
	const struct http_header *h =
		http_find(call->request->headers, call->request->headers_len, str_of(name));

	return h ? h->value : (struct str){};
}

/* A field of a form, decoded. */
static void form_field(struct str form, const char *name, struct buf *out)
{
	struct str pair, key;

	while (form.p && str_split(&form, '&', &pair)) {
		str_split(&pair, '=', &key);
		if (str_eq(key, str_of(name)) && pair.p) {
			form_decode(pair, out);
			return;
		}
	}
}

/* name="value" or name=value of an Authorization header. */
static struct str parameter(struct str all, const char *name)
{
	struct str part, key;

	while (all.p && str_split(&all, ',', &part)) {
		str_split(&part, '=', &key);
		if (!str_eq_nocase(str_trim(key), str_of(name)) || !part.p)
			continue;
		part = str_trim(part);
		if (part.len > 1 && part.p[0] == '"')
			part = (struct str){ part.p + 1, part.len - 2 };
		return part;
	}
	return (struct str){};
}

/* ---- Digest (RFC 7616, SHA-256, qop auth) ---- */

static void hash_text(struct buf *text, char out[static 2 * HASH_LEN + 1])
{
	struct hash sum = hash_of(text->data, text->len);

	hash_hex(&sum, out);
	buf_clear(text);
}

static bool digest_fits(const struct mfp_scenario *s, const struct odd_call *call)
{
	struct str all = header(call, "authorization"), given[5];
	static const char *const names[] = { "response", "uri", "nc", "cnonce", "username" };
	char a1[2 * HASH_LEN + 1], a2[2 * HASH_LEN + 1], expected[2 * HASH_LEN + 1];
	const struct http_request *rq = call->request;
	struct buf text = buf_new(16 * KIB), uri = buf_new(16 * KIB);
	bool ok;

	if (!str_starts(all, STR("Digest ")))
		return false;
	all = (struct str){ all.p + 7, all.len - 7 };
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		given[i] = parameter(all, names[i]);
	buf_printf(&text, "%s:" REALM ":%s", s->name, s->password);
	hash_text(&text, a1);
	buf_putstr(&uri, rq->path);
	buf_puts(&uri, rq->query.p ? "?" : "");
	buf_putstr(&uri, rq->query);
	buf_putstr(&text, rq->method_text);
	buf_puts(&text, ":");
	buf_putstr(&text, buf_str(&uri));
	hash_text(&text, a2);
	buf_printf(&text, "%s:" NONCE ":%.*s:%.*s:auth:%s", a1, (int)given[2].len, given[2].p,
		   (int)given[3].len, given[3].p, a2);
	hash_text(&text, expected);
	/* The path must have come as it was signed. */
	ok = str_eq(given[0], str_of(expected)) && str_eq(given[1], buf_str(&uri)) &&
	     str_eq(given[4], str_of(s->name));
	buf_done(&text);
	buf_done(&uri);
	return ok;
}

/* RFC 7617. */
static bool basic_fits(const struct mfp_scenario *s, const struct odd_call *call)
{
	struct buf login = buf_new(256), expected = buf_new(512);
	bool ok;

	buf_printf(&login, "%s:%s", s->name, s->password);
	buf_puts(&expected, "Basic ");
	buf_put_base64(&expected, login.data, login.len);
	ok = str_eq(header(call, "authorization"), buf_str(&expected));
	buf_done(&login);
	buf_done(&expected);
	return ok;
}

/* ---- pages ---- */

static void put_text(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];

		if (c == '<' || c == '&' || c == '"')
			buf_printf(out, "&#%d;", c);
		else
			buf_putc(out, c);
	}
}

static void page(struct mfp_state *m, struct odd_answer *a, const char *content)
{
	buf_puts(&a->head, "Content-Type: text/html\r\n");
	buf_puts(&a->body, "<!DOCTYPE html><html><head><title>");
	put_text(&a->body, str_of(m->now->title));
	buf_printf(&a->body,
		   "</title><link rel=stylesheet href=/mfp.css></head><body>%s</body></html>",
		   content);
}

static void root(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	const struct mfp_scenario *s = m->now;

	if (s->redirect || s->absolute_redirect == JSON_TRUE) {
		a->status = 302;
		if (s->redirect)
			buf_printf(&a->head, "Location: %s\r\n", s->redirect);
		else
			buf_printf(&a->head, "Location: http%s://%s/start/start.htm\r\n",
				   call->secure ? "s" : "", m->own);
	} else if (s->frameset == JSON_TRUE) {
		buf_puts(&a->head, "Content-Type: text/html\r\n");
		buf_puts(&a->body,
			 "<html><head><title>Frames</title></head>"
			 "<frameset rows=\"40,*\"><frame name=top src=\"/start/start.htm\">"
			 "<frame name=main src=\"/wlm/index.htm\"></frameset></html>");
	} else {
		page(m, a, "<h1>Device</h1><a href=/settings>Settings</a>");
	}
}

/* If not, it is asked for. */
static bool logged_in(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	if (m->now->digest == JSON_TRUE && !digest_fits(m->now, call))
		buf_puts(&a->head, "WWW-Authenticate: Digest realm=\"" REALM "\", nonce=\"" NONCE
				   "\", algorithm=SHA-256, qop=\"auth\"\r\n");
	else if (m->now->basic == JSON_TRUE && !basic_fits(m->now, call))
		buf_puts(&a->head, "WWW-Authenticate: Basic realm=\"" REALM "\"\r\n");
	else
		return true;
	a->status = 401;
	page(m, a, "<h1>Login</h1>");
	return false;
}

static void settings(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	struct buf content = buf_new(4 * KIB), location = buf_new(256);

	if (!logged_in(m, call, a))
		return;
	if (call->request->method == METHOD_POST) {
		form_field(call->body, "location", &location);
		snprintf(m->location, sizeof(m->location), "%.*s", (int)location.len,
			 location.data ? (const char *)location.data : "");
		a->status = 302;
		buf_puts(&a->head, "Location: /settings\r\n");
		buf_printf(&a->head, "Set-Cookie: wimsesid=%" PRId64 "; Path=/; HttpOnly\r\n",
			   ++m->logins);
	} else {
		buf_puts(&content,
			 "<form method=post action=/settings><input name=location value=\"");
		put_text(&content, str_of(m->location));
		buf_puts(&content, "\"><button>Save</button></form><p id=cookie>");
		put_text(&content, header(call, "cookie"));
		buf_puts(&content, "</p>");
		page(m, a, (const char *)content.data);
	}
	buf_done(&content);
	buf_done(&location);
}

static void start(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	page(m, a, "<h1>Start</h1><script src=/mfp.js></script>");
}

static void status(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	page(m, a, "<h1>Status</h1><p>Ready</p>");
}

static void style(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	buf_puts(&a->head, "Content-Type: text/css\r\nAccept-Encoding: gzip\r\n");
	buf_puts(&a->body, "body { font-family: sans-serif }\n");
}

/* As some set their cookies: by a script. */
static void script(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	buf_puts(&a->head, "Content-Type: text/javascript\r\n");
	buf_puts(&a->body, "document.cookie = 'cookieOnOffChecker=on; path=/';\n");
}

/* As pages have that wait for news. */
static void poll(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	buf_puts(&a->head, "Content-Type: text/plain\r\n");
	buf_puts(&a->body, "nothing new\n");
	a->delay_ms = POLL_MS;
}

static void scan(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	a->status = 201;
	buf_puts(&a->head, "Location: /scan/1\r\n");
}

static const struct mfp_page {
	const char *path;
	void (*put)(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a);
} pages[] = {
	{ "/", root },
	{ "/start/start.htm", start },
	{ "/wlm/index.htm", status },
	{ "/mfp.css", style },
	{ "/mfp.js", script },
	{ "/settings", settings },
	{ "/scan", scan },
	{ "/poll", poll },
};

static bool host_ok(const struct mfp_state *m, const struct odd_call *call)
{
	struct str host = call->request->authority;

	return m->now->host_check != JSON_TRUE || str_eq_nocase(host, str_of(m->own)) ||
	       (m->now->host && str_eq_nocase(host, str_of(m->now->host)));
}

static void make_odd(const struct mfp_scenario *s, struct odd_answer *a)
{
	if (s->odd_date == JSON_TRUE)
		buf_puts(&a->head, "Date: THU 1-1-1970\r\n");
	if (s->odd_reason == JSON_TRUE)
		a->reason = a->status == 302 ? "Movtmp" : "";
	if (s->http10 == JSON_TRUE)
		a->form = ODD_HTTP10;
	else if (s->no_length == JSON_TRUE && (a->status == 201 || a->status == 302))
		a->form = ODD_NO_LENGTH;
	else if (a->status == 200)
		a->form = (enum odd_form)s->form;
	a->bare_lf = s->bare_lf == JSON_TRUE;
	a->delay_ms += s->slow_first_byte_ms;
}

void mfp_answer(struct mfp_state *m, const struct odd_call *call, struct odd_answer *a)
{
	a->status = 200;
	if (!host_ok(m, call)) {
		a->status = 400;
		page(m, a, "<h1>Bad Request</h1>");
		make_odd(m->now, a);
		return;
	}
	if (m->now->no_chunks == JSON_TRUE && call->request->body_bytes < 0) {
		a->status = 411;
		page(m, a, "<h1>Length Required</h1>");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (str_eq(call->request->path, str_of(pages[i].path))) {
			pages[i].put(m, call, a);
			make_odd(m->now, a);
			return;
		}
	}
	a->status = 404;
	page(m, a, "<h1>Not Found</h1>");
	make_odd(m->now, a);
}
