/* figures.c - what a bench says: gates and figures on standard output, progress on standard error.
 */
#include "bench.h"

#include <stdio.h>

#include "base/clock.h"
#include "net/loop.h"

static void gate(struct bench *b, const char *name, double value, const char *unit, double goal,
		 bool pass)
{
	b->failed |= !pass;
	printf("gate %s %.4g %s goal %.4g %s\n", name, value, unit, goal, pass ? "pass" : "fail");
	fflush(stdout);
}

void gate_at_most(struct bench *b, const char *name, double value, const char *unit, double goal)
{
	gate(b, name, value, unit, goal, value <= goal);
}

void gate_at_least(struct bench *b, const char *name, double value, const char *unit, double goal)
{
	gate(b, name, value, unit, goal, value >= goal);
}

void figure(const char *name, double value, const char *unit)
{
	printf("figure %s %.4g %s\n", name, value, unit);
	fflush(stdout);
}

void progress(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

double now_s(void)
{
	return (double)clock_mono_ms() / 1000;
}

static bool never(void *arg)
{
	return false;
}

void bench_turns(struct bench *b, int64_t ms)
{
	loop_run_until(b->loop, never, NULL, ms);
}
