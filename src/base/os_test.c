#include "base/os.h"
#include "base/err.h"
#include "base/test.h"

#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* Standard input becomes a pipe that brings `text` and ends. */
static void feed(const char *text)
{
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	close(fds[1]);
	dup2(fds[0], STDIN_FILENO);
	close(fds[0]);
}

TEST(lines_are_read_one_by_one_without_their_ends)
{
	struct buf b = buf_new(100);

	feed("code\r\n\nlast");
	assert_false(os_stdin_is_terminal());
	assert_int_equal(os_read_line("? ", true, &b), 0);
	assert_string_equal((char *)b.data, "code");
	buf_clear(&b);
	assert_int_equal(os_read_line("? ", false, &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(os_read_line("? ", false, &b), 0);
	assert_string_equal((char *)b.data, "last");
	assert_int_equal(os_read_line("? ", false, &b), ERR_INVALID);
	buf_done(&b);
}

TEST(a_line_beyond_the_maximum_is_refused_whole)
{
	struct buf b = buf_new(3);

	feed("12345\nabc\n");
	assert_int_equal(os_read_line("? ", false, &b), ERR_INVALID);
	buf_clear(&b);
	assert_int_equal(os_read_line("? ", false, &b), 0);
	assert_string_equal((char *)b.data, "abc");
	buf_done(&b);
}

static char screen[200];

/* A child with a terminal of its own asks for a secret; `typed` is typed once the prompt is shown.
 * The child's status; what was on the terminal is in `screen`, its echo at the end in *ret_echo. */
static int ask_on_a_terminal(const char *typed, bool *ret_echo)
{
	struct termios t;
	size_t len = 0;
	int fd, status;
	ssize_t n;
	pid_t pid;

	fflush(stdout);
	pid = forkpty(&fd, NULL, NULL, NULL);
	if (pid == 0) {
		struct buf b = buf_new(100);
		int rc;

		/* Started in the background by a shell, the test inherits an ignored interrupt. */
		signal(SIGINT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){});
		rc = os_read_line("Password: ", true, &b);
		_exit(rc == 0 && str_eq(buf_str(&b), STR("s3cret")) ? 42 : 1);
	}
	assert_true(pid > 0);
	memset(screen, 0, sizeof(screen));
	while (!strstr(screen, ": ") && (n = read(fd, screen + len, 100 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(write(fd, typed, strlen(typed)), strlen(typed));
	while ((n = read(fd, screen + len, sizeof(screen) - 1 - len)) > 0)
		len += (size_t)n;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(tcgetattr(fd, &t), 0);
	*ret_echo = t.c_lflag & ECHO;
	close(fd);
	return status;
}

TEST(a_secret_is_not_shown_and_the_echo_comes_back_even_after_an_interrupt)
{
	bool echo = false;
	int status = ask_on_a_terminal("s3cret\n", &echo);

	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	assert_string_equal(screen, "Password: \r\n");
	assert_true(echo);
	echo = false;
	status = ask_on_a_terminal("s3c\x03", &echo);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
	assert_null(strstr(screen, "s3c"));
	assert_true(echo);
}

TEST(processes_are_alive_until_they_end)
{
	pid_t pid;

	assert_true(os_process_alive(os_pid()));
	assert_false(os_process_alive(0));
	assert_false(os_process_alive(-1));
	assert_false(os_process_alive(INT64_MAX));
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	assert_false(os_process_alive(pid));
}

TEST(the_process_knows_its_size_and_raises_its_limit)
{
	struct rlimit limit;

	os_trim_heap();
	assert_true(os_resident_bytes() > 100000);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(os_raise_file_limit() >= (int64_t)limit.rlim_cur);
	assert_string_equal(os_family(), "linux");
}

TEST(no_core_file_is_left)
{
	struct rlimit limit;

	os_no_core_dumps();
	assert_int_equal(getrlimit(RLIMIT_CORE, &limit), 0);
	assert_int_equal(limit.rlim_max, 0);
}

TEST(die_says_why_and_aborts)
{
	char text[100] = "";
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		die("no %s", "paper");
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "fatal: no paper\n");
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(lines_are_read_one_by_one_without_their_ends),
		RUN(a_line_beyond_the_maximum_is_refused_whole),
		RUN(a_secret_is_not_shown_and_the_echo_comes_back_even_after_an_interrupt),
		RUN(processes_are_alive_until_they_end),
		RUN(the_process_knows_its_size_and_raises_its_limit),
		RUN(no_core_file_is_left),
		RUN(die_says_why_and_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
