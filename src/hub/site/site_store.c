/* site_store.c - rows of site. */
#include "hub/site/site.h"

#include "db/seal_row.h"
#include "hub/customer/customer.h"
#include "hub/provider/provider.h"
#include "model/facts.h"
#include <string.h>

struct site_texts {
	const char *name;
};

/* clang-format off */
static const struct json_field site_texts_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct site_texts, name), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema site_sealed = {
	"site_sealed", sizeof(struct site_texts), JSON_OPEN, site_texts_fields
};
/* clang-format on */

QUERY(q_get, "site_by_id",
      "SELECT customer_id, created_ms, sealed, archived_ms FROM site "
      "WHERE provider_id = :provider AND site_id = :site");
/* Sites of a customer that is being erased are there no more. */
#define SITES                                                                                      \
	" FROM site s JOIN customer c ON c.provider_id = s.provider_id "                           \
	"AND c.customer_id = s.customer_id WHERE s.provider_id = :provider "
QUERY(q_customer, "site_customer",
      "SELECT s.customer_id, s.archived_ms, c.archived_ms" SITES "AND s.site_id = :site");
QUERY(q_ids, "site_ids", "SELECT s.site_id" SITES "ORDER BY s.site_id");
QUERY(q_list, "site_list", "SELECT s.site_id, s.customer_id, s.sealed, s.archived_ms" SITES);
QUERY(q_insert, "site_insert",
      "INSERT INTO site (provider_id, site_id, customer_id, created_ms, sealed) "
      "VALUES (:provider, :site, :customer, :now, :sealed)");

QUERY(q_update, "site_update",
      "UPDATE site SET sealed = :sealed WHERE provider_id = :provider AND site_id = :site");

static int get_row(struct tenant_db *db, struct arena *mem, struct id id, struct site *s,
		   struct id *ret_customer)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct row_key row = row_key_of("site", id);
	struct site_texts texts = {};
	bool found;
	int rc;

	stmt_id(st, ":site", id);
	found = stmt_row(st);
	if (found) {
		*ret_customer = col_id(st, 0);
		s->created_ms = col_i64(st, 1);
		col_sealed(st, 2, &row, &site_sealed, mem, &texts);
		s->archived_ms = col_i64_or(st, 3, JSON_ABSENT_INT);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	s->name = texts.name;
	return found ? 0 : ERR_NOT_FOUND;
}

int site_get(struct tenant_db *db, struct arena *mem, struct id id, struct site *ret_site)
{
	struct customer customer;
	struct site s;
	struct id of;
	int rc;

	json_init(&site_schema, &s);
	rc = get_row(db, mem, id, &s, &of);
	if (rc == 0)
		rc = customer_get(db, mem, of, &customer);
	if (rc < 0)
		return rc;
	s.id = id;
	s.note = NULL;
	s.status = SITE_NEVER_CONNECTED;
	s.customer = ARENA_NEW(mem, struct site_customer_ref);
	*s.customer = (struct site_customer_ref){ of, customer.name, customer.archived_ms };
	if (s.archived_ms == JSON_ABSENT_INT)
		s.archived_ms = customer.archived_ms;
	s.devices = ARENA_NEW(mem, struct site_devices);
	*ret_site = s;
	return 0;
}

static void *make_room(struct arena *mem, void *items, size_t size, size_t len, size_t *cap)
{
	void *more;

	if (len < *cap)
		return items;
	*cap = *cap ? 2 * *cap : 64;
	more = arena_alloc_array(mem, size, *cap);
	return len ? memcpy(more, items, len * size) : more;
}

int site_list_ids(struct tenant_db *db, struct arena *mem, struct id **ret_ids, size_t *ret_len)
{
	struct stmt *st = tenant_query(db, &q_ids);
	struct id *ids = NULL;
	size_t len = 0, cap = 0;
	int rc;

	while (stmt_row(st)) {
		ids = make_room(mem, ids, sizeof(*ids), len, &cap);
		ids[len++] = col_id(st, 0);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_ids = ids;
	*ret_len = len;
	return 0;
}

int site_list(struct tenant_db *db, struct arena *mem, struct site_name **ret_sites,
	      size_t *ret_len)
{
	struct stmt *st = tenant_query(db, &q_list);
	struct site_name *list = NULL;
	size_t len = 0, cap = 0;
	int rc;

	while (stmt_row(st)) {
		struct site_texts texts = {};
		struct id id = col_id(st, 0);
		struct row_key row = row_key_of("site", id);

		list = make_room(mem, list, sizeof(*list), len, &cap);
		col_sealed(st, 2, &row, &site_sealed, mem, &texts);
		list[len++] = (struct site_name){ id, col_id(st, 1), texts.name, !col_null(st, 3) };
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_sites = list;
	*ret_len = len;
	return 0;
}

static int find_customer(struct tenant_db *db, struct id site, struct id *ret_customer,
			 bool *ret_archived)
{
	struct stmt *st = tenant_query(db, &q_customer);
	struct id customer = {};
	bool found, archived;
	int rc;

	stmt_id(st, ":site", site);
	found = stmt_row(st);
	if (found)
		customer = col_id(st, 0);
	archived = found && !(col_null(st, 1) && col_null(st, 2));
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	*ret_customer = customer;
	*ret_archived = archived;
	return 0;
}

int site_customer(struct tenant_db *db, struct id site, struct id *ret_customer)
{
	bool archived;

	return find_customer(db, site, ret_customer, &archived);
}

int site_customer_live(struct tenant_db *db, struct id site, struct id *ret_customer)
{
	struct id customer;
	bool archived;
	int rc = find_customer(db, site, &customer, &archived);

	if (rc < 0 || archived)
		return rc < 0 ? rc : ERR_ARCHIVED;
	*ret_customer = customer;
	return 0;
}

int site_names(struct tenant_db *db, struct arena *mem, struct id site, const char **ret_site,
	       const char **ret_customer, const char **ret_provider)
{
	const char *provider;
	struct site s;
	int rc = site_get(db, mem, site, &s);

	if (rc == 0)
		rc = provider_name(db, mem, &provider);
	if (rc < 0)
		return rc;
	*ret_site = s.name;
	*ret_customer = s.customer->name;
	*ret_provider = provider;
	return 0;
}

int site_make(struct tenant_db *db, struct arena *mem, const struct site_new *s,
	      struct change_in *change)
{
	struct row_key row = row_key_of("site", s->id);
	struct site_texts texts = { s->name };
	struct customer customer;
	struct stmt *st;
	int rc = customer_get(db, mem, s->customer, &customer);

	if (rc < 0)
		return rc;
	if (customer.archived_ms != JSON_ABSENT_INT)
		return ERR_ARCHIVED;
	st = tenant_query(db, &q_insert);
	stmt_id(st, ":site", s->id);
	stmt_id(st, ":customer", s->customer);
	stmt_i64(st, ":now", s->created_ms);
	stmt_sealed(st, ":sealed", s->customer, &row, &site_sealed, &texts);
	rc = stmt_run(st);
	change->object_kind = ID_SITE;
	change->object = change->site = s->id;
	change->customer = s->customer;
	return rc < 0 ? rc : change_write(db, change);
}

static const char *facts_of(struct arena *mem, const char *name)
{
	struct change_facts f;

	json_init(&change_facts_schema, &f);
	f.name = name;
	return facts_text(mem, &f);
}

int site_rename(struct tenant_db *db, struct arena *mem, struct id id, const char *name,
		struct change_in *change)
{
	struct row_key row = row_key_of("site", id);
	struct site_texts texts = { name };
	struct site old;
	struct stmt *st;
	int rc = get_row(db, mem, id, &old, &change->customer);

	if (rc < 0 || strcmp(name, old.name) == 0)
		return rc;
	st = tenant_query(db, &q_update);
	stmt_id(st, ":site", id);
	stmt_sealed(st, ":sealed", change->customer, &row, &site_sealed, &texts);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	change->object_kind = ID_SITE;
	change->object = change->site = id;
	change->before = facts_of(mem, old.name);
	change->after = facts_of(mem, name);
	return change_write(db, change);
}
