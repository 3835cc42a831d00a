/* slice.h - what the relay's files share. */
#ifndef HUB_RELAY_SLICE_H
#define HUB_RELAY_SLICE_H

#include "base/map.h"
#include "hub/relay/relay.h"
#include "hub/session/session.h"
#include "net/exchange.h"
#include "net/loop.h"

struct h2;

struct relay {
	struct hub *hub;
	struct map sites;     /* struct relay_site by site */
	struct link lines;    /* all tunnels */
	struct link visits;   /* all requests that are under way */
	struct timer counter; /* of what passes */
	bool draining;
};

/* Of which there is a tunnel, or a request under way. */
struct relay_site {
	struct id id;
	struct relay *relay;
	struct line *line;   /* the tunnel that counts; NULL: none */
	struct link waiting; /* visits that no tunnel has taken yet, the oldest first */
	size_t visits, lines;
};

/* ---- tunnels.c ---- */
extern const struct route relay_routes[];
struct relay_site *relay_site(struct relay *r, struct id site);
void relay_site_release(struct relay_site *s);   /* if nothing is left of it */
struct h2 *relay_h2(const struct relay_site *s); /* NULL: no tunnel */
/* Tunnels whose connector may not call any more. */
void tunnels_look(struct relay *r);
void tunnels_drain(struct relay *r);
void tunnels_close(struct relay *r);

/* ---- visit.c ---- */
void visit_begin(struct relay *r, struct exchange *x, struct session *s);
void visits_go_on(struct relay_site *s); /* there is a tunnel, or room on it */
void visits_count(struct relay *r);
void visits_forget(struct relay *r); /* the slice closes: exchanges die without it */

/* ---- heads.c ---- */
/* The request as it goes to the site: in the exchange's arena. */
const struct http_request *head_to_site(struct exchange *x, struct id session);
/* The value of our own cookie: empty if it is absent or there more than once. */
struct str head_cookie(const struct exchange *x);
/* 0; ERR_ORIGIN: another site's page asks; ERR_FORBIDDEN: a service worker's script. */
int head_refusal(const struct exchange *x);
void head_to_browser(struct exchange *x); /* of an answer: exchange_filter_answer */

/* ---- enter.c ---- */
bool enter_is_path(struct str path); /* ours, whatever the target has there */
void enter_exchange(struct relay *r, struct exchange *x);

/* ---- page.c ---- */
/* Answers with the page of an error. */
void page_error(struct exchange *x, int rc);
/* The page that posts the ticket of its address. */
void page_enter(struct exchange *x);
/* "/.imprimatur/page.css" and the like; false: there is none. */
bool page_file(struct exchange *x, struct str path);

#endif
