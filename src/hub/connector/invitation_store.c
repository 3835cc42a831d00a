/* invitation_store.c - enrolment codes in the database: their keyed hashes, never themselves. */
#include "hub/connector/store.h"

#include "db/db.h"
#include "db/stmt.h"
#include "hub/mail/mail.h"
#include "hub/site/site.h"

QUERY(q_by_code, "system_invitation_by_code",
      "SELECT provider_id, invitation_id, site_id, connector_id, created_ms, expires_ms, "
      "revoked_ms,"
      " used_ms FROM invitation WHERE code_hash = :code");

QUERY(q_insert, "invitation_insert",
      "INSERT INTO invitation (provider_id, invitation_id, site_id, code_hash, created_ms, "
      "expires_ms)"
      " VALUES (:provider, :invitation, :site, :code, :created, :expires)");

QUERY(q_revoke, "invitation_revoke",
      "UPDATE invitation SET revoked_ms = :now"
      " WHERE provider_id = :provider AND invitation_id = :invitation AND site_id = :site"
      " AND revoked_ms IS NULL AND used_ms IS NULL");

QUERY(q_use, "invitation_use",
      "UPDATE invitation SET used_ms = :now, connector_id = :connector"
      " WHERE provider_id = :provider AND invitation_id = :invitation AND used_ms IS NULL");

/* Of the same site: those that were there before it. */
QUERY(q_supersede, "invitation_supersede",
      "UPDATE invitation SET revoked_ms = :now"
      " WHERE provider_id = :provider AND site_id = :site AND created_ms <= :created"
      " AND revoked_ms IS NULL AND used_ms IS NULL");

QUERY(q_open, "invitation_open",
      "SELECT invitation_id, expires_ms FROM invitation"
      " WHERE provider_id = :provider AND site_id = :site AND revoked_ms IS NULL AND used_ms IS "
      "NULL"
      " AND expires_ms > :now ORDER BY created_ms DESC LIMIT 1");

int invitation_by_code(struct system_db *db, const struct hash *code, struct invitation *ret)
{
	struct stmt *st = system_query(db, &q_by_code);
	struct invitation i = { 0 };
	bool found;
	int rc;

	stmt_hash(st, ":code", code);
	found = stmt_row(st);
	if (found)
		i = (struct invitation){
			.provider = col_id(st, 0),
			.id = col_id(st, 1),
			.site = col_id(st, 2),
			.connector = col_id(st, 3),
			.created_ms = col_i64(st, 4),
			.expires_ms = col_i64(st, 5),
			.revoked_ms = col_i64_or(st, 6, JSON_ABSENT_INT),
			.used_ms = col_i64_or(st, 7, JSON_ABSENT_INT),
		};
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_CODE_UNKNOWN;
	*ret = i;
	return 0;
}

int invitation_usable(const struct invitation *i, int64_t now_ms)
{
	if (i->revoked_ms != JSON_ABSENT_INT)
		return ERR_CODE_REVOKED;
	if (i->used_ms != JSON_ABSENT_INT)
		return ERR_CODE_USED;
	return i->expires_ms <= now_ms ? ERR_CODE_EXPIRED : 0;
}

int invitation_make(struct tenant_db *db, const struct invitation_new *i, struct change_in *change)
{
	struct stmt *st;
	int rc = site_customer_live(db, i->site, &change->customer);

	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_insert);
	stmt_id(st, ":invitation", i->id);
	stmt_id(st, ":site", i->site);
	stmt_hash(st, ":code", &i->code_hash);
	stmt_i64(st, ":created", i->created_ms);
	stmt_i64(st, ":expires", i->expires_ms);
	rc = stmt_run(st);
	change->object_kind = ID_INV;
	change->object = i->id;
	change->site = i->site;
	return rc < 0 ? rc : change_write(db, change);
}

int invitation_revoke(struct tenant_db *db, struct id site, struct id invitation, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_revoke);
	int rc;

	stmt_id(st, ":site", site);
	stmt_id(st, ":invitation", invitation);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	if (rc == 0)
		return ERR_NOT_FOUND;
	return rc < 0 ? rc : mail_drop(db, invitation);
}

static int supersede(struct tenant_db *db, const struct invitation *i, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_supersede);

	stmt_id(st, ":site", i->site);
	stmt_i64(st, ":created", i->created_ms);
	stmt_i64(st, ":now", now_ms);
	return stmt_run(st);
}

int invitation_use(struct tenant_db *db, const struct invitation *i, struct id connector,
		   int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_use);
	int rc;

	stmt_id(st, ":invitation", i->id);
	stmt_id(st, ":connector", connector);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	if (rc == 0)
		return ERR_CODE_USED;
	if (rc > 0)
		rc = supersede(db, i, now_ms);
	return rc < 0 ? rc : mail_drop_closed(db, i->site);
}

int invitation_open_get(struct tenant_db *db, struct arena *mem, struct id site, int64_t now_ms,
			struct site_invitation *ret_invitation)
{
	struct stmt *st = tenant_query(db, &q_open);
	struct site_invitation i = { 0 };
	bool found;
	int rc;

	stmt_id(st, ":site", site);
	stmt_i64(st, ":now", now_ms);
	found = stmt_row(st);
	if (found) {
		i.id = col_id(st, 0);
		i.expires_ms = col_i64(st, 1);
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_NOT_FOUND;
	rc = mail_show(db, mem, i.id, &i.mail);
	if (rc < 0)
		return rc;
	*ret_invitation = i;
	return 0;
}
