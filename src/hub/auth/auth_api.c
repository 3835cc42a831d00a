/* auth_api.c - logging in and out, and who a request comes from.
 *
 *   POST /logins:  limits -> e-mail's row (read job) -> password (worker) -> login's row (write
 * job) -> me
 *
 * The steps after an unknown e-mail are the same up to the end of the password check. */
#include "hub/auth/guess.h"
#include "hub/auth/login.h"
#include "hub/auth/me.h"

#include "api/checker.h"
#include "api/request.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/rand.h"
#include "base/rate.h"
#include "model/legal.h"
#include "net/loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE          "__Host-imprimatur"
#define VISIT_COOKIE    "__Host-imprimatur-support"
#define COOKIE_TEXT_LEN 43 /* base64url of LOGIN_TOKEN_LEN octets */

#define LOOK_MS   (60 * 60 * 1000) /* the same look is logged anew */
#define LOOKS_MAX 50000

struct auth {
	struct checker *checker;
	struct guesses guesses;
	struct rate looked; /* what support's logins have looked at */
};

/* ---- forms ---- */

struct login_in {
	const char *email, *password;
};

#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct json_field login_in_fields[] = {
	{ "email", JSON_TEXT, AT(login_in, email), JSON_REQUIRED, .min = 1, .max = EMAIL_MAX_LEN },
	{ "password", JSON_TEXT, AT(login_in, password), JSON_REQUIRED, .min = 1, .max = PASSWORD_MAX },
	{}
};
static const struct json_schema login_in_schema = {
	"login_in", sizeof(struct login_in), 0, login_in_fields
};
/* clang-format on */

/* ---- who calls ---- */

struct find_job {
	struct hash token;
	struct login login;
	bool visits; /* the token is of the second cookie */
};

static int find_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct find_job *job = arg;

	return login_find(db, &job->token, clock_wall_ms(), legal_version(LEGAL_HUB_TERMS),
			  &job->login);
}

static int touch_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct id *login = arg;

	return login_touch(db, *login, clock_wall_ms());
}

static void touch_done(struct request *req, int rc, void *arg)
{
	/* The login counts whether or not its use could be noted. */
	request_admit(req, 0);
}

/* ---- support with a provider: what it looks at is logged before it is shown ---- */

struct look_job {
	struct id provider, home, user, login;
	struct change_in change;
};

static int look_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct look_job *job = arg;
	struct tenant_db *looked_at = system_tenant(db, job->provider);
	struct person person;
	int rc = person_get(system_tenant(db, job->home), mem, job->user, &person);

	if (rc == 0)
		rc = login_touch(looked_at, job->login, clock_wall_ms());
	if (rc < 0)
		return rc;
	job->change.after = auth_named(mem, person.name);
	return change_write(looked_at, &job->change);
}

/* By whom and what: as long as it is in `looked`, it is in the log. */
struct look_key {
	struct id login, object;
};

static struct str look_key(const struct look_key *key)
{
	return (struct str){ (const char *)key, sizeof(*key) };
}

static void look_done(struct request *req, int rc, void *arg)
{
	const struct look_job *job = arg;
	const struct look_key key = { job->login, job->change.object };

	/* Only now: what was not written is written by who asks again, or not shown to him. */
	if (rc == 0)
		(void)rate_take(&hub_of(req->owner)->auth->looked, look_key(&key), clock_mono_ms(),
				NULL);
	request_admit(req, rc);
}

/* Some routes are any login's; of those that write, a visitor has his own logout alone. */
static bool changes_something(const struct route *r)
{
	return r->method != METHOD_GET && r->change != CHANGE_LOGIN_ENDED;
}

/* What the row names first, or else the provider as a whole. */
static void admit_visitor(struct request *req)
{
	const struct caller *who = &req->who;
	struct look_job job = { who->provider, who->home, who->id, who->login,
				hub_change(req, CHANGE_SUPPORT_LOOKED) };
	struct change_in *c = &job.change;
	struct look_key key = { .login = who->login };

	c->object_kind = req->route->ids[0];
	c->object = req->ids[0];
	if (c->object_kind == ID_NONE || c->object_kind == ROUTE_NAME || req->unknown_part) {
		c->object_kind = ID_PROV;
		c->object = who->provider;
	}
	c->site = c->object_kind == ID_SITE ? c->object : (struct id){};
	key.object = c->object;
	if (rate_has(&hub_of(req->owner)->auth->looked, look_key(&key), clock_mono_ms(), NULL))
		hub_system_write(req, look_run, look_done, &job, sizeof(job));
	else
		request_admit(req, 0);
}

/* ---- who calls, on ---- */

static void clear_visit(struct request *req)
{
	reply_header(req, "set-cookie", VISIT_COOKIE "=" COOKIE_RULES "0");
}

static void find_done(struct request *req, int rc, void *arg)
{
	const struct find_job *job = arg;
	const struct login *l = &job->login;

	if (rc < 0) {
		/* Its own login counts again. */
		if (job->visits && rc == ERR_UNAUTHENTICATED)
			clear_visit(req);
		request_admit(req, rc);
		return;
	}
	req->who = (struct caller){ .kind = CALLER_USER,
				    .rights = role_rights(l->role),
				    .provider = l->provider,
				    .id = l->user,
				    .login = l->id,
				    .home = l->home };
	if (!id_is_zero(l->home)) {
		if (changes_something(req->route))
			request_admit(req, ERR_FORBIDDEN);
		else
			admit_visitor(req);
		return;
	}
	if (!l->bound && !(req->route->flags & ROUTE_BEFORE_TERMS)) {
		request_admit(req, ERR_TERMS_REQUIRED);
		return;
	}
	/* An open page that only listens is no use of the login. */
	if (req->route->flags & ROUTE_STREAM || clock_wall_ms() - l->seen_ms < LOGIN_TOUCH_MS)
		request_admit(req, 0);
	else
		hub_write(req, touch_run, touch_done, &l->id, sizeof(l->id));
}

void auth_authenticate(struct request *req)
{
	struct str cookie = request_cookie(req, VISIT_COOKIE);
	uint8_t token[LOGIN_TOKEN_LEN];
	struct find_job job = { .visits = cookie.len > 0 };

	if (!job.visits)
		cookie = request_cookie(req, COOKIE);
	if (base64url_decode(cookie, token, sizeof(token)) != LOGIN_TOKEN_LEN) {
		request_admit(req, ERR_UNAUTHENTICATED);
		return;
	}
	job.token = hash_of(token, sizeof(token));
	secret_wipe(token, sizeof(token));
	hub_system_read(req, find_run, find_done, &job, sizeof(job));
}

/* ---- logging in ---- */

struct attempt {
	struct request *req;
	struct guess guess;
	bool known;
	struct person_found person;
	struct check *check;
};

struct person_job {
	struct hash email;
	struct person_found person;
};

struct make_job {
	struct login login;
	struct hash token;
	struct hash account;
	struct change_in change;
	struct me_facts me;
	char cookie[COOKIE_TEXT_LEN + 1];
};

/* False, and the request answered, if too many have failed. */
static bool within_limits(struct request *req, const struct guess *who)
{
	int64_t wait_ms = 0;

	if (guess_may(&hub_of(req->owner)->auth->guesses, who, clock_mono_ms(), &wait_ms))
		return true;
	reply_retry_after(req, (wait_ms + 999) / 1000);
	reply_error(req, ERR_TOO_MANY_LOGINS, NULL);
	return false;
}

static int make_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct make_job *job = arg;
	int rc = login_insert(db, &job->login, &job->token, clock_wall_ms());

	if (rc == 0)
		rc = change_write(db, &job->change);
	if (rc == 0)
		rc = me_read(db, mem, job->login.provider, job->login.user, &job->me);
	return rc;
}

static void make_done(struct request *req, int rc, void *arg)
{
	struct make_job *job = arg;
	char header[160];

	if (rc < 0) {
		reply_error(req, rc, NULL);
		return;
	}
	guess_tell_browser(req, &job->account);
	snprintf(header, sizeof(header), COOKIE "=%s" COOKIE_RULES "%lld", job->cookie,
		 (long long)(LOGIN_MAX_MS / 1000));
	reply_header(req, "set-cookie", header);
	secret_wipe(header, sizeof(header));
	me_reply(req, 201, &job->me);
}

/* A cookie's secret as text, and what is held of it. */
static struct hash new_token(char cookie[static COOKIE_TEXT_LEN + 1])
{
	uint8_t token[LOGIN_TOKEN_LEN];
	struct buf text = buf_new(2 * COOKIE_TEXT_LEN);
	struct hash digest;

	rand_bytes(token, sizeof(token));
	buf_put_base64url(&text, token, sizeof(token));
	memcpy(cookie, text.data, COOKIE_TEXT_LEN);
	cookie[COOKIE_TEXT_LEN] = 0;
	digest = hash_of(token, sizeof(token));
	secret_wipe(token, sizeof(token));
	buf_wipe(&text);
	return digest;
}

static void make_login(struct request *req, const struct attempt *a)
{
	const struct person_found *p = &a->person;
	struct make_job job = { .account = a->guess.account };

	req->who = (struct caller){ CALLER_USER, role_rights(p->role), p->provider, .id = p->id };
	job.token = new_token(job.cookie);
	job.login = (struct login){ p->provider, p->id, id_new(), p->role,
				    .expires_ms = clock_wall_ms() + LOGIN_MAX_MS };
	job.change = hub_change(req, CHANGE_LOGIN_MADE);
	job.change.object_kind = ID_LOGIN;
	job.change.object = job.login.id;
	hub_write(req, make_run, make_done, &job, sizeof(job));
	secret_wipe(&job, sizeof(job));
}

void auth_visit_new(struct auth_visit *v)
{
	static_assert(sizeof(v->cookie) > COOKIE_TEXT_LEN, "a cookie fits");
	v->login = id_new();
	v->token = new_token(v->cookie);
}

int auth_visit_write(struct tenant_db *db, const struct auth_visit *v)
{
	const struct login l = { .provider = tenant_id(db),
				 .user = v->user,
				 .id = v->login,
				 .expires_ms = v->until_ms,
				 .home = v->home,
				 .grant = v->grant };

	return login_insert(db, &l, &v->token, clock_wall_ms());
}

void auth_visit_tell(struct request *req, const struct auth_visit *v)
{
	char header[160];

	snprintf(header, sizeof(header), VISIT_COOKIE "=%s" COOKIE_RULES "%lld", v->cookie,
		 (long long)(LOGIN_MAX_MS / 1000));
	reply_header(req, "set-cookie", header);
	secret_wipe(header, sizeof(header));
}

static void refuse_login(struct request *req, const struct attempt *a)
{
	guess_failed(&hub_of(req->owner)->auth->guesses, &a->guess, clock_mono_ms());
	log_event(EV_LOGIN_FAILED, "known=%d", a->known);
	reply_error(req, ERR_LOGIN_FAILED, NULL);
}

static void checked(bool right, void *arg)
{
	struct attempt *a = arg;

	a->check = NULL;
	if (right && a->known)
		make_login(a->req, a);
	else
		refuse_login(a->req, a);
}

static void attempt_end(struct request *req, void *arg)
{
	struct attempt *a = arg;

	if (a->check)
		check_forget(a->check);
}

static int person_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct person_job *job = arg;

	return person_by_email(db, &job->email, &job->person);
}

static void person_done(struct request *req, int rc, void *arg)
{
	struct auth *auth = hub_of(req->owner)->auth;
	const struct person_job *job = arg;
	const struct login_in *in = req->in;
	struct attempt *a;

	if (rc < 0 && rc != ERR_NOT_FOUND) {
		reply_error(req, rc, NULL);
		return;
	}
	a = ARENA_NEW(&req->mem, struct attempt);
	a->req = req;
	a->guess = guess_of(req, &job->email);
	a->known = rc == 0;
	a->person = job->person;
	/* Many may have come here while few had failed: looked at once more before the dear part.
	 */
	if (!within_limits(req, &a->guess))
		return;
	if (!checker_start(auth->checker, str_of(in->password),
			   a->known ? a->person.password : password_nobody(), checked, a,
			   &a->check))
		reply_error(req, ERR_BUSY, NULL);
	else
		request_at_end(req, attempt_end, a);
}

static void post_login(struct request *req)
{
	const struct login_in *in = req->in;
	char folded[EMAIL_MAX_LEN + 1];
	struct person_job job = {};
	struct guess who;

	if (!email_fold(str_of(in->email), folded)) {
		reply_error(req, ERR_INVALID, "email");
		return;
	}
	job.email = email_hash(hub_of(req->owner)->keys, folded);
	who = guess_of(req, &job.email);
	if (within_limits(req, &who))
		hub_system_read(req, person_run, person_done, &job, sizeof(job));
}

/* ---- logging out, and who am I ---- */

static int end_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct change_in *change = arg;
	int rc = login_end(db, change->object);

	return rc < 0 ? rc : change_write(db, change);
}

static void end_done(struct request *req, int rc, void *arg)
{
	/* Ended by another request meanwhile: that is what was wanted. */
	if (rc < 0 && rc != ERR_NOT_FOUND) {
		reply_error(req, rc, NULL);
		return;
	}
	if (id_is_zero(req->who.home))
		reply_header(req, "set-cookie", COOKIE "=" COOKIE_RULES "0");
	else
		clear_visit(req);
	reply(req, 204, NULL);
}

static void delete_login(struct request *req)
{
	struct change_in change = hub_change(req, CHANGE_LOGIN_ENDED);

	change.object_kind = ID_LOGIN;
	change.object = req->who.login;
	hub_write(req, end_run, end_done, &change, sizeof(change));
}

struct me_job {
	struct id provider, user, home, login;
	struct me_facts me;
};

static int visitor_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct me_job *job = arg;
	struct tenant_db *here = system_tenant(db, job->provider);
	int rc = me_read(system_tenant(db, job->home), mem, job->home, job->user, &job->me);

	if (rc == 0)
		rc = auth_login_until(here, job->login, &job->me.visit_until_ms);
	if (rc == 0)
		rc = provider_name(here, mem, &job->me.provider);
	job->me.provider_id = job->provider;
	job->me.person.role = ROLE_VISITOR;
	return rc;
}

static int me_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct me_job *job = arg;

	return me_read(db, mem, job->provider, job->user, &job->me);
}

static void me_done(struct request *req, int rc, void *arg)
{
	const struct me_job *job = arg;

	if (rc < 0)
		reply_error(req, rc, NULL);
	else
		me_reply(req, 200, &job->me);
}

static void get_me(struct request *req)
{
	struct me_job job = { req->who.provider, req->who.id, req->who.home, req->who.login };

	if (id_is_zero(job.home))
		hub_read(req, me_run, me_done, &job, sizeof(job));
	else
		hub_system_read(req, visitor_run, me_done, &job, sizeof(job));
}

/* ---- the slice ---- */

static int auth_open(struct hub *hub)
{
	hub->auth = xcalloc(1, sizeof(*hub->auth));
	hub->auth->checker = checker_new(hub->loop);
	guesses_init(&hub->auth->guesses);
	rate_init(&hub->auth->looked, 1, LOOK_MS, LOOKS_MAX);
	return 0;
}

static void auth_close(struct hub *hub)
{
	if (!hub->auth)
		return;
	checker_free(&hub->auth->checker);
	guesses_done(&hub->auth->guesses);
	rate_done(&hub->auth->looked);
	free(hub->auth);
	hub->auth = NULL;
}

/* clang-format off */
static const struct route routes[] = {
	{ METHOD_POST, "/api/v1/logins", RIGHT_PUBLIC, 2 * KIB, &login_in_schema, &me_schema,
	  CHANGE_LOGIN_MADE, post_login, .status = 201, .summary = "Log in" },
	{ METHOD_DELETE, "/api/v1/logins/current", RIGHT_LOGIN, 0, NULL, NULL,
	  CHANGE_LOGIN_ENDED, delete_login, .status = 204, .flags = ROUTE_BEFORE_TERMS,
	  .summary = "Log out" },
	{ METHOD_GET, "/api/v1/me", RIGHT_LOGIN, 0, NULL, &me_schema,
	  CHANGE_NONE, get_me, .flags = ROUTE_BEFORE_TERMS, .summary = "Who is logged in" },
	{}
};
/* clang-format on */

const struct slice auth_slice = {
	.name = "auth",
	.routes = routes,
	.open = auth_open,
	.close = auth_close,
};
