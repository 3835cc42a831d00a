/* permission_test.c - the switch is the file, and the file is the switch. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "connector/permission.h"
#include "connector/test_dir.h"
#include "net/loop.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int changes;

static void on_change(void *owner)
{
	changes++;
}

static bool changed(void *arg)
{
	return changes > 0;
}

static bool never(void *arg)
{
	return false;
}

static const char *fresh(void)
{
	const char *path = test_path(test_dir("permission"), "permissions.json");
	struct permissions first;

	log_set_level(LOG_ERROR);
	changes = 0;
	permissions_first(&first);
	assert_int_equal(permissions_save(path, &first), 0);
	return path;
}

TEST(R30_after_installation_monitoring_is_on_and_the_others_are_off)
{
	struct permissions p;

	permissions_first(&p);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, 0), SWITCH_OFF);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, 0), SWITCH_OFF);
}

TEST(R29_a_turned_switch_holds_at_the_next_question_and_is_told)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;

	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(p.told.revision, 2);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_int_equal(changes, 0); /* never from inside the question */
	assert_true(loop_run_until(l, changed, NULL, 1000));
	permission_close(&v);
	loop_free(&l);
}

TEST(R29_without_being_asked_it_hears_of_a_turn_within_a_second)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;

	loop_run_until(l, never, NULL, 20);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_true(loop_run_until(l, changed, NULL, 1000));
	permission_close(&v);
	loop_free(&l);
}

TEST(R18_no_contact_at_all_outlives_a_file_that_cannot_be_read)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v;
	struct permissions p;

	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_silence(path, true, &p), 0);
	v = permission_open(l, path, on_change, NULL);
	assert_true(permission_silent(v));
	assert_int_equal(file_replace(path, "garbage", 7, FILE_PRIVATE), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_silent(v));
	permission_close(&v);
	/* Nor does one that never could. */
	v = permission_open(l, path, on_change, NULL);
	assert_true(permission_silent(v));
	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_true(p.silent);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_false(p.silent);
	permission_close(&v);
	loop_free(&l);
}

TEST(a_file_that_is_gone_or_damaged_allows_nothing)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;
	int64_t revision = permission_now(v)->revision;

	assert_int_equal(file_remove(path), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_lost(v));
	assert_true(permission_now(v)->revision > revision);
	assert_int_equal(file_replace(path, "{\"monitoring\":\"on\"", 18, FILE_PRIVATE), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	/* The customer sets it anew; the hub must believe it, so the revision is above all before.
	 */
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_true(p.told.revision > revision + 1);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	permission_close(&v);
	loop_free(&l);
}

TEST(monitoring_knows_no_ask_and_turning_it_twice_counts_once)
{
	const char *path = fresh();
	struct permissions p;

	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_ASK, JSON_ABSENT_INT, &p),
		ERR_INVALID);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(p.told.revision, 1);
}

static int64_t in_ms(int64_t ms)
{
	return clock_wall_ms() + ms;
}

TEST(on_that_has_an_end_is_again_what_it_was_before)
{
	const char *path = fresh();
	int64_t end_ms = in_ms(1000 * 3600);
	struct permissions p;

	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ASK, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, end_ms, &p), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, end_ms - 1), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, end_ms), SWITCH_ASK);
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, end_ms, &p), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, end_ms), SWITCH_OFF);
	/* What is on already keeps what it was before that. */
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, end_ms + 5, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, end_ms + 5), SWITCH_OFF);
}

TEST(an_end_in_the_past_or_of_a_state_without_end_is_refused)
{
	const char *path = fresh();
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, in_ms(-1), &p),
			 ERR_INVALID);
	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ASK, in_ms(9999), &p),
			 ERR_INVALID);
	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, in_ms(9999), &p),
			 ERR_INVALID);
}

TEST(a_window_granted_in_advance_holds_as_on_while_the_switch_asks)
{
	const char *path = fresh();
	struct permission_window w = { in_ms(1000 * 3600), in_ms(2000 * 3600) };
	struct permissions p;

	assert_int_equal(permissions_grant(path, PERMISSION_CONSOLE, w, &p), ERR_CONFLICT);
	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ASK, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_grant(path, PERMISSION_CONSOLE, w, &p), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, w.from_ms - 1), SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, w.from_ms), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, w.to_ms), SWITCH_ASK);
	assert_int_equal(permissions_ungrant(path, PERMISSION_CONSOLE, w, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, w.from_ms), SWITCH_ASK);
	assert_int_equal(permissions_ungrant(path, PERMISSION_CONSOLE, w, &p), ERR_NOT_FOUND);
}

TEST(a_window_beyond_the_end_of_on_is_refused_where_off_follows)
{
	const char *path = fresh();
	int64_t end_ms = in_ms(8 * 1000 * 3600);
	struct permission_window after = { end_ms + 1000, end_ms + 2000 };
	struct permission_window across = { end_ms - 1000, end_ms + 1 };
	struct permission_window before = { end_ms - 1000, end_ms };
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, end_ms, &p), 0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, after, &p), ERR_CONFLICT);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, across, &p), ERR_CONFLICT);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(p.rules[PERMISSION_MFP].windows_len, 0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, before, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, before.from_ms), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, end_ms), SWITCH_OFF);
	/* On without an end there is nothing to outlive it; after `ask` it is `ask` again. */
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, across, &p), 0);
	/* Said once more under another end, it is no promise either. */
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, end_ms, &p), 0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, across, &p), ERR_CONFLICT);
	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ASK, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, end_ms, &p), 0);
	assert_int_equal(permissions_grant(path, PERMISSION_CONSOLE, after, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, end_ms), SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, after.from_ms), SWITCH_ON);
}

TEST(off_takes_granted_windows_away)
{
	const char *path = fresh();
	struct permission_window w = { in_ms(1000 * 3600), in_ms(2000 * 3600) };
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP, w, &p), 0);
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_OFF, JSON_ABSENT_INT, &p),
			 0);
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	assert_int_equal(p.rules[PERMISSION_MFP].windows_len, 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, w.from_ms), SWITCH_ASK);
}

TEST(windows_are_bounded_in_number_and_length)
{
	const char *path = fresh();
	int64_t from_ms = in_ms(5000);
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	for (int i = 0; i < PERMISSION_WINDOWS_MAX; i++)
		assert_int_equal(
			permissions_grant(path, PERMISSION_MFP,
					  (struct permission_window){ from_ms + i, from_ms + 9999 },
					  &p),
			0);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP,
					   (struct permission_window){ from_ms - 1, from_ms + 1 },
					   &p),
			 ERR_CONFLICT);
	assert_int_equal(permissions_grant(path, PERMISSION_MFP,
					   (struct permission_window){ from_ms, from_ms }, &p),
			 ERR_INVALID);
	assert_int_equal(
		permissions_grant(path, PERMISSION_MFP,
				  (struct permission_window){
					  from_ms, from_ms + 1 + PERMISSION_WINDOW_MAX_MS },
				  &p),
		ERR_INVALID);
}

static bool ended(void *arg)
{
	return permission_now(arg)->console == SWITCH_OFF;
}

TEST(R29_what_the_clock_turns_is_told_and_becomes_a_revision_for_the_hub)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v;
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, in_ms(800), &p), 0);
	v = permission_open(l, path, on_change, NULL);
	assert_int_equal(permission_ask(v, PERMISSION_CONSOLE), SWITCH_ON);
	assert_true(loop_run_until(l, ended, v, 5000));
	assert_true(loop_run_until(l, changed, NULL, 5000));
	assert_int_equal(permission_now(v)->revision, p.told.revision + 1);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(p.told.console, SWITCH_OFF);
	assert_int_equal(p.told.revision, permission_now(v)->revision);
	permission_close(&v);
	loop_free(&l);
}

TEST(R18_silence_is_for_all_three_off_and_any_switch_ends_it)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;

	assert_int_equal(permissions_silence(path, true, &p), ERR_CONFLICT);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_silence(path, true, &p), 0);
	assert_true(permission_silent(v));
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_OFF, JSON_ABSENT_INT, &p),
			 0);
	assert_true(permission_silent(v));
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	assert_false(permission_silent(v));
	permission_close(&v);
	loop_free(&l);
}

TEST(it_is_known_whether_monitoring_was_off_meanwhile_whatever_else_was_turned)
{
	const char *path = fresh();
	struct permissions p;

	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(p.off_revision, 0);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(p.off_revision, p.told.revision - 1);
}

TEST(R29_a_switch_is_turned_where_no_room_is_left_for_a_new_file)
{
	const char *path = fresh();
	struct permissions p;

	setenv("IMPRIMATUR_TEST_FAULT", "replace:ENOSPC:1+", 1);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	setenv("IMPRIMATUR_TEST_FAULT", "replace:EIO:1+", 1);
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ON, JSON_ABSENT_INT, &p),
			 -EIO);
	unsetenv("IMPRIMATUR_TEST_FAULT");
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_OFF);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, 0), SWITCH_OFF);
}

TEST(R29_a_switch_is_turned_in_a_folder_that_takes_no_new_file)
{
	const char *path = fresh();
	struct permissions p;

	setenv("IMPRIMATUR_TEST_FAULT", "replace:EACCES:1+", 1);
	assert_int_equal(
		permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, JSON_ABSENT_INT, &p), 0);
	unsetenv("IMPRIMATUR_TEST_FAULT");
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_OFF);
}

static bool written(void *arg)
{
	return !permission_unwritten(arg, PERMISSION_MONITORING) &&
	       !permission_unwritten(arg, PERMISSION_MFP);
}

static void break_disk(void)
{
	setenv("IMPRIMATUR_TEST_FAULT", "replace:EROFS:1+", 1);
}

static void mend_disk(void)
{
	unsetenv("IMPRIMATUR_TEST_FAULT");
}

TEST(R29_an_off_that_no_disk_takes_holds_in_memory_is_told_and_written_as_soon_as_it_can_be)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;
	int64_t first, second;

	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	first = permission_now(v)->revision;
	break_disk();
	permission_hold(v, PERMISSION_MONITORING, SWITCH_OFF);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_now(v)->revision > first);
	assert_int_equal(permission_rules(v)->off_revision, permission_now(v)->revision);
	assert_true(permission_unwritten(v, PERMISSION_MONITORING));
	second = permission_now(v)->revision;
	permission_hold(v, PERMISSION_MFP, SWITCH_OFF);
	assert_int_equal(permission_ask(v, PERMISSION_MFP), SWITCH_OFF);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_now(v)->revision > second);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_ON);
	second = permission_now(v)->revision;
	mend_disk();
	assert_true(loop_run_until(l, written, v, 3 * PERMISSION_RETRY_MS));
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_OFF);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, 0), SWITCH_OFF);
	assert_true(p.off_revision > 0);
	/* No revision says two things. */
	assert_true(permission_now(v)->revision >= second);
	assert_int_equal(permission_now(v)->revision, p.told.revision);
	permission_close(&v);
	loop_free(&l);
}

TEST(R29_what_is_held_outlives_a_change_of_another_switch_in_the_file)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;
	int64_t told;

	break_disk();
	permission_hold(v, PERMISSION_MONITORING, SWITCH_OFF);
	told = permission_now(v)->revision;
	mend_disk();
	assert_int_equal(permissions_turn(path, PERMISSION_MFP, SWITCH_ASK, JSON_ABSENT_INT, &p),
			 0);
	break_disk();
	assert_int_equal(permission_ask(v, PERMISSION_MFP), SWITCH_ASK);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_now(v)->revision > told);
	mend_disk();
	permission_close(&v);
	loop_free(&l);
}

TEST(R29_what_is_held_ends_with_the_customers_next_word)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;
	int64_t told;

	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, in_ms(3600 * 1000), &p), 0);
	break_disk();
	permission_hold(v, PERMISSION_CONSOLE, SWITCH_ASK);
	assert_int_equal(permission_ask(v, PERMISSION_CONSOLE), SWITCH_ASK);
	permission_hold(v, PERMISSION_CONSOLE, SWITCH_OFF);
	assert_int_equal(permission_ask(v, PERMISSION_CONSOLE), SWITCH_OFF);
	told = permission_now(v)->revision;
	mend_disk();
	/* By the command line, in the file. */
	assert_int_equal(
		permissions_turn(path, PERMISSION_CONSOLE, SWITCH_ON, in_ms(7200 * 1000), &p), 0);
	assert_int_equal(permission_ask(v, PERMISSION_CONSOLE), SWITCH_ON);
	assert_true(permission_now(v)->revision > told);
	/* By the page, to what the file says anyway. */
	break_disk();
	permission_hold(v, PERMISSION_MONITORING, SWITCH_OFF);
	told = permission_now(v)->revision;
	mend_disk();
	permission_release(v, PERMISSION_MONITORING);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	assert_true(permission_now(v)->revision > told);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(permission_now(v)->revision, p.told.revision);
	permission_close(&v);
	loop_free(&l);
}

TEST(R18_silence_that_no_disk_takes_holds_in_memory)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions p;

	break_disk();
	permission_hold(v, PERMISSION_MONITORING, SWITCH_OFF);
	permission_hold_silence(v);
	assert_true(permission_silent(v));
	mend_disk();
	assert_true(loop_run_until(l, written, v, 3 * PERMISSION_RETRY_MS));
	assert_true(permission_silent(v));
	assert_int_equal(permissions_load(path, &p), 0);
	assert_true(p.silent);
	permission_close(&v);
	loop_free(&l);
}

TEST(what_is_being_written_over_changes_nothing_until_it_is_written)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct file_lock *held = NULL;
	char lock[4096];

	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	assert_int_equal(file_lock_take(lock, &held), 0);
	assert_int_equal(file_overwrite(path, "{\"revision\":", 12), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	assert_false(permission_lost(v));
	/* Whoever wrote has gone, and left half of it. */
	file_lock_free(&held);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_lost(v));
	permission_close(&v);
	loop_free(&l);
}

TEST(a_file_of_the_first_version_is_read_as_it_was_meant)
{
	static const char old[] =
		"{\"revision\":7,\"monitoring\":\"on\",\"console\":\"ask\",\"mfp\":\"off\","
		"\"at\":\"2026-11-23T09:12:00.000Z\"}";
	const char *path = fresh();
	struct permissions p;

	assert_int_equal(file_replace(path, old, sizeof(old) - 1, FILE_PRIVATE), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	assert_int_equal(p.told.revision, 7);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING, 0), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, 0), SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP, 0), SWITCH_OFF);
}

static struct permissions with_hours(const char *path, enum switch_state set,
				     enum switch_state outside)
{
	struct permissions p;
	struct hours h;

	setenv("TZ", "UTC", 1);
	assert_int_equal(hours_parse(STR("mo-fr 08:00-17:00"), &h), 0);
	assert_int_equal(permissions_turn(path, PERMISSION_CONSOLE, set, JSON_ABSENT_INT, &p), 0);
	assert_int_equal(permissions_set_hours(path, PERMISSION_CONSOLE, &h, outside, &p), 0);
	assert_int_equal(permissions_load(path, &p), 0);
	return p;
}

#define MONDAY_MS ((int64_t)1795392000 * 1000) /* 2026-11-23T00:00:00Z */
#define HOUR_MS   ((int64_t)3600 * 1000)

TEST(R25_outside_the_customers_hours_ask_is_refused_and_on_is_refused_or_asks)
{
	const int64_t inside = MONDAY_MS + 9 * HOUR_MS, outside = MONDAY_MS + 18 * HOUR_MS;
	struct permissions p = with_hours(fresh(), SWITCH_ASK, SWITCH_OFF);

	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, inside), SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside), SWITCH_OFF);
	p = with_hours(fresh(), SWITCH_ON, SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, inside), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside), SWITCH_ASK);
	p = with_hours(fresh(), SWITCH_ON, SWITCH_OFF);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside), SWITCH_OFF);
	/* `outside` is of `on` alone, also where it was set before the switch was turned to ask. */
	p = with_hours(fresh(), SWITCH_ASK, SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, inside), SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside), SWITCH_OFF);
	p = with_hours(fresh(), SWITCH_OFF, SWITCH_ASK);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, inside), SWITCH_OFF);
	/* A window that was granted is the newer word. */
	p = with_hours(fresh(), SWITCH_ASK, SWITCH_OFF);
	p.rules[PERMISSION_CONSOLE].windows[0] =
		(struct permission_window){ outside, outside + HOUR_MS };
	p.rules[PERMISSION_CONSOLE].windows_len = 1;
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE, outside + HOUR_MS), SWITCH_OFF);
}

TEST(what_is_allowed_is_known_to_end_before_it_does)
{
	const int64_t at = MONDAY_MS + 14 * HOUR_MS, five = MONDAY_MS + 17 * HOUR_MS;
	struct permissions p = with_hours(fresh(), SWITCH_ON, SWITCH_ASK);
	struct permission_rule *r = &p.rules[PERMISSION_CONSOLE];

	assert_int_equal(permissions_until(&p, PERMISSION_CONSOLE, SWITCH_ON, at), five);
	assert_int_equal(permissions_until(&p, PERMISSION_CONSOLE, SWITCH_ASK, at), INT64_MAX);
	assert_int_equal(permissions_until(&p, PERMISSION_CONSOLE, SWITCH_ON, five), five);
	r->until_ms = at + HOUR_MS;
	r->then = SWITCH_OFF;
	assert_int_equal(permissions_until(&p, PERMISSION_CONSOLE, SWITCH_ASK, at), at + HOUR_MS);
	/* A window that follows at once goes on. */
	p = with_hours(fresh(), SWITCH_ASK, SWITCH_OFF);
	r->windows[0] = (struct permission_window){ five - HOUR_MS, five + HOUR_MS };
	r->windows_len = 1;
	assert_int_equal(permissions_until(&p, PERMISSION_CONSOLE, SWITCH_ASK, at), five + HOUR_MS);
}

TEST(a_file_whose_hours_are_not_understood_is_not_believed)
{
	const char *path = fresh();
	struct permissions p = with_hours(path, SWITCH_ASK, SWITCH_OFF);
	struct buf text = buf_new(4 * KIB);
	char *at;

	permissions_print(&p, &text);
	buf_putc(&text, 0);
	assert_int_equal(permissions_parse(str_of((char *)text.data), &p), 0);
	assert_int_equal(p.rules[PERMISSION_CONSOLE].hours.len, 1);
	at = strstr((char *)text.data, "mo-fr");
	assert_non_null(at);
	memcpy(at, "mo-xx", 5);
	assert_int_equal(permissions_parse(str_of((char *)text.data), &p), ERR_CORRUPT);
	buf_done(&text);
	assert_int_equal(permissions_set_hours(path, PERMISSION_MONITORING, &(struct hours){},
					       SWITCH_OFF, &p),
			 ERR_INVALID);
	assert_int_equal(
		permissions_set_hours(path, PERMISSION_CONSOLE, &(struct hours){}, SWITCH_ON, &p),
		ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R30_after_installation_monitoring_is_on_and_the_others_are_off),
		RUN(R29_a_turned_switch_holds_at_the_next_question_and_is_told),
		RUN(R29_without_being_asked_it_hears_of_a_turn_within_a_second),
		RUN(R18_no_contact_at_all_outlives_a_file_that_cannot_be_read),
		RUN(a_file_that_is_gone_or_damaged_allows_nothing),
		RUN(monitoring_knows_no_ask_and_turning_it_twice_counts_once),
		RUN(on_that_has_an_end_is_again_what_it_was_before),
		RUN(an_end_in_the_past_or_of_a_state_without_end_is_refused),
		RUN(a_window_granted_in_advance_holds_as_on_while_the_switch_asks),
		RUN(a_window_beyond_the_end_of_on_is_refused_where_off_follows),
		RUN(off_takes_granted_windows_away),
		RUN(windows_are_bounded_in_number_and_length),
		RUN(R29_what_the_clock_turns_is_told_and_becomes_a_revision_for_the_hub),
		RUN(R18_silence_is_for_all_three_off_and_any_switch_ends_it),
		RUN(it_is_known_whether_monitoring_was_off_meanwhile_whatever_else_was_turned),
		RUN(R29_a_switch_is_turned_where_no_room_is_left_for_a_new_file),
		RUN(R29_a_switch_is_turned_in_a_folder_that_takes_no_new_file),
		RUN(R29_an_off_that_no_disk_takes_holds_in_memory_is_told_and_written_as_soon_as_it_can_be),
		RUN(R29_what_is_held_outlives_a_change_of_another_switch_in_the_file),
		RUN(R29_what_is_held_ends_with_the_customers_next_word),
		RUN(R18_silence_that_no_disk_takes_holds_in_memory),
		RUN(what_is_being_written_over_changes_nothing_until_it_is_written),
		RUN(a_file_of_the_first_version_is_read_as_it_was_meant),
		RUN(R25_outside_the_customers_hours_ask_is_refused_and_on_is_refused_or_asks),
		RUN(what_is_allowed_is_known_to_end_before_it_does),
		RUN(a_file_whose_hours_are_not_understood_is_not_believed),
	};

	return cmocka_run_group_tests_name("connector.permission", tests, NULL, NULL);
}
