/* doctor_here.c - checks of this machine: the folder, its files, memory, the print server. */
#include "connector/doctor_int.h"
#include "connector/say.h"
#include "connector/source/source.h"
#include "base/err.h"
#include "base/os.h"
#include "net/loop.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TRIAL_FILE  "doctor.trial"
#define ENOUGH_FREE (256 * (int64_t)MIB) /* more than spool and ledger take by default */

/* --- the folder --------------------------------------------------------------------------------
 */

static int try_to_write(const struct doctor *d)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(d->dir, TRIAL_FILE, path);

	if (rc == 0)
		rc = file_replace(path, "", 0, FILE_PRIVATE);
	return rc == 0 ? file_remove(path) : rc;
}

void doctor_folder(struct doctor *d)
{
	int64_t free_bytes = file_free_bytes(d->dir);
	int rc = try_to_write(d);
	char free_mb[24];

	snprintf(free_mb, sizeof(free_mb), "%" PRId64, free_bytes / MIB);
	if (rc < 0)
		TELL(d, VERDICT_FAIL, "closed", { "dir", d->dir },
		     { "why", say_why(d->language, rc) });
	else if (free_bytes >= 0 && free_bytes < ENOUGH_FREE)
		TELL(d, VERDICT_WARN, "full", { "dir", d->dir }, { "free", free_mb });
	else
		TELL(d, VERDICT_OK, "ok", { "dir", d->dir }, { "free", free_mb });
}

static bool is_open(const struct doctor *d, const char *name)
{
	char path[HOME_PATH_MAX];

	return home_path(d->dir, name, path) == 0 && file_exists(path) && !file_is_private(path);
}

/* R66: of all that lies there; segments are as private as their folder. */
void doctor_private(struct doctor *d)
{
	const char *open = is_open(d, HOME_OUTBOX) ? HOME_OUTBOX : NULL;

	for (const struct home_file *f = home_files; f->name && !open; f++)
		if (!strchr(f->name, '*') && is_open(d, f->name))
			open = f->name;
	if (open)
		TELL(d, VERDICT_FAIL, "open", { "file", open });
	else
		TELL(d, VERDICT_OK, "ok");
}

/* --- what is written in it ---------------------------------------------------------------------
 */

static int read_options(struct doctor *d, struct config_problem *ret_problem)
{
	char path[HOME_PATH_MAX];
	int rc = home_path(d->dir, HOME_CONFIG, path);

	return rc < 0 ? rc : options_read(path, &d->mem, &d->options, ret_problem);
}

static void take_host(struct doctor *d)
{
	struct buf authority = buf_new(400);

	options_authority(d->options.hub_url, &authority);
	d->host = arena_strndup(&d->mem, (const char *)authority.data, authority.len);
	buf_done(&authority);
}

void doctor_config(struct doctor *d)
{
	struct config_problem problem = {};
	int rc = d->dir ? read_options(d, &problem) : 0;
	char line[16];

	if (rc == 0)
		rc = proxy_choose(&d->options, os_env, &d->mem, &d->proxy, &problem);
	snprintf(line, sizeof(line), "%d", problem.line);
	if (rc == ERR_CONFIG) {
		TELL(d, VERDICT_FAIL, "bad", { "line", line }, { "text", problem.text });
	} else if (rc < 0) {
		TELL(d, VERDICT_FAIL, "unread", { "file", HOME_CONFIG },
		     { "why", say_why(d->language, rc) });
	} else {
		take_host(d);
		d->has |= HAS_OPTIONS;
		TELL(d, VERDICT_OK, "ok");
	}
}

void doctor_enrolment(struct doctor *d)
{
	char path[HOME_PATH_MAX];
	int rc = home_load(d->dir, HOME_STATE, &state_schema, &d->mem, &d->state);

	if (rc == -ENOENT)
		return TELL(d, VERDICT_WARN, "none");
	if (rc == 0)
		rc = home_path(d->dir, HOME_KEY, path);
	if (rc == 0)
		rc = sign_key_load(path, &d->key);
	if (rc < 0)
		return TELL(d, VERDICT_FAIL, "broken", { "why", say_why(d->language, rc) });
	d->has |= HAS_IDENTITY;
	if (d->state.revoked_at_ms != JSON_ABSENT_INT)
		return TELL(d, VERDICT_FAIL, "revoked",
			    { "at", say_time(d->state.revoked_at_ms, d->language) });
	TELL(d, VERDICT_OK, "ok", { "provider", d->state.provider ? d->state.provider : "?" },
	     { "site", d->state.site ? d->state.site : "?" });
}

void doctor_service(struct doctor *d)
{
	if (home_is_running(d->dir))
		TELL(d, VERDICT_OK, "ok");
	else
		TELL(d, VERDICT_WARN, "stopped");
}

void doctor_memory(struct doctor *d)
{
	if (os_has_swap())
		TELL(d, VERDICT_WARN, "swap");
	else
		TELL(d, VERDICT_OK, "ok");
}

/* --- the print server --------------------------------------------------------------------------
 */

struct asked {
	bool done;
	enum reading_state state;
};

static void on_reading(struct reading *r, void *owner)
{
	struct asked *a = owner;

	a->done = true;
	a->state = r->state;
	reading_free(&r);
}

static bool is_asked(void *arg)
{
	return ((struct asked *)arg)->done;
}

void doctor_source(struct doctor *d)
{
	struct print_source *s = source_new(d->fetcher, &d->options);
	struct asked a = { .state = READING_UNREACHABLE };
	char code[64];

	source_read(s, on_reading, &a);
	loop_run_until(d->loop, is_asked, &a, d->check->deadline_ms);
	source_free(&s);
	snprintf(code, sizeof(code), "%s", reading_state_names[a.state]);
	TELL(d,
	     a.state == READING_OK          ? VERDICT_OK
	     : a.state == READING_UNHEALTHY ? VERDICT_WARN
					    : VERDICT_FAIL,
	     code, { "kind", source_names[d->options.source_kind] });
}
