/* program_test.c - programs that answer, are silent, say too much, or are not there. */
#include "base/test.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/loop.h"
#include "net/program.h"
#include <errno.h>

#include <stdio.h>
#include <string.h>

struct place {
	struct loop *loop;
	struct program *program;
	bool done;
	int rc;
	char said[64];
};

static void on_done(int rc, struct str said, void *owner)
{
	struct place *k = owner;

	assert_false(k->done);
	k->done = true;
	k->rc = rc;
	snprintf(k->said, sizeof(k->said), "%.*s", (int)said.len, said.len ? said.p : "");
}

static bool done(void *arg)
{
	return ((struct place *)arg)->done;
}

static int ask(struct place *k, const char *script, int64_t timeout_ms)
{
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };

	return program_ask(k->loop, argv, timeout_ms, 32, on_done, k, &k->program);
}

TEST(what_it_says_is_told_when_it_ends)
{
	struct place k = { .loop = loop_new() };

	assert_int_equal(ask(&k, "printf 'one '; sleep 0.1; printf two", 10000), 0);
	assert_false(k.done);
	assert_true(loop_run_until(k.loop, done, &k, 10000));
	assert_int_equal(k.rc, 0);
	assert_string_equal(k.said, "one two");
	loop_free(&k.loop);
}

TEST(one_that_is_silent_is_ended_with_all_it_started)
{
	struct place k = { .loop = loop_new() };
	int64_t begun_ms = clock_mono_ms();

	assert_int_equal(ask(&k, "sleep 600 & sleep 600", 200), 0);
	assert_true(loop_run_until(k.loop, done, &k, 10000));
	assert_int_equal(k.rc, ERR_TIMEOUT);
	assert_true(clock_mono_ms() - begun_ms < 10000);
	loop_free(&k.loop);
}

TEST(one_that_says_too_much_is_ended)
{
	struct place k = { .loop = loop_new() };

	assert_int_equal(ask(&k, "while :; do echo too much; done", 10000), 0);
	assert_true(loop_run_until(k.loop, done, &k, 10000));
	assert_int_equal(k.rc, ERR_TOO_LARGE);
	loop_free(&k.loop);
}

TEST(one_that_is_cancelled_says_nothing_any_more)
{
	struct place k = { .loop = loop_new() };

	assert_int_equal(ask(&k, "echo yes", 10000), 0);
	program_cancel(&k.program);
	assert_null(k.program);
	assert_false(loop_run_until(k.loop, done, &k, 100));
	program_cancel(&k.program);
	loop_free(&k.loop);
}

TEST(one_that_is_not_there_cannot_be_asked)
{
	static const char *const argv[] = { "/nonexistent/program", NULL };
	struct place k = { .loop = loop_new() };

	assert_int_equal(program_ask(k.loop, argv, 1000, 32, on_done, &k, &k.program), -ENOENT);
	assert_false(loop_run_until(k.loop, done, &k, 50));
	loop_free(&k.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(what_it_says_is_told_when_it_ends),
		RUN(one_that_is_silent_is_ended_with_all_it_started),
		RUN(one_that_says_too_much_is_ended),
		RUN(one_that_is_cancelled_says_nothing_any_more),
		RUN(one_that_is_not_there_cannot_be_asked),
	};

	return cmocka_run_group_tests_name("net.program", tests, NULL, NULL);
}
