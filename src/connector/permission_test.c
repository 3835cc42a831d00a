/* permission_test.c - the switch is the file, and the file is the switch. */
#include "base/test.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "connector/permission.h"
#include "connector/test_dir.h"
#include "net/loop.h"
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
	struct permissions_request first;

	log_set_level(LOG_ERROR);
	changes = 0;
	permissions_first(&first);
	assert_int_equal(permissions_save(path, &first), 0);
	return path;
}

TEST(R30_after_installation_monitoring_is_on_and_the_others_are_off)
{
	struct permissions_request p;

	permissions_first(&p);
	assert_int_equal(permissions_get(&p, PERMISSION_MONITORING), SWITCH_ON);
	assert_int_equal(permissions_get(&p, PERMISSION_CONSOLE), SWITCH_OFF);
	assert_int_equal(permissions_get(&p, PERMISSION_MFP), SWITCH_OFF);
}

TEST(R29_a_turned_switch_holds_at_the_next_question_and_is_told)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions_request p;

	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, &p), 0);
	assert_int_equal(p.revision, 2);
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
	struct permissions_request p;

	loop_run_until(l, never, NULL, 20);
	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_OFF, &p), 0);
	assert_true(loop_run_until(l, changed, NULL, 1000));
	permission_close(&v);
	loop_free(&l);
}

TEST(a_file_that_is_gone_or_damaged_allows_nothing)
{
	const char *path = fresh();
	struct loop *l = loop_new();
	struct permission_view *v = permission_open(l, path, on_change, NULL);
	struct permissions_request p;
	int64_t revision = permission_now(v)->revision;

	assert_int_equal(file_remove(path), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	assert_true(permission_lost(v));
	assert_true(permission_now(v)->revision > revision);
	assert_int_equal(file_replace(path, "{\"monitoring\":\"on\"", 18, FILE_PRIVATE), 0);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_OFF);
	/* The customer sets it anew; the hub must believe it, so the revision is above all before.
	 */
	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, &p), 0);
	assert_true(p.revision > revision + 1);
	assert_int_equal(permission_ask(v, PERMISSION_MONITORING), SWITCH_ON);
	permission_close(&v);
	loop_free(&l);
}

TEST(monitoring_knows_no_ask_and_turning_it_twice_counts_once)
{
	const char *path = fresh();
	struct permissions_request p;

	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_ASK, &p),
			 ERR_INVALID);
	assert_int_equal(permissions_turn(path, PERMISSION_MONITORING, SWITCH_ON, &p), 0);
	assert_int_equal(p.revision, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(R30_after_installation_monitoring_is_on_and_the_others_are_off),
		RUN(R29_a_turned_switch_holds_at_the_next_question_and_is_told),
		RUN(R29_without_being_asked_it_hears_of_a_turn_within_a_second),
		RUN(a_file_that_is_gone_or_damaged_allows_nothing),
		RUN(monitoring_knows_no_ask_and_turning_it_twice_counts_once),
	};

	return cmocka_run_group_tests_name("connector.permission", tests, NULL, NULL);
}
