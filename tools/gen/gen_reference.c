/* gen_reference.c - what the programs are told by and what they tell, from the tables they use:
 * docs/reference.md.
 *
 *   gen_reference [--check] OUTPUT.md */
#include "gen.h"

#include "base/err.h"
#include "base/log.h"
#include "connector/options.h"
#include "hub/config.h"
#include "model/rule.h"

#include <string.h>

static const char *const types[] = {
	[OPTION_TEXT] = "text",     [OPTION_PATH] = "path", [OPTION_INT] = "number",
	[OPTION_DURATION] = "time", [OPTION_SIZE] = "size", [OPTION_BOOL] = "yes or no",
	[OPTION_CHOICE] = NULL, /* its words */
};

static const struct {
	enum option_flags flag;
	const char *text;
} remarks[] = {
	{ OPTION_REQUIRED, "required" },
	{ OPTION_SECRET, "secret" },
	{ OPTION_RELOAD, "read again at SIGHUP" },
};

static void put_type(struct buf *out, const struct option *o)
{
	const char *const *type = &types[o->type];

	if (*type)
		buf_puts(out, *type);
	for (const char *c = *type ? "" : o->choices; *c; c++)
		buf_puts(out, *c == '|' ? ", " : (char[]){ *c, 0 });
	if (o->min && o->max)
		buf_printf(out, ", %s to %s", o->min, o->max);
	else if (o->min)
		buf_printf(out, ", at least %s", o->min);
	for (size_t i = 0; i < ARRAY_LEN(remarks); i++)
		if (o->flags & remarks[i].flag)
			buf_printf(out, "; %s", remarks[i].text);
}

static void put_options(struct buf *out, const char *title, const struct option *options)
{
	buf_printf(
		out,
		"\n## Options of %s\n\n| name | value | default | what for |\n|---|---|---|---|\n",
		title);
	for (const struct option *o = options; o->name; o++) {
		buf_printf(out, "| `%s` | ", o->name);
		put_type(out, o);
		buf_printf(out, " | %s%s%s | %s |\n", o->value ? "`" : "", o->value ? o->value : "",
			   o->value ? "`" : "", o->help);
	}
}

static void put_events(struct buf *out)
{
	static const char *const levels[] = { [LOG_ERROR] = "error",
					      [LOG_WARN] = "warn",
					      [LOG_INFO] = "info",
					      [LOG_DEBUG] = "debug" };

	buf_puts(out,
		 "\n## Events in the log\n\n"
		 "One line an event to standard error: `level= at= event=` and pairs of name and "
		 "value. Nothing else is logged.\n\n| event | level | what it means "
		 "|\n|---|---|---|\n");
#define X(name, level, text)                                                                       \
	buf_printf(out, "| `%s` | %s | %s |\n", log_event_name(name), levels[level], text);
#include "base/log.def"
#undef X
}

static void put_metrics(struct buf *out)
{
	enum { COUNTER, GAUGE };
	static const char *const kinds[] = { [COUNTER] = "counter", [GAUGE] = "gauge" };

	buf_puts(out, "\n## Metrics of the hub\n\n`GET /metrics` of `admin.listen`.\n\n"
		      "| metric | kind | what it counts |\n|---|---|---|\n");
#define X(name, kind, text_name, help)                                                             \
	buf_printf(out, "| `%s` | %s | %s |\n", text_name, kinds[kind], help);
#include "base/metric.def"
#undef X
}

/* "90 percent or more", "less than 31 days". */
static void put_threshold(struct buf *out, const struct rule_def *def)
{
	if (def->unit < 0) {
		buf_puts(out, " | ");
		return;
	}
	buf_printf(out, def->below ? "less than %g %s" : "%g %s or more", def->threshold,
		   rule_unit_names[def->unit]);
	buf_printf(out, " | %g to %g", def->min, def->max);
}

static void put_rules(struct buf *out)
{
	buf_puts(out, "\n## Rules of a site's status\n\nThreshold and severity (`off`, `warning`, "
		      "`error`; "
		      "`silent` also `offline`) can be set for all sites of a provider and for "
		      "one; what is not "
		      "known makes no rule hold.\n\n| rule | reason | part | holds at | may be set "
		      "to | severity "
		      "|\n|---|---|---|---|---|---|\n");
	for (int i = 0; i < RULES; i++) {
		const struct rule_def *def = &rule_defs[i];

		buf_printf(out, "| `%s` | %s%s%s | %s | ", rule_names[i], def->code < 0 ? "" : "`",
			   def->code < 0 ? "as told by the site" : reason_name(def->code),
			   def->code < 0 ? "" : "`",
			   def->component < 0 ? "" : component_kind_names[def->component]);
		put_threshold(out, def);
		buf_printf(out, " | %s |\n", severity_names[def->severity]);
	}
}

static void put_errors(struct buf *out)
{
	static const char *const retries[] = { [RETRY_NO] = "no",
					       [RETRY_LATER] = "later",
					       [RETRY_FRESH] =
						       "at once, signed or logged in anew" };

	buf_puts(out,
		 "\n## Error codes\n\nThe `code` of a problem (RFC 9457), and of what the programs "
		 "say.\n\n| code | HTTP status | try again | what it means |\n|---|---|---|---|\n");
#define X(name, number, code, status, retry, title)                                                \
	buf_printf(out, "| `%s` | %d | %s | %s |\n", err_code(name), err_status(name),             \
		   retries[err_retry(name)], err_title(name));
#include "base/err.def"
#undef X
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(MIB);
	bool check = argc == 3 && strcmp(argv[1], "--check") == 0;

	if (argc != (check ? 3 : 2))
		gen_fail("usage: gen_reference [--check] OUTPUT.md");
	buf_puts(&out,
		 "# Reference\n\nMade by `ninja generated` from the tables that the programs use; "
		 "how they fit together is in [operate.md](operate.md).\n\n"
		 "Times are written `500ms`, `25s`, `2m`, `8h`, `14d`; sizes `512B`, `16KB`, "
		 "`64MB`, "
		 "`2GB` (1024s). Paths are relative to the file's folder.\n");
	put_options(&out, "the hub (`hub.conf`)", hub_options);
	put_options(&out, "the connector (`connector.conf`)", connector_options);
	put_rules(&out);
	put_events(&out);
	put_metrics(&out);
	put_errors(&out);
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
