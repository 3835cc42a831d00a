/* idle.c - connectors that have nothing to say: each holds one poll open, and asks again when it is
 * answered.
 *
 * Hub memory is read three times: with an empty store, with the fleet enrolled, and with all polls
 * open (the highest of a minute in which each poll was answered twice). */
#include "bench.h"

#include <stdlib.h>

#include "base/os.h"
#include "net/loop.h"

#define IN_FLIGHT 128 /* handshakes; the hub takes 256 */
#define WATCH_S   60
#define RAMP_S    300

struct idle {
	struct bench *bench;
	struct idler {
		struct idle *all;
		struct client *client;
	} * idlers;
	size_t opened, open, answered, refused, gone;
};

static void poll_again(struct client *c)
{
	client_call(c, &(struct client_call){
			       .method = "GET", .path = "/c/v1/commands", .query = "after=0" });
}

static void open_one(struct idle *all);

static void on_open(struct client *c, void *owner)
{
	struct idler *i = owner;

	i->all->open++;
	open_one(i->all);
}

static void on_answer(struct client *c, const struct client_answer *a, void *owner)
{
	struct idler *i = owner;

	i->all->answered++;
	i->all->refused += a->status != 200;
	poll_again(c);
}

static void on_gone(struct client *c, int why, void *owner)
{
	struct idler *i = owner;

	i->all->gone++;
	i->client = NULL;
}

static const struct client_ops ops = { on_open, on_answer, on_gone };

static void open_one(struct idle *all)
{
	struct idler *i = &all->idlers[all->opened];

	if (all->opened == all->bench->len)
		return;
	i->all = all;
	i->client = member_connect(all->bench, &all->bench->members[all->opened++], &ops, i);
	poll_again(i->client);
}

static bool all_open(void *arg)
{
	struct idle *all = arg;

	return all->open == all->bench->len || all->gone;
}

static bool none_left(void *arg)
{
	struct idle *all = arg;

	return all->gone == all->opened;
}

static int64_t watch(struct idle *all, int64_t *ret_rss)
{
	int64_t rss = 0, now;

	for (int s = 0; s < WATCH_S; s++) {
		bench_turns(all->bench, 1000);
		now = hub_rss_bytes(&all->bench->hub);
		rss = now > rss ? now : rss;
	}
	*ret_rss = rss;
	return hub_metric(all->bench, "imprimatur_hub_polls");
}

static void measure(struct idle *all, int64_t empty, int64_t enrolled)
{
	struct bench *b = all->bench;
	double n = (double)b->len, cpu, start;
	size_t before;
	int64_t rss, polls;

	/* One hold is over for each, so that the burst of the beginning is not what is measured. */
	bench_turns(b, 30000);
	progress("watching for %d s", WATCH_S);
	before = all->answered;
	cpu = hub_cpu_s(&b->hub);
	start = now_s();
	polls = watch(all, &rss);
	cpu = (hub_cpu_s(&b->hub) - cpu) / (now_s() - start);
	figure("idle_connectors", n, "connections");
	figure("idle_polls_open", (double)polls, "polls");
	figure("idle_polls_answered", (double)(all->answered - before) / WATCH_S, "polls/s");
	figure("idle_rss_empty", (double)empty / MIB, "MiB");
	figure("idle_rss_enrolled", (double)enrolled / MIB, "MiB");
	figure("idle_rss_polling", (double)rss / MIB, "MiB");
	figure("idle_enrolled_kb", (double)(enrolled - empty) / n / KIB, "KiB/connector");
	figure("idle_total_kb", (double)(rss - empty) / n / KIB, "KiB/connector");
	gate_at_most(b, "idle_connector", (double)(rss - enrolled) / n / KIB, "KiB", 16);
	gate_at_most(b, "idle_polls_cpu", 100 * cpu, "%_of_a_core", 10);
	gate_at_most(b, "idle_polls_failed", (double)(all->refused + all->gone), "polls", 0);
}

void bench_idle(struct bench *b, size_t len)
{
	struct idle all = { .bench = b };
	int64_t empty, enrolled;
	double start;

	hub_start(&b->hub);
	empty = hub_rss_settled(b);
	hub_stop(&b->hub);
	fleet_make(b, len);
	hub_start(&b->hub);
	enrolled = hub_rss_settled(b);

	progress("opening %zu connections", len);
	all.idlers = xcalloc(len, sizeof(*all.idlers));
	start = now_s();
	for (size_t i = 0; i < IN_FLIGHT; i++)
		open_one(&all);
	if (!loop_run_until(b->loop, all_open, &all, RAMP_S * 1000) || all.gone)
		die("of %zu connections %zu opened, %zu ended", len, all.open, all.gone);
	figure("idle_opened_per_s", (double)len / (now_s() - start), "connections/s");
	measure(&all, empty, enrolled);
	for (size_t i = 0; i < all.opened; i++) {
		if (all.idlers[i].client)
			client_close(all.idlers[i].client);
	}
	loop_run_until(b->loop, none_left, &all, RAMP_S * 1000);
	hub_stop(&b->hub);
	free(all.idlers);
}
