/* desk.h - approving from a desk: a page in the customer's own network for those whom the customer
 * has named, where a visit that waits is answered and one that runs is ended, and nothing else.
 *
 *   browser --TLS, from desk.allow only--> name + password + code --> token --> yes, no, end now
 *
 * It is off unless the customer names where it listens (desk.listen), by which name it is opened
 * (desk.host) and from where (desk.allow): others are cut off before TLS begins.  Nothing of the
 * settings page is served here, and no message of a hub's leads here.  Its certificate is the
 * customer's, or one that it makes for itself.
 *
 * A login needs a password and a code of a second factor, each code once; failures are counted by
 * network and by name, and an unknown name takes as long as a known one.  Who was let in is known
 * by a token that lives in one browser tab, at most DESK_LOGIN_MS, and ends when the customer takes
 * the approver away.  Nothing of it is stored but when the last code was of, without whose.
 *
 * One loop.  No callback runs from inside a desk_*() call.
 *
 *   desk.c          where it listens, by which certificate
 *   login.c         who is let in
 *   desk_api.c      what is seen and done there
 *   approver.c      approvers.json
 *   desk_options.c  connector.conf's desk.*
 *   notice.c        mail and webhook when a visit waits */
#ifndef CONNECTOR_DESK_DESK_H
#define CONNECTOR_DESK_DESK_H

#include "base/hash.h"
#include "connector/desk/approver.h"
#include "connector/desk/desk_options.h"
#include "connector/desk/notice.h"

struct desk;
struct loop;
struct sessions;
struct state;

#define DESK_LOGIN_MS ((int64_t)10 * 3600 * 1000)

/* Failures: five at once a network and one more a minute; five at once a name, and one more in
 * five minutes. */
#define DESK_WRONG_BURST      5
#define DESK_WRONG_NETWORK_MS ((int64_t)60 * 1000)
#define DESK_WRONG_NAME_MS    ((int64_t)5 * 60 * 1000)

struct desk_config {
	struct loop *loop; /* borrowed, as all the following */
	const char *dir;
	const struct options *options;
	const struct state *state;
	struct sessions *sessions;
	void (*on_change)(void *owner); /* desk_info() is new */
	void *owner;
};

/* NULL-free also where the page is off: approvers are counted for the hub all the same. */
struct desk *desk_new(const struct desk_config *cfg); /* copied */
/* Stops listening and cuts what is open at once; the memory goes when the server has closed. */
void desk_free(struct desk **d);

#define DESK_STATE_WORDS(X)                                                                        \
	X(DESK_OFF, "off")                                                                         \
	X(DESK_OPEN, "open")                                                                       \
	X(DESK_TAKEN, "taken")             /* another program has the port */                      \
	X(DESK_CERTIFICATE, "certificate") /* it cannot be used, or is not for desk.host */        \
	X(DESK_FAILED, "failed")
enum desk_state { DESK_STATE_WORDS(WORD_NUMBER) DESK_STATES };
extern const char *const desk_state_names[];

struct desk_info {
	enum desk_state state;
	const char *url; /* where the page is opened; NULL unless open; lives as long as the desk */
	struct hash fingerprint; /* SHA-256 of its certificate */
	char problem[200];       /* DESK_CERTIFICATE: what is wrong, English */
};
void desk_info(const struct desk *d, struct desk_info *ret_info);

/* How many may say yes there: 0 unless it is open. */
unsigned desk_count(struct desk *d);

/* For tools/gen: the page's API. */
struct route;
struct openapi_names;
extern const struct route *const desk_route_tables[];
extern const struct openapi_names desk_openapi_names;

#endif
