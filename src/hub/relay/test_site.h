/* test_site.h - for the tests of the relay: a site with a connector that is net/'s own codec, and a
 * technician who has entered a session of it. */
#ifndef HUB_RELAY_TEST_SITE_H
#define HUB_RELAY_TEST_SITE_H

#include "hub/session/session.h"
#include "hub/test_world.h"
#include "net/test_ask.h"
#include "net/test_h2.h"

struct test_site {
	struct world *w;
	const struct world_user *user;
	struct sign_key *key;
	char id[ID_TEXT_MAX];
	char session_path[128]; /* in the API */
	struct session *session;
	char host[SESSION_HOST_MAX], cookie[128]; /* of Cookie */
};

/* A connector's end of a tunnel. */
struct far {
	struct test_h2 h2;
	bool asked, up;
	int rc, status;
};

/* The hub's listener: all that comes to it goes where serve.c would send it. */
struct test_listener {
	struct world *w;
	struct server *server; /* NULL: closed */
};
void listener_open(struct test_listener *l, struct world *w);
void listener_close(struct test_listener *l); /* unless it is closed; waits until it is */
void listener_wait_closed(struct test_listener *l);

/* Enrols a connector of the site (of w's provider a), and opens a session as `u`. */
void site_begin(struct test_site *s, struct world *w, const char *id, const struct world_user *u);
void site_end(struct test_site *s);
/* Another session in its place. */
void site_open_session(struct test_site *s);
/* What a technician's page gets: host and, behind '#', a new ticket; static storage. */
const char *site_new_url(struct test_site *s);

/* Dials the hub's plain port and waits for the answer: f->up or f->rc and f->status. */
void site_dial(struct test_site *s, struct far *f, int port, const char *protocol);
void site_dial_later(struct test_site *s, struct far *f, int port,
		     const char *protocol); /* the same, and does not wait */
void far_hang_up(struct far *f);

/* A browser that speaks HTTP/2, past the listener, and its request; then it leaves. */
struct h2_browser {
	struct world *w;
	struct test_h2 hub; /* the hub's end */
	struct asker asker;
	struct ask *ask;
};
void h2_browser_ask(struct h2_browser *b, const struct test_site *s, const char *path);
void h2_browser_leave(struct h2_browser *b);

/* Asserts the status, and frees the answer. */
void test_expect(struct answer a, int status);

#endif
