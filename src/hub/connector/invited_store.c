/* invited_store.c - whom was invited and has not connected. */
#include "hub/connector/store.h"

#include "db/db.h"
#include "db/stmt.h"
#include "hub/customer/customer.h"
#include "hub/mail/mail.h"
#include "hub/site/site.h"

QUERY(q_invited, "invitation_not_connected",
      "SELECT i.invitation_id, i.site_id, i.created_ms, i.expires_ms FROM invitation i"
      " JOIN site s ON s.provider_id = i.provider_id AND s.site_id = i.site_id"
      " JOIN customer k ON k.provider_id = s.provider_id AND k.customer_id = s.customer_id"
      " WHERE i.provider_id = :provider AND i.invitation_id < :before"
      " AND i.revoked_ms IS NULL AND i.used_ms IS NULL"
      " AND s.archived_ms IS NULL AND k.archived_ms IS NULL"
      " AND NOT EXISTS (SELECT 1 FROM connector c WHERE c.provider_id = :provider"
      " AND c.site_id = i.site_id AND c.revoked_ms IS NULL)"
      " AND NOT EXISTS (SELECT 1 FROM invitation n WHERE n.provider_id = :provider"
      " AND n.site_id = i.site_id AND n.invitation_id > i.invitation_id"
      " AND n.revoked_ms IS NULL AND n.used_ms IS NULL)"
      " ORDER BY i.invitation_id DESC LIMIT :limit");

static int read_rows(struct tenant_db *db, struct arena *mem, struct id before, size_t limit,
		     struct json_list *list)
{
	struct stmt *st = tenant_query(db, &q_invited);

	stmt_blob(st, ":before", before.b, sizeof(before.b));
	stmt_i64(st, ":limit", (int64_t)limit);
	list->items = ARENA_ARRAY(mem, void *, limit);
	while (stmt_row(st)) {
		struct invited *i = ARENA_NEW(mem, struct invited);

		i->id = col_id(st, 0);
		i->site = ARENA_NEW(mem, struct invited_ref);
		i->customer = ARENA_NEW(mem, struct invited_ref);
		i->site->id = col_id(st, 1);
		i->created_ms = col_i64(st, 2);
		i->expires_ms = col_i64(st, 3);
		list->items[list->len++] = i;
	}
	return stmt_end(st);
}

static int read_names(struct tenant_db *db, struct arena *mem, struct invited *i)
{
	const char *provider;
	int rc = site_names(db, mem, i->site->id, &i->site->name, &i->customer->name, &provider);

	if (rc == 0)
		rc = site_customer(db, i->site->id, &i->customer->id);
	return rc < 0 ? rc : mail_show(db, mem, i->id, &i->mail);
}

int invited_list(struct tenant_db *db, struct arena *mem, struct id before, size_t limit,
		 struct json_list *ret_invited)
{
	struct json_list list = { 0 };
	int rc = read_rows(db, mem, before, limit, &list);

	for (size_t i = 0; rc == 0 && i < list.len; i++)
		rc = read_names(db, mem, list.items[i]);
	if (rc < 0)
		return rc;
	*ret_invited = list;
	return 0;
}
