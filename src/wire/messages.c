/* messages.c - the rows of /c/v1. */
#include "wire/messages.h"

#include "base/err.h"
#include "model/report.h"

#include <stdlib.h>
#include <string.h>

#define AT(type, member) offsetof(struct type, member)
#define LANGUAGE_MAX     8
#define REGION_MAX       CODE_REGION_MAX
#define CODE_TYPED_MAX   64 /* with the blanks that people type */
#define AGREEMENT_MAX    (64 * 1024)
#define COUNT_MAX        (INT64_C(1) << 53)

/* clang-format off */
static const struct json_field invitation_request_fields[] = {
	{ "code", JSON_TEXT, AT(invitation_request, code), JSON_REQUIRED,
	  .min = 1, .max = CODE_TYPED_MAX },
	{ "language", JSON_TEXT, AT(invitation_request, language), .min = 2, .max = LANGUAGE_MAX },
	{}
};
const struct json_schema invitation_request_schema = {
	"InvitationRequest", sizeof(struct invitation_request), 0, invitation_request_fields
};

static const struct json_field agreement_text_fields[] = {
	{ "version", JSON_INT, AT(agreement_text, version), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{ "language", JSON_TEXT, AT(agreement_text, language), JSON_REQUIRED,
	  .min = 2, .max = LANGUAGE_MAX },
	{ "sha256", JSON_TEXT, AT(agreement_text, sha256), JSON_REQUIRED,
	  .min = SHA256_TEXT_LEN, .max = SHA256_TEXT_LEN },
	{ "text", JSON_TEXT, AT(agreement_text, text), JSON_REQUIRED,
	  .min = 1, .max = AGREEMENT_MAX },
	{}
};
const struct json_schema agreement_text_schema = {
	"AgreementText", sizeof(struct agreement_text), JSON_OPEN, agreement_text_fields
};

static const struct json_field invitation_answer_fields[] = {
	{ "provider", JSON_TEXT, AT(invitation_answer, provider), JSON_REQUIRED,
	  .min = 1, .max = NAME_MAX_LEN },
	{ "customer", JSON_TEXT, AT(invitation_answer, customer), JSON_REQUIRED,
	  .min = 1, .max = NAME_MAX_LEN },
	{ "site", JSON_TEXT, AT(invitation_answer, site), JSON_REQUIRED,
	  .min = 1, .max = NAME_MAX_LEN },
	{ "region", JSON_TEXT, AT(invitation_answer, region), JSON_REQUIRED,
	  .min = CODE_REGION_MIN, .max = REGION_MAX },
	{ "agreement", JSON_OBJECT, AT(invitation_answer, agreement), JSON_REQUIRED,
	  .sub = &agreement_text_schema },
	{ "schema_min", JSON_INT, AT(invitation_answer, schema_min), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{ "schema_max", JSON_INT, AT(invitation_answer, schema_max), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{ "replaces", JSON_BOOL, AT(invitation_answer, replaces), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema invitation_answer_schema = {
	"InvitationAnswer", sizeof(struct invitation_answer), JSON_OPEN, invitation_answer_fields
};

static const struct json_field agreement_accepted_fields[] = {
	{ "version", JSON_INT, AT(agreement_accepted, version), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{ "sha256", JSON_TEXT, AT(agreement_accepted, sha256), JSON_REQUIRED,
	  .min = SHA256_TEXT_LEN, .max = SHA256_TEXT_LEN },
	{ "language", JSON_TEXT, AT(agreement_accepted, language), JSON_REQUIRED,
	  .min = 2, .max = LANGUAGE_MAX },
	{ "accepted_at", JSON_TIME, AT(agreement_accepted, accepted_at_ms),
	  .flags = JSON_REQUIRED },
	{}
};
const struct json_schema agreement_accepted_schema = {
	"AgreementAccepted", sizeof(struct agreement_accepted), 0, agreement_accepted_fields
};

static const struct json_field enroll_request_fields[] = {
	{ "code", JSON_TEXT, AT(enroll_request, code), JSON_REQUIRED,
	  .min = 1, .max = CODE_TYPED_MAX },
	{ "public_key", JSON_TEXT, AT(enroll_request, public_key), JSON_REQUIRED,
	  .min = PUBLIC_KEY_TEXT_LEN, .max = PUBLIC_KEY_TEXT_LEN },
	{ "agreement", JSON_OBJECT, AT(enroll_request, agreement), JSON_REQUIRED,
	  .sub = &agreement_accepted_schema },
	{ "connector_version", JSON_TEXT, AT(enroll_request, connector_version), JSON_REQUIRED,
	  .min = 1, .max = VERSION_SIZE - 1 },
	{ "os", JSON_ENUM, AT(enroll_request, os), JSON_REQUIRED, .names = connector_os_names },
	{}
};
const struct json_schema enroll_request_schema = {
	"EnrollRequest", sizeof(struct enroll_request), 0, enroll_request_fields
};

static const struct json_field enroll_answer_fields[] = {
	{ "site_id", JSON_ID, AT(enroll_answer, site_id), JSON_REQUIRED, .min = ID_SITE },
	{ "connector_id", JSON_ID, AT(enroll_answer, connector_id), JSON_REQUIRED, .min = ID_CONN },
	{ "provider", JSON_TEXT, AT(enroll_answer, provider), JSON_REQUIRED,
	  .min = 1, .max = NAME_MAX_LEN },
	{ "region", JSON_TEXT, AT(enroll_answer, region), JSON_REQUIRED,
	  .min = CODE_REGION_MIN, .max = REGION_MAX },
	{ "poll_hold_s", JSON_INT, AT(enroll_answer, poll_hold_s), JSON_REQUIRED,
	  .min = 1, .max = 300 },
	{ "schema_min", JSON_INT, AT(enroll_answer, schema_min), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{ "schema_max", JSON_INT, AT(enroll_answer, schema_max), JSON_REQUIRED,
	  .min = 1, .max = 1000000 },
	{}
};
const struct json_schema enroll_answer_schema = {
	"EnrollAnswer", sizeof(struct enroll_answer), JSON_OPEN, enroll_answer_fields
};

static const struct json_field record_range_fields[] = {
	{ "from", JSON_INT, AT(record_range, from), JSON_REQUIRED, .min = 1, .max = INT64_MAX },
	{ "to", JSON_INT, AT(record_range, to), JSON_REQUIRED, .min = 1, .max = INT64_MAX },
	{}
};
const struct json_schema record_range_schema = {
	"RecordRange", sizeof(struct record_range), JSON_OPEN, record_range_fields
};

static const struct json_field reports_answer_fields[] = {
	{ "epoch", JSON_TEXT, AT(reports_answer, epoch), JSON_REQUIRED,
	  .min = 2 * EPOCH_LEN, .max = 2 * EPOCH_LEN },
	{ "acked", JSON_INT, AT(reports_answer, acked), JSON_REQUIRED, .min = 0, .max = INT64_MAX },
	{ "ranges", JSON_LIST, AT(reports_answer, ranges), JSON_REQUIRED,
	  .max = REPORTS_RANGES_MAX, .sub = &record_range_schema },
	{ "credit", JSON_INT, AT(reports_answer, credit), JSON_REQUIRED, .min = 0, .max = 1000000 },
	{}
};
const struct json_schema reports_answer_schema = {
	"ReportsAnswer", sizeof(struct reports_answer), JSON_OPEN, reports_answer_fields
};

static const struct json_field permissions_request_fields[] = {
	{ "revision", JSON_INT, AT(permissions_request, revision), JSON_REQUIRED,
	  .min = 1, .max = INT64_MAX },
	{ "monitoring", JSON_ENUM, AT(permissions_request, monitoring), JSON_REQUIRED,
	  .names = monitoring_names },
	{ "console", JSON_ENUM, AT(permissions_request, console), JSON_REQUIRED,
	  .names = switch_names },
	{ "mfp", JSON_ENUM, AT(permissions_request, mfp), JSON_REQUIRED, .names = switch_names },
	{ "at", JSON_TIME, AT(permissions_request, at_ms), .flags = JSON_REQUIRED },
	{}
};
const struct json_schema permissions_request_schema = {
	"PermissionsRequest", sizeof(struct permissions_request), 0, permissions_request_fields
};

static const struct json_field key_request_fields[] = {
	{ "public_key", JSON_TEXT, AT(key_request, public_key), JSON_REQUIRED,
	  .min = PUBLIC_KEY_TEXT_LEN, .max = PUBLIC_KEY_TEXT_LEN },
	{ "proof", JSON_TEXT, AT(key_request, proof), JSON_REQUIRED,
	  .min = PROOF_TEXT_LEN, .max = PROOF_TEXT_LEN },
	{}
};
const struct json_schema key_request_schema = {
	"KeyRequest", sizeof(struct key_request), 0, key_request_fields
};

static const struct json_field session_told_fields[] = {
	{ "state", JSON_ENUM, AT(session_told, state), JSON_REQUIRED, .names = session_state_names },
	{ "why", JSON_ENUM, AT(session_told, why), .names = session_why_names },
	{ "ends_at", JSON_TIME, .offset = AT(session_told, ends_ms) },
	{ "bytes_up", JSON_INT, AT(session_told, bytes_up), .min = 0, .max = COUNT_MAX },
	{ "bytes_down", JSON_INT, AT(session_told, bytes_down), .min = 0, .max = COUNT_MAX },
	{ "requests", JSON_INT, AT(session_told, requests), .min = 0, .max = COUNT_MAX },
	{ "desk_name", JSON_TEXT, AT(session_told, desk_name), .min = 1, .max = SESSION_DESK_NAME_MAX },
	{ "desk_count", JSON_INT, AT(session_told, desk_count), .min = 1, .max = SESSION_DESK_MAX },
	{ "more_why", JSON_ENUM, AT(session_told, more_why), .names = session_why_names },
	{ "more_ask", JSON_TIME, .offset = AT(session_told, more_ask_ms) },
	{}
};
const struct json_schema session_told_schema = {
	"SessionTold", sizeof(struct session_told), 0, session_told_fields
};

static const struct json_field target_told_fields[] = {
	{ "id", JSON_ID, AT(target_told, id), JSON_REQUIRED, .min = ID_TGT },
	{ "name", JSON_TEXT, AT(target_told, name), JSON_REQUIRED, .min = 1, .max = TARGET_NAME_MAX },
	{ "kind", JSON_ENUM, AT(target_told, kind), JSON_REQUIRED, .names = target_kind_names },
	{}
};
const struct json_schema target_told_schema = {
	"TargetTold", sizeof(struct target_told), 0, target_told_fields
};

static const struct json_field targets_request_fields[] = {
	{ "revision", JSON_INT, AT(targets_request, revision), JSON_REQUIRED,
	  .min = 1, .max = COUNT_MAX },
	{ "items", JSON_LIST, AT(targets_request, items), JSON_REQUIRED,
	  .max = TARGETS_MAX, .sub = &target_told_schema },
	{}
};
const struct json_schema targets_request_schema = {
	"TargetsRequest", sizeof(struct targets_request), 0, targets_request_fields
};

static const struct json_field gap_fields[] = {
	{ "from", JSON_TIME, AT(gap, from_ms), .flags = JSON_REQUIRED },
	{ "to", JSON_TIME, AT(gap, to_ms), .flags = JSON_REQUIRED },
	{ "records", JSON_INT, AT(gap, records), JSON_REQUIRED, .min = 0, .max = INT64_MAX },
	{ "reason", JSON_ENUM, AT(gap, reason), JSON_REQUIRED, .names = gap_reason_names },
	{}
};
const struct json_schema gap_schema = { "Gap", sizeof(struct gap), 0, gap_fields };

static const struct json_field problem_fields[] = {
	{ "type", JSON_TEXT, AT(problem, type), .max = 200 },
	{ "title", JSON_TEXT, AT(problem, title), .max = 200 },
	{ "status", JSON_INT, AT(problem, status), .min = 100, .max = 599 },
	{ "code", JSON_TEXT, AT(problem, code), .max = 64 },
	{ "detail", JSON_TEXT, AT(problem, detail), .max = 1000 },
	{ "field", JSON_TEXT, AT(problem, field), .max = 200 },
	{ "hub_time", JSON_TIME, .offset = AT(problem, hub_time_ms) },
	{ "why", JSON_TEXT, AT(problem, why), .max = 64 },
	{}
};
const struct json_schema problem_schema = {
	"problem", sizeof(struct problem), JSON_OPEN, problem_fields
};
/* clang-format on */

#define WORD_NAME(number, name) [number] = name,
const char *const gap_reason_names[] = { GAP_REASON_WORDS(WORD_NAME) NULL };

int permission_switch(int monitoring)
{
	return monitoring == 1 ? SWITCH_ON : SWITCH_OFF;
}

int permission_monitoring(enum switch_state s)
{
	return s == SWITCH_ON ? 1 : 0;
}

/* Why more time is not given. */
static bool more_ok(const struct session_told *t)
{
	bool is_why = t->more_why == WHY_CUSTOMER || t->more_why == WHY_UNANSWERED ||
		      t->more_why == WHY_NOT_ALLOWED || t->more_why == WHY_TOO_MANY;

	if (t->more_ask_ms == JSON_ABSENT_INT)
		return t->more_why < 0;
	return t->state == SESSION_OPEN && is_why;
}

bool session_told_ok(const struct session_told *t)
{
	bool over = session_is_over(t->state);
	bool desk = t->desk_count != JSON_ABSENT_INT;

	return t->state != SESSION_REQUESTED && over == (t->why >= 0) &&
	       (t->state == SESSION_OPEN) == (t->ends_ms != JSON_ABSENT_INT) &&
	       (!desk || t->state == SESSION_WAITING) && (desk || !t->desk_name) && more_ok(t);
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct id));
}

bool targets_ok(const struct targets_request *t)
{
	struct id ids[TARGETS_MAX];

	for (size_t i = 0; i < t->items.len; i++) {
		const struct target_told *told = t->items.items[i];

		if (told->kind == TARGET_CONSOLE)
			return false;
		ids[i] = told->id;
	}
	qsort(ids, t->items.len, sizeof(ids[0]), by_id);
	for (size_t i = 1; i < t->items.len; i++)
		if (id_eq(ids[i - 1], ids[i]))
			return false;
	return true;
}

void problem_of(int rc, const char *detail, const char *field, struct problem *ret_problem)
{
	json_init(&problem_schema, ret_problem);
	ret_problem->type = "about:blank";
	ret_problem->title = err_title(rc);
	ret_problem->status = err_status(rc);
	ret_problem->code = err_code(rc);
	ret_problem->detail = detail;
	ret_problem->field = field;
}
