/* connector.h - the connectors of all sites: invitation, enrolment, signed calls, polls, switches.
 *
 * The keys of all connectors are held in memory (some 300 octets each), so that a call's signature
 * is checked without the database.  Files:
 *   invitation_api.c   invite, revoke, POST /c/v1/invitation
 *   enroll_api.c       POST /c/v1/enroll: consent, key, replacement
 *   signed.c           who calls: signature, time, nonce, revocation
 *   key_api.c          POST /c/v1/key: the keys of a connector over time
 *   copied.c           two machines with one key: found, shown, decided
 *   poll_api.c         GET /c/v1/commands, POST /c/v1/permissions
 *   x_store.c          SQL of them */
#ifndef HUB_CONNECTOR_H
#define HUB_CONNECTOR_H

#include "base/sign.h"
#include "hub/hub.h"
#include "hub/status/status.h"
#include "wire/code.h"

extern const struct slice connector_slice;

struct nonce;
struct poll;
struct report_tail;

#define CONNECTOR_KEYS_MAX 16 /* of one connector: the current one, and those before it */
#define CONNECTOR_RUNS_MAX 4  /* processes of one connector that polled last */

enum key_state { KEY_WAITS, KEY_CURRENT, KEY_RETIRED }; /* WAITS: for its first call */

struct connector_key {
	struct connector_key *older; /* of the same connector */
	struct connector *connector;
	uint8_t public_key[SIGN_KEY_LEN];
	char thumbprint[THUMBPRINT_LEN + 1];
	enum key_state state;
	bool unsaved; /* its first call is not in the database yet */
};

/* One that ever enrolled; lives as long as the hub. */
struct connector {
	struct id id, site, provider, customer;
	struct connector_key *keys;       /* the newest first */
	bool revoked, replaced;           /* by another connector of the site */
	int64_t runs[CONNECTOR_RUNS_MAX]; /* as their polls say, the last one first; 0: none */
	int64_t perm_revision;
	int64_t command_seq;  /* the last command number given */
	struct poll *poll;    /* open now, or NULL */
	struct live *live;    /* the site's */
	struct nonce *nonces; /* seen lately, the oldest first */
	uint16_t nonces_len, nonces_cap;
	int64_t asked_mono_ms;    /* when a report was last asked for */
	uint64_t noted;           /* what connector_note_report() wrote last; 0: not known */
	struct report_tail *tail; /* of hub/report, what its last reports left; NULL: not known */
	uint64_t tail_turn;       /* of the last job that writes what the tail tells */
};

/* An invitation that is being made; whoever shows the code wipes it. */
struct invitation_new {
	struct id id, site;
	int64_t created_ms, expires_ms;
	struct hash code_hash;
	char code[CODE_TEXT_SIZE];
};
#define INVITATION_DAYS_MAX 90
/* How the API shows it. */
struct invitation_out {
	struct id id;
	const char *code;
	int64_t expires_ms;
};
extern const struct json_schema invitation_schema;

/* days: 0 for the usual 14.  ERR_INVALID: the region is none. */
MUST_USE int invitation_plan(const struct keyring *keys, const char *region, struct id site,
			     int64_t days, struct invitation_new *ret);
/* Within a job: writes it and the change; verb and actor are the caller's, the rest is filled in.
 * ERR_NOT_FOUND: this provider has no such site; ERR_ARCHIVED. */
MUST_USE int invitation_make(struct tenant_db *db, const struct invitation_new *i,
			     struct change_in *change);

/* How an invitation goes out by mail; all of it outlives the job. */
struct invitation_mail {
	const struct hub
		*hub;   /* which sends mail: hub_sends_mail(); only what is constant is read */
	const char *to; /* mime_address_ok() */
	struct id user; /* who invites: is named, and gets the answer */
};
/* Within a write job, after invitation_make(): queues the mail with the link, in the customer's
 * language; it goes out after the commit (hub/mail/mail.h), and the site shows what becomes of it.
 * ERR_TOO_MANY: the provider has asked for mail.per_day mails today (UTC). */
MUST_USE int invitation_mail(struct tenant_db *db, struct arena *mem,
			     const struct invitation_new *i, const struct invitation_mail *m);

/* The caller of a signed call (after connector_authenticate let it in). */
struct connector *connector_of(struct request *req);
struct connector *connector_by_id(struct hub *hub, struct id connector);

/* authenticate of RIGHT_SIGNED rows: ends in request_admit(). */
void connector_authenticate(struct request *req);
/* The signature of a call that may come before its key is known (enrolment).  ERR_SIGNATURE,
 * ERR_CLOCK, ERR_REPLAYED. */
struct http_sig;
MUST_USE int connector_check_signature(struct request *req,
				       const uint8_t public_key[static SIGN_KEY_LEN],
				       struct http_sig *ret_sig);

/* Before a job that writes what the tail tells: nobody knows it until that job, and no other one
 * since, is done.  The job's turn. */
uint64_t connector_take_tail(struct connector *c);

/* A command was written for it: an open poll answers at once. */
void connector_wake(struct connector *c);
/* The same after the commit of command_open() or command_close(), once for each. */
void connector_commanded(struct connector *c);
/* Its key does not count any more: polls end, calls are refused.  `why`: connector_refusal. */
void connector_cut(struct connector *c, int why);
/* 0, ERR_REVOKED or ERR_REPLACED. */
int connector_refusal(const struct connector *c);

/* -- Within a database job: what a site's page shows. */
struct connector_view {
	struct id id;
	int64_t enrolled_ms, revoked_ms, copied_ms, skew_ms,
		spooled; /* JSON_ABSENT_INT: not so, not known */
	int64_t seen_ms;
	int monitoring, console, mfp; /* enum switch_state */
	const char *version, *os, *public_ip;
	int64_t consent_version, consent_ms;
	const char *consent_sha256, *consent_language;
};

/* The site's newest connector with its consent.  ERR_NOT_FOUND. */
MUST_USE int connector_view_get(struct tenant_db *db, struct id site, struct arena *mem,
				struct connector_view *ret_view);
/* The newest invitation that can be used now, with its mail, in `mem`.  ERR_NOT_FOUND. */
struct site_invitation;
MUST_USE int invitation_open_get(struct tenant_db *db, struct arena *mem, struct id site,
				 int64_t now_ms, struct site_invitation *ret_invitation);

/* The site, or all sites of the customer (site zero), are looked after no more: connectors lose
 * their keys, invitations that wait are withdrawn. */
MUST_USE int connectors_retire(struct tenant_db *db, struct id customer, struct id site,
			       int64_t now_ms);

/* What a report told of its connector, and the address it came from. */
struct connector_told {
	const char *version, *os, *public_ip;
	int64_t spooled, skew_ms;
};
/* Notes it if it is not what *noted stands for, and sets *noted: hardly a report says anything new
 * here.  (The skew counts in steps: it is noted with each minute's poll anyway.) */
MUST_USE int connector_note_report(struct tenant_db *db, struct id customer, struct id connector,
				   const struct connector_told *told, uint64_t *noted);
/* Nothing waits at the site any more of what was told to wait. */
MUST_USE int connector_note_caught_up(struct tenant_db *db, struct id connector);
/* > 0: it was not said before. */
MUST_USE int connector_note_copied(struct tenant_db *db, struct id connector, int64_t now_ms);
/* The site's mark is taken off; its connector.  ERR_NOT_FOUND: there is none. */
MUST_USE int connector_clear_copied(struct tenant_db *db, struct id site, struct id *ret_connector);

/* Commands of sessions.  What an open_session says lies sealed by the customer's key, and no longer
 * than until the session has been answered: command_forget(). */
struct command;
MUST_USE int command_open(struct tenant_db *db, struct id customer, struct id connector,
			  const struct command *c, int64_t now_ms);
MUST_USE int command_close(struct tenant_db *db, struct id connector, struct id session,
			   int64_t now_ms);
MUST_USE int command_forget(struct tenant_db *db, struct id session);

/* The answer to records that do not continue those held: two machines have this connector's key, or
 * its disk was set back.  That is noted first, and said until somebody decides
 * (DELETE /api/v1/sites/{id}/connector/copied). */
void connector_reply_fork(struct request *req);

#endif
