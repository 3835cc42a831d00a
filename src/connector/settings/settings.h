/* settings.h - the customer's settings page, served by the running connector on loopback.
 *
 *   settings.url (0600): http://127.0.0.1:PORT/#SECRET --browser--> the page, from this program
 *   the page: SECRET -> POST /api/token -> token, sent as a header with each call
 *
 * The way in is being able to read settings.url; see guard.h.  The file is there while the page can
 * be opened: a port that another program has is tried again, and the file is taken away meanwhile,
 * so that nobody hands a secret to a stranger.  A socket that the service manager holds for us
 * under the name "settings" goes before the option (systemd.socket(5)).
 *
 * Nothing here can be reached by a hub: it listens on loopback only, Host and Origin have to be its
 * own, and no message of a hub's leads here.  One loop.  No callback runs from inside a
 * settings_*() call. */
#ifndef CONNECTOR_SETTINGS_SETTINGS_H
#define CONNECTOR_SETTINGS_SETTINGS_H

#include "connector/home.h"
#include "connector/options.h"
#include "connector/outbox.h"
#include "connector/uplink.h"

struct desk;
struct loop;
struct notices;
struct permission_view;
struct remote;
struct sessions;
struct settings;

#define SETTINGS_SOCKET "settings" /* its name at the service manager */

/* How commands of this machine call, over DIR/control.sock: control.h. */
#define CONTROL_AUTHORITY "connector"
#define CONTROL_ORIGIN    "http://connector"

/* What the running connector knows at this moment; borrowed until the next turn of the loop. */
struct settings_facts {
	const struct state *state;
	const struct options *options;
	struct permission_view *permission;
	struct sessions *sessions;
	struct remote *remote;
	struct desk *desk; /* this and the next: NULL once the leaving has begun */
	struct notices *notices;
	struct uplink_info uplink;
	int tunnel_failure; /* remote.h; 0 while the hub is not reached at all */
	struct outbox_info outbox;
	const char *source_state; /* of reading_state_names; NULL: not read */
	int64_t source_since_ms;
	const char *product, *version; /* of the print server; NULL: not known */
};

/* What the page may have the connector do. */
struct settings_ops {
	void (*facts)(struct settings_facts *ret_facts, void *owner);
	/* connector.conf was written anew: soon begin again with it. */
	void (*on_options)(void *owner);
	/* A switch was written: look at once. */
	void (*on_permission)(void *owner);
	/* Withdraws consent: tells the hub, stops all work, removes all but the record of consent;
	 * then done(told, rc, arg), once.  `told`: the hub knows. */
	void (*leave)(void (*done)(bool told, int rc, void *arg), void *arg, void *owner);
	/* The page has shown that all is over. */
	void (*on_left)(void *owner);
	void (*on_change)(void *owner); /* settings_info() is new */
};

struct settings_config {
	struct loop *loop;
	const char *dir;    /* borrowed */
	const char *listen; /* the option settings.listen; copied */
	const struct settings_ops *ops;
	void *owner;
};

struct settings *settings_new(const struct settings_config *cfg); /* copied */
/* Ends what is open; runs the loop for it. */
void settings_free(struct settings **s);

enum settings_state { SETTINGS_OFF, SETTINGS_OPEN, SETTINGS_TAKEN, SETTINGS_FAILED };
extern const char *const settings_state_names[];

struct settings_info {
	enum settings_state state;
	int port; /* 0: none */
};
void settings_info(const struct settings *s, struct settings_info *ret_info);

/* For tools/gen: the page's API. */
struct route;
struct openapi_names;
extern const struct route *const settings_route_tables[];
extern const struct openapi_names settings_openapi_names;

#endif
