/* known.c - see known.h. */
#include "hub/known.h"

#include "base/err.h"
#include "base/file.h"
#include "base/thread.h"
#include "model/advisory.h"
#include <stdio.h>
#include <stdlib.h>

struct known {
	struct mutex *lock; /* of what follows */
	struct arena mem;   /* of the list */
	struct advisories list;
};

struct known *known_new(void)
{
	struct known *k = xcalloc(1, sizeof(*k));

	k->lock = mutex_new();
	return k;
}

void known_free(struct known **k)
{
	if (!*k)
		return;
	mutex_free(&(*k)->lock);
	arena_done(&(*k)->mem);
	free(*k);
	*k = NULL;
}

int known_load(struct known *k, const char *path, struct config_problem *ret_problem)
{
	struct buf text = buf_new(ADVISORIES_FILE_MAX);
	struct arena mem = {}, old;
	struct advisories list;
	int rc = file_read(path, &text);

	if (rc == 0)
		rc = advisories_parse(buf_str(&text), &mem, &list, ret_problem);
	buf_done(&text);
	if (rc < 0) {
		arena_done(&mem);
		return rc;
	}
	mutex_lock(k->lock);
	old = k->mem;
	k->mem = mem;
	k->list = list;
	mutex_unlock(k->lock);
	arena_done(&old);
	return 0;
}

int known_check(const char *path, struct config_problem *ret_problem)
{
	struct config_problem problem = {};
	struct known *known = known_new();
	int rc = known_load(known, path, &problem);

	known_free(&known);
	if (rc < 0 && rc != ERR_CONFIG)
		snprintf(problem.text, sizeof(problem.text), "%s", err_title(rc));
	*ret_problem = problem;
	return rc;
}

const char *known_find(struct known *k, int product, const char *version, struct arena *mem)
{
	const char *ids;

	mutex_lock(k->lock);
	ids = advisories_of(&k->list, product, version, mem);
	mutex_unlock(k->lock);
	return ids;
}
