/* terms_store.c - rows of terms_acceptance. */
#include "hub/auth/terms.h"

#include "db/stmt.h"

QUERY(q_accepted, "terms_accepted",
      "SELECT subject_id, accepted_ms FROM terms_acceptance "
      "WHERE provider_id = :provider AND version = :version AND subject_id IN (:provider, :user)");
QUERY(q_insert, "terms_insert",
      "INSERT INTO terms_acceptance (provider_id, subject_id, version, user_id, accepted_ms, "
      "text_sha256) VALUES (:provider, :subject, :version, :user, :at, :text) "
      "ON CONFLICT (provider_id, subject_id, version) DO NOTHING");

int terms_accepted(struct tenant_db *db, struct id user, int64_t version, struct terms *terms)
{
	struct stmt *st = tenant_query(db, &q_accepted);

	terms->accepted_ms = terms->provider_accepted_ms = JSON_ABSENT_INT;
	stmt_i64(st, ":version", version);
	stmt_id(st, ":user", user);
	while (stmt_row(st)) {
		if (id_eq(col_id(st, 0), user))
			terms->accepted_ms = col_i64(st, 1);
		else
			terms->provider_accepted_ms = col_i64(st, 1);
	}
	return stmt_end(st);
}

int acceptance_insert(struct tenant_db *db, const struct acceptance *a)
{
	struct stmt *st = tenant_query(db, &q_insert);

	stmt_id(st, ":subject", a->subject);
	stmt_i64(st, ":version", a->version);
	stmt_id(st, ":user", a->user);
	stmt_i64(st, ":at", a->at_ms);
	stmt_hash(st, ":text", &a->text);
	return stmt_run(st);
}
