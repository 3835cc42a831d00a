/* settings_cmd.c - see settings_cmd.h.
 *
 * It reads settings.url as everybody does who may, so the file's mode decides who gets in. */
#include "connector/settings_cmd.h"
#include "connector/home.h"
#include "connector/say.h"
#include "base/err.h"
#include <errno.h>

#define URL_MAX 512

const struct arg settings_cmd_args[] = {
	{ "--dir", "DIR", ARG_REQUIRED, "The connector's folder" },
	{ "--language", "en|fr|de", 0, "Language of what goes wrong" },
	{},
};

int settings_cmd_run(const struct args *args)
{
	const char *language = say_language(args_get(args, "--language"));
	struct buf text = buf_new(URL_MAX);
	struct str rest, line;
	char path[HOME_PATH_MAX];
	int code = EXIT_FAILED;
	int rc = home_path(args_get(args, "--dir"), HOME_SETTINGS_URL, path);

	if (rc == 0)
		rc = file_read(path, &text);
	rest = buf_str(&text);
	while (rc == 0 && str_split(&rest, '\n', &line)) {
		line = str_trim(line);
		if (!str_starts(line, STR("URL=")))
			continue;
		if (line.p[line.len - 1] == '\r')
			line.len--;
		printf("%.*s\n", (int)line.len - 4, line.p + 4);
		code = EXIT_DONE;
	}
	if (rc == -ENOENT)
		SAY(stderr, language, "cli.settings.none");
	else if (rc < 0)
		say_failure(language, HOME_SETTINGS_URL, rc);
	buf_wipe(&text);
	return code;
}
