/* store.h - the connector slice's rows; everything here runs within database jobs. */
#ifndef HUB_CONNECTOR_STORE_H
#define HUB_CONNECTOR_STORE_H

#include "base/hash.h"
#include "hub/connector/connector.h"

/* A row of `invitation`, found by the keyed hash of its code. */
struct invitation {
	struct id provider, id, site, connector;             /* connector: whom it enrolled */
	int64_t created_ms, expires_ms, revoked_ms, used_ms; /* JSON_ABSENT_INT: not so */
};

/* ERR_CODE_UNKNOWN. */
MUST_USE int invitation_by_code(struct system_db *db, const struct hash *code,
				struct invitation *ret);
/* Whether it may be used now: 0, ERR_CODE_REVOKED, ERR_CODE_USED, ERR_CODE_EXPIRED. */
MUST_USE int invitation_usable(const struct invitation *i, int64_t now_ms);
/* ERR_NOT_FOUND: this site has no such invitation, or it is used or revoked already. */
MUST_USE int invitation_revoke(struct tenant_db *db, struct id site, struct id invitation,
			       int64_t now_ms);
/* Those of the site that were made before it are revoked: who holds one of their codes, perhaps by
 * a mail that went astray, would take the site over. */
MUST_USE int invitation_use(struct tenant_db *db, const struct invitation *i, struct id connector,
			    int64_t now_ms);

/* Invited and not connected: each site's newest invitation that was neither used nor withdrawn,
 * where no connector counts; expired ones, too. */
struct invited {
	struct id id;
	struct invited_ref {
		struct id id;
		const char *name;
	} * site, *customer;
	int64_t created_ms, expires_ms;
	struct site_mail *mail; /* NULL: none was asked for */
};
/* Those before `before`, the newest first, at most `limit`: struct invited *, in `mem`. */
MUST_USE int invited_list(struct tenant_db *db, struct arena *mem, struct id before, size_t limit,
			  struct json_list *ret_invited);

/* What is needed of every connector at start, in the order of enrolment. */
struct connector_row {
	struct id provider, id, site, customer;
	bool replaced;
	int64_t revoked_ms, seen_ms, skew_ms, copied_ms; /* JSON_ABSENT_INT: not so, not known */
	int64_t perm_revision, command_seq;
	int64_t report_ms; /* JSON_ABSENT_INT: never */
	int monitoring;    /* enum switch_state */
	int status;        /* enum site_status */
};
/* fn is called for each; on the database thread. */
MUST_USE int connectors_load(struct system_db *db,
			     void (*fn)(const struct connector_row *row, void *arg), void *arg);

/* What came with an enrolment and is kept as it came: the record of consent. */
struct consent_record {
	int64_t version;
	const char *language, *sha256; /* hex */
	int64_t accepted_ms;
	const char *base, *signature, *body; /* signature in base64url */
	struct hash evidence;
};

struct enrolment {
	struct connector_row row;
	uint8_t public_key[SIGN_KEY_LEN];
	const char *connector_version, *os, *public_ip;
	int64_t now_ms;
	struct consent_record consent;
};
MUST_USE int connector_insert(struct tenant_db *db, const struct enrolment *e);

/* Revokes whichever connector of the site counts now; its id (zero: there was none).  replaced_by:
 * zero if none takes its place. */
MUST_USE int connector_revoke(struct tenant_db *db, struct id site, struct id replaced_by,
			      int64_t now_ms, struct id *ret_id);

/* A connector's keys (key_store.c). */
struct key_row {
	struct id connector;
	uint8_t public_key[SIGN_KEY_LEN];
	enum key_state state;
};
/* All of all connectors, each connector's oldest first, then those whose connectors were erased
 * (zero); on the database thread. */
MUST_USE int keys_load(struct system_db *db, void (*fn)(const struct key_row *row, void *arg),
		       void *arg);
/* A key that waits for its first call, in place of another that does; the oldest that are more than
 * CONNECTOR_KEYS_MAX go.  1, and nothing changed, if it waited already. */
MUST_USE int key_offer(struct tenant_db *db, struct id connector,
		       const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_ms);
/* Its first call came: it counts from now on, and no other of that connector. */
MUST_USE int key_use(struct tenant_db *db, struct id connector,
		     const uint8_t public_key[static SIGN_KEY_LEN], int64_t now_ms);

struct permissions {
	int64_t revision;
	int monitoring, console, mfp; /* enum switch_state */
};
MUST_USE int permissions_get(struct tenant_db *db, struct id connector, struct permissions *ret);
/* False in *ret_newer: the row held a revision that is as new. */
MUST_USE int permissions_put(struct tenant_db *db, struct id connector, const struct permissions *p,
			     bool *ret_newer);

/* Notes presence. */
MUST_USE int connector_note_seen(struct tenant_db *db, struct id connector, int64_t seen_ms,
				 int64_t skew_ms);
/* Commands: numbered per connector; the table holds those not yet seen. */
/* The connector has seen more than were given: this store was set back.  Numbers go on above. */
MUST_USE int command_seq_raise(struct tenant_db *db, struct id connector, int64_t seen);
struct command;
/* Its number is given here.  `customer`: whose key seals what an open_session says. */
MUST_USE int command_insert(struct tenant_db *db, struct id customer, struct id connector,
			    const struct command *c, int64_t now_ms);
struct commands;
/* Those of sessions that nobody may be asked for any more are left out. */
MUST_USE int commands_after(struct tenant_db *db, struct id connector, int64_t after,
			    int64_t now_ms, struct arena *mem, struct commands *ret_commands);

#endif
