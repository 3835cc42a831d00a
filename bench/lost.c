/* lost.c - the hub is killed (SIGKILL) at random moments while connectors report; afterwards its
 * store is read: every acknowledged record must be in it, with the digest that was sent, in one
 * chain.
 *
 * A record that was not acknowledged is sent again on the next connection, as a connector does, so
 * that at the end everything has arrived once. */
#include "bench.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/os.h"
#include "base/rand.h"
#include "net/loop.h"
#include "wire/messages.h"

#define KILLS       200
#define LIFE_MS     300 /* at most, of a hub that serves */
#define RECORDS_MAX 20000
#define FINISH_S    120

struct teller {
	struct lost *all;
	struct client *client;
	struct timer again;   /* the hub is away */
	struct buf waiting;   /* the record that is not acknowledged yet */
	struct hash *digests; /* of the records made, from 1 on */
	int64_t acked;
};

struct lost {
	struct bench *bench;
	struct teller *tellers;
	size_t again; /* records sent more than once */
	bool stopping;
};

static void tell(struct teller *t)
{
	struct member *m = &t->all->bench->members[t - t->all->tellers];

	if (!t->waiting.len) {
		if (t->all->stopping)
			return;
		if (m->chain.seq == RECORDS_MAX)
			die("more records than the bench has room for");
		report_next(m, TOLD_ONE, &t->waiting);
		t->digests[m->chain.seq - 1] = m->chain.prev;
	} else {
		t->all->again++;
	}
	client_call(t->client, &(struct client_call){ .method = "POST",
						      .path = "/c/v1/reports",
						      .type = MEDIA_RECORDS,
						      .body = buf_str(&t->waiting) });
}

static void on_answer(struct client *c, const struct client_answer *a, void *owner)
{
	struct teller *t = owner;
	struct reports_answer answer;
	struct json_problem problem;
	struct arena mem = { 0 };

	/* A hub that has just begun refuses signatures from before its start; a draining one is
	 * busy. */
	if (a->status == 401 || a->status == 503) {
		client_close(c);
		return;
	}
	if (a->status != 200 || json_decode(&reports_answer_schema, a->body.p, a->body.len, &mem,
					    &answer, &problem) < 0)
		die("refused: %d %.*s", a->status, (int)a->body.len, a->body.p);
	if (answer.acked > t->acked)
		t->acked = answer.acked;
	arena_done(&mem);
	buf_clear(&t->waiting);
	tell(t);
}

static void on_gone(struct client *c, int why, void *owner)
{
	struct teller *t = owner;

	t->client = NULL;
	timer_start(t->all->bench->loop, &t->again, 20);
}

static const struct client_ops ops = { NULL, on_answer, on_gone };

static void on_again(struct timer *timer)
{
	struct teller *t = CONTAINER_OF(timer, struct teller, again);
	struct bench *b = t->all->bench;

	if (t->all->stopping && !t->waiting.len)
		return;
	t->client = member_connect(b, &b->members[t - t->all->tellers], &ops, t);
	tell(t);
}

static bool all_told(void *arg)
{
	struct lost *all = arg;

	for (size_t i = 0; i < all->bench->len; i++) {
		if (all->tellers[i].waiting.len)
			return false;
	}
	return true;
}

static bool none_open(void *arg)
{
	struct lost *all = arg;

	for (size_t i = 0; i < all->bench->len; i++) {
		if (all->tellers[i].client)
			return false;
	}
	return true;
}

static void count_lost(struct lost *all)
{
	struct bench *b = all->bench;
	const struct hash **digests = xcalloc(b->len, sizeof(*digests));
	int64_t *held, acked = 0, lost = 0, altered = 0;

	for (size_t i = 0; i < b->len; i++)
		digests[i] = all->tellers[i].digests;
	held = fleet_held(b, digests);
	for (size_t i = 0; i < b->len; i++) {
		acked += all->tellers[i].acked;
		altered += held[i] < 0;
		if (held[i] < all->tellers[i].acked)
			lost += all->tellers[i].acked - (held[i] < 0 ? 0 : held[i]);
	}
	figure("lost_kills", KILLS, "kills");
	figure("lost_acknowledged", (double)acked, "reports");
	figure("lost_sent_again", (double)all->again, "reports");
	gate_at_most(b, "lost_reports", (double)lost, "reports", 0);
	gate_at_most(b, "lost_altered", (double)altered, "chains", 0);
	/* Too few would prove nothing. */
	gate_at_least(b, "lost_reports_tried", (double)acked, "reports", KILLS * 10);
	free(held);
	free(digests);
}

static void run(struct lost *all)
{
	struct bench *b = all->bench;

	for (int i = 0; i < KILLS; i++) {
		bench_turns(b, (int64_t)rand_below(LIFE_MS));
		hub_kill(&b->hub);
		hub_start(&b->hub);
		if (i % 20 == 19)
			progress("%d of %d kills", i + 1, KILLS);
	}
	all->stopping = true;
	if (!loop_run_until(b->loop, all_told, all, FINISH_S * 1000))
		die("what was not acknowledged does not arrive");
	for (size_t i = 0; i < b->len; i++) {
		if (all->tellers[i].client)
			client_close(all->tellers[i].client);
	}
	loop_run_until(b->loop, none_open, all, FINISH_S * 1000);
	hub_stop(&b->hub);
}

void bench_lost(struct bench *b, size_t len)
{
	struct lost all = { .bench = b };

	fleet_make(b, len);
	hub_start(&b->hub);
	all.tellers = xcalloc(len, sizeof(*all.tellers));
	for (size_t i = 0; i < len; i++) {
		struct teller *t = &all.tellers[i];

		t->all = &all;
		t->waiting = buf_new(RECORD_MAX);
		t->digests = xcalloc(RECORDS_MAX, sizeof(*t->digests));
		timer_init(&t->again, on_again);
		timer_start(b->loop, &t->again, 0);
	}
	run(&all);
	count_lost(&all);
	for (size_t i = 0; i < len; i++) {
		timer_stop(b->loop, &all.tellers[i].again);
		buf_done(&all.tellers[i].waiting);
		free(all.tellers[i].digests);
	}
	free(all.tellers);
}
