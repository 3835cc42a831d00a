#include "base/log.h"
#include "base/buf.h"
#include "base/test.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static char line[4096];
static int saved_fd, pipe_fds[2];

static void begin(void)
{
	assert_int_equal(pipe(pipe_fds), 0);
	saved_fd = dup(STDERR_FILENO);
	dup2(pipe_fds[1], STDERR_FILENO);
	close(pipe_fds[1]);
}

/* What was logged since begin(): one line, without the time. */
static const char *end(void)
{
	ssize_t n;
	char *at;

	dup2(saved_fd, STDERR_FILENO); /* closes the writing end */
	close(saved_fd);
	n = read(pipe_fds[0], line, sizeof(line) - 1);
	assert_true(n >= 0);
	line[n] = 0;
	close(pipe_fds[0]);
	at = strstr(line, " at=");
	if (at)
		memmove(at, at + 28, strlen(at + 28) + 1);
	return line;
}

TEST(an_event_is_one_line_of_pairs)
{
	begin();
	log_event(EV_HUB_UP, "port=%d size=%zu rate=%" PRId64 " hex=%x part=%.*s", -1, (size_t)7,
		  INT64_MIN, 255u, 3, "abcdef");
	assert_string_equal(end(), "level=info event=hub_up port=-1 size=7 "
				   "rate=-9223372036854775808 hex=ff part=abc\n");
	begin();
	log_event(EV_STARTED, "");
	assert_string_equal(end(), "level=info event=started\n");
}

TEST(values_are_quoted_and_nothing_reaches_a_terminal_raw)
{
	const char *volatile nothing = NULL; /* volatile: the compiler would warn otherwise */

	begin();
	log_event(EV_HUB_UP, "a=%s b=%s c=%s d=%s e=%s", "two words", "", "x\"y\\z",
		  "\x1b[31m\n\x7f\xc2\x9b\xff", "\xc3\xa4=1");
	assert_string_equal(end(),
			    "level=info event=hub_up a=\"two words\" b=\"\" c=\"x\\\"y\\\\z\" "
			    "d=\"\\x1b[31m\\n\\x7f\\xc2\\x9b\\xff\" e=\"\xc3\xa4=1\"\n");
	begin();
	log_event(EV_HUB_UP, "a=%s", nothing);
	assert_string_equal(end(), "level=info event=hub_up a=\"\"\n");
}

TEST(a_line_too_long_is_cut_and_still_ends)
{
	static char text[5000];

	memset(text, 'x', sizeof(text) - 1);
	begin();
	log_event(EV_HUB_UP, "a=%s b=%d", text, 1);
	end();
	assert_true(strlen(line) < 2048);
	assert_int_equal(line[strlen(line) - 1], '\n');
}

TEST(what_is_below_the_level_is_not_written)
{
	begin();
	log_event(EV_HTTP_REFUSED, "status=%d", 404);
	assert_string_equal(end(), "");
	log_set_level(LOG_DEBUG);
	begin();
	log_event(EV_HTTP_REFUSED, "status=%d", 404);
	assert_string_equal(end(), "level=debug event=http_refused status=404\n");
	log_set_level(LOG_INFO);
}

TEST(every_event_has_a_name_and_says_what_it_means)
{
	for (int e = 0; e < LOG_EVENTS; e++) {
		assert_true(strlen(log_event_name((enum log_event)e)) > 1);
		assert_true(strlen(log_event_text((enum log_event)e)) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_event_is_one_line_of_pairs),
		RUN(values_are_quoted_and_nothing_reaches_a_terminal_raw),
		RUN(a_line_too_long_is_cut_and_still_ends),
		RUN(what_is_below_the_level_is_not_written),
		RUN(every_event_has_a_name_and_says_what_it_means),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
