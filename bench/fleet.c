/* fleet.c - connectors as if they had enrolled, written by the hub's own store functions. */
#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/os.h"
#include "db/stmt.h"
#include "hub/connector/store.h"
#include "hub/customer/customer.h"
#include "hub/provider/provider.h"
#include "hub/site/site.h"
#include "model/words.h"
#include "net/dial.h"

#define SITES_A_JOB 500
#define PER_ADDRESS 1000

/* -- Making it */

struct batch {
	struct member *members;
	size_t from, to;
};

int member_insert(struct tenant_db *db, struct member *m, int64_t now_ms)
{
	static const char sha256[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct enrolment e = {
		.row = { .provider = m->provider, .site = m->site, .customer = m->customer },
		.connector_version = IMPRIMATUR_VERSION,
		.os = "linux",
		.public_ip = "127.0.0.1",
		.now_ms = now_ms,
		.consent = { .version = 1,
			     .language = "en",
			     .sha256 = sha256,
			     .accepted_ms = now_ms,
			     .base = "",
			     .signature = "",
			     .body = "" },
	};

	m->key = sign_key_new();
	m->id = id_new();
	chain_begin(&m->chain);
	e.row.id = m->id;
	sign_key_public(m->key, e.public_key);
	return connector_insert(db, &e);
}

static struct change_in by_operator(enum change_verb verb)
{
	return (struct change_in){ .verb = verb, .actor_kind = ACTOR_OPERATOR };
}

static int insert_member(struct tenant_db *db, struct arena *mem, struct member *m, size_t n)
{
	int64_t now_ms = clock_wall_ms();
	char name[40];
	struct customer customer = { .id = id_new(), .name = name, .created_ms = now_ms };
	struct site_new site = { id_new(), customer.id, name, now_ms };
	struct change_in customer_change = by_operator(CHANGE_CUSTOMER_MADE);
	struct change_in site_change = by_operator(CHANGE_SITE_MADE);
	int rc;

	m->provider = tenant_id(db);
	m->customer = customer.id;
	m->site = site.id;
	snprintf(name, sizeof(name), "Customer %zu", n);
	rc = customer_make(db, &customer, &customer_change);
	snprintf(name, sizeof(name), "Site %zu", n);
	if (rc == 0)
		rc = site_make(db, mem, &site, &site_change);
	return rc < 0 ? rc : member_insert(db, m, now_ms);
}

static int insert_batch(struct tenant_db *db, struct arena *mem, void *arg)
{
	const struct batch *batch = arg;
	int rc = 0;

	for (size_t i = batch->from; rc >= 0 && i < batch->to; i++)
		rc = insert_member(db, mem, &batch->members[i], i);
	return rc < 0 ? rc : 0;
}

struct add_job {
	struct provider_user_in in;
	struct id provider, user;
};

static int add_provider(struct system_db *db, struct arena *mem, void *arg)
{
	struct add_job *job = arg;

	return provider_add_user(db, mem, &job->in, &job->provider, &job->user);
}

struct id provider_make(struct store *s, const char *email, const char *password)
{
	struct add_job job = {
		.in = { .provider = "Bench", .email = email, .name = "Bench", .password = password }
	};

	job.in.email_hash = email_hash(s->keys, email);
	must(db_wait_system_write(s->db, add_provider, &job, &s->mem), "the provider");
	return job.provider;
}

void fleet_make(struct bench *b, size_t len)
{
	struct store s;
	struct id provider;

	progress("enrolling %zu connectors", len);
	b->members = xcalloc(len, sizeof(*b->members));
	b->len = len;
	store_open(b->hub.config, &s);
	provider = provider_make(&s, "bench@example.test", "*");
	for (size_t i = 0; i < len; i += SITES_A_JOB) {
		struct batch batch = { b->members, i,
				       i + SITES_A_JOB < len ? i + SITES_A_JOB : len };

		must(db_wait_write(s.db, provider, insert_batch, &batch, &s.mem), "enrolling");
	}
	store_close(&s);
}

void fleet_free(struct bench *b)
{
	for (size_t i = 0; i < b->len; i++)
		sign_key_free(&b->members[i].key);
	free(b->members);
	b->members = NULL;
	b->len = 0;
	dial_free(&b->dial);
}

void bench_find_hub(struct bench *b)
{
	const char *why;

	if (b->dial_port == b->hub.port)
		return;
	dial_free(&b->dial);
	must(dial_new("127.0.0.1", (uint16_t)b->hub.port, &b->dial, &why), "the hub");
	b->dial_port = b->hub.port;
	b->at = (struct client_hub){ b->loop, b->tls, b->dial, "localhost", b->hub.authority };
}

struct client *member_connect(struct bench *b, const struct member *m, const struct client_ops *ops,
			      void *owner)
{
	struct client *c;

	bench_find_hub(b);
	must(client_open(&b->at, m->key, (size_t)(m - b->members) / PER_ADDRESS, ops, owner, &c),
	     "a connection");
	return c;
}

/* -- Looking at what became of it */

QUERY(q_chain, "bench_chain",
      "SELECT seq, digest FROM report"
      " WHERE provider_id = :provider AND connector_id = :connector AND epoch = :epoch"
      " ORDER BY seq");

struct held_job {
	const struct member *member;
	const struct hash *digests;
	int64_t held;
};

static int held_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct held_job *job = arg;
	const struct member *m = job->member;
	struct stmt *st = tenant_query(db, &q_chain);

	stmt_id(st, ":connector", m->id);
	stmt_blob(st, ":epoch", m->chain.epoch.b, sizeof(m->chain.epoch.b));
	while (stmt_row(st) && col_i64(st, 0) == job->held + 1) {
		struct hash digest = col_hash(st, 1);

		if (!hash_eq(&digest, &job->digests[job->held])) {
			job->held = -1;
			break;
		}
		job->held++;
	}
	return stmt_end(st);
}

int64_t *fleet_held(struct bench *b, const struct hash *const *digests)
{
	int64_t *held = xcalloc(b->len, sizeof(*held));
	struct store s;

	store_open(b->hub.config, &s);
	for (size_t i = 0; i < b->len; i++) {
		struct held_job job = { &b->members[i], digests[i], 0 };

		must(db_wait_read(s.db, b->members[i].provider, held_run, &job, &s.mem), "reading");
		held[i] = job.held;
	}
	store_close(&s);
	return held;
}
