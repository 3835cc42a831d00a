/* main.c - imprimatur-bench: the table of benches.  script/bench prepares what they need. */
#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "base/args.h"
#include "base/os.h"
#include "net/loop.h"
#include "net/tls.h"

struct bench_row {
	void (*run)(struct bench *b, size_t len);
	size_t len; /* connectors, unless --connectors says otherwise */
};

static int run(const struct args *args, const struct bench_row *row)
{
	const char *many = args_get(args, "--connectors");
	struct bench b = {
		.hub = {
			.program = args_get(args, "--hub"),
			.config = args_get(args, "--config"),
			.log = args_get(args, "--log"),
		},
	};
	struct tls_problem problem;
	uint64_t len = row->len;

	if (many && (!str_to_u64(str_of(many), &len) || !len || len > 100000))
		return EXIT_USAGE;
	snprintf(b.hub.admin, sizeof(b.hub.admin), "%s", args_get(args, "--admin"));
	if (os_raise_file_limit() < (int64_t)len + 100)
		die("%llu connections need a higher limit of open files (ulimit -n)",
		    (unsigned long long)len);
	if (tls_client_new(args_get(args, "--ca"), &b.tls, &problem) < 0)
		die("%s", problem.text);
	b.loop = loop_new();
	row->run(&b, (size_t)len);
	fleet_free(&b);
	loop_free(&b.loop);
	tls_free(&b.tls);
	arena_done(&b.mem);
	return b.failed ? EXIT_FAILED : EXIT_DONE;
}

static int run_idle(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_idle, 10000 });
}

static int run_ingest(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_ingest, 500 });
}

static int run_lost(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_lost, 16 });
}

/* clang-format off */
static const struct arg bench_args[] = {
	{ "--hub", "PROGRAM", ARG_REQUIRED, "imprimatur-hub" },
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf of a fresh hub, for https://localhost" },
	{ "--ca", "FILE", ARG_REQUIRED, "who signed its certificate" },
	{ "--admin", "SOCKET", ARG_REQUIRED, "path of its admin.listen" },
	{ "--log", "FILE", ARG_REQUIRED, "where the hub's words go" },
	{ "--connectors", "N", 0, "how many (idle 10000, ingest 500, lost 16)" },
	{}
};

static const struct command commands[] = {
	{ "idle", bench_args, NULL, "memory and processor of connectors that only hold their poll", run_idle },
	{ "ingest", bench_args, NULL, "processor of a report", run_ingest },
	{ "lost", bench_args, NULL, "acknowledged reports after kill -9", run_lost },
	{}
};
/* clang-format on */

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-bench", commands);
}
