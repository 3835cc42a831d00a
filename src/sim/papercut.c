/* papercut.c - serves papercut_answer() over plain HTTP, which only loopback may be (net/server).
 */
#include "sim/papercut.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/server.h"
#include "sim/marks.h"
#include "sim/snapshot.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX (16 * MIB)
#define BODY_MAX   (2 * MIB)

const struct arg papercut_args[] = {
	{ "--listen", "ADDRESS:PORT", ARG_REQUIRED, "Loopback only; port 0: any" },
	{ "--scenario", "FILE", 0, "JSON, read again when it changes" },
	{ "--ready", "FILE", 0, "Written with the URL once it serves" },
	{ "--marks", "FILE", 0, "Each text gets a mark of its own; all are listed there" },
	{ "--calls", "FILE", 0, "What was asked is appended there, one JSON object a line" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct sim {
	struct loop *loop;
	struct server *server;
	struct snapshots *snapshots;
	struct marks *marks; /* NULL: none */
	const char *marks_path;
	struct file_log *calls; /* NULL: not wanted */
};

/* What was asked; header fields, so also the key, stay out. */
static void note_call(struct sim *s, const struct sim_request *rq)
{
	struct buf line = buf_new(256 * KIB);

	if (!s->calls)
		return;
	buf_puts(&line, rq->method == METHOD_POST ? "{\"method\":\"POST\"" : "{\"method\":\"GET\"");
	buf_puts(&line, ",\"path\":");
	json_put_text(&line, rq->path);
	buf_puts(&line, ",\"query\":");
	json_put_text(&line, rq->query);
	buf_puts(&line, ",\"body\":");
	json_put_text(&line, rq->body);
	buf_puts(&line, "}\n");
	if (buf_status(&line) < 0 || file_log_append(s->calls, line.data, line.len) < 0)
		log_event(EV_FATAL, "detail=calls");
	buf_done(&line);
}

static void answer(struct sim *s, struct exchange *x, struct str body)
{
	const struct http_request *rq = exchange_request(x);
	struct sim_answer a = { .body = buf_new(ANSWER_MAX) };
	struct sim_request request = {
		.method = rq->method,
		.path = rq->path,
		.query = rq->query,
		.body = body,
		.key = exchange_header(x, "authorization"),
		.host = rq->authority,
		.peer = exchange_peer(x),
		.secure = exchange_secure(x),
	};

	note_call(s, &request);
	papercut_answer(snapshots_look(s->snapshots, clock_mono_ms()), &request, &a);
	if (s->marks && marks_write(s->marks, s->marks_path) < 0)
		log_event(EV_FATAL, "detail=marks");
	if (a.location[0])
		exchange_add_header(x, "Location", a.location);
	exchange_respond(x, a.status, a.type, buf_str(&a.body));
	buf_done(&a.body);
}

static void on_body(struct exchange *x, int rc, struct str body, void *owner)
{
	if (rc < 0)
		exchange_respond(x, 413, NULL, (struct str){});
	else
		answer(owner, x, body);
}

static void on_gone(struct exchange *x, int why, void *owner)
{
}

static void on_request(struct exchange *x, void *owner)
{
	exchange_on_gone(x, on_gone, owner);
	exchange_read_body(x, BODY_MAX, on_body, owner);
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

static int open_files(struct sim *s, const struct args *args)
{
	const char *calls = args_get(args, "--calls");

	s->marks_path = args_get(args, "--marks");
	if (s->marks_path)
		s->marks = marks_new();
	s->snapshots = snapshots_new(args_get(args, "--scenario"), s->marks);
	return calls ? file_log_open(calls, &s->calls) : 0;
}

int papercut_run(const struct args *args)
{
	const char *parent = args_get(args, "--parent-pid");
	struct sim s = {};
	uint64_t pid = 0;
	int code;

	if (parent && (!str_to_u64(str_of(parent), &pid) || pid == 0 || pid > INT32_MAX)) {
		fprintf(stderr, "papercut: --parent-pid needs a number\n");
		return EXIT_USAGE;
	}
	if (open_files(&s, args) < 0) {
		fprintf(stderr, "papercut: --calls cannot be written\n");
		return EXIT_FAILED;
	}
	s.loop = loop_new();
	loop_on_stop(s.loop, on_stop, &s);
	if (pid)
		loop_on_process_end(s.loop, (int64_t)pid, on_stop, &s);
	code = serve(&s, args);
	loop_free(&s.loop);
	snapshots_free(&s.snapshots);
	marks_free(&s.marks);
	file_log_close(&s.calls);
	return code;
}
