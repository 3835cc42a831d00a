/* settings.c - the page's server: listening, settings.url, and who may call; see settings.h. */
#include "connector/settings/control.h"
#include "connector/settings/slice.h"

#include "api/api.h"
#include "api/assets.h"
#include "api/openapi.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/exchange.h"
#include "net/fetch.h"
#include "net/server.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS    5000
#define DRAIN_MS    200
#define BODIES_MAX  (1 * MIB)
#define CLIENTS_MAX 64
#define TOKEN       "x-imprimatur-token"   /* the header; no page of another origin can set it */
#define PRESENT     "x-imprimatur-present" /* "1": a person did something */

extern const struct assets settings_assets;

const char *const settings_state_names[] = { "off", "open", "taken", "failed", NULL };

const struct route *const settings_route_tables[] = {
	settings_token_routes,
	settings_state_routes,
	settings_switch_routes,
	settings_ledger_routes,
	settings_option_routes,
	settings_leave_routes,
	settings_session_routes,
	settings_target_routes,
	settings_desk_routes,
	settings_target_import_routes,
	NULL,
};

static const char *no_name(int number)
{
	return NULL;
}
const struct openapi_names settings_openapi_names = {
	.title = "Imprimatur connector, settings page",
	.version = IMPRIMATUR_VERSION,
	.right = no_name,
	.change = no_name,
};

/* --- who may call ------------------------------------------------------------------------------
 */

struct settings *settings_of(struct request *req)
{
	return req->owner;
}

static void authenticate(struct request *req)
{
	struct settings *s = settings_of(req);
	bool present =
		req->route->method != METHOD_GET || str_eq(request_header(req, PRESENT), STR("1"));

	if (s->left ||
	    !guard_admits(&s->guard, request_header(req, TOKEN), present, clock_mono_ms()))
		return request_admit(req, ERR_UNAUTHENTICATED);
	req->who.kind = CALLER_USER;
	/* What could be changed is about to go. */
	request_admit(req, s->begun && req->route->method != METHOD_GET ? ERR_BUSY : 0);
}

struct token_in {
	const char *secret;
};
struct token_out {
	const char *token;
};

/* clang-format off */
static const struct json_field token_in_fields[] = {
	{ "secret", JSON_TEXT, offsetof(struct token_in, secret), JSON_REQUIRED, .min = 1, .max = 100 },
	{}
};
static const struct json_schema token_in_schema = {
	"token_in", sizeof(struct token_in), 0, token_in_fields
};
static const struct json_field token_out_fields[] = {
	{ "token", JSON_TEXT, offsetof(struct token_out, token), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema token_out_schema = {
	"token", sizeof(struct token_out), 0, token_out_fields
};
/* clang-format on */

static void take_token(struct request *req)
{
	const struct token_in *in = req->in;
	struct settings *s = settings_of(req);
	char token[GUARD_TEXT_SIZE];
	int rc = guard_spend(&s->guard, str_of(in->secret), clock_mono_ms(), token);

	if (rc < 0) {
		log_event(EV_SETTINGS_REFUSED, "code=%s", err_code(rc));
		return reply_error(req, rc, NULL);
	}
	log_event(EV_SETTINGS_ENTERED, "");
	settings_write_url(s);
	reply(req, 201, &(struct token_out){ token });
	secret_wipe(token, sizeof(token));
}

static void end_token(struct request *req)
{
	guard_end(&settings_of(req)->guard, request_header(req, TOKEN));
	reply(req, 204, NULL);
}

/* clang-format off */
const struct route settings_token_routes[] = {
	{ METHOD_POST, "/api/token", RIGHT_PUBLIC, 256, &token_in_schema, &token_out_schema,
	  CHANGE_NONE, take_token, .status = 201,
	  .summary = "Spend the secret of settings.url for a token" },
	{ METHOD_DELETE, "/api/token", RIGHT_LOGIN, 0, NULL, NULL, CHANGE_NONE, end_token,
	  .status = 204, .summary = "Close the page: the token is good for nothing any more" },
	{}
};
/* clang-format on */

struct settings_facts settings_facts(struct request *req)
{
	struct settings *s = settings_of(req);
	struct settings_facts f = {};

	s->cfg.ops->facts(&f, s->cfg.owner);
	return f;
}

const char *settings_path(struct request *req, const char *name)
{
	char path[HOME_PATH_MAX];

	if (home_path(settings_of(req)->cfg.dir, name, path) < 0)
		return NULL;
	return arena_strdup(&req->mem, path);
}

/* --- settings.url ------------------------------------------------------------------------------
 */

static int write_url(const struct settings *s)
{
	struct buf text = buf_new(512);
	char path[HOME_PATH_MAX];
	int rc;

	/* An Internet shortcut, with the line ends that Windows expects. */
	buf_printf(&text, "[InternetShortcut]\r\nURL=%s/#%s\r\n", s->origin, s->guard.secret);
	rc = home_path(s->cfg.dir, HOME_SETTINGS_URL, path);
	if (rc == 0)
		rc = file_replace(path, text.data, text.len, FILE_PRIVATE);
	buf_wipe(&text);
	return rc;
}

void settings_write_url(struct settings *s)
{
	int rc = write_url(s);

	if (rc == 0)
		return;
	log_event(EV_SETTINGS_FAILED, "what=url code=%s error=%d", err_code(rc), rc);
	timer_start(s->cfg.loop, &s->retry, RETRY_MS);
}

static void remove_url(const struct settings *s)
{
	char path[HOME_PATH_MAX];

	if (home_path(s->cfg.dir, HOME_SETTINGS_URL, path) == 0 && file_remove(path) < 0)
		log_event(EV_SETTINGS_FAILED, "what=url");
}

/* --- listening ---------------------------------------------------------------------------------
 */

static void on_request(struct exchange *x, void *owner)
{
	struct settings *s = owner;

	api_exchange(s->api, x);
}

static void on_closed(void *owner)
{
	struct settings *s = owner;

	s->closed = true;
}

static void tell(struct settings *s, enum settings_state state, int port)
{
	bool news = s->info.state != state || s->info.port != port;

	s->info = (struct settings_info){ state, port };
	if (news)
		s->cfg.ops->on_change(s->cfg.owner);
}

static int open_api(struct settings *s, int port)
{
	bool six = s->cfg.listen[0] == '[';
	struct buf why = buf_new(4 * KIB);
	int rc;

	snprintf(s->authority, sizeof(s->authority), "%s:%d", six ? "[::1]" : "127.0.0.1", port);
	snprintf(s->origin, sizeof(s->origin), "http://%s", s->authority);
	rc = api_open(s->cfg.loop, s->api_config, settings_route_tables, &why, &s->api);
	if (rc < 0)
		log_event(EV_FATAL, "what=settings_routes");
	buf_done(&why);
	return rc;
}

static int begin_listening(struct settings *s, int *ret_port)
{
	int rc = server_adopt(s->server, SETTINGS_SOCKET, ret_port);

	return rc == -ENOENT ? server_listen(s->server, s->cfg.listen, NULL, ret_port) : rc;
}

static void try_listening(struct settings *s)
{
	int port = 0, rc = begin_listening(s, &port);

	if (rc == 0)
		rc = open_api(s, port);
	if (rc == 0) {
		log_event(EV_SETTINGS_OPEN, "port=%d", port);
		settings_write_url(s);
		return tell(s, SETTINGS_OPEN, port);
	}
	if (s->info.state == SETTINGS_OFF)
		log_event(rc == -EADDRINUSE ? EV_SETTINGS_TAKEN : EV_SETTINGS_FAILED,
			  "listen=%s error=%d", s->cfg.listen, rc);
	/* What an earlier run left would lead to whoever has the port now. */
	remove_url(s);
	tell(s, rc == -EADDRINUSE ? SETTINGS_TAKEN : SETTINGS_FAILED, 0);
	timer_start(s->cfg.loop, &s->retry, RETRY_MS);
}

static void on_retry(struct timer *t)
{
	struct settings *s = CONTAINER_OF(t, struct settings, retry);

	if (s->info.state == SETTINGS_OPEN)
		settings_write_url(s);
	else
		try_listening(s);
}

/* --- life --------------------------------------------------------------------------------------
 */

struct settings *settings_new(const struct settings_config *cfg)
{
	static const struct server_ops ops = { on_request, on_closed };
	static const struct server_limits limits = { .connections = CLIENTS_MAX,
						     .connections_per_network = CLIENTS_MAX };
	struct settings *s = xcalloc(1, sizeof(*s));

	s->cfg = *cfg;
	s->cfg.listen = s->listen = xstrdup(cfg->listen);
	timer_init(&s->retry, on_retry);
	guard_init(&s->guard);
	s->control = control_new(cfg->loop, cfg->dir, s);
	if (strcmp(cfg->listen, SETTINGS_OFF_WORD) == 0) {
		remove_url(s);
		return s;
	}
	s->api_config = xcalloc(1, sizeof(*s->api_config));
	*s->api_config = (struct api_config){
		.origin = s->origin,
		.authority = s->authority,
		.assets = &settings_assets,
		.owner = s,
		.authenticate = authenticate,
		.bodies_max_bytes = BODIES_MAX,
		.local = true,
	};
	s->server = server_new(cfg->loop, &limits, &ops, s);
	try_listening(s);
	return s;
}

static bool is_closed(void *arg)
{
	return ((struct settings *)arg)->closed;
}

void settings_free(struct settings **s)
{
	struct settings *it = *s;

	if (!it)
		return;
	timer_stop(it->cfg.loop, &it->retry);
	control_free(&it->control);
	if (it->server) {
		server_drain(it->server, DRAIN_MS);
		loop_run_until(it->cfg.loop, is_closed, it, 10 * DRAIN_MS);
		remove_url(it);
	}
	api_free(&it->api);
	fetcher_free(&it->fetcher);
	checker_free(&it->checker);
	guard_done(&it->guard);
	free(it->api_config);
	free(it->listen);
	free(it);
	*s = NULL;
}

void settings_info(const struct settings *s, struct settings_info *ret_info)
{
	*ret_info = s->info;
}
