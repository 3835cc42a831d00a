/* main.c - imprimatur-bench: the table of benches.  script/bench prepares what they need. */
#include "store.h"

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
		.ca = args_get(args, "--ca"),
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
	if (tls_client_new(b.ca, &b.tls, &problem) < 0)
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

static int run_fleet(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_fleet, 10000 });
}

static int run_restart(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_restart, 10000 });
}

static int run_ingest(const struct args *args)
{
	return run(args, &(struct bench_row){ bench_ingest, 500 });
}

static int run_load(const struct args *args)
{
	static const struct number {
		const char *name;
		uint64_t otherwise, most;
	} numbers[] = { { "--sites", 10000, 100000 },
			{ "--days", 365, 395 },
			{ "--seed", 1, UINT64_MAX },
			{ "--history", 50, 100000 } };
	uint64_t of[ARRAY_LEN(numbers)];

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const char *given = args_get(args, numbers[i].name);

		of[i] = numbers[i].otherwise;
		if (given && (!str_to_u64(str_of(given), &of[i]) || of[i] > numbers[i].most))
			return EXIT_USAGE;
	}
	load_fleet(args_get(args, "--config"),
		   &(struct load_options){ .sites = (size_t)of[0],
					   .days = (int64_t)of[1],
					   .seed = of[2],
					   .history = (size_t)of[3],
					   .provider = args_get(args, "--provider"),
					   .plan = args_get(args, "--plan") });
	return EXIT_DONE;
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
	{ "--connectors", "N", 0, "how many (fleet, idle, restart 10000, ingest 500, lost 16)" },
	{}
};

static const struct arg load_args[] = {
	{ "--config", "FILE", ARG_REQUIRED, "hub.conf of a hub that does not run" },
	{ "--provider", "NAME", 0, "whose they are (the only one)" },
	{ "--sites", "N", 0, "how many (10000)" },
	{ "--days", "N", 0, "of history (365)" },
	{ "--history", "N", 0, "each N-th site has charts of all these days; 0: none (50)" },
	{ "--seed", "N", 0, "other numbers, other lives (1)" },
	{ "--plan", "FILE", 0, "who lives how is written there, one JSON object a line" },
	{}
};

static const struct command commands[] = {
	{ "fleet", bench_args, NULL, "lists and searches of a provider with 10,000 sites", run_fleet },
	{ "idle", bench_args, NULL, "memory and processor of connectors that only hold their poll", run_idle },
	{ "ingest", bench_args, NULL, "processor of a report", run_ingest },
	{ "load", load_args, NULL, "fills a hub's store with a fleet and its past", run_load },
	{ "restart", bench_args, NULL, "connectors back after the hub was stopped, or killed", run_restart },
	{ "lost", bench_args, NULL, "acknowledged reports after kill -9", run_lost },
	{}
};
/* clang-format on */

int main(int argc, char **argv)
{
	return args_main(argc, argv, "imprimatur-bench", commands);
}
