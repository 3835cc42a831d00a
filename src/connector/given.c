/* given.c - see given.h. */
#include "connector/given.h"
#include "connector/say.h"
#include "base/err.h"
#include "base/os.h"
#include <stdio.h>
#include <string.h>

#define SECRET_MAX 1024

static bool is_secret(struct str name)
{
	for (const struct option *o = connector_options; o->name; o++)
		if (str_eq(str_of(o->name), name))
			return o->flags & OPTION_SECRET;
	return false;
}

static int parse(const struct buf *config, const char *language, struct arena *mem,
		 struct options *ret_options)
{
	struct config_problem problem;
	char line[16];
	int rc = buf_status(config);

	if (rc == 0)
		rc = options_parse(buf_str(config), mem, ret_options, &problem);
	if (rc == ERR_CONFIG) {
		snprintf(line, sizeof(line), "%d", problem.line);
		SAY(stderr, language, "cli.config.bad", { "line", line }, { "text", problem.text });
	}
	return rc < 0 ? EXIT_USAGE : EXIT_DONE;
}

static int put_setting(const char *set, const char *language, struct buf *config)
{
	struct str rest = str_of(set), name;

	str_split(&rest, '=', &name);
	name = str_trim(name);
	if (is_secret(name)) {
		struct buf text = buf_new(200);

		buf_putstr(&text, name);
		SAY(stderr, language, "cli.secret.argv",
		    { "option", buf_status(&text) == 0 ? (const char *)text.data : "?" });
		buf_done(&text);
		return EXIT_USAGE;
	}
	buf_putstr(config, name);
	if (rest.p) {
		buf_puts(config, " = ");
		buf_putstr(config, rest);
	}
	buf_putc(config, '\n');
	return EXIT_DONE;
}

int given_options(const struct args *args, const char *ca, const char *language, struct buf *config)
{
	struct arena mem = {};
	struct options unused;
	int code = EXIT_DONE;
	const char *set;

	buf_printf(config, "hub.url = %s\n", args_get(args, "--hub"));
	if (args_get(args, "--ca"))
		buf_printf(config, "hub.ca_file = %s\n", ca);
	for (size_t i = 0; code == EXIT_DONE && (set = args_nth(args, "--set", i)); i++)
		code = put_setting(set, language, config);
	if (code == EXIT_DONE)
		code = parse(config, language, &mem, &unused);
	arena_done(&mem);
	return code;
}

static int put_secret(const char *name, const char *language, struct buf *config)
{
	struct buf value = buf_new(SECRET_MAX), prompt = buf_new(200);
	int rc;

	if (!is_secret(str_of(name))) {
		SAY(stderr, language, "cli.secret.unknown", { "option", name });
		return EXIT_USAGE;
	}
	text_put(&prompt, language, "cli.secret.ask",
		 (const struct text_arg[]){ { "option", name }, {} });
	rc = os_read_line((const char *)prompt.data, true, &value);
	if (rc == 0) {
		buf_printf(config, "%s = ", name);
		buf_putstr(config, buf_str(&value));
		buf_putc(config, '\n');
	} else {
		SAY(stderr, language, "cli.secret.missing", { "option", name });
	}
	buf_wipe(&value);
	buf_done(&prompt);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int given_secrets(const struct args *args, const char *language, struct buf *config,
		  struct arena *mem, struct options *ret_options)
{
	int code = EXIT_DONE;
	const char *name;

	for (size_t i = 0; code == EXIT_DONE && (name = args_nth(args, "--secret", i)); i++)
		code = put_secret(name, language, config);
	return code == EXIT_DONE ? parse(config, language, mem, ret_options) : code;
}
