/* doctor.c - see doctor.h: the table of checks, and how their verdicts are told. */
#include "connector/doctor.h"
#include "connector/doctor_int.h"
#include "connector/given.h"
#include "connector/say.h"
#include "base/err.h"
#include "base/os.h"
#include "net/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JSON_MAX   (64 * KIB)
#define CONFIG_MAX (64 * KIB)

const struct arg doctor_args[] = {
	{ "--dir", "DIR", 0, "The connector's folder; or, before it is enrolled:" },
	{ "--hub", "URL", 0, "The hub's address, https only" },
	GIVEN_CA_ARG,
	GIVEN_SET_ARG,
	GIVEN_SECRET_ARG,
	{ "--json", NULL, ARG_FLAG, "For programs" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};

/* clang-format off */
static const struct doctor_check checks[] = {
	{ "folder",		HAS_DIR,		0,	doctor_folder },
	{ "private",		HAS_DIR,		0,	doctor_private },
	{ "config",		0,			0,	doctor_config },
	{ "enrolment",		HAS_DIR,		0,	doctor_enrolment },
	{ "service",		HAS_IDENTITY,		0,	doctor_service },
	{ "memory",		0,			0,	doctor_memory },
	{ "names",		HAS_OPTIONS,		20000,	doctor_names },
	{ "proxy",		HAS_OPTIONS,		0,	doctor_proxy },
	{ "reach",		HAS_OPTIONS,		0,	doctor_reach },
	{ "tls",		HAS_OPTIONS,		0,	doctor_tls },
	{ "interception",	HAS_OPTIONS,		0,	doctor_interception },
	{ "hub",		HAS_WAY,		0,	doctor_hub },
	{ "clock",		HAS_HUB,		0,	doctor_clock },
	{ "invitation",		HAS_HUB,		10000,	doctor_invitation },
	{ "key",		HAS_HUB | HAS_IDENTITY,	10000,	doctor_key },
	{ "source",		HAS_OPTIONS,		25000,	doctor_source },
};
/* clang-format on */

static const char *const verdict_names[] = {
	[VERDICT_OK] = "ok",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "fail",
};

/* --- telling -----------------------------------------------------------------------------------
 */

static void put_member(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "\"%s\":", name);
	json_put_text(out, value);
}

static void put_json(struct doctor *d, enum verdict v, const char *code, struct str words)
{
	buf_puts(&d->json, d->json.len ? ",{" : "{");
	put_member(&d->json, "check", str_of(d->check->name));
	buf_putc(&d->json, ',');
	put_member(&d->json, "verdict", str_of(verdict_names[v]));
	buf_putc(&d->json, ',');
	put_member(&d->json, "code", str_of(code));
	buf_putc(&d->json, ',');
	put_member(&d->json, "text", words);
	buf_putc(&d->json, '}');
}

/* Names of files and what a peer said may hold a line end; a verdict is one line. */
static void on_one_line(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->data[i] == '\n' || b->data[i] == '\r')
			b->data[i] = ' ';
}

void doctor_tell(struct doctor *d, enum verdict v, const char *code, const struct text_arg *args)
{
	struct buf words = buf_new(4 * KIB), line = buf_new(5 * KIB);
	char key[80];

	snprintf(key, sizeof(key), "doctor.%s.%s", d->check->name, code);
	text_put(&words, d->language, key, args);
	on_one_line(&words);
	if (v == VERDICT_FAIL)
		d->failed = true;
	if (d->as_json) {
		put_json(d, v, code, buf_str(&words));
	} else {
		buf_printf(&line, "%-4s %-12s ", verdict_names[v], d->check->name);
		buf_putstr(&line, buf_str(&words));
		say_text(stdout, buf_str(&line));
		fflush(stdout);
	}
	buf_done(&words);
	buf_done(&line);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void take_language(struct doctor *d)
{
	const char *wanted = args_get(d->args, "--language");
	struct consent consent;

	if (!wanted && d->dir &&
	    home_load(d->dir, HOME_CONSENT, &consent_schema, &d->mem, &consent) == 0)
		wanted = consent.language;
	d->language = say_language(wanted);
}

/* Before enrolment the command line is the configuration. */
static int take_given(struct doctor *d)
{
	const char *ca = args_get(d->args, "--ca");
	struct buf config = buf_new(CONFIG_MAX);
	int code;

	if (!options_hub_url_ok(args_get(d->args, "--hub"))) {
		SAY(stderr, d->language, "cli.hub.https");
		return EXIT_USAGE;
	}
	code = given_options(d->args, ca, d->language, &config);
	if (code == EXIT_DONE)
		code = given_secrets(d->args, d->language, &config, &d->mem, &d->options);
	buf_wipe(&config);
	return code;
}

static void examine(struct doctor *d)
{
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		d->check = &checks[i];
		if ((d->has & d->check->needs) == d->check->needs)
			d->check->run(d);
	}
}

static void print_json(const struct doctor *d)
{
	printf("{\"ok\":%s,\"checks\":[%s]}\n", d->failed ? "false" : "true",
	       d->json.len ? (const char *)d->json.data : "");
}

int doctor_run(const struct args *args)
{
	struct doctor d = {
		.args = args,
		.dir = args_get(args, "--dir"),
		.as_json = args_flag(args, "--json"),
		.json = buf_new(JSON_MAX),
	};
	bool given = args_get(args, "--hub");
	int code = EXIT_DONE;

	os_no_core_dumps();
	if (given == (d.dir != NULL)) {
		fprintf(stderr, "doctor: either --dir or --hub\n");
		return EXIT_USAGE;
	}
	if (d.dir)
		d.has |= HAS_DIR;
	take_language(&d);
	if (given)
		code = take_given(&d);
	if (code == EXIT_DONE) {
		d.loop = loop_new();
		d.fetcher = fetcher_new(d.loop);
		examine(&d);
		if (d.as_json)
			print_json(&d);
		code = d.failed ? EXIT_FAILED : EXIT_DONE;
		fetcher_free(&d.fetcher);
		loop_free(&d.loop);
	}
	sign_key_free(&d.key);
	buf_done(&d.json);
	arena_wipe(&d.mem);
	return code;
}
