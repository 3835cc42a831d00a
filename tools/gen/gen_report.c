/* gen_report.c - what leaves a site and what is stored there, from the tables that decide it.
 *
 *   gen_report schema [--check] OUTPUT.json    model/report_schema.c as JSON Schema
 *   gen_report data [--check] OUTPUT.md        the same for persons, and connector/home_files.c */
#include "gen.h"

#include "base/json_doc.h"
#include "connector/home.h"
#include "connector/options.h"
#include "model/report.h"

#include <inttypes.h>
#include <string.h>

#define DIALECT "https://json-schema.org/draft/2020-12/schema"

/* --- docs/report.schema.json -------------------------------------------------------------------
 */

static void put_defs(struct json_doc *w, const struct json_schema *s)
{
	doc_schema(w, s, DOC_IN | DOC_NOTES);
	for (const struct json_field *f = s->fields; f->name; f++)
		if (f->sub)
			put_defs(w, f->sub);
}

static void put_schema(struct buf *out)
{
	struct json_doc w;

	doc_begin(&w, out, "#/$defs/");
	doc_text(&w, "$schema", DIALECT);
	doc_text(&w, "$id", "urn:imprimatur:report");
	doc_text(&w, "title", "What a connector reports");
	doc_ref(&w, &report_schema);
	doc_open(&w, "$defs", '{');
	put_defs(&w, &report_schema);
	doc_close(&w, '}');
	doc_end(&w);
}

/* --- docs/data.md ------------------------------------------------------------------------------
 */

static void put_words(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		buf_printf(out, "%s`%s`", i ? " " : "", names[i]);
}

static void put_range(struct buf *out, const struct json_field *f, const char *unit)
{
	if (f->min || f->max)
		buf_printf(out, ", %" PRId64 " to %" PRId64 "%s", f->min, f->max, unit);
}

static void put_most(struct buf *out, const struct json_field *f)
{
	if (f->max)
		buf_printf(out, ", at most %" PRId64, f->max);
}

static void put_type(struct buf *out, const struct json_field *f)
{
	switch (f->type) {
	case JSON_TEXT:
		buf_puts(out, "text");
		put_range(out, f, " octets");
		break;
	case JSON_INT:
		buf_puts(out, "whole number");
		put_range(out, f, "");
		break;
	case JSON_REAL:
		buf_puts(out, "number");
		put_range(out, f, "");
		break;
	case JSON_BOOL:
		buf_puts(out, "yes or no");
		break;
	case JSON_TIME:
		buf_puts(out, "time");
		break;
	case JSON_ENUM:
		buf_puts(out, "one of ");
		put_words(out, f->names);
		break;
	case JSON_OBJECT:
		buf_puts(out, "group");
		break;
	case JSON_LIST:
		buf_puts(out, "list");
		put_most(out, f);
		break;
	case JSON_TEXTS:
		buf_puts(out, f->names ? "words of " : "list of texts");
		if (f->names)
			put_words(out, f->names);
		put_most(out, f);
		break;
	case JSON_ID:
	case JSON_PAIRS:
	case JSON_COUNTS:
		gen_fail("a report has no field of type %d", (int)f->type);
	}
}

/* Where a section is kept at the hub, and how long; beside the reports' own bytes. */
/* clang-format off */
static const char *const kept_at_hub[SECTIONS] = {
	[SECTION_SERVER] = "the newest, with the site",
	[SECTION_HEALTH] = "the newest, with the site; disk, memory, database, uptime and numbers of printers also over time",
	[SECTION_LICENCE] = "the newest, with the site; days of support also over time",
	[SECTION_DEVICES] = "each device until it is gone; total and in error also over time",
	[SECTION_CONNECTOR] = "the newest, with the connector",
	[SECTION_INFRASTRUCTURE] = "the newest, with the site",
	[SECTION_USAGE] = "the newest, with the site and its devices; pages, errors, warnings and held jobs also over time",
};
/* clang-format on */

static void put_kept(struct buf *out)
{
	buf_puts(out,
		 "\n### Where the hub keeps it, and how long\n\n"
		 "Everything stays in the hub's region. Sealed with the customer's key "
		 "(AES-256-GCM): all text and the\nreports' exact bytes. Open lies what the hub "
		 "has to compute with: numbers, values over time, times, states, switches, ids, "
		 "pseudonyms,\npublic keys and hashes.\n\n"
		 "| section | kept |\n|---|---|\n");
	for (int i = 0; i < SECTIONS; i++)
		buf_printf(out, "| `%s` | %s |\n", report_section_names[i], kept_at_hub[i]);
	buf_printf(
		out,
		"| the report's exact bytes | %d days, then deleted |\n\n"
		"\"With the site\" means: until the site is erased. \"Over time\" means: 40 days "
		"as it "
		"came, 180 days by the hour, 10 years by\nthe day (least, greatest, mean, last), "
		"unless the hub's operator has set other times (docs/operate.md).\n",
		REPORT_KEEP_DAYS);
}

static int put_field(const char *path, const struct json_field *f, void *arg)
{
	struct buf *out = arg;

	if (!f->note)
		gen_fail("%s has no note", path);
	if (f->type == JSON_OBJECT && !strchr(path, '.'))
		buf_printf(out,
			   "\n### `%s`\n\n%s (%s, since schema %d)\n\n"
			   "| field | type | what and why | requirement | since |\n"
			   "|---|---|---|---|---|\n",
			   path, f->note->purpose, f->note->requirement, f->note->since);
	else {
		buf_printf(out, "| `%s` | ", path);
		put_type(out, f);
		buf_printf(out, " | %s | %s | %d |\n", f->note->purpose, f->note->requirement,
			   f->note->since);
	}
	return 0;
}

static void put_members(struct buf *out, const struct json_schema *s)
{
	for (const struct json_field *f = s->fields; f->name; f++)
		buf_printf(out, " `%s`", f->name);
}

static void put_options(struct buf *out)
{
	for (const struct option *o = connector_options; o->name; o++)
		buf_printf(out, " `%s`%s", o->name, o->flags & OPTION_SECRET ? " (secret)" : "");
}

static void put_file(struct buf *out, const struct home_file *f)
{
	buf_printf(out, "| `%s`%s | %s%s |", f->name, f->optional ? " (not always)" : "", f->why,
		   f->secret ? " Secret: readable by the service and administrators only." : "");
	switch (f->holds) {
	case HOME_EMPTY:
		buf_puts(out, " nothing");
		break;
	case HOME_OCTETS:
		buf_puts(out, " as said");
		break;
	case HOME_MEMBERS:
		put_members(out, f->schema);
		break;
	case HOME_OPTIONS:
		put_options(out);
		break;
	}
	buf_printf(out, " | %s | %s |\n", f->kept, f->requirement);
}

static void put_data(struct buf *out)
{
	buf_puts(
		out,
		"<!-- Made by tools/gen/gen_report from src/model/report_schema.c and "
		"src/connector/home_files.c: do not edit. -->\n"
		"# Which data leave a site, why, and what is stored there\n\n"
		"## What a connector sends\n\n"
		"Whatever has no row here cannot leave: the connector's encoder knows no other way "
		"out (R41). Absent means unknown. Never\nsent, because there is no row for it: "
		"document names and content, jobs and their metadata, users and places, addresses "
		"or\nhost names of anything at the site (R42 to R47, R49, R50).\n\n"
		"Besides reports the hub learns, at enrolment, the code that was typed, the "
		"language of the questions and, after the yes,\nthe connector's public key, its "
		"version, the family of its operating system and the record of consent (R14); "
		"later\nthe public IP address from which the connector calls (R34), the switches "
		"(R24), each next public key, how far its clock is off,\nwhether it can store what "
		"it reads, and that consent was withdrawn (R15). Of the targets that you have "
		"configured for visits it\nlearns the name that you typed and the kind, never the "
		"address (R50); of each visit that it asked for, that it waits, is open,\nwas "
		"refused or is over and why, until when it may last, and how many requests and "
		"octets passed (R25); and how many may say yes from a desk, with the name that you "
		"gave them as a group. What passes in a visit\ngoes through the hub and is stored "
		"at "
		"neither end (R58).\n\n"
		"| field | type | what and why | requirement | since |\n|---|---|---|---|---|\n");
	report_fields_each(put_field, out);
	put_kept(out);
	buf_puts(
		out,
		"\n## What is stored at the site\n\n"
		"All of it in the connector's folder, readable by the service and "
		"administrators only (R61, R65, R66); no other file is\nwritten, but by `probe "
		"--record`, where you tell it to, and by the Kerberos library, which keeps a "
		"proxy's ticket in the "
		"account's own cache. No job, no document, and no name of a person "
		"unless you type one: as\n`proxy.user`, in a target's name, or who may say yes "
		"from a desk. A power cut may "
		"leave a file's next "
		"content beside it, under its name with `.new` behind. The log goes to the\n"
		"service manager (the journal): events, without names, addresses or paths.\n\n"
		"While the connector reads your print server, the whole answers pass through its "
		"memory, with all that stands in them; what\nhas no row above is stored nowhere "
		"and sent nowhere, and the memory is overwritten as it is given back (R61). "
		"The\nconnector switches its own core dumps off, and `doctor` warns if the machine "
		"swaps.\n\n"
		"| file | why it is there | content | kept | requirement |\n"
		"|---|---|---|---|---|\n");
	for (const struct home_file *f = home_files; f->name; f++)
		put_file(out, f);
}

int main(int argc, char **argv)
{
	struct buf out = buf_new(GEN_FILE_MAX);
	bool check = argc == 4 && strcmp(argv[2], "--check") == 0;

	if (argc != (check ? 4 : 3))
		gen_fail("usage: gen_report schema|data [--check] OUTPUT");
	if (strcmp(argv[1], "schema") == 0)
		put_schema(&out);
	else if (strcmp(argv[1], "data") == 0)
		put_data(&out);
	else
		gen_fail("%s: schema or data", argv[1]);
	gen_finish(argv[argc - 1], &out, check);
	buf_done(&out);
	return 0;
}
