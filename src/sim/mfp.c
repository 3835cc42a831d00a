/* mfp.c - serves mfp_page.c by sim/odd. */
#include "sim/mfp.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "net/loop.h"
#include "net/tls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCENARIO_MAX (64 * KIB)

const struct arg mfp_args[] = {
	{ "--listen", "ADDRESS:PORT", ARG_REQUIRED,
	  "HTTPS with the two below, else HTTP, which without --plain only loopback may be; port "
	  "0: any" },
	{ "--certificate", "FILE", 0, "PEM, leaf first; another one is taken as it is put there" },
	{ "--key", "FILE", 0, "PEM" },
	{ "--old-tls", NULL, ARG_FLAG, "TLS 1.0 alone" },
	{ "--plain", NULL, ARG_FLAG, "HTTP at an address that others reach" },
	{ "--scenario", "FILE", 0, "JSON, read again when it changes" },
	{ "--ready", "FILE", 0, "Written with the URL once it serves" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct sim {
	struct loop *loop;
	struct odd_server *server;
	struct tls *tls; /* NULL: plain */
	struct file_watch *certificate;
	const char *scenario_path;
	int64_t seen; /* file_changed_ns() of the scenario */
	struct arena mem;
	struct mfp_scenario scenario;
	struct mfp_state state;
	char own[80], url[100];
};

static void load(struct sim *s)
{
	int64_t changed = s->scenario_path ? file_changed_ns(s->scenario_path) : 0;
	struct buf text = buf_new(SCENARIO_MAX);
	struct json_problem problem = {};
	struct mfp_scenario next;
	struct arena mem = {};
	int rc = 0;

	if (s->state.now && (changed == s->seen || changed == 0))
		return;
	s->seen = changed;
	if (changed)
		rc = file_read(s->scenario_path, &text);
	else
		buf_puts(&text, "{}");
	if (rc == 0)
		rc = mfp_scenario_decode(buf_str(&text), &mem, &next, &problem);
	buf_done(&text);
	if (rc < 0) {
		log_event(EV_CONFIG_BAD, "code=%s field=%s detail=%s", err_code(rc), problem.field,
			  problem.detail);
		arena_done(&mem);
		return;
	}
	arena_done(&s->mem);
	s->mem = mem;
	s->scenario = next;
	s->state.now = &s->scenario;
}

static void on_call(const struct odd_call *call, struct odd_answer *answer, void *owner)
{
	struct sim *s = owner;

	load(s);
	mfp_answer(&s->state, call, answer);
}

static void on_certificate(void *owner)
{
	struct sim *s = owner;
	struct tls_problem problem = {};

	if (tls_reload(s->tls, NULL, &problem) < 0)
		log_event(EV_CONFIG_BAD, "detail=certificate");
}

static void on_stop(void *arg)
{
	struct sim *s = arg;

	loop_stop(s->loop);
}

static int write_ready(const struct sim *s, const char *path)
{
	struct buf out = buf_new(256);
	int rc;

	buf_printf(&out, "{\"pid\":%" PRId64 ",\"url\":\"%s\"}\n", os_pid(), s->url);
	rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc;
}

/* As clients say it: without the scheme's own port. */
static void put_own(struct sim *s, struct str host, int port)
{
	bool usual = port == (s->tls ? 443 : 80);

	snprintf(s->own, sizeof(s->own), usual ? "%.*s" : "%.*s:%d", (int)host.len, host.p, port);
}

static int serve(struct sim *s, const struct args *args)
{
	static const struct odd_ops ops = { on_call };
	const char *ready = args_get(args, "--ready"), *where = args_get(args, "--listen");
	const char *colon = strrchr(where, ':');
	int port, rc;

	s->server = odd_new(s->loop, &ops, s);
	rc = !s->tls && args_flag(args, "--plain") ? odd_listen_plain(s->server, where, &port)
						   : odd_listen(s->server, where, s->tls, &port);
	if (rc == 0) {
		put_own(s, (struct str){ where, colon ? (size_t)(colon - where) : 0 }, port);
		snprintf(s->url, sizeof(s->url), "http%s://%s", s->tls ? "s" : "", s->own);
		s->state.own = s->own;
	}
	if (rc == 0 && ready)
		rc = write_ready(s, ready);
	if (rc == 0) {
		log_event(EV_STARTED, "pid=%" PRId64 " port=%d", os_pid(), port);
		loop_run(s->loop);
		log_event(EV_STOPPED, "");
	} else {
		log_event(EV_FATAL, "code=%s detail=%s", err_code(rc), err_title(rc));
	}
	odd_close(&s->server);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* False after a word on standard error. */
static bool set_up(struct sim *s, const struct args *args)
{
	const char *certificate = args_get(args, "--certificate"), *key = args_get(args, "--key");
	struct tls_problem problem = {};

	s->scenario_path = args_get(args, "--scenario");
	load(s);
	if (!s->state.now) {
		fprintf(stderr, "mfp: --scenario cannot be read\n");
		return false;
	}
	if (!certificate || !key)
		return true;
	if (tls_server_new(certificate, key, &s->tls, &problem) < 0) {
		fprintf(stderr, "mfp: %s\n", problem.text);
		return false;
	}
	if (args_flag(args, "--old-tls"))
		tls_server_be_old(s->tls);
	s->certificate = file_watch_open(s->loop, certificate, on_certificate, s);
	return true;
}

int mfp_run(const struct args *args)
{
	struct sim s = {};
	int64_t pid;
	int code = EXIT_FAILED;

	if (!args_pid(args, "--parent-pid", &pid))
		return EXIT_USAGE;
	s.loop = loop_new();
	if (set_up(&s, args)) {
		loop_on_stop(s.loop, on_stop, &s);
		if (pid)
			loop_on_process_end(s.loop, pid, on_stop, &s);
		code = serve(&s, args);
	}
	file_watch_close(&s.certificate);
	loop_free(&s.loop);
	tls_free(&s.tls);
	arena_done(&s.mem);
	return code;
}
