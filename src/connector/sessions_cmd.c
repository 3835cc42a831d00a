/* sessions_cmd.c - see sessions_cmd.h.
 *
 * It asks the running connector over control.sock (settings/), because who asks and why is
 * known there only and written nowhere.  Without one it shows what sessions.json holds. */
#include "connector/sessions_cmd.h"
#include "connector/control_call.h"
#include "connector/home.h"
#include "connector/say.h"
#include "connector/session/session.h"
#include "connector/show.h"
#include "base/err.h"
#include "base/verdict.h"
#include "model/words.h"
#include "wire/messages.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_SIZE 24

const struct arg sessions_cmd_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--json", NULL, ARG_FLAG, "For programs" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};

static const struct verb {
	const char *word, *method, *path; /* path behind the session's id */
} verbs[] = {
	{ "approve", "POST", "/approve" },
	{ "refuse", "POST", "/refuse" },
	{ "end", "DELETE", "" },
};

/* What the running connector answers: the rows of settings/session_api.c that are printed here. */
struct live_row {
	struct id id;
	int kind, state;
	const char *name, *by, *reason;
	int64_t asked_ms, until_ms, more_ms;
};
struct answer {
	struct json_list items; /* struct live_row * */
	struct json_list past;  /* struct past_session * */
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field live_fields[] = {
	{ "id", JSON_ID, AT(live_row, id), JSON_REQUIRED, .min = ID_SESS },
	{ "target_kind", JSON_ENUM, AT(live_row, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "target_name", JSON_TEXT, AT(live_row, name) },
	{ "state", JSON_ENUM, AT(live_row, state), JSON_REQUIRED, .names = session_state_names },
	{ "by", JSON_TEXT, AT(live_row, by), JSON_REQUIRED },
	{ "reason", JSON_TEXT, AT(live_row, reason), JSON_REQUIRED },
	{ "asked_at", JSON_TIME, AT(live_row, asked_ms), .flags = JSON_REQUIRED },
	{ "until", JSON_TIME, AT(live_row, until_ms), .flags = JSON_REQUIRED },
	{ "more_until", JSON_TIME, AT(live_row, more_ms), .flags = 0 },
	{}
};
static const struct json_schema live_schema = {
	"live", sizeof(struct live_row), JSON_OPEN, live_fields
};
static const struct json_field past_fields[] = {
	{ "id", JSON_ID, AT(past_session, id), JSON_REQUIRED, .min = ID_SESS },
	{ "target_kind", JSON_ENUM, AT(past_session, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "state", JSON_ENUM, AT(past_session, state), JSON_REQUIRED, .names = session_state_names },
	{ "why", JSON_ENUM, AT(past_session, why), .names = session_why_names },
	{ "asked_at", JSON_TIME, AT(past_session, asked_ms), .flags = JSON_REQUIRED },
	{ "ended_at", JSON_TIME, AT(past_session, ended_ms), .flags = 0 },
	{ "bytes_up", JSON_INT, AT(past_session, bytes_up), .max = INT64_MAX },
	{ "bytes_down", JSON_INT, AT(past_session, bytes_down), .max = INT64_MAX },
	{}
};
static const struct json_schema past_schema = {
	"past", sizeof(struct past_session), JSON_OPEN, past_fields
};
static const struct json_field answer_fields[] = {
	{ "items", JSON_LIST, AT(answer, items), JSON_REQUIRED, .max = 64, .sub = &live_schema },
	{ "past", JSON_LIST, AT(answer, past), JSON_REQUIRED, .max = PAST_MAX, .sub = &past_schema },
	{}
};
static const struct json_schema answer_schema = { "answer", sizeof(struct answer), JSON_OPEN, answer_fields };
/* clang-format on */

/* --- showing -----------------------------------------------------------------------------------
 */

static const char *target_text(const char *language, int kind, const char *name)
{
	char key[64];

	if (name)
		return name;
	snprintf(key, sizeof(key), "target.kind.%s", target_kind_names[kind]);
	return text_get(language, key);
}

static void put_live(const char *language, const struct live_row *row)
{
	bool open = row->state == SESSION_OPEN;
	char id[ID_TEXT_MAX];

	id_encode(ID_SESS, row->id, id);
	SAY(stdout, language, open ? "cli.sessions.open" : "cli.sessions.waits",
	    { "target", target_text(language, row->kind, row->name) }, { "by", row->by },
	    { "reason", row->reason }, { "until", say_time(row->until_ms, language) });
	fputs("    ", stdout);
	SAY(stdout, language, open ? "cli.sessions.open.do" : "cli.sessions.waits.do",
	    { "id", id });
	if (row->more_ms == JSON_ABSENT_INT)
		return;
	fputs("    ", stdout);
	SAY(stdout, language, "cli.sessions.more", { "until", say_time(row->more_ms, language) });
	fputs("    ", stdout);
	SAY(stdout, language, "cli.sessions.waits.do", { "id", id });
}

static void put_past(const char *language, const struct past_session *p)
{
	char state[64], why[64], bytes[BYTES_SIZE];
	int64_t up = p->bytes_up == JSON_ABSENT_INT ? 0 : p->bytes_up;
	int64_t down = p->bytes_down == JSON_ABSENT_INT ? 0 : p->bytes_down;

	snprintf(state, sizeof(state), "session.state.%s", session_state_names[p->state]);
	snprintf(why, sizeof(why), "session.why.%s",
		 session_why_names[p->why < 0 ? WHY_FAILED : p->why]);
	snprintf(bytes, sizeof(bytes), "%" PRId64, up + down);
	fputs("  ", stdout);
	SAY(stdout, language, "cli.sessions.was", { "asked", say_time(p->asked_ms, language) },
	    { "target", target_text(language, p->kind, NULL) },
	    { "state", text_get(language, state) }, { "why", text_get(language, why) },
	    { "bytes", bytes });
}

static int put_answer(const char *language, struct str body)
{
	struct json_problem problem;
	struct arena mem = {};
	struct answer a;
	int rc = json_decode(&answer_schema, body.p, body.len, &mem, &a, &problem);

	if (rc == 0 && a.items.len == 0)
		SAY(stdout, language, "cli.sessions.none");
	for (size_t i = 0; rc == 0 && i < a.items.len; i++)
		put_live(language, a.items.items[i]);
	if (rc == 0 && a.past.len)
		SAY(stdout, language, "cli.sessions.past");
	for (size_t i = 0; rc == 0 && i < a.past.len; i++)
		put_past(language, a.past.items[i]);
	arena_wipe(&mem);
	return rc < 0 ? ERR_UPSTREAM : 0;
}

/* For programs, in the words of the running connector. */
static void put_past_json(const struct past *past)
{
	void *rows[PAST_MAX];
	struct sessions_view view = { .past = { rows, 0 } };
	struct buf out = buf_new(CONTROL_ANSWER_MAX);

	for (size_t i = past->len; i-- > 0;)
		rows[view.past.len++] = (void *)&past->items[i];
	json_encode(&sessions_view_schema, &view, 0, &out);
	printf("%.*s\n", (int)out.len, (const char *)out.data);
	buf_done(&out);
}

/* Nobody runs: what was is known all the same. */
static void put_stopped(const struct args *args, const char *dir, const char *language)
{
	struct past *past = xcalloc(1, sizeof(*past));

	past_load(dir, past);
	if (args_flag(args, "--json")) {
		put_past_json(past);
	} else {
		SAY(stdout, language, "cli.sessions.stopped");
		for (size_t i = past->len; i-- > 0;)
			put_past(language, &past->items[i]);
	}
	free(past);
}

/* --- the command -------------------------------------------------------------------------------
 */

static int wrong_usage(void)
{
	fputs("sessions: list\n          approve|refuse|end ID\n", stderr);
	return EXIT_USAGE;
}

/* NULL: neither that nor nothing. */
static const char *path_of(const char *word, const char *id, const char **ret_method,
			   char path[static 128])
{
	struct id session;

	*ret_method = "GET";
	snprintf(path, 128, "/api/sessions");
	if (!word || (strcmp(word, "list") == 0 && !id))
		return path;
	if (!id || id_decode(ID_SESS, str_of(id), &session) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(word, verbs[i].word) != 0)
			continue;
		*ret_method = verbs[i].method;
		snprintf(path, 128, "/api/sessions/%s%s", id, verbs[i].path);
		return path;
	}
	return NULL;
}

/* What the connector answered is said of the session; else it is the socket that failed. */
static void put_refusal(const char *language, int rc)
{
	if (rc == ERR_NO_SESSION || rc == ERR_SESSION_OVER || rc == ERR_SESSION_OPEN ||
	    rc == ERR_SESSION_NOT_OPEN || rc == ERR_DENIED)
		terminal_line(stderr, str_of(say_why(language, rc)));
	else
		say_failure(language, HOME_CONTROL, rc);
}

static int show(const struct args *args, const char *language, const struct buf *answer)
{
	if (!args_flag(args, "--json"))
		return put_answer(language, buf_str(answer));
	printf("%.*s\n", (int)answer->len, (const char *)answer->data);
	return 0;
}

int sessions_cmd_run(const struct args *args)
{
	const char *dir = args_get(args, "--dir"), *word = args_word(args, 0), *method;
	const char *language = show_language(dir, args_get(args, "--language"));
	struct buf answer = buf_new(CONTROL_ANSWER_MAX);
	char path[128];
	int rc;

	if (args_word(args, 2) || !path_of(word, args_word(args, 1), &method, path))
		return wrong_usage();
	if (!home_is_running(dir)) {
		if (strcmp(method, "GET") == 0) {
			put_stopped(args, dir, language);
			return EXIT_DONE;
		}
		SAY(stderr, language, "cli.sessions.stopped");
		return EXIT_FAILED;
	}
	rc = control_call(dir, method, path, (struct str){}, &answer);
	if (rc == 0)
		rc = show(args, language, &answer);
	if (rc < 0)
		put_refusal(language, rc);
	buf_wipe(&answer);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
