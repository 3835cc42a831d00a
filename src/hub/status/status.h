/* status.h - what each site's status is, and when it changes.
 *
 * Two halves.  On the loop, a struct live a site that ever had a connector: is a poll open, when
 * was the last call, what do the switches say; its timer fires when time alone may change the
 * status. On database threads, site_state: what the last report told and what followed from it.
 *
 *   poll opened, poll ended, timer -> status_refresh() -> write job -> site_state, change row if it
 * differs report stored                  -> the report's own job calls state_conclude() in its
 * transaction
 *
 * The rules themselves are model/rule.h; what a provider has set of them lies in the database and
 * is read by each job that concludes.  A change of a provider's rules, or of the list of vulnerable
 * versions, concludes all its sites anew, some at a time, so that nobody else waits.  Nobody is
 * called offline within the grace after the hub's start (facts.up_since_ms). */
#ifndef HUB_STATUS_H
#define HUB_STATUS_H

#include "base/arena.h"
#include "base/list.h"
#include "hub/hub.h"
#include "model/status.h"

extern const struct slice status_slice;

/* -- On the loop. */

struct live {
	struct id provider, customer, site, connector;
	int monitoring; /* enum switch_state */
	bool revoked, copied;
	int64_t revoked_ms, copied_ms, monitoring_ms;
	bool polling;
	int64_t last_seen_ms;   /* JSON_ABSENT_INT: never */
	int64_t skew_ms;        /* the connector's clock against ours; JSON_ABSENT_INT: not known */
	int64_t skew_before_ms; /* the reading before */
	int64_t noted_ms;       /* last_seen_ms as it stands in the database */
	int64_t report_ms;      /* when the last report came; JSON_ABSENT_INT: never */
	int storage;            /* enum storage_state, as its polls say */
	int64_t storage_ms;     /* since when */
	int status;             /* as last concluded */
	struct rule_setting silent, stale; /* what counted then */
	int64_t dated_ms; /* status_dated_ms() of what the database knows, as last concluded */
	int64_t due_ms;   /* when time alone may change it; in the sweep's order */
	bool refreshing;  /* a job is under way; `again`: one more is wanted */
	bool again;
	bool erased;         /* or being so: nothing is concluded any more */
	struct link waiting; /* in the line of those that are concluded anew some at a time */
	struct hub *hub;
};

/* The site's; NULL if it never had a connector. */
struct live *status_live(struct hub *hub, struct id site);
/* A poll is open, or ended so short a time ago that the next is on its way. */
bool status_online(const struct live *l);
/* Since when nothing is heard, once that is longer than the site's rule allows, whatever weight the
 * rule has and whatever the status then says; JSON_ABSENT_INT: it is not. */
int64_t status_silent_ms(const struct live *l);
/* For how long nothing is heard, as far as this hub can tell: at most since its start, or since the
 * wall clock jumped, also if that is noticed only now. */
int64_t status_quiet_ms(const struct live *l);
/* Makes it if it is not there: enrolment and start-up. */
struct live *status_live_make(struct hub *hub, struct id provider, struct id customer,
			      struct id site);

/* Something that rules look at has changed: concludes anew in a job of its own.  Cheap to call
 * twice. */
void status_refresh(struct live *l);
/* The same for one of many: in its turn, so that whoever comes meanwhile is served. */
void status_refresh_in_turn(struct live *l);
/* A call or the end of a poll proved life. */
void status_seen(struct live *l);
/* Says anew when time alone may change the status: after start-up, and when nothing is open any
 * more. */
void status_arm(struct live *l);
/* The rules as they are without anybody's setting: the table's, and the hub's options. */
void status_default_rules(const struct hub *hub, struct rule_settings *ret_rules);
/* What the loop knows, for a job's struct; components and devices are absent, rules the default. */
void status_facts(const struct live *l, struct site_facts *ret_facts);
/* The same of a site whose connector is being enrolled: no loop knows it yet. */
void status_facts_enrolled(const struct hub *hub, int64_t now_ms, struct site_facts *ret_facts);
/* After a job that concluded: remembers the status and arms the next look. */
void status_concluded(struct live *l, const struct site_facts *f, int status);

/* -- Within a database job. */

/* What the last report told and what followed; texts live in the arena given to state_get. */
struct state_component {
	int kind, state, code;
	int64_t total, in_error, since_ms;
};

struct state_reason {
	int64_t code, component, status; /* struct status_reason of model/status.h */
	double value, threshold;
	int64_t since_ms;
	int64_t rule, origin;
	const char *detail;
};

struct state_start {
	int64_t at_ms;
};

struct site_state {
	struct id site;
	int status; /* enum site_status */
	int64_t status_ms;
	int64_t report_ms; /* the site's time of the report shown; JSON_ABSENT_INT: there is none */
	uint8_t report_epoch[16];
	int64_t report_seq;
	int64_t device_total, device_error;
	/* Sealed. */
	int product, edition, os; /* -1: not known */
	const char *version;      /* NULL: not known */
	const char *connector_version;
	int64_t read_at_ms;
	struct json_list components; /* struct state_component * */
	struct json_list reasons;    /* struct state_reason * */
	double disk_used_percent, jvm_memory_used_percent;
	int64_t database_connect_ms;
	int64_t started_ms;        /* the print server's last start */
	struct json_list restarts; /* struct state_start *: oldest first */
	/* As the newest report that had them told; NULL: none had. */
	struct report_licence *licence;
	struct report_infrastructure *infrastructure;
	struct report_usage *usage; /* the newest period and day only, without its devices */
	/* When each was read, in the site's time; JSON_ABSENT_INT: not known. */
	int64_t licence_ms, infrastructure_ms, usage_ms;
};

extern const struct json_schema site_state_schema; /* of the sealed members */

/* ERR_NOT_FOUND: the site has none yet (never connected). */
MUST_USE int state_get(struct tenant_db *db, struct id site, struct arena *mem,
		       struct site_state *ret_state);
/* An empty state: what a site that never reported has. */
void state_init(struct id site, struct site_state *ret_state);
/* The print server started at that time, as a report tells it. */
void state_note_start(struct site_state *s, struct arena *mem, int64_t told_ms);
/* Concludes anew from what the site's last report told, within the job that writes what else `f`
 * says: whoever reads sees both or neither.  ERR_NOT_FOUND is none: a site that never reported has
 * an empty state. */
MUST_USE int state_renew(struct tenant_db *db, struct known *known, struct id customer,
			 struct id site, struct arena *mem, struct site_facts *f,
			 struct site_state *ret_state);
/* Derives the status from `f` and *s by the rules that count at the site, which it leaves in
 * f->rules; writes the row, and a change row if the verdict differs. */
MUST_USE int state_conclude(struct tenant_db *db, struct known *known, struct id customer,
			    struct arena *mem, struct site_facts *f, struct site_state *s);

#endif
