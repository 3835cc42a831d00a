/* login.c - who is let in at the desk: name, password and code, all three or none.
 *
 *   POST /api/login:  limits -> password (worker) -> code -> token
 *
 * The steps are the same for a name that nobody has; which of the three was wrong is not said. */
#include "connector/desk/slice.h"

#include "base/clock.h"
#include "base/log.h"
#include <string.h>

#define RATE_KEYS_MAX 10000
#define PRESENT       "x-imprimatur-present"
#define TOKEN         "x-imprimatur-token"

struct login_in {
	const char *name, *password, *code;
};
struct token_out {
	const char *token;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field login_fields[] = {
	{ "name", JSON_TEXT, AT(login_in, name), JSON_REQUIRED, .min = 1, .max = APPROVER_NAME_MAX },
	{ "password", JSON_TEXT, AT(login_in, password), JSON_REQUIRED, .min = 1, .max = PASSWORD_MAX },
	{ "code", JSON_TEXT, AT(login_in, code), JSON_REQUIRED, .min = 1, .max = 12 },
	{}
};
static const struct json_schema login_schema = {
	"login_in", sizeof(struct login_in), 0, login_fields
};
static const struct json_field token_fields[] = {
	{ "token", JSON_TEXT, AT(token_out, token), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema token_schema = {
	"token", sizeof(struct token_out), 0, token_fields
};
/* clang-format on */

void login_init(struct desk *d)
{
	d->spent_before = approver_step_load(d->cfg.dir);
	rate_init(&d->by_network, DESK_WRONG_BURST, DESK_WRONG_NETWORK_MS, RATE_KEYS_MAX);
	rate_init(&d->by_name, DESK_WRONG_BURST, DESK_WRONG_NAME_MS, RATE_KEYS_MAX);
}

void login_done(struct desk *d)
{
	checker_free(&d->checker);
	rate_done(&d->by_network);
	rate_done(&d->by_name);
	secret_wipe(&d->tokens, sizeof(d->tokens));
}

void desk_authenticate(struct request *req)
{
	struct desk *d = desk_of(req);
	bool present =
		req->route->method != METHOD_GET || str_eq(request_header(req, PRESENT), STR("1"));
	const struct token *t;

	desk_approvers(d);
	t = tokens_admit(&d->tokens, request_header(req, TOKEN), present, clock_mono_ms());
	if (!t || d->freed)
		return request_admit(req, ERR_UNAUTHENTICATED);
	req->who.kind = CALLER_USER;
	req->who.id = t->whose;
	request_admit(req, 0);
}

/* --- one attempt -------------------------------------------------------------------------------
 */

struct attempt {
	struct request *req;
	struct check *check;
	char network[ADDRESS_GROUP_MAX];
	struct hash name;   /* of what was typed, in one case */
	struct id approver; /* zero: nobody has that name */
};

static struct str key_of(const struct hash *h)
{
	return (struct str){ (const char *)h->b, sizeof(h->b) };
}

static struct hash fold(struct arena *mem, const char *name)
{
	char *text = arena_strdup(mem, name);

	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + 0x20);
	return hash_of(text, strlen(text));
}

static bool within_limits(struct attempt *a)
{
	struct desk *d = desk_of(a->req);
	int64_t now = clock_mono_ms(), wait_ms = 0;

	if (rate_has(&d->by_network, str_of(a->network), now, &wait_ms) &&
	    rate_has(&d->by_name, key_of(&a->name), now, &wait_ms))
		return true;
	reply_retry_after(a->req, (wait_ms + 999) / 1000);
	reply_error(a->req, ERR_TOO_MANY_LOGINS, NULL);
	return false;
}

/* Where the last step of that approver is kept; of one that is gone it is free. */
static struct spent *spent_of(struct desk *d, struct id approver)
{
	struct spent *free_one = &d->spent[0];

	for (size_t i = 0; i < APPROVERS_MAX; i++) {
		struct spent *s = &d->spent[i];

		if (id_eq(s->approver, approver))
			return s;
		if (id_is_zero(s->approver) || !approvers_find(&d->approvers, s->approver))
			free_one = s;
	}
	*free_one = (struct spent){ approver, d->spent_before };
	return free_one;
}

/* One that lies ahead is of a clock that did, and counts as of this moment. */
static int64_t *step_of(struct desk *d, struct id approver)
{
	int64_t next = clock_wall_ms() / TOTP_STEP_MS + 1; /* the last that may be used now */
	struct spent *s = spent_of(d, approver);

	if (s->step > next)
		s->step = next;
	return &s->step;
}

static bool code_is_right(struct desk *d, const struct approver *who, const char *code)
{
	uint8_t secret[TOTP_SECRET_LEN];
	bool right = totp_parse(str_of(who->totp), secret) == 0 &&
		     totp_check(secret, str_of(code), clock_wall_ms(), step_of(d, who->id));

	secret_wipe(secret, sizeof(secret));
	return right;
}

static void checked(bool right, void *arg)
{
	struct attempt *a = arg;
	struct desk *d = desk_of(a->req);
	const struct login_in *in = a->req->in;
	const struct approver *who = approvers_find(desk_approvers(d), a->approver);
	int64_t now = clock_mono_ms();
	char token[TOKEN_TEXT_SIZE];
	int rc;

	a->check = NULL;
	if (!right || !who || !code_is_right(d, who, in->code)) {
		(void)rate_take(&d->by_network, str_of(a->network), now, NULL);
		(void)rate_take(&d->by_name, key_of(&a->name), now, NULL);
		log_event(EV_DESK_REFUSED, "known=%d", who != NULL);
		return reply_error(a->req, ERR_LOGIN_FAILED, NULL);
	}
	/* Before it has let anybody in. */
	rc = approver_step_save(d->cfg.dir, *step_of(d, who->id));
	if (rc < 0)
		return reply_error(a->req, rc, NULL);
	log_event(EV_DESK_ENTERED, "");
	tokens_make(&d->tokens, who->id, now, DESK_LOGIN_MS, token);
	reply(a->req, 201, &(struct token_out){ token });
	secret_wipe(token, sizeof(token));
}

static void attempt_end(struct request *req, void *arg)
{
	struct attempt *a = arg;

	if (a->check)
		check_forget(a->check);
}

static void log_in(struct request *req)
{
	struct desk *d = desk_of(req);
	const struct login_in *in = req->in;
	struct attempt *a = ARENA_NEW(&req->mem, struct attempt);
	const struct approver *who = approvers_named(desk_approvers(d), str_of(in->name));

	a->req = req;
	a->name = fold(&req->mem, in->name);
	a->approver = who ? who->id : (struct id){};
	request_address_group(req, a->network);
	if (!within_limits(a))
		return;
	if (!d->checker)
		d->checker = checker_new(d->cfg.loop);
	if (!checker_start(d->checker, str_of(in->password),
			   who ? who->password : password_nobody(), checked, a, &a->check))
		return reply_error(req, ERR_BUSY, NULL);
	request_at_end(req, attempt_end, a);
}

static void log_out(struct request *req)
{
	tokens_end(&desk_of(req)->tokens, request_header(req, TOKEN));
	reply(req, 204, NULL);
}

/* clang-format off */
const struct route desk_login_routes[] = {
	{ METHOD_POST, "/api/login", RIGHT_PUBLIC, 2 * KIB, &login_schema, &token_schema,
	  CHANGE_NONE, log_in, .status = 201, .summary = "Name, password and code for a token" },
	{ METHOD_DELETE, "/api/login", RIGHT_LOGIN, 0, NULL, NULL, CHANGE_NONE, log_out,
	  .status = 204, .summary = "The token is good for nothing any more" },
	{}
};
/* clang-format on */
