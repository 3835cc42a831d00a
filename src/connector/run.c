/* run.c - see run.h.
 *
 *   print server --> source --> collector --> outbox --> uplink --> hub
 *                                   ^            ^          ^
 *   permissions.json --> permission '------------'----------'   asked by each, each time
 *
 * When `monitoring` goes off the order matters: reading stops, the call that carries reports is
 * broken off, then what was not sent is thrown away.  Until that has been written nothing goes on,
 * even if the switch is turned back meanwhile. */
#include "connector/run.h"
#include "connector/collect.h"
#include "connector/desk/desk.h"
#include "connector/hub.h"
#include "connector/leave.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "connector/proxy.h"
#include "connector/remote.h"
#include "connector/rotate.h"
#include "connector/say.h"
#include "connector/status.h"
#include "connector/settings/settings.h"
#include "connector/uplink.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/os.h"
#include "net/loop.h"
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIDY_MS          (3600 * 1000)
#define DISCARD_RETRY_MS 1000
#define STATUS_MS        500 /* status.json at most this often: each is an fsync */
#define STATUS_RETRY_MS  5000

const struct arg run_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--ready", "FILE", 0, "Written when it is at work" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct run {
	const char *dir;
	struct arena mem, option_mem; /* the latter holds the print server's key */
	struct file_lock *lock;
	struct options options;
	struct proxy proxy;
	struct state state;
	struct sign_key *key;
	uint8_t secret[SITE_SECRET_LEN];
	struct outbox *outbox;
	struct loop *loop;
	struct fetcher *fetcher;
	struct hub *hub;
	struct permission_view *permission;
	struct print_source *source;
	struct collector *collector; /* NULL while something has to be thrown away first */
	struct uplink *uplink;
	struct remote *remote;
	struct desk *desk;
	struct notices *notices;
	struct rotation *rotation;
	struct timer tidy, discard, status;
	bool revoked;
	int source_state; /* enum reading_state; -1: not read */
	int64_t source_since_ms;
	int product; /* enum product; -1: not known */
	char version[VERSION_SIZE];
	struct settings *settings;
	struct task restart; /* with the options as they are now */
	bool leaving; /* consent is being withdrawn: nothing begins, nothing is written any more */
	struct leave *leave;
	void (*left)(bool told, int rc, void *arg);
	void *left_arg;
};

/* Where the hub is not reached at all, that is the news. */
static int tunnel_failure(const struct run *r, const struct uplink_info *up)
{
	return up->online ? remote_tunnel_failure(r->remote) : 0;
}

/* --- status.json -------------------------------------------------------------------------------
 */

static int show_status(struct run *r, bool ends)
{
	struct outbox_info box;
	struct uplink_info up;
	struct settings_info page;
	struct run_status s;

	json_init(&run_status_schema, &s);
	outbox_info(r->outbox, &box);
	uplink_info(r->uplink, &up);
	s.at_ms = clock_wall_ms();
	s.online = up.online && !ends ? JSON_TRUE : JSON_FALSE;
	s.since_ms = up.since_ms;
	s.failure = up.failure ? err_code(up.failure) : NULL;
	if (tunnel_failure(r, &up))
		s.tunnel_failure = err_code(tunnel_failure(r, &up));
	s.proxy = r->proxy.url;
	s.proxy_origin = r->proxy.variable;
	s.reported_at_ms = up.reported_at_ms;
	s.spooled = box.spooled;
	s.last_seq = (int64_t)box.last;
	s.acked_seq = (int64_t)box.acked;
	s.ledger_bytes = box.bytes;
	s.epoch = box.epoch;
	s.clock_offset_ms = up.clock_offset_ms;
	s.storage = storage_state_names[box.storage];
	if (r->source_state >= 0) {
		s.source_state = reading_state_names[r->source_state];
		s.source_since_ms = r->source_since_ms;
	}
	settings_info(r->settings, &page);
	s.settings_state = settings_state_names[page.state];
	return home_show(r->dir, HOME_STATUS, &run_status_schema, &s);
}

static void on_status_timer(struct timer *t)
{
	struct run *r = CONTAINER_OF(t, struct run, status);

	if (show_status(r, false) < 0)
		timer_start(r->loop, t, STATUS_RETRY_MS);
}

/* What the run before told of itself would pass for ours until our first word.  A disk that takes
 * nothing is no reason not to run. */
static void begin_status(struct run *r)
{
	struct run_status s;

	json_init(&run_status_schema, &s);
	s.at_ms = clock_wall_ms();
	if (home_show(r->dir, HOME_STATUS, &run_status_schema, &s) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "status");
}

static void tell_status(struct run *r)
{
	if (!timer_running(&r->status) && !r->leaving)
		timer_start(r->loop, &r->status, STATUS_MS);
}

/* --- what the parts tell -----------------------------------------------------------------------
 */

static void on_report(void *owner)
{
	struct run *r = owner;

	tell_status(r);
	uplink_send(r->uplink);
}

static void note_server(struct run *r, const struct report_server *server)
{
	r->product = server->product;
	snprintf(r->version, sizeof(r->version), "%s", server->version ? server->version : "");
}

static void on_reading(enum reading_state state, const struct report_server *server, void *owner)
{
	struct run *r = owner;

	if (server)
		note_server(r, server);
	if (r->source_state == (int)state)
		return;
	r->source_state = state;
	r->source_since_ms = clock_wall_ms();
	tell_status(r);
}

static void on_report_now(void *owner)
{
	struct run *r = owner;

	if (r->collector)
		collector_report_now(r->collector);
}

static void on_session(const struct command *c, void *owner)
{
	struct run *r = owner;

	if (r->remote && !r->revoked && !r->leaving)
		sessions_command(remote_sessions(r->remote), c);
}

static void on_visits(void *owner)
{
	struct run *r = owner;

	tell_status(r);
	if (r->notices)
		notices_look(r->notices);
}

static unsigned count_approvers(void *owner)
{
	struct run *r = owner;

	return r->desk ? desk_count(r->desk) : 0;
}

static void start_collecting(struct run *r)
{
	struct collector_config cfg = {
		.loop = r->loop,
		.options = &r->options,
		.source = r->source,
		.permission = r->permission,
		.outbox = r->outbox,
		.secret = r->secret,
		.dir = r->dir,
		.schema_max = &r->state.schema_max,
		.on_report = on_report,
		.on_reading = on_reading,
		.owner = r,
	};

	if (r->collector || r->revoked || r->leaving)
		return;
	r->collector = collector_new(&cfg);
}

static void on_revoked(bool revoked, void *owner)
{
	struct run *r = owner;

	r->revoked = revoked;
	if (revoked) {
		sessions_end_all(remote_sessions(r->remote), WHY_REVOKED);
		collector_free(&r->collector);
		r->source_state = -1;
	} else if (!timer_running(&r->discard)) {
		start_collecting(r);
	}
}

static void on_uplink_change(void *owner)
{
	struct run *r = owner;
	struct uplink_info up;

	uplink_info(r->uplink, &up);
	rotation_allow(r->rotation, !r->revoked && !permission_silent(r->permission));
	if (!up.online && up.failure == ERR_UNKNOWN_KEY)
		rotation_unknown(r->rotation);
	if (!up.online && up.failure == ERR_SUPERSEDED)
		remote_superseded(r->remote);
	remote_online(r->remote, up.online);
	tell_status(r);
}

/* key.pem is another: the first call that it signs retires the old one. */
static void on_key(struct sign_key *key, void *owner)
{
	struct run *r = owner;

	if (key) {
		hub_set_key(r->hub, key);
		sign_key_free(&r->key);
		r->key = key;
		r->state.key_made_at_ms = clock_wall_ms();
		if (home_save(r->dir, HOME_STATE, &state_schema, &r->state) < 0)
			log_event(EV_OUTBOX_FAILED, "code=%s", "state");
	}
	uplink_redial(r->uplink);
}

/* --- the switch --------------------------------------------------------------------------------
 */

static bool is_on(struct run *r)
{
	return permission_ask(r->permission, PERMISSION_MONITORING) == SWITCH_ON;
}

/* An off whose discard is not done: between two looks, or while nobody was running, it may have
 * been turned on again. */
static bool was_off(struct run *r)
{
	struct outbox_info box;

	outbox_info(r->outbox, &box);
	return permission_rules(r->permission)->off_revision != box.off_revision;
}

static void discard(struct run *r)
{
	int rc;

	uplink_hold(r->uplink, true);
	rc = outbox_discard(r->outbox, permission_rules(r->permission)->off_revision,
			    clock_wall_ms());
	tell_status(r);
	if (rc < 0) {
		log_event(EV_OUTBOX_FAILED, "code=%s", err_code(rc));
		timer_start(r->loop, &r->discard, DISCARD_RETRY_MS);
	} else {
		timer_stop(r->loop, &r->discard);
		uplink_hold(r->uplink, false);
		if (is_on(r))
			start_collecting(r);
	}
	/* That it is off is told, whether or not the disk takes it. */
	uplink_look(r->uplink);
}

static void on_discard_timer(struct timer *t)
{
	discard(CONTAINER_OF(t, struct run, discard));
}

static void on_permission(void *owner)
{
	struct run *r = owner;

	if (r->leaving)
		return;
	if (r->remote)
		sessions_look(remote_sessions(r->remote));
	if (is_on(r) && !was_off(r) && !timer_running(&r->discard)) {
		start_collecting(r);
		uplink_look(r->uplink);
		tell_status(r);
		return;
	}
	collector_free(&r->collector);
	r->source_state = -1;
	discard(r);
}

static void renew_key(struct run *r)
{
	int64_t made_at_ms = r->state.key_made_at_ms;
	int rc;

	if (made_at_ms == JSON_ABSENT_INT)
		made_at_ms = r->state.enrolled_at_ms;
	if (made_at_ms == JSON_ABSENT_INT ||
	    clock_wall_ms() - made_at_ms < r->options.key_max_age_ms)
		return;
	rc = rotation_begin(r->dir);
	if (rc < 0)
		log_event(EV_KEY_FAILED, "code=%s", err_code(rc));
}

static void on_tidy(struct timer *t)
{
	struct run *r = CONTAINER_OF(t, struct run, tidy);
	int rc = outbox_tidy(r->outbox, clock_wall_ms());

	if (rc < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", err_code(rc));
	renew_key(r);
	timer_start(r->loop, t, TIDY_MS);
}

/* --- what the settings page sees and does -------------------------------------------------------
 */

static void tell_facts(struct settings_facts *ret_facts, void *owner)
{
	struct run *r = owner;

	*ret_facts = (struct settings_facts){
		.state = &r->state,
		.options = &r->options,
		.permission = r->permission,
		.sessions = remote_sessions(r->remote),
		.remote = r->remote,
		.desk = r->desk,
		.notices = r->notices,
		.source_since_ms = r->source_since_ms,
		.product = r->product >= 0 ? product_names[r->product] : NULL,
		.version = r->version[0] ? r->version : NULL,
	};
	if (r->source_state >= 0)
		ret_facts->source_state = reading_state_names[r->source_state];
	uplink_info(r->uplink, &ret_facts->uplink);
	ret_facts->tunnel_failure = tunnel_failure(r, &ret_facts->uplink);
	outbox_info(r->outbox, &ret_facts->outbox);
}

static void on_options(void *owner)
{
	struct run *r = owner;

	loop_later(r->loop, &r->restart);
}

static void on_settings_permission(void *owner)
{
	struct run *r = owner;

	permission_now(r->permission);
}

static void on_settings_change(void *owner)
{
	tell_status(owner);
}

static void on_left(bool told, int rc, void *owner)
{
	struct run *r = owner;

	r->leave = NULL;
	r->left(told, rc, r->left_arg);
}

/* So that a machine that is switched off at this moment comes back with nothing allowed. */
static void turn_all_off(struct run *r)
{
	char path[HOME_PATH_MAX];
	struct permissions p;

	for (int i = 0; home_path(r->dir, HOME_PERMISSIONS, path) == 0 && i < PERMISSIONS; i++)
		if (permissions_turn(path, (enum permission)i, SWITCH_OFF, JSON_ABSENT_INT, &p) < 0)
			log_event(EV_OUTBOX_FAILED, "code=%s", "permissions");
}

/* Everything stops first: what is read or sent after this moment would be without consent. */
static void leave(void (*done)(bool told, int rc, void *arg), void *arg, void *owner)
{
	struct run *r = owner;

	r->leaving = true;
	r->left = done;
	r->left_arg = arg;
	notices_free(&r->notices);
	desk_free(&r->desk);
	sessions_stop(remote_sessions(r->remote));
	collector_free(&r->collector);
	rotation_free(&r->rotation);
	uplink_stop(r->uplink);
	timer_stop(r->loop, &r->tidy);
	timer_stop(r->loop, &r->discard);
	timer_stop(r->loop, &r->status);
	turn_all_off(r);
	r->leave = leave_begin(r->hub, r->dir, on_left, r);
}

static void on_all_over(void *owner)
{
	struct run *r = owner;

	log_event(EV_STOPPING, "");
	loop_stop(r->loop);
}

static const struct settings_ops settings_ops = {
	.facts = tell_facts,
	.on_options = on_options,
	.on_permission = on_settings_permission,
	.leave = leave,
	.on_left = on_all_over,
	.on_change = on_settings_change,
};

/* --- life --------------------------------------------------------------------------------------
 */

static int fail(const char *what, int rc)
{
	say_failure("en", what, rc);
	return rc;
}

/* Those of r stay as they are unless all could be read. */
static int load_options(struct run *r)
{
	struct config_problem problem;
	char path[HOME_PATH_MAX], line[16];
	struct options options;
	struct proxy proxy;
	struct arena mem = {};
	int rc;

	rc = home_path(r->dir, HOME_CONFIG, path);
	if (rc == 0)
		rc = options_read(path, &mem, &options, &problem);
	if (rc == 0)
		rc = proxy_choose(&options, os_env, &mem, &proxy, &problem);
	if (rc == 0) {
		arena_wipe(&r->option_mem);
		r->option_mem = mem;
		r->options = options;
		r->proxy = proxy;
		log_set_level((enum log_level)options.log_level);
		return 0;
	}
	arena_wipe(&mem);
	if (rc == ERR_CONFIG) {
		log_event(EV_CONFIG_BAD, "line=%d", problem.line);
		snprintf(line, sizeof(line), "%d", problem.line);
		SAY(stderr, "en", "cli.config.bad", { "line", line }, { "text", problem.text });
		return rc;
	}
	return fail(HOME_CONFIG, rc);
}

static int load_identity(struct run *r)
{
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_load(r->dir, HOME_STATE, &state_schema, &r->mem, &r->state);
	if (rc == -ENOENT)
		SAY(stderr, "en", "cli.not_enrolled");
	if (rc < 0)
		return rc == -ENOENT ? rc : fail(HOME_STATE, rc);
	rc = home_path(r->dir, HOME_KEY, path);
	if (rc == 0)
		rc = sign_key_load(path, &r->key);
	if (rc < 0)
		return fail(HOME_KEY, rc);
	rc = home_secret_load(r->dir, r->secret);
	return rc < 0 ? fail(HOME_SECRET, rc) : 0;
}

static int take_lock(struct run *r)
{
	char path[HOME_PATH_MAX];
	int rc;

	rc = home_path(r->dir, HOME_STATE, path);
	if (rc == 0 && !file_exists(path)) {
		SAY(stderr, "en", "cli.not_enrolled");
		return -ENOENT;
	}
	if (rc == 0)
		rc = home_path(r->dir, HOME_LOCK, path);
	if (rc == 0)
		rc = file_lock_take(path, &r->lock);
	if (rc == -EWOULDBLOCK)
		SAY(stderr, "en", "cli.running");
	return rc < 0 && rc != -EWOULDBLOCK ? fail(HOME_LOCK, rc) : rc;
}

static int load_all(struct run *r)
{
	char path[HOME_PATH_MAX];
	int rc;

	rc = take_lock(r);
	if (rc < 0)
		return rc;
	begin_status(r);
	rc = load_options(r);
	if (rc == 0)
		rc = load_identity(r);
	if (rc < 0)
		return rc;
	rc = home_path(r->dir, HOME_OUTBOX, path);
	if (rc == 0)
		rc = outbox_open(path,
				 &(struct outbox_limits){
					 r->options.ledger_keep_ms, r->options.ledger_max_bytes,
					 r->options.spool_keep_ms, r->options.spool_max_bytes },
				 &r->outbox);
	return rc < 0 ? fail(HOME_OUTBOX, rc) : 0;
}

static void start_remote(struct run *r)
{
	r->remote = remote_new(&(struct remote_config){
		.loop = r->loop,
		.fetcher = r->fetcher,
		.hub = r->hub,
		.permission = r->permission,
		.options = &r->options,
		.dir = r->dir,
		.on_change = on_visits,
		.approvers = count_approvers,
		.owner = r,
	});
}

static void start_desk(struct run *r)
{
	r->desk = desk_new(&(struct desk_config){
		.loop = r->loop,
		.dir = r->dir,
		.options = &r->options,
		.state = &r->state,
		.sessions = remote_sessions(r->remote),
		.on_change = on_settings_change,
		.owner = r,
	});
	r->notices = notices_new(&(struct notice_config){
		.loop = r->loop,
		.fetcher = r->fetcher,
		.dir = r->dir,
		.options = &r->options,
		.state = &r->state,
		.sessions = remote_sessions(r->remote),
		.desk = r->desk,
	});
}

static void start(struct run *r)
{
	char path[HOME_PATH_MAX];

	r->source_state = -1;
	r->revoked = r->state.revoked_at_ms != JSON_ABSENT_INT;
	timer_init(&r->tidy, on_tidy);
	timer_init(&r->discard, on_discard_timer);
	timer_init(&r->status, on_status_timer);
	r->fetcher = fetcher_new(r->loop);
	r->hub = hub_new(r->fetcher,
			 &(struct hub_way){ r->options.hub_url, r->options.hub_ca_file,
					    proxy_way(&r->proxy) },
			 r->key);
	r->source = source_new(r->fetcher, &r->options);
	if (home_path(r->dir, HOME_PERMISSIONS, path) == 0)
		r->permission = permission_open(r->loop, path, on_permission, r);
	permission_now(r->permission);
	r->uplink = uplink_new(&(struct uplink_config){
		.loop = r->loop,
		.hub = r->hub,
		.outbox = r->outbox,
		.permission = r->permission,
		.state = &r->state,
		.dir = r->dir,
		.on_report_now = on_report_now,
		.on_session = on_session,
		.on_revoked = on_revoked,
		.on_change = on_uplink_change,
		.owner = r,
	});
	start_remote(r);
	start_desk(r);
	r->rotation = rotation_new(&(struct rotation_config){
		.loop = r->loop,
		.hub = r->hub,
		.key = r->key,
		.dir = r->dir,
		.on_changed = on_key,
		.owner = r,
	});
	renew_key(r);
	timer_start(r->loop, &r->tidy, TIDY_MS);
	/* It may have been switched off while nobody was running, or a crash came before all was
	 * thrown away. */
	if (is_on(r) && !was_off(r))
		start_collecting(r);
	else
		discard(r);
	tell_status(r);
}

static void stop(struct run *r)
{
	notices_free(&r->notices);
	desk_free(&r->desk);
	remote_free(&r->remote);
	collector_free(&r->collector);
	rotation_free(&r->rotation);
	uplink_free(&r->uplink);
	permission_close(&r->permission);
	source_free(&r->source);
	hub_free(&r->hub);
	fetcher_free(&r->fetcher);
	timer_stop(r->loop, &r->tidy);
	timer_stop(r->loop, &r->discard);
	timer_stop(r->loop, &r->status);
}

/* The settings page has written connector.conf: everything but the page begins again with it.  What
 * cannot be used all the same (the environment's proxy, or somebody else's edit) is said, and the
 * connector goes on with what it had. */
static void on_restart(struct task *t)
{
	struct run *r = CONTAINER_OF(t, struct run, restart);

	if (r->leaving)
		return;
	log_event(EV_OPTIONS, "");
	stop(r);
	r->product = -1;
	r->version[0] = 0;
	(void)load_options(r);
	start(r);
}

static void open_settings(struct run *r)
{
	task_init(&r->restart, on_restart);
	r->settings = settings_new(&(struct settings_config){
		.loop = r->loop,
		.dir = r->dir,
		.listen = r->options.settings_listen,
		.ops = &settings_ops,
		.owner = r,
	});
}

static void free_all(struct run *r)
{
	loop_free(&r->loop);
	outbox_close(&r->outbox);
	sign_key_free(&r->key);
	secret_wipe(r->secret, sizeof(r->secret));
	file_lock_free(&r->lock);
	arena_done(&r->mem);
	arena_wipe(&r->option_mem);
}

static int write_ready(const char *path)
{
	struct buf out = buf_new(256);
	int rc;

	buf_printf(&out, "{\"pid\":%" PRId64 "}\n", os_pid());
	rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc;
}

static void on_stop(void *arg)
{
	struct run *r = arg;

	log_event(EV_STOPPING, "");
	loop_stop(r->loop);
}

static int serve(struct run *r, const struct args *args)
{
	const char *ready = args_get(args, "--ready");
	int64_t pid;
	int rc = 0;

	if (!args_pid(args, "--parent-pid", &pid))
		return EXIT_USAGE;
	if (pid)
		loop_on_process_end(r->loop, pid, on_stop, r);
	start(r);
	open_settings(r);
	log_event(EV_STARTED, "pid=%" PRId64 " version=%s", os_pid(), IMPRIMATUR_VERSION);
	if (ready)
		rc = write_ready(ready);
	if (rc == 0)
		loop_run(r->loop);
	else
		fail(ready, rc);
	if (!r->leaving && show_status(r, true) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "status");
	settings_free(&r->settings);
	leave_cancel(&r->leave);
	task_cancel(&r->restart);
	stop(r);
	log_event(EV_STOPPED, "");
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

int run_run(const struct args *args)
{
	struct run *r = xcalloc(1, sizeof(*r));
	int code = EXIT_FAILED;

	os_no_core_dumps();
	r->dir = args_get(args, "--dir");
	r->product = -1;
	/* Before the lock, by which others see that it runs: whoever stops it then stops it in
	 * order. */
	r->loop = loop_new();
	loop_on_stop(r->loop, on_stop, r);
	if (load_all(r) == 0)
		code = serve(r, args);
	free_all(r);
	free(r);
	return code;
}
