/* remote.c - see remote.h. */
#include "connector/remote.h"
#include "base/err.h"
#include "connector/tunnel.h"
#include "net/exchange.h"
#include "wire/tunnel.h"
#include <stdlib.h>

struct remote {
	struct remote_config cfg;
	struct tunnel *tunnel;
	struct sessions *sessions;
};

/* The console is what the print server has of its own; there is one where a source is configured.
 */
static bool find_target(struct id target, enum target_kind *ret_kind, void *owner)
{
	*ret_kind = TARGET_CONSOLE;
	return id_is_zero(target);
}

static const char *target_name(struct id target, void *owner)
{
	return NULL;
}

static void want(bool wanted, void *owner)
{
	struct remote *r = owner;

	tunnel_want(r->tunnel, wanted);
}

static void serve(struct exchange *x, const struct session_visit *v, void *owner)
{
	exchange_add_header(x, TUNNEL_ERROR_HEADER, err_code(ERR_TARGET_REFUSED));
	exchange_respond(x, err_status(ERR_TARGET_REFUSED), NULL, (struct str){});
}

static void cut(struct id session, enum session_why why, void *owner)
{
}

static void on_request(struct exchange *x, void *owner)
{
	struct remote *r = owner;

	sessions_on_request(r->sessions, x);
}

static void on_change(void *owner)
{
	struct remote *r = owner;

	r->cfg.on_change(r->cfg.owner);
}

static const struct sessions_ops ops = { find_target, target_name, want, serve, cut, on_change };

struct remote *remote_new(const struct remote_config *cfg)
{
	struct remote *r = xcalloc(1, sizeof(*r));

	r->cfg = *cfg;
	r->tunnel = tunnel_new(&(struct tunnel_config){
		.loop = cfg->loop,
		.fetcher = cfg->fetcher,
		.hub = cfg->hub,
		.on_request = on_request,
		.owner = r,
	});
	r->sessions = sessions_new(&(struct sessions_config){
		.loop = cfg->loop,
		.hub = cfg->hub,
		.permission = cfg->permission,
		.dir = cfg->dir,
		.idle_ms = cfg->options->session_idle_ms,
		.ceiling_ms = cfg->options->session_ceiling_ms,
		.ops = &ops,
		.owner = r,
	});
	return r;
}

void remote_free(struct remote **r)
{
	if (!*r)
		return;
	/* What is under way asks for its session until it is broken off. */
	tunnel_free(&(*r)->tunnel);
	sessions_free(&(*r)->sessions);
	free(*r);
	*r = NULL;
}

struct sessions *remote_sessions(struct remote *r)
{
	return r->sessions;
}
