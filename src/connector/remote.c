/* remote.c - see remote.h. */
#include "connector/remote.h"
#include "base/err.h"
#include "base/log.h"
#include "connector/gateway/gateway.h"
#include "connector/home.h"
#include "connector/target.h"
#include "connector/target_tell.h"
#include "connector/tunnel.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "wire/tunnel.h"
#include <stdlib.h>
#include <string.h>

#define COUNT_MS 200 /* a session looks every 250 ms whether anything has passed */

struct remote {
	struct remote_config cfg;
	struct tunnel *tunnel;
	struct sessions *sessions;
	struct gateway *gateway;
	struct targets targets;
	struct target_tell *tell;
	bool online;
	struct file_watch *watch; /* of their file */
	struct link visits;
	struct timer count;
};

/* A session that has asked for something. */
struct served {
	struct link link;
	struct gateway_visit visit;
	struct session_counts *counts; /* the session's */
	struct arena mem;              /* its target's; NULL in visit: the console */
};

/* --- targets -----------------------------------------------------------------------------------
 */

/* The console is what the print server has of its own; there is one where a source is configured.
 */
static bool find_target(struct id target, enum target_kind *ret_kind, void *owner)
{
	const struct remote *r = owner;
	const struct target *t = targets_find(&r->targets, target);

	*ret_kind = id_is_zero(target) ? TARGET_CONSOLE
		    : t                ? (enum target_kind)t->kind
				       : TARGET_MFP;
	return id_is_zero(target) || t;
}

static const char *target_name(struct id target, void *owner)
{
	const struct remote *r = owner;
	const struct target *t = targets_find(&r->targets, target);

	return t ? t->name : NULL;
}

/* What a session's requests go to from now on is what the customer has configured now; what runs to
 * another place, or trusts another certificate, ends. */
static void take_changes(struct remote *r)
{
	sessions_look_at_targets(r->sessions); /* those that are left have theirs */
	LIST_EACH(l, &r->visits) {
		struct served *s = LIST_ENTRY(l, struct served, link);
		const struct target *was = s->visit.target;
		const struct target *is = was ? targets_find(&r->targets, was->id) : NULL;

		if (!is)
			continue;
		if (!target_is_same(was, is))
			gateway_cut(r->gateway, s->visit.session, ERR_TARGET_REFUSED);
		s->visit.target = target_copy(&s->mem, is);
	}
}

static void on_targets(void *owner)
{
	struct remote *r = owner;
	struct targets now = {};
	int rc = targets_load(r->cfg.dir, &now);

	if (rc < 0) { /* nothing is reached by guess */
		log_event(EV_CONFIG_BAD, "detail=targets code=%s", err_code(rc));
		now = (struct targets){};
	}
	targets_free(&r->targets);
	r->targets = now;
	target_tell_set(r->tell, &r->targets);
	if (r->sessions)
		take_changes(r);
}

/* --- what sessions ask for ---------------------------------------------------------------------
 */

static void count(struct remote *r, struct served *s)
{
	gateway_count(r->gateway, &s->visit);
	s->counts->bytes_up = (int64_t)s->visit.bytes_up;
	s->counts->bytes_down = (int64_t)s->visit.bytes_down;
}

static void on_count(struct timer *t)
{
	struct remote *r = CONTAINER_OF(t, struct remote, count);

	LIST_EACH(l, &r->visits)
		count(r, LIST_ENTRY(l, struct served, link));
	if (!list_empty(&r->visits))
		timer_start(r->cfg.loop, &r->count, COUNT_MS);
}

static struct served *find_served(struct remote *r, struct id session)
{
	LIST_EACH(l, &r->visits) {
		struct served *s = LIST_ENTRY(l, struct served, link);

		if (id_eq(s->visit.session, session))
			return s;
	}
	return NULL;
}

static struct served *serve_new(struct remote *r, const struct session_visit *v,
				const struct target *t)
{
	struct served *s = xcalloc(1, sizeof(*s));

	s->visit.session = v->id;
	s->visit.target = t ? target_copy(&s->mem, t) : NULL;
	s->counts = v->counts;
	list_append(&r->visits, &s->link);
	timer_start(r->cfg.loop, &r->count, COUNT_MS);
	return s;
}

static void want(bool wanted, void *owner)
{
	struct remote *r = owner;

	tunnel_want(r->tunnel, wanted);
}

static void serve(struct exchange *x, const struct session_visit *v, void *owner)
{
	struct remote *r = owner;
	struct served *s = find_served(r, v->id);
	const struct target *t = targets_find(&r->targets, v->target);

	if (!id_is_zero(v->target) && !t) {
		exchange_add_header(x, TUNNEL_ERROR_HEADER, err_code(ERR_TARGET_FORBIDDEN));
		exchange_respond(x, err_status(ERR_TARGET_FORBIDDEN), NULL, (struct str){});
		return;
	}
	if (!s)
		s = serve_new(r, v, t);
	gateway_request(r->gateway, x, &s->visit);
}

static void cut(struct id session, enum session_why why, void *owner)
{
	struct remote *r = owner;
	struct served *s = find_served(r, session);

	if (!s)
		return;
	count(r, s);
	gateway_cut(r->gateway, session, ERR_SESSION_OVER);
	list_remove(&s->link);
	arena_done(&s->mem);
	free(s);
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

static void tell_desk(struct session_desk *ret_desk, void *owner)
{
	const struct remote *r = owner;

	ret_desk->count = r->cfg.approvers ? r->cfg.approvers(r->cfg.owner) : 0;
	ret_desk->name = r->cfg.options->desk_name;
}

static const struct sessions_ops ops = { find_target, target_name, want,     serve,
					 cut,         on_change,   tell_desk };

/* Of a page of ours, which no session reaches; 0: it is off. */
static uint16_t port_of(const char *listen)
{
	const char *colon = strrchr(listen, ':');
	uint64_t port;

	return colon && str_to_u64(str_of(colon + 1), &port) ? (uint16_t)port : 0;
}

static void open_gateway(struct remote *r)
{
	const struct gateway_setup setup = {
		.options = r->cfg.options,
		.own_ports = { port_of(r->cfg.options->settings_listen),
			       port_of(r->cfg.options->desk_listen) },
	};
	char path[HOME_PATH_MAX];

	list_init(&r->visits);
	timer_init(&r->count, on_count);
	r->gateway = gateway_new(r->cfg.loop, &setup);
	r->tell = target_tell_new(r->cfg.loop, r->cfg.hub, r->cfg.permission);
	on_targets(r);
	if (home_path(r->cfg.dir, HOME_TARGETS, path) == 0)
		r->watch = file_watch_open(r->cfg.loop, path, on_targets, r);
}

static void on_tunnel(void *owner)
{
	struct remote *r = owner;

	r->cfg.on_change(r->cfg.owner);
}

int remote_tunnel_failure(const struct remote *r)
{
	struct tunnel_info tunnel;
	unsigned waiting, open;

	sessions_counts(r->sessions, &waiting, &open);
	tunnel_info(r->tunnel, &tunnel);
	return open && tunnel.state != TUNNEL_UP ? tunnel.why : 0;
}

struct remote *remote_new(const struct remote_config *cfg)
{
	struct remote *r = xcalloc(1, sizeof(*r));

	r->cfg = *cfg;
	open_gateway(r);
	r->tunnel = tunnel_new(&(struct tunnel_config){
		.loop = cfg->loop,
		.fetcher = cfg->fetcher,
		.hub = cfg->hub,
		.on_request = on_request,
		.on_state = on_tunnel,
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
	file_watch_close(&(*r)->watch);
	timer_stop((*r)->cfg.loop, &(*r)->count);
	gateway_free(&(*r)->gateway);
	target_tell_free(&(*r)->tell);
	targets_free(&(*r)->targets);
	free(*r);
	*r = NULL;
}

struct sessions *remote_sessions(struct remote *r)
{
	return r->sessions;
}

void remote_superseded(struct remote *r)
{
	sessions_end_all(r->sessions, WHY_COPIED);
	tunnel_drop(r->tunnel);
}

void remote_online(struct remote *r, bool online)
{
	bool back = online && !r->online;

	r->online = online;
	if (back)
		tunnel_hub_is_back(r->tunnel);
	if (!online)
		return;
	sessions_online(r->sessions, back);
	target_tell_online(r->tell, back);
}

struct gateway *remote_gateway(struct remote *r)
{
	return r->gateway;
}
