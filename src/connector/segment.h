/* segment.h - one file of the outbox: records (docs/protocol.md section 4) one after the other.
 *
 * A segment holds records of one epoch, in ascending seq without holes unless it was thinned.  The
 * name is its number; numbers only grow.  What is here knows files and records, not what a hub has
 * acknowledged: that is outbox.h.  One thread. */
#ifndef CONNECTOR_SEGMENT_H
#define CONNECTOR_SEGMENT_H

#include "base/file.h"
#include "wire/record.h"

#define SEGMENT_MAX (4 * MIB) /* a new one begins beyond this */
#define SEGMENT_SPAN_MS                                                                            \
	(24 * 3600 * 1000) /* or a day after its first record: old ones go whole                   \
			    */
#define SEGMENT_PATH_MAX 4096
#define SEGMENT_SUFFIX   ".seg"

struct segment {
	uint64_t number;
	struct epoch epoch;
	uint64_t first_seq, last_seq; /* 0 in an empty one */
	int64_t first_at_ms, last_at_ms;
	int64_t size_bytes;
	int64_t last_offset; /* where the last record begins */
};

void segment_path(const char *dir, uint64_t number, char out[static SEGMENT_PATH_MAX]);
/* The number in a file's name; 0 if it names no segment. */
uint64_t segment_number(const char *name);

/* Reads records in turn.  {} with `file` set begins at the start. */
struct segment_reader {
	struct file_log *file; /* the caller's */
	int64_t at;            /* where the next record begins */
	struct buf buf;        /* segment_reader_done frees it; the record's views point here */
};

/* 1 and a record; 0 at the end; ERR_RECORD if what follows is no whole record; -errno. */
MUST_USE int segment_next(struct segment_reader *r, struct record *ret_record);
void segment_reader_done(struct segment_reader *r);

/* Reads the whole file and fills all of *ret_segment but `number`.  Damage ends it: what is good is
 * told and ERR_RECORD returned; an empty file is no error. */
MUST_USE int segment_scan(struct file_log *file, struct segment *ret_segment);

#endif
