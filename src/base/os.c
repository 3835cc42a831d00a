/* os.c - Linux: what the other files need from the system beside files, clock and threads. */
#include "base/os.h"
#include "base/err.h"
#include "base/file.h"

#include <errno.h>
#if !SANITIZED
#include <mimalloc.h>
#endif
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <termios.h>
#include <unistd.h>

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("fatal: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	abort();
}

int64_t os_pid(void)
{
	return getpid();
}

const char *os_family(void)
{
	return "linux";
}

const char *os_program(void)
{
	return "/proc/self/exe"; /* who is started by it sees its own, which is the same until then
				  */
}

const char *os_env(const char *name)
{
	return getenv(name);
}

void os_no_core_dumps(void)
{
	struct rlimit none = { 0, 0 };

	/* The limit alone does not hold where core_pattern is a pipe; the flag does. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		die("core dumps cannot be switched off: %s", strerror(errno));
}

int64_t os_processors(void)
{
	cpu_set_t mine;

	CPU_ZERO(&mine);
	/* More processors than the set has room for are enough processors. */
	if (sched_getaffinity(0, sizeof(mine), &mine) < 0)
		return CPU_SETSIZE;
	return CPU_COUNT(&mine) > 0 ? CPU_COUNT(&mine) : 1;
}

int64_t os_raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("the limit of open files cannot be read: %s", strerror(errno));
	if (limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = { limit.rlim_max, limit.rlim_max };

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	return limit.rlim_cur > INT32_MAX ? INT32_MAX : (int64_t)limit.rlim_cur;
}

bool os_process_alive(int64_t pid)
{
	if (pid <= 0 || pid > INT32_MAX)
		return false;
	return kill((pid_t)pid, 0) == 0 || errno == EPERM;
}

int64_t os_resident_bytes(void)
{
	struct buf text = buf_new(256);
	struct str rest, part;
	uint64_t pages = 0;

	/* "size resident shared ...", in pages: proc(5). */
	if (file_read("/proc/self/statm", &text) == 0) {
		rest = buf_str(&text);
		if (!str_split(&rest, ' ', &part) || !str_split(&rest, ' ', &part) ||
		    !str_to_u64(part, &pages))
			pages = 0;
	}
	buf_done(&text);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

bool os_has_swap(void)
{
	struct buf text = buf_new(64 * KIB);
	bool yes = file_read("/proc/swaps", &text) == 0 && text.len > 0;
	const char *heading_end = yes ? strchr((const char *)text.data, '\n') : NULL;

	/* One line an area follows the heading. */
	yes = heading_end && heading_end[1];
	buf_done(&text);
	return yes;
}

bool os_clock_is_synchronised(void)
{
	struct timex now = {}; /* no modes: it only asks; adjtimex(2) */
	int state = adjtimex(&now);

	return state >= 0 && state != TIME_ERROR && !(now.status & STA_UNSYNC);
}

void os_trim_heap(void)
{
#if !SANITIZED
	mi_collect(true);
#endif
}

bool os_stdin_is_terminal(void)
{
	return isatty(STDIN_FILENO);
}

/* Octet by octet: what follows the line belongs to the next call.  With a mask, signals come
 * through only while it waits: one that came between a check and the read would be missed
 * otherwise. */
static int read_line(struct buf *out, const sigset_t *waiting)
{
	size_t before = out->len;
	bool any = false;
	char c;

	for (;;) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		ssize_t n;

		if (waiting && ppoll(&in, 1, NULL, waiting) < 0)
			return -errno;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0)
			return -errno;
		if (n == 0 && !any)
			return ERR_INVALID;
		if (n == 0 || c == '\n')
			break;
		any = true;
		buf_putc(out, c);
	}
	if (out->len > before && out->data[out->len - 1] == '\r')
		out->data[--out->len] = 0;
	return buf_status(out) < 0 ? ERR_INVALID : 0;
}

static void ask(const char *prompt)
{
	fputs(prompt, stderr);
	fflush(stderr);
}

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static int read_without_echo(const char *prompt, const sigset_t *waiting, struct buf *out)
{
	struct termios echo, quiet;
	int rc;

	if (tcgetattr(STDIN_FILENO, &echo) < 0)
		return -errno;
	quiet = echo;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	ask(prompt); /* not earlier: what is typed while the echo is on would show */
	rc = read_line(out, waiting);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &echo);
	fputc('\n', stderr);
	return rc;
}

/* Whoever interrupts the program while it asks for a secret must find the terminal's echo on again:
 * the signal ends the wait, the echo is restored, then the signal takes its course. */
static int read_secret(const char *prompt, struct buf *out)
{
	struct sigaction before[ARRAY_LEN(signals)], during = { .sa_handler = on_signal };
	sigset_t blocked, waiting;
	int rc;

	sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaddset(&blocked, signals[i]);
	pthread_sigmask(SIG_BLOCK, &blocked, &waiting);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &during, &before[i]);
	caught = 0;
	rc = read_without_echo(prompt, &waiting, out);
	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		sigaction(signals[i], &before[i], NULL);
	if (caught)
		raise(caught);
	pthread_sigmask(SIG_SETMASK, &waiting, NULL);
	return rc;
}

int os_read_line(const char *prompt, bool secret, struct buf *out)
{
	if (!os_stdin_is_terminal())
		return read_line(out, NULL);
	if (secret)
		return read_secret(prompt, out);
	ask(prompt);
	return read_line(out, NULL);
}
