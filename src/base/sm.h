/* sm.h - state machines that can be drawn, traced and checked (style.md 5.2).
 *
 * A machine is a table of states; sm_go() is the only writer of `state`: it asserts that the table
 * allows the move, arms the new state's deadline and traces.  Deadlines are delivered by whoever
 * owns the loop, through the `arm` function given at init (so this file does no I/O). */
#ifndef BASE_SM_H
#define BASE_SM_H

#include "base/cc.h"
#include <stdint.h>

#define SM_TO(state) (1u << (state))

struct sm_state {
	const char *name;
	uint32_t next;       /* SM_TO() bits */
	int64_t deadline_ms; /* 0: none, the machine may rest here */
};

struct sm {
	const struct sm_state *states;
	int state;
	void (*arm)(struct sm *sm, int64_t deadline_ms); /* 0 disarms */
};

void sm_init(struct sm *sm, const struct sm_state *states, int state,
	     void (*arm)(struct sm *sm, int64_t deadline_ms));
void sm_go(struct sm *sm, int state);
/* The same with a deadline of the caller's (a back-off) in place of the table's. */
void sm_go_for(struct sm *sm, int state, int64_t deadline_ms);
const char *sm_name(const struct sm *sm);

#endif
