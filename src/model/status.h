/* status.h - from what the hub knows about a site to its status and the reasons for it.
 *
 * The rules are rows of one table (model/rule.h), without I/O and without a clock: the time is a
 * fact like the others, and so is what counts of each rule at this site.  Order of precedence:
 * revoked, never_connected, monitoring_off (R24: the customer's choice is no failure), offline,
 * then the worst of what the rules say.  Pure. */
#ifndef MODEL_STATUS_H
#define MODEL_STATUS_H

#include "base/json.h"
#include "model/report.h"
#include "model/rule.h"
#include "model/words.h"

#define STATUS_GRACE_MS       (5 * 60 * 1000)    /* after the hub's start or a clock jump */
#define STATUS_STALE_MS       (26 * 3600 * 1000) /* all is sent once a day */
#define STATUS_REASONS_MAX    40
#define STATUS_COMPONENTS_MAX 16

struct component_fact {
	int kind, state, code;   /* as reported */
	int64_t total, in_error; /* JSON_ABSENT_INT if not told */
	int64_t since_ms;        /* when this state began */
};

/* Set all to absent with status_facts_init, then fill in what is known. */
struct site_facts {
	int64_t now_ms;
	int64_t up_since_ms;        /* the hub's start, or its last clock jump */
	int64_t grace_ms;           /* as configured; _init sets the default above */
	struct rule_settings rules; /* what counts at this site; _init sets the table's */

	bool enrolled, revoked; /* has or had a connector; the connector's key was revoked */
	int64_t revoked_ms;
	bool copied; /* a fork was seen that nobody has decided yet */
	int64_t copied_ms;
	int storage; /* enum storage_state: whether the connector can store what it reads */
	int64_t storage_ms;
	int monitoring; /* SWITCH_OFF, SWITCH_ON; -1 not known yet */
	int64_t monitoring_ms;
	bool polling;         /* a poll is open now */
	int64_t last_seen_ms; /* end of the last poll or call; JSON_ABSENT_INT: never */
	int64_t report_ms;    /* when the last report came; JSON_ABSENT_INT: never */

	const struct component_fact *components;
	size_t components_len;
	int64_t devices_total, devices_in_error;
	double disk_used_percent, jvm_memory_used_percent;
	int64_t database_connect_ms;
	enum json_bool licence_valid;
	int64_t support_days, licence_days;
	/* The ends that these days were counted to, where somebody wrote them down: such days pass
	 * without a report.  JSON_ABSENT_INT: not known, or the print server tells the days. */
	int64_t support_end_ms, licence_end_ms;
	int64_t held_jobs;
	int64_t skew_ms;                        /* the site's clock against ours */
	int64_t restarts_ms[RULE_RESTARTS_MAX]; /* starts that followed another; oldest first */
	size_t restarts_len;
	const char *advisories; /* ids of those that the server's version is open to; NULL: none */
};

struct status_reason {
	int code;           /* enum component_code or enum reason_code: reason_name() */
	int component;      /* enum component_kind or -1 */
	double value;       /* NaN if there is none: an age is told by since_ms; support in days */
	double threshold;   /* NaN if there is none; of ages in seconds */
	int64_t since_ms;   /* JSON_ABSENT_INT if not known */
	int status;         /* what it amounts to: SITE_WARNING, SITE_ERROR, ... */
	int rule;           /* enum rule; -1: the customer's or the provider's doing */
	int origin;         /* enum rule_origin of threshold and severity; -1 without a rule */
	const char *detail; /* struct rule_finding; lives as long as the facts' */
};

struct site_verdict {
	int status; /* enum site_status */
	size_t reasons_len;
	struct status_reason reasons[STATUS_REASONS_MAX]; /* worst first */
};

void status_facts_init(struct site_facts *f);

/* `before` is the last verdict or NULL: a reason that was there keeps its `since`. */
void status_derive(const struct site_facts *f, const struct site_verdict *before,
		   struct site_verdict *ret_verdict);

/* When the status may change by time alone; INT64_MAX: never. */
int64_t status_due_ms(const struct site_facts *f);
/* The part of it that does not depend on whether the site is heard of: what is known by its date.
 */
int64_t status_dated_ms(const struct site_facts *f);
/* When what was heard at since_ms is older than a rule's threshold allows, but not before fair_ms:
 * a hub that was away itself says nothing of others until its grace is over. */
int64_t status_old_ms(int64_t since_ms, double threshold_s, int64_t fair_ms);

/* What two readings of the site's clock in a row agree on: the nearer to ours.  A single one may
 * have waited on its way, which looks like a clock that is late: not known. */
int64_t status_skew_ms(int64_t before_ms, int64_t now_ms);

/* A start of the print server as a report tells it: adds to the list (RULE_RESTARTS_MAX places, the
 * oldest goes) if it is another than *started_ms, which it replaces.  A reading's own error is no
 * start.  The first start that is told is none that followed another. */
void status_note_start(int64_t told_ms, int64_t *started_ms, int64_t *restarts_ms,
		       size_t *restarts_len);

/* Copies what a report says into the facts.  `components` has room for STATUS_COMPONENTS_MAX rows
 * and outlives the facts; a component that is in the state of `before` (rows of the last report,
 * may be NULL) keeps its since, else it begins at `at_ms`.  Returns the number of components. */
size_t status_facts_from_report(const struct report *r, int64_t at_ms,
				const struct component_fact *before, size_t before_len,
				struct component_fact *components, struct site_facts *f);

/* True if both say the same but for value and since: nothing to log or to push. */
bool status_same(const struct site_verdict *a, const struct site_verdict *b);

#endif
