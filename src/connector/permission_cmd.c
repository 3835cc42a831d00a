/* permission_cmd.c - see permission_cmd.h. */
#include "connector/permission_cmd.h"
#include "connector/control_call.h"
#include "connector/home.h"
#include "connector/say.h"
#include "base/clock.h"
#include "base/err.h"
#include "model/words.h"
#include <errno.h>
#include <string.h>

#define HOUR_MS   ((int64_t)3600 * 1000)
#define EXACT_MAX (TIME_TEXT_MAX + 8)

const struct arg permission_cmd_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--for", "8h|7d|never", 0, "When `on` ends by itself; without it never" },
	{ "--from", "TIME", 0, "With --to: grants (ask) or takes back (off) a window of time" },
	{ "--to", "TIME", 0, "Its end; both like 2026-11-23T09:00:00Z" },
	{ "--outside", "off|ask", 0, "With hours: what holds outside of them; without it off" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};

static const char usage[] = "permissions: monitoring on|off\n"
			    "             console|mfp off|ask\n"
			    "             console|mfp on [--for 8h|7d|never]\n"
			    "             console|mfp ask|off --from TIME --to TIME\n"
			    "             console|mfp hours \"mo-fr 08:00-17:00\"|none "
			    "[--outside off|ask]\n"
			    "             contact on|off\n";

static const struct {
	const char *word;
	int64_t ms; /* 0: never */
} lengths[] = { { "8h", 8 * HOUR_MS }, { "7d", 7 * 24 * HOUR_MS }, { "never", 0 } };

struct command_of_switch {
	const char *dir, *language;
	const struct args *args;
	const char *path;
	struct permissions p;
};

/* --- showing -----------------------------------------------------------------------------------
 */

static void put_hours(FILE *to, const char *language, const struct permission_rule *r)
{
	struct buf text = buf_new(KIB);
	char key[64];

	hours_print(&r->hours, &text);
	buf_putc(&text, 0);
	snprintf(key, sizeof(key), "cli.switch.%s",
		 switch_names[r->set == SWITCH_ON ? r->outside : SWITCH_OFF]);
	fputs("    ", to);
	SAY(to, language, "cli.permission.hours", { "hours", (const char *)text.data },
	    { "state", text_get(language, key) });
	buf_done(&text);
}

/* By the clock on this machine's wall, and exactly: a window is taken back by what is shown here,
 * as it stands. */
static const char *exactly(int64_t at_ms, char text[static EXACT_MAX])
{
	struct clock_local local;
	char utc[TIME_TEXT_MAX];
	int offset;

	clock_local(at_ms, &local);
	offset = local.offset < 0 ? -local.offset : local.offset;
	time_encode(at_ms + (int64_t)local.offset * 60000, utc);
	snprintf(text, EXACT_MAX, "%.19s%.*s%c%02d:%02d", utc, at_ms % 1000 ? 4 : 0, utc + 19,
		 local.offset < 0 ? '-' : '+', offset / 60, offset % 60);
	return text;
}

static void put_rule(FILE *to, const char *language, const struct permission_rule *r)
{
	char from[EXACT_MAX], to_text[EXACT_MAX];

	if (r->set == SWITCH_ON && r->until_ms != JSON_ABSENT_INT) {
		fputs("    ", to);
		SAY(to, language, "cli.permission.until",
		    { "at", say_time(r->until_ms, language) });
	}
	for (unsigned i = 0; i < r->windows_len; i++) {
		fputs("    ", to);
		SAY(to, language, "cli.permission.window",
		    { "from", exactly(r->windows[i].from_ms, from) },
		    { "to", exactly(r->windows[i].to_ms, to_text) });
	}
	if (r->hours.len)
		put_hours(to, language, r);
}

void permission_put(FILE *to, const char *language, const char *provider,
		    const struct permissions *p)
{
	char key[64];

	SAY(to, language, "cli.permissions", { "provider", provider ? provider : "?" });
	if (!p) {
		SAY(to, language, "cli.permission.unreadable");
		return;
	}
	for (int i = 0; i < PERMISSIONS; i++) {
		enum switch_state now = permissions_get(p, (enum permission)i, clock_wall_ms());
		const char *state;

		snprintf(key, sizeof(key), "cli.switch.%s", switch_names[now]);
		state = text_get(language, key);
		snprintf(key, sizeof(key), "cli.permission.%s", permission_names[i]);
		fputs("  ", to);
		SAY(to, language, key, { "state", state });
		put_rule(to, language, &p->rules[i]);
	}
	if (p->silent)
		SAY(to, language, "cli.permission.silent");
}

/* --- turning -----------------------------------------------------------------------------------
 */

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return ERR_INVALID;
}

static int end_of_on(const struct args *args, int64_t *ret_until_ms)
{
	const char *word = args_get(args, "--for");

	*ret_until_ms = JSON_ABSENT_INT;
	for (size_t i = 0; word && i < ARRAY_LEN(lengths); i++) {
		if (strcmp(word, lengths[i].word) != 0)
			continue;
		if (lengths[i].ms)
			*ret_until_ms = clock_wall_ms() + lengths[i].ms;
		return 0;
	}
	return word ? wrong_usage() : 0;
}

static int turn_window(struct command_of_switch *c, enum permission which, enum switch_state state)
{
	const char *from = args_get(c->args, "--from"), *to = args_get(c->args, "--to");
	struct permission_window w;
	int rc;

	if (which == PERMISSION_MONITORING || !from || !to ||
	    time_decode(str_of(from), &w.from_ms) < 0 || time_decode(str_of(to), &w.to_ms) < 0)
		return wrong_usage();
	if (state == SWITCH_OFF)
		return permissions_ungrant(c->path, which, w, &c->p);
	if (state != SWITCH_ASK)
		return wrong_usage();
	rc = permissions_grant(c->path, which, w, &c->p);
	if (rc == ERR_INVALID)
		SAY(stderr, c->language, "set.window.wrong.invalid");
	return rc;
}

static int turn_switch(struct command_of_switch *c, enum permission which, int state)
{
	int64_t until_ms;
	int rc;

	if (state < 0 || (which == PERMISSION_MONITORING && state == SWITCH_ASK))
		return wrong_usage();
	if (args_get(c->args, "--from") || args_get(c->args, "--to"))
		return turn_window(c, which, (enum switch_state)state);
	rc = end_of_on(c->args, &until_ms);
	if (rc == 0 && until_ms != JSON_ABSENT_INT &&
	    (state != SWITCH_ON || which == PERMISSION_MONITORING))
		rc = wrong_usage();
	if (rc == 0)
		rc = permissions_turn(c->path, which, (enum switch_state)state, until_ms, &c->p);
	return rc;
}

static int set_hours(struct command_of_switch *c, enum permission which)
{
	const char *text = args_word(c->args, 2), *outside = args_get(c->args, "--outside");
	int state = outside ? word_find(switch_names, str_of(outside)) : SWITCH_OFF;
	struct hours hours = {};

	if (which == PERMISSION_MONITORING || !text || state < 0 || state == SWITCH_ON ||
	    (strcmp(text, "none") != 0 && hours_parse(str_of(text), &hours) < 0))
		return wrong_usage();
	return permissions_set_hours(c->path, which, &hours, (enum switch_state)state, &c->p);
}

/* Of what is ERR_INVALID the words have been said. */
static int turn(struct command_of_switch *c, const char *which, const char *to)
{
	int permission = word_find(permission_names, str_of(which));
	int state = to ? word_find(switch_names, str_of(to)) : -1;

	if (strcmp(which, "contact") == 0 && (state == SWITCH_ON || state == SWITCH_OFF))
		return permissions_silence(c->path, state == SWITCH_OFF, &c->p);
	if (permission < 0)
		return wrong_usage();
	if (to && strcmp(to, "hours") == 0)
		return set_hours(c, (enum permission)permission);
	if (args_word(c->args, 2))
		return wrong_usage();
	return turn_switch(c, (enum permission)permission, state);
}

/* To less, but the disk does not take it: the running connector holds it.  What it says, or rc. */
static int have_it_held(const struct command_of_switch *c, const char *which, const char *to,
			int rc)
{
	bool contact = strcmp(which, "contact") == 0;
	struct buf answer = buf_new(CONTROL_ANSWER_MAX);
	char body[96];
	int said;

	if (rc > -1000 && strcmp(to, switch_names[SWITCH_ON]) != 0 &&
	    !args_get(c->args, "--from")) {
		snprintf(body, sizeof(body),
			 contact ? "{\"on\":false}" : "{\"permission\":\"%s\",\"to\":\"%s\"}",
			 which, to);
		said = control_call(c->dir, "POST", contact ? "/api/contact" : "/api/switches",
				    str_of(body), &answer);
		if (said == ERR_UNWRITTEN)
			rc = said;
	}
	buf_done(&answer);
	return rc;
}

/* What is refused as the switches stand is no failure of the file that holds them. */
static void say_refusal(const struct command_of_switch *c, const char *which, int rc)
{
	if (rc == ERR_NOT_FOUND)
		SAY(stderr, c->language, "cli.permission.not_granted");
	else if (rc != ERR_CONFLICT)
		say_failure(c->language, HOME_PERMISSIONS, rc);
	else if (strcmp(which, "contact") == 0)
		SAY(stderr, c->language, "cli.permission.not_all_off");
	else
		SAY(stderr, c->language, "cli.permission.no_window");
}

/* True if the folder is a connector's. */
static bool load_names(const char *dir, const char *wanted, struct arena *mem, struct state *state,
		       const char **ret_language)
{
	struct consent consent = {};
	int rc;

	if (home_load(dir, HOME_CONSENT, &consent_schema, mem, &consent) < 0)
		consent.language = NULL;
	*ret_language = say_language(wanted ? wanted : consent.language);
	rc = home_load(dir, HOME_STATE, &state_schema, mem, state);
	if (rc == -ENOENT)
		SAY(stderr, *ret_language, "cli.not_enrolled");
	else if (rc < 0)
		say_failure(*ret_language, HOME_STATE, rc);
	return rc == 0;
}

int permission_cmd_run(const struct args *args)
{
	struct command_of_switch c = { .dir = args_get(args, "--dir"), .args = args };
	const char *which = args_word(args, 0);
	char path[HOME_PATH_MAX];
	struct arena mem = {};
	struct state state;
	int rc = args_word(args, 3) ? wrong_usage() : 0;

	if (rc < 0)
		return EXIT_USAGE;
	if (!load_names(c.dir, args_get(args, "--language"), &mem, &state, &c.language) ||
	    home_path(c.dir, HOME_PERMISSIONS, path) < 0) {
		arena_done(&mem);
		return EXIT_FAILED;
	}
	c.path = path;
	rc = which ? turn(&c, which, args_word(args, 1)) : permissions_load(path, &c.p);
	if (which && rc < 0)
		rc = have_it_held(&c, which, args_word(args, 1), rc);
	if (which && rc < 0 && rc != ERR_INVALID)
		say_refusal(&c, which, rc);
	else if (!which || rc == 0)
		permission_put(stdout, c.language, state.provider, rc == 0 ? &c.p : NULL);
	arena_done(&mem);
	if (rc == ERR_INVALID && which)
		return EXIT_USAGE;
	return which && rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
