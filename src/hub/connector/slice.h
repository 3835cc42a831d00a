/* slice.h - what the connector slice's files share on the loop. */
#ifndef HUB_CONNECTOR_SLICE_H
#define HUB_CONNECTOR_SLICE_H

#include "base/map.h"
#include "base/rate.h"
#include "db/change.h"
#include "db/db.h"
#include "hub/connector/connector.h"

struct connectors {
	struct hub *hub;
	struct map by_thumbprint, by_id;
	struct map erased;     /* public keys of connectors whose rows are gone, by thumbprint */
	struct db_owner owner; /* jobs that no request waits for */
	struct rate code_by_address; /* tries of enrolment codes */
	struct rate code_in_all;
	struct rate offers; /* of new keys, by connector */
	size_t polls;       /* open now */
};

/* A nonce is remembered until its signature would be refused for its time anyway. */
#define NONCES_MAX 512 /* calls of one connector within that time */
#define NONCES_FEW 6   /* of one that only polls */

/* Half of a nonce (RFC 9421 section 2.3; 128 bits of chance here): a repeated call is met all the
 * same, and ten thousand connectors have a dozen each. */
struct nonce {
	uint8_t b[8];
	uint32_t created_s;
};

/* Registers a key that enrolled; the connector lives as long as the hub. */
struct connector_row;
struct connector *connectors_add(struct hub *hub, const struct connector_row *row);
struct connector_key *key_by_thumbprint(struct hub *hub, const char *thumbprint);

/* Makes a key known; the connector's oldest is forgotten beyond CONNECTOR_KEYS_MAX. */
struct connector_key *key_add(struct connector *c, const uint8_t public_key[static SIGN_KEY_LEN],
			      enum key_state state);
/* A call that it signed was let in.  The first one makes it the one that counts. */
void key_used(struct connector_key *k);

/* What a connector did about itself, as a row of the change log. */
struct change_in connector_change(const struct connector *c, enum change_verb verb);

/* A poll named its process: one that comes back after another shows two that live. */
void connector_saw_run(struct connector *c, int64_t run, const char *from);

/* 0, ERR_REPLAYED, or ERR_TOO_MANY if it calls more often than the ring holds. */
MUST_USE int connector_take_nonce(struct connector *c, const uint8_t nonce[static 16],
				  int64_t created_s, int64_t now_s);

/* The signature base of a call that was checked: evidence. */
struct http_sig;
MUST_USE int connector_signature_base(struct request *req, const struct http_sig *sig,
				      struct buf *out);

/* An attempt with a code from this address: 0 or ERR_TOO_MANY with Retry-After set. */
MUST_USE int connectors_allow_code(struct request *req);

/* Ends a poll; rc 0: the empty answer. */
void poll_end(struct poll *p, int rc);

extern const struct route connector_routes[];
struct change_note;
void connector_on_change(struct hub *hub, const struct change_note *note);
/* Handlers, by file. */
void invitation_create(struct request *req);
void invitation_delete(struct request *req);
void invitation_resend(struct request *req);
void invitations_get(struct request *req);
void invitation_show(struct request *req);
void connector_delete(struct request *req);
void connector_leave(struct request *req);
void connector_enroll(struct request *req);
void commands_poll(struct request *req);
void permissions_mirror(struct request *req);
void report_ask(struct request *req);
void key_change(struct request *req);
void copied_delete(struct request *req);

extern const struct json_schema invitation_in_schema, commands_query_schema;
extern const struct json_schema invited_query_schema, invited_page_schema;

#endif
