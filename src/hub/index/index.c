/* index.c - the rows of all providers, sites and customers, kept up to date.
 *
 * A provider has at most one reading under way; what is named meanwhile goes into the next one:
 *
 *   named --> due --(nothing under way)--> read job --> rows, waiting requests of that round -->
 * due?
 *
 * Rounds are numbered; a request waits for the round that will hold what was named before it came.
 */
#include "hub/index/rows.h"

#include "api/request.h"
#include "base/clock.h"
#include "hub/customer/customer.h"
#include "hub/index/view.h"
#include "hub/provider/provider.h"
#include <stdlib.h>
#include <string.h>

#define ROUND_MAX 256 /* read in one job */

/* Whose row is to be read again. */
struct due {
	struct id id;
	enum id_kind kind; /* ID_SITE, ID_CUST */
};

struct tenant {
	struct id id;
	struct hub *hub;
	struct list rows;
	struct customers customers;
	struct map due_set; /* by id, so that one is not read twice in a round */
	struct due *due;
	size_t due_len, due_cap;
	struct db_owner owner;
	struct arena round_mem; /* what the job under way points to */
	bool reading;
	uint64_t done_round; /* the last round that has ended */
	struct link waiting;
};

struct index {
	struct map tenants;
};

struct waiter {
	struct link link;
	struct request *req;
	uint64_t round;
	void (*fn)(struct request *req, struct list *rows);
};

/* What a round found; id zero: it is not there. */
union found {
	struct site site;
	struct customer customer;
};

struct round_job {
	const struct due *due;
	int64_t now_ms;
	union found *found;
	size_t len;
};

static struct tenant *tenant_of(struct hub *hub, struct id provider)
{
	struct tenant *t = map_get(&hub->index->tenants, provider.b, sizeof(provider.b));

	if (t)
		return t;
	t = xcalloc(1, sizeof(*t));
	t->id = provider;
	t->hub = hub;
	list_init(&t->waiting);
	db_owner_init(&t->owner, hub->db, hub->loop, t);
	map_put(&hub->index->tenants, provider.b, sizeof(provider.b), t);
	return t;
}

struct customers *customers_of(struct hub *hub, struct id provider)
{
	return &tenant_of(hub, provider)->customers;
}

/* ---- reading again ---- */

static int round_run(struct tenant_db *db, struct arena *mem, void *arg)
{
	struct round_job *job = arg;

	job->found = ARENA_ARRAY(mem, union found, job->len);
	for (size_t i = 0; i < job->len; i++) {
		const struct due *d = &job->due[i];
		union found *f = &job->found[i];
		int rc = d->kind == ID_SITE ? view_row(db, mem, d->id, job->now_ms, &f->site)
					    : customer_get(db, mem, d->id, &f->customer);

		if (rc < 0 && rc != ERR_NOT_FOUND)
			return rc;
	}
	return 0;
}

static void begin_round(struct tenant *t);

static void serve_waiting(struct tenant *t)
{
	LIST_EACH(l, &t->waiting) {
		struct waiter *w = LIST_ENTRY(l, struct waiter, link);

		if (w->round > t->done_round)
			continue;
		list_remove(&w->link);
		w->req->on_gone = NULL;
		w->fn(w->req, &t->rows);
	}
}

static void take_site(struct tenant *t, struct id id, struct site *s)
{
	if (id_is_zero(s->id)) {
		list_drop(&t->rows, id);
		return;
	}
	show_live(t->hub, s);
	list_put(&t->rows, s);
}

static void take_customer(struct tenant *t, struct id id, const struct customer *c)
{
	if (id_is_zero(c->id))
		customers_drop(&t->customers, id);
	else
		customers_put(&t->customers, c);
}

static void round_done(int rc, void *arg, void *owner)
{
	const struct round_job *job = arg;
	struct tenant *t = owner;

	/* A failed reading leaves older rows: they are true for their time, and the next change
	 * reads again. */
	for (size_t i = 0; rc == 0 && i < job->len; i++) {
		if (job->due[i].kind == ID_SITE)
			take_site(t, job->due[i].id, &job->found[i].site);
		else
			take_customer(t, job->due[i].id, &job->found[i].customer);
	}
	arena_done(&t->round_mem);
	t->reading = false;
	t->done_round++;
	if (t->due_len)
		begin_round(t);
	serve_waiting(t);
}

static void begin_round(struct tenant *t)
{
	struct round_job job = { .len = t->due_len < ROUND_MAX ? t->due_len : ROUND_MAX,
				 .now_ms = clock_wall_ms() };

	job.due = arena_dup(&t->round_mem, t->due, job.len * sizeof(*t->due));
	for (size_t i = 0; i < job.len; i++)
		map_remove(&t->due_set, t->due[i].id.b, sizeof(t->due[i].id.b));
	t->due_len -= job.len;
	memmove(t->due, t->due + job.len, t->due_len * sizeof(*t->due));
	t->reading = true;
	db_read(&t->owner, t->id, round_run, round_done, &job, sizeof(job));
}

static void read_again(struct hub *hub, struct id provider, enum id_kind kind, struct id id)
{
	struct tenant *t = tenant_of(hub, provider);

	if (map_get(&t->due_set, id.b, sizeof(id.b)))
		return;
	if (t->due_len == t->due_cap) {
		t->due_cap = t->due_cap ? 2 * t->due_cap : 16;
		t->due = xrealloc(t->due, t->due_cap * sizeof(*t->due));
	}
	t->due[t->due_len++] = (struct due){ id, kind };
	map_put(&t->due_set, id.b, sizeof(id.b), t);
	if (!t->reading)
		begin_round(t);
}

void index_on_site(struct hub *hub, struct id provider, struct id site)
{
	read_again(hub, provider, ID_SITE, site);
}

void index_on_devices(struct hub *hub, struct id provider, struct id site,
		      const struct device_counts *counts)
{
	struct tenant *t = tenant_of(hub, provider);
	struct row *r = list_find(&t->rows, site);

	/* A reading that is under way may have begun before the counts were written, and would
	 * overwrite them. */
	if (!r || t->reading)
		index_on_site(hub, provider, site);
	else
		*r->site.devices = (struct site_devices){ counts->total, counts->in_error };
}

/* What was said of a customer counts for all its sites. */
static void on_customer(struct hub *hub, const struct change_note *note)
{
	const struct list *rows = &tenant_of(hub, note->provider)->rows;

	read_again(hub, note->provider, ID_CUST, note->object);
	for (size_t i = 0; i < rows->len; i++) {
		const struct site *s = &rows->rows[i]->site;

		if (id_eq(s->customer->id, note->object))
			index_on_site(hub, note->provider, s->id);
	}
}

void index_on_change(struct hub *hub, const struct change_note *note)
{
	if (note->verb == CHANGE_CUSTOMER_NOTED) /* in no row */
		return;
	if (!id_is_zero(note->site))
		index_on_site(hub, note->provider, note->site);
	else if (note->object_kind == ID_CUST)
		on_customer(hub, note);
}

/* ---- waiting ---- */

static void waiter_gone(struct request *req, void *arg)
{
	struct waiter *w = arg;

	list_remove(&w->link);
}

void rows_wait(struct request *req, void (*fn)(struct request *req, struct list *rows))
{
	struct tenant *t = tenant_of(hub_of(req->owner), req->who.provider);
	struct waiter *w;

	if (!t->reading) {
		fn(req, &t->rows);
		return;
	}
	w = ARENA_NEW(&req->mem, struct waiter);
	w->req = req;
	w->fn = fn;
	/* The one under way, and those that what is due now will fill. */
	w->round = t->done_round + 1 + (t->due_len + ROUND_MAX - 1) / ROUND_MAX;
	list_append(&t->waiting, &w->link);
	req->on_gone = waiter_gone;
	req->gone_arg = w;
}

/* ---- start and end ---- */

struct load_job {
	struct hub *hub;
};

static int load_sites(struct tenant_db *db, struct tenant *t)
{
	struct arena mem = {};
	struct id *sites = NULL;
	size_t len = 0;
	int rc = site_list_ids(db, &mem, &sites, &len);

	for (size_t i = 0; i < len && rc == 0; i++) {
		struct arena one = {};
		struct site s;

		rc = view_row(db, &one, sites[i], t->hub->steady_ms, &s);
		if (rc == 0)
			take_site(t, s.id, &s);
		arena_done(&one);
	}
	arena_done(&mem);
	return rc;
}

static int load_customers(struct tenant_db *db, struct tenant *t)
{
	struct arena mem = {};
	struct customer **all = NULL;
	size_t len = 0;
	int rc = customer_list(db, &mem, &all, &len);

	for (size_t i = 0; i < len && rc == 0; i++)
		customers_put(&t->customers, all[i]);
	arena_done(&mem);
	return rc;
}

/* Runs while the loop waits for it, so that it may write where only the loop writes. */
static int load_run(struct system_db *db, struct arena *mem, void *arg)
{
	const struct load_job *job = arg;
	struct id *ids = NULL;
	size_t len = 0;
	int rc = provider_list(db, mem, &ids, &len);

	for (size_t i = 0; i < len && rc == 0; i++) {
		struct tenant_db *of = system_tenant(db, ids[i]);
		struct tenant *t = tenant_of(job->hub, ids[i]);

		rc = load_customers(of, t);
		if (rc == 0)
			rc = load_sites(of, t);
	}
	return rc;
}

/* ERR_NOT_FOUND: it is an erased customer's, and goes at the next start. */
static int verified(int rc, int64_t *bad)
{
	*bad += rc == ERR_CORRUPT;
	return rc == ERR_CORRUPT || rc == ERR_NOT_FOUND ? 0 : rc;
}

int index_verify(struct tenant_db *db, int64_t *ret_bad)
{
	struct customer **all = NULL;
	struct arena mem = {};
	struct id *sites = NULL;
	size_t len = 0;
	int64_t bad = 0;
	int rc = verified(customer_list(db, &mem, &all, &len), &bad);

	if (rc == 0)
		rc = site_list_ids(db, &mem, &sites, &len);
	for (size_t i = 0; rc == 0 && i < len; i++) {
		struct arena one = {};
		struct site s;

		rc = verified(view_row(db, &one, sites[i], 0, &s), &bad);
		arena_done(&one);
	}
	arena_done(&mem);
	*ret_bad = bad;
	return rc;
}

int index_open(struct hub *hub)
{
	struct load_job job = { hub };
	struct arena mem = {};
	int rc;

	hub->index = xcalloc(1, sizeof(*hub->index));
	rc = db_wait_system_read(hub->db, load_run, &job, &mem);
	arena_done(&mem);
	return rc;
}

static void tenant_free(void *value, void *arg)
{
	struct tenant *t = value;

	db_owner_done(&t->owner, &t->round_mem);
	arena_done(&t->round_mem);
	list_done(&t->rows);
	customers_done(&t->customers);
	map_done(&t->due_set);
	free(t->due);
	free(t);
}

void index_close(struct hub *hub)
{
	if (!hub->index)
		return;
	map_each(&hub->index->tenants, tenant_free, NULL);
	map_done(&hub->index->tenants);
	free(hub->index);
	hub->index = NULL;
}
