/* sessions.h - who is logged in to the simulated console: a few hundred at most, the oldest goes.
 */
#ifndef SIM_SESSIONS_H
#define SIM_SESSIONS_H

#include "base/buf.h"

#define SESSION_ID_LEN 32
#define SESSION_NOTE   256

struct sessions;

struct session {
	char id[SESSION_ID_LEN + 1];   /* JSESSIONID */
	char csrf[SESSION_ID_LEN + 1]; /* csrfToken of its pages */
	char note[SESSION_NOTE];       /* what its user typed into the config editor */
	bool logged_in;
};

struct sessions *sessions_new(void);
void sessions_free(struct sessions **s);
struct session *session_find(struct sessions *s, struct str id); /* NULL if there is none */
struct session *session_new(struct sessions *s);                 /* valid until the next new one */

#endif
