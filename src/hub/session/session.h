/* session.h - visits to a site's pages: asked for here, decided at the site, recorded here.
 *
 *   POST /sites/{id}/sessions --> requested --open_session--> connector
 *                                     |                          |  POST /c/v1/sessions/{id}
 *                                     v                          v
 *                     ended <-- open <-- waiting_for_approval, refused
 *
 * What is not over, and what was over lately, is held in memory, one struct session each; rows are
 * behind it (session_store.c).  The relay, whose loops are other threads', is told what lets a
 * request pass (struct session_pass).  A session ends here at once, then there, and then in the
 * database: the row follows when the relay has said how much passed, and if it cannot be written it
 * is tried again.
 *
 * It ends with the technician's DELETE, the login, the connector's key, the site's or customer's
 * archiving, the time that the connector told (ends_at), and when the connector was away for
 * SESSION_AWAY_MS; the customer's own ends come from the connector.  A restart of the hub ends
 * nothing (docs/adr/0026-sessions-outlive-restarts.md).
 *
 * Files: session.c (memory, life), enter.c (names, tickets, cookies), session_api.c (/api/v1),
 * told_api.c (/c/v1), session_store.c.  The hub's loop only, but what is said to be for any. */
#ifndef HUB_SESSION_SESSION_H
#define HUB_SESSION_SESSION_H

#include "base/hash.h"
#include "base/list.h"
#include "hub/hub.h"
#include "model/words.h"
#include "wire/messages.h"

extern const struct slice session_slice;

#define SESSION_ASK_MS          (INT64_C(15) * 60 * 1000) /* unanswered after it: refused */
#define SESSION_CEILING_MS      (INT64_C(8) * 3600 * 1000)
#define SESSION_AWAY_MS         (INT64_C(15) * 60 * 1000)
#define SESSION_TICKET_MS       (INT64_C(60) * 1000)
#define SESSIONS_OPEN_MAX       64 /* not over, of a provider */
#define SESSION_COOKIE          "__Host-imprimatur-s"
#define SESSION_LABEL_LEN       28 /* 2 characters of the slot, 26 of 128 random bits */
#define SESSION_LABEL_BYTES     16
#define SESSION_SLOTS           1024
#define SESSION_SECRET_LEN      32
#define SESSION_SECRET_TEXT_MAX 44 /* base64url of it, and NUL */
#define SESSION_HOST_MAX        320
#define SESSION_URL_MAX         (SESSION_HOST_MAX + 96)

/* One visit.  What the first part holds may be read by others; a pointer is good until the next
 * turn of the loop. */
struct session {
	struct id id, provider, customer, site, connector, user, login;
	enum session_state state;
	int why;         /* enum session_why; -1: it is not over */
	int64_t ends_ms; /* wall clock; JSON_ABSENT_INT: not open yet */

	/* The slice's own. */
	struct link link; /* of sessions.live or sessions.over */
	uint8_t label[SESSION_LABEL_BYTES];
	struct hash ticket, cookie; /* of what the browser has; ticket in memory only */
	bool has_ticket, has_cookie;
	bool pending; /* its row is not in the database yet */
	bool unsaved; /* its end is not */
	bool saving;  /* it is being written */
	bool command; /* the connector is told of its end */
	int64_t ticket_until, ask_until, login_until, ends, over_at; /* monotonic, ms */
	/* Who may say yes, while it waits, as the connector told: in memory only. */
	char desk_name[SESSION_DESK_NAME_MAX + 1]; /* "": it has none */
	int64_t desk_count;                        /* 0: nothing was told */
	/* Of the last question for more time; in memory only. */
	int64_t more_ms; /* until when it is asked for, wall clock; 0: it is not */
	int64_t no_ms;   /* when the site's no to it was heard, wall clock; 0: none was */
	bool taken_over; /* from the store, which knows of no question for more time */
	int no_why;      /* enum session_why */
	int64_t bytes_up, bytes_down, requests;
	struct request *maker; /* who waits for its beginning to be written */
	struct request *asker; /* and who for its end */
	enum actor_kind ended_by;
	struct id ended_by_user;
	char ended_from[64];
};

/* ---- for the relay, on any loop ---- */

/* What it takes to let the requests of a browser pass that has entered: a copy of its own for the
 * loop that serves it. */
struct session_pass {
	struct id id, site, connector;
	uint8_t label[SESSION_LABEL_BYTES];
	struct hash cookie;
	bool over;
};

/* Whether the authority ("abc.console.example.test:8443") is a name below console_suffix, whatever
 * stands there: the API does not answer it, the relay does.  False if the hub has no suffix. */
bool session_is_host(const struct hub *hub, struct str authority);

/* What such a name says; false: it is no session's. */
struct session_name {
	unsigned slot;
	uint8_t label[SESSION_LABEL_BYTES];
};
bool session_name_read(const struct hub *hub, struct str authority, struct session_name *ret_name);

/* Whether a request with this cookie value (request's SESSION_COOKIE; empty: none) may pass:
 * 0; ERR_NO_SESSION for no session or another's cookie, so that a name says nothing to who only
 * knows it; ERR_SESSION_OVER (410).  NULL: there is no such session.  Constant time. */
int session_admits(const struct session_pass *pass, struct str cookie);

/* Which loop's it is: the first two characters of its label. */
unsigned session_slot(struct id site);

/* ---- for the relay, on the hub's loop ---- */

/* What passed since the last word about it: octets of bodies and of WebSockets. */
struct session_counts {
	int64_t up, down, requests;
};

/* told: a browser has entered, so that its cookie is the one that counts, or the session is over.
 * It is called for all that there are before sessions_listen() returns, and for each from inside
 * the call that changes it.  Who has been told that one is over says session_counted() with `last`
 * once nothing passes any more: its end is written then, or a second later.
 * forgotten: nothing of it is known any more; a day after its end. */
struct session_listener {
	void (*told)(const struct session_pass *pass, void *owner);
	void (*forgotten)(const struct session_pass *pass, void *owner);
	void *owner;
};
void sessions_listen(struct hub *hub, const struct session_listener *listener);

void session_counted(struct hub *hub, struct id session, const struct session_counts *counts,
		     bool last);

/* The session whose origin it is; NULL.  What is over is found for a day more, to say so. */
struct session *session_by_host(const struct hub *hub, struct str authority);

/* Spends the ticket that a page of ours posted for a new cookie, which takes the place of any
 * before it.  0, with the cookie's value (wipe it); ERR_NO_SESSION; ERR_SESSION_OVER,
 * ERR_SESSION_NOT_OPEN only for the right ticket.  s may be NULL. */
MUST_USE int session_enter(struct hub *hub, struct session *s, struct str ticket,
			   char ret_cookie[static SESSION_SECRET_TEXT_MAX]);

/* ---- for other slices ---- */

/* Ends it, in memory at once.  Harmless if it is over. */
void session_end(struct hub *hub, struct session *s, enum session_why why);

#endif
