/* outbox.c - appending and sending; see outbox.h.  Epochs and limits are in outbox_keep.c. */
#include "connector/outbox_impl.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include <stdlib.h>
#include <string.h>

int outbox_save(struct outbox *o)
{
	return outbox_state_save(o->dir, &o->st);
}

bool outbox_settled(const struct outbox *o, uint64_t seq)
{
	return seq <= o->st.acked || ranges_have(&o->st.beyond, seq);
}

size_t outbox_first(const struct outbox *o)
{
	size_t at = o->len;

	while (at > 0 && o->segs[at - 1].number >= o->st.from_segment)
		at--;
	return at;
}

uint64_t outbox_lowest(const struct outbox *o)
{
	for (size_t i = outbox_first(o); i < o->len; i++)
		if (o->segs[i].first_seq)
			return o->segs[i].first_seq;
	return o->last_seq + 1;
}

void outbox_add_segment(struct outbox *o, const struct segment *s)
{
	if (o->len == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 8;
		o->segs = xrealloc(o->segs, o->cap * sizeof(*o->segs));
	}
	o->segs[o->len++] = *s;
}

int outbox_open_segment(const struct outbox *o, size_t at, struct file_log **ret_file)
{
	char path[SEGMENT_PATH_MAX];

	segment_path(o->dir, o->segs[at].number, path);
	return file_log_open(path, ret_file);
}

int outbox_remove_segment(struct outbox *o, size_t at)
{
	char path[SEGMENT_PATH_MAX];
	int rc;

	if (at + 1 == o->len) {
		file_log_close(&o->tail);
		o->cut_first = false;
	}
	segment_path(o->dir, o->segs[at].number, path);
	rc = file_remove(path);
	if (rc < 0)
		return rc;
	memmove(&o->segs[at], &o->segs[at + 1], (o->len - at - 1) * sizeof(*o->segs));
	o->len--;
	o->cursor.segment = 0;
	return 0;
}

/* Removes what a failed append left behind the last record.  A file whose sync failed cannot be
 * trusted any more and is opened anew. */
static int cut_rest(struct outbox *o)
{
	int rc;

	file_log_close(&o->tail);
	rc = outbox_open_segment(o, o->len - 1, &o->tail);
	if (rc == 0)
		rc = file_log_cut(o->tail, o->segs[o->len - 1].size_bytes);
	if (rc == 0)
		o->cut_first = false;
	return rc;
}

/* A tail with room, of this epoch and not too old. */
static int need_tail(struct outbox *o, int64_t at_ms)
{
	const struct segment *last = o->len ? &o->segs[o->len - 1] : NULL;
	struct segment s = { .number = last ? last->number + 1 : 1, .epoch = o->st.epoch };
	int rc;

	rc = o->cut_first ? cut_rest(o) : 0;
	if (rc < 0)
		return rc;
	if (o->tail && last->size_bytes < (int64_t)SEGMENT_MAX &&
	    (!last->first_seq || at_ms - last->first_at_ms < SEGMENT_SPAN_MS))
		return 0;
	rc = o->tail ? file_log_sync(o->tail) : 0;
	if (rc < 0)
		return rc;
	file_log_close(&o->tail);
	if (s.number < o->st.from_segment)
		s.number = o->st.from_segment;
	outbox_add_segment(o, &s);
	rc = outbox_open_segment(o, o->len - 1, &o->tail);
	if (rc < 0)
		o->len--;
	return rc;
}

static int write_tail(struct outbox *o, const struct record *r, struct buf *bytes,
		      enum write_when when)
{
	struct segment *s;
	struct hash digest;
	int rc;

	rc = record_encode(r, bytes, &digest);
	if (rc == 0)
		rc = need_tail(o, r->at_ms);
	if (rc < 0)
		return rc;
	s = &o->segs[o->len - 1];
	rc = file_log_append(o->tail, bytes->data, bytes->len);
	if (rc == 0 && when == WRITE_SYNCED)
		rc = file_log_sync(o->tail);
	if (rc < 0) {
		o->cut_first = true;
		return rc;
	}
	if (!s->first_seq) {
		s->first_seq = r->seq;
		s->first_at_ms = r->at_ms;
	}
	s->last_seq = o->last_seq = r->seq;
	s->last_at_ms = r->at_ms;
	s->last_offset = s->size_bytes;
	s->size_bytes += (int64_t)bytes->len;
	o->head = digest;
	return 0;
}

int outbox_write(struct outbox *o, int kind, uint32_t purposes, int64_t at_ms, struct str data,
		 enum write_when when)
{
	struct record r = {
		.kind = kind,
		.purposes = purposes,
		.epoch = o->st.epoch,
		.seq = o->last_seq + 1,
		.at_ms = at_ms,
		.data = data,
	};
	struct buf bytes = buf_new(RECORD_MAX);
	int rc;

	if (o->last_seq)
		r.prev = o->head;
	rc = write_tail(o, &r, &bytes, when);
	buf_done(&bytes);
	return rc;
}

bool outbox_has_gap(const struct outbox *o)
{
	for (int i = 0; i < GAP_REASONS; i++)
		if (o->st.has_gap[i])
			return true;
	return false;
}

struct gap *outbox_gap(struct outbox *o, enum gap_reason reason, int64_t at_ms)
{
	struct gap *g = &o->st.gaps[reason];

	if (!o->st.has_gap[reason])
		*g = (struct gap){ .from_ms = at_ms, .to_ms = at_ms, .reason = reason };
	o->st.has_gap[reason] = true;
	return g;
}

static int write_gap(struct outbox *o, const struct gap *g, int64_t now_ms, enum write_when when)
{
	struct buf json = buf_new(4 * KIB);
	int rc;

	json_encode(&gap_schema, g, 0, &json);
	rc = buf_status(&json);
	if (rc == 0)
		rc = outbox_write(o, RECORD_GAP, 0, now_ms, buf_str(&json), when);
	buf_done(&json);
	return rc;
}

int outbox_write_gaps(struct outbox *o, int64_t now_ms, enum write_when when)
{
	if (o->st.has_gap[GAP_MONITORING_OFF])
		o->st.gaps[GAP_MONITORING_OFF].to_ms = now_ms;
	for (int i = 0; i < GAP_REASONS; i++) {
		int rc = o->st.has_gap[i] ? write_gap(o, &o->st.gaps[i], now_ms, when) : 0;

		if (rc < 0)
			return rc;
		o->st.has_gap[i] = false;
	}
	return 0;
}

/* Pending gaps become records, unless a new epoch will begin with them anyway. */
static int tell_gaps(struct outbox *o, int64_t now_ms)
{
	int rc;

	if (!outbox_has_gap(o) || o->st.broken)
		return 0;
	rc = outbox_write_gaps(o, now_ms, WRITE_SYNCED);
	/* A crash before this is saved tells a gap twice, which is true both times. */
	return rc < 0 ? rc : outbox_save(o);
}

/* How writing goes is told to the customer and the hub: full is for somebody to clear away. */
int outbox_judged(struct outbox *o, int rc)
{
	if (rc < 0) {
		o->storage = err_is_full(rc) ? STORAGE_FULL : STORAGE_FAILED;
		log_event(EV_OUTBOX_FAILED, "code=%s storage=%s", err_code(rc),
			  storage_state_names[o->storage]);
	}
	return rc;
}

int outbox_append(struct outbox *o, uint32_t purposes, int64_t at_ms, struct str data)
{
	int rc = tell_gaps(o, at_ms);

	if (rc == 0)
		rc = outbox_write(o, RECORD_REPORT, purposes, at_ms, data, WRITE_SYNCED);
	if (rc < 0) {
		struct gap *g = outbox_gap(o, GAP_NOT_STORED, at_ms);

		/* In memory until something can be written again. */
		g->to_ms = at_ms;
		g->records++;
		return outbox_judged(o, rc);
	}
	o->storage = STORAGE_OK;
	return 0;
}

/* --- sending -----------------------------------------------------------------------------------
 */

size_t outbox_segment_of(const struct outbox *o, uint64_t seq)
{
	size_t at = outbox_first(o);

	while (at < o->len && o->segs[at].last_seq < seq)
		at++;
	return at;
}

/* Too many runs for the list: the oldest then count as one, which claims too much rather than too
 * little. */
static void note_tried(struct ranges *tried, uint64_t first, uint64_t last)
{
	while (!ranges_add(tried, first, last))
		ranges_join_lowest(tried);
}

/* Appends records from `seq` on that are not settled, as many as fit; their number, or -errno. */
static int take_from(struct outbox *o, size_t at, uint64_t seq, int64_t most, struct buf *out,
		     struct ranges *tried)
{
	struct segment_reader r = {};
	struct record rec;
	int taken = 0, rc;

	rc = outbox_open_segment(o, at, &r.file);
	if (rc < 0)
		return rc;
	if (o->cursor.segment == o->segs[at].number && o->cursor.seq <= seq)
		r.at = o->cursor.at;
	while (taken < most) {
		int64_t before = r.at;

		rc = segment_next(&r, &rec);
		if (rc <= 0)
			break;
		if (rec.seq < seq || outbox_settled(o, rec.seq))
			continue;
		if (out->len && out->len + rec.raw.len > OUTBOX_BATCH_BYTES) {
			most = taken; /* full */
			r.at = before;
			break;
		}
		if (!taken) {
			o->cursor.segment = o->segs[at].number;
			o->cursor.seq = rec.seq;
			o->cursor.at = before;
		}
		buf_putstr(out, rec.raw);
		note_tried(tried, rec.seq, rec.seq);
		taken++;
	}
	segment_reader_done(&r);
	file_log_close(&r.file);
	return rc < 0 ? rc : taken;
}

static int take_newest(struct outbox *o, struct buf *out, struct ranges *tried)
{
	const struct segment *s = &o->segs[o->len - 1];
	struct segment_reader r = { .at = s->last_offset };
	struct record rec;
	int rc;

	rc = outbox_open_segment(o, o->len - 1, &r.file);
	if (rc < 0)
		return rc;
	rc = segment_next(&r, &rec);
	if (rc == 1) {
		buf_putstr(out, rec.raw);
		note_tried(tried, rec.seq, rec.seq);
	}
	segment_reader_done(&r);
	file_log_close(&r.file);
	return rc;
}

static int take_backlog(struct outbox *o, int64_t most, struct buf *out, struct ranges *tried)
{
	uint64_t seq = o->st.acked + 1;
	int n = 0, all = 0;

	for (size_t at = outbox_segment_of(o, seq); at < o->len && all < most; at++) {
		n = take_from(o, at, seq, most - all, out, tried);
		if (n < 0)
			return n;
		all += n;
		if (out->len >= OUTBOX_BATCH_BYTES / 2)
			break;
	}
	return all;
}

static int fill_batch(struct outbox *o, int64_t credit, struct buf *out)
{
	struct ranges tried;
	int n, rc;

	rc = o->st.broken ? outbox_new_epoch(o, CARRY_SPOOL, clock_wall_ms())
			  : tell_gaps(o, clock_wall_ms());
	if (rc < 0)
		return rc;
	if (!o->last_seq || !o->len || o->segs[o->len - 1].last_seq != o->last_seq)
		return 0;
	tried = o->before = o->st.tried;
	if (credit < 1)
		credit = 1;
	if (!outbox_settled(o, o->last_seq) && o->newest_answered != o->last_seq && !o->suspect)
		n = take_newest(o, out, &tried);
	else
		n = take_backlog(o, credit < RECORD_CALL_COUNT ? credit : RECORD_CALL_COUNT, out,
				 &tried);
	if (n <= 0)
		return n;
	if (ranges_eq(&tried, &o->st.tried))
		return n;
	/* Noted before it leaves, so that the ledger never hides what may have been sent. */
	o->st.tried = tried;
	rc = outbox_save(o);
	return rc < 0 ? rc : n;
}

int outbox_batch(struct outbox *o, int64_t credit, struct buf *out)
{
	return outbox_judged(o, fill_batch(o, credit, out));
}

int outbox_untried(struct outbox *o)
{
	if (ranges_eq(&o->before, &o->st.tried))
		return 0;
	o->st.tried = o->before;
	return outbox_save(o);
}

static void take_ranges(const struct json_list *list, uint64_t acked, uint64_t last,
			struct ranges *ret_ranges)
{
	struct ranges s = {};

	for (size_t i = 0; i < list->len; i++) {
		const struct record_range *r = list->items[i];
		uint64_t from = (uint64_t)r->from, to = (uint64_t)r->to;

		if (r->from < 1 || r->to < r->from || to <= acked || from > last)
			continue;
		if (from <= acked)
			from = acked + 1;
		/* What finds no room is sent once more, and acknowledged again. */
		if (!ranges_add(&s, from, to < last ? to : last))
			break;
	}
	*ret_ranges = s;
}

/* True if all of first..last was acknowledged or may have been sent from here. */
static bool ours(const struct outbox *o, uint64_t first, uint64_t last)
{
	if (first <= o->st.acked)
		first = o->st.acked + 1;
	if (first > last)
		return true;
	return last <= o->last_seq && ranges_count(&o->st.tried, first, last) == last - first + 1;
}

/* The hub holds of this epoch what this outbox never sent: so another one did, which had the same
 * past.  Newest first makes this check needed: the newest may have no neighbour at the hub that
 * would show the fork there. */
static bool held_is_ours(const struct outbox *o, const struct reports_answer *a)
{
	if (!ours(o, 1, (uint64_t)a->acked))
		return false;
	for (size_t i = 0; i < a->ranges.len; i++) {
		const struct record_range *r = a->ranges.items[i];

		if (r->from >= 1 && r->from <= r->to &&
		    !ours(o, (uint64_t)r->from, (uint64_t)r->to))
			return false;
	}
	return true;
}

int outbox_answer(struct outbox *o, const struct reports_answer *answer)
{
	uint64_t acked = (uint64_t)answer->acked;
	struct epoch epoch;

	if (answer->acked < 0 || epoch_decode(str_of(answer->epoch), &epoch) < 0 ||
	    !epoch_eq(&epoch, &o->st.epoch))
		return ERR_UPSTREAM;
	if (!held_is_ours(o, answer)) {
		if (o->suspect)
			return ERR_FORK;
		o->suspect = true;
		return 0;
	}
	o->suspect = false;
	if (ranges_have(&o->st.tried, o->last_seq))
		o->newest_answered = o->last_seq;
	if (acked < o->st.acked) {
		/* The hub was restored from a backup: it gets the rest again from the ledger.  What
		 * the ledger has dropped by now leaves a hole, which no sequence can have. */
		o->cursor.segment = 0;
		note_tried(&o->st.tried, acked + 1, o->st.acked);
		if (outbox_lowest(o) > acked + 1)
			o->st.broken = true;
	}
	o->st.acked = acked;
	take_ranges(&answer->ranges, acked, o->last_seq, &o->st.beyond);
	ranges_cut(&o->st.tried, acked);
	return outbox_judged(o, outbox_save(o));
}

int outbox_fork(struct outbox *o)
{
	o->st.broken = true;
	return outbox_new_epoch(o, CARRY_SPOOL, clock_wall_ms());
}

/* --- life --------------------------------------------------------------------------------------
 */

int outbox_open(const char *dir, const struct outbox_limits *limits, struct outbox **ret_outbox)
{
	struct outbox *o;
	int rc;

	rc = file_make_dir(dir);
	if (rc < 0)
		return rc;
	o = xcalloc(1, sizeof(*o));
	o->dir = xstrdup(dir);
	o->limits = *limits;
	rc = outbox_load(o);
	if (rc < 0) {
		outbox_close(&o);
		return rc;
	}
	/* A full disk is no reason not to start: it is tidied again after each append. */
	if (outbox_tidy(o, clock_wall_ms()) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "tidy");
	*ret_outbox = o;
	return 0;
}

void outbox_close(struct outbox **o)
{
	if (!*o)
		return;
	file_log_close(&(*o)->tail);
	free((*o)->segs);
	free((*o)->dir);
	free(*o);
	*o = NULL;
}

void outbox_info(const struct outbox *o, struct outbox_info *ret_info)
{
	uint64_t lowest = outbox_lowest(o);
	uint64_t from = lowest > o->st.acked + 1 ? lowest : o->st.acked + 1;

	*ret_info = (struct outbox_info){
		.last = o->last_seq,
		.acked = o->st.acked,
		.gap = outbox_has_gap(o),
		.off_revision = o->st.off_revision,
		.storage = o->storage,
	};
	epoch_encode(&o->st.epoch, ret_info->epoch);
	if (from <= o->last_seq)
		ret_info->spooled = (int64_t)(o->last_seq - from + 1 -
					      ranges_count(&o->st.beyond, from, o->last_seq));
	for (size_t i = 0; i < o->len; i++)
		ret_info->bytes += o->segs[i].size_bytes;
}
