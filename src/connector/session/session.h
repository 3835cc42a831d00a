/* session.h - the connector's half of remote administration: which visits there are, and may be.
 *
 *   open_session --permission?--> off: refused     ask: WAITING --a yes here--> OPEN     on: OPEN
 *
 * Nothing that a hub says widens what permission.h allows at that moment: it is asked when a
 * session is asked for, at each of its requests, and every SESSIONS_LOOK_MS while one is open.  A
 * yes is for one id, and an id is good for one visit.  The end of the time that a session may last
 * and of the time that it may rest run here, by the monotonic clock.
 *
 * Who asks and why is held in memory only (R61); sessions.json has ids, times, counts, and no
 * names. What becomes of a session is told to the hub until that has heard it; after a restart
 * those that were open are told as ended.
 *
 * What a session is served by (tunnel, gateway, targets) is reached through sessions_ops, and so
 * are their stand-ins in tests.  One loop.  Of the callbacks that tell of something, only cut(),
 * want() and request() run from inside a sessions_*() call. */
#ifndef CONNECTOR_SESSION_SESSION_H
#define CONNECTOR_SESSION_SESSION_H

#include "base/json.h"
#include "connector/session/past.h"
#include "model/words.h"

struct command;
struct exchange;
struct hub;
struct loop;
struct permission_view;
struct sessions;

#define SESSIONS_LOOK_MS    250
#define SESSIONS_MAX        8  /* waiting or open */
#define SESSIONS_WAITING    3  /* of them with a question: to be opened, or to last longer */
#define SESSIONS_ASKS       10 /* questions at once; and then one in SESSIONS_ASK_MS */
#define SESSIONS_ASK_MS     ((int64_t)360 * 1000)
#define SESSIONS_WISHES     60 /* the same of all that is asked for, whatever becomes of it */
#define SESSIONS_WISH_MS    ((int64_t)60 * 1000)
#define SESSIONS_CEILING_MS ((int64_t)8 * 3600 * 1000)
#define SESSIONS_WAIT_MS    ((int64_t)15 * 60 * 1000) /* unanswered after it: refused */

/* What passed, written by whoever serves the session. */
struct session_counts {
	int64_t bytes_up, bytes_down; /* of bodies and WebSockets, towards the target and from it */
	int64_t requests;
};

/* A session that is open, for whoever serves it.  Lives until cut() or the end of the session. */
struct session_visit {
	struct id id;
	struct id target; /* zero: the console */
	enum target_kind kind;
	struct session_counts *counts;
};

/* Who may say yes, as the provider may know it. */
struct session_desk {
	const char *name; /* of the desk, by the customer; NULL: it has none */
	unsigned count;   /* 0: nobody but who sits at this machine */
};

struct sessions_ops {
	/* Whether there is such a target now, and of which kind; zero: the console. */
	bool (*target)(struct id target, enum target_kind *ret_kind, void *owner);
	/* The name that the customer gave it, for the page; NULL: none. */
	const char *(*target_name)(struct id target, void *owner);
	/* Whether anybody needs the tunnel. */
	void (*want)(bool wanted, void *owner);
	/* Serves one request of an open session; x is the callee's. */
	void (*request)(struct exchange *x, const struct session_visit *v, void *owner);
	/* All that the session has under way ends now. */
	void (*cut)(struct id session, enum session_why why, void *owner);
	void (*on_change)(void *owner); /* what sessions_list() tells is new */
	/* Told to the hub with a session that waits. */
	void (*desk)(struct session_desk *ret_desk, void *owner);
};

struct sessions_config {
	struct loop *loop;
	struct hub *hub; /* borrowed, as the next two */
	struct permission_view *permission;
	const char *dir;
	int64_t idle_ms, ceiling_ms; /* options session.idle, session.ceiling */
	const struct sessions_ops *ops;
	void *owner;
};

struct sessions *sessions_new(const struct sessions_config *cfg); /* copied */
/* Cuts what is open; the next start tells the hub. */
void sessions_free(struct sessions **s);

/* A command of the hub's; others than those of sessions are nothing to it.  Asked once more for one
 * that is open, more time is meant: as much as one that opens now gets, by the same switch and the
 * same yes. */
void sessions_command(struct sessions *s, const struct command *c);
/* The switches may have changed: at once, not only at the next look. */
void sessions_look(struct sessions *s);
/* The hub can be reached: what it has not heard is told at once.  `back`: it could not be before.
 */
void sessions_online(struct sessions *s, bool back);
/* The customer has changed targets: who has none any more, or one of another kind, ends. */
void sessions_look_at_targets(struct sessions *s);
/* Ends all that there is: the key was revoked. */
void sessions_end_all(struct sessions *s, enum session_why why);
/* The same for good: consent is withdrawn.  Nothing is written or told any more, nothing begins. */
void sessions_stop(struct sessions *s);
/* A stream of the tunnel. */
void sessions_on_request(struct sessions *s, struct exchange *x);

/* The customer's word, of the settings page or the shell: to one that waits, or that asks for more
 * time.  `question` is that of session_shown which was read, so that no word for one counts for the
 * next; JSON_ABSENT_INT: whichever is put.  Where somebody else was first: ERR_SESSION_OPEN,
 * ERR_SESSION_NOT_OPEN (to an end), ERR_SESSION_OVER.  ERR_NO_SESSION: there was none.  ERR_DENIED:
 * the switch is off.
 */
MUST_USE int sessions_approve(struct sessions *s, struct id session, int64_t question);
MUST_USE int sessions_refuse(struct sessions *s, struct id session, int64_t question);
MUST_USE int sessions_end(struct sessions *s, struct id session);

/* What there is, for a person: in `mem`, whose texts are not to be stored. */
struct session_shown {
	struct id id, target;
	int kind;         /* enum target_kind */
	const char *name; /* of the target; NULL: the console */
	int state;        /* SESSION_WAITING, SESSION_OPEN */
	const char *by, *reason;
	int64_t asked_ms, until_ms; /* until: somebody says yes, or the session ends */
	int64_t more_ms;  /* of an open one: until when a yes gives it more time; JSON_ABSENT_INT */
	int64_t question; /* that is put: the first, second... of this session; JSON_ABSENT_INT */
	int64_t opened_ms; /* JSON_ABSENT_INT */
	int64_t bytes_up, bytes_down, requests;
};
extern const struct json_schema session_shown_schema;

/* All of it, as the settings page and the command `sessions` have it. */
struct sessions_view {
	struct json_list items; /* struct session_shown * */
	struct json_list past;  /* struct past_session *, the newest first */
};
extern const struct json_schema sessions_view_schema;

/* The query of an answer: which question it is to; JSON_ABSENT_INT: whichever is put. */
struct session_answer {
	int64_t question;
};
extern const struct json_schema session_answer_schema;
/* Of sessions_approve() and sessions_refuse(). */
typedef int sessions_decide_fn(struct sessions *s, struct id session, int64_t question);
struct json_list sessions_list(const struct sessions *s, struct arena *mem);
/* Those that were: struct past_session *, the newest first, in `mem`. */
struct json_list sessions_past(const struct sessions *s, struct arena *mem);
/* Waiting: for an answer, be it to be opened or to last longer. */
void sessions_counts(const struct sessions *s, unsigned *ret_waiting, unsigned *ret_open);

#endif
