/* test_world.c - see test_world.h. */
#include "hub/test_world.h"

#include "base/clock.h"
#include "base/os.h"
#include "base/password.h"
#include "base/rand.h"
#include "hub/auth/auth.h"
#include "hub/connector/connector.h"
#include "hub/known.h"
#include "hub/provider/provider.h"
#include "hub/series/series.h"
#include "model/legal.h"
#include "net/loop.h"
#include "net/mail.h"
#include "wire/http_sig.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool ok, const char *what)
{
	if (!ok)
		die("test world: %s", what);
}

static void authenticate(struct request *req)
{
	if (req->route->right == RIGHT_SIGNED)
		connector_authenticate(req);
	else
		auth_authenticate(req);
}

/* ---- the hub ---- */

static void open_hub(struct world *w)
{
	struct buf why = buf_new(16 * KIB);
	struct hub *hub = &w->hub;

	*hub = (struct hub){ .loop = w->f->loop,
			     .db = w->f->db,
			     .keys = w->f->keys,
			     .known = w->known,
			     .config = &w->config,
			     .origin = TEST_ORIGIN,
			     .authority = TEST_AUTHORITY,
			     .steady_ms = clock_wall_ms(),
			     .started_mono_ms = clock_mono_ms() };
	db_on_changed(hub->db, hub->loop, hub_on_changed, hub);
	for (size_t i = 0; hub_slices[i]; i++)
		must(!hub_slices[i]->open || hub_slices[i]->open(hub) == 0, hub_slices[i]->name);
	w->api = (struct api_config){ TEST_ORIGIN, TEST_AUTHORITY, NULL, hub, authenticate, 0 };
	must(api_open(hub->loop, &w->api, hub_routes(), &why, &hub->api) == 0,
	     (const char *)why.data);
	buf_done(&why);
}

static void close_hub(struct world *w)
{
	size_t n = 0;

	while (hub_slices[n])
		n++;
	for (size_t i = n; i-- > 0;) {
		if (hub_slices[i]->drain)
			hub_slices[i]->drain(&w->hub);
	}
	w->hub.closed = true;
	for (size_t i = n; i-- > 0;) {
		if (hub_slices[i]->close)
			hub_slices[i]->close(&w->hub);
	}
	api_free(&w->hub.api);
}

void world_restart(struct world *w)
{
	close_hub(w);
	fixture_close_db(w->f);
	fixture_open_db(w->f);
	open_hub(w);
}

/* ---- people ---- */

struct add_job {
	struct provider_user_in in;
	struct id provider, user;
};

static int add_run(struct system_db *db, struct arena *mem, void *arg)
{
	struct add_job *job = arg;

	return provider_add_user(db, mem, &job->in, &job->provider, &job->user);
}

static void add_user(struct world *w, struct world_user *u, const char *provider, const char *email)
{
	static char hash[PASSWORD_HASH_MAX];
	struct arena mem = {};
	struct add_job job = { .in = { .provider = provider, .email = email, .name = "A user" } };

	if (!hash[0])
		password_hash(STR(WORLD_PASSWORD), hash);
	job.in.password = hash;
	job.in.email_hash = email_hash(w->f->keys, email);
	must(db_wait_system_write(w->f->db, add_run, &job, &mem) == 0, "user add");
	arena_done(&mem);
	u->provider = job.provider;
	u->email = email;
}

void world_login(struct world *w, struct world_user *u)
{
	char body[200];
	struct answer a;

	snprintf(body, sizeof(body), "{\"email\":\"%s\",\"password\":\"%s\"}", u->email,
		 WORLD_PASSWORD);
	a = world_call(w, NULL, "POST", "/api/v1/logins", body);
	must(a.status == 201, "login");
	snprintf(u->cookie, sizeof(u->cookie), "%.*s",
		 (int)strcspn(answer_header(&a, "set-cookie"), ";"),
		 answer_header(&a, "set-cookie"));
	answer_done(&a);
}

struct answer world_call(struct world *w, const struct world_user *u, const char *method,
			 const char *path, const char *body)
{
	struct call c = { method, path, .body = body };
	size_t n = 0;

	if (body) {
		c.headers[n++] = "content-type";
		c.headers[n++] = "application/json";
	}
	if (u) {
		c.headers[n++] = "cookie";
		c.headers[n++] = u->cookie;
	}
	return call_api(w->f->loop, w->hub.api, &c);
}

void world_newcomer(struct world *w, const char *provider, const char *email, struct world_user *u)
{
	add_user(w, u, provider, email);
	world_login(w, u);
}

struct answer world_accept(struct world *w, const struct world_user *u, const char *for_provider)
{
	char body[200];
	struct answer a = world_call(w, u, "GET", "/api/v1/me/terms", NULL);

	must(a.status == 200, "terms shown");
	snprintf(body, sizeof(body), "{\"version\":%d,\"sha256\":\"%.64s\",\"for_provider\":%s}",
		 legal_version(LEGAL_HUB_TERMS), answer_member(&a, "sha256"), for_provider);
	answer_done(&a);
	return world_call(w, u, "POST", "/api/v1/me/terms", body);
}

static void add_bound(struct world *w, struct world_user *u, const char *provider,
		      const char *email)
{
	struct answer a;

	world_newcomer(w, provider, email, u);
	a = world_accept(w, u, "true");
	must(a.status == 200, "terms accepted");
	answer_done(&a);
}

/* ---- sites and connectors ---- */

void world_site(struct world *w, char site[static ID_TEXT_MAX])
{
	char body[200];
	struct answer a;

	snprintf(body, sizeof(body), "{\"customer_id\":\"%s\",\"name\":\"Haus B\"}", w->customer);
	a = world_call(w, &w->a, "POST", "/api/v1/sites", body);
	must(a.status == 201, "site");
	snprintf(site, ID_TEXT_MAX, "%.31s", answer_member(&a, "id"));
	answer_done(&a);
}

void world_invite(struct world *w, const char *site, char code[static 64],
		  char id[static ID_TEXT_MAX])
{
	char path[128];
	struct answer a;

	snprintf(path, sizeof(path), "/api/v1/sites/%s/invitations", site);
	a = world_call(w, &w->a, "POST", path, "{}");
	must(a.status == 201, "invitation");
	snprintf(code, 64, "%.63s", answer_member(&a, "code"));
	snprintf(id, ID_TEXT_MAX, "%.31s", answer_member(&a, "id"));
	answer_done(&a);
}

static void agreement_of(struct world *w, const char *code, char sha256[static 80])
{
	char body[200];
	struct answer a;

	snprintf(body, sizeof(body), "{\"code\":\"%s\",\"language\":\"en\"}", code);
	a = world_call(w, NULL, "POST", "/c/v1/invitation", body);
	must(a.status == 200, "invitation shown");
	snprintf(sha256, 80, "%.79s", answer_member(&a, "sha256"));
	answer_done(&a);
}

struct answer world_signed(struct world *w, const struct sign_key *key, const char *path,
			   const char *body)
{
	char digest[HTTP_SIG_DIGEST_SIZE], input[HTTP_SIG_INPUT_SIZE],
		signature[HTTP_SIG_VALUE_SIZE];
	uint8_t nonce[HTTP_SIG_NONCE_LEN];
	struct http_sig_request rq = {
		STR("POST"),    STR(TEST_AUTHORITY),     str_of(path),   {}, body != NULL,
		str_of(digest), STR("application/json"), STR("identity")
	};
	struct call c = { "POST", path, .body = body,
			  .headers = { "content-type", "application/json", "content-encoding",
				       "identity", "content-digest", digest, "signature-input",
				       input, "signature", signature } };

	if (!body) {
		rq.method = STR("GET");
		c = (struct call){
			"GET", path, .headers = { "signature-input", input, "signature", signature }
		};
	} else {
		http_sig_digest(body, strlen(body), digest);
		rq.content_digest = str_of(digest);
	}
	rand_bytes(nonce, sizeof(nonce));
	/* The hub takes no signature from before its own start, told in whole seconds. */
	must(http_sig_make(&rq, key, clock_wall_ms() / 1000 + 1, nonce, input, signature) == 0,
	     "signature");
	return call_api(w->f->loop, w->hub.api, &c);
}

struct sign_key *world_connector(struct world *w, const char *code)
{
	struct sign_key *key = sign_key_new();
	struct buf key_text = buf_new(128), body = buf_new(4 * KIB);
	uint8_t public[SIGN_KEY_LEN];
	char sha256[80], now[TIME_TEXT_MAX];
	struct answer a;

	agreement_of(w, code, sha256);
	sign_key_public(key, public);
	buf_put_base64url(&key_text, public, sizeof(public));
	time_encode(clock_wall_ms(), now);
	buf_printf(
		&body,
		"{\"code\":\"%s\",\"public_key\":\"%s\",\"agreement\":{\"version\":%d,\"sha256\":"
		"\"%s\","
		"\"language\":\"en\",\"accepted_at\":\"%s\"},\"connector_version\":\"0.1.0\","
		"\"os\":\"linux\"}",
		code, (const char *)key_text.data, legal_version(LEGAL_CONNECTOR_AGREEMENT), sha256,
		now);
	a = world_signed(w, key, "/c/v1/enroll", (const char *)body.data);
	must(a.status == 200, a.body.len ? (const char *)a.body.data : "enrolment");
	answer_done(&a);
	buf_done(&key_text);
	buf_done(&body);
	return key;
}

void world_enrol(struct world *w, const char *code)
{
	struct sign_key *key = world_connector(w, code);

	sign_key_free(&key);
}

/* ---- all of it ---- */

struct world *world_new(void)
{
	struct world *w = xcalloc(1, sizeof(*w));
	struct answer a;

	w->f = fixture_new();
	w->known = known_new();
	w->config = (struct hub_config){ .region = "de",
					 .regions = "us de",
					 .poll_hold_ms = 25000,
					 .poll_offline_after_ms = 90000,
					 .start_grace_ms = 300000,
					 .series_keep_raw_ms = 40 * SERIES_DAY_MS,
					 .series_keep_hours_ms = 180 * SERIES_DAY_MS,
					 .series_keep_days_ms = 3650 * SERIES_DAY_MS,
					 .public_url = TEST_ORIGIN,
					 .console_suffix = "console.example.test",
					 /* A port at which nobody answers: mails wait. */
					 .mail_server = "127.0.0.1",
					 .mail_port = 1,
					 .mail_security = MAIL_NO_TLS,
					 .mail_from = "hub@example.test",
					 .mail_retry_ms = 60000,
					 .mail_give_up_ms = SERIES_DAY_MS,
					 .mail_timeout_ms = 5000,
					 .mail_per_day = 20,
					 .mail_per_hour = 1000 };
	open_hub(w);
	add_bound(w, &w->a, "ACME Print", "a@example.test");
	add_bound(w, &w->b, "Other Print", "b@example.test");
	a = world_call(w, &w->a, "POST", "/api/v1/customers", "{\"name\":\"Klinikum S\303\274d\"}");
	must(a.status == 201, "customer");
	snprintf(w->customer, sizeof(w->customer), "%.31s", answer_member(&a, "id"));
	answer_done(&a);
	world_site(w, w->site);
	return w;
}

void world_free(struct world **w)
{
	close_hub(*w);
	fixture_free(&(*w)->f);
	known_free(&(*w)->known);
	free(*w);
	*w = NULL;
}
