/* outbox_keep.c - the outbox's starts, epochs and limits; see outbox.h. */
#include "connector/outbox_impl.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rand.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool past_settled(const struct outbox_past *p, uint64_t seq)
{
	return seq <= p->acked || ranges_have(&p->beyond, seq);
}

/* --- thinning: what was neither sent nor is to be sent leaves the disk -------------------------
 */

static int read_kept(struct file_log *file, const struct outbox_past *keep, struct buf *out,
		     bool *ret_all)
{
	struct segment_reader r = { .file = file };
	struct record rec;
	bool all = true;
	int rc;

	while ((rc = segment_next(&r, &rec)) == 1) {
		if (past_settled(keep, rec.seq) || ranges_have(&keep->tried, rec.seq))
			buf_putstr(out, rec.raw);
		else
			all = false;
	}
	segment_reader_done(&r);
	*ret_all = all;
	return rc < 0 ? rc : buf_status(out);
}

static int replace_segment(struct outbox *o, size_t at, const struct buf *kept)
{
	struct file_log *file = NULL;
	char path[SEGMENT_PATH_MAX];
	int rc;

	if (!kept->len)
		return outbox_remove_segment(o, at);
	if (at + 1 == o->len) {
		file_log_close(&o->tail);
		o->cut_first = false;
	}
	o->cursor.segment = 0;
	segment_path(o->dir, o->segs[at].number, path);
	rc = file_replace(path, kept->data, kept->len, FILE_PRIVATE);
	if (rc == 0)
		rc = outbox_open_segment(o, at, &file);
	if (rc == 0)
		rc = segment_scan(file, &o->segs[at]);
	file_log_close(&file);
	return rc;
}

/* Leaves in a segment only what `keep` says was acknowledged or may have been sent. */
static int thin(struct outbox *o, size_t at, const struct outbox_past *keep)
{
	struct buf kept = buf_new(SEGMENT_MAX + RECORD_MAX);
	struct file_log *file;
	bool all;
	int rc;

	rc = outbox_open_segment(o, at, &file);
	if (rc < 0)
		return rc;
	rc = read_kept(file, keep, &kept, &all);
	file_log_close(&file);
	if (rc == 0 && !all)
		rc = replace_segment(o, at, &kept);
	buf_done(&kept);
	return rc;
}

static int thin_past(struct outbox *o)
{
	const struct outbox_past *p;
	int rc = 0;

	if (!o->st.thin)
		return 0;
	p = &o->st.past[o->st.past_len - 1];
	for (size_t at = outbox_first(o); at > 0 && rc == 0; at--)
		if (epoch_eq(&o->segs[at - 1].epoch, &p->epoch))
			rc = thin(o, at - 1, p);
	if (rc < 0)
		return rc;
	o->st.thin = false;
	return outbox_save(o);
}

/* --- epochs ------------------------------------------------------------------------------------
 */

static void close_epoch(const struct outbox *o, struct outbox_state *next)
{
	struct outbox_past *p;

	next->past_len = o->st.past_len;
	memcpy(next->past, o->st.past, sizeof(next->past));
	if (outbox_first(o) == o->len)
		return;
	if (next->past_len == OUTBOX_PAST_MAX) {
		next->past_len--;
		memmove(next->past, next->past + 1, next->past_len * sizeof(*next->past));
	}
	p = &next->past[next->past_len++];
	*p = (struct outbox_past){ o->st.epoch, o->st.acked, o->st.beyond, o->st.tried };
	next->thin = true;
}

/* Writes the records of segments from..to that `old` has not settled as new ones of this epoch. */
static int carry_over(struct outbox *o, const struct outbox_past *old, size_t from, size_t to)
{
	int rc = 0;

	for (size_t at = from; at < to && rc >= 0; at++) {
		struct segment_reader r = {};
		struct record rec;

		if (o->segs[at].last_seq <= old->acked)
			continue;
		rc = outbox_open_segment(o, at, &r.file);
		if (rc < 0)
			return rc;
		while ((rc = segment_next(&r, &rec)) == 1) {
			if (past_settled(old, rec.seq))
				continue;
			rc = outbox_write(o, rec.kind, rec.purposes, rec.at_ms, rec.data,
					  WRITE_LATER);
			if (rc < 0)
				break;
		}
		segment_reader_done(&r);
		file_log_close(&r.file);
	}
	return rc < 0 ? rc : 0;
}

static int fill_epoch(struct outbox *o, const struct outbox_past *old, size_t from, size_t to,
		      int64_t now_ms)
{
	int rc;

	rc = outbox_write_gaps(o, now_ms, WRITE_LATER);
	if (rc == 0)
		rc = carry_over(o, old, from, to);
	if (rc == 0 && o->tail)
		rc = file_log_sync(o->tail);
	return rc;
}

static void undo_epoch(struct outbox *o, size_t len, const struct outbox_state *st,
		       uint64_t last_seq, const struct hash *head)
{
	while (o->len > len)
		if (outbox_remove_segment(o, o->len - 1) < 0)
			o->len--; /* the next start removes it: no state names its epoch */
	o->st = *st;
	o->last_seq = last_seq;
	o->head = *head;
}

int outbox_new_epoch(struct outbox *o, enum carry carry, int64_t now_ms)
{
	const struct outbox_past old = { o->st.epoch, o->st.acked, o->st.beyond, o->st.tried };
	const struct outbox_state st = o->st;
	const uint64_t last_seq = o->last_seq;
	const struct hash head = o->head;
	const size_t from = outbox_first(o), to = o->len;
	struct outbox_state next = {};
	int rc;

	file_log_close(&o->tail);
	o->cut_first = false;
	rand_bytes(next.epoch.b, sizeof(next.epoch.b));
	memcpy(next.gaps, st.gaps, sizeof(next.gaps));
	memcpy(next.has_gap, st.has_gap, sizeof(next.has_gap));
	next.off_revision = st.off_revision;
	next.from_segment = st.from_segment;
	if (to && o->segs[to - 1].number >= next.from_segment)
		next.from_segment = o->segs[to - 1].number + 1;
	close_epoch(o, &next);
	o->st = next;
	o->last_seq = o->newest_answered = 0;
	o->head = (struct hash){};
	rc = carry == CARRY_SPOOL ? fill_epoch(o, &old, from, to, now_ms) : 0;
	if (rc == 0)
		rc = outbox_save(o);
	if (rc < 0) {
		undo_epoch(o, to, &st, last_seq, &head);
		log_event(EV_OUTBOX_FAILED, "code=%s", err_code(rc));
		return rc;
	}
	o->cursor.segment = 0;
	o->suspect = false;
	/* From here on the new epoch holds, whatever becomes of the old one's files. */
	if (thin_past(o) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "thin");
	return 0;
}

/* --- gaps --------------------------------------------------------------------------------------
 */

static void absorb_gap(struct gap *into, const struct record *rec)
{
	struct json_problem problem;
	struct arena mem = {};
	struct gap g;

	if (json_decode(&gap_schema, rec->data.p, rec->data.len, &mem, &g, &problem) == 0) {
		into->records += g.records;
		if (g.from_ms < into->from_ms)
			into->from_ms = g.from_ms;
	}
	arena_done(&mem);
}

/* Adds to a pending gap what a segment holds that was not acknowledged. */
static int absorb(struct outbox *o, size_t at, struct gap *into)
{
	struct segment_reader r = {};
	struct record rec;
	int rc;

	rc = outbox_open_segment(o, at, &r.file);
	if (rc < 0)
		return rc;
	while ((rc = segment_next(&r, &rec)) == 1) {
		if (outbox_settled(o, rec.seq))
			continue;
		if (rec.at_ms < into->from_ms)
			into->from_ms = rec.at_ms;
		if (rec.at_ms > into->to_ms)
			into->to_ms = rec.at_ms;
		if (rec.kind == RECORD_GAP)
			absorb_gap(into, &rec);
		else
			into->records++;
	}
	segment_reader_done(&r);
	file_log_close(&r.file);
	return rc;
}

static int discard(struct outbox *o, int64_t at_ms)
{
	struct gap *gap = outbox_gap(o, GAP_MONITORING_OFF, at_ms);
	struct outbox_info info;

	outbox_info(o, &info);
	for (size_t at = outbox_segment_of(o, o->st.acked + 1); at < o->len; at++) {
		int rc = absorb(o, at, gap);

		if (rc < 0 && rc != ERR_RECORD)
			return rc;
	}
	/* The state that names the new epoch is what makes the old spool unsendable, at once. */
	return info.spooled ? outbox_new_epoch(o, CARRY_NOTHING, at_ms) : outbox_save(o);
}

int outbox_discard(struct outbox *o, int64_t off_revision, int64_t at_ms)
{
	const struct outbox_state before = o->st;
	struct outbox_info info;
	int rc;

	outbox_info(o, &info);
	if (!info.spooled && o->st.has_gap[GAP_MONITORING_OFF] &&
	    o->st.off_revision == off_revision)
		return 0;
	o->st.off_revision = off_revision;
	rc = discard(o, at_ms);
	if (rc < 0)
		o->st = before; /* the next try counts anew */
	else
		o->storage = STORAGE_OK;
	return outbox_judged(o, rc);
}

int outbox_inherit(struct outbox *o, enum outbox_heir heir)
{
	if (heir == OUTBOX_SAME_SITE)
		return outbox_new_epoch(o, CARRY_SPOOL, clock_wall_ms());
	memset(o->st.has_gap, 0, sizeof(o->st.has_gap));
	return outbox_new_epoch(o, CARRY_NOTHING, clock_wall_ms());
}

/* --- limits ------------------------------------------------------------------------------------
 */

/* An empty one waits for the record whose append failed. */
static bool segment_empty(const struct segment *s)
{
	return s->first_seq == 0;
}

static bool segment_settled(const struct outbox *o, const struct segment *s)
{
	if (segment_empty(s))
		return false;
	return s->number < o->st.from_segment || s->last_seq <= o->st.acked ||
	       ranges_count(&o->st.beyond, s->first_seq, s->last_seq) ==
		       s->last_seq - s->first_seq + 1;
}

static int tidy_ledger(struct outbox *o, int64_t now_ms)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < o->len; i++)
		if (segment_settled(o, &o->segs[i]))
			bytes += o->segs[i].size_bytes;
	while (o->len && segment_settled(o, &o->segs[0])) {
		const struct segment *s = &o->segs[0];
		bool old = s->last_at_ms < now_ms - o->limits.ledger_keep_ms;
		bool full = bytes > o->limits.ledger_max_bytes && o->len > 1;
		int rc;

		if (!old && !full)
			break;
		/* A sequence goes on by the digest of its last record: with that one it ends. */
		if (o->len == 1 && s->number >= o->st.from_segment) {
			rc = outbox_new_epoch(o, CARRY_NOTHING, now_ms);
		} else {
			bytes -= s->size_bytes;
			rc = outbox_remove_segment(o, 0);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int drop_oldest(struct outbox *o, size_t at, enum gap_reason reason)
{
	const struct outbox_past keep = { o->st.epoch, o->st.acked, o->st.beyond, {} };
	const struct outbox_state before = o->st;
	int rc = 0;

	if (o->st.dropped != o->segs[at].number) {
		rc = absorb(o, at, outbox_gap(o, reason, o->segs[at].first_at_ms));
		if (rc == 0 || rc == ERR_RECORD) {
			o->st.broken = true;
			o->st.dropped = o->segs[at].number;
			rc = outbox_save(o);
		}
		if (rc < 0)
			o->st = before;
	}
	return rc < 0 ? rc : thin(o, at, &keep);
}

static int tidy_spool(struct outbox *o, int64_t now_ms)
{
	for (;;) {
		size_t at = outbox_segment_of(o, o->st.acked + 1);
		int64_t bytes = 0;
		bool old, full;
		int rc;

		while (at < o->len &&
		       (segment_empty(&o->segs[at]) || segment_settled(o, &o->segs[at])))
			at++;
		if (at == o->len)
			return 0;
		for (size_t i = at; i < o->len; i++)
			if (!segment_settled(o, &o->segs[i]))
				bytes += o->segs[i].size_bytes;
		old = o->segs[at].last_at_ms < now_ms - o->limits.spool_keep_ms;
		full = bytes > o->limits.spool_max_bytes && at + 1 < o->len;
		if (!old && !full)
			return 0;
		rc = drop_oldest(o, at, full ? GAP_SPOOL_FULL : GAP_TOO_OLD);
		if (rc < 0)
			return rc;
	}
}

int outbox_tidy(struct outbox *o, int64_t now_ms)
{
	int rc = thin_past(o);

	if (rc == 0)
		rc = tidy_spool(o, now_ms);
	if (rc == 0)
		rc = tidy_ledger(o, now_ms);
	return outbox_judged(o, rc);
}

/* --- the start ---------------------------------------------------------------------------------
 */

static int load_segment(const char *name, void *arg)
{
	struct outbox *o = arg;
	struct segment s = { .number = segment_number(name) };
	struct file_log *file = NULL;
	char path[SEGMENT_PATH_MAX];
	int rc;

	if (!s.number)
		return 0;
	segment_path(o->dir, s.number, path);
	rc = file_log_open(path, &file);
	if (rc < 0)
		return rc;
	rc = segment_scan(file, &s);
	if (rc == ERR_RECORD) {
		log_event(EV_OUTBOX_TORN, "segment=%" PRIu64 " at=%" PRId64 " bytes=%" PRId64,
			  s.number, s.size_bytes, file_log_size(file) - s.size_bytes);
		rc = file_log_cut(file, s.size_bytes);
	}
	file_log_close(&file);
	if (rc == 0 && s.first_seq)
		outbox_add_segment(o, &s);
	else if (rc == 0)
		rc = file_remove(path);
	return rc;
}

/* Without a state the newest epoch on disk is ours, and all of it is sent again. */
static int make_state(struct outbox *o)
{
	size_t at = o->len;

	o->st = (struct outbox_state){ .from_segment = 1 };
	rand_bytes(o->st.epoch.b, sizeof(o->st.epoch.b));
	if (o->len)
		o->st.epoch = o->segs[o->len - 1].epoch;
	while (at > 0 && epoch_eq(&o->segs[at - 1].epoch, &o->st.epoch))
		o->st.from_segment = o->segs[--at].number;
	if (o->len)
		ranges_add(&o->st.tried, 1, o->segs[o->len - 1].last_seq);
	return outbox_save(o);
}

static int remove_leftovers(struct outbox *o)
{
	for (size_t at = o->len; at > outbox_first(o); at--) {
		int rc = 0;

		if (!epoch_eq(&o->segs[at - 1].epoch, &o->st.epoch))
			rc = outbox_remove_segment(o, at - 1);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Opens the last segment for appending and finds the digest that the next record names. */
static int find_head(struct outbox *o)
{
	struct segment_reader r = {};
	const struct segment *s;
	struct record rec;
	int rc;

	if (outbox_first(o) == o->len)
		return 0;
	s = &o->segs[o->len - 1];
	rc = outbox_open_segment(o, o->len - 1, &o->tail);
	if (rc < 0)
		return rc;
	r.file = o->tail;
	r.at = s->last_offset;
	rc = segment_next(&r, &rec);
	if (rc == 1) {
		o->head = record_digest(&rec);
		o->last_seq = rec.seq;
	}
	segment_reader_done(&r);
	/* What was written but not synced before a crash may be sent from now on. */
	return rc < 0 ? rc : file_log_sync(o->tail);
}

/* Records that are missing between those that wait: damage, which a gap tells. */
static void find_holes(struct outbox *o)
{
	uint64_t next = o->st.acked + 1;

	for (size_t at = outbox_segment_of(o, next); at < o->len; at++) {
		const struct segment *s = &o->segs[at];

		if (s->first_seq > next) {
			struct gap *gap = outbox_gap(o, GAP_DAMAGED, s->first_at_ms);

			gap->records += (int64_t)(s->first_seq - next);
			if (at > 0 && o->segs[at - 1].last_at_ms < gap->from_ms)
				gap->from_ms = o->segs[at - 1].last_at_ms;
			o->st.broken = true;
		}
		next = s->last_seq + 1;
	}
}

int outbox_load(struct outbox *o)
{
	int rc, state;

	state = outbox_state_load(o->dir, &o->st);
	if (state < 0 && state != -ENOENT && state != ERR_CORRUPT)
		return state;
	rc = file_list(o->dir, load_segment, o);
	if (rc == 0 && state < 0)
		rc = make_state(o);
	if (rc == 0)
		rc = remove_leftovers(o);
	if (rc == 0)
		rc = find_head(o);
	if (rc < 0)
		return rc;
	if (thin_past(o) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "thin");
	/* What broke it on purpose has been counted. */
	if (!o->st.broken)
		find_holes(o);
	/* Less on disk than the hub has acknowledged: the disk was set back, or lost its end.  The
	 * numbers that are missing must not be used twice. */
	if (o->last_seq < o->st.acked)
		return outbox_new_epoch(o, CARRY_SPOOL, clock_wall_ms());
	return 0;
}
