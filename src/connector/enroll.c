/* enroll.c - see enroll.h. */
#include "connector/enroll.h"
#include "connector/given.h"
#include "connector/home.h"
#include "connector/hub.h"
#include "connector/options.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "connector/proxy.h"
#include "connector/say.h"
#include "connector/permission_cmd.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/verdict.h"
#include "base/hash.h"
#include "base/os.h"
#include "net/loop.h"
#include "model/label.h"
#include "wire/messages.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TRIES           4 /* of the call that must not be in doubt */
#define CA_MAX          (1 * MIB)
#define CONFIG_MAX      (64 * KIB)
#define CALL_TIMEOUT_MS 30000

const struct arg enroll_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder; made if need be" },
	{ "--hub", "URL", ARG_REQUIRED, "The hub's address, https only" },
	GIVEN_CA_ARG,
	{ "--language", "en|fr|de", 0, "Language of the questions and of the agreement" },
	{ "--accept-agreement", "SHA256", 0,
	  "Accept without being asked the agreement that has this fingerprint; the code is read "
	  "from "
	  "standard input" },
	{ "--again", NULL, ARG_FLAG,
	  "Give a folder that is a connector's already a new invitation; its ledger is kept" },
	GIVEN_SET_ARG,
	GIVEN_SECRET_ARG,
	{},
};

struct enroll {
	const struct args *args;
	const char *dir, *url, *language;
	struct arena mem;        /* of the answers */
	struct arena option_mem; /* it holds secrets */
	struct buf config, ca;
	struct options options;
	struct proxy proxy;
	char code[CODE_TEXT_SIZE];
	/* What the folder was before. */
	bool again;
	struct file_lock *lock;
	struct state old;
	const char *old_url; /* NULL: not known */
	struct permissions permissions;
	struct loop *loop;
	struct fetcher *fetcher;
	struct hub *hub;
	struct sign_key *key;
	struct backoff backoff;
	struct invitation_answer invitation;
	struct agreement_accepted accepted;
	struct enroll_answer answer;
	/* of the call that runs */
	const struct json_schema *schema;
	void *out;
	int rc;
	bool done;
};

/* --- before anything is sent -------------------------------------------------------------------
 */

static int read_ca(struct enroll *e)
{
	const char *path = args_get(e->args, "--ca");
	int rc = path ? file_read(path, &e->ca) : 0;

	if (rc < 0)
		say_failure(e->language, path, rc);
	return rc;
}

static int read_code(struct enroll *e)
{
	struct buf typed = buf_new(200);
	struct code code;
	int rc;

	rc = os_read_line(text_get(e->language, "cli.code.ask"), false, &typed);
	if (rc == 0)
		rc = code_parse(str_trim(buf_str(&typed)), &code);
	if (rc == 0)
		code_encode(&code, e->code);
	if (rc == ERR_CODE_MISTYPED)
		terminal_line(stderr, str_of(say_why(e->language, rc)));
	else if (rc < 0)
		SAY(stderr, e->language, "cli.code.missing");
	secret_wipe(&code, sizeof(code));
	buf_wipe(&typed);
	return rc;
}

static int choose_proxy(struct enroll *e)
{
	struct config_problem problem;

	if (proxy_choose(&e->options, os_env, &e->option_mem, &e->proxy, &problem) == 0)
		return EXIT_DONE;
	SAY(stderr, e->language, "cli.config.bad", { "line", "0" }, { "text", problem.text });
	return EXIT_FAILED;
}

static bool is_there(const struct enroll *e, const char *name)
{
	char path[HOME_PATH_MAX];

	return home_path(e->dir, name, path) < 0 || file_exists(path);
}

static bool asked_yes(const struct enroll *e, const char *question)
{
	struct buf typed = buf_new(200);
	const char *word = text_get(e->language, "cli.accept.word");
	bool yes = os_read_line(text_get(e->language, question), false, &typed) == 0 &&
		   str_eq_nocase(str_trim(buf_str(&typed)), str_of(word));

	buf_done(&typed);
	return yes;
}

/* Who the folder belongs to now; it must not be at work, and stays as it is until the hub has taken
 * the new key. */
static int take_old(struct enroll *e)
{
	struct config_problem problem;
	struct options options;
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_path(e->dir, HOME_LOCK, path);
	if (rc == 0)
		rc = file_lock_take(path, &e->lock);
	if (rc == -EWOULDBLOCK)
		SAY(stderr, e->language, "cli.running");
	else if (rc < 0)
		say_failure(e->language, HOME_LOCK, rc);
	if (rc < 0)
		return rc;
	rc = home_load(e->dir, HOME_STATE, &state_schema, &e->mem, &e->old);
	if (rc < 0) {
		say_failure(e->language, HOME_STATE, rc);
		return rc;
	}
	if (home_path(e->dir, HOME_CONFIG, path) == 0 &&
	    options_read(path, &e->option_mem, &options, &problem) == 0)
		e->old_url = options.hub_url;
	return 0;
}

static int ask_again(struct enroll *e)
{
	if (take_old(e) < 0)
		return EXIT_FAILED;
	SAY(stderr, e->language, "cli.enroll.again",
	    { "provider", e->old.provider ? e->old.provider : "?" },
	    { "site", e->old.site ? e->old.site : "?" });
	e->again = true;
	if (args_flag(e->args, "--again"))
		return EXIT_DONE;
	if (os_stdin_is_terminal() && asked_yes(e, "cli.enroll.again.ask"))
		return EXIT_DONE;
	SAY(stderr, e->language, "cli.enroll.again.flag");
	return EXIT_FAILED;
}

static int prepare(struct enroll *e)
{
	int code = EXIT_DONE;

	if (!options_hub_url_ok(e->url)) {
		SAY(stderr, e->language, "cli.hub.https");
		return EXIT_USAGE;
	}
	if (is_there(e, HOME_STATE) && is_there(e, HOME_KEY))
		code = ask_again(e);
	if (code == EXIT_DONE)
		code = given_options(e->args, HOME_CA, e->language, &e->config);
	if (code != EXIT_DONE)
		return code;
	if (read_ca(e) < 0 || read_code(e) < 0)
		return EXIT_FAILED;
	code = given_secrets(e->args, e->language, &e->config, &e->option_mem, &e->options);
	return code == EXIT_DONE ? choose_proxy(e) : code;
}

/* --- calls, waited for -------------------------------------------------------------------------
 */

static void on_answer(const struct hub_answer *a, void *owner)
{
	struct json_problem problem;
	struct enroll *e = owner;

	e->done = true;
	e->rc = a->rc;
	if (a->rc == 0 &&
	    json_decode(e->schema, a->body.p, a->body.len, &e->mem, e->out, &problem) < 0)
		e->rc = ERR_UPSTREAM;
}

static bool is_done(void *arg)
{
	return ((struct enroll *)arg)->done;
}

static bool never(void *arg)
{
	return false;
}

static int call(struct enroll *e, const char *path, bool unsigned_call,
		const struct json_schema *in_schema, const void *in,
		const struct json_schema *out_schema, void *out)
{
	struct buf body = buf_new(16 * KIB);
	struct hub_request request = {
		.method = "POST",
		.path = path,
		.type = MEDIA_JSON,
		.unsigned_call = unsigned_call,
		.timeout_ms = CALL_TIMEOUT_MS,
	};
	struct hub_call *c;

	json_encode(in_schema, in, 0, &body);
	request.body = buf_str(&body);
	e->schema = out_schema;
	e->out = out;
	e->done = false;
	e->rc = ERR_TIMEOUT;
	c = hub_call(e->hub, &request, on_answer, e);
	/* Twice: the call may be made once more by itself. */
	if (!loop_run_until(e->loop, is_done, e, 2 * CALL_TIMEOUT_MS + 5000))
		hub_cancel(&c);
	buf_wipe(&body);
	return e->rc;
}

/* The trust anchor is read by its path, and nothing may be stored before consent: it is the file
 * the customer named until then, and our copy of it afterwards. */
static void open_hub(struct enroll *e)
{
	hub_free(&e->hub);
	e->hub = hub_new(
		e->fetcher,
		&(struct hub_way){ e->url, args_get(e->args, "--ca"), proxy_way(&e->proxy) },
		e->key);
}

/* What the hub calls somebody, as it is shown and kept; NULL: nothing of it can be seen. */
static const char *visible(struct enroll *e, const char *name)
{
	char out[NAME_MAX_LEN + 1];

	return text_visible(str_of(name), out, sizeof(out)) ? arena_strdup(&e->mem, out) : NULL;
}

static int clean_names(struct enroll *e)
{
	struct invitation_answer *i = &e->invitation;

	i->provider = visible(e, i->provider);
	i->customer = visible(e, i->customer);
	i->site = visible(e, i->site);
	i->region = visible(e, i->region);
	return i->provider && i->customer && i->site && i->region ? 0 : ERR_UPSTREAM;
}

static int ask_invitation(struct enroll *e)
{
	struct invitation_request in = { e->code, e->language };
	const struct agreement_text *a;
	struct hash h;
	char hex[2 * HASH_LEN + 1];
	int rc;

	rc = call(e, "/c/v1/invitation", true, &invitation_request_schema, &in,
		  &invitation_answer_schema, &e->invitation);
	if (rc == 0) {
		/* What is accepted is the text that is shown, not the hash that is told. */
		a = e->invitation.agreement;
		h = hash_of(a->text, strlen(a->text));
		hash_hex(&h, hex);
		rc = strcasecmp(hex, a->sha256) != 0 ? ERR_AGREEMENT : clean_names(e);
	}
	if (rc < 0)
		SAY(stderr, e->language, "cli.hub.failed", { "why", say_why(e->language, rc) });
	return rc;
}

/* --- consent -----------------------------------------------------------------------------------
 */

static void show_invitation(const struct enroll *e)
{
	const struct invitation_answer *i = &e->invitation;
	char version[24], base[HUB_URL_MAX + 1];

	/* The address may end in a slash, what is below it begins with one. */
	snprintf(base, sizeof(base), "%s", e->url);
	base[strcspn(base + strlen("https://"), "/") + strlen("https://")] = 0;
	SAY(stdout, e->language, "cli.invitation", { "provider", i->provider },
	    { "customer", i->customer }, { "site", i->site }, { "region", i->region });
	if (i->replaces == JSON_TRUE)
		SAY(stdout, e->language, "cli.invitation.replaces");
	snprintf(version, sizeof(version), "%lld", (long long)i->agreement->version);
	putchar('\n');
	SAY(stdout, e->language, "cli.agreement", { "version", version },
	    { "sha256", i->agreement->sha256 });
	putchar('\n');
	terminal_line(stdout, str_of(i->agreement->text));
	SAY(stdout, e->language, "cli.documents", { "hub", base });
	putchar('\n');
	fflush(stdout);
}

static bool consented(struct enroll *e)
{
	const struct agreement_text *a = e->invitation.agreement;
	const char *hash = args_get(e->args, "--accept-agreement");

	show_invitation(e);
	if (hash && strcasecmp(hash, a->sha256) != 0) {
		SAY(stderr, e->language, "cli.accept.other", { "sha256", a->sha256 });
		return false;
	}
	if (!hash && !asked_yes(e, "cli.accept.ask"))
		return false;
	e->accepted =
		(struct agreement_accepted){ a->version, a->sha256, a->language, clock_wall_ms() };
	return true;
}

/* --- after consent -----------------------------------------------------------------------------
 */

/* Where the new key waits for the hub's answer. */
static const char *key_name(const struct enroll *e)
{
	return e->again ? HOME_KEY_NEW : HOME_KEY;
}

static int need_key(struct enroll *e)
{
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_path(e->dir, key_name(e), path);
	if (rc == 0)
		rc = file_make_dir(e->dir);
	if (rc == 0)
		rc = sign_key_load(path, &e->key);
	if (rc == -ENOENT) {
		e->key = sign_key_new();
		rc = sign_key_save(e->key, path);
	}
	return rc;
}

/* The answer to this call must not stay in doubt while there is a chance to get it. */
static int send_consent(struct enroll *e)
{
	uint8_t public_key[SIGN_KEY_LEN];
	struct buf text = buf_new(64);
	struct enroll_request in = {
		.code = e->code,
		.agreement = &e->accepted,
		.connector_version = IMPRIMATUR_VERSION,
		.os = word_find(connector_os_names, str_of(os_family())),
	};
	int rc = ERR_UNREACHABLE;

	sign_key_public(e->key, public_key);
	buf_put_base64url(&text, public_key, sizeof(public_key));
	in.public_key = (const char *)text.data;
	open_hub(e);
	for (int i = 0; i < TRIES; i++) {
		rc = call(e, "/c/v1/enroll", false, &enroll_request_schema, &in,
			  &enroll_answer_schema, &e->answer);
		if (err_retry(rc) != RETRY_LATER)
			break;
		loop_run_until(e->loop, never, NULL, backoff_next_ms(&e->backoff));
	}
	buf_done(&text);
	return rc;
}

static int save_file(struct enroll *e, const char *name, const struct buf *b)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(e->dir, name, path);

	return rc < 0 ? rc : file_replace(path, b->data, b->len, FILE_PRIVATE);
}

static int save_consent(struct enroll *e)
{
	const struct invitation_answer *i = &e->invitation;
	struct consent c;
	int rc = 0;

	if (e->again && home_load(e->dir, HOME_CONSENT, &consent_schema, &e->mem, &c) == 0)
		rc = home_save(e->dir, HOME_CONSENT_OLD, &consent_schema, &c);
	if (rc < 0)
		return rc;

	json_init(&consent_schema, &c);
	c.provider = i->provider;
	c.customer = i->customer;
	c.site = i->site;
	c.region = i->region;
	c.version = e->accepted.version;
	c.language = e->accepted.language;
	c.sha256 = e->accepted.sha256;
	c.accepted_at_ms = e->accepted.accepted_at_ms;
	c.unattended = args_get(e->args, "--accept-agreement") ? JSON_TRUE : JSON_FALSE;
	c.text = i->agreement->text;
	return home_save(e->dir, HOME_CONSENT, &consent_schema, &c);
}

static int save_state(struct enroll *e)
{
	struct state s;

	json_init(&state_schema, &s);
	s.site_id = e->answer.site_id;
	s.connector_id = e->answer.connector_id;
	/* What was agreed to, whatever the hub says afterwards. */
	s.provider = e->invitation.provider;
	s.customer = e->invitation.customer;
	s.site = e->invitation.site;
	s.region = e->invitation.region;
	s.poll_hold_s = e->answer.poll_hold_s;
	s.schema_min = e->answer.schema_min;
	s.schema_max = e->answer.schema_max;
	s.enrolled_at_ms = s.key_made_at_ms = clock_wall_ms();
	return home_save(e->dir, HOME_STATE, &state_schema, &s);
}

/* The site goes on: its devices keep their pseudonyms, and what waits is sent. */
static bool same_site(const struct enroll *e)
{
	return e->again && e->old_url && strcasecmp(e->old_url, e->url) == 0 &&
	       id_eq(e->old.site_id, e->answer.site_id);
}

static int hand_over_outbox(struct enroll *e)
{
	const struct outbox_limits limits = { e->options.ledger_keep_ms,
					      e->options.ledger_max_bytes, e->options.spool_keep_ms,
					      e->options.spool_max_bytes };
	struct outbox *outbox = NULL;
	char path[HOME_PATH_MAX];
	int rc = home_path(e->dir, HOME_OUTBOX, path);

	if (rc == 0)
		rc = outbox_open(path, &limits, &outbox);
	if (rc < 0)
		return rc;
	rc = outbox_inherit(outbox, same_site(e) ? OUTBOX_SAME_SITE : OUTBOX_OTHER_SITE);
	outbox_close(&outbox);
	return rc;
}

/* R30, but what the customer had switched off stays off. */
static int save_permissions(struct enroll *e)
{
	struct permissions *first = &e->permissions, before;
	char path[HOME_PATH_MAX];
	int rc = home_path(e->dir, HOME_PERMISSIONS, path);

	if (rc < 0)
		return rc;
	permissions_first(first);
	if (e->again && permissions_load(path, &before) == 0) {
		first->told.revision = before.told.revision + 1;
		first->off_revision = before.off_revision;
		if (before.rules[PERMISSION_MONITORING].set == SWITCH_OFF) {
			first->rules[PERMISSION_MONITORING].set = SWITCH_OFF;
			first->told.monitoring = permission_monitoring(SWITCH_OFF);
		}
	}
	return permissions_save(path, first);
}

/* The new key takes its place, and what belonged to the old one goes. */
static int settle_key(struct enroll *e)
{
	static const char *const gone[] = { HOME_KEY_NEXT, HOME_KEY_OLD, HOME_KEY_NEW };
	char path[HOME_PATH_MAX];
	int rc = home_path(e->dir, HOME_KEY, path);

	if (rc == 0 && e->again)
		rc = sign_key_save(e->key, path);
	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(gone); i++) {
		rc = home_path(e->dir, gone[i], path);
		if (rc == 0)
			rc = file_remove(path);
	}
	return rc;
}

static int save_all(struct enroll *e)
{
	int rc = e->again ? hand_over_outbox(e) : 0;

	if (rc == 0 && !same_site(e))
		rc = home_secret_make(e->dir);
	if (rc == 0)
		rc = save_permissions(e);
	if (rc == 0 && e->ca.len)
		rc = save_file(e, HOME_CA, &e->ca);
	if (rc == 0)
		rc = save_file(e, HOME_CONFIG, &e->config);
	if (rc == 0)
		rc = save_consent(e);
	/* The last two: with them the folder is the new connector's.  Until then the same command
	 * with the same code finds the same key, and the hub gives the same answer. */
	if (rc == 0)
		rc = save_state(e);
	return rc < 0 ? rc : settle_key(e);
}

static int finish(struct enroll *e)
{
	int rc = need_key(e);

	if (rc < 0) {
		say_failure(e->language, e->dir, rc);
		return EXIT_FAILED;
	}
	rc = send_consent(e);
	if (rc < 0) {
		char path[HOME_PATH_MAX];

		SAY(stderr, e->language, "cli.hub.failed", { "why", say_why(e->language, rc) });
		/* A clear refusal: the key is good for nothing. */
		if (err_retry(rc) == RETRY_NO && rc <= ERR_INVALID &&
		    home_path(e->dir, key_name(e), path) == 0 && file_remove(path) < 0)
			say_failure(e->language, path, ERR_INTERNAL);
		return EXIT_FAILED;
	}
	rc = save_all(e);
	if (rc < 0) {
		say_failure(e->language, e->dir, rc);
		return EXIT_FAILED;
	}
	SAY(stdout, e->language, "cli.enroll.done", { "provider", e->invitation.provider },
	    { "site", e->invitation.site });
	permission_put(stdout, e->language, e->invitation.provider, &e->permissions);
	SAY(stdout, e->language, "cli.enroll.next", { "dir", e->dir });
	SAY(stdout, e->language, "cli.enroll.settings", { "dir", e->dir });
	return EXIT_DONE;
}

int enroll_run(const struct args *args)
{
	struct enroll e = {
		.args = args,
		.dir = args_get(args, "--dir"),
		.url = args_get(args, "--hub"),
		.language = say_language(args_get(args, "--language")),
		.config = buf_new(CONFIG_MAX),
		.ca = buf_new(CA_MAX),
	};
	int code;

	os_no_core_dumps();
	code = prepare(&e);
	if (code == EXIT_DONE) {
		e.loop = loop_new();
		e.fetcher = fetcher_new(e.loop);
		open_hub(&e);
		if (ask_invitation(&e) < 0) {
			code = EXIT_FAILED;
		} else if (!consented(&e)) {
			SAY(stderr, e.language, "cli.enroll.refused");
			code = EXIT_REFUSED;
		} else {
			code = finish(&e);
		}
		hub_free(&e.hub);
		fetcher_free(&e.fetcher);
		loop_free(&e.loop);
	}
	sign_key_free(&e.key);
	secret_wipe(e.code, sizeof(e.code));
	file_lock_free(&e.lock);
	buf_wipe(&e.config); /* it holds the print server's key */
	arena_wipe(&e.option_mem);
	buf_done(&e.ca);
	arena_done(&e.mem);
	return code;
}
