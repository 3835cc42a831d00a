/* health_key.c - see health_key.h. */
#include "connector/health_key.h"
#include "connector/home.h"
#include "connector/options.h"
#include "connector/say.h"
#include "base/child.h"
#include "base/err.h"
#include "base/os.h"
#include <ctype.h>
#include <string.h>

#define TIMEOUT_MS 60000 /* it starts a Java machine */
#define ANSWER_MAX (4 * KIB)
#define KEY_MIN    8
#define KEY_MAX    128

const struct arg health_key_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--server-command", "FILE", 0,
	  "PaperCut's server-command; without it where it usually is" },
	{ "--yes", NULL, ARG_FLAG, "Do not ask" },
	{ "--language", "en|fr|de", 0, "Language" },
	{},
};

/* As the vendor's manual has them. */
static const char *const places[] = {
	"/home/papercut/server/bin/linux-x64/server-command",
	"/Applications/PaperCut MF/server/bin/macos/server-command",
	"/Applications/PaperCut NG/server/bin/macos/server-command",
	"C:\\Program Files\\PaperCut MF\\server\\bin\\win\\server-command.exe",
	"C:\\Program Files\\PaperCut NG\\server\\bin\\win\\server-command.exe",
};

static const char *find(const struct args *args)
{
	const char *given = args_get(args, "--server-command");

	for (size_t i = 0; !given && i < ARRAY_LEN(places); i++)
		if (file_exists(places[i]))
			given = places[i];
	return given && file_exists(given) ? given : NULL;
}

static bool agreed(const struct args *args, const char *language, const char *tool)
{
	struct buf typed = buf_new(64);
	bool yes = args_flag(args, "--yes");

	SAY(stdout, language, "cli.key.what", { "tool", tool });
	if (!yes)
		yes = os_read_line(text_get(language, "cli.key.ask"), false, &typed) == 0 &&
		      str_eq_nocase(str_trim(buf_str(&typed)),
				    str_of(text_get(language, "cli.accept.word")));
	buf_done(&typed);
	return yes;
}

static bool like_key(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!isalnum((unsigned char)s.p[i]))
			return false;
	return s.len >= KEY_MIN && s.len <= KEY_MAX;
}

/* The first line of what the tool says. */
static int ask_tool(const char *tool, struct buf *answer, struct str *ret_key)
{
	const char *const argv[] = { tool, "get-config", "health.api.key", NULL };
	struct str rest;
	int code, rc = child_run(argv, TIMEOUT_MS, answer, &code);

	if (rc < 0)
		return rc;
	rest = buf_str(answer);
	if (code != 0 || !str_split(&rest, '\n', ret_key))
		return ERR_UPSTREAM;
	while (ret_key->len && isspace((unsigned char)ret_key->p[ret_key->len - 1]))
		ret_key->len--;
	return like_key(*ret_key) ? 0 : ERR_UPSTREAM;
}

static int store(const char *dir, const char *language, struct str key)
{
	struct option_change change = { "source.papercut.key", key };
	struct config_problem problem;
	char path[HOME_PATH_MAX];
	int rc = home_path(dir, HOME_CONFIG, path);

	if (rc == 0)
		rc = options_store(path, &change, 1, &problem);
	if (rc < 0) {
		say_failure(language, HOME_CONFIG, rc);
		return EXIT_FAILED;
	}
	SAY(stdout, language, "cli.key.done");
	return EXIT_DONE;
}

int health_key_run(const struct args *args)
{
	const char *language = say_language(args_get(args, "--language"));
	const char *tool = find(args);
	struct buf answer = buf_new(ANSWER_MAX);
	int code = EXIT_FAILED, rc;
	struct str key;

	os_no_core_dumps();
	if (!tool) {
		SAY(stderr, language, "cli.key.no_tool");
		return EXIT_FAILED;
	}
	if (!agreed(args, language, tool)) {
		SAY(stderr, language, "cli.key.refused");
		return EXIT_REFUSED;
	}
	rc = ask_tool(tool, &answer, &key);
	if (rc < 0)
		say_failure(language, tool, rc);
	else
		code = store(args_get(args, "--dir"), language, key);
	buf_wipe(&answer);
	return code;
}
