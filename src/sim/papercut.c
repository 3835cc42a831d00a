/* papercut.c - serves papercut_answer() by sim/odd: plain HTTP, which only loopback may be, and as
 * many HTTPS listeners as wanted. */
#include "sim/papercut.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/log.h"
#include "base/os.h"
#include "net/loop.h"
#include "net/tls.h"
#include "sim/install.h"
#include "sim/marks.h"
#include "sim/odd.h"
#include "sim/sessions.h"
#include "sim/snapshot.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct arg papercut_args[] = {
	{ "--listen", "ADDRESS:PORT", ARG_REQUIRED, "Loopback only; port 0: any" },
	{ "--listen-tls", "ADDRESS:PORT", ARG_MANY, "HTTPS, with the two below" },
	{ "--certificate", "FILE", 0, "PEM, leaf first" },
	{ "--key", "FILE", 0, "PEM" },
	{ "--scenario", "FILE", 0, "JSON, read again when it changes" },
	{ "--ready", "FILE", 0, "Written with the URL once it serves" },
	{ "--marks", "FILE", 0, "Each text gets a mark of its own; all are listed there" },
	{ "--calls", "FILE", 0, "What was asked is appended there, one JSON object a line" },
	{ "--install", "DIR", 0,
	  "server/version.txt and server/server.properties are written there" },
	{ "--parent-pid", "PID", 0, "Ends when that process does" },
	{},
};

struct sim {
	struct loop *loop;
	struct odd_server *server;
	struct snapshots *snapshots;
	struct sessions *sessions;
	struct tls *tls;     /* NULL: no HTTPS */
	struct marks *marks; /* NULL: none */
	const char *marks_path;
	struct file_log *calls; /* NULL: not wanted */
	int port, tls_port;
};

/* What was asked; header fields, so also the key, stay out. */
static void note_call(struct sim *s, const struct sim_request *rq, struct str method)
{
	const struct {
		const char *name;
		struct str value;
	} members[] = { { "{\"method\":", method },
			{ ",\"path\":", rq->path },
			{ ",\"query\":", rq->query },
			{ ",\"body\":", rq->body } };
	struct buf line = buf_new(16 * MIB);

	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		buf_puts(&line, members[i].name);
		json_put_text(&line, members[i].value);
	}
	buf_puts(&line, "}\n");
	if (buf_status(&line) < 0 || file_log_append(s->calls, line.data, line.len) < 0)
		log_event(EV_FATAL, "detail=calls");
	buf_done(&line);
}

/* The value of a header; p NULL if it is absent. */
static struct str header(const struct http_request *rq, const char *name)
{
	for (size_t i = 0; i < rq->headers_len; i++)
		if (str_eq(rq->headers[i].name, str_of(name)))
			return rq->headers[i].value;
	return (struct str){};
}

static struct sim_request request_of(const struct odd_call *call)
{
	const struct http_request *rq = call->request;

	return (struct sim_request){
		.method = rq->method,
		.path = rq->path,
		.query = rq->query,
		.body = call->body,
		.body_bytes = call->body_bytes,
		.key = header(rq, "authorization"),
		.origin = header(rq, "origin"),
		.referer = header(rq, "referer"),
		.cookie = header(rq, "cookie"),
		.csrf_token = header(rq, "x-csrf-token"),
		.host = rq->authority,
		.peer = call->peer,
		.secure = call->secure,
	};
}

static void on_call(const struct odd_call *call, struct odd_answer *answer, void *owner)
{
	struct sim *s = owner;
	struct sim_request rq = request_of(call);
	struct sim_state state = *snapshots_look(s->snapshots, clock_mono_ms());
	struct sim_answer a = { .head = answer->head, .body = answer->body };

	state.sessions = s->sessions;
	if (s->calls)
		note_call(s, &rq, call->request->method_text);
	papercut_answer(&state, &rq, &a);
	if (s->marks && marks_write(s->marks, s->marks_path) < 0)
		log_event(EV_FATAL, "detail=marks");
	if (a.type)
		buf_printf(&a.head, "Content-Type: %s\r\n", a.type);
	*answer = (struct odd_answer){ .status = a.status,
				       .head = a.head,
				       .body = a.body,
				       .make = a.make,
				       .make_bytes = a.make_bytes };
	if (papercut_is_odd(&state, &rq)) {
		answer->form = (enum odd_form)state.now->form;
		answer->delay_ms = state.now->delay_ms;
	}
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

	buf_printf(&out, "{\"pid\":%" PRId64 ",\"url\":\"http://127.0.0.1:%d\"", os_pid(), s->port);
	if (s->tls_port)
		buf_printf(&out, ",\"tls_url\":\"https://127.0.0.1:%d\"", s->tls_port);
	buf_puts(&out, "}\n");
	rc = file_replace(path, out.data, out.len, FILE_PUBLIC);
	buf_done(&out);
	return rc;
}

/* The first HTTPS port is the one that is told. */
static int listen_all(struct sim *s, const struct args *args)
{
	int rc = odd_listen(s->server, args_get(args, "--listen"), NULL, &s->port);
	const char *where;
	int port;

	for (size_t i = 0; rc == 0 && (where = args_nth(args, "--listen-tls", i)); i++) {
		rc = s->tls ? odd_listen(s->server, where, s->tls, &port) : ERR_CONFIG;
		if (i == 0 && rc == 0)
			s->tls_port = port;
	}
	return rc;
}

static int serve(struct sim *s, const struct args *args)
{
	static const struct odd_ops ops = { on_call };
	const char *ready = args_get(args, "--ready"), *install = args_get(args, "--install");
	int rc;

	s->server = odd_new(s->loop, &ops, s);
	rc = listen_all(s, args);
	if (rc == 0 && install)
		rc = install_write(install, snapshots_look(s->snapshots, clock_mono_ms())->now,
				   s->port, s->tls_port);
	if (rc == 0 && ready)
		rc = write_ready(s, ready);
	if (rc == 0) {
		log_event(EV_STARTED, "pid=%" PRId64 " port=%d", os_pid(), s->port);
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
	const char *calls = args_get(args, "--calls");
	const char *certificate = args_get(args, "--certificate"), *key = args_get(args, "--key");
	struct tls_problem problem = {};

	s->marks_path = args_get(args, "--marks");
	if (s->marks_path)
		s->marks = marks_new();
	s->snapshots = snapshots_new(args_get(args, "--scenario"), s->marks);
	s->sessions = sessions_new();
	if (calls && file_log_open(calls, &s->calls) < 0) {
		fprintf(stderr, "papercut: --calls cannot be written\n");
		return false;
	}
	if (certificate && key && tls_server_new(certificate, key, &s->tls, &problem) < 0) {
		fprintf(stderr, "papercut: %s\n", problem.text);
		return false;
	}
	return true;
}

static void tear_down(struct sim *s)
{
	loop_free(&s->loop);
	tls_free(&s->tls);
	snapshots_free(&s->snapshots);
	sessions_free(&s->sessions);
	marks_free(&s->marks);
	file_log_close(&s->calls);
}

int papercut_run(const struct args *args)
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
	tear_down(&s);
	return code;
}
