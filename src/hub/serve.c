/* serve.c - puts the hub together and takes it apart again.
 *
 *   keys, store -> slices open -> listeners -> ready file -> loop
 *   stop: slices drain (polls answered) -> listener drains -> slices close, backwards -> store, keys */
#include "hub/serve.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/assets.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "db/db.h"
#include "db/keyring.h"
#include "hub/admin.h"
#include "hub/auth/auth.h"
#include "hub/config.h"
#include "hub/connector/connector.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/tls.h"

#define DRAIN_MS 5000
#define PATH_MAX_LEN 4096

extern const struct assets web_assets; /* made of web/dist by tools/gen/gen_assets */

struct serving {
	struct hub hub;
	struct api_config api;
	struct tls *tls;
	struct server *server, *admin;
	struct arena mem;
};

static int say(const char *what, int rc, const char *detail)
{
	fprintf(stderr, "imprimatur-hub: %s: %s%s%s\n", what, err_title(rc), detail ? ": " : "",
		detail ? detail : "");
	return rc;
}

int hub_open_store(const struct hub_config *config, struct keyring **ret_keys, struct db **ret_db)
{
	char path[PATH_MAX_LEN];
	const char *query;
	int rc;

	snprintf(path, sizeof(path), "%s/keys", config->data_dir);
	rc = keyring_open(config->master_key_file, path, ret_keys);
	if (rc < 0)
		return say("the keys cannot be opened (was `init` run?)", rc, NULL);
	snprintf(path, sizeof(path), "%s/hub.db", config->data_dir);
	rc = db_open(path, *ret_keys, ret_db);
	if (rc < 0) {
		keyring_close(ret_keys);
		return say("the database cannot be opened", rc, NULL);
	}
	rc = db_check_queries(*ret_db, &query);
	if (rc < 0) {
		db_close(ret_db);
		keyring_close(ret_keys);
		return say("a query does not fit the database", rc, query);
	}
	return 0;
}

static void authenticate(struct request *req)
{
	if (req->route->right == RIGHT_SIGNED)
		connector_authenticate(req);
	else
		auth_authenticate(req);
}

static void on_request(struct exchange *x, void *owner)
{
	struct serving *s = owner;

	api_exchange(s->hub.api, x);
}

static void on_closed(void *owner)
{
	struct serving *s = owner;

	loop_stop(s->hub.loop);
}

static void on_stop(void *arg)
{
	struct serving *s = arg;

	if (s->hub.draining)
		return;
	log_event(EV_STOPPING, "");
	s->hub.draining = true;
	for (size_t i = 0; hub_slices[i]; i++)
		if (hub_slices[i]->drain)
			hub_slices[i]->drain(&s->hub);
	if (s->admin)
		server_close(s->admin);
	server_drain(s->server, DRAIN_MS);
}

static void on_reload(void *arg)
{
	struct serving *s = arg;
	struct tls_problem problem;

	if (tls_reload(s->tls, &problem) < 0)
		log_event(EV_CONFIG_BAD, "what=certificate");
}

static int open_slices(struct hub *hub)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && hub_slices[i]; i++)
		if (hub_slices[i]->open)
			rc = hub_slices[i]->open(hub);
	return rc;
}

static void close_slices(struct hub *hub)
{
	size_t n = 0;

	while (hub_slices[n])
		n++;
	while (n-- > 0)
		if (hub_slices[n]->close)
			hub_slices[n]->close(hub);
}

static int open_api(struct serving *s)
{
	struct buf why = buf_new(16 * KIB);
	int rc;

	s->api = (struct api_config){
		.origin = s->hub.origin,
		.authority = s->hub.authority,
		.assets = &web_assets,
		.owner = &s->hub,
		.authenticate = authenticate,
	};
	rc = api_open(s->hub.loop, &s->api, hub_routes(), &why, &s->hub.api);
	if (rc < 0)
		say("the table of routes is not valid", rc, (const char *)why.data);
	buf_done(&why);
	return rc;
}

static int write_ready(const struct serving *s, const char *path, int admin_port)
{
	struct buf out = buf_new(4 * KIB);
	const char *admin = s->hub.config->admin_listen;
	int rc;

	buf_printf(&out, "{\"pid\":%lld,\"url\":", (long long)os_pid());
	json_put_text(&out, str_of(s->hub.origin));
	if (admin && *admin && admin_port) {
		buf_printf(&out, ",\"admin\":\"http://127.0.0.1:%d\"", admin_port);
	} else if (admin && *admin) {
		buf_puts(&out, ",\"admin\":");
		json_put_text(&out, str_of(admin));
	}
	buf_puts(&out, "}\n");
	rc = buf_status(&out);
	if (rc == 0)
		rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc;
}

static int listen_all(struct serving *s, const struct serve_options *o)
{
	static const struct server_ops ops = { .on_request = on_request, .on_closed = on_closed };
	const struct hub_config *c = s->hub.config;
	struct tls_problem problem;
	int port, admin_port = 0, rc;

	rc = tls_server_new(c->tls_certificate_file, c->tls_key_file, &s->tls, &problem);
	if (rc < 0)
		return say("the certificate cannot be used", rc, problem.text);
	s->server = server_new(s->hub.loop, NULL, &ops, s);
	rc = server_listen(s->server, o->listen ? o->listen : c->listen, s->tls, &port);
	if (rc < 0)
		return say("cannot listen", rc, o->listen ? o->listen : c->listen);
	if (c->admin_listen && *c->admin_listen) {
		rc = admin_open(&s->hub, c->admin_listen, &s->admin, &admin_port);
		if (rc < 0)
			return say("cannot listen for the operator", rc, c->admin_listen);
	}
	if (o->ready)
		rc = write_ready(s, o->ready, admin_port);
	if (rc == 0)
		log_event(EV_STARTED, "port=%d", port);
	return rc < 0 ? say("cannot write the ready file", rc, o->ready) : 0;
}

static int start(struct serving *s, const struct serve_options *o)
{
	struct hub *hub = &s->hub;
	int rc = hub_open_store(hub->config, &hub->keys, &hub->db);

	if (rc < 0)
		return rc;
	db_on_changed(hub->db, hub->loop, hub_on_changed, hub);
	rc = open_slices(hub);
	if (rc < 0)
		return say("the hub cannot start", rc, NULL);
	rc = open_api(s);
	return rc < 0 ? rc : listen_all(s, o);
}

static void finish(struct serving *s)
{
	struct hub *hub = &s->hub;

	close_slices(hub);
	if (hub->api)
		api_free(&hub->api);
	if (hub->db)
		db_close(&hub->db);
	loop_free(&hub->loop);
	tls_free(&s->tls);
	if (hub->keys)
		keyring_close(&hub->keys);
	arena_done(&s->mem);
}

int hub_serve(const struct hub_config *config, const struct serve_options *options)
{
	struct serving s = { .hub = { .config = config } };
	int rc;

	os_no_core_dumps();
	os_raise_file_limit();
	log_set_level((enum log_level)config->log_level);
	s.hub.started_ms = clock_wall_ms();
	s.hub.started_mono_ms = clock_mono_ms();
	s.hub.origin = hub_origin_of(config->public_url, &s.mem);
	s.hub.authority = hub_authority_of(s.hub.origin);
	s.hub.loop = loop_new();
	loop_on_stop(s.hub.loop, on_stop, &s);
	loop_on_reload(s.hub.loop, on_reload, &s);
	if (options->parent_pid)
		loop_on_process_end(s.hub.loop, options->parent_pid, on_stop, &s);
	rc = start(&s, options);
	if (rc == 0) {
		loop_run(s.hub.loop);
		log_event(EV_STOPPED, "");
	} else if (s.server) {
		server_close(s.server);
	}
	finish(&s);
	return rc == 0 ? 0 : 1;
}
