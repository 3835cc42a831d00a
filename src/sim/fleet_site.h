/* fleet_site.h - one site of a fleet: which call comes next, and what its answer means. */
#ifndef SIM_FLEET_SITE_H
#define SIM_FLEET_SITE_H

#include "base/backoff.h"
#include "net/loop.h"
#include "sim/chain.h"
#include "sim/client.h"
#include "sim/life.h"
#include "wire/code.h"

struct fleet {
	struct loop *loop;
	struct client_hub hub;
	struct fleet_site *sites;
	size_t len;
	/* The lives' clock goes `speed` times as fast as ours, from today_ms on. */
	int64_t speed, today_ms, began_mono_ms;
	/* What came of it. */
	size_t settled; /* sites that have told all that their lives have to tell at first */
	size_t reports, polls, refused, cut;
	void (*on_settled)(struct fleet *f); /* each time that one more has */
};

/* What is asked of the hub, in the order in which a connector needs it. */
enum fleet_step { STEP_INVITATION, STEP_ENROL, STEP_MIRROR, STEP_REPORT, STEP_POLL, STEP_NONE };

struct fleet_site {
	struct fleet *fleet;
	struct life life;
	char code[CODE_TEXT_SIZE];
	struct sign_key *key;  /* NULL: nobody redeems its code */
	struct client *client; /* NULL: not connected */
	struct timer again;
	struct backoff backoff;
	int64_t wait_ms; /* before it connects again; 0: as after a failure */
	enum fleet_step step;
	/* What it has agreed to, and how far it is. */
	int64_t agreement;
	char agreement_sha256[2 * HASH_LEN + 1];
	bool enrolled, mirrored_on, settled, ended;
	int64_t revision, run, after; /* of the switches, of this process, of commands */
	/* Reports. */
	struct chain chain;
	struct buf waiting;          /* the record that is not acknowledged yet */
	int64_t told_ms, telling_ms; /* in the life's time: the last one acknowledged; that one */
	int64_t due_mono_ms;
};

/* Connects for the first time. */
void fleet_site_begin(struct fleet_site *s);
/* No connection opens any more; runs the loop until all that are open have ended, `wait_ms` at
 * most.
 */
void fleet_end(struct fleet *f, int64_t wait_ms);
void fleet_site_free(struct fleet_site *s);

#endif
