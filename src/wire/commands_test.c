/* commands_test.c - what a poll's answer may carry, and what it may not. */
#include "base/test.h"

#include "base/err.h"
#include "wire/commands.h"
#include "wire/messages.h"

#include <stdio.h>
#include <string.h>

#define SESSION "sess_06f1pz4h2swp56nk8b9ts7e2ar"
#define TARGET  "tgt_06f1pz4h2swp56nk8b9ts7e2ar"
#define ZEROS   "tgt_00000000000000000000000000"
#define OPEN(more)                                                                                 \
	"{\"commands\":[{\"n\":7,\"kind\":\"open_session\",\"session\":\"" SESSION "\"" more "}]}"
#define WHOLE                                                                                      \
	",\"target\":\"console\",\"reason\":\"toner report fails, ticket 4711\",\"by\":\"Ada\","   \
	"\"ask_until\":\"2026-11-27T01:00:00.000Z\""

static int decode(struct arena *mem, const char *text, struct commands *ret)
{
	struct json_problem problem;

	return commands_decode(text, strlen(text), mem, ret, &problem);
}

static void refuses(const char *text)
{
	struct commands c;
	struct arena mem = {};

	if (decode(&mem, text, &c) >= 0)
		fail_msg("taken: %s", text);
	arena_done(&mem);
}

TEST(a_session_comes_with_its_target_reason_and_who_asks)
{
	struct arena mem = {};
	struct commands c;
	struct id session;

	assert_int_equal(id_decode(ID_SESS, STR(SESSION), &session), 0);
	assert_int_equal(decode(&mem, OPEN(WHOLE), &c), 0);
	assert_int_equal(c.len, 1);
	assert_int_equal(c.items[0].kind, COMMAND_OPEN_SESSION);
	assert_true(id_eq(c.items[0].session, session));
	assert_true(id_is_zero(c.items[0].target));
	assert_string_equal(c.items[0].reason, "toner report fails, ticket 4711");
	assert_string_equal(c.items[0].by, "Ada");
	assert_int_equal(c.items[0].ask_until_ms, 1795741200000);
	arena_done(&mem);
}

TEST(what_is_encoded_is_what_is_decoded)
{
	struct command items[4] = {
		{ .n = 1, .kind = COMMAND_REPORT_NOW, .ask_until_ms = JSON_ABSENT_INT },
		{ .n = 2,
		  .kind = COMMAND_OPEN_SESSION,
		  .reason = "Zählerstände prüfen",
		  .by = "José",
		  .ask_until_ms = 5000 },
		{ .n = 9, .kind = COMMAND_CLOSE_SESSION, .ask_until_ms = JSON_ABSENT_INT },
		{ .n = 10,
		  .kind = COMMAND_CLOSE_SESSION,
		  .why = "login_ended",
		  .ask_until_ms = JSON_ABSENT_INT },
	};
	struct commands c = { items, 4, 1, 2, .copied = true }, again;
	struct buf out = buf_new(64 * KIB);
	struct arena mem = {};
	struct json_problem problem;

	items[1].session = items[2].session = items[3].session = id_new();
	items[1].target = id_new();
	assert_int_equal(commands_encode(&c, &out), 0);
	assert_int_equal(commands_decode(out.data, out.len, &mem, &again, &problem), 0);
	assert_int_equal(again.len, 4);
	assert_true(again.copied);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(again.items[i].n, items[i].n);
		assert_int_equal(again.items[i].kind, items[i].kind);
		assert_true(id_eq(again.items[i].session, items[i].session));
		assert_true(id_eq(again.items[i].target, items[i].target));
		assert_int_equal(again.items[i].ask_until_ms, items[i].ask_until_ms);
	}
	assert_string_equal(again.items[1].reason, "Zählerstände prüfen");
	assert_string_equal(again.items[1].by, "José");
	assert_null(again.items[2].why);
	assert_string_equal(again.items[3].why, "login_ended");
	buf_done(&out);
	arena_done(&mem);
}

TEST(each_kind_carries_its_own_members_and_no_others)
{
	refuses(OPEN(""));
	refuses(OPEN(",\"target\":\"console\",\"reason\":\"r\",\"by\":\"b\""));
	refuses(OPEN(",\"target\":\"router\",\"reason\":\"r\",\"by\":\"b\","
		     "\"ask_until\":\"2026-11-27T01:00:00.000Z\""));
	/* Of zeros is no target's id, and no other word for the console. */
	refuses(OPEN(",\"target\":\"" ZEROS "\",\"reason\":\"r\",\"by\":\"b\","
		     "\"ask_until\":\"2026-11-27T01:00:00.000Z\""));
	refuses(OPEN(WHOLE ",\"version\":\"1.0\""));
	refuses(OPEN(WHOLE ",\"why\":\"login_ended\""));
	refuses("{\"commands\":[{\"n\":1,\"kind\":\"close_session\"}]}");
	refuses("{\"commands\":[{\"n\":1,\"kind\":\"close_session\",\"session\":\"" SESSION
		"\",\"reason\":\"r\"}]}");
	refuses("{\"commands\":[{\"n\":1,\"kind\":\"report_now\",\"session\":\"" SESSION "\"}]}");
	refuses("{\"commands\":[{\"n\":1,\"kind\":\"close_session\",\"session\":\"" TARGET "\"}]}");
}

TEST(a_person_sees_only_what_can_be_seen)
{
	struct arena mem = {};
	struct commands c;

	assert_int_equal(
		decode(&mem,
		       OPEN(",\"target\":\"" TARGET "\",\"reason\":\" a\\u001b[2Jb\\u202ec\\r\\nd "
			    "\",\"by\":\"A\\u0007da\","
			    "\"ask_until\":\"2026-11-27T01:00:00.000Z\""),
		       &c),
		0);
	assert_string_equal(c.items[0].reason, "a [2Jbc  d");
	assert_string_equal(c.items[0].by, "A da");
	assert_false(id_is_zero(c.items[0].target));
	arena_done(&mem);
	/* Nothing at all to read: nobody could say yes to that. */
	refuses(OPEN(",\"target\":\"console\",\"reason\":\"\\u200b\\u0001\",\"by\":\"b\","
		     "\"ask_until\":\"2026-11-27T01:00:00.000Z\""));
}

TEST(a_text_that_is_too_long_is_refused)
{
	char text[2048], reason[SESSION_REASON_MAX + 2];

	memset(reason, 'x', sizeof(reason) - 1);
	reason[sizeof(reason) - 1] = '\0';
	snprintf(text, sizeof(text),
		 OPEN(",\"target\":\"console\",\"reason\":\"%s\",\"by\":\"b\","
		      "\"ask_until\":\"2026-11-27T01:00:00.000Z\""),
		 reason);
	refuses(text);
}

TEST(a_hub_sends_no_text_that_moves_the_cursor)
{
	struct command one = { .n = 1,
			       .kind = COMMAND_OPEN_SESSION,
			       .session = id_new(),
			       .reason = "a\nb",
			       .by = "Ada",
			       .ask_until_ms = 1 };
	struct commands c = { &one, 1, 1, 1 };
	struct buf out = buf_new(KIB);

	assert_int_equal(commands_encode(&c, &out), ERR_INVALID);
	one.reason = "";
	assert_int_equal(commands_encode(&c, &out), ERR_INVALID);
	one.reason = "a b";
	assert_int_equal(commands_encode(&c, &out), 0);
	buf_done(&out);
}

TEST(a_kind_of_a_newer_hub_is_passed_over_whatever_it_carries)
{
	struct arena mem = {};
	struct commands c;

	assert_int_equal(decode(&mem,
				"{\"commands\":[{\"n\":3,\"kind\":\"sing\",\"session\":\"" SESSION
				"\",\"song\":[1]},{\"n\":4,\"kind\":\"report_now\"}]}",
				&c),
			 0);
	assert_int_equal(c.len, 2);
	assert_int_equal(c.items[0].kind, COMMAND_UNKNOWN);
	assert_true(id_is_zero(c.items[0].session));
	arena_done(&mem);
}

static bool told_ok(const char *text)
{
	struct session_told t;
	struct json_problem problem;
	struct arena mem = {};
	bool ok = json_decode(&session_told_schema, text, strlen(text), &mem, &t, &problem) == 0 &&
		  session_told_ok(&t);

	arena_done(&mem);
	return ok;
}

#define ENDS "\"ends_at\":\"2026-11-27T01:00:00Z\""
#define MORE "\"more_ask\":\"2026-11-27T00:30:00Z\""

TEST(what_a_connector_tells_of_a_session_fits_its_state)
{
	assert_true(told_ok("{\"state\":\"waiting_for_approval\"}"));
	assert_true(told_ok("{\"state\":\"open\"," ENDS "}"));
	assert_true(told_ok("{\"state\":\"open\"," ENDS ",\"more_why\":\"customer\"," MORE "}"));
	assert_false(told_ok("{\"state\":\"open\"," ENDS ",\"more_why\":\"customer\"}"));
	assert_false(told_ok("{\"state\":\"open\"," ENDS "," MORE "}"));
	assert_false(told_ok("{\"state\":\"open\"," ENDS ",\"more_why\":\"idle\"," MORE "}"));
	assert_false(
		told_ok("{\"state\":\"waiting_for_approval\",\"more_why\":\"customer\"," MORE "}"));
	assert_true(told_ok("{\"state\":\"ended\",\"why\":\"customer\",\"bytes_up\":1,"
			    "\"bytes_down\":2,\"requests\":3}"));
	assert_true(told_ok("{\"state\":\"refused\",\"why\":\"not_allowed\"}"));
	assert_false(told_ok("{\"state\":\"requested\"}"));
	assert_false(told_ok("{\"state\":\"open\"}"));
	assert_false(told_ok("{\"state\":\"ended\"}"));
	assert_false(told_ok("{\"state\":\"waiting_for_approval\",\"why\":\"customer\"}"));
	assert_false(told_ok("{\"state\":\"ended\",\"why\":\"bored\"}"));
	assert_false(told_ok("{\"state\":\"ended\",\"why\":\"customer\",\"bytes_up\":-1}"));
	assert_false(told_ok("{\"state\":\"ended\",\"why\":\"customer\",\"by\":\"Ada\"}"));
}

static bool targets_taken(const char *text)
{
	struct targets_request t;
	struct json_problem problem;
	struct arena mem = {};
	bool ok =
		json_decode(&targets_request_schema, text, strlen(text), &mem, &t, &problem) == 0 &&
		targets_ok(&t);

	arena_done(&mem);
	return ok;
}

TEST(R50_a_target_is_told_by_id_name_and_kind_and_by_nothing_else)
{
	assert_true(targets_taken("{\"revision\":1,\"items\":[]}"));
	assert_true(targets_taken("{\"revision\":2,\"items\":[{\"id\":\"" TARGET
				  "\",\"name\":\"Ricoh\",\"kind\":\"mfp\"}]}"));
	assert_false(
		targets_taken("{\"revision\":2,\"items\":[{\"id\":\"" TARGET
			      "\",\"name\":\"Ricoh\",\"kind\":\"mfp\",\"url\":\"http://x\"}]}"));
	assert_false(targets_taken("{\"revision\":2,\"items\":[{\"id\":\"" TARGET
				   "\",\"name\":\"Ricoh\",\"kind\":\"console\"}]}"));
	assert_false(targets_taken("{\"revision\":2,\"items\":[{\"id\":\"" ZEROS
				   "\",\"name\":\"Ricoh\",\"kind\":\"mfp\"}]}"));
	assert_false(targets_taken("{\"revision\":2,\"items\":[{\"id\":\"" TARGET
				   "\",\"name\":\"a\",\"kind\":\"mfp\"},{\"id\":\"" TARGET
				   "\",\"name\":\"b\",\"kind\":\"mfp\"}]}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_comes_with_its_target_reason_and_who_asks),
		cmocka_unit_test(what_is_encoded_is_what_is_decoded),
		cmocka_unit_test(each_kind_carries_its_own_members_and_no_others),
		cmocka_unit_test(a_person_sees_only_what_can_be_seen),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(a_hub_sends_no_text_that_moves_the_cursor),
		cmocka_unit_test(a_kind_of_a_newer_hub_is_passed_over_whatever_it_carries),
		cmocka_unit_test(what_a_connector_tells_of_a_session_fits_its_state),
		cmocka_unit_test(R50_a_target_is_told_by_id_name_and_kind_and_by_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
