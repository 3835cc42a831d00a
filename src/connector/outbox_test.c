/* outbox_test.c - the outbox against a small hub that holds records as the real one must: by epoch,
 * without holes, refusing what does not continue what it holds. */
#include "base/test.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/os.h"
#include "base/rand.h"
#include "connector/outbox_hub_test.h"
#include "connector/segment.h"
#include "connector/test_dir.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static const struct outbox_limits wide = { 90 * DAY_MS, 64 * MIB, 30 * DAY_MS, 64 * MIB };

/* --- helpers -----------------------------------------------------------------------------------
 */

/* A file that copies itself, for disks that are set back. */
static int copy_one(const char *name, void *arg)
{
	const char *const *dirs = arg;
	struct buf b = buf_new(64 * MIB);
	char from[4096], to[4096];

	snprintf(from, sizeof(from), "%s/%s", dirs[0], name);
	snprintf(to, sizeof(to), "%s/%s", dirs[1], name);
	assert_int_equal(file_read(from, &b), 0);
	assert_int_equal(file_replace(to, b.data, b.len, FILE_PRIVATE), 0);
	buf_done(&b);
	return 0;
}

static int remove_one(const char *name, void *arg)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", (const char *)arg, name);
	return file_remove(path);
}

static void copy_dir(const char *from, const char *to)
{
	const char *dirs[] = { from, to };

	assert_int_equal(file_make_dir(to), 0);
	assert_int_equal(file_list(to, remove_one, (void *)(uintptr_t)to), 0);
	assert_int_equal(file_list(from, copy_one, dirs), 0);
}

struct counts {
	int reports, waiting, tried, acked;
};

static int count_one(const struct record *r, enum ledger_state state, void *arg)
{
	struct counts *c = arg;

	c->reports += r->kind == RECORD_REPORT;
	c->waiting += state == LEDGER_WAITING;
	c->tried += state == LEDGER_TRIED;
	c->acked += state == LEDGER_ACKED;
	return 0;
}

static struct counts ledger_of(const char *dir)
{
	struct counts c = {};

	assert_int_equal(outbox_ledger(dir, count_one, &c), 0);
	return c;
}

/* --- tests -------------------------------------------------------------------------------------
 */

TEST(what_was_appended_is_sent_once_and_becomes_the_ledger)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));

	for (int i = 0; i < 5; i++)
		report(o, i, 10);
	assert_int_equal(info_of(o).spooled, 5);
	send_all(o, h);
	assert_int_equal(info_of(o).spooled, 0);
	assert_int_equal(info_of(o).acked, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(times_held(h, i), 1);
	outbox_close(&o);
	assert_int_equal(ledger_of(dir).acked, 5);

	o = opened(dir, &wide);
	assert_false(send_once(o, h, 64));
	report(o, 5, 10);
	send_all(o, h);
	assert_int_equal(info_of(o).acked, 6);
	outbox_close(&o);
	free(h);
}

TEST(the_newest_goes_first_and_alone_then_the_backlog_within_the_credit)
{
	struct outbox *o = opened(test_dir("outbox"), &wide);
	struct hub *h = xcalloc(1, sizeof(*h));

	for (int i = 0; i < 10; i++)
		report(o, i, 10);
	assert_true(send_once(o, h, 3));
	assert_int_equal(h->len, 1);
	assert_int_equal(h->held[0].value, 9);
	assert_int_equal(info_of(o).spooled, 9);
	assert_true(send_once(o, h, 3));
	assert_int_equal(h->len, 4);
	assert_int_equal(h->held[1].value, 0);
	report(o, 10, 10);
	assert_true(send_once(o, h, 3));
	assert_int_equal(h->held[4].value, 10);
	send_all(o, h);
	assert_int_equal(h->len, 11);
	assert_int_equal(info_of(o).acked, 11);
	outbox_close(&o);
	free(h);
}

/* Short times on the line, each for the newest record alone, leave more runs behind than a list of
 * ranges can tell: the hub seems to lack the newest for ever. */
TEST(a_backlog_in_more_runs_than_can_be_told_is_sent_all_the_same)
{
	struct outbox *o = opened(test_dir("outbox"), &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	int calls = 0;

	for (int i = 0; i < 80; i += 2) {
		report(o, i, 10);
		report(o, i + 1, 10);
		assert_true(send_once(o, h, 3));
	}
	assert_int_equal(h->len, 40);
	while (send_once(o, h, 3))
		assert_in_range(++calls, 1, 40);
	for (int i = 0; i < 80; i++)
		assert_int_equal(times_held(h, i), 1);
	assert_int_equal(info_of(o).spooled, 0);
	outbox_close(&o);
	free(h);
}

TEST(a_record_that_a_crash_cut_short_is_cut_off_at_the_start)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	struct buf b = buf_new(MIB);
	char path[SEGMENT_PATH_MAX];

	report(o, 0, 10);
	report(o, 1, 200);
	outbox_close(&o);
	segment_path(dir, 1, path);
	assert_int_equal(file_read(path, &b), 0);
	assert_int_equal(file_replace(path, b.data, b.len - 7, FILE_PRIVATE), 0);
	buf_done(&b);
	o = opened(dir, &wide);
	assert_int_equal(info_of(o).last, 1);
	report(o, 2, 10);
	send_all(o, h);
	assert_int_equal(times_held(h, 0), 1);
	assert_int_equal(times_held(h, 1), 0);
	assert_int_equal(times_held(h, 2), 1);
	outbox_close(&o);
	free(h);
}

TEST(a_disk_that_was_set_back_begins_a_new_epoch_and_loses_nothing)
{
	const char *dir = test_dir("outbox"), *snapshot = test_dir("snapshot");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	struct outbox_info before;

	for (int i = 0; i < 4; i++)
		report(o, i, 10);
	send_all(o, h);
	outbox_close(&o);
	copy_dir(dir, snapshot);

	o = opened(dir, &wide);
	for (int i = 4; i < 8; i++)
		report(o, i, 10);
	send_all(o, h);
	before = info_of(o);
	outbox_close(&o);

	copy_dir(snapshot, dir);
	o = opened(dir, &wide);
	report(o, 100, 10);
	report(o, 101, 10);
	send_all(o, h);
	assert_string_not_equal(info_of(o).epoch, before.epoch);
	assert_int_equal(info_of(o).spooled, 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(times_held(h, i), 1);
	assert_int_equal(times_held(h, 100), 1);
	assert_int_equal(times_held(h, 101), 1);
	outbox_close(&o);
	free(h);
}

TEST(a_hub_that_holds_what_was_never_sent_from_here_shows_that_this_disk_was_set_back)
{
	struct outbox *o = opened(test_dir("outbox"), &wide);
	struct outbox_info i;
	struct reports_answer a = { .acked = 5 };

	report(o, 0, 10);
	i = info_of(o);
	a.epoch = i.epoch;
	assert_int_equal(outbox_answer(o, &a), 0);
	assert_int_equal(outbox_answer(o, &a), ERR_FORK);
	assert_int_equal(info_of(o).acked, 0);
	outbox_close(&o);
}

TEST(a_hub_that_was_restored_gets_from_the_ledger_what_it_lost)
{
	struct outbox *o = opened(test_dir("outbox"), &wide);
	struct hub *h = xcalloc(1, sizeof(*h));

	for (int i = 0; i < 200; i++)
		report(o, i, 10);
	send_all(o, h);
	for (size_t i = 0; i < h->len; i++)
		if (h->held[i].seq > 20)
			h->held[i--] = h->held[--h->len];
	assert_int_equal(h->len, 20);
	report(o, 200, 10);
	send_all(o, h);
	for (int i = 0; i <= 200; i++)
		assert_int_equal(times_held(h, i), 1);
	outbox_close(&o);
	free(h);
}

TEST(R24_switching_off_discards_the_spool_and_tells_only_the_gap)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));

	report(o, 0, 10);
	send_all(o, h);
	for (int i = 1; i < 8; i++)
		report(o, i, 10);
	assert_int_equal(outbox_discard(o, 1, clock_wall_ms()), 0);
	assert_int_equal(info_of(o).spooled, 0);
	assert_int_equal(ledger_of(dir).reports, 1);
	outbox_close(&o);

	o = opened(dir, &wide);
	assert_int_equal(outbox_discard(o, 1, clock_wall_ms()), 0);
	report(o, 8, 10);
	send_all(o, h);
	for (int i = 1; i < 8; i++)
		assert_int_equal(times_held(h, i), 0);
	assert_int_equal(times_held(h, 8), 1);
	assert_int_equal(gap_records(h), 7);
	assert_int_equal(h->len, 3);
	outbox_close(&o);
	free(h);
}

TEST(R24_the_outbox_remembers_which_off_its_discard_was_for)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);

	report(o, 0, 10);
	outbox_close(&o);
	o = opened(dir, &wide);
	assert_int_equal(info_of(o).off_revision, 0);
	assert_int_equal(outbox_discard(o, 7, clock_wall_ms()), 0);
	outbox_close(&o);
	o = opened(dir, &wide);
	assert_int_equal(info_of(o).off_revision, 7);
	assert_int_equal(outbox_discard(o, 9, clock_wall_ms()), 0); /* nothing is there */
	outbox_close(&o);
	o = opened(dir, &wide);
	assert_int_equal(info_of(o).off_revision, 9);
	outbox_close(&o);
}

TEST(what_may_have_left_stays_in_the_ledger_when_the_spool_is_discarded_and_is_not_sent_again)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	struct buf lost = buf_new(MIB);

	report(o, 0, 10);
	report(o, 1, 10);
	report(o, 2, 10);
	assert_int_equal(outbox_batch(o, 64, &lost), 1); /* the newest, and the answer is lost */
	assert_int_equal(outbox_discard(o, 1, clock_wall_ms()), 0);
	assert_int_equal(ledger_of(dir).reports, 1);
	assert_int_equal(ledger_of(dir).tried, 1);
	report(o, 3, 10);
	send_all(o, h);
	assert_int_equal(times_held(h, 2), 0);
	assert_int_equal(times_held(h, 3), 1);
	buf_done(&lost);
	outbox_close(&o);
	free(h);
}

TEST(a_batch_that_found_no_connection_was_not_tried)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct buf b = buf_new(MIB);

	report(o, 0, 10);
	assert_int_equal(outbox_batch(o, 64, &b), 1);
	assert_int_equal(ledger_of(dir).tried, 1);
	assert_int_equal(outbox_untried(o), 0);
	assert_int_equal(ledger_of(dir).waiting, 1);
	buf_done(&b);
	outbox_close(&o);
}

TEST(a_spool_that_is_full_loses_its_oldest_detail_and_says_so_once)
{
	struct outbox_limits limits = wide;
	const char *dir = test_dir("outbox");
	struct hub *h = xcalloc(1, sizeof(*h));
	struct outbox *o;
	int kept = 0;

	limits.spool_max_bytes = 8 * MIB;
	o = opened(dir, &limits);
	for (int i = 0; i < 60; i++) {
		report(o, i, 300 * KIB);
		assert_int_equal(outbox_tidy(o, clock_wall_ms()), 0);
	}
	assert_in_range(info_of(o).bytes, 4 * MIB, 8 * MIB + MIB);
	outbox_close(&o);
	o = opened(dir, &limits);
	send_all(o, h);
	for (int i = 0; i < 60; i++)
		kept += times_held(h, i);
	assert_int_equal(times_held(h, 59), 1);
	assert_in_range(kept, 12, 30);
	assert_int_equal(gap_records(h), 60 - kept);
	assert_int_equal(h->len, (size_t)kept + 1);
	outbox_close(&o);
	free(h);
}

TEST(a_ledger_that_is_old_or_full_loses_whole_segments_and_the_sequence_goes_on)
{
	struct outbox_limits limits = wide;
	const char *dir = test_dir("outbox");
	struct hub *h = xcalloc(1, sizeof(*h));
	struct outbox *o;

	limits.ledger_max_bytes = 5 * MIB;
	o = opened(dir, &limits);
	for (int i = 0; i < 60; i++) {
		report(o, i, 300 * KIB);
		send_all(o, h);
		assert_int_equal(outbox_tidy(o, clock_wall_ms()), 0);
	}
	assert_in_range(info_of(o).bytes, 1 * MIB, 10 * MIB);
	assert_int_equal(outbox_tidy(o, clock_wall_ms() + 91 * DAY_MS), 0);
	assert_int_equal(info_of(o).bytes, 0);
	report(o, 60, 10);
	send_all(o, h);
	assert_int_equal(h->len, 61);
	outbox_close(&o);
	free(h);
}

TEST(without_its_state_file_the_outbox_sends_all_again_and_the_hub_knows_it)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	char path[4096];

	for (int i = 0; i < 3; i++)
		report(o, i, 10);
	send_all(o, h);
	outbox_close(&o);
	snprintf(path, sizeof(path), "%s/state.json", dir);
	assert_int_equal(file_replace(path, "{", 1, FILE_PRIVATE), 0);
	o = opened(dir, &wide);
	report(o, 3, 10);
	send_all(o, h);
	assert_int_equal(h->len, 4);
	assert_int_equal(info_of(o).acked, 4);
	outbox_close(&o);
	free(h);
}

static void survive(const char *fault)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	struct hub *h = xcalloc(1, sizeof(*h));
	int rc;

	report(o, 0, 10);
	setenv("IMPRIMATUR_TEST_FAULT", fault, 1);
	rc = outbox_append(o, 1, clock_wall_ms(), STR("{\"n\":1}"));
	unsetenv("IMPRIMATUR_TEST_FAULT");
	if (rc == 0) {
		outbox_close(&o);
		free(h);
		skip(); /* built without fault injection */
	}
	report(o, 2, 10);
	outbox_close(&o);
	o = opened(dir, &wide);
	send_all(o, h);
	assert_int_equal(times_held(h, 0), 1);
	assert_int_equal(times_held(h, 1), 0);
	assert_int_equal(times_held(h, 2), 1);
	assert_int_equal(gap_records(h), 1);
	assert_int_equal(info_of(o).acked, 3);
	outbox_close(&o);
	free(h);
}

TEST(a_full_disk_loses_the_one_report_that_was_refused_and_nothing_else)
{
	survive("append:ENOSPC:1");
	survive("append:SHORT:1");
}

TEST(a_record_whose_sync_failed_is_cut_off_before_the_next_one_is_written)
{
	survive("sync:EIO:1");
}

struct life {
	const char *dir, *snapshot;
	struct outbox *o;
	struct hub *h;
	bool may_be_lost[400];
	int next;        /* number of the next report */
	int snapshot_at; /* of what the snapshot holds; -1: there is none */
};

static void lose_answer(struct life *l)
{
	struct buf b = buf_new(RECORD_CALL_MAX);

	if (outbox_batch(l->o, 5, &b) > 0 && hub_take(l->h, buf_str(&b)) == ERR_FORK)
		assert_int_equal(outbox_fork(l->o), 0);
	buf_done(&b);
}

static void set_disk_back(struct life *l)
{
	if (l->snapshot_at < 0)
		return;
	outbox_close(&l->o);
	copy_dir(l->snapshot, l->dir);
	for (int i = l->snapshot_at; i < l->next; i++)
		l->may_be_lost[i] = true;
	l->o = opened(l->dir, &wide);
}

static void throw_away(struct life *l)
{
	for (int i = 0; i < l->next; i++)
		l->may_be_lost[i] = true;
	assert_int_equal(outbox_discard(l->o, 1, clock_wall_ms()), 0);
}

static void live(struct life *l, unsigned chance, unsigned how)
{
	switch (chance % 48) {
	case 0:
		copy_dir(l->dir, l->snapshot);
		l->snapshot_at = l->next;
		break;
	case 1:
		set_disk_back(l);
		break;
	case 2:
		throw_away(l);
		break;
	case 3 ... 6: /* kill -9: what was synced is there */
		outbox_close(&l->o);
		l->o = opened(l->dir, &wide);
		break;
	case 7 ... 10:
		lose_answer(l);
		break;
	case 11 ... 18:
		send_once(l->o, l->h, 1 + how % 10);
		break;
	default:
		report(l->o, l->next++, 10 + how % 500);
	}
}

/* What a random life of crashes, lost answers, disks set back and switches may do to the outbox:
 * every report that was appended is held by the hub in the end, unless it may rightly have been
 * lost. */
static void random_life(unsigned seed)
{
	struct life l = { .dir = test_dir("outbox"),
			  .snapshot = test_dir("snapshot"),
			  .snapshot_at = -1 };

	l.o = opened(l.dir, &wide);
	l.h = xcalloc(1, sizeof(*l.h));
	for (int step = 0; step < 150; step++) {
		seed = seed * 1103515245 + 12345;
		live(&l, seed >> 16, seed >> 8);
	}
	send_all(l.o, l.h);
	assert_int_equal(info_of(l.o).spooled, 0);
	for (int i = 0; i < l.next; i++)
		if (!l.may_be_lost[i])
			assert_true(times_held(l.h, i) >= 1);
	outbox_close(&l.o);
	free(l.h);
}

TEST(through_crashes_lost_answers_and_disks_set_back_nothing_is_lost)
{
	for (unsigned seed = 1; seed <= 60; seed++)
		random_life(seed);
}

TEST(the_ledger_is_read_segment_by_segment_from_the_newest)
{
	const char *dir = test_dir("outbox");
	struct outbox *o = opened(dir, &wide);
	uint64_t segment = UINT64_MAX, newest;
	struct counts c = {};

	for (int64_t i = 0; i < 3; i++) {
		assert_int_equal(outbox_append(o, 1, 1000 + i * 2 * SEGMENT_SPAN_MS, STR("{}")), 0);
		assert_int_equal(outbox_append(o, 1, 1001 + i * 2 * SEGMENT_SPAN_MS, STR("{}")), 0);
	}
	outbox_close(&o);
	assert_int_equal(outbox_ledger_segment(dir, &segment, count_one, &c), 0);
	newest = segment;
	assert_int_equal(c.reports, 2);
	assert_int_equal(outbox_ledger_segment(dir, &segment, count_one, &c), 0);
	assert_true(segment < newest);
	assert_int_equal(c.reports, 4);
	assert_int_equal(outbox_ledger_segment(dir, &segment, count_one, &c), 0);
	assert_int_equal(outbox_ledger_segment(dir, &segment, count_one, &c), 0);
	assert_int_equal(segment, 0);
	assert_int_equal(c.reports, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_was_appended_is_sent_once_and_becomes_the_ledger),
		RUN(the_newest_goes_first_and_alone_then_the_backlog_within_the_credit),
		RUN(a_backlog_in_more_runs_than_can_be_told_is_sent_all_the_same),
		RUN(a_record_that_a_crash_cut_short_is_cut_off_at_the_start),
		RUN(a_disk_that_was_set_back_begins_a_new_epoch_and_loses_nothing),
		RUN(a_hub_that_holds_what_was_never_sent_from_here_shows_that_this_disk_was_set_back),
		RUN(a_hub_that_was_restored_gets_from_the_ledger_what_it_lost),
		RUN(R24_switching_off_discards_the_spool_and_tells_only_the_gap),
		RUN(R24_the_outbox_remembers_which_off_its_discard_was_for),
		RUN(what_may_have_left_stays_in_the_ledger_when_the_spool_is_discarded_and_is_not_sent_again),
		RUN(a_batch_that_found_no_connection_was_not_tried),
		RUN(a_spool_that_is_full_loses_its_oldest_detail_and_says_so_once),
		RUN(a_ledger_that_is_old_or_full_loses_whole_segments_and_the_sequence_goes_on),
		RUN(without_its_state_file_the_outbox_sends_all_again_and_the_hub_knows_it),
		RUN(a_full_disk_loses_the_one_report_that_was_refused_and_nothing_else),
		RUN(a_record_whose_sync_failed_is_cut_off_before_the_next_one_is_written),
		RUN(through_crashes_lost_answers_and_disks_set_back_nothing_is_lost),
		RUN(the_ledger_is_read_segment_by_segment_from_the_newest),
	};

	return cmocka_run_group_tests_name("connector.outbox", tests, NULL, NULL);
}
