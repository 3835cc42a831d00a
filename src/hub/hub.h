/* hub.h - what the slices of the hub share, and how they are put together.
 *
 * One struct hub a process, made by main.c, living on one loop (what visits pass has loops of its
 * own: hub/relay).  A slice is a folder: x.h (what others may call), x_api.c (routes), x_store.c
 * (SQL, on database threads only), x_test.c.  It exports one struct slice; slices.c lists them in
 * the order in which they may call each other (a slice calls those before it), which is also the
 * order of opening; closing runs backwards.
 *
 * Handlers: req->owner is the hub.  Everything here belongs to the loop's thread. */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "api/route.h"
#include "base/arena.h"
#include "base/id.h"
#include "db/change.h"
#include "db/db.h"

struct api;
struct hub;
struct keyring;
struct known;
struct loop;
struct openapi_names;
struct request;

struct device_counts {
	int64_t total, in_error;
};

/* hub.conf, by the options table of config.c; constant while the hub runs. */
struct hub_config {
	const char *listen, *public_url, *region, *regions, *data_dir, *master_key_file;
	const char *tls_certificate_file, *tls_key_file, *admin_listen, *packages_dir;
	const char *vulnerable_versions_file; /* NULL: none */
	const char *listen_proxy_from;        /* NULL: nobody */
	int64_t tls_check_ms;
	int64_t poll_hold_ms, poll_offline_after_ms, start_grace_ms;
	int64_t series_keep_raw_ms, series_keep_hours_ms, series_keep_days_ms;
	int log_level;
	const char *console_suffix; /* NULL: no sessions */
	int64_t relay_threads;      /* 0: the hub's own loop carries what sessions pass */
	const char *mail_server;    /* NULL: no mail */
	const char *mail_from, *mail_user, *mail_password_file, *mail_ca_file;
	int64_t mail_port; /* 0: the usual one of mail_security */
	int mail_security; /* enum mail_security, net/mail.h */
	int64_t mail_retry_ms, mail_give_up_ms, mail_timeout_ms;
	int64_t mail_per_day, mail_per_hour;
};

/* True if the operator has named a mail server. */
static inline bool hub_sends_mail(const struct hub_config *c)
{
	return c->mail_server && *c->mail_server;
}

struct slice {
	const char *name;
	const struct route *routes;   /* ends with a row whose path is NULL; NULL: none */
	int (*open)(struct hub *hub); /* before the hub listens; the database is there */
	/* Called for each change after its commit, in the order of the log of its provider. */
	void (*on_change)(struct hub *hub, const struct change_note *note);
	/* What is shown of a site may be another than before, though no change row says so: see
	 * hub_site_touched. */
	void (*on_site)(struct hub *hub, struct id provider, struct id site);
	/* The same where nothing but the device counts is another: see hub_devices_counted. */
	void (*on_devices)(struct hub *hub, struct id provider, struct id site,
			   const struct device_counts *counts);
	void (*reload)(struct hub *hub); /* SIGHUP */
	void (*drain)(struct hub *hub);  /* before a stop: open polls are answered, timers end */
	void (*close)(
		struct hub *hub); /* after the server has closed; may be called without open */
};

extern const struct slice *const hub_slices[]; /* ends with NULL */
extern const struct route hub_own_routes[];    /* calls that belong to no slice */
/* All tables of routes, for api_open and openapi_write; ends with NULL. */
const struct route *const *hub_routes(void);

struct hub {
	struct loop *loop;
	struct db *db;
	struct keyring *keys;
	struct known *known; /* vulnerable versions */
	struct api *api;
	const struct hub_config *config;
	const char *origin;    /* "https://hub.example.test:8443": public_url as it is served */
	const char *authority; /* the same without the scheme; what signatures cover */
	int64_t steady_ms; /* since when the wall clock runs without a jump; the start at first */
	int64_t started_mono_ms;
	bool draining;
	bool closed; /* slices close: what the store still tells is for nobody */

	/* What a slice keeps; each made and freed by its own open and close. */
	struct packages *packages;
	struct auth *auth;
	struct erase *erase;
	struct mailer *mailer;
	struct status *status;
	struct connectors *connectors;
	struct sessions *sessions;
	struct relay *relay;
	struct support *support;
	struct imports *imports;
	struct reports *reports;
	struct series *series;
	struct index *index;
	struct exports *exports;
	struct changes *changes;
};

/* Database jobs for requests: db.h with the request as owner and its caller's provider as tenant.
 * `job` (`size` octets) is copied flat; what it points to lies in req->mem, which outlives the
 * request as long as a job needs it (so do req->in, req->query and the content of ROUTE_RAW calls).
 * `done` gets the copy back on the loop and answers; if the request dies first, `done` is not
 * called (a write goes on all the same).  One job a request at a time (asserted). */
typedef void (*job_done_fn)(struct request *req, int rc, void *job);

void hub_read(struct request *req, db_fn fn, job_done_fn done, const void *job, size_t size);
void hub_write(struct request *req, db_fn fn, job_done_fn done, const void *job, size_t size);
void hub_system_read(struct request *req, db_system_fn fn, job_done_fn done, const void *job,
		     size_t size);
void hub_system_write(struct request *req, db_system_fn fn, job_done_fn done, const void *job,
		      size_t size);

/* The actor and the address for a change that the request makes; the object is the caller's to fill
 * in.  The address lives in req->mem. */
struct change_in hub_change(struct request *req, enum change_verb verb);

/* After the commit of something that changes what lists show of a site without a row in the change
 * log (a report that told another version): the slices' on_site. */
void hub_site_touched(struct hub *hub, struct id provider, struct id site);
/* After a report that told no more than that: the counts themselves, because they change with most
 * reports and reading a site again costs as much as storing one. */
void hub_devices_counted(struct hub *hub, struct id provider, struct id site,
			 const struct device_counts *counts);
/* The same for a committed change: the listener that is registered with the store; owner is the
 * hub. */
void hub_on_changed(const struct change_note *note, void *owner);

/* True if `name`, UTF-8, may name a person, customer or site: something to read in it, no control
 * characters, none that turns the reading direction or is not seen, but for joiners
 * and forms where scripts are spelled with them. */
bool hub_name_ok(const char *name);

/* The words of JSON_ENUM members called language. */
extern const char *const hub_language_names[];

/* How the program's rights and verbs are called in openapi.json. */
extern const struct openapi_names hub_openapi_names;

static inline struct hub *hub_of(void *owner)
{
	return owner;
}

#endif
