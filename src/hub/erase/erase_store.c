/* erase_store.c - the rows of what is erased, table by table. */
#include "hub/erase/erase.h"

#include <string.h>

#include "db/stmt.h"

#define ROWS_AT_ONCE                                                                               \
	200 /* some hold a report of many kilobytes, and what is deleted is overwritten */
#define CALLS_AT_ONCE 2000 /* looked at; few are deleted */

#define CONNECTORS                                                                                 \
	"SELECT connector_id FROM connector WHERE provider_id = :provider AND site_id = :subject"

/* Whose rows a table has. */
#define OF_site      "site_id = :subject"
#define OF_subject   "subject_id = :subject" /* a site among others */
#define OF_connector "connector_id IN (" CONNECTORS ")"
#define OF_customer  "customer_id = :subject"

#define SCAN(table)
#define KEEP(table, why)
#define ERASE(table, keys, scope)                                                                  \
	QUERY(q_##table##_##scope, "erase_" #table "_" #scope,                                     \
	      "DELETE FROM " #table " WHERE provider_id = :provider AND (" keys ") IN "            \
	      "(SELECT " keys " FROM " #table " WHERE provider_id = :provider AND " OF_##scope     \
	      " LIMIT :most)");
#include "hub/erase/tables.def"
#undef SCAN
#undef KEEP
#undef ERASE

enum scope { scope_none, scope_site, scope_subject, scope_connector, scope_customer };

static const struct table {
	const char *name;
	enum scope scope;
	const struct query *query;
} tables[] = {
#define SCAN(table)               { #table },
#define KEEP(table, why)          { #table },
#define ERASE(table, keys, scope) { #table, scope_##scope, &q_##table##_##scope },
#include "hub/erase/tables.def"
};

const char *erase_table(size_t i)
{
	return i < ARRAY_LEN(tables) ? tables[i].name : NULL;
}

QUERY(q_note, "erasure_insert",
      "INSERT INTO erasure (provider_id, erasure_id, customer_id, site_id, asked_ms) "
      "VALUES (:provider, :erasure, :customer, :site, :now)");
QUERY(q_next, "system_erasure_next",
      "SELECT provider_id, erasure_id, customer_id, site_id FROM erasure WHERE done_ms IS NULL "
      "AND erasure_id > :after ORDER BY erasure_id LIMIT 1");
QUERY(q_done, "erasure_done",
      "UPDATE erasure SET done_ms = :now WHERE provider_id = :provider AND erasure_id = :erasure");
QUERY(q_customers, "system_customer_ids", "SELECT provider_id, customer_id FROM customer");
QUERY(q_first_site, "erase_first_site",
      "SELECT site_id FROM site WHERE provider_id = :provider AND customer_id = :customer LIMIT 1");
QUERY(q_calls_end, "erase_calls_end",
      "SELECT call_id FROM report_call WHERE provider_id = :provider AND call_id > :after "
      "ORDER BY call_id LIMIT 1 OFFSET :count");
QUERY(q_calls, "erase_calls",
      "DELETE FROM report_call WHERE provider_id = :provider AND call_id > :after "
      "AND call_id <= :until AND connector_id IN (SELECT connector_id FROM connector "
      "WHERE provider_id = :provider AND (site_id = :site OR site_id IN (SELECT site_id FROM site "
      "WHERE provider_id = :provider AND customer_id = :customer)))");
QUERY(q_keep_keys, "erased_key_insert",
      "INSERT INTO erased_key (provider_id, thumbprint, public_key) "
      "SELECT provider_id, thumbprint, public_key FROM connector_key "
      "WHERE provider_id = :provider AND retired_ms IS NULL AND connector_id IN (" CONNECTORS ") "
      "ON CONFLICT (provider_id, thumbprint) DO NOTHING");

static bool whole_customer(const struct erasure *e)
{
	return id_is_zero(e->site);
}

/* Some rows of one table: their number. */
static int erase_rows(struct tenant_db *db, const struct query *q, struct id subject)
{
	struct stmt *st = tenant_query(db, q);

	stmt_id(st, ":subject", subject);
	stmt_i64(st, ":most", ROWS_AT_ONCE);
	return stmt_run(st);
}

int erase_begin(struct tenant_db *db, struct id customer, struct id site, int64_t now_ms)
{
	int rc = id_is_zero(site) ? erase_rows(db, &q_customer_customer, customer)
				  : erase_rows(db, &q_site_site, site);
	struct stmt *st;

	if (rc <= 0)
		return rc < 0 ? rc : ERR_NOT_FOUND;
	st = tenant_query(db, &q_note);
	stmt_id(st, ":erasure", id_new());
	stmt_id(st, ":customer", customer);
	stmt_id(st, ":site", site);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int erase_next(struct system_db *db, struct id after, struct erasure *ret_erasure, bool *ret_found)
{
	struct stmt *st = system_query(db, &q_next);
	struct erasure e = {};
	bool found;
	int rc;

	stmt_blob(st, ":after", after.b, sizeof(after.b));
	found = stmt_row(st);
	if (found)
		e = (struct erasure){ col_id(st, 0), col_id(st, 1), col_id(st, 2), col_id(st, 3) };
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_erasure = e;
	*ret_found = found;
	return 0;
}

/* ---- calls ----
 *
 * They are many and have no index by connector, which each report would pay for: all of the
 * provider's are looked through once, in the order in which they came. */

static int calls_end(struct tenant_db *db, struct erasing *e, struct id *ret_until)
{
	struct stmt *st = tenant_query(db, &q_calls_end);
	struct id until;
	int rc;

	stmt_blob(st, ":after", e->after_call.b, sizeof(e->after_call.b));
	stmt_i64(st, ":count", CALLS_AT_ONCE - 1);
	rc = stmt_one_id(st, &until);
	if (rc < 0)
		return rc;
	e->calls_done = id_is_zero(until);
	if (e->calls_done)
		memset(&until, 0xff, sizeof(until));
	*ret_until = until;
	return 0;
}

static int erase_calls(struct tenant_db *db, struct erasing *e)
{
	struct stmt *st;
	struct id until;
	int rc = calls_end(db, e, &until);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_calls);
	stmt_blob(st, ":after", e->after_call.b, sizeof(e->after_call.b));
	stmt_blob(st, ":until", until.b, sizeof(until.b));
	stmt_id(st, ":site", e->what.site);
	/* Of one site alone: the others of its customer stay. */
	stmt_id(st, ":customer", whole_customer(&e->what) ? e->what.customer : (struct id){});
	e->after_call = until;
	return stmt_run(st);
}

/* ---- steps ---- */

static int keep_keys(struct tenant_db *db, struct id site)
{
	struct stmt *st = tenant_query(db, &q_keep_keys);

	stmt_id(st, ":subject", site);
	return stmt_run(st);
}

/* Of one site, or of the customer itself: 1 if there may be more. */
static int erase_subject(struct tenant_db *db, struct erasing *e, struct id subject, bool customer)
{
	int rc = customer ? 0 : keep_keys(db, subject);

	for (size_t i = 0; rc >= 0 && i < ARRAY_LEN(tables); i++) {
		const struct table *t = &tables[i];

		if (!t->query || (t->scope == scope_customer) != customer)
			continue;
		rc = erase_rows(db, t->query, subject);
		e->rows += rc > 0 ? rc : 0;
		if (rc == ROWS_AT_ONCE)
			return 1;
	}
	return rc < 0 ? rc : 0;
}

static int finish(struct tenant_db *db, const struct erasure *e, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_done);
	int rc;

	stmt_id(st, ":erasure", e->id);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	/* Sealed by the provider's key: the customer's may be gone. */
	return rc < 0 ? rc
		      : change_write(db,
				     &(struct change_in){
					     .verb = CHANGE_ERASURE_DONE,
					     .actor_kind = ACTOR_HUB,
					     .object_kind = whole_customer(e) ? ID_CUST : ID_SITE,
					     .object = whole_customer(e) ? e->customer : e->site,
					     .site = e->site,
				     });
}

/* The next of the customer's sites; zero: there is none any more. */
static int first_site(struct tenant_db *db, struct id customer, struct id *ret_site)
{
	struct stmt *st = tenant_query(db, &q_first_site);

	stmt_id(st, ":customer", customer);
	return stmt_one_id(st, ret_site);
}

int erase_step(struct tenant_db *db, struct erasing *e, int64_t now_ms)
{
	struct id site = e->what.site;
	int rc = 0;

	if (!e->calls_done) {
		if (whole_customer(&e->what) && !e->key_gone)
			rc = tenant_erase_key(db, e->what.customer);
		e->key_gone = rc == 0;
		if (rc == 0)
			rc = erase_calls(db, e);
		e->rows += rc > 0 ? rc : 0;
		return rc < 0 ? rc : 1;
	}
	if (whole_customer(&e->what))
		rc = first_site(db, e->what.customer, &site);
	if (rc == 0 && !id_is_zero(site)) {
		rc = erase_subject(db, e, site, false);
		if (rc != 0 || whole_customer(&e->what))
			return rc < 0 ? rc : 1;
	}
	if (rc == 0 && whole_customer(&e->what))
		rc = erase_subject(db, e, e->what.customer, true);
	return rc != 0 ? rc : finish(db, &e->what, now_ms);
}

/* ---- a store restored from before ---- */

static int begin_restored(struct tenant_db *db, struct id customer, int64_t now_ms)
{
	int rc = erase_begin(db, customer, (struct id){}, now_ms);

	return rc < 0 ? rc
		      : change_write(db, &(struct change_in){ .verb = CHANGE_CUSTOMER_ERASED,
							      .actor_kind = ACTOR_HUB,
							      .object_kind = ID_CUST,
							      .object = customer });
}

struct restored {
	struct restored *next;
	struct id provider, customer;
};

int erase_restored(struct system_db *db, struct arena *mem, int64_t now_ms)
{
	struct stmt *st = system_query(db, &q_customers);
	struct restored *first = NULL;
	int rc;

	while (stmt_row(st)) {
		struct id provider = col_id(st, 0), customer = col_id(st, 1);
		struct restored *r;

		if (!tenant_key_erased(system_tenant(db, provider), customer))
			continue;
		r = ARENA_NEW(mem, struct restored);
		*r = (struct restored){ first, provider, customer };
		first = r;
	}
	rc = stmt_end(st);
	for (const struct restored *r = first; rc == 0 && r; r = r->next)
		rc = begin_restored(system_tenant(db, r->provider), r->customer, now_ms);
	return rc;
}
