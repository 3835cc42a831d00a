/* desk.c - the page's server: where it listens, by which certificate, and who counts as an
 * approver; see desk.h. */
#include "connector/desk/slice.h"

#include "api/api.h"
#include "api/assets.h"
#include "api/openapi.h"
#include "base/log.h"
#include "net/exchange.h"
#include "net/server.h"
#include "net/tls.h"
#include "net/tls_own.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS    5000
#define AGAIN_MS    ((int64_t)3600 * 1000) /* the certificate's files are read again */
#define BODIES_MAX  (1 * MIB)
#define CLIENTS_MAX 128
#define NETWORK_MAX 32
/* A certificate of our own is made anew so long before it ends. */
#define RENEW_MS ((int64_t)30 * 24 * 3600 * 1000)

extern const struct assets desk_assets;

#define WORD_NAME(number, name) [number] = name,
const char *const desk_state_names[] = { DESK_STATE_WORDS(WORD_NAME) NULL };

const struct route *const desk_route_tables[] = { desk_login_routes, desk_session_routes, NULL };

static const char *no_name(int number)
{
	return NULL;
}
const struct openapi_names desk_openapi_names = {
	.title = "Imprimatur connector, approving from a desk",
	.version = IMPRIMATUR_VERSION,
	.right = no_name,
	.change = no_name,
};

struct desk *desk_of(struct request *req)
{
	return req->owner;
}

/* --- approvers ---------------------------------------------------------------------------------
 */

static void end_of_the_gone(struct desk *d)
{
	for (size_t i = 0; i < TOKENS_MAX; i++) {
		const struct token *t = &d->tokens.items[i];

		if (t->alive && !approvers_find(&d->approvers, t->whose))
			tokens_end_of(&d->tokens, t->whose);
	}
}

const struct approvers *desk_approvers(struct desk *d)
{
	char path[HOME_PATH_MAX];
	int64_t changed =
		home_path(d->cfg.dir, HOME_APPROVERS, path) == 0 ? file_changed_ns(path) : 0;
	struct approvers now = {};

	if (changed == d->seen)
		return &d->approvers;
	d->seen = changed;
	/* What cannot be read lets nobody in. */
	if (approvers_load(d->cfg.dir, &now) < 0)
		log_event(EV_CONFIG_BAD, "detail=approvers");
	approvers_free(&d->approvers);
	d->approvers = now;
	end_of_the_gone(d);
	return &d->approvers;
}

unsigned desk_count(struct desk *d)
{
	return d->info.state == DESK_OPEN ? (unsigned)desk_approvers(d)->items.len : 0;
}

/* --- the certificate ---------------------------------------------------------------------------
 */

static int own_certificate(struct desk *d, char cert[static HOME_PATH_MAX],
			   char key[static HOME_PATH_MAX])
{
	struct hash unused;
	int rc = home_path(d->cfg.dir, HOME_DESK_CERT, cert);

	if (rc == 0)
		rc = home_path(d->cfg.dir, HOME_DESK_KEY, key);
	if (rc == 0 && (!tls_own_fits(cert, d->host, RENEW_MS, &unused) || !file_exists(key)))
		rc = tls_own_make(cert, key, d->host);
	return rc;
}

static int load_certificate(struct desk *d)
{
	const struct options *o = d->cfg.options;
	char own_cert[HOME_PATH_MAX], own_key[HOME_PATH_MAX];
	const char *cert = o->desk_cert_file, *key = o->desk_key_file;
	struct tls_problem problem = {};
	int rc = 0;

	if (!cert) {
		rc = own_certificate(d, own_cert, own_key);
		cert = own_cert;
		key = own_key;
	}
	if (rc < 0)
		return rc;
	tls_free(&d->tls);
	rc = tls_server_new(cert, key, &d->tls, &problem);
	if (rc == 0 && !tls_own_fits(cert, d->host, 0, &d->info.fingerprint)) {
		snprintf(problem.text, sizeof(problem.text),
			 "%.110s is not for %.50s, or not good today", cert, d->host);
		tls_free(&d->tls);
		rc = ERR_TLS;
	}
	snprintf(d->info.problem, sizeof(d->info.problem), "%s", problem.text);
	return rc;
}

/* --- listening ---------------------------------------------------------------------------------
 */

static void on_request(struct exchange *x, void *owner)
{
	struct desk *d = owner;

	api_exchange(d->api, x);
}

static void tell(struct desk *d, enum desk_state state)
{
	bool news = d->info.state != state;

	d->info.state = state;
	d->info.url = state == DESK_OPEN ? d->url : NULL;
	if (news)
		d->cfg.on_change(d->cfg.owner);
}

static int open_api(struct desk *d, int port)
{
	struct buf why = buf_new(4 * KIB);
	int rc;

	d->authority = d->url + strlen("https://");
	memcpy(d->url, "https://", strlen("https://"));
	desk_authority(d->cfg.options, port, d->authority);
	d->api_config = (struct api_config){
		.origin = d->url,
		.authority = d->authority,
		.assets = &desk_assets,
		.owner = d,
		.authenticate = desk_authenticate,
		.bodies_max_bytes = BODIES_MAX,
		.local = true,
	};
	rc = api_open(d->cfg.loop, &d->api_config, desk_route_tables, &why, &d->api);
	if (rc < 0)
		log_event(EV_FATAL, "what=desk_routes");
	buf_done(&why);
	return rc;
}

static enum desk_state state_of(int rc)
{
	return rc == 0             ? DESK_OPEN
	       : rc == -EADDRINUSE ? DESK_TAKEN
	       : rc == ERR_TLS     ? DESK_CERTIFICATE
				   : DESK_FAILED;
}

static void try_listening(struct desk *d)
{
	int port = 0, rc = load_certificate(d);

	if (rc == 0)
		rc = server_listen(d->server, d->listen, d->tls, &port);
	if (rc == 0)
		rc = open_api(d, port);
	if (rc == 0)
		log_event(EV_DESK_OPEN, "port=%d", port);
	else if (d->info.state != state_of(rc))
		log_event(EV_DESK_FAILED, "what=%s error=%d", desk_state_names[state_of(rc)], rc);
	timer_start(d->cfg.loop, &d->retry, rc < 0 ? RETRY_MS : AGAIN_MS);
	tell(d, state_of(rc));
}

/* Another certificate in the same files, or a new one of our own; the old one counts until it is
 * good. */
static void renew_certificate(struct desk *d)
{
	const char *cert = d->cfg.options->desk_cert_file;
	char own_cert[HOME_PATH_MAX], own_key[HOME_PATH_MAX];
	const char *const hosts[] = { d->host, NULL };
	struct tls_problem problem;

	if ((!cert && own_certificate(d, own_cert, own_key) < 0) ||
	    tls_reload(d->tls, hosts, &problem) < 0)
		log_event(EV_DESK_FAILED, "what=certificate");
	else if (!tls_own_fits(cert ? cert : own_cert, d->host, 0, &d->info.fingerprint))
		log_event(EV_DESK_FAILED, "what=certificate");
	timer_start(d->cfg.loop, &d->retry, AGAIN_MS);
}

static void on_retry(struct timer *t)
{
	struct desk *d = CONTAINER_OF(t, struct desk, retry);

	if (d->info.state == DESK_OPEN)
		renew_certificate(d);
	else
		try_listening(d);
}

/* --- life --------------------------------------------------------------------------------------
 */

static void destroy(struct desk *d)
{
	api_free(&d->api);
	tls_free(&d->tls);
	login_done(d);
	approvers_free(&d->approvers);
	free(d->listen);
	free(d->host);
	free(d);
}

static void on_closed(void *owner)
{
	destroy(owner);
}

struct desk *desk_new(const struct desk_config *cfg)
{
	static const struct server_ops ops = { on_request, on_closed };
	static const struct server_limits limits = { .connections = CLIENTS_MAX,
						     .connections_per_network = NETWORK_MAX };
	struct desk *d = xcalloc(1, sizeof(*d));
	struct address_ranges allowed;

	d->cfg = *cfg;
	d->seen = -1;
	timer_init(&d->retry, on_retry);
	login_init(d);
	if (!desk_is_on(cfg->options))
		return d;
	d->listen = xstrdup(cfg->options->desk_listen);
	d->host = xstrdup(cfg->options->desk_host);
	if (address_ranges_parse(cfg->options->desk_allow, &allowed) < 0)
		allowed = (struct address_ranges){}; /* options_read() has looked: nobody */
	d->server = server_new(cfg->loop, &limits, &ops, d);
	server_allow(d->server, &allowed);
	try_listening(d);
	return d;
}

void desk_free(struct desk **d)
{
	struct desk *it = *d;

	if (!it)
		return;
	*d = NULL;
	it->freed = true;
	timer_stop(it->cfg.loop, &it->retry);
	/* The server's requests point here until it has closed. */
	if (it->server)
		server_close(it->server);
	else
		destroy(it);
}

void desk_info(const struct desk *d, struct desk_info *ret_info)
{
	*ret_info = d->info;
}
