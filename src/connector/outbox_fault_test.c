/* outbox_fault_test.c - every write that the outbox makes meets a full or a failing disk, once or
 * for a while: what outbox_append() acknowledged arrives, what it refused is told as a gap.  Needs
 * a build with fault injection; without it the tests are skipped. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "connector/outbox_hub_test.h"
#include "connector/test_dir.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS      ((int64_t)24 * 3600 * 1000)
#define REPORTS_MAX 64

static const struct outbox_limits limits = { 90 * DAY_MS, 64 * MIB, 30 * DAY_MS, 64 * MIB };

struct life {
	const char *dir;
	struct outbox *o;
	struct hub *h;
	bool stored[REPORTS_MAX], dropped[REPORTS_MAX];
	int next, refused;
	bool met;      /* the fault came about */
	int64_t at_ms; /* the site's time: a segment lasts a day at most */
};

static void note(struct life *l)
{
	l->met |= info_of(l->o).storage != STORAGE_OK;
}

static int append_at(struct outbox *o, int value, int64_t at_ms)
{
	char text[64];

	snprintf(text, sizeof(text), "{\"n\":%d}", value);
	return outbox_append(o, 1, at_ms, str_of(text));
}

static void append(struct life *l)
{
	int n = l->next++;

	l->at_ms += 9 * 3600 * 1000;
	l->stored[n] = append_at(l->o, n, l->at_ms) == 0;
	l->refused += !l->stored[n];
	note(l);
	/* A failure here is told by the next call. */
	(void)outbox_tidy(l->o, clock_wall_ms());
	note(l);
}

/* One call, as the uplink makes it; what fails is left for the next one. */
static void exchange(struct life *l)
{
	struct buf body = buf_new(RECORD_CALL_MAX);
	int n = outbox_batch(l->o, 64, &body);
	int rc = n > 0 ? hub_take(l->h, buf_str(&body)) : 0;

	if (n > 0 && rc == 0) {
		struct reports_answer a = hub_answer(l->h, 64);

		rc = outbox_answer(l->o, &a);
	}
	if (rc == ERR_FORK)
		(void)outbox_fork(l->o);
	note(l);
	buf_done(&body);
}

static void discard(struct life *l)
{
	if (outbox_discard(l->o, 1, clock_wall_ms()) < 0)
		return;
	memcpy(l->dropped, l->stored, sizeof(l->dropped));
}

/* All that writes: appending over a segment's end, sending, a fork, thinning, gaps, a new epoch. */
static void live(struct life *l)
{
	for (int i = 0; i < 3; i++)
		append(l);
	exchange(l);
	append(l);
	exchange(l);
	exchange(l);
	for (int i = 0; i < 8; i++)
		append(l);
	exchange(l);
	(void)outbox_fork(l->o);
	append(l);
	exchange(l);
	append(l);
	discard(l);
	append(l);
	exchange(l);
	append(l);
}

static void check(struct life *l, const char *fault)
{
	send_all(l->o, l->h);
	for (int i = 0; i < l->next; i++) {
		int held = times_held(l->h, i);

		if ((l->stored[i] && !l->dropped[i] && held < 1) || (!l->stored[i] && held))
			fail_msg("%s: report %d is held %d times", fault, i, held);
	}
	/* What was thrown away in between took the gaps that waited with it, counted. */
	if (gap_records(l->h) < l->refused)
		fail_msg("%s: %d were refused, %d told", fault, l->refused, (int)gap_records(l->h));
	assert_int_equal(info_of(l->o).storage, STORAGE_OK);
}

/* False: the fault never came about, for so many calls are not made. */
static bool meets(const char *fault)
{
	struct life l = { .dir = test_dir("outbox"),
			  .h = xcalloc(1, sizeof(*l.h)),
			  .at_ms = clock_wall_ms() - 20 * DAY_MS };

	l.o = opened(l.dir, &limits);
	setenv("IMPRIMATUR_TEST_FAULT", fault, 1);
	live(&l);
	unsetenv("IMPRIMATUR_TEST_FAULT");
	append(&l);
	check(&l, fault);
	outbox_close(&l.o);
	/* And once more from what is on disk. */
	l.o = opened(l.dir, &limits);
	append(&l);
	check(&l, fault);
	outbox_close(&l.o);
	free(l.h);
	return l.met;
}

static bool faults_work(void)
{
	const char *path = test_dir("probe");
	char name[4096];
	bool work;

	snprintf(name, sizeof(name), "%s/file", path);
	setenv("IMPRIMATUR_TEST_FAULT", "replace:EIO:1", 1);
	work = file_replace(name, "x", 1, FILE_PRIVATE) < 0;
	unsetenv("IMPRIMATUR_TEST_FAULT");
	return work;
}

static void each_call(const char *call, const char *what, const char *then, int step)
{
	int met_so_far = 0;

	if (!faults_work())
		skip();
	log_set_level(LOG_ERROR);
	for (int n = 1; n <= 15; n += step) {
		char fault[64];

		snprintf(fault, sizeof(fault), "%s:%s:%d%s", call, what, n, then);
		met_so_far += meets(fault);
	}
	assert_true(met_so_far > 0);
}

TEST(a_disk_that_is_full_for_one_write_loses_nothing_that_was_acknowledged)
{
	each_call("append", "ENOSPC", "", 1);
	each_call("append", "SHORT", "", 4);
	each_call("sync", "EIO", "", 1);
	each_call("replace", "ENOSPC", "", 1);
}

TEST(a_disk_that_stays_full_until_somebody_makes_room_loses_nothing_that_was_acknowledged)
{
	each_call("append", "ENOSPC", "+", 5);
	each_call("sync", "ENOSPC", "+", 5);
	each_call("replace", "ENOSPC", "+", 5);
}

TEST(a_full_disk_is_told_apart_from_a_failing_one_and_both_are_over_with_the_next_report)
{
	struct outbox *o = opened(test_dir("outbox"), &limits);

	if (!faults_work())
		skip();
	setenv("IMPRIMATUR_TEST_FAULT", "append:ENOSPC:1+", 1);
	assert_int_equal(try_report(o, 0, 10), -ENOSPC);
	assert_int_equal(info_of(o).storage, STORAGE_FULL);
	setenv("IMPRIMATUR_TEST_FAULT", "append:EIO:1+", 1);
	assert_int_equal(try_report(o, 1, 10), -EIO);
	assert_int_equal(info_of(o).storage, STORAGE_FAILED);
	unsetenv("IMPRIMATUR_TEST_FAULT");
	report(o, 2, 10);
	assert_int_equal(info_of(o).storage, STORAGE_OK);
	outbox_close(&o);
}

TEST(each_reason_for_losing_records_is_told_as_a_gap_of_its_own)
{
	const char *dir = test_dir("outbox");
	struct hub *h = xcalloc(1, sizeof(*h));
	struct outbox *o = opened(dir, &limits);
	int64_t now_ms = clock_wall_ms();
	int reasons[GAP_REASONS] = {};

	assert_int_equal(append_at(o, 0, now_ms - 40 * DAY_MS), 0);
	assert_int_equal(append_at(o, 1, now_ms - 38 * DAY_MS), 0);
	assert_int_equal(append_at(o, 2, now_ms), 0);
	assert_int_equal(outbox_tidy(o, now_ms), 0); /* 0 and 1 are too old */
	assert_int_equal(outbox_discard(o, 1, now_ms), 0);
	assert_int_equal(append_at(o, 3, now_ms), 0);
	send_all(o, h);
	for (size_t i = 0; i < h->len; i++)
		if (h->held[i].kind == RECORD_GAP)
			reasons[h->held[i].reason] += (int)h->held[i].records;
	assert_int_equal(reasons[GAP_TOO_OLD], 2);
	assert_int_equal(reasons[GAP_MONITORING_OFF], 1);
	assert_int_equal(times_held(h, 3), 1);
	outbox_close(&o);
	free(h);
}

static bool damage_second(const char *dir)
{
	struct buf b = buf_new(MIB);
	char path[4096];
	int rc;

	snprintf(path, sizeof(path), "%s/0000000002.seg", dir);
	rc = file_read(path, &b);
	if (rc == 0) {
		b.data[b.len - 6] ^= 1;
		rc = file_replace(path, b.data, b.len, FILE_PRIVATE);
	}
	buf_done(&b);
	return rc == 0;
}

TEST(records_that_cannot_be_read_any_more_are_told_as_damaged)
{
	const char *dir = test_dir("outbox");
	struct hub *h = xcalloc(1, sizeof(*h));
	struct outbox *o = opened(dir, &limits);
	int64_t now_ms = clock_wall_ms();

	assert_int_equal(append_at(o, 0, now_ms - 5 * DAY_MS), 0); /* a segment a day */
	assert_int_equal(append_at(o, 1, now_ms - 3 * DAY_MS), 0);
	assert_int_equal(append_at(o, 2, now_ms - 1 * DAY_MS), 0);
	outbox_close(&o);
	assert_true(damage_second(dir));
	o = opened(dir, &limits);
	send_all(o, h);
	assert_int_equal(times_held(h, 0), 1);
	assert_int_equal(times_held(h, 1), 0);
	assert_int_equal(times_held(h, 2), 1);
	assert_int_equal(gap_records(h), 1);
	outbox_close(&o);
	free(h);
}

static int count_acked(const struct record *r, enum ledger_state state, void *arg)
{
	int *n = arg;

	assert_int_equal(state, LEDGER_ACKED);
	*n += r->kind == RECORD_REPORT;
	return 0;
}

TEST(R14_enrolled_for_another_site_the_ledger_stays_and_nothing_that_waited_is_sent)
{
	const char *dir = test_dir("outbox");
	struct hub *h = xcalloc(1, sizeof(*h)), *other = xcalloc(1, sizeof(*other));
	struct outbox *o = opened(dir, &limits);
	int acked = 0;

	report(o, 0, 10);
	send_all(o, h);
	report(o, 1, 10);
	assert_int_equal(outbox_inherit(o, OUTBOX_OTHER_SITE), 0);
	assert_int_equal(outbox_ledger(dir, count_acked, &acked), 0);
	assert_int_equal(acked, 1);
	report(o, 2, 10);
	send_all(o, other);
	assert_int_equal(other->len, 1);
	assert_int_equal(times_held(other, 2), 1);
	outbox_close(&o);
	free(h);
	free(other);
}

TEST(enrolled_anew_for_the_same_site_what_waits_goes_on_as_a_new_epoch)
{
	struct hub *h = xcalloc(1, sizeof(*h)), *other = xcalloc(1, sizeof(*other));
	struct outbox *o = opened(test_dir("outbox"), &limits);

	report(o, 0, 10);
	send_all(o, h);
	report(o, 1, 10);
	assert_int_equal(outbox_inherit(o, OUTBOX_SAME_SITE), 0);
	report(o, 2, 10);
	send_all(o, other);
	assert_int_equal(times_held(other, 0), 0);
	assert_int_equal(times_held(other, 1), 1);
	assert_int_equal(times_held(other, 2), 1);
	outbox_close(&o);
	free(h);
	free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_disk_that_is_full_for_one_write_loses_nothing_that_was_acknowledged),
		RUN(a_disk_that_stays_full_until_somebody_makes_room_loses_nothing_that_was_acknowledged),
		RUN(a_full_disk_is_told_apart_from_a_failing_one_and_both_are_over_with_the_next_report),
		RUN(each_reason_for_losing_records_is_told_as_a_gap_of_its_own),
		RUN(records_that_cannot_be_read_any_more_are_told_as_damaged),
		RUN(R14_enrolled_for_another_site_the_ledger_stays_and_nothing_that_waited_is_sent),
		RUN(enrolled_anew_for_the_same_site_what_waits_goes_on_as_a_new_epoch),
	};

	return cmocka_run_group_tests_name("connector.outbox.fault", tests, NULL, NULL);
}
