/* segment.c - see segment.h.  Nothing is trusted that was read from disk: every record's length and
 * CRC are checked by wire/record each time. */
#include "connector/segment.h"
#include "base/err.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 10

void segment_path(const char *dir, uint64_t number, char out[static SEGMENT_PATH_MAX])
{
	snprintf(out, SEGMENT_PATH_MAX, "%s/%0*" PRIu64 SEGMENT_SUFFIX, dir, DIGITS, number);
}

uint64_t segment_number(const char *name)
{
	struct str s = str_of(name);
	uint64_t number;

	if (s.len != DIGITS + sizeof(SEGMENT_SUFFIX) - 1 ||
	    strcmp(name + DIGITS, SEGMENT_SUFFIX) != 0)
		return 0;
	s.len = DIGITS;
	return str_to_u64(s, &number) ? number : 0;
}

/* The length of the record at r->at: 0 at the end of the file. */
static int64_t peek(struct segment_reader *r)
{
	uint8_t head[RECORD_PEEK_LEN];
	int n = file_log_read(r->file, r->at, head, sizeof(head));

	if (n <= 0)
		return n;
	if ((size_t)n < sizeof(head))
		return ERR_RECORD;
	return record_peek(head);
}

int segment_next(struct segment_reader *r, struct record *ret_record)
{
	int64_t len = peek(r);
	struct cur cur;
	uint8_t *room;
	int n;

	if (len <= 0)
		return (int)len;
	if (r->buf.max == 0)
		r->buf = buf_new(RECORD_MAX);
	buf_clear(&r->buf);
	room = buf_reserve(&r->buf, (size_t)len);
	if (!room)
		return ERR_RECORD;
	n = file_log_read(r->file, r->at, room, (size_t)len);
	if (n < 0)
		return n;
	cur = cur_of(room, (size_t)n);
	n = record_decode(&cur, ret_record);
	if (n < 0)
		return n;
	r->at += len;
	return 1;
}

void segment_reader_done(struct segment_reader *r)
{
	buf_done(&r->buf);
}

int segment_scan(struct file_log *file, struct segment *ret_segment)
{
	struct segment_reader r = { .file = file };
	struct segment s = { .number = ret_segment->number };
	struct record rec;
	int64_t at = 0;
	int rc;

	while ((rc = segment_next(&r, &rec)) == 1) {
		if (s.first_seq == 0) {
			s.first_seq = rec.seq;
			s.first_at_ms = rec.at_ms;
			s.epoch = rec.epoch;
		} else if (rec.seq <= s.last_seq || !epoch_eq(&rec.epoch, &s.epoch)) {
			rc = ERR_RECORD;
			break;
		}
		s.last_seq = rec.seq;
		s.last_at_ms = rec.at_ms;
		s.last_offset = at;
		at = s.size_bytes = r.at;
	}
	segment_reader_done(&r);
	if (rc == 0 || rc == ERR_RECORD)
		*ret_segment = s;
	return rc;
}
