#include "base/args.h"
#include "base/test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char seen[200];

static int show(const struct args *a)
{
	snprintf(seen, sizeof(seen), "dir=%s force=%d set=%s,%s,%s words=%s,%s",
		 args_get(a, "--dir"), args_flag(a, "--force"), args_nth(a, "--set", 0) ?: "-",
		 args_nth(a, "--set", 1) ?: "-", args_nth(a, "--set", 2) ?: "-",
		 args_word(a, 0) ?: "-", args_word(a, 1) ?: "-");
	return 42;
}

static int plain(const struct args *a)
{
	strcpy(seen, "plain");
	return EXIT_REFUSED;
}

static int whose(const struct args *a)
{
	int64_t pid;

	if (!args_pid(a, "--parent", &pid))
		return EXIT_USAGE;
	snprintf(seen, sizeof(seen), "pid=%d", (int)pid);
	return EXIT_DONE;
}

/* clang-format off */
static const struct arg whose_args[] = {
	{ "--parent", "PID", 0, "Whose." },
	{}
};
static const struct arg run_args[] = {
	{ "--dir",   "DIR",   ARG_REQUIRED, "The folder." },
	{ "--force", NULL,    ARG_FLAG,     "Do it." },
	{ "--set",   "A=B",   ARG_MANY,     "An option." },
	{}
};
static const struct command commands[] = {
	{ "user add", run_args, "WORD...", "Adds.",  show },
	{ "user",     NULL,     NULL,      "Plain.", plain },
	{ "run",      run_args, NULL,      "Runs.",  show },
	{ "whose",    whose_args, NULL,    "Tells.", whose },
	{}
};
/* clang-format on */

/* The exit code; `output` is what was said on standard output and error. */
static int call(char *output, size_t size, ...)
{
	char *argv[16] = { (char[]){ "program" } };
	int argc = 1, fds[2], out, err, rc;
	va_list ap;
	ssize_t n;

	va_start(ap, size);
	while ((argv[argc] = va_arg(ap, char *)))
		argc++;
	va_end(ap);
	seen[0] = 0;
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	err = dup(STDERR_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	close(fds[1]);
	rc = args_main(argc, argv, "program", commands);
	fflush(stdout);
	fflush(stderr);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	n = read(fds[0], output, size - 1);
	output[n > 0 ? n : 0] = 0;
	close(fds[0]);
	return rc;
}

#define CALL(...) call(output, sizeof(output), __VA_ARGS__, NULL)

static char output[4096];

TEST(the_command_with_the_longest_name_runs_with_what_was_given)
{
	assert_int_equal(CALL("user", "add", "--dir", "d", "w1", "--set=a=b", "--force", "--set",
			      "c", "--", "--dir"),
			 42);
	assert_string_equal(seen, "dir=d force=1 set=a=b,c,- words=w1,--dir");
	assert_int_equal(CALL("run", "--dir="), 42);
	assert_string_equal(seen, "dir= force=0 set=-,-,- words=-,-");
	assert_int_equal(CALL("user"), EXIT_REFUSED);
	assert_string_equal(seen, "plain");
	assert_string_equal(output, "");
}

static void refused(int rc, const char *why)
{
	assert_int_equal(rc, EXIT_USAGE);
	assert_string_equal(seen, "");
	assert_non_null(strstr(output, why));
	assert_non_null(strstr(output, "usage: program"));
}

TEST(wrong_usage_is_told_and_nothing_runs)
{
	refused(CALL("run"), "program run: --dir is required");
	refused(CALL("run", "--dir"), "--dir needs DIR");
	refused(CALL("run", "--dir", "a", "--dir", "b"), "--dir was given twice");
	refused(CALL("run", "--dir", "a", "--force=1"), "--force takes no value");
	refused(CALL("run", "--dir", "a", "--other=1"), "--other is not known");
	refused(CALL("run", "--dir", "a", "word"), "word is one word too many");
	refused(CALL("add"), "program: add is not a command");
	refused(call(output, sizeof(output), NULL), "COMMAND");
}

TEST(help_and_version_are_answered_from_the_tables)
{
	assert_int_equal(CALL("--version"), EXIT_DONE);
	assert_string_equal(output, "program " IMPRIMATUR_VERSION "\n");
	assert_int_equal(CALL("help"), EXIT_DONE);
	assert_non_null(strstr(output, "user add"));
	assert_int_equal(CALL("--help"), EXIT_DONE);
	assert_int_equal(CALL("help", "user", "add"), EXIT_DONE);
	assert_non_null(strstr(output, "usage: program user add --dir DIR [--force] [--set A=B]... "
				       "WORD...\n"));
	assert_int_equal(CALL("run", "--help"), EXIT_DONE);
	assert_non_null(strstr(output, "--dir DIR"));
	assert_string_equal(seen, "");
	refused(CALL("help", "nothing"), "nothing is not a command");
}

TEST(a_process_is_a_number_that_can_be_one)
{
	static const char *const none[] = { "0", "-1", "x", "", "2147483648", "1 " };

	assert_int_equal(CALL("whose"), EXIT_DONE);
	assert_string_equal(seen, "pid=0");
	assert_int_equal(CALL("whose", "--parent", "2147483647"), EXIT_DONE);
	assert_string_equal(seen, "pid=2147483647");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(CALL("whose", "--parent", (char *)none[i]), EXIT_USAGE);
		assert_string_equal(seen, "");
		assert_non_null(strstr(output, "--parent needs the number of a process"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_command_with_the_longest_name_runs_with_what_was_given),
		RUN(wrong_usage_is_told_and_nothing_runs),
		RUN(help_and_version_are_answered_from_the_tables),
		RUN(a_process_is_a_number_that_can_be_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
