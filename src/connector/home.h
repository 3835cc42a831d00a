/* home.h - the connector's folder (--dir): which files there are, and what our programs write
 * there.
 *
 * The list is home_files[] and, made from it, docs/data.md.  Nothing else is stored on the
 * machine, and nothing of it is personal data (R61).  state.json is written by enrol and by the
 * running connector only, which hold the lock. */
#ifndef CONNECTOR_HOME_H
#define CONNECTOR_HOME_H

#include "base/arena.h"
#include "base/file.h"
#include "base/json.h"

#define HOME_CONFIG       "connector.conf"
#define HOME_STATE        "state.json"
#define HOME_CONSENT      "consent.json"
#define HOME_CONSENT_OLD  "consent.old.json" /* of the enrolment before */
#define HOME_PERMISSIONS  "permissions.json"
#define HOME_KEY          "key.pem"
#define HOME_KEY_NEXT     "key.next.pem" /* made, not known to the hub yet: rotate.h */
#define HOME_KEY_NEW      "key.new.pem"  /* enrolling again: not key.pem yet */
#define HOME_KEY_OLD      "key.old.pem"  /* the one before: for a hub that was set back */
#define HOME_SECRET       "site.secret"
#define HOME_CA           "hub-ca.pem"
#define HOME_OUTBOX       "outbox"
#define HOME_STATUS       "status.json"
#define HOME_LOCK         "lock"
#define HOME_SETTINGS_URL "settings.url"
#define HOME_COUNTERS     "counters.json"
#define HOME_SESSIONS     "sessions.json"
#define HOME_CONTROL      "control.sock"
#define HOME_TARGETS      "targets.json"
#define HOME_APPROVERS    "approvers.json"
#define HOME_DESK_LOGIN   "desk-login.json"
#define HOME_DESK_CERT    "desk-cert.pem"
#define HOME_DESK_KEY     "desk-key.pem"

#define HOME_PATH_MAX   4096
#define SITE_SECRET_LEN 32

/* ERR_INVALID if the path would be too long. */
MUST_USE int home_path(const char *dir, const char *name, char ret_path[static HOME_PATH_MAX]);

/* What enrolment gave, and what must survive a restart. */
struct state {
	struct id site_id, connector_id;
	const char *provider, *customer, *site, *region;
	int64_t poll_hold_s, schema_min, schema_max;
	int64_t enrolled_at_ms;
	int64_t key_made_at_ms;   /* absent: with the enrolment */
	int64_t commands_after;   /* the last command seen */
	int64_t permissions_told; /* the last revision that the hub has */
	int64_t revoked_at_ms;    /* absent: not revoked */
	enum json_bool replaced;  /* if so: by another connector of the site */
	int64_t copied_at_ms;     /* absent: never seen as a copied or restored machine */
};
extern const struct json_schema state_schema;

/* The record of consent: what was accepted, as it was shown. */
struct consent {
	const char *provider, *customer, *site, *region;
	int64_t version;
	const char *language, *sha256, *text;
	int64_t accepted_at_ms;
	enum json_bool unattended; /* accepted by its hash on the command line */
	int64_t withdrawn_at_ms;   /* absent: it holds */
};
extern const struct json_schema consent_schema;

/* Every file of the folder, for docs/data.md and the settings page: whatever has no row here is not
 * stored (R65; test/scenario/stored.test.ts compares the rows with a real folder). */
enum home_holds {
	HOME_EMPTY,   /* nothing: it is only there */
	HOME_OCTETS,  /* what `why` says */
	HOME_MEMBERS, /* JSON: the members of `schema` */
	HOME_OPTIONS, /* lines: connector_options */
};
struct home_file {
	const char *name; /* below the folder; one "*" stands for the number of a segment */
	enum home_holds holds;
	const struct json_schema *schema;
	const char *why, *kept; /* English */
	bool optional;          /* not in every folder */
	bool secret;            /* never told, logged or copied by us */
	const char *requirement;
};
extern const struct home_file home_files[]; /* ends with name NULL */

/* Any schema into DIR/NAME, atomically and 0600. */
MUST_USE int home_save(const char *dir, const char *name, const struct json_schema *schema,
		       const void *in);
/* The same for what is only shown: where there is no room for a second one it is written over in
 * place, and a crash may leave nothing of it. */
MUST_USE int home_show(const char *dir, const char *name, const struct json_schema *schema,
		       const void *in);
/* -ENOENT, ERR_CORRUPT, -errno.  Texts live in `mem`. */
MUST_USE int home_load(const char *dir, const char *name, const struct json_schema *schema,
		       struct arena *mem, void *out);

MUST_USE int home_secret_load(const char *dir, uint8_t ret_secret[static SITE_SECRET_LEN]);
/* Makes a new one. */
MUST_USE int home_secret_make(const char *dir);

/* Whether a connector runs in this folder now. */
bool home_is_running(const char *dir);

#endif
