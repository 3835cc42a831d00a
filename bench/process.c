/* process.c - the hub as a process of its own, and what the kernel counts of it. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/os.h"
#include "net/fetch.h"
#include "net/loop.h"

#define START_S   60
#define STOP_S    60
#define LOOK_MS   5
#define SETTLED   (64 * KIB)
#define SETTLE_S  20
#define ANSWER_MS 10000

struct ready {
	int64_t pid;
	const char *url;
};

static const struct json_field ready_fields[] = { { "pid", JSON_INT, offsetof(struct ready, pid) },
						  { "url", JSON_TEXT, offsetof(struct ready, url) },
						  { 0 } };
static const struct json_schema ready_schema = { "ready", sizeof(struct ready), JSON_OPEN,
						 ready_fields };

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

NORETURN static void become_hub(const struct hub_process *h, const char *ready)
{
	char parent[24], listen[32];
	int fd = open(h->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

	snprintf(parent, sizeof(parent), "%d", (int)getppid());
	snprintf(listen, sizeof(listen), "127.0.0.1:%d", h->same_port ? h->port : 0);
	if (fd < 0 || dup2(fd, STDERR_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0)
		_exit(127);
	execl(h->program, h->program, "serve", "--config", h->config, "--listen", listen, "--ready",
	      ready, "--parent-pid", parent, (char *)NULL);
	_exit(127);
}

/* The file is replaced atomically, so it is the last start's or this one's. */
static bool is_ready(struct hub_process *h, const char *path)
{
	struct buf text = buf_new(4 * KIB);
	struct json_problem problem;
	struct arena mem = { 0 };
	struct ready r = { 0 };
	bool ok = file_read(path, &text) == 0 &&
		  json_decode(&ready_schema, text.data, text.len, &mem, &r, &problem) == 0 &&
		  r.pid == h->pid;

	if (ok) {
		const char *authority = r.url + strlen("https://");

		snprintf(h->authority, sizeof(h->authority), "%s", authority);
		h->port = (int)strtol(strrchr(authority, ':') + 1, NULL, 10);
	}
	buf_done(&text);
	arena_done(&mem);
	return ok;
}

void hub_start(struct hub_process *h)
{
	char ready[512];
	double until = now_s() + START_S;
	pid_t pid;

	snprintf(ready, sizeof(ready), "%s.ready", h->config);
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (pid == 0)
		become_hub(h, ready);
	h->pid = pid;
	while (!is_ready(h, ready)) {
		if (waitpid(pid, NULL, WNOHANG) == pid || now_s() > until)
			die("the hub does not start: see %s", h->log);
		sleep_ms(LOOK_MS);
	}
}

void hub_keep_port(struct hub_process *h)
{
	struct buf old = buf_new(64 * KIB), new = buf_new(64 * KIB);
	struct str rest, line;

	if (file_read(h->config, &old) < 0)
		die("%s cannot be read", h->config);
	rest = buf_str(&old);
	while (rest.len && str_split(&rest, '\n', &line))
		if (!str_starts(line, str_of("public_url")))
			buf_printf(&new, "%.*s\n", (int)line.len, line.p);
	buf_printf(&new, "public_url = https://%s\n", h->authority);
	if (file_replace(h->config, new.data, new.len, FILE_PRIVATE) < 0)
		die("%s cannot be written", h->config);
	h->same_port = true;
	buf_done(&old);
	buf_done(&new);
}

static void reap(struct hub_process *h)
{
	int status = 0;

	waitpid((pid_t)h->pid, &status, 0);
	h->pid = 0;
}

void hub_stop(struct hub_process *h)
{
	double until = now_s() + STOP_S;

	if (!h->pid)
		return;
	kill((pid_t)h->pid, SIGTERM);
	while (waitpid((pid_t)h->pid, NULL, WNOHANG) == 0) {
		if (now_s() > until) {
			hub_kill(h);
			die("the hub did not stop");
		}
		sleep_ms(LOOK_MS);
	}
	h->pid = 0;
}

void hub_kill(struct hub_process *h)
{
	kill((pid_t)h->pid, SIGKILL);
	reap(h);
}

double hub_cpu_s(const struct hub_process *h)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid((pid_t)h->pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		die("the hub's time cannot be read: it has ended");
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int64_t hub_rss_bytes(const struct hub_process *h)
{
	struct buf text = buf_new(256);
	struct str rest, part;
	uint64_t pages = 0;
	char path[64];

	/* "size resident shared ...", in pages: proc(5). */
	snprintf(path, sizeof(path), "/proc/%lld/statm", (long long)h->pid);
	if (file_read(path, &text) < 0)
		die("%s cannot be read: the hub has ended", path);
	rest = buf_str(&text);
	if (!str_split(&rest, ' ', &part) || !str_split(&rest, ' ', &part) ||
	    !str_to_u64(part, &pages))
		die("%s cannot be understood", path);
	buf_done(&text);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

int64_t hub_rss_settled(struct bench *b)
{
	double until = now_s() + SETTLE_S;
	int64_t last = hub_rss_bytes(&b->hub), now = last;

	do {
		last = now;
		bench_turns(b, 1000);
		now = hub_rss_bytes(&b->hub);
	} while (llabs(now - last) > (int64_t)SETTLED && now_s() < until);
	return now;
}

struct wanted {
	const char *name;
	int64_t value;
	bool done;
};

static void on_metrics(const struct fetch_result *result, void *owner)
{
	struct wanted *w = owner;
	char line[80];
	const char *at;

	snprintf(line, sizeof(line), "\n%s ", w->name);
	at = result->rc == 0 ? strstr(result->body.p, line) : NULL;
	w->done = true;
	w->value = at ? strtoll(at + strlen(line), NULL, 10) : -1;
}

static bool is_done(void *arg)
{
	return ((struct wanted *)arg)->done;
}

int64_t hub_metric(struct bench *b, const char *name)
{
	struct fetcher *f = fetcher_new(b->loop);
	struct fetch_request request = { .url = "http://localhost/metrics",
					 .unix_socket_path = b->hub.admin };
	struct wanted w = { .name = name };

	fetch_start(f, &request, on_metrics, &w);
	loop_run_until(b->loop, is_done, &w, ANSWER_MS);
	fetcher_free(&f);
	return w.value;
}
