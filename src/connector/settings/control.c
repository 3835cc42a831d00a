/* control.c - see control.h. */
#include "connector/settings/control.h"
#include "connector/settings/slice.h"

#include "api/api.h"
#include "base/log.h"
#include "net/exchange.h"
#include "net/server.h"
#include <stdio.h>
#include <stdlib.h>

#define CLIENTS_MAX 8
#define DRAIN_MS    200

struct control {
	struct loop *loop;
	struct server *server;
	struct api *api;
	struct api_config cfg;
	char path[HOME_PATH_MAX];
	bool listens, closed;
};

static const struct route *const tables[] = { settings_session_routes, settings_switch_routes,
					      NULL };

/* Whoever can open the socket may. */
static void admit(struct request *req)
{
	req->who.kind = CALLER_USER;
	request_admit(req, 0);
}

static void on_request(struct exchange *x, void *owner)
{
	api_exchange(((struct control *)owner)->api, x);
}

static void on_closed(void *owner)
{
	((struct control *)owner)->closed = true;
}

static int listen_at(struct control *c)
{
	char where[HOME_PATH_MAX + 8];
	struct buf why = buf_new(4 * KIB);
	int rc = api_open(c->loop, &c->cfg, tables, &why, &c->api);

	buf_done(&why);
	if (rc < 0)
		return rc;
	snprintf(where, sizeof(where), "unix:%s", c->path);
	return server_listen(c->server, where, NULL, NULL);
}

struct control *control_new(struct loop *loop, const char *dir, struct settings *owner)
{
	static const struct server_ops ops = { on_request, on_closed };
	static const struct server_limits limits = { .connections = CLIENTS_MAX };
	struct control *c = xcalloc(1, sizeof(*c));
	int rc;

	c->loop = loop;
	c->cfg = (struct api_config){ .origin = CONTROL_ORIGIN,
				      .authority = CONTROL_AUTHORITY,
				      .owner = owner,
				      .authenticate = admit,
				      .bodies_max_bytes = 64 * KIB,
				      .local = true };
	c->server = server_new(loop, &limits, &ops, c);
	rc = home_path(dir, HOME_CONTROL, c->path);
	if (rc == 0)
		rc = listen_at(c);
	if (rc < 0)
		log_event(EV_SETTINGS_FAILED, "what=control error=%d", rc);
	c->listens = rc == 0;
	return c;
}

static bool is_closed(void *arg)
{
	return ((struct control *)arg)->closed;
}

void control_free(struct control **c)
{
	struct control *it = *c;

	if (!it)
		return;
	server_drain(it->server, DRAIN_MS);
	loop_run_until(it->loop, is_closed, it, 10 * DRAIN_MS);
	api_free(&it->api);
	if (it->listens && file_remove(it->path) < 0)
		log_event(EV_SETTINGS_FAILED, "what=control");
	free(it);
	*c = NULL;
}
