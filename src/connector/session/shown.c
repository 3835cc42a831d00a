/* shown.c - what there is and what was as JSON, for the pages and the command that show it, and
 * what they answer. */
#include "connector/session/session.h"

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field shown_fields[] = {
	{ "id", JSON_ID, AT(session_shown, id), JSON_REQUIRED, .min = ID_SESS },
	{ "target_kind", JSON_ENUM, AT(session_shown, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "target_name", JSON_TEXT, AT(session_shown, name), .flags = JSON_NULLABLE },
	{ "state", JSON_ENUM, AT(session_shown, state), JSON_REQUIRED, .names = session_state_names },
	{ "by", JSON_TEXT, AT(session_shown, by), .flags = JSON_REQUIRED },
	{ "reason", JSON_TEXT, AT(session_shown, reason), .flags = JSON_REQUIRED },
	{ "asked_at", JSON_TIME, AT(session_shown, asked_ms), .flags = JSON_REQUIRED },
	{ "until", JSON_TIME, AT(session_shown, until_ms), .flags = JSON_REQUIRED },
	{ "more_until", JSON_TIME, AT(session_shown, more_ms), .flags = JSON_NULLABLE },
	{ "question", JSON_INT, AT(session_shown, question), .flags = JSON_NULLABLE, .min = 1, .max = INT64_MAX },
	{ "opened_at", JSON_TIME, AT(session_shown, opened_ms), .flags = JSON_NULLABLE },
	{ "bytes_up", JSON_INT, AT(session_shown, bytes_up), JSON_REQUIRED, .max = INT64_MAX },
	{ "bytes_down", JSON_INT, AT(session_shown, bytes_down), JSON_REQUIRED, .max = INT64_MAX },
	{ "requests", JSON_INT, AT(session_shown, requests), JSON_REQUIRED, .max = INT64_MAX },
	{}
};
const struct json_schema session_shown_schema = {
	"session_shown", sizeof(struct session_shown), 0, shown_fields
};

static const struct json_field past_fields[] = {
	{ "id", JSON_ID, AT(past_session, id), JSON_REQUIRED, .min = ID_SESS },
	{ "target_kind", JSON_ENUM, AT(past_session, kind), JSON_REQUIRED, .names = target_kind_names },
	{ "state", JSON_ENUM, AT(past_session, state), JSON_REQUIRED, .names = session_state_names },
	{ "why", JSON_ENUM, AT(past_session, why), JSON_NULLABLE, .names = session_why_names },
	{ "asked_at", JSON_TIME, AT(past_session, asked_ms), .flags = JSON_REQUIRED },
	{ "opened_at", JSON_TIME, AT(past_session, opened_ms), .flags = JSON_NULLABLE },
	{ "ended_at", JSON_TIME, AT(past_session, ended_ms), .flags = JSON_NULLABLE },
	{ "bytes_up", JSON_INT, AT(past_session, bytes_up), JSON_REQUIRED, .max = INT64_MAX },
	{ "bytes_down", JSON_INT, AT(past_session, bytes_down), JSON_REQUIRED, .max = INT64_MAX },
	{ "requests", JSON_INT, AT(past_session, requests), JSON_REQUIRED, .max = INT64_MAX },
	{}
};
static const struct json_schema past_schema = {
	"session_past", sizeof(struct past_session), 0, past_fields
};

static const struct json_field view_fields[] = {
	{ "items", JSON_LIST, AT(sessions_view, items), JSON_REQUIRED, .max = SESSIONS_MAX, .sub = &session_shown_schema },
	{ "past", JSON_LIST, AT(sessions_view, past), JSON_REQUIRED, .max = PAST_MAX, .sub = &past_schema },
	{}
};
const struct json_schema sessions_view_schema = {
	"sessions", sizeof(struct sessions_view), 0, view_fields
};

static const struct json_field answer_fields[] = {
	{ "question", JSON_INT, AT(session_answer, question), .min = 1, .max = INT64_MAX },
	{}
};
const struct json_schema session_answer_schema = {
	"session_answer", sizeof(struct session_answer), 0, answer_fields
};
/* clang-format on */
