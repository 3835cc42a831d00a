/* test_sim.h - what the simulator's unit tests share: a scenario, a request, the answer. */
#ifndef SIM_TEST_SIM_H
#define SIM_TEST_SIM_H

#include "sim/papercut.h"

struct asked {
	struct arena mem;
	struct scenario s;
	struct sim_request rq; /* of the next call */
	struct sim_answer a;   /* of the last */
	struct marks *marks;   /* the test's; NULL: none */
	struct sessions *sessions;
};

struct asked *asked_new(void);
void asked_free(struct asked *k);
/* Reads members of the scenario from JSON text, everything else as by default. */
void asked_scenario(struct asked *k, const char *json);
/* With the right key; query may be NULL. */
void asked_get(struct asked *k, const char *path, const char *query);
void asked_call(struct asked *k); /* k->rq as it is */
bool asked_head_says(const struct asked *k, const char *text);
bool asked_says(const struct asked *k, const char *text);

#endif
