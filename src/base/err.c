/* err.c - look-ups in the table of err.def.  The table is short: a walk is quicker than a map. */
#include "base/err.h"

#include <errno.h>
#include <string.h>

static const struct row {
	int rc;
	const char *code;
	int status;
	enum err_retry retry;
	const char *title;
} rows[] = {
#define X(name, number, code, status, retry, title) { name, code, status, RETRY_##retry, title },
#include "base/err.def"
#undef X
};

static const struct row *find(int rc)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].rc == rc)
			return &rows[i];
	}
	return NULL;
}

/* What the operating system said is nobody's business but the log's: it counts as internal.  But
 * that no room is left can be mended by whoever hears it. */
static const struct row *row_of(int rc)
{
	const struct row *r = find(err_is_full(rc) ? ERR_STORAGE_FULL : rc);

	return r ? r : find(ERR_INTERNAL);
}

const char *err_code(int rc)
{
	return rc == OK ? "ok" : row_of(rc)->code;
}

const char *err_title(int rc)
{
	if (rc == OK)
		return "Done";
	if (rc < 0 && rc > -1000)
		return strerror(-rc); /* glibc >= 2.32: thread-safe */
	return row_of(rc)->title;
}

int err_status(int rc)
{
	return rc == OK ? 200 : row_of(rc)->status;
}

enum err_retry err_retry(int rc)
{
	return rc == OK ? RETRY_NO : row_of(rc)->retry;
}

bool err_is_full(int rc)
{
	return rc == -ENOSPC || rc == -EDQUOT || rc == ERR_STORAGE_FULL;
}

int err_from_code(const char *code)
{
	for (size_t i = 0; code && i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].code, code) == 0)
			return rows[i].rc;
	}
	return ERR_UPSTREAM;
}
