/* permission_fuzz.c - any octets as permissions.json: at no time does more hold than the customer
 * set, and what was read is written as what reads the same. */
#include "connector/permission.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define ROOM (16 * KIB)

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* The state at `at_ms`, by the rule as permission.h tells it. */
static void check_at(const struct permissions *p, enum permission which, int64_t at_ms)
{
	enum switch_state state = permissions_get(p, which, at_ms);
	const struct permission_rule *r = &p->rules[which];
	bool ended = r->until_ms != JSON_ABSENT_INT && at_ms >= r->until_ms, granted = false;

	for (unsigned i = 0; i < r->windows_len; i++)
		granted |= at_ms >= r->windows[i].from_ms && at_ms < r->windows[i].to_ms;
	expect(state == SWITCH_OFF || state == SWITCH_ASK || state == SWITCH_ON);
	if (p->silent || r->set == SWITCH_OFF)
		expect(state == SWITCH_OFF);
	if (state > (r->set == SWITCH_ON && !ended ? r->outside : SWITCH_OFF) && r->hours.len &&
	    !granted)
		expect(hours_have(&r->hours, at_ms));
	if (state == SWITCH_ON)
		expect(granted || (r->set == SWITCH_ON && !ended));
	if (which == PERMISSION_MONITORING)
		expect(state != SWITCH_ASK && !granted);
}

/* The moments at which a rule may turn, and their neighbours. */
static void check(const struct permissions *p, enum permission which)
{
	const struct permission_rule *r = &p->rules[which];

	expect(r->windows_len <= PERMISSION_WINDOWS_MAX);
	for (int64_t step = -1; step <= 1; step++) {
		if (r->until_ms != JSON_ABSENT_INT)
			check_at(p, which, r->until_ms + step);
		for (unsigned i = 0; i < r->windows_len; i++) {
			check_at(p, which, r->windows[i].from_ms + step);
			check_at(p, which, r->windows[i].to_ms + step);
		}
		check_at(p, which, p->told.at_ms + step);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf once = buf_new(ROOM), twice = buf_new(ROOM);
	struct permissions p;

	if (permissions_parse((struct str){ (const char *)data, len }, &p) == 0) {
		for (int i = 0; i < PERMISSIONS; i++)
			check(&p, (enum permission)i);
		permissions_print(&p, &once);
		expect(buf_status(&once) == 0 && permissions_parse(buf_str(&once), &p) == 0);
		permissions_print(&p, &twice);
		expect(str_eq(buf_str(&once), buf_str(&twice)));
	}
	buf_done(&once);
	buf_done(&twice);
	return 0;
}
