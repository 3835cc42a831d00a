/* ingest.c - reports of many connectors at once, each on its own kept connection: what a report
 * costs the hub, from the TLS record to the acknowledgement that leaves after the commit.
 *
 * Three phases: a full report of each (all devices are new), everyday reports in turn, a full
 * report of each once more.  CPU is the hub's alone, user and system time of all its threads. */
#include "bench.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <openssl/evp.h>

#include "base/os.h"
#include "net/loop.h"
#include "wire/messages.h"

#define IN_FLIGHT    32 /* reports at a time */
#define SMALL_A_HEAD 60 /* below the hub's bound of calls of one connector in two minutes */
#define PHASE_S      600

struct reporter {
	struct ingest_load *all;
	struct client *client;
	bool busy;
};

struct ingest_load {
	struct bench *bench;
	struct reporter *reporters;
	size_t open, next;
	enum told told;
	size_t to_send, to_come, refused;
	uint64_t bytes; /* of records */
};

static void send_next(struct ingest_load *all)
{
	struct reporter *r;
	struct buf body;

	if (!all->to_send)
		return;
	do {
		r = &all->reporters[all->next++ % all->bench->len];
	} while (r->busy);
	all->to_send--;
	r->busy = true;
	body = buf_new(RECORD_CALL_MAX);
	report_next(&all->bench->members[r - all->reporters], all->told, &body);
	all->bytes += body.len;
	client_call(r->client, &(struct client_call){ .method = "POST",
						      .path = "/c/v1/reports",
						      .type = MEDIA_RECORDS,
						      .body = buf_str(&body) });
	buf_done(&body);
}

static void on_open(struct client *c, void *owner)
{
	struct reporter *r = owner;

	r->all->open++;
}

static void on_answer(struct client *c, const struct client_answer *a, void *owner)
{
	struct reporter *r = owner;

	r->busy = false;
	if (a->status != 200) {
		r->all->refused++;
		progress("refused: %d %.*s", a->status, (int)a->body.len, a->body.p);
	}
	r->all->to_come--;
	send_next(r->all);
}

static void on_gone(struct client *c, int why, void *owner)
{
	struct reporter *r = owner;

	r->all->open--;
	r->client = NULL;
	if (r->all->to_come)
		die("the hub has ended a connection");
}

static const struct client_ops ops = { on_open, on_answer, on_gone };

static bool all_open(void *arg)
{
	struct ingest_load *all = arg;

	return all->open == all->bench->len;
}

static bool all_came(void *arg)
{
	return ((struct ingest_load *)arg)->to_come == 0;
}

static bool none_open(void *arg)
{
	return ((struct ingest_load *)arg)->open == 0;
}

struct cost {
	double cpu_ms, per_s; /* of a report */
};

static struct cost phase(struct ingest_load *all, const char *name, enum told told, size_t count)
{
	struct bench *b = all->bench;
	double cpu, start = now_s(), wall;
	struct cost cost;
	char text[64];

	progress("%s: %zu reports", name, count);
	all->told = told;
	all->to_send = all->to_come = count;
	all->bytes = 0;
	cpu = hub_cpu_s(&b->hub);
	/* Nobody has two calls on its one connection. */
	for (size_t i = 0; i < IN_FLIGHT && i < b->len; i++)
		send_next(all);
	if (!loop_run_until(b->loop, all_came, all, PHASE_S * 1000))
		die("%zu reports were not acknowledged", all->to_come);
	wall = now_s() - start;
	cost = (struct cost){ (hub_cpu_s(&b->hub) - cpu) * 1000 / (double)count,
			      (double)count / wall };
	snprintf(text, sizeof(text), "%s_bytes", name);
	figure(text, (double)all->bytes / (double)count, "octets/report");
	return cost;
}

/* What libcrypto takes to verify one signature now: how busy the machine is. */
static double yardstick_ms(void)
{
	enum { TIMES = 2000 };
	static const uint8_t data[300];
	uint8_t signature[64];
	size_t len = sizeof(signature);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	clock_t start;

	EVP_DigestSignInit(ctx, NULL, NULL, NULL, key);
	EVP_DigestSign(ctx, signature, &len, data, sizeof(data));
	start = clock();
	for (int i = 0; i < TIMES; i++) {
		EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key);
		EVP_DigestVerify(ctx, signature, len, data, sizeof(data));
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (double)(clock() - start) * 1000 / CLOCKS_PER_SEC / TIMES;
}

static void measure(struct ingest_load *all)
{
	struct bench *b = all->bench;
	struct cost full_new = phase(all, "ingest_full_new", TOLD_ALL, b->len);
	struct cost small = phase(all, "ingest_small", TOLD_ONE, b->len * SMALL_A_HEAD);
	struct cost full = phase(all, "ingest_full", TOLD_ALL, b->len);

	figure("ingest_yardstick", yardstick_ms(), "ms");
	figure("ingest_full_new_rate", full_new.per_s, "reports/s");
	figure("ingest_full_rate", full.per_s, "reports/s");
	gate_at_most(b, "ingest_small_cpu", small.cpu_ms, "ms", 0.25);
	gate_at_least(b, "ingest_small_rate", small.per_s, "reports/s", 2000);
	gate_at_most(b, "ingest_full_new_cpu", full_new.cpu_ms, "ms", 8);
	gate_at_most(b, "ingest_full_cpu", full.cpu_ms, "ms", 8);
	gate_at_most(b, "ingest_refused", (double)all->refused, "reports", 0);
}

void bench_ingest(struct bench *b, size_t len)
{
	struct ingest_load all = { .bench = b };

	fleet_make(b, len);
	hub_start(&b->hub);
	all.reporters = xcalloc(len, sizeof(*all.reporters));
	for (size_t i = 0; i < len; i++) {
		struct reporter *r = &all.reporters[i];

		r->all = &all;
		r->client = member_connect(b, &b->members[i], &ops, r);
		bench_turns(b, 1);
	}
	if (!loop_run_until(b->loop, all_open, &all, PHASE_S * 1000))
		die("of %zu connections %zu opened", len, all.open);
	measure(&all);
	for (size_t i = 0; i < len; i++) {
		if (all.reporters[i].client)
			client_close(all.reporters[i].client);
	}
	loop_run_until(b->loop, none_open, &all, PHASE_S * 1000);
	hub_stop(&b->hub);
	free(all.reporters);
}
