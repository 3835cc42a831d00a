/* probe.c - see connector/probe.h. */
#include "connector/probe.h"
#include "connector/home.h"
#include "connector/options.h"
#include "connector/say.h"
#include "connector/source/papercut.h"
#include "connector/source/redact.h"
#include "base/err.h"
#include "base/os.h"
#include "net/fetch.h"
#include "net/loop.h"
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX  (8 * MIB)
#define CAPTURE_MAX (16 * MIB)
#define TIMEOUT_MS  20000
#define ALL_MS      (20 * 60 * 1000)
#define CAPTURE     "capture.json"
#define WRONG_KEY   "00000000000000000000000000000000"

const struct arg probe_args[] = {
	{ "--dir", "DIR", 0, "The connector's folder: address and key as it has them" },
	{ "--url", "URL", 0,
	  "The server's address, if there is no connector; the key is asked for" },
	{ "--ca", "FILE", 0, "Certificates (PEM) that may vouch for it" },
	{ "--record", "DIR", ARG_REQUIRED, "Where capture.json is written" },
	{ "--language", "en|fr|de", 0, "Language" },
	{},
};

enum key { KEY_OURS, KEY_NONE, KEY_WRONG };

static const struct {
	const char *path; /* with its query */
	enum key key;
} calls[] = {
	{ "/api/health", KEY_OURS },
	{ "/api/health/", KEY_OURS },
	{ "/api/health", KEY_NONE },
	{ "/api/health", KEY_WRONG },
	{ "/api/health/status", KEY_OURS },
	{ "/api/health/application-server", KEY_OURS },
	{ "/api/health/application-server/status", KEY_OURS },
	{ "/api/health/database", KEY_OURS },
	{ "/api/health/database/status", KEY_OURS },
	{ "/api/health/devices", KEY_OURS },
	{ "/api/health/devices/status", KEY_OURS },
	{ "/api/health/devices/urls", KEY_OURS },
	{ "/api/health/printers", KEY_OURS },
	{ "/api/health/printers/status", KEY_OURS },
	{ "/api/health/printers/urls", KEY_OURS },
	{ "/api/health/printers/0/status", KEY_OURS },
	{ "/api/health/print-providers", KEY_OURS },
	{ "/api/health/print-providers/status", KEY_OURS },
	{ "/api/health/mobility-print-servers", KEY_OURS },
	{ "/api/health/mobility-print-servers/status", KEY_OURS },
	{ "/api/health/site-servers", KEY_OURS },
	{ "/api/health/site-servers/status", KEY_OURS },
	{ "/api/health/web-print", KEY_OURS },
	{ "/api/health/web-print/status", KEY_OURS },
	{ "/api/health/job-ticketing", KEY_OURS },
	{ "/api/health/job-ticketing/status", KEY_OURS },
	{ "/api/health/license", KEY_OURS },
	{ "/api/health/license/status", KEY_OURS },
	{ "/api/stats/held-jobs-count", KEY_OURS },
	{ "/api/stats/recent-pages-count?minutes=60", KEY_OURS },
	{ "/api/stats/recent-pages-count?minutes=241", KEY_OURS },
	{ "/api/stats/recent-pages-count?minutes=0", KEY_OURS },
	{ "/api/stats/recent-errors-count?minutes=10", KEY_OURS },
	{ "/api/stats/recent-warnings-count?minutes=10", KEY_OURS },
};

static const char *const key_names[] = { "right", "none", "wrong" };

struct probe {
	struct loop *loop;
	struct fetcher *fetcher;
	const struct options *options;
	struct buf out;
	size_t next, answered;
};

/* --- the capture -------------------------------------------------------------------------------
 */

static void put_body(struct probe *p, struct str body, const char *type)
{
	struct buf doc = buf_new(CAPTURE_MAX);

	if (body.len == 0) {
		buf_puts(&p->out, "\"form\":\"empty\"");
	} else if (redact_json(body, &doc)) {
		buf_puts(&p->out, "\"form\":\"json\",\"body\":");
		buf_putstr(&p->out, buf_str(&doc));
	} else if (strstr(type, "csv") || strstr(calls[p->next].path, "/urls")) {
		buf_puts(&p->out, "\"form\":\"csv\",\"body\":");
		redact_csv(body, &p->out);
	} else {
		buf_printf(&p->out, "\"form\":\"%s\"",
			   str_has_nocase(body, STR("<html")) ? "html" : "text");
		if (str_eq(str_trim(body), STR("Missing required auth parameter")))
			buf_puts(&p->out, ",\"known\":true");
	}
	buf_done(&doc);
}

static void put_call(struct probe *p, const struct fetch_result *result)
{
	const char *charset,
		*type = redact_media_type(fetch_header(result, "Content-Type"), &charset);

	buf_printf(&p->out, "%s\n{\"path\":\"%s\",\"key\":\"%s\",", p->next ? "," : "",
		   calls[p->next].path, key_names[calls[p->next].key]);
	if (result->rc < 0) {
		buf_printf(&p->out, "\"failed\":\"%s\"}", err_code(result->rc));
		return;
	}
	buf_printf(&p->out, "\"status\":%d,\"type\":\"%s\",\"charset\":\"%s\",\"octets\":%zu,",
		   result->status, type, charset ? charset : "", result->body.len);
	put_body(p, result->body, type);
	buf_putc(&p->out, '}');
	p->answered++;
}

/* --- the calls ---------------------------------------------------------------------------------
 */

static void ask(struct probe *p);

static void on_answer(const struct fetch_result *result, void *owner)
{
	struct probe *p = owner;

	put_call(p, result);
	/* A server that is not there need not be asked thirty times. */
	p->next = p->answered == 0 ? ARRAY_LEN(calls) : p->next + 1;
	if (p->next < ARRAY_LEN(calls))
		ask(p);
}

static void ask(struct probe *p)
{
	enum key key = calls[p->next].key;
	struct fetch_header header = { "Authorization",
				       key == KEY_WRONG ? WRONG_KEY : p->options->papercut_key };
	struct fetch_request request = {
		.headers = &header,
		.headers_len = key == KEY_NONE || !header.value ? 0 : 1,
		.ca_file = p->options->papercut_ca_file,
		.timeout_ms = TIMEOUT_MS,
		.max_response_bytes = ANSWER_MAX,
		.flags = FETCH_TLS12,
	};
	struct buf url = buf_new(2 * KIB);

	papercut_url(p->options, calls[p->next].path, &url);
	request.url = buf_status(&url) == 0 ? (const char *)url.data : "";
	fetch_start(p->fetcher, &request, on_answer, p);
	buf_done(&url);
}

static bool is_done(void *arg)
{
	return ((struct probe *)arg)->next >= ARRAY_LEN(calls);
}

static int write_capture(const struct probe *p, const char *dir, const char *language)
{
	char path[HOME_PATH_MAX];
	int rc = file_make_dir(dir);

	if (rc == 0)
		rc = home_path(dir, CAPTURE, path);
	if (rc == 0)
		rc = buf_status(&p->out);
	if (rc == 0)
		rc = file_replace(path, p->out.data, p->out.len, FILE_PRIVATE);
	if (rc < 0) {
		say_failure(language, dir, rc);
		return EXIT_FAILED;
	}
	SAY(stdout, language, "cli.probe.done", { "file", path });
	return EXIT_DONE;
}

static int record(const struct options *options, const char *dir, const char *language)
{
	struct probe p = { .options = options, .out = buf_new(CAPTURE_MAX) };
	int code = EXIT_FAILED;

	SAY(stdout, language, "cli.probe.what");
	p.loop = loop_new();
	p.fetcher = fetcher_new(p.loop);
	buf_printf(&p.out, "{\"capture\":1,\"by\":\"imprimatur-connector %s\",\"calls\":[",
		   IMPRIMATUR_VERSION);
	ask(&p);
	loop_run_until(p.loop, is_done, &p, ALL_MS);
	buf_puts(&p.out, "\n]}\n");
	if (p.answered)
		code = write_capture(&p, dir, language);
	else
		SAY(stderr, language, "cli.probe.unreachable");
	fetcher_free(&p.fetcher);
	loop_free(&p.loop);
	buf_done(&p.out);
	return code;
}

/* --- the command -------------------------------------------------------------------------------
 */

/* Without a connector: from the command line, and the key from standard input. */
static int given(const struct args *args, const char *language, struct arena *mem,
		 struct options *ret_options)
{
	struct buf key = buf_new(KIB);
	struct options o = { .papercut_url = args_get(args, "--url"),
			     .papercut_ca_file = args_get(args, "--ca") };
	int rc = os_read_line(text_get(language, "cli.probe.key"), true, &key);

	if (rc == 0 && key.len)
		o.papercut_key = arena_strndup(mem, (const char *)key.data, key.len);
	buf_wipe(&key);
	*ret_options = o;
	return rc;
}

static int configured(const char *dir, const char *language, struct arena *mem,
		      struct options *ret_options)
{
	struct config_problem problem;
	char path[HOME_PATH_MAX], line[16];
	int rc = home_path(dir, HOME_CONFIG, path);

	if (rc == 0)
		rc = options_read(path, mem, ret_options, &problem);
	if (rc == ERR_CONFIG) {
		snprintf(line, sizeof(line), "%d", problem.line);
		SAY(stderr, language, "cli.config.bad", { "line", line }, { "text", problem.text });
	} else if (rc < 0) {
		say_failure(language, HOME_CONFIG, rc);
	}
	return rc;
}

int probe_run(const struct args *args)
{
	const char *language = say_language(args_get(args, "--language"));
	const char *dir = args_get(args, "--dir"), *word = args_word(args, 0);
	struct options options = {};
	struct arena mem = {};
	int code = EXIT_USAGE, rc;

	os_no_core_dumps();
	if (!word || strcmp(word, "papercut") != 0 || !dir == !args_get(args, "--url")) {
		SAY(stderr, language, "cli.probe.usage");
		return EXIT_USAGE;
	}
	rc = dir ? configured(dir, language, &mem, &options)
		 : given(args, language, &mem, &options);
	if (rc == 0)
		code = record(&options, args_get(args, "--record"), language);
	else
		code = EXIT_FAILED;
	arena_wipe(&mem);
	return code;
}
