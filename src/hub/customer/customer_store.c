/* customer_store.c - rows of customer.  They are sealed by the customer's own key, so that erasing
 * it erases the name as well. */
#include "hub/customer/customer.h"

#include "db/seal_row.h"
#include "model/facts.h"
#include <string.h>

struct customer_texts {
	const char *name;
	int language;
};

/* clang-format off */
static const struct json_field customer_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct customer_texts, name), .flags = JSON_REQUIRED },
	{ "language", JSON_ENUM, offsetof(struct customer_texts, language), .names = hub_language_names },
	{}
};
static const struct json_schema customer_sealed = {
	"customer_sealed", sizeof(struct customer_texts), JSON_OPEN, customer_fields
};
/* clang-format on */

QUERY(q_get, "customer_by_id",
      "SELECT created_ms, sealed, archived_ms FROM customer WHERE provider_id = :provider AND "
      "customer_id = "
      ":customer");
QUERY(q_list, "customer_list",
      "SELECT customer_id, created_ms, sealed, archived_ms FROM customer "
      "WHERE provider_id = :provider");
QUERY(q_insert, "customer_insert",
      "INSERT INTO customer (provider_id, customer_id, created_ms, sealed) "
      "VALUES (:provider, :customer, :now, :sealed)");

QUERY(q_update, "customer_update",
      "UPDATE customer SET sealed = :sealed"
      " WHERE provider_id = :provider AND customer_id = :customer");

int customer_get(struct tenant_db *db, struct arena *mem, struct id id,
		 struct customer *ret_customer)
{
	struct stmt *st = tenant_query(db, &q_get);
	struct row_key row = row_key_of("customer", id);
	struct customer_texts texts = {};
	struct customer c = { .id = id };
	bool found;
	int rc;

	stmt_id(st, ":customer", id);
	found = stmt_row(st);
	if (found) {
		c.created_ms = col_i64(st, 0);
		col_sealed(st, 1, &row, &customer_sealed, mem, &texts);
		c.archived_ms = col_i64_or(st, 2, JSON_ABSENT_INT);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	c.name = texts.name;
	c.language = texts.language;
	*ret_customer = c;
	return 0;
}

int customer_list(struct tenant_db *db, struct arena *mem, struct customer ***ret_customers,
		  size_t *ret_len)
{
	struct stmt *st = tenant_query(db, &q_list);
	struct customer **list = NULL;
	size_t len = 0, cap = 0;
	int rc;

	while (stmt_row(st)) {
		struct customer *c = ARENA_NEW(mem, struct customer);
		struct customer_texts texts = {};
		struct row_key row;

		if (len == cap) {
			struct customer **old = list;

			cap = cap ? 2 * cap : 64;
			list = ARENA_ARRAY(mem, struct customer *, cap);
			if (len)
				memcpy(list, old, len * sizeof(struct customer *));
		}
		c->id = col_id(st, 0);
		c->created_ms = col_i64(st, 1);
		c->archived_ms = col_i64_or(st, 3, JSON_ABSENT_INT);
		row = row_key_of("customer", c->id);
		col_sealed(st, 2, &row, &customer_sealed, mem, &texts);
		c->name = texts.name;
		c->language = texts.language;
		list[len++] = c;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret_customers = list;
	*ret_len = len;
	return 0;
}

int customer_make(struct tenant_db *db, const struct customer *c, struct change_in *change)
{
	struct row_key row = row_key_of("customer", c->id);
	struct customer_texts texts = { c->name, c->language };
	int rc = tenant_make_key(db, c->id);
	struct stmt *st;

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_insert);
	stmt_id(st, ":customer", c->id);
	stmt_i64(st, ":now", c->created_ms);
	stmt_sealed(st, ":sealed", c->id, &row, &customer_sealed, &texts);
	rc = stmt_run(st);
	change->object_kind = ID_CUST;
	change->object = change->customer = c->id;
	return rc < 0 ? rc : change_write(db, change);
}

static const char *facts_of(struct arena *mem, const struct customer *c)
{
	struct change_facts f;

	json_init(&change_facts_schema, &f);
	f.name = c->name;
	f.language = hub_language_names[c->language];
	return facts_text(mem, &f);
}

static int update(struct tenant_db *db, const struct customer *c)
{
	struct row_key row = row_key_of("customer", c->id);
	struct customer_texts texts = { c->name, c->language };
	struct stmt *st = tenant_query(db, &q_update);
	int rc;

	stmt_id(st, ":customer", c->id);
	stmt_sealed(st, ":sealed", c->id, &row, &customer_sealed, &texts);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int customer_change(struct tenant_db *db, struct arena *mem, struct id id, const char *name,
		    int language, struct change_in *change, struct customer *ret_customer)
{
	struct customer c, old;
	int rc = customer_get(db, mem, id, &old);

	if (rc < 0)
		return rc;
	c = old;
	c.name = name ? name : old.name;
	c.language = language < 0 ? old.language : language;
	*ret_customer = c;
	if (strcmp(c.name, old.name) == 0 && c.language == old.language)
		return 0;
	rc = update(db, &c);
	if (rc < 0)
		return rc;
	change->object_kind = ID_CUST;
	change->object = change->customer = id;
	change->before = facts_of(mem, &old);
	change->after = facts_of(mem, &c);
	return change_write(db, change);
}
