/* verdict_test.c - the document for programs, and which exit code verdicts make. */
#include "base/args.h"
#include "base/test.h"
#include "base/verdict.h"

TEST(only_a_failure_fails)
{
	struct verdicts v;

	verdicts_begin(&v, true);
	verdict_tell(&v, VERDICT_OK, "a", "ok", STR("fine"));
	verdict_tell(&v, VERDICT_WARN, "b", "low", STR("so so"));
	assert_int_equal(verdicts_end(&v), EXIT_DONE);
	verdict_tell(&v, VERDICT_FAIL, "c", "bad", STR("no"));
	verdict_tell(&v, VERDICT_OK, "d", "ok", STR("fine"));
	assert_int_equal(verdicts_end(&v), EXIT_FAILED);
	verdicts_done(&v);
}

TEST(a_verdict_is_one_line_and_valid_json)
{
	struct verdicts v;

	verdicts_begin(&v, true);
	verdict_tell(&v, VERDICT_WARN, "b", "low", STR("a \"b\"\r\nok c"));
	assert_string_equal((char *)v.json.data,
			    "{\"check\":\"b\",\"verdict\":\"warn\",\"code\":\"low\","
			    "\"text\":\"a \\\"b\\\"  ok c\"}");
	verdicts_done(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(only_a_failure_fails),
		RUN(a_verdict_is_one_line_and_valid_json),
	};

	return cmocka_run_group_tests_name("base.verdict", tests, NULL, NULL);
}
