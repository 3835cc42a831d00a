/* sm.c - the one writer of a machine's state. */
#include "base/sm.h"
#include "base/log.h"

void sm_init(struct sm *sm, const struct sm_state *states, int state,
	     void (*arm)(struct sm *sm, int64_t deadline_ms))
{
	sm->states = states;
	sm->state = state;
	sm->arm = arm;
	arm(sm, states[state].deadline_ms);
}

void sm_go_for(struct sm *sm, int state, int64_t deadline_ms)
{
	const struct sm_state *from = &sm->states[sm->state];

	assert(state >= 0 && state < 32);
	assert(from->next & SM_TO(state));
	log_event(EV_MOVED, "from=%s to=%s", from->name, sm->states[state].name);
	sm->state = state;
	sm->arm(sm, deadline_ms);
}

void sm_go(struct sm *sm, int state)
{
	sm_go_for(sm, state, sm->states[state].deadline_ms);
}

const char *sm_name(const struct sm *sm)
{
	return sm->states[sm->state].name;
}
