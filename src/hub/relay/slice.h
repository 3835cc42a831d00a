/* slice.h - what the relay's files share.
 *
 * Two kinds of state, each touched by one thread alone: struct relay on the hub's loop, struct lane
 * on its own.  What one has to say to the other is posted (lane.c). */
#ifndef HUB_RELAY_SLICE_H
#define HUB_RELAY_SLICE_H

#include "base/map.h"
#include "hub/relay/relay.h"
#include "hub/session/session.h"
#include "net/exchange.h"
#include "net/loop.h"

struct branch;
struct h2;
struct loop_thread;

/* The slice, on the hub's loop. */
struct relay {
	struct hub *hub;
	struct lane **lanes; /* by slot */
	size_t lanes_len;
	struct link lines; /* struct line_note */
	bool draining;
	bool closed; /* what lanes still say is for nobody */
};

/* A tunnel that a lane has: that it is there, and whose. */
struct line_note {
	struct link link;
	struct id connector;
	struct lane *lane;
};

/* A loop and the sites whose visits it carries. */
struct lane {
	/* Constant, and of the hub what is constant too. */
	struct relay *relay; /* to be said to, not looked into */
	const struct hub *hub;
	struct loop *loop;
	struct loop_thread *thread; /* NULL: it is the hub's loop */
	struct branch *branch;      /* of the hub's server; NULL: none */

	struct map sites;     /* struct relay_site by site */
	struct map passes;    /* struct pass by label */
	struct link lines;    /* all tunnels */
	struct link visits;   /* all requests that are under way */
	struct timer counter; /* of what passes */
	bool draining;
	bool closed; /* nothing is carried any more, and nothing said */
};

/* Of which there is a tunnel, or a request under way. */
struct relay_site {
	struct id id;
	struct lane *lane;
	struct line *line;   /* the tunnel that counts; NULL: none */
	struct link waiting; /* visits that no tunnel has taken yet, the oldest first */
	bool full;           /* the tunnel had no room for the oldest of them */
	size_t visits, lines;
};

/* A session that a browser has entered. */
struct pass {
	struct session_pass told;
	unsigned slot;                        /* of its site */
	char id[ID_TEXT_MAX];                 /* the session's, as it is written */
	char proven[SESSION_SECRET_TEXT_MAX]; /* the cookie as a request that was admitted had it,
						 which only its digest is kept of elsewhere; or ""
					       */
	struct link visits;
	struct session_counts counts; /* not yet said to the hub's loop */
};

/* ---- relay.c, on the hub's loop ---- */
struct lane *relay_lane(const struct relay *r, unsigned slot);
void relay_line_gone(struct relay *r, struct line_note *note);

/* ---- lane.c ---- */
/* On the hub's loop. */
struct lane *lane_new(struct relay *r, bool own_thread, unsigned number);
void lane_tell_pass(struct lane *l, const struct session_pass *pass);
void lane_forget_pass(struct lane *l, const struct session_pass *pass);
void lane_close_lines(struct lane *l, struct id connector);
void lane_drain(struct lane *l);
/* The last call: its thread ends, and then it with all that it has. */
void lane_close(struct lane *l);
/* On the lane's. */
struct pass *lane_pass(struct lane *l, struct str authority); /* NULL: there is none */
/* As session_admits(): 0, ERR_NO_SESSION, ERR_SESSION_OVER.  pass may be NULL. */
int lane_admits(struct pass *pass, struct str cookie);
void lane_line_gone(struct lane *l, struct line_note *note);
void lane_count(struct lane *l, struct pass *pass, bool last);

/* ---- tunnels.c, on the lane's loop but for the routes ---- */
extern const struct route relay_routes[];
struct relay_site *relay_site(struct lane *l, struct id site);
void relay_site_release(struct relay_site *s); /* if nothing is left of it */
/* The tunnel that counts, if it is this connector's: what a session carries is for whom it was
 * asked of alone.  NULL: there is none. */
struct h2 *relay_h2(const struct relay_site *s, struct id connector);
void tunnels_close_of(struct lane *l, struct id connector);
void tunnels_drain(struct lane *l);
void tunnels_close(struct lane *l);

/* ---- visit.c, on the lane's loop ---- */
void visit_begin(struct lane *l, struct exchange *x, struct pass *pass);
void visits_go_on(struct relay_site *s); /* there is a tunnel, or room on it */
void visits_count(struct lane *l);
void visits_end(struct pass *pass); /* from one moment to the next */
void visits_forget(struct lane *l); /* the slice closes: exchanges die without it */

/* ---- heads.c, on any loop ---- */
/* The request as it goes to the site: in the exchange's arena. */
const struct http_request *head_to_site(struct exchange *x, const char *session);
/* The value of our own cookie: empty if it is absent or there more than once. */
struct str head_cookie(const struct exchange *x);
/* 0; ERR_ORIGIN: another site's page asks; ERR_FORBIDDEN: a service worker's script. */
int head_refusal(const struct exchange *x);
void head_to_browser(struct exchange *x); /* of an answer: exchange_filter_answer */

/* ---- enter.c, on the lane's loop ---- */
bool enter_is_path(struct str path); /* ours, whatever the target has there */
void enter_exchange(struct lane *l, struct exchange *x);

/* ---- page.c, on any loop ---- */
/* Answers with the page of an error. */
void page_error(struct exchange *x, int rc);
/* What a target left in the browser goes with its session; before page_error(), which does it
 * itself for one that is over. */
void page_clears(struct exchange *x);
/* The page that posts the ticket of its address. */
void page_enter(struct exchange *x);
/* "/.imprimatur/page.css" and the like; false: there is none. */
bool page_file(struct exchange *x, struct str path);

#endif
