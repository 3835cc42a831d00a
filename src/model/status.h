/* status.h - from what the hub knows about a site to its status and the reasons for it.
 *
 * Rules are rows of one table in status.c, without I/O and without a clock: the time is a fact like
 * the others.  Order of precedence: revoked, never_connected, monitoring_off (R24: the customer's
 * choice is no failure), offline, then the worst of what the rules say.  Pure. */
#ifndef MODEL_STATUS_H
#define MODEL_STATUS_H

#include "base/json.h"
#include "model/report.h"
#include "model/words.h"

#define STATUS_OFFLINE_AFTER_MS (90 * 1000)
#define STATUS_GRACE_MS         (5 * 60 * 1000)    /* after the hub's start or a clock jump */
#define STATUS_STALE_MS         (26 * 3600 * 1000) /* all is sent once a day */
#define STATUS_REASONS_MAX      24
#define STATUS_COMPONENTS_MAX   16

struct component_fact {
	int kind, state, code;   /* as reported */
	int64_t total, in_error; /* JSON_ABSENT_INT if not told */
	int64_t since_ms;        /* when this state began */
};

/* Set all to absent with status_facts_init, then fill in what is known. */
struct site_facts {
	int64_t now_ms;
	int64_t up_since_ms;                /* the hub's start, or its last clock jump */
	int64_t offline_after_ms, grace_ms; /* as configured; _init sets the defaults above */

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
	double disk_used_percent;
	enum json_bool licence_valid;
	int64_t support_days;
};

struct status_reason {
	int code;         /* enum component_code or enum reason_code: reason_name() */
	int component;    /* enum component_kind or -1 */
	double value;     /* NaN if there is none: an age is told by since_ms; support in days */
	double threshold; /* NaN if there is none; of ages in seconds */
	int64_t since_ms; /* JSON_ABSENT_INT if not known */
	int status;       /* what it amounts to: SITE_WARNING, SITE_ERROR, ... */
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

/* Copies what a report says into the facts.  `components` has room for STATUS_COMPONENTS_MAX rows
 * and outlives the facts; a component that is in the state of `before` (rows of the last report,
 * may be NULL) keeps its since, else it begins at `at_ms`.  Returns the number of components. */
size_t status_facts_from_report(const struct report *r, int64_t at_ms,
				const struct component_fact *before, size_t before_len,
				struct component_fact *components, struct site_facts *f);

/* True if both say the same but for value and since: nothing to log or to push. */
bool status_same(const struct site_verdict *a, const struct site_verdict *b);

#endif
