/* args.h - command lines by table: a program is a list of commands, a command a list of arguments.
 *
 * The same tables print the help.  `--name value` and `--name=value`; positional words follow. */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include "base/arena.h"
#include "base/buf.h"

enum arg_flags {
	ARG_REQUIRED = 1,
	ARG_FLAG = 2, /* takes no value */
	ARG_MANY = 4, /* may be repeated */
};

struct arg {
	const char *name;  /* "--dir"; a row whose name is NULL ends the table */
	const char *value; /* what the help calls the value: "DIR" */
	unsigned flags;
	const char *help;
};

struct args; /* what was given */

struct command {
	const char *name; /* "user add"; NULL ends the table */
	const struct arg *args;
	const char *words; /* help for positional words, or NULL if there are none */
	const char *help;
	int (*run)(const struct args *args); /* its result is the exit code */
};

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_REFUSED = 3 };

/* Finds the command, checks its arguments, runs it.  Wrong usage is told on standard error and ends
 * in EXIT_USAGE.  `--help`, `help` and `--version` are answered here. */
int args_main(int argc, char **argv, const char *program, const struct command *commands);

const char *args_get(const struct args *a, const char *name); /* NULL if not given */
bool args_flag(const struct args *a, const char *name);
/* The process that the option names; 0 if it is not given.  False for what is none, which is said
 * on standard error. */
MUST_USE bool args_pid(const struct args *a, const char *name, int64_t *ret_pid);
/* Of ARG_MANY the n-th; NULL beyond. */
const char *args_nth(const struct args *a, const char *name, size_t n);
const char *args_word(const struct args *a, size_t n); /* positional; NULL beyond */

#endif
