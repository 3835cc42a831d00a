/* work.c - a database thread's belongings: made once, tidied after each job. */
#include "db/work.h"
#include "base/err.h"
#include "base/log.h"
#include "db/engine.h"

#include <stdlib.h>

void work_init(struct work *w, struct engine *engine, struct keyring *keys)
{
	*w = (struct work){ .engine = engine, .keys = keys };
	list_init(&w->open);
}

static void free_one(void *value, void *arg)
{
	stmt_free(value);
}

void work_done(struct work *w)
{
	map_each(&w->stmts, free_one, NULL);
	map_done(&w->stmts);
	engine_close(&w->engine);
	free(w->notes);
}

void work_begin_job(struct work *w, struct arena *mem)
{
	w->mem = mem;
}

int work_end_job(struct work *w, int rc)
{
	if (stmt_drop_open(w) > 0) {
		log_event(EV_DB_FAILED, "mistake=%s", "statement not ended");
		rc = rc < 0 ? rc : ERR_INTERNAL;
	}
	w->mem = NULL;
	return rc;
}

void work_note(struct work *w, const struct change_note *note)
{
	if (w->notes_len == w->notes_cap) {
		w->notes_cap = w->notes_cap ? 2 * w->notes_cap : 16;
		w->notes = xrealloc(w->notes, w->notes_cap * sizeof(*w->notes));
	}
	w->notes[w->notes_len++] = *note;
}
