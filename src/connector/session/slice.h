/* slice.h - what the files of session/ share. */
#ifndef CONNECTOR_SESSION_SLICE_H
#define CONNECTOR_SESSION_SLICE_H

#include "base/backoff.h"
#include "base/rate.h"
#include "base/sm.h"
#include "connector/session/session.h"
#include "net/loop.h"

#define REFUSED_MAX 32

struct hub_call;

enum visit_state { VISIT_NONE, VISIT_WAITING, VISIT_OPEN };

/* That more time is not given. */
struct no {
	int64_t ask_ms; /* the ask_until_ms of the question; JSON_ABSENT_INT: there is none */
	enum session_why why;
};

/* What a hub may be too old to take: told once more without, and never again. */
enum told_more { TOLD_DESK = 1, TOLD_NO = 2, TOLD_TIME_OVER = 4 };

struct visit {
	struct sm sm;
	struct timer timer; /* of the machine's deadlines */
	struct sessions *all;
	struct session_visit pub;
	struct session_counts counts;
	char *by, *reason;      /* wiped when it is over */
	bool approved;          /* a person said yes to this one... */
	int64_t yes_ms, yes_at; /* ...the last time then: wall clock and monotonic */
	bool on_gave;           /* its last time was given by a switch that is `on` */
	int told_state;         /* enum session_state that the hub has; -1: none */
	int64_t asked_ms, opened_ms, until_ms; /* wall clock, for people */
	int64_t ask_until_ms;                  /* of the hub's last ask */
	int64_t off_ms;  /* while it waits: when the customer's hours end, wall clock */
	int64_t from_ms; /* wall clock: since when its ceiling counts by a switch that is `on` */
	int64_t more_ms, more_at; /* until when a yes gives more time, wall clock (JSON_ABSENT_INT:
				     nobody asks for it) and monotonic */
	struct no more_no;        /* the hub has not heard it yet */
	int64_t question;         /* counts the questions that were put: session_shown */
	int64_t moved, moved_at;  /* what had passed at that monotonic time */
	int64_t noted_at;         /* when it was last written */
	uint64_t looked_turn;     /* sessions.turn of when a request had it looked at */
};

/* Refused without a row of its own: too many. */
struct refused {
	struct id id;
	enum session_why why;
};

struct sessions {
	struct sessions_config cfg;
	struct visit visits[SESSIONS_MAX];
	struct past past;
	struct refused refused[REFUSED_MAX]; /* the oldest first */
	size_t refused_len;
	struct rate asks, wishes;
	struct timer look;
	struct task news;
	struct task next_turn;
	uint64_t turn; /* of the loop, counted while there are requests */
	bool stopped;
	/* tell.c */
	struct hub_call *call;
	struct timer retry;
	struct backoff backoff;
	struct id telling;
	int telling_state;
	int64_t telling_until_ms;
	int64_t telling_no_ms;       /* of the question that the call says no to */
	unsigned told_more, no_more; /* enum told_more: in the call; not taken by the hub */
};

struct visit *sessions_find(struct sessions *s, struct id id);
void sessions_over(struct sessions *s, struct visit *v, enum session_state state,
		   enum session_why why);
/* Why the hub has ended it, by its word, which may be NULL: of what the hub may decide, what fits
 * the visit; anything else it only knows by the site's word. */
enum session_why sessions_why_closed(const struct visit *v, const char *word);

/* tell.c: one call at a time, until the hub knows all. */
void teller_init(struct sessions *s);
void teller_done(struct sessions *s);
void sessions_tell(struct sessions *s);

#endif
