/* outbox.h - what was read and is to be sent, and what was sent: spool and ledger in one.
 *
 * Records (wire/record.h) lie in segments, appended and synced before they may be sent, never
 * changed.  What the hub has not acknowledged is the spool, what it has is the customer's ledger.
 *
 *      segments:   |  older epochs  |  acked ... acked | waiting, beyond, waiting ... last |
 *                   \_______ ledger _________________/  \___________ spool ____________/
 *
 * `beyond` are the ranges the hub holds above `acked`, `tried` those that may have left the
 * machine. A sequence cannot have a hole, so whatever makes one (a bound that was passed, damage, a
 * disk that was set back) marks the outbox broken, and before the next call the spool is written
 * once more as records of a new epoch.  A new epoch's files are written before state.json names it:
 * what a crash leaves half-done is of an epoch that nobody names, and is removed at the next start.
 *
 * One thread.  Functions that write return 0 or -errno; after a failure nothing is lost that was
 * acknowledged, and the call may be made again. */
#ifndef CONNECTOR_OUTBOX_H
#define CONNECTOR_OUTBOX_H

#include "connector/ranges.h"
#include "wire/messages.h"

struct outbox;

struct outbox_limits {
	int64_t ledger_keep_ms, ledger_max_bytes;
	int64_t spool_keep_ms, spool_max_bytes;
};

/* Opens `dir`, which it makes if need be.  The caller holds the connector's lock. */
MUST_USE int outbox_open(const char *dir, const struct outbox_limits *limits,
			 struct outbox **ret_outbox);
void outbox_close(struct outbox **o);

/* Durable when it returns 0.  Pending gaps become a record of their own before it. */
MUST_USE int outbox_append(struct outbox *o, uint32_t purposes, int64_t at_ms, struct str data);

/* What to send next, as concatenated records: the newest alone if the hub lacks it, then the
 * backlog, oldest first, at most `credit` records.  Returns their number, 0 if nothing waits. */
#define OUTBOX_BATCH_BYTES (1 * MIB) /* one record more than half of this may still be longer */
MUST_USE int outbox_batch(struct outbox *o, int64_t credit, struct buf *out);
/* The batch did not leave this machine: no connection came about. */
MUST_USE int outbox_untried(struct outbox *o);

/* What the hub says it holds.  Less than before: it was restored, and gets the rest again.
 * If it holds of this epoch what was never sent from here, this disk was set back or is a copy: the
 * answer is not taken, the next batch shows the hub where the two differ, and ERR_FORK comes if
 * even then the hub sees no fork. */
MUST_USE int outbox_answer(struct outbox *o, const struct reports_answer *answer);

/* The hub refused with `fork`: a new epoch, with all that it has not acknowledged. */
MUST_USE int outbox_fork(struct outbox *o);

/* This machine was enrolled anew.  For the same site what waits goes on as a new epoch; for another
 * one nothing of it may be sent: what was read was for another provider's eyes, and only the ledger
 * of what had been sent stays. */
enum outbox_heir { OUTBOX_SAME_SITE, OUTBOX_OTHER_SITE };
MUST_USE int outbox_inherit(struct outbox *o, enum outbox_heir heir);

/* Monitoring was switched off by that revision of the switches, which info.off_revision says from
 * now on: what has not been sent is thrown away; a gap is told later. */
MUST_USE int outbox_discard(struct outbox *o, int64_t off_revision, int64_t at_ms);

/* Applies the limits.  Called after each append and answer, and by the day. */
MUST_USE int outbox_tidy(struct outbox *o, int64_t now_ms);

struct outbox_info {
	char epoch[EPOCH_TEXT_SIZE];
	uint64_t last, acked;
	int64_t spooled;            /* records that wait */
	int64_t bytes;              /* of all segments */
	bool gap;                   /* a gap is to be told */
	int64_t off_revision;       /* of the last discard; 0: there was none */
	enum storage_state storage; /* how writing went last */
};
void outbox_info(const struct outbox *o, struct outbox_info *ret_info);

/* Reading the ledger needs no lock and disturbs nobody. */
enum ledger_state {
	LEDGER_WAITING, /* not sent */
	LEDGER_TRIED,   /* sent, not acknowledged, or acknowledged by an answer that was lost */
	LEDGER_ACKED,
};
/* Calls fn for each record, oldest first; stops at its first non-zero result and returns that. */
MUST_USE int outbox_ledger(const char *dir,
			   int (*fn)(const struct record *r, enum ledger_state state, void *arg),
			   void *arg);
/* The same for one segment: that with the highest number below *segment (UINT64_MAX: the newest),
 * which *segment becomes; 0 if there is none.  A segment is 4 MiB, or little more. */
MUST_USE int outbox_ledger_segment(const char *dir, uint64_t *segment,
				   int (*fn)(const struct record *r, enum ledger_state state,
					     void *arg),
				   void *arg);

#endif
