/* test_visits.h - for the tests of visits: a site whose targets and whose hub are stood in for.
 *
 * What serves a session is this file's, and so is hub.h: what the hub is told is written down, and
 * answered as the test wants it.  Nobody waits: the clock is moved. */
#ifndef CONNECTOR_SESSION_TEST_VISITS_H
#define CONNECTOR_SESSION_TEST_VISITS_H

#include "connector/permission.h"
#include "connector/session/session.h"
#include "wire/commands.h"
#include "wire/messages.h"

#define SECOND   ((int64_t)1000)
#define MINUTE   (60 * SECOND)
#define TOLD_MAX 64

struct told {
	struct id session;
	struct session_told word;
};

struct hub {
	struct loop *loop;
	int64_t offset_ms;
	int answer;      /* what each call is answered with */
	bool old;        /* knows nothing of desks and of a no to more time */
	const char *why; /* of the problem that it answers with; NULL: it says none */
	struct told told[TOLD_MAX];
	size_t told_len;
};

struct site {
	struct loop *loop;
	struct hub hub;
	struct permission_view *permission;
	const char *dir;
	struct sessions *sessions;
	struct id mfp; /* the one target there is */
	bool wanted;

	unsigned cuts, served;
	struct session_desk desk;
	struct id cut;
	enum session_why cut_why;
	struct session_counts *counts; /* of the session served last */
	int64_t n;
	struct command asked; /* the last asking */
	int64_t idle_ms, ceiling_ms;
};

struct asked {
	int status;
	char code[32];
};

struct site *begin(enum switch_state console);
void finish(struct site *s);
void start(struct site *s); /* its sessions, anew, by what s says */
void turn(struct site *s, enum permission which, enum switch_state to);
void turn_until(struct site *s, int64_t until_ms); /* the console, on */
void pass(struct site *s, int64_t ms);

/* Commands of the hub's; a new session of the console is asked for by the second. */
struct id ask_for(struct site *s, struct id session, struct id target);
struct id ask(struct site *s);
void replay(struct site *s); /* the last asking, word for word: a later one asks for more time */
void close_it(struct site *s, struct id session);
void close_for(struct site *s, struct id session, const char *why); /* the hub says it */

void check_counts(struct site *s, unsigned waiting, unsigned open);
/* The last word that the hub has of it. */
const struct told *last_told(struct site *s, struct id session);
void check_told(struct site *s, struct id session, int state, int why);
/* What the site has kept of the visit that ended last; not its texts. */
struct past_session last_past(struct site *s);

/* A request of the tunnel's that names this session. */
struct asked request(struct site *s, const char *session);
struct asked request_of(struct site *s, struct id session);

#endif
