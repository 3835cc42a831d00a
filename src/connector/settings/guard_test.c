/* guard_test.c - the secret is good once, a token is good while it is used. */
#include "base/test.h"
#include "base/err.h"
#include "connector/settings/guard.h"
#include <stdio.h>
#include <string.h>

static char token[GUARD_TEXT_SIZE];

static int spend(struct guard *g, const char *secret, int64_t mono_ms)
{
	char copy[GUARD_TEXT_SIZE];

	snprintf(copy, sizeof(copy), "%s", secret); /* the guard renews the original */
	return guard_spend(g, str_of(copy), mono_ms, token);
}

TEST(the_secret_has_256_bits_and_is_good_once)
{
	struct guard g;
	char first[GUARD_TEXT_SIZE];

	guard_init(&g);
	memcpy(first, g.secret, sizeof(first));
	assert_int_equal(strlen(first), GUARD_TEXT_SIZE - 1);
	assert_int_equal(spend(&g, first, 0), 0);
	assert_string_not_equal(g.secret, first);
	assert_true(guard_admits(&g, str_of(token), false, 0));
	assert_int_equal(spend(&g, first, 0), ERR_LINK_SPENT);
	assert_int_equal(spend(&g, g.secret, 0), 0);
	guard_done(&g);
}

TEST(a_beginning_of_the_secret_or_nothing_is_wrong)
{
	struct guard g;

	guard_init(&g);
	assert_int_equal(guard_spend(&g, (struct str){ g.secret, 42 }, 0, token), ERR_LINK_SPENT);
	assert_int_equal(guard_spend(&g, (struct str){}, 0, token), ERR_LINK_SPENT);
	assert_false(guard_admits(&g, (struct str){}, false, 0));
	assert_false(guard_admits(&g, str_of(g.secret), false, 0));
	guard_done(&g);
}

TEST(a_token_ends_after_half_an_hour_without_a_person)
{
	struct guard g;

	guard_init(&g);
	assert_int_equal(spend(&g, g.secret, 1000), 0);
	assert_true(guard_admits(&g, str_of(token), true, 1000 + GUARD_IDLE_MS - 1));
	/* A page that only asks by itself does not keep it alive. */
	assert_true(guard_admits(&g, str_of(token), false, 1000 + 2 * GUARD_IDLE_MS - 2));
	assert_false(guard_admits(&g, str_of(token), true, 1000 + 2 * GUARD_IDLE_MS - 1));
	guard_done(&g);
}

TEST(a_token_that_was_ended_is_good_for_nothing)
{
	struct guard g;

	guard_init(&g);
	assert_int_equal(spend(&g, g.secret, 0), 0);
	guard_end(&g, str_of("something else"));
	assert_true(guard_admits(&g, str_of(token), true, 1));
	guard_end(&g, str_of(token));
	assert_false(guard_admits(&g, str_of(token), true, 1));
	guard_done(&g);
}

TEST(wrong_secrets_are_limited_and_the_right_one_is_taken_all_the_same)
{
	struct guard g;

	guard_init(&g);
	for (int i = 0; i < GUARD_WRONG_BURST; i++)
		assert_int_equal(spend(&g, "guess", 0), ERR_LINK_SPENT);
	assert_int_equal(spend(&g, "guess", 0), ERR_TOO_MANY);
	assert_int_equal(spend(&g, "guess", GUARD_WRONG_MS), ERR_LINK_SPENT);
	assert_int_equal(spend(&g, "guess", GUARD_WRONG_MS), ERR_TOO_MANY);
	assert_int_equal(spend(&g, g.secret, GUARD_WRONG_MS), 0);
	guard_done(&g);
}

TEST(tokens_are_bounded_and_the_longest_unused_one_has_to_go)
{
	char all[GUARD_TOKENS_MAX + 1][GUARD_TEXT_SIZE];
	struct guard g;

	guard_init(&g);
	for (int i = 0; i <= GUARD_TOKENS_MAX; i++) {
		assert_int_equal(spend(&g, g.secret, i), 0);
		memcpy(all[i], token, sizeof(token));
		if (i == 0)
			continue;
		if (i < GUARD_TOKENS_MAX)
			assert_true(guard_admits(&g, str_of(all[0]), true, i));
	}
	assert_true(guard_admits(&g, str_of(all[0]), false, GUARD_TOKENS_MAX));
	assert_false(guard_admits(&g, str_of(all[1]), false, GUARD_TOKENS_MAX));
	assert_true(guard_admits(&g, str_of(all[GUARD_TOKENS_MAX]), false, GUARD_TOKENS_MAX));
	guard_done(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_secret_has_256_bits_and_is_good_once),
		RUN(a_beginning_of_the_secret_or_nothing_is_wrong),
		RUN(a_token_ends_after_half_an_hour_without_a_person),
		RUN(a_token_that_was_ended_is_good_for_nothing),
		RUN(wrong_secrets_are_limited_and_the_right_one_is_taken_all_the_same),
		RUN(tokens_are_bounded_and_the_longest_unused_one_has_to_go),
	};

	return cmocka_run_group_tests_name("connector.settings.guard", tests, NULL, NULL);
}
