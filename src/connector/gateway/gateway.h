/* gateway.h - takes a session's requests to its target and the answers back (design.md 9).
 *
 *   tunnel's exchange --> path rules --> header rules --> lookup --> address rules --> dial, TLS
 *        |                                                              |
 *        '<------------ header rules <------------- h1_client <---------'
 *
 * It asks nobody whether a session may be: connector/session has.  What it decides is where a
 * request of a session goes, and that is one address: the target's.  Names are looked up for each
 * connection, the address that was looked at is the one that is dialled, and none is dialled that
 * is loopback (but for the console), link-local, this machine's (but for the console) or the hub's.
 *
 * An answer that is not the target's own carries its code (TUNNEL_ERROR_HEADER) and no body:
 *   target_unresolved  its name is not found          target_refused     it cannot be connected to
 *   target_tls         no TLS with it                 target_untrusted   another certificate
 *   target_timeout     no answer within 14 s of its   target_forbidden   path, method or address
 *                      last sign of life, or 300 s;
 *                      to a script's request 120 s
 *   target_elsewhere   it redirects to another place  session_over       cut while it waited
 *   target_busy        no connection of those it may have came free within 14 s, or within 60 s
 *                      while those that had one were answered
 *   target_wants_tls   it serves this over TLS alone, and is configured without
 *   connector_busy     more at once than may be       target_answer      what it says is no HTTP,
 *                                                                    or no whole answer
 *   too_large          headers, or a body that had to be collected
 *
 * Nothing of what passes is kept or logged.  One loop.  Nothing here calls back but exchanges. */
#ifndef CONNECTOR_GATEWAY_GATEWAY_H
#define CONNECTOR_GATEWAY_GATEWAY_H

#include "base/hash.h"
#include "base/list.h"
#include "connector/options.h"
#include "connector/target.h"

struct exchange;
struct gateway;
struct loop;

#define GATEWAY_STREAMS    128
#define GATEWAY_WEBSOCKETS 32
#define GATEWAY_BUFFERED   (64 * MIB)

struct gateway_net; /* how names are looked up and addresses dialled: net.h, for tests */

struct gateway_setup {
	const struct options *options; /* where the console is, and the hub; must stay */
	/* Of the settings page and of the page for approving from the LAN; 0: none.  No target is
	 * dialled there on this machine. */
	uint16_t own_ports[2];
	const struct gateway_net *net; /* NULL: the real one */
	void *net_owner;
};

struct gateway *gateway_new(struct loop *l, const struct gateway_setup *setup);
/* Cuts everything; the loop must turn before what exchanges belong to may go.  Sets *g to NULL. */
void gateway_free(struct gateway **g);

/* A session as the gateway knows it: embedded in the session, which fills the first part. */
struct gateway_visit {
	struct id session;
	/* NULL: the print server's own pages.  Must stay as it is until gateway_cut(). */
	const struct target *target;

	/* The gateway's; up to date after gateway_count(). */
	uint64_t bytes_up, bytes_down; /* bodies and WebSockets, towards the target and from it */
	uint64_t requests;
	int64_t moved_ms; /* loop_now_ms() when gateway_count() last saw that an octet had passed */
	size_t running;   /* exchanges */
};

/* Takes x over, whose head came through the tunnel: "https://<authority>" is the session's own
 * origin.  x is answered in any case. */
void gateway_request(struct gateway *g, struct exchange *x, struct gateway_visit *v);
/* Brings v's counters up to date. */
void gateway_count(struct gateway *g, struct gateway_visit *v);
/* At once: what has not been answered is, with `why` (an err.h code); all else breaks off; the
 * session's connections are closed.  Its visit is not touched afterwards. */
void gateway_cut(struct gateway *g, struct id session, int why);

/* Looks at an address before it becomes a target: connects, shakes hands and asks nothing.  rc as
 * for exchanges (ERR_TARGET_*); the certificate's SHA-256 and whether the system's roots vouch for
 * it under that name; both only for https. */
struct gateway_sight {
	int rc;
	struct hash certificate;
	bool vouched_for;
};
struct gateway_look;
typedef void gateway_look_fn(const struct gateway_sight *sight, void *owner);
/* done runs once, never from inside this call, unless it is cancelled; ERR_CANCELLED also when the
 * gateway goes.  ERR_INVALID: `one` has no
 * address that could be a target's. */
MUST_USE int gateway_look(struct gateway *g, const struct target *one, gateway_look_fn *done,
			  void *owner, struct gateway_look **ret_look);
void gateway_look_cancel(struct gateway_look **k);

#endif
