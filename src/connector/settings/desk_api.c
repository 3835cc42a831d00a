/* desk_api.c - approving from a desk as the customer sets it up: whether its page is open, who may
 * say yes there, and what became of the last notice.
 *
 * An approver is made in one call, with a code that proves that the second factor is at hand: the
 * page asks for a secret first, shows it, and sends it back with the code.  Passwords and secrets
 * go in and never out. */
#include "connector/settings/slice.h"

#include "base/clock.h"
#include "base/totp.h"
#include "connector/desk/desk.h"
#include <string.h>

struct notice_view {
	enum json_bool on, busy;
	int64_t at_ms;
	const char *why;
};
struct desk_view {
	int state;
	const char *url, *fingerprint, *problem;
	struct json_list approvers; /* struct approver * */
	struct notice_view *mail, *webhook;
};
struct secret_view {
	const char *secret;
};
struct approver_in {
	const char *name, *password, *secret, *code;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field shown_fields[] = {
	{ "id", JSON_ID, AT(approver, id), JSON_REQUIRED, .min = ID_APPR },
	{ "name", JSON_TEXT, AT(approver, name), .flags = JSON_REQUIRED },
	{ "made_at", JSON_TIME, AT(approver, made_ms), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema shown_schema = { "approver", sizeof(struct approver), 0, shown_fields };

static const struct json_field notice_fields[] = {
	{ "on", JSON_BOOL, AT(notice_view, on), .flags = JSON_REQUIRED },
	{ "busy", JSON_BOOL, AT(notice_view, busy), .flags = JSON_REQUIRED },
	{ "at", JSON_TIME, AT(notice_view, at_ms), .flags = JSON_NULLABLE },
	{ "why", JSON_TEXT, AT(notice_view, why), .flags = JSON_NULLABLE },
	{}
};
static const struct json_schema notice_schema = { "notice", sizeof(struct notice_view), 0, notice_fields };

static const struct json_field desk_fields[] = {
	{ "state", JSON_ENUM, AT(desk_view, state), JSON_REQUIRED, .names = desk_state_names },
	{ "url", JSON_TEXT, AT(desk_view, url), .flags = JSON_NULLABLE },
	{ "fingerprint", JSON_TEXT, AT(desk_view, fingerprint), .flags = JSON_NULLABLE },
	{ "problem", JSON_TEXT, AT(desk_view, problem), .flags = JSON_NULLABLE },
	{ "approvers", JSON_LIST, AT(desk_view, approvers), JSON_REQUIRED, .max = APPROVERS_MAX, .sub = &shown_schema },
	{ "mail", JSON_OBJECT, AT(desk_view, mail), JSON_REQUIRED, .sub = &notice_schema },
	{ "webhook", JSON_OBJECT, AT(desk_view, webhook), JSON_REQUIRED, .sub = &notice_schema },
	{}
};
static const struct json_schema desk_schema = { "desk", sizeof(struct desk_view), 0, desk_fields };

static const struct json_field secret_fields[] = {
	{ "secret", JSON_TEXT, AT(secret_view, secret), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema secret_schema = { "totp_secret", sizeof(struct secret_view), 0, secret_fields };

static const struct json_field in_fields[] = {
	{ "name", JSON_TEXT, AT(approver_in, name), JSON_REQUIRED, .min = 1, .max = APPROVER_NAME_MAX },
	{ "password", JSON_TEXT, AT(approver_in, password), JSON_REQUIRED, .min = APPROVER_PASSWORD_MIN, .max = PASSWORD_MAX },
	{ "secret", JSON_TEXT, AT(approver_in, secret), JSON_REQUIRED, .min = TOTP_TEXT_SIZE - 1, .max = TOTP_TEXT_SIZE - 1 },
	{ "code", JSON_TEXT, AT(approver_in, code), JSON_REQUIRED, .min = 1, .max = 12 },
	{}
};
static const struct json_schema in_schema = { "approver_in", sizeof(struct approver_in), 0, in_fields };
/* clang-format on */

static struct notice_view *view_notice(struct request *req, struct notices *n, enum notice_way way)
{
	struct notice_view *v = ARENA_NEW(&req->mem, struct notice_view);
	struct notice_last last;

	notices_last(n, way, &last);
	*v = (struct notice_view){ last.on ? JSON_TRUE : JSON_FALSE,
				   last.busy ? JSON_TRUE : JSON_FALSE, last.at_ms, last.why };
	return v;
}

static void reply_view(struct request *req)
{
	struct settings_facts f = settings_facts(req);
	struct approvers approvers = {};
	char hex[2 * HASH_LEN + 1];
	struct desk_info info;
	struct desk_view view;
	int rc = f.desk ? approvers_load(settings_of(req)->cfg.dir, &approvers) : ERR_BUSY;

	if (rc < 0)
		return reply_error(req, rc, NULL);
	desk_info(f.desk, &info);
	hash_hex(&info.fingerprint, hex);
	view = (struct desk_view){
		.state = (int)info.state,
		.url = info.url,
		.fingerprint = info.url ? hex : NULL,
		.problem = info.state == DESK_CERTIFICATE ? info.problem : NULL,
		.approvers = approvers.items,
		.mail = view_notice(req, f.notices, NOTICE_MAIL),
		.webhook = view_notice(req, f.notices, NOTICE_WEBHOOK),
	};
	reply(req, 200, &view);
	approvers_free(&approvers);
}

static void make_secret(struct request *req)
{
	uint8_t secret[TOTP_SECRET_LEN];
	char text[TOTP_TEXT_SIZE];

	totp_make(secret);
	totp_text(secret, text);
	reply(req, 201, &(struct secret_view){ text });
	secret_wipe(secret, sizeof(secret));
	secret_wipe(text, sizeof(text));
}

/* --- a new one ---------------------------------------------------------------------------------
 */

struct making {
	struct request *req;
	struct check *check;
};

/* The field that is wrong, or NULL. */
static const char *wrong_field(const struct approver_in *in)
{
	uint8_t secret[TOTP_SECRET_LEN];
	int64_t after = -1;
	bool right;

	if (totp_parse(str_of(in->secret), secret) < 0)
		return "secret";
	right = totp_check(secret, str_of(in->code), clock_wall_ms(), &after);
	secret_wipe(secret, sizeof(secret));
	return right ? NULL : "code";
}

static void made(const char *hash, void *arg)
{
	struct making *m = arg;
	const struct approver_in *in = m->req->in;
	struct approver one = { .name = in->name, .password = hash, .totp = in->secret };
	const char *dir = settings_of(m->req)->cfg.dir;
	struct approvers all = {};
	int rc = approvers_load(dir, &all);

	m->check = NULL;
	if (rc == 0)
		rc = approvers_add(&all, &one);
	if (rc == 0)
		rc = approvers_save(dir, &all);
	approvers_free(&all);
	if (rc < 0)
		return reply_error(m->req, rc, rc == ERR_TOO_MANY ? NULL : "name");
	reply_view(m->req);
}

static void end_making(struct request *req, void *arg)
{
	struct making *m = arg;

	if (m->check)
		check_forget(m->check);
}

static void add(struct request *req)
{
	const struct approver_in *in = req->in;
	struct settings *s = settings_of(req);
	const char *wrong = wrong_field(in);
	struct making *m = ARENA_NEW(&req->mem, struct making);

	if (wrong)
		return reply_error(req, ERR_INVALID, wrong);
	m->req = req;
	if (!s->checker)
		s->checker = checker_new(s->cfg.loop);
	if (!checker_make(s->checker, str_of(in->password), made, m, &m->check))
		return reply_error(req, ERR_BUSY, NULL);
	request_at_end(req, end_making, m);
}

static void take_away(struct request *req)
{
	const char *dir = settings_of(req)->cfg.dir;
	struct approvers all = {};
	int rc = approvers_load(dir, &all);

	if (rc == 0 && !approvers_remove(&all, req->ids[0]))
		rc = ERR_NOT_FOUND;
	if (rc == 0)
		rc = approvers_save(dir, &all);
	approvers_free(&all);
	if (rc < 0)
		return reply_error(req, rc, NULL);
	reply_view(req);
}

static void test(struct request *req)
{
	struct settings_facts f = settings_facts(req);

	if (f.notices)
		notices_test(f.notices);
	reply_view(req);
}

/* clang-format off */
const struct route settings_desk_routes[] = {
	{ METHOD_GET, "/api/desk", RIGHT_LOGIN, 0, NULL, &desk_schema, CHANGE_NONE, reply_view,
	  .summary = "Approving from a desk: its page, who may say yes, the last notices" },
	{ METHOD_POST, "/api/desk/secret", RIGHT_LOGIN, 0, NULL, &secret_schema, CHANGE_NONE, make_secret,
	  .status = 201, .summary = "A secret for somebody's second factor; nothing is kept" },
	{ METHOD_POST, "/api/desk/approvers", RIGHT_LOGIN, 2 * KIB, &in_schema, &desk_schema, CHANGE_NONE, add,
	  .summary = "Add an approver, with a code of the second factor" },
	{ METHOD_DELETE, "/api/desk/approvers/{approver}", RIGHT_LOGIN, 0, NULL, &desk_schema, CHANGE_NONE,
	  take_away, .ids = { ID_APPR }, .summary = "Take an approver away: logins end at once" },
	{ METHOD_POST, "/api/desk/test", RIGHT_LOGIN, 0, NULL, &desk_schema, CHANGE_NONE, test,
	  .summary = "Send a notice to all, as a test" },
	{}
};
/* clang-format on */
