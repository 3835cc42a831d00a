/* leave.c - see leave.h. */
#include "connector/leave.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TELL_MS 10000

struct leave {
	const char *dir;
	leave_done_fn *done;
	void *owner;
	struct hub_call *call;
};

static void keep_first(int *rc, int then)
{
	if (*rc == 0)
		*rc = then;
}

static int remove_below(const char *dir, const char *name)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, name, path);

	return rc < 0 ? rc : file_remove(path);
}

static int remove_segment(const char *name, void *arg)
{
	int rc = remove_below(arg, name);

	return rc < 0 ? rc : 0;
}

static int remove_outbox(const char *dir)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, HOME_OUTBOX, path);

	if (rc < 0 || !file_exists(path))
		return rc;
	rc = file_list(path, remove_segment, path);
	return rc < 0 ? rc : file_remove_dir(path);
}

/* The record of consent stays, with its end. */
static int close_consent(const char *dir)
{
	struct arena mem = {};
	struct consent c;
	int rc = home_load(dir, HOME_CONSENT, &consent_schema, &mem, &c);

	if (rc == 0) {
		c.withdrawn_at_ms = clock_wall_ms();
		rc = home_save(dir, HOME_CONSENT, &consent_schema, &c);
	}
	arena_done(&mem);
	return rc;
}

int leave_remove(const char *dir)
{
	int rc = close_consent(dir);

	keep_first(&rc, remove_outbox(dir));
	for (const struct home_file *f = home_files; f->name; f++)
		if (strcmp(f->name, HOME_CONSENT) != 0 && !strchr(f->name, '/'))
			keep_first(&rc, remove_below(dir, f->name));
	return rc;
}

static void on_told(const struct hub_answer *a, void *owner)
{
	struct leave *l = owner;
	/* One that is revoked already has nothing more to end there. */
	bool told = a->rc == 0 || a->rc == ERR_REVOKED || a->rc == ERR_UNKNOWN_KEY;
	int rc = leave_remove(l->dir);

	log_event(EV_LEFT, "told=%s code=%s", told ? "yes" : "no", rc < 0 ? err_code(rc) : "none");
	l->call = NULL;
	l->done(told, rc, l->owner);
	free(l);
}

struct leave *leave_begin(struct hub *hub, const char *dir, leave_done_fn *done, void *owner)
{
	struct leave *l = xcalloc(1, sizeof(*l));
	struct hub_request request = {
		.method = "DELETE",
		.path = "/c/v1/connector",
		.timeout_ms = TELL_MS,
	};

	*l = (struct leave){ .dir = dir, .done = done, .owner = owner };
	l->call = hub_call(hub, &request, on_told, l);
	return l;
}

void leave_cancel(struct leave **l)
{
	if (!*l)
		return;
	hub_cancel(&(*l)->call);
	free(*l);
	*l = NULL;
}
