/* args.c - finds the command, checks what was given against its table, and prints help from the
 * same. */
#include "base/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct given {
	const struct arg *arg; /* NULL: a positional word */
	const char *value;
};

struct args {
	struct given *items;
	size_t len;
};

struct program {
	const char *name;
	const struct command *commands;
};

static void print_args(FILE *to, const struct command *c)
{
	for (const struct arg *a = c->args; a && a->name; a++) {
		char left[64];

		snprintf(left, sizeof(left), "%s %s", a->name, a->value ? a->value : "");
		fprintf(to, "  %-28s %s%s\n", left, a->help,
			a->flags & ARG_REQUIRED ? " (required)"
			: a->flags & ARG_MANY   ? " (may be repeated)"
						: "");
	}
}

static void print_command(FILE *to, const struct program *p, const struct command *c)
{
	fprintf(to, "usage: %s %s", p->name, c->name);
	for (const struct arg *a = c->args; a && a->name; a++) {
		const char *space = a->value ? " " : "", *value = a->value ? a->value : "";

		if (a->flags & ARG_REQUIRED)
			fprintf(to, " %s%s%s", a->name, space, value);
		else
			fprintf(to, " [%s%s%s]%s", a->name, space, value,
				a->flags & ARG_MANY ? "..." : "");
	}
	fprintf(to, "%s%s\n\n%s\n", c->words ? " " : "", c->words ? c->words : "", c->help);
	if (c->args && c->args->name)
		fputc('\n', to);
	print_args(to, c);
}

static void print_program(FILE *to, const struct program *p)
{
	fprintf(to, "usage: %s COMMAND ...\n\n", p->name);
	for (const struct command *c = p->commands; c->name; c++)
		fprintf(to, "  %-16s %s\n", c->name, c->help);
	fprintf(to, "\n%s COMMAND --help tells more; %s --version tells the version.\n", p->name,
		p->name);
}

/* How many of the words make up the command's name; 0 if they are another's. */
static int match(const struct command *c, int n, char **words)
{
	struct str rest = str_of(c->name), word;
	int i = 0;

	for (; str_split(&rest, ' ', &word); i++) {
		if (i >= n || !str_eq(word, str_of(words[i])))
			return 0;
	}
	return i;
}

/* The command with the longest name that fits: "user add" before "user". */
static const struct command *find_command(const struct program *p, int n, char **words,
					  int *ret_used)
{
	const struct command *best = NULL;
	int used = 0;

	for (const struct command *c = p->commands; c->name; c++) {
		int m = match(c, n, words);

		if (m > used) {
			used = m;
			best = c;
		}
	}
	*ret_used = used;
	return best;
}

static const struct arg *find_arg(const struct command *c, struct str name)
{
	for (const struct arg *a = c->args; a && a->name; a++) {
		if (str_eq(str_of(a->name), name))
			return a;
	}
	return NULL;
}

static const struct given *find_given(const struct args *args, const struct arg *a, size_t n)
{
	for (size_t i = 0; i < args->len; i++) {
		if (args->items[i].arg == a && n-- == 0)
			return &args->items[i];
	}
	return NULL;
}

PRINTF(3, 4)
static bool refuse(const struct program *p, const struct command *c, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s %s: ", p->name, c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs("\n\n", stderr);
	print_command(stderr, p, c);
	return false;
}

/* Takes one `--name value` or `--name=value` at words[*i] and moves *i to its last word. */
static bool take_arg(const struct program *p, const struct command *c, int n, char **words, int *i,
		     struct args *args)
{
	const char *word = words[*i], *equals = strchr(word, '=');
	struct str name = { word, equals ? (size_t)(equals - word) : strlen(word) };
	const struct arg *a = find_arg(c, name);
	const char *value = equals ? equals + 1 : NULL;

	if (!a)
		return refuse(p, c, "%.*s is not known", (int)name.len, name.p);
	if (find_given(args, a, 0) && !(a->flags & ARG_MANY))
		return refuse(p, c, "%s was given twice", a->name);
	if (a->flags & ARG_FLAG && value)
		return refuse(p, c, "%s takes no value", a->name);
	if (!(a->flags & ARG_FLAG) && !value) {
		if (*i + 1 >= n)
			return refuse(p, c, "%s needs %s", a->name, a->value);
		value = words[++*i];
	}
	args->items[args->len++] = (struct given){ a, value };
	return true;
}

static bool take_all(const struct program *p, const struct command *c, int n, char **words,
		     struct args *args)
{
	bool only_words = false;

	for (int i = 0; i < n; i++) {
		if (!only_words && strcmp(words[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && words[i][0] == '-' && words[i][1]) {
			if (!take_arg(p, c, n, words, &i, args))
				return false;
		} else if (!c->words) {
			return refuse(p, c, "%s is one word too many", words[i]);
		} else {
			args->items[args->len++] = (struct given){ NULL, words[i] };
		}
	}
	for (const struct arg *a = c->args; a && a->name; a++) {
		if (a->flags & ARG_REQUIRED && !find_given(args, a, 0))
			return refuse(p, c, "%s is required", a->name);
	}
	return true;
}

static bool asks_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static int run(const struct program *p, const struct command *c, int n, char **words)
{
	struct args args = {};
	int rc = EXIT_USAGE;

	for (int i = 0; i < n && strcmp(words[i], "--") != 0; i++) {
		if (asks_help(words[i])) {
			print_command(stdout, p, c);
			return EXIT_DONE;
		}
	}
	args.items = xcalloc((size_t)n, sizeof(*args.items));
	if (take_all(p, c, n, words, &args))
		rc = c->run(&args);
	free(args.items);
	return rc;
}

int args_main(int argc, char **argv, const char *program, const struct command *commands)
{
	struct program p = { program, commands };
	const struct command *c;
	bool help;
	int used;

	if (argc < 2) {
		print_program(stderr, &p);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", program, IMPRIMATUR_VERSION);
		return EXIT_DONE;
	}
	help = strcmp(argv[1], "help") == 0 || asks_help(argv[1]);
	if (help) {
		argc--;
		argv++;
	}
	c = find_command(&p, argc - 1, argv + 1, &used);
	if (help && (c || argc == 1)) {
		if (c)
			print_command(stdout, &p, c);
		else
			print_program(stdout, &p);
		return EXIT_DONE;
	}
	if (!c) {
		fprintf(stderr, "%s: %s is not a command\n\n", program, argv[1]);
		print_program(stderr, &p);
		return EXIT_USAGE;
	}
	return run(&p, c, argc - 1 - used, argv + 1 + used);
}

/* What was given the n-th time as the argument called `name`. */
static const struct given *get(const struct args *a, const char *name, size_t n)
{
	for (size_t i = 0; i < a->len; i++) {
		const struct given *g = &a->items[i];

		if (g->arg && strcmp(g->arg->name, name) == 0 && n-- == 0)
			return g;
	}
	return NULL;
}

const char *args_get(const struct args *a, const char *name)
{
	return args_nth(a, name, 0);
}

bool args_flag(const struct args *a, const char *name)
{
	return get(a, name, 0);
}

bool args_pid(const struct args *a, const char *name, int64_t *ret_pid)
{
	const char *text = args_get(a, name);
	uint64_t pid = 0;

	if (text && (!str_to_u64(str_of(text), &pid) || pid == 0 || pid > INT32_MAX)) {
		fprintf(stderr, "%s needs the number of a process\n", name);
		return false;
	}
	*ret_pid = (int64_t)pid;
	return true;
}

const char *args_nth(const struct args *a, const char *name, size_t n)
{
	const struct given *g = get(a, name, n);

	return g ? g->value : NULL;
}

const char *args_word(const struct args *a, size_t n)
{
	const struct given *g = find_given(a, NULL, n);

	return g ? g->value : NULL;
}
