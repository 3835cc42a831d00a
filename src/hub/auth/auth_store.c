/* auth_store.c - rows of login. */
#include "hub/auth/login.h"

#include "db/stmt.h"

QUERY(q_find, "system_login_by_token",
      "SELECT l.provider_id, l.user_id, l.login_id, l.seen_ms, l.expires_ms, p.role, "
      "(SELECT COUNT(*) FROM terms_acceptance t WHERE t.provider_id = l.provider_id "
      "AND t.subject_id IN (l.provider_id, l.user_id) AND t.version = :terms), "
      "l.home_id, l.grant_id "
      "FROM login l JOIN person p ON p.provider_id = COALESCE(l.home_id, l.provider_id) "
      "AND p.user_id = l.user_id "
      "LEFT JOIN support_grant g ON g.provider_id = l.provider_id AND g.grant_id = l.grant_id "
      "WHERE l.token_hash = :token AND l.expires_ms > :now AND l.seen_ms > :idle "
      "AND (l.grant_id IS NULL OR (g.until_ms > :now AND g.ended_ms IS NULL))");
QUERY(q_by_grant, "logins_by_grant",
      "SELECT login_id FROM login WHERE provider_id = :provider AND grant_id = :grant "
      "AND expires_ms > 0");
QUERY(q_remove, "system_logins_remove", "DELETE FROM login WHERE user_id = :user");
QUERY(q_touch, "login_touch",
      "UPDATE login SET seen_ms = :now WHERE provider_id = :provider AND login_id = :login");
QUERY(q_insert, "login_insert",
      "INSERT INTO login (provider_id, login_id, user_id, token_hash, created_ms, seen_ms, "
      "expires_ms, home_id, grant_id) "
      "VALUES (:provider, :login, :user, :token, :now, :now, :expires, :home, :grant)");
/* A user's last one stays, ended or not: when that was can be told. */
QUERY(q_purge, "login_purge",
      "DELETE FROM login WHERE provider_id = :provider AND (expires_ms <= :now OR seen_ms <= "
      ":idle) AND created_ms < (SELECT MAX(n.created_ms) FROM login n "
      "WHERE n.provider_id = :provider AND n.user_id = login.user_id)");
/* Zero, not now: a clock that is set back brings nothing back to life. */
QUERY(q_end, "login_end",
      "UPDATE login SET expires_ms = 0 WHERE provider_id = :provider AND login_id = :login "
      "AND expires_ms > 0");

QUERY(q_until, "login_until",
      "SELECT expires_ms FROM login WHERE provider_id = :provider AND login_id = :login");

int auth_login_until(struct tenant_db *db, struct id login, int64_t *ret_until_ms)
{
	struct stmt *st = tenant_query(db, &q_until);
	int64_t until_ms;
	int rc;

	stmt_id(st, ":login", login);
	rc = stmt_one_i64(st, &until_ms);
	if (rc < 0)
		return rc;
	if (until_ms == 0)
		return ERR_UNAUTHENTICATED;
	*ret_until_ms = until_ms;
	return 0;
}

int login_find(struct system_db *db, const struct hash *token, int64_t now_ms, int64_t terms,
	       struct login *ret_login)
{
	struct stmt *st = system_query(db, &q_find);
	struct login l = {};
	bool found;
	int rc;

	stmt_hash(st, ":token", token);
	stmt_i64(st, ":now", now_ms);
	stmt_i64(st, ":idle", now_ms - LOGIN_IDLE_MS);
	stmt_i64(st, ":terms", terms);
	found = stmt_row(st);
	if (found) {
		l.provider = col_id(st, 0);
		l.user = col_id(st, 1);
		l.id = col_id(st, 2);
		l.seen_ms = col_i64(st, 3);
		l.expires_ms = col_i64(st, 4);
		l.role = (int)col_i64(st, 5);
		l.home = col_id(st, 7);
		l.grant = col_id(st, 8);
		if (!id_is_zero(l.home))
			l.role = ROLE_VISITOR;
		/* The provider's and the user's own; the operator is no party to its own terms. */
		l.bound = col_i64(st, 6) == 2 || l.role != ROLE_OWNER;
	}
	rc = stmt_end(st);
	if (rc < 0)
		return rc;
	if (!found)
		return ERR_UNAUTHENTICATED;
	*ret_login = l;
	return 0;
}

int login_touch(struct tenant_db *db, struct id login, int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_touch);
	int rc;

	stmt_id(st, ":login", login);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int login_insert(struct tenant_db *db, const struct login *l, const struct hash *token,
		 int64_t now_ms)
{
	struct stmt *st = tenant_query(db, &q_purge);
	int rc;

	stmt_i64(st, ":now", now_ms);
	stmt_i64(st, ":idle", now_ms - LOGIN_IDLE_MS);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	st = tenant_query(db, &q_insert);
	stmt_id(st, ":login", l->id);
	stmt_id(st, ":user", l->user);
	stmt_hash(st, ":token", token);
	stmt_i64(st, ":now", now_ms);
	stmt_i64(st, ":expires", l->expires_ms);
	stmt_id(st, ":home", l->home);
	stmt_id(st, ":grant", l->grant);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

#define LOGINS_A_GRANT 1000

int auth_logins_remove(struct system_db *db, struct id user)
{
	struct stmt *st = system_query(db, &q_remove);
	int rc;

	stmt_id(st, ":user", user);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int auth_visits_end(struct tenant_db *db, struct arena *mem, struct id grant,
		    const struct change_in *actor)
{
	struct id *ids = ARENA_ARRAY(mem, struct id, LOGINS_A_GRANT);
	struct stmt *st = tenant_query(db, &q_by_grant);
	struct change_in ended = *actor;
	size_t len = 0;
	int rc;

	stmt_id(st, ":grant", grant);
	while (len < LOGINS_A_GRANT && stmt_row(st))
		ids[len++] = col_id(st, 0);
	rc = stmt_end(st);
	ended.verb = CHANGE_LOGIN_ENDED;
	ended.object_kind = ID_LOGIN;
	for (size_t i = 0; i < len && rc == 0; i++) {
		ended.object = ids[i];
		rc = login_end(db, ids[i]);
		if (rc == 0)
			rc = change_write(db, &ended);
	}
	return rc;
}

int login_end(struct tenant_db *db, struct id login)
{
	struct stmt *st = tenant_query(db, &q_end);
	int rc;

	stmt_id(st, ":login", login);
	rc = stmt_run(st);
	if (rc < 0)
		return rc;
	return rc == 0 ? ERR_NOT_FOUND : 0;
}
