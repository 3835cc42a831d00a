/* page.c - pages of ours at a session's origin: in the browser's language, without inline script or
 * style, kept by nobody.
 *
 * An error shows the way from the browser to the device, and where it ends. */
#include "hub/relay/slice.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define PAGE_MAX (16 * KIB)
#define HTML     "text/html; charset=utf-8"

/* ---- files ---- */

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:4em auto;padding:0 1em;"
	"color:#1b1f24;background:#fff}"
	"h1{font-size:1.4em}"
	"ol{list-style:none;display:flex;flex-wrap:wrap;gap:.5em;padding:0}"
	"li{border:1px solid #c8ccd1;border-radius:.4em;padding:.4em .8em}"
	"li.ok::before{content:\"\\2713\\a0\"}"
	"li.down{border:2px solid #b42318;color:#b42318}"
	"li.down::before{content:\"\\2717\\a0\"}"
	"li.unknown,code{color:#5b6168}"
	"code{font-size:.85em}"
	"a{color:#2f54b4;margin-right:1em}"
	"@media(prefers-color-scheme:dark){body{color:#e6e8eb;background:#16191d}"
	"li{border-color:#4a5058}"
	"li.unknown,code{color:#a3a9b0}"
	"a{color:#a5b9ee}"
	"li.down{color:#ff9c8f;border-color:#ff9c8f}}";

/* The ticket leaves the address before anything else happens, so that no history holds it. */
static const char script[] =
	"(function(){var t=location.hash.slice(1);history.replaceState(null,'',location.pathname);"
	"if(!t)return;var f=document.getElementById('enter');f.elements.ticket.value=t;f.submit();"
	"})();";

static const struct {
	const char *path, *type;
	struct str data;
} files[] = {
	{ "/.imprimatur/page.css", "text/css; charset=utf-8", { style, sizeof(style) - 1 } },
	{ "/.imprimatur/enter.js",
	  "text/javascript; charset=utf-8",
	  { script, sizeof(script) - 1 } },
};

/* Many devices' pages are frames: what is wrong is said in the frame where it is wrong.  The page
 * that a ticket goes through is for a window of its own. */
#define POLICY(ancestors)                                                                          \
	"default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; "                 \
	"form-action 'self'; base-uri 'none'; frame-ancestors " ancestors
#define POLICY_ERROR POLICY("'self'")
#define POLICY_ENTER POLICY("'none'")

static void put_headers(struct exchange *x, const char *policy)
{
	static const struct {
		const char *name, *value;
	} rows[] = {
		{ "cache-control", "no-store" },
		/* With less, browsers say "Origin: null" where our form posts (Fetch 3.2). */
		{ "referrer-policy", "same-origin" },
		{ "x-content-type-options", "nosniff" },
		{ "origin-agent-cluster", "?1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		exchange_add_header(x, rows[i].name, rows[i].value);
	exchange_add_header(x, "content-security-policy", policy);
}

bool page_file(struct exchange *x, struct str path)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (!str_eq(path, str_of(files[i].path)))
			continue;
		put_headers(x, POLICY_ENTER);
		exchange_respond_static(x, 200, files[i].type, files[i].data);
		return true;
	}
	return false;
}

/* ---- language ---- */

/* The first of ours that Accept-Language (RFC 9110 section 12.5.4) names; browsers name them in
 * their order. */
static const char *language_of(const struct exchange *x)
{
	struct str rest = exchange_header(x, "accept-language"), one;

	while (rest.len && str_split(&rest, ',', &one)) {
		one = str_trim(one);
		for (size_t i = 0; hub_language_names[i]; i++) {
			struct str name = str_of(hub_language_names[i]);

			if (one.len >= 2 && str_eq_nocase((struct str){ one.p, 2 }, name) &&
			    (one.len == 2 || strchr("-;", one.p[2])))
				return hub_language_names[i];
		}
	}
	return "en";
}

/* ---- pages ---- */

/* Texts are ours, but an apostrophe or an ampersand in one is not to be markup. */
static void put_text(struct buf *out, const char *language, const char *key)
{
	const char *text = text_get(language, key);

	for (const char *c = text ? text : key; *c; c++) {
		switch (*c) {
		case '&':
			buf_puts(out, "&amp;");
			break;
		case '<':
			buf_puts(out, "&lt;");
			break;
		case '"':
			buf_puts(out, "&quot;");
			break;
		default:
			buf_putc(out, *c);
		}
	}
}

static void begin_page(struct buf *out, const char *language, const char *title)
{
	buf_printf(out, "<!doctype html>\n<html lang=\"%s\"><meta charset=\"utf-8\"><title>",
		   language);
	put_text(out, language, title);
	buf_puts(out, "</title><meta name=\"viewport\" content=\"width=device-width\">"
		      "<link rel=\"icon\" href=\"data:,\">"
		      "<link rel=\"stylesheet\" href=\"/.imprimatur/page.css\">\n<h1>");
	put_text(out, language, title);
	buf_puts(out, "</h1>\n");
}

enum leg { LEG_HUB, LEG_CONNECTOR, LEG_TARGET, LEGS };

/* Where the way ends, and whether the target may have got the request; errors that are not here say
 * nothing of it. */
static const struct way_end {
	int rc;
	enum leg down;
	bool perhaps_done;
} ends[] = {
	{ ERR_CONNECTOR_AWAY, LEG_CONNECTOR, false },
	{ ERR_CONNECTOR_SILENT, LEG_CONNECTOR, true },
	{ ERR_TUNNEL_FAILED, LEG_CONNECTOR, true },
	{ ERR_CONNECTOR_BUSY, LEG_CONNECTOR, false },
	{ ERR_BUSY, LEG_HUB, false },
	{ ERR_TARGET_REFUSED, LEG_TARGET, true },
	{ ERR_TARGET_TIMEOUT, LEG_TARGET, true },
	{ ERR_TARGET_TLS, LEG_TARGET, false },
	{ ERR_TARGET_UNTRUSTED, LEG_TARGET, false },
	{ ERR_TARGET_UNRESOLVED, LEG_TARGET, false },
	{ ERR_TARGET_ELSEWHERE, LEG_TARGET, true },
	{ ERR_TARGET_BUSY, LEG_TARGET, false },
	{ ERR_TARGET_WANTS_TLS, LEG_TARGET, false },
	{ ERR_TARGET_ANSWER, LEG_TARGET, true },
	{ ERR_UPSTREAM, LEG_TARGET, true }, /* as older connectors say it */
	{ ERR_INTERNAL, LEG_HUB, false },
};

static const struct way_end *end_of(int rc)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		if (ends[i].rc == rc)
			return &ends[i];
	}
	return NULL;
}

static void put_way(struct buf *out, const char *language, int rc)
{
	static const char *const keys[] = {
		[LEG_HUB] = "relay.leg.hub",
		[LEG_CONNECTOR] = "relay.leg.connector",
		[LEG_TARGET] = "relay.leg.target",
	};
	const struct way_end *end = end_of(rc);
	enum leg down;

	if (!end)
		return;
	down = end->down;
	buf_puts(out, "<ol>");
	for (enum leg leg = LEG_HUB; leg < LEGS; leg++) {
		buf_printf(out, "<li class=\"%s\">",
			   leg < down    ? "ok"
			   : leg == down ? "down"
					 : "unknown");
		put_text(out, language, keys[leg]);
		buf_puts(out, "</li>");
	}
	buf_puts(out, "</ol>\n");
}

/* The first try may have come to its end where nobody saw it. */
static void put_sent(struct buf *out, const char *language, const struct exchange *x, int rc)
{
	enum http_method method = exchange_request(x)->method;
	const struct way_end *end = end_of(rc);

	if (!end || !end->perhaps_done || method == METHOD_GET || method == METHOD_HEAD)
		return;
	buf_puts(out, "<p>");
	put_text(out, language, "relay.sent");
	buf_puts(out, "</p>\n");
}

/* For who tells others of it; and once more, where that may help and sends nothing twice. */
static void put_code(struct buf *out, const char *language, const struct exchange *x, int rc)
{
	buf_puts(out, "<p>");
	if (err_retry(rc) == RETRY_LATER && exchange_request(x)->method == METHOD_GET) {
		buf_puts(out, "<a href=\"\">");
		put_text(out, language, "relay.again");
		buf_puts(out, "</a>");
	}
	buf_printf(out, "<code>%s</code></p>\n", err_code(rc));
}

static void respond(struct exchange *x, int status, struct buf *page, const char *policy)
{
	put_headers(x, policy);
	exchange_respond(x, status, HTML, buf_str(page));
	buf_done(page);
}

/* Cookies are not all ours. */
void page_clears(struct exchange *x)
{
	exchange_add_header(x, "clear-site-data", "\"cache\", \"storage\"");
}

void page_error(struct exchange *x, int rc)
{
	const char *language = language_of(x);
	struct buf page = buf_new(PAGE_MAX);
	char key[64];

	snprintf(key, sizeof(key), "error.%s", err_code(rc));
	begin_page(&page, language, "relay.title");
	put_way(&page, language, rc);
	buf_puts(&page, "<p>");
	put_text(&page, language, key);
	buf_puts(&page, "</p>\n");
	put_sent(&page, language, x, rc);
	put_code(&page, language, x, rc);
	if (rc == ERR_SESSION_OVER)
		page_clears(x);
	respond(x, err_status(rc), &page, POLICY_ERROR);
}

void page_enter(struct exchange *x)
{
	const char *language = language_of(x);
	struct buf page = buf_new(PAGE_MAX);

	begin_page(&page, language, "relay.enter.title");
	buf_puts(&page, "<form id=\"enter\" method=\"post\" action=\"/.imprimatur/enter\">"
			"<input type=\"hidden\" name=\"ticket\"></form>\n<p>");
	put_text(&page, language, "relay.enter.wait");
	buf_puts(&page, "</p>\n<noscript><p>");
	put_text(&page, language, "relay.enter.script");
	buf_puts(&page, "</p></noscript>\n<script src=\"/.imprimatur/enter.js\"></script>\n");
	respond(x, 200, &page, POLICY_ENTER);
}
