/* serve.c - a running hub: from hub.conf to the last connection.
 *
 *   prepare: config, lock, keys, database, TLS -> slices open -> API -> listen -> ready file ->
 * loop SIGTERM: slices drain -> server drains -> loop stops -> slices close (backwards) -> the rest
 *
 * struct service is zero at first and service_done() takes any state of it, so that each step may
 * simply fail. */
#include "hub/commands.h"

#include "api/api.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "db/keyring.h"
#include "hub/admin.h"
#include "hub/auth/auth.h"
#include "hub/certificate.h"
#include "hub/config.h"
#include "hub/connector/connector.h"
#include "hub/known.h"
#include "hub/relay/relay.h"
#include "hub/session/session.h"
#include "net/loop.h"
#include "net/server.h"
#include "net/tls.h"
#include <stdio.h>
#include <stdlib.h>

/* What takes longer is a download, or a visit's WebSocket: waited for, it would keep everybody else
 * without a hub, and be cut in the end all the same. */
#define DRAIN_MS (3 * 1000)
/* The allocator keeps what a burst of handshakes or reports took; given back, it is the machine's
 * again. */
#define TRIM_MS (10 * 1000)

extern const struct assets web_assets; /* generated: tools/gen/gen_assets */

struct service {
	struct hub hub;
	struct hub_config config;
	struct arena mem;
	struct api_config api;
	struct file_lock *lock;
	struct tls *tls;
	struct certificate certificate;
	struct server *server, *admin_server;
	struct admin admin;
	struct timer trim;
	size_t opened; /* slices */
	bool stopping;
};

static int told(const char *what, int rc)
{
	fprintf(stderr, "imprimatur-hub: %s: %s\n", what, err_title(rc));
	return rc;
}

static void on_trim(struct timer *t)
{
	struct service *s = CONTAINER_OF(t, struct service, trim);

	os_trim_heap();
	timer_start(s->hub.loop, &s->trim, TRIM_MS);
}

/* ---- stopping ---- */

static void on_admin_closed(void *arg)
{
	struct service *s = CONTAINER_OF(arg, struct service, admin);

	s->admin_server = NULL;
	loop_stop(s->hub.loop);
}

static void on_server_closed(void *arg)
{
	struct service *s = arg;

	s->server = NULL;
	if (s->admin_server)
		server_close(s->admin_server);
	else
		loop_stop(s->hub.loop);
}

static void stop(void *arg)
{
	struct service *s = arg;

	if (s->stopping)
		return;
	s->stopping = true;
	timer_stop(s->hub.loop, &s->trim);
	certificate_unwatch(&s->certificate);
	s->hub.draining = true;
	log_event(EV_STOPPING, "pid=%lld", (long long)os_pid());
	for (size_t i = s->opened; i-- > 0;) {
		if (hub_slices[i]->drain)
			hub_slices[i]->drain(&s->hub);
	}
	server_drain(s->server, DRAIN_MS);
}

static void reload(void *arg)
{
	struct service *s = arg;

	certificate_reload(&s->certificate);
	for (size_t i = 0; i < s->opened; i++) {
		if (hub_slices[i]->reload)
			hub_slices[i]->reload(&s->hub);
	}
}

static void service_done(struct service *s)
{
	s->hub.closed = true;
	for (size_t i = s->opened; i-- > 0;) {
		if (hub_slices[i]->close)
			hub_slices[i]->close(&s->hub);
	}
	api_free(&s->hub.api);
	if (s->hub.db)
		db_close(&s->hub.db);
	known_free(&s->hub.known);
	if (s->hub.keys)
		keyring_close(&s->hub.keys);
	if (s->hub.loop)
		loop_free(&s->hub.loop);
	tls_free(&s->tls);
	if (s->lock)
		file_lock_free(&s->lock);
	arena_done(&s->mem);
}

/* ---- starting ---- */

static int open_store(struct service *s)
{
	struct hub_paths paths = hub_paths_of(&s->mem, &s->config);
	const char *query = NULL;
	int rc = file_make_dir(s->config.data_dir);

	if (rc < 0)
		return told(s->config.data_dir, rc);
	rc = file_lock_take(paths.lock, &s->lock);
	if (rc < 0)
		return told("data_dir is used by another hub", rc);
	rc = keyring_open(s->config.master_key_file, paths.keys, &s->hub.keys);
	if (rc < 0)
		return told(file_exists(paths.keys) ? "master_key_file" : paths.keys, rc);
	rc = db_open(paths.database, s->hub.keys, &s->hub.db);
	if (rc < 0)
		return told(paths.database, rc);
	db_on_changed(s->hub.db, s->hub.loop, hub_on_changed, &s->hub);
	/* A query that does not fit the store fails now and not at its first use. */
	rc = db_check_queries(s->hub.db, &query);
	return rc < 0 ? told(query, rc) : 0;
}

static int open_slices(struct service *s)
{
	for (; hub_slices[s->opened]; s->opened++) {
		const struct slice *slice = hub_slices[s->opened];
		int rc = slice->open ? slice->open(&s->hub) : 0;

		if (rc < 0) {
			s->opened++;
			return told(slice->name, rc);
		}
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

static int open_api(struct service *s)
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
		fprintf(stderr, "imprimatur-hub: %s", (const char *)why.data);
	buf_done(&why);
	return rc;
}

static void on_request(struct exchange *x, void *owner)
{
	struct service *s = owner;

	if (session_is_host(&s->hub, exchange_request(x)->authority))
		relay_exchange(&s->hub, x);
	else
		api_exchange(s->hub.api, x);
}

static bool asks_any_port(const char *where)
{
	struct str s = str_of(where);

	return s.len > 2 && s.p[s.len - 1] == '0' && s.p[s.len - 2] == ':';
}

/* One of the names that sessions have; NULL: they have none. */
static const char *console_name(struct service *s)
{
	const char *suffix = s->config.console_suffix;

	return suffix && *suffix ? arena_printf(&s->mem, "any.%s", suffix) : NULL;
}

/* The hub's own loop keeps a processor. */
static void count_threads(struct hub_config *c)
{
	if (!c->relay_threads)
		c->relay_threads = os_processors() > 2 ? os_processors() - 1 : 1;
	if (c->relay_threads > RELAY_THREADS_MAX)
		c->relay_threads = RELAY_THREADS_MAX;
}

/* Without a certificate for the names of sessions no browser would open one: monitoring goes on. */
static void check_console_names(struct service *s)
{
	const char *name = console_name(s);
	struct tls_view view;

	if (!name)
		return;
	tls_view(s->tls, name, &view);
	if (view.covers)
		return;
	fprintf(stderr,
		"imprimatur-hub: tls.certificate is not for *.%s: there will be no sessions\n",
		s->config.console_suffix);
	log_event(EV_NO_SESSIONS, "");
	s->config.console_suffix = NULL;
}

static int listen_public(struct service *s, const char *where)
{
	static const struct server_ops ops = { on_request, on_server_closed };
	struct tls_problem problem = {};
	struct address_ranges balancers;
	int port = -1, rc;

	rc = tls_server_new(s->config.tls_certificate_file, s->config.tls_key_file, &s->tls,
			    &problem);
	if (rc < 0) {
		fprintf(stderr, "imprimatur-hub: tls: %s\n", problem.text);
		return rc;
	}
	check_console_names(s);
	s->server = server_new(s->hub.loop, NULL, &ops, s);
	rc = address_ranges_parse(s->config.listen_proxy_from, &balancers);
	if (rc < 0)
		return told("listen.proxy_from", rc);
	server_expect_headers(s->server, &balancers);
	rc = server_listen(s->server, where, s->tls, &port);
	if (rc < 0)
		return told(where, rc);
	/* A port that nobody could know before is the URL's. */
	if (!hub_authority_of(&s->mem, s->config.public_url, asks_any_port(where) ? port : -1,
			      &s->hub.authority))
		return told("public_url", ERR_CONFIG);
	s->hub.origin = arena_printf(&s->mem, "https://%s", s->hub.authority);
	return 0;
}

static int listen_admin(struct service *s, const char **ret_where)
{
	static const struct server_ops ops = { admin_request, on_admin_closed };
	const char *where = s->config.admin_listen;
	int port = 0, rc;

	if (!where || !*where)
		return 0;
	s->admin = (struct admin){ &s->hub, s->server };
	s->admin_server = server_new(s->hub.loop, NULL, &ops, &s->admin);
	rc = server_listen(s->admin_server, where, NULL, &port);
	if (rc < 0)
		return told(where, rc);
	*ret_where =
		asks_any_port(where) ? arena_printf(&s->mem, "http://127.0.0.1:%d", port) : where;
	return 0;
}

struct ready {
	int64_t pid;
	const char *url, *admin;
};

static int write_ready(const struct service *s, const char *path, const char *admin)
{
	static const struct json_field fields[] = {
		{ "pid", JSON_INT, offsetof(struct ready, pid), .flags = 0 },
		{ "url", JSON_TEXT, offsetof(struct ready, url), .flags = 0 },
		{ "admin", JSON_TEXT, offsetof(struct ready, admin), .flags = 0 },
		{}
	};
	static const struct json_schema schema = { "ready", sizeof(struct ready), 0, fields };
	struct ready ready = { os_pid(), s->hub.origin, admin };
	struct buf text = buf_new(4 * KIB);
	int rc;

	if (!path)
		return 0;
	json_encode(&schema, &ready, 0, &text);
	rc = file_replace(path, text.data, text.len, FILE_PUBLIC);
	buf_done(&text);
	return rc < 0 ? told(path, rc) : 0;
}

static int start(struct service *s, const struct args *args)
{
	const char *where = args_get(args, "--listen"), *admin = NULL;
	int64_t pid;
	int rc;

	if (!args_pid(args, "--parent-pid", &pid))
		return ERR_INVALID;
	count_threads(&s->config);
	s->hub.loop = loop_new();
	s->hub.config = &s->config;
	s->hub.known = known_new();
	s->hub.steady_ms = clock_wall_ms();
	s->hub.started_mono_ms = clock_mono_ms();
	rc = open_store(s);
	if (rc == 0)
		rc = listen_public(s, where ? where : s->config.listen);
	if (rc == 0)
		rc = open_slices(s);
	if (rc == 0)
		rc = open_api(s);
	if (rc == 0)
		relay_serve(&s->hub, s->server);
	if (rc == 0)
		rc = listen_admin(s, &admin);
	if (rc < 0)
		return rc;
	timer_init(&s->trim, on_trim);
	loop_on_stop(s->hub.loop, stop, s);
	loop_on_reload(s->hub.loop, reload, s);
	if (pid)
		loop_on_process_end(s->hub.loop, pid, stop, s);
	/* After these: whoever is told that it serves may end it at once. */
	rc = write_ready(s, args_get(args, "--ready"), admin);
	if (rc < 0)
		return rc;
	certificate_watch(&s->certificate, s->hub.loop, &s->config, s->tls,
			  hub_host_of(&s->mem, s->config.public_url), console_name(s));
	timer_start(s->hub.loop, &s->trim, TRIM_MS);
	log_event(EV_STARTED, "pid=%lld version=%s", (long long)os_pid(), IMPRIMATUR_VERSION);
	return 0;
}

int command_serve(const struct args *args)
{
	struct service *s = xcalloc(1, sizeof(*s));
	int rc = ERR_CONFIG;

	os_no_core_dumps();
	(void)os_raise_file_limit();
	if (hub_config_load(args_get(args, "--config"), &s->mem, &s->config)) {
		log_set_level((enum log_level)s->config.log_level);
		rc = start(s, args);
	}
	if (rc == 0) {
		loop_run(s->hub.loop);
		log_event(EV_STOPPED, "pid=%lld", (long long)os_pid());
	} else if (s->server) {
		server_close(s->server);
		loop_run(s->hub.loop);
	}
	service_done(s);
	free(s);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
