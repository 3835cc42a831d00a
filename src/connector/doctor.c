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

/* --- telling -----------------------------------------------------------------------------------
 */

void doctor_tell(struct doctor *d, enum verdict v, const char *code, const struct text_arg *args)
{
	struct buf words = buf_new(4 * KIB);
	char key[80];

	snprintf(key, sizeof(key), "doctor.%s.%s", d->check->name, code);
	text_put(&words, d->language, key, args);
	verdict_tell(&d->verdicts, v, d->check->name, code, buf_str(&words));
	buf_done(&words);
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

int doctor_run(const struct args *args)
{
	struct doctor d = {
		.args = args,
		.dir = args_get(args, "--dir"),
	};
	bool given = args_get(args, "--hub");
	int code = EXIT_DONE;

	os_no_core_dumps();
	if (given == (d.dir != NULL)) {
		fprintf(stderr, "doctor: either --dir or --hub\n");
		return EXIT_USAGE;
	}
	verdicts_begin(&d.verdicts, args_flag(args, "--json"));
	if (d.dir)
		d.has |= HAS_DIR;
	take_language(&d);
	if (given)
		code = take_given(&d);
	if (code == EXIT_DONE) {
		d.loop = loop_new();
		d.fetcher = fetcher_new(d.loop);
		examine(&d);
		code = verdicts_end(&d.verdicts);
		fetcher_free(&d.fetcher);
		loop_free(&d.loop);
	}
	sign_key_free(&d.key);
	verdicts_done(&d.verdicts);
	arena_wipe(&d.mem);
	return code;
}
