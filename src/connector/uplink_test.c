/* uplink_test.c - the line against a hub on loopback that checks every signature.
 *
 * Nobody waits here: whenever no call is under way the clock moves to the next timer.  And each
 * wait is as long as chance can make it, so that what is counted is exact. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/rand.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "connector/test_dir.h"
#include "connector/fake_hub_test.h"
#include "connector/uplink.h"
#include "net/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 10000

struct line {
	struct loop *loop;
	struct test_hub *hub;
	struct fetcher *fetcher;
	struct hub *to;
	struct sign_key *key;
	struct permission_view *permission;
	struct outbox *outbox;
	struct state state;
	struct uplink *uplink;
	const char *dir;
	unsigned report_now, sessions, changes;
	int revoked; /* -1: not told */
};

static const struct outbox_limits limits = { 1000000000, 64 * MIB, 1000000000, 64 * MIB };

static void on_report_now(void *owner)
{
	((struct line *)owner)->report_now++;
}

static void on_revoked(bool revoked, void *owner)
{
	((struct line *)owner)->revoked = revoked;
}

static void on_session(const struct command *c, void *owner)
{
	((struct line *)owner)->sessions++;
}

static void on_change(void *owner)
{
	((struct line *)owner)->changes++;
}

static void on_permission(void *owner)
{
	struct line *k = owner;

	if (k->uplink)
		uplink_look(k->uplink);
}

static void dial(struct line *k)
{
	k->uplink = uplink_new(&(struct uplink_config){
		.loop = k->loop,
		.hub = k->to,
		.outbox = k->outbox,
		.permission = k->permission,
		.state = &k->state,
		.dir = k->dir,
		.on_report_now = on_report_now,
		.on_session = on_session,
		.on_revoked = on_revoked,
		.on_change = on_change,
		.owner = k,
	});
}

static struct line *begin(void)
{
	struct line *k = xcalloc(1, sizeof(*k));
	struct permissions first;

	if (!clock_skip_ms(0))
		skip(); /* built without test hooks */
	rand_greatest(true);
	log_set_level(LOG_ERROR);
	k->dir = test_dir("uplink");
	k->loop = loop_new();
	k->hub = test_hub_new(k->loop, test_dir("hub"));
	k->key = sign_key_new();
	sign_key_public(k->key, k->hub->public_key);
	k->hub->has_key = true;
	permissions_first(&first);
	assert_int_equal(permissions_save(test_path(k->dir, "permissions.json"), &first), 0);
	k->permission =
		permission_open(k->loop, test_path(k->dir, "permissions.json"), on_permission, k);
	assert_int_equal(outbox_open(test_dir("outbox"), &limits, &k->outbox), 0);
	json_init(&state_schema, &k->state);
	k->state.site_id = id_new();
	k->state.connector_id = id_new();
	k->fetcher = fetcher_new(k->loop);
	k->to = hub_new(k->fetcher, &(struct hub_way){ k->hub->url, k->hub->ca_file, NULL },
			k->key);
	k->revoked = -1;
	return k;
}

static void end(struct line *k)
{
	assert_int_equal(k->hub->bad_signatures, 0);
	uplink_free(&k->uplink);
	permission_close(&k->permission);
	hub_free(&k->to);
	fetcher_free(&k->fetcher);
	test_hub_free(&k->hub);
	loop_free(&k->loop);
	outbox_close(&k->outbox);
	sign_key_free(&k->key);
	free(k);
}

static void report(struct line *k, const char *text)
{
	assert_int_equal(outbox_append(k->outbox, 1, clock_wall_ms(), str_of(text)), 0);
	if (k->uplink)
		uplink_send(k->uplink);
}

static void turn(struct line *k, enum switch_state to)
{
	struct permissions now;

	assert_int_equal(permissions_turn(test_path(k->dir, "permissions.json"),
					  PERMISSION_MONITORING, to, JSON_ABSENT_INT, &now),
			 0);
}

/* Nothing is under way but a poll that the hub holds. */
static bool is_idle(void *arg)
{
	const struct line *k = arg;

	return fetcher_running(k->fetcher) == (k->hub->poll ? 1 : 0);
}

#define UNTIL(k, name) assert_true(loop_skip_until((k)->loop, name, is_idle, k, WAIT_MS))

static bool never(void *arg)
{
	return false;
}

static void pass_ms(struct line *k, int64_t ms)
{
	loop_skip_until(k->loop, never, is_idle, k, ms);
}

static bool is_online(void *arg)
{
	struct uplink_info i;

	uplink_info(((struct line *)arg)->uplink, &i);
	return i.online;
}

static bool is_offline(void *arg)
{
	return !is_online(arg);
}

static bool nothing_waits(void *arg)
{
	struct outbox_info i;

	outbox_info(((struct line *)arg)->outbox, &i);
	return !i.spooled && !i.gap;
}

/* --- tests -------------------------------------------------------------------------------------
 */

TEST(the_switches_are_mirrored_a_poll_is_open_and_reports_arrive)
{
	struct line *k = begin();

	report(k, "{\"a\":1}");
	dial(k);
	UNTIL(k, is_online);
	UNTIL(k, nothing_waits);
	assert_int_equal(k->hub->mirrors, 1);
	assert_int_equal(k->hub->switches.monitoring, 1);
	assert_int_equal(k->hub->records_len, 1);
	assert_string_equal(k->hub->records[0].data, "{\"a\":1}");
	report(k, "{\"a\":2}");
	UNTIL(k, nothing_waits);
	assert_int_equal(k->hub->records_len, 2);
	assert_int_equal(k->state.permissions_told, 1);
	end(k);
}

TEST(a_large_backlog_is_sent_newest_first_compressed_and_whole)
{
	char *big = malloc(60001);
	struct line *k = begin();

	memset(big, 'x', 60000);
	big[60000] = 0;
	for (int i = 0; i < 30; i++)
		report(k, big);
	report(k, "newest");
	dial(k);
	UNTIL(k, nothing_waits);
	assert_int_equal(k->hub->records_len, 31);
	assert_string_equal(k->hub->records[0].data, "newest");
	assert_int_equal(k->hub->records[1].seq, 1);
	free(big);
	end(k);
}

static bool polled_twice(void *arg)
{
	return ((struct line *)arg)->hub->polls >= 2;
}

static bool has_poll(void *arg)
{
	return ((struct line *)arg)->hub->poll != NULL;
}

TEST(a_command_is_followed_once_and_the_next_poll_names_it)
{
	struct line *k = begin();

	k->hub->commands =
		"{\"commands\":[{\"n\":7,\"kind\":\"report_now\"},"
		"{\"n\":8,\"kind\":\"something_new\"}],\"schema_min\":1,\"schema_max\":1}";
	dial(k);
	UNTIL(k, polled_twice);
	pass_ms(k, 50);
	assert_int_equal(k->report_now, 1);
	assert_int_equal(k->state.commands_after, 8);
	end(k);
}

static bool was_told_to_report(void *arg)
{
	return ((struct line *)arg)->report_now > 0;
}

TEST(a_command_whose_number_jumps_is_refused_and_the_next_is_heard)
{
	struct line *k = begin();

	k->hub->commands = "{\"commands\":[{\"n\":9007199254740992,\"kind\":\"report_now\"}],"
			   "\"schema_min\":1,\"schema_max\":1}";
	dial(k);
	UNTIL(k, polled_twice);
	assert_int_equal(k->report_now, 0);
	UNTIL(k, has_poll);
	k->hub->commands = "{\"commands\":[{\"n\":1048576,\"kind\":\"report_now\"}],"
			   "\"schema_min\":1,\"schema_max\":1}";
	test_hub_answer_poll(k->hub);
	UNTIL(k, was_told_to_report);
	assert_int_equal(k->state.commands_after, 1048576);
	end(k);
}

TEST(a_wrong_clock_is_learnt_from_the_hub)
{
	struct line *k = begin();

	k->hub->clock_offset_ms = 3600 * 1000;
	report(k, "{}");
	dial(k);
	UNTIL(k, is_online);
	UNTIL(k, nothing_waits);
	assert_in_range(hub_clock_offset_ms(k->to), 3590 * 1000, 3610 * 1000);
	end(k);
}

static bool told_revoked(void *arg)
{
	return ((struct line *)arg)->revoked == 1;
}

TEST(R15_a_revoked_connector_says_so_keeps_its_outbox_and_asks_no_more)
{
	struct line *k = begin();
	struct outbox_info i;
	unsigned refused;

	k->hub->refuse = ERR_REVOKED;
	report(k, "{}");
	dial(k);
	UNTIL(k, told_revoked);
	assert_true(k->state.revoked_at_ms != JSON_ABSENT_INT);
	refused = k->hub->refused;
	report(k, "{}");
	pass_ms(k, 2500);
	assert_int_equal(k->hub->refused, refused);
	outbox_info(k->outbox, &i);
	assert_int_equal(i.spooled, 2);
	end(k);
}

TEST(R24_with_monitoring_off_no_report_leaves_but_mirror_and_poll_go_on)
{
	struct line *k = begin();

	dial(k);
	UNTIL(k, is_online);
	turn(k, SWITCH_OFF);
	report(k, "{}");
	pass_ms(k, 1200);
	assert_int_equal(k->hub->reports, 0);
	assert_int_equal(k->hub->switches.monitoring, 0);
	assert_int_equal(k->hub->switches.revision, 2);
	assert_non_null(k->hub->poll);
	end(k);
}

static bool is_silent(void *arg)
{
	struct line *k = arg;

	return is_offline(k) && k->hub->poll == NULL;
}

TEST(R18_silence_ends_polls_and_mirror_and_its_end_begins_them_again)
{
	struct line *k = begin();
	struct permissions now;
	unsigned mirrors;

	dial(k);
	UNTIL(k, has_poll);
	turn(k, SWITCH_OFF);
	assert_int_equal(permissions_silence(test_path(k->dir, "permissions.json"), true, &now), 0);
	UNTIL(k, is_silent);
	mirrors = k->hub->mirrors;
	pass_ms(k, 1500);
	assert_null(k->hub->poll);
	assert_int_equal(k->hub->mirrors, mirrors);
	turn(k, SWITCH_ON);
	UNTIL(k, is_online);
	assert_int_equal(k->hub->switches.monitoring, 1);
	end(k);
}

TEST(a_fork_begins_a_new_epoch_and_is_remembered)
{
	struct line *k = begin();

	report(k, "{\"a\":1}");
	dial(k);
	UNTIL(k, nothing_waits);
	k->hub->refuse_reports = ERR_FORK;
	report(k, "{\"a\":2}");
	pass_ms(k, 100);
	k->hub->refuse_reports = 0;
	report(k, "{\"a\":3}");
	UNTIL(k, nothing_waits);
	assert_true(k->state.copied_at_ms != JSON_ABSENT_INT);
	assert_false(epoch_eq(&k->hub->records[0].epoch,
			      &k->hub->records[k->hub->records_len - 1].epoch));
	assert_int_equal(k->hub->records_len, 3);
	end(k);
}

TEST(a_hub_that_fails_is_asked_again_later_and_nothing_is_lost)
{
	struct line *k = begin();

	k->hub->refuse = ERR_BUSY;
	report(k, "{}");
	dial(k);
	pass_ms(k, 700);
	assert_true(is_offline(k));
	/* Poll, switches and a report at once, the report once more. */
	assert_in_range(k->hub->refused, 1, 4);
	k->hub->refuse = 0;
	UNTIL(k, is_online);
	UNTIL(k, nothing_waits);
	end(k);
}

TEST(a_second_machine_with_the_same_key_is_noticed)
{
	struct line *k = begin();

	dial(k);
	UNTIL(k, has_poll);
	UNTIL(k, is_online);
	k->hub->refuse = ERR_SUPERSEDED;
	test_hub_answer_poll(k->hub);
	UNTIL(k, is_offline);
	assert_true(k->state.copied_at_ms != JSON_ABSENT_INT);
	end(k);
}

TEST(R53_a_hub_with_another_certificate_gets_nothing)
{
	struct line *k = begin();
	struct test_hub *other = test_hub_new(k->loop, test_dir("other"));

	hub_free(&k->to);
	k->to = hub_new(k->fetcher, &(struct hub_way){ k->hub->url, other->ca_file, NULL }, k->key);
	report(k, "{}");
	dial(k);
	pass_ms(k, 500);
	assert_int_equal(k->hub->polls + k->hub->mirrors + k->hub->reports + k->hub->refused, 0);
	assert_true(is_offline(k));
	test_hub_free(&other);
	end(k);
}

static bool has_met_another(void *arg)
{
	struct line *k = arg;
	struct uplink_info i;

	uplink_info(k->uplink, &i);
	return i.failure == ERR_NOT_HUB;
}

TEST(a_login_page_in_the_hubs_place_is_no_yes)
{
	struct line *k = begin();

	k->hub->portal = "<html>Please log in</html>";
	report(k, "{}");
	dial(k);
	UNTIL(k, has_met_another);
	pass_ms(k, 600);
	assert_true(is_offline(k));
	assert_int_not_equal(k->state.permissions_told, 1);
	assert_false(nothing_waits(k));
	k->hub->portal = NULL;
	UNTIL(k, is_online);
	UNTIL(k, nothing_waits);
	end(k);
}

TEST(retry_after_is_obeyed_in_seconds_and_as_a_date)
{
	char date[40];
	struct line *k = begin();
	time_t at;

	k->hub->refuse = ERR_BUSY;
	k->hub->retry_after = "2";
	dial(k);
	pass_ms(k, 1900);
	/* A poll and a mirror go out together. */
	assert_in_range(k->hub->refused, 1, 2);
	pass_ms(k, 1500);
	assert_in_range(k->hub->refused, 2, 4);
	uplink_free(&k->uplink);
	at = (time_t)(clock_wall_ms() / 1000) + 4;
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime(&at));
	k->hub->retry_after = date;
	k->hub->refused = 0;
	dial(k);
	pass_ms(k, 2800);
	assert_in_range(k->hub->refused, 1, 2);
	end(k);
}

TEST(a_line_that_cuts_polls_and_passes_calls_is_not_hammered)
{
	struct line *k = begin();

	k->hub->cuts_polls = true;
	report(k, "{}");
	dial(k);
	UNTIL(k, nothing_waits); /* what can pass does */
	pass_ms(k, 2500);
	/* At once, then after up to 1, 2 and 4 s. */
	assert_in_range(k->hub->polls, 2, 3);
	k->hub->cuts_polls = false;
	UNTIL(k, has_poll);
	end(k);
}

TEST(a_hub_that_answers_every_poll_at_once_is_asked_once_a_second)
{
	struct line *k = begin();

	k->hub->answers_at_once = true;
	dial(k);
	pass_ms(k, 2500);
	assert_in_range(k->hub->polls, 12, 14); /* ten at once, then one a second */
	assert_true(is_online(k));
	end(k);
}

TEST(a_hub_that_calls_every_report_a_fork_gets_few_and_loses_none)
{
	struct line *k = begin();

	k->hub->refuse_reports = ERR_FORK;
	report(k, "{\"a\":1}");
	dial(k);
	pass_ms(k, 2500);
	/* At once, then with a second and the back-off between. */
	assert_in_range(k->hub->reports + k->hub->refused, 1, 4);
	k->hub->refuse_reports = 0;
	UNTIL(k, nothing_waits);
	end(k);
}

TEST(a_hub_that_acknowledges_nothing_is_not_sent_the_same_at_the_speed_of_the_line)
{
	struct line *k = begin();

	k->hub->holds_nothing = true;
	report(k, "{\"a\":1}");
	dial(k);
	pass_ms(k, 2500);
	assert_in_range(k->hub->reports, 1, 4);
	k->hub->holds_nothing = false;
	UNTIL(k, nothing_waits);
	end(k);
}

TEST(a_hub_that_answers_polls_at_once_and_refuses_the_switches_is_dialled_ever_less_often)
{
	struct line *k = begin();

	k->hub->answers_at_once = true;
	k->hub->refuse_mirrors = ERR_BUSY;
	dial(k);
	pass_ms(k, 5000);
	assert_in_range(k->hub->polls + k->hub->refused, 5, 8);
	k->hub->refuse_mirrors = 0;
	UNTIL(k, is_online);
	end(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_switches_are_mirrored_a_poll_is_open_and_reports_arrive),
		RUN(a_large_backlog_is_sent_newest_first_compressed_and_whole),
		RUN(a_command_is_followed_once_and_the_next_poll_names_it),
		RUN(a_command_whose_number_jumps_is_refused_and_the_next_is_heard),
		RUN(a_wrong_clock_is_learnt_from_the_hub),
		RUN(R15_a_revoked_connector_says_so_keeps_its_outbox_and_asks_no_more),
		RUN(R24_with_monitoring_off_no_report_leaves_but_mirror_and_poll_go_on),
		RUN(R18_silence_ends_polls_and_mirror_and_its_end_begins_them_again),
		RUN(a_fork_begins_a_new_epoch_and_is_remembered),
		RUN(a_hub_that_fails_is_asked_again_later_and_nothing_is_lost),
		RUN(a_second_machine_with_the_same_key_is_noticed),
		RUN(R53_a_hub_with_another_certificate_gets_nothing),
		RUN(a_login_page_in_the_hubs_place_is_no_yes),
		RUN(retry_after_is_obeyed_in_seconds_and_as_a_date),
		RUN(a_line_that_cuts_polls_and_passes_calls_is_not_hammered),
		RUN(a_hub_that_answers_every_poll_at_once_is_asked_once_a_second),
		RUN(a_hub_that_calls_every_report_a_fork_gets_few_and_loses_none),
		RUN(a_hub_that_acknowledges_nothing_is_not_sent_the_same_at_the_speed_of_the_line),
		RUN(a_hub_that_answers_polls_at_once_and_refuses_the_switches_is_dialled_ever_less_often),
	};

	return cmocka_run_group_tests_name("connector.uplink", tests, NULL, NULL);
}
