/* store.h - the store of a hub that does not run, written by the hub's own store functions. */
#ifndef BENCH_STORE_H
#define BENCH_STORE_H

#include "bench.h"
#include "db/db.h"
#include "hub/hub.h"

struct store {
	struct arena mem;
	struct hub_config config;
	struct file_lock *lock; /* the hub's own */
	struct keyring *keys;
	struct db *db;
};

void must(int rc, const char *what); /* dies with the error's title if rc is one */
void store_open(const char *config, struct store *s);
void store_close(struct store *s);

/* A provider with one user; `password` is a PHC string. */
struct id provider_make(struct store *s, const char *email, const char *password);

/* Within a job: a connector of m->site, whose key, id and epoch are made. */
MUST_USE int member_insert(struct tenant_db *db, struct member *m, int64_t now_ms);

/* -- load.c */

struct load_options {
	uint64_t seed;
	size_t sites;
	int64_t days;         /* of history */
	size_t history;       /* each n-th site has values of these days; 0: none has */
	const char *provider; /* NULL: the only one */
	const char *plan;     /* where life_plan() goes; NULL: nowhere */
};
/* Sites with their lives (sim/life.h) up to this moment. */
void load_fleet(const char *config, const struct load_options *o);

#endif
