/* status.c - the loop's half of status.h: presence, and the moments at which a status may change.
 *
 * One tick a second looks at all sites' due times.  That is a walk over some 150 octets a site,
 * which for ten thousand sites costs less than keeping them in order would. */
#include "hub/status/status.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/map.h"
#include "db/db.h"
#include "hub/known.h"
#include "hub/status/rules.h"
#include "net/loop.h"

#define TICK_MS   1000
#define ONLINE_MS (10 * 1000) /* between two polls */
#define JUMP_MS   (10 * 1000) /* less makes no difference to any rule */
/* How many of a crowd are concluded at once: enough to share a commit, few enough that whoever
 * comes meanwhile is served in the next. */
#define CROWD_AT_ONCE 64

struct status {
	struct hub *hub;
	struct map by_site;
	int64_t clocks_apart_ms; /* wall and monotonic, at the last tick */
	struct timer tick;
	struct db_owner owner;
	struct link waiting; /* struct live: to be concluded anew, some at a time */
	unsigned crowd;      /* of those how many are under way */
	struct file_watch *known_watch;
	int64_t known_ns; /* file_changed_ns of the list of vulnerable versions */
};

void status_default_rules(const struct hub *hub, struct rule_settings *ret_rules)
{
	rule_settings_init(ret_rules);
	ret_rules->of[RULE_SILENT].threshold = (double)hub->config->poll_offline_after_ms / 1000;
}

struct live *status_live(struct hub *hub, struct id site)
{
	return map_get(&hub->status->by_site, site.b, sizeof(site.b));
}

bool status_online(const struct live *l)
{
	return l->polling || l->last_seen_ms > clock_wall_ms() - ONLINE_MS;
}

int64_t status_silent_ms(const struct live *l)
{
	int64_t fair_ms = l->hub->steady_ms + l->hub->config->start_grace_ms;

	if (l->polling || l->last_seen_ms == JSON_ABSENT_INT ||
	    clock_wall_ms() < status_old_ms(l->last_seen_ms, l->silent.threshold, fair_ms))
		return JSON_ABSENT_INT;
	return l->last_seen_ms;
}

struct live *status_live_make(struct hub *hub, struct id provider, struct id customer,
			      struct id site)
{
	struct live *l = status_live(hub, site);
	struct rule_settings rules;

	if (l)
		return l;
	status_default_rules(hub, &rules);
	l = xcalloc(1, sizeof(*l));
	*l = (struct live){
		.hub = hub,
		.provider = provider,
		.customer = customer,
		.site = site,
		.monitoring = -1,
		.revoked_ms = JSON_ABSENT_INT,
		.copied_ms = JSON_ABSENT_INT,
		.monitoring_ms = JSON_ABSENT_INT,
		.last_seen_ms = JSON_ABSENT_INT,
		.skew_ms = JSON_ABSENT_INT,
		.skew_before_ms = JSON_ABSENT_INT,
		.noted_ms = JSON_ABSENT_INT,
		.report_ms = JSON_ABSENT_INT,
		.status = SITE_NEVER_CONNECTED,
		.silent = rules.of[RULE_SILENT],
		.stale = rules.of[RULE_STALE],
		/* What was not concluded since the start is, once nobody is spared any more. */
		.dated_ms = hub->steady_ms + hub->config->start_grace_ms,
		.due_ms = 0,
	};
	list_init(&l->waiting);
	map_put(&hub->status->by_site, site.b, sizeof(site.b), l);
	return l;
}

void status_facts(const struct live *l, struct site_facts *ret_facts)
{
	status_facts_init(ret_facts);
	ret_facts->now_ms = clock_wall_ms();
	ret_facts->up_since_ms = l->hub->steady_ms;
	status_default_rules(l->hub, &ret_facts->rules);
	ret_facts->grace_ms = l->hub->config->start_grace_ms;
	ret_facts->enrolled = true;
	ret_facts->revoked = l->revoked;
	ret_facts->revoked_ms = l->revoked_ms;
	ret_facts->copied = l->copied;
	ret_facts->copied_ms = l->copied_ms;
	ret_facts->storage = l->storage;
	ret_facts->storage_ms = l->storage_ms;
	ret_facts->monitoring = l->monitoring;
	ret_facts->monitoring_ms = l->monitoring_ms;
	ret_facts->polling = l->polling;
	ret_facts->last_seen_ms = l->last_seen_ms;
	ret_facts->report_ms = l->report_ms;
	ret_facts->skew_ms = status_skew_ms(l->skew_before_ms, l->skew_ms);
}

void status_facts_enrolled(const struct hub *hub, int64_t now_ms, struct site_facts *ret_facts)
{
	status_facts_init(ret_facts);
	ret_facts->now_ms = ret_facts->last_seen_ms = now_ms;
	ret_facts->up_since_ms = hub->steady_ms;
	status_default_rules(hub, &ret_facts->rules);
	ret_facts->grace_ms = hub->config->start_grace_ms;
	ret_facts->enrolled = true;
	ret_facts->monitoring = SWITCH_ON;
}

void status_concluded(struct live *l, const struct site_facts *f, int status)
{
	if (l->status != status) {
		char id[ID_TEXT_MAX];

		id_encode(ID_SITE, l->site, id);
		log_event(EV_SITE_STATUS, "site=%s from=%s to=%s", id, site_status_names[l->status],
			  site_status_names[status]);
	}
	l->status = status;
	l->silent = f->rules.of[RULE_SILENT];
	l->stale = f->rules.of[RULE_STALE];
	l->dated_ms = status_dated_ms(f);
	l->due_ms = status_due_ms(f);
	/* A refresh that is under way began with older facts and may be written after this. */
	if (l->refreshing)
		l->again = true;
}

void status_seen(struct live *l)
{
	l->last_seen_ms = clock_wall_ms();
	/* Whoever is alive again should not be shown as offline until the next tick's chance. */
	if (l->status == SITE_OFFLINE || l->status == SITE_NEVER_CONNECTED)
		status_refresh(l);
}

void status_arm(struct live *l)
{
	struct site_facts f;

	if (l->refreshing || l->erased)
		return;
	status_facts(l, &f);
	f.rules.of[RULE_SILENT] = l->silent;
	f.rules.of[RULE_STALE] = l->stale;
	l->due_ms = status_due_ms(&f);
	if (l->dated_ms < l->due_ms)
		l->due_ms = l->dated_ms;
}

struct refresh {
	struct live *live; /* the loop's */
	struct known *known;
	struct id customer, site;
	struct site_facts facts;
	int status;
	bool reasons; /* there are some: what lists show of them may be another */
	bool crowd;
};

static int refresh_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct refresh *job = arg;
	struct site_state s;
	int rc = state_renew(db, job->known, job->customer, job->site, mem, &job->facts, &s);

	if (rc < 0)
		return rc;
	job->status = s.status;
	job->reasons = s.reasons.len > 0;
	return 0;
}

static void begin_refresh(struct live *l, bool crowd);

static void let_crowd_in(struct status *s)
{
	while (s->crowd < CROWD_AT_ONCE && !list_empty(&s->waiting)) {
		struct live *l = LIST_ENTRY(s->waiting.next, struct live, waiting);

		list_remove(&l->waiting);
		begin_refresh(l, true);
	}
}

static void refresh_done(int rc, void *arg, void *owner)
{
	struct status *s = owner;
	struct refresh *job = arg;
	struct live *l = job->live;

	l->refreshing = false;
	s->crowd -= job->crowd;
	if (l->erased)
		l->due_ms = INT64_MAX;
	else if (rc == 0)
		status_concluded(l, &job->facts, job->status);
	else
		l->due_ms = clock_wall_ms() + TICK_MS;
	if (rc == 0 && job->reasons)
		hub_site_touched(l->hub, l->provider, l->site);
	if (l->again && !l->erased) {
		l->again = false;
		status_refresh(l);
	}
	let_crowd_in(s);
}

static void begin_refresh(struct live *l, bool crowd)
{
	struct status *s = l->hub->status;
	struct refresh job = { .live = l,
			       .known = l->hub->known,
			       .customer = l->customer,
			       .site = l->site,
			       .crowd = crowd };

	if (l->refreshing || l->erased) {
		l->again = true;
		return;
	}
	l->refreshing = true;
	l->due_ms = INT64_MAX;
	s->crowd += crowd;
	status_facts(l, &job.facts);
	db_write(&s->owner, l->provider, refresh_run, refresh_done, &job, sizeof(job));
}

void status_refresh(struct live *l)
{
	begin_refresh(l, false);
}

static void put_in_line(struct live *l)
{
	if (list_empty(&l->waiting) && !l->erased)
		list_append(&l->hub->status->waiting, &l->waiting);
}

void status_refresh_in_turn(struct live *l)
{
	put_in_line(l);
	let_crowd_in(l->hub->status);
}

/* ---- what concludes many at once ---- */

static void look(void *value, void *arg)
{
	struct live *l = value;
	const int64_t *now_ms = arg;

	if (*now_ms >= l->due_ms && !l->refreshing)
		put_in_line(l);
}

static void if_providers(void *value, void *arg)
{
	struct live *l = value;
	const struct id *provider = arg;

	if (!provider || id_eq(l->provider, *provider))
		put_in_line(l);
}

/* NULL: of all providers. */
static void refresh_all(struct status *s, const struct id *provider)
{
	map_each(&s->by_site, if_providers, (void *)provider);
	let_crowd_in(s);
}

/* ---- the clock ---- */

static void set_back(void *value, void *arg)
{
	struct live *l = value;
	const int64_t *now_ms = arg;

	if (l->last_seen_ms > *now_ms)
		l->last_seen_ms = *now_ms;
	if (l->report_ms > *now_ms)
		l->report_ms = *now_ms;
}

/* A clock that went another way than the time did says nothing of how long a site was silent: what
 * was from before counts anew, with the grace of a start. */
static void look_at_clock(struct status *s)
{
	int64_t now_ms = clock_wall_ms(), apart_ms = now_ms - clock_mono_ms();
	int64_t jump_ms = apart_ms - s->clocks_apart_ms;

	s->clocks_apart_ms = apart_ms;
	if (llabs(jump_ms) < JUMP_MS)
		return;
	log_event(EV_CLOCK_JUMPED, "seconds=%lld", (long long)jump_ms / 1000);
	s->hub->steady_ms = now_ms;
	map_each(&s->by_site, set_back, &now_ms);
	refresh_all(s, NULL);
}

int64_t status_quiet_ms(const struct live *l)
{
	int64_t since_ms = l->last_seen_ms;

	if (l->polling || since_ms == JSON_ABSENT_INT)
		return 0;
	look_at_clock(l->hub->status);
	if (since_ms < l->hub->steady_ms)
		since_ms = l->hub->steady_ms;
	return clock_wall_ms() - since_ms;
}

static void on_tick(struct timer *t)
{
	struct status *s = CONTAINER_OF(t, struct status, tick);
	int64_t now_ms;

	look_at_clock(s);
	now_ms = clock_wall_ms();
	map_each(&s->by_site, look, &now_ms);
	let_crowd_in(s);
	timer_start(s->hub->loop, &s->tick, TICK_MS);
}

static void if_erased(void *value, void *arg)
{
	const struct change_note *note = arg;
	struct live *l = value;

	if (!id_eq(note->object, note->object_kind == ID_SITE ? l->site : l->customer))
		return;
	l->erased = true;
	l->due_ms = INT64_MAX;
	list_remove(&l->waiting);
}

static void on_change(struct hub *hub, const struct change_note *note)
{
	struct live *l = NULL;

	if (note->verb == CHANGE_CUSTOMER_ERASED || note->verb == CHANGE_SITE_ERASED)
		map_each(&hub->status->by_site, if_erased, (void *)note);
	if (note->verb == CHANGE_PROVIDER_RULES)
		refresh_all(hub->status, &note->provider);
	if (note->verb == CHANGE_SITE_RULES || note->verb == CHANGE_SITE_LICENCE)
		l = status_live(hub, note->site);
	if (l)
		status_refresh(l);
}

/* ---- the list of vulnerable versions ---- */

static bool load_known(struct status *s)
{
	const char *path = s->hub->config->vulnerable_versions_file;
	struct config_problem problem = {};
	int rc;

	s->known_ns = file_changed_ns(path);
	rc = known_load(s->hub->known, path, &problem);
	if (rc == 0)
		log_event(EV_KNOWN_LOADED, "what=vulnerable_versions");
	else if (rc == ERR_CONFIG)
		log_event(EV_KNOWN_BAD, "line=%d why=%s", problem.line, problem.text);
	else
		log_event(EV_KNOWN_BAD, "code=%s", err_code(rc));
	return rc == 0;
}

static void on_known_file(void *owner)
{
	struct status *s = owner;

	if (file_changed_ns(s->hub->config->vulnerable_versions_file) != s->known_ns &&
	    load_known(s))
		refresh_all(s, NULL);
}

static void reload_status(struct hub *hub)
{
	if (hub->config->vulnerable_versions_file && load_known(hub->status))
		refresh_all(hub->status, NULL);
}

static void open_known(struct status *s)
{
	const char *path = s->hub->config->vulnerable_versions_file;

	if (!path)
		return;
	/* A hub with a wrong list watches all the same; the log says what is wrong. */
	load_known(s);
	s->known_watch = file_watch_open(s->hub->loop, path, on_known_file, s);
}

/* ---- the slice ---- */

static int open_status(struct hub *hub)
{
	struct status *s = xcalloc(1, sizeof(*s));

	s->hub = hub;
	db_owner_init(&s->owner, hub->db, hub->loop, s);
	list_init(&s->waiting);
	s->clocks_apart_ms = clock_wall_ms() - clock_mono_ms();
	timer_init(&s->tick, on_tick);
	timer_start(hub->loop, &s->tick, TICK_MS);
	hub->status = s;
	open_known(s);
	return 0;
}

static void drain_status(struct hub *hub)
{
	timer_stop(hub->loop, &hub->status->tick);
}

static void free_live(void *value, void *arg)
{
	free(value);
}

static void close_status(struct hub *hub)
{
	struct status *s = hub->status;

	if (!s)
		return;
	timer_stop(hub->loop, &s->tick);
	if (s->known_watch)
		file_watch_close(&s->known_watch);
	db_owner_done(&s->owner, NULL);
	map_each(&s->by_site, free_live, NULL);
	map_done(&s->by_site);
	free(s);
	hub->status = NULL;
}

const struct slice status_slice = {
	.name = "status",
	.routes = rules_routes,
	.open = open_status,
	.on_change = on_change,
	.reload = reload_status,
	.drain = drain_status,
	.close = close_status,
};
