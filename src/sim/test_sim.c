/* test_sim.c - see test_sim.h. */
#include "base/test.h"
#include "sim/sessions.h"
#include "sim/test_sim.h"
#include <stdlib.h>
#include <string.h>

struct asked *asked_new(void)
{
	struct asked *k = xcalloc(1, sizeof(*k));

	scenario_default(&k->mem, &k->s);
	k->a.body = buf_new(16 * MIB);
	k->a.head = buf_new(64 * KIB);
	k->sessions = sessions_new();
	k->rq.host = STR("prn01:9191");
	k->rq.peer = "127.0.0.1";
	return k;
}

void asked_free(struct asked *k)
{
	arena_done(&k->mem);
	buf_done(&k->a.body);
	buf_done(&k->a.head);
	sessions_free(&k->sessions);
	free(k);
}

void asked_scenario(struct asked *k, const char *json)
{
	struct json_problem problem = {};
	int rc = scenario_decode(str_of(json), &k->mem, &k->s, &problem);

	if (rc < 0)
		fail_msg("%s: %s", problem.field, problem.detail);
}

void asked_call(struct asked *k)
{
	struct sim_state state = { .now = &k->s,
				   .health = &k->s,
				   .held = &k->s,
				   .marks = k->marks,
				   .sessions = k->sessions };

	buf_clear(&k->a.body);
	buf_clear(&k->a.head);
	k->a.make = NULL;
	papercut_answer(&state, &k->rq, &k->a);
	assert_false(k->a.body.failed);
}

void asked_get(struct asked *k, const char *path, const char *query)
{
	k->rq.method = METHOD_GET;
	k->rq.path = str_of(path);
	k->rq.query = str_of(query);
	k->rq.key = str_of(k->s.key);
	asked_call(k);
}

bool asked_head_says(const struct asked *k, const char *text)
{
	return k->a.head.len && strstr((const char *)k->a.head.data, text) != NULL;
}

bool asked_says(const struct asked *k, const char *text)
{
	return k->a.body.len && strstr((const char *)k->a.body.data, text) != NULL;
}
