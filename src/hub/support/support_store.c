/* support_store.c - rows of support_grant, and what the change log says of support. */
#include "hub/support/support_store.h"

#include "db/seal_row.h"
#include "model/report.h"

#include <string.h>

struct grant_texts {
	const char *reason;
};

/* clang-format off */
static const struct json_field grant_fields[] = {
	{ "reason", JSON_TEXT, offsetof(struct grant_texts, reason), .flags = JSON_REQUIRED },
	{}
};
static const struct json_schema grant_sealed = {
	"support_grant_sealed", sizeof(struct grant_texts), JSON_OPEN, grant_fields
};

struct named {
	const char *name;
};
static const struct json_field named_fields[] = {
	{ "name", JSON_TEXT, offsetof(struct named, name), .flags = 0 },
	{}
};
static const struct json_schema named_schema = { "named", sizeof(struct named), JSON_OPEN, named_fields };
/* clang-format on */

#define COLUMNS "grant_id, user_id, created_ms, until_ms, ended_ms, sealed"

QUERY(q_now, "support_grant_now",
      "SELECT " COLUMNS " FROM support_grant WHERE provider_id = :provider AND until_ms > :now "
      "AND ended_ms IS NULL ORDER BY until_ms DESC LIMIT 1");
QUERY(q_list, "support_grant_list",
      "SELECT " COLUMNS " FROM support_grant WHERE provider_id = :provider "
      "ORDER BY created_ms DESC, grant_id LIMIT :limit");
QUERY(q_insert, "support_grant_insert",
      "INSERT INTO support_grant (provider_id, grant_id, user_id, created_ms, until_ms, sealed) "
      "VALUES (:provider, :grant, :user, :created, :until, :sealed)");
QUERY(q_end, "support_grant_end",
      "UPDATE support_grant SET ended_ms = :now WHERE provider_id = :provider "
      "AND grant_id = :grant AND ended_ms IS NULL");
QUERY(q_all_now, "system_support_grants",
      "SELECT provider_id, grant_id, until_ms FROM support_grant "
      "WHERE until_ms > :now AND ended_ms IS NULL ORDER BY until_ms LIMIT 10000");
QUERY(q_due, "system_support_due",
      "SELECT provider_id, grant_id FROM support_grant WHERE until_ms <= :now "
      "AND ended_ms IS NULL ORDER BY until_ms LIMIT 1");

static void read_grant(struct stmt *st, struct arena *mem, struct grant *g)
{
	struct grant_texts texts = {};
	struct row_key row;

	*g = (struct grant){ .id = col_id(st, 0),
			     .user = col_id(st, 1),
			     .created_ms = col_i64(st, 2),
			     .until_ms = col_i64(st, 3),
			     .ended_ms = col_i64_or(st, 4, JSON_ABSENT_INT) };
	row = row_key_of("support_grant", g->id);
	col_sealed(st, 5, &row, &grant_sealed, mem, &texts);
	g->reason = texts.reason;
}

int grant_now(struct tenant_db *db, struct arena *mem, int64_t now_ms, struct grant *ret_grant)
{
	struct stmt *st = tenant_query(db, &q_now);
	struct grant g = {};
	bool found;
	int rc;

	stmt_i64(st, ":now", now_ms);
	found = stmt_row(st);
	if (found)
		read_grant(st, mem, &g);
	rc = stmt_end(st);
	if (rc == 0)
		rc = found ? person_name(db, mem, g.user, &g.by) : ERR_NOT_FOUND;
	if (rc < 0)
		return rc;
	*ret_grant = g;
	return 0;
}

int grant_list(struct tenant_db *db, struct arena *mem, struct json_list *ret_grants)
{
	struct stmt *st = tenant_query(db, &q_list);
	struct json_list list = {};
	int rc;

	stmt_i64(st, ":limit", GRANTS_SHOWN);
	while (stmt_row(st)) {
		struct grant *g = ARENA_NEW(mem, struct grant);

		read_grant(st, mem, g);
		report_list_add(mem, &list, g);
	}
	rc = stmt_end(st);
	for (size_t i = 0; i < list.len && rc == 0; i++) {
		struct grant *g = list.items[i];

		rc = person_name(db, mem, g->user, &g->by);
	}
	if (rc < 0)
		return rc;
	*ret_grants = list;
	return 0;
}

int grant_insert(struct tenant_db *db, const struct grant *g)
{
	struct row_key row = row_key_of("support_grant", g->id);
	struct grant_texts texts = { g->reason };
	struct stmt *st = tenant_query(db, &q_insert);
	int rc;

	stmt_id(st, ":grant", g->id);
	stmt_id(st, ":user", g->user);
	stmt_i64(st, ":created", g->created_ms);
	stmt_i64(st, ":until", g->until_ms);
	stmt_sealed(st, ":sealed", (struct id){}, &row, &grant_sealed, &texts);
	rc = stmt_run(st);
	return rc < 0 ? rc : 0;
}

int grant_end(struct tenant_db *db, struct arena *mem, struct id grant, int64_t now_ms,
	      const struct change_in *actor)
{
	struct stmt *st = tenant_query(db, &q_end);
	struct change_in ended = *actor;
	int rc;

	stmt_id(st, ":grant", grant);
	stmt_i64(st, ":now", now_ms);
	rc = stmt_run(st);
	if (rc <= 0) /* by somebody else meanwhile: that is what was wanted */
		return rc;
	rc = auth_visits_end(db, mem, grant, actor);
	ended.verb = CHANGE_SUPPORT_ENDED;
	ended.object_kind = ID_PROV;
	ended.object = tenant_id(db);
	return rc < 0 ? rc : change_write(db, &ended);
}

/* ---- what support did ---- */

static struct look *shown(struct arena *mem, const struct change *c)
{
	struct look *look = ARENA_NEW(mem, struct look);
	char *object = arena_alloc(mem, ID_TEXT_MAX);
	struct named named = {};

	id_encode(c->note.object_kind, c->note.object, object);
	if (c->after &&
	    json_decode(&named_schema, c->after, strlen(c->after), mem, &named, NULL) < 0)
		named.name = NULL;
	*look = (struct look){ c->note.at_ms, change_word(c->note.verb), named.name, object };
	return look;
}

int look_list(struct tenant_db *db, struct arena *mem, struct json_list *ret_looks)
{
	struct json_list list = {};
	struct change *changes;
	size_t len = 0;
	int rc = change_read_support(db, LOOKS_SHOWN, mem, &changes, &len);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < len; i++)
		report_list_add(mem, &list, shown(mem, &changes[i]));
	*ret_looks = list;
	return 0;
}

/* ---- over all providers ---- */

int grants_now(struct system_db *db, struct arena *mem, int64_t now_ms, struct json_list *ret_in)
{
	struct stmt *st = system_query(db, &q_all_now);
	struct json_list list = {};
	int rc;

	stmt_i64(st, ":now", now_ms);
	while (stmt_row(st)) {
		struct let_in *in = ARENA_NEW(mem, struct let_in);

		*in = (struct let_in){ .provider = col_id(st, 0),
				       .grant = col_id(st, 1),
				       .until_ms = col_i64(st, 2) };
		report_list_add(mem, &list, in);
	}
	rc = stmt_end(st);
	for (size_t i = 0; i < list.len && rc == 0; i++) {
		struct let_in *in = list.items[i];
		struct tenant_db *tenant = system_tenant(db, in->provider);
		struct grant g;

		rc = provider_name(tenant, mem, &in->name);
		if (rc == 0)
			rc = grant_now(tenant, mem, now_ms, &g);
		if (rc == 0)
			in->reason = g.reason;
	}
	if (rc < 0)
		return rc;
	*ret_in = list;
	return 0;
}

int grant_due(struct system_db *db, int64_t now_ms, struct id *ret_provider, struct id *ret_grant)
{
	struct stmt *st = system_query(db, &q_due);
	bool found;
	int rc;

	stmt_i64(st, ":now", now_ms);
	found = stmt_row(st);
	if (found) {
		*ret_provider = col_id(st, 0);
		*ret_grant = col_id(st, 1);
	}
	rc = stmt_end(st);
	return rc < 0 ? rc : found ? 0 : ERR_NOT_FOUND;
}
