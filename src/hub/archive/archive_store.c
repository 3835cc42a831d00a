/* archive_store.c - see store.h. */
#include "hub/archive/store.h"

#include "db/stmt.h"

QUERY(q_customer, "archive_customer",
      "SELECT archived_ms, archived_ms FROM customer "
      "WHERE provider_id = :provider AND customer_id = :object");
QUERY(q_site, "archive_site",
      "SELECT s.archived_ms, c.archived_ms FROM site s "
      "JOIN customer c ON c.provider_id = s.provider_id AND c.customer_id = s.customer_id "
      "WHERE s.provider_id = :provider AND s.site_id = :object");
QUERY(q_mark_customer, "archive_mark_customer",
      "UPDATE customer SET archived_ms = :at "
      "WHERE provider_id = :provider AND customer_id = :object");
QUERY(q_mark_site, "archive_mark_site",
      "UPDATE site SET archived_ms = :at WHERE provider_id = :provider AND site_id = :object");

struct marks {
	bool own, customers;
};

static int marks_get(struct tenant_db *db, enum id_kind kind, struct id object, struct marks *ret)
{
	struct stmt *st = tenant_query(db, kind == ID_CUST ? &q_customer : &q_site);
	struct marks marks = {};
	bool found;
	int rc;

	stmt_id(st, ":object", object);
	found = stmt_row(st);
	if (found)
		marks = (struct marks){ !col_null(st, 0), !col_null(st, 1) };
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	*ret = marks;
	return found ? 0 : ERR_NOT_FOUND;
}

int archive_is_marked(struct tenant_db *db, enum id_kind kind, struct id object)
{
	struct marks marks;
	int rc = marks_get(db, kind, object, &marks);

	return rc < 0 ? rc : marks.own || marks.customers ? 0 : ERR_NOT_ARCHIVED;
}

int archive_mark(struct tenant_db *db, enum id_kind kind, struct id object, int64_t at_ms)
{
	bool back = at_ms == JSON_ABSENT_INT;
	struct marks marks;
	struct stmt *st;
	int rc = marks_get(db, kind, object, &marks);

	if (rc < 0)
		return rc;
	if (back ? kind == ID_SITE && marks.customers : marks.own || marks.customers)
		return ERR_ARCHIVED;
	if (back && !marks.own)
		return ERR_NOT_ARCHIVED;
	st = tenant_query(db, kind == ID_CUST ? &q_mark_customer : &q_mark_site);
	stmt_id(st, ":object", object);
	stmt_time(st, ":at", at_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}
