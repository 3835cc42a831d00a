/* papercut.c - serves papercut_answer() over plain HTTP, which only loopback may be (net/server).
 */
#include "sim/papercut.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/server.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (16 * MIB)

const struct arg papercut_args[] = {
	{ "--listen", "ADDRESS:PORT", ARG_REQUIRED, "Loopback only; port 0: any" },
	{ "--scenario", "FILE", 0, "JSON, read again when it changes" },
	{ "--ready", "FILE", 0, "Written with the URL once it serves" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct sim {
	struct loop *loop;
	struct server *server;
	const char *path; /* of the scenario, or NULL */
	int64_t seen;     /* file_changed_ns() of what is loaded */
	struct arena mem;
	struct scenario scenario;
};

/* A file that is being written or is wrong leaves the scenario as it was. */
static void look(struct sim *s)
{
	int64_t changed = s->path ? file_changed_ns(s->path) : 0;
	struct json_problem problem = {};
	struct scenario scenario;
	struct arena mem = {};
	int rc;

	if (changed == s->seen || changed == 0)
		return;
	s->seen = changed;
	rc = scenario_read(s->path, &mem, &scenario, &problem);
	if (rc < 0) {
		log_event(EV_CONFIG_BAD, "code=%s field=%s detail=%s", err_code(rc), problem.field,
			  problem.detail);
		arena_done(&mem);
		return;
	}
	arena_done(&s->mem);
	s->mem = mem;
	s->scenario = scenario;
}

static void on_request(struct exchange *x, void *owner)
{
	const struct http_request *rq = exchange_request(x);
	struct sim_answer a = { .body = buf_new(ANSWER_MAX) };
	struct sim *s = owner;

	look(s);
	if (rq->method != METHOD_GET) {
		exchange_respond(x, 405, NULL, (struct str){});
		buf_done(&a.body);
		return;
	}
	papercut_answer(&s->scenario,
			&(struct sim_request){ rq->path, rq->query,
					       exchange_header(x, "authorization"), rq->authority },
			&a);
	if (a.location[0])
		exchange_add_header(x, "Location", a.location);
	exchange_respond(x, a.status, a.type, buf_str(&a.body));
	buf_done(&a.body);
}

static void on_stop(void *arg)
{
	struct sim *s = arg;

	loop_stop(s->loop);
}

static int write_ready(const char *path, int port)
{
	struct buf out = buf_new(256);
	int rc;

	buf_printf(&out, "{\"pid\":%" PRId64 ",\"url\":\"http://127.0.0.1:%d\"}\n", os_pid(), port);
	rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc;
}

static int serve(struct sim *s, const struct args *args)
{
	static const struct server_ops ops = { .on_request = on_request };
	const char *ready = args_get(args, "--ready");
	int rc, port;

	s->server = server_new(s->loop, &(struct server_limits){}, &ops, s);
	rc = server_listen(s->server, args_get(args, "--listen"), NULL, &port);
	if (rc == 0 && ready)
		rc = write_ready(ready, port);
	if (rc < 0) {
		log_event(EV_FATAL, "code=%s detail=%s", err_code(rc), err_title(rc));
		server_close(s->server);
		return EXIT_FAILED;
	}
	log_event(EV_STARTED, "pid=%" PRId64 " port=%d", os_pid(), port);
	loop_run(s->loop);
	server_close(s->server);
	log_event(EV_STOPPED, "");
	return EXIT_DONE;
}

int papercut_run(const struct args *args)
{
	struct sim s = { .path = args_get(args, "--scenario") };
	const char *parent = args_get(args, "--parent-pid");
	uint64_t pid = 0;
	int code;

	if (parent && (!str_to_u64(str_of(parent), &pid) || pid == 0 || pid > INT32_MAX)) {
		fprintf(stderr, "papercut: --parent-pid needs a number\n");
		return EXIT_USAGE;
	}
	scenario_default(&s.mem, &s.scenario);
	look(&s);
	s.loop = loop_new();
	loop_on_stop(s.loop, on_stop, &s);
	if (pid)
		loop_on_process_end(s.loop, (int64_t)pid, on_stop, &s);
	code = serve(&s, args);
	loop_free(&s.loop);
	arena_done(&s.mem);
	return code;
}
