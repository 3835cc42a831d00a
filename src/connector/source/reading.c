/* reading.c - what a source gives; see source.h. */
#include "connector/source/source.h"
#include "base/clock.h"
#include "base/err.h"
#include "net/fetch.h"
#include <stdlib.h>

#define WORD_NAME(number, name) [number] = (name),
const char *const reading_state_names[] = { READING_WORDS(WORD_NAME) NULL };

/* A server that refuses or puzzles us works perhaps, but nobody can see it: a warning, not silence.
 * clang-format off */
static const struct {
	int state, code;
} verdicts[READING_STATES] = {
	[READING_OK] = { STATE_OK, CODE_REACHABLE },
	[READING_UNREACHABLE] = { STATE_ERROR, CODE_UNREACHABLE },
	[READING_KEY_REFUSED] = { STATE_WARNING, CODE_KEY_REFUSED },
	[READING_REDIRECT] = { STATE_WARNING, CODE_UNEXPECTED },
	[READING_SERVER_FAILURE] = { STATE_ERROR, CODE_FAULT },
	[READING_NOT_IN_VERSION] = { STATE_WARNING, CODE_UNEXPECTED },
	[READING_UNEXPECTED] = { STATE_WARNING, CODE_UNEXPECTED },
	[READING_TOO_SLOW] = { STATE_WARNING, CODE_TOO_SLOW },
	[READING_UNHEALTHY] = { STATE_ERROR, CODE_FAULT },
};
/* clang-format on */

struct reading *reading_new(void)
{
	struct reading *r = xcalloc(1, sizeof(*r));

	r->at_ms = clock_wall_ms();
	r->health = REPORT_NEW(&r->mem, struct report_health, &report_health_schema);
	r->health->read_at_ms = r->at_ms;
	return r;
}

void reading_free(struct reading **r)
{
	if (!*r)
		return;
	arena_done(&(*r)->mem);
	free(*r);
	*r = NULL;
}

struct report_component *reading_component(struct reading *r, enum component_kind kind)
{
	struct report_component *c =
		REPORT_NEW(&r->mem, struct report_component, &report_component_schema);

	c->kind = kind;
	c->state = STATE_UNKNOWN;
	c->code = CODE_NOT_READ;
	report_list_add(&r->mem, &r->health->components, c);
	return c;
}

void reading_device(struct reading *r, const struct source_device *d)
{
	r->devices_total++;
	r->devices_in_error += d->state == DEVICE_STOPPED || d->state == DEVICE_ERROR ||
			       d->state == DEVICE_OFFLINE;
	if (r->devices.len < REPORT_DEVICES_MAX)
		report_list_add(&r->mem, &r->devices, arena_dup(&r->mem, d, sizeof(*d)));
}

enum reading_state reading_unanswered(const struct fetch_result *result)
{
	if (result->leg != FETCH_TRANSFER)
		return READING_UNREACHABLE;
	return result->rc == ERR_TIMEOUT ? READING_TOO_SLOW : READING_UNEXPECTED;
}

void reading_went(struct reading *r, enum reading_state state, const int *unknown)
{
	struct report_component *c = reading_component(r, COMPONENT_APPLICATION_SERVER);

	r->state = state;
	c->state = verdicts[state].state;
	c->code = verdicts[state].code;
	for (; *unknown >= 0; unknown++)
		reading_component(r, (enum component_kind) * unknown);
}

void reading_lacks(struct reading *r)
{
	if (r->state != READING_OK)
		return;
	r->state = READING_UNEXPECTED;
	for (size_t i = 0; i < r->health->components.len; i++) {
		struct report_component *c = r->health->components.items[i];

		if (c->kind != COMPONENT_APPLICATION_SERVER)
			continue;
		c->state = verdicts[r->state].state;
		c->code = verdicts[r->state].code;
	}
}

static struct report_stated *stated(struct reading *r, const char *value)
{
	struct report_stated *s;

	if (!value)
		return NULL;
	s = REPORT_NEW(&r->mem, struct report_stated, &report_stated_schema);
	s->value = arena_strdup(&r->mem, value);
	s->origin = ORIGIN_CUSTOMER;
	return s;
}

void reading_state_licence(struct reading *r, const struct options *o)
{
	if (!o->licence_organisation && !o->licence_customer_reference)
		return;
	if (!r->licence)
		r->licence = REPORT_NEW(&r->mem, struct report_licence, &report_licence_schema);
	r->licence->organisation = stated(r, o->licence_organisation);
	r->licence->customer_reference = stated(r, o->licence_customer_reference);
}
