/* bench.h - what the benches share: a fleet in a store of its own, the hub as a process, and
 * figures.
 *
 * Everything a hub sees is what real connectors say: TLS 1.3, RFC 9421 signatures, outbox records.
 * Only enrolment is not made over the wire, because the hub lets ten codes a second through: the
 * fleet is written by the hub's own store functions before it starts.
 *
 * One thread, one loop.  What cannot go on dies with a message: a bench has no caller to tell. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "base/arena.h"
#include "base/id.h"
#include "base/sign.h"
#include "sim/chain.h"
#include "sim/client.h"

struct loop;
struct tls;

/* A connector: its key, and its chain of records. */
struct member {
	struct sign_key *key;
	struct id provider, id, customer, site;
	struct chain chain;
};

struct hub_process {
	const char *program, *config,
		*log;       /* the binary, hub.conf, where its standard error goes */
	int64_t pid;        /* 0: does not run */
	int port;           /* each start has another, unless */
	bool same_port;     /* see hub_keep_port() */
	char authority[64]; /* what is signed; names the port */
	char admin[256];    /* path of the admin socket */
};

struct bench {
	struct arena mem;
	struct loop *loop;
	struct tls *tls; /* trusts the development CA */
	const char *ca;  /* its file */
	struct hub_process hub;
	struct client_hub at; /* where connectors find it */
	struct dial *dial;
	int dial_port;
	struct member *members;
	size_t len;
	bool failed; /* a gate was missed */
};

/* -- fleet.c */

/* Enrols so many connectors, each of a customer and a site of its own, all of one provider.  The
 * hub must not run. */
void fleet_make(struct bench *b, size_t len);
void fleet_free(struct bench *b);
/* b->at is where the hub listens now. */
void bench_find_hub(struct bench *b);
/* A connection of its own, of 1,000 from each address of loopback: the hub bounds those of one. */
struct client *member_connect(struct bench *b, const struct member *m, const struct client_ops *ops,
			      void *owner);
/* How many records of the member the store holds from 1 on without a gap; -1: one of them is not
 * what `digests` (from record 1 on) says.  The hub must not run. */
int64_t *fleet_held(struct bench *b, const struct hash *const *digests);

/* -- process.c */

/* Starts it and waits until it serves. */
void hub_start(struct hub_process *h);
/* From its next start on it listens where it does now, which becomes its public_url. */
void hub_keep_port(struct hub_process *h);
void hub_stop(struct hub_process *h);          /* in order */
void hub_kill(struct hub_process *h);          /* as a power cut would */
double hub_cpu_s(const struct hub_process *h); /* user and system time of all its threads */
int64_t hub_rss_bytes(const struct hub_process *h);
/* The value of a metric of the admin listener. */
int64_t hub_metric(struct bench *b, const char *name);
/* The hub's share of the machine's memory is what it is after its heap has settled: waits until two
 * looks a second apart differ by less than 64 KiB. */
int64_t hub_rss_settled(struct bench *b);

/* -- figures.c */

/* Prints "gate NAME VALUE UNIT goal GOAL pass|fail".  At most: value <= goal; at least: >=. */
void gate_at_most(struct bench *b, const char *name, double value, const char *unit, double goal);
void gate_at_least(struct bench *b, const char *name, double value, const char *unit, double goal);
/* "figure NAME VALUE UNIT": what has no goal. */
void figure(const char *name, double value, const char *unit);
/* Tells how far it is, on standard error. */
void progress(const char *fmt, ...) PRINTF(1, 2);
double now_s(void);
void bench_turns(struct bench *b, int64_t ms); /* lets the loop run */

/* -- the benches; each counts in `len` connectors */
void bench_fleet(struct bench *b, size_t len); /* of sites */
void bench_idle(struct bench *b, size_t len);
void bench_ingest(struct bench *b, size_t len);
void bench_restart(struct bench *b, size_t len);
void bench_lost(struct bench *b, size_t len);

#endif
