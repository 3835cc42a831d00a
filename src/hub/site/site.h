/* site.h - a provider's sites: their rows, and the form in which the API shows one.
 *
 * What connectors told of a site is the status slice's (hub/status/status.h); the index slice puts
 * both together for GET /sites and GET /sites/{id}.
 * Store functions run on database threads within jobs. */
#ifndef HUB_SITE_SITE_H
#define HUB_SITE_SITE_H

#include "hub/hub.h"
#include "model/status.h"

/* What the API shows: docs/protocol.md section 1.  Words of lists that will grow are texts here, so
 * that a client is not told they are all there are.  Pointers are NULL where the contract says
 * null; texts live with whoever made it. */
struct site_customer_ref {
	struct id id;
	const char *name;
	int64_t archived_ms; /* of this and the site's: JSON_ABSENT_INT: not so (hub/archive) */
};

struct site_reason {
	const char *code;      /* reason_name() */
	const char *component; /* component_kind_names */
	double value, threshold;
	int64_t since_ms;
	const char *rule, *unit; /* rule_names, rule_unit_names */
	const char *severity;    /* severity_names */
	const char *origin;      /* rule_origin_names: who set threshold and severity */
	const char *detail;      /* what no number tells */
};

struct site_permissions {
	int monitoring;   /* 0 off, 1 on (monitoring_names) */
	int console, mfp; /* enum switch_state */
};

struct site_consent {
	int64_t version;
	const char *sha256;
	int64_t at_ms;
};

struct site_server {
	const char *product, *version, *edition, *os; /* model/words.h */
};

struct site_component {
	const char *kind; /* component_kind_names */
	int state;        /* enum component_state */
	const char *code; /* reason_name() */
	int64_t since_ms;
};

struct site_health {
	int64_t read_at_ms;
	struct json_list components; /* struct site_component * */
};

struct site_part {
	const char *kind; /* component_kind_names */
	int state;        /* enum component_state */
	int64_t total, down;
};

struct site_infrastructure {
	int64_t read_ms;        /* of this and the next two: in the site's time */
	struct json_list parts; /* struct site_part * */
};

struct site_seats {
	const char *kind; /* seat_names */
	int64_t used, licensed;
};

/* Until when something is paid for, by whoever's word counts. */
struct site_end {
	int64_t at_ms;
	int64_t days; /* left, as of the answer: model/licence.h */
	int origin;   /* enum origin */
};

/* What the provider's users wrote down of a licence: hub/licence/licence.h. */
struct site_licence_entry {
	const char *organisation, *customer_reference, *note; /* NULL: nothing */
	const char *support_ends_on, *licence_ends_on;        /* "2027-01-31" */
	int64_t revision;                                     /* 1, 2, ... */
	int64_t edited_ms;
	const char *edited_by; /* NULL: that user is there no more */
};
extern const struct json_schema site_licence_entry_schema;

struct site_licence {
	int64_t read_ms;
	enum json_bool valid;
	int64_t support_days;
	int64_t support_ends_ms; /* support_days from when they were read */
	int64_t licence_days;
	int origin;             /* enum origin */
	struct json_list seats; /* struct site_seats * */
	/* Whose word counts: the server's, else the customer's, else the provider's. */
	struct report_stated *organisation, *customer_reference;
	struct site_end *support_end, *licence_end;
	struct site_licence_entry *provider; /* NULL: nothing was ever written down */
};

struct site_period {
	int64_t from_ms, to_ms;
	int64_t pages, errors, warnings;
};

struct site_day {
	int64_t from_ms, to_ms;
	int64_t pages, jobs;
};

struct site_usage {
	int64_t read_ms;
	struct json_list features; /* const char *: feature_names */
	int64_t held_jobs;
	struct site_period *period; /* the newest */
	struct site_day *day;
};

struct site_devices {
	int64_t total, in_error;
};

struct site_connector {
	struct id id;
	const char *version;
	int64_t clock_skew_ms, spooled, enrolled_ms;
	enum json_bool copied;
};

enum mail_state { MAIL_QUEUED, MAIL_SENT, MAIL_FAILED }; /* stored */
extern const char *const mail_state_names[];

/* The mail that brings an invitation: hub/mail/mail.h. */
struct site_mail {
	const char *to;
	int state;           /* enum mail_state */
	const char *reason;  /* mail_reason_word(): of the last try that failed */
	int64_t smtp_status; /* what the server answered then */
	int64_t tries;
	int64_t next_ms; /* the next try */
	int64_t done_ms; /* sent or given up */
};
extern const struct json_schema site_mail_schema;

struct site_invitation {
	struct id id;
	int64_t expires_ms;
	struct site_mail *mail; /* NULL: none was asked for */
};

/* Both site and site_row are encoded from it. */
struct site {
	struct id id;
	const char *name;
	struct site_customer_ref *customer;
	int64_t created_ms;
	int64_t archived_ms;      /* the site itself, or its customer */
	int status;               /* enum site_status */
	struct json_list reasons; /* struct site_reason *: worst first */
	struct site_permissions *permissions;
	struct site_consent *consent;
	int64_t last_seen_ms;
	const char *public_ip;
	const char *note; /* what is searched, not shown (hub/note) */
	struct site_server *server;
	struct site_health *health;
	struct site_infrastructure *infrastructure;
	struct site_licence *licence;
	struct site_usage *usage;
	struct site_devices *devices;
	struct site_connector *connector;
	struct site_invitation *invitation;
	struct json_list series; /* const char *: what has values */
};

extern const struct json_schema site_schema, site_row_schema;
/* A site as the list of licences shows it. */
extern const struct json_schema site_licence_row_schema;

/* id, name, customer and created_ms; the rest is absent, status never_connected, no devices.
 * In `mem`.  ERR_NOT_FOUND. */
MUST_USE int site_get(struct tenant_db *db, struct arena *mem, struct id id, struct site *ret_site);

struct site_new {
	struct id id, customer;
	const char *name;
	int64_t created_ms;
};
/* Writes a new one and the change: verb and actor are the caller's, the rest is filled in.
 * ERR_NOT_FOUND: this provider has no such customer; ERR_ARCHIVED: it is archived. */
MUST_USE int site_make(struct tenant_db *db, struct arena *mem, const struct site_new *s,
		       struct change_in *change);

/* Gives a site another name, and writes the change if that is something else: verb and actor are
 * the caller's.  ERR_NOT_FOUND. */
MUST_USE int site_rename(struct tenant_db *db, struct arena *mem, struct id id, const char *name,
			 struct change_in *change);

struct site_name {
	struct id id, customer;
	const char *name;
	bool archived; /* itself */
};
/* All of the provider's sites by name, in no order, in `mem`. */
MUST_USE int site_list(struct tenant_db *db, struct arena *mem, struct site_name **ret_sites,
		       size_t *ret_len);

/* The ids of the provider's sites, in `mem`. */
MUST_USE int site_list_ids(struct tenant_db *db, struct arena *mem, struct id **ret_ids,
			   size_t *ret_len);

/* The customer of a site: 0, or ERR_NOT_FOUND if this provider has no such site. */
MUST_USE int site_customer(struct tenant_db *db, struct id site, struct id *ret_customer);
/* The same of one that something new is made for: ERR_ARCHIVED. */
MUST_USE int site_customer_live(struct tenant_db *db, struct id site, struct id *ret_customer);
/* The names, opened into `mem`: for what is shown at enrolment. */
MUST_USE int site_names(struct tenant_db *db, struct arena *mem, struct id site,
			const char **ret_site, const char **ret_customer,
			const char **ret_provider);

extern const struct slice site_slice;

#endif
