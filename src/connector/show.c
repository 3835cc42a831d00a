/* show.c - see show.h. */
#include "connector/show.h"
#include "connector/home.h"
#include "connector/options.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "connector/permission_cmd.h"
#include "connector/say.h"
#include "connector/status.h"
#include "base/clock.h"
#include "base/err.h"
#include "model/report.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_WORTH_TELLING_MS 2000
#define DISK_FULL_BYTES        (64 * KIB) /* what no report and no state file may find room in */

const struct arg show_status_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--json", NULL, ARG_FLAG, "For programs" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};
const struct arg show_ledger_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--seq", "N", 0, "Print the exact bytes of that record" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};

/* All that is stored about this connector, as far as it can be read. */
struct shown {
	const char *dir, *language;
	struct arena mem;
	struct state state;
	struct consent consent;
	struct permissions permissions;
	struct run_status run;
	struct options options;
	bool has_consent, has_permissions, has_options, running;
};

const char *show_language(const char *dir, const char *wanted)
{
	struct consent consent = {};
	struct arena mem = {};
	const char *language;

	if (!wanted && home_load(dir, HOME_CONSENT, &consent_schema, &mem, &consent) == 0)
		wanted = consent.language;
	language = say_language(wanted);
	arena_done(&mem);
	return language;
}

static int load(const struct args *args, struct shown *s)
{
	struct config_problem problem;
	char path[HOME_PATH_MAX];
	const char *dir = args_get(args, "--dir"), *wanted = args_get(args, "--language");
	int rc;

	*s = (struct shown){ .dir = dir };
	s->has_consent = home_load(dir, HOME_CONSENT, &consent_schema, &s->mem, &s->consent) == 0;
	s->language = say_language(wanted ? wanted : s->has_consent ? s->consent.language : NULL);
	rc = home_load(dir, HOME_STATE, &state_schema, &s->mem, &s->state);
	if (rc < 0) {
		if (rc == -ENOENT)
			SAY(stderr, s->language, "cli.not_enrolled");
		else
			say_failure(s->language, HOME_STATE, rc);
		arena_done(&s->mem);
		return rc;
	}
	/* Before its word is read: else that could be the last one of the run before. */
	s->running = home_is_running(dir);
	if (home_load(dir, HOME_STATUS, &run_status_schema, &s->mem, &s->run) < 0)
		json_init(&run_status_schema, &s->run);
	if (home_path(dir, HOME_PERMISSIONS, path) == 0)
		s->has_permissions = permissions_load(path, &s->permissions) == 0;
	if (home_path(dir, HOME_CONFIG, path) == 0)
		s->has_options = options_read(path, &s->mem, &s->options, &problem) == 0;
	return 0;
}

static void done(struct shown *s)
{
	arena_wipe(&s->mem); /* the options hold a key */
}

/* --- status ------------------------------------------------------------------------------------
 */

/* status.json may be what could not be written: the disk itself is asked first. */
static const char *storage_of(const struct shown *s)
{
	int64_t free_bytes = file_free_bytes(s->dir);

	if (free_bytes >= 0 && free_bytes < (int64_t)DISK_FULL_BYTES)
		return storage_state_names[STORAGE_FULL];
	return s->running && s->run.storage ? s->run.storage : storage_state_names[STORAGE_OK];
}

static void put_storage(const struct shown *s)
{
	char key[64];

	if (strcmp(storage_of(s), storage_state_names[STORAGE_OK]) == 0)
		return;
	snprintf(key, sizeof(key), "cli.status.storage.%s", storage_of(s));
	SAY(stdout, s->language, key);
}

static void put_line_of_hub(const struct shown *s)
{
	const struct run_status *r = &s->run;
	const char *l = s->language;

	if (s->state.revoked_at_ms != JSON_ABSENT_INT)
		SAY(stdout, l,
		    s->state.replaced == JSON_TRUE ? "cli.status.replaced" : "cli.status.revoked",
		    { "at", say_time(s->state.revoked_at_ms, l) });
	if (!s->running)
		SAY(stdout, l, "cli.status.stopped");
	else if (r->online == JSON_TRUE)
		SAY(stdout, l, "cli.status.online", { "since", say_time(r->since_ms, l) });
	else
		SAY(stdout, l, "cli.status.offline", { "since", say_time(r->since_ms, l) },
		    { "why", r->failure ? say_why(l, err_from_code(r->failure)) : "-" });
	if (s->running && r->tunnel_failure)
		SAY(stdout, l, "cli.status.tunnel",
		    { "why", say_why(l, err_from_code(r->tunnel_failure)) });
	if (s->state.copied_at_ms != JSON_ABSENT_INT)
		SAY(stdout, l, "cli.status.copied", { "at", say_time(s->state.copied_at_ms, l) });
}

static void put_settings(const struct shown *s)
{
	const char *state = s->run.settings_state;
	char key[64];

	if (!s->running || !state)
		return;
	snprintf(key, sizeof(key), "cli.settings.%s", state);
	SAY(stdout, s->language, key,
	    { "listen", s->has_options ? s->options.settings_listen : "?" });
}

static void put_status(const struct shown *s)
{
	const struct state *st = &s->state;
	const struct run_status *r = &s->run;
	const char *l = s->language;
	char site[ID_TEXT_MAX], number[32];

	id_encode(ID_SITE, st->site_id, site);
	SAY(stdout, l, "cli.status.site", { "customer", st->customer ? st->customer : "?" },
	    { "site", st->site ? st->site : "?" }, { "site_id", site },
	    { "provider", st->provider ? st->provider : "?" },
	    { "region", st->region ? st->region : "?" },
	    { "hub", s->has_options ? s->options.hub_url : "?" });
	if (s->has_consent) {
		snprintf(number, sizeof(number), "%" PRId64, s->consent.version);
		SAY(stdout, l, "cli.status.consent", { "version", number },
		    { "at", say_time(s->consent.accepted_at_ms, l) },
		    { "sha256", s->consent.sha256 });
	}
	put_line_of_hub(s);
	if (s->running && r->proxy)
		SAY(stdout, l, "cli.status.proxy", { "proxy", r->proxy },
		    { "origin", r->proxy_origin ? r->proxy_origin : HOME_CONFIG });
	SAY(stdout, l, "cli.status.reported", { "at", say_time(r->reported_at_ms, l) });
	put_storage(s);
	snprintf(number, sizeof(number), "%" PRId64,
		 r->spooled == JSON_ABSENT_INT ? 0 : r->spooled);
	SAY(stdout, l, "cli.status.spooled", { "count", number });
	if (s->running && s->has_options && r->source_state)
		SAY(stdout, l, "cli.status.source",
		    { "kind", source_names[s->options.source_kind] }, { "state", r->source_state });
	if (r->clock_offset_ms != JSON_ABSENT_INT &&
	    llabs(r->clock_offset_ms) > CLOCK_WORTH_TELLING_MS) {
		snprintf(number, sizeof(number), "%" PRId64, r->clock_offset_ms / 1000);
		SAY(stdout, l, "cli.status.clock", { "seconds", number });
	}
	put_settings(s);
	permission_put(stdout, s->language, s->state.provider,
		       s->has_permissions ? &s->permissions : NULL);
}

static void put_member(struct buf *out, const char *name, struct str value)
{
	buf_printf(out, "%s\"%s\":", out->len > 1 ? "," : "", name);
	buf_putstr(out, value);
}

static void put_text_member(struct buf *out, const char *name, const char *value)
{
	struct buf text = buf_new(8 * KIB);

	if (value)
		json_put_text(&text, str_of(value));
	else
		buf_puts(&text, "null");
	put_member(out, name, buf_str(&text));
	buf_done(&text);
}

static void put_bool_member(struct buf *out, const char *name, bool value)
{
	put_member(out, name, value ? STR("true") : STR("false"));
}

static void put_object_member(struct buf *out, const char *name, const struct json_schema *schema,
			      const void *in)
{
	struct buf text = buf_new(128 * KIB);

	if (in)
		json_encode(schema, in, 0, &text);
	else
		buf_puts(&text, "null");
	put_member(out, name, buf_str(&text));
	buf_done(&text);
}

static void put_json(const struct shown *s)
{
	struct buf out = buf_new(512 * KIB);
	struct consent consent = s->consent;

	consent.text = NULL; /* long, and in consent.json */
	buf_putc(&out, '{');
	put_bool_member(&out, "running", s->running);
	put_bool_member(&out, "online", s->running && s->run.online == JSON_TRUE);
	put_bool_member(&out, "revoked", s->state.revoked_at_ms != JSON_ABSENT_INT);
	put_bool_member(&out, "replaced", s->state.replaced == JSON_TRUE);
	put_text_member(&out, "storage", storage_of(s));
	put_bool_member(&out, "copied", s->state.copied_at_ms != JSON_ABSENT_INT);
	put_text_member(&out, "hub", s->has_options ? s->options.hub_url : NULL);
	put_text_member(&out, "source",
			s->has_options ? source_names[s->options.source_kind] : NULL);
	put_object_member(&out, "state", &state_schema, &s->state);
	put_object_member(&out, "consent", &consent_schema, s->has_consent ? &consent : NULL);
	put_object_member(&out, "permissions", &permissions_request_schema,
			  s->has_permissions ? &s->permissions.told : NULL);
	put_object_member(&out, "run", &run_status_schema, &s->run);
	buf_puts(&out, "}\n");
	fwrite(out.data, 1, out.len, stdout);
	buf_done(&out);
}

int show_status_run(const struct args *args)
{
	struct shown s;

	if (load(args, &s) < 0)
		return EXIT_FAILED;
	if (args_flag(args, "--json"))
		put_json(&s);
	else
		put_status(&s);
	done(&s);
	return EXIT_DONE;
}

/* --- ledger ------------------------------------------------------------------------------------
 */

struct wanted_record {
	uint64_t seq;
	struct buf data; /* of the newest record with that number: epochs count from 1 each */
	bool found;
};

static const char *const ledger_state_names[] = {
	[LEDGER_WAITING] = "waiting",
	[LEDGER_TRIED] = "tried",
	[LEDGER_ACKED] = "acked",
};

static void put_purposes(uint32_t purposes)
{
	bool any = false;

	for (int i = 0; i < SECTIONS; i++) {
		if (!(purposes & 1u << i))
			continue;
		printf("%s%s", any ? "," : "", report_section_names[i]);
		any = true;
	}
}

static int list_record(const struct record *r, enum ledger_state state, void *arg)
{
	unsigned *count = arg;
	char at[TIME_TEXT_MAX], epoch[EPOCH_TEXT_SIZE];

	time_encode(r->at_ms, at);
	epoch_encode(&r->epoch, epoch);
	printf("%.8s %8" PRIu64 "  %s  %8zu  %-7s  ", epoch, r->seq, at, r->data.len,
	       ledger_state_names[state]);
	if (r->kind == RECORD_GAP)
		fputs("gap", stdout);
	else
		put_purposes(r->purposes);
	putchar('\n');
	(*count)++;
	return 0;
}

static int find_record(const struct record *r, enum ledger_state state, void *arg)
{
	struct wanted_record *w = arg;

	if (r->seq != w->seq)
		return 0;
	buf_clear(&w->data);
	buf_putstr(&w->data, r->data);
	w->found = true;
	return 0;
}

static int print_record(const char *dir, const char *language, const char *text)
{
	struct wanted_record w = { .data = buf_new(RECORD_MAX) };
	int rc = 0;

	if (!str_to_u64(str_of(text), &w.seq)) {
		fprintf(stderr, "ledger: --seq needs a number\n");
		return EXIT_USAGE;
	}
	rc = outbox_ledger(dir, find_record, &w);
	if (rc < 0)
		say_failure(language, HOME_OUTBOX, rc);
	else if (!w.found)
		SAY(stderr, language, "cli.ledger.unknown");
	else
		fwrite(w.data.data, 1, w.data.len, stdout); /* the bytes, and nothing else */
	buf_done(&w.data);
	return rc == 0 && w.found ? EXIT_DONE : EXIT_FAILED;
}

int show_ledger_run(const struct args *args)
{
	const char *seq = args_get(args, "--seq");
	char dir[HOME_PATH_MAX];
	unsigned count = 0;
	struct shown s;
	int rc, code;

	if (load(args, &s) < 0)
		return EXIT_FAILED;
	rc = home_path(s.dir, HOME_OUTBOX, dir);
	if (rc == 0 && seq) {
		code = print_record(dir, s.language, seq);
	} else {
		if (rc == 0)
			rc = outbox_ledger(dir, list_record, &count);
		if (rc < 0)
			say_failure(s.language, HOME_OUTBOX, rc);
		else if (!count)
			SAY(stderr, s.language, "cli.ledger.none");
		code = rc < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	done(&s);
	return code;
}
