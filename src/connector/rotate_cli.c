/* rotate_cli.c - `rotate-key`: a new key for this connector, by the customer's own hand.
 *
 * The command makes the key; the running connector sees the file, offers it to the hub and removes
 * it when the hub knows it (rotate.h).  So the command only has to wait for that. */
#include "connector/rotate_cli.h"
#include "connector/home.h"
#include "connector/rotate.h"
#include "connector/say.h"
#include "connector/show.h"
#include "net/loop.h"
#include <errno.h>

#define WAIT_MS 45000 /* a call, and one that is made once more */
#define LOOK_MS 100

const struct arg rotate_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--language", "en|fr|de", 0, "Language; without it that of the agreement" },
	{},
};

static bool never(void *arg)
{
	return false;
}

static bool was_changed(const char *dir)
{
	struct loop *loop = loop_new();
	int64_t waited_ms = 0;

	while (rotation_waits(dir) && waited_ms < WAIT_MS && home_is_running(dir)) {
		loop_run_until(loop, never, NULL, LOOK_MS);
		waited_ms += LOOK_MS;
	}
	loop_free(&loop);
	return !rotation_waits(dir);
}

int rotate_run(const struct args *args)
{
	const char *dir = args_get(args, "--dir");
	const char *language = show_language(dir, args_get(args, "--language"));
	struct arena mem = {};
	struct state state;
	int rc;

	rc = home_load(dir, HOME_STATE, &state_schema, &mem, &state);
	arena_done(&mem);
	if (rc == -ENOENT) {
		SAY(stderr, language, "cli.not_enrolled");
		return EXIT_FAILED;
	}
	if (rc == 0 && state.revoked_at_ms != JSON_ABSENT_INT) {
		SAY(stderr, language, "cli.rotate.revoked");
		return EXIT_FAILED;
	}
	if (rc == 0)
		rc = rotation_begin(dir);
	if (rc < 0) {
		say_failure(language, rc == -EACCES ? dir : HOME_KEY_NEXT, rc);
		return EXIT_FAILED;
	}
	if (!home_is_running(dir)) {
		SAY(stdout, language, "cli.rotate.later");
		return EXIT_DONE;
	}
	if (!was_changed(dir)) {
		SAY(stderr, language, "cli.rotate.waits");
		return EXIT_FAILED;
	}
	SAY(stdout, language, "cli.rotate.done");
	return EXIT_DONE;
}
