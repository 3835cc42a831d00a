/* enter.c - /.imprimatur/: how a browser comes into a session.
 *
 *   GET  /.imprimatur/enter#<ticket>   our page, the same under every name; it posts the ticket
 *   POST /.imprimatur/enter            303 to / with the cookie */
#include "hub/relay/slice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

#define PREFIX   STR("/.imprimatur/")
#define ENTER    STR("/.imprimatur/enter")
#define BODY_MAX 256 /* "ticket=" and 43 characters */

bool enter_is_path(struct str path)
{
	return str_starts(path, PREFIX);
}

/* A ticket on its way to the hub's loop, which knows tickets, and back. */
struct asking {
	struct post post;
	struct lane *lane;
	struct relay *relay;
	struct exchange *x; /* the lane's; NULL: the browser has gone */
	char host[SESSION_HOST_MAX], ticket[SESSION_SECRET_TEXT_MAX];
	char cookie[SESSION_SECRET_TEXT_MAX];
	int rc;
};

static void done(struct asking *a)
{
	secret_wipe(a, sizeof(*a));
	free(a);
}

static void on_gone(struct exchange *x, int why, void *owner)
{
	((struct asking *)owner)->x = NULL;
}

/* On the lane's loop again. */
static void on_answer(struct post *p)
{
	struct asking *a = CONTAINER_OF(p, struct asking, post);
	struct exchange *x = a->x;
	char cookie[128];

	if (x && a->rc < 0) {
		exchange_on_gone(x, NULL, NULL);
		page_error(x, a->rc);
	} else if (x) {
		exchange_on_gone(x, NULL, NULL);
		snprintf(cookie, sizeof(cookie),
			 SESSION_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Lax", a->cookie);
		exchange_add_header(x, "set-cookie", cookie);
		exchange_add_header(x, "location", "/");
		exchange_add_header(x, "cache-control", "no-store");
		/* The target is to hear of no page before its own. */
		exchange_add_header(x, "referrer-policy", "no-referrer");
		exchange_respond(x, 303, NULL, (struct str){});
		secret_wipe(cookie, sizeof(cookie));
	}
	done(a);
}

/* On the hub's loop.  The lane hears of the cookie before it hears this. */
static void on_asked(struct post *p)
{
	struct asking *a = CONTAINER_OF(p, struct asking, post);
	struct relay *r = a->relay;
	struct session *s;

	if (r->closed) {
		done(a);
		return;
	}
	s = session_by_host(r->hub, str_of(a->host));
	a->rc = session_enter(r->hub, s, str_of(a->ticket), a->cookie);
	a->post.fn = on_answer;
	loop_post(a->lane->loop, &a->post);
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	struct lane *l = owner;
	struct str host = exchange_request(x)->authority;
	struct asking *a;

	if (rc == 0 && (!str_starts(body, STR("ticket=")) || host.len >= SESSION_HOST_MAX))
		rc = ERR_INVALID;
	else if (rc == 0 && body.len >= 7 + SESSION_SECRET_TEXT_MAX)
		rc = ERR_NO_SESSION;
	if (rc < 0) {
		page_error(x, rc);
		return;
	}
	a = xcalloc(1, sizeof(*a));
	a->lane = l;
	a->relay = l->relay;
	a->x = x;
	memcpy(a->host, host.p, host.len);
	memcpy(a->ticket, body.p + 7, body.len - 7);
	exchange_on_gone(x, on_gone, a);
	a->post.fn = on_asked;
	loop_post(l->hub->loop, &a->post);
}

static void on_left(struct exchange *x, int why, void *owner)
{
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

void enter_exchange(struct lane *l, struct exchange *x)
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
		exchange_on_gone(x, on_left, l);
		exchange_read_body(x, BODY_MAX, on_body, l);
	} else if (!reads || !page_file(x, req->path)) {
		page_error(x, ERR_NO_SESSION);
	}
}
