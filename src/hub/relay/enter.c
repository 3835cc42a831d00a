/* enter.c - /.imprimatur/: how a browser comes into a session.
 *
 *   GET  /.imprimatur/enter#<ticket>   our page, the same under every name; it posts the ticket
 *   POST /.imprimatur/enter            303 to / with the cookie */
#include "hub/relay/slice.h"

#include <stdio.h>

#include "base/err.h"

#define PREFIX   STR("/.imprimatur/")
#define ENTER    STR("/.imprimatur/enter")
#define BODY_MAX 256 /* "ticket=" and 43 characters */

bool enter_is_path(struct str path)
{
	return str_starts(path, PREFIX);
}

static void on_gone(struct exchange *x, int why, void *owner)
{
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	struct relay *r = owner;
	struct session *s = session_by_host(r->hub, exchange_request(x)->authority);
	char value[SESSION_SECRET_TEXT_MAX], cookie[128];

	if (rc == 0 && !str_starts(body, STR("ticket=")))
		rc = ERR_INVALID;
	if (rc == 0)
		rc = session_enter(r->hub, s, (struct str){ body.p + 7, body.len - 7 }, value);
	if (rc < 0) {
		page_error(x, rc);
		return;
	}
	snprintf(cookie, sizeof(cookie),
		 SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax", value);
	exchange_add_header(x, "set-cookie", cookie);
	exchange_add_header(x, "location", "/");
	exchange_add_header(x, "cache-control", "no-store");
	exchange_respond(x, 303, NULL, (struct str){});
	secret_wipe(value, sizeof(value));
	secret_wipe(cookie, sizeof(cookie));
}

/* Only our own page may post. */
static bool is_ours(const struct exchange *x)
{
	struct str site = exchange_header(x, "sec-fetch-site"),
		   origin = exchange_header(x, "origin");
	struct str authority = exchange_request(x)->authority;

	if (site.p && !str_eq(site, STR("same-origin")))
		return false;
	return !origin.p ||
	       (str_starts(origin, STR("https://")) &&
		str_eq_nocase((struct str){ origin.p + 8, origin.len - 8 }, authority));
}

void enter_exchange(struct relay *r, struct exchange *x)
{
	const struct http_request *req = exchange_request(x);
	bool reads = req->method == METHOD_GET || req->method == METHOD_HEAD;

	if (reads && str_eq(req->path, ENTER)) {
		page_enter(x);
	} else if (req->method == METHOD_POST && str_eq(req->path, ENTER)) {
		if (!is_ours(x)) {
			page_error(x, ERR_ORIGIN);
			return;
		}
		exchange_on_gone(x, on_gone, r);
		exchange_read_body(x, BODY_MAX, on_body, r);
	} else if (!reads || !page_file(x, req->path)) {
		page_error(x, ERR_NO_SESSION);
	}
}
