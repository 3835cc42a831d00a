/* collect.c - drives readings: when, whether, and into the outbox; see collect.h.
 *
 *   WAITING --timer--> READING --done--> WAITING          switch off: OFF, from anywhere
 *      ^                                    |             stopped:    OFF for good
 *      '------------------------------------'
 *
 * `monitoring` is asked before reading and once more before anything is kept: what was read while
 * it was on and is at hand when it goes off is thrown away. */
#include "connector/collect.h"
#include "connector/counters.h"
#include "connector/home.h"
#include "connector/outbox.h"
#include "connector/permission.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sm.h"
#include "net/loop.h"
#include <stdlib.h>
#include <string.h>

#define REPORT_NOW_MS   60000 /* design 9, limits: report_now once a minute */
#define RECALL_SEGMENTS 4     /* of the ledger: some days of 20,000 devices */

enum state_of_collector { OFF, WAITING, READING };

/* clang-format off */
static const struct sm_state states[] = {
	[OFF] =     { "off",     SM_TO(WAITING),                             0 },
	[WAITING] = { "waiting", SM_TO(OFF) | SM_TO(READING) | SM_TO(WAITING), 0 },
	[READING] = { "reading", SM_TO(OFF) | SM_TO(WAITING),                0 }, /* sources have deadlines */
};
/* clang-format on */

struct collector {
	struct collector_config cfg;
	struct sm sm;
	struct timer timer;
	struct memory *memory;
	int last_state;      /* enum reading_state of the last reading; -1: none */
	int64_t asked_at_ms; /* the last report_now that was followed, monotonic */
	bool asked, stopped;
	bool recalled; /* what the hub was told before this start */
};

static bool allowed(struct collector *c)
{
	return !c->stopped && permission_ask(c->cfg.permission, PERMISSION_MONITORING) == SWITCH_ON;
}

static void arm(struct sm *sm, int64_t deadline_ms)
{
	struct collector *c = CONTAINER_OF(sm, struct collector, sm);

	timer_stop(c->cfg.loop, &c->timer);
	if (deadline_ms)
		timer_start(c->cfg.loop, &c->timer, deadline_ms);
}

/* The newest that both know: an older hub gets what it knows. */
static int schema_agreed(const struct collector *c)
{
	int64_t max = *c->cfg.schema_max;

	return max != JSON_ABSENT_INT && max < REPORT_SCHEMA_MAX ? (int)max : REPORT_SCHEMA_MAX;
}

static int keep(struct collector *c, const struct report *report)
{
	struct buf json = buf_new(RECORD_MAX - RECORD_OVERHEAD);
	struct json_problem problem;
	int schema = schema_agreed(c);
	int rc;

	rc = report_encode(report, schema, &json, &problem);
	if (rc < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s field=%s", err_code(rc), problem.field);
	else
		rc = outbox_append(c->cfg.outbox, report_purposes(report, schema), report->at_ms,
				   buf_str(&json));
	buf_done(&json);
	return rc;
}

/* The day that has ended with the totals of this reading. */
static void take_totals(struct collector *c, struct reading *r)
{
	struct counters_config cfg = {
		.dir = c->cfg.dir,
		.secret = c->cfg.secret,
		.floor = c->cfg.options->usage_floor,
		.off_revision = permission_rules(c->cfg.permission)->off_revision,
	};
	struct report_day *day = NULL;
	int rc;

	if (!r->has_totals || !r->usage)
		return;
	rc = counters_take(&cfg, &r->totals, r->at_ms, &r->mem, &day);
	if (rc < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "counters");
	if (day)
		report_list_add(&r->mem, &r->usage->days, day);
}

struct recall {
	struct memory *memory;
	char epoch[EPOCH_TEXT_SIZE];
};

static int recall_record(const struct record *rec, enum ledger_state state, void *arg)
{
	struct recall *recall = arg;
	char epoch[EPOCH_TEXT_SIZE];
	struct json_problem problem;
	struct arena mem = {};
	struct report report;

	epoch_encode(&rec->epoch, epoch);
	/* Of another epoch the site may be another one. */
	if (rec->kind == RECORD_REPORT && rec->purposes & 1u << SECTION_DEVICES &&
	    strcmp(epoch, recall->epoch) == 0 &&
	    report_decode(rec->data.p, rec->data.len, &mem, &report, &problem) == 0 &&
	    report.devices)
		for (size_t i = 0; i < report.devices->items.len; i++)
			memory_recall(recall->memory,
				      ((struct report_device *)report.devices->items.items[i])->id);
	arena_done(&mem);
	return 0;
}

/* A list that takes several reports cannot say by itself what is no longer in it, and the memory of
 * what the hub holds ends with the process: but the ledger knows. */
static void recall_devices(struct collector *c)
{
	struct recall recall = { .memory = c->memory };
	uint64_t segment = UINT64_MAX;
	struct outbox_info info;
	char dir[HOME_PATH_MAX];

	c->recalled = true;
	outbox_info(c->cfg.outbox, &info);
	memcpy(recall.epoch, info.epoch, sizeof(recall.epoch));
	if (home_path(c->cfg.dir, HOME_OUTBOX, dir) < 0)
		return;
	for (int i = 0; i < RECALL_SEGMENTS && segment; i++)
		if (outbox_ledger_segment(dir, &segment, recall_record, &recall) < 0)
			log_event(EV_OUTBOX_FAILED, "code=%s", "recall");
}

static void take(struct collector *c, struct reading *r)
{
	struct outbox_info info;
	struct arena mem = {};
	struct report report;
	bool kept = false;
	int rc = 0;

	if (r->has_devices && r->devices.len > COLLECT_CHUNK && !c->recalled)
		recall_devices(c);
	take_totals(c, r);
	while (rc == 0 && memory_take(c->memory, r, r->at_ms, clock_mono_ms(), &mem, &report)) {
		outbox_info(c->cfg.outbox, &info);
		report.connector->spooled = info.spooled;
		rc = keep(c, &report);
		kept = kept || rc == 0;
		/* What could not be kept counts as not told. */
		if (rc < 0)
			memory_tell_all(c->memory);
		arena_done(&mem);
	}
	arena_done(&mem);
	if (outbox_tidy(c->cfg.outbox, clock_wall_ms()) < 0)
		log_event(EV_OUTBOX_FAILED, "code=%s", "tidy");
	if (kept)
		c->cfg.on_report(c->cfg.owner);
}

static void tell_state(struct collector *c, enum reading_state state,
		       const struct report_server *server)
{
	if (c->last_state != (int)state)
		log_event(state == READING_OK ? EV_SOURCE_UP : EV_SOURCE_DOWN, "source=%s state=%s",
			  source_names[c->cfg.options->source_kind], reading_state_names[state]);
	c->last_state = state;
	c->cfg.on_reading(state, server, c->cfg.owner);
}

static void on_reading(struct reading *r, void *owner)
{
	struct collector *c = owner;

	sm_go_for(&c->sm, WAITING, c->asked ? 1 : c->cfg.options->source_interval_ms);
	if (!allowed(c)) {
		collector_look(c);
	} else {
		reading_state_licence(r, c->cfg.options);
		take(c, r);
		tell_state(c, r->state, r->server);
	}
	reading_free(&r);
}

static void on_timer(struct timer *t)
{
	struct collector *c = CONTAINER_OF(t, struct collector, timer);

	if (!allowed(c))
		return collector_look(c);
	sm_go(&c->sm, READING);
	if (c->asked) {
		c->asked = false;
		memory_tell_all(c->memory);
	}
	source_read(c->cfg.source, on_reading, c);
}

struct collector *collector_new(const struct collector_config *cfg)
{
	struct collector *c = xcalloc(1, sizeof(*c));

	c->cfg = *cfg;
	c->last_state = -1;
	c->memory = memory_new((enum source)cfg->options->source_kind, cfg->secret,
			       cfg->options->report_heartbeat_ms);
	timer_init(&c->timer, on_timer);
	sm_init(&c->sm, states, OFF, arm);
	c->asked_at_ms = clock_mono_ms() - REPORT_NOW_MS;
	collector_look(c);
	return c;
}

void collector_free(struct collector **c)
{
	if (!*c)
		return;
	timer_stop((*c)->cfg.loop, &(*c)->timer);
	source_cancel((*c)->cfg.source);
	memory_free(&(*c)->memory);
	free(*c);
	*c = NULL;
}

void collector_look(struct collector *c)
{
	bool on = allowed(c);

	if (on && c->sm.state == OFF) {
		/* Nothing from before the pause counts as told: the site may have changed. */
		memory_tell_all(c->memory);
		sm_go_for(&c->sm, WAITING, 1);
	} else if (!on && c->sm.state != OFF) {
		source_cancel(c->cfg.source);
		c->last_state = -1;
		sm_go(&c->sm, OFF);
	}
}

void collector_report_now(struct collector *c)
{
	int64_t now_ms = clock_mono_ms();

	if (c->sm.state == OFF || now_ms - c->asked_at_ms < REPORT_NOW_MS)
		return;
	c->asked_at_ms = now_ms;
	c->asked = true;
	if (c->sm.state == WAITING)
		sm_go_for(&c->sm, WAITING, 1);
}

void collector_stop(struct collector *c)
{
	c->stopped = true;
	collector_look(c);
}
