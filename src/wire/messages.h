/* messages.h - the bodies of /c/v1 as tables: docs/protocol.md section 2.
 *
 * Hub and connector use the same rows.  What the hub receives is closed; what it answers is open
 * (JSON_OPEN), so that a newer hub may add members.  Constant; use json_decode and json_encode. */
#ifndef WIRE_MESSAGES_H
#define WIRE_MESSAGES_H

#include "base/json.h"
#include "model/words.h"
#include "wire/code.h"
#include "wire/record.h"

#define MEDIA_JSON    "application/json"
#define MEDIA_PROBLEM "application/problem+json"
#define MEDIA_RECORDS "application/vnd.imprimatur.records"

#define NAME_MAX_LEN        200 /* octets of a provider's, customer's or site's name */
#define SHA256_TEXT_LEN     64
#define PUBLIC_KEY_TEXT_LEN 43 /* base64url of 32 octets */
#define PROOF_TEXT_LEN      86 /* base64url of 64 octets */

/* POST /c/v1/invitation */
struct invitation_request {
	const char *code, *language;
};
struct agreement_text {
	int64_t version;
	const char *language, *sha256, *text;
};
struct invitation_answer {
	const char *provider, *customer, *site, *region;
	struct agreement_text *agreement;
	int64_t schema_min, schema_max;
	enum json_bool replaces; /* this site has a connector, which this code would replace */
};

/* POST /c/v1/enroll */
struct agreement_accepted {
	int64_t version;
	const char *sha256, *language;
	int64_t accepted_at_ms;
};
struct enroll_request {
	const char *code, *public_key; /* base64url */
	struct agreement_accepted *agreement;
	const char *connector_version;
	int os; /* enum connector_os */
};
struct enroll_answer {
	struct id site_id, connector_id;
	const char *provider, *region;
	int64_t poll_hold_s, schema_min, schema_max;
};

/* POST /c/v1/reports */
struct record_range {
	int64_t from, to; /* both included */
};
struct reports_answer {
	const char *epoch;       /* epoch_encode() */
	int64_t acked;           /* 0: none */
	struct json_list ranges; /* struct record_range *, beyond acked, ascending */
	int64_t credit;          /* records that may be sent next */
};
#define REPORTS_RANGES_MAX 256

/* POST /c/v1/permissions */
struct permissions_request {
	int64_t revision; /* counts up with each change */
	int monitoring; /* 0 off, 1 on (monitoring_names); permission_switch() makes a switch of it
			 */
	int console, mfp; /* enum switch_state */
	int64_t at_ms;
};

/* POST /c/v1/key */
struct key_request {
	const char *public_key, *proof; /* base64url; the proof by wire/key_proof.h */
};

/* POST /c/v1/sessions/{id}: what has become of a session that the hub asked for. */
struct session_told {
	int state;       /* enum session_state, never SESSION_REQUESTED */
	int why;         /* enum session_why; -1: none, only of a session that is over */
	int64_t ends_ms; /* `open`: the latest end, by the connector's ceiling, in the hub's time */
	int64_t bytes_up, bytes_down; /* towards the site, and from it: bodies and WebSockets */
	int64_t requests;
	/* `waiting_for_approval`, where the customer has a desk for it: what it is called there,
	 * and how many may say yes.  Never who. */
	const char *desk_name; /* NULL: it has no name, or there is none */
	int64_t desk_count;    /* JSON_ABSENT_INT: there is none */
	/* `open`: more time was asked for and is not given. */
	int more_why;        /* enum session_why: customer unanswered not_allowed too_many; -1 */
	int64_t more_ask_ms; /* the question's ask_until_ms; JSON_ABSENT_INT: none is answered */
};
#define SESSION_DESK_NAME_MAX 40 /* octets */
#define SESSION_DESK_MAX      1000

/* POST /c/v1/targets: what the customer has configured besides the console; never an address. */
struct target_told {
	struct id id;
	const char *name;
	int kind; /* enum target_kind but TARGET_CONSOLE */
};
struct targets_request {
	int64_t revision; /* counts up with each change */
	struct json_list items;
};
#define TARGETS_MAX     500 /* of a site */
#define TARGET_NAME_MAX 100 /* octets */

/* What a gap record holds: that readings were dropped, and why. */
#define GAP_REASON_WORDS(X)                                                                        \
	X(GAP_SPOOL_FULL, "spool_full")                                                            \
	X(GAP_TOO_OLD, "too_old")                                                                  \
	X(GAP_MONITORING_OFF, "monitoring_off")                                                    \
	X(GAP_NOT_STORED, "not_stored") /* the disk was full or failed */                          \
	X(GAP_DAMAGED, "damaged")       /* they were stored, and cannot be read any more */
enum gap_reason { GAP_REASON_WORDS(WORD_NUMBER) GAP_REASONS };
extern const char *const gap_reason_names[];
struct gap {
	int64_t from_ms, to_ms;
	int64_t records;
	int reason;
};

/* Errors of both APIs: RFC 9457. */
struct problem {
	const char *type, *title;
	int64_t status;
	const char *code, *detail, *field;
	int64_t hub_time_ms; /* with `clock` */
	const char *why;     /* with `session_over`, to a connector: a word of enum session_why */
};

extern const struct json_schema invitation_request_schema, invitation_answer_schema,
	agreement_text_schema, agreement_accepted_schema, enroll_request_schema,
	enroll_answer_schema, reports_answer_schema, record_range_schema,
	permissions_request_schema, key_request_schema, session_told_schema, target_told_schema,
	targets_request_schema, gap_schema, problem_schema;

/* `monitoring` of a permissions_request as enum switch_state, and back. */
int permission_switch(int monitoring);
int permission_monitoring(enum switch_state s);

/* That a session's members fit its state, and no two targets have one id. */
bool session_told_ok(const struct session_told *t);
bool targets_ok(const struct targets_request *t);

/* Fills *p for an error; `detail` and `field` may be NULL.  type is "about:blank". */
void problem_of(int rc, const char *detail, const char *field, struct problem *ret_problem);

#endif
