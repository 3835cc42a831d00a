/* outbox_impl.h - what outbox.c (appending, sending) and outbox_keep.c (epochs, limits) share. */
#ifndef CONNECTOR_OUTBOX_IMPL_H
#define CONNECTOR_OUTBOX_IMPL_H

#include "connector/outbox.h"
#include "connector/outbox_state.h"
#include "connector/segment.h"

struct outbox {
	char *dir;
	struct outbox_limits limits;
	struct outbox_state st; /* as on disk, but within a function that is about to save it */
	struct segment *segs;   /* by number; those of the current epoch are the last ones */
	size_t len, cap;
	struct file_log
		*tail; /* the last segment, open for appending; NULL: the next record begins one */
	uint64_t last_seq; /* of the current epoch; 0: it has no record yet */
	struct hash head;  /* digest of that record */
	bool cut_first;    /* an append failed half-way: nothing more before its rest is cut off */
	enum storage_state storage;
	bool suspect; /* the hub holds what we never sent: the backlog first, so that it sees the
			 fork */
	/* The newest record that was sent alone and answered.  The hub holds it or knows why not,
	 * but an answer has no room to tell of many runs: the backlog may follow all the same. */
	uint64_t newest_answered;
	struct ranges before; /* st.tried as it was before the last batch */
	/* Where reading the backlog goes on, so that each batch does not search from the start. */
	struct {
		uint64_t segment, seq;
		int64_t at;
	} cursor;
};

/* Appends a record to the current epoch, and syncs it unless `later`. */
enum write_when { WRITE_SYNCED, WRITE_LATER };
int outbox_write(struct outbox *o, int kind, uint32_t purposes, int64_t at_ms, struct str data,
		 enum write_when when);
/* Each pending gap becomes a record, and is not pending any more. */
int outbox_write_gaps(struct outbox *o, int64_t now_ms, enum write_when when);
bool outbox_has_gap(const struct outbox *o);
/* Makes a gap pending unless one is for that reason; the caller counts into it. */
struct gap *outbox_gap(struct outbox *o, enum gap_reason reason, int64_t at_ms);
int outbox_save(struct outbox *o);
/* Notes what a failure of writing (rc < 0) says about the disk; gives rc. */
int outbox_judged(struct outbox *o, int rc);

bool outbox_settled(const struct outbox *o, uint64_t seq); /* acknowledged */
/* The index of the first segment of the current epoch; o->len if it has none. */
size_t outbox_first(const struct outbox *o);
/* The lowest seq of the current epoch that is on disk; last_seq + 1 if there is none. */
uint64_t outbox_lowest(const struct outbox *o);

void outbox_add_segment(struct outbox *o, const struct segment *s);
int outbox_remove_segment(struct outbox *o, size_t at);
int outbox_open_segment(const struct outbox *o, size_t at, struct file_log **ret_file);

/* The index of the first segment that holds seq or more; o->len if there is none. */
size_t outbox_segment_of(const struct outbox *o, uint64_t seq);

/* A new epoch, empty, or with all records that are not settled behind the pending gap. */
enum carry { CARRY_NOTHING, CARRY_SPOOL };
int outbox_new_epoch(struct outbox *o, enum carry carry, int64_t now_ms);

/* Reads the state and all segments, cuts what is torn, removes what a crash left half-done. */
int outbox_load(struct outbox *o);

#endif
