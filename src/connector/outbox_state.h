/* outbox_state.h - what the outbox must remember besides its records: outbox/state.json. */
#ifndef CONNECTOR_OUTBOX_STATE_H
#define CONNECTOR_OUTBOX_STATE_H

#include "connector/ranges.h"
#include "wire/messages.h"

#define OUTBOX_PAST_MAX 16

/* An epoch that is closed: what of it was acknowledged, and what may have been sent. */
struct outbox_past {
	struct epoch epoch;
	uint64_t acked;
	struct ranges beyond, tried;
};

struct outbox_state {
	struct epoch epoch;
	uint64_t from_segment; /* the first segment of this epoch; 0: there is no state yet */
	uint64_t acked;
	struct ranges beyond, tried;
	bool broken;
	uint64_t dropped; /* the segment whose loss a gap has counted already; 0: none */
	bool thin;        /* the segments of the last past epoch still hold what was not sent */
	struct gap gaps[GAP_REASONS]; /* to be told, one a reason; records and times count up */
	bool has_gap[GAP_REASONS];
	int64_t off_revision; /* of the switches: the last off whose discard was done; 0: none */
	struct outbox_past
		past[OUTBOX_PAST_MAX]; /* oldest first; for the ledger's "acknowledged" */
	unsigned past_len;
};

extern const struct json_schema outbox_state_schema; /* the file's members */

/* -ENOENT if there is none, ERR_CORRUPT, -errno. */
MUST_USE int outbox_state_load(const char *dir, struct outbox_state *ret_state);
MUST_USE int outbox_state_save(const char *dir, const struct outbox_state *s);

#endif
